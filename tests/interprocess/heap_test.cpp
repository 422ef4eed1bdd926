// The allocation algorithm: what Boost.Interprocess asks of one, in memory of this process.
#include <gtest/gtest.h>

#include <algorithm>
#include <chorus/interprocess/crash_safe_fit.hpp>
#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace chorus::interprocess {
namespace {

namespace bip = boost::interprocess;

class Heap : public testing::Test {
  protected:
    static constexpr std::size_t size = 1 << 16;

    // As much as `bytes` says in small blocks, all that there is.
    std::vector<void *> fill(std::size_t bytes) {
        std::vector<void *> blocks;
        while (void *block = heap.allocate(bytes))
            blocks.push_back(block);
        return blocks;
    }
    void expect_all_free() {
        EXPECT_TRUE(heap.all_memory_deallocated());
        EXPECT_TRUE(heap.check_sanity());
        EXPECT_EQ(heap.get_free_memory(), free_at_first);
    }

    alignas(64) char memory[2 * size];
    crash_safe_fit<> &heap = *new (memory) crash_safe_fit<>(size, 0);
    const std::size_t free_at_first = heap.get_free_memory();
};

TEST_F(Heap, GivesAlignedBlocksThatDoNotOverlap) {
    std::map<char *, std::size_t> blocks;
    std::mt19937 random(1);
    for (;;) {
        const std::size_t bytes = random() % 300;
        auto *block = static_cast<char *>(heap.allocate(bytes));
        if (block == nullptr) break;
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
        EXPECT_GE(heap.size(block), bytes);
        std::memset(block, 0xff, heap.size(block));
        blocks[block] = heap.size(block);
    }
    EXPECT_TRUE(heap.check_sanity());
    for (auto at = blocks.begin(), next = std::next(at); next != blocks.end(); ++at, ++next)
        EXPECT_LE(at->first + at->second, next->first);
    for (const auto &[block, bytes] : blocks)
        heap.deallocate(block);
    expect_all_free();
}

TEST_F(Heap, UsesAllOfItsMemory) {
    void *all = heap.allocate(free_at_first - heap.PayloadPerAllocation);
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(heap.get_free_memory(), 0u);
    EXPECT_EQ(heap.allocate(1), nullptr);
    heap.deallocate(all);
    EXPECT_EQ(heap.allocate(free_at_first), nullptr);
    EXPECT_EQ(heap.allocate(SIZE_MAX), nullptr);
    expect_all_free();
}

// In the order of allocation, in the reverse order, and in any.
TEST_F(Heap, MergesWhatIsFreeAgain) {
    for (const int order : {0, 1, 2}) {
        std::vector<void *> blocks = fill(50);
        EXPECT_GT(blocks.size(), 700u);
        if (order == 1) std::reverse(blocks.begin(), blocks.end());
        if (order == 2) std::shuffle(blocks.begin(), blocks.end(), std::mt19937(7));
        for (void *block : blocks) {
            heap.deallocate(block);
            ASSERT_TRUE(heap.check_sanity());
        }
        expect_all_free();
    }
}

TEST_F(Heap, AlignsAsToldIfThatIsAPowerOfTwo) {
    std::vector<void *> blocks;
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        for (const std::size_t bytes : {1, 40, 1000}) {
            void *block = heap.allocate_aligned(bytes, alignment);
            ASSERT_NE(block, nullptr);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignment, 0u);
            EXPECT_GE(heap.size(block), bytes);
            EXPECT_TRUE(heap.check_sanity());
            blocks.push_back(block);
        }
    }
    EXPECT_EQ(heap.allocate_aligned(10, 24), nullptr);
    EXPECT_EQ(heap.allocate_aligned(10, 0), nullptr);
    EXPECT_EQ(heap.allocate_aligned(10, std::size_t{1} << 40), nullptr);
    for (void *block : blocks)
        heap.deallocate(block);
    expect_all_free();
}

TEST_F(Heap, NullIsDeallocatedInVain) {
    heap.deallocate(nullptr);
    expect_all_free();
}

TEST_F(Heap, AllocatesManyOrNone) {
    crash_safe_fit<>::multiallocation_chain chain;
    heap.allocate_many(24, 100, chain);
    EXPECT_EQ(chain.size(), 100u);
    const std::size_t lengths[] = {1, 20, 300};
    heap.allocate_many(lengths, 3, 8, chain);
    EXPECT_EQ(chain.size(), 103u);
    const std::size_t free = heap.get_free_memory();
    heap.allocate_many(1000, 1000, chain);
    EXPECT_EQ(chain.size(), 103u) << "there is no room for a thousand";
    EXPECT_EQ(heap.get_free_memory(), free);
    EXPECT_TRUE(heap.check_sanity());
    heap.deallocate_many(chain);
    expect_all_free();
}

