#!/usr/bin/env bash
# The manual pages of an installed prefix: every command with all it takes, every call by its name, the scenario language
# and the overviews; man finds them with -M, and by itself where the commands are in PATH. None makes groff complain.
#
# man_test.sh BUILD_DIR
build=$1
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"
! grep -q '^LOWDOWN:.*NOTFOUND' "$build/CMakeCache.txt" || skip "lowdown is not installed, so that there are no manual pages"
command -v man > /dev/null || skip "man is not installed"
install_to "$work/prefix"
pages=$work/prefix/share/man

# Prints a page as text, in lines of any length.
read_page() { # [SECTION] NAME
    MANWIDTH=1000 plainly man -M "$pages" "$@" || fail "man $*"
}

for program in chorus chorusd chorus-scheme chorus-sim; do
    page=$(read_page "$program")
    [[ $page == *"$program - "* ]] || fail "man $program does not say what it is"
    commands=$("$build/bin/$program" --help | awk '/^[A-Z].*:$/ { inside = $0 == "Commands:" } inside && /^  [a-z]/ { print $1 }')
    for command in "" $commands; do
        [[ $page == *"$program $command"* ]] || fail "man $program lacks the command $command"
        # shellcheck disable=SC2086 # no argument if there is no command
        for option in $("$build/bin/$program" $command --help | grep -oE '^  (-[a-z], )?--[a-z-]+' | grep -o -e '--.*'); do
            grep -q -- "^ *\(-[a-z], \)\?$option\b" <<< "$page" || fail "man $program lacks $option of $command"
        done
    done
done
echo "ok - commands"

calls=0
for page in "$source_dir"/docs/calls/*.md; do
    for call in $(awk '/^## / { inside = $0 == "## Synopsis" } inside && /^[A-Za-z].*\(/' "$page" | sed 's/(.*//; s/.*[ *]//'); do
        [[ $call != fork ]] || call=chorus-fork # fork(2) is the system's
        found=$(plainly man -M "$pages" -w 3 "$call") || fail "there is no man 3 $call"
        ! grep -q '^\.so ' "$found" || found=$pages/$(sed 's/^\.so //' "$found")
        for heading in NAME SYNOPSIS DESCRIPTION "RETURN VALUE" "SEE ALSO"; do
            grep -qx "$heading" "$found" || fail "man $call has no section $heading"
        done
        awk '/^SYNOPSIS$/ { exit } inside; /^NAME$/ { inside = 1 }' "$found" | grep -qw "$call" || fail "man $call does not name it"
        calls=$((calls + 1))
    done
done
[ "$calls" -gt 50 ] || fail "only $calls calls have a page"
text=$(read_page rgnMapFromActor)
[[ $text == *"int rgnMapFromActor(KnCap *tgtactorcap"*"K_EOVERLAP"*"rgnAllocate(3)"* ]] || fail "man rgnMapFromActor: $text"
echo "ok - $calls calls"

[[ $(read_page 5 chorus-scenario) == *"actor alice, bob"* ]] || fail "man 5 chorus-scenario"
[[ $(read_page 7 chorus) == *"chorusd"* ]] || fail "man 7 chorus"
text=$(PATH=$work/prefix/bin:$PATH MANPATH='' man rgnMapFromActor) || fail "man does not find a page by PATH"
[[ $text == *"rgnMapFromActor - "* ]] || fail "man rgnMapFromActor by PATH: $text"
echo "ok - overviews, and pages found by PATH"

mapfile -t files < <(grep -L '^\.so ' "$pages"/man*/*)
said=$(groff -t -man -Tutf8 -z "${files[@]}" 2>&1)
[ -z "$said" ] || fail "groff: $said"
lexgrog "${files[@]}" > "$work/said" || fail "whatis cannot read: $(grep -v -e ' - ' "$work/said")"
! grep -n '<[^ ]*\.md' "${files[@]}" || fail "a link to a page of docs/"
echo "ok - format"
