// Real actors in lockstep with a naive model, one cell per page: any calls by anyone on anyone, and deaths. Compared
// are what each call answers, the kernel's table, what each process maps, and what is in the pages.
//
// CHORUS_LIVE_STEPS (1,000 if not set) and CHORUS_LOCKSTEP_SEED choose how much and which.
#include <chorus.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/maps.hpp"
#include "support/page.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

constexpr int cells = 16;
constexpr int users = 3, actors = 5;  // two of them supervisor actors

struct Cell {
    int memory = 0;
    bool writable = false;
    unsigned inherit = 0;
    int owner = 0;  // in the supervisor space
    bool operator==(const Cell &) const = default;
};
using Space = std::array<std::optional<Cell>, cells>;

// What must come of it. Addresses are numbers of pages from the start of a space's window.
class Model {
  public:
    int allocate(int target, int start, int count, bool writable, unsigned inherit) {
        Space &space = space_of(target);
        if (!vacant(space, start, count)) return K_EOVERLAP;
        for (int i = start; i < start + count; ++i)
            space[i] = Cell{new_memory(0), writable, inherit, target};
        return K_OK;
    }
    int free(int target, int start, int count) {
        for (int i = start; i < start + count; ++i)
            space_of(target)[i].reset();
        return K_OK;
    }
    int free_all(int target) {
        for (auto &cell : space_of(target))
            if (cell && (target < users || cell->owner == target)) cell.reset();
        return K_OK;
    }
    int map(int target, int start, int source, int from, int count, bool copy, bool writable) {
        const Space before = space_of(source);
        for (int i = from; i < from + count; ++i)
            if (!before[i]) return K_EADDR;
        Space &space = space_of(target);
        if (!vacant(space, start, count)) return K_EOVERLAP;
        for (int i = 0; i < count; ++i) {
            const int memory = before[from + i]->memory;
            space[start + i] = Cell{copy ? new_memory(contents[memory]) : memory, writable, 0, target};
        }
        return K_OK;
    }
    int protect(int target, int start, int count, bool writable) {
        for (int i = start; i < start + count; ++i)
            if (auto &cell = space_of(target)[i]) cell->writable = writable;
        return K_OK;
    }
    int inherit(int target, int start, int count, unsigned inherit) {
        for (int i = start; i < start + count; ++i)
            if (auto &cell = space_of(target)[i]) cell->inherit = inherit;
        return K_OK;
    }
    int duplicate(int target, int source, unsigned flags) {
        if (target >= users || source >= users) return K_EINVAL;
        Space &space = spaces[target];
        for (const auto &cell : space)
            if (cell) return K_EBUSY;
        for (int i = 0; i < cells; ++i) {
            auto cell = spaces[source][i];
            const unsigned how = cell ? (flags != 0 ? flags : cell->inherit) : 0;
            if (how == 0) continue;
            if (how == K_INHERITCOPY) cell->memory = new_memory(contents[cell->memory]);
            cell->owner = target;
            space[i] = cell;
        }
        return K_OK;
    }
    int copy(int source, int from, int target, int to, int count) {
        const Space before = space_of(source), there = space_of(target);
        std::vector<int> bytes;
        for (int i = 0; i < count; ++i) {
            if (!before[from + i] || !there[to + i] || !there[to + i]->writable) return K_EADDR;
            bytes.push_back(contents[before[from + i]->memory]);
        }
        for (int i = 0; i < count; ++i)
            contents[there[to + i]->memory] = bytes[i];
        return K_OK;
    }
    // Whether two ranges have memory in common.
    bool share(int one, int first, int other, int second, int count) {
        for (int i = first; i < first + count; ++i)
            for (int j = second; j < second + count; ++j) {
                const auto &here = space_of(one)[i], &there = space_of(other)[j];
                if (here && there && here->memory == there->memory) return true;
            }
        return false;
    }
    void end(int actor) { free_all(actor); }

    Space &space_of(int actor) { return spaces[actor < users ? actor : users]; }
    std::array<Space, users + 1> spaces{};
    std::map<int, int> contents;  // the first byte of each page of memory

