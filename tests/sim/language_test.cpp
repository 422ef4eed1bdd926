// Outcomes that differ, and --update, which writes them.
#include <gtest/gtest.h>

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

TEST(Language, UpdateKeepsListsByOrderThatAScenarioPassesWith) {
    const Scratch file(
        "# Who comes first.\nactor alice, bob\n"
        "alice  s = rgnAllocate 1 page writable                -> K_OK\n"
        "bob    v = rgnMapFromActor alice s 1 page writable    -> K_OK\n"
        "interleave\n"
        "alice  read s int   # of bob, or nothing\n"
        "    in a -> 9\n"
        "bob    write v int 7\n"
        "bob    write v int 8\n"
        "end\n");
    ASSERT_EQ(file.run("run --update").status, 0);
    EXPECT_NE(
        file.text().find("alice  read s int   # of bob, or nothing\n    in a -> 0\n    in ba -> 7\n    in bba -> 8\n"),
        std::string::npos)
        << file.text();
    EXPECT_EQ(file.run("run --world both").status, 0);
}

TEST(Language, UpdateSaysThatNothingComesOfAStepWhereSomethingWasExpected) {
    const Scratch file("# One.\nactor alice, bob\nstop bob   -> K_OK   # of course\ncontinue bob\n");
    ASSERT_EQ(file.run("run --update").status, 0);
    EXPECT_EQ(file.text(), "# One.\nactor alice, bob\nstop bob   -> nothing   # of course\ncontinue bob\n");
    EXPECT_EQ(file.run("run --world both").status, 0);
}

TEST(Language, UpdateWritesWhatComesOfEachStepAndNothingElse) {
    const Scratch file(
        "# A counter.\n"
        "actor alice, bob\n"
        "\n"
        "alice  s = rgnAllocate 1 page writable   -> K_ENOMEM   # wrong\n"
        "bob    v = rgnMapFromActor alice s 1 page writable\n"
        "interleave\n"
        "alice  semInit s 3\n"
        "bob    semInit v 4   -> K_EFAULT\n"
        "end\n"
        "alice  read s int\n"
        "    in b -> 9\n");
    ASSERT_EQ(file.run("run --update").status, 0);
    EXPECT_EQ(file.text(),
              "# A counter.\n"
              "actor alice, bob\n"
              "\n"
              "alice  s = rgnAllocate 1 page writable   -> K_OK   # wrong\n"
              "bob    v = rgnMapFromActor alice s 1 page writable              -> K_OK\n"
              "interleave\n"
              "alice  semInit s 3\n"
              "bob    semInit v 4   -> K_OK\n"
              "end\n"
              "alice  read s int\n"
              "    in ab -> 4\n"
              "    in ba -> 3\n");
    EXPECT_EQ(file.run("run --world both").status, 0);
}

}  // namespace
}  // namespace chorus::test
