// The clauses of the pages on rgnInitFromActor, rgnDup and the rgnSet* calls.
#include "client/clauses.hpp"

namespace chorus::test {
namespace {

TEST_F(Clauses, RgnInitFromActorCopiesAndSharesNothing) {
    const std::string hers = made(alice, "allocate self " + somewhere(page));
    alice("write " + hers + " 1");
    const std::string his =
        made(bob, "init self " + somewhere(page) + " " + alice.capability() + " " + desc(hers, page));
    EXPECT_EQ(bob("read " + his), "1");
    alice("write " + hers + " 2");
    EXPECT_EQ(bob("read " + his), "1");
    bob("write " + his + " 3");
    EXPECT_EQ(alice("read " + hers), "2");
    end(alice);
    EXPECT_EQ(bob("read " + his), "3");
}

TEST_F(Clauses, RgnInitFromActorSpansSeveralRegions) {
    made(alice, "allocate self " + desc(at(0), 2 * page, K_WRITABLE));
    made(alice, "allocate self " + desc(at(2), page, K_WRITABLE));
    made(alice, "allocate self " + desc(at(3), 2 * page, K_WRITABLE));
    for (const long n : {0, 1, 2, 3, 4})
        alice("write " + at(n) + " " + std::to_string(n));
    made(bob, "init self " + desc(at(16), 3 * page) + " " + alice.capability() + " " + desc(at(1), 3 * page));
    EXPECT_EQ(bob("read " + at(16)) + bob("read " + at(17)) + bob("read " + at(18)), "123");
    const std::string hole = "init self " + desc(at(32), 3 * page) + " " + alice.capability() + " ";
    EXPECT_EQ(word(bob(hole + desc(at(3), 3 * page)), 0), status(K_EADDR));
    EXPECT_EQ(listed(bob), "1" + row(at(16), 3 * page, 0)) << "one region, and none of the call that was refused";
}

TEST_F(Clauses, RgnInitFromActorToAndFromTheSupervisorSpace) {
    Puppet system(site, Rights::system), other(site, Rights::supervisor);
    const auto init = [](const char *target, const char *source, const std::string &start) {
        return std::string("init ") + target + " " + somewhere(page) + " " + source + " " + desc(start, page);
    };
    const std::string own = made(system, "allocate self " + somewhere(page));
    system("write " + own + " 7");
    const std::string there = made(system, init("sv", "self", own)), back = made(system, init("self", "sv", there));
    const std::string twice = made(system, init("sv", "sv", there));
    EXPECT_EQ(other("read " + there) + system("read " + back) + other("read " + twice), "777");
    other("write " + there + " 8");
    EXPECT_EQ(system("read " + own) + system("read " + back) + other("read " + twice), "777");
    for (const std::string &call : {init("sv", "self", own), init("self", "sv", there), init("sv", "sv", there)})
        EXPECT_EQ(word(alice(call), 0), status(K_EPRIV)) << call;
}

TEST_F(Clauses, RgnInitFromActorReadsOnlyAddressAndSizeOfTheSource) {
    const std::string hers = made(alice, "allocate self " + somewhere(page)), ones = "0xffffffff";
    alice("write " + hers + " 9");
    for (const std::string &source : {desc(hers, page, 0xffff'ffff, ones, ones, ones), desc(hers, page)})
        EXPECT_EQ(bob("read " + made(bob, "init self " + somewhere(page) + " " + alice.capability() + " " + source)),
                  "9");
    EXPECT_EQ(listed(bob), "2" + row("0x6bffe000", page, K_WRITABLE) + row("0x6bfff000", page, K_WRITABLE));
}

TEST_F(Clauses, RgnInitFromActorHoldsWordsOfTheTimeOfTheCall) {
    const std::string hers = made(alice, "allocate self " + somewhere(8 * page)), words = " 4096";
    alice("count " + hers + words);
    while (word(alice("counted " + hers + words), 0) == "0")
        ASSERT_FALSE(HasFailure());
    const std::string init =
        "init self " + desc(at(0), 8 * page) + " " + alice.capability() + " " + desc(hers, 8 * page);
    for (int round = 0; round < 20; ++round) {
        const unsigned long before = std::stoul(word(alice("counted " + hers + words), 0));
        made(bob, init);
        const unsigned long after = std::stoul(word(alice("counted " + hers + words), 1));
        const std::string copied = bob("counted " + at(0) + words);
        EXPECT_GE(std::stoul(word(copied, 0)), before);
        EXPECT_LE(std::stoul(word(copied, 1)), after);
        EXPECT_EQ(word(copied, 2), "0") << "torn words";
        EXPECT_EQ(bob("free self " + desc(at(0), 8 * page)), "0");
    }
}

// Regions of every attribute, one behind the other, each with a value in it.
class Attributes {
  public:
    explicit Attributes(Puppet &owner) {
        const unsigned attributes[] = {0, K_INHERITSHARE, K_INHERITCOPY};
        for (long n = 0; n < 3; ++n) {
            owner("allocate self " + desc(at(n), page, K_WRITABLE | attributes[n]));
            owner("write " + at(n) + " 1");
        }
    }
};
// What is in the three pages.
std::string values(Puppet &who) {
    std::string all;
    for (const long n : {0, 1, 2})
        all += who("access " + at(n)) == "none" ? "-" : who("read " + at(n));
    return all;
}
void write(Puppet &who, const char *value) {
    for (const long n : {0, 1, 2})
        if (who("access " + at(n)) == "rw") who("write " + at(n) + " " + value);
}

TEST_F(Clauses, RgnDupKeepsAddressesSizesAndOptions) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE | K_INHERITCOPY, "1", "0", "0x11"));
    made(alice, "allocate self " + desc(at(4), 3 * page, K_EXECUTABLE | K_INHERITSHARE, "2", "0", "0x22"));
    made(alice, "allocate self " + desc(at(8), 2 * page, K_RESERVED | K_INHERITSHARE, "3"));
    made(alice, "allocate self " + desc(at(12), page, K_WRITABLE | K_NODEMAND | K_INHERITCOPY));
    EXPECT_EQ(bob("dup self " + alice.capability() + " 0"), "0");
    EXPECT_EQ(word(listed(bob), 0), "4");
    EXPECT_EQ(listed(bob), listed(alice));
    EXPECT_EQ(bob("access " + at(0)) + " " + bob("access " + at(6)) + " " + bob("access " + at(8)), "rw r none");
}

TEST_F(Clauses, RgnDupSharesAllWhenTold) {
    const Attributes regions(alice);
    EXPECT_EQ(bob("dup self " + alice.capability() + " " + std::to_string(K_INHERITSHARE)), "0");
    EXPECT_EQ(values(bob), "111");
    write(alice, "2");
    EXPECT_EQ(values(bob), "222");
    write(bob, "3");
    EXPECT_EQ(values(alice), "333");
}

TEST_F(Clauses, RgnDupCopiesAllWhenTold) {
    const Attributes regions(alice);
    EXPECT_EQ(bob("dup self " + alice.capability() + " " + std::to_string(K_INHERITCOPY)), "0");
    EXPECT_EQ(values(bob), "111");
    write(alice, "2");
    EXPECT_EQ(values(bob), "111");
    write(bob, "3");
    EXPECT_EQ(values(alice), "222");
}

TEST_F(Clauses, RgnDupFollowsEachRegionsAttribute) {
    const Attributes regions(alice);
    EXPECT_EQ(bob("dup self " + alice.capability() + " 0"), "0");
    EXPECT_EQ(values(bob), "-11");
    write(alice, "2");
    EXPECT_EQ(values(bob), "-21");
}

TEST_F(Clauses, RgnDupRefusesATargetWithRegions) {
    const Attributes regions(alice);
    made(bob, "allocate self " + desc("0x60000000", page));
    const std::string hers = listed(alice), his = listed(bob);
    EXPECT_EQ(bob("dup self " + alice.capability() + " 128"), status(K_EBUSY));
    EXPECT_EQ(alice("dup self self 128"), status(K_EBUSY));
    EXPECT_EQ(listed(alice) + listed(bob), hers + his);
    EXPECT_EQ(bob("free self 0,0," + std::to_string(K_FREEALL)), "0");
    EXPECT_EQ(bob("dup self self 128"), "0");
    EXPECT_EQ(bob("dup self " + alice.capability() + " 128"), "0");
}

TEST_F(Clauses, RgnDupBetweenTwoOthers) {
    Puppet carol(site);
    const Attributes regions(alice);
    EXPECT_EQ(carol("dup " + bob.capability() + " " + alice.capability() + " " + std::to_string(K_INHERITCOPY)), "0");
    EXPECT_EQ(values(bob), "111");
    EXPECT_EQ(values(carol), "---");
    EXPECT_EQ(listed(carol), "0");
}

TEST_F(Clauses, RgnSetProtectReplacesTheProtection) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE | K_EXECUTABLE));
    alice("code " + at(0));
    EXPECT_EQ(alice("execute " + at(0)), "done");
    const std::string code = alice("read " + at(0));
    EXPECT_EQ(alice("set_protect self " + desc(at(0), page)), "0");
    EXPECT_EQ(alice("access " + at(0)), "r");
    EXPECT_EQ(listed(alice), "1" + row(at(0), page, 0));
    EXPECT_EQ(alice("set_protect self " + desc(at(0), page, K_EXECUTABLE)), "0");
    EXPECT_EQ(alice("execute " + at(0)), "done");
    EXPECT_EQ(alice("set_protect self " + desc(at(0), page, K_WRITABLE)), "0");
    EXPECT_EQ(alice("access " + at(0)) + alice("read " + at(0)), "rw" + code);
    EXPECT_EQ(listed(alice), "1" + row(at(0), page, K_WRITABLE));
    alice.start("execute " + at(0));
    EXPECT_EQ(alice.finish(), "");
    EXPECT_EQ(alice.process().wait(), 128 + 11);
}

