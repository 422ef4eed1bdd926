// Orders: what is left out is equal to what is run, and the parts of divided work are the whole.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;
using sim::chorus_sim;
using sim::errors_of;
using sim::output_of;
using sim::scenario;
using sim::Scratch;

json explored(const std::string &file, const std::string &options = {}) {
    return json::parse(output_of("explore --json " + options + " '" + file + "'").output);
}

TEST(Explore, WhatIsLeftOutIsEqualToWhatIsRun) {
    int left_out = 0;
    for (const auto &entry : std::filesystem::directory_iterator(source("sim/scenarios/orders"))) {
        const std::string file = entry.path().string();
        const json reduced = explored(file), all = explored(file, "--all");
        SCOPED_TRACE(file);
        EXPECT_EQ(reduced["outcomes"], all["outcomes"]);
        EXPECT_EQ(reduced["deadlocks"] > 0, all["deadlocks"] > 0);
        EXPECT_LE(reduced["orders"], all["orders"]);
        left_out += reduced["orders"] < all["orders"] ? 1 : 0;
    }
    EXPECT_GT(left_out, 0);
}

// Two steps each of two actors, of which all are independent or none.
TEST(Explore, CountsTheOrders) {
    const std::string begin =
        "# Two actors write.\nactor alice, bob\nalice s = rgnAllocate 1 page writable -> K_OK\n"
        "bob v = rgnMapFromActor alice s 1 page writable -> K_OK\ninterleave\n";
    const Scratch apart(begin +
                        "alice write s int 1\nalice write s int 2\nbob write v+8 int 1\nbob write v+8 int 2\nend\n");
    EXPECT_EQ(explored(apart.path())["orders"], 1);
    EXPECT_EQ(explored(apart.path(), "--all")["orders"], 6);
    EXPECT_EQ(explored(apart.path(), "--bound 0")["orders"], 2);
    EXPECT_EQ(explored(apart.path(), "--bound 1")["orders"], 4);
    const Scratch same(begin + "alice write s int 1\nalice write s int 2\nbob write v int 1\nbob write v int 2\nend\n");
    EXPECT_EQ(explored(same.path())["orders"], 6);
}

// Names carry values from actor to actor, too.
TEST(Explore, ANameThatOneGivesAndTheOtherNeedsOrdersThem) {
    const Scratch file(
        "# A value goes through a name.\nactor alice, bob\nalice s = rgnAllocate 1 page writable -> K_OK\n"
        "bob v = rgnMapFromActor alice s 1 page writable -> K_OK\nalice write s int 5 -> K_OK\ninterleave\n"
        "alice n = read s int\nbob write v+64 int n\nend\nalice read s+64 int -> 5 or 0\n");
    EXPECT_EQ(explored(file.path())["orders"], 2);
}

// What is written runs on into memory that the other one writes, too.
TEST(Explore, MemoryBehindABorderOfRegionsCounts) {
    const Scratch file(
        "# Two regions side by side.\nactor alice, bob\n"
        "alice s = rgnAllocate 1 page writable at user_start -> K_OK\n"
        "alice t = rgnAllocate 1 page writable at user_start+1 page -> K_OK\n"
        "bob v = rgnMapFromActor alice t 1 page writable -> K_OK\ninterleave\n"
        "alice write s+4092 int -1\nbob write v int32 7\nend\nalice read t int32 -> 7 or -1\n");
    EXPECT_EQ(explored(file.path())["orders"], 2);
}

// Behind something that is not as it should be the orders go on.
TEST(Explore, CountsTheOrdersAlsoWhereSomethingFails) {
    const Scratch file(
        "# Wrong at once.\nactor alice, bob\ninterleave\nalice agetId -> 7\nalice agetId\nbob agetId\nend\n");
    const json found = explored(file.path(), "--all");
    EXPECT_EQ(found["orders"], 3);
    EXPECT_EQ(found["failures"], 3);
    EXPECT_EQ(output_of("explore --all '" + file.path() + "'").output,
              file.path() +
                  ": 3 orders run, 0 more abandoned as equivalent to one of them\n"
                  "0 deadlocks, 3 orders with another outcome\n"
                  "failure in order aab: " +
                  file.path() + ":4: expected 7, found 1\nagain: chorus-sim replay " + file.path() + " aab\n");
    EXPECT_EQ(explored(file.path(), "--json=1"), explored(file.path()));
    EXPECT_EQ(chorus_sim("explore --json=2 x").status, 2);
    const Finished reason = errors_of("explore --all '" + file.path() + "'");
    EXPECT_EQ(reason.status, 1);
    EXPECT_EQ(reason.output, "chorus-sim: " + file.path() + ": 3 orders with another outcome than the scenario says\n");
}

TEST(Explore, ThePartsOfDividedWorkAreTheWhole) {
    for (const char *name : {"orders/philosophers", "orders/three_counters", "orders/lost_update"}) {
        SCOPED_TRACE(name);
        const json whole = explored(scenario(name));
        for (const int parts : {2, 5}) {
            std::uint64_t orders = 0, redundant = 0, deadlocks = 0;
            std::set<std::string> outcomes;
            for (int part = 0; part < parts; ++part) {
                const json one =
                    explored(scenario(name), "--shard " + std::to_string(part) + "/" + std::to_string(parts));
                orders += one["orders"].get<std::uint64_t>();
                redundant += one["redundant"].get<std::uint64_t>();
                deadlocks += one["deadlocks"].get<std::uint64_t>();
                outcomes.insert(one["outcomes"].begin(), one["outcomes"].end());
            }
            EXPECT_EQ(orders, whole["orders"]);
            EXPECT_EQ(redundant, whole["redundant"]);
            EXPECT_EQ(deadlocks, whole["deadlocks"]);
            EXPECT_EQ(json(outcomes), whole["outcomes"]);
        }
    }
}

TEST(Explore, RefusesAShardThatIsNone) {
    for (const char *shard : {"3/3", "1", "a/b", "1/2x"}) {
        const Finished finished =
            chorus_sim("explore --shard " + std::string(shard) + " " + scenario("orders/lost_update"));
        EXPECT_EQ(finished.status, 2);
        EXPECT_NE(finished.output.find("--shard: '" + std::string(shard) + "' is not I/N, with I from 0 to N-1"),
                  std::string::npos)
            << finished.output;
    }
}

}  // namespace
}  // namespace chorus::test
