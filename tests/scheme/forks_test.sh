#!/usr/bin/env bash
# Actors in Scheme fork, and the children write data to shared memory that the parent reads.
#
# forks_test.sh BUILD_DIR BACKEND FORKS
set -euo pipefail
# shellcheck source=tests/scheme/support.sh
source "$(dirname "$0")/support.sh"
forks=$3

said=$("${scheme[@]}" "$here/forks.sps" "$forks" 2>&1)
[ "$said" = "$forks" ] || { echo "not ok - of $forks data were right: $said"; exit 1; }
echo "ok - $forks forks with $backend"
