// The holes of an address space, by size. In B-trees, whose entries lie together in memory: where there are thousands,
// looking at one costs more than comparing it. Adding, removing and finding cost the logarithm of their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "kernel/types.hpp"

namespace chorus::kernel {

class HolesBySize {
  public:
    HolesBySize();
    ~HolesBySize();
    HolesBySize(const HolesBySize &other);
    HolesBySize &operator=(const HolesBySize &other);
    HolesBySize(HolesBySize &&other) noexcept;
    HolesBySize &operator=(HolesBySize &&other) noexcept;

    // Empty holes are ignored.
    void add(const Range &hole);
    void remove(const Range &hole);  // it is there
    // The smallest hole of so many bytes or more, and of several the lowest: below 4 GiB, or for 64-bit callers above
    // it where there is none below.
    std::optional<Range> smallest(std::uint64_t size_bytes, AddressWidth width) const;
    bool contains(const Range &hole) const;
    std::size_t count() const;

  private:
    struct Sets;
    std::unique_ptr<Sets> sets_;  // absl's header is a large one
};

}  // namespace chorus::kernel
