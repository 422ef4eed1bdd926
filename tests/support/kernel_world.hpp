// The kernel alone, in a world that never refuses: decide, fill in a key, apply, check every invariant.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <variant>
#include <vector>

#include "kernel/apply.hpp"
#include "kernel/decide.hpp"
#include "kernel/invariants.hpp"

namespace chorus::test {

class KernelWorld {
  public:
    explicit KernelWorld(const kernel::Config &config) : state(config) {}

    // What comes of a call where all members follow at once. Where it is postponed, or `members_follow` is off and
    // others have to: timed_out, as if nobody had waited, with `change` as the number of what is under way.
    kernel::Outcome operator()(const kernel::Caller &caller, const kernel::Call &call) {
        others.clear();
        actions.clear();
        change = 0;
        std::optional<kernel::Outcome> outcome = step(caller, call);
        if (outcome) return *outcome;
        if (members_follow) {
            const std::vector<kernel::Effect> orders = others;
            for (const kernel::Effect &effect : orders)
                if (const auto *order = std::get_if<kernel::effect::Order>(&effect); order != nullptr && order->change)
                    step({order->member, 0}, kernel::call::Claim{order->change});
            for (const kernel::Effect &effect : orders)
                if (const auto *order = std::get_if<kernel::effect::Order>(&effect); order != nullptr && order->change)
                    step({order->member, 0}, kernel::call::Acknowledge{order->change, true});
            for (const kernel::Effect &effect : others)
                if (const auto *answer = std::get_if<kernel::effect::AnswerChange>(&effect)) return answer->outcome;
        }
        return {.status = kernel::Status::timed_out};
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
    bool members_follow = true;
    bool check_always = true;             // every invariant after every call
    std::vector<kernel::Effect> others;   // of the last call
    std::vector<kernel::Action> actions;  // that the last call has carried out
    std::uint64_t change = 0;             // that the last call has begun

  private:
    std::optional<kernel::Outcome> step(const kernel::Caller &caller, const kernel::Call &call) {
        kernel::Decision decision = kernel::decide(state, caller, call);
        if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return kernel::Outcome{.status = *refusal};
        if (const auto *answer = std::get_if<kernel::Outcome>(&decision)) return *answer;
        if (std::holds_alternative<kernel::Postponed>(decision)) return std::nullopt;
        auto &action = std::get<kernel::Action>(decision);
        if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) create->key = next_key_++;
        kernel::Effects effects = kernel::apply(state, action);
        others.insert(others.end(), effects.others.begin(), effects.others.end());
        if (check_always) {
            const auto broken = kernel::check(state);
            if (broken) ADD_FAILURE() << *broken;
        }
        actions.push_back(std::move(action));
        if (effects.change == 0) return effects.reply;
        change = effects.change;
        return std::nullopt;
    }

    std::uint64_t next_key_ = 0x1234'5678'9abc;
};

}  // namespace chorus::test
