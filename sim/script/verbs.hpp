// The names of a scenario's language, and how each step is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "script/operation.hpp"

namespace chorus::sim {

// How a step is written after its verb: what stands there in order, then what may follow in any order. The letters are
// explained in arguments.cpp.
struct Form {
    const char *name;
    Verb verb;
    const char *positions;
    const char *extras;
    const char *usage;  // for people
};

// Of what an actor does; null where there is no such verb.
const Form *find_form(const std::string &name);
// A call that the headers declare and this version does not have.
bool is_absent(const std::string &name);

// Words that begin a line which is not an actor's step.
bool begins_line(const std::string &word);
// Words that cannot be names.
bool means_something(const std::string &word);

// What a word stands for where a number is expected, and behind a number; none where there is no such word.
std::optional<std::uint64_t> constant_value(const std::string &word);
std::optional<std::uint64_t> unit_bytes(const std::string &word);

// Bits of K_* options of regions, of AFX_* flags; none where there is no such word.
std::optional<std::uint32_t> option_bit(const std::string &word);
std::optional<std::uint32_t> spawn_bit(const std::string &word);
// The kept options of a region in words.
std::string option_words(std::uint32_t options);

std::string status_name(std::int64_t status);
std::optional<std::int64_t> status_number(const std::string &name);
std::string error_name(std::int64_t error);

}  // namespace chorus::sim
