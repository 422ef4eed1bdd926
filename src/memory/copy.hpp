// Copies between segments.
#pragma once

#include <cstdint>

#include "memory/segment.hpp"

namespace chorus::memory {

struct Extent {
    Segment &segment;
    std::uint64_t offset = 0;
};

// Makes the target equal to the source, page by page, reading and writing only what either has touched: holes stay
// holes. Goes over it again until nothing differs any more, eight times at most: what that promises while others write
// is in docs/address-spaces.md. Offsets and size are whole pages. A K_* status: K_ENOMEM where memory runs out.
int snapshot(const Extent &source, const Extent &target, std::uint64_t size_bytes);

// Copies bytes as they come; nothing need be aligned. Where both are the same memory and overlap, what comes of it is
// undefined. A K_* status, as above.
int copy(const Extent &source, const Extent &target, std::uint64_t size_bytes);

}  // namespace chorus::memory
