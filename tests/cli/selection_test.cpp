// Which actors the words of a command line name.
#include "cli/selection.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "client/console.hpp"

namespace chorus::cli {
namespace {

wire::ActorRow actor(std::uint32_t aid, const char *name) {
    wire::ActorRow row{};
    row.actor = aid;
    row.pid = 100 + aid;
    row.unique_id = 0xb0470f43'00000000 + aid;
    std::strcpy(row.name, name);
    return row;
}

const std::vector<wire::ActorRow> actors{actor(1, "alice"), actor(2, "worker"), actor(11, "worker"), actor(12, "4")};

// The AIDs, or what is wrong.
std::string selected(const std::vector<std::string> &words) {
    std::string result;
    try {
        for (const wire::ActorRow &row : select_actors(actors, words))
            result += std::to_string(row.actor) + " ";
    } catch (const client::Problem &problem) {
        return problem.text;
    }
    return result;
}

TEST(Selection, ByAid) {
    EXPECT_EQ(selected({}), "1 2 11 12 ") << "all";
    EXPECT_EQ(selected({"11", "1"}), "11 1 ") << "in the order of the words";
    EXPECT_EQ(selected({"1", "1", "alice"}), "1 ") << "each once";
    EXPECT_EQ(selected({"3"}), "there is no actor 3: 'chorus ps' lists the actors");
    EXPECT_EQ(selected({"4"}), "there is no actor 4: 'chorus ps' lists the actors") << "a number is an AID";
    EXPECT_EQ(selected({"99999999999999999999"}),
              "there is no actor 99999999999999999999: 'chorus ps' lists the actors");
}

TEST(Selection, ByName) {
    EXPECT_EQ(selected({"alice", "2"}), "1 2 ");
    EXPECT_EQ(selected({"alcie"}), "no actor has the name 'alcie'; did you mean 'alice'?");
    EXPECT_EQ(selected({"xyzzy\033"}), "no actor has the name 'xyzzy\\x1b': 'chorus ps' lists the actors");
    EXPECT_EQ(selected({""}), "no actor has the name '': 'chorus ps' lists the actors");
    EXPECT_EQ(selected({"1", "worker"}),
              "2 actors have the name 'worker'; give the AID of one of them:\n"
              "  2 worker (process 102)\n"
              "  11 worker (process 111)");
}

TEST(Selection, ByCapability) {
    EXPECT_EQ(selected({"0xb0470f430000000b"}), "11 ") << "a unique id";
    EXPECT_EQ(selected({"0xb0470f43", "0xb", "0x7c27b3fd", "0xbc3b091f", "alice"}), "11 1 ") << "as programs print it";
    EXPECT_EQ(selected({"0xb0470f43 0x2 0x1 0x1"}), "2 ") << "in quotes";
    EXPECT_EQ(selected({"0xb0470f43,0x2,0x1,0x1"}), "2 ");
    EXPECT_EQ(selected({"0xb0470f4300000003"}),
              "no actor has the unique id 0xb0470f4300000003: 'chorus ps --json' prints them");
    EXPECT_EQ(selected({"0xb0470f43", "0xb", "0x1"}),
              "'0xb0470f43' begins a capability, which is four words, each with 0x");
    EXPECT_EQ(selected({"0x1", "0x1", "alice", "0x1"}), "'0x1' begins a capability, which is four words, each with 0x");
    EXPECT_EQ(selected({"0xyz"}), "no actor has the name '0xyz': 'chorus ps' lists the actors");
}

}  // namespace
}  // namespace chorus::cli
