// The clauses of the pages on rgnAllocate, rgnFree, rgnMapFromActor, rgnInitFromActor, rgnStat and vmPageSize.
#include <set>

#include "client/clauses.hpp"

namespace chorus::test {
namespace {

TEST_F(Clauses, RgnAllocateInAnotherActor) {
    const std::string her = alice.capability();
    ASSERT_EQ(bob("allocate " + her + " " + desc(at(0), page, K_WRITABLE)), "0 " + at(0));
    const std::string anywhere = made(bob, "allocate " + her + " " + somewhere(page));
    for (const std::string &start : {at(0), anywhere}) {
        EXPECT_EQ(alice("read " + start), "0");
        EXPECT_EQ(alice("access " + start), "rw");
        EXPECT_EQ(bob("access " + start), "none");
    }
    EXPECT_EQ(listed(bob, her), "2" + row(anywhere, page, K_WRITABLE) + row(at(0), page, K_WRITABLE));
}

TEST_F(Clauses, RgnAllocateForNobodyOutlivesItsMaker) {
    Puppet maker(site, Rights::supervisor), other(site, Rights::supervisor);
    const std::string start = made(maker, "allocate sv " + somewhere(page));
    maker("write " + start + " 7");
    end(maker);
    EXPECT_EQ(other("read " + start), "7");
    EXPECT_EQ(listed_supervisor(other), "1" + row(start, page, K_WRITABLE));
}

TEST_F(Clauses, RgnAllocateSupervisorIsSeenByAllSupervisorActors) {
    Puppet first(site, Rights::supervisor), second(site, Rights::supervisor);
    second("self");
    const std::string with = made(first, "allocate self " + somewhere(page, K_SUPERVISOR));
    const std::string without = made(first, "allocate self " + somewhere(page));
    Puppet third(site, Rights::supervisor);
    for (const std::string &start : {with, without}) {
        first("write " + start + " 1");
        EXPECT_EQ(second("read " + start), "1");
        second("write " + start + " 2");
        EXPECT_EQ(third("read " + start), "2");
        third("write " + start + " 3");
        EXPECT_EQ(first("read " + start), "3");
        EXPECT_EQ(alice("access " + start), "none");
    }
    // The option alone says so, whoever owns the region then.
    Puppet system(site, Rights::system);
    const std::string its = made(system, "allocate self " + somewhere(page, K_SUPERVISOR));
    EXPECT_EQ(second("access " + its) + system("access " + its), "rwnone");
    end(system);
    until(second, "access " + its, "none");
}

TEST_F(Clauses, RgnAllocateRestrictiveStaysBetweenStartAndEnd) {
    const auto within = [](const std::string &start, const std::string &end, unsigned options = 0) {
        return "allocate self " + desc(start, page, K_RESTRICTIVE | K_WRITABLE | options, "0", end);
    };
    std::set<std::string> got;
    for (const unsigned options : {0u, K_ANYWHERE, 0u})
        got.insert(made(alice, within(at(0), at(3), options)));
    EXPECT_EQ(got, (std::set{at(0), at(1), at(2)}));
    EXPECT_EQ(alice(within(at(0), at(3))), status(K_ESPACE) + " " + at(0));
    EXPECT_EQ(word(alice(within(plus(at(4), 1), at(8))), 0), status(K_EROUND));
    EXPECT_EQ(word(alice(within(at(4), at(4))), 0), status(K_EADDR));
    EXPECT_EQ(word(alice(within("0x1000", "0x9000")), 0), status(K_EADDR));
    EXPECT_EQ(word(alice(within(at(4), "0x6c001000")), 0), status(K_EADDR));
    EXPECT_EQ(alice("allocate self " + desc(at(4), page, K_WRITABLE, "0", "1")), "0 " + at(4));
}

TEST_F(Clauses, RgnAllocateReservedHasNoMemory) {
    // All of the window but its last page.
    const std::string start = "0x44000000", her = alice.capability();
    ASSERT_EQ(alice("allocate self " + desc(start, 0x27fff000, K_RESERVED)), "0 " + start);
    EXPECT_EQ(alice("access " + start), "none");
    EXPECT_EQ(made(alice, "allocate self " + somewhere(page)), "0x6bfff000");
    EXPECT_EQ(word(alice("allocate self " + somewhere(page)), 0), status(K_ESPACE));
    EXPECT_EQ(word(alice("allocate self " + desc(at(0), page)), 0), status(K_EOVERLAP));
    for (const char *call : {"map", "init"})
        EXPECT_EQ(word(bob(std::string(call) + " self " + somewhere(page) + " " + her + " " + desc(at(0), page)), 0),
                  status(K_EADDR));
    EXPECT_EQ(alice("vm_copy self " + at(0) + " self 0x6bfff000 1 0"), status(K_EADDR));
    EXPECT_EQ(listed(alice), "2" + row(start, 0x27fff000, K_RESERVED) + row("0x6bfff000", page, K_WRITABLE));
    EXPECT_EQ(alice("free self " + desc(start, 0x27fff000)), "0");
    EXPECT_EQ(alice("allocate self " + desc(at(0), page)), "0 " + at(0));
    EXPECT_EQ(word(alice("allocate self " + desc(at(2), page, K_RESERVED | K_NODEMAND)), 0), status(K_EINVAL));
}

TEST_F(Clauses, RgnAllocateNoDemandTakesTheMemoryAtOnce) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small);
    const long before = free_memory(carol);
    const std::string start = made(carol, "allocate self " + somewhere(16 * page, K_NODEMAND));
    EXPECT_EQ(free_memory(carol), before - 16 * page);
    carol("write " + start + " 1");
    EXPECT_EQ(free_memory(carol), before - 16 * page);
    const std::string all = listed(carol);
    EXPECT_EQ(word(carol("allocate self " + somewhere(small_memory, K_NODEMAND)), 0), status(K_ENOMEM));
    EXPECT_EQ(free_memory(carol), before - 16 * page);
    EXPECT_EQ(listed(carol), all);
}

