#include "kernel/holes_by_size.hpp"

#include <absl/container/btree_set.h>
#include <absl/numeric/int128.h>

#include <utility>

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;

// No window lies on both sides of 4 GiB.
bool is_low(const Range &hole) {
    return hole.end() <= four_gib;
}

}  // namespace

namespace holes {

// A hole as a number that orders holes by size, and those of one size by start. Below 4 GiB both have room in a word.
template <class Number>
constexpr int half = sizeof(Number) * 4;
template <class Number>
Number number_of(std::uint64_t size_bytes, std::uint64_t start) {
    return (Number{size_bytes} << half<Number>) | start;
}

template <class Number>
class Set {
  public:
    void add(const Range &hole) { numbers_.insert(number_of<Number>(hole.size_bytes, hole.start)); }
    bool remove(const Range &hole) { return numbers_.erase(number_of<Number>(hole.size_bytes, hole.start)) == 1; }
    bool contains(const Range &hole) const { return numbers_.contains(number_of<Number>(hole.size_bytes, hole.start)); }
    std::size_t size() const { return numbers_.size(); }
    std::optional<Range> smallest(std::uint64_t size_bytes) const {
        const auto found = numbers_.lower_bound(number_of<Number>(size_bytes, 0));
        if (found == numbers_.end()) return std::nullopt;
        const Number starts = (Number{1} << half<Number>)-1;
        return Range{static_cast<std::uint64_t>(*found & starts), static_cast<std::uint64_t>(*found >> half<Number>)};
    }

  private:
    absl::btree_set<Number> numbers_;
};

}  // namespace holes

struct HolesBySize::Sets {
    holes::Set<std::uint64_t> low;
    holes::Set<absl::uint128> high;
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
    if (hole.size_bytes == 0) return;
    if (is_low(hole))
        sets_->low.add(hole);
    else
        sets_->high.add(hole);
}

void HolesBySize::remove(const Range &hole) {
    if (hole.size_bytes == 0) return;
    ensure(is_low(hole) ? sets_->low.remove(hole) : sets_->high.remove(hole), "a hole that is filled was there");
}

std::optional<Range> HolesBySize::smallest(std::uint64_t size_bytes, AddressWidth width) const {
    const auto low = size_bytes < four_gib ? sets_->low.smallest(size_bytes) : std::nullopt;
    return low || width == AddressWidth::bits_32 ? low : sets_->high.smallest(size_bytes);
}

bool HolesBySize::contains(const Range &hole) const {
    return is_low(hole) ? sets_->low.contains(hole) : sets_->high.contains(hole);
}

std::size_t HolesBySize::count() const {
    return sets_->low.size() + sets_->high.size();
}

}  // namespace chorus::kernel
