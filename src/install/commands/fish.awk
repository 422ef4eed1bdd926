# Writes the completion for fish: table.awk reads the table.

END {
    print "# fish completion of " program ", generated from its --help"
    if (needs("site")) {
        print "function __" identifier() "_sites"
        print "    chorus sites --no-headers 2>/dev/null | string replace -r ' .*' ''"
        print "end"
    }
    if (needs("actor")) {
        print "function __" identifier() "_actors"
        print "    chorus ps --no-headers 2>/dev/null | string replace -r '^ *(\\S+) +(\\S+).*' '$1\\t$2'"
        print "end"
    }
    if (starting() != "") program_named(starting())
    print "complete -c " program " -f"
    for (c = 1; c <= command_count; ++c) {
        print "complete -c " program " -n __fish_use_subcommand -a " commands[c] " -d " quoted(about[commands[c]])
        arguments_of(commands[c])
    }
    for (c = 0; c <= command_count; ++c) options_of(c == 0 ? "" : commands[c])
}

function identifier(    name) {
    name = program
    gsub(/-/, "_", name)
    return name
}

function condition(command) {
    if (command != "") return " -n '__fish_seen_subcommand_from " all_names(command, " ") "'"
    return command_count > 0 ? " -n __fish_use_subcommand" : ""
}

# The command that starts a program, which has options of its own, if there is one.
function starting(    c) {
    for (c = 1; c <= command_count; ++c)
        if (argument[commands[c], 1] == "PROGRAM") return commands[c]
    return ""
}

# The words of the line from that program on, and what fish knows of them.
function program_named(command,    i) {
    print "function __" identifier() "_program"
    print "    set -l words (commandline -opc)"
    print "    set -l others 0"
    print "    while set -q words[1]"
    print "        switch $words[1]"
    for (i = 1; i <= options[command]; ++i)
        if (value[command, i] != "") {
            print "            case " names[command, i]
            print "                set -e words[1]"
        }
    print "            case '-*'"
    print "            case '*'"
    print "                set others (math $others + 1)"
    print "        end"
    print "        test $others -gt 2; and break"
    print "        set -e words[1]"
    print "    end"
    print "    set -q words[1]; and string escape -- $words"
    print "end"
    print "function __" identifier() "_complete_program"
    print "    set -l line (string join ' ' -- (__" identifier() "_program) (commandline -ct))"
    print "    switch $line"
    print "        case ''"
    print "            __fish_complete_command"
    print "        case '-*' # no program is named yet"
    print "        case '*'"
    print "            complete \"--do-complete=$line\""
    print "    end"
    print "end"
}

function options_of(command,    i, j, n, name, line, when) {
    when = condition(command)
    if (command != "" && command == starting()) sub(/'$/, "; and not count (__" identifier() "_program) >/dev/null'", when)
    for (i = 1; i <= options[command]; ++i) {
        line = "complete -c " program when
        n = split(names[command, i], name, " ")
        for (j = 1; j <= n; ++j)
            line = line (name[j] ~ /^--/ ? " -l " substr(name[j], 3) : " -s " substr(name[j], 2))
        # -x: it has a value that is no file; -r: a value.
        if (value[command, i] != "" && !optional[command, i])
            line = line found(kind(names[command, i], value[command, i]), choices[command, i])
        print line " -d " quoted(text[command, i])
    }
}

function found(what, list) {
    if (list != "") return " -x -a " quoted(list)
    if (what == "file") return " -r -F"
    return " -x" (source(what) == "" ? "" : " -a " quoted("(" source(what) ")"))
}

function source(what) {
    if (what == "site" || what == "actor") return "__" identifier() "_" what "s"
    if (what == "user") return "__fish_complete_users"
    if (what == "group") return "__fish_complete_groups"
    if (what == "directory") return "__fish_complete_directories"
    if (what == "program") return "__" identifier() "_complete_program"
    return ""
}

function arguments_of(command,    what) {
    what = kind("", argument[command, 1])
    if (what == "file") print "complete -c " program condition(command) " -F"
    else if (source(what) != "") print "complete -c " program condition(command) " -x -a " quoted("(" source(what) ")")
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/'/, "\\'", text)
    return "'" text "'"
}
