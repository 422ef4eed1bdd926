// Everything the kernel of a site knows. Changed by `apply` alone; `check` in invariants.hpp says what always holds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/address_space.hpp"
#include "kernel/coverage.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

// Fixed when the site starts.
struct Config {
    std::uint64_t page_size_bytes = 4096;
    // The windows of user address spaces, and of the supervisor space: see docs/architecture.md.
    Range low_window{0x4400'0000, 0x2800'0000};
    Range high_window{0x2000'0000'0000, 0x1000'0000'0000};
    Range supervisor_window{0x6c00'0000, 0x1000'0000};
    std::uint32_t nonce = 1;       // head of every unique id: another one in every site
    std::uint32_t kernel_uid = 0;  // the daemon's own user
    // Linux allows a process 65,530 mappings. A region costs two at most, itself and the reservation beside it; the
    // rest is for the program.
    std::size_t max_regions_per_actor = 32'000;
    std::size_t max_actors = 10'000;
    bool strict = false;  // a read-only grant that nothing enforces is refused

    std::vector<Range> user_windows() const { return {low_window, high_window}; }
};

// What an actor or a user has, and what each may have at most.
struct Usage {
    std::uint64_t regions = 0;
    std::uint64_t bytes = 0;   // of their regions with memory
    std::uint64_t actors = 0;  // of an actor: those that it has started
    bool operator==(const Usage &) const = default;
    Usage &operator+=(const Usage &more) {
        regions += more.regions;
        bytes += more.bytes;
        actors += more.actors;
        return *this;
    }
    Usage &operator-=(const Usage &less) {
        regions -= less.regions;
        bytes -= less.bytes;
        actors -= less.actors;
        return *this;
    }
};
struct Quota {
    static constexpr std::uint64_t unlimited = ~std::uint64_t{0};
    std::uint64_t regions = unlimited, bytes = unlimited, actors = unlimited;
    std::uint64_t calls = unlimited;  // in flight: of those the site knows, not its state
};
struct Quotas {
    Quota actor, user;
};

// How an actor ended that did not end by itself.
enum class EndCause : std::uint32_t { itself = 0, killed = 1, deleted = 2 };

// created: no process; starting: its program has not told of itself yet, and may never.
enum class Phase { created, starting, running };

// The user of an actor, where it is not what the system says of its process.
struct Credentials {
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups{};
};

// A change of a space that waits for members: see docs/address-spaces.md.
struct Change {
    std::uint64_t number = 0;      // by which members acknowledge it
    std::vector<Range> ranges;     // where members follow
    std::vector<Range> made;       // where it placed regions: reserved ones, too, which nobody maps
    std::vector<Region> before;    // what was there and next to it, whole: put back where the change is undone
    std::vector<Region> given_up;  // parts that no region of the space has any more; their memory is kept till the end
    FollowBy follow_by{};
    // What is mapped already is not touched before all members are ready to follow; then there is no way back.
    bool agreed = false;
    std::set<ActorId> ready;
    std::map<ActorId, std::uint32_t> members;  // asked to follow, and how many acknowledgements are still to come
    // For the reply: the caller, where it maps by itself.
    std::optional<ActorId> mapping_caller;
    std::uint64_t turn = 0;
    std::optional<Region> mapping;
};

// An address space and what is under way in it.
struct Space {
    AddressSpace regions;
    std::optional<Change> change;  // settled where there is none
};

struct Actor {
    Capability capability;
    ActorId parent{};  // 0: nobody's child
    std::string name;
    std::uint32_t uid = 0;          // user that it acts for: that of its process, until acred says otherwise
    std::uint32_t process_uid = 0;  // as the system has it
    Privilege privilege = Privilege::user;
    Phase phase = Phase::running;
    bool stopped = false;
    ProtectionId protection;
    std::optional<Credentials> credentials;      // set by acred
    std::uint64_t turn = 0;                      // of the last message that changes its maps
    Space space;                                 // of a supervisor actor: empty
    std::map<ActorId, EndCause> ended_children;  // those that a call ended, until asked for
};

// Backing memory; lives until nothing of it is covered.
struct SegmentRecord {
    std::uint64_t size_bytes = 0;
    std::optional<std::uint64_t> physical_start{};  // in the physical space, once anybody has asked
    Coverage coverage{};                            // by regions, and by what changes have given up and may put back
};

// Pages that a call of `owner` holds as they are.
struct Lock {
    ActorId owner{};
    ActorId space{};
    Range range;
    bool operator==(const Lock &) const = default;
};

// Bytes of free memory, in rising order.
struct Marks {
    std::uint64_t red = 0, orange = 0, green = 0;
};

struct State {
    explicit State(const Config &fixed) : config(fixed) {
        supervisor_space.regions = AddressSpace({fixed.supervisor_window});
    }

    Config config;
    std::map<ActorId, Actor> actors;
    Space supervisor_space;
    std::unordered_map<SegmentId, SegmentRecord> segments;
    std::map<std::uint64_t, SegmentId> physical;  // those that have a physical start, by it
    std::map<std::uint64_t, ActorId> changes;     // by number: the space that is changing
    std::vector<Lock> locks;
    Marks marks;
    Quotas quotas;
    std::map<std::uint32_t, Usage> users;  // those that have actors, by uid
    std::uint32_t next_actor = 1;
    std::uint64_t next_segment = 1;
    std::uint64_t next_physical = 0;
    std::uint64_t next_change = 1;

    // Never 0, and of one actor only: the aid is the tail.
    std::uint64_t unique_id(ActorId id) const {
        return (std::uint64_t{config.nonce} << 32) | static_cast<std::uint32_t>(id);
    }
    const Actor *find_actor(ActorId id) const {
        const auto it = actors.find(id);
        return it == actors.end() ? nullptr : &it->second;
    }
    // The space of a user actor; of nobody (0) the supervisor space.
    const Space &space_of(ActorId id) const { return id == ActorId{} ? supervisor_space : actors.at(id).space; }
    Space &space_of(ActorId id) { return id == ActorId{} ? supervisor_space : actors.at(id).space; }
};

}  // namespace chorus::kernel
