// The segments of a site. An allocation is admitted only if shared memory, and a memory control group that limits this
// process, can hold it and all that was promised before:
// what is touched later is then there, and never a SIGBUS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "memory/memory_limit.hpp"
#include "memory/segment.hpp"

namespace chorus::memory {

class SegmentStore {
  public:
    // What is asked of a new segment.
    struct Wanted {
        std::uint64_t size_bytes = 0;  // whole pages
        Execution execution = Execution::never;
        std::uint64_t untouchable_bytes = 0;  // of free memory, that it must leave
    };
    // A zero-filled segment, not kept yet. Returns K_OK; K_ENOMEM where shared memory cannot hold it, or no descriptor
    // is left.
    Segment::Created create(const Wanted &wanted);
    void keep(std::uint64_t id, std::unique_ptr<Segment> segment);
    // An id that is kept.
    Segment &at(std::uint64_t id) { return *segments_.at(id).segment; }
    const Segment &at(std::uint64_t id) const { return *segments_.at(id).segment; }
    // No longer kept.
    std::unique_ptr<Segment> take(std::uint64_t id);
    // Only so much of it will ever be touched.
    void promise(std::uint64_t id, std::uint64_t size_bytes);
    // Nobody maps these whole pages any more, and nobody will.
    void release_part(std::uint64_t id, std::uint64_t offset, std::uint64_t size_bytes);

  private:
    struct Kept {
        std::unique_ptr<Segment> segment;
        std::uint64_t promised_bytes = 0;
    };

    bool admits(const Segment &segment, std::uint64_t untouchable_bytes);

    std::optional<MemoryLimit> limit_;  // looked for with the first segment: it takes as long as a kernel to begin
    std::unordered_map<std::uint64_t, Kept> segments_;
    std::uint64_t promised_bytes_ = 0;
};

// Shared memory of the system, in bytes: 0 where there is none.
struct SharedMemory {
    std::uint64_t size_bytes = 0;
    std::uint64_t free_bytes = 0;
};
SharedMemory shared_memory();

}  // namespace chorus::memory
