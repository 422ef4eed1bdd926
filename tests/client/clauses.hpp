// What the tests of the clauses share. Each shows one clause of docs/calls, between real actors and a real kernel.
#pragma once

#include <chorus.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/page.hpp"
#include "support/site.hpp"

namespace chorus::test {

constexpr unsigned long small_memory = 64UL << 20;  // of a site that runs out of it

// The address of the n-th page of a range that tests use.
inline std::string at(long n) {
    return plus("0x50000000", n * page);
}
// A descriptor as a word of a call.
inline std::string desc(const std::string &start, long bytes, unsigned options = 0, const std::string &opaque2 = "0",
                        const std::string &end = "0", const std::string &opaque1 = "0") {
    return start + "," + std::to_string(bytes) + "," + std::to_string(options) + "," + opaque2 + "," + end + "," +
           opaque1;
}
// Somewhere, writable.
inline std::string somewhere(long bytes, unsigned options = 0) {
    return desc("0", bytes, K_ANYWHERE | K_WRITABLE | options);
}
// A capability with one bit of its key changed.
inline std::string wrong_key(std::string capability) {
    capability.back() = capability.back() == '0' ? '1' : '0';
    return capability;
}

class Clauses : public testing::Test {
  protected:
    using Rights = Puppet::Rights;

    // rgnStat over the user window, and over the supervisor window.
    static std::string listed(Puppet &who, const std::string &actor = "self") {
        return who("stat_all " + actor + " 0x44000000,0x28000000,0 64");
    }
    static std::string listed_supervisor(Puppet &who, const std::string &actor = "sv") {
        return who("stat_all " + actor + " 0x6c000000,0x10000000,0 64");
    }
    // One of them.
    static std::string row(const std::string &start, long bytes, unsigned options, const std::string &opaque2 = "0",
                           const std::string &opaque1 = "0") {
        return " " + start + "," + plus("0", bytes) + "," + (options == 0 ? "0" : plus("0", options)) + "," + opaque2 +
               "," + opaque1;
    }
    // Makes a call that makes a region, or fails the test: the address.
    static std::string made(Puppet &who, const std::string &call) {
        const std::string reply = who(call);
        EXPECT_EQ(word(reply, 0), "0") << call;
        return word(reply, 1);
    }
    // Asks until the reply is the one that must come.
    static void until(Puppet &who, const std::string &call, const std::string &reply) {
        for (std::string got = who(call); got != reply; got = who(call))
            ASSERT_FALSE(got.empty()) << call;
    }
    static std::string physical(Puppet &who, const std::string &actor, const std::string &address) {
        return made(who, "vm_phys " + actor + " " + address + " -");
    }
    static long free_memory(Puppet &who) { return std::stol(word(who("vm_stat -"), 2)); }
    static long locked_memory(Puppet &who) { return std::stol(word(who("vm_stat -"), 3)); }
    // Ends an actor by its own hand.
    static void end(Puppet &who) {
        who.start("delete self");
        EXPECT_EQ(who.finish(), "");
    }

    TestSite site;
    Puppet alice{site};
    Puppet bob{site};
};

#define CHORUS_NEEDS_OWN_MEMORY() \
    if (!TestSite::may_have_own_memory()) GTEST_SKIP() << "a mount of its own needs root or user namespaces"
#define CHORUS_NEEDS_STRANGERS() \
    if (!may_be_run_by(stranger_uid, "puppet")) GTEST_SKIP() << "processes of another user need root"

}  // namespace chorus::test
