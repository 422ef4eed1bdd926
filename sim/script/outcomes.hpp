// What a step may come to. An outcome that no world can give is a mistake of the scenario.
#pragma once

#include <string>

#include "script/names.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

// The kinds of outcomes of a step, as letters of outcomes.cpp. `gives`: those that forms.hpp says.
std::string outcomes_of(const Arguments &arguments, const std::string &gives);

// In words.
std::string description_of(const std::string &kinds);

// Reads what stands behind the `->` of a line that has one, and reports what is none of these kinds. If there are no
// kinds, it checks nothing. Throws ScriptError if nothing stands there.
Expected read_expected(const Line &line, KnownNames &names, const std::string &kinds);

}  // namespace chorus::sim
