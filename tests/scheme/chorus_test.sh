#!/usr/bin/env bash
# The library (chorus): each of its calls, refused calls, and an actor in Scheme and one in C that exchange numbers through
# a region by capability, with semaphores, each as the parent of the other.
#
# chorus_test.sh BUILD_DIR BACKEND ROUNDS
set -euo pipefail
# shellcheck source=tests/scheme/support.sh
source "$(dirname "$0")/support.sh"
rounds=$3

expect() { # OUTPUT COMMAND...
    local said status=0
    said=$("${@:2}" 2>&1) || status=$?
    [ "$status $said" = "0 $1" ] || { echo "not ok - '${*:2}': status $status, $said"; exit 1; }
}
expect good "${scheme[@]}" "$here/calls.sps"

# The example of an error on our page, and every binding that the support table lists.
error=$(awk '/^### Errors/ { here = 1 } here && /^```$/ { if (inside) exit; inside = 1; next } inside' "$here/../../docs/scheme.md")
expect '("rgnFree" K_EROUND)' "${scheme[@]}" -e "$error"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^## Scheme/ { here = 1; next } /^## / { here = 0 } here && /^\| `/ {
    gsub(/[|`,]/, ""); sub(/all of \(rnrs\)/, ""); match($0, /\([^)]*\)/)
    print "(import (rnrs base) (only " substr($0, RSTART, RLENGTH), substr($0, RSTART + RLENGTH) "))"
}' "$here/../../docs/support.md" > "$work/imports"
[ "$(wc -l < "$work/imports")" = 5 ] || { echo "not ok - not five libraries in the support table"; exit 1; }
while read -r import; do
    printf '%s\n(quote imported)\n' "$import" > "$work/program.sps"
    expect imported "${scheme[@]}" "$work/program.sps"
done < "$work/imports"

for ((i = 0; i < rounds; ++i)); do
    expect exchanged "${scheme[@]}" "$here/exchange.sps" "$build/bin/scheme-exchange"
    expect exchanged "$build/bin/scheme-exchange" "${scheme[@]}" "$here/exchange.sps"
done
echo "ok - the calls of (chorus), and $rounds exchanges in each direction with $backend"
