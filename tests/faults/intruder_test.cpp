// A hostile actor is refused everything that its capability does not give it, or it is on the advisory list of
// docs/security.md.
#include <gtest/gtest.h>
#include <mem/chMem.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/site.hpp"

namespace chorus::test {
namespace {

constexpr unsigned owner_uid = other_stranger_uid, intruder_uid = stranger_uid;

bool may_be_several_users() {
    return may_be_run_by(intruder_uid, "fault-intruder");
}

// Unique id and key of a puppet, as numbers: it says them as four words.
struct Capability {
    explicit Capability(Puppet &puppet) {
        unsigned long word[4] = {};
        std::sscanf(puppet.capability().c_str(), "%lx.%lx.%lx.%lx", &word[0], &word[1], &word[2], &word[3]);
        unique_id = std::to_string(word[0] << 32 | word[1]);
        key = std::to_string(word[2] << 32 | word[3]);
    }
    std::string unique_id, key;
};

// What the page on security says that nothing keeps a process of the same user from.
std::set<std::string> advisory_list() {
    std::set<std::string> list;
    std::ifstream page(source("docs/security.md"));
    for (std::string line; std::getline(page, line);)
        if (line.starts_with("- `")) list.insert(line.substr(3, line.find('`', 3) - 3));
    return list;
}

TEST(Intruder, ForgedCapabilitiesAreRefused) {
    const char *wanted = std::getenv("CHORUS_FORGERIES");
    const long count = wanted != nullptr ? std::atol(wanted) : 20'000;
    TestSite site;
    Puppet alice(site);
    alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    const Finished forged = run("'" + program("fault-intruder") + "' forge " + std::to_string(geteuid()) + " " +
                                site.name() + " " + std::to_string(count) + " " + Capability(alice).unique_id);
    EXPECT_EQ(forged.status, 0);
    EXPECT_EQ(forged.output, std::to_string(count) + " of " + std::to_string(count) + " refused\n");
}

// The page of a puppet, and what an intruder comes to. Each line of its output is an attempt.
struct Attack {
    Attack(TestSite &site, unsigned kernel_uid, const Puppet::Options &owner, const std::string &as, unsigned options)
        : alice(site, owner) {
        start = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE | options));
        const Capability capability(alice);
        came_to = run(as + "'" + program("fault-intruder") + "' write " + std::to_string(kernel_uid) + " " +
                      site.name() + " " + capability.unique_id + " " + capability.key + " " + start + " " +
                      std::to_string(alice.pid()) + " " + std::to_string(site.kernel_pid()));
    }
    Puppet alice;
    std::string start;
    Finished came_to;
};

TEST(Intruder, AnotherUserIsRefusedEverything) {
    if (!may_be_several_users()) GTEST_SKIP() << "only root can be several users";
    TestSite site("env", "--allow-user " + std::to_string(owner_uid) + " --allow-user " + std::to_string(intruder_uid));
    const Puppet::Options owner{.through = words_as_user(owner_uid)};
    for (const unsigned kind : {0U, K_EXECUTABLE}) {
        Attack attack(site, 0, owner, as_user(intruder_uid), kind);
        EXPECT_EQ(attack.came_to.status, 0);
        EXPECT_EQ(attack.came_to.output.find(": done"), std::string::npos) << attack.came_to.output;
        EXPECT_EQ(attack.alice("read " + attack.start), "0");
    }
}

TEST(Intruder, TheSameUserCanDoWhatTheListSays) {
    const bool root = geteuid() == 0;
    if (root && !may_be_several_users()) GTEST_SKIP() << "root can do everything";
    const unsigned uid = root ? intruder_uid : geteuid();
    TestSite site(root ? as_user(uid) : "env", "");
    Puppet::Options owner;
    if (root) owner.through = words_as_user(uid);
    const Attack attack(site, uid, owner, root ? as_user(uid) : "", 0);
    EXPECT_EQ(attack.came_to.status, 0);
    const std::set<std::string> advisory = advisory_list();
    EXPECT_GE(advisory.size(), 5U);
    std::istringstream lines(attack.came_to.output);
    for (std::string line; std::getline(lines, line);) {
        const auto done = line.find(": done");
        if (done == std::string::npos) continue;
        EXPECT_TRUE(advisory.contains(line.substr(0, done))) << line;
    }
}

}  // namespace
}  // namespace chorus::test
