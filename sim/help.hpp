// What the commands `help` and `verbs` tell about the steps of the language, from the tables that read them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chorus::sim {

using Entries = std::vector<std::pair<std::string, std::string>>;  // a term and what it means

struct VerbHelp {
    std::string usage;
    std::string what;
    Entries parts{};         // of the usage
    std::string outcomes{};  // after "->"; empty if the step has none
    std::string example{};   // lines of a scenario
    std::string page{};      // the manual page of the call; empty if it is none
};
// Nothing if there is no such verb.
std::optional<VerbHelp> help_for(const std::string &verb);

// All verbs, each with what it does.
Entries all_verbs();

}  // namespace chorus::sim
