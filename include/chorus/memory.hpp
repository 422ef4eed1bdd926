// What lies in regions, in any actor: copied without mapping it, kept in place, given back, and where it is in the one
// physical space that the site simulates. Then what supervisor actors may do besides.
//
// Refusals and their order are those of address_space.hpp. Status::address also stands for a hole, or reserved
// addresses, anywhere in a range.
#pragma once

#include <chorus/address_space.hpp>
#include <chorus/detail/wide_calls.hpp>
#include <cstddef>
#include <span>

namespace chorus {

// Of two addresses exactly if they are the same memory.
using PhysicalAddress = std::uint64_t;

// An address of an actor.
struct Location {
    Actor actor = Actor::self();
    Address address = 0;
};

// The smallest block that can be allocated, in bytes; a power of two. Needs no kernel. [vmPageSize(2K)]
inline std::uint64_t page_size() {
    return static_cast<std::uint64_t>(vmPageSize());
}

// Copies memory between actors, or within one. Nothing need be aligned. Status::address: also a destination that is not
// writable. Ranges that share memory and overlap: what comes of it is undefined. [vmCopy(2K)]
inline void copy(const Location &from, const Location &to, std::uint64_t size_bytes, OnRefusal on_refusal = {}) {
    const int status =
        detail::vm_copy(from.actor.c_actor(), from.address, to.actor.c_actor(), to.address, size_bytes, 0);
    on_refusal.accepts(status, "vmCopy");
}

// What locked pages are for: writing needs regions that are writable (Status::address).
enum class Access : VmFlags { read = 0, write = K_WRITABLE };
// Keeps whole pages in memory and mapped as they are until the caller unlocks the same range, or ends. Locks count.
// Others who would free or protect the range wait (Status::timeout at their deadline); the caller is Status::busy.
// Status::size: not whole pages. unlock_pages: Status::invalid, a range that the caller has not locked so.
// [vmLock(2K)] [vmUnLock(2K)]
inline void lock_pages(const Actor &actor, const Range &range, Access access, OnRefusal on_refusal = {}) {
    const auto flags = static_cast<VmFlags>(access);
    on_refusal.accepts(detail::vm_lock(actor.c_actor(), range.start, range.size_bytes, flags), "vmLock");
}
inline void unlock_pages(const Actor &actor, const Range &range, Access access, OnRefusal on_refusal = {}) {
    const auto flags = static_cast<VmFlags>(access);
    on_refusal.accepts(detail::vm_unlock(actor.c_actor(), range.start, range.size_bytes, flags), "vmUnLock");
}

// Gives the memory of whole pages back: all who map them read 0 from then on. The regions stay. Status::size: not whole
// pages; Status::address: not writable; Status::busy: locked. [vmFree(2K)]
inline void discard(const Actor &actor, const Range &range, OnRefusal on_refusal = {}) {
    on_refusal.accepts(detail::vm_free(actor.c_actor(), range.start, range.size_bytes, 0), "vmFree");
}

// Nothing need be aligned. [vmPhysAddr(2K)]
inline PhysicalAddress physical_address(const Location &location, OnRefusal on_refusal = {}) {
    PhAddr address = 0;
    on_refusal.accepts(detail::vm_phys_addr(location.actor.c_actor(), location.address, &address), "vmPhysAddr");
    return address;
}
// Maps the memory at a page-aligned physical address in an actor, exactly at a range. Place and opaque words in
// `options` are not looked at. For system and supervisor actors. [vmMapToPhys(2K)]
inline void map_physical(const Actor &actor, const Range &range, PhysicalAddress from,
                         const RegionOptions &options = {}, OnRefusal on_refusal = {}) {
    const int status =
        detail::vm_map_to_phys(actor.c_actor(), range.start, from, range.size_bytes, detail::flags(options));
    on_refusal.accepts(status, "vmMapToPhys");
}

// For supervisor actors (Status::privilege): pages of the supervisor space that no actor owns, writable, and their end.
// [svPagesAllocate(2K)] [svPagesFree(2K)]
inline Range allocate_supervisor_pages(std::uint64_t size_bytes, Presence presence = Presence::on_demand,
                                       OnRefusal on_refusal = {}) {
    unsigned long start = 0;
    const int status = detail::sv_pages_allocate(&start, size_bytes, static_cast<VmFlags>(presence), K_MYACTOR);
    if (!on_refusal.accepts(status, "svPagesAllocate")) return {};
    return {start, detail::whole_pages(size_bytes)};
}
inline void free_supervisor_pages(const Range &range, OnRefusal on_refusal = {}) {
    on_refusal.accepts(detail::sv_pages_free(range.start, range.size_bytes), "svPagesFree");
}

// For supervisor actors: copy from and to memory of the program that may not be there (Status::fault, nothing else
// happens). The string is copied with its NUL; Status::no_memory: there is no room for all of it. [svCopyIn(2K)]
inline void copy_in(const void *from, std::span<std::byte> to, OnRefusal on_refusal = {}) {
    on_refusal.accepts(detail::sv_copy_in(from, to.data(), to.size()), "svCopyIn");
}
inline void copy_in_string(const char *from, std::span<char> to, OnRefusal on_refusal = {}) {
    on_refusal.accepts(detail::sv_copy_in_string(from, to.data(), to.size()), "svCopyInString");
}
inline void copy_out(std::span<const std::byte> from, void *to, OnRefusal on_refusal = {}) {
    on_refusal.accepts(detail::sv_copy_out(from.data(), to, from.size()), "svCopyOut");
}

}  // namespace chorus
