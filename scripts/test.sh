#!/usr/bin/env bash
# The tests, once per engine, both at once: SQLite's lines as they come, PostgreSQL's after them.
# Arguments go to pytest. ORGWORK_TEST_MINUTES (80) is the longest that either may take.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh

guard=()
if command -v timeout >/dev/null; then guard=(timeout --kill-after=30 "${ORGWORK_TEST_MINUTES:-80}m"); fi
# The tests come in one order, mixed by this seed, so that a second run says what the first one said; another
# order is asked for by ARGS="--randomly-seed=default".
pytest=("${guard[@]}" .venv/bin/python -m pytest -p no:cacheprovider --randomly-seed=20241020 "$@")
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

missing=0
if chromium="$(scripts/browser.sh </dev/null)"; then export ORGWORK_CHROMIUM="$chromium"; else missing=1; fi

# The browser sees the same pages on either engine: it drives those on SQLite.
scripts/postgres.sh run "${pytest[@]}" -m "not browser" </dev/null >"$log" 2>&1 &
postgres=$!
trap 'kill "$postgres" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ORGWORK_TEST_DATABASE=sqlite "${pytest[@]}" </dev/null
on_sqlite=$?
wait "$postgres"
on_postgres=$?
trap 'rm -f "$log"' EXIT

say ""
say "On PostgreSQL:"
cat "$log"
if [ "$on_postgres" -eq 77 ]; then
    missing=1
    on_postgres=0
    shout "NOTHING WAS TESTED ON POSTGRESQL: it is not on this machine (see above)."
fi
if [ "$missing" -ne 0 ] && [ -n "${CI:-}" ]; then
    shout "In CI everything must be tested: install what is missing and run again."
    exit 1
fi
[ "$on_sqlite" -eq 0 ] || say "On SQLite the tests failed (pytest said $on_sqlite)."
[ "$on_postgres" -eq 0 ] || say "On PostgreSQL the tests failed (pytest said $on_postgres)."
[ "$on_sqlite" -eq 0 ] && [ "$on_postgres" -eq 0 ]
