# Reads the table of a program (see `table`) into arrays, for the scripts that write completions. The command "" is the
# program itself. awk -F '\t' -v program=NAME -f table.awk -f SHELL.awk TABLE

$2 == "command" {
    commands[++command_count] = $3
    about[$3] = short_text($4)
}
$2 == "alias" { alias[$1] = alias[$1] " " $3 }
$2 == "argument" {
    label = $3
    many[$1, ++arguments[$1]] = sub(/\.\.\.$/, "", label)
    argument[$1, arguments[$1]] = label
}
$2 == "option" {
    i = ++options[$1]
    label = $3
    value[$1, i] = ""
    if (match(label, / \[?[A-Z].*$/)) {
        value[$1, i] = substr(label, RSTART + 1)
        label = substr(label, 1, RSTART - 1)
    }
    optional[$1, i] = sub(/^\[/, "", value[$1, i]) # --option or --option=VALUE
    sub(/\]$/, "", value[$1, i])
    gsub(/,/, "", label)
    names[$1, i] = label
    text[$1, i] = short_text($4)
    repeated[$1, i] = $4 ~ /repeated/
}
$2 == "choices" {
    for (i = 1; i <= options[$1]; ++i)
        if (index(" " names[$1, i] " ", " " $3 " ")) choices[$1, i] = $4
}

# What fits beside a word.
function short_text(text) {
    sub(/[;.] .*/, "", text)
    sub(/\.$/, "", text)
    return text
}

# What a value or argument is: a site, an actor, a file, a directory, a program, a user, a group, or nothing known.
function kind(name, label) {
    if (name ~ /--site/) return "site"
    if (label == "ACTOR" || label == "AID") return "actor"
    if (label == "FILE") return "file"
    if (label == "DIR" || label == "DIRECTORY") return "directory"
    if (label == "PROGRAM") return "program"
    if (label == "USER") return "user"
    if (label == "GROUP") return "group"
    return ""
}

# Whether there is an option or argument of this kind.
function needs(what,    command, c, i) {
    for (c = 0; c <= command_count; ++c) {
        command = c == 0 ? "" : commands[c]
        for (i = 1; i <= options[command]; ++i)
            if (value[command, i] != "" && kind(names[command, i], value[command, i]) == what) return 1
        for (i = 1; i <= arguments[command]; ++i)
            if (kind("", argument[command, i]) == what) return 1
    }
    return 0
}

# All names of a command, for a pattern of the shell.
function all_names(command, separator,    other) {
    other = alias[command]
    gsub(/ /, separator, other)
    return command other
}
