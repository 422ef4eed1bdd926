// The words of a scenario's language besides its verbs, which are in forms.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "script/forms.hpp"
#include "script/operation.hpp"

namespace chorus::sim {

// Words that cannot be names.
bool means_something(const std::string &word);
// Words that stand behind a verb, before or after numbers and names.
bool modifies_step(const std::string &word);

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

// For suggestions.
std::vector<std::string> constant_names();
std::vector<std::string> unit_names();
std::vector<std::string> option_names();
std::vector<std::string> spawn_names();
std::vector<std::string> status_names();
std::vector<std::string> error_names();

}  // namespace chorus::sim
