// The regions of one address space. Regions never overlap and lie in windows; what is neither region nor excluded is a
// hole. Placing, finding and removing cost the logarithm of the number of regions, plus the regions touched.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "kernel/holes_by_size.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

class AddressSpace {
  public:
    AddressSpace() = default;
    // Windows lie apart from each other, lowest first.
    explicit AddressSpace(const std::vector<Range> &windows);

    const Region *find(std::uint64_t address) const;
    // Regions that meet `range`, lowest first, cut off at its ends.
    std::vector<Region> within(const Range &range) const;
    bool any_within(const Range &range) const;
    // The same, or nothing where part of the range has no memory: a hole, or reserved.
    std::optional<std::vector<Region>> within_without_hole(const Range &range) const;
    // Regions that meet `range` or touch it, as they are.
    std::vector<Region> around(const Range &range) const;
    // The first region that ends above `address`.
    const Region *at_or_above(std::uint64_t address) const;

    bool in_window(const Range &range) const;
    bool vacant(const Range &range) const;
    // The address for a new region in the smallest hole that holds it, at that hole's upper end, so that there is room
    // below. 32-bit callers are served from windows below 4 GiB, the others from the lowest window that has room.
    std::optional<std::uint64_t> find_hole(std::uint64_t size_bytes, AddressWidth width) const;
    // The same within a range alone, at the upper end of the lowest hole; costs the number of regions and excluded
    // ranges in it.
    std::optional<std::uint64_t> find_hole_within(std::uint64_t size_bytes, const Range &range) const;
    bool removal_splits(const Range &range) const;
    // How many regions more there are when those at the ends of `range` are split there.
    std::size_t splits_at_ends(const Range &range) const;

    // `region.range` is vacant.
    void place(const Region &region);
    // What was there, cut off at the ends of the range; what lies outside stays.
    std::vector<Region> remove(const Range &range);
    // Joins regions in and next to `range` that follow each other in address and memory and differ in nothing else.
    void merge(const Range &range);
    // Makes the holes in `range` unusable: something that is not ours is there.
    void exclude(const Range &range);

    std::size_t region_count() const { return regions_.size(); }
    // Of the regions that have memory.
    std::uint64_t mapped_bytes() const { return mapped_bytes_; }
    const std::map<std::uint64_t, Region> &regions() const { return regions_; }
    const std::vector<Range> &windows() const { return windows_; }
    // What is neither region nor hole, lowest first.
    std::vector<Range> excluded() const;
    // The first thing that is wrong with this space, or nullptr.
    const char *violation(std::uint64_t page_size_bytes) const;

  private:
    using Regions = std::map<std::uint64_t, Region>;  // by start

    // The hole at `address`, given the first region above it; empty where none is.
    Range hole_at(std::uint64_t address, Regions::const_iterator above) const;
    // Calls `each` with what of `range` are holes, lowest first, until it returns false.
    template <class Each>
    void each_hole(const Range &range, Each each) const;
    void add_hole(const Range &range, Regions::const_iterator above);
    void cut_hole(const Range &range, Regions::const_iterator above);

    std::vector<Range> windows_;
    Regions regions_;
    std::map<std::uint64_t, std::uint64_t> excluded_;  // start to end; none touches another
    HolesBySize holes_;                                // all of them
    std::uint64_t mapped_bytes_ = 0;
};

}  // namespace chorus::kernel
