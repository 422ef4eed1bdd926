#include "kernel/decide.hpp"

#include <algorithm>
#include <array>

#include "kernel/authority.hpp"

namespace chorus::kernel {

namespace {

// Options that the manual gives to the calls that make regions, and those of them that this version has.
constexpr std::uint32_t documented = option::writable | option::executable | option::fill_zero | option::anywhere |
                                     option::restrictive | option::supervisor | option::inherit_share |
                                     option::inherit_copy | option::no_demand | option::no_wait_for_memory |
                                     option::no_swap_out;
constexpr std::uint32_t implemented = option::kept | option::fill_zero | option::anywhere;
constexpr std::uint32_t inherit_both = option::inherit_share | option::inherit_copy;

// Whole pages that hold `size_bytes`; what cannot be rounded comes out as a size that no window holds.
std::uint64_t rounded_to_pages(const State &state, std::uint64_t size_bytes) {
    const std::uint64_t page = state.config.page_size_bytes;
    const std::uint64_t largest = ~(page - 1);
    return size_bytes > largest ? largest : (size_bytes + page - 1) & ~(page - 1);
}

bool aligned(const State &state, std::uint64_t address) {
    return address % state.config.page_size_bytes == 0;
}

// The rungs on options: privilege, then malformed, then what this version lacks.
Status check_options(const State &state, const Caller &caller, std::uint32_t options, std::uint32_t allowed) {
    if ((options & option::supervisor) != 0 && privilege_of(state, caller) == Privilege::user)
        return Status::not_privileged;
    if ((options & ~allowed) != 0 || (options & inherit_both) == inherit_both) return Status::invalid;
    return (options & ~implemented) != 0 ? Status::not_implemented : Status::ok;
}

// Pieces that follow each other in address, segment and offset become one.
std::vector<Region> joined(std::vector<Region> pieces) {
    std::vector<Region> whole;
    for (Region &piece : pieces) {
        Region *last = whole.empty() ? nullptr : &whole.back();
        if (last != nullptr && last->segment == piece.segment && last->offset + last->range.size_bytes == piece.offset)
            last->range.size_bytes += piece.range.size_bytes;
        else
            whole.push_back(piece);
    }
    return whole;
}

struct Decider {
    const State &state;
    const Caller &caller;

    const Actor &self() const { return state.actors.at(*caller.actor); }
    bool joined_actor() const { return caller.actor && state.find_actor(*caller.actor) != nullptr; }

    template <std::size_t N>
    Authority authorize(const std::array<ActorRef, N> &references) const {
        return kernel::authorize(state, caller, references);
    }

    // A call on one actor, which the supervisor space is not.
    Authority authorize_actor(const ActorRef &reference) const {
        Authority authority = authorize(std::array{reference});
        if (authority.status == Status::ok && authority.supervisor_space) authority.status = Status::not_implemented;
        return authority;
    }

    // Regions change in the caller alone in this version.
    Status target_supported(const Authority &authority) const {
        const bool own = caller.actor == authority.actors[0] && !authority.supervisor_space;
        return own ? Status::ok : Status::not_implemented;
    }

    Decision create(const std::string &name, Privilege privilege, bool begun) const {
        if (state.actors.size() >= state.config.max_actors) return Status::no_memory;
        action::CreateActor action;
        action.actor = static_cast<ActorId>(state.next_actor);
        if (!begun && caller.actor) action.parent = *caller.actor;
        action.name = name;
        action.uid = caller.uid;
        action.privilege = privilege;
        action.begun = begun;
        return action;
    }

    Decision end(ActorId actor, EndCause cause) const { return action::EndActor{actor, cause}; }

    // Where a new region goes, from the rung of addresses on.
    struct Place {
        Status status = Status::ok;
        Range range;
    };
    Status check_fixed_range(const AddressSpace &space, const RegionRequest &region, const Range &range) const {
        const bool anywhere = (region.options & option::anywhere) != 0;
        return anywhere || space.in_window(range) ? Status::ok : Status::bad_address;
    }
    Place find_place(const AddressSpace &space, const RegionRequest &region, const Range &range,
                     std::size_t new_regions) const {
        Place place{Status::ok, range};
        if ((region.options & option::anywhere) != 0) {
            const auto start = space.find_hole(range.size_bytes, region.width);
            if (!start) return {Status::no_space, {}};
            place.range.start = *start;
        } else if (!space.vacant(range)) {
            return {Status::overlap, {}};
        }
        if (space.region_count() + new_regions > state.config.max_regions_per_actor) return {Status::no_memory, {}};
        return place;
    }
    bool misaligned(const RegionRequest &region) const {
        return (region.options & option::anywhere) == 0 && !aligned(state, region.range.start);
    }

    Decision operator()(const call::Join &join) const {
        if (caller.actor) return Status::invalid;
        return create(join.name, Privilege::user, true);
    }

    Decision operator()(const call::Begin &) const {
        if (!joined_actor()) return Status::unknown_actor;
        if (self().begun) return Status::invalid;
        return action::BeginActor{*caller.actor, caller.uid};
    }