// Three blocks in a row; the one in the middle is changed.
class InPlace : public Heap {
  protected:
    void *resize(bip::allocation_type command, std::size_t limit, std::size_t &preferred) {
        reused = middle;
        void *got = heap.raw_allocation_command(command, limit, preferred, reused);
        EXPECT_TRUE(heap.check_sanity());
        return got;
    }

    void *before = heap.allocate(1000);
    void *middle = heap.allocate(1000);
    void *behind = heap.allocate(1000);
    void *wall = heap.allocate(1000);
    void *reused = nullptr;
};

TEST_F(InPlace, ExpandsForwardIntoWhatIsFree) {
    std::size_t got = 1500;
    EXPECT_EQ(resize(bip::expand_fwd | bip::nothrow_allocation, 1500, got), nullptr);
    heap.deallocate(behind);
    EXPECT_EQ(resize(bip::expand_fwd | bip::nothrow_allocation, 1500, got), middle);
    EXPECT_GE(got, 1500u);
    EXPECT_EQ(got, heap.size(middle));
    std::memset(middle, 1, got);
    EXPECT_TRUE(heap.check_sanity());

    got = 5000;  // less than that, but enough
    EXPECT_EQ(resize(bip::expand_fwd | bip::nothrow_allocation, 1800, got), middle);
    EXPECT_GE(got, 1800u);
    EXPECT_LT(got, 5000u);
}

TEST_F(InPlace, ExpandsBackwardByMultiplesOfTheObject) {
    heap.deallocate(before);
    std::strcpy(static_cast<char *>(middle), "kept");
    std::size_t got = 1300 / 12;
    reused = middle;
    auto *moved = static_cast<char *>(
        heap.raw_allocation_command(bip::expand_bwd | bip::nothrow_allocation, 1300 / 12, got, reused, 12));
    ASSERT_NE(moved, nullptr);
    EXPECT_LT(moved, middle);
    EXPECT_EQ(reused, middle);
    EXPECT_EQ((static_cast<char *>(middle) - moved) % 12, 0);
    EXPECT_GE(got, 1300u / 12);
    EXPECT_STREQ(static_cast<char *>(middle), "kept");
    EXPECT_TRUE(heap.check_sanity());
    std::memset(moved, 1, heap.size(moved));
    heap.deallocate(moved);
    EXPECT_TRUE(heap.check_sanity());
}

TEST_F(InPlace, ExpandsBothWays) {
    heap.deallocate(before);
    heap.deallocate(behind);
    std::size_t got = 2900;
    auto *moved = resize(bip::expand_bwd | bip::expand_fwd | bip::nothrow_allocation, 2900, got);
    ASSERT_NE(moved, nullptr);
    EXPECT_LT(moved, middle);
    EXPECT_GE(got, 2900u);
    std::memset(moved, 1, got);
    EXPECT_TRUE(heap.check_sanity());
}

TEST_F(InPlace, AllocatesAnewWhereThereIsNoRoomBeside) {
    std::size_t got = 2000;
    void *fresh = resize(bip::allocate_new | bip::expand_fwd | bip::expand_bwd | bip::nothrow_allocation, 2000, got);
    ASSERT_NE(fresh, nullptr);
    EXPECT_EQ(reused, nullptr);
    EXPECT_GE(got, 2000u);
    got = 1 << 20;
    EXPECT_EQ(resize(bip::allocate_new | bip::nothrow_allocation, 1 << 20, got), nullptr);
    got = 1 << 20;  // the limit alone fits
    EXPECT_NE(resize(bip::allocate_new | bip::nothrow_allocation, 3000, got), nullptr);
    EXPECT_GE(got, 3000u);
    got = 10;
    EXPECT_EQ(resize(bip::allocate_new | bip::nothrow_allocation, 3000, got), nullptr) << "the limit is the greater";
}

TEST_F(InPlace, Shrinks) {
    std::size_t got = 100;
    EXPECT_EQ(resize(bip::shrink_in_place | bip::nothrow_allocation, 900, got), middle);
    EXPECT_GE(got, 100u);
    EXPECT_LE(got, 130u);
    EXPECT_EQ(got, heap.size(middle));
    got = 2000;
    EXPECT_EQ(resize(bip::shrink_in_place | bip::nothrow_allocation, 3000, got), nullptr) << "it is shorter";
    got = 100;
    EXPECT_EQ(resize(bip::shrink_in_place | bip::nothrow_allocation, 50, got), nullptr) << "the limit is the lower";
}

TEST_F(InPlace, ObjectsWithoutASizeAreRefused) {
    std::size_t got = 1;
    reused = middle;
    EXPECT_EQ(heap.raw_allocation_command(bip::allocate_new, 1, got, reused, 0), nullptr);
    got = SIZE_MAX / 2;
    EXPECT_EQ(heap.raw_allocation_command(bip::allocate_new, 1, got, reused, 16), nullptr);
}

