// `help VERB` and `verbs`.
#include <gtest/gtest.h>

#include <list>
#include <map>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::chorus_sim;
using sim::output_of;
using sim::Scratch;

// Verbs, and what they do: one in each line.
std::map<std::string, std::string> verbs() {
    std::map<std::string, std::string> all;
    std::istringstream lines(output_of("verbs").output);
    for (std::string line; std::getline(lines, line);)
        all[line.substr(0, line.find(' '))] = line.substr(line.find(' '));
    return all;
}

std::string example_of(const std::string &help) {
    const std::string before = "\nExample:\n";
    const std::size_t at = help.find(before);
    if (at == std::string::npos) return {};
    std::string example;
    std::istringstream lines(help.substr(at + before.size()));
    for (std::string line; std::getline(lines, line) && line.compare(0, 2, "  ") == 0;)
        example += line.substr(2) + "\n";
    return example;
}

// Every example of the help is a step that comes to what it says.
TEST(Help, TheExampleOfEveryVerbPasses) {
    std::list<Scratch> files;
    std::string paths;
    for (const auto &[verb, what] : verbs()) {
        if (what.find("Not in this version") != std::string::npos) continue;
        const Finished help = output_of("help " + verb);
        ASSERT_EQ(help.status, 0) << verb;
        EXPECT_EQ(help.output.find("Usage: "), 0u) << verb;
        const std::string example = example_of(help.output);
        EXPECT_NE(example.find(verb), std::string::npos) << verb;
        // As in forms.hpp.
        files.emplace_back(
            "# An example of the help.\n"
            "actor alice, bob, carol trusted, dave supervisor\n"
            "alice  s = rgnAllocate 4 pages writable              -> K_OK\n"
            "bob    v = rgnMapFromActor alice s 4 pages writable  -> K_OK\n" +
            example);
        paths += " '" + files.back().path() + "'";
    }
    EXPECT_GT(files.size(), 60u);
    const Finished run = chorus_sim("run" + paths);
    EXPECT_EQ(run.status, 0) << run.output;
}

TEST(Help, SaysHowAStepIsWrittenAndWhatItMayComeTo) {
    EXPECT_EQ(output_of("help semV").output,
              "Usage: ACTOR semV ADDRESS\n"
              "\n"
              "Gives a token to a semaphore. An actor that waits for it goes on.\n"
              "\n"
              "  SIZE, ADDRESS, N      64, 0x40, 3 pages, 2 KiB (page byte KiB MiB GiB), a name\n"
              "                        that a step before has given, + - * and parentheses;\n"
              "                        null, unreadable, user_start user_end sv_start sv_end\n"
              "                        high_start high_end\n"
              "\n"
              "Outcomes: K_OK or another K_* code, blocked or gone\n"
              "\n"
              "Example:\n"
              "  alice  semInit s 0   -> K_OK\n"
              "  alice  semP s   -> blocked\n"
              "  bob    semV v   -> K_OK, wakes alice\n"
              "\n"
              "Manual page: semV(3)\n");
    EXPECT_NE(output_of("help portCreate").output.find("this version does not have"), std::string::npos);
    EXPECT_NE(output_of("help interleave").output.find("Usage: interleave\n"), std::string::npos);
}

TEST(Help, OfACommandIsItsHelp) {
    EXPECT_EQ(output_of("help run").output, output_of("run --help").output);
    EXPECT_EQ(output_of("help").output, output_of("--help").output);
}

}  // namespace
}  // namespace chorus::test
