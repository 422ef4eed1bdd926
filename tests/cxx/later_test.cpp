// Calls that are being built: what they will do, in C++. To be added to cxx-test with them.
#include <gtest/gtest.h>
#include <unistd.h>
#include <chorus/chorus.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cxx/partner.hpp"
#include "cxx/shared.hpp"
#include "worlds/process_state.hpp"

namespace chorus::test {
namespace {

constexpr Address somewhere = 0x5000'0000;

// The refusal of a call that is given the code to tell it to.
template <class Call>
std::error_code refusal_of(Call call) {
    std::error_code error;
    call(error);
    return error;
}

TEST(CxxLater, ReservedAddressesHaveNoMemory) {
    const Region region = Region::allocate(std::uint64_t{8} << 30, {.backing = Backing::reserved});
    const std::vector<RegionEntry> entries = regions(Actor::self(), {region.range().start, 1});
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].backing(), Backing::reserved);
    EXPECT_EQ(refusal_of([&](auto &error) {
                  Region::map_from(Actor::self(), {region.range().start, page_size()}, {}, error);
              }),
              Status::address);
    EXPECT_EQ(refusal_of([&](auto &error) {
                  Region::allocate(1, {.presence = Presence::at_once, .backing = Backing::reserved}, error);
              }),
              Status::invalid);
}

TEST(CxxLater, APlaceWithinARangeIsKeptTo) {
    const Range bounds{somewhere, 2 * page_size()};
    const RegionOptions options{.place = Place::within(bounds), .presence = Presence::at_once};
    const Region one = Region::allocate(page_size(), options), two = Region::allocate(page_size(), options);
    for (const Region *region : {&one, &two}) {
        EXPECT_GE(region->range().start, bounds.start);
        EXPECT_LE(region->range().end(), bounds.end());
    }
    EXPECT_EQ(refusal_of([&](auto &error) { Region::allocate(1, options, error); }), Status::space);
    const RegionOptions wrong{.place = Place::within({somewhere + 1, page_size()})};
    EXPECT_EQ(refusal_of([&](auto &error) { Region::allocate(1, wrong, error); }), Status::round);
    const RegionOptions empty{.place = Place::within({somewhere, 0})};
    EXPECT_EQ(refusal_of([&](auto &error) { Region::allocate(1, empty, error); }), Status::address);
}

TEST(CxxLater, ACopyIsPrivate) {
    const Region region = Region::allocate(1);
    region.as<int>()[0] = 1;
    const Region copied = Region::copy_from(Actor::self(), region.range());
    EXPECT_EQ(copied.as<int>()[0], 1);
    copied.as<int>()[0] = 2;
    EXPECT_EQ(region.as<int>()[0], 1);
}

TEST(CxxLater, WhatRegionsHaveIsChangedAndSplitsThem) {
    const Region region = Region::allocate(3 * page_size());
    const Range middle{region.range().start + page_size(), page_size()};
    int word = 0;
    set_protection(Actor::self(), middle, Protection::read);
    set_inheritance(Actor::self(), middle, Inheritance::share);
    set_paging(Actor::self(), middle, Presence::at_once);
    set_opaque(Actor::self(), middle, {&word, 7});
    const std::vector<RegionEntry> entries = regions(Actor::self());
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[0].protection(), Protection::read_write);
    EXPECT_EQ(entries[1].range, middle);
    EXPECT_EQ(entries[1].protection(), Protection::read);
    EXPECT_EQ(entries[1].inheritance(), Inheritance::share);
    EXPECT_EQ(entries[1].presence(), Presence::at_once);
    EXPECT_EQ(entries[1].opaque, (Opaque{&word, 7}));
    EXPECT_EQ(refusal_of([&](auto &error) {
                  set_protection(Actor::self(), {somewhere, 0}, Protection::read, error);
              }),
              Status::size);
}

TEST(CxxLater, AnActorWithoutAProcessHoldsMemory) {
    const Actor store = Actor::create({});
    EXPECT_EQ(store.privilege(), Privilege::user);
    const Range range = allocate(store, page_size());
    {
        const Region seen = Region::map_from(store, range);
        seen.as<int>()[0] = 1234;
    }
    EXPECT_EQ(Region::map_from(store, range).as<int>()[0], 1234);
    store.destroy();
    EXPECT_EQ(refusal_of([&](auto &error) { store.name(error); }), Status::unknown);
    EXPECT_EQ(refusal_of([&](auto &error) { Actor::create({.privilege = Privilege::system}, error); }),
              Status::privilege);
    Actor::prepare(Privilege::user).destroy();
}

TEST(CxxLater, ASpaceIsDuplicated) {
    const Region shared = Region::allocate(1, {.place = Place::at(somewhere), .inheritance = Inheritance::share});
    const Region copied =
        Region::allocate(1, {.place = Place::at(somewhere + page_size()), .inheritance = Inheritance::copy});
    const Region left_out = Region::allocate(1);
    copied.as<int>()[0] = 1;
    const Actor twin = Actor::create({});
    duplicate(twin, Actor::self(), Duplication::by_region);
    shared.as<int>()[0] = 1;
    copied.as<int>()[0] = 2;
    const Region seen = Region::map_from(twin, {somewhere, 2 * page_size()});
    EXPECT_EQ(seen.as<int>()[0], 1);
    EXPECT_EQ(*reinterpret_cast<int *>(seen.bytes().data() + page_size()), 1);
    EXPECT_EQ(regions(twin).size(), 2u);
    EXPECT_EQ(refusal_of([&](auto &error) { duplicate(twin, Actor::self(), Duplication::share, error); }),
              Status::busy);
    twin.destroy();
}

