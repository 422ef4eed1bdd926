// What an actor and a user may have at most; and strict sites.
#include <gtest/gtest.h>

#include "support/kernel_world.hpp"
#include "support/page.hpp"

namespace chorus::test {
namespace {

using kernel::ActorRef;
using kernel::Caller;
using kernel::Quota;
using kernel::Status;
namespace call = kernel::call;
namespace option = kernel::option;

const Caller root_console{std::nullopt, 0};

class Quotas : public testing::Test {
  protected:
    Status set(bool of_users, const Quota &quota, const Caller &who = root_console) {
        return world(who, call::SetQuotas{of_users, quota}).status;
    }
    kernel::Outcome allocate(const Caller &caller, std::uint64_t pages) {
        return world(caller, call::AllocateRegion{{}, anywhere(pages)});
    }
    static kernel::RegionRequest anywhere(std::uint64_t pages, std::uint32_t options = option::writable) {
        return {.range = {0, pages * page}, .options = option::anywhere | options};
    }
    static kernel::Range at(const kernel::Range &whole, std::uint64_t first_page, std::uint64_t pages) {
        return {whole.start + first_page * page, pages * page};
    }
    Status map(const Caller &caller, const Caller &source, const kernel::Range &range, std::uint32_t options) {
        return world(caller,
                     call::MapFromActor{{}, anywhere(range.size_bytes / page, options), world.reference(source), range})
            .status;
    }

