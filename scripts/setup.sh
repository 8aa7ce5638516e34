#!/usr/bin/env bash
# Orgwork and its development tools into .venv, exactly as locked; the command is .venv/bin/orgwork.
# Doing it again costs nothing when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

if [ ! -x .venv/bin/python ]; then
    python="$(find_python)" || {
        shout "Python 3.11 or newer with venv is needed." "Debian, Ubuntu:  apt-get install python3 python3-venv"
        exit 1
    }
    say "Making .venv with $("$python" --version) …"
    "$python" -m venv .venv
fi

stamp=".venv/.orgwork-lock"
wanted="$(cat requirements/dev.txt pyproject.toml | cksum)"
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    say "Installing what requirements/dev.txt pins …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/dev.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --no-index -e .
    printf '%s' "$wanted" >"$stamp"
fi
.venv/bin/python scripts/translations.py
