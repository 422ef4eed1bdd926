// What a journal says is what was known, whatever has happened; and what is damaged is refused.
#include "daemon/journal.hpp"

#include <exec/chTypes.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "daemon/records.hpp"
#include "support/kernel_world.hpp"

namespace chorus::test {
namespace {

using daemon::Journal;
using kernel::ActorRef;
using kernel::Range;
namespace option = kernel::option;

// A journal of its own.
class Scratch {
  public:
    Scratch() {
        EXPECT_TRUE(Journal::create(control_));
        EXPECT_EQ(journal_.map(), K_OK);
    }
    ~Scratch() {
        for (const int file : control_.journal_files)
            close(file);
    }
    Journal *operator->() { return &journal_; }

  private:
    daemon::Control control_;
    Journal journal_{control_};
};

// Equal states have equal ones.
std::string bytes_of(kernel::State state) {
    std::string bytes(std::size_t{1} << 22, '\0');
    daemon::Writer writer(bytes.data(), bytes.size());
    const std::map<kernel::SegmentId, kernel::SegmentRecord> in_order(state.segments.begin(), state.segments.end());
    state.segments.clear();
    writer(state, in_order);
    EXPECT_TRUE(writer.whole());
    bytes.resize(static_cast<std::size_t>(writer.at() - bytes.data()));
    return bytes;
}

// Calls of five actors, one of them a supervisor, that often make sense.
class Calls {
  public:
    explicit Calls(unsigned seed) : random_(seed), world_(kernel::Config{}) {
        world_.check_always = false;
        for (int i = 0; i < 5; ++i)
            callers_.push_back(world_.join(1000));
        world_.state.actors.at(*callers_[0].actor).privilege = kernel::Privilege::supervisor;
    }

    kernel::State &state() { return world_.state; }

    // Makes one, and returns what it has done.
    const std::vector<kernel::Action> &next() {
        world_.members_follow = below(4) != 0;
        world_(any_caller(), any_call());
        return world_.actions;
    }

  private:
    std::uint64_t below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_); }
    const kernel::Caller &any_caller() { return callers_[below(callers_.size())]; }
    ActorRef anybody() {
        const kernel::Caller &other = any_caller();
        if (below(6) == 0 || world_.state.find_actor(*other.actor) == nullptr) return {};
        return world_.reference(other);
    }
    Range any_range() { return {0x4400'0000 + below(64) * 4096, (1 + below(8)) * 4096}; }
    kernel::RegionRequest any_region() {
        kernel::RegionRequest region{.range = any_range(), .options = below(2) == 0 ? option::anywhere : 0U};
        region.options |= below(2) == 0 ? option::writable : 0U;
        region.options |= below(8) == 0 ? option::supervisor : 0U;
        return region;
    }

    kernel::Call any_call() {
        switch (below(14)) {
            case 0:
            case 1:
            case 2:
                return kernel::call::AllocateRegion{anybody(), any_region()};
            case 3:
            case 4:
                return kernel::call::MapFromActor{anybody(), any_region(), anybody(), any_range()};
            case 5:
                return kernel::call::FreeRegions{anybody(), any_range(), 0};
            case 6:
                return kernel::call::CopyFromActor{anybody(), any_region(), anybody(), any_range()};
            case 7:
                return kernel::call::SetAttribute{static_cast<kernel::call::Attribute>(below(4)), anybody(),
                                                  any_region()};
            case 8:
                return kernel::call::LockMemory{anybody(), any_range(), 0};
            case 9:
                return kernel::call::UnlockMemory{anybody(), any_range(), 0};
            case 10:
                return kernel::call::FindPhysical{anybody(), any_range().start};
            case 11:
                return kernel::call::ActorName{anybody(), "name " + std::to_string(below(100))};
            case 12:
                return below(2) == 0 ? kernel::Call{kernel::call::Exclude{any_range()}}
                                     : kernel::Call{kernel::call::ActorCredentials{
                                           anybody(), kernel::Credentials{.uid = 1000, .gid = 5, .groups = {6, 7}}}};
            default:
                return below(4) == 0 ? kernel::Call{kernel::call::Fork{}}
                                     : kernel::Call{kernel::call::ActorProtection{anybody(), {{1, 2, 3}}}};
        }
    }

    std::mt19937 random_;
    KernelWorld world_;
    std::vector<kernel::Caller> callers_;
};

TEST(Journal, SaysWhatWasKnown) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Scratch journal;
        Calls calls(seed);
        journal->checkpoint(calls.state(), {}, 0);
        for (int step = 0; step < 500; ++step) {
            for (const kernel::Action &action : calls.next())
                journal->action({.in_hand = false, .socket = -1, .action = action});
            journal->performed(static_cast<std::uint64_t>(step));
            journal->commit();
            if (step % 100 == 50) journal->checkpoint(calls.state(), {}, static_cast<std::uint64_t>(step));
        }
        std::string problem;
        const auto known = journal->read(&problem);
        ASSERT_TRUE(known) << problem;
        EXPECT_TRUE(bytes_of(known->state) == bytes_of(calls.state()));
        EXPECT_EQ(kernel::check(known->state), std::nullopt);
        EXPECT_EQ(known->settled, 499U);
        EXPECT_FALSE(known->unfinished);
    }
}

