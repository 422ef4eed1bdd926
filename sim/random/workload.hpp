// A random scenario: all calls, sound ones and such that must be refused, with deaths, stops and the passing of time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chorus::sim {

// Its lines, without outcomes. The same seed gives the same lines, everywhere.
std::vector<std::string> random_scenario(std::uint64_t seed, unsigned actors, unsigned steps);

}  // namespace chorus::sim
