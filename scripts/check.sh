#!/usr/bin/env bash
# What a machine can say about the code without running it; every check runs, whatever the ones before it said.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
export DJANGO_SETTINGS_MODULE=config.settings
try() {
    local name="$1"
    shift
    if output="$("$@" 2>&1)"; then
        printf 'ok    %s\n' "$name"
    else
        bad=1
        printf 'FAIL  %s\n%s\n\n' "$name" "$output"
    fi
}
bin=.venv/bin
try "ruff format" $bin/ruff format --check .
try "ruff" $bin/ruff check .
try "djlint" $bin/djlint --lint --quiet orgwork
try "migrations" $bin/python -m django makemigrations --check --dry-run
try "django check" $bin/python -m django check --deploy --fail-level ERROR
try "floors" $bin/lint-imports
try "glossary" $bin/python scripts/glossary.py --check
try "types" $bin/mypy
if audited="$($bin/python scripts/audit.py 2>&1)"; then
    printf 'ok    dependencies: %s\n' "$audited"
else
    bad=1
    printf 'FAIL  dependencies\n%s\n\n' "$audited"
fi
exit $bad
