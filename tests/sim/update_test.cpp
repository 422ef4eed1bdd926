// --update writes outcomes: it prints what it changes, and writes no outcome that does not pass.
#include <gtest/gtest.h>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::Scratch;

TEST(Update, KeepsListsByOrderThatAScenarioPassesWith) {
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

TEST(Update, SaysThatNothingComesOfAStepWhereSomethingWasExpected) {
    const Scratch file("# One.\nactor alice, bob\nstop bob   -> K_OK   # of course\ncontinue bob\n");
    ASSERT_EQ(file.run("run --update").status, 0);
    EXPECT_EQ(file.text(), "# One.\nactor alice, bob\nstop bob   -> nothing   # of course\ncontinue bob\n");
    EXPECT_EQ(file.run("run --world both").status, 0);
}

TEST(Update, WritesWhatComesOfEachStepAndNothingElse) {
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
    const Finished finished = file.run("run --update");
    ASSERT_EQ(finished.status, 0) << finished.output;
    EXPECT_EQ(finished.output, file.path() + ": updated (model, 2 orders, 10 steps)\n--- " + file.path() + "\n+++ " +
                                   file.path() +
                                   "\n@@ -4,2 +4,2 @@\n"
                                   "-alice  s = rgnAllocate 1 page writable   -> K_ENOMEM   # wrong\n"
                                   "-bob    v = rgnMapFromActor alice s 1 page writable\n"
                                   "+alice  s = rgnAllocate 1 page writable   -> K_OK   # wrong\n"
                                   "+bob    v = rgnMapFromActor alice s 1 page writable              -> K_OK\n"
                                   "@@ -8 +8 @@\n"
                                   "-bob    semInit v 4   -> K_EFAULT\n"
                                   "+bob    semInit v 4   -> K_OK\n"
                                   "@@ -11 +11,2 @@\n"
                                   "-    in b -> 9\n"
                                   "+    in ab -> 4\n"
                                   "+    in ba -> 3\n");
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

TEST(Update, SaysThatAFileIsAsItShouldBe) {
    const Scratch file("# One.\nactor alice\nalice agetId -> 1\n");
    EXPECT_EQ(file.run("run --update").output, file.path() + ": unchanged (model, 1 step)\n");
}

// Each of these leaves the file as it is.
struct Refused {
    const char *name;
    const char *text;
    const char *why;  // behind FILE:
};

TEST(Update, RefusesOutcomesThatCannotPass) {
    const Refused all[] = {
        {"has not come back",
         "# A waiter.\nactor alice\nalice s = rgnAllocate 1 page writable\nalice semInit s 0\nalice semP s\nalice "
         "agetId\nalice agetId\n",
         "6: not updated: this step has no outcome that can pass: cannot: alice has not come back from its last "
         "call\n"},
        {"is stopped", "# Stopped.\nactor alice\nstop alice\nalice agetId\n",
         "4: not updated: this step has no outcome that can pass: cannot: alice is stopped\n"},
        {"has no process", "# Nobody is in it.\nactor alice trusted\nalice bob = actorCreate\nbob agetId\n",
         "4: not updated: this step has no outcome that can pass: cannot: bob has no process\n"},
        {"no kernel", "# The end.\nactor alice\nkill site\nregions alice\n",
         "4: not updated: this step has no outcome that can pass: cannot: no kernel answers\n"},
        {"wrong", "# Wrong.\nassert 1 == 2\n",
         "2: not updated: this step has no outcome that can pass: it is not: 1 and 2\n"},
        {"too long", "# It does not end.\nspawn \"sleep\" \"1000\"\n",
         "2: not updated: this step has no outcome that can pass: cannot: the program did not end within 1 s\n"},
        {"not reached",
         "# A deadlock.\nactor alice, bob\nalice s = rgnAllocate 1 page writable\nalice semInit s 0\n"
         "interleave\nalice semP s\nbob agetId\nend -> done or deadlock\nalice agetId\n",
         "9: not updated: no order comes to this step\n"},
    };
    for (const auto &[name, text, why] : all) {
        const Scratch file(text);
        const Finished finished = file.run("run --update --timeout 1");
        EXPECT_EQ(finished.status, 1) << name;
        EXPECT_NE(finished.output.find("\n" + file.path() + ":" + why), std::string::npos)
            << name << ": " << finished.output;
        EXPECT_EQ(file.text(), text);
    }
}

// The second run prints something else than the first.
TEST(Update, RefusesOutcomesThatDoNotComeAgain) {
    const std::string text = "# The number of a process.\nspawn \"sh\" \"-c\" \"echo $$\"\n";
    const Scratch file(text);
    const Finished finished = file.run("run --update");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find(": not updated: it does not pass with its own outcomes\n" + file.path() +
                                   ":2: expected exit 0, \""),
              std::string::npos)
        << finished.output;
    EXPECT_EQ(file.text(), text);
}

TEST(Update, DoesNotReplaceBlockedUnlessItMay) {
    const std::string begin =
        "# Who waits.\nactor alice, bob\nalice s = rgnAllocate 1 page writable -> K_OK\n"
        "bob v = rgnMapFromActor alice s 1 page writable -> K_OK\nalice semInit s 1 -> K_OK\n";
    const std::string text = begin +
                             "interleave\nalice semP s\n    in a, ab -> K_OK\n    in ba -> blocked\n"
                             "bob semP v -> blocked or K_OK\nend -> done or deadlock\nkill alice\nkill bob\n";
    // It blocks in some order.
    const Scratch blocks(text);
    EXPECT_EQ(blocks.run("run --update").status, 0) << blocks.run("run --update").output;

    for (const std::string &wrong :
         {begin + "alice semP s -> blocked\n", begin + "alice semP s -> blocked or K_OK\n",
          begin + "interleave\nalice semV s\n    in a, ab -> K_OK\n    in ba -> blocked, wakes bob\n"
                  "bob semV v\nend\n"}) {
        const Scratch file(wrong);
        const Finished refused = file.run("run --update");
        const std::string line = wrong.find("interleave") == std::string::npos ? ":6: " : ":7: ";
        EXPECT_EQ(refused.status, 1);
        EXPECT_NE(
            refused.output.find(file.path() + line + "not updated: with --replace-blocked, 'blocked' becomes K_OK\n"),
            std::string::npos)
            << refused.output;
        EXPECT_EQ(file.text(), wrong);
        const Finished replaced = file.run("run --update --replace-blocked");
        EXPECT_EQ(replaced.status, 0) << replaced.output;
        EXPECT_NE(replaced.output.find(file.path() + line + "warning: 'blocked' has become K_OK\n"), std::string::npos)
            << replaced.output;
        EXPECT_EQ(file.text().find("blocked"), std::string::npos);
    }
}

TEST(Update, KeepsCommentsBetweenOutcomesByOrder) {
    const Scratch file(
        "# Who comes first.\nactor alice, bob\n"
        "interleave\n"
        "alice  agetId\n"
        "    in a -> 9\n"
        "# of bob\n"
        "    in ba -> 9\n"
        "bob    agetId\n"
        "end\n");
    const Finished finished = file.run("run --update");
    ASSERT_EQ(finished.status, 0) << finished.output;
    EXPECT_EQ(file.text(),
              "# Who comes first.\nactor alice, bob\n"
              "interleave\n"
              "alice  agetId\n"
              "    in a, ba -> 1\n"
              "# of bob\n"
              "bob    agetId\n"
              "end\n");
}

TEST(Update, GoesWithTheTextFormat) {
    const Scratch file("# One.\n");
    for (const char *format : {"tap", "junit", "json", "github"}) {
        const Finished finished = sim::chorus_sim("run --update --format " + std::string(format) + " " + file.path());
        EXPECT_EQ(finished.status, 2);
        EXPECT_EQ(finished.output.find("chorus-sim: --update prints a diff, and so goes with --format text only\n"), 0u)
            << finished.output;
    }
    const Finished finished = file.run("run --replace-blocked");
    EXPECT_EQ(finished.status, 2);
    EXPECT_EQ(finished.output.find("chorus-sim: --replace-blocked goes with --update\n"), 0u) << finished.output;
}

}  // namespace
}  // namespace chorus::test