    Decision operator()(const call::Exclude &exclude) const {
        if (!joined_actor()) return Status::unknown_actor;
        if (exclude.range.wraps()) return Status::bad_address;
        return action::ExcludeRange{*caller.actor, exclude.range};
    }

    Decision operator()(const call::Spawn &spawn) const {
        constexpr std::uint32_t both = spawn_option::user_space | spawn_option::supervisor_space;
        const bool trusted = (spawn.options & spawn_option::trusted) != 0;
        const bool supervisor = (spawn.options & spawn_option::supervisor_space) != 0;
        if ((trusted || supervisor) && !may_grant_privilege(state, caller)) return Status::not_privileged;
        if ((spawn.options & ~spawn_option::all) != 0 || (spawn.options & both) == both) return Status::invalid;
        if (supervisor) return Status::not_implemented;
        return create(spawn.name, trusted ? Privilege::system : Privilege::user, false);
    }

    Decision operator()(const call::ActorPrivilege &call) const {
        const Authority authority = authorize_actor(call.target);
        if (authority.status != Status::ok) return authority.status;
        const Privilege old = state.actors.at(authority.actors[0]).privilege;
        if (!call.privilege) return Outcome{.privilege = old};
        if (privilege_of(state, caller) == Privilege::user || old == Privilege::supervisor)
            return Status::not_privileged;
        const auto wanted = static_cast<Privilege>(*call.privilege);
        if (wanted != Privilege::user && wanted != Privilege::system) return Status::invalid;
        return action::SetPrivilege{authority.actors[0], wanted};
    }

    Decision operator()(const call::ActorName &call) const {
        const Authority authority = authorize_actor(call.target);
        if (authority.status != Status::ok) return authority.status;
        if (!call.name) return Outcome{.name = state.actors.at(authority.actors[0]).name};
        return action::RenameActor{authority.actors[0], *call.name};
    }

    Decision operator()(const call::ListActors &call) const {
        if (!joined_actor()) return Status::unknown_actor;
        if (privilege_of(state, caller) == Privilege::user) return Status::not_privileged;
        if (call.options != 0) return Status::invalid;
        return list_actors();
    }

    Decision operator()(const call::DeleteActor &call) const {
        const Authority authority = authorize_actor(call.target);
        if (authority.status != Status::ok) return authority.status;
        const ActorId target = authority.actors[0];
        const bool privileged = state.actors.at(target).privilege != Privilege::user;
        if (privileged && caller.actor != target && privilege_of(state, caller) == Privilege::user)
            return Status::not_privileged;
        return end(target, EndCause::deleted);
    }

    Decision operator()(const call::KillActor &call) const {
        const Authority authority = authorize_actor(call.target);
        if (authority.status != Status::ok) return authority.status;
        if (!may_kill(state, caller, state.actors.at(authority.actors[0]))) return Status::not_privileged;
        return end(authority.actors[0], EndCause::killed);
    }

    Decision operator()(const call::FindCapability &call) const {
        const Actor *actor = state.find_actor(call.actor);
        if (actor == nullptr) return Status::unknown_actor;
        if (privilege_of(state, caller) == Privilege::user) return Status::not_privileged;
        return Outcome{.capability = actor->capability, .actor = call.actor};
    }

    Decision operator()(const call::EndOfChild &call) const {
        if (!joined_actor()) return Status::unknown_actor;
        if (!self().ended_children.contains(call.child)) return Outcome{};
        return action::ForgetChild{*caller.actor, call.child};
    }

    Decision operator()(const call::AllocateRegion &call) const {
        const Authority authority = authorize(std::array{call.target});
        if (authority.status != Status::ok) return authority.status;
        const RegionRequest &region = call.region;
        if (const Status wrong = check_options(state, caller, region.options, documented | option::reserved);
            wrong != Status::ok)
            return wrong;
        if (const Status wrong = target_supported(authority); wrong != Status::ok) return wrong;
        if (region.range.size_bytes == 0) return Status::bad_size;
        if (misaligned(region)) return Status::misaligned;
        const AddressSpace &space = self().space;
        const Range range{region.range.start, rounded_to_pages(state, region.range.size_bytes)};
        if (const Status wrong = check_fixed_range(space, region, range); wrong != Status::ok) return wrong;
        const Place place = find_place(space, region, range, 1);
        if (place.status != Status::ok) return place.status;

        const auto segment = static_cast<SegmentId>(state.next_segment);
        action::PlaceRegions action;
        action.actor = *caller.actor;
        action.segment = action::NewSegment{segment, place.range.size_bytes};
        action.regions.push_back({.range = place.range,
                                  .segment = segment,
                                  .options = region.options & option::kept,
                                  .opaque2 = region.opaque2,
                                  .opaque1 = region.opaque1});
        return action;
    }

