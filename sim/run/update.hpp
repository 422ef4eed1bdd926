// `run --update`: a file with the outcomes of its steps.
#pragma once

#include <string>
#include <vector>

#include "run/play.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

// A scenario played in one of its orders.
struct Played {
    std::string order;
    std::vector<Play::Done> done;
    std::vector<Mismatch> mismatches;
    std::uint64_t steps = 0;
};

struct Update {
    std::string text;  // of the file
    std::string diff;  // unified, without context; empty if nothing changes
};
Update updated(const Script &script, const std::vector<Played> &plays);

// Outcomes that no scenario can have: the step is not possible there. One for each line.
std::vector<Mistake> impossible_outcomes(const std::vector<Played> &plays);
// Steps without an outcome that no order comes to: all deadlock before.
std::vector<Mistake> unreached(const Script &script, const std::vector<Played> &plays);
// Steps that blocked as the scenario says, and return now.
std::vector<Mistake> unblocked(const Script &script, const std::vector<Played> &plays);

}  // namespace chorus::sim
