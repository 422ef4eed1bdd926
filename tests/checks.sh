# shellcheck shell=bash
# Shared by scripts that check many things and report every failure; each sources it. Sets `top`, the source tree, and
# `work`, a directory that is removed at the end.
set -u -o pipefail
export LC_ALL=C
# shellcheck disable=SC2034 # for the scripts
top=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

failures=0
fail() {
    echo "not ok - $1"
    failures=$((failures + 1))
}

# Ends the script: with exit status 1 if anything failed, otherwise with a line that says what was checked.
finish() { # WHAT
    if [ "$failures" -gt 0 ]; then
        echo "$(basename "$0" .sh): $failures failures"
        exit 1
    fi
    echo "ok - $1"
    exit 0
}
