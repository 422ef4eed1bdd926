// Refusals: for every call each rung by itself, and each rung together with all later ones, so that the order shows.
#include "kernel/decide.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/kernel_world.hpp"
#include "support/page.hpp"

namespace chorus::kernel {
namespace {

using test::KernelWorld;
using test::page;

constexpr std::uint64_t base = 0x4400'0000;
constexpr std::uint64_t outside = 0x1000;
constexpr std::uint32_t bad_flag = 0x8000'0000;

const char *name(Status status) {
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::unknown_actor:
            return "unknown_actor";
        case Status::invalid:
            return "invalid";
        case Status::not_privileged:
            return "not_privileged";
        case Status::bad_size:
            return "bad_size";
        case Status::misaligned:
            return "misaligned";
        case Status::bad_address:
            return "bad_address";
        case Status::overlap:
            return "overlap";
        case Status::no_space:
            return "no_space";
        case Status::no_memory:
            return "no_memory";
        case Status::busy:
            return "busy";
        case Status::timed_out:
            return "timed_out";
        case Status::aborted:
            return "aborted";
        case Status::not_implemented:
            return "not_implemented";
    }
    return "?";
}

class Refusals : public testing::Test {
  protected:
    Refusals() : world(config()) {
        me = world.join();
        other = world.join();
        dead = world.join();
        gone = world.reference(dead);
        world({}, call::ActorDied{*dead.actor});
        self = {ActorRef::Kind::self, {}};
        supervisor_space = {ActorRef::Kind::supervisor_space, {}};
        wrong_key = world.reference(other);
        wrong_key.capability.key ^= 1;
        // Four pages of mine, four of the other's, and a page that is free above mine.
        EXPECT_EQ(allocate(self, base, 4 * page, option::writable), Status::ok);
        EXPECT_EQ(world(other, call::AllocateRegion{self, request(base + 16 * page, 4 * page, 0)}).status, Status::ok);
    }

    static Config config() {
        Config config;
        config.low_window = {base, 64 * page};
        config.max_regions_per_actor = 8;
        return config;
    }
    static RegionRequest request(std::uint64_t start, std::uint64_t size_bytes, std::uint32_t options) {
        return {.range = {start, size_bytes}, .options = options};
    }
    Status allocate(const ActorRef &target, std::uint64_t start, std::uint64_t size_bytes, std::uint32_t options) {
        return world(me, call::AllocateRegion{target, request(start, size_bytes, options)}).status;
    }
    Status free(const ActorRef &target, std::uint64_t start, std::uint64_t size_bytes, std::uint32_t options) {
        return world(me, call::FreeRegions{target, {start, size_bytes}, options}).status;
    }
    Status stat(const ActorRef &target, std::uint64_t start, std::uint64_t size_bytes, std::uint32_t options) {
        return world(me, call::ListRegions{target, {start, size_bytes}, options}).status;
    }
    Status map(const ActorRef &target, std::uint64_t start, std::uint64_t size_bytes, std::uint32_t options,
               const ActorRef &source, std::uint64_t source_start, std::uint64_t source_size) {
        return world(
                   me,
                   call::MapFromActor{target, request(start, size_bytes, options), source, {source_start, source_size}})
            .status;
    }

