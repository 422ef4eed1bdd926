# Prints what bash completes each line of the standard input to: the line, a tab, and the words.
# bash --norc complete.bash DIRECTORY
directory=$1
while IFS= read -r line; do
    read -ra COMP_WORDS <<< "$line"
    [[ $line != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    program=${COMP_WORDS[0]}
    # shellcheck disable=SC1090
    source "$directory/$program"
    function=$(complete -p "$program")
    function=${function#*-F }
    "${function%% *}" "$program"
    printf '%s\t%s\n' "$line" "${COMPREPLY[*]}"
done
