// A line with a step, read: who does what, and what must come of it. Throws ScriptError.
#pragma once

#include "script/names.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

Step read_step(Line &line, KnownNames &names);

// What stands behind the `->` of a line that has one.
Expected read_expected(const Line &line);

}  // namespace chorus::sim
