// The clauses of the pages on the vm* and sv* calls.
#include <signal.h>

#include <set>

#include "client/clauses.hpp"

namespace chorus::test {
namespace {

std::string bytes(long count) {
    return std::to_string(count);
}
const std::string writable = std::to_string(K_WRITABLE);

// A process whose calls wait for others no longer than a second.
Puppet::Options hasty() {
    return {.set = {{"CHORUS_TIMEOUT_MS", "2000"}}};
}

TEST_F(Clauses, VmCopyCopiesBetweenActors) {
    Puppet carol(site);
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    made(bob, "allocate self " + desc(at(4), page, K_WRITABLE));
    alice("put " + at(0) + " abcdefgh");
    bob("put " + at(4) + " ________");
    const std::string her = alice.capability(), his = bob.capability();
    EXPECT_EQ(carol("vm_copy " + her + " " + plus(at(0), 2) + " " + his + " " + plus(at(4), 3) + " 4 0"), "0");
    EXPECT_EQ(bob("get " + at(4) + " 8"), "___cdef_");
    EXPECT_EQ(bob("vm_copy self " + plus(at(4), 3) + " " + her + " " + at(0) + " 1 0"), "0");
    EXPECT_EQ(bob("vm_copy " + her + " " + plus(at(0), 7) + " self " + at(4) + " 1 0"), "0");
    EXPECT_EQ(bob("vm_copy self " + at(4) + " self " + plus(at(4), 1) + " 1 0"), "0");
    EXPECT_EQ(alice("get " + at(0) + " 8") + bob("get " + at(4) + " 8"), "cbcdefghhh_cdef_");
}

TEST_F(Clauses, VmCopyNeedsNoAlignment) {
    for (Puppet *who : {&alice, &bob})
        for (const long n : {0, 1})
            made(*who, "allocate self " + desc(at(n), page, K_WRITABLE));
    const std::string from = plus(at(1), -5), to = plus(at(1), -2);
    alice("put " + from + " 0123456789a");
    bob("put " + plus(to, -1) + " _____________");
    EXPECT_EQ(bob("vm_copy " + alice.capability() + " " + from + " self " + to + " 11 0"), "0");
    EXPECT_EQ(bob("get " + plus(to, -1) + " 13"), "_0123456789a_");
}

TEST_F(Clauses, VmCopyRefusesFlags) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    alice("write " + at(0) + " 1");
    for (int bit = 0; bit < 32; ++bit)
        EXPECT_EQ(alice("vm_copy self " + at(0) + " self " + plus(at(0), 8) + " 8 " + std::to_string(1u << bit)),
                  status(K_EINVAL))
            << bit;
    EXPECT_EQ(alice("read " + plus(at(0), 8)), "0");
}

TEST_F(Clauses, VmCopyToAndFromTheSupervisorSpace) {
    Puppet system(site, Rights::system), supervisor(site, Rights::supervisor);
    const std::string there = made(supervisor, "allocate sv " + somewhere(page));
    made(system, "allocate self " + desc(at(0), page, K_WRITABLE));
    system("put " + at(0) + " out");
    EXPECT_EQ(system("access " + there), "none");
    EXPECT_EQ(system("vm_copy self " + at(0) + " sv " + there + " 3 0"), "0");
    EXPECT_EQ(supervisor("get " + there + " 3"), "out");
    supervisor("put " + there + " and-back");
    EXPECT_EQ(system("vm_copy sv " + there + " self " + at(0) + " 8 0"), "0");
    EXPECT_EQ(system("get " + at(0) + " 8"), "and-back");
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    EXPECT_EQ(alice("vm_copy self " + at(0) + " sv " + there + " 3 0"), status(K_EPRIV));
    EXPECT_EQ(alice("vm_copy sv " + there + " self " + at(0) + " 3 0"), status(K_EPRIV));
}

TEST_F(Clauses, VmCopyRefusesHolesAndCopiesNothing) {
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));  // then a hole
    made(alice, "allocate self " + desc(at(4), page, K_WRITABLE));  // then a reserved page
    made(alice, "allocate self " + desc(at(5), page, K_RESERVED | K_WRITABLE));
    made(alice, "allocate self " + desc(at(8), page, K_WRITABLE));  // then one that is not writable
    made(alice, "allocate self " + desc(at(9), page));
    made(alice, "allocate self " + desc(at(12), 2 * page, K_WRITABLE));
    for (const long n : {0, 4, 8})
        alice("write " + at(n) + " 1");
    const auto copy = [&](const std::string &from, const std::string &to) {
        return alice("vm_copy self " + from + " self " + to + " " + bytes(page + 1) + " 0");
    };
    for (const long n : {0, 4})
        EXPECT_EQ(copy(at(n), at(12)), status(K_EADDR)) << n;
    EXPECT_EQ(alice("read " + at(12)), "0");
    for (const long n : {0, 4, 8})
        EXPECT_EQ(copy(at(12), at(n)), status(K_EADDR)) << n;
    EXPECT_EQ(alice("read " + at(0)) + alice("read " + at(4)) + alice("read " + at(8)), "111");
    EXPECT_EQ(copy(at(8), at(12)), "0") << "a source need not be writable";
}

