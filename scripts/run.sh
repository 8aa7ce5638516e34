#!/usr/bin/env bash
# A house to walk through: the demo where there are no data yet, then the server on the next free port from 8000.
# The pages open on 1 May 2024, the day of the term report, unless ORGWORK_TODAY says another day.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh

export ORGWORK_TODAY="${ORGWORK_TODAY-2024-05-01}"
orgwork=.venv/bin/orgwork
DJANGO_SETTINGS_MODULE=config.settings .venv/bin/python -m django migrate --verbosity 0
if .venv/bin/python scripts/is_empty.py; then
    say "There are no data yet: building the demo (Điện Biên with about 48,000 invented members, a few minutes) …"
    "$orgwork" demo --reform
fi
port="$(.venv/bin/python scripts/free_port.py "${PORT:-8000}")"
say ""
say "Orgwork:   http://localhost:$port"
say "Sign-ins:  ${ORGWORK_HOME:-$PWD/var}/demo-sign-ins.txt (only you can read it)"
say "Stop with Ctrl-C."
say ""
exec "$orgwork" serve --port "$port"
