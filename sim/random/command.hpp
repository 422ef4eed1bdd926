// The command `random`.
#pragma once

#include <cstdint>
#include <optional>

#include "run/runner.hpp"

namespace chorus::sim {

struct RandomCommand {
    std::optional<std::uint64_t> seed{};  // none: another one each time
    unsigned actors = 4;
    unsigned steps = 1'000;
    unsigned rounds = 1;
    WorldKind world = WorldKind::model;
    bool print = false;  // what comes of the steps, and no more
};

// Runs random scenarios; one that fails is made as short as it can be and kept as a file. Exit status: 0 where all is
// well.
int run_random(const RandomCommand &command);

}  // namespace chorus::sim
