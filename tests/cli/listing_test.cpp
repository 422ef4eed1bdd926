// What the listings of a real site show: names, selected actors, order, states, trees, terminals, repetition.
#include <chorus.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/terminal.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;

class Listing : public testing::Test {
  protected:
    Listing() {
        for (Puppet *puppet : {&alice, &bob, &worker})
            (*puppet)("id");  // joins
        alice("name self old alice");
        bob("name self old bob");
        worker("name self old worker-3");
    }
    std::string chorus(const std::string &words) const { return site.chorus(words + " 2>&1").output; }
    json told(const std::string &words) const { return json::parse(site.chorus(words + " --json").output); }
    // The command for a shell that runs it on a terminal.
    std::string command(const std::string &words) const {
        return "env -u NO_COLOR TERM=xterm CHORUS_SITE=" + site.name() + " '" + program("chorus") + "' " + words;
    }

    TestSite site;
    Puppet alice{site}, bob{site}, worker{site};
};

TEST_F(Listing, NamesStandBesideAids) {
    const std::string here = alice.allocate(3, anywhere);
    ASSERT_EQ(alice("sem_init " + here + " 0"), "0");
    alice.start("sem_p " + here + " forever");
    while (told("waits")["semaphores"].empty()) {
    }
    const std::string pid = std::to_string(alice.pid());
    const std::string blanks(pid.size() - 3, ' ');
    EXPECT_EQ(chorus("ps alice --filter UID=x --no-headers"), "");
    EXPECT_EQ(chorus("ps alice").find("AID  NAME   " + blanks + "PID  "), 0u) << chorus("ps alice");
    EXPECT_NE(chorus("ps alice").find("\n  1  alice  " + pid + "  "), std::string::npos);
    EXPECT_EQ(chorus("regions"),
              "AID  NAME   ADDRESS                  SIZE  ACCESS  SEGMENT  OFFSET  INHERIT  READ-ONLY\n"
              "  1  alice  0x6bffd000-0x6c000000  12 KiB  rw            1     0x0  none     -\n");
    EXPECT_EQ(chorus("regions --bytes --no-headers"), "1  alice  0x6bffd000-0x6c000000  12288  rw  1  0x0  none  -\n");
    EXPECT_EQ(chorus("waits").find("SEMAPHORE         VALUE  AID  NAME   "), 0u) << chorus("waits");
    EXPECT_NE(chorus("waits").find("\nsegment 1 at 0x0      0    1  alice  "), std::string::npos) << chorus("waits");
    EXPECT_EQ(told("regions")[0]["name"], "alice");
    EXPECT_EQ(told("waits")["semaphores"][0]["sleepers"][0]["name"], "alice");
    EXPECT_TRUE(told("waits bob")["semaphores"].empty());
    EXPECT_EQ(told("waits alice bob")["semaphores"].size(), 1u);
    EXPECT_TRUE(told("waits --filter 'ASLEEP>1000'")["semaphores"].empty());
}

TEST_F(Listing, SeveralActorsAreSelectedByAidNameOrCapability) {
    EXPECT_EQ(chorus("ps --no-headers bob 1 | awk '{print $1, $2}'"), "2 bob\n1 alice\n");
    const std::string id = told("ps worker-3")[0]["unique_id"];
    EXPECT_EQ(told("ps " + id)[0]["aid"], 3);
    std::string words = "0x" + worker.capability();  // HEAD.TAIL.HEAD.TAIL
    for (std::size_t at; (at = words.find('.')) != std::string::npos;)
        words.replace(at, 1, " 0x");
    EXPECT_EQ(told("ps " + words + " alice")[0]["aid"], 3) << words;
    EXPECT_EQ(told("ps " + words + " alice")[1]["aid"], 1);

    const std::string at_alice = alice.allocate(1, anywhere), at_worker = worker.allocate(1, anywhere);
    worker.allocate(2, anywhere);
    ASSERT_EQ(word(bob("map self 0,4096," + anywhere + " " + alice.capability() + " " + at_alice + ",4096,0"), 0), "0");
    EXPECT_EQ(chorus("regions --no-headers alice bob | awk '{print $2, $7}'"), "alice 1\nbob 1\n");
    EXPECT_EQ(chorus("regions --no-headers worker-3 --segment 3 | awk '{print $2, $7}'"), "worker-3 3\n");
    EXPECT_EQ(chorus("regions --no-headers --segment 1 --segment 2 | awk '{print $2, $7}'"),
              "alice 1\nbob 1\nworker-3 2\n");
    EXPECT_EQ(told("regions --segment 9"), json::array());

    EXPECT_EQ(chorus("kill worker-3 1 --json"), "{\"killed\":3}\n{\"killed\":1}\n");
    EXPECT_EQ(alice.process().wait(), 128 + 9);
    EXPECT_EQ(worker.process().wait(), 128 + 9);
    EXPECT_EQ(chorus("ps --no-headers | awk '{print $2}'"), "bob\n");
}

