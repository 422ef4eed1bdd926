// An actor is killed in the middle of a call on a managed region: after its first instruction, after the second, and so
// on to its last. Whatever it had done, the next actor goes on at once with a whole heap and whole objects.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chorus/interprocess.hpp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "interprocess/whole.hpp"
#include "support/site.hpp"

namespace chorus::interprocess {
namespace {

using test::Whole;

// A kill after so many more instructions than the last one, or fewer if the call is short. With 1 the tests take many
// minutes.
long longest_stride() {
    return test::number_from("CHORUS_KILL_STRIDE", CHORUS_SANITIZED != 0 ? 9999 : 97);
}

// Makes the call in a forked child, one instruction after the other, and kills it after `limit`. Returns the number of
// instructions: less than `limit` if the call came to its end before.
long instructions_up_to(long limit, const std::function<void()> &call) {
    const pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        raise(SIGSTOP);
        call();
        _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP) << status;
    for (long done = 0; done < limit; ++done) {
        EXPECT_EQ(ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr), 0);
        EXPECT_EQ(waitpid(child, &status, 0), child);
        if (WIFEXITED(status)) return done;
        EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) << status;
        if (!WIFSTOPPED(status)) return done;
    }
    kill(child, SIGKILL);
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return limit;
}

class Killed : public testing::Test {
  protected:
    // Before each kill `prepare` is called, and after it `look`, which leaves the memory as `prepare` found it.
    void everywhere(const std::function<void()> &prepare, const std::function<void()> &call,
                    const std::function<void()> &look) {
        long done = 0;
        const auto up_to = [&](long limit) {
            prepare();
            done = instructions_up_to(limit, call);
            ASSERT_TRUE(heap.check_sanity()) << "after " << done << " instructions";
            look();
            heap.shrink_to_fit_indexes();
            ASSERT_TRUE(heap.check_sanity()) << "after " << done << " instructions";
            ASSERT_TRUE(may_lose || heap.get_free_memory() == free_at_first)
                << heap.get_free_memory() << " instead of " << free_at_first << ", after " << done << " instructions";
        };
        ASSERT_NO_FATAL_FAILURE(up_to(std::numeric_limits<long>::max()));
        const long stride = std::clamp(done / 5, 1L, longest_stride());
        long kills = 0;
        for (long limit = 0;; limit += stride, ++kills) {
            ASSERT_NO_FATAL_FAILURE(up_to(limit));
            if (done < limit) break;
        }
        EXPECT_GT(kills, 3);
        RecordProperty("kills", std::to_string(kills));
    }
    // Either it is not there, or it is whole; then it goes.
    void expect_whole_or_none(const char *name, long value, std::size_t count = 1) {
        const auto [there, number] = heap.find<Whole>(name);
        if (there == nullptr) return;
        EXPECT_EQ(number, count);
        for (std::size_t i = 0; i < number; ++i)
            EXPECT_TRUE(there[i].holds(value)) << name << ' ' << i;
        EXPECT_TRUE(heap.destroy<Whole>(name));
    }
    // Names beside which the tree has another form.
    void expect_others() {
        for (int i = 0; i < 5; ++i) {
            Whole *other = heap.find<Whole>(std::to_string(i).c_str()).first;
            ASSERT_NE(other, nullptr) << i;
            EXPECT_TRUE(other->holds(i));
        }
    }
    void SetUp() override {
        for (int i = 0; i < 5; ++i)
            heap.construct<Whole>(std::to_string(i).c_str())(i);
        heap.shrink_to_fit_indexes();
        free_at_first = heap.get_free_memory();
    }

    managed_region heap{create_only, 1 << 15, 1 << 24};
    std::size_t free_at_first = 0;
    bool may_lose = false;  // what the dead had allocated without a name
};

TEST_F(Killed, InConstruct) {
    everywhere([] {}, [&] { heap.construct<Whole>("new")[2](9); },
               [&] {
                   expect_whole_or_none("new", 9, 2);
                   expect_others();
               });
}

TEST_F(Killed, InFindOrConstruct) {
    everywhere([] {}, [&] { heap.find_or_construct<Whole>("new")(9); }, [&] { expect_whole_or_none("new", 9); });
}

TEST_F(Killed, InConstructOfTheOnlyOneOfItsType) {
    everywhere([] {}, [&] { heap.construct<Whole>(unique_instance)(9); },
               [&] {
                   Whole *there = heap.find<Whole>(unique_instance).first;
                   EXPECT_TRUE(there == nullptr || there->holds(9));
                   heap.destroy<Whole>(unique_instance);
               });
}

TEST_F(Killed, InDestroy) {
    everywhere([&] { heap.construct<Whole>("old")[3](4); }, [&] { heap.destroy<Whole>("old"); },
               [&] {
                   expect_whole_or_none("old", 4, 3);
                   expect_others();
               });
}

TEST_F(Killed, InFind) {
    everywhere([] {}, [&] { heap.find<Whole>("3"); }, [&] { expect_others(); });
}

