# Turns the table of a program (src/install/commands/table) into the Markdown of its manual page, for lowdown.
#
# awk -F '\t' -v begin=FILE -v rest=FILE -f command.awk TABLE TABLE
#
# The table is read twice. The files have what docs/ says besides: the end of the description, and further sections.

function plain(text) { # no Markdown in it
    gsub(/[\\*_<\[`|]/, "\\\\&", text)
    return text
}

function print_file(file,    line) {
    while (file != "" && (getline line < file) > 0) print line
}

function entry(label, text) { print "`" label "`\n\n:   " plain(text) "\n" }

NR == 1 {
    program = $4
    sub(/ .*/, "", program)
}
NR == FNR {
    if ($2 == "about" && $1 == "") {
        purpose = $4
        sub(/\. .*/, "", purpose)
        sub(/\.$/, "", purpose)
        print "# NAME\n\n" program " - " plain(purpose) "\n\n# SYNOPSIS\n"
    }
    # The usage of each command has its name in bold.
    if ($2 == "usage" && ($1 != "" || $4 !~ / COMMAND/)) {
        words = $4
        name = program ($1 == "" ? "" : " " $1)
        usages[++number] = "**" name "**" plain(substr(words, length(name) + 1))
    }
    next
}

FNR == 1 {
    for (i = 1; i <= number; ++i) print usages[i] (i < number ? "  " : "\n") # two blanks end a line
    print "# DESCRIPTION\n"
}
$2 == "usage" && $1 != "" {
    if (!begun++) print "# COMMANDS\n"
    print "## " plain($4) "\n"
}
$2 == "about" { print plain($4) "\n" }
$2 == "about" && $1 == "" { print_file(begin) }
$2 == "alias" { print "Alias: **" $3 "**\n" }
$2 == "argument" || $2 == "option" && $1 != "" && $3 !~ /--help|--version/ { entry($3, $4) }
$2 == "option" && $1 == "" { options[++own] = $3 "\t" $4 }
$2 == "example" && !given[$3]++ { examples[++shown] = $3 "\t" $4 }

END {
    print "# OPTIONS\n"
    for (i = 1; i <= own; ++i) {
        split(options[i], part, "\t")
        entry(part[1], part[2])
    }
    print_file(rest)
    if (shown > 0) print "# EXAMPLES\n"
    for (i = 1; i <= shown; ++i) {
        split(examples[i], part, "\t")
        entry(part[1], part[2])
    }
    print "# SEE ALSO\n\n**chorus**(1), **chorusd**(1), **chorus-sim**(1), **chorus-scenario**(5), **chorus**(7)"
}
