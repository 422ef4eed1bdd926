// The commands of chorus-sim: formats, both worlds, replay, random.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;
using sim::chorus_sim;
using sim::errors_of;
using sim::output_of;
using sim::scenario;
using sim::Scratch;

const char *good = "# Memory.\nactor alice\nalice s = rgnAllocate 1 page -> K_OK\n";
const char *bad = "# Memory.\nactor alice\nalice s = rgnAllocate 0 -> K_OK\n";

// A folder of a test, which goes with it.
class Folder {
  public:
    Folder() : path_(test::scratch("folder-" + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    const std::string &path() const { return path_; }
    void write(const std::string &name, const std::string &text) const {
        const auto file = std::filesystem::path(path_) / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

  private:
    std::string path_;
};

TEST(Formats, TapJunitAndJsonTellTheSame) {
    const Scratch well(good), ill(bad);
    const std::string files = "'" + well.path() + "' '" + ill.path() + "'";
    const Finished tap = chorus_sim("run --format tap " + files);
    EXPECT_EQ(tap.status, 1);
    EXPECT_EQ(tap.output.find("TAP version 13\n1..2\nok 1 - " + well.path() + "\nnot ok 2 - " + ill.path()), 0u)
        << tap.output;
    const Finished junit = chorus_sim("run --format junit " + files);
    EXPECT_NE(junit.output.find("tests=\"2\" failures=\"1\" skipped=\"0\""), std::string::npos) << junit.output;
    const json all = json::parse(output_of("run --format json " + files).output);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0]["state"], "passed");
    EXPECT_EQ(all[1]["state"], "failed");
    EXPECT_NE(all[1]["why"].get<std::string>().find(":3: expected K_OK, found K_ESIZE"), std::string::npos);
}

// Exit status 1 has a reason on the error output, whatever is printed besides.
TEST(Commands, RunNamesTheFilesThatFailed) {
    const Scratch well(good), ill(bad);
    const std::string files = "'" + well.path() + "' '" + ill.path() + "'";
    for (const char *format : {"text", "tap", "junit", "json"}) {
        const Finished finished = errors_of("run --times 2 --format " + std::string(format) + " " + files);
        EXPECT_EQ(finished.status, 1);
        EXPECT_EQ(finished.output, "chorus-sim: 2 of 4 scenarios failed: " + ill.path() + "\n") << format;
    }
    EXPECT_EQ(errors_of("run '" + well.path() + "'").output, "");
    const Folder folder;
    for (int i = 1; i <= 7; ++i)
        folder.write(std::to_string(i) + ".scn", bad);
    const std::string begin = folder.path() + "/";
    EXPECT_EQ(errors_of("run '" + folder.path() + "'").output, "chorus-sim: 7 of 7 scenarios failed: " + begin +
                                                                   "1.scn, " + begin + "2.scn, " + begin + "3.scn, " +
                                                                   begin + "4.scn, " + begin + "5.scn and 2 more\n");
}

TEST(Commands, ReplayCountsTheStepsWithAnotherOutcome) {
    const Scratch file(
        "# Wrong.\nactor alice, bob\ninterleave\nalice agetId -> 7\nbob agetId -> 8\nend\nalice agetId -> 9\n");
    const Finished finished = errors_of("replay '" + file.path() + "' ab");
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.output,
              "chorus-sim: " + file.path() + ": 3 steps with another outcome than the scenario says\n");
}

struct Usage {
    const char *words;
    const char *message;
};