    KernelWorld world;
    Caller me, other, dead;
    ActorRef self, supervisor_space, wrong_key, gone;
};

void expect(Status actual, Status expected, const std::string &what) {
    EXPECT_STREQ(name(actual), name(expected)) << what;
}

TEST_F(Refusals, Allocate) {
    const ActorRef them = world.reference(other);
    // target, start, size, options: outcome. Every line has all the faults of the lines below it that can go together.
    expect(allocate(gone, base + 1, 0, bad_flag | option::supervisor), Status::unknown_actor, "dead");
    expect(allocate(wrong_key, base + 1, 0, bad_flag | option::supervisor), Status::invalid, "key");
    expect(allocate(supervisor_space, base + 1, 0, bad_flag), Status::not_privileged, "K_SVACTOR");
    expect(allocate(self, base + 1, 0, bad_flag | option::supervisor), Status::not_privileged, "K_SUPERVISOR");
    expect(allocate(them, base + 1, 0, bad_flag), Status::invalid, "flag");
    expect(allocate(self, base, page, option::inherit_copy | option::inherit_share), Status::invalid, "both");
    expect(allocate(self, base, page, option::free_all), Status::invalid, "flag of another call");
    expect(allocate(them, base + 1, 0, option::reserved | option::no_demand), Status::invalid, "no memory, at once");
    expect(allocate(self, base + 1, 0, option::no_swap_out), Status::not_implemented, "the option that is not there");
    expect(allocate(them, base + 1, 0, 0), Status::bad_size, "size 0");
    expect(allocate(self, outside + 1, page, 0), Status::misaligned, "misaligned");
    expect(allocate(self, outside, page, 0), Status::bad_address, "outside");
    expect(allocate(self, base, 65 * page, 0), Status::bad_address, "leaves the window");
    expect(allocate(self, base, ~std::uint64_t{0}, 0), Status::bad_address, "wraps");
    expect(allocate(self, base + 3 * page, 2 * page, 0), Status::overlap, "overlap");
    expect(allocate(self, 1, 61 * page, option::anywhere), Status::no_space, "no hole");
    expect(allocate(self, 1, ~std::uint64_t{0}, option::anywhere), Status::no_space, "no window holds it");
    expect(allocate(self, 1, 1, option::anywhere), Status::ok, "rounded up, start not looked at");
    expect(allocate(self, base + 4 * page, page, option::writable | option::inherit_copy), Status::ok, "adjacent");
}

TEST_F(Refusals, AllocateBeyondTheLimitOfRegions) {
    for (int i = 1; i < 8; ++i)
        expect(allocate(self, 0, page, option::anywhere), Status::ok, std::to_string(i));
    expect(allocate(self, 0, page, option::anywhere), Status::no_memory, "the ninth");
    expect(map(self, 0, page, option::anywhere, self, base, page), Status::no_memory, "map");
    expect(free(self, base + page, page, 0), Status::no_memory, "a split is one more");
    expect(free(self, base, page, 0), Status::ok, "no split");
}

TEST_F(Refusals, Free) {
    const ActorRef them = world.reference(other);
    expect(free(gone, outside + 1, 0, bad_flag), Status::unknown_actor, "dead");
    expect(free(wrong_key, outside + 1, 0, bad_flag), Status::invalid, "key");
    expect(free(supervisor_space, outside + 1, 0, bad_flag), Status::not_privileged, "K_SVACTOR");
    expect(free(them, outside + 1, 0, option::writable), Status::invalid, "flag");
    expect(free(them, outside + 1, 0, 0), Status::bad_size, "size 0");
    expect(free(self, outside + 1, page, 0), Status::misaligned, "misaligned");
    expect(free(self, outside, page, 0), Status::bad_address, "outside");
    expect(free(self, base + 63 * page, 2 * page, 0), Status::bad_address, "leaves the window");
    expect(free(self, base + 60 * page, page, 0), Status::ok, "nothing is mapped there");
    expect(free(self, outside + 1, 0, option::free_all), Status::ok, "all: address and size are not looked at");
    EXPECT_EQ(world.state.actors.at(*me.actor).space.regions.region_count(), 0u);
    EXPECT_EQ(world.others.size(), 1u) << "the segment is released";
    expect(free(self, 0, 0, option::free_all), Status::ok, "all, of nothing");
}

TEST_F(Refusals, MapFromActor) {
    const ActorRef them = world.reference(other);
    const std::uint64_t theirs = base + 16 * page;
    expect(map(wrong_key, base + 1, 0, bad_flag, gone, 1, 0), Status::unknown_actor, "source dead, target's key wrong");
    expect(map(gone, base + 1, 0, bad_flag, wrong_key, 1, 0), Status::unknown_actor, "target dead");
    expect(map(self, base + 1, 0, bad_flag | option::supervisor, wrong_key, 1, 0), Status::invalid, "source's key");
    expect(map(self, base + 1, 0, bad_flag, supervisor_space, 1, 0), Status::not_privileged, "K_SVACTOR");
    expect(map(self, base + 1, 0, bad_flag | option::supervisor, them, 1, 0), Status::not_privileged, "K_SUPERVISOR");
    expect(map(them, base + 1, 0, bad_flag, them, 1, 0), Status::invalid, "flag");
    expect(map(self, base + 1, 0, option::reserved, them, 1, 0), Status::invalid, "K_RESERVED is prohibited");
    expect(map(them, base + 1, 0, option::no_swap_out, them, 1, 0), Status::not_implemented, "not in this version");
    expect(map(them, outside + 1, 0, 0, them, 1, page), Status::bad_size, "target size 0");
    expect(map(self, outside + 1, 2 * page, 0, them, 1, page), Status::bad_size, "source shorter");
    expect(map(self, outside + 1, page, 0, them, 1, 0), Status::bad_size, "source size 0");
    expect(map(self, outside + 1, page, 0, them, 0, page), Status::misaligned, "target misaligned");
    expect(map(self, outside, page, 0, them, 1, page), Status::misaligned, "source misaligned");
    expect(map(self, outside, page, 0, them, theirs, page), Status::bad_address, "target outside");
    expect(map(self, base, page, 0, them, outside, page), Status::bad_address, "source outside");
    expect(map(self, base, 5 * page, 0, them, theirs, 5 * page), Status::bad_address, "source has a hole");
    expect(map(self, base, page, 0, them, theirs, page), Status::overlap, "overlap");
    expect(map(self, 0, 4 * page, option::anywhere, them, theirs, 4 * page), Status::ok, "anywhere");
    expect(map(self, base + 4 * page, 100, option::writable, them, theirs + page, 1), Status::ok, "part, rounded");
    expect(map(self, base + 8 * page, page, option::fill_zero, self, base, page), Status::ok, "from itself");
}

TEST_F(Refusals, AMapJoinsOnlyWhatFollowsItselfInTheSegment) {
    // Two pages of one segment side by side: in order they become one region, swapped they stay two.
    const std::uint64_t swapped = base + 24 * page, target = base + 40 * page;
    expect(map(self, swapped, page, 0, self, base + page, page), Status::ok, "second page first");
    expect(map(self, swapped + page, page, 0, self, base, page), Status::ok, "first page second");
    expect(map(self, swapped + 2 * page, page, 0, self, base + page, page), Status::ok, "and the second again");
    const std::size_t before = world.state.actors.at(*me.actor).space.regions.region_count();
    expect(map(self, target, 3 * page, 0, self, swapped, 3 * page), Status::ok, "all three");
    const AddressSpace &space = world.state.actors.at(*me.actor).space.regions;
    EXPECT_EQ(space.region_count(), before + 2);
    EXPECT_EQ(space.find(target)->offset, page);
    EXPECT_EQ(space.find(target + page)->offset, 0u);
    EXPECT_EQ(space.find(target + page)->range.size_bytes, 2 * page);
}

TEST_F(Refusals, MapWithoutRoomIsNoSpace) {
    expect(allocate(self, base + 4 * page, 58 * page, 0), Status::ok, "nearly full");
    expect(map(self, 0, 4 * page, option::anywhere, world.reference(other), base + 16 * page, 4 * page),
           Status::no_space, "no hole");
}

TEST_F(Refusals, Stat) {
    const ActorRef them = world.reference(other);
    expect(stat(gone, outside + 1, 0, bad_flag), Status::unknown_actor, "dead");
    expect(stat(wrong_key, outside + 1, 0, bad_flag), Status::invalid, "key");
    expect(stat(supervisor_space, outside + 1, 0, bad_flag), Status::not_privileged, "K_SVACTOR");
    expect(stat(them, outside + 1, 0, option::writable), Status::invalid, "flag");
    expect(stat(them, outside + 1, 0, 0), Status::bad_size, "size 0");
    expect(stat(self, outside + 1, page, 0), Status::misaligned, "misaligned");
    expect(stat(self, outside, page, 0), Status::bad_address, "outside");
    expect(stat(self, base, page, option::user_space), Status::ok, "ok");
}

TEST_F(Refusals, EverySingleBitFlipOfACapability) {
    const ActorRef right = world.reference(other);
    for (int bit = 0; bit < 128; ++bit) {
        ActorRef flipped = right;
        (bit < 64 ? flipped.capability.unique_id : flipped.capability.key) ^= std::uint64_t{1} << (bit % 64);
        const Status status = map(self, 0, page, option::anywhere, flipped, base + 16 * page, page);
        // A flipped id may be that of another live actor; then its key is wrong.
        EXPECT_TRUE(bit < 64 ? status == Status::unknown_actor || status == Status::invalid : status == Status::invalid)
            << "bit " << bit << ": " << name(status);
    }
}

TEST_F(Refusals, RandomCapabilities) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 10'000; ++i) {
        ActorRef forged{ActorRef::Kind::capability, {random(), random()}};
        if (i % 2 == 0) forged.capability.unique_id = world.reference(other).capability.unique_id;
        EXPECT_NE(map(self, 0, page, option::anywhere, forged, base + 16 * page, page), Status::ok);
    }
}