TEST_F(Clauses, VmLockNeedsWholePages) {
    made(alice, "allocate self " + desc(at(0), 4 * page, K_WRITABLE));
    EXPECT_EQ(alice("vm_lock self " + plus(at(0), 1) + " " + bytes(page) + " 0"), status(K_EROUND));
    for (const long size : {page - 1, page + 1, 0L})
        EXPECT_EQ(alice("vm_lock self " + at(0) + " " + bytes(size) + " 0"), status(K_ESIZE)) << size;
    EXPECT_EQ(locked_memory(alice), 0);
    EXPECT_EQ(alice("vm_lock self " + at(0) + " " + bytes(2 * page) + " 0"), "0");
    EXPECT_EQ(locked_memory(alice), 2 * page);
}

TEST_F(Clauses, VmLockWritableNeedsWriteAccess) {
    made(alice, "allocate self " + desc(at(0), page));
    made(alice, "allocate self " + desc(at(1), page, K_WRITABLE));
    const auto lock = [&](long n, const std::string &flags) {
        return alice("vm_lock self " + at(n) + " " + bytes(page) + " " + flags);
    };
    EXPECT_EQ(lock(0, writable), status(K_EADDR));
    EXPECT_EQ(lock(0, "0") + lock(1, "0") + lock(1, writable), "000");
}

TEST_F(Clauses, VmLockMakesOthersWait) {
    Puppet impatient(site, hasty());
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    const std::string her = alice.capability(), pages = at(0) + " " + bytes(page) + " 0";
    const std::string free = "free " + her + " " + desc(at(0), page);
    const std::string protect = "set_protect " + her + " " + desc(at(0), page);
    EXPECT_EQ(alice("vm_lock self " + pages), "0");
    EXPECT_EQ(impatient(free) + impatient(protect), status(K_ETIMEOUT) + status(K_ETIMEOUT));
    EXPECT_EQ(alice("free self " + desc(at(0), page)), status(K_EBUSY));
    EXPECT_EQ(alice("set_protect self " + desc(at(0), page)), status(K_EBUSY));
    EXPECT_EQ(alice("access " + at(0)), "rw");
    EXPECT_EQ(listed(alice), "1" + row(at(0), page, K_WRITABLE));

    bob.start(protect);
    bob.wait_until_in_call();
    EXPECT_EQ(alice("vm_unlock self " + pages), "0");
    EXPECT_EQ(bob.finish(), "0");
    EXPECT_EQ(alice("access " + at(0)), "r");

    Puppet carol(site);
    EXPECT_EQ(carol("vm_lock " + her + " " + pages), "0");
    EXPECT_EQ(impatient(free), status(K_ETIMEOUT));
    bob.start(free);
    bob.wait_until_in_call();
    carol.process().signal(SIGKILL);
    EXPECT_EQ(bob.finish(), "0");
    EXPECT_EQ(alice("access " + at(0)), "none");
}