TEST(CxxLater, MemoryIsCopiedWithoutMapping) {
    const Actor store = Actor::create({});
    const Range range = allocate(store, page_size());
    const Region region = Region::allocate(1);
    region.as<char>()[3] = 'x';
    copy({.address = region.range().start + 3}, {store, range.start + 100}, 1);
    copy({store, range.start + 100}, {.address = region.range().start}, 1);
    EXPECT_EQ(region.as<char>()[0], 'x');
    EXPECT_EQ(refusal_of([&](auto &error) {
                  copy({store, range.start}, {store, range.start}, 0, error);
              }),
              Status::size);
    EXPECT_EQ(refusal_of([&](auto &error) {
                  copy({store, range.end()}, {store, range.start}, 1, error);
              }),
              Status::address);
    store.destroy();
}

TEST(CxxLater, LockedPagesStay) {
    Region region = Region::allocate(1);
    const Range range = region.range();
    lock_pages(Actor::self(), range, Access::write);
    EXPECT_GE(Site::memory().locked, page_size());
    EXPECT_EQ(refusal_of([&](auto &error) { region.free(error); }), Status::busy);
    EXPECT_FALSE(region.empty());
    EXPECT_EQ(refusal_of([&](auto &error) { discard(Actor::self(), range, error); }), Status::busy);
    unlock_pages(Actor::self(), range, Access::write);
    EXPECT_EQ(refusal_of([&](auto &error) { unlock_pages(Actor::self(), range, Access::write, error); }),
              Status::invalid);
    region.free();
}

TEST(CxxLater, DiscardedMemoryReadsZero) {
    const Region region = Region::allocate(1);
    region.as<int>()[0] = 1;
    discard(Actor::self(), region.range());
    EXPECT_EQ(region.as<int>()[0], 0);
}

TEST(CxxLater, TheSameMemoryHasTheSamePhysicalAddress) {
    const Region one = Region::allocate(2 * page_size());
    const Region two = Region::map_from(Actor::self(), {one.range().start + page_size(), page_size()});
    const auto physical = [](Address address) { return physical_address({.address = address}); };
    EXPECT_EQ(physical(one.range().start + page_size() + 5), physical(two.range().start + 5));
    EXPECT_NE(physical(one.range().start), physical(two.range().start));
    EXPECT_EQ(refusal_of([&](auto &error) { physical_address({.address = somewhere}, error); }), Status::address);
    EXPECT_EQ(refusal_of([&](auto &error) {
                  map_physical(Actor::self(), {somewhere, page_size()}, physical(one.range().start), {}, error);
              }),
              Status::privilege);
}

TEST(CxxLater, TheSiteTellsItsMemory) {
    const MemoryState state = Site::memory();
    EXPECT_GT(state.total, 0u);
    EXPECT_LE(state.free, state.total);
    EXPECT_EQ(refusal_of([&](auto &error) { Site::set_memory_marks(state.marks, error); }), Status::privilege);
}

TEST(CxxLater, AStoppedActorStandsStill) {
    const Region region = Region::allocate(sizeof(Shared));
    auto &shared = *std::construct_at(region.as<Shared>().data());
    std::vector<std::string> arguments = Actor::self().capability().words();
    arguments.insert(arguments.begin(), "answer");
    arguments.push_back(std::to_string(region.range().start));
    const Actor other = Actor::spawn(partner(), arguments);
    while (shared.pid_of_partner == 0) {
    }
    other.stop();
    other.stop();  // is so already
    while (!sim::all_stopped(shared.pid_of_partner)) {
    }
    shared.asked.signal();
    EXPECT_FALSE(shared.answered.try_wait());
    EXPECT_TRUE(sim::all_stopped(shared.pid_of_partner));
    other.start();
    EXPECT_TRUE(shared.answered.wait_for(std::chrono::seconds(60)));
    EXPECT_EQ(other.await(), Ending{});
}

TEST(CxxLater, UsersAreTold) {
    const Credentials own = Actor::self().credentials();
    EXPECT_EQ(own.user, getuid());
    EXPECT_EQ(own.group, getgid());
    EXPECT_EQ(refusal_of([&](auto &error) { Actor::self().set_credentials(own, error); }),
              std::errc::operation_not_permitted);
    EXPECT_EQ(refusal_of([&](auto &error) { Actor::self().protection_id(error); }), Status::privilege);
}

TEST(CxxLater, WhatSupervisorActorsMayIsRefused) {
    char text[4] = "abc";
    EXPECT_EQ(refusal_of([&](auto &error) { allocate_supervisor_pages(1, Presence::on_demand, error); }),
              Status::privilege);
    EXPECT_EQ(refusal_of([&](auto &error) {
                  free_supervisor_pages({0x6c00'0000, page_size()}, error);
              }),
              Status::privilege);
    EXPECT_EQ(refusal_of([&](auto &error) { copy_in(text, std::as_writable_bytes(std::span(text)), error); }),
              Status::privilege);
    EXPECT_EQ(refusal_of([&](auto &error) { copy_in_string(text, text, error); }), Status::privilege);
    EXPECT_EQ(refusal_of([&](auto &error) { copy_out(std::as_bytes(std::span(text)), text, error); }),
              Status::privilege);
}

}  // namespace
}  // namespace chorus::test
