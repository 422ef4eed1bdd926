// The regions of one address space. Regions never overlap and lie in windows; what is neither region nor excluded is a
// hole. Placing, finding and removing cost the logarithm of the number of regions, plus the regions touched.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "kernel/types.hpp"

namespace chorus::kernel {

class AddressSpace {
  public:
    // What `remove` did: regions as they were, and the parts of them that stay.
    struct Removal {
        std::vector<Region> removed;
        std::vector<Region> remaining;
    };

    AddressSpace() = default;
    // Windows lie apart from each other, lowest first.
    explicit AddressSpace(const std::vector<Range> &windows);

    const Region *find(std::uint64_t address) const;
    // Regions that meet `range`, lowest first, cut off at its ends.
    std::vector<Region> within(const Range &range) const;
    // The same, or nothing where the range has a hole.
    std::optional<std::vector<Region>> within_without_hole(const Range &range) const;

    bool in_window(const Range &range) const;
    bool vacant(const Range &range) const;
    // The address for a new region in the smallest hole that holds it, at that hole's upper end, so that there is room
    // below. 32-bit callers are served from windows below 4 GiB, the others from the lowest window that has room.
    std::optional<std::uint64_t> find_hole(std::uint64_t size_bytes, AddressWidth width) const;
    bool removal_splits(const Range &range) const;

    // `region.range` is vacant.
    void place(const Region &region);
    Removal remove(const Range &range);
    // Makes the holes in `range` unusable: something that is not ours is there.
    void exclude(const Range &range);

    std::size_t region_count() const { return regions_.size(); }
    const std::map<std::uint64_t, Region> &regions() const { return regions_; }
    const std::vector<Range> &windows() const { return windows_; }
    // The first thing that is wrong with this space, or nullptr.
    const char *violation(std::uint64_t page_size_bytes) const;

  private:
    using HolesBySize = std::set<std::pair<std::uint64_t, std::uint64_t>>;  // size, start

    HolesBySize &by_size(std::uint64_t start);
    void add_hole(Range hole);
    void cut_hole(const Range &range);

    std::vector<Range> windows_;
    std::map<std::uint64_t, Region> regions_;       // by start
    std::map<std::uint64_t, std::uint64_t> holes_;  // start to end
    HolesBySize low_holes_;                         // those below 4 GiB
    HolesBySize high_holes_;
};

}  // namespace chorus::kernel