// The end of an owner takes its pages away, locked or not; no lock is left behind where they were.
TEST_F(Clauses, VmLockEndsWithTheRegion) {
    Puppet system(site, Rights::system), maker(site, Rights::supervisor), other(site, Rights::supervisor);
    const std::string start = "0x70000000", pages = start + " " + bytes(page) + " 0";
    made(maker, "allocate self " + desc(start, page, K_WRITABLE));
    EXPECT_EQ(system("vm_lock " + maker.capability() + " " + pages), "0");
    other("self");
    end(maker);
    until(other, "access " + start, "none");
    EXPECT_EQ(locked_memory(system), 0);
    made(other, "allocate self " + desc(start, page, K_WRITABLE));
    EXPECT_EQ(other("vm_free self " + pages), "0");
    EXPECT_EQ(system("vm_unlock sv " + pages), status(K_EINVAL));
}

TEST_F(Clauses, VmUnLockNeedsWhatWasLocked) {
    made(alice, "allocate self " + desc(at(0), 4 * page, K_WRITABLE));
    const std::string her = alice.capability();
    ASSERT_EQ(alice("vm_lock self " + at(1) + " " + bytes(2 * page) + " 0"), "0");
    const struct {
        std::string range;
        int outcome;
    } table[] = {
        {plus(at(1), 1) + " " + bytes(2 * page), K_EROUND},
        {at(1) + " " + bytes(2 * page + 1), K_ESIZE},
        {at(1) + " 0", K_ESIZE},
        {at(0) + " " + bytes(2 * page), K_EINVAL},
        {at(1) + " " + bytes(3 * page), K_EINVAL},
        {at(1) + " " + bytes(page), K_EINVAL},
    };
    for (const auto &line : table)
        EXPECT_EQ(alice("vm_unlock self " + line.range + " 0"), status(line.outcome)) << line.range;
    const std::string exactly = at(1) + " " + bytes(2 * page) + " 0";
    EXPECT_EQ(bob("vm_unlock " + her + " " + exactly), status(K_EINVAL));
    EXPECT_EQ(locked_memory(bob), 2 * page) << "the lock holds";
    EXPECT_EQ(alice("vm_unlock self " + exactly), "0");
    EXPECT_EQ(alice("vm_unlock self " + exactly), status(K_EINVAL));
    EXPECT_EQ(locked_memory(bob), 0);
}

TEST_F(Clauses, VmUnLockLetsWaitersGo) {
    Puppet impatient(site, hasty());
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    const std::string pages = at(0) + " " + bytes(page) + " 0";
    const std::string free = "free " + alice.capability() + " " + desc(at(0), page);
    EXPECT_EQ(alice("vm_lock self " + pages) + alice("vm_lock self " + pages), "00");
    bob.start(free);
    bob.wait_until_in_call();
    EXPECT_EQ(alice("vm_unlock self " + pages), "0");
    EXPECT_EQ(impatient(free), status(K_ETIMEOUT)) << "the other lock holds, for bob as well";
    EXPECT_EQ(alice("access " + at(0)), "rw");
    EXPECT_EQ(alice("vm_unlock self " + pages), "0");
    EXPECT_EQ(bob.finish(), "0");
    EXPECT_EQ(alice("access " + at(0)), "none");
}

