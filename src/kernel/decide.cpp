#include "kernel/decide.hpp"

#include <algorithm>

#include "kernel/decider.hpp"
#include "kernel/quota.hpp"

namespace chorus::kernel {

Decision decide(const State &state, const Caller &caller, const Call &call) {
    Decision decision = std::visit(Decider{state, caller}, call);
    if (const auto *action = std::get_if<Action>(&decision))
        if (const Status status = check_quotas(state, *action); status != Status::ok) return status;
    return decision;
}

Authority Decider::authorize_actor(const ActorRef &reference) const {
    Authority authority = authorize(std::array{reference});
    if (authority.status == Status::ok && authority.actors[0] == ActorId{}) authority.status = Status::not_implemented;
    return authority;
}

ActorId Decider::space_of_actor(ActorId actor) const {
    const bool supervisor = actor == ActorId{} || state.actors.at(actor).privilege == Privilege::supervisor;
    return supervisor ? ActorId{} : actor;
}

ActorId Decider::space_to_place_in(ActorId actor, std::uint32_t options) const {
    return (options & option::supervisor) != 0 ? ActorId{} : space_of_actor(actor);
}

std::optional<ActorId> Decider::mapping_caller(ActorId space) const {
    if (!joined_actor() || space_of_actor(*caller.actor) != space) return std::nullopt;
    return caller.actor;
}

// Whole pages that hold so many bytes; what cannot be rounded comes out as a size that no window holds.
std::uint64_t Decider::rounded_to_pages(std::uint64_t size_bytes) const {
    const std::uint64_t page = state.config.page_size_bytes;
    const std::uint64_t largest = ~(page - 1);
    return size_bytes > largest ? largest : (size_bytes + page - 1) & ~(page - 1);
}

Status Decider::check_options(std::uint32_t options, std::uint32_t allowed) const {
    if ((options & option::supervisor) != 0 && user_caller()) return Status::not_privileged;
    if ((options & ~allowed) != 0 || (options & option::inherit) == option::inherit) return Status::invalid;
    if ((options & option::reserved) != 0 && (options & option::no_demand) != 0) return Status::invalid;
    return (options & option::no_swap_out) != 0 ? Status::not_implemented : Status::ok;
}

bool Decider::misaligned(const RegionRequest &region) const {
    const bool chosen = (region.options & (option::anywhere | option::restrictive)) == option::anywhere;
    return !chosen && !aligned(region.range.start);
}

Status Decider::check_address(const AddressSpace &regions, const RegionRequest &region, const Range &range) const {
    if ((region.options & option::restrictive) != 0) {
        const bool sound = region.end > range.start && regions.in_window({range.start, region.end - range.start});
        return sound ? Status::ok : Status::bad_address;
    }
    const bool anywhere = (region.options & option::anywhere) != 0;
    return anywhere || regions.in_window(range) ? Status::ok : Status::bad_address;
}

Decider::Place Decider::find_place(const AddressSpace &regions, const RegionRequest &region, const Range &range,
                                   std::size_t new_regions) const {
    Place place{Status::ok, range};
    std::optional<std::uint64_t> start = range.start;
    if ((region.options & option::restrictive) != 0) {
        const std::uint64_t end = region.end / state.config.page_size_bytes * state.config.page_size_bytes;
        start = end > range.start ? regions.find_hole_within(range.size_bytes, {range.start, end - range.start})
                                  : std::nullopt;
    } else if ((region.options & option::anywhere) != 0) {
        start = regions.find_hole(range.size_bytes, region.width);
    } else if (!regions.vacant(range)) {
        return {Status::overlap, {}};
    }
    if (!start) return {Status::no_space, {}};
    place.range.start = *start;
    if (regions.region_count() + new_regions > state.config.max_regions_per_actor) return {Status::no_memory, {}};
    return place;
}

std::optional<std::vector<Region>> Decider::source_parts(ActorId actor, const Range &range) const {
    const AddressSpace &regions = regions_of(space_of_actor(actor));
    if (!regions.in_window(range)) return std::nullopt;
    return regions.within_without_hole(range);
}

Decider::Held Decider::held(ActorId space, const Range &range) const {
    Held held = Held::no;
    for (const Lock &lock : state.locks) {
        if (lock.space != space || !lock.range.overlaps(range)) continue;
        if (caller.actor == lock.owner) return Held::by_caller;
        held = Held::by_others;
    }
    return held;
}

action::ChangeSpace Decider::placing(ActorId space, ActorId owner, std::uint64_t start, const RegionRequest &region,
                                     std::vector<Region> pieces) const {
    action::ChangeSpace action;
    action.space = space;
    action.follow_by = FollowBy::map;
    action.mapping_caller = mapping_caller(space);
    const std::uint64_t first = start;
    for (Region &piece : pieces) {
        piece.range.start = start;
        piece.options = region.options & option::kept;
        piece.opaque1 = region.opaque1;
        piece.opaque2 = region.opaque2;
        piece.owner = space == ActorId{} ? owner : ActorId{};
        start = piece.range.end();
        if (piece.backed() && (region.options & option::no_demand) != 0)
            action.present.push_back({piece.segment, piece.part()});
    }
    if (pieces.front().backed()) action.ranges.push_back({first, start - first});
    action.place = std::move(pieces);
    return action;
}

NewSegment Decider::copy_of(const std::vector<Region> &parts, SegmentId id) const {
    NewSegment segment{.segment = id};
    for (const Region &part : parts) {
        segment.copies.push_back({part.segment, part.offset, id, segment.size_bytes, part.range.size_bytes});
        segment.size_bytes += part.range.size_bytes;
    }
    if (user_caller()) segment.untouchable_bytes = state.marks.red;
    return segment;
}

std::vector<Region> joined(const std::vector<Region> &pieces) {
    std::vector<Region> whole;
    for (const Region &piece : pieces) {
        Region *last = whole.empty() ? nullptr : &whole.back();
        if (last != nullptr && last->segment == piece.segment && last->part().end() == piece.offset)
            last->range.size_bytes += piece.range.size_bytes;
        else
            whole.push_back(piece);
    }
    return whole;
}

Awaited awaited_in(const State &state, ActorId space, const Caller &caller) {
    if (const auto &change = state.space_of(space).change) {
        // Those that are ready wait for the others themselves.
        const bool agreeing = change->follow_by != FollowBy::map && !change->agreed;
        for (const auto &[member, left] : change->members)
            if (agreeing ? !change->ready.contains(member) : left > 0) return {.actor = member};
        return {};
    }
    for (const Lock &lock : state.locks)
        if (lock.space == space && lock.owner != caller.actor) return {.actor = lock.owner, .locked = true};
    return {};
}

}  // namespace chorus::kernel
