// Which parts of a segment are still mapped by some region, and by how many: what nobody maps gives its memory back.
// Adding and removing cost the logarithm of the number of differing parts, plus the parts touched.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "kernel/types.hpp"

namespace chorus::kernel {

class Coverage {
  public:
    // One more region maps `range`.
    void add(const Range &range);
    // One less does: it was added. The parts that no region maps any more.
    std::vector<Range> remove(const Range &range);
    // Every byte of `range` is mapped by some region.
    bool covers(const Range &range) const;
    bool empty() const { return parts_.empty(); }
    std::uint64_t covered_bytes() const;
    bool operator==(const Coverage &) const = default;

  private:
    struct Part {
        std::uint64_t end = 0;
        std::uint64_t count = 0;  // above 0
        bool operator==(const Part &) const = default;
    };
    using Parts = std::map<std::uint64_t, Part>;

    Part *alone(const Range &range);
    Parts::iterator split_at(std::uint64_t offset);
    void join_around(const Range &range);

    Parts parts_;  // by start; neighbours of the same count are one
};

}  // namespace chorus::kernel