TEST_F(Clauses, RgnAllocateNoWaitIsKeptAndNeverWaits) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small);
    EXPECT_EQ(word(carol("allocate self " + somewhere(2 * small_memory, K_NOWAITFORMEMORY)), 0), status(K_ENOMEM));
    const std::string start = made(carol, "allocate self " + somewhere(page, K_NOWAITFORMEMORY));
    EXPECT_EQ(listed(carol), "1" + row(start, page, K_WRITABLE | K_NOWAITFORMEMORY));
}

TEST_F(Clauses, RgnFreeSpansRegionsAndHoles) {
    for (const long first : {0, 4, 8})
        made(alice, "allocate self " + desc(at(first), 2 * page, K_WRITABLE));
    EXPECT_EQ(alice("free self " + desc(at(1), 8 * page)), "0");
    EXPECT_EQ(listed(alice), "2" + row(at(0), page, K_WRITABLE) + row(at(9), page, K_WRITABLE));
}

TEST_F(Clauses, RgnFreeRoundsUpAndIgnoresEndAddr) {
    made(alice, "allocate self " + desc(at(0), 3 * page, K_WRITABLE));
    EXPECT_EQ(alice("free self " + desc(plus(at(0), 1), 1)), status(K_EROUND));
    EXPECT_EQ(listed(alice), "1" + row(at(0), 3 * page, K_WRITABLE));
    EXPECT_EQ(alice("free self " + desc(at(0), 1, 0, "0", "0xffffffff")), "0");
    EXPECT_EQ(listed(alice), "1" + row(at(1), 2 * page, K_WRITABLE));
}