TEST_F(Listing, ANameOfSeveralIsAnErrorThatListsThem) {
    bob("name self old alice");
    for (const char *words : {"kill 3 alice", "ps alice", "regions alice", "waits alice"}) {
        const Finished told = site.chorus(std::string(words) + " 2>&1");
        EXPECT_EQ(told.status, 1);
        EXPECT_EQ(told.output,
                  "chorus: 2 actors have the name 'alice'; give the AID of one of them:\n  1 alice (process " +
                      std::to_string(alice.pid()) + ")\n  2 alice (process " + std::to_string(bob.pid()) + ")\n");
    }
    EXPECT_EQ(told("ps").size(), 3u) << "nobody was killed";
    EXPECT_EQ(chorus("kill wroker-3"), "chorus: no actor has the name 'wroker-3'; did you mean 'worker-3'?\n");
}

TEST_F(Listing, AnActorThatCannotBeKilledKeepsNoOtherAlive) {
    if (!may_be_run_by(stranger_uid, "chorus")) GTEST_SKIP() << "only root can be several users";
    TestSite open("env", "--allow-user 65534");
    Puppet ours(open), theirs(open, Puppet::Options{.through = words_as_user(stranger_uid)});
    ours("id");
    theirs("id");
    const Finished told =
        run(as_user(stranger_uid) + "'" + program("chorus") + "' kill 1 2 --json --site root/" + open.name() + " 2>&1");
    EXPECT_EQ(told.status, 1);
    EXPECT_EQ(told.output, "chorus: actor 1 is another user's\n{\"killed\":2}\n");
    EXPECT_EQ(theirs.process().wait(), 128 + 9);
}

TEST_F(Listing, FiltersAndOrderHoldForJsonToo) {
    EXPECT_EQ(chorus("ps --no-headers --sort NAME | awk '{print $2}'"), "alice\nbob\nworker-3\n");
    EXPECT_EQ(chorus("ps --no-headers --sort=-AID --filter 'NAME!=bob' | awk '{print $2}'"), "worker-3\nalice\n");
    EXPECT_EQ(chorus("ps --no-headers --sort STATE,-NAME | awk '{print $2}'"), "worker-3\nbob\nalice\n");
    EXPECT_EQ(chorus("ps --no-headers --sort STATE --sort=-NAME | awk '{print $2}'"), "worker-3\nbob\nalice\n");
    const json sorted = told("ps --sort=-AID --filter 'AID>1'");
    ASSERT_EQ(sorted.size(), 2u);
    EXPECT_EQ(sorted[0]["aid"], 3);
    EXPECT_EQ(sorted[1]["aid"], 2);
    EXPECT_EQ(told("quota --filter WHO~user")["users"].size(), 1u);
}

TEST_F(Listing, StatesAreTrue) {
    const auto state = [&](const std::string &who) { return told("ps " + who)[0]["state"]; };
    EXPECT_EQ(state("alice"), "running");
    alice.process().stop();
    EXPECT_EQ(state("alice"), "stopped") << "by a signal";
    alice.process().signal(SIGCONT);
    EXPECT_EQ(alice("name self old alice"), "0 alice") << "it goes on";
    EXPECT_EQ(state("alice"), "running");
    const std::string bobs_capability = bob.capability();
    ASSERT_EQ(alice("stop " + bobs_capability), "0");
    EXPECT_EQ(state("bob"), "stopped") << "by actorStop";
    ASSERT_EQ(alice("start " + bobs_capability), "0");
    EXPECT_EQ(state("bob"), "running");
    const std::string created = alice("create self - 0 0");
    ASSERT_EQ(word(created, 0), "0") << created;
    const json all = told("ps");
    EXPECT_EQ(all.size(), 4u) << "consoles are no actors";
    EXPECT_EQ(all[3]["state"], "created");
    EXPECT_EQ(all[3]["pid"], 0);
}

