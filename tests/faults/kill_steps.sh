#!/usr/bin/env bash
# Plays scenarios in both worlds, with a kernel that is killed before the first system call of an event, then before the
# second, and so on, until no event makes so many: nobody may notice.
#
# kill_steps.sh BIN_DIR SHIM every SCENARIO...      each step of every second event, then of the others
# kill_steps.sh BIN_DIR SHIM one SCENARIO...        one step of each scenario, another one for each
# kill_steps.sh BIN_DIR SHIM take-over SCENARIO     each step of the kernel that takes over, too
set -euo pipefail
bin=$1 shim=$2 what=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset CHORUS_SITE
export CHORUSD=$here/faulty_chorusd.sh CHORUS_FAULT_SHIM=$shim CHORUS_FAULT_CHORUSD=$bin/chorusd
export CHORUS_FAULT CHORUS_FAULT_STATE=$scratch/state
kills=0 total=0

play() { # SCENARIO FAULT
    rm -f "$CHORUS_FAULT_STATE"
    CHORUS_FAULT=$2
    if ! timeout 120 "$bin/chorus-sim" run --world both "$1" > "$scratch/output" 2>&1; then
        echo "$1 with CHORUS_FAULT='$2':"
        cat "$scratch/output"
        exit 1
    fi
    kills=0
    # As where its users may not run the programs where they lie: then there was no kernel.
    if grep -q '^real world skipped' "$scratch/output"; then return; fi
    kills=$(od -An -i -j20 -N4 "$CHORUS_FAULT_STATE")
    total=$((total + kills))
}

case $what in
every)
    for scenario in "$@"; do
        for first in 0 1; do
            step=1
            play "$scenario" "kill $step 0 $first"
            while [ "$kills" -gt 0 ]; do
                step=$((step + 1))
                play "$scenario" "kill $step 0 $first"
            done
        done
    done
    ;;
one)
    step=0
    for scenario in "$@"; do
        play "$scenario" "kill $((step % 12 + 1)) 0 $((step % 2))"
        step=$((step + 1))
    done
    ;;
take-over)
    for again in $(seq 1 45); do
        play "$1" "kill 5 $again"
    done
    ;;
esac
echo "$total kernels were killed"
[ "$total" -gt 0 ]