TEST_F(Refusals, ACapabilityIsOfNoUseWhenItsActorIsDead) {
    const ActorRef them = world.reference(other);
    expect(map(self, 0, page, option::anywhere, them, base + 16 * page, page), Status::ok, "alive");
    world({}, call::ActorDied{*other.actor});
    expect(map(self, 0, page, option::anywhere, them, base + 16 * page, page), Status::unknown_actor, "dead");
    EXPECT_EQ(world.state.segments.size(), 2u) << "what was mapped lives on";
}

TEST_F(Refusals, Privilege) {
    const auto set = [&](const Caller &caller, const ActorRef &target, std::uint32_t value) {
        return world(caller, call::ActorPrivilege{target, value}).status;
    };
    const Caller root_child{world({std::nullopt, 0}, call::Spawn{"trusted", spawn_option::trusted}).actor, 0};
    world(root_child, call::Begin{});
    const ActorRef them = world.reference(other);
    expect(set(me, gone, 7), Status::unknown_actor, "dead");
    expect(set(me, wrong_key, 7), Status::invalid, "key");
    expect(set(me, them, 7), Status::not_privileged, "a user actor sets");
    expect(set(root_child, them, 7), Status::invalid, "no such privilege");
    expect(set(root_child, them, 2), Status::invalid, "supervisor is not to be had");
    expect(world(me, call::ActorPrivilege{them, std::nullopt}).status, Status::ok, "anyone reads");
    const Outcome old = world(root_child, call::ActorPrivilege{them, 1});
    EXPECT_EQ(old.privilege, Privilege::user);
    EXPECT_EQ(world(me, call::ActorPrivilege{them, std::nullopt}).privilege, Privilege::system);

    expect(world(me, call::DeleteActor{them}).status, Status::not_privileged, "a user ends a system actor");
    expect(world(me, call::ListActors{1}).status, Status::not_privileged, "a user lists");
    expect(world(other, call::ListActors{1}).status, Status::invalid, "options");
    EXPECT_EQ(world(other, call::ListActors{0}).actors->size(), 3u);
    expect(world(me, call::FindCapability{static_cast<ActorId>(999)}).status, Status::unknown_actor, "acap: who");
    expect(world(me, call::FindCapability{*other.actor}).status, Status::not_privileged, "acap: a user");
    EXPECT_EQ(world(other, call::FindCapability{*me.actor}).capability, world.reference(me).capability);
    expect(world(other, call::DeleteActor{self}).status, Status::ok, "itself");
}

