// What the commands print as JSON. nlohmann's header is slow to compile, so no other file of the commands includes it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "explore/explore.hpp"
#include "run/runner.hpp"

namespace chorus::sim {

std::string json_text(const std::vector<FileReport> &reports);
// `outcomes`: "LINE: OUTCOME" of every step, in any order.
std::string json_text(const Explored &explored, const std::set<std::string> &outcomes);

}  // namespace chorus::sim