TEST(Commands, WrongUsageIsExplainedAndExitsWithTwo) {
    const Usage all[] = {
        {"",
         "chorus-sim: a command is missing: run, explore, replay, random, help or verbs\nTry 'chorus-sim --help'.\n"},
        {"exlpore", "chorus-sim: unknown command 'exlpore'; did you mean 'explore'?\nTry 'chorus-sim --help'.\n"},
        {"dance",
         "chorus-sim: unknown command 'dance'; the commands are run, explore, replay, random, help or verbs\n"},
        {"run", "chorus-sim: FILE is missing\nTry 'chorus-sim run --help'.\n"},
        {"run --wrold both x", "chorus-sim: unknown option '--wrold'; did you mean '--world'?\n"},
        {"run --world moedl x", "chorus-sim: --world: 'moedl' is not model, real or both; did you mean 'model'?\n"},
        {"run --jobs 0 x", "chorus-sim: --jobs: '0' is not a number from 1 to 256\n"},
        {"run --format xml x", "chorus-sim: --format: 'xml' is not text, tap, junit, json or github\n"},
        {"run --timeout 0 x", "chorus-sim: --timeout: '0' is not a number from 1 to 1000000\n"},
        {"run --times x", "chorus-sim: --times: 'x' is not a number from 1 to 1000000\n"},
        {"explore --bound -1 x", "chorus-sim: --bound: '-1' is not a number from 0 to 1000000\n"},
        {"replay x", "chorus-sim: ORDER is missing\n"},
        {"replay x ab --world both", "chorus-sim: --world: 'both' is not model or real\n"},
        {"random --actors 13", "chorus-sim: --actors: '13' is not a number from 1 to 12\n"},
        {"help rgnAlocate", "chorus-sim: there is no verb 'rgnAlocate'; did you mean 'rgnAllocate'?\nTry"},
        {"help dance", "chorus-sim: there is no verb 'dance'; 'chorus-sim verbs' lists them\nTry"},
        {"random --print --world both", "chorus-sim: --print shows one world: model or real, not both\n"},
    };
    for (const auto &[words, message] : all) {
        const Finished finished = errors_of(words);
        EXPECT_EQ(finished.status, 2) << words;
        EXPECT_EQ(finished.output.find(message), 0u) << words << ": " << finished.output;
    }
}

// In plain words, with examples: no types or tables of the library that reads the command line.
TEST(Commands, HelpIsPlainAndHasExamples) {
    for (const char *command : {"", "run", "explore", "replay", "random", "help", "verbs"}) {
        const Finished finished = output_of(std::string(command) + " --help");
        EXPECT_EQ(finished.status, 0);
        EXPECT_NE(finished.output.find("\nExamples:\n  chorus-sim "), std::string::npos) << command;
        for (const char *inner : {"->", "{", "UINT", "TEXT", " in [", "ENUM", "REQUIRED"})
            EXPECT_EQ(finished.output.find(inner), std::string::npos) << command << ": " << inner;
    }
    EXPECT_EQ(output_of("--version").output.find("chorus-sim "), 0u);
}

TEST(Commands, RunTakesAllScenariosBelowAFolder) {
    const Folder folder;
    const Finished empty = chorus_sim("run '" + folder.path() + "'");
    EXPECT_EQ(empty.status, 1);
    EXPECT_EQ(empty.output, "chorus-sim: " + folder.path() + ": there is no scenario (*.scn) in this folder\n");
    for (const char *name : {"b.scn", "a/z.scn", "a/deep/er.scn", "other.txt"})
        folder.write(name, good);
    const Scratch file(good);
    const Finished finished = chorus_sim("run '" + folder.path() + "' '" + file.path() + "'");
    EXPECT_EQ(finished.status, 0);
    const std::string passed = ": passed (model, 1 step)\n";
    EXPECT_EQ(finished.output, folder.path() + "/a/deep/er.scn" + passed + folder.path() + "/a/z.scn" + passed +
                                   folder.path() + "/b.scn" + passed + file.path() + passed);
}

TEST(Formats, GithubAnnotatesTheLines) {
    const Scratch ill(bad), wrong("# 100% wrong.\nactor alice\nalice agetId -> OK, wakes bob\n"), well(good);
    const auto annotated = [](const Scratch &file) {
        const std::string output = output_of("run --format github '" + file.path() + "'").output;
        return output.substr(0, output.find("\n" + file.path()) + 1);
    };
    EXPECT_EQ(annotated(ill),
              "::error file=" + ill.path() + ",line=3,title=chorus-sim (model)::expected K_OK, found K_ESIZE\n");
    EXPECT_EQ(
        annotated(wrong),
        "::error file=" + wrong.path() +
            ",line=3,col=17,title=chorus-sim (model)::expected an errno code like ESRCH, a decimal number, blocked "
            "or gone, found 'OK'\n::error file=" +
            wrong.path() +
            ",line=3,col=27,title=chorus-sim (model)::there is no actor 'bob', and 'wakes' names actors\n");
    EXPECT_EQ(output_of("run --format github '" + well.path() + "'").output,
              well.path() + ": passed (model, 1 step)\n");
    // The path and the message may contain the characters that separate them.
    const Folder folder;
    folder.write("a:b,100%.scn", bad);
    const std::string reported = output_of("run --format github '" + folder.path() + "'").output;
    EXPECT_EQ(reported.find("::error file=" + folder.path() + "/a%3Ab%2C100%25.scn,line=3,title="), 0u) << reported;
}

