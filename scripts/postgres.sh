#!/usr/bin/env bash
# A private PostgreSQL server for as long as one command runs:
#
#     scripts/postgres.sh run COMMAND [ARGUMENT …]
#
# The command finds the server in ORGWORK_TEST_DATABASE. Data lie in a directory of their own outside the clone,
# the server listens on a socket in it and on no port, and both are gone afterwards. Nothing is kept, so fsync is off;
# ORGWORK_POSTGRES_OPTIONS ("-c fsync=on") says otherwise, for measuring.
# Exit code 77: PostgreSQL cannot be had here.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
. "$here/system.sh"

binaries() {
    local candidate best=""
    for candidate in "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" \
        /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* /opt/homebrew/opt/postgresql*/bin; do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ] && [ "$(major "$candidate")" -ge 15 ]; then
            if [ -z "$best" ] || [ "$(major "$candidate")" -gt "$(major "$best")" ]; then best="$candidate"; fi
        fi
    done
    printf '%s' "$best"
}

major() { "$1/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'; }

# initdb refuses root: as root everything of the server runs as nobody.
as_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
    else
        runuser -u nobody -- "$@"
    fi
}

start() {
    data="$(mktemp -d "${TMPDIR:-/tmp}/orgwork-pg.XXXXXX")"
    [ "$(id -u)" -ne 0 ] || chown nobody "$data"
    # Bytes order text (locale C): the stored sort keys do the ordering, the same as on SQLite.
    (cd "$data" && as_owner "$bin/initdb" -D "$data/db" -U orgwork -A trust -E UTF8 --locale=C --no-sync) >"$data.log" 2>&1 ||
        { cat "$data.log" >&2; return 1; }
    # shellcheck disable=SC2086 # several options in one word list
    (cd "$data" && as_owner "$bin/postgres" -D "$data/db" -k "$data" -c listen_addresses= \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB \
        -c shared_buffers=256MB -c max_connections=100 -c jit=off ${ORGWORK_POSTGRES_OPTIONS:-} \
        </dev/null >>"$data.log" 2>&1) &
    for _ in $(seq 600); do # two minutes, for a crowded machine
        if grep -qs '^ready' "$data/db/postmaster.pid"; then return 0; fi
        sleep 0.2
    done
    say "PostgreSQL did not start:"
    tail -n 20 "$data.log" >&2
    return 1
}

stop() {
    local pid
    if pid="$(head -n 1 "$data/db/postmaster.pid" 2>/dev/null)" && [ -n "$pid" ]; then
        kill -INT "$pid" 2>/dev/null || true
        for _ in $(seq 600); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$data" "$data.log"
}

[ "${1:-}" = run ] && [ $# -ge 2 ] || { say "Usage: scripts/postgres.sh run COMMAND [ARGUMENT …]"; exit 2; }
shift

bin="$(binaries)"
if [ -z "$bin" ]; then
    install_system "PostgreSQL (15 or newer)" "postgresql" "postgresql-server" "postgresql" || exit 77
    bin="$(binaries)"
    [ -n "$bin" ] || { shout "PostgreSQL was installed, but no version from 15 on was found."; exit 77; }
fi

data=""
trap '[ -z "$data" ] || stop' EXIT
command=""
trap '[ -z "$command" ] || kill "$command" 2>/dev/null; exit 130' INT
trap '[ -z "$command" ] || kill "$command" 2>/dev/null; exit 143' TERM
start
ORGWORK_TEST_DATABASE="postgresql://orgwork@/postgres?host=$data" "$@" <&0 &
command=$!
wait "$command"
