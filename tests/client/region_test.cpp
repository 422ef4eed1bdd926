// The region calls between real actors: what they do, and what they refuse in which order.
#include <chorus.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

const std::string writable = std::to_string(K_WRITABLE);
const std::string anywhere = std::to_string(K_ANYWHERE);
const std::string anywhere_writable = std::to_string(K_ANYWHERE | K_WRITABLE | K_FILLZERO);

class Regions : public testing::Test {
  protected:
    TestSite site;
    Puppet alice{site};
    Puppet bob{site};
};

TEST_F(Regions, BothSeeEachOthersWrites) {
    const std::string hers = alice.allocate(3, anywhere_writable);
    alice("write " + hers + " 42");
    const std::string mapped =
        bob("map self 0,4096," + anywhere_writable + " " + alice.capability() + " " + hers + ",4096,0");
    ASSERT_EQ(word(mapped, 0), "0");
    const std::string his = word(mapped, 1);
    EXPECT_EQ(bob("read " + his), "42");
    bob("write " + plus(his, 4095) + " 43");
    EXPECT_EQ(alice("read " + plus(hers, 4095)), "43");
    EXPECT_EQ(bob("access " + plus(his, 4096)), "none") << "one page was mapped";
}

TEST_F(Regions, NewMemoryIsZeroAndAddressesFitInThirtyTwoBits) {
    const std::string start = alice.allocate(2, anywhere);
    EXPECT_EQ(alice("read " + start), "0");
    EXPECT_EQ(alice("access " + start), "r") << "read-only without K_WRITABLE";
    EXPECT_LT(std::stoul(start, nullptr, 0), 0x80000000UL);
}

TEST_F(Regions, AFixedAddressIsTakenExactlyAndSizesAreRoundedUp) {
    EXPECT_EQ(alice("allocate self 0x50000000,1," + writable), "0 0x50000000");
    EXPECT_EQ(alice("access 0x50000fff"), "rw");
    EXPECT_EQ(alice("access 0x50001000"), "none");
    EXPECT_EQ(alice("allocate self ro:0x50001000,4096," + writable), "0 0x50001000")
        << "a descriptor that is only read may be read-only";
    EXPECT_EQ(word(alice("allocate self ro:0,4096," + anywhere_writable), 0), status(K_EFAULT));
}

TEST_F(Regions, SixPagesAnywhereThenThreeExactlyBelowThenFreeAcrossBoth) {
    const std::string upper = alice.allocate(6, anywhere_writable);
    const std::string lower = plus(upper, -3 * 4096);
    ASSERT_EQ(alice("allocate self " + lower + ",12288," + writable), "0 " + lower);
    EXPECT_EQ(alice("free self " + plus(lower, 2 * 4096) + ",16384,0"), "0");
    EXPECT_EQ(alice("access " + lower), "rw");
    EXPECT_EQ(alice("access " + plus(lower, 2 * 4096)), "none");
    EXPECT_EQ(alice("access " + plus(upper, 2 * 4096)), "none");
    EXPECT_EQ(alice("access " + plus(upper, 3 * 4096)), "rw");
    EXPECT_EQ(alice("stat self 0x44000000,0x28000000,0 8"),
              "2 " + lower + ",0x2000,0x1,0 " + plus(upper, 3 * 4096) + ",0x3000,0x1,0");
}

TEST_F(Regions, FreeOfTheMiddleSplitsAndKeepsWhatIsThere) {
    const std::string start = alice.allocate(3, anywhere_writable);
    alice("write " + start + " 1");
    alice("write " + plus(start, 8192) + " 3");
    EXPECT_EQ(alice("free self " + plus(start, 4096) + ",4096,0"), "0");
    EXPECT_EQ(alice("read " + start), "1");
    EXPECT_EQ(alice("read " + plus(start, 8192)), "3");
    EXPECT_EQ(alice("access " + plus(start, 4096)), "none");
    EXPECT_EQ(alice("free self 0,0," + status(K_FREEALL)), "0");
    EXPECT_EQ(alice("access " + start), "none");
    EXPECT_EQ(alice("stat self 0x44000000,0x28000000,0 8"), "0");
}

