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

# Writes prog.c, which allocates memory and prints "actor AID", and both.scn, which passes in both worlds.
write_samples() {
    cat > "$work/prog.c" << 'END'
#include <chorus.h>
#include <am/afexec.h>
#include <stdio.h>
int main(void) {
    KnRgnDesc region = {0, 100, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    if (rgnAllocate(K_MYACTOR, &region) != K_OK) return 1;
    *(char *)(unsigned long)region.startAddr = 1;
    printf("actor %d\n", agetId());
    return 0;
}
END
    cat > "$work/both.scn" << 'END'
# Two actors share memory.
actor alice, bob supervisor
alice  s = rgnAllocate 1 page writable               -> K_OK
bob    v = rgnMapFromActor alice s 1 page writable   -> K_OK
bob    write v "hello"                               -> K_OK
alice  read s 5                                      -> "hello"
END
}
