#!/usr/bin/env bash
# docs/support.md is what docs/support/generate prints, and the generator notices a call that its list, the headers, the
# pages and not_implemented.cpp do not agree on.
#
# usage: support_test.sh
# One "not ok" line for each fault; exit status 1 if there is any.
# shellcheck source=tests/checks.sh
source "$(dirname "$0")/checks.sh"

"$top/docs/support/generate" > "$work/page" || fail "the generator reports errors"
diff -u "$top/docs/support.md" "$work/page" ||
    fail "docs/support.md is not what is generated: docs/support/generate > docs/support.md"

# Copies of the sources with one change: the file, a sed script, and what the generator must say.
copy=$work/copy
mkdir -p "$copy/src/client" "$copy/docs"
changed() {
    local file=$1 script=$2 wanted=$3
    rm -rf "$copy/include" "$copy/docs/calls" "$copy/docs/support"
    cp -r "$top/include" "$copy"
    cp -r "$top/docs/calls" "$top/docs/support" "$copy/docs"
    cp "$top/src/client/not_implemented.cpp" "$copy/src/client"
    cp -r "$top/src/scheme" "$copy/src"
    sed -i "$script" "$copy/$file"
    cmp -s "$top/$file" "$copy/$file" && fail "'$script' changes nothing in $file"
    if "$copy/docs/support/generate" "$copy" > "$work/page" 2> "$work/errors"; then
        fail "no error for '$script' in $file"
    else
        grep -qF "$wanted" "$work/errors" || fail "'$script' in $file: the error is not '$wanted' but: $(cat "$work/errors")"
    fi
}
changed docs/support/calls.txt '/^portUi /d' 'portUi is declared, and calls.txt does not list it'
changed docs/support/calls.txt '/^semV /d' 'semV has a page, and calls.txt does not list it'
changed docs/support/calls.txt 's/^semV .*/&\n&/' 'semV is listed twice'
changed docs/support/calls.txt 's/^portUi .*/& works well/' 'portUi is not implemented, and has a remark'
changed docs/support/calls.txt 's/^aconf .*/& works well/' 'aconf is not declared, and has a remark'
changed docs/support/calls.txt 's/^\(mutexTry.*\) missing:.*/\1/' 'mutexTry answers by itself: calls.txt must say what'
changed src/client/not_implemented.cpp '/(portUi)/d' \
    'portUi is declared, but has no page and is not in not_implemented.cpp'
changed src/client/not_implemented.cpp 's/^CHORUS_ABSENT(portUi)/&\nCHORUS_ABSENT(semV)/' \
    'semV has a page, and is in not_implemented.cpp'
changed docs/calls/semV.md 's/^int semV/int semQ/' 'semV is declared, but has no page and is not in not_implemented.cpp'
changed include/sync/chSem.h 's/^int semV(.*/&\nint semQ(void);/' 'semQ is declared, and calls.txt does not list it'

finish "$(grep -c '^[a-zA-Z]' "$top/docs/support/calls.txt") calls"
