// The nouns of the kernel: ids, capabilities, ranges of addresses, and the options of a region.
#pragma once

#include <compare>
#include <cstdint>

namespace chorus::kernel {

enum class ActorId : std::uint32_t {};    // what people see as "aid"; never used again within a site
enum class SegmentId : std::uint64_t {};  // never used again within a site

// Unique id and key of an actor: whoever presents both may act on it.
struct Capability {
    std::uint64_t unique_id = 0;
    std::uint64_t key = 0;
    bool operator==(const Capability &) const = default;
};

// Addresses [start, start + size_bytes). An end beyond 2^64 cannot be expressed: see `wraps`.
struct Range {
    std::uint64_t start = 0;
    std::uint64_t size_bytes = 0;

    std::uint64_t end() const { return start + size_bytes; }
    bool wraps() const { return start + size_bytes < start; }
    bool contains(std::uint64_t address) const { return address >= start && address - start < size_bytes; }
    bool contains(const Range &other) const { return other.start >= start && other.end() <= end(); }
    bool overlaps(const Range &other) const { return start < other.end() && other.start < end(); }
    // Of two that overlap.
    Range intersection(const Range &other) const {
        const std::uint64_t from = start > other.start ? start : other.start;
        const std::uint64_t to = end() < other.end() ? end() : other.end();
        return {from, to - from};
    }
    bool operator==(const Range &) const = default;
};

// How members bring a range in line with the table: `map` maps what is there now and was a hole before, `unmap` unmaps,
// `renew` does both, over what is mapped already.
enum class FollowBy { map, unmap, renew };

enum class Privilege : std::uint32_t { user = 0, system = 1, supervisor = 2 };

// How wide the caller's addresses are: a 32-bit caller is never given an address above 4 GiB.
enum class AddressWidth { bits_32, bits_64 };

// Option bits, numbered as K_* in <mem/chMem.h> (asserted where both are seen).
namespace option {
inline constexpr std::uint32_t writable = 0x0001;
inline constexpr std::uint32_t executable = 0x0002;
inline constexpr std::uint32_t fill_zero = 0x0004;
inline constexpr std::uint32_t anywhere = 0x0008;
inline constexpr std::uint32_t restrictive = 0x0010;
inline constexpr std::uint32_t supervisor = 0x0020;
inline constexpr std::uint32_t reserved = 0x0040;
inline constexpr std::uint32_t inherit_share = 0x0080;
inline constexpr std::uint32_t inherit_copy = 0x0100;
inline constexpr std::uint32_t no_demand = 0x0200;
inline constexpr std::uint32_t no_wait_for_memory = 0x0400;
inline constexpr std::uint32_t no_swap_out = 0x0800;
inline constexpr std::uint32_t free_all = 0x2000;
inline constexpr std::uint32_t user_space = 0x4000;
inline constexpr std::uint32_t inherit = inherit_share | inherit_copy;
inline constexpr std::uint32_t protection = writable | executable;
inline constexpr std::uint32_t paging = no_demand | no_wait_for_memory;
// Those that a region keeps.
inline constexpr std::uint32_t kept = protection | inherit | paging | reserved;
}  // namespace option

// How an actor is to be started: numbered as AFX_* in <am/afexec.h> (asserted where both are seen).
namespace spawn_option {
inline constexpr std::uint32_t user_space = 0x1;
inline constexpr std::uint32_t supervisor_space = 0x2;
inline constexpr std::uint32_t any_space = 0x4;
inline constexpr std::uint32_t trusted = 0x8;
inline constexpr std::uint32_t all = 0xf;
}  // namespace spawn_option

// A range of addresses of one space that maps part of a segment, or, with option::reserved, nothing.
struct Region {
    Range range;
    SegmentId segment{};        // 0: reserved
    std::uint64_t offset = 0;   // of range.start in the segment, in bytes
    std::uint32_t options = 0;  // of option::kept
    std::uint32_t opaque2 = 0;
    std::uint64_t opaque1 = 0;
    ActorId owner{};  // in the supervisor space: whose death takes it, 0 for nobody's

    bool backed() const { return segment != SegmentId{}; }
    Range part() const { return {offset, range.size_bytes}; }  // of the segment
    bool operator==(const Region &) const = default;
};

// Part of a segment.
struct SegmentPart {
    SegmentId segment{};
    Range range;
    bool operator==(const SegmentPart &) const = default;
};

// Memory to be copied from one place to another.
struct CopyPart {
    SegmentId source{};
    std::uint64_t source_offset = 0;
    SegmentId target{};
    std::uint64_t target_offset = 0;
    std::uint64_t size_bytes = 0;
};

// Who an actor speaks for.
struct ProtectionId {
    std::uint16_t uid = 0, gid = 0, did = 0;
    bool operator==(const ProtectionId &) const = default;
};

}  // namespace chorus::kernel
