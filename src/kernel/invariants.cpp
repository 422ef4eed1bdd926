#include "kernel/invariants.hpp"

#include <map>

namespace chorus::kernel {

namespace {

std::string of_actor(ActorId id, const std::string &what) {
    return "actor " + std::to_string(static_cast<std::uint32_t>(id)) + ": " + what;
}

}  // namespace

std::optional<std::string> check(const State &state) {
    std::map<SegmentId, std::uint64_t> counted;
    for (const auto &[id, actor] : state.actors) {
        if (static_cast<std::uint32_t>(id) >= state.next_actor) return of_actor(id, "has an id not given out yet");
        if (actor.capability.unique_id != state.unique_id(id)) return of_actor(id, "has the unique id of another");
        if (const char *wrong = actor.space.violation(state.config.page_size_bytes)) return of_actor(id, wrong);
        for (const auto &[start, region] : actor.space.regions()) {
            const auto segment = state.segments.find(region.segment);
            if (segment == state.segments.end()) return of_actor(id, "maps a segment that is gone");
            if (region.offset + region.range.size_bytes > segment->second.size_bytes)
                return of_actor(id, "maps beyond the end of a segment");
            ++counted[region.segment];
        }
        for (const auto &[child, cause] : actor.ended_children)
            if (state.actors.contains(child)) return of_actor(id, "remembers the end of a child that lives");
    }
    for (const auto &[id, segment] : state.segments) {
        if (static_cast<std::uint64_t>(id) >= state.next_segment) return "a segment has an id not given out yet";
        if (segment.region_count != counted[id]) return "a segment miscounts its regions";
        if (segment.region_count == 0) return "a segment is kept that nobody maps";
    }
    return std::nullopt;
}

}  // namespace chorus::kernel
