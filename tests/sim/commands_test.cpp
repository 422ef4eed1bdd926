// The commands of chorus-sim: formats, both worlds, replay, random.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;
using sim::chorus_sim;
using sim::scenario;
using sim::Scratch;

const char *good = "# Memory.\nactor alice\nalice s = rgnAllocate 1 page -> K_OK\n";
const char *bad = "# Memory.\nactor alice\nalice s = rgnAllocate 0 -> K_OK\n";

TEST(Formats, TapJunitAndJsonTellTheSame) {
    const Scratch well(good), ill(bad);
    const std::string files = "'" + well.path() + "' '" + ill.path() + "'";
    const Finished tap = chorus_sim("run --format tap " + files);
    EXPECT_EQ(tap.status, 1);
    EXPECT_EQ(tap.output.find("TAP version 13\n1..2\nok 1 - " + well.path() + "\nnot ok 2 - " + ill.path()), 0u)
        << tap.output;
    const Finished junit = chorus_sim("run --format junit " + files);
    EXPECT_NE(junit.output.find("tests=\"2\" failures=\"1\" skipped=\"0\""), std::string::npos) << junit.output;
    const json all = json::parse(chorus_sim("run --format json " + files).output);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0]["state"], "passed");
    EXPECT_EQ(all[1]["state"], "failed");
    EXPECT_NE(all[1]["why"].get<std::string>().find(":3: expected K_OK, found K_ESIZE"), std::string::npos);
}

TEST(Commands, AFileThatIsNotThereIsNamed) {
    const Finished finished = chorus_sim("run /nowhere.scn");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find("/nowhere.scn: cannot be read"), std::string::npos) << finished.output;
}

TEST(Commands, ReplayShowsADeadlockOnRealProcesses) {
    const Finished found = chorus_sim("explore " + scenario("orders/locks_crossed"));
    const std::string before = "deadlock in order ";
    const auto at = found.output.find(before);
    ASSERT_NE(at, std::string::npos) << found.output;
    EXPECT_NE(found.output.find("\n1 deadlock, 0 orders not as they should be\n"), std::string::npos) << found.output;
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
    const Finished finished = chorus_sim("replay " + scenario("orders/locks_crossed") + " zz");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find("order zz does not fit"), std::string::npos) << finished.output;
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
        const Finished finished = chorus_sim("run --world real --format json --times " + std::to_string(each) + " " +
                                             scenario(name) + " 2>/dev/null");
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
