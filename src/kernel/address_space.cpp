#include "kernel/address_space.hpp"

#include <algorithm>
#include <iterator>

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;

Region cut_to(const Region &region, const Range &range) {
    const std::uint64_t start = std::max(region.range.start, range.start);
    const std::uint64_t end = std::min(region.range.end(), range.end());
    Region part = region;
    part.range = {start, end - start};
    if (part.backed()) part.offset = region.offset + (start - region.range.start);
    return part;
}

// `next` is what `region` would be if it were longer.
bool continues(const Region &region, const Region &next) {
    Region grown = region;
    grown.range = next.range;
    if (grown.backed()) grown.offset += region.range.size_bytes;
    return region.range.end() == next.range.start && grown == next;
}

}  // namespace

AddressSpace::AddressSpace(const std::vector<Range> &windows) : windows_(windows) {
    for (const Range &window : windows_)
        add_hole(window);
}

const Region *AddressSpace::find(std::uint64_t address) const {
    auto after = regions_.upper_bound(address);
    if (after == regions_.begin()) return nullptr;
    const Region &candidate = std::prev(after)->second;
    return candidate.range.contains(address) ? &candidate : nullptr;
}

std::vector<Region> AddressSpace::within(const Range &range) const {
    std::vector<Region> parts;
    auto it = regions_.upper_bound(range.start);
    if (it != regions_.begin() && std::prev(it)->second.range.end() > range.start) --it;
    for (; it != regions_.end() && it->first < range.end(); ++it)
        parts.push_back(cut_to(it->second, range));
    return parts;
}

std::optional<std::vector<Region>> AddressSpace::within_without_hole(const Range &range) const {
    std::vector<Region> parts = within(range);
    std::uint64_t reached = range.start;
    for (const Region &part : parts) {
        if (part.range.start != reached || !part.backed()) return std::nullopt;
        reached = part.range.end();
    }
    if (reached != range.end()) return std::nullopt;
    return parts;
}

std::vector<Region> AddressSpace::around(const Range &range) const {
    std::vector<Region> whole;
    auto it = regions_.lower_bound(range.start);
    if (it != regions_.begin() && std::prev(it)->second.range.end() >= range.start) --it;
    for (; it != regions_.end() && it->first <= range.end(); ++it)
        whole.push_back(it->second);
    return whole;
}

const Region *AddressSpace::at_or_above(std::uint64_t address) const {
    auto it = regions_.upper_bound(address);
    if (it != regions_.begin() && std::prev(it)->second.range.contains(address)) --it;
    return it == regions_.end() ? nullptr : &it->second;
}

bool AddressSpace::in_window(const Range &range) const {
    if (range.wraps()) return false;
    return std::any_of(windows_.begin(), windows_.end(), [&](const Range &w) { return w.contains(range); });
}

bool AddressSpace::vacant(const Range &range) const {
    auto after = holes_.upper_bound(range.start);
    return after != holes_.begin() && std::prev(after)->second >= range.end();
}

std::optional<std::uint64_t> AddressSpace::find_hole(std::uint64_t size_bytes, AddressWidth width) const {
    const auto fit = [&](const HolesBySize &holes) -> std::optional<std::uint64_t> {
        const auto smallest = holes.lower_bound({size_bytes, 0});
        if (smallest == holes.end()) return std::nullopt;
        return smallest->second + smallest->first - size_bytes;
    };
    if (const auto low = fit(low_holes_)) return low;
    return width == AddressWidth::bits_64 ? fit(high_holes_) : std::nullopt;
}

std::optional<std::uint64_t> AddressSpace::find_hole_within(std::uint64_t size_bytes, const Range &range) const {
    auto it = holes_.upper_bound(range.start);
    if (it != holes_.begin()) --it;
    for (; it != holes_.end() && it->first < range.end(); ++it) {
        const std::uint64_t start = std::max(it->first, range.start);
        const std::uint64_t end = std::min(it->second, range.end());
        if (start < end && end - start >= size_bytes) return end - size_bytes;
    }
    return std::nullopt;
}

std::size_t AddressSpace::splits_at_ends(const Range &range) const {
    const auto splits = [&](std::uint64_t address) {
        const Region *region = find(address);
        return region != nullptr && region->range.start < address;
    };
    return (splits(range.start) ? 1 : 0) + (splits(range.end()) ? 1 : 0);
}

bool AddressSpace::removal_splits(const Range &range) const {
    const Region *region = find(range.start);
    return region != nullptr && region->range.start < range.start && region->range.end() > range.end();
}

void AddressSpace::place(const Region &region) {
    ensure(region.range.size_bytes > 0 && vacant(region.range), "a region is placed where nothing is");
    cut_hole(region.range);
    regions_.emplace(region.range.start, region);
    if (region.backed()) mapped_bytes_ += region.range.size_bytes;
}