TEST_F(Listing, ATreeShowsWhoStartedWhom) {
    const auto spawn = [&](const std::string &program_name) {
        const std::string aid = word(alice("spawn 0 " + program_name + " 1000"), 0);
        EXPECT_GT(std::atoi(aid.c_str()), 0);
        return aid;
    };
    const std::string first = spawn("/bin/sleep"), second = spawn("/bin/sleep");
    EXPECT_EQ(chorus("ps --tree --no-headers | cut -c1-11"),
              "1  alice   \n" + first + "  |- sleep\n" + second + "  `- sleep\n2  bob     \n3  worker-3\n");
    EXPECT_EQ(chorus("ps " + first + " --no-headers | awk '{print $5, $6}'"), "1 alice\n")
        << "and the parent has a name";
    EXPECT_EQ(told("ps " + first)[0]["parent"], 1);
    EXPECT_EQ(told("ps " + first)[0]["parent_name"], "alice");
    EXPECT_TRUE(told("ps alice")[0]["parent_name"].is_null());
    EXPECT_EQ(chorus("ps --tree --no-headers --sort=-AID | awk '{print $1}'"),
              "3\n2\n1\n" + second + "\n" + first + "\n");
    EXPECT_EQ(chorus("ps --tree --no-headers --filter NAME=sleep | cut -c1-8"),
              first + "  sleep\n" + second + "  sleep\n")
        << "without their parent they are roots";
    EXPECT_EQ(told("ps --tree")[1]["aid"], std::stoi(first)) << "JSON has the order of the tree";
    EXPECT_EQ(chorus("kill " + first + " " + second), "");
}

TEST_F(Listing, ControlCharactersOfNamesAreEscaped) {
    alice("name self old \033[31mred\001");
    bob("name self old \xff\\x");
    EXPECT_NE(chorus("ps").find("  \\x1b[31mred\\x01  "), std::string::npos) << chorus("ps");
    EXPECT_NE(chorus("ps").find("  \\xff\\\\x  "), std::string::npos) << chorus("ps");
    EXPECT_EQ(told("ps 1")[0]["name"], "\033[31mred\001") << "JSON has escapes of its own";
    EXPECT_EQ(told("ps 2")[0]["name"], "\xef\xbf\xbd\\x") << "and is UTF-8";
    EXPECT_EQ(chorus("kill re"), "chorus: no actor has the name 're': 'chorus ps' lists the actors\n");
    EXPECT_EQ(chorus("ps \"$(printf '\\033[31mred\\001')\" --json | grep -c aid"), "1\n");
}

TEST_F(Listing, SitesAreListed) {
    TestSite other;
    const auto row_of = [&](const std::string &name) {
        const json rows = told("sites --filter SITE=" + name);
        return rows.size() == 1 ? rows[0] : json();
    };
    const json mine = row_of(site.name());
    EXPECT_EQ(mine["actors"], 3);
    EXPECT_EQ(mine["uid"], geteuid());
    EXPECT_EQ(mine["state"], "ready");
    EXPECT_EQ(row_of(other.name())["actors"], 0);
    EXPECT_NE(chorus("sites").find("\n" + site.name() + " "), std::string::npos) << chorus("sites");
    ASSERT_EQ(::kill(other.kernel_pid(), SIGSTOP), 0);
    EXPECT_EQ(row_of(other.name())["state"], "no answer");
    EXPECT_TRUE(row_of(other.name())["actors"].is_null());
    ASSERT_EQ(::kill(other.kernel_pid(), SIGCONT), 0);
    if (may_be_run_by(stranger_uid, "chorus")) {
        const Finished seen =
            run(as_user(stranger_uid) + "'" + program("chorus") + "' sites --json --filter SITE=root/" + site.name());
        EXPECT_TRUE(json::parse(seen.output)[0]["state"].is_null()) << "kernels of others are not asked";
    }
    other.stop();
    EXPECT_TRUE(row_of(other.name()).is_null());
}