// One object constructs another one before it is whole itself, and destroys it.
struct Outer {
    explicit Outer(managed_region &where) : heap(&where), before(3), inner(where.construct<Whole>("inner")(5)) {}
    ~Outer() { heap->destroy<Whole>("inner"); }
    managed_region *heap;
    Whole before;
    Whole *inner;
};

TEST_F(Killed, InAConstructorThatConstructs) {
    everywhere([] {}, [&] { heap.construct<Outer>("outer")(heap); },
               [&] {
                   if (Outer *outer = heap.find<Outer>("outer").first) {
                       EXPECT_TRUE(outer->before.holds(3) && outer->inner->holds(5));
                       heap.destroy<Outer>("outer");
                   }
                   expect_whole_or_none("inner", 5);
               });
}

TEST_F(Killed, InADestructorThatDestroys) {
    everywhere([&] { heap.construct<Outer>("outer")(heap); }, [&] { heap.destroy<Outer>("outer"); },
               [&] {
                   if (Outer *outer = heap.find<Outer>("outer").first) {
                       EXPECT_TRUE(outer->before.holds(3) && outer->inner->holds(5));
                       heap.destroy<Outer>("outer");
                   }
                   expect_whole_or_none("inner", 5);
               });
}

TEST_F(Killed, InShrinkToFitOfTheIndexes) {
    everywhere(
        [&] {
            for (int i = 100; i < 108; ++i)
                heap.construct<Whole>(std::to_string(i).c_str())(i);
            for (int i = 100; i < 108; ++i)
                heap.destroy<Whole>(std::to_string(i).c_str());
        },
        [&] { heap.shrink_to_fit_indexes(); }, [&] { expect_others(); });
}

TEST_F(Killed, InDeallocate) {
    void *block = nullptr;
    may_lose = true;  // a block that the dead was about to free
    heap.grow(1 << 20);
    everywhere(
        [&] {
            void *before = heap.allocate(100);
            block = heap.allocate(100);
            void *behind = heap.allocate(100);
            heap.deallocate(before);
            heap.deallocate(behind);
        },
        [&] { heap.deallocate(block); }, [&] { expect_others(); });
}

TEST_F(Killed, InAllocateAligned) {
    may_lose = true;
    heap.grow(1 << 20);
    everywhere([] {}, [&] { heap.allocate_aligned(100, 256); }, [&] { expect_others(); });
}

TEST_F(Killed, InExpandInPlace) {
    may_lose = true;
    heap.grow(1 << 23);
    void *block = nullptr;
    everywhere(
        [&] {
            void *before = heap.allocate(500);
            block = heap.allocate(500);
            void *behind = heap.allocate(500);
            heap.deallocate(before);
            heap.deallocate(behind);
        },
        [&] {
            std::size_t got = 1200;
            char *reuse = static_cast<char *>(block);
            heap.allocation_command(boost::interprocess::expand_fwd | boost::interprocess::expand_bwd, 1200, got,
                                    reuse);
        },
        [&] { expect_others(); });
}

TEST_F(Killed, InGrow) {
    may_lose = true;  // it has more
    everywhere([] {}, [&] { heap.grow(4096); },
               [&] {
                   EXPECT_EQ(heap.get_size() % 4096, 0u);
                   expect_others();
               });
}

// What a new object begins with is written before the allocation is complete, over what a free block has there.
TEST(KilledHeap, InAnAllocationThatHasWrittenItsBlock) {
    for (const std::size_t bytes : {100, 20'000, 24'000}) {  // of some, or all, of the only free block
        for (const std::size_t alignment : {16, 256}) {
            const Region region = Region::allocate(1 << 15);
            auto &heap = *new (region.bytes().data()) crash_safe_fit<>(region.bytes().size(), 0);
            const std::size_t free_at_first = heap.get_free_memory();
            const pid_t child = fork();
            if (child == 0) {
                heap.allocate_and(bytes, alignment, [&](void *block) {
                    std::memset(block, 0xff, heap.size(block));
                    raise(SIGKILL);
                });
                _exit(1);
            }
            int status = 0;
            ASSERT_EQ(waitpid(child, &status, 0), child);
            ASSERT_TRUE(WIFSIGNALED(status));
            EXPECT_TRUE(heap.check_sanity()) << bytes << " bytes, aligned to " << alignment;
            EXPECT_EQ(heap.get_free_memory(), free_at_first);
            void *all = heap.allocate(free_at_first - heap.PayloadPerAllocation);
            EXPECT_NE(all, nullptr);
        }
    }
}

// Dies in its constructor, when what it has constructed is whole.
struct Dying : Outer {
    explicit Dying(managed_region &where) : Outer(where) { raise(SIGKILL); }
};

TEST_F(Killed, InTheRecoveryFromADeath) {
    const auto half_made = [&] {
        const pid_t child = fork();
        if (child == 0) heap.construct<Dying>("outer")(heap);
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status));
    };
    everywhere(
        half_made, [&] { heap.find<Whole>("0"); },
        [&] {
            EXPECT_EQ(heap.find<Outer>("outer").first, nullptr);
            expect_whole_or_none("inner", 5);
            expect_others();
        });
}

}  // namespace
}  // namespace chorus::interprocess