TEST_F(Regions, ASourceMaySpanSeveralRegionsAndBeginInsideOne) {
    // Three segments side by side, one of them mapped a second time from its middle.
    for (const char *call :
         {"allocate self 0x50000000,8192,1", "allocate self 0x50002000,4096,1", "allocate self 0x50003000,8192,1"})
        ASSERT_EQ(word(alice(call), 0), "0");
    for (int page = 0; page < 5; ++page)
        alice("write " + plus("0x50000000", page * 4096L) + " " + std::to_string(10 + page));
    const std::string mapped =
        bob("map self 0,12288," + anywhere_writable + " " + alice.capability() + " 0x50001000,16384,0");
    ASSERT_EQ(word(mapped, 0), "0");
    const std::string his = word(mapped, 1);
    for (int page = 0; page < 3; ++page)
        EXPECT_EQ(bob("read " + plus(his, page * 4096L)), std::to_string(11 + page));
    EXPECT_EQ(word(bob("stat self " + his + ",12288,0 8"), 0), "3") << "one region for each segment";
    // The same the other way round: the target of that map is a source like any other.
    EXPECT_EQ(word(alice("map self 0x60000000,12288,1 " + bob.capability() + " " + his + ",12288,0"), 0), "0");
    alice("write 0x60002000 99");
    EXPECT_EQ(alice("read 0x50003000"), "99");
}

TEST_F(Regions, MemoryLivesUntilItsLastMappingGoes) {
    const std::string hers = alice.allocate(1, anywhere_writable);
    alice("write " + hers + " 7");
    const std::string capability = alice.capability();
    const std::string map = "map self 0,4096," + anywhere_writable + " " + capability + " " + hers + ",4096,0";
    const std::string his = word(bob(map), 1);
    alice.process().close_input();
    EXPECT_EQ(alice.process().wait(), 0);
    EXPECT_EQ(bob("read " + his), "7");
    EXPECT_EQ(word(bob(map), 0), status(K_EUNKNOWN)) << "a dead actor's capability";
    EXPECT_EQ(word(bob("map self 0,4096," + anywhere_writable + " self " + his + ",4096,0"), 0), "0");
}

TEST_F(Regions, AWritableMapOfAReadOnlySourceIsAllowed) {
    const std::string hers = alice.allocate(1, anywhere);
    const std::string his =
        word(bob("map self 0,4096," + anywhere_writable + " " + alice.capability() + " " + hers + ",4096,0"), 1);
    bob("write " + his + " 5");
    EXPECT_EQ(alice("read " + hers), "5");
}

TEST_F(Regions, AReadOnlyMapCannotBeWritten) {
    const std::string hers = alice.allocate(1, anywhere_writable);
    const std::string his =
        word(bob("map self 0,4096," + anywhere + " " + alice.capability() + " " + hers + ",4096,0"), 1);
    EXPECT_EQ(bob("access " + his), "r");
    bob.start("write " + his + " 1");
    EXPECT_EQ(bob.finish(), "");
    EXPECT_EQ(bob.process().wait(), 128 + 11);
}