TEST_F(Listing, ATerminalHasColourAndItsWidthIsKept) {
    Terminal terminal(40, 24);
    alice("name self old a-name-of-thirty-characters-abc");
    const std::string seen = terminal.output_of(command("ps"));
    EXPECT_NE(seen.find("\033[1mAID\033[0m"), std::string::npos) << seen;
    EXPECT_NE(seen.find("\033[32mrunning\033[0m"), std::string::npos) << seen;
    const std::string plain = terminal.output_of(command("ps --color=never"));
    EXPECT_EQ(plain.find('\033'), std::string::npos);
    for (std::size_t at = 0, end; (end = plain.find('\n', at)) != std::string::npos; at = end + 1)
        EXPECT_LE(end - at, 40u) << plain;
    EXPECT_NE(plain.find("~  "), std::string::npos) << plain;
    EXPECT_NE(plain.find("running\n"), std::string::npos) << plain;
    EXPECT_EQ(terminal.output_of("NO_COLOR=1 " + command("ps").substr(16)), plain);
    EXPECT_EQ(terminal.output_of("TERM=dumb " + command("ps").substr(27)), plain);
    EXPECT_EQ(terminal.output_of(command("ps --json")).find('\033'), std::string::npos);

    const std::string piped = chorus("ps");
    EXPECT_NE(piped.find("a-name-of-thirty-characters-abc"), std::string::npos) << "not cut elsewhere";
    EXPECT_EQ(piped.find('\033'), std::string::npos);
    EXPECT_NE(chorus("ps --color=always").find("\033[32mrunning"), std::string::npos);
    EXPECT_NE(run("NO_COLOR=1 " + command("ps --color always").substr(16)).output.find("\033[32m"), std::string::npos);
}

TEST_F(Listing, WatchPrintsAgain) {
    Process watcher({.arguments = {program("chorus"), "ps", "--watch", "--interval", "0.01", "--no-headers", "--site",
                                   site.name(), "--filter", "NAME=carol"}});
    EXPECT_EQ(watcher.read_line(), "") << "nothing, and a blank line";
    Puppet carol(site);
    carol("name self old carol");
    std::string line;
    while (line.empty())
        line = watcher.read_line();
    EXPECT_EQ(line.find("4  carol"), 0u) << line;
    watcher.signal(SIGINT);
    EXPECT_EQ(watcher.wait(), 128 + SIGINT);

    Process in_json({.arguments = {program("chorus"), "ps", "-w", "-n", "0.01", "--json", "--site", site.name()}});
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(json::parse(in_json.read_line()).size(), 4u) << "a document in each line";
    site.stop();
    while (!in_json.read_line().empty()) {
    }
    EXPECT_EQ(in_json.wait(), 1) << "without a kernel it ends";
}

TEST_F(Listing, WatchReplacesThePageOfATerminal) {
    Terminal terminal(80, 4);
    Process watcher(
        {.arguments = {"/bin/sh", "-c",
                       "exec " + command("ps --watch --interval 0.01 --color never") + " >" + terminal.path()}});
    EXPECT_EQ(terminal.read_until("\033[H"), "\033[2J\033[H");
    for (int i = 0; i < 2; ++i) {
        const std::string page = terminal.read_until("\033[J");
        EXPECT_NE(page.find("AID  NAME"), std::string::npos) << page;
        EXPECT_NE(page.find("alice"), std::string::npos) << page;
        EXPECT_EQ(page.find("worker-3"), std::string::npos) << "four rows have no room for it: " << page;
        EXPECT_NE(page.find("\n(2 more lines)\033[K\n"), std::string::npos) << page;
        EXPECT_EQ(terminal.read_until("\033[H"), "\033[H") << "from the top again";
    }
}

}  // namespace
}  // namespace chorus::test
