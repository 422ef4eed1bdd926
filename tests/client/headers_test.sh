#!/usr/bin/env bash
# Every public C header compiles without a warning in each language and width that programs use, as
# the only include and with all the others; so does every C++ header, in C++20; and every call they
# declare is exported by the library.
#
# usage: headers_test.sh INCLUDE_DIR [LIBCHORUS_SO]
# One "not ok" line for each failure, with what the compiler said; exit status 1 if there is any.
# shellcheck source=tests/checks.sh
source "$(dirname "$0")/../checks.sh"

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: $0 INCLUDE_DIR [LIBCHORUS_SO]" >&2
    exit 2
fi
include=$(cd "$1" && pwd -P) || exit 2
library=${2-}
export include work

# The sources: one for each header alone, one with all of them in order, one in reverse order.
mapfile -t headers < <(cd "$include" && find . -name '*.h' -printf '%P\n' | sort)
[ ${#headers[@]} -gt 0 ] || fail "no header under $include"
: > "$work/together"
for header in "${headers[@]}"; do
    mkdir -p "$work/alone/$(dirname "$header")"
    echo "#include <$header>" | tee -a "$work/together" > "$work/alone/$header"
done
tac "$work/together" > "$work/reverse"

# The same for C++: alone, all of them after all of the above, and before.
mapfile -t cxx_headers < <(cd "$include" && find . -name '*.hpp' -printf '%P\n' | sort)
[ ${#cxx_headers[@]} -gt 0 ] || fail "no C++ header under $include"
: > "$work/cxx_together"
for header in "${cxx_headers[@]}"; do
    mkdir -p "$work/alone/$(dirname "$header")"
    echo "#include <$header>" | tee -a "$work/cxx_together" > "$work/alone/$header"
done
cat "$work/together" "$work/cxx_together" > "$work/c_first"
tac "$work/c_first" > "$work/cxx_first"

# Compiles every source in one mode: compiler, language, standard, width. Its failures go to a file
# of its own, so that parallel modes do not mix.
check_mode() {
    local compiler=$1 language=$2 standard=$3 bits=$4 sources=$work/sources source said
    [ "$standard" = c++20 ] && sources=$work/cxx_sources
    while read -r source; do
        said=$("$compiler" -x "$language" -std="$standard" -DCHORUS_VM_BITS="$bits" -I"$include" \
            -O2 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$work/$source" 2>&1) && continue
        echo "not ok - $source, $compiler -std=$standard, CHORUS_VM_BITS $bits"
        grep -m 3 'error:' <<< "$said" | sed 's/^/    /'
    done < "$sources" > "$work/failed.$compiler.$standard.$bits"
}
export -f check_mode

{
    printf 'alone/%s\n' "${headers[@]}"
    printf '%s\n' together reverse
} > "$work/sources"
{
    cat "$work/sources"
    printf 'alone/%s\n' "${cxx_headers[@]}"
    printf '%s\n' c_first cxx_first
} > "$work/cxx_sources"
for compiler in gcc clang clang-19 g++ clang++ clang++-19; do
    command -v "$compiler" > /dev/null || continue
    case $compiler in
        *++*) language=c++ standards='gnu++98 c++20' ;;
        *) language=c standards='gnu99 c11 c17' ;;
    esac
    for standard in $standards; do
        printf '%s\n' "$compiler $language $standard 32" "$compiler $language $standard 64"
    done
done > "$work/modes"
modes=$(wc -l < "$work/modes")
[ "$modes" -gt 0 ] || fail "no compiler found"
xargs -r -P2 -L1 bash -c 'check_mode "$@"' _ < "$work/modes" || fail "a mode did not run to its end"
[ "$(find "$work" -name 'failed.*' | wc -l)" -eq "$modes" ] || fail "not all of $modes modes ran"
find "$work" -name 'failed.*' | sort | xargs -r cat > "$work/failed"
cat "$work/failed"
failures=$((failures + $(grep -c '^not ok' "$work/failed")))

# Prints the symbols that a program refers to which names every declared call, in one width. The
# compiler says what is declared; the object file, what that is called (CHORUS_VM_SYMBOL).
referred_symbols() {
    {
        cat "$work/together"
        echo 'void *const calls[] = {'
        sed 's/.*/    (void *)&,/' "$work/calls"
        echo '};'
    } > "$work/refer.c"
    gcc -std=gnu99 -DCHORUS_VM_BITS="$1" -I"$include" -c "$work/refer.c" -o "$work/refer.o" &&
        nm -u "$work/refer.o" | awk '{print $NF}' | sort -u
}

if [ -n "$library" ]; then
    cp "$work/together" "$work/declared.c"
    gcc -std=gnu99 -I"$include" -fsyntax-only -aux-info "$work/declared" "$work/declared.c" ||
        fail "gcc, which lists the declared calls, does not compile all headers"
    grep -F "/* $include/" "$work/declared" | sed -n 's/^[^(]*[ *]\([A-Za-z][A-Za-z_0-9]*\) (.*/\1/p' | sort -u > "$work/calls"
    [ -s "$work/calls" ] || fail "no declared call found"
    nm -D --defined-only "$library" | awk '{sub(/@.*/, "", $NF); print $NF}' | sort -u > "$work/exported" ||
        fail "$library cannot be read"
    for bits in 32 64; do
        referred_symbols "$bits" > "$work/symbols.$bits" || fail "the calls cannot be named, CHORUS_VM_BITS $bits"
        [ "$(wc -l < "$work/symbols.$bits")" -eq "$(wc -l < "$work/calls")" ] ||
            fail "not one symbol for each call, CHORUS_VM_BITS $bits"
        while read -r symbol; do
            fail "declared but not exported: $symbol, CHORUS_VM_BITS $bits"
        done < <(comm -23 "$work/symbols.$bits" "$work/exported")
    done
    # The C++ headers call what changes with the width by the name of its symbol.
    while read -r symbol; do
        grep -qx "$symbol" "$work/exported" || fail "named in C++ but not exported: $symbol"
    done < <(cd "$include" && sed -nE 's/.* __asm__\("([^"]*)"\);$/\1/p' "${cxx_headers[@]}")
    # A call whose arguments change with the width must be another symbol in the other width.
    wide=$(cd "$include" && awk '
        /^(__extension__ )?typedef struct/ { depends = 0 }
        /^ .*(VmAddr|VmSize|KnVmPar) / { depends = 1 }
        /^} / && depends { sub(/;/, "", $2); print $2; depends = 0 }' "${headers[@]}" | sort -u | paste -sd'|')
    while read -r call; do
        grep -qx "${call}64" "$work/symbols.64" || fail "no CHORUS_VM_SYMBOL on $call, whose arguments need it"
    done < <(grep -F "/* $include/" "$work/declared" |
        sed -nE "s/^[^(]*[ *]([A-Za-z_0-9]*) \((.*[ (,])?(VmAddr|VmSize|$wide)\>.*/\1/p")
fi

finish "${#headers[@]} C and ${#cxx_headers[@]} C++ headers in $modes modes${library:+, $(wc -l < "$work/calls") calls exported}"