TEST_F(Clauses, RgnFreeAllIsRefusedForTheSupervisorSpace) {
    Puppet first(site, Rights::supervisor), second(site, Rights::supervisor);
    made(first, "allocate self " + desc("0x70000000", page, K_WRITABLE));
    made(second, "allocate self " + desc("0x70001000", page, K_WRITABLE));
    made(first, "allocate sv " + desc("0x70002000", page, K_WRITABLE));
    const std::string all = listed_supervisor(first);
    EXPECT_EQ(first("free sv 0,0," + std::to_string(K_FREEALL)), status(K_EINVAL));
    EXPECT_EQ(listed_supervisor(first), all);
    EXPECT_EQ(first("free self 0,0," + std::to_string(K_FREEALL)), "0");
    EXPECT_EQ(listed_supervisor(first), "2" + row("0x70001000", page, 1) + row("0x70002000", page, 1));
}

TEST_F(Clauses, RgnFreeInAnotherActor) {
    made(alice, "allocate self " + desc(at(0), 3 * page, K_WRITABLE));
    alice("write " + at(0) + " 1");
    alice("write " + at(2) + " 3");
    EXPECT_EQ(bob("free " + alice.capability() + " " + desc(at(1), page)), "0");
    EXPECT_EQ(alice("access " + at(1)), "none");
    EXPECT_EQ(alice("read " + at(0)) + alice("read " + at(2)), "13");
    EXPECT_EQ(listed(alice), "2" + row(at(0), page, K_WRITABLE) + row(at(2), page, K_WRITABLE));
}

TEST_F(Clauses, RgnMapFromActorIntoAnotherActor) {
    Puppet carol(site);
    const std::string hers = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    alice("write " + hers + " 42");
    const std::string source = " " + alice.capability() + " " + desc(hers, page), his = bob.capability();
    ASSERT_EQ(carol("map " + his + " " + desc(at(0), page, K_WRITABLE) + source), "0 " + at(0));
    const std::string anywhere = made(carol, "map " + his + " " + somewhere(page) + source);
    EXPECT_EQ(bob("read " + at(0)), "42");
    bob("write " + anywhere + " 43");
    EXPECT_EQ(alice("read " + hers), "43");
    EXPECT_EQ(listed(carol), "0");
    EXPECT_EQ(carol("access " + at(0)), "none");
}

TEST_F(Clauses, RgnMapFromActorIntoTheSupervisorSpaceIsNobodys) {
    Puppet maker(site, Rights::supervisor), other(site, Rights::supervisor);
    const std::string hers = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    alice("write " + hers + " 5");
    const std::string start =
        made(maker, "map sv " + somewhere(page) + " " + alice.capability() + " " + desc(hers, page));
    EXPECT_EQ(listed_supervisor(maker, "self"), "0");
    end(maker);
    EXPECT_EQ(other("read " + start), "5");
}

TEST_F(Clauses, RgnMapFromActorBetweenUserAndSupervisorActors) {
    Puppet first(site, Rights::supervisor), second(site, Rights::supervisor);
    const std::string its = made(first, "allocate self " + somewhere(page));
    const std::string seen =
        made(alice, "map self " + somewhere(page) + " " + first.capability() + " " + desc(its, page));
    const std::string hers = made(alice, "allocate self " + somewhere(page));
    const std::string shown =
        made(first, "map self " + somewhere(page) + " " + alice.capability() + " " + desc(hers, page));
    alice("write " + seen + " 1");
    EXPECT_EQ(first("read " + its) + second("read " + its), "11");
    second("write " + its + " 2");
    EXPECT_EQ(alice("read " + seen), "2");
    alice("write " + hers + " 3");
    EXPECT_EQ(first("read " + shown) + second("read " + shown), "33");
    second("write " + shown + " 4");
    EXPECT_EQ(alice("read " + hers), "4");
}

TEST_F(Clauses, RgnMapFromActorGivesAllNewRegionsTheTargetsAttributes) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE, "1"));
    made(alice, "allocate self " + desc(at(1), page, K_INHERITCOPY, "2", "0", "0x22"));
    made(alice, "allocate self " + desc(at(2), page, K_WRITABLE | K_INHERITSHARE));
    const unsigned options = K_WRITABLE | K_INHERITSHARE;
    made(bob, "map self " + desc(at(16), 3 * page, options, "9", "0", "0x77") + " " + alice.capability() + " " +
                  desc(at(0), 3 * page));
    EXPECT_EQ(listed(bob), "3" + row(at(16), page, options, "9", "0x77") + row(at(17), page, options, "9", "0x77") +
                               row(at(18), page, options, "9", "0x77"));
}

