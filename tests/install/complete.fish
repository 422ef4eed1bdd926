# Prints what fish completes each line of the standard input to: the line, a tab, and the words.
# fish --no-config complete.fish DIRECTORY
for file in $argv[1]/*.fish
    source $file
end
while read -l line
    printf '%s\t%s\n' $line (complete -C $line | string replace -r '\t.*' '' | string join ' ')
end
