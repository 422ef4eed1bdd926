#include "daemon/records.hpp"

#include "kernel/quota.hpp"

namespace chorus::daemon {

namespace {

struct Parts {
    std::vector<kernel::Range> windows, excluded;
    std::vector<kernel::Region> regions;
};

template <class A>
void fields(A &a, Parts &v) {
    a(v.windows, v.excluded, v.regions);
}

// Counts what the regions of a space, and what a change of it may put back, cover of segments.
bool cover(kernel::State &state, const kernel::Space &space) {
    const auto add = [&](const kernel::Region &region) {
        if (!region.backed()) return true;
        const auto segment = state.segments.find(region.segment);
        if (segment == state.segments.end()) return false;
        segment->second.coverage.add(region.part());
        return true;
    };
    for (const auto &[start, region] : space.regions.regions())
        if (!add(region)) return false;
    if (!space.change) return true;
    for (const kernel::Region &region : space.change->given_up)
        if (!add(region)) return false;
    return true;
}

}  // namespace

void fields(Writer &writer, kernel::AddressSpace &space) {
    Parts parts{space.windows(), space.excluded(), {}};
    for (const auto &[start, region] : space.regions())
        parts.regions.push_back(region);
    fields(writer, parts);
}

void fields(Reader &reader, kernel::AddressSpace &space) {
    Parts parts;
    fields(reader, parts);
    std::uint64_t reached = 0;
    for (const kernel::Range &window : parts.windows) {
        if (window.size_bytes == 0 || window.wraps() || window.start < reached) return reader.fail();
        reached = window.end();
    }
    space = kernel::AddressSpace(parts.windows);
    for (const kernel::Region &region : parts.regions) {
        if (region.range.size_bytes == 0 || region.range.wraps() || !space.vacant(region.range)) return reader.fail();
        space.place(region);
    }
    for (const kernel::Range &range : parts.excluded)
        space.exclude(range);
}

bool recount(kernel::State &state) {
    const auto count = [&](kernel::ActorId id, const kernel::Space &space) {
        if (space.change) state.changes.emplace(space.change->number, id);
        return cover(state, space);
    };
    if (!count({}, state.supervisor_space)) return false;
    for (const auto &[id, actor] : state.actors)
        if (!count(id, actor.space)) return false;
    for (const auto &[id, segment] : state.segments)
        if (segment.physical_start) state.physical.emplace(*segment.physical_start, id);
    state.users = kernel::count_usage(state);
    return true;
}

}  // namespace chorus::daemon
