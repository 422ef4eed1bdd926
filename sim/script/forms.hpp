// The steps of the language: how each is written, what it does and what it may come to.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "script/operation.hpp"

namespace chorus::sim {

// A step of an actor. After the verb, some things stand in order, then others may follow in any order. Their letters
// are explained in arguments.cpp, those of outcomes in outcomes.cpp.
struct Form {
    const char *name;
    Verb verb;
    const char *positions;
    const char *extras;
    const char *gives;
    // For people. The example follows `example_begin`.
    const char *usage;
    const char *what;
    const char *example;
};

// A line that begins with a word of its own.
struct Statement {
    const char *name;
    const char *gives;  // letters of outcomes; empty if it has none
    const char *usage;
    const char *what;
    const char *example;
};

// The lines before every example, which passes as it stands.
inline constexpr const char *example_begin =
    "# An example of the help.\n"
    "actor alice, bob, carol trusted, dave supervisor\n"
    "alice  s = rgnAllocate 4 pages writable              -> K_OK\n"
    "bob    v = rgnMapFromActor alice s 4 pages writable  -> K_OK\n";

std::span<const Form> all_forms();
std::span<const Statement> all_statements();

// Null if there is none.
const Form *find_form(const std::string &name);
const Statement *find_statement(const std::string &name);
// A call that the headers declare and this version does not have.
bool is_absent(const std::string &name);
std::vector<std::string> absent_names();

// For suggestions: all calls, and the words that begin a line.
std::vector<std::string> call_names();
std::vector<std::string> statement_names();

}  // namespace chorus::sim
