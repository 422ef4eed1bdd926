# Writes the completion for zsh: table.awk reads the table.

END {
    print "#compdef " program
    print "# zsh completion of " program ", generated from its --help"
    print ""
    if (needs("site")) {
        print "_" identifier() "_sites() {"
        print "    local -a sites"
        print "    sites=(${${(f)\"$(_call_program sites chorus sites --no-headers 2> /dev/null)\"}%% *})"
        print "    compadd -- $sites"
        print "}"
        print ""
    }
    if (needs("actor")) {
        print "_" identifier() "_actors() {"
        print "    local -a actors words"
        print "    local line"
        print "    for line in ${(f)\"$(_call_program actors chorus ps --no-headers 2> /dev/null)\"}; do"
        print "        words=(${=line})"
        print "        actors+=(\"$words[1]:$words[2]\")"
        print "    done"
        print "    _describe -t actors actor actors"
        print "}"
        print ""
    }
    print "_" identifier() "() {"
    if (command_count == 0) {
        specification("", "    ")
    } else {
        print "    local curcontext=$curcontext state line"
        print "    local -a names # not 'commands', which zsh has for itself"
        print "    typeset -A opt_args"
        specification("", "    ")
        print "    case $state in"
        print "    command)"
        print "        names=("
        for (c = 1; c <= command_count; ++c) print "            " quoted(commands[c] ":" about[commands[c]])
        print "        )"
        print "        _describe -t commands command names"
        print "        ;;"
        print "    argument)"
        print "        case $words[1] in"
        for (c = 1; c <= command_count; ++c) {
            print "        " all_names(commands[c], " | ") ")"
            specification(commands[c], "            ")
            print "            ;;"
        }
        print "        esac"
        print "        ;;"
        print "    esac"
    }
    print "}"
    print ""
    print "_" identifier() " \"$@\""
}

function identifier(    name) {
    name = program
    gsub(/-/, "_", name)
    return name
}

function specification(command, indent,    i, j, n, name, value_part, what) {
    print indent "_arguments -s -S" (command == "" && command_count > 0 ? " -C" : "") " \\"
    for (i = 1; i <= options[command]; ++i) {
        value_part = ""
        if (value[command, i] != "")
            value_part = (optional[command, i] ? "::" : ":") value[command, i] ":" \
                action(kind(names[command, i], value[command, i]), choices[command, i])
        n = split(names[command, i], name, " ")
        for (j = 1; j <= n; ++j)
            print indent "    " quoted((repeated[command, i] ? "*" : "(" names[command, i] ")") name[j] \
                (value_part == "" ? "" : optional[command, i] ? "=-" : name[j] ~ /^--/ ? "=" : "+") \
                "[" described(text[command, i]) "]" value_part) " \\"
    }
    if (command == "" && command_count > 0) {
        print indent "    '1:command:->command' '*::argument:->argument'"
        return
    }
    for (i = 1; i <= arguments[command]; ++i) {
        what = argument[command, i]
        if (what == "PROGRAM") print indent "    '(-)1:program: _command_names -e' '*::argument: _normal' \\"
        else if (many[command, i]) print indent "    " quoted("*:" what ":" action(kind("", what), "")) " \\"
        else print indent "    " quoted(i ":" what ":" action(kind("", what), "")) " \\"
    }
    print indent "    && return"
}

function action(what, list) {
    if (list != "") return "(" list ")"
    if (what == "site" || what == "actor") return "_" identifier() "_" what "s"
    if (what == "file") return "_files"
    if (what == "directory") return "_directories"
    if (what == "user") return "_users"
    if (what == "group") return "_groups"
    return " "
}

function described(text) {
    gsub(/\[|\]|:/, "\\\\&", text)
    return text
}

function quoted(text) {
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}
