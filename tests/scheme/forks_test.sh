#!/usr/bin/env bash
# Actors in Scheme fork, and the children write data to shared memory that the parent reads.
#
# forks_test.sh BUILD_DIR BACKEND FORKS
set -euo pipefail
build=$1 backend=$2 forks=$3
here=$(cd "$(dirname "$0")" && pwd)
declare -A interpreters=([chez]=chezscheme [guile]=guile)
command -v "${interpreters[$backend]}" > /dev/null || { echo "skipped: ${interpreters[$backend]} is not installed"; exit 77; }
unset CHORUS_SITE CHORUSD LIBCHORUS

said=$("$build/bin/chorus-scheme" --backend "$backend" "$here/forks.sps" "$forks" 2>&1)
[ "$said" = "$forks" ] || { echo "not ok - of $forks data were right: $said"; exit 1; }
echo "ok - $forks forks with $backend"
