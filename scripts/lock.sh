#!/usr/bin/env bash
# Pins what pyproject.toml asks for, with hashes and without naming an index: requirements/runtime.txt and dev.txt.
# The resolver (uv) is fetched into a throw-away environment when it is not on the path.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="$(command -v uv || true)"
if [ -z "$uv" ]; then
    scratch="$(mktemp -d)"
    trap 'rm -rf "$scratch"' EXIT
    "${PYTHON:-python3}" -m venv "$scratch"
    "$scratch/bin/pip" install --quiet uv
    uv="$scratch/bin/uv"
fi
compile() {
    "$uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml "$@"
}
mkdir -p requirements
compile --output-file requirements/runtime.txt "${UPGRADE:---no-upgrade}"
compile --group dev --output-file requirements/dev.txt --constraint requirements/runtime.txt "${UPGRADE:---no-upgrade}"
if grep -nE 'https?://|file://' requirements/*.txt; then
    echo "The lock names an address; it must not." >&2
    exit 1
fi
