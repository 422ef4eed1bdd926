#include "kernel/address_space.hpp"

#include <gtest/gtest.h>

#include "support/page.hpp"

namespace chorus::kernel {
namespace {

using test::page;

constexpr Range low{0x10000, 16 * page};
constexpr Range high{std::uint64_t{1} << 40, 64 * page};

Region region(std::uint64_t start, std::uint64_t pages, std::uint64_t segment, std::uint64_t offset_pages = 0) {
    return {.range = {start, pages * page}, .segment = static_cast<SegmentId>(segment), .offset = offset_pages * page};
}

TEST(AddressSpace, FindHolePlacesAtTheUpperEndSoThatThereIsRoomBelow) {
    const AddressSpace space({low, high});
    EXPECT_EQ(space.find_hole(6 * page, AddressWidth::bits_32), low.end() - 6 * page);
}

TEST(AddressSpace, FindHoleTakesTheSmallestThatFits) {
    AddressSpace space({low});
    space.place(region(low.start + 4 * page, 1, 1));  // holes of 4 and 11 pages
    EXPECT_EQ(space.find_hole(3 * page, AddressWidth::bits_32), low.start + 1 * page);
    EXPECT_EQ(space.find_hole(5 * page, AddressWidth::bits_32), low.end() - 5 * page);
}

TEST(AddressSpace, OnlyWideCallersAreServedAboveFourGiB) {
    const AddressSpace space({low, high});
    EXPECT_EQ(space.find_hole(17 * page, AddressWidth::bits_32), std::nullopt);
    EXPECT_EQ(space.find_hole(17 * page, AddressWidth::bits_64), high.end() - 17 * page);
    EXPECT_EQ(space.find_hole(65 * page, AddressWidth::bits_64), std::nullopt);
    EXPECT_EQ(space.find_hole(2 * page, AddressWidth::bits_64), low.end() - 2 * page);
}

TEST(AddressSpace, RemoveInTheMiddleSplitsAndKeepsOffsets) {
    AddressSpace space({low});
    space.place(region(low.start, 5, 7, 10));
    EXPECT_TRUE(space.removal_splits({low.start + page, page}));
    const std::vector<Region> removed = space.remove({low.start + page, 2 * page});
    ASSERT_EQ(removed.size(), 1u);
    EXPECT_EQ(removed[0], region(low.start + page, 2, 7, 11));
    ASSERT_EQ(space.region_count(), 2u);
    EXPECT_EQ(*space.find(low.start), region(low.start, 1, 7, 10));
    EXPECT_EQ(*space.find(low.start + 3 * page), region(low.start + 3 * page, 2, 7, 13));
    EXPECT_EQ(space.violation(page), nullptr);
    EXPECT_TRUE(space.vacant({low.start + page, 2 * page}));
    EXPECT_FALSE(space.vacant({low.start, 2 * page}));
}

TEST(AddressSpace, MergeJoinsWhatFollowsItselfAndDiffersInNothing) {
    AddressSpace space({low});
    space.place(region(low.start, 1, 7, 10));
    space.place(region(low.start + page, 1, 7, 11));
    space.place(region(low.start + 2 * page, 1, 7, 13));
    Region writable = region(low.start + 3 * page, 1, 7, 14);
    writable.options = option::writable;
    space.place(writable);
    space.merge({low.start + page, page});
    EXPECT_EQ(space.region_count(), 3u) << "a gap in the segment, and another option, keep regions apart";
    EXPECT_EQ(space.find(low.start)->range.size_bytes, 2 * page);
    EXPECT_EQ(space.violation(page), nullptr);
}

TEST(AddressSpace, FindHoleWithinTakesTheLowestHoleOfTheRange) {
    AddressSpace space({low});
    space.place(region(low.start + 2 * page, 1, 7));
    EXPECT_EQ(space.find_hole_within(page, {low.start, 16 * page}), low.start + page);
    EXPECT_EQ(space.find_hole_within(3 * page, {low.start, 8 * page}), low.start + 5 * page);
    EXPECT_EQ(space.find_hole_within(3 * page, {low.start, 5 * page}), std::nullopt);
}

TEST(AddressSpace, WithinCutsRegionsOffAtTheRange) {
    AddressSpace space({low});
    space.place(region(low.start, 3, 1));
    space.place(region(low.start + 3 * page, 3, 2));
    const auto parts = space.within_without_hole({low.start + 2 * page, 2 * page});
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->size(), 2u);
    EXPECT_EQ((*parts)[0], region(low.start + 2 * page, 1, 1, 2));
    EXPECT_EQ((*parts)[1], region(low.start + 3 * page, 1, 2));
    EXPECT_FALSE(space.within_without_hole({low.start + 5 * page, 2 * page}));
    EXPECT_FALSE(space.within_without_hole({low.start + 6 * page, page}));
}

TEST(AddressSpace, ExcludedAddressesAreNeverVacantAgain) {
    AddressSpace space({low});
    space.exclude({low.start + 14 * page, 100 * page});
    EXPECT_FALSE(space.vacant({low.start + 14 * page, page}));
    EXPECT_EQ(space.find_hole(page, AddressWidth::bits_32), low.start + 13 * page);
    space.remove(low);
    EXPECT_FALSE(space.vacant({low.start + 14 * page, page}));
    EXPECT_EQ(space.violation(page), nullptr);
}

TEST(AddressSpace, WhatIsExcludedAroundARegionBoundsTheHoleThatItLeaves) {
    AddressSpace space({low});
    space.place(region(low.start + 5 * page, 2, 1));
    space.exclude({low.start + 4 * page, 4 * page});
    space.exclude({low.start + 3 * page, 2 * page});
    const std::vector<Range> around = {{low.start + 3 * page, 2 * page}, {low.start + 7 * page, page}};
    EXPECT_EQ(space.excluded(), around);
    EXPECT_EQ(space.violation(page), nullptr);
    space.remove(low);
    EXPECT_EQ(space.excluded(), around);
    EXPECT_EQ(space.violation(page), nullptr);
    EXPECT_EQ(space.find_hole(3 * page, AddressWidth::bits_32), low.start);
    EXPECT_EQ(space.find_hole(2 * page, AddressWidth::bits_32), low.start + 5 * page);
    EXPECT_EQ(space.find_hole_within(2 * page, {low.start + 2 * page, 14 * page}), low.start + 5 * page);
    EXPECT_EQ(space.find_hole_within(4 * page, {low.start + 2 * page, 8 * page}), std::nullopt);
}

TEST(AddressSpace, HolesDoNotJoinAcrossWindowsThatTouch) {
    const Range next{low.end(), 4 * page};
    AddressSpace space({low, next});
    space.place(region(low.end() - page, 1, 1));
    space.place(region(next.start, 1, 2));
    space.remove({low.end() - page, page});
    space.remove({next.start, page});
    EXPECT_FALSE(space.vacant({low.end() - page, 2 * page}));
    EXPECT_FALSE(space.in_window({low.end() - page, 2 * page}));
    EXPECT_EQ(space.violation(page), nullptr);
}

TEST(AddressSpace, RangesThatWrapAreInNoWindow) {
    const AddressSpace space({low, high});
    EXPECT_FALSE(space.in_window({low.start, ~std::uint64_t{0} - page}));
    EXPECT_FALSE(space.in_window({~std::uint64_t{0} - page + 1, 2 * page}));
    EXPECT_TRUE(space.in_window(low));
    EXPECT_FALSE(space.in_window({low.start, low.size_bytes + page}));
}

}  // namespace
}  // namespace chorus::kernel
