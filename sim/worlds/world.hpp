// Where a scenario is played.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "script/script.hpp"

namespace chorus::sim {

class World {
  public:
    World() = default;
    virtual ~World() = default;
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    // Has it done and waits until nothing more comes of it: every actor has come back from its call, or is blocked.
    virtual Result perform(const Operation &operation) = 0;
    // The number that the kernel gave an actor; 0 where there is none yet.
    virtual std::uint64_t aid_of(int actor) const = 0;
    // Whether it can make no step: it has not come back from a call, or is stopped.
    virtual bool stands(int actor) const = 0;
};

// A P whose time comes: that of a longer one is beyond every clock.
inline bool ends(const Operation &p) {
    return p.limit == Limit::interval && p.limit_s >= 0 && p.limit_s < 1'000'000'000;
}

// An actor that has not come back from its call.
struct Waiting {
    int actor = -1;
    std::string what;  // it waits for
    std::optional<int> for_whom{};
};
// In words, with cycles of who waits for whom.
std::string semaphore_name(std::uint64_t segment, std::uint64_t offset);
std::string waits_text(const Script &script, const std::vector<Waiting> &waiting);

std::unique_ptr<World> make_model(const Script &script);
// Null where it cannot be played here: `why` says what is missing.
std::unique_ptr<World> make_real(const Script &script, std::string &why);

}  // namespace chorus::sim