TEST_F(Clauses, RgnMapFromActorDoesNotClearForFillZero) {
    const std::string hers = made(alice, "allocate self " + somewhere(page));
    alice("write " + hers + " 6");
    const std::string his =
        made(bob, "map self " + somewhere(page, K_FILLZERO) + " " + alice.capability() + " " + desc(hers, page));
    EXPECT_EQ(alice("read " + hers) + bob("read " + his), "66");
}

TEST_F(Clauses, RgnMapFromActorReadsOnlyAddressAndSizeOfTheSource) {
    const std::string hers = made(alice, "allocate self " + somewhere(page)), ones = "0xffffffff";
    for (const std::string &source : {desc(hers, page, 0xffff'ffff, ones, ones, ones), desc(hers, page)})
        made(bob, "map self " + somewhere(page) + " " + alice.capability() + " " + source);
    bob("write 0x6bfff000 8");
    EXPECT_EQ(alice("read " + hers) + bob("read 0x6bffe000"), "88");
    EXPECT_EQ(listed(bob), "2" + row("0x6bffe000", page, K_WRITABLE) + row("0x6bfff000", page, K_WRITABLE));
}

TEST_F(Clauses, RgnStatOfAnotherActor) {
    const unsigned kept[] = {K_WRITABLE,    K_WRITABLE | K_EXECUTABLE, K_RESERVED,       K_INHERITSHARE,
                             K_INHERITCOPY, K_WRITABLE | K_NODEMAND,   K_NOWAITFORMEMORY};
    std::string expected = "7";
    for (long i = 0; i < 7; ++i) {
        made(alice, "allocate self " + desc(at(2 * i), page, kept[i], "4", "0", "0x5"));
        expected += row(at(2 * i), page, kept[i], "4", "0x5");
    }
    EXPECT_EQ(listed(alice), expected);
    EXPECT_EQ(listed(bob, alice.capability()), expected);
}

TEST_F(Clauses, RgnStatOfASupervisorActorShowsItsOwnOnly) {
    Puppet first(site, Rights::supervisor), second(site, Rights::supervisor);
    made(second, "allocate self " + desc("0x70001000", page));
    made(first, "allocate sv " + desc("0x70002000", page));
    made(first, "allocate self " + desc("0x70003000", page));
    for (Puppet *who : {&first, &second, &alice}) {
        EXPECT_EQ(listed_supervisor(*who, first.capability()), "1" + row("0x70003000", page, 0));
        EXPECT_EQ(listed_supervisor(*who, second.capability()), "1" + row("0x70001000", page, 0));
    }
}

TEST_F(Clauses, RgnStatOfTheSupervisorSpaceShowsAll) {
    Puppet first(site, Rights::supervisor), second(site, Rights::supervisor), system(site, Rights::system);
    made(first, "allocate self " + desc("0x70003000", page));
    made(second, "allocate self " + desc("0x70001000", page));
    made(first, "allocate sv " + desc("0x70002000", page, K_WRITABLE));
    for (Puppet *who : {&first, &system})
        EXPECT_EQ(listed_supervisor(*who),
                  "3" + row("0x70001000", page, 0) + row("0x70002000", page, K_WRITABLE) + row("0x70003000", page, 0));
}

TEST_F(Clauses, VmPageSizeIsTheSmallestBlock) {
    EXPECT_EQ(alice("vm_page_size"), std::to_string(sysconf(_SC_PAGESIZE)));
    made(alice, "allocate self " + desc(at(0), 1));
    made(alice, "allocate self " + desc(at(2), page));
    EXPECT_EQ(listed(alice), "2" + row(at(0), page, 0) + row(at(2), page, 0));
}

}  // namespace
}  // namespace chorus::test
