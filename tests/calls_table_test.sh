#!/usr/bin/env bash
# The pages of docs/calls are complete and true to what is there: every call that the headers declare has a page or is
# listed as not in this version, every page has its row in the table of calls, every test that a page or the table names
# exists, and every link resolves.
#
# usage: calls_table_test.sh BUILD_DIR
# One "not ok" line for each thing that is missing; exit status 1 if there is any.
# shellcheck source=tests/checks.sh
source "$(dirname "$0")/checks.sh"

if [ $# -lt 1 ] || ! build=$(cd "$1" && pwd -P); then
    echo "usage: $0 BUILD_DIR" >&2
    exit 2
fi
calls=$top/docs/calls
readme=$calls/README.md

# Prints the section of a page that has the given heading.
section() { awk -v heading="## $2" '/^## / { inside = $0 == heading } inside' "$1"; }

# Prints the rows of a table whose first column is headed by the given word, without head and rule.
rows() {
    awk -v head="| $1 |" '
        !/^\|/ { inside = 0; next }
        index($0, head) == 1 { inside = 1; next }
        inside && !/^\|---/'
}

# Prints what stands in backquotes, one a line.
# shellcheck disable=SC2016 # they are no expansions
quoted() { grep -o '`[^`]*`' | tr -d '`'; true; }

# What the headers declare.
(cd "$top/include" && find . -name '*.h' -printf '#include <%P>\n' | sort) > "$work/all.c"
gcc -std=gnu99 -I"$top/include" -fsyntax-only -aux-info "$work/declared" "$work/all.c" ||
    fail "gcc does not compile all headers"
grep -F "/* $top/include/" "$work/declared" | sed -n 's/^[^(]*[ *]\([A-Za-z][A-Za-z_0-9]*\) (.*/\1/p' | sort -u > "$work/calls"
[ -s "$work/calls" ] || fail "no declared call found"

# What the pages have: the calls of each Synopsis, "call page".
for page in "$calls"/*.md; do
    name=$(basename "$page" .md)
    [ "$name" = README ] && continue
    section "$page" Synopsis | sed -nE "s/^[A-Za-z].*[ *]([A-Za-z_0-9]+)\(.*/\1 $name/p" > "$work/synopsis"
    [ -s "$work/synopsis" ] || fail "$name.md: no call in its Synopsis"
    cat "$work/synopsis" >> "$work/paged"
done
sort -o "$work/paged" "$work/paged"
while read -r call; do fail "$call has two pages"; done < <(cut -d' ' -f1 "$work/paged" | uniq -d)

# What is listed as not in this version: names, or beginnings of names with a star.
section "$readme" 'Declared, but not in this version' | sed '/^Not declared at all/,$d' |
    quoted | grep -x '[A-Za-z_0-9]*\*\?' | sort -u > "$work/listed"
[ -s "$work/listed" ] || fail "README.md: nothing listed as not in this version"
is_listed() {
    local pattern
    while read -r pattern; do
        # shellcheck disable=SC2053 # the star is meant
        [[ $1 == $pattern ]] && return
    done < "$work/listed"
    return 1
}
while read -r call; do
    if grep -q "^$call " "$work/paged"; then
        is_listed "$call" && fail "$call has a page, and is listed as not in this version"
    else
        is_listed "$call" || fail "$call is declared, and has no page"
    fi
done < "$work/calls"
while read -r call page; do
    [ "$call" = fork ] || grep -qx "$call" "$work/calls" || fail "$page.md: $call is not declared"
done < "$work/paged"

# The table of calls: a row for each page, with the calls, the number of clauses and the tests that the page has.
rows call < "$readme" > "$work/table"
[ -s "$work/table" ] || fail "README.md: no table of calls"
ctest --test-dir "$build" -N | sed -nE 's/^ *Test +#[0-9]+: +([^ ]+).*/\1/p' | sort -u > "$work/tests"
[ -s "$work/tests" ] || fail "$build: ctest lists no test"
cut -d' ' -f2 "$work/paged" | sort -u > "$work/pages"
while read -r name; do
    page=$calls/$name.md
    grep -F "]($name.md)" "$work/table" > "$work/row" || { fail "$name.md: no row in the table of calls"; continue; }
    while read -r call _; do
        grep -qF "[$call]($name.md)" "$work/row" || fail "README.md: $call is not in the row of $name.md"
    done < <(grep " $name$" "$work/paged")

    section "$page" Clauses | rows clause > "$work/clauses"
    count=$(wc -l < "$work/clauses")
    number=0
    while IFS='|' read -r _ clause manual test _; do
        number=$((number + 1))
        [[ $clause == " $number. "* ]] || fail "$name.md: clause $number is numbered otherwise"
        [[ $manual == *[!\ ]* ]] || fail "$name.md: clause $number names no manual page"
        [[ $test =~ ^\ \`[A-Za-z_0-9]+\.[A-Za-z_0-9/]+\`\ $ ]] || fail "$name.md: clause $number names no test"
    done < "$work/clauses"
    cut -d'|' -f4 "$work/clauses" | quoted > "$work/named"
    while read -r test; do
        grep -qxF "$test" "$work/tests" || fail "$name.md: no test $test"
    done < <(sort -u "$work/named")

    case $count in
        0) range=none ;;
        1) range="[1]($name.md#clauses)" ;;
        *) range="[1 to $count]($name.md#clauses)" ;;
    esac
    [[ $(cut -d'|' -f4 "$work/row") == " $range"* ]] ||
        fail "README.md: $name.md has $count clauses, its row says otherwise"
    cut -d'|' -f5 "$work/row" | quoted | cmp -s - "$work/named" ||
        fail "README.md: the tests in the row of $name.md are not those of its clauses"
done < "$work/pages"
while read -r name; do
    [ -e "$calls/$name.md" ] || fail "README.md: the table names $name.md, which is not there"
done < <(grep -o '](\([A-Za-z]*\)\.md)' "$work/table" | sed 's/](\(.*\)\.md)/\1/' | sort -u)

# Links between the pages: the file, and the heading after the #. Code is no link.
anchors() { sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'; }
for page in "$calls"/*.md; do
    # shellcheck disable=SC2016
    sed '/^```/,/^```/d; s/`[^`]*`//g' "$page" | grep -o '](\([^)]*\))' |
        sed 's/^](//; s/)$//' | sort -u > "$work/links"
    while read -r link; do
        [[ $link == http*://* ]] && continue
        file=${link%%#*}
        target=$page
        [ -n "$file" ] && target=$calls/$file
        if [ ! -e "$target" ]; then
            fail "$(basename "$page"): link to $link, and there is no such file"
        elif [[ $link == *#* ]] && ! grep -qxF "${link#*#}" <(anchors "$target"); then
            fail "$(basename "$page"): link to $link, and there is no such heading"
        fi
    done < "$work/links"
done

clauses=$(cat "$calls"/*.md | rows clause | wc -l)
finish "$(wc -l < "$work/pages") pages, $(wc -l < "$work/paged") calls, $clauses clauses"
