#!/usr/bin/env bash
# The demo shows what it should: two actors, one segment at two addresses, and what each read.
set -euo pipefail
unset CHORUS_SITE
output=$("$(dirname "$0")/../../sim/demo") || { echo "$output"; echo "not ok - the demo failed"; exit 1; }
for line in 'alice  allocates 3 pages at 0x' 'starts bob with her capability 0x' 'bob  *reads' 'alice  *reads' 'segment'; do
    grep -q "$line" <<< "$output" || { echo "$output"; echo "not ok - no line with '$line'"; exit 1; }
done
echo "ok - demo"
