#include "kernel/invariants.hpp"

#include <map>

#include "kernel/quota.hpp"

namespace chorus::kernel {

namespace {

std::string of_actor(ActorId id, const std::string &what) {
    return "actor " + std::to_string(static_cast<std::uint32_t>(id)) + ": " + what;
}

class Check {
  public:
    explicit Check(const State &state) : state_(state) {}

    std::optional<std::string> run() {
        for (const auto &[id, actor] : state_.actors)
            if (const auto wrong = check(id, actor)) return wrong;
        if (const auto wrong = check(ActorId{}, state_.supervisor_space)) return wrong;
        if (changes_ != state_.changes.size()) return "a change is listed that no space has";
        for (const Lock &lock : state_.locks) {
            if (!state_.actors.contains(lock.owner)) return "a lock is held by nobody";
            if (lock.space != ActorId{} && !state_.actors.contains(lock.space)) return "a lock is on no space";
        }
        if (state_.users != count_usage(state_)) return "the usage of a user is miscounted";
        return check_segments();
    }

  private:
    std::optional<std::string> check(ActorId id, const Actor &actor) {
        if (static_cast<std::uint32_t>(id) >= state_.next_actor) return of_actor(id, "has an id not given out yet");
        if (actor.capability.unique_id != state_.unique_id(id)) return of_actor(id, "has the unique id of another");
        if (actor.privilege == Privilege::supervisor && actor.space.regions.region_count() > 0)
            return of_actor(id, "is a supervisor actor with regions of a space of its own");
        for (const auto &[child, cause] : actor.ended_children)
            if (state_.actors.contains(child)) return of_actor(id, "remembers the end of a child that lives");
        return check(id, actor.space);
    }

    std::optional<std::string> check(ActorId id, const Space &space) {
        if (const char *wrong = space.regions.violation(state_.config.page_size_bytes)) return of_actor(id, wrong);
        for (const auto &[start, region] : space.regions.regions()) {
            if (region.owner != ActorId{} && (id != ActorId{} || !state_.actors.contains(region.owner)))
                return of_actor(id, "has a region of an owner that it cannot have");
            if (const auto wrong = count(id, region)) return wrong;
        }
        if (!space.change) return std::nullopt;
        ++changes_;
        const auto listed = state_.changes.find(space.change->number);
        if (listed == state_.changes.end() || listed->second != id) return of_actor(id, "changes, which is not listed");
        bool awaited = false;
        for (const auto &[member, left] : space.change->members) {
            if (!state_.actors.contains(member)) return of_actor(id, "waits for an actor that is gone");
            awaited = awaited || left > 0;
        }
        if (!awaited) return of_actor(id, "waits for nobody");
        for (const Region &part : space.change->given_up)
            if (const auto wrong = count(id, part)) return wrong;
        return std::nullopt;
    }

    std::optional<std::string> count(ActorId id, const Region &region) {
        if (!region.backed()) return std::nullopt;
        const auto segment = state_.segments.find(region.segment);
        if (segment == state_.segments.end()) return of_actor(id, "maps a segment that is gone");
        if (region.part().end() > segment->second.size_bytes) return of_actor(id, "maps beyond the end of a segment");
        counted_[region.segment].add(region.part());
        return std::nullopt;
    }

    std::optional<std::string> check_segments() {
        std::size_t physical = 0;
        for (const auto &[id, segment] : state_.segments) {
            if (static_cast<std::uint64_t>(id) >= state_.next_segment) return "a segment has an id not given out yet";
            if (!(segment.coverage == counted_[id])) return "a segment miscounts its regions";
            if (segment.coverage.empty()) return "a segment is kept that nobody maps";
            if (!segment.physical_start) continue;
            ++physical;
            const auto place = state_.physical.find(*segment.physical_start);
            if (place == state_.physical.end() || place->second != id) return "a segment is at no physical place";
        }
        if (state_.physical.size() != physical) return "a physical place is of no segment";
        return std::nullopt;
    }

    const State &state_;
    std::map<SegmentId, Coverage> counted_;
    std::size_t changes_ = 0;
};

}  // namespace

std::optional<std::string> check(const State &state) {
    return Check(state).run();
}

}  // namespace chorus::kernel
