#include "instructions/site.hpp"

#include <optional>
#include <variant>

#include "kernel/ensure.hpp"
#include "support/pure_kernel.hpp"

namespace chorus::test {

using namespace kernel;

namespace {

// Every fourth region is shared by all actors; of the others each has a copy.
std::uint32_t options(unsigned number) {
    return option::writable | (number % 4 == 0 ? option::inherit_share : option::inherit_copy);
}

}  // namespace

namespace counted {

[[gnu::noinline]] Effects step(State &state, const Caller &caller, const Call &call) {
    return test::step(state, caller, call);
}

}  // namespace counted

Site::Site(const SiteSize &size) : size_(size), state_(Config{}) {
    const Caller root{std::nullopt, 0}, user{std::nullopt, 1000};
    const Outcome trusted = uncounted(root, call::Spawn{"trusted", spawn_option::trusted});
    actors_.push_back({trusted.actor, root.uid});
    uncounted(actors_.front(), call::Begin{});
    for (unsigned number = 0; number < size.regions_per_actor; ++number)
        uncounted(actors_.front(), call::AllocateRegion{{}, {.range = region(number), .options = options(number)}});
    while (actors_.size() < size.actors) {
        actors_.push_back({uncounted(user, call::Join{"actor"}).actor, user.uid});
        uncounted(actors_.back(), call::DuplicateRegions{{}, reference(actors_.front())});
    }
}

Outcome Site::call(Step step, const Caller &caller, const Call &call) {
    Effects effects = step(state_, caller, call);
    if (effects.change != 0) {
        std::vector<effect::Order> orders;
        for (const Effect &effect : effects.others)
            if (const auto *order = std::get_if<effect::Order>(&effect)) orders.push_back(*order);
        for (const effect::Order &order : orders)
            if (order.follow_by != FollowBy::map) step(state_, {order.member}, call::Claim{order.change});
        for (const effect::Order &order : orders)
            effects = step(state_, {order.member}, call::Acknowledge{order.change});
        for (const Effect &effect : effects.others)
            if (const auto *answer = std::get_if<effect::AnswerChange>(&effect)) return answer->outcome;
    }
    return std::move(effects.reply);
}

Outcome Site::counted(const Caller &caller, const Call &call) {
    Outcome outcome = this->call(counted::step, caller, call);
    ensure(outcome.status == Status::ok, "a call that is counted succeeds");
    return outcome;
}

Outcome Site::uncounted(const Caller &caller, const Call &call) {
    Outcome outcome = this->call(step, caller, call);
    ensure(outcome.status == Status::ok, "a call around one that is counted succeeds");
    return outcome;
}

void Site::counted_refusal(const Caller &caller, const Call &call, Status status) {
    ensure(counted::step(state_, caller, call).reply.status == status, "a call is refused as expected");
}

Site::Neighbours Site::any_neighbours() {
    const std::size_t number = 1 + random_() % (actors_.size() - 1);
    return {actors_[number], actors_[number - 1]};
}

Range Site::region(unsigned number) const {
    return {state_.config.low_window.start + (4 * number + 1) * page_bytes, 3 * page_bytes};
}

Range Site::any_region() {
    return region(static_cast<unsigned>(random_() % size_.regions_per_actor));
}

Range Site::all_regions() const {
    return {state_.config.low_window.start, (4 * size_.regions_per_actor + 1) * page_bytes};
}

ActorRef Site::reference(const Caller &caller) const {
    return {ActorRef::Kind::capability, state_.actors.at(*caller.actor).capability};
}

}  // namespace chorus::test