    Decision operator()(const call::FreeRegions &call) const {
        const Authority authority = authorize(std::array{call.target});
        if (authority.status != Status::ok) return authority.status;
        if ((call.options & ~option::free_all) != 0) return Status::invalid;
        if (const Status wrong = target_supported(authority); wrong != Status::ok) return wrong;
        const AddressSpace &space = self().space;
        if (call.options == option::free_all) return action::RemoveRegions{*caller.actor, space.windows()};
        if (call.range.size_bytes == 0) return Status::bad_size;
        if (!aligned(state, call.range.start)) return Status::misaligned;
        const Range range{call.range.start, rounded_to_pages(state, call.range.size_bytes)};
        if (!space.in_window(range)) return Status::bad_address;
        if (space.removal_splits(range) && space.region_count() >= state.config.max_regions_per_actor)
            return Status::no_memory;
        return action::RemoveRegions{*caller.actor, {range}};
    }

    Decision operator()(const call::MapFromActor &call) const {
        const Authority authority = authorize(std::array{call.target, call.source});
        if (authority.status != Status::ok) return authority.status;
        const RegionRequest &region = call.region;
        if (const Status wrong = check_options(state, caller, region.options, documented); wrong != Status::ok)
            return wrong;
        if (const Status wrong = target_supported(authority); wrong != Status::ok) return wrong;
        const std::uint64_t size_bytes = rounded_to_pages(state, region.range.size_bytes);
        if (size_bytes == 0 || rounded_to_pages(state, call.source_range.size_bytes) < size_bytes)
            return Status::bad_size;
        if (misaligned(region) || !aligned(state, call.source_range.start)) return Status::misaligned;
        const AddressSpace &space = self().space;
        const Range range{region.range.start, size_bytes};
        if (const Status wrong = check_fixed_range(space, region, range); wrong != Status::ok) return wrong;
        const AddressSpace &source = state.actors.at(authority.actors[1]).space;
        const Range source_range{call.source_range.start, size_bytes};
        if (!source.in_window(source_range)) return Status::bad_address;
        const auto parts = source.within_without_hole(source_range);
        if (!parts) return Status::bad_address;
        std::vector<Region> regions = joined(*parts);
        const Place place = find_place(space, region, range, regions.size());
        if (place.status != Status::ok) return place.status;

        std::uint64_t start = place.range.start;
        for (Region &part : regions) {
            part.range.start = start;
            part.options = region.options & option::kept;
            part.opaque1 = region.opaque1;
            part.opaque2 = region.opaque2;
            start = part.range.end();
        }
        action::PlaceRegions action;
        action.actor = *caller.actor;
        action.regions = std::move(regions);
        return action;
    }

    Decision operator()(const call::ListRegions &call) const {
        const Authority authority = authorize(std::array{call.target});
        if (authority.status != Status::ok) return authority.status;
        if ((call.options & ~option::user_space) != 0) return Status::invalid;
        if (const Status wrong = target_supported(authority); wrong != Status::ok) return wrong;
        if (call.range.size_bytes == 0) return Status::bad_size;
        if (!aligned(state, call.range.start)) return Status::misaligned;
        const Range range{call.range.start, rounded_to_pages(state, call.range.size_bytes)};
        if (!self().space.in_window(range)) return Status::bad_address;
        Outcome outcome;
        outcome.regions.emplace();
        for (const Region &region : self().space.within(range))
            outcome.regions->push_back({*caller.actor, region});
        return outcome;
    }

    Decision operator()(const call::FindMapping &call) const {
        if (!joined_actor()) return Status::unknown_actor;
        const Region *region = self().space.find(call.address);
        if (region == nullptr) return Status::bad_address;
        return Outcome{.mapping = *region};
    }

    Decision operator()(const call::InspectActors &) const {
        if (caller.actor) return Status::not_privileged;
        return list_actors();
    }

    Decision operator()(const call::InspectRegions &call) const {
        if (caller.actor) return Status::not_privileged;
        if (call.actor && state.find_actor(*call.actor) == nullptr) return Status::unknown_actor;
        Outcome outcome;
        outcome.regions.emplace();
        for (const auto &[id, actor] : state.actors) {
            if (call.actor && *call.actor != id) continue;
            for (const auto &[start, region] : actor.space.regions())
                outcome.regions->push_back({id, region});
        }
        return outcome;
    }

    Decision operator()(const call::KillById &call) const {
        if (caller.actor) return Status::not_privileged;
        const Actor *actor = state.find_actor(call.actor);
        if (actor == nullptr) return Status::unknown_actor;
        if (!may_kill(state, caller, *actor)) return Status::not_privileged;
        return end(call.actor, EndCause::killed);
    }

    Decision operator()(const call::ActorDied &call) const {
        if (state.find_actor(call.actor) == nullptr) return Status::unknown_actor;
        return end(call.actor, EndCause::itself);
    }

    Outcome list_actors() const {
        Outcome outcome;
        outcome.actors.emplace();
        for (const auto &[id, actor] : state.actors)
            outcome.actors->push_back({.actor = id,
                                       .capability = actor.capability,
                                       .parent = actor.parent,
                                       .name = actor.name,
                                       .uid = actor.uid,
                                       .privilege = actor.privilege,
                                       .begun = actor.begun});
        return outcome;
    }
};

}  // namespace

Decision decide(const State &state, const Caller &caller, const Call &call) {
    return std::visit(Decider{state, caller}, call);
}

}  // namespace chorus::kernel
