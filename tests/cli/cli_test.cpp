// The command line, and what it says of the kernel held against what the system says of the processes.
#include <chorus.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;

struct MapLine {
    unsigned long start, end, offset, inode;
    std::string access;
};

// The shared mappings of a process that are segments.
std::vector<MapLine> segments_of(pid_t pid) {
    std::vector<MapLine> lines;
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        MapLine map{};
        char access[8];
        if (line.find(" /dev/shm/") == std::string::npos) continue;
        std::sscanf(line.c_str(), "%lx-%lx %7s %lx %*s %lu", &map.start, &map.end, access, &map.offset, &map.inode);
        map.access = access;
        lines.push_back(map);
    }
    return lines;
}

class CommandLine : public testing::Test {
  protected:
    json regions() { return json::parse(site.chorus("regions --json").output); }
    TestSite site;
};

TEST_F(CommandLine, ShowsTwoActorsThatShareASegmentAsTheSystemSeesThem) {
    Puppet alice(site), bob(site);
    const std::string hers = alice.allocate(3, "9");
    ASSERT_EQ(word(bob("map self 0x50000000,4096,0 " + alice.capability() + " " + plus(hers, 4096) + ",4096,0"), 0),
              "0");
    // Both sleep, each on its standard input.
    const json actors = json::parse(site.chorus("ps --json").output);
    ASSERT_EQ(actors.size(), 2u);
    EXPECT_EQ(actors[0]["pid"], alice.pid());
    EXPECT_EQ(actors[1]["pid"], bob.pid());
    EXPECT_EQ(actors[0]["privilege"], "user");
    EXPECT_EQ(actors[0]["name"], "puppet");
    EXPECT_EQ(actors[0].count("key"), 0u) << "a key is for holders of the capability alone";

    const json listed = regions();
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0]["segment"], listed[1]["segment"]) << "one segment";
    EXPECT_EQ(listed[0]["writable"], true);
    EXPECT_EQ(listed[1]["writable"], false);
    EXPECT_EQ(listed[1]["start"], 0x50000000);
    EXPECT_EQ(listed[1]["offset"], 4096);
    EXPECT_EQ(listed[0]["segment_size_bytes"], 3 * 4096);
    for (int i = 0; i < 2; ++i) {
        const auto maps = segments_of(actors[i]["pid"].get<pid_t>());
        ASSERT_EQ(maps.size(), 1u);
        EXPECT_EQ(listed[i]["aid"], actors[i]["aid"]);
        EXPECT_EQ(listed[i]["start"], maps[0].start);
        EXPECT_EQ(listed[i]["size_bytes"], maps[0].end - maps[0].start);
        EXPECT_EQ(listed[i]["offset"], maps[0].offset);
        EXPECT_EQ(listed[i]["inode"], maps[0].inode);
        EXPECT_EQ(maps[0].access, listed[i]["writable"] ? "rw-s" : "r--s");
    }
    const json of_bob = json::parse(site.chorus("regions --json " + to_string(actors[1]["aid"])).output);
    ASSERT_EQ(of_bob.size(), 1u);
    EXPECT_EQ(of_bob[0], listed[1]);
}

TEST_F(CommandLine, PrintsTablesForPeople) {
    Puppet alice(site);
    alice.allocate(1, "9");
    const std::string ps = site.chorus("ps").output;
    EXPECT_NE(ps.find("AID"), std::string::npos);
    EXPECT_NE(ps.find("puppet"), std::string::npos);
    EXPECT_EQ(site.chorus("aps").output, ps) << "by its console name";
    const std::string table = site.chorus("regions").output;
    EXPECT_NE(table.find("0x6bfff000-0x6c000000"), std::string::npos) << table;
    EXPECT_NE(table.find("rw"), std::string::npos);
}

TEST_F(CommandLine, KillsAnActor) {
    Puppet alice(site);
    const std::string aid = alice("id");
    EXPECT_EQ(site.chorus("kill " + aid + " --json").output, "{\"killed\":" + aid + "}\n");
    EXPECT_EQ(alice.process().wait(), 128 + 9);
    const Finished again = site.chorus("akill " + aid + " 2>&1");
    EXPECT_EQ(again.status, 1);
    EXPECT_EQ(again.output, "chorus: there is no actor " + aid + ": 'chorus ps' lists the actors\n");
    EXPECT_EQ(site.chorus("regions 4711 2>/dev/null").status, 1);
    EXPECT_EQ(site.chorus("kill 0 2>/dev/null").status, 1);
    EXPECT_EQ(site.chorus("kill 2>/dev/null").status, 2);
}

TEST_F(CommandLine, RunEndsAsItsProgramDoes) {
    EXPECT_EQ(site.chorus("run sh -c 'exit 7'").status, 7);
    EXPECT_EQ(site.chorus("run sh -c 'kill -TERM $$'").status, 128 + 15);
    EXPECT_EQ(site.chorus("run /nonsuch 2>/dev/null").status, 127);
    EXPECT_EQ(site.chorus("run /etc/passwd 2>/dev/null").status, 126);
    EXPECT_EQ(site.chorus("run /nonsuch 2>&1").output, "chorus: cannot run /nonsuch: No such file or directory\n");
    // A program in this folder, which PATH does not name.
    EXPECT_EQ(run("cd $(dirname " + program("puppet") + ") && PATH=/usr/bin:/bin ./chorus run --site " + site.name() +
                  " puppet 2>&1")
                  .output,
              "chorus: cannot run puppet: No such file or directory; did you mean './puppet'?\n");
    EXPECT_EQ(site.chorus("arun echo a 'b c'").output, "a b c\n");
    EXPECT_EQ(site.chorus("run echo --json -x").output, "--json -x\n") << "options after the program are the program's";
    EXPECT_EQ(site.chorus("run --supervisor true").status, 0);
}