// Each line: the call, and its outcome. A line has the faults of those below it that can go together with its own.
TEST_F(Regions, RefusalsInOrder) {
    const std::string hers = alice.allocate(2, anywhere_writable);
    const std::string her_cap = alice.capability();
    Puppet third(site);
    const std::string dead = third.capability();
    third.process().close_input();
    third.process().wait();
    std::string wrong = her_cap;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const std::string his = bob.allocate(2, anywhere_writable);
    const std::string before = site.chorus("regions --json").output;

    const struct {
        std::string call;
        int outcome;
    } table[] = {
        {"allocate null bad", K_EFAULT},
        {"allocate bad 1,0,0x80000020", K_EFAULT},
        {"allocate " + dead + " null", K_EFAULT},
        {"allocate " + dead + " 1,0,0x80000020", K_EUNKNOWN},
        {"allocate " + wrong + " 1,0,0x80000020", K_EINVAL},
        {"allocate sv 1,0,0x80000000", K_EPRIV},
        {"allocate self 1,0,0x80000020", K_EPRIV},
        {"allocate self 1,0,0x80000000", K_EINVAL},
        {"allocate " + her_cap + " 1,0,0x801", K_ENOTIMP},
        {"allocate " + her_cap + " 1,0,1", K_ESIZE},
        {"allocate self 1,4096,1", K_EROUND},
        {"allocate self 0x1000,4096,1", K_EADDR},
        {"allocate self 0x7fffffff000,4096,1", K_EADDR},
        {"allocate self 0x6bfff000,8192,1", K_EADDR},
        {"allocate self 0x6c000000,4096,1", K_EADDR},
        {"allocate self " + his + ",4096,1", K_EOVERLAP},
        {"allocate self 0,0x28001000,9", K_ESPACE},
        {"allocate self 0,0xffffffff,9", K_ESPACE},

        {"free null 1,0,1", K_EFAULT},
        {"free bad 1,0,1", K_EFAULT},
        {"free " + dead + " bad", K_EFAULT},
        {"free " + dead + " 1,0,1", K_EUNKNOWN},
        {"free " + wrong + " 1,0,1", K_EINVAL},
        {"free sv 1,0,1", K_EPRIV},
        {"free self 1,0,1", K_EINVAL},
        {"free " + her_cap + " 1,0,0", K_ESIZE},
        {"free self 1,4096,0", K_EROUND},
        {"free self 0x1000,4096,0", K_EADDR},

        {"map null 1,0,0x80000020 " + dead + " null", K_EFAULT},
        {"map self bad " + dead + " 1,0,0", K_EFAULT},
        {"map self 1,0,0x80000020 bad 1,0,0", K_EFAULT},
        {"map self 1,0,0x80000020 " + dead + " bad", K_EFAULT},
        {"map " + wrong + " 1,0,0x80000020 " + dead + " 1,0,0", K_EUNKNOWN},
        {"map self 1,0,0x80000020 " + wrong + " 1,0,0", K_EINVAL},
        {"map self 1,0,0x80000000 sv 1,0,0", K_EPRIV},
        {"map self 1,0,0x80000020 " + her_cap + " 1,0,0", K_EPRIV},
        {"map self 1,0,0x80000000 " + her_cap + " 1,0,0", K_EINVAL},
        {"map self 1,0,0x40 " + her_cap + " 1,0,0", K_EINVAL},
        {"map " + her_cap + " 1,0,0x801 " + her_cap + " 1,0,0", K_ENOTIMP},
        {"map self 1,0,1 " + her_cap + " 1,0,0", K_ESIZE},
        {"map self 1,8192,1 " + her_cap + " 1,4096,0", K_ESIZE},
        {"map self 1,4096,1 " + her_cap + " 1,4096,0", K_EROUND},
        {"map self 0x1000,4096,1 " + her_cap + " 1,4096,0", K_EROUND},
        {"map self 0x1000,4096,1 " + her_cap + " " + hers + ",4096,0", K_EADDR},
        {"map self " + his + ",4096,1 " + her_cap + " 0x1000,4096,0", K_EADDR},
        {"map self " + his + ",12288,1 " + her_cap + " " + hers + ",12288,0", K_EADDR},
        {"map self " + his + ",4096,1 " + her_cap + " " + hers + ",4096,0", K_EOVERLAP},

        {"stat null 1,0,1 1", K_EFAULT},
        {"stat self bad 1", K_EFAULT},
        {"stat " + dead + " 1,0,1 bad", K_EFAULT},
        {"stat " + dead + " 1,0,1 1", K_EUNKNOWN},
        {"stat self 1,0,1 1", K_EINVAL},
        {"stat self 1,0,0 1", K_ESIZE},
        {"stat self 1,4096,0 1", K_EROUND},
        {"stat self 0x1000,4096,0 1", K_EADDR},
    };
    for (const auto &line : table)
        EXPECT_EQ(word(bob(line.call), 0), status(line.outcome)) << line.call;

    EXPECT_EQ(site.chorus("regions --json").output, before) << "a refused call changes nothing";
    // The out-parameter: the address in the descriptor stays as it was.
    EXPECT_EQ(bob("allocate self 0x123,0," + anywhere_writable), status(K_ESIZE) + " 0x123");
    EXPECT_EQ(bob("allocate self 0x123,0x28001000," + anywhere_writable), status(K_ESPACE) + " 0x123");
}

TEST_F(Regions, EverySingleBitFlipOfACapabilityIsRefused) {
    const std::string hers = alice.allocate(1, anywhere_writable);
    unsigned words[4];
    std::sscanf(alice.capability().c_str(), "%x.%x.%x.%x", &words[0], &words[1], &words[2], &words[3]);
    for (int bit = 0; bit < 128; ++bit) {
        words[bit / 32] ^= 1u << (bit % 32);
        char flipped[48];
        std::snprintf(flipped, sizeof flipped, "%x.%x.%x.%x", words[0], words[1], words[2], words[3]);
        const std::string reply = bob("map self 0,4096,9 " + std::string(flipped) + " " + hers + ",4096,0");
        const bool refused = word(reply, 0) == status(K_EINVAL) || word(reply, 0) == status(K_EUNKNOWN);
        EXPECT_TRUE(refused) << "bit " << bit << ": " << reply;
        words[bit / 32] ^= 1u << (bit % 32);
    }
}