  private:
    static bool vacant(const Space &space, int start, int count) {
        for (int i = start; i < start + count; ++i)
            if (space[i]) return false;
        return true;
    }
    int new_memory(int byte) {
        contents[++last_memory_] = byte;
        return last_memory_;
    }
    int last_memory_ = 0;
};

class Live {
  public:
    explicit Live(std::uint64_t seed) : random_(seed) {
        for (int actor = 0; actor < actors; ++actor)
            start(actor);
    }

    void step() {
        const int caller = below(actors), target = below(actors), source = below(actors);
        const int start = below(cells), from = below(cells);
        const int count = 1 + below(std::min(cells - start, 5)), shorter = std::min(count, cells - from);
        const bool writable = below(3) != 0;
        const unsigned inherit = std::array{0U, K_INHERITSHARE, K_INHERITCOPY}[static_cast<std::size_t>(below(3))];
        const std::string access = std::to_string(writable ? K_WRITABLE : 0), to = who(caller, target),
                          other = who(caller, source);
        switch (below(12)) {
            case 0:
            case 1:
                return call(caller,
                            "allocate " + to + " " + range(target, start, count) + "," +
                                std::to_string((writable ? K_WRITABLE : 0) | inherit),
                            model_.allocate(target, start, count, writable, inherit));
            case 2:
            case 3:
                return call(caller,
                            "map " + to + " " + range(target, start, shorter) + "," + access + " " + other + " " +
                                range(source, from, shorter) + ",0",
                            model_.map(target, start, source, from, shorter, false, writable));
            case 4:
                return call(caller,
                            "init " + to + " " + range(target, start, shorter) + "," + access + " " + other + " " +
                                range(source, from, shorter) + ",0",
                            model_.map(target, start, source, from, shorter, true, writable));
            case 5:
                return call(caller, "free " + to + " " + range(target, start, count) + ",0",
                            model_.free(target, start, count));
            case 6:
                return call(caller, "set_protect " + to + " " + range(target, start, count) + "," + access,
                            model_.protect(target, start, count, writable));
            case 7:
                return call(caller,
                            "set_inherit " + to + " " + range(target, start, count) + "," + std::to_string(inherit),
                            model_.inherit(target, start, count, inherit));
            case 8:
                if (model_.share(source, from, target, start, shorter)) return write(caller);  // undefined
                return call(caller,
                            "vm_copy " + other + " " + address(source, from) + " " + to + " " + address(target, start) +
                                " " + std::to_string(shorter * page) + " 0",
                            model_.copy(source, from, target, start, shorter));
            case 9:
                if (below(4) != 0) return write(caller);
                return call(caller, "free " + to + " 0,0," + std::to_string(K_FREEALL), model_.free_all(target));
            case 10:
                return call(caller, "dup " + to + " " + other + " " + std::to_string(inherit),
                            model_.duplicate(target, source, inherit));
            default:
                if (below(8) != 0) return write(caller);
                note("actor " + std::to_string(target) + " dies");
                puppets_[target]->process().signal(SIGKILL);
                kill(pids_[target], SIGKILL);
                puppets_[target]->process().wait();
                model_.end(target);
                forget(target);
                this->start(target);
                if (target >= users) wait_for_supervisors(target);
        }
    }

    // All that can be seen from outside is as the model says.
    void compare() {
        for (int actor = 0; actor < actors; ++actor) {
            const bool user = actor < users;
            const auto mapped = mapped_by(pids_[actor]);
            ASSERT_EQ(mapped, listed_for(site_, aids_[actor], user ? Space_::user : Space_::supervisor)) << trace();
            std::size_t pages = 0, wanted = 0;
            for (const Mapped &part : mapped)
                pages += (part.end - part.start) / page;
            for (int i = 0; i < cells; ++i) {
                const auto &cell = model_.space_of(actor)[i];
                if (!cell) continue;
                ++wanted;
                ASSERT_EQ((*puppets_[actor])("access " + address(actor, i)), cell->writable ? "rw" : "r") << trace();
                ASSERT_EQ((*puppets_[actor])("read " + address(actor, i)),
                          std::to_string(model_.contents[cell->memory]))
                    << "actor " << actor << " page " << i << trace();
            }
            ASSERT_EQ(pages, wanted) << "actor " << actor << trace();
        }
    }