    KernelWorld world{kernel::Config{}};
    Caller alice = world.join(1000), bob = world.join(1000), carol = world.join(2000);
};

TEST_F(Quotas, RegionsOfAnActor) {
    EXPECT_EQ(set(false, {.regions = 2}), Status::ok);
    const auto first = allocate(alice, 1);
    EXPECT_EQ(first.status, Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::no_memory);
    EXPECT_EQ(allocate(bob, 1).status, Status::ok) << "the others have their own";
    EXPECT_EQ(world(alice, call::FreeRegions{{}, first.mapping->range, 0}).status, Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::ok);
    EXPECT_EQ(set(false, {}), Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::ok);
}

TEST_F(Quotas, WhatIsCutIsMoreRegions) {
    EXPECT_EQ(set(false, {.regions = 3}), Status::ok);
    const auto range = allocate(alice, 9).mapping->range;
    const auto protect = [&](std::uint64_t from, std::uint64_t pages) {
        return world(alice, call::SetAttribute{call::Attribute::protection, {}, {.range = at(range, from, pages)}})
            .status;
    };
    EXPECT_EQ(protect(0, 1), Status::ok) << "two";
    EXPECT_EQ(protect(4, 1), Status::no_memory) << "would be four";
    EXPECT_EQ(world(alice, call::FreeRegions{{}, at(range, 4, 1), 0}).status, Status::ok) << "three";
    EXPECT_EQ(world(alice, call::FreeRegions{{}, at(range, 7, 1), 0}).status, Status::no_memory)
        << "a hole makes one more";
    EXPECT_EQ(protect(1, 3), Status::ok) << "two again";
    EXPECT_EQ(world(alice, call::FreeRegions{{}, at(range, 0, 2), 0}).status, Status::ok);
}

TEST_F(Quotas, AreThoseOfTheProcesssUser) {
    EXPECT_EQ(set(true, {.regions = 1}), Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::ok);
    world.state.actors.at(*alice.actor).uid = 7;  // as acred makes it
    EXPECT_EQ(allocate(alice, 1).status, Status::no_memory);
}

TEST_F(Quotas, BytesOfAnActorAreThoseItMaps) {
    EXPECT_EQ(set(false, {.bytes = 3 * page}), Status::ok);
    const auto memory = allocate(alice, 3);
    EXPECT_EQ(memory.status, Status::ok);
    EXPECT_EQ(allocate(alice, 1).status, Status::no_memory);
    EXPECT_EQ(map(bob, alice, memory.mapping->range, option::writable), Status::ok);
    EXPECT_EQ(map(bob, alice, {memory.mapping->range.start, page}, option::writable), Status::no_memory);
    // Addresses without memory cost none.
    kernel::RegionRequest reserved = anywhere(5);
    reserved.options = option::anywhere | option::reserved;
    EXPECT_EQ(world(alice, call::AllocateRegion{{}, reserved}).status, Status::ok);
}

TEST_F(Quotas, AUserHasThoseOfAllItsActors) {
    EXPECT_EQ(set(true, {.regions = 3, .bytes = 10 * page, .actors = 2}), Status::ok);
    EXPECT_EQ(allocate(alice, 6).status, Status::ok);
    EXPECT_EQ(allocate(bob, 4).status, Status::ok);
    EXPECT_EQ(allocate(bob, 1).status, Status::no_memory) << "bytes";
    EXPECT_EQ(allocate(carol, 10).status, Status::ok) << "another user";
    EXPECT_EQ(world({std::nullopt, 1000}, call::Join{"third"}).status, Status::no_memory);
    EXPECT_EQ(world({std::nullopt, 2000}, call::Join{"second"}).status, Status::ok);
    EXPECT_EQ(world(alice, call::Fork{}).status, Status::no_memory);
    EXPECT_EQ(world({}, call::ActorDied{*bob.actor}).status, Status::ok);
    EXPECT_EQ(allocate(alice, 4).status, Status::ok) << "what the dead had is free";
}

TEST_F(Quotas, ActorsThatAnActorHasStarted) {
    EXPECT_EQ(set(false, {.actors = 1}), Status::ok);
    const auto child = world(alice, call::Spawn{"child", 0});
    EXPECT_EQ(child.status, Status::ok);
    EXPECT_EQ(world(alice, call::Spawn{"another", 0}).status, Status::no_memory);
    EXPECT_EQ(world(bob, call::Spawn{"child", 0}).status, Status::ok);
    EXPECT_EQ(world({}, call::ActorDied{child.actor}).status, Status::ok);
    EXPECT_EQ(world(alice, call::Spawn{"another", 0}).status, Status::ok);
}

TEST_F(Quotas, AreSetByTheKernelsUserAndSeenByAll) {
    EXPECT_EQ(set(true, {.actors = 7}, {std::nullopt, 1000}), Status::not_privileged);
    EXPECT_EQ(set(true, {.actors = 7}, alice), Status::not_privileged);
    EXPECT_EQ(set(true, {.actors = 7}), Status::ok);
    allocate(alice, 2);
    const auto seen = world({std::nullopt, 1000}, call::InspectQuotas{});
    ASSERT_TRUE(seen.quotas && seen.users);
    EXPECT_EQ(seen.quotas->user.actors, 7U);
    EXPECT_EQ(seen.quotas->actor.actors, Quota::unlimited);
    EXPECT_EQ(seen.users->at(1000), (kernel::Usage{.regions = 1, .bytes = 2 * page, .actors = 2}));
    EXPECT_EQ(world(alice, call::InspectQuotas{}).status, Status::not_privileged);
}

TEST_F(Quotas, AStrictSiteGivesNothingToReadThatTheReaderCouldWrite) {
    world.state.config.strict = true;
    const auto memory = allocate(alice, 1).mapping->range;
    EXPECT_EQ(map(bob, alice, memory, 0), Status::not_privileged) << "a process of the same user";
    EXPECT_EQ(map(bob, alice, memory, option::writable), Status::ok);
    EXPECT_EQ(map(alice, alice, memory, 0), Status::ok) << "its own";
    EXPECT_EQ(map(carol, alice, memory, 0), Status::ok) << "another user's is held by the system";
    const Caller dave = world.join(2000);
    EXPECT_EQ(map(dave, alice, memory, option::writable), Status::ok);
    EXPECT_EQ(map(carol, alice, memory, 0), Status::not_privileged) << "another process of its user may write";
    const Caller root = world.join(0);
    EXPECT_EQ(map(root, alice, memory, 0), Status::not_privileged);
}

TEST_F(Quotas, AListSaysWhatHoldsAReadOnlyGrant) {
    const auto memory = allocate(alice, 1).mapping->range;
    EXPECT_EQ(map(bob, alice, memory, 0), Status::ok);
    EXPECT_EQ(map(carol, alice, memory, 0), Status::ok);
    const auto grants = [&] {
        std::vector<kernel::Grant> all;
        const auto listed = world(root_console, call::InspectRegions{});
        for (const auto &row : *listed.regions)
            all.push_back(row.grant);
        return all;
    };
    using kernel::Grant;
    EXPECT_EQ(grants(), (std::vector{Grant::writable, Grant::advisory, Grant::enforced}));
    world.state.actors.at(*bob.actor).uid = 7;  // as acred makes it: its process stays alice's user's
    EXPECT_EQ(grants(), (std::vector{Grant::writable, Grant::advisory, Grant::enforced}));
    // Another process of the reader's user may write: the reader could take it from there.
    const Caller dave = world.join(2000);
    EXPECT_EQ(map(dave, alice, memory, option::writable), Status::ok);
    EXPECT_EQ(grants(), (std::vector{Grant::writable, Grant::advisory, Grant::advisory, Grant::writable}));
}

}  // namespace
}  // namespace chorus::test
