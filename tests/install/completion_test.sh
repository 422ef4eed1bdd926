#!/usr/bin/env bash
# Bash, zsh and fish complete what --help says: every command, every option of each, the values of those that have
# known ones, and nothing else.
#
# completion_test.sh BUILD_DIR
build=$1
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"
here=$(dirname "$(readlink -f "$0")")
install_to "$work/prefix"
share=$work/prefix/share
PATH=$work/prefix/bin:$PATH

# Writes a line to complete, and what must come of it.
expect() { # LINE WORD...
    printf '%s\t%s\n' "$1" "$(printf '%s\n' "${@:2}" | sort -u | paste -sd ' ')"
}

# A site with an actor: their names are completed, too.
export CHORUS_SITE=complete-$$ HOME=$work
mkfifo "$work/ready"
chorusd --site "$CHORUS_SITE" > "$work/ready" 2> /dev/null &
site=$!
read -r < "$work/ready"
trap 'kill "$site"; wait; rm -rf "$work"' EXIT
chorus run sh -c 'echo; exec sleep 1000' > "$work/ready" &
read -r < "$work/ready"

cd "$work"
touch first.scn second.scn
for program in chorus chorusd chorus-scheme chorus-sim; do
    commands=$("$program" --help | awk '/^[A-Z].*:$/ { inside = $0 == "Commands:" } inside && /^  [a-z]/ { print $1 }')
    # shellcheck disable=SC2086 # words
    [ -z "$commands" ] || expect "$program " $commands
    for command in '' $commands; do
        # shellcheck disable=SC2086 # words
        options=$("$program" $command --help | grep -E '^  -' | sed 's/   .*//' | grep -oE -e '--[a-z-]+')
        # shellcheck disable=SC2086
        expect "$program $command${command:+ }--" $options
    done
done > expected
{
    expect 'chorus-sim run --world ' model real both
    expect 'chorus-sim replay --world ' model real
    expect 'chorus-sim run --format j' junit json
    expect 'chorus-sim run --jobs '
    expect 'chorus-sim run f' first.scn
    expect 'chorusd --allow-user roo' root
    expect 'chorusd --allow-group roo' root
    expect 'chorus aps --js' --json
    expect "chorus waits --site complete-" "$CHORUS_SITE"
    expect 'chorus kill 1' 1
    expect 'chorus run --site lab true --'
    expect 'chorus run --site lab chorus-si' chorus-sim
    expect 'chorus-scheme --backend ' chez guile
} >> expected
[ "$(wc -l < expected)" -gt 20 ] || fail "too few lines to complete: $(cat expected)"

try() { # SHELL COMMAND...
    if ! command -v "$1" > /dev/null; then
        echo "ok - $1 # skipped: it is not installed"
        return
    fi
    cut -f1 expected | timeout 60 "${@:2}" > said 2> errors || fail "$1: status $?, $(cat errors)"
    [ ! -s errors ] || fail "$1: $(cat errors)"
    # The order and a hint that a value follows are the shell's own.
    while IFS=$'\t' read -r line words; do
        printf '%s\t%s\n' "$line" "$(tr ' ' '\n' <<< "$words" | sed 's/=$//' | sort -u | paste -sd ' ')"
    done < said > sorted
    diff expected sorted > different || fail "$1 completes (>) other than it should (<): $(cat different)"
    echo "ok - $1"
}
try bash bash --norc "$here/complete.bash" "$share/bash-completion/completions"
try fish fish --no-config "$here/complete.fish" "$share/fish/vendor_completions.d"
try zsh zsh -f "$here/complete.zsh" "$share/zsh/site-functions" "$work"
