#!/usr/bin/env bash
# Steps a second of chorus-sim: scenarios.sh FOLDER_OF_PROGRAMS
set -euo pipefail
sim=$1/chorus-sim
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rate() { # WORLD PROCESSORS FILE
    local begin=$EPOCHREALTIME line
    line=$(taskset -c "$2" "$sim" run --world "$1" "$3")
    [[ $line =~ passed.*\ ([0-9]+)\ steps ]] || { echo "$line" >&2; exit 1; }
    python3 -c "print(round(${BASH_REMATCH[1]} / ($EPOCHREALTIME - $begin)))"
}

for repeats in 300000 500; do sed "s/REPEATS/$repeats/" "$here/exchange.scn" > "$work/$repeats.scn"; done
for run in 1 2 3; do
    printf 'model, one processor:   %9s steps/s\n' "$(rate model 0 "$work/300000.scn")"
    printf 'real, two processors:   %9s steps/s\n' "$(rate real 0,1 "$work/500.scn")"
done
TIMEFORMAT='%R'
seconds=$( { time taskset -c 0 "$sim" explore --all --json "$here/../../sim/scenarios/orders/philosophers.scn" > "$work/all"; } 2>&1)
python3 - "$seconds" "$work/all" << 'END'
import json, sys
orders = json.load(open(sys.argv[2]))["orders"]
print(f"explore, one processor: {orders / float(sys.argv[1]):9.0f} orders/s of the philosophers ({orders} in {sys.argv[1]} s)")
END