std::vector<Region> AddressSpace::remove(const Range &range) {
    std::vector<Region> removed;
    auto it = regions_.upper_bound(range.start);
    if (it != regions_.begin() && std::prev(it)->second.range.end() > range.start) --it;
    while (it != regions_.end() && it->first < range.end()) {
        const Region region = it->second;
        it = regions_.erase(it);
        removed.push_back(cut_to(region, range));
        add_hole(removed.back().range);
        if (region.backed()) mapped_bytes_ -= removed.back().range.size_bytes;
        if (region.range.start < range.start) {
            const Range below{region.range.start, range.start - region.range.start};
            regions_.emplace_hint(it, below.start, cut_to(region, below));
        }
        if (region.range.end() > range.end()) {
            const Range above{range.end(), region.range.end() - range.end()};
            it = regions_.emplace_hint(it, above.start, cut_to(region, above));
        }
    }
    return removed;
}

void AddressSpace::merge(const Range &range) {
    auto it = regions_.lower_bound(range.start);
    if (it != regions_.begin()) --it;
    while (it != regions_.end() && it->first <= range.end()) {
        const auto next = std::next(it);
        if (next == regions_.end() || next->first > range.end()) return;
        if (continues(it->second, next->second)) {
            it->second.range.size_bytes += next->second.range.size_bytes;
            regions_.erase(next);
        } else {
            it = next;
        }
    }
}

void AddressSpace::exclude(const Range &range) {
    std::vector<Range> cut;
    for (const auto &[start, end] : holes_) {
        const std::uint64_t from = std::max(start, range.start);
        const std::uint64_t to = std::min(end, range.end());
        if (from < to) cut.push_back({from, to - from});
    }
    for (const Range &part : cut)
        cut_hole(part);
}

std::vector<Range> AddressSpace::excluded() const {
    std::map<std::uint64_t, std::uint64_t> known = holes_;
    for (const auto &[start, region] : regions_)
        known.emplace(start, region.range.end());
    std::vector<Range> excluded;
    for (const Range &window : windows_) {
        std::uint64_t reached = window.start;
        const auto skip_to = [&](std::uint64_t start) {
            if (start > reached) excluded.push_back({reached, start - reached});
        };
        for (auto it = known.lower_bound(window.start); it != known.end() && it->first < window.end(); ++it) {
            skip_to(it->first);
            reached = it->second;
        }
        skip_to(window.end());
    }
    return excluded;
}

AddressSpace::HolesBySize &AddressSpace::by_size(std::uint64_t start) {
    return start < four_gib ? low_holes_ : high_holes_;
}

void AddressSpace::add_hole(Range hole) {
    // Join with the neighbours, but not across the border of two windows that touch.
    auto after = holes_.lower_bound(hole.start);
    const auto joinable = [&](const Range &whole) { return in_window(whole); };
    if (after != holes_.end() && after->first == hole.end() && joinable({hole.start, after->second - hole.start})) {
        by_size(after->first).erase({after->second - after->first, after->first});
        hole.size_bytes = after->second - hole.start;
        after = holes_.erase(after);
    }
    if (after != holes_.begin()) {
        auto before = std::prev(after);
        if (before->second == hole.start && joinable({before->first, hole.end() - before->first})) {
            by_size(before->first).erase({before->second - before->first, before->first});
            hole = {before->first, hole.end() - before->first};
            holes_.erase(before);
        }
    }
    holes_.emplace(hole.start, hole.end());
    by_size(hole.start).emplace(hole.size_bytes, hole.start);
}

void AddressSpace::cut_hole(const Range &range) {
    auto it = std::prev(holes_.upper_bound(range.start));
    const auto [start, end] = *it;
    holes_.erase(it);
    by_size(start).erase({end - start, start});
    if (start < range.start) add_hole({start, range.start - start});
    if (range.end() < end) add_hole({range.end(), end - range.end()});
}

const char *AddressSpace::violation(std::uint64_t page_size_bytes) const {
    std::uint64_t reached = 0;
    for (const auto &[start, region] : regions_) {
        if (start != region.range.start) return "a region stands under another address";
        if (region.range.size_bytes == 0) return "a region is empty";
        if ((start | region.range.size_bytes | region.offset) % page_size_bytes != 0)
            return "a region is not page aligned";
        if (start < reached) return "two regions overlap";
        if (!in_window(region.range)) return "a region lies outside the windows";
        if ((region.options & ~option::kept) != 0) return "a region has an option that none keeps";
        if (region.backed() == ((region.options & option::reserved) != 0))
            return "a region has memory and is reserved, or neither";
        reached = region.range.end();
    }
    if (holes_.size() != low_holes_.size() + high_holes_.size()) return "the two lists of holes differ";
    reached = 0;
    for (const auto &[start, end] : holes_) {
        if (start >= end || start < reached) return "two holes overlap";
        if (!within({start, end - start}).empty()) return "a hole overlaps a region";
        const HolesBySize &listed = start < four_gib ? low_holes_ : high_holes_;
        if (!listed.contains({end - start, start})) return "the two lists of holes differ";
        reached = end;
    }
    return nullptr;
}

}  // namespace chorus::kernel
