# Reads the output of --help (the layout of src/client/usage.hpp), prints the rows that `table` describes.
# awk -v command=NAME

function print_row() {
    if (what != "") print command "\t" what "\t" label "\t" text
    what = ""
}

/^Usage: / {
    print command "\tusage\t\t" substr($0, 8)
    section = "about"
    next
}
/^Alias: / {
    print_row()
    print command "\talias\t" substr($0, 8) "\t"
    next
}
/^$/ {
    print_row()
    next
}
/^[A-Z][A-Za-z ]*:$/ {
    print_row()
    section = $0 == "Commands:" ? "command" : $0 == "Arguments:" ? "argument" : $0 == "Examples:" ? "example" : "option"
    next
}
section == "about" && what == "about" { # the next line of the description
    text = text " " $0
    next
}
section == "about" {
    what = "about"
    text = $0
    section = "about"
    next
}
/^'/ { next } # where to read more
section == "example" && /^      / {
    sub(/^ */, "")
    text = text (text == "" ? "" : " ") $0
    next
}
/^  [^ ]/ {
    print_row()
    what = section
    label = substr($0, 3)
    text = ""
    if (section != "example" && match(label, /  +/)) {
        text = substr(label, RSTART + RLENGTH)
        label = substr(label, 1, RSTART - 1)
    }
    if (section == "option") gsub(/\{[^}]*\}/, "", label) # the value that a flag stands for
    next
}
/^   / { # the next line of an entry
    sub(/^ */, "")
    text = text (text == "" ? "" : " ") $0
}
END { print_row() }
