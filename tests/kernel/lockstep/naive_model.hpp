// What the pages in docs/calls say of region and memory calls, too simple to be wrong: one cell for each page of each
// space, and no cleverness. Knows nothing of coverage, holes, orders or how a change is undone: it keeps a copy.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"

namespace chorus::kernel {

inline constexpr std::uint64_t naive_page = 4096;
inline constexpr int units_per_page = 4;  // contents are kept in quarters of a page: copies need no alignment
inline constexpr std::uint64_t naive_unit = naive_page / units_per_page;

struct Memory {
    int segment = 0;  // 0: reserved
    int page = 0;
    auto operator<=>(const Memory &) const = default;
};

struct Cell {
    Memory memory;
    std::uint32_t options = 0;
    std::uint32_t opaque2 = 0;
    std::uint64_t opaque1 = 0;
    ActorId owner{};
    bool begins = false;  // a region begins here

    bool backed() const { return memory.segment != 0; }
    bool operator==(const Cell &) const = default;
};

// Whether the memory of a cell is what comes after that of another one.
inline bool follows(const Cell &cell, const Cell &before) {
    if (cell.memory.segment != before.memory.segment) return false;
    return !cell.backed() || cell.memory.page == before.memory.page + 1;
}

inline bool has(std::uint32_t options, std::uint32_t bit) {
    return (options & bit) != 0;
}

// Pages that hold so many bytes.
inline std::uint64_t pages_of(std::uint64_t size_bytes) {
    return size_bytes / naive_page + (size_bytes % naive_page != 0 ? 1 : 0);
}

class NaiveModel {
  public:
    using Contents = std::array<std::uint32_t, units_per_page>;
    static constexpr int window_pages = 24, high_pages = 3, cells_per_space = window_pages + high_pages;
    static constexpr std::size_t max_regions = 12, max_actors = 7;
    using Cells = std::array<std::optional<Cell>, cells_per_space>;

    // A change that waits for members. Undone, the space is what it was, but for the regions of those who died.
    struct Waiting {
        Cells before;
        std::set<Memory> given_up{};
        std::map<ActorId, int> left{};  // by member: orders not acknowledged yet
        std::optional<ActorId> placed_for{};
    };
    struct Person {
        Capability capability;
        Privilege privilege{};
        Phase phase{};
    };
    struct Lock {
        ActorId owner{}, space{};
        Range range;
        bool operator==(const Lock &) const = default;
    };
    // What must come of a call.
    struct Expected {
        Status status = Status::ok;
        bool postponed = false;
        std::optional<ActorId> waits{};  // the space that is changing
        std::vector<ActorId> asked{};    // who has to follow
        bool caller_maps = false;        // it gets a turn
        std::optional<std::uint64_t> start{};
        std::optional<Region> mapping{};  // segment and offset in the model's numbers
        std::optional<std::vector<Region>> listed{};
        std::optional<Memory> physical{};
        bool creates = false;  // an actor
    };

    static Config config();

    Expected operator()(const Caller &caller, const Call &call);

    // What happens to the world.
    void add(ActorId actor, const Capability &capability, Privilege privilege, Phase phase);
    void begin(ActorId actor) { people.at(actor).phase = Phase::running; }
    void end(ActorId actor);
    void settle(ActorId space) { waiting.erase(space); }
    void undo(ActorId space);
    void drop_locks_of_nothing(ActorId space);
    // The child of a fork: what is inherited as a copy is one.
    void fork(ActorId parent, ActorId child);
    void write(const Memory &memory, const Contents &contents) { contents_[memory] = contents; }

    ActorId space_of(ActorId actor) const;
    std::vector<ActorId> members_of(ActorId space) const;
    // Memory that somebody maps, or that a change which waits may put back; in rising order.
    std::vector<Memory> live() const;
    Contents contents(const Memory &memory) const;
    static std::uint64_t address_of(ActorId space, int cell);
    // The cell where an address lies.
    static std::optional<int> cell_at(ActorId space, std::uint64_t address);
    int pages_of_segment(int segment) const { return pages_of_segment_.at(segment); }
    bool privileged(ActorId actor) const { return people.at(actor).privilege != Privilege::user; }

    std::map<ActorId, Person> people;
    std::map<ActorId, Cells> spaces;
    std::map<ActorId, Waiting> waiting;
    std::vector<Lock> locks;
    Marks marks;
    std::map<int, std::uint64_t> physical;  // by segment

  private:
    struct Who {
        Status status = Status::ok;
        std::array<ActorId, 2> actors{};
    };
    struct Spot {
        Status status = Status::ok;
        int cell = 0;
    };
    enum class Held { no, by_caller, by_others };

    Expected run(const Caller &caller, const call::AllocateRegion &call);
    Expected run(const Caller &caller, const call::FreeRegions &call);
    Expected run(const Caller &caller, const call::MapFromActor &call);
    Expected run(const Caller &caller, const call::CopyFromActor &call);
    Expected run(const Caller &caller, const call::DuplicateRegions &call);
    Expected run(const Caller &caller, const call::SetAttribute &call);
    Expected run(const Caller &caller, const call::ListRegions &call);
    Expected run(const Caller &caller, const call::FindMapping &call);
    Expected run(const Caller &caller, const call::Fork &call);
    Expected run(const Caller &caller, const call::CopyMemory &call);
    Expected run(const Caller &caller, const call::LockMemory &call);
    Expected run(const Caller &caller, const call::UnlockMemory &call);
    Expected run(const Caller &caller, const call::DiscardMemory &call);
    Expected run(const Caller &caller, const call::FindPhysical &call);
    Expected run(const Caller &caller, const call::MapPhysical &call);
    Expected run(const Caller &caller, const call::SetMarks &call);
    Expected run(const Caller &caller, const call::CreateActor &call);
    Expected run(const Caller &caller, const call::Exclude &call);
    template <class Other>
    Expected run(const Caller &, const Other &) {
        std::abort();  // no call of the test
    }

    Who authorize(const Caller &caller, const std::vector<ActorRef> &references) const;
    Status check_options(const Caller &caller, std::uint32_t options, std::uint32_t allowed) const;
    static Status check_address(ActorId space, const RegionRequest &region, std::uint64_t pages);
    Status check_pages(const Range &range, std::uint32_t options, std::uint32_t allowed) const;
    static std::size_t regions_in(const Cells &cells);
    // Cells of a range in one window.
    static std::optional<int> locate(ActorId space, std::uint64_t start, std::uint64_t pages);
    std::optional<std::vector<Cell>> source(ActorId space, std::uint64_t start, std::uint64_t pages) const;
    std::optional<std::vector<std::pair<Cell, int>>> units(ActorId space, std::uint64_t start,
                                                           std::uint64_t size_bytes) const;
    bool vacant(ActorId space, int cell) const;
    Spot find_spot(ActorId space, const RegionRequest &region, std::uint64_t pages, std::size_t more) const;
    Held held(const Caller &caller, ActorId space, const Range &range) const;
    int new_segment(int pages);
    Expected place(const Caller &caller, ActorId space, ActorId owner, int cell, const RegionRequest &region,
                   std::vector<Cell> cells);
    // Does it to the cells of a space. Who must follow: nobody where no mapping changes.
    struct Following {
        bool anything = true;
        bool caller_maps = true;
    };
    Expected change(const Caller &caller, ActorId space, const Following &following,
                    const std::function<void(Cells &)> &edit);

    std::map<Memory, Contents> contents_;
    std::map<int, int> pages_of_segment_;
    std::map<ActorId, std::set<int>> excluded_;
    int last_segment_ = 0;
};

}  // namespace chorus::kernel