  private:
    using Space_ = test::Space;

    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
    static std::string address(int actor, int cell) {
        return plus(actor < users ? "0x50000000" : "0x70000000", static_cast<long>(cell * page));
    }
    static std::string range(int actor, int start, int count) {
        return address(actor, start) + "," + std::to_string(static_cast<unsigned>(count) * page);
    }
    std::string who(int caller, int target) const { return caller == target ? "self" : capabilities_[target]; }

    void start(int actor) {
        const auto rights = actor < users ? Puppet::Rights::user : Puppet::Rights::supervisor;
        puppets_[actor] = std::make_unique<Puppet>(site_, rights);
        capabilities_[actor] = puppets_[actor]->capability();
        pids_[actor] = std::stoi((*puppets_[actor])("pid"));
        aids_[actor] = (*puppets_[actor])("id");
    }
    // The kernel has seen that an actor is gone when its capability is of nobody.
    void forget(int actor) {
        Puppet &asked = *puppets_[actor == 0 ? 1 : 0];
        while (word(asked("name " + capabilities_[actor] + " null null"), 0) != std::to_string(K_EUNKNOWN)) {
        }
    }
    // Nobody waits until the others have unmapped what went with a dead one; a change that they acknowledge comes
    // after.
    void wait_for_supervisors(int actor) {
        const std::string elsewhere = "0x78000000,4096,";
        ASSERT_EQ(word((*puppets_[actor])("allocate self " + elsewhere + "0"), 0), "0");
        ASSERT_EQ(word((*puppets_[actor])("free self " + elsewhere + "0"), 0), "0");
    }
    void call(int caller, const std::string &text, int expected) {
        const std::string reply = (*puppets_[caller])(text);
        note("actor " + std::to_string(caller) + ": " + text + " -> " + reply);
        ASSERT_EQ(word(reply, 0), std::to_string(expected)) << trace();
    }
    void write(int caller) {
        const int cell = below(cells), byte = below(256);
        const auto &here = model_.space_of(caller)[cell];
        if (!here || !here->writable) return;
        model_.contents[here->memory] = byte;
        (*puppets_[caller])("write " + address(caller, cell) + " " + std::to_string(byte));
        note("actor " + std::to_string(caller) + " writes " + std::to_string(byte) + " to page " +
             std::to_string(cell));
    }
    void note(const std::string &line) { trace_.push_back(line); }
    std::string trace() const {
        std::string text = "; what was done last:\n";
        for (std::size_t i = trace_.size() < 40 ? 0 : trace_.size() - 40; i < trace_.size(); ++i)
            text += "  " + trace_[i] + "\n";
        return text;
    }

    std::mt19937_64 random_;
    TestSite site_;
    Model model_;
    std::array<std::unique_ptr<Puppet>, actors> puppets_;
    std::array<std::string, actors> capabilities_, aids_;
    std::array<pid_t, actors> pids_{};
    std::vector<std::string> trace_;
};

std::uint64_t number_from(const char *variable, std::uint64_t otherwise) {
    const char *set = std::getenv(variable);
    return set == nullptr ? otherwise : std::strtoull(set, nullptr, 10);
}

TEST(LiveLockstep, AnyCallsOfFiveActorsComeToWhatTheNaiveModelSays) {
    const std::uint64_t seed = number_from("CHORUS_LOCKSTEP_SEED", std::random_device()());
    const std::uint64_t steps = number_from("CHORUS_LIVE_STEPS", 1'000);
    std::printf("seed %lu, %lu steps\n", static_cast<unsigned long>(seed), static_cast<unsigned long>(steps));
    Live live(seed);
    for (std::uint64_t done = 1; done <= steps && !testing::Test::HasFailure(); ++done) {
        live.step();
        if (done % 16 == 0 && !testing::Test::HasFailure()) live.compare();
    }
    if (testing::Test::HasFailure())
        std::printf(
            "to repeat: CHORUS_LOCKSTEP_SEED=%lu build/release/bin/client-test --gtest_filter='LiveLockstep.*'\n",
            static_cast<unsigned long>(seed));
}

}  // namespace
}  // namespace chorus::test