TEST_F(Clauses, VmFreeGivesTheMemoryBack) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small), dave(small);
    made(carol, "allocate self " + desc(at(0), 2 * page, K_WRITABLE));
    made(dave, "map self " + desc(at(4), page, K_WRITABLE) + " " + carol.capability() + " " + desc(at(0), page));
    carol("write " + at(0) + " 1");
    carol("write " + at(1) + " 2");
    const std::string regions = listed(carol), pages = at(0) + " " + bytes(page) + " 0";
    const long before = free_memory(carol);
    EXPECT_EQ(dave("vm_free " + carol.capability() + " " + pages), "0");
    EXPECT_EQ(carol("read " + at(0)) + dave("read " + at(4)) + carol("read " + at(1)), "002");
    EXPECT_EQ(free_memory(carol), before + page - page) << "both have just read it, which takes a page of zeros";
    EXPECT_EQ(dave("vm_free " + carol.capability() + " " + pages), "0");
    EXPECT_EQ(free_memory(carol), before + page);
    EXPECT_EQ(listed(carol), regions);
    dave("write " + at(4) + " 3");
    EXPECT_EQ(carol("read " + at(0)), "3");
    EXPECT_EQ(dave("vm_lock " + carol.capability() + " " + pages), "0");
    EXPECT_EQ(carol("vm_free self " + pages) + dave("vm_free " + carol.capability() + " " + pages),
              status(K_EBUSY) + status(K_EBUSY));
    EXPECT_EQ(dave("vm_unlock " + carol.capability() + " " + pages), "0");
    EXPECT_EQ(carol("set_protect self " + desc(at(0), page)), "0");
    EXPECT_EQ(carol("vm_free self " + pages), status(K_EADDR));
    EXPECT_EQ(carol("read " + at(0)), "3");
}

TEST_F(Clauses, VmPhysAddrIsEqualForTheSameMemory) {
    made(alice, "allocate self " + desc(at(0), 2 * page, K_WRITABLE));
    for (const char *call : {"map", "map", "init"})
        made(bob, std::string(call) + " self " + somewhere(page) + " " + alice.capability() + " " + desc(at(0), page));
    const std::string hers = physical(alice, "self", at(0));
    EXPECT_EQ(physical(bob, "self", "0x6bfff000"), hers);
    EXPECT_EQ(physical(bob, "self", "0x6bffe000"), hers);
    EXPECT_EQ(physical(bob, alice.capability(), at(0)), hers);
    EXPECT_EQ(physical(alice, "self", plus(at(0), 5)), plus(hers, 5));
    EXPECT_EQ(physical(bob, "self", plus("0x6bfff000", 5)), plus(hers, 5));
    const std::set all{hers, physical(alice, "self", at(1)), physical(bob, "self", "0x6bffd000")};
    EXPECT_EQ(all.size(), 3u) << "other pages, and copies, are elsewhere";
    EXPECT_EQ(word(alice("vm_phys self " + at(2) + " -"), 0), status(K_EADDR));
}

TEST_F(Clauses, VmMapToPhysMapsWhatVmPhysAddrNames) {
    Puppet system(site, Rights::system);
    made(alice, "allocate self " + desc(at(0), 2 * page, K_WRITABLE));
    const std::string place = physical(alice, "self", at(1));
    const auto map = [&](const std::string &actor, long n, const std::string &from) {
        return "vm_map_phys " + actor + " " + at(n) + " " + from + " " + bytes(page) + " " + writable;
    };
    EXPECT_EQ(system(map(bob.capability(), 8, place)), "0");
    alice("write " + at(1) + " 1");
    EXPECT_EQ(bob("read " + at(8)), "1");
    bob("write " + at(8) + " 2");
    EXPECT_EQ(alice("read " + at(1)), "2");
    EXPECT_EQ(bob(map("self", 9, place)), status(K_EPRIV));
    EXPECT_EQ(system(map(bob.capability(), 9, plus(place, 1))), status(K_EROUND));
    EXPECT_EQ(system(map(bob.capability(), 9, plus(place, page))), status(K_EADDR));
    EXPECT_EQ(system(map(bob.capability(), 9, "0x7000000000000000")), status(K_EADDR));
    EXPECT_EQ(word(listed(bob), 0), "1");
}