TEST_F(Clauses, RgnSetProtectNeedsAnAlignedStartAndRoundsUp) {
    made(alice, "allocate self " + desc(at(0), 2 * page, K_WRITABLE));
    EXPECT_EQ(alice("set_protect self " + desc(plus(at(0), 1), 1)), status(K_EROUND));
    EXPECT_EQ(listed(alice), "1" + row(at(0), 2 * page, K_WRITABLE));
    EXPECT_EQ(alice("set_protect self " + desc(at(0), 1)), "0");
    EXPECT_EQ(alice("access " + plus(at(0), page - 1)) + " " + alice("access " + at(1)), "r rw");
}

TEST_F(Clauses, RgnSetProtectSkipsHoles) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    made(alice, "allocate self " + desc(at(2), page, K_WRITABLE));
    EXPECT_EQ(alice("set_protect self " + desc(at(0), 3 * page)), "0");
    EXPECT_EQ(alice("access " + at(0)) + alice("access " + at(1)) + alice("access " + at(2)), "rnoner");
    EXPECT_EQ(listed(alice), "2" + row(at(0), page, 0) + row(at(2), page, 0));
}

TEST_F(Clauses, RgnSetProtectSplitsARegionInThree) {
    made(alice, "allocate self " + desc(at(0), 3 * page, K_WRITABLE));
    EXPECT_EQ(alice("set_protect self " + desc(at(1), page)), "0");
    EXPECT_EQ(listed(alice), "3" + row(at(0), page, K_WRITABLE) + row(at(1), page, 0) + row(at(2), page, K_WRITABLE));
    EXPECT_EQ(alice("access " + at(0)) + alice("access " + at(1)) + alice("access " + at(2)), "rwrrw");
}

