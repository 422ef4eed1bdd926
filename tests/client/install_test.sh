#!/usr/bin/env bash
# An installed prefix serves as the build tree does: a program in C, and one in C++, are compiled with what pkg-config
# says and nothing else, find their library and their kernel, and run, plainly and under `chorus run`.
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
cat > "$work/prog.cpp" << 'END'
#include <chorus/chorus.hpp>
#include <cstdio>

int main() {
    const chorus::Region region = chorus::Region::allocate(100);
    region.bytes()[0] = std::byte{1};
    std::printf("actor %d\n", static_cast<int>(chorus::Actor::own_aid()));
}
END
try() { # WHAT PKG_CONFIG_PATH BIN
    local output
    # shellcheck disable=SC2046
    gcc "${flags[@]}" "$work/prog.c" -o "$work/prog" $(PKG_CONFIG_PATH=$2 pkg-config --cflags --libs chorus)
    # shellcheck disable=SC2046
    g++ -std=c++20 "${flags[@]}" "$work/prog.cpp" -o "$work/prog_cxx" \
        $(PKG_CONFIG_PATH=$2 pkg-config --cflags --libs chorus)
    for program in prog prog_cxx; do
        for run in "$work/$program" "$3/chorus run $work/$program"; do
            output=$($run)
            [ "$output" = "actor 1" ] || { echo "not ok - $1: '$run' printed '$output'"; exit 1; }
        done
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
# The program of the page on C++, which promises to print this.
awk '/^```cpp$/ { p = 1; next } /^```$/ { exit } p' "$(dirname "$0")/../../docs/cpp.md" > "$work/page.cpp"
# shellcheck disable=SC2046
g++ -std=c++20 -Wall -Wextra -Werror "${flags[@]}" "$work/page.cpp" -o "$work/page" \
    $(PKG_CONFIG_PATH=$build/lib/pkgconfig pkg-config --cflags --libs chorus)
output=$("$work/page")
[ "$output" = "the child wrote: hello from actor 2" ] || { echo "not ok - docs/cpp.md: '$output'"; exit 1; }
echo "ok - the program of docs/cpp.md"
# As after `cmake --install`, in a prefix that was never configured: chorus.pc finds itself.
cmake --install "$build" --prefix "$work/prefix" > /dev/null
# The unit for systemd: what it is told to run serves a site, and is reloaded.
unit=$work/prefix/lib/systemd/system/chorusd@.service
cmp -s "$unit" "$work/prefix/lib/systemd/user/chorusd@.service"
site=unit-$$
line_of() { # KEY: its command, in this prefix and for this site
    sed -n "s/^$1=.*\(bin\/chorusd .*\)/\1/p" "$unit" | sed "s|^|$work/prefix/|; s/%i/$site/"
}
mkfifo "$work/said"
$(line_of ExecStart) > "$work/said" 2> /dev/null &
served=$!
read -r output < "$work/said"
[ "$output" = "chorusd: site $site is ready, pid $served" ] || { echo "not ok - ExecStart: '$output'"; exit 1; }
output=$($(line_of ExecReload))
[ "$output" = "chorusd: site $site goes on with this program" ] || { echo "not ok - ExecReload: '$output'"; exit 1; }
kill -TERM $served
wait $served
if command -v systemd-analyze > /dev/null; then
    sed "s|=.*bin/chorusd |=$work/prefix/bin/chorusd |" "$unit" > "$work/chorusd@.service"
    systemd-analyze verify "$work/chorusd@.service" || { echo "not ok - the unit for systemd"; exit 1; }
fi
echo "ok - the unit for systemd"
try "an installed prefix" "$(dirname "$(find "$work/prefix" -name chorus.pc)")" "$work/prefix/bin"
