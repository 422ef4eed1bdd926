# Turns a page of docs/ into the Markdown of a manual page, for lowdown.
#
# awk -v names="NAME, NAME" -v purpose=TEXT -v self="NAME(SECTION)" -v also="NAME(SECTION) ..." -f page.awk REFERENCES PAGE
#
# REFERENCES: a line "PAGE NAME(SECTION)" for each page, without its directory and .md, that is a manual page. Links to
# these become references; of links to others the text stays. Tables become lists, unless they are small.
#
# With -v part=begin or part=rest, only the text before or after the first heading, for the page of a command.

NR == FNR {
    reference[$1] = $2
    next
}

FNR == 1 && part {
    begun = 1
    dropped = part == "rest"
}
FNR == 1 && !part {
    print "# NAME\n\n" names " - " purpose "\n"
    for (i = split(also, words, " "); i > 0; --i) see[words[i]] = ++seen
}

/^```/ {
    flush()
    fenced = !fenced
    if (!dropped) begin()
    if (!dropped) print
    next
}
fenced {
    if (!dropped) print
    next
}
/^# / { next } # the title
/^## / {
    flush()
    heading = substr($0, 4)
    # For those who work on chorus, not for those who use it.
    dropped = heading == "Clauses" || heading == "Source" || part == "begin"
    if (heading == "Returns") heading = "Return value"
    if (heading == "Example") heading = "Examples"
    if (heading == "Decisions") heading = "Notes"
    begun = 1
    if (!dropped) print "# " toupper(heading) "\n"
    next
}
dropped { next }
/^###/ {
    flush()
    print substr($0, 2) "\n"
    next
}
/^\|/ {
    if (text != "") flush()
    row[++rows] = $0
    next
}
/^[ \t]*$/ {
    flush()
    next
}
{
    if (rows > 0) flush()
    text = text (text == "" ? "" : "\n") $0
}

END {
    flush()
    if (part) exit
    for (name in see) order[see[name]] = name
    line = ""
    for (i = 1; i <= seen; ++i)
        if (order[i] != self) line = line (line == "" ? "" : ", ") bold(order[i])
    print "# SEE ALSO\n\n" line
}

# Prints the paragraph or table that was read.
function flush() {
    if (text != "") {
        begin()
        print links(text) "\n"
    }
    if (rows > 0) table()
    text = ""
    rows = 0
}

# The text before the first heading is the description.
function begin() {
    if (!begun) print "# DESCRIPTION\n"
    begun = 1
}

# A table that fits stays one: tbl gives each column an equal part of the line. Others become lists: the first cell, and
# below it the other ones.
function table(    i, j, kept, width, longest, fields, call, line, word, cell) {
    begin()
    call = index(row[1], "| call | purpose |")
    for (i = 1; i <= rows; ++i) {
        line = links(row[i])
        gsub(/[*`]/, "", line)
        if (i != 2 && length(line) > width) width = length(line)
        for (j = split(line, word, " "); j > 0 && i != 2; --j)
            if (length(word[j]) > longest) longest = length(word[j])
    }
    fields = cells(row[1], cell)
    kept = fields > 2 && width <= 60 && longest <= 66 / (fields + 1) && !call
    for (i = 1; i <= rows; ++i) {
        if (kept) {
            print i == 2 ? row[i] : links(row[i])
        } else if (i == 1) {
            line = rest(cell)
            if (!call && line !~ /^(cause|meaning|)$/) print cell[1] ": " line "\n"
        } else if (i > 2) {
            cells(row[i], cell)
            if (call) cell[3] = cell[4] = ""
            line = links(rest(cell))
            print links(cell[1]) "\n\n:   " (line == "" ? "success" : line) "\n"
        }
    }
    print ""
}

# The cells behind the first one.
function rest(cell,    i, result) {
    result = ""
    for (i = 2; i in cell; ++i)
        if (cell[i] != "") result = result (result == "" ? "" : "; ") cell[i]
    return result
}

# Splits a row into its cells and returns how many there are.
function cells(row, cell,    n, i) {
    gsub(/\\\|/, "\001", row)
    sub(/^\|[ ]*/, "", row)
    sub(/[ ]*\|[ ]*$/, "", row)
    n = split(row, cell, /[ ]*\|[ ]*/)
    if (n == 1) cell[2] = ""
    for (i = 1; i <= n; ++i) gsub(/\001/, "|", cell[i])
    return n
}

function links(text,    result, link, label, target) {
    result = ""
    while (match(text, /\[[^][]*\]\([^() ]*\)/)) {
        link = substr(text, RSTART, RLENGTH)
        label = substr(link, 2, index(link, "](") - 2)
        target = substr(link, index(link, "](") + 2)
        sub(/\)$/, "", target)
        result = result substr(text, 1, RSTART - 1) reference_to(label, target)
        text = substr(text, RSTART + RLENGTH)
    }
    return result text
}

function reference_to(label, target,    page, name) {
    if (target ~ /^http/) return label " <" target ">"
    page = target
    sub(/#.*/, "", page)
    if (page ~ /decisions\// || page !~ /\.md$/) return label
    sub(/\.md$/, "", page)
    sub(/.*\//, "", page)
    if (!(page in reference) || reference[page] == self) return label
    if (!(reference[page] in see)) see[reference[page]] = ++seen
    name = reference[page]
    sub(/\(.*/, "", name)
    if (label == page || label == name) return bold(reference[page])
    # A call that has its page with others.
    if (label ~ /^[A-Za-z0-9]+$/ && target !~ /#/ && reference[page] ~ /\(3\)$/ && label ~ /^[a-z]+[A-Z]|^af|^await/)
        return "**" label "**(3)"
    return label " (" bold(reference[page]) ")"
}

function bold(reference,    name, section) {
    name = reference
    section = reference
    sub(/\(.*/, "", name)
    sub(/^[^(]*/, "", section)
    return "**" name "**" section
}
