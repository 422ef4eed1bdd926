// Calls at random, in a world so small that they hit each other: most of them sound, each fault now and then.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kernel/call.hpp"
#include "kernel/lockstep/naive_model.hpp"

namespace chorus::kernel {

class RandomCalls {
  public:
    RandomCalls(std::uint64_t seed, const NaiveModel &model) : random_(seed), model_(model) {
        high_one_in_ = 1 + below(12);
        reserved_one_in_ = 1 + below(8);
    }

    Call any_call(ActorId caller);
    // Below `limit`.
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool one_in(std::uint64_t many) { return below(many) == 0; }
    void remember_dead(const Capability &capability) { dead_.push_back(capability); }

  private:
    ActorRef reference(ActorId caller);
    // The space that a reference names, as far as it does.
    ActorId space_named(ActorId caller, const ActorRef &reference) const;
    std::uint64_t address(ActorId space, bool aligned = true);
    // Mostly one with memory.
    Range range(ActorId space);
    RegionRequest request(ActorId space);
    std::uint64_t physical();

    std::mt19937_64 random_;
    const NaiveModel &model_;
    std::vector<Capability> dead_;
    // Other in every round: how often the high window, and reserved addresses.
    std::uint64_t high_one_in_ = 1, reserved_one_in_ = 1;
};

// A call in one line.
std::string describe(const Call &call);
inline std::string name(ActorId actor) {
    return std::to_string(static_cast<std::uint32_t>(actor));
}
inline std::string name(Status status) {
    return std::to_string(static_cast<int>(status));
}

}  // namespace chorus::kernel
