#!/usr/bin/env bash
# A chorus-sim with a wrong kernel in it: a scenario or a random workload has to fail.
#
# wrong_kernel_test.sh PROGRAM SCENARIOS
set -euo pipefail
program=$1 scenarios=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

found=0
# Those with a program of their own have the right kernel.
for file in $(grep -L '^spawn' "$scenarios"/*/*.scn); do
    "$program" run "$file" > output 2>&1 && continue
    found=1
    echo "found by ${file#"$scenarios"/}: $(grep -m 1 "scn:[0-9]" output || tail -n 1 output)"
    break
done
if ! "$program" random --seed 1 --rounds 200 > output 2>&1; then
    found=1
    echo "found by random: $(head -n 1 output)"
fi
[ $found = 1 ] || { echo "found by nobody"; exit 1; }
