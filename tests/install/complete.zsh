# Prints what zsh completes each line of the standard input to: the line, a tab, and the words. The completion runs in
# an interactive zsh on a terminal of its own.
# zsh -f complete.zsh DIRECTORY WORK
zmodload zsh/zpty
directory=$1 work=$2
mkfifo $work/done
exec 3<> $work/done
cat > $work/setup.zsh <<'END'
PS1=
LISTMAX=10000
fpath=($directory $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
    local -a hits
    # One of these asks for matches in an array and adds none.
    if [[ " ${(j: :)@[1,(i)(-|--)]}" != *" -"[OAD]* ]]; then
        builtin compadd -A hits "$@"
        print -rl -- $hits >> $work/hits
    fi
    builtin compadd "$@"
}
zle -C list-matches list-choices _main_complete
finish() {
    zle list-matches
    BUFFER=
    print > $work/done
}
zle -N finish
bindkey '^I' finish
print > $work/done
END
export directory work
TERM=dumb zpty shell zsh -f -i
zpty -w shell "source $work/setup.zsh"
read -r -u 3
while IFS= read -r line; do
    : > $work/hits
    zpty -w -n shell "$line"$'\t'
    read -r -u 3
    zpty -r -t shell shown '*' # so that the terminal never fills
    print -r -- "$line"$'\t'"${(j: :)${(f)"$(<$work/hits)"}}"
done
zpty -d shell