TEST_F(Clauses, RgnSetProtectMergesEqualNeighbours) {
    made(alice, "allocate self " + desc(at(0), 3 * page, K_WRITABLE));
    alice("set_protect self " + desc(at(1), page));
    EXPECT_EQ(alice("set_protect self " + desc(at(1), page, K_WRITABLE)), "0");
    EXPECT_EQ(listed(alice), "1" + row(at(0), 3 * page, K_WRITABLE));
    alice("set_protect self " + desc(at(1), page));
    alice("set_opaque self " + desc(at(1), page, 0, "5"));
    EXPECT_EQ(alice("set_protect self " + desc(at(1), page, K_WRITABLE)), "0");
    EXPECT_EQ(word(listed(alice), 0), "3");
}

TEST_F(Clauses, RgnSetProtectInAnotherActor) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    made(bob, "map self " + desc(at(0), page, K_WRITABLE) + " " + alice.capability() + " " + desc(at(0), page));
    EXPECT_EQ(bob("set_protect " + alice.capability() + " " + desc(at(0), page)), "0");
    EXPECT_EQ(alice("access " + at(0)) + " " + bob("access " + at(0)), "r rw");
}

TEST_F(Clauses, RgnSetInheritReplacesTheAttribute) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    const struct {
        unsigned attribute;
        const char *twin_reads;  // after a later write of 2
    } table[] = {{K_INHERITCOPY, "1"}, {K_INHERITSHARE, "2"}, {0, nullptr}};
    for (const auto &line : table) {
        EXPECT_EQ(alice("set_inherit self " + desc(at(0), page, line.attribute)), "0");
        EXPECT_EQ(listed(alice), "1" + row(at(0), page, K_WRITABLE | line.attribute));
        alice("write " + at(0) + " 1");
        const std::string twin = word(alice("create self - 0 0"), 1);
        EXPECT_EQ(alice("dup " + twin + " self 0"), "0");
        alice("write " + at(0) + " 2");
        if (line.twin_reads == nullptr) {
            EXPECT_EQ(listed(alice, twin), "0");
        } else {
            const std::string seen = made(bob, "map self " + somewhere(page) + " " + twin + " " + desc(at(0), page));
            EXPECT_EQ(bob("read " + seen), line.twin_reads);
        }
    }
}

