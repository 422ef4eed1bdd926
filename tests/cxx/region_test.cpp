// Regions in C++: owned ones, and those of any actor.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <chorus/memory.hpp>
#include <chorus/region.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace chorus::test {
namespace {

constexpr Address somewhere = 0x5000'0000;

// How many bytes of the user window are mapped by this process.
std::uint64_t held() {
    std::uint64_t size_bytes = 0;
    for (const RegionEntry &entry : regions(Actor::self()))
        size_bytes += entry.range.size_bytes;
    return size_bytes;
}

std::error_code refusal_of(std::uint64_t size_bytes, const RegionOptions &options) {
    std::error_code error;
    EXPECT_TRUE(Region::allocate(size_bytes, options, error).empty());
    return error;
}

// While there is one of these, the process gets no descriptor.
class NoDescriptors {
  public:
    NoDescriptors() {
        Region::allocate(1);  // what the first call opens is open
        getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST(CxxRegion, IsZeroWritableAndFreedWithItsObject) {
    {
        const Region region = Region::allocate(page_size() + 1);
        EXPECT_EQ(region.bytes().size(), 2 * page_size());
        EXPECT_TRUE(std::ranges::all_of(region.bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
        region.bytes().back() = std::byte{1};
        region.as<int>()[0] = 1234;
        EXPECT_EQ(region.as<const int>()[0], 1234);
        EXPECT_EQ(region.as<double>().size(), 2 * page_size() / sizeof(double));
        EXPECT_LT(region.range().start, 0x8000'0000u) << "low where there is room";
        EXPECT_EQ(held(), 2 * page_size());
    }
    EXPECT_EQ(held(), 0u);
}

TEST(CxxRegion, ManyTogetherAreAsOneAfterTheOther) {
    {
        const std::vector<Region> many = Region::allocate_each(100, page_size() + 1);
        ASSERT_EQ(many.size(), 100U);
        EXPECT_EQ(held(), 200 * page_size());
        int number = 0;
        for (const Region &region : many) {
            EXPECT_EQ(region.as<int>()[0], 0);
            region.as<int>()[0] = ++number;
        }
        number = 0;
        for (const Region &region : many)
            EXPECT_EQ(region.as<int>()[0], ++number);
        EXPECT_EQ(regions(Actor::self()).size(), 100U);
    }
    EXPECT_EQ(held(), 0u);
    {
        const std::vector<Region> without_memory =
            Region::allocate_each(20, page_size(), {.backing = Backing::reserved});
        EXPECT_EQ(without_memory.size(), 20U);
        EXPECT_EQ(regions(Actor::self()).size(), 20U);
    }
    EXPECT_TRUE(regions(Actor::self()).empty());
    EXPECT_TRUE(Region::allocate_each(0, 1).empty());
}

TEST(CxxRegion, SmallOnesTogetherHaveTheirMemoryAtOnce) {
    const auto touched = [](const Region &region) {
        unsigned char first = 0;
        EXPECT_EQ(mincore(region.bytes().data(), page_size(), &first), 0);
        return (first & 1) != 0;
    };
    for (const Region &small : Region::allocate_each(20, 4 * page_size()))
        EXPECT_TRUE(touched(small));
    for (const Region &big : Region::allocate_each(2, 5 * page_size()))
        EXPECT_FALSE(touched(big));
    EXPECT_FALSE(touched(Region::allocate(page_size())));
}

TEST(CxxRegion, ManyTogetherAreAllOrNone) {
    const auto refusal = [](std::size_t count, const RegionOptions &options) {
        std::error_code error;
        EXPECT_TRUE(Region::allocate_each(count, page_size(), options, error).empty());
        return error;
    };
    EXPECT_EQ(refusal(100, {.place = Place::at(somewhere)}), Status::overlap) << "all but the first";
    EXPECT_EQ(held(), 0u);
    EXPECT_EQ(refusal(3, {.place = Place::at(somewhere + 1)}), Status::round);
    EXPECT_THROW(Region::allocate_each(2, 0), std::system_error);
    EXPECT_EQ(held(), 0u);
    const Region after = Region::allocate(1);
    after.as<int>()[0] = 1;
}

TEST(CxxRegion, ManyTogetherAreNoneWhereThisProcessCannotMapThem) {
    std::error_code error;
    {
        const NoDescriptors none;
        EXPECT_TRUE(Region::allocate_each(20, page_size(), {}, error).empty());
    }
    EXPECT_EQ(error, Status::no_memory);
    EXPECT_EQ(held(), 0u);
    EXPECT_EQ(Region::allocate_each(20, page_size()).size(), 20U);
}

TEST(CxxRegion, MovesAndIsReleased) {
    Region one = Region::allocate(1);
    const Range range = one.range();
    Region two = std::move(one);
    EXPECT_TRUE(one.empty());  // NOLINT: what is left of it
    EXPECT_EQ(two.range(), range);
    two = Region::allocate(1);
    EXPECT_NE(two.range(), range);
    EXPECT_EQ(held(), page_size()) << "the old one was freed";
    Region &same = two;
    two = std::move(same);
    EXPECT_EQ(held(), page_size()) << "moved to itself, it stays";
    const Range released = two.release();
    EXPECT_TRUE(two.empty());
    EXPECT_EQ(held(), page_size());
    Region(released).free();
    EXPECT_EQ(held(), 0u);
    two.free();  // an empty one: nothing to do
    EXPECT_TRUE(two.bytes().empty());
}

TEST(CxxRegion, LiesWhereItIsToldAndKeepsWhatItIsMadeWith) {
    int word = 0;
    const Region region = Region::allocate(1, {.place = Place::at(somewhere),
                                               .protection = Protection::read,
                                               .inheritance = Inheritance::copy,
                                               .opaque = {&word, 7}});
    ASSERT_EQ(region.range(), (Range{somewhere, page_size()}));
    const std::vector<RegionEntry> entries = regions(Actor::self());
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].range, region.range());
    EXPECT_EQ(entries[0].protection(), Protection::read);
    EXPECT_EQ(entries[0].inheritance(), Inheritance::copy);
    EXPECT_EQ(entries[0].opaque, (Opaque{&word, 7}));
    EXPECT_EQ(region.bytes()[0], std::byte{0});
}

TEST(CxxRegion, Refusals) {
    const Region taken = Region::allocate(1, {.place = Place::at(somewhere)});
    EXPECT_EQ(refusal_of(0, {}), Status::size);
    EXPECT_EQ(refusal_of(1, {.place = Place::at(somewhere + 1)}), Status::round);
    EXPECT_EQ(refusal_of(1, {.place = Place::at(0x1000)}), Status::address);
    EXPECT_EQ(refusal_of(1, {.place = Place::at(somewhere)}), Status::overlap);
    EXPECT_EQ(refusal_of(std::uint64_t{1} << 60, {}), Status::space);
    EXPECT_EQ(refusal_of(1, {.space = Space::supervisor}), Status::privilege);
    EXPECT_THROW(Region::allocate(1, {.place = Place::at(somewhere)}), std::system_error);

    std::error_code error;
    const Capability nobody = KnCap{{1, 2}, {3, 4}};
    EXPECT_TRUE(Region::map_from(nobody, taken.range(), {}, error).empty());
    EXPECT_EQ(error, Status::unknown);
    KnCap forged = Actor::self().capability().c_cap();
    ++forged.key.keyTail;
    EXPECT_TRUE(Region::map_from(Capability(forged), taken.range(), {}, error).empty());
    EXPECT_EQ(error, Status::invalid);
    EXPECT_TRUE(Region::map_from(Actor::self(), {somewhere, 2 * page_size()}, {}, error).empty());
    EXPECT_EQ(error, Status::address) << "a hole";
    EXPECT_TRUE(Region::map_from(Actor::supervisor_space(), taken.range(), {}, error).empty());
    EXPECT_EQ(error, Status::privilege);
    EXPECT_TRUE(regions(Actor::self(), {0x1000, 1}, error).empty());
    EXPECT_EQ(error, Status::address);
    EXPECT_EQ(held(), page_size()) << "nothing has changed";
}

TEST(CxxRegion, TheSameMemoryAtTwoAddresses) {
    const Region one = Region::allocate(3 * page_size());
    const Region two = Region::map_from(Actor::self(), {one.range().start + page_size(), page_size()});
    ASSERT_NE(one.bytes().data() + page_size(), two.bytes().data());
    two.bytes()[5] = std::byte{42};
    EXPECT_EQ(one.bytes()[page_size() + 5], std::byte{42});
}

TEST(CxxRegion, OfAnyActorByFunctions) {
    const Range range = allocate(Actor::self().capability(), 3 * page_size());
    free(Actor::self(), {range.start + page_size(), page_size()});
    EXPECT_EQ(regions(Actor::self()).size(), 2u) << "split";
    const std::vector<RegionEntry> part = regions(Actor::self(), {range.start, 1});
    ASSERT_EQ(part.size(), 1u);
    EXPECT_EQ(part[0].range.start, range.start);
    free_all(Actor::self());
    EXPECT_EQ(held(), 0u);
}

TEST(CxxRegion, ManyAreListedHoweverManyThereAre) {
    std::vector<Region> many;
    for (int i = 0; i < 100; ++i)
        many.push_back(
            Region::allocate(1, {.place = Place::at(somewhere + static_cast<Address>(i) * 2 * page_size())}));
    EXPECT_EQ(regions(Actor::self()).size(), 100u);
}

TEST(CxxRegion, LiesHighWhereItDoesNotFitBelow) {
    constexpr std::uint64_t size_bytes = std::uint64_t{8} << 30;
    std::error_code error;
    const Region region = Region::allocate(size_bytes, {}, error);
    if (error == Status::space) GTEST_SKIP() << "there is no high window under the thread sanitizer";
    if (error == Status::no_memory) GTEST_SKIP() << "shared memory is smaller than 8 GiB";
    ASSERT_FALSE(error) << error.message();
    EXPECT_GE(region.range().start, high_window.start);
    EXPECT_LE(region.range().end(), high_window.end());
    EXPECT_EQ(region.bytes().size(), size_bytes);
    region.bytes().back() = std::byte{42};
    const Region last = Region::map_from(Actor::self(), {region.range().end() - page_size(), page_size()});
    EXPECT_EQ(last.bytes().back(), std::byte{42});
    EXPECT_LT(last.range().start, user_window.end());
    EXPECT_EQ(regions(Actor::self(), high_window).size(), 1u);
}

TEST(CxxRegion, LiesHighWhereItIsTold) {
    std::error_code error;
    const Region region = Region::allocate(1, {.place = Place::at(high_window.start)}, error);
    if (error == Status::address) GTEST_SKIP() << "there is no high window under the thread sanitizer";
    ASSERT_FALSE(error) << error.message();
    region.as<int>()[0] = 1;
    EXPECT_EQ(region.range().start, high_window.start);
}

TEST(CxxMemory, PagesHaveASize) {
    EXPECT_EQ(page_size(), static_cast<std::uint64_t>(vmPageSize()));
}

}  // namespace
}  // namespace chorus::test
