// Mistakes in a scenario: all of them are reported, each once, with file, line and column.
#include <gtest/gtest.h>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::chorus_sim;
using sim::errors_of;
using sim::output_of;
using sim::Scratch;

struct Wrong {
    const char *name;
    const char *text;      // behind the first line and "actor alice, bob"
    const char *expected;  // all messages: LINE:COLUMN: what is wrong
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
                  value = "alice write 4 value " + many("[") + many("]") + " -> K_OK";

// `explore` reads a file as `run` and `replay` do, and prints nothing else about a wrong one.
std::string mistakes_of(const Scratch &file) {
    std::string output = errors_of("explore '" + file.path() + "'").output;
    for (std::size_t at; (at = output.find(file.path() + ":")) != std::string::npos;)
        output.erase(at, file.path().size() + 1);
    return output;
}

class Mistakes : public testing::TestWithParam<Wrong> {};

TEST_P(Mistakes, AreReportedWithTheirPlaces) {
    const Scratch file("# Something is wrong here.\nactor alice, bob\n" + std::string(GetParam().text));
    EXPECT_EQ(mistakes_of(file), std::string(GetParam().expected) + "\n");
}

const Wrong all[] = {
    {"AnActor", "carol actorSelf -> K_OK\ncarol agetId -> 1",
     "3:1: there is no actor 'carol'; 'actor carol' declares one"},
    {"AMisspeltActor", "alise actorSelf -> K_OK\nalise agetId -> 1",
     "3:1: there is no actor 'alise'; did you mean 'alice'?\n4:1: there is no actor 'alise'; did you mean 'alice'?"},
    {"AMisspeltWordOfTheWorld", "kil bob", "3:1: there is no actor 'kil'; did you mean 'kill'?"},
    {"AMisspeltActorOfTheWorld", "kill bop", "3:6: there is no actor 'bop'; did you mean 'bob'?"},
    {"AMisspeltWordForAnActor", "alice actorStop nobdy -> K_OK",
     "3:17: expected the name of an actor, found 'nobdy'; did you mean 'nobody'?"},
    {"AValueForAnActor", "alice s = rgnAllocate 1 page -> K_OK\nalice actorStop s -> K_OK",
     "4:17: expected the name of an actor, found 's'; usage: actorStop ACTOR"},
    {"AnActorAfterItsUse", "carol actorSelf -> K_OK\nactor carol",
     "3:1: there is no actor 'carol'; 'actor carol' declares one"},
    {"ATakenName", "actor alice", "3:7: there is an actor 'alice' already"},
    {"ANameOfAnActor", "alice bob = rgnAllocate 1 page -> K_OK", "3:7: 'bob' is an actor"},
    {"ANameOfAValue", "alice s = rgnAllocate 1 page -> K_OK\nactor s", "4:7: 's' is the name of a value"},
    {"AWordThatMeansSomething", "alice null = rgnAllocate 1 page -> K_OK\nactor sv",
     "3:7: 'null' means something else\n4:7: expected a name for the actor; 'sv' means something else"},
    {"ADeclaration", "actor carol superviser, dave trusted",
     "3:13: expected ',' or the end of the line, found 'superviser'; did you mean 'supervisor'?"},
    {"AUser", "actor carol user x, dave", "3:18: expected the number of a user"},
    {"AnotherName", "alice read s 5 -> \"x\"\nalice read s 5 -> \"x\"", "3:12: no step before has given the name 's'"},
    {"AMisspeltName",
     "alice start = rgnAllocate 1 page -> K_OK\nalice read strat 5 -> \"x\"\nalice read user_strat 5 -> fault",
     "4:12: no step before has given the name 'strat'; did you mean 'start'?\n5:12: no step before has given the name "
     "'user_strat'; did you mean 'user_start'?"},
    {"AChildWithoutAName", "alice fork -> 3", "3:7: expected a name for the actor; usage: NAME = fork"},
    {"TheNameOfAWrongStep",
     "alice s = rgnAllocate blue -> K_OK\nalice read s 5 -> \"x\"\nalice t = nonsense 1\nt read t 5",
     "3:23: no step before has given the name 'blue'\n5:11: there is no call 'nonsense'\n6:11: expected '->' and the "
     "outcome; 'chorus-sim run --update' writes it"},
    {"TheNameOfAWrongChild", "alice carol = fokr -> 3\ncarol agetId -> 3",
     "3:15: there is no call 'fokr'; did you mean 'fork'?"},
    {"ACall", "alice rgnAlocate 1 page -> K_OK", "3:7: there is no call 'rgnAlocate'; did you mean 'rgnAllocate'?"},
    {"AnUnknownCall", "alice dance 1 page -> K_OK", "3:7: there is no call 'dance'"},
    {"AStatementByAnActor", "alice regions alice -> none",
     "3:7: 'regions' is not a call of an actor: write it at the beginning of the line"},
    {"AnAbsentCall", "alice portCreat -> K_ENOTIMP", "3:7: there is no call 'portCreat'; did you mean 'portCreate'?"},
    {"AnArgument", "alice rgnAllocate -> K_OK",
     "3:18: expected a number, a name or '(', found the end of the step; usage: rgnAllocate SIZE [at ADDRESS | between "
     "LOW HIGH] [OPTIONS] [in ACTOR]"},
    {"AWordTooMany", "alice vmUnLock 4 1 page blue -> K_OK",
     "3:25: expected the end of the step, found 'blue'; usage: vmUnLock ADDRESS SIZE [in ACTOR]"},
    {"Options",
     "alice rgnAllocate 1 page writeable inheritcopi -> K_OK\nalice carol = afexec trustd -> 3\nalice dave = "
     "actorCreate stoped -> K_OK",
     "3:26: unknown word 'writeable'; did you mean 'writable'?\n3:36: unknown word 'inheritcopi'; did you mean "
     "'inheritcopy'?\n4:22: unknown word 'trustd'; did you mean 'trusted'?\n5:26: unknown word 'stoped'; did you mean "
     "'stopped'?"},
    {"AWordBeforeANumber", "alice rgnAllocate 1 page betwen 4 5 -> K_OK",
     "3:26: expected the end of the step, found 'betwen'; did you mean 'between'?"},
    {"AUnit", "alice rgnAllocate 3 pagse -> K_OK", "3:21: unknown word 'pagse'; did you mean 'page'?"},
    {"APointer", "alice rgnAllocate 3 desc=nul -> K_OK",
     "3:26: expected null, unreadable or readonly, found 'nul'; did you mean 'null'?"},
    {"APrivilege", "alice actorPrivilege bob to usr -> user",
     "3:29: expected user, system or supervisor, found 'usr'; did you mean 'user'?"},
    {"AType", "alice read 4 imt -> 1\nalice write 4 byt 1 -> K_OK",
     "3:14: expected a size, int, int32, byte, bytes or value, found 'imt'; did you mean 'int'?\n4:15: expected a "
     "text, int, int32, byte, bytes or value, found 'byt'; did you mean 'byte'?"},
    {"ATime", "alice semP 4 5 h -> K_OK",
     "3:16: expected s, ms, us or ns, found 'h'; usage: semP ADDRESS [now | [for] TIME]"},
    {"AMisspeltTime", "pass 5 mss", "3:8: expected s, ms, us or ns, found 'mss'; did you mean 'ms'?"},
    {"TimeBackwards", "pass -1 s", "3:1: time passes forwards, and for 1000000 seconds at most"},
    {"ATimeTooLong", "pass 9223372036854775808 s", "3:6: this time is too long"},
    {"TwoTimesTooLong", "pass 9223372036854775807 ns 1 ns", "3:29: this time is too long"},
    {"AText", "alice write 4 \"open -> K_OK",
     "3:15: this text has no closing '\"'; usage: write ADDRESS TEXT | int N | int32 N | byte N | bytes N ... | value "
     "JSON"},
    {"ANumber", "assert 3x == 3", "3:8: '3x' is neither a number nor a name"},
    {"AValue", "alice write 4 value {1 -> K_OK",
     "3:21: expected a value in JSON; usage: write ADDRESS TEXT | int N | int32 N | byte N | bytes N ... | value JSON"},
    {"AProgram", "spawn trustd \"x\" -> exit 0",
     "3:7: expected a program, in quotes, found 'trustd'; did you mean 'trusted'?"},
    {"AComparison", "assert 1 = 1", "3:10: expected '==', found '='"},
    {"TooDeep", "assert 1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1)))))))))))))))) == 17",
     "3:8: this is too deep: fewer parentheses"},
    {"TooManyParentheses", brackets.c_str(), "3:73: this is too deep: fewer parentheses"},
    {"TooManySigns", signs.c_str(), "3:73: this is too deep: fewer parentheses"},
    {"TooManyBlocks", blocks.c_str(), "19:1: this is too deep: fewer blocks in each other"},
    {"AValueTooDeep", value.c_str(),
     "3:21: this value is too deep; usage: write ADDRESS TEXT | int N | int32 N | byte N | bytes N ... | value JSON"},
    {"AnEndTooMany", "end", "3:1: expected a step; nothing is open here that 'end' could close, found 'end'"},
    {"AMissingEnd", "repeat 2\nrepeat 3\nalice actorSelf -> K_OK",
     "3:1: this block has no 'end'\n4:1: this block has no 'end'"},
    {"ACount", "repeat x\nalice actorSelf -> K_OK\nend 4",
     "3:8: no step before has given the name 'x'\n5:5: expected the end of the line, found '4'"},
    {"AStepOfTheWorld", "interleave\nkill alice\nend", "4:1: expected a step of an actor: only those are interleaved"},
    {"ABlockInAnInterleave", "interleave\nrepeat 2\nalice actorSelf\nend\nend",
     "4:1: expected a step of an actor: an interleave has no blocks in it"},
    {"AnInterleaveInABlock", "repeat 2\ninterleave\nalice actorSelf\nend\nend",
     "4:1: an interleave stands outside of blocks"},
    {"AnActorInABlock", "repeat 2\nactor carol\nend",
     "4:1: expected a step; actors are declared outside of blocks, found 'actor'"},
    {"AnEmptyInterleave", "interleave\nend", "3:1: expected steps between 'interleave' and 'end'"},
    {"AnOrderOfNobody", "interleave\nalice actorSelf\nin xy -> K_OK\nend",
     "5:4: 'x' is not the letter of an actor; the letters are a (alice) and b (bob)"},
    {"AnOrderOfNoStep", "in a -> K_OK\ninterleave\nalice actorSelf\n  in a\nend",
     "3:1: expected a step; 'in ORDER -> OUTCOME' follows a step in an interleave or after one, found 'in'\n6:7: "
     "expected '->' and the outcome in these orders, found the end of the step"},
    {"AnOutcome", "alice actorSelf\nalice agetId -> 1\nregions alice",
     "3:16: expected '->' and the outcome; 'chorus-sim run --update' writes it\n5:14: expected '->' and the outcome; "
     "'chorus-sim run --update' writes it"},
    {"AnEmptyOutcome", "alice actorSelf ->", "3:19: expected an outcome after '->'"},
    {"OK", "alice actorSelf -> OK",
     "3:20: expected K_OK or another K_* code, blocked or gone, found 'OK'; did you mean 'K_OK'?"},
    {"Codes", "alice actorSelf ->   K_EINVALID or einval or E_BUSY or blokced",
     "3:22: expected K_OK or another K_* code, blocked or gone, found 'K_EINVALID'; did you mean 'K_EINVAL'?\n3:36: "
     "expected K_OK or another K_* code, blocked or gone, found 'einval'; did you mean 'K_EINVAL'?\n3:46: expected "
     "K_OK or another K_* code, blocked or gone, found 'E_BUSY'; did you mean 'K_EBUSY'?\n3:56: expected K_OK or "
     "another K_* code, blocked or gone, found 'blokced'; did you mean 'blocked'?"},
    {"AnErrorOfTheOtherKind", "alice akill bob -> K_ESRCH\nalice agetId -> K_OK",
     "3:20: expected K_OK or another K_* code, an errno code like ESRCH, blocked or gone, found 'K_ESRCH'; did you "
     "mean 'ESRCH'?\n4:17: expected an errno code like ESRCH, a decimal number, blocked or gone, found 'K_OK'"},
    {"ANumberInHexadecimal", "alice read 4 int -> 0x10",
     "3:21: expected a decimal number, fault or gone, found '0x10'; did you mean '16'?"},
    {"ATextWithoutQuotes", "alice read 4 5 -> hello",
     "3:19: expected a text in quotes, fault or gone, found 'hello'; did you mean '\"hello\"'?"},
    {"ATextWrittenOtherwise", "alice read 4 1 -> \"\\x41\"",
     "3:19: expected a text in quotes, fault or gone, found '\"\\x41\"'; did you mean '\"A\"'?"},
    {"AValueWrittenOtherwise", "alice read 4 value -> {\"a\": [1,2]}",
     "3:23: expected a value in JSON without blanks, 'no value' or 'a value of too many levels', fault or gone, found "
     "'{\"a\": [1,2]}'; did you mean '{\"a\":[1,2]}'?"},
    {"Bytes", "alice read 4 bytes 2 -> 1,2", "3:25: expected bytes (1 2 255), fault or gone, found '1,2'"},
    {"NoBlockedRead", "alice read 4 int -> blocked", "3:21: expected a decimal number, fault or gone, found 'blocked'"},
    {"OutcomesOfTheWorld",
     "kill bob -> K_OK\nwaits -> none\nregions alice -> nobody\nassert 1 == 1 -> 1\nspawn \"x\" -> 0",
     "3:13: expected 'nothing', found 'K_OK'\n4:10: expected 'NAME waits for ...' or 'nobody', found 'none'\n5:18: "
     "expected regions (s 2 pages writable) or 'none', found 'nobody'\n6:18: expected 'nothing', found '1'\n7:14: "
     "expected 'exit N' and the output (exit 0, \"hello\\n\"), found '0'"},
    {"ListsAndNumbers",
     "alice rgnStat 4 5 -> s 1 page\nalice actorPi bob -> 1\nalice vmStat -> red 1\nalice await 3 -> ended",
     "3:22: expected K_OK or another K_* code, the number of regions, and after ': ' which, blocked or gone, found 's "
     "1 page'\n4:22: expected K_OK or another K_* code, decimal numbers with a blank between them, blocked or gone, "
     "found '1'\n5:17: expected K_OK or another K_* code, marks (red 1, orange 2, green 3, locked 4096), blocked or "
     "gone, found 'red 1'\n6:18: expected an errno code like ESRCH, 'exit N' or 'kill N', blocked or gone, found "
     "'ended'"},
    {"WhoIsWoken", "alice semV 4 -> K_OK, wakes bop, carol: OK, bob: K_ETIMOUT",
     "3:29: there is no actor 'bop', and 'wakes' names actors; did you mean 'bob'?\n3:34: there is no actor 'carol', "
     "and 'wakes' names actors\n3:41: expected K_OK or another K_* code, an errno code like ESRCH, a decimal number or "
     "'exit N' or 'kill N', found 'OK'; did you mean 'K_OK'?\n3:50: expected K_OK or another K_* code, an errno code "
     "like ESRCH, a decimal number or 'exit N' or 'kill N', found 'K_ETIMOUT'; did you mean 'K_ETIMEOUT'?"},
    {"AnEndOfAnInterleave", "interleave\nalice actorSelf -> OK\nend -> deadlok",
     "4:20: expected K_OK or another K_* code, blocked or gone, found 'OK'; did you mean 'K_OK'?\n5:8: expected 'done' "
     "or 'deadlock', found 'deadlok'; did you mean 'deadlock'?"},
    {"AnOutcomeByOrder", "interleave\nalice actorSelf\n  in a -> OK\nend",
     "5:11: expected K_OK or another K_* code, blocked or gone, found 'OK'; did you mean 'K_OK'?"},
    {"WordsWithoutAnOutcome",
     "actor carol -> K_OK\nrepeat 2 -> K_OK\nend -> done\ninterleave -> done\nalice actorSelf\nend",
     "3:13: 'actor' has no outcome\n4:10: 'repeat' has no outcome\n5:5: 'end' has no outcome\n6:12: 'interleave' has "
     "no outcome"},
    {"SeveralInOneLine", "carl rgnFre t 1 pge -> OK",
     "3:1: there is no actor 'carl'; 'actor carl' declares one\n3:6: there is no call 'rgnFre'; did you mean "
     "'rgnFree'?\n3:13: no step before has given the name 't'\n3:17: unknown word 'pge'; did you mean 'page'?\n3:24: "
     "expected K_OK or another K_* code, blocked or gone, found 'OK'; did you mean 'K_OK'?"},
};

INSTANTIATE_TEST_SUITE_P(Of, Mistakes, testing::ValuesIn(all), [](const auto &info) { return info.param.name; });

// The first mistake does not hide those behind it, whoever reads the file.
TEST(Mistake, EveryCommandReportsAllOfThem) {
    const Scratch file("actor alice\nalice actorSelf -> OK\nalice actorSlef -> K_OK\n");
    const std::string path = file.path(),
                      expected = path +
                                 ":1:1: the first line is a comment that says what the scenario shows: '# ...'\n" +
                                 path +
                                 ":2:20: expected K_OK or another K_* code, blocked or gone, found 'OK'; did you "
                                 "mean 'K_OK'?\n" +
                                 path + ":3:7: there is no call 'actorSlef'; did you mean 'actorSelf'?\n";
    for (const std::string &words : {"explore '" + path + "'", "replay '" + path + "' a"}) {
        const Finished finished = errors_of(words);
        EXPECT_EQ(finished.status, 1);
        EXPECT_EQ(finished.output, expected) << words;
    }
    const Finished finished = output_of("run '" + path + "'");
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.output, path + ": failed (model, 0 steps)\n" + expected);
}

// A child may be made by a line below the outcome that names it.
TEST(Mistake, AnOutcomeMayNameAnActorThatALaterLineMakes) {
    const Scratch file(
        "# A child waits, and its parent gives.\nactor alice\nalice s = rgnAllocate 1 page writable inheritshare -> "
        "K_OK\nalice semInit s 0 -> K_OK\nrepeat 2\nalice semV s -> K_OK or K_OK, wakes bob\nalice bob = fork -> 2 or "
        "3\nbob semP s -> K_OK or blocked\nkill bob\nend\n");
    EXPECT_EQ(chorus_sim("run '" + file.path() + "'").output.find("there is no actor"), std::string::npos);
}

}  // namespace
}  // namespace chorus::test
