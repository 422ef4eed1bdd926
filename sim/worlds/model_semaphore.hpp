// Threads of the model world in the semaphore algorithm of src/sync. One that sleeps is left there and taken up again
// by answering the algorithm, from its beginning, what it was answered before.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sync/semaphore.hpp"
#include "worlds/model_memory.hpp"

namespace chorus::sim {

// What the algorithm was answered.
struct PlatformAnswer {
    std::uint64_t value = 0;
    bool yes = false;
    sync::Slept slept{};
};

// A P that has not come to its end.
struct SleepingP {
    std::uint64_t address = 0;
    Place place{};
    std::vector<PlatformAnswer> answers{};
    std::optional<std::uint64_t> deadline_ns{};
    bool in_queue = false;
};

struct Sleeper {
    Place place{};
    int actor = -1;
};

}  // namespace chorus::sim
