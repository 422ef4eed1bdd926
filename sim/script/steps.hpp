// A line with a step, read: who does what, and what must come of it.
#pragma once

#include "script/names.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

// Reports mistakes in the line, which never end the reading of the file. Outcomes that are optional are not checked.
struct ReadStep {
    Step step;
    std::string kinds{};  // of its outcomes; empty if the step is not known
};
ReadStep read_step(Line &line, KnownNames &names, Outcomes outcomes);

}  // namespace chorus::sim
