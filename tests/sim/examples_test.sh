#!/usr/bin/env bash
# The sample actors of sim/actors print what they should, every time, plainly and under `chorus run`.
#
# examples_test.sh BIN_DIR ROUNDS
set -euo pipefail
bin=$1 rounds=$2
unset CHORUS_SITE
expect() { # PROGRAM OUTPUT
    local i output
    for ((i = 0; i < rounds; i++)); do
        for run in "$bin/$1" "$bin/chorus run $bin/$1"; do
            output=$($run)
            [ "$output" = "$2" ] || { echo "not ok - '$run' printed '$output', not '$2'"; exit 1; }
        done
    done
    echo "ok - $1"
}
# The results of the three exchanges in shared memory that the product was ordered with.
expect exchange_integer '1234'
expect exchange_bytes '#vu8(100 101 102 103 104 105 106 107 108 109)'
expect exchange_value '(1 2 #(3 4) ciao "hello" #vu8(99 98 97))'
# A third party maps, an actor forks.
expect introduce 'a word from the holder'
expect fork_pair 'child: another actor, shared 1234, copied 1234
parent: shared 1234, copied 234'
# Big memory, where the machine has it: its size is promised, not taken.
if "$bin/sparse" > /dev/null 2>&1; then
    expect sparse '8 GiB at 0x2ffe00000000, 32 KiB of them touched'
else
    echo "ok - sparse # skipped: $("$bin/sparse" 2>&1)"
fi
# Containers in C++, at another address in each actor.
expect directory 'alice: process 1, room 0x6bffd000
bob: the actor next door, with whom all pages but one are shared
carol: moved away'
