// Outcomes that differ.
#include <gtest/gtest.h>

#include <fstream>
#include <list>
#include <sstream>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::Scratch;

TEST(Language, AnotherOutcomeIsNamedWithItsLine) {
    const Scratch file("# Memory is given.\nactor alice\nalice rgnAllocate 0 -> K_OK\n");
    const Finished finished = file.run("run");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find(file.path() + ":3: expected K_OK, found K_ESIZE"), std::string::npos)
        << finished.output;
}

TEST(Language, NamesMayBeLong) {
    const std::string region(100, 'r'), actor(100, 'a');
    const Scratch file("# Long names.\nactor alice\nalice " + region +
                       " = rgnAllocate 1 page writable -> K_OK\nalice " + actor + " = fork -> 2\nalice write " +
                       region + " int 1 -> K_OK\n");
    EXPECT_EQ(file.run("run").status, 0);
}

// The scenarios of the page for newcomers, in their order.
TEST(Language, TheScenariosOfThePageComeToWhatItSays) {
    std::stringstream page;
    page << std::ifstream(source("docs/scenarios.md")).rdbuf();
    const std::string text = page.str(), fence = "```\n";
    std::list<Scratch> files;
    for (std::size_t at = 0; (at = text.find(fence + "# ", at)) != std::string::npos;) {
        at += fence.size();
        files.emplace_back(text.substr(at, text.find(fence, at) - at));
    }
    ASSERT_EQ(files.size(), 2u);
    const Scratch &handover = files.front(), &lost = files.back();
    const std::string ran = "(both, 7 steps)\n";
    ASSERT_NE(text.find("\nhandover.scn: passed " + ran), std::string::npos);
    EXPECT_EQ(handover.run("run", "--world both").output, handover.path() + ": passed " + ran);

    const std::string begin = "$ chorus-sim explore lost_update.scn\n";
    const std::size_t at = text.find(begin) + begin.size();
    std::string said = text.substr(at, text.find(fence, at) - at);
    for (std::size_t name; (name = said.find("lost_update.scn")) != std::string::npos;)
        said.replace(name, std::string("lost_update.scn").size(), lost.path());
    EXPECT_EQ(sim::output_of("explore '" + lost.path() + "'").output, said);
}

}  // namespace
}  // namespace chorus::test
