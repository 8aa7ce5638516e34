#!/usr/bin/env bash
# Prints the path of Chromium for the browser tests, installed through the system's package manager where this
# script may. Exit code 77: it cannot be had here.
set -euo pipefail
. "$(cd "$(dirname "$0")" && pwd)/system.sh"

find_chromium() {
    local name
    for name in "${ORGWORK_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then return 0; fi
    done
    return 1
}

if ! path="$(find_chromium)"; then
    install_system "Chromium" "chromium" "chromium" "chromium" || exit 77
    path="$(find_chromium)" || exit 77
fi
# Without fonts that know Vietnamese and Russian, screens show boxes; tests do not depend on it.
if command -v fc-list >/dev/null && [ -z "$(fc-list :lang=vi family)" ]; then
    install_system "fonts (Noto)" "fonts-noto-core" "google-noto-sans-fonts" "font-noto" || true
fi
printf '%s\n' "$path"
