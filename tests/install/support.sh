# Shared by the tests of the installation; each sources it after it has set `build` to the build tree.
set -euo pipefail
unset CHORUS_SITE CHORUSD CHORUS_TIMEOUT_MS DESTDIR
source_dir=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "not ok - $*"
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# Fails unless two texts are the same.
same() { # WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1: '$3', not '$2'"
}

# Installs the build tree. `cmake --install` writes into it, so it runs once at a time.
install_to() { # PREFIX
    flock "$build" cmake --install "$build" --prefix "$1" > /dev/null
}

# Runs a command as in a shell that knows nothing of chorus.
plainly() { env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$work" LANG=C.UTF-8 "$@"; }
