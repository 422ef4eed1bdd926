// Outcomes as they stand in a scenario.
#pragma once

#include <string>
#include <vector>

#include "script/script.hpp"

namespace chorus::sim {

// `A or B` taken apart. Several blanks outside of quotes become one.
struct Alternative {
    std::string text{};
    std::size_t offset = 0;  // in the outcome
};
std::vector<Alternative> alternatives(const std::string &outcome);

// With names for addresses, where a name of the scenario fits.
struct Names {
    const Script &script;
    const Values &values;
    const Owners &owners;
};
std::string render(const Names &names, const Operation &operation, const Result &result);

// A line of a transcript: the step as it stands in the file, and an outcome. That it is nothing is said where the file
// says what it is.
std::string with_outcome(const std::string &line, const std::string &outcome);
std::string without_outcome(const std::string &line);

}  // namespace chorus::sim
