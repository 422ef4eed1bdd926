// What the commands print as JSON is what docs/schema says.
#include <chorus.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;

// Runs a shell command that prints JSON. Returns the number of documents, or what is wrong.
std::string validate(const std::string &schema, const std::string &command) {
    return run(command + " | '" + source("tests/cli/validate.py") + "' '" + source("docs/schema/" + schema + ".json") +
               "' 2>&1")
        .output;
}

std::string validate_text(const std::string &schema, const std::string &document) {
    return validate(schema, "printf '%s' '" + document + "'");
}

class Schema : public testing::Test {
  protected:
    std::string command(const std::string &words) const {
        return "CHORUS_SITE=" + site.name() + " '" + program("chorus") + "' " + words;
    }
    void expect_valid(const std::string &schema, const std::string &words, int documents = 1) {
        EXPECT_EQ(validate(schema, command(words)), std::to_string(documents) + "\n") << words;
        checked.insert(schema);
    }

    TestSite site;
    std::set<std::string> checked;
};

TEST_F(Schema, HoldsForEveryCommand) {
    for (const char *schema : {"ps", "regions", "waits", "quota"})
        expect_valid(schema, std::string(schema) + " --json");
    {
        Puppet alice(site), bob(site), carol(site), dave(site), supervisor(site, Puppet::Rights::supervisor);
        supervisor("id");
        alice("name self old \xff\033");
        const std::string here = alice.allocate(2, anywhere);
        for (Puppet *puppet : {&bob, &carol})
            ASSERT_EQ(word((*puppet)("map self " + here + ",4096," + std::to_string(K_WRITABLE) + " " +
                                     alice.capability() + " " + here + ",4096,0"),
                           0),
                      "0");
        ASSERT_EQ(word(dave("map self 0,4096," + std::to_string(K_ANYWHERE) + " " + alice.capability() + " " + here +
                            ",4096,0"),
                       0),
                  "0");
        supervisor.allocate(1, anywhere);
        ASSERT_EQ(bob("sem_init " + here + " 1"), "0");
        ASSERT_EQ(bob("sem_init " + plus(here, 64) + " 1"), "0");
        ASSERT_EQ(bob("sem_p " + here + " forever"), "0");
        ASSERT_EQ(carol("sem_p " + plus(here, 64) + " forever"), "0");
        bob.start("sem_p " + plus(here, 64) + " forever");
        carol.start("sem_p " + here + " forever");
        dave.process().stop();
        const std::string daves = json::parse(run(command("ps --json --filter STATE=stopped")).output)[0]["unique_id"];
        ASSERT_EQ(word(alice("create self - 0 0"), 0), "0");
        json waits;
        do {
            waits = json::parse(run(command("waits --json")).output);
        } while (waits["cycles"].empty());

        expect_valid("ps", "ps --json");
        expect_valid("ps", "ps --json --tree --sort NAME");
        expect_valid("regions", "regions --json");
        expect_valid("waits", "waits --json");
        expect_valid("quota", "quota --regions 100 --json=1");
        expect_valid("quota", "quota --json --filter WHO~user");
        expect_valid("sites", "sites --json");
        expect_valid("ps", "ps --watch --interval 0.01 --json 2>/dev/null | head -n 3", 3);
        expect_valid("kill", "kill 1 2 --json", 2);
    }
    checked.insert("sim-run");
    checked.insert("sim-explore");
    for (const auto &entry : std::filesystem::directory_iterator(source("docs/schema")))
        EXPECT_TRUE(checked.contains(entry.path().stem())) << entry.path() << " is of no command";
}

TEST_F(Schema, HoldsForACallThatWaits) {
    Puppet alice(site), bob(site);
    const std::string bobs = bob.capability();
    bob.process().stop();
    alice.start("allocate " + bobs + " 0,4096," + anywhere);
    std::string listed;
    do {
        listed = run(command("waits --json")).output;
    } while (json::parse(listed)["calls"].empty());
    bob.process().signal(SIGCONT);  // before Python starts: the call waits no longer than half of the time-out
    EXPECT_EQ(word(alice.finish(), 0), "0");
    EXPECT_EQ(validate_text("waits", listed), "1\n");
}

TEST(SimSchema, HoldsForRunAndExplore) {
    const std::string sim = "'" + program("chorus-sim") + "' ", scenarios = source("sim/scenarios");
    const std::string crossed = " '" + scenarios + "/orders/locks_crossed.scn'";
    EXPECT_EQ(validate("sim-explore", sim + "explore --json" + crossed), "1\n") << "with a deadlock";
    EXPECT_EQ(validate("sim-run", sim + "run --format json --world both" + crossed), "1\n");
    const std::string wrong = scratch("schema-" + std::to_string(getpid()) + ".scn");
    std::ofstream(wrong) << "# Fails.\nactor a\na  p = rgnAllocate 1 page writable -> K_ENOMEM\n";
    EXPECT_EQ(validate("sim-run", sim + "run --format json '" + wrong + "'"), "1\n") << "a failure";
    std::ofstream(wrong) << run("sed 's/ or deadlock//'" + crossed).output;
    EXPECT_EQ(validate("sim-explore", sim + "explore --json '" + wrong + "'"), "1\n") << "a failure";
    std::filesystem::remove(wrong);
}

// The test above is worth what the validation finds.
TEST(SchemaValidation, FindsWhatIsWrong) {
    const std::string right = R"([{"actors": 1, "site": "a", "state": "ready", "uid": 0, "user": "root"}])";
    EXPECT_EQ(validate_text("sites", right), "1\n");
    const auto expect_wrong = [&](const std::string &from, const std::string &to, const std::string &why) {
        std::string changed = right;
        changed.replace(changed.find(from), from.size(), to);
        EXPECT_NE(validate_text("sites", changed).find(why), std::string::npos) << changed;
    };
    expect_wrong(R"("uid": 0, )", "", "'uid' is a required property");
    expect_wrong(R"("uid": 0)", R"("uid": "0")", "is not of type 'integer'");
    expect_wrong(R"("uid": 0)", R"("uid": 0, "gid": 0)", "'gid' was unexpected");
    expect_wrong("ready", "asleep", "is not one of");
    EXPECT_EQ(validate_text("sites", right + right), "2\n");
    EXPECT_NE(validate_text("kill", R"({"killed": -1})").find("minimum"), std::string::npos);
}

}  // namespace
}  // namespace chorus::test
