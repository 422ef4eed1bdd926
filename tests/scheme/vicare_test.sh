#!/usr/bin/env bash
# The Scheme programs that the product was ordered with, unchanged: each prints the value that the page shows behind its
# arrow, every time, and nothing else. While the first one sleeps, the site has a parent and a child that map one segment.
#
# vicare_test.sh BUILD_DIR BACKEND RUNS
set -euo pipefail
# shellcheck source=tests/scheme/support.sh
source "$(dirname "$0")/support.sh"
runs=$3
seed=${CHORUS_SEEDS:-$here/../../../shared/seeds}/vicare-shared-memory-through-mmap.txt
[ -e "$seed" ] || { echo "skipped: there is no $seed (CHORUS_SEEDS names its folder)"; exit 77; }
export PATH=$build/bin:$PATH
work=$(mktemp -d)
kernel=
stopped=()
trap '[ -z "$kernel" ] || kill -KILL "${stopped[@]}" 2> /dev/null; [ -z "$kernel" ] || kill -TERM "$kernel" 2> /dev/null; rm -rf "$work"' EXIT

fail() {
    echo "not ok - $1"
    exit 1
}

# Programs begin with "#!r6rs" and end at the arrow, behind which the value stands.
awk -v work="$work" '/^#!r6rs/ { file = work "/" ++n ".sps" }
    /^⇒ / { sub(/^⇒ /, ""); print > (work "/" n ".value"); file = ""; next }
    file { print > file }' "$seed"
[ "$(find "$work" -name "*.sps" | wc -l)" = 3 ] || fail "the page has other programs than three"

run() { # PROGRAM
    "${scheme[@]}" "$work/$1.sps" > "$work/said" 2>&1 || fail "program $1 ended with $?: $(cat "$work/said")"
    cmp -s "$work/said" "$work/$1.value" || fail "program $1 printed $(cat "$work/said") instead of $(cat "$work/$1.value")"
}
for ((i = 0; i < runs; ++i)); do
    for program in 1 2 3; do run "$program"; done
done

# The program of our own page, and errors: what is wrong, in which file, and exit status 1.
awk '$0 == "```scheme" { inside = 1; next } inside && /^```$/ { exit } inside' "$here/../../docs/scheme.md" > "$work/page.sps"
echo 1234 > "$work/page.value"
run page
[ "$("${scheme[@]}" -e '(px.sysconf _SC_PAGESIZE)')" = "$(getconf PAGESIZE)" ] || fail "-e"
refused() { # PROGRAM MESSAGE
    local status=0
    echo "$1" > "$work/bad.sps"
    "${scheme[@]}" "$work/bad.sps" > "$work/said" 2>&1 || status=$?
    [ $status = 1 ] || fail "$1: exit status $status"
    [[ $(cat "$work/said") == "chorus-scheme: $work/bad.sps: "*$2* ]] || fail "$1: $(cat "$work/said")"
}
imports='(import (vicare) (prefix (vicare posix) px.))'
refused "$imports (px.munmap (integer->pointer 5) 1)" "rgnFree: address not page aligned"
refused "$imports (px.mmap #f 0 3 33 0 0)" "rgnAllocate: "
refused "$imports (px.mmap #f 4096 3 1 0 0)" "is a region"
refused "$imports (car 5)" "5"
refused "$imports (no-such-name)" "no-such-name"
refused "$imports (car '(1)" ""
refused "(car '(1))" "the first form is not (import ...)"
refused "$imports (px.waitpid 1 0)" "no such child"

export CHORUS_SITE=scheme-$$
mkfifo "$work/ready"
chorusd --site "$CHORUS_SITE" > "$work/ready" 2> "$work/log" &
kernel=$!
read -r _ < "$work/ready"
# Starts the program and stops the two processes while the child sleeps, so that the state can be looked at for as long as
# that takes. Fails if the program has ended before.
stop_asleep() {
    "${scheme[@]}" "$work/1.sps" > "$work/said" 2>&1 &
    scheme=$!
    until [ "$(chorus ps --no-headers | wc -l)" = 2 ]; do
        kill -0 $scheme 2> /dev/null || return 1
    done
    mapfile -t stopped < <(chorus ps --json | grep -o '"pid": *[0-9]*' | grep -o '[0-9]*$')
    kill -STOP "${stopped[@]}" 2> /dev/null || true
    [ "$(chorus ps --no-headers | wc -l)" = 2 ] && [ "$(chorus regions --json | grep -c '"segment":')" = 2 ]
}
attempts=0
until stop_asleep; do
    kill -CONT "${stopped[@]}" 2> /dev/null || true
    stopped=()
    wait $scheme || fail "on a site program 1 ended with $?: $(cat "$work/said")"
    ((++attempts < 20)) || fail "parent and child are never seen asleep: $(cat "$work/said")"
done
chorus ps --no-headers > "$work/ps"
chorus regions --json > "$work/regions"
kill -CONT "${stopped[@]}"
wait $scheme || fail "on a site program 1 ended with $?: $(cat "$work/said")"
[ "$(wc -l < "$work/ps")" = 2 ] || fail "not a parent and a child: $(cat "$work/ps")"
[ "$(grep -c '1\.sps' "$work/ps")" = 2 ] || fail "the actors are not named after the program: $(cat "$work/ps")"
[ "$(grep -o '"segment": *[0-9]*' "$work/regions" | sort -u | wc -l)" = 1 ] || fail "not one segment: $(cat "$work/regions")"
cmp -s "$work/said" "$work/1.value" || fail "on a site program 1 printed $(cat "$work/said")"
kill -TERM "$kernel"
wait "$kernel" || fail "chorusd ended with $?: $(cat "$work/log")"
kernel=
echo "ok - $runs runs of each program with $backend"