TEST_F(Clauses, VmStatReportsMemoryAndMarks) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small), system(small, Rights::system);
    EXPECT_EQ(system("vm_set_par 4096 8192 16384"), "0");
    const std::string size = std::to_string(small_memory),
                      rest = " 4096 8192 16384 0x44000000 0x6c000000 0x6c000000 0x7c000000 0 0 0";
    EXPECT_EQ(carol("vm_stat -"), "0 " + size + " " + size + " 0" + rest);
    made(carol, "allocate self " + desc(at(0), 4 * page, K_WRITABLE | K_NODEMAND));
    EXPECT_EQ(free_memory(carol), static_cast<long>(small_memory) - 4 * page);
    EXPECT_EQ(carol("vm_lock self " + at(0) + " " + bytes(3 * page) + " 0"), "0");
    EXPECT_EQ(locked_memory(system), 3 * page);
    EXPECT_EQ(carol("vm_unlock self " + at(0) + " " + bytes(3 * page) + " 0"), "0");
    EXPECT_EQ(carol("free self " + desc(at(0), 4 * page)), "0");
    EXPECT_EQ(carol("vm_stat -"), "0 " + size + " " + size + " 0" + rest);
    EXPECT_EQ(word(carol("vm_stat bad"), 0) + word(carol("vm_stat null"), 0), status(K_EFAULT) + status(K_EFAULT));
}

TEST_F(Clauses, VmSetParRefusesMarksThatContradict) {
    Puppet system(site, Rights::system);
    const auto marks = [&] {
        const std::string stat = alice("vm_stat -");
        return word(stat, 4) + " " + word(stat, 5) + " " + word(stat, 6);
    };
    EXPECT_EQ(system("vm_set_par 1 2 3"), "0");
    EXPECT_EQ(system("vm_set_par 3 2 4"), status(K_EINVAL));
    EXPECT_EQ(system("vm_set_par 1 4 3"), status(K_EINVAL));
    EXPECT_EQ(marks(), "1 2 3");
    EXPECT_EQ(system("vm_set_par 5 5 5"), "0");
    EXPECT_EQ(marks(), "5 5 5");
}

TEST_F(Clauses, VmSetParRedMarkIsKeptFromUserActors) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet carol(small), system(small, Rights::system);
    const std::string red = std::to_string(free_memory(carol) - page);
    EXPECT_EQ(carol("vm_set_par 0 0 0"), status(K_EPRIV));
    EXPECT_EQ(system("vm_set_par " + red + " " + red + " " + red), "0");
    EXPECT_EQ(word(carol("allocate self " + somewhere(2 * page)), 0), status(K_ENOMEM));
    EXPECT_EQ(listed(carol), "0");
    EXPECT_EQ(word(system("allocate self " + somewhere(2 * page)), 0), "0");
}

