// Quotas are seen and set by `chorus quota`, and hold from then on.
#include <chorus.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

const std::string no_memory = std::to_string(K_ENOMEM);

class QuotaCommand : public testing::Test {
  protected:
    std::string allocate(Puppet &puppet, const std::string &bytes) {
        return word(puppet("allocate self 0," + bytes + "," + anywhere), 0);
    }
    nlohmann::json quota(const std::string &options) {
        const Finished told = site.chorus("quota --json " + options);
        EXPECT_EQ(told.status, 0) << told.output;
        return nlohmann::json::parse(told.output);
    }

    TestSite site;
    Puppet alice{site}, bob{site};
};

TEST_F(QuotaCommand, NothingIsLimitedUntilSomebodySaysSo) {
    alice.allocate(2, anywhere);
    bob("self");
    const nlohmann::json none{{"regions", nullptr}, {"bytes", nullptr}, {"actors", nullptr}, {"calls", nullptr}};
    const nlohmann::json told = quota("");
    EXPECT_EQ(told["each_actor_at_most"], none);
    EXPECT_EQ(told["each_user_at_most"], none);
    const nlohmann::json used{{"uid", geteuid()}, {"regions", 1}, {"bytes", 8192}, {"actors", 2}, {"calls", 0}};
    EXPECT_EQ(told["users"], nlohmann::json::array({used}));
}

TEST_F(QuotaCommand, OfEachActor) {
    EXPECT_EQ(quota("--regions 1")["each_actor_at_most"]["regions"], 1);
    EXPECT_EQ(allocate(alice, "4096"), "0");
    EXPECT_EQ(allocate(alice, "4096"), no_memory);
    EXPECT_EQ(allocate(bob, "4096"), "0");
    EXPECT_EQ(quota("--regions 9 --bytes 8192")["each_actor_at_most"]["bytes"], 8192);
    EXPECT_EQ(allocate(alice, "8192"), no_memory);
    EXPECT_EQ(allocate(alice, "4096"), "0");
}

TEST_F(QuotaCommand, OfEachUser) {
    EXPECT_EQ(quota("--user --bytes 8192 --actors 2")["each_user_at_most"]["actors"], 2);
    EXPECT_EQ(allocate(alice, "4096"), "0");
    EXPECT_EQ(allocate(bob, "8192"), no_memory);
    EXPECT_EQ(allocate(bob, "4096"), "0");
    EXPECT_NE(site.chorus("run true 2>&1").status, 0) << "a third actor";
}

TEST_F(QuotaCommand, OfCallsInFlight) {
    Puppet carol(site);
    const std::string into_bob = "allocate " + bob.capability() + " 0,4096," + anywhere;
    EXPECT_EQ(quota("--user --calls 1")["each_user_at_most"]["calls"], 1);
    bob.process().stop();
    alice.start(into_bob);
    while (quota("")["users"][0]["calls"] != 1) {
    }
    EXPECT_EQ(allocate(carol, "4096"), no_memory);
    bob.process().signal(SIGCONT);
    EXPECT_EQ(word(alice.finish(), 0), "0");
    EXPECT_EQ(allocate(carol, "4096"), "0");
    quota("--calls 0");
    EXPECT_EQ(allocate(carol, "4096"), no_memory);
    EXPECT_EQ(quota("")["users"][0]["calls"], 0) << "consoles are no actors";
}

TEST_F(QuotaCommand, UnlimitedLiftsALimit) {
    EXPECT_EQ(quota("--regions 1 --bytes 4KiB --actors 7 --calls 9")["each_actor_at_most"]["bytes"], 4096);
    EXPECT_EQ(allocate(alice, "8192"), no_memory);
    EXPECT_TRUE(quota("--bytes unlimited --regions unlimited")["each_actor_at_most"]["bytes"].is_null());
    EXPECT_EQ(allocate(alice, "8192"), "0");
    EXPECT_EQ(allocate(alice, "8192"), "0");
    const nlohmann::json told = quota("--actors unlimited");
    EXPECT_TRUE(told["each_actor_at_most"]["actors"].is_null());
    EXPECT_EQ(told["each_actor_at_most"]["calls"], 9) << "other limits stay";
}

TEST_F(QuotaCommand, RefusesWhatIsNoLimit) {
    for (const char *wrong : {"--regions x", "--regions -1", "--regions 1K", "--bytes 1x",
                              "--bytes 99999999999999999999", "--bytes 16777216T", "--calls ''"}) {
        const Finished told = site.chorus(std::string("quota ") + wrong + " 2>&1");
        EXPECT_EQ(told.status, 2) << wrong << "\n" << told.output;
        EXPECT_NE(told.output.find("'unlimited'"), std::string::npos) << told.output;
    }
}

TEST_F(QuotaCommand, ATableForPeople) {
    alice.allocate(3, anywhere);
    bob("self");
    // The widths of the columns depend on the user's name.
    const std::string table = site.chorus("quota --regions 7 --bytes 1m | tr -s ' '").output;
    EXPECT_NE(table.find("\neach actor, at most 7 1 MiB unlimited unlimited\n"), std::string::npos) << table;
    EXPECT_NE(table.find(" has 1 12 KiB 2 0\n"), std::string::npos) << table;
    EXPECT_NE(site.chorus("quota --bytes").output.find(" 12288 "), std::string::npos);
}

TEST_F(QuotaCommand, AreNotForEverybodyToSet) {
    if (!may_be_run_by(stranger_uid, "chorus")) GTEST_SKIP() << "only root can be several users";
    TestSite open("env", "--allow-user 65534");
    const std::string command = as_user(stranger_uid) + "'" + program("chorus") + "' quota --site root/" + open.name();
    EXPECT_EQ(run(command).status, 0);
    const Finished told = run(command + " --regions 7 2>&1");
    EXPECT_EQ(told.status, 1);
    EXPECT_NE(told.output.find("quotas are set by the user of the kernel, or by root"), std::string::npos)
        << told.output;
}

}  // namespace
}  // namespace chorus::test