TEST_F(Refusals, Spawn) {
    const Caller root{std::nullopt, 0}, user{std::nullopt, 1000};
    const auto spawn = [&](const Caller &caller, std::uint32_t options) {
        return world(caller, call::Spawn{"x", options}).status;
    };
    const std::uint32_t both = spawn_option::user_space | spawn_option::supervisor_space;
    expect(spawn(user, spawn_option::trusted | bad_flag), Status::not_privileged, "trusted, and a bad flag");
    expect(spawn(user, both), Status::not_privileged, "supervisor, and both spaces");
    expect(spawn(user, bad_flag), Status::invalid, "flag");
    expect(spawn(root, both), Status::invalid, "both spaces");
    expect(spawn(root, spawn_option::supervisor_space), Status::ok, "supervisor, by root");
    expect(spawn(root, spawn_option::trusted), Status::ok, "trusted, by root");
    expect(spawn(user, spawn_option::any_space), Status::ok, "any space");
}

TEST_F(Refusals, TheSupervisorSpaceIsNoActor) {
    const Caller system{world({std::nullopt, 0}, call::Spawn{"system", spawn_option::trusted}).actor, 0};
    expect(world(system, call::DeleteActor{supervisor_space}).status, Status::not_implemented, "delete");
    expect(world(system, call::FreeRegions{supervisor_space, {base, 0}, option::free_all}).status, Status::invalid,
           "it has no regions of its own");
    expect(world(system, call::AllocateRegion{supervisor_space, request(base, page, 0)}).status, Status::bad_address,
           "its window is another");
    expect(world(system, call::AllocateRegion{self, request(base, page, option::supervisor)}).status,
           Status::bad_address, "with the option, too");
}

