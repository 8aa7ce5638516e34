# Sourced by the other scripts: asks the system's package manager for a tool where this script may.
# Usage: install_system NAME APT DNF APK   (the packages' names there)

say() { printf '%s\n' "$*" >&2; }

shout() {
    say ""
    say "****************************************************************************"
    for line in "$@"; do say "*** $line"; done
    say "****************************************************************************"
    say ""
}

install_system() {
    local name="$1" apt="$2" dnf="$3" apk="$4"
    if [ "$(id -u)" -eq 0 ]; then
        say "Installing $name through the system's package manager …"
        if command -v apt-get >/dev/null; then
            export DEBIAN_FRONTEND=noninteractive
            # shellcheck disable=SC2086 # several packages in one word list
            apt-get update -qq </dev/null >&2 && apt-get install -y -qq --no-install-recommends $apt </dev/null >&2 && return 0
        elif command -v dnf >/dev/null; then
            # shellcheck disable=SC2086
            dnf install -y -q $dnf </dev/null >&2 && return 0
        elif command -v apk >/dev/null; then
            # shellcheck disable=SC2086
            apk add --quiet $apk </dev/null >&2 && return 0
        fi
    fi
    shout "$name is not on this machine and cannot be installed by this script." \
        "As root:  apt-get install $apt   |   dnf install $dnf   |   apk add $apk" \
        "Then run the same command again."
    return 1
}