TEST_F(Clauses, SvPagesAllocateIsForSupervisorActors) {
    Puppet system(site, Rights::system), maker(site, Rights::supervisor), other(site, Rights::supervisor);
    for (Puppet *who : {&alice, &system})
        EXPECT_EQ((*who)("sv_allocate - 4096 0 self"), status(K_EPRIV) + " 0x123");
    const std::string start = made(maker, "sv_allocate - 5000 0 self");
    EXPECT_EQ(std::stoul(start, nullptr, 0) % page, 0u);
    EXPECT_GE(std::stoul(start, nullptr, 0), 0x6c00'0000u);
    EXPECT_LT(std::stoul(start, nullptr, 0), 0x7c00'0000u);
    EXPECT_EQ(maker("read " + start) + other("access " + plus(start, 2 * page - 1)), "0rw");
    maker("write " + start + " 3");
    EXPECT_EQ(other("read " + start), "3");
}

TEST_F(Clauses, SvPagesAllocateOutlivesItsMaker) {
    Puppet maker(site, Rights::supervisor), other(site, Rights::supervisor);
    const std::string start = made(maker, "sv_allocate - 4096 0 self");
    maker("write " + start + " 9");
    EXPECT_EQ(listed_supervisor(maker, "self"), "0");
    end(maker);
    EXPECT_EQ(other("read " + start), "9");
    EXPECT_EQ(listed_supervisor(other), "1" + row(start, page, K_WRITABLE));
}

TEST_F(Clauses, SvPagesAllocateRefusesWhatIsNotThere) {
    CHORUS_NEEDS_OWN_MEMORY();
    TestSite small(small_memory);
    Puppet maker(small, Rights::supervisor);
    const std::string flags = std::to_string(K_NODEMAND | K_NOWAITFORMEMORY);
    EXPECT_EQ(maker("sv_allocate - " + bytes(2 * small_memory) + " " + flags + " self"), status(K_ENOMEM) + " 0x123");
    EXPECT_EQ(maker("sv_allocate - 4096 8 self"), status(K_EINVAL) + " 0x123");
    EXPECT_EQ(listed_supervisor(maker), "0");
    EXPECT_EQ(word(maker("sv_allocate - 4096 " + flags + " self"), 0), "0");
}

TEST_F(Clauses, SvPagesFreeGivesThePagesBack) {
    Puppet system(site, Rights::system), maker(site, Rights::supervisor), other(site, Rights::supervisor);
    const std::string start = made(maker, "sv_allocate - 4096 0 self"), free = "sv_free " + start + " 4096";
    EXPECT_EQ(alice(free) + system(free), status(K_EPRIV) + status(K_EPRIV));
    EXPECT_EQ(maker("access " + start), "rw");
    EXPECT_EQ(other(free), "0");
    EXPECT_EQ(maker("access " + start) + other("access " + start), "nonenone");
    EXPECT_EQ(listed_supervisor(other), "0");
}

const char *const sv_copies[] = {"sv_copy_in", "sv_copy_out", "sv_copy_in_string"};

TEST_F(Clauses, SvCopyIsForSupervisorActors) {
    Puppet system(site, Rights::system), supervisor(site, Rights::supervisor);
    for (Puppet *who : {&alice, &system, &supervisor}) {
        const std::string from = made(*who, "allocate self " + somewhere(page)), to = plus(from, 100);
        for (const std::string call : sv_copies) {
            (*who)("put " + from + " abcdef");
            (*who)("put " + to + " ________");
            const std::string reply = (*who)(call + " " + from + " " + to + " 7");
            const bool may = who == &supervisor;
            EXPECT_EQ(reply, may ? "0" : status(K_EPRIV)) << call;
            EXPECT_EQ((*who)("get " + to + " 8"), may ? "abcdef._" : "________") << call;
        }
    }
}

TEST_F(Clauses, SvCopyRefusesBadAddresses) {
    Puppet supervisor(site, Rights::supervisor);
    const std::string start = made(supervisor, "allocate self " + somewhere(4 * page));
    ASSERT_EQ(supervisor("free self " + desc(plus(start, page), page)), "0");
    const std::string good = plus(start, 2 * page), hole = plus(start, page), before = plus(start, page - 4);
    supervisor("put " + before + " abcd");
    supervisor("put " + good + " abcdefghijkl");
    for (const std::string call : sv_copies) {
        for (const std::string &bad : {hole, before}) {
            EXPECT_EQ(supervisor(call + " " + bad + " " + good + " 8"), status(K_EFAULT)) << call;
            EXPECT_EQ(supervisor(call + " " + good + " " + bad + " 20"), status(K_EFAULT)) << call;
        }
    }
    EXPECT_EQ(supervisor("get " + before + " 4"), "abcd");
}

TEST_F(Clauses, SvCopyInStringRefusesWhatDoesNotFit) {
    Puppet supervisor(site, Rights::supervisor);
    const std::string from = made(supervisor, "allocate self " + somewhere(page)), to = plus(from, 100);
    supervisor("put " + from + " hello");
    supervisor("put " + to + " __________");
    const auto copy = [&](const std::string &string, long size) {
        return supervisor("sv_copy_in_string " + string + " " + to + " " + std::to_string(size));
    };
    EXPECT_EQ(copy(from, 6), "0");
    EXPECT_EQ(supervisor("get " + to + " 10"), "hello.____");
    EXPECT_EQ(copy(from, 5), status(K_ENOMEM));
    supervisor("put " + plus(from, page - 4) + " abcd");
    EXPECT_EQ(copy(plus(from, page - 4), 8), status(K_EFAULT));
    EXPECT_EQ(copy(from, 8), "0") << "what is behind the NUL does not count";
}

}  // namespace
}  // namespace chorus::test
