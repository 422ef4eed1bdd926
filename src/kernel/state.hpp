// Everything the kernel of a site knows. Changed by `apply` alone; `check` in invariants.hpp says what always holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernel/address_space.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

// Fixed when the site starts.
struct Config {
    std::uint64_t page_size_bytes = 4096;
    // The windows of user address spaces: see docs/architecture.md.
    Range low_window{0x4400'0000, 0x2800'0000};
    Range high_window{0x2000'0000'0000, 0x1000'0000'0000};
    std::uint32_t nonce = 1;       // head of every unique id: another one in every site
    std::uint32_t kernel_uid = 0;  // the daemon's own user
    // Linux allows a process 65,530 mappings. A region costs two at most, itself and the reservation beside it; the
    // rest is for the program.
    std::size_t max_regions_per_actor = 32'000;
    std::size_t max_actors = 10'000;

    std::vector<Range> user_windows() const { return {low_window, high_window}; }
};

// How an actor ended that did not end by itself.
enum class EndCause : std::uint32_t { itself = 0, killed = 1, deleted = 2 };

struct Actor {
    Capability capability;
    ActorId parent{};  // 0: nobody's child
    std::string name;
    std::uint32_t uid = 0;  // user that its process runs as
    Privilege privilege = Privilege::user;
    bool begun = false;  // its program has told of itself; before that, its process may not exist
    AddressSpace space;
    std::map<ActorId, EndCause> ended_children;  // those that a call ended, until asked for
};

// Backing memory; lives until its last region goes.
struct SegmentRecord {
    std::uint64_t size_bytes = 0;
    std::uint64_t region_count = 0;
};

struct State {
    explicit State(const Config &fixed) : config(fixed) {}

    Config config;
    std::map<ActorId, Actor> actors;
    std::map<SegmentId, SegmentRecord> segments;
    std::uint32_t next_actor = 1;
    std::uint64_t next_segment = 1;

    // Never 0, and of one actor only: the aid is the tail.
    std::uint64_t unique_id(ActorId id) const {
        return (std::uint64_t{config.nonce} << 32) | static_cast<std::uint32_t>(id);
    }
    const Actor *find_actor(ActorId id) const {
        const auto it = actors.find(id);
        return it == actors.end() ? nullptr : &it->second;
    }
};

}  // namespace chorus::kernel
