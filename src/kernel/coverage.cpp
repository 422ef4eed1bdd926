#include "kernel/coverage.hpp"

#include <algorithm>
#include <iterator>

#include "kernel/ensure.hpp"

namespace chorus::kernel {

// The first part at or above `offset`, after no part reaches across it any more.
Coverage::Parts::iterator Coverage::split_at(std::uint64_t offset) {
    const auto above = parts_.lower_bound(offset);
    if (above == parts_.begin()) return above;
    const auto below = std::prev(above);
    if (below->second.end <= offset) return above;
    const Part upper = below->second;
    below->second.end = offset;
    return parts_.emplace_hint(above, offset, upper);
}

void Coverage::join_around(const Range &range) {
    auto it = parts_.lower_bound(range.start);
    if (it != parts_.begin()) --it;
    while (it != parts_.end() && it->first <= range.end()) {
        const auto next = std::next(it);
        if (next != parts_.end() && it->second.end == next->first && it->second.count == next->second.count) {
            it->second.end = next->second.end;
            parts_.erase(next);
        } else {
            it = next;
        }
    }
}

// The only part, if it is exactly `range`: most segments are only ever mapped as a whole.
Coverage::Part *Coverage::alone(const Range &range) {
    if (parts_.size() != 1) return nullptr;
    auto &[start, part] = *parts_.begin();
    return start == range.start && part.end == range.end() ? &part : nullptr;
}

void Coverage::add(const Range &range) {
    if (Part *part = alone(range)) {
        ++part->count;
        return;
    }
    auto it = split_at(range.start);
    split_at(range.end());
    it = parts_.lower_bound(range.start);
    for (std::uint64_t reached = range.start; reached < range.end();) {
        if (it != parts_.end() && it->first == reached) {
            ++it->second.count;
        } else {
            const std::uint64_t end = it == parts_.end() ? range.end() : std::min(it->first, range.end());
            it = parts_.emplace_hint(it, reached, Part{end, 1});
        }
        reached = it->second.end;
        ++it;
    }
    join_around(range);
}

std::vector<Range> Coverage::remove(const Range &range) {
    std::vector<Range> uncovered;
    if (Part *part = alone(range)) {
        if (--part->count == 0) {
            parts_.clear();
            uncovered.push_back(range);
        }
        return uncovered;
    }
    split_at(range.start);
    split_at(range.end());
    auto it = parts_.lower_bound(range.start);
    for (std::uint64_t reached = range.start; reached < range.end();) {
        ensure(it != parts_.end() && it->first == reached, "what is removed from a segment was mapped");
        reached = it->second.end;
        if (--it->second.count > 0) {
            ++it;
            continue;
        }
        const Range part{it->first, it->second.end - it->first};
        if (!uncovered.empty() && uncovered.back().end() == part.start)
            uncovered.back().size_bytes += part.size_bytes;
        else
            uncovered.push_back(part);
        it = parts_.erase(it);
    }
    join_around(range);
    return uncovered;
}

std::uint64_t Coverage::covered_bytes() const {
    std::uint64_t sum = 0;
    for (const auto &[start, part] : parts_)
        sum += part.end - start;
    return sum;
}

bool Coverage::covers(const Range &range) const {
    std::uint64_t reached = range.start;
    auto it = parts_.upper_bound(range.start);
    if (it != parts_.begin()) --it;
    for (; it != parts_.end() && it->first <= reached && reached < range.end(); ++it)
        reached = std::max(reached, it->second.end);
    return reached >= range.end();
}

}  // namespace chorus::kernel
