// The caller's site: one kernel and its actors, the state of its memory, and limits of that.
#pragma once

#include <chorus/actor.hpp>
#include <chorus/detail/list.hpp>
#include <chorus/detail/wide_calls.hpp>
#include <cstdint>
#include <vector>

namespace chorus {

struct ActorEntry {
    Actor actor;
    Activity activity;
};

// What is set: marks, in bytes of free memory, red <= orange <= green. User actors do not get what is below the red
// one; the others are kept and reported only.
struct MemoryMarks {
    std::uint64_t red = 0;
    std::uint64_t orange = 0;
    std::uint64_t green = 0;
};

// In bytes.
struct MemoryState {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    std::uint64_t locked = 0;
    std::uint64_t largest_segment = 0;
    MemoryMarks marks{};
};

// Each call refuses with Status::fail where no kernel answers. None waits for an actor.
struct Site {
    // All actors. For system and supervisor actors (Status::privilege). [actorStat(2K)]
    static std::vector<ActorEntry> actors(OnRefusal on_refusal = {}) {
        const auto ask = [](KnActorStat *rows, unsigned int size_bytes) { return actorStat(0, rows, size_bytes); };
        std::vector<ActorEntry> entries;
        for (const KnActorStat &row : detail::list<KnActorStat>(ask, "actorStat", on_refusal))
            entries.push_back({Capability(row.asCap), static_cast<Activity>(row.asStatus)});
        return entries;
    }

    // [vmStat(2K)]
    static MemoryState memory(OnRefusal on_refusal = {}) {
        detail::VmStat stat{};
        if (!on_refusal.accepts(detail::vm_stat(&stat), "vmStat")) return {};
        return {.total = stat.hostMem,
                .free = stat.freeMem,
                .locked = stat.lockMem,
                .largest_segment = static_cast<std::uint64_t>(stat.par.maxOffset),
                .marks = {stat.par.redMark, stat.par.orangeMark, stat.par.greenMark}};
    }

    // Sets all three. For system and supervisor actors (Status::privilege). Status::invalid: not in rising order.
    // [vmSetPar(2K)]
    static void set_memory_marks(const MemoryMarks &marks, OnRefusal on_refusal = {}) {
        detail::VmPar par{};
        par.redMark = marks.red;
        par.orangeMark = marks.orange;
        par.greenMark = marks.green;
        on_refusal.accepts(detail::vm_set_par(&par), "vmSetPar");
    }
};

}  // namespace chorus