TEST_F(Refusals, ADuplicateThatIsUndoneLeavesNoReservedRegionInAnyWindow) {
    const Caller target = world.join();
    expect(allocate(self, world.state.config.high_window.start, page, option::reserved), Status::ok,
           "nothing else there");
    world.members_follow = false;
    expect(world(me, call::DuplicateRegions{world.reference(target), self, option::inherit_share}).status,
           Status::timed_out, "others have to follow");
    const AddressSpace &space = world.state.actors.at(*target.actor).space.regions;
    EXPECT_EQ(space.region_count(), 2u);
    world({}, call::ChangeIsLate{world.change});
    EXPECT_EQ(space.region_count(), 0u);
}

TEST_F(Refusals, Kill) {
    const Caller stranger = world.join(2000);
    expect(world(me, call::KillActor{gone}).status, Status::unknown_actor, "dead");
    expect(world(me, call::KillActor{wrong_key}).status, Status::invalid, "key");
    expect(world(stranger, call::KillActor{world.reference(other)}).status, Status::not_privileged, "other user");
    expect(world(me, call::KillActor{world.reference(other)}).status, Status::ok, "same user");
    ASSERT_EQ(world.others.size(), 2u) << "its process ends, its memory goes";
    const auto *end = std::get_if<effect::EndProcess>(&world.others.front());
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->cause, EndCause::killed);
}

TEST_F(Refusals, ConsolesAndActorsKeepToTheirCalls) {
    const Caller console{std::nullopt, 1000};
    expect(world(me, call::InspectActors{}).status, Status::not_privileged, "an actor inspects");
    expect(world(me, call::InspectRegions{}).status, Status::not_privileged, "an actor inspects");
    expect(world(me, call::KillById{*other.actor}).status, Status::not_privileged, "an actor kills by id");
    expect(world(me, call::Join{"again"}).status, Status::invalid, "an actor joins");
    expect(world(me, call::Begin{}).status, Status::invalid, "an actor begins twice");
    expect(world(console, call::AllocateRegion{self, request(0, page, option::anywhere)}).status, Status::unknown_actor,
           "a console has no memory");
    expect(world(console, call::FindMapping{{base, page}}).status, Status::unknown_actor, "nor mappings");
    expect(world(console, call::InspectRegions{static_cast<ActorId>(999)}).status, Status::unknown_actor, "who");
    expect(world(console, call::KillById{static_cast<ActorId>(999)}).status, Status::unknown_actor, "who");
    expect(world({std::nullopt, 2000}, call::KillById{*me.actor}).status, Status::not_privileged, "another user's");
    EXPECT_EQ(world(console, call::InspectRegions{}).regions->size(), 2u);
    EXPECT_EQ(world(console, call::InspectRegions{me.actor}).regions->size(), 1u);
}

TEST_F(Refusals, ALimitOfActors) {
    Config config;
    config.max_actors = 2;
    KernelWorld small(config);
    small.join();
    const Caller last = small.join();
    expect(small({std::nullopt, 1}, call::Join{"x"}).status, Status::no_memory, "join");
    expect(small(last, call::Spawn{"x", 0}).status, Status::no_memory, "spawn");
}

TEST_F(Refusals, AChildsEndIsToldOnce) {
    const Outcome child = world(me, call::Spawn{"child", 0});
    world(me, call::KillActor{{ActorRef::Kind::capability, *child.capability}});
    EXPECT_EQ(world(me, call::EndOfChild{child.actor}).end_cause, EndCause::killed);
    EXPECT_EQ(world(me, call::EndOfChild{child.actor}).end_cause, EndCause::itself);
}

}  // namespace
}  // namespace chorus::kernel