TEST(Commands, AProgramThatIsMissingIsToldOf) {
    const Scratch file("# A program that nobody has.\nspawn \"nobody-has-this\" -> exit 0\n");
    const Finished finished = chorus_sim("run --world real '" + file.path() + "'");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find(":2: expected exit 0, found exit 127 (perhaps the program is not in PATH"),
              std::string::npos)
        << finished.output;
}

// The program goes on after it has closed its output, and starts another one.
TEST(Commands, ATimeoutEndsASpawnedProgram) {
    const Scratch file(
        "# A program that does not end.\nspawn \"sh\" \"-c\" \"echo begun; sleep 1000 & exec >&-; wait\" -> exit 0 or "
        "*\n");
    for (const char *words : {"run --timeout 1 --world both", "replay --timeout 1"}) {
        const bool replay = words[1] == 'e';
        const Finished finished = chorus_sim(words + (" '" + file.path() + "'") + (replay ? " ''" : ""));
        EXPECT_EQ(finished.status, 1);
        EXPECT_NE(
            finished.output.find(":2: expected exit 0 or *, found cannot: the program did not end within 1 s, and "
                                 "has printed \"begun\\n\"\n"),
            std::string::npos)
            << finished.output;
    }
    const Scratch ends("# A program that ends.\nspawn \"echo\" \"x\" -> exit 0, \"x\\n\"\n");
    EXPECT_EQ(ends.run("run", "--timeout 100").status, 0);
}

// One line on the error output for each, before any scenario runs.
TEST(Commands, AFileThatIsNotThereIsNamed) {
    const Folder folder;
    folder.write("counter.scn", good);
    const std::string near = folder.path() + "/conuter.scn", there = folder.path() + "/counter.scn";
    const std::string missing = ": No such file or directory";
    const std::string hint = "; name a scenario (*.scn) or a folder with scenarios\n";
    struct Case {
        std::string words, message;
    };
    const std::vector<Case> all{
        {"run /nowhere.scn", "/nowhere.scn" + missing + hint},
        {"run --world both --format junit /nowhere.scn", "/nowhere.scn" + missing + hint},
        {"run '" + there + "' /nowhere.scn '" + near + "'", "/nowhere.scn" + missing + hint +
                                                                "chorus-sim: cannot read " + near + missing +
                                                                "; did you mean '" + there + "'?\n"},
        {"run --update '" + there + "/x.scn'", there + "/x.scn: Not a directory" + hint},
        {"explore '" + near + "'", near + missing + "; did you mean '" + there + "'?\n"},
        {"replay '" + folder.path() + "' ab", folder.path() + ": Is a directory; name a scenario (*.scn)\n"},
        {"replay /nowhere.scn ab", "/nowhere.scn" + missing + "; name a scenario (*.scn)\n"},
    };
    for (const auto &[words, message] : all) {
        const Finished finished = chorus_sim(words);
        EXPECT_EQ(finished.status, 1) << words;
        EXPECT_EQ(finished.output, "chorus-sim: cannot read " + message) << words;
    }
}

TEST(Commands, AScenarioWithoutACommandIsToldToRun) {
    const Folder folder;
    folder.write("run", good);
    for (const std::string &word : {std::string("counter.scn"), folder.path(), folder.path() + "/run"}) {
        const Finished finished = errors_of("'" + word + "' --world both");
        EXPECT_EQ(finished.status, 2);
        EXPECT_EQ(finished.output, "chorus-sim: '" + word + "' is not a command; did you mean 'chorus-sim run " + word +
                                       "'?\nTry 'chorus-sim --help'.\n");
    }
}

