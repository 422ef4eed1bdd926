#include "memory/segment_store.hpp"

#include <exec/chTypes.h>

#include <utility>

namespace chorus::memory {

Segment::Created SegmentStore::create(std::uint64_t size_bytes) const {
    Segment::Created created = Segment::create(size_bytes);
    if (created.segment && !admits(*created.segment)) return {K_ENOMEM, nullptr};
    return created;
}

void SegmentStore::keep(std::uint64_t id, std::unique_ptr<Segment> segment) {
    promised_bytes_ += segment->size_bytes();
    segments_.emplace(id, std::move(segment));
}

void SegmentStore::release(std::uint64_t id) {
    const auto it = segments_.find(id);
    promised_bytes_ -= it->second->size_bytes();
    segments_.erase(it);
}

bool SegmentStore::admits(const Segment &segment) const {
    const std::uint64_t free_bytes = segment.free_bytes();
    const std::uint64_t wanted_bytes = promised_bytes_ + segment.size_bytes();
    if (wanted_bytes <= free_bytes) return true;
    // Short of space: what the segments have by now is neither free nor wanted any more.
    std::uint64_t used_bytes = 0;
    for (const auto &[id, kept] : segments_)
        used_bytes += kept->used_bytes();
    return wanted_bytes - used_bytes <= free_bytes;
}

}  // namespace chorus::memory
