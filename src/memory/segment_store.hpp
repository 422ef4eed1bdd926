// The segments of a site. An allocation is admitted only if shared memory can hold it and all that was promised before:
// what is touched later is then there, and never a SIGBUS.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "memory/segment.hpp"

namespace chorus::memory {

class SegmentStore {
  public:
    // A zero-filled segment of whole pages, not kept yet. Returns K_OK; K_ENOMEM where shared memory cannot hold it, or
    // no descriptor is left.
    Segment::Created create(std::uint64_t size_bytes) const;
    void keep(std::uint64_t id, std::unique_ptr<Segment> segment);
    // An id that is kept.
    Segment &at(std::uint64_t id) { return *segments_.at(id); }
    void release(std::uint64_t id);

  private:
    bool admits(const Segment &segment) const;

    std::unordered_map<std::uint64_t, std::unique_ptr<Segment>> segments_;
    std::uint64_t promised_bytes_ = 0;
};

}  // namespace chorus::memory
