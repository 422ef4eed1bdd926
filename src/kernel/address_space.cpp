#include "kernel/address_space.hpp"

#include <algorithm>
#include <iterator>

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

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
        holes_.add(window);
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

bool AddressSpace::any_within(const Range &range) const {
    const Region *first = at_or_above(range.start);
    return first != nullptr && first->range.start < range.end();
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
    const Range hole = hole_at(range.start, regions_.upper_bound(range.start));
    return hole.size_bytes > 0 && hole.contains(range);
}

Range AddressSpace::hole_at(std::uint64_t address, Regions::const_iterator above) const {
    const auto window =
        std::find_if(windows_.begin(), windows_.end(), [&](const Range &w) { return w.contains(address); });
    if (window == windows_.end()) return {};
    std::uint64_t start = window->start, end = window->end();
    if (above != regions_.end()) end = std::min(end, above->first);
    if (above != regions_.begin()) start = std::max(start, std::prev(above)->second.range.end());
    const auto excluded = excluded_.upper_bound(address);
    if (excluded != excluded_.end()) end = std::min(end, excluded->first);
    if (excluded != excluded_.begin()) start = std::max(start, std::prev(excluded)->second);
    return start > address ? Range{} : Range{start, end - start};
}

template <class Each>
void AddressSpace::each_hole(const Range &range, Each each) const {
    for (const Range &window : windows_) {
        if (!window.overlaps(range)) continue;
        const Range part = window.intersection(range);
        auto region = regions_.upper_bound(part.start);
        if (region != regions_.begin()) --region;
        auto excluded = excluded_.upper_bound(part.start);
        if (excluded != excluded_.begin()) --excluded;
        for (std::uint64_t reached = part.start; reached < part.end();) {
            const std::uint64_t next_region = region == regions_.end() ? part.end() : region->first;
            const std::uint64_t next_excluded = excluded == excluded_.end() ? part.end() : excluded->first;
            const std::uint64_t next = std::min({next_region, next_excluded, part.end()});
            if (next > reached && !each(Range{reached, next - reached})) return;
            if (next == part.end()) break;
            const std::uint64_t end = next == next_region ? (region++)->second.range.end() : (excluded++)->second;
            reached = std::max(reached, end);
        }
    }
}

std::optional<std::uint64_t> AddressSpace::find_hole(std::uint64_t size_bytes, AddressWidth width) const {
    const std::optional<Range> hole = holes_.smallest(size_bytes, width);
    if (!hole) return std::nullopt;
    return hole->end() - size_bytes;
}

std::optional<std::uint64_t> AddressSpace::find_hole_within(std::uint64_t size_bytes, const Range &range) const {
    std::optional<std::uint64_t> found;
    each_hole(range, [&](const Range &hole) {
        if (hole.size_bytes >= size_bytes) found = hole.end() - size_bytes;
        return !found;
    });
    return found;
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
    const auto above = regions_.upper_bound(region.range.start);
    cut_hole(region.range, above);
    regions_.emplace_hint(above, region.range.start, region);
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
        if (region.backed()) mapped_bytes_ -= removed.back().range.size_bytes;
        if (region.range.start < range.start) {
            const Range below{region.range.start, range.start - region.range.start};
            regions_.emplace_hint(it, below.start, cut_to(region, below));
        }
        if (region.range.end() > range.end()) {
            const Range above{range.end(), region.range.end() - range.end()};
            it = regions_.emplace_hint(it, above.start, cut_to(region, above));
        }
        add_hole(removed.back().range, it);
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
    std::vector<Range> parts;
    each_hole(range, [&](const Range &hole) {
        parts.push_back(hole);
        return true;
    });
    for (const Range &part : parts) {
        cut_hole(part, regions_.upper_bound(part.start));
        // One with those that it touches.
        const auto above = excluded_.lower_bound(part.start);
        const bool joins = above != excluded_.begin() && std::prev(above)->second == part.start;
        const auto whole = joins ? std::prev(above) : excluded_.emplace_hint(above, part.start, 0);
        whole->second = part.end();
        if (above == excluded_.end() || above->first != part.end()) continue;
        whole->second = above->second;
        excluded_.erase(above);
    }
}

std::vector<Range> AddressSpace::excluded() const {
    std::vector<Range> excluded;
    for (const auto &[start, end] : excluded_)
        excluded.push_back({start, end - start});
    return excluded;
}

// `range` is free now, and one hole with the holes next to it.
void AddressSpace::add_hole(const Range &range, Regions::const_iterator above) {
    const Range hole = hole_at(range.start, above);
    holes_.remove({hole.start, range.start - hole.start});
    holes_.remove({range.end(), hole.end() - range.end()});
    holes_.add(hole);
}

// `range` is free no longer: what is left of the hole that it lies in.
void AddressSpace::cut_hole(const Range &range, Regions::const_iterator above) {
    const Range hole = hole_at(range.start, above);
    ensure(range.size_bytes > 0 && hole.contains(range), "a region is placed where nothing is");
    holes_.remove(hole);
    holes_.add({hole.start, range.start - hole.start});
    holes_.add({range.end(), hole.end() - range.end()});
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
    bool after_another = false;
    for (const auto &[start, end] : excluded_) {
        if (start >= end || any_within({start, end - start})) return "an excluded range is empty or has a region in it";
        if (after_another && start <= reached) return "two excluded ranges overlap or touch";
        after_another = true;
        reached = end;
    }
    std::size_t holes = 0;
    bool listed = true;
    for (const Range &window : windows_)
        each_hole(window, [&](const Range &hole) {
            ++holes;
            listed = listed && holes_.contains(hole);
            return true;
        });
    if (!listed || holes != holes_.count()) return "the list of holes is not right";
    return nullptr;
}

}  // namespace chorus::kernel
