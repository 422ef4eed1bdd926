// How many of everything there may be.
#include <chorus.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/maps.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

TEST(Limits, FiveHundredActors) {
    TestSite site;
    Puppet parent(site);
    parent("self");
    std::vector<std::string> children;
    for (int number = 0; number < 500; ++number)
        children.push_back(word(parent("spawn 0 " + program("puppet") + " asleep"), 1));
    EXPECT_EQ(parent("allocate " + children.back() + " 0x50000000,4096,1"), "0 0x50000000");
    const std::string table = site.chorus("ps").output;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 501) << "a headline, and one for each";
    for (const std::string &child : children)
        ASSERT_EQ(parent("delete " + child), "0");
    EXPECT_EQ(word(parent("allocate self 0,4096,9"), 0), "0");
}

TEST(Limits, AHundredThousandRegionsInASite) {
    TestSite site;
    Puppet alice(site), bob(site), carol(site), dave(site);
    const std::string start = alice.allocate(50'010, std::to_string(K_ANYWHERE | K_WRITABLE | K_INHERITSHARE));
    ASSERT_EQ(alice("riddle " + start + " 50000"), "25000 0") << "every second page freed";
    for (Puppet *other : {&bob, &carol, &dave})
        ASSERT_EQ((*other)("dup self " + alice.capability() + " 0"), "0");
    const std::string last = plus(start, 49'998L * 4096);
    alice("write " + last + " 42");
    for (Puppet *other : {&bob, &carol, &dave}) {
        EXPECT_EQ((*other)("stat self 0x44000000,0x28000000,0 0"), "25001");
        EXPECT_EQ((*other)("read " + last), "42");
        EXPECT_EQ(mapped_by(other->pid()).size(), 25'001u);
    }
}

}  // namespace
}  // namespace chorus::test
