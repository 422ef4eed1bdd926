#include "memory/segment_store.hpp"

#include <exec/chTypes.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <utility>

namespace chorus::memory {

Segment::Created SegmentStore::create(const Wanted &wanted) {
    Segment::Created created = Segment::create(wanted.size_bytes, wanted.execution);
    if (created.segment && !admits(*created.segment, wanted.untouchable_bytes)) return {K_ENOMEM, nullptr};
    return created;
}

void SegmentStore::keep(std::uint64_t id, std::unique_ptr<Segment> segment) {
    const std::uint64_t size_bytes = segment->size_bytes();
    promised_bytes_ += size_bytes;
    segments_.emplace(id, Kept{std::move(segment), size_bytes});
}

std::unique_ptr<Segment> SegmentStore::take(std::uint64_t id) {
    const auto it = segments_.find(id);
    promised_bytes_ -= it->second.promised_bytes;
    std::unique_ptr<Segment> segment = std::move(it->second.segment);
    segments_.erase(it);
    return segment;
}

void SegmentStore::promise(std::uint64_t id, std::uint64_t size_bytes) {
    Kept &kept = segments_.at(id);
    promised_bytes_ -= kept.promised_bytes;
    kept.promised_bytes = size_bytes;
    promised_bytes_ += size_bytes;
}

void SegmentStore::release_part(std::uint64_t id, std::uint64_t offset, std::uint64_t size_bytes) {
    const Kept &kept = segments_.at(id);
    kept.segment->discard(offset, size_bytes);
    promise(id, kept.promised_bytes - size_bytes);
}

bool SegmentStore::admits(const Segment &segment, std::uint64_t untouchable_bytes) {
    if (!limit_) limit_.emplace();
    const std::uint64_t free_bytes = std::min(segment.free_bytes(), limit_->free_bytes());
    const std::uint64_t wanted_bytes = promised_bytes_ + segment.size_bytes() + untouchable_bytes;
    if (wanted_bytes <= free_bytes) return true;
    // Short of space: what the segments have by now is neither free nor wanted any more.
    std::uint64_t used_bytes = 0;
    for (const auto &[id, kept] : segments_)
        used_bytes += kept.segment->used_bytes();
    return wanted_bytes - used_bytes <= free_bytes;
}

SharedMemory shared_memory() {
    struct statvfs file_system;
    if (statvfs("/dev/shm", &file_system) != 0) return {};
    return {std::uint64_t{file_system.f_blocks} * file_system.f_frsize,
            std::uint64_t{file_system.f_bavail} * file_system.f_frsize};
}

}  // namespace chorus::memory
