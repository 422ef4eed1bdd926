// Ranges of a process's own addresses, kept so that regions can be mapped there and nothing else can land: inaccessible
// reservations that cost no memory. Mapping replaces a piece of reservation, unmapping puts it back, each in one step.
#pragma once

#include <cstdint>
#include <vector>

#include "memory/segment.hpp"

namespace chorus::memory {

struct Span {
    std::uint64_t start = 0;
    std::uint64_t size_bytes = 0;
};

// Reserves what is free of the span and returns what is not: ranges that something else has.
std::vector<Span> reserve(const Span &span);

// Calls `use` for each part of the span that none of `taken` covers; they do not overlap and are in order. Allocates
// nothing.
template <class Use>
void for_each_without(const Span &span, const std::vector<Span> &taken, Use use) {
    const std::uint64_t span_end = span.start + span.size_bytes;
    std::uint64_t reached = span.start;
    for (const Span &part : taken) {
        const std::uint64_t part_end = part.start + part.size_bytes;
        if (part_end <= reached || part.start >= span_end) continue;
        if (part.start > reached) use(Span{reached, part.start - reached});
        reached = part_end;
    }
    if (reached < span_end) use(Span{reached, span_end - reached});
}

// Maps part of a segment, replacing what is there. The span is whole pages. Returns a K_* status.
int map_segment(const Span &span, int descriptor, std::uint64_t offset, Access access, Execution execution);

// Takes the memory of a span that may be written, as the first touch of each page would. Where that is not possible (a
// Linux before 5.14) the first touch does.
void prefault(const Span &span);

// Ends the mappings that reach across an end of the span there, and changes nothing else: whatever replaces the span
// then needs no further mapping. False where the system allows no more mappings.
bool split_at_ends(const Span &span);
// Undoes that, where the span is not replaced after all.
void join_at_ends(const Span &span);

// Puts the reservation back, replacing what is there. Returns a K_* status.
int restore_reservation(const Span &span);

}  // namespace chorus::memory