TEST(Journal, RowsAreAsTheyWerePutLast) {
    Scratch journal;
    journal->checkpoint(kernel::State(kernel::Config{}), {}, 7);
    journal->put<daemon::ConnectionRow>(12, {daemon::Holder::console, {1, 2, 3}, {}});
    journal->put<daemon::ConnectionRow>(13, {daemon::Holder::unknown, {}, {}});
    journal->put<daemon::ConnectionRow>(12, {daemon::Holder::actor, {1, 2, 3}, kernel::ActorId{5}});
    journal->erase<daemon::ConnectionRow>(13);
    journal->put<daemon::SegmentRow>(kernel::SegmentId{1}, {20, 4096});
    journal->commit();
    journal->put<daemon::SegmentRow>(kernel::SegmentId{2}, {21, 4096});  // never committed
    std::string problem;
    auto known = journal->read(&problem);
    ASSERT_TRUE(known) << problem;
    const auto &connections = daemon::table<daemon::ConnectionRow>(known->tables);
    ASSERT_EQ(connections.size(), 1U);
    EXPECT_EQ(connections.at(12).holder, daemon::Holder::actor);
    EXPECT_EQ(connections.at(12).peer.uid, 2U);
    EXPECT_EQ(connections.at(12).actor, kernel::ActorId{5});
    EXPECT_EQ(daemon::table<daemon::SegmentRow>(known->tables).size(), 1U);
    EXPECT_EQ(known->settled, 7U);
}

TEST(Journal, AnActionWithoutItsEndIsUnfinished) {
    Scratch journal;
    KernelWorld world{kernel::Config{}};
    journal->checkpoint(world.state, {}, 0);
    world.join();
    journal->action({.in_hand = true, .socket = 9, .action = world.actions.front()});
    journal->commit();
    std::string problem;
    const auto known = journal->read(&problem);
    ASSERT_TRUE(known) << problem;
    ASSERT_TRUE(known->unfinished);
    EXPECT_TRUE(known->unfinished->in_hand);
    EXPECT_EQ(known->unfinished->socket, 9);
    EXPECT_EQ(known->unfinished->effects.reply.actor, kernel::ActorId{1});
}

TEST(Journal, AddressSpacesWhoseWindowsAreNotApartAreRefused) {
    constexpr std::uint64_t page = 4096;
    const Range window{16 * page, 16 * page}, next{32 * page, page}, wraps{~std::uint64_t{0} - page + 1, 2 * page};
    const auto read = [&](const std::vector<Range> &windows) {
        char bytes[512];
        daemon::Writer writer(bytes, sizeof bytes);
        writer(windows, std::vector<Range>{{20 * page, page}}, std::vector<kernel::Region>{});
        EXPECT_TRUE(writer.whole());
        daemon::Reader reader(bytes, sizeof bytes);
        kernel::AddressSpace space;
        fields(reader, space);
        return reader.whole();
    };
    EXPECT_TRUE(read({window, next}));
    EXPECT_FALSE(read({window, window}));
    EXPECT_FALSE(read({next, window}));
    EXPECT_FALSE(read({window, {}}));
    EXPECT_FALSE(read({wraps, window}));
}

TEST(Journal, WhatIsDamagedIsRefused) {
    Calls calls(1);
    for (int step = 0; step < 50; ++step)
        calls.next();
    std::string bytes(std::size_t{1} << 20, '\0');
    daemon::Writer writer(bytes.data(), bytes.size());
    writer(std::uint8_t{0}, Journal::version, calls.state(), daemon::Tables{}, std::uint64_t{0});
    bytes.resize(static_cast<std::size_t>(writer.at() - bytes.data()));
    std::string problem;
    ASSERT_TRUE(Journal::read(bytes.data(), bytes.size(), kernel::apply, &problem)) << problem;
    for (std::size_t length = 1; length < bytes.size(); length += 7) {
        EXPECT_FALSE(Journal::read(bytes.data(), length, kernel::apply, &problem)) << length;
        EXPECT_NE(problem, "");
    }
    std::string other = bytes;
    other[1] = static_cast<char>(Journal::version + 1);
    EXPECT_FALSE(Journal::read(other.data(), other.size(), kernel::apply, &problem));
    EXPECT_NE(problem.find("another version"), std::string::npos) << problem;
}

}  // namespace
}  // namespace chorus::test