TEST_F(Regions, AnAllocationThatSharedMemoryCannotHoldIsNoMemory) {
    // As much as fits below 2 GiB is admitted only if the file system has room for it.
    const Finished room = run("df --output=avail -B1 /dev/shm | tail -1");
    const bool fits = std::stoull(room.output) > 0x20000000ULL;
    EXPECT_EQ(word(alice("allocate self 0,0x20000000,9"), 0), fits ? "0" : status(K_ENOMEM));
}

TEST_F(Regions, ThereIsRoomForThirtyThousandInOneActorAndALimit) {
    const std::string start = alice.allocate(64'010, anywhere_writable);
    EXPECT_EQ(alice("riddle " + start + " 60000"), "30000 0") << "every second page freed";
    EXPECT_EQ(alice("stat self 0x44000000,0x28000000,0 0"), "30001");
    EXPECT_EQ(alice("riddle " + plus(start, 60'000L * 4096) + " 4010"), "1999 " + status(K_ENOMEM));
    EXPECT_EQ(alice("stat self 0x44000000,0x28000000,0 0"), "32000") << "refused: nothing has changed";
    EXPECT_EQ(bob("allocate self 0x44000000,4096,1"), "0 0x44000000") << "the limit is each actor's own";
    EXPECT_EQ(alice("free self 0,0," + status(K_FREEALL)), "0");
    EXPECT_EQ(alice("access " + start), "none");
}

TEST_F(Regions, WhereTheSystemAllowsNoMoreMappingsNothingIsFreedOrPlaced) {
    if (CHORUS_SANITIZED) GTEST_SKIP() << "the sanitizer's own allocator needs mappings";
    const std::string start = alice.allocate(5, anywhere_writable);
    alice("exhaust_mappings");
    const std::string middle = plus(start, 2 * 4096);
    EXPECT_EQ(alice("free self " + middle + ",4096,0"), status(K_ENOMEM));
    EXPECT_EQ(alice("free self " + middle + ",4096,1"), status(K_EINVAL)) << "what is wrong with the call comes first";
    EXPECT_EQ(alice("access " + middle), "rw");
    EXPECT_EQ(word(alice("allocate self 0x50000000,4096,1"), 0), status(K_ENOMEM));
    EXPECT_EQ(alice("stat self 0x44000000,0x28000000,0 1"), "1 " + start + ",0x5000,0x1,0");
    EXPECT_EQ(alice("free self " + start + ",20480,0"), "0") << "whole, it needs no more mappings";
}

// A program that was linked into the window.
TEST_F(Regions, WhatTheProgramItselfHasInAWindowIsNeverTouched) {
    Process squatter({.arguments = {program("squatter")}, .set = {{"CHORUS_SITE", site.name()}}});
    const auto ask = [&](const std::string &call) {
        squatter.write_line(call);
        return squatter.read_line();
    };
    EXPECT_EQ(word(ask("allocate self 0x50000000,4096,1"), 0), status(K_EOVERLAP));
    EXPECT_EQ(ask("free self 0x50000000,0x100000,0"), "0");
    EXPECT_EQ(ask("free self 0,0," + status(K_FREEALL)), "0");
    EXPECT_EQ(word(ask("allocate self 0,4096,9"), 0), "0") << "room is left above it";
    EXPECT_EQ(word(ask("allocate self 0x4fff0000,4096,1"), 0), "0") << "and below";
}

TEST_F(Regions, SharedMemoryIsNotPromisedTwice) {
    // A kernel and an actor of their own, with a small /dev/shm.
    const std::string calls =
        "'allocate self 0,0xd000000,9\\nallocate self 0,0xd000000,9\\nallocate self 0,0x1000000,9\\n'";
    const Finished done = run("unshare --mount sh -c \"mount -t tmpfs -o size=300m tmpfs /dev/shm && printf " + calls +
                              " | env -u CHORUS_SITE " + program("puppet") + "\" 2>&1");
    if (done.output.find("0 0x") != 0) GTEST_SKIP() << "a mount of its own needs root: " << done.output;
    EXPECT_NE(done.output.find("\n" + status(K_ENOMEM) + " 0\n0 0x"), std::string::npos) << done.output;
}

TEST_F(Regions, CallsLeaveErrnoAlone) {
    for (const char *call : {"self", "allocate self 0,4096,9", "allocate self 1,1,1", "allocate bad null",
                             "name self old null", "stat self 0x44000000,4096,0 1", "free self 0x44000000,4096,0"}) {
        alice(call);
        EXPECT_EQ(alice("errno"), "0") << call;
    }
}

TEST_F(Regions, NeighbouringRangesOfOneSegmentAreOneMappingOfTheSystem) {
    const std::string hers = alice.allocate(4, anywhere_writable);
    const std::string source = " " + alice.capability() + " ";
    for (const int part : {3, 0, 2, 1})
        ASSERT_EQ(word(bob("map self " + plus("0x50000000", part * 4096L) + ",4096,1" + source +
                           plus(hers, part * 4096L) + ",4096,0"),
                       0),
                  "0");
    const auto mappings = [&] {
        std::ifstream maps("/proc/" + std::to_string(bob.pid()) + "/maps");
        int count = 0;
        for (std::string line; std::getline(maps, line);)
            if (line.starts_with("5000") && line.find("/dev/shm") != std::string::npos) ++count;
        return count;
    };
    EXPECT_EQ(mappings(), 1);
    EXPECT_EQ(bob("set_protect self 0x50001000,4096,0"), "0");
    EXPECT_EQ(mappings(), 3);
    EXPECT_EQ(bob("set_protect self 0x50001000,4096,1"), "0");
    EXPECT_EQ(mappings(), 1);
}

// What lies in the windows, by /proc/PID/smaps.
struct Pieces {
    int reserved = 0, regions = 0;
    bool operator==(const Pieces &) const = default;
};
Pieces pieces_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps");
    Pieces pieces;
    bool inside = false, reserved = false;
    for (std::string line; std::getline(file, line);) {
        unsigned long start = 0, end = 0;
        char access[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &start, &end, access) == 3) {
            inside = (start >= 0x44000000 && end <= 0x7c000000) || (start >= 1UL << 45 && end <= 3UL << 44);
            reserved = access == std::string("---p");
            if (inside) ++(reserved ? pieces.reserved : pieces.regions);
        }
        if (!inside || !line.starts_with("VmFlags:")) continue;
        EXPECT_EQ((line + " ").find(" dd ") != std::string::npos, reserved) << start << ": " << line;
    }
    return pieces;
}

TEST_F(Regions, AreInCoreDumpsAndTheAddressesAroundThemAreNot) {
    alice("self");
    const Pieces before = pieces_of(alice.pid());
    EXPECT_GE(before.reserved, 1);
    EXPECT_EQ(before.regions, 0);
    const std::string start = alice.allocate(3, anywhere_writable);
    ASSERT_EQ(alice("free self " + plus(start, 4096) + ",4096,0"), "0");
    EXPECT_EQ(pieces_of(alice.pid()).regions, 2);
    ASSERT_EQ(alice("free self " + start + ",12288,0"), "0");
    EXPECT_EQ(pieces_of(alice.pid()), before) << "the pieces are one again";
}

TEST(GivenBack, PartsOfASegmentThatNobodyMapsAnyMore) {
    if (!TestSite::may_have_own_memory()) GTEST_SKIP() << "this user may not mount a shared memory of its own";
    constexpr long memory_bytes = 64L << 20;
    TestSite small(memory_bytes);
    Puppet alice(small), bob(small);
    const auto free_bytes = [&] { return std::stol(word(alice("vm_stat -"), 2)); };
    const std::string start = alice.allocate(64, std::to_string(K_ANYWHERE | K_WRITABLE | K_NODEMAND));
    ASSERT_EQ(free_bytes(), memory_bytes - 64 * 4096);
    const std::string shared =
        bob("map self 0x50000000,16384,1 " + alice.capability() + " " + plus(start, 30 * 4096) + ",16384,0");
    ASSERT_EQ(word(shared, 0), "0");
    EXPECT_EQ(alice("free self " + plus(start, 16 * 4096) + ",131072,0"), "0") << "32 pages, 4 of which bob has";
    EXPECT_EQ(free_bytes(), memory_bytes - 36 * 4096);
    EXPECT_EQ(bob("free self 0x50000000,8192,0"), "0");
    EXPECT_EQ(free_bytes(), memory_bytes - 34 * 4096);
    bob.process().close_input();
    bob.process().wait();
    EXPECT_EQ(alice("free self 0,0," + status(K_FREEALL)), "0");
    while (free_bytes() != memory_bytes) {
    }
}

TEST_F(Regions, OpaqueWordsAndInheritanceAreKept) {
    const std::string options = std::to_string(K_ANYWHERE | K_INHERITCOPY);
    const std::string start = word(alice("allocate self 0,4096," + options + ",77"), 1);
    EXPECT_EQ(alice("stat self " + start + ",4096,0 1"), "1 " + start + ",0x1000,0x100,77");
    EXPECT_EQ(alice("stat self " + start + ",4096,0 0"), "1") << "a buffer too small still tells how many";
}

}  // namespace
}  // namespace chorus::test
