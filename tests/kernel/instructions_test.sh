#!/usr/bin/env bash
# No call of the pure kernel takes more than a tenth more instructions than are stored for it. Instructions, unlike time,
# are the same in every run of one program, whatever else the machine does.
#
# usage: instructions_test.sh [--store] BUILD_DIR
#   --store  writes what is counted into instructions.txt, beside this script, instead
# One line for each call that takes a tenth more ("not ok") or less. Another compiler makes other instructions: a build
# that differs from the stored one is skipped.
set -euo pipefail
export LC_ALL=C

store=false
if [ "${1-}" = --store ]; then
    store=true
    shift
fi
build=${1-}
program=$build/bin/chorus-kernel-calls
if [ ! -x "$program" ]; then
    echo "usage: $0 [--store] BUILD_DIR, with $(basename "$program") built" >&2
    exit 2
fi
self=$(readlink -f "$0")
stored=$(dirname "$self")/instructions.txt
times=200

skip() {
    echo "skipped: $*"
    exit 77
}
this_build=$("$program" --build)
stored_build=$(sed -n 's/^build //p' "$stored" 2> /dev/null) || true
$store || [ "$this_build" = "$stored_build" ] || skip "stored are the instructions of $stored_build, and this build is $this_build"
command -v valgrind > /dev/null || skip "valgrind is not installed"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset VALGRIND_OPTS

# Each call is made in a process of its own, whose instructions are in a file named after it.
count() { # SITE: prints "CALL SITE INSTRUCTIONS"
    local call pid
    valgrind --quiet --command-line-only=yes --vgdb=no --tool=callgrind --toggle-collect='*counted_step*' \
        --callgrind-out-file="$work/%p" "$program" "$1" $times > "$work/processes"
    while read -r call pid; do
        awk -v call="$call" -v site="$1" -v times=$times \
            '$1 == "totals:" { printf "%s %s %d\n", call, site, $2 / times + 0.5 }' "$work/$pid"
    done < "$work/processes"
}
{ count small && count large; } > "$work/counted"

if $store; then
    {
        echo "# Instructions of one call of the pure kernel, in a site of 2 actors and 20 regions (small) and in one of 1,000"
        echo "# actors and 100,000 regions (large). Written by $(basename "$self") --store."
        echo "build $this_build"
        cat "$work/counted"
    } > "$stored"
    echo "ok - $(wc -l < "$work/counted") figures stored in $stored"
    exit
fi

awk -v again="$self --store $(readlink -f "$build")" '
    /^(#|build )/ { next }
    FNR == NR { stored[$1 " in the " $2 " site"] = $3; next }
    {
        what = $1 " in the " $2 " site"
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
