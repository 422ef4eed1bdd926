#include "kernel/holes_by_size.hpp"

#include <absl/container/btree_set.h>

#include <utility>

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;

using Set = absl::btree_set<std::pair<std::uint64_t, std::uint64_t>>;  // size, start

std::optional<Range> smallest_of(const Set &set, std::uint64_t size_bytes) {
    const auto found = set.lower_bound({size_bytes, 0});
    if (found == set.end()) return std::nullopt;
    return Range{found->second, found->first};
}

}  // namespace

struct HolesBySize::Sets {
    Set low, high;
    Set &of(const Range &hole) { return hole.start < four_gib ? low : high; }
};

HolesBySize::HolesBySize() : sets_(std::make_unique<Sets>()) {}
HolesBySize::~HolesBySize() = default;
HolesBySize::HolesBySize(const HolesBySize &other) : sets_(std::make_unique<Sets>(*other.sets_)) {}
HolesBySize &HolesBySize::operator=(const HolesBySize &other) {
    return *this = HolesBySize(other);
}
HolesBySize::HolesBySize(HolesBySize &&other) noexcept = default;
HolesBySize &HolesBySize::operator=(HolesBySize &&other) noexcept = default;

void HolesBySize::add(const Range &hole) {
    if (hole.size_bytes > 0) sets_->of(hole).emplace(hole.size_bytes, hole.start);
}

void HolesBySize::remove(const Range &hole) {
    if (hole.size_bytes == 0) return;
    ensure(sets_->of(hole).erase({hole.size_bytes, hole.start}) == 1, "a hole that is filled was there");
}

std::optional<Range> HolesBySize::smallest(std::uint64_t size_bytes, AddressWidth width) const {
    const auto low = smallest_of(sets_->low, size_bytes);
    return low || width == AddressWidth::bits_32 ? low : smallest_of(sets_->high, size_bytes);
}

bool HolesBySize::contains(const Range &hole) const {
    return sets_->of(hole).contains(std::pair{hole.size_bytes, hole.start});
}

std::size_t HolesBySize::count() const {
    return sets_->low.size() + sets_->high.size();
}

}  // namespace chorus::kernel
