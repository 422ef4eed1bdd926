#!/usr/bin/env bash
# Fails if a call, or the start of chorus or chorusd, takes over a tenth more instructions than stored. Instructions,
# unlike time, are the same in every run of one program, whatever else the machine does.
#
# usage: instructions_test.sh [--store] BUILD_DIR
#   --store  writes the counts into instructions.txt, beside this script, instead
# Prints one line for each count that is a tenth higher ("not ok") or lower. Other compilers and C libraries make other
# instructions: a build that differs from the stored one is skipped.
set -euo pipefail
export LC_ALL=C

store=false
if [ "${1-}" = --store ]; then
    store=true
    shift
fi
build=${1-}
for program in chorus-kernel-calls chorus-message-calls chorus-semaphore-calls chorus chorusd; do
    if [ ! -x "$build/bin/$program" ]; then
        echo "usage: $0 [--store] BUILD_DIR, with $program built" >&2
        exit 2
    fi
done
self=$(readlink -f "$0")
stored=$(dirname "$self")/instructions.txt
times=200

skip() {
    echo "skipped: $*"
    exit 77
}
this_build="$("$build/bin/chorus-kernel-calls" --build), $(getconf GNU_LIBC_VERSION)"
stored_build=$(sed -n 's/^build //p' "$stored" 2> /dev/null) || true
$store || [ "$this_build" = "$stored_build" ] || skip "this build is $this_build, and the counts are of $stored_build"
valgrind=$(command -v valgrind) || skip "valgrind is not installed"

work=$(mktemp -d)
trap 'wait; rm -rf "$work"' EXIT

# The dynamic loader examines each environment variable: there are none but those given here.
callgrind=("$valgrind" --quiet --command-line-only=yes --vgdb=no --tool=callgrind)
counted() { # CALL GROUP FILE TIMES: prints "CALL GROUP INSTRUCTIONS"
    awk -v call="$1" -v group="$2" -v times="$4" \
        '$1 == "totals:" { printf "%s %s %d\n", call, group, $2 / times + 0.5 }' "$work/$3"
}
# Each call is made in a separate process, whose instructions are in a file named after it. Symbols are looked up before
# the first call.
count_calls() { # PROGRAM GROUP
    local call pid
    env -i LD_BIND_NOW=1 "${callgrind[@]}" --toggle-collect='*counted::*' --callgrind-out-file="$work/%p" \
        "$build/bin/$1" "$2" $times > "$work/$2"
    while read -r call pid; do counted "$call" "$2" "$pid" $times; done < "$work/$2"
}
# The whole program, with what the dynamic loader does for it.
count_start() { # PROGRAM
    env -i "${callgrind[@]}" --callgrind-out-file="$work/$1" "$build/bin/$1" --version > /dev/null
    counted "$1" start "$1" 1
}
count_calls chorus-kernel-calls large > "$work/half" & # it takes half of the time
half=$!
{
    count_calls chorus-kernel-calls small
    count_calls chorus-message-calls messages
    count_calls chorus-semaphore-calls semaphores
    count_start chorus
    count_start chorusd
} > "$work/counted"
wait $half
cat "$work/half" >> "$work/counted"

if $store; then
    cat - "$work/counted" > "$stored" << EOF
# Instructions of one call. small and large: of the pure kernel, in a site of 2 actors and 20 regions and in one of
# 1,000 actors and 100,000 regions. messages: encoding, sending, receiving and decoding a call and its reply.
# semaphores: without contention. start: all of PROGRAM --version with an empty environment, of which a third is the
# dynamic loader. Written by $(basename "$self") --store.
build $this_build
EOF
    echo "ok - $(wc -l < "$work/counted") figures stored in $stored"
    exit
fi

awk -v again="$self --store $(readlink -f "$build")" '
    /^(#|build )/ { next }
    FNR == NR { stored[$1 " (" $2 ")"] = $3; next }
    {
        what = $1 " (" $2 ")"
        if (!(what in stored)) { print "not ok - " what ": nothing is stored"; wrong = 1; next }
        more = 100 * ($3 - stored[what]) / stored[what]
        figures = sprintf("%d instructions, %.1f %% %s than the %d that are stored", $3, more < 0 ? -more : more,
                          more < 0 ? "fewer" : "more", stored[what])
        if (more > 10) { print "not ok - " what ": " figures; wrong = 1 }
        if (more < -10) { print what ": " figures; fewer = 1 }
        if (more > most || !counted) most = more
        ++counted
        delete stored[what]
    }
    END {
        for (what in stored) { print "not ok - " what ": is stored, and no such call was counted"; wrong = 1 }
        if (wrong) print "if that is meant, store what is counted now: " again
        else if (fewer) print "store them, so that they stay as few: " again
        if (!wrong) printf "ok - %d figures, at most %+.1f %%\n", counted, most
        exit wrong
    }' "$stored" "$work/counted"
