// Every order of a scenario's interleaved steps, in the model world.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "run/play.hpp"
#include "script/script.hpp"

namespace chorus::sim {

struct ExploreOptions {
    // Orders in which independent steps have changed places are equal: one of them is enough (sleep sets).
    bool reduce = true;
    // At most so many times an actor is interrupted that could go on. Turns `reduce` off: the order that stands for
    // equal ones may be one that is left out.
    std::optional<int> bound{};
    // This one, of so many, does a part of the work.
    std::uint64_t shard = 0, shards = 1;
    bool note_all = false;
    bool check_always = true;
};

struct Explored {
    std::uint64_t orders = 0;     // that were played to their end
    std::uint64_t redundant = 0;  // given up: equal to one that was played
    std::uint64_t deadlocks = 0;
    std::uint64_t failures = 0;
    std::uint64_t steps = 0;
    // The first of each.
    struct Found {
        std::string order;
        std::string what;
    };
    std::optional<Found> deadlock{}, failure{};
};

// Calls `each`, unless it is empty, with every play that was made to its end; it returns false to stop.
Explored explore(const Script &script, const ExploreOptions &options, const std::function<bool(const Play &)> &each);

}  // namespace chorus::sim