TEST_F(Heap, GrowsAndShrinksAtItsEnd) {
    const std::vector<void *> blocks = fill(1000);
    heap.grow(size);
    EXPECT_EQ(heap.get_size(), 2 * size);
    EXPECT_TRUE(heap.check_sanity());
    void *beyond = heap.allocate(size - 100);
    ASSERT_NE(beyond, nullptr);
    std::memset(beyond, 1, size - 100);
    EXPECT_TRUE(heap.check_sanity());
    heap.deallocate(beyond);
    for (void *block : blocks)
        heap.deallocate(block);
    EXPECT_EQ(heap.get_free_memory(), free_at_first + size);

    void *kept = heap.allocate(1000);
    heap.shrink_to_fit();
    EXPECT_LT(heap.get_size(), 10000u);
    EXPECT_TRUE(heap.check_sanity());
    EXPECT_EQ(heap.allocate(100), nullptr);
    heap.deallocate(kept);
    heap.grow(size);
    EXPECT_NE(heap.allocate(size / 2), nullptr);
    EXPECT_TRUE(heap.check_sanity());
}

TEST_F(Heap, ZeroesWhatIsFreeAndNothingElse) {
    auto *kept = static_cast<char *>(heap.allocate(100)), *freed = static_cast<char *>(heap.allocate(1000));
    std::memset(kept, 1, 100);
    std::memset(freed, 1, 1000);
    heap.deallocate(freed);
    heap.zero_free_memory();
    EXPECT_EQ(kept[99], 1);
    EXPECT_EQ(freed[500], 0);
    EXPECT_TRUE(heap.check_sanity());
}

TEST_F(Heap, KeepsOutOfTheExtraBytes) {
    auto &other = *new (memory + size) crash_safe_fit<>(size, 1000);
    EXPECT_GE(static_cast<char *>(other.allocate(1)), memory + size + sizeof(crash_safe_fit<>) + 1000);
    auto &least = *new (memory) crash_safe_fit<>(crash_safe_fit<>::get_min_size(100), 100);
    EXPECT_TRUE(least.check_sanity());
    EXPECT_NE(least.allocate(1), nullptr);
}

TEST_F(Heap, SanityIsLostWhereABlockIsWrittenOver) {
    auto *block = static_cast<char *>(heap.allocate(100));
    heap.allocate(100);
    std::memset(block, 0x55, heap.size(block) + 8);
    EXPECT_FALSE(heap.check_sanity());
}

// Any operations in any order, beside a list of what must be there.
TEST_F(Heap, StaysSaneInLongRandomUse) {
    std::mt19937 random(42);
    std::vector<std::pair<unsigned char *, std::size_t>> blocks;
    const auto whole = [&](std::size_t i) {
        const auto &[block, bytes] = blocks[i];
        for (std::size_t at = 0; at < bytes; ++at)
            if (block[at] != static_cast<unsigned char>(bytes)) return false;
        return true;
    };
    for (int step = 0; step < 20000; ++step) {
        const std::size_t i = blocks.empty() ? 0 : random() % blocks.size();
        const std::size_t bytes = random() % 2 == 0 ? random() % 100 : random() % 3000;
        switch (blocks.empty() ? 0 : random() % 4) {
            case 0:
            case 1: {
                auto *block = static_cast<unsigned char *>(
                    random() % 4 == 0 ? heap.allocate_aligned(bytes, 16u << random() % 6) : heap.allocate(bytes));
                if (block == nullptr) break;
                std::memset(block, static_cast<unsigned char>(bytes), bytes);
                blocks.emplace_back(block, bytes);
                break;
            }
            case 2:
                ASSERT_TRUE(whole(i)) << step;
                heap.deallocate(blocks[i].first);
                blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i));
                break;
            default: {
                auto &[block, length] = blocks[i];
                void *reuse = block;
                std::size_t got = bytes;
                const bip::allocation_type commands[] = {bip::expand_fwd, bip::expand_bwd,
                                                         bip::expand_fwd | bip::expand_bwd, bip::shrink_in_place};
                const bip::allocation_type command = commands[random() % 4];
                const std::size_t limit = command == bip::shrink_in_place ? length : bytes;
                if (command == bip::shrink_in_place && bytes > length) break;
                void *at = heap.raw_allocation_command(command, limit, got, reuse);
                if (at == nullptr) break;
                ASSERT_GE(got, std::min(bytes, limit));
                ASSERT_EQ(heap.size(at), got);
                if (at != block) std::memmove(at, block, std::min(length, bytes));
                std::memset(at, static_cast<unsigned char>(bytes), bytes);
                block = static_cast<unsigned char *>(at);
                length = bytes;
            }
        }
        ASSERT_TRUE(step % 64 != 0 || heap.check_sanity()) << step;
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        EXPECT_TRUE(whole(i));
        heap.deallocate(blocks[i].first);
    }
    expect_all_free();
}

}  // namespace
}  // namespace chorus::interprocess
