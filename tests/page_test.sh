#!/usr/bin/env bash
# Does what a page tells a newcomer to do, in an empty folder, and compares what comes out with the page.
#
# usage: page_test.sh PAGE BUILD_DIR
# A ```c block whose first line is /* NAME */ becomes that file. The commands of all ```console blocks are typed into one
# shell, one block after the other. What they print must be the lines below them: numbers in hexadecimal or of more
# than one digit may be others, "..." stands for any lines. A block under a line <!-- needs COMMAND --> is skipped if
# there is no such command.
# One "not ok" line for each block that differs; exit status 1 if there is any.
set -u -o pipefail
export LC_ALL=C.UTF-8

if [ $# -lt 2 ] || ! build=$(cd "$2" && pwd -P); then
    echo "usage: $0 PAGE BUILD_DIR" >&2
    exit 2
fi
page=$(readlink -f "$1")
TOP=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
export TOP
unset CHORUS_SITE CHORUS_PRIVATE CHORUSD CHORUS_TIMEOUT_MS PKG_CONFIG_PATH
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir "$work/folder" "$work/blocks"

# The files, and each console block as a numbered file.
awk -v folder="$work/folder/" -v blocks="$work/blocks/" '
    /^<!-- needs .* -->$/ { needs = $3; next }
    /^```/ && inside { inside = 0; next }
    /^```c$/ { inside = 1; file = ""; next }
    /^```console$/ { inside = 2; file = blocks sprintf("%03d", ++count); print needs > file; needs = ""; next }
    /^```/ { inside = 3; next }
    inside == 1 && file == "" { file = match($0, /^\/\* [a-z0-9_.]+ \*\/$/) ? folder $2 : "/dev/null" }
    inside == 1 || inside == 2 { print > file }
' "$page"

# The page may name the release build; another one is meant under test.
sed -i "s,\$TOP/build/release,$build,g" "$work"/blocks/*

# The pages show root's sessions.
plain() { sed -E "s/\\b$(id -u)\\b/0/g" | sed -E 's/[0-9]+[.][0-9]+ s\b/N s/g; s/\b(0x)?[0-9a-f]*[0-9][0-9a-f]+\b/N/g; s/[[:space:]]+/ /g; s/ $//'; }

# Types the commands; the end of each is marked, so that its output is told from the next one's.
cd "$work/folder" || exit 2
failures=0
commands=0
coproc SHELL_UNDER_TEST { exec bash --norc 2>&1; }
to=${SHELL_UNDER_TEST[1]} from=${SHELL_UNDER_TEST[0]}
echo 'set -m' >&"$to"
run() { # COMMAND: prints what it prints
    printf '%s\necho "end-of-$((41 + 1))-command"\n' "$1" >&"$to"
    local line
    while IFS= read -r line <&"$from"; do
        [[ $line == end-of-42-command ]] && return
        printf '%s\n' "$line"
    done
    echo "the shell has ended"
}

# Whether the lines of the second file are those of the first, in which "..." is any number of lines.
same() {
    awk 'NR == FNR { wanted[++n] = $0; next } { got[++m] = $0 }
        function match_from(i, j,   k) {
            if (i > n) return j > m
            if (wanted[i] == "...") {
                for (k = j; k <= m + 1; ++k) if (match_from(i + 1, k)) return 1
                return 0
            }
            return j <= m && wanted[i] == got[j] && match_from(i + 1, j + 1)
        }
        END { exit !match_from(1, 1) }' "$1" "$2"
}

for block in "$work"/blocks/*; do
    needs=$(head -n 1 "$block")
    if [ -n "$needs" ] && ! command -v "$needs" > /dev/null; then
        echo "skipped - a block that needs $needs"
        continue
    fi
    command=
    : > "$work/wanted"
    check() {
        [ -z "$command" ] && return
        run "$command" > "$work/got"
        commands=$((commands + 1))
        plain < "$work/wanted" > "$work/wanted.plain"
        plain < "$work/got" > "$work/got.plain"
        same "$work/wanted.plain" "$work/got.plain" && return
        echo "not ok - $command"
        diff "$work/wanted" "$work/got" | sed 's/^/    /'
        failures=$((failures + 1))
    }
    while IFS= read -r line; do
        if [[ $line == '$ '* ]]; then
            check
            command=${line#\$ }
            : > "$work/wanted"
        elif [[ $command == *\\ ]]; then
            command+=$'\n'$line
        else
            printf '%s\n' "$line" >> "$work/wanted"
        fi
    done < <(tail -n +2 "$block")
    check
done
exec {to}>&-
wait
if [ "$failures" -gt 0 ]; then
    echo "page_test: $failures of $commands commands of $(basename "$page") differ"
    exit 1
fi
[ "$commands" -gt 0 ] || { echo "not ok - no command in $page"; exit 1; }
echo "ok - $commands commands of $(basename "$page")"
