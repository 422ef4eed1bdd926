// The regions of an actor's address space: of the caller's own, or of another's whose capability it has. What is
// made here stays until it is freed or its actor ends; class Region (region.hpp) frees what it holds.
//
// Sizes are in bytes, above 0 (Status::size), and are rounded up to whole pages. Every call refuses, in this order,
// with Status::unknown and Status::invalid: the actor (see actor.hpp); privilege: a user actor names the supervisor
// space; invalid: an option that the call does not have; not_implemented: one that is not in this version; size; round:
// an address that is not page aligned; address: a range that leaves the windows or, as a source, has a hole; overlap;
// space: no hole big enough; no_memory: shared memory cannot hold it, or a limit; timeout: an actor that must map or
// unmap is stopped; fail: no kernel answers. A call on another actor's space waits for that actor, to a deadline.
#pragma once

#include <chorus/actor.hpp>
#include <chorus/region_options.hpp>
#include <vector>

namespace chorus {

// Fresh memory, all zero. [rgnAllocate(2K)]
Range allocate(const Actor &actor, std::uint64_t size_bytes, const RegionOptions &options = {},
               OnRefusal on_refusal = {});
// The memory that `source` has in a range, mapped in `target`: each sees what the other writes from then on. The range
// may begin inside a region and span several. The source's protection does not limit the target's. The memory lives
// until its last mapping goes, whoever made it. [rgnMapFromActor(2K)]
Range map_from(const Actor &target, const Actor &source, const Range &range, const RegionOptions &options = {},
               OnRefusal on_refusal = {});
// The same with a private copy of the memory. [rgnInitFromActor(2K)]
Range copy_from(const Actor &target, const Actor &source, const Range &range, const RegionOptions &options = {},
                OnRefusal on_refusal = {});
// Frees every page of a range, which may cover regions, parts of them and holes; or all regions of the actor.
// Status::busy: the caller has locked it. [rgnFree(2K)]
void free(const Actor &actor, const Range &range, OnRefusal on_refusal = {});
void free_all(const Actor &actor, OnRefusal on_refusal = {});

// These change what the regions in a range have, and leave holes in it as they are. A region of which the range covers
// a part is split. Status::no_memory: the memory that Presence::at_once takes is not there, or a split would pass the
// limit of regions. [rgnSetProtect(2K)] [rgnSetInherit(2K)] [rgnSetPaging(2K)] [rgnSetOpaque(2K)]
void set_protection(const Actor &actor, const Range &range, Protection protection, OnRefusal on_refusal = {});
void set_inheritance(const Actor &actor, const Range &range, Inheritance inheritance, OnRefusal on_refusal = {});
void set_paging(const Actor &actor, const Range &range, Presence presence, Shortage shortage = Shortage::wait,
                OnRefusal on_refusal = {});
void set_opaque(const Actor &actor, const Range &range, const Opaque &opaque, OnRefusal on_refusal = {});

// As each region's Inheritance says, without those that have none; or all regions shared, or all copied.
enum class Duplication : VmFlags { by_region = 0, share = K_INHERITSHARE, copy = K_INHERITCOPY };
// Gives `target`, which must have no region (Status::busy), those of `source` at the same addresses. Status::invalid:
// one of them is the supervisor space, or a supervisor actor. [rgnDup(2K)]
void duplicate(const Actor &target, const Actor &source, Duplication duplication, OnRefusal on_refusal = {});

// A region, or the part of one that lies in the range asked for.
struct RegionEntry {
    Range range;
    VmFlags options;  // K_*, as kept with the region
    Opaque opaque;

    Protection protection() const { return static_cast<Protection>(options & (K_WRITABLE | K_EXECUTABLE)); }
    Inheritance inheritance() const { return static_cast<Inheritance>(options & (K_INHERITSHARE | K_INHERITCOPY)); }
    Presence presence() const { return static_cast<Presence>(options & K_NODEMAND); }
    Backing backing() const { return static_cast<Backing>(options & K_RESERVED); }
};
// The regions in a range, which lies in one window, lowest first. Of a supervisor actor: those it owns. [rgnStat(2K)]
std::vector<RegionEntry> regions(const Actor &actor, const Range &range = user_window, OnRefusal on_refusal = {});

}  // namespace chorus

#include <chorus/detail/address_space.hpp>
