# shellcheck shell=bash
# Shared by the scripts of this folder, which source it with their arguments BUILD_DIR BACKEND. Sets `here` and `scheme`,
# the command that runs a program. Skips the test if the interpreter is not installed.
build=$1 backend=$2
# shellcheck disable=SC2034 # for the scripts
here=$(cd "$(dirname "$0")" && pwd)
declare -A interpreters=([chez]=chezscheme [guile]=guile)
if ! command -v "${interpreters[$backend]}" > /dev/null; then
    echo "skipped: ${interpreters[$backend]} is not installed"
    exit 77
fi
unset CHORUS_SITE CHORUSD LIBCHORUS
# shellcheck disable=SC2034
scheme=("$build/bin/chorus-scheme" --backend "$backend")