TEST_F(CommandLine, RunPassesSignalsOn) {
    Process runner({.arguments = {program("chorus"), "run", "--site", site.name(), "sh", "-c",
                                  "sleep 1000 & trap \"kill $!; echo got it; exit 3\" USR1; echo ready; wait"}});
    EXPECT_EQ(runner.read_line(), "ready");
    runner.signal(SIGUSR1);
    EXPECT_EQ(runner.read_line(), "got it");
    EXPECT_EQ(runner.wait(), 3);
}

TEST_F(CommandLine, RunMakesAnActorOfAnyProgram) {
    Process runner({.arguments = {program("chorus"), "run", "--site", site.name(), "cat"}});
    runner.write_line("x");
    EXPECT_EQ(runner.read_line(), "x");
    json actors;
    do {  // the kernel is told of the process after it runs; and only after a second it is sure not to be an actor
        actors = json::parse(site.chorus("ps --json").output);
        ASSERT_EQ(actors.size(), 1u);
        ASSERT_NE(actors[0]["state"], "running") << "it does not know of chorus";
    } while (actors[0]["pid"] == 0 || actors[0]["state"] == "starting");
    EXPECT_EQ(actors[0]["name"], "cat");
    EXPECT_EQ(actors[0]["state"], "foreign");
    EXPECT_EQ(site.chorus("kill " + to_string(actors[0]["aid"])).status, 0);
    EXPECT_EQ(runner.wait(), 128 + 9);
    EXPECT_EQ(json::parse(site.chorus("ps --json").output).size(), 0u);
}

TEST_F(CommandLine, AProgramBelowAShellIsAnActorOfTheSameSite) {
    const Finished below =
        site.chorus("run sh -c 'echo id | " + program("puppet") + "; echo id | " + program("puppet") + "; true'");
    EXPECT_EQ(below.status, 0);
    std::istringstream aids(below.output);
    int first = 0, second = 0;
    aids >> first >> second;
    EXPECT_GT(first, 0);
    EXPECT_NE(first, second) << "each is an actor of its own";
}

TEST_F(CommandLine, NoKernelIsAnErrorThatSaysWhatToDo) {
    const Finished ps = run(program("chorus") + " ps --site nobody 2>&1");
    EXPECT_EQ(ps.status, 1);
    EXPECT_NE(ps.output.find("chorusd --site nobody"), std::string::npos) << ps.output;
    EXPECT_NE(ps.output.find(site.name()), std::string::npos) << "and which sites run: " << ps.output;
    const Finished joins = run("echo 'allocate self 0,4096,9' | CHORUS_SITE=nobody " + program("puppet") + " 2>&1");
    EXPECT_NE(joins.output.find("chorusd --site nobody"), std::string::npos) << joins.output;
    EXPECT_NE(joins.output.find(std::to_string(K_EFAIL)), std::string::npos) << joins.output;
    const Finished missing =
        run("echo id | env -u CHORUS_SITE CHORUSD=/nonsuch/chorusd " + program("puppet") + " 2>&1");
    EXPECT_NE(missing.output.find("/nonsuch/chorusd"), std::string::npos) << missing.output;
    const std::string silent = "-u CHORUS_SITE CHORUSD=/bin/false ";
    for (const std::string &command :
         {"echo id | env " + silent + program("puppet"), "env " + silent + program("chorus") + " run true"}) {
        const Finished in_vain = run(command + " 2>&1");
        EXPECT_NE(in_vain.output.find("the private kernel /bin/false did not start; set CHORUSD"), std::string::npos)
            << in_vain.output;
    }
}

TEST_F(CommandLine, ASiteIsServedByOneKernel) {
    const Finished second = run(program("chorusd") + " --site " + site.name() + " 2>&1");
    EXPECT_EQ(second.status, 1);
    EXPECT_NE(second.output.find("another chorusd serves it"), std::string::npos) << second.output;
}

TEST_F(CommandLine, AKernelThatIsAskedToEndGivesActorsALastWord) {
    Process polite({.arguments = {program("chorus"), "run", "--site", site.name(), "sh", "-c",
                                  "sleep 1000 & trap \"kill $!; echo bye; exit 0\" TERM; echo ready; wait"}});
    EXPECT_EQ(polite.read_line(), "ready");
    Puppet alice(site);
    alice("id");
    Process stopper({.arguments = {"/bin/kill", "-TERM", std::to_string(site.kernel_pid())}});
    EXPECT_EQ(stopper.wait(), 0);
    EXPECT_EQ(alice.process().wait(), 128 + 15);
    EXPECT_EQ(polite.read_line(), "bye");
}

}  // namespace
}  // namespace chorus::test
