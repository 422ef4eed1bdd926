// Errors in a scenario name file, line and column and say what was expected; --update writes outcomes.
#include <gtest/gtest.h>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::Scratch;

struct Wrong {
    const char *name;
    const char *text;      // behind the first line and "actor alice, bob"
    const char *expected;  // LINE:COLUMN: and what is said
};
void PrintTo(const Wrong &wrong, std::ostream *out) {
    *out << wrong.name;
}

std::string many(const std::string &text) {
    std::string all;
    for (int i = 0; i < 100'000; ++i)
        all += text;
    return all;
}
// Deeper than the stack.
const std::string brackets = "assert " + many("("), signs = "assert " + many("-"), blocks = many("repeat 1\n"),
                  value = "alice write 4 value " + many("[") + many("]");

class Errors : public testing::TestWithParam<Wrong> {};

TEST_P(Errors, NameThePlaceAndWhatWasExpected) {
    const Scratch file("# Something is wrong here.\nactor alice, bob\n" + std::string(GetParam().text));
    const Finished finished = file.run("run");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find(file.path() + ":" + GetParam().expected), std::string::npos) << finished.output;
}

INSTANTIATE_TEST_SUITE_P(
    Of, Errors,
    testing::Values(
        Wrong{"AnActor", "carol actorSelf -> K_OK", "3:1: expected the name of an actor: 'actor carol' declares one"},
        Wrong{"ACall", "alice rgnAlocate 1 page -> K_OK", "3:7: there is no call 'rgnAlocate'"},
        Wrong{"AName", "alice read s 5 -> \"x\"", "3:12: expected a number or a name that a step before has given"},
        Wrong{"AnArgument", "alice rgnAllocate -> K_OK",
              "3:18: expected a number, a name or '(', found the end of the step; usage: rgnAllocate SIZE"},
        Wrong{"AWordTooMany", "alice rgnAllocate 1 page blue -> K_OK",
              "3:26: expected the end of the step, found 'blue'"},
        Wrong{"ATime", "alice semP 4 5 h -> K_OK", "3:16: expected s, ms, us or ns, found 'h'"},
        Wrong{"AText", "alice write 4 \"open -> K_OK", "3:15: a text without its closing"},
        Wrong{"AValue", "alice write 4 value {1 -> K_OK", "3:21: expected a value in JSON"},
        Wrong{"AnOutcome", "alice actorSelf", "3:16: expected '->' and the outcome"},
        Wrong{"AnEmptyOutcome", "alice actorSelf ->", "3:19: expected an outcome after '->'"},
        Wrong{"AnEndTooMany", "end", "3:1: expected a step; nothing is open here"},
        Wrong{"AMissingEnd", "repeat 2\nalice actorSelf -> K_OK", "3:1: this block has no 'end'"},
        Wrong{"AStepOfTheWorld", "interleave\nkill alice\nend", "4:1: expected a step of an actor"},
        Wrong{"AWordThatMeansSomething", "alice null = rgnAllocate 1 page -> K_OK", "3:7: 'null' means something else"},
        Wrong{"AnEmptyInterleave", "interleave\nend", "3:1: expected steps between 'interleave' and 'end'"},
        Wrong{"TimeBackwards", "pass -1 s", "3:1: time passes forwards"},
        Wrong{"TooDeep", "assert 1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1)))))))))))))))) == 17",
              "3:8: this is too deep"},
        Wrong{"TooManyParentheses", brackets.c_str(), "3:73: this is too deep: fewer parentheses"},
        Wrong{"TooManySigns", signs.c_str(), "3:73: this is too deep: fewer parentheses"},
        Wrong{"TooManyBlocks", blocks.c_str(), "19:1: this is too deep: fewer blocks"},
        Wrong{"AValueTooDeep", value.c_str(), "3:21: this value is too deep"},
        Wrong{"ATimeTooLong", "pass 9223372036854775808 s", "3:6: this time is too long"},
        Wrong{"TwoTimesTooLong", "pass 9223372036854775807 ns 1 ns", "3:29: this time is too long"},
        Wrong{"AnOrderOfNobody", "interleave\nalice actorSelf\nin xy -> K_OK\nend", "5:4: there is no actor 'x'"},
        Wrong{"ALineThatIsWrongBehindAStep", "alice actorSelf\nalice write 4 \"open",
              "4:15: a text without its closing"},
        Wrong{"ATakenName", "actor alice", "3:12: expected a name that is not taken"},
        Wrong{"ANameOfAnActor", "alice bob = rgnAllocate 1 page -> K_OK", "3:7: 'bob' is an actor"},
        Wrong{"AChildWithoutAName", "alice fork -> 3", "3:7: expected a name for the actor"}),
    [](const auto &info) { return info.param.name; });

TEST(Language, TheFirstLineSaysWhatIsShown) {
    const Scratch file("actor alice\n");
    EXPECT_NE(file.run("run").output.find(":1:1: the first line is a comment"), std::string::npos);
}

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
