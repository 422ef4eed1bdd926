#!/usr/bin/env bash
# An installed prefix serves as the build tree does: a C program is compiled with what pkg-config says and nothing else,
# finds its library and its kernel, and runs, plainly and under `chorus run`.
#
# install_test.sh BUILD_DIR [FLAG...]
set -euo pipefail
build=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CHORUS_SITE
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
try() { # WHAT PKG_CONFIG_PATH BIN
    local output
    # shellcheck disable=SC2046
    gcc "${flags[@]}" "$work/prog.c" -o "$work/prog" $(PKG_CONFIG_PATH=$2 pkg-config --cflags --libs chorus)
    for run in "$work/prog" "$3/chorus run $work/prog"; do
        output=$($run)
        [ "$output" = "actor 1" ] || { echo "not ok - $1: '$run' printed '$output'"; exit 1; }
    done
    echo "ok - $1"
}
flags=("$@")
try "the build tree" "$build/lib/pkgconfig" "$build/bin"
# The program of the README, which it promises to print this.
awk '/^```c$/ { p = 1; next } /^```$/ { p = 0 } p' "$(dirname "$0")/../../README.md" > "$work/readme.c"
# shellcheck disable=SC2046
gcc -Wall -Wextra -Werror "${flags[@]}" "$work/readme.c" -o "$work/readme" \
    $(PKG_CONFIG_PATH=$build/lib/pkgconfig pkg-config --cflags --libs chorus)
output=$("$work/readme")
[ "$output" = "the child wrote: hello from actor 2" ] || { echo "not ok - README: '$output'"; exit 1; }
echo "ok - the program of the README"
# As after `cmake --install`, in a prefix that was never configured: chorus.pc finds itself.
cmake --install "$build" --prefix "$work/prefix" > /dev/null
try "an installed prefix" "$(dirname "$(find "$work/prefix" -name chorus.pc)")" "$work/prefix/bin"
