// The kernel alone, in a world that never refuses: decide, fill in a key, apply, check every invariant.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <variant>

#include "kernel/apply.hpp"
#include "kernel/decide.hpp"
#include "kernel/invariants.hpp"

namespace chorus::test {

class KernelWorld {
  public:
    explicit KernelWorld(const kernel::Config &config) : state(config) {}

    kernel::Outcome operator()(const kernel::Caller &caller, const kernel::Call &call) {
        kernel::Decision decision = kernel::decide(state, caller, call);
        others.clear();
        if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return {.status = *refusal};
        if (const auto *answer = std::get_if<kernel::Outcome>(&decision)) return *answer;
        auto &action = std::get<kernel::Action>(decision);
        if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) create->key = next_key_++;
        kernel::Effects effects = kernel::apply(state, action);
        others = effects.others;
        const auto broken = kernel::check(state);
        if (broken) ADD_FAILURE() << *broken;
        return effects.reply;
    }

    // A new actor that nobody started.
    kernel::Caller join(std::uint32_t uid = 1000) {
        const kernel::Outcome joined = (*this)({std::nullopt, uid}, kernel::call::Join{"actor"});
        return {joined.actor, uid};
    }
    kernel::ActorRef reference(const kernel::Caller &caller) const {
        return {kernel::ActorRef::Kind::capability, state.actors.at(*caller.actor).capability};
    }

    kernel::State state;
    std::vector<kernel::Effect> others;  // of the last call

  private:
    std::uint64_t next_key_ = 0x1234'5678'9abc;
};

}  // namespace chorus::test