// Two regions of two pages with a hole between; from the middle of the first to the middle of the second, `set`
// changes what `changed` then has.
struct RangeRules {
    std::string call, set, reset;  // the call; its options and words
    unsigned changed;              // options
    std::string opaque2 = "0", opaque1 = "0";
};
template <class List, class Row>
void expect_range_rules(Puppet &who, const RangeRules &rules, List list, Row row) {
    for (const long first : {0, 4})
        ASSERT_EQ(word(who("allocate self " + desc(at(first), 2 * page, K_WRITABLE)), 0), "0");
    const auto range = [&](const std::string &start, long bytes, const std::string &options) {
        return who(rules.call + " self " + start + "," + std::to_string(bytes) + "," + options);
    };
    EXPECT_EQ(range(plus(at(1), 1), page, rules.set), status(K_EROUND));
    EXPECT_EQ(range(at(1), 0, rules.set), status(K_ESIZE));
    const std::string whole =
        "2" + row(at(0), 2 * page, K_WRITABLE, "0", "0") + row(at(4), 2 * page, K_WRITABLE, "0", "0");
    EXPECT_EQ(list(who), whole);
    EXPECT_EQ(range(at(1), 3 * page + 1, rules.set), "0");
    EXPECT_EQ(list(who), "4" + row(at(0), page, K_WRITABLE, "0", "0") +
                             row(at(1), page, rules.changed, rules.opaque2, rules.opaque1) +
                             row(at(4), page, rules.changed, rules.opaque2, rules.opaque1) +
                             row(at(5), page, K_WRITABLE, "0", "0"));
    EXPECT_EQ(range(at(1), 3 * page + 1, rules.reset), "0");
    EXPECT_EQ(list(who), whole);
}

TEST_F(Clauses, RgnSetInheritHasTheRangeRulesOfSetProtect) {
    expect_range_rules(
        alice, {"set_inherit", std::to_string(K_INHERITCOPY), "0", K_WRITABLE | K_INHERITCOPY},
        [](Puppet &who) { return listed(who); }, row);
}

TEST_F(Clauses, RgnSetPagingHasTheRangeRulesOfSetProtect) {
    expect_range_rules(
        alice, {"set_paging", std::to_string(K_NOWAITFORMEMORY), "0", K_WRITABLE | K_NOWAITFORMEMORY},
        [](Puppet &who) { return listed(who); }, row);
}

TEST_F(Clauses, RgnSetOpaqueHasTheRangeRulesOfSetProtect) {
    expect_range_rules(
        alice, {"set_opaque", "0,6,0,0x66", "0", K_WRITABLE, "6", "0x66"}, [](Puppet &who) { return listed(who); },
        row);
}

TEST_F(Clauses, RgnSetPagingTakesTheMemoryAtOnce) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small);
    made(carol, "allocate self " + desc(at(0), 8 * page, K_WRITABLE));
    carol("write " + at(0) + " 1");
    const long before = free_memory(carol);
    EXPECT_EQ(carol("set_paging self " + desc(at(0), 4 * page, K_NODEMAND)), "0");
    EXPECT_EQ(free_memory(carol), before - 3 * page);
    EXPECT_EQ(listed(carol), "2" + row(at(0), 4 * page, K_WRITABLE | K_NODEMAND) + row(at(4), 4 * page, K_WRITABLE));
    // What was free when the region was allocated, others than actors have taken since.
    run("head -c " + std::to_string(before) + " /dev/zero 2>&1 > /proc/" + std::to_string(small.kernel_pid()) +
        "/root/dev/shm/ballast");
    ASSERT_EQ(free_memory(carol), 0);
    const std::string all = listed(carol);
    EXPECT_EQ(carol("set_paging self " + desc(at(4), 4 * page, K_NODEMAND)), status(K_ENOMEM));
    EXPECT_EQ(listed(carol), all);
}

TEST_F(Clauses, RgnSetOpaqueReplacesBothWords) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE | K_INHERITCOPY, "1", "0", "0x11"));
    alice("write " + at(0) + " 4");
    EXPECT_EQ(alice("set_opaque self " + desc(at(0), page, 0xffff'ffff, "2", "0", "0x22")), "0");
    EXPECT_EQ(listed(alice), "1" + row(at(0), page, K_WRITABLE | K_INHERITCOPY, "2", "0x22"));
    EXPECT_EQ(alice("access " + at(0)) + alice("read " + at(0)), "rw4");
}

}  // namespace
}  // namespace chorus::test
