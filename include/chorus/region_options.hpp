// What a region is: a page-aligned range of one actor's addresses that maps shared memory, with options. Options are
// filled in by name: `{.place = Place::at(0x50000000), .protection = Protection::read}`.
#pragma once

#include <mem/chMem.h>

#include <cstdint>

namespace chorus {

using Address = std::uint64_t;

// Addresses from start up to and without start + size_bytes.
struct Range {
    Address start = 0;
    std::uint64_t size_bytes = 0;
    constexpr Address end() const { return start + size_bytes; }
    bool operator==(const Range &) const = default;
};

// Where regions of user actors can lie. The high one is absent under the thread sanitizer.
inline constexpr Range user_window{CHORUS_USER_START, CHORUS_USER_END - CHORUS_USER_START};
inline constexpr Range high_window{0x2000'0000'0000, 0x1000'0000'0000};

enum class Protection : VmFlags {
    read = 0,
    read_write = K_WRITABLE,
    read_execute = K_EXECUTABLE,
    read_write_execute = K_WRITABLE | K_EXECUTABLE,
};
// What becomes of a region in duplicate(..., Duplication::by_region).
enum class Inheritance : VmFlags { none = 0, share = K_INHERITSHARE, copy = K_INHERITCOPY };
// When memory is taken from the system: as it is touched, or all at once, so that no later touch needs any.
enum class Presence : VmFlags { on_demand = 0, at_once = K_NODEMAND };
// What happens where the system is short of memory. Ours never waits: kept and reported only.
enum class Shortage : VmFlags { wait = 0, refuse = K_NOWAITFORMEMORY };
// Whether pages may go to a swap device; `never` is not in this version.
enum class Swapping : VmFlags { allowed = 0, never = K_NOSWAPOUT };
// Memory; or addresses that are kept without any, inaccessible (allocate only).
enum class Backing : VmFlags { memory = 0, reserved = K_RESERVED };
// The actor's own space, or the one of all supervisor actors.
enum class Space : VmFlags { own = 0, supervisor = K_SUPERVISOR };

// Where a region is to lie: where the kernel likes (low, or in the high window if it does not fit there); exactly at an
// address; or where the kernel likes within a range.
struct Place {
    static constexpr Place anywhere() { return {K_ANYWHERE, 0, 0}; }
    static constexpr Place at(Address start) { return {0, start, 0}; }
    static constexpr Place within(const Range &range) { return {K_RESTRICTIVE, range.start, range.end()}; }

    VmFlags options;
    Address start;
    Address end;
};

// Two words that are kept with a region for the program.
struct Opaque {
    void *word1 = nullptr;
    std::uint32_t word2 = 0;
    bool operator==(const Opaque &) const = default;
};

struct RegionOptions {
    Place place = Place::anywhere();
    Protection protection = Protection::read_write;
    Inheritance inheritance = Inheritance::none;
    Presence presence = Presence::on_demand;
    Shortage shortage = Shortage::wait;
    Swapping swapping = Swapping::allowed;
    Backing backing = Backing::memory;
    Space space = Space::own;
    Opaque opaque{};
};

namespace detail {

// Options as the C interface has them, without the place.
inline VmFlags flags(const RegionOptions &options) {
    const auto bits = [](auto... words) { return (static_cast<VmFlags>(words) | ...); };
    return bits(options.protection, options.inheritance, options.presence, options.shortage, options.swapping,
                options.backing, options.space);
}

}  // namespace detail

}  // namespace chorus
