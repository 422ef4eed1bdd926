// Decisions on memory: what regions map, without changing them.
#include <algorithm>
#include <numeric>

#include "kernel/decider.hpp"

namespace chorus::kernel {

namespace {

std::vector<SegmentPart> parts_of(const std::vector<Region> &regions) {
    std::vector<SegmentPart> parts;
    for (const Region &region : regions)
        parts.push_back({region.segment, region.part()});
    return parts;
}

bool all_writable(const std::vector<Region> &regions) {
    return std::all_of(regions.begin(), regions.end(),
                       [](const Region &region) { return (region.options & option::writable) != 0; });
}

// The two lists describe as many bytes.
std::vector<CopyPart> paired(const std::vector<Region> &from, const std::vector<Region> &to) {
    std::vector<CopyPart> copies;
    auto source = from.begin(), target = to.begin();
    std::uint64_t of_source = 0, of_target = 0;  // bytes done
    while (source != from.end()) {
        const std::uint64_t size_bytes =
            std::min(source->range.size_bytes - of_source, target->range.size_bytes - of_target);
        copies.push_back(
            {source->segment, source->offset + of_source, target->segment, target->offset + of_target, size_bytes});
        of_source += size_bytes;
        of_target += size_bytes;
        if (of_source == source->range.size_bytes) of_source = 0, ++source;
        if (of_target == target->range.size_bytes) of_target = 0, ++target;
    }
    return copies;
}

// The rungs that vmLock, vmUnLock and vmFree share, up to the address.
Status check_pages(const State &state, const Range &range) {
    const std::uint64_t page = state.config.page_size_bytes;
    if (range.size_bytes == 0 || range.size_bytes % page != 0) return Status::bad_size;
    return range.start % page == 0 ? Status::ok : Status::misaligned;
}

// A piece for each segment in a range of the physical space; none where part of the range has no memory.
std::vector<Region> memory_at(const State &state, const Range &range) {
    std::vector<Region> pieces;
    if (range.wraps()) return {};
    for (std::uint64_t reached = range.start; reached < range.end();) {
        const auto above = state.physical.upper_bound(reached);
        if (above == state.physical.begin()) return {};
        const auto &[start, segment] = *std::prev(above);
        const SegmentRecord &record = state.segments.at(segment);
        if (reached - start >= record.size_bytes) return {};
        const std::uint64_t offset = reached - start;
        const Range part{offset, std::min(record.size_bytes - offset, range.end() - reached)};
        if (!record.coverage.covers(part)) return {};
        pieces.push_back({.range = {0, part.size_bytes}, .segment = segment, .offset = offset});
        reached += part.size_bytes;
    }
    return pieces;
}

}  // namespace

Decision Decider::operator()(const call::CopyMemory &call) const {
    const Authority authority = authorize(std::array{call.source, call.target});
    if (authority.status != Status::ok) return authority.status;
    if (call.options != 0) return Status::invalid;
    if (call.size_bytes == 0) return Status::bad_size;
    const auto from = source_parts(authority.actors[0], {call.source_address, call.size_bytes});
    const auto to = source_parts(authority.actors[1], {call.target_address, call.size_bytes});
    if (!from || !to || !all_writable(*to)) return Status::bad_address;
    return Outcome{.copies = paired(*from, *to)};
}

Decision Decider::operator()(const call::LockMemory &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    if ((call.options & ~option::writable) != 0) return Status::invalid;
    if (const Status wrong = check_pages(state, call.range); wrong != Status::ok) return wrong;
    const auto pages = source_parts(authority.actors[0], call.range);
    if (!pages || (call.options != 0 && !all_writable(*pages))) return Status::bad_address;
    if (!joined_actor()) return Status::unknown_actor;
    return action::LockRange{{*caller.actor, space_of_actor(authority.actors[0]), call.range}, parts_of(*pages)};
}

Decision Decider::operator()(const call::UnlockMemory &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    if ((call.options & ~option::writable) != 0) return Status::invalid;
    if (const Status wrong = check_pages(state, call.range); wrong != Status::ok) return wrong;
    // The memory may have gone meanwhile, with its owner or with a change undone: the lock is there all the same.
    const ActorId space = space_of_actor(authority.actors[0]);
    if (!regions_of(space).in_window(call.range)) return Status::bad_address;
    if (!joined_actor()) return Status::unknown_actor;
    const Lock lock{*caller.actor, space, call.range};
    if (std::find(state.locks.begin(), state.locks.end(), lock) == state.locks.end()) return Status::invalid;
    return action::UnlockRange{lock};
}

Decision Decider::operator()(const call::DiscardMemory &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    if (call.options != 0) return Status::invalid;
    if (const Status wrong = check_pages(state, call.range); wrong != Status::ok) return wrong;
    const auto pages = source_parts(authority.actors[0], call.range);
    if (!pages || !all_writable(*pages)) return Status::bad_address;
    if (held(space_of_actor(authority.actors[0]), call.range) != Held::no) return Status::busy;
    return Outcome{.discarded = parts_of(*pages)};
}

Decision Decider::operator()(const call::FindPhysical &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    const Region *region = regions_of(space_of_actor(authority.actors[0])).find(call.address);
    if (region == nullptr || !region->backed()) return Status::bad_address;
    const std::uint64_t offset = region->offset + (call.address - region->range.start);
    const auto start = state.segments.at(region->segment).physical_start;
    if (start) return Outcome{.physical = *start + offset};
    return action::GivePhysical{region->segment, offset};
}

Decision Decider::operator()(const call::MapPhysical &call) const {
    constexpr std::uint32_t allowed = option::protection | option::fill_zero | option::supervisor | option::inherit |
                                      option::paging | option::no_swap_out;
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    if (user_caller()) return Status::not_privileged;
    const ActorId space = space_to_place_in(authority.actors[0], call.region.options);
    if (const Status wrong = check_options(call.region.options, allowed); wrong != Status::ok) return wrong;
    if (call.region.range.size_bytes == 0) return Status::bad_size;
    if (!aligned(call.region.range.start) || !aligned(call.physical)) return Status::misaligned;
    const AddressSpace &regions = regions_of(space);
    const Range range{call.region.range.start, rounded_to_pages(call.region.range.size_bytes)};
    if (!regions.in_window(range)) return Status::bad_address;
    std::vector<Region> pieces = memory_at(state, {call.physical, range.size_bytes});
    if (pieces.empty()) return Status::bad_address;
    if (state.space_of(space).change) return Postponed{space};
    const Place place = find_place(regions, call.region, range, pieces.size());
    if (place.status != Status::ok) return place.status;
    return placing(space, authority.actors[0], range.start, call.region, std::move(pieces));
}

Decision Decider::operator()(const call::InspectMemory &) const {
    const std::uint64_t locked_bytes =
        std::accumulate(state.locks.begin(), state.locks.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const Lock &lock) { return sum + lock.range.size_bytes; });
    return Outcome{.marks = state.marks, .locked_bytes = locked_bytes};
}

Decision Decider::operator()(const call::SetMarks &call) const {
    if (user_caller()) return Status::not_privileged;
    if (call.marks.red > call.marks.orange || call.marks.orange > call.marks.green) return Status::invalid;
    return action::ChangeMarks{call.marks};
}

}  // namespace chorus::kernel
