// The kernel alone, for what measures it: no invariant is checked and nothing is kept, which KernelWorld does.
#pragma once

#include <utility>
#include <variant>

#include "kernel/apply.hpp"
#include "kernel/decide.hpp"

namespace chorus::test {

// One step of a call: decide and, where an action comes of it, a key and apply. A call that would have to wait comes to
// timed_out.
inline kernel::Effects step(kernel::State &state, const kernel::Caller &caller, const kernel::Call &call) {
    kernel::Decision decision = kernel::decide(state, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision))
        return {.reply = {.status = *refusal}, .others = {}};
    if (auto *answer = std::get_if<kernel::Outcome>(&decision)) return {.reply = std::move(*answer), .others = {}};
    if (std::holds_alternative<kernel::Postponed>(decision))
        return {.reply = {.status = kernel::Status::timed_out}, .others = {}};
    auto &action = std::get<kernel::Action>(decision);
    if (auto *create = std::get_if<kernel::action::CreateActor>(&action))
        create->key = ~static_cast<std::uint64_t>(create->actor);
    return kernel::apply(state, action);
}

}  // namespace chorus::test
