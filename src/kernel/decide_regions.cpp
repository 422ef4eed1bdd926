// Decisions on regions.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "kernel/decider.hpp"

namespace chorus::kernel {

namespace {

// Options that the manual gives to the calls that make regions.
constexpr std::uint32_t documented = option::protection | option::fill_zero | option::anywhere | option::restrictive |
                                     option::supervisor | option::inherit | option::paging | option::no_swap_out;

// The options that each attribute is.
std::uint32_t bits_of(call::Attribute attribute) {
    switch (attribute) {
        case call::Attribute::protection:
            return option::protection;
        case call::Attribute::inheritance:
            return option::inherit;
        case call::Attribute::paging:
            return option::paging;
        case call::Attribute::opaque:
            break;
    }
    return 0;
}

std::vector<SegmentPart> memory_of(const std::vector<Region> &regions) {
    std::vector<SegmentPart> parts;
    for (const Region &region : regions)
        if (region.backed()) parts.push_back({region.segment, region.part()});
    return parts;
}

}  // namespace

Decision Decider::operator()(const call::AllocateRegion &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    const RegionRequest &region = call.region;
    const ActorId space = space_to_place_in(authority.actors[0], region.options);
    if (const Status wrong = check_options(region.options, documented | option::reserved); wrong != Status::ok)
        return wrong;
    if (region.range.size_bytes == 0) return Status::bad_size;
    if (misaligned(region)) return Status::misaligned;
    const AddressSpace &regions = regions_of(space);
    const Range range{region.range.start, rounded_to_pages(region.range.size_bytes)};
    if (const Status wrong = check_address(regions, region, range); wrong != Status::ok) return wrong;
    if (state.space_of(space).change) return Postponed{space};
    const Place place = find_place(regions, region, range, 1);
    if (place.status != Status::ok) return place.status;

    const bool reserved = (region.options & option::reserved) != 0;
    const auto id = reserved ? SegmentId{} : static_cast<SegmentId>(state.next_segment);
    action::ChangeSpace action = placing(space, authority.actors[0], place.range.start, region,
                                         {{.range = {0, place.range.size_bytes}, .segment = id}});
    if (!reserved) {
        NewSegment segment = copy_of({}, id);
        segment.size_bytes = place.range.size_bytes;
        segment.executable = (region.options & option::executable) != 0;
        segment.present = (region.options & option::no_demand) != 0;
        action.segments.push_back(std::move(segment));
        action.present.clear();
    }
    return action;
}

Decision Decider::operator()(const call::FreeRegions &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    const bool all = call.options == option::free_all;
    if ((call.options & ~option::free_all) != 0 || (all && authority.actors[0] == ActorId{})) return Status::invalid;
    const ActorId space = space_of_actor(authority.actors[0]);
    const AddressSpace &regions = regions_of(space);
    action::ChangeSpace action;
    action.space = space;
    action.follow_by = FollowBy::unmap;
    if (!all) {
        if (call.range.size_bytes == 0) return Status::bad_size;
        if (!aligned(call.range.start)) return Status::misaligned;
        const Range range{call.range.start, rounded_to_pages(call.range.size_bytes)};
        if (!regions.in_window(range)) return Status::bad_address;
        if (state.space_of(space).change) return Postponed{space};
        if (regions.region_count() >= state.config.max_regions_per_actor && regions.removal_splits(range))
            return Status::no_memory;
        if (regions.any_within(range)) action.remove.push_back(range);
        action.mapping_caller = mapping_caller(space);
    } else {
        if (state.space_of(space).change) return Postponed{space};
        if (space != ActorId{}) {
            for (const Range &window : regions.windows())
                if (regions.any_within(window)) action.remove.push_back(window);
            action.mapping_caller = mapping_caller(space);
        } else {
            for (const auto &[start, region] : regions.regions())
                if (region.owner == authority.actors[0]) action.remove.push_back(region.range);
        }
    }
    if (action.remove.empty()) return Outcome{};
    bool wait = false;
    for (const Range &range : action.remove) {
        const Held now = held(space, range);
        if (now == Held::by_caller) return Status::busy;
        wait = wait || now == Held::by_others;
    }
    if (wait) return Postponed{space};
    action.ranges = action.remove;
    return action;
}

Decider::FromActor Decider::look_from_actor(const ActorRef &target, const RegionRequest &region, const ActorRef &source,
                                            const Range &source_range) const {
    const Authority authority = authorize(std::array{target, source});
    if (authority.status != Status::ok) return {.status = authority.status};
    if (const Status wrong = check_options(region.options, documented); wrong != Status::ok) return {.status = wrong};
    const std::uint64_t size_bytes = rounded_to_pages(region.range.size_bytes);
    if (size_bytes == 0 || rounded_to_pages(source_range.size_bytes) < size_bytes) return {.status = Status::bad_size};
    if (misaligned(region) || !aligned(source_range.start)) return {.status = Status::misaligned};
    FromActor found{.space = space_to_place_in(authority.actors[0], region.options),
                    .owner = authority.actors[0],
                    .range = {region.range.start, size_bytes}};
    found.status = check_address(regions_of(found.space), region, found.range);
    if (found.status != Status::ok) return found;
    auto parts = source_parts(authority.actors[1], {source_range.start, size_bytes});
    if (!parts) return {.status = Status::bad_address};
    found.parts = std::move(*parts);
    return found;
}

namespace {

using Writers = std::map<SegmentId, std::set<std::uint32_t>>;  // users whose processes may write a segment

bool writable_or_nothing(const Region &region) {
    return !region.backed() || (region.options & option::writable) != 0;
}

Writers writers_of_segments(const State &state) {
    Writers writers;
    std::set<std::uint32_t> supervisors;
    for (const auto &[id, actor] : state.actors) {
        if (actor.privilege == Privilege::supervisor) supervisors.insert(actor.process_uid);
        for (const auto &[start, region] : actor.space.regions.regions())
            if (region.backed() && writable_or_nothing(region)) writers[region.segment].insert(actor.process_uid);
    }
    for (const auto &[start, region] : state.supervisor_space.regions.regions())
        if (region.backed() && writable_or_nothing(region)) writers[region.segment].merge(std::set(supervisors));
    return writers;
}

// Whether the system itself keeps an actor from writing what it may only read: not where its user could open the memory
// again for writing, being the kernel's, or take it from another process of its own.
bool enforced(const State &state, const Writers &writers, const Actor &reader, SegmentId segment) {
    if (reader.process_uid == 0 || reader.process_uid == state.config.kernel_uid) return false;
    const auto found = writers.find(segment);
    return found == writers.end() || !found->second.contains(reader.process_uid);
}

}  // namespace

// On a strict site nobody is given memory to read that nothing keeps it from writing.
bool Decider::refused_by_strictness(const call::MapFromActor &call, const FromActor &from) const {
    if (!state.config.strict || (call.region.options & option::writable) != 0) return false;
    const Authority authority = authorize(std::array{call.target, call.source});
    const auto [reader, source] = std::pair(authority.actors[0], authority.actors[1]);
    if (reader == source) return false;
    if (reader == ActorId{} || source == ActorId{}) return true;  // the supervisor space is one for all its members
    const Writers writers = writers_of_segments(state);
    return !std::all_of(from.parts.begin(), from.parts.end(), [&, reader = reader](const Region &part) {
        return enforced(state, writers, state.actors.at(reader), part.segment);
    });
}

Decision Decider::operator()(const call::MapFromActor &call) const {
    const FromActor from = look_from_actor(call.target, call.region, call.source, call.source_range);
    if (from.status != Status::ok) return from.status;
    if (refused_by_strictness(call, from)) return Status::not_privileged;
    if (state.space_of(from.space).change) return Postponed{from.space};
    std::vector<Region> pieces = joined(from.parts);
    const Place place = find_place(regions_of(from.space), call.region, from.range, pieces.size());
    if (place.status != Status::ok) return place.status;
    return placing(from.space, from.owner, place.range.start, call.region, std::move(pieces));
}

Decision Decider::operator()(const call::CopyFromActor &call) const {
    const FromActor from = look_from_actor(call.target, call.region, call.source, call.source_range);
    if (from.status != Status::ok) return from.status;
    if (state.space_of(from.space).change) return Postponed{from.space};
    const Place place = find_place(regions_of(from.space), call.region, from.range, 1);
    if (place.status != Status::ok) return place.status;

    const auto id = static_cast<SegmentId>(state.next_segment);
    action::ChangeSpace action = placing(from.space, from.owner, place.range.start, call.region,
                                         {{.range = {0, from.range.size_bytes}, .segment = id}});
    action.present.clear();
    action.segments.push_back(copy_of(from.parts, id));
    action.segments.back().executable = (call.region.options & option::executable) != 0;
    action.segments.back().present = (call.region.options & option::no_demand) != 0;
    return action;
}

Decision Decider::operator()(const call::DuplicateRegions &call) const {
    const Authority authority = authorize(std::array{call.target, call.source});
    if (authority.status != Status::ok) return authority.status;
    const ActorId space = space_of_actor(authority.actors[0]), source = space_of_actor(authority.actors[1]);
    if ((call.options & ~option::inherit) != 0 || call.options == option::inherit) return Status::invalid;
    if (space == ActorId{} || source == ActorId{}) return Status::invalid;
    if (state.space_of(space).change) return Postponed{space};
    const AddressSpace &regions = regions_of(space);
    action::ChangeSpace action;
    action.space = space;
    action.follow_by = FollowBy::map;
    auto next = state.next_segment;
    for (const auto &[start, original] : regions_of(source).regions()) {
        const std::uint32_t how = call.options != 0 ? call.options : original.options & option::inherit;
        if (how == 0) continue;
        action.place.push_back(original);
        if (how != option::inherit_copy || !original.backed()) continue;
        Region &copy = action.place.back();
        copy.segment = static_cast<SegmentId>(next++);
        copy.offset = 0;
        action.segments.push_back(copy_of({original}, copy.segment));
        action.segments.back().executable = (original.options & option::executable) != 0;
    }
    for (const Region &region : action.place)
        if (!regions.vacant(region.range) && regions.region_count() == 0) return Status::overlap;
    if (regions.region_count() > 0) return Status::busy;
    if (action.place.empty()) return Outcome{};
    for (const Range &window : regions.windows()) {
        const auto inside = [&](const Region &region) { return region.backed() && window.contains(region.range); };
        if (std::any_of(action.place.begin(), action.place.end(), inside)) action.ranges.push_back(window);
    }
    return action;
}

std::vector<Region> Decider::changed(const call::SetAttribute &call, ActorId space, const Range &range) const {
    std::vector<Region> pieces = regions_of(space).within(range);
    const std::uint32_t bits = bits_of(call.attribute);
    for (Region &piece : pieces) {
        piece.options = (piece.options & ~bits) | (call.region.options & bits);
        if (call.attribute != call::Attribute::opaque) continue;
        piece.opaque1 = call.region.opaque1;
        piece.opaque2 = call.region.opaque2;
    }
    return pieces;
}

Decision Decider::operator()(const call::SetAttribute &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    const bool opaque = call.attribute == call::Attribute::opaque;
    const std::uint32_t options = call.region.options;
    if (!opaque && ((options & ~bits_of(call.attribute)) != 0 || options == option::inherit)) return Status::invalid;
    if (call.region.range.size_bytes == 0) return Status::bad_size;
    if (!aligned(call.region.range.start)) return Status::misaligned;
    const ActorId space = space_of_actor(authority.actors[0]);
    const AddressSpace &regions = regions_of(space);
    const Range range{call.region.range.start, rounded_to_pages(call.region.range.size_bytes)};
    if (!regions.in_window(range)) return Status::bad_address;
    if (state.space_of(space).change) return Postponed{space};
    // A forked child finds its copies by this attribute when it begins.
    const bool forked = space != ActorId{} && state.actors.at(space).phase == Phase::starting;
    if (forked && call.attribute == call::Attribute::inheritance) return Postponed{space};
    if (regions.region_count() + regions.splits_at_ends(range) > state.config.max_regions_per_actor)
        return Status::no_memory;
    const std::vector<Region> before = regions.within(range);
    if (before.empty()) return Outcome{};
    if (call.attribute == call::Attribute::protection) {
        const Held now = held(space, range);
        if (now == Held::by_caller) return Status::busy;
        if (now == Held::by_others) return Postponed{space};
    }
    std::vector<Region> after = changed(call, space, range);
    if (call.attribute != call::Attribute::protection || before == after) {
        const bool taken_at_once = call.attribute == call::Attribute::paging && (options & option::no_demand) != 0;
        const std::vector<SegmentPart> present = taken_at_once ? memory_of(after) : std::vector<SegmentPart>{};
        return action::SetAttributes{space, range, std::move(after), present};
    }
    action::ChangeSpace action;
    action.space = space;
    action.follow_by = FollowBy::renew;
    action.ranges = {range};
    action.remove = {range};
    action.place = std::move(after);
    action.merge = true;
    return action;
}

Decision Decider::operator()(const call::ListRegions &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    if ((call.options & ~option::user_space) != 0) return Status::invalid;
    if (call.range.size_bytes == 0) return Status::bad_size;
    if (!aligned(call.range.start)) return Status::misaligned;
    const ActorId target = authority.actors[0], space = space_of_actor(target);
    const AddressSpace &regions = regions_of(space);
    const Range range{call.range.start, rounded_to_pages(call.range.size_bytes)};
    if (!regions.in_window(range)) return Status::bad_address;
    Outcome outcome;
    outcome.regions.emplace();
    for (const Region &region : regions.within(range))
        if (space != ActorId{} || target == ActorId{} || region.owner == target)
            outcome.regions->push_back({space == ActorId{} ? region.owner : space, region});
    return outcome;
}

Decision Decider::operator()(const call::FindMapping &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (call.range.wraps() || call.range.size_bytes == 0) return Status::bad_address;
    const AddressSpace &regions = regions_of(space_of_actor(*caller.actor));
    const Region *region = regions.at_or_above(call.range.start);
    for (; region != nullptr && region->range.start < call.range.end();
         region = regions.at_or_above(region->range.end())) {
        if (!region->backed() || (call.options != 0 && (region->options & call.options) == 0)) continue;
        return Outcome{.mapping = regions.within(call.range.intersection(region->range)).front()};
    }
    return Status::bad_address;
}

namespace {

Grant grant_of(const State &state, const Writers &writers, const Actor &reader, const Region &region) {
    if (writable_or_nothing(region)) return Grant::writable;
    return enforced(state, writers, reader, region.segment) ? Grant::enforced : Grant::advisory;
}

}  // namespace

Decision Decider::operator()(const call::InspectRegions &call) const {
    if (caller.actor) return Status::not_privileged;
    if (call.actor && state.find_actor(*call.actor) == nullptr) return Status::unknown_actor;
    Outcome outcome;
    outcome.regions.emplace();
    const auto writers = writers_of_segments(state);
    for (const auto &[id, actor] : state.actors) {
        if (call.actor && *call.actor != id) continue;
        for (const auto &[start, region] : actor.space.regions.regions())
            outcome.regions->push_back({id, region, grant_of(state, writers, actor, region)});
    }
    for (const auto &[start, region] : state.supervisor_space.regions.regions())
        if (!call.actor || *call.actor == region.owner)
            outcome.regions->push_back(
                {region.owner, region, writable_or_nothing(region) ? Grant::writable : Grant::advisory});
    return outcome;
}

const Change *Decider::change_of(std::uint64_t number) const {
    const auto changing = state.changes.find(number);
    if (changing == state.changes.end()) return nullptr;  // it has come to its end
    const Change &change = *state.space_of(changing->second).change;
    return caller.actor && !change.members.contains(*caller.actor) ? nullptr : &change;
}

Decision Decider::operator()(const call::Claim &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    const Change *change = change_of(call.change);
    if (change == nullptr || change->follow_by == FollowBy::map || change->agreed ||
        change->ready.contains(*caller.actor))
        return Status::aborted;
    return action::ClaimChange{state.changes.at(call.change), *caller.actor};
}

Decision Decider::operator()(const call::Acknowledge &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    const Change *change = change_of(call.change);
    if (change == nullptr) return Outcome{};
    const ActorId space = state.changes.at(call.change);
    if (call.followed || change->agreed) return action::AcknowledgeChange{space, *caller.actor};
    return action::UndoChange{space, Status::no_memory, *caller.actor};
}

Decision Decider::operator()(const call::ChangeIsLate &call) const {
    const Change *change = change_of(call.change);
    if (change == nullptr || change->agreed) return Outcome{};
    return action::UndoChange{state.changes.at(call.change), Status::timed_out};
}

}  // namespace chorus::kernel