TEST(Commands, ReplayShowsADeadlockOnRealProcesses) {
    const Finished found = chorus_sim("explore " + scenario("orders/locks_crossed"));
    const std::string before = "deadlock in order ";
    const auto at = found.output.find(before);
    ASSERT_NE(at, std::string::npos) << found.output;
    EXPECT_NE(found.output.find("\n1 deadlock, 0 orders with another outcome\n"), std::string::npos) << found.output;
    const std::string order = found.output.substr(at + before.size(), found.output.find(':', at) - at - before.size());
    EXPECT_NE(found.output.find("cycle: alice -> bob -> alice"), std::string::npos) << found.output;
    for (const char *world : {"model", "real"}) {
        const Finished again =
            chorus_sim("replay " + scenario("orders/locks_crossed") + " " + order + " --world " + world);
        EXPECT_EQ(again.status, 0) << again.output;
        EXPECT_NE(again.output.find("deadlock: alice waits for "), std::string::npos) << again.output;
        EXPECT_NE(again.output.find("cycle: alice -> bob -> alice"), std::string::npos) << again.output;
    }
}

TEST(Commands, ReplayRefusesAnOrderThatDoesNotFit) {
    const std::string file = scenario("orders/locks_crossed");
    const Scratch third(
        "# The second actor has no step in an interleave.\nactor alice, bob, carol\ninterleave\n"
        "alice agetId\ncarol agetId\nend\n");
    const Scratch none(good);
    struct Case {
        std::string file, order;
        int status;
        std::string message;
    };
    const std::vector<Case> all{
        {file, "abz", 2,
         "'z' in order 'abz' is not the letter of an actor; the letters in " + file + " are a (alice) and b (bob)\n"},
        {third.path(), "ab", 2,
         "'b' in order 'ab' is not the letter of an actor; the letters in " + third.path() +
             " are a (alice) and c (carol)\n"},
        {none.path(), "a", 2, none.path() + " has no 'interleave', so it has no orders; 'chorus-sim run' runs it\n"},
        {third.path(), "aa", 1,
         "order 'aa' does not fit " + third.path() + ": after 'a', alice cannot make another step\n"},
        {third.path(), "caa", 1, "order 'caa' does not fit " + third.path() + ": the scenario ends after 'ca'\n"},
    };
    for (const Case &one : all) {
        const Finished finished = errors_of("replay '" + one.file + "' " + one.order);
        EXPECT_EQ(finished.status, one.status) << one.order;
        EXPECT_EQ(finished.output.find("chorus-sim: " + one.message), 0u) << finished.output;
    }
}

TEST(Commands, ExploreNeedsSomethingToExplore) {
    const Scratch file(good);
    EXPECT_NE(file.run("explore").output.find("nothing to explore"), std::string::npos);
}

TEST(Commands, ARandomWorkloadIsTheSameForTheSameSeed) {
    const std::string words = "random --seed 7 --rounds 3 --steps 300";
    EXPECT_EQ(chorus_sim(words).output, chorus_sim(words).output);
}

// Processes that keep all processors busy as long as this object lives.
class Load {
  public:
    Load() {
        for (long i = 0; i < sysconf(_SC_NPROCESSORS_ONLN); ++i) {
            const pid_t child = fork();
            if (child == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                    __asm__ volatile("");
            }
            children_.push_back(child);
        }
    }
    ~Load() {
        for (const pid_t child : children_) {
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
        }
    }
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;

  private:
    std::vector<pid_t> children_;
};

TEST(RealWorld, PrintsTheSameEachTimeWhateverElseRuns) {
    const char *times = std::getenv("CHORUS_ROUNDS");
    const int each = 20 * (times == nullptr ? 1 : std::atoi(times)) / (CHORUS_SANITIZED != 0 ? 10 : 1);
    const Load load;
    for (const char *name : {"semaphores/arrival", "third-party/stopped_target", "deaths/parents_and_children"}) {
        const Finished finished =
            output_of("run --world real --format json --times " + std::to_string(each) + " " + scenario(name));
        std::set<std::string> transcripts;
        for (const json &one : json::parse(finished.output)) {
            EXPECT_EQ(one["state"], "passed") << one["why"];
            transcripts.insert(one["transcript"].get<std::string>());
        }
        EXPECT_EQ(transcripts.size(), 1u) << name;
    }
}

}  // namespace
}  // namespace chorus::test
