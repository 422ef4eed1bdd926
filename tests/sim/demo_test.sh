#!/usr/bin/env bash
# The demo shows what it should: two actors, one segment at two addresses, and what each read. It counts its steps and
# does not claim to build what is built.
set -euo pipefail
unset CHORUS_SITE
steps_file=$(mktemp "${TMPDIR:-/tmp}/demo-test.XXXXXX")
trap 'rm -f "$steps_file"' EXIT
fail() {
    cat "$steps_file"
    printf '%s\nnot ok - %s\n' "$output" "$1"
    exit 1
}

output=$("$(dirname "$0")/../../sim/demo" 2>"$steps_file") || fail "the demo failed"
for line in 'alice  allocates 3 pages at 0x' 'starts bob with her capability 0x' 'bob  *reads' 'alice  *reads' 'segment'; do
    grep -q "$line" <<<"$output" || fail "no line with '$line'"
done
for line in '^\[1/4\] all packages are installed$' '^\[2/4\] configuring' '^\[3/4\] everything is compiled$' '^\[4/4\]'; do
    grep -q "$line" "$steps_file" || fail "no step '$line'"
done
echo "ok - demo"
