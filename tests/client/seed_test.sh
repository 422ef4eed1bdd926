#!/usr/bin/env bash
# The ChorusOS example program that the product was ordered with: unchanged, as C and as C++, by every compiler at hand,
# with and without optimisation, it prints its two lines every time, whatever its standard output is; a tenth as often as a
# supervisor actor.
#
# seed_test.sh BUILD_DIR RUNS [FLAG...]
#   RUNS   for each language and kind of output, spread over the compilers
#   FLAG   for the compilers, e.g. sanitizers; then those with which the library was built are used alone
set -euo pipefail
build=$1 runs=$2
shift 2
flags=("$@")
here=$(cd "$(dirname "$0")" && pwd)
seed=${CHORUS_SEEDS:-$here/../../../shared/seeds}/chorusos-sharing-memory-between-two-actors.txt
if [ ! -e "$seed" ]; then
    echo "skipped: there is no $seed (CHORUS_SEEDS names its folder)"
    exit 77
fi
export PKG_CONFIG_PATH=$build/lib/pkgconfig
unset CHORUS_SITE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/^#include <stdio.h>/,$p' "$seed" > "$work/seed.c"
cp "$work/seed.c" "$work/seed.cpp"

sent='Spawning actor sent: First actor initializing the shared mem'
mapped='Spawned actor mapped shared memory at 0x[0-9a-f]+'

built_with() { # C or CXX
    sed -n "s/^CMAKE_$1_COMPILER:[A-Z]*=//p" "$build/CMakeCache.txt"
}

if [[ ${#flags[@]} -gt 0 && $(built_with C) == *clang ]]; then
    flags+=(-fsanitize-link-c++-runtime -lstdc++) # for C programs with the library, which is C++
fi

compilers() {
    if [ ${#flags[@]} -gt 0 ]; then
        [ "$1" = c ] && built_with C || built_with CXX
    elif [ "$1" = c ]; then
        printf '%s\n' gcc gcc-14 clang clang-19
    else
        printf '%s\n' g++ g++-14 clang++ clang++-19
    fi
}

build_all() { # LANGUAGE: prints the programs
    local compiler level program
    for compiler in $(compilers "$1"); do
        command -v "$compiler" > /dev/null || continue
        for level in -O0 -O2; do
            program=$work/$(basename "$compiler")$level.$1
            # Exactly as a user would: the source, and what pkg-config says.
            if ! $compiler $level "${flags[@]}" "$work/seed.$1" -o "$program" $(pkg-config --cflags --libs chorus) \
                > "$work/log" 2>&1; then
                echo "not ok - $compiler $level does not compile it:" >&2
                cat "$work/log" >&2
                exit 1
            fi
            echo "$program"
        done
    done
}

check() { # WHAT FILE COUNT: the file has the two lines, so many times
    local lines
    lines=$(tr -d '\r' < "$2" | awk -v sent="^$sent\$" -v mapped="^$mapped\$" \
        '{ if ($0 !~ (NR % 2 ? sent : mapped)) { print "line " NR ": " $0; exit } } END { print NR }')
    if [ "$lines" != $((2 * $3)) ]; then
        echo "not ok - $1: $lines, expected $((2 * $3)) lines in turn"
        exit 1
    fi
}

for language in c cpp; do
    mapfile -t programs < <(build_all $language)
    [ ${#programs[@]} -gt 0 ] || exit 1
    each=$(((runs + ${#programs[@]} - 1) / ${#programs[@]}))
    for program in "${programs[@]}"; do
        name=$(basename "$program")
        for ((i = 0; i < each; i++)); do "$program" | cat; done > "$work/pipe"
        check "$name on a pipe" "$work/pipe" $each
        : > "$work/files"
        for ((i = 0; i < each; i++)); do
            "$program" > "$work/file"
            cat "$work/file" >> "$work/files"
        done
        check "$name on a file" "$work/files" $each
        script -qec "for i in \$(seq $each); do '$program'; done" /dev/null < /dev/null > "$work/terminal"
        check "$name on a terminal" "$work/terminal" $each
        # As a supervisor actor it maps nothing: the second actor uses the address that it was given.
        user_mapped=$mapped mapped='Spawned actor mapped shared memory at 0x(6[c-f]|7[0-9ab])[0-9a-f]+'
        some=$(((each + 9) / 10))
        for ((i = 0; i < some; i++)); do "$build/bin/chorus" run --supervisor "$program" | cat; done > "$work/pipe"
        check "$name as a supervisor actor" "$work/pipe" $some
        mapped=$user_mapped
        echo "ok - $name: $each times on a pipe, a file and a terminal; $some times as a supervisor actor"
    done
done
