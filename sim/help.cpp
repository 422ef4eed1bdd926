#include "help.hpp"

#include <cstring>

#include "script/forms.hpp"
#include "script/outcomes.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

std::string joined(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

bool contains(const char *letters, const char *wanted) {
    return std::strpbrk(letters, wanted) != nullptr;
}

// What the letters of a form stand for. arguments.cpp reads the same.
Entries parts_of(const Form &form) {
    Entries parts;
    const std::string usage = form.usage;
    const bool actor = contains(form.positions, "wf") || contains(form.extras, "iL");
    if (actor)
        parts.emplace_back(
            "ACTOR",
            "the name of an actor; me; sv, the supervisor space; nobody, a capability of no actor; forged "
            "NAME, one with a wrong key; null and unreadable, bad pointers");
    if (contains(form.positions, "anAsv") || contains(form.extras, "@bqSFrt"))
        parts.emplace_back("SIZE, ADDRESS, N",
                           "64, 0x40, 3 pages, 2 KiB (page byte KiB MiB GiB), a name that a step before has given, "
                           "+ - * and parentheses; null, unreadable, " +
                               std::string("user_start user_end sv_start sv_end high_start high_end"));
    if (usage.find("TIME") != std::string::npos) parts.emplace_back("TIME", "100 ms, 1 s 500 us; units: s ms us ns");
    if (contains(form.extras, "o")) parts.emplace_back("OPTIONS", joined(option_names()) + " readable");
    if (contains(form.extras, "F")) parts.emplace_back("flags N", "further bits of the options or flags");
    if (contains(form.extras, "q") && usage.find("opaque") == std::string::npos)
        parts.emplace_back("opaque N N", "two values that a program attaches to the region");
    if (contains(form.extras, "W")) parts.emplace_back("wide", "call as a program with 64-bit addresses does");
    const std::string bad = "null, unreadable or readonly: a bad pointer for this argument";
    if (contains(form.extras, "D")) parts.emplace_back("desc=POINTER", bad);
    if (contains(form.extras, "R")) parts.emplace_back("sourcedesc=POINTER", bad);
    if (contains(form.extras, "O")) parts.emplace_back("out=POINTER", bad);
    return parts;
}

// The page of docs/calls that describes it.
std::string page_of(const Form &form) {
    if (form.verb == Verb::awaits) return "await(3)";
    if (form.verb == Verb::svCopyInString || form.verb == Verb::svCopyOut) return "svCopyIn(3)";
    const bool call = form.verb < Verb::absent || form.verb == Verb::fork;
    return call ? std::string(form.name) + "(3)" : "";
}

std::string outcomes_text(const Form &form) {
    Arguments arguments;
    arguments.verb = form.verb;
    // What it reads depends on the rest of the step.
    return form.verb == Verb::read ? description_of("tnbvFG") : description_of(outcomes_of(arguments, form.gives));
}

}  // namespace

std::optional<VerbHelp> help_for(const std::string &verb) {
    if (const Form *form = find_form(verb))
        return VerbHelp{std::string("ACTOR ") + form->usage,
                        form->what,
                        parts_of(*form),
                        outcomes_text(*form),
                        form->example,
                        page_of(*form)};
    if (const Statement *statement = find_statement(verb))
        return VerbHelp{.usage = statement->usage,
                        .what = statement->what,
                        .outcomes = *statement->gives == '\0' ? "" : description_of(statement->gives),
                        .example = statement->example};
    if (!is_absent(verb)) return std::nullopt;
    Arguments arguments;
    arguments.verb = Verb::absent;
    return VerbHelp{.usage = "ACTOR " + verb,
                    .what = "A call that this version does not have. It takes no arguments here.",
                    .outcomes = description_of(outcomes_of(arguments, ""))};
}

Entries all_verbs() {
    Entries all;
    for (const Statement &statement : all_statements())
        all.emplace_back(statement.name, statement.what);
    for (const Form &form : all_forms())
        all.emplace_back(form.name, form.what);
    for (const std::string &name : absent_names())
        all.emplace_back(name, "Not in this version.");
    return all;
}

}  // namespace chorus::sim
