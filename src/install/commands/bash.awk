# Writes the completion for bash: table.awk reads the table.

END {
    print "# bash completion of " program ", generated from its --help"
    print "_" identifier() "() {"
    print "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= kind= words= i"
    print "    # Of --option=VALUE, bash makes three words."
    print "    if [[ $previous == = ]]; then"
    print "        previous=${COMP_WORDS[COMP_CWORD - 2]}"
    print "    elif [[ $current == = ]]; then"
    print "        current="
    print "    fi"
    if (command_count > 0) commands_of_line()
    # Values of options.
    print "    case \"$command $previous\" in"
    for (c = 0; c <= command_count; ++c) values(c == 0 ? "" : commands[c])
    print "    *)"
    print "        case \"$command $current\" in"
    for (c = 0; c <= command_count; ++c) words_of(c == 0 ? "" : commands[c])
    print "        esac"
    print "        ;;"
    print "    esac"
    print "    case $kind in"
    print "    site) words=$(chorus sites --no-headers 2> /dev/null | awk '{ print $1 }') ;;"
    print "    actor) words=$(chorus ps --no-headers 2> /dev/null | awk '{ print $1, $2 }') ;;"
    print "    program)"
    print "        compopt -o filenames 2> /dev/null"
    print "        mapfile -t COMPREPLY < <(compgen -A command -A directory -- \"$current\")"
    print "        return"
    print "        ;;"
    print "    file | directory | user | group)"
    print "        [[ $kind == [ug]* ]] || compopt -o filenames 2> /dev/null"
    print "        mapfile -t COMPREPLY < <(compgen -A \"$kind\" -- \"$current\")"
    print "        return"
    print "        ;;"
    print "    esac"
    print "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")"
    print "}"
    print "complete -F _" identifier() " " program
}

function identifier(    name) {
    name = program
    gsub(/-/, "_", name)
    return name
}

# Finds the command, and the program that it starts, which completes its arguments itself.
function commands_of_line(    c, i, starts) {
    print "    for ((i = 1; i < COMP_CWORD; ++i)); do"
    print "        if [[ -z $command ]]; then"
    print "            case ${COMP_WORDS[i]} in"
    for (c = 1; c <= command_count; ++c) {
        print "            " all_names(commands[c], " | ") ") command=" commands[c] " ;;"
        if (argument[commands[c], 1] == "PROGRAM") starts = commands[c]
    }
    print "            esac"
    if (starts != "") {
        print "        elif [[ $command == " starts " ]]; then"
        print "            case ${COMP_WORDS[i]} in"
        for (i = 1; i <= options[starts]; ++i)
            if (value[starts, i] != "") {
                print "            " join(names[starts, i], " | ") ")"
                print "                [[ ${COMP_WORDS[i + 1]} == = ]] && ((++i))"
                print "                ((++i))"
                print "                ;;"
            }
        print "            -*) ;;"
        print "            *)"
        print "                if declare -F _command_offset > /dev/null; then"
        print "                    _command_offset \"$i\""
        print "                else"
        print "                    compopt -o default 2> /dev/null"
        print "                fi"
        print "                return"
        print "                ;;"
        print "            esac"
    }
    print "        fi"
    print "    done"
}

function values(command,    i, what) {
    for (i = 1; i <= options[command]; ++i) {
        if (value[command, i] == "" || optional[command, i]) continue
        what = choices[command, i] != "" ? "words=\"" choices[command, i] "\"" : kind(names[command, i], value[command, i])
        if (choices[command, i] == "") what = "kind=" (what == "" ? "''" : what)
        print "    \"" command " " join(names[command, i], "\" | \"" command " ") "\") " what " ;;"
    }
}

function words_of(command,    i, all) {
    all = ""
    for (i = 1; i <= options[command]; ++i) all = all " " names[command, i]
    print "        \"" command " -\"*) words=\"" substr(all, 2) "\" ;;"
    all = ""
    if (command == "") {
        for (i = 1; i <= command_count; ++i) all = all " " commands[i]
        if (all != "") print "        \" \"*) words=\"" substr(all, 2) "\" ;;"
    } else if (kind("", argument[command, 1]) != "") {
        print "        \"" command " \"*) kind=" kind("", argument[command, 1]) " ;;"
    }
}

function join(words, separator) {
    gsub(/ /, separator, words)
    return words
}
