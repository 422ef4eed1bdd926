// What all commands have in common: help, usage errors, the version, and output that cannot be written.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/process.hpp"

namespace chorus::test {
namespace {

const std::vector<std::string> all_commands = {"chorus",         "chorus run",   "chorus ps",
                                               "chorus regions", "chorus waits", "chorus quota",
                                               "chorus kill",    "chorus sites", "chorusd"};

Finished run_words(const std::string &words) {
    const auto blank = words.find(' ');
    return run("'" + program(words.substr(0, blank)) + "'" + (blank == std::string::npos ? "" : words.substr(blank)));
}

TEST(Usage, HelpIsInPlainWordsWithExamplesAtTheEnd) {
    for (const std::string &command : all_commands) {
        const Finished help = run_words(command + " --help");
        EXPECT_EQ(help.status, 0);
        EXPECT_EQ(help.output.find("Usage: " + command + " [OPTIONS]"), 0u) << help.output;
        EXPECT_EQ(run_words(command + " -h").output, help.output);
        for (const char *internal :
             {"UINT", "TEXT", "FLOAT", " INT", "REQUIRED", "Excludes", "->", "{", "}", "Positionals"})
            EXPECT_EQ(help.output.find(internal), std::string::npos) << internal << " in the help of " << command;
        const auto examples = help.output.find("\nExamples:\n");
        ASSERT_NE(examples, std::string::npos) << command;
        EXPECT_EQ(help.output.find("  --", examples + 1), std::string::npos) << "options come before the examples";
        std::size_t longest = 0;
        for (std::size_t at = 0, end; (end = help.output.find('\n', at)) != std::string::npos; at = end + 1)
            longest = std::max(longest, end - at);
        EXPECT_LE(longest, 80u) << command;
    }
}

TEST(Usage, WithoutACommandTheHelpIsAnError) {
    const Finished bare = run_words("chorus 2>&1");
    EXPECT_EQ(bare.status, 2);
    EXPECT_EQ(bare.output, run_words("chorus --help").output);
    EXPECT_EQ(run_words("chorus 2>/dev/null").output, "");
}

TEST(Usage, TheVersionHasACommitAndAWireVersion) {
    for (const char *command : {"chorus", "chorusd"}) {
        const Finished version = run_words(std::string(command) + " --version");
        EXPECT_EQ(version.status, 0);
        EXPECT_NE(version.output.find(" (commit "), std::string::npos) << version.output;
        EXPECT_NE(version.output.find(", wire version "), std::string::npos) << version.output;
    }
}

struct Wrong {
    const char *words;
    const char *message;
};

TEST(Usage, ErrorsNameTheWordAndTheNearestOne) {
    const std::vector<Wrong> all = {
        {"chorus sp", "chorus: unknown command 'sp'; did you mean 'ps'?\nTry 'chorus --help'.\n"},
        {"chorus rgions", "chorus: unknown command 'rgions'; did you mean 'regions'?\nTry 'chorus --help'.\n"},
        {"chorus xyzzy",
         "chorus: unknown command 'xyzzy'; the commands are run, ps, regions, waits, quota, kill or sites\n"
         "Try 'chorus --help'.\n"},
        {"chorus ps --jsn", "chorus: unknown option '--jsn'; did you mean '--json'?\nTry 'chorus ps --help'.\n"},
        {"chorus kill", "chorus: ACTOR is missing\nTry 'chorus kill --help'.\n"},
        {"chorus run", "chorus: PROGRAM is missing\nTry 'chorus run --help'.\n"},
        {"chorus ps --site", "chorus: option '--site' needs a value\nTry 'chorus ps --help'.\n"},
        {"chorus ps --json=2",
         "chorus: option '--json' takes no value but 1: write --json or --json=1\nTry 'chorus ps --help'.\n"},
        {"chorus ps --no-headers=yes",
         "chorus: option '--no-headers' takes no value: write --no-headers\nTry 'chorus ps --help'.\n"},
        {"chorus ps --watch=2", "chorus: option '--watch' takes no value: write --watch\nTry 'chorus ps --help'.\n"},
        {"chorus ps --color=blue", "chorus: --color: 'blue' is not auto, always or never\nTry 'chorus ps --help'.\n"},
        {"chorus ps --interval=0",
         "chorus: --interval: '0' is not a number of seconds from 0.01 to 86400\nTry 'chorus ps --help'.\n"},
        {"chorus regions --segment x",
         "chorus: --segment: 'x' is not a number from 0 to 18446744073709551615\nTry 'chorus regions --help'.\n"},
        {"chorus ps --sort=nmae", "chorus: there is no column 'nmae'; did you mean 'NAME'?\nTry 'chorus ps --help'.\n"},
        {"chorus ps --filter=AID",
         "chorus: filter 'AID' is not COLUMN=VALUE, or with !=, <, <=, >, >= or ~ for =\nTry 'chorus ps --help'.\n"},
        {"chorus ps --filter='PID>x'",
         "chorus: filter 'PID>x' compares with 'x', which is not a number\nTry 'chorus ps --help'.\n"},
        {"chorus waits --filter=X=1",
         "chorus: there is no column 'X'; the columns are SEMAPHORE, VALUE, AID, NAME, THREAD, ADDRESS, ASLEEP\n"
         "Try 'chorus waits --help'.\n"},
        {"chorusd --sit lab", "chorusd: unknown option '--sit'; did you mean '--site'?\nTry 'chorusd --help'.\n"},
        {"chorusd --site root/lab",
         "chorusd: --site: 'root/lab' is no name of a site: it needs a character, and no '/' or control character\n"
         "Try 'chorusd --help'.\n"},
        {"chorusd --site \"$(printf 'a\\tb')\"",
         "chorusd: --site: 'a\tb' is no name of a site: it needs a character, and no '/' or control character\n"
         "Try 'chorusd --help'.\n"},
        {"chorusd --site ''",
         "chorusd: --site: '' is no name of a site: it needs a character, and no '/' or control character\n"
         "Try 'chorusd --help'.\n"},
        {"chorusd lab", "chorusd: unexpected argument 'lab'\nTry 'chorusd --help'.\n"},
        {"chorusd --allow-user=4294967295",
         "chorusd: --allow-user: '4294967295' is larger than 4294967294\n"
         "Try 'chorusd --help'.\n"},
    };
    for (const Wrong &wrong : all) {
        const Finished told = run_words(std::string(wrong.words) + " 2>&1");
        EXPECT_EQ(told.status, 2) << wrong.words;
        EXPECT_EQ(told.output, wrong.message);
    }
}

TEST(Usage, OutputThatCannotBeWrittenIsAnError) {
    for (const char *command :
         {"chorus sites", "chorus sites --json", "chorus --help", "chorus --version", "chorusd --version"}) {
        const Finished told = run_words(std::string(command) + " 2>&1 >/dev/full");
        EXPECT_EQ(told.status, 1) << command;
        EXPECT_NE(told.output.find(": cannot write the output: No space left on device\n"), std::string::npos)
            << command << ": " << told.output;
    }
}

}  // namespace
}  // namespace chorus::test
