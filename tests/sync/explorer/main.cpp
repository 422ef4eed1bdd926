// Every interleaving of threads that use one semaphore, at the granularity of one atomic operation or one step of the
// futex, with any of them killed, signalled or out of time at any point. Prints how many there were; exits with 1 where
// something is wrong, with the steps that lead to it.
//
// explorer [two|three|all]: two threads, or three (if nothing is said), with two operations each, of timed P and V: a
// P without a time is one whose time does not come. all: of P at once too, which takes some ten times as long. Said
// without an argument by CHORUS_EXPLORE.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "explorer/model.hpp"

namespace chorus::sync::explorer {
namespace {

constexpr Event events[] = {Event::step, Event::poll_in_vain, Event::time_out, Event::signal, Event::kill};

struct Found {
    std::string wrong;
};

// The worlds that were met. A flat table of their keys, of which none is all zero: there are some millions.
class Known {
  public:
    // Whether it was not there.
    bool insert(const Key &key) {
        if (2 * ++size_ > entries_.size()) grow();
        Key &place = place_of(key);
        const bool fresh = place == none;
        if (!fresh) --size_;
        place = key;
        return fresh;
    }
    std::size_t size() const { return size_; }
    void clear() { *this = {}; }

  private:
    static constexpr Key none{0, 0};

    Key &place_of(const Key &key) {
        std::size_t at = (key.low >> 20) & (entries_.size() - 1);
        while (entries_[at] != none && entries_[at] != key)
            at = (at + 1) & (entries_.size() - 1);
        return entries_[at];
    }
    void grow() {
        std::vector<Key> before(2 * entries_.size(), none);
        before.swap(entries_);
        for (const Key &key : before)
            if (key != none) place_of(key) = key;
    }

    std::vector<Key> entries_ = std::vector<Key>(1 << 10, none);
    std::size_t size_ = 0;
};

class Explorer {
  public:
    // Throws Found.
    void explore(const World &start) {
        known_.clear();
        visit(start);
        states_ += known_.size();
    }

    double states() const { return static_cast<double>(states_); }
    double steps() const { return static_cast<double>(steps_); }
    double executions() const { return static_cast<double>(executions_); }

  private:
    // A world on the way, with the event that is tried next.
    struct Frame {
        World world;
        int thread = 0;  // that is tried next,
        std::size_t event = 0;
        int tried_thread = 0;  // and that was tried last
        Event tried{};
        bool goes_on = false;
    };

    void visit(const World &start) {
        enter(start);
        while (!path_.empty()) {
            Frame &here = path_.back();
            if (here.thread == threads_max) {
                if (!here.goes_on) ++executions_;
                path_.pop_back();
                continue;
            }
            const Event event = here.tried = events[here.event];
            const int thread = here.tried_thread = here.thread;
            if (here.event == 0) alone(here.world, thread);
            if (++here.event == std::size(events)) {
                here.event = 0;
                ++here.thread;
            }
            if (!here.world.possible(thread, event)) continue;
            ++steps_;
            here.goes_on = true;
            World next = here.world;
            if (const Wrong wrong = next.take(thread, event)) report(wrong);
            enter(next);
        }
    }

    // An execution ends where nothing can happen any more, or where it comes to what was explored before.
    void enter(const World &world) {
        if (known_.insert(world.key()))
            path_.push_back({.world = world});
        else
            ++executions_;
    }

    // Nobody depends on another one going on: alone, a thread comes to the end of its operation, or sleeps.
    void alone(const World &world, int thread) {
        constexpr int steps_max = 24;
        const Thread &before = world.thread(thread);
        if (before.ended() || before.asleep || !known_alone_.insert(world.key_of(thread))) return;
        World now = world;
        for (int steps = 0; steps < steps_max; ++steps) {
            const Event event = now.possible(thread, Event::step) ? Event::step : Event::poll_in_vain;
            if (now.take(thread, event) != nullptr) return;  // reported where that step is made
            const Thread &who = now.thread(thread);
            if (who.ended() || who.asleep || who.done != before.done) return;
        }
        report("a thread waits for another one that need not go on");
    }

    [[noreturn]] void report(Wrong wrong) const {
        std::string text = std::string(wrong) + ", after\n";
        for (const Frame &frame : path_)
            text += "  " + text_of(frame.world, frame.tried_thread, frame.tried) + "\n";
        throw Found{text};
    }

    Known known_;
    Known known_alone_;
    std::deque<Frame> path_;  // references to its elements stay
    std::size_t states_ = 0;
    std::size_t steps_ = 0;
    std::size_t executions_ = 0;
};

std::vector<Program> programs(bool all) {
    const std::vector<Operation> each = all ? std::vector{Operation::timed_p, Operation::try_p, Operation::v}
                                            : std::vector{Operation::timed_p, Operation::v};
    std::vector<Program> programs;
    for (const Operation first : each) {
        for (const Operation second : each)
            programs.push_back({first, second});
    }
    return programs;
}

// Tokens; what posters and sleepers that are dead have left.
constexpr std::uint64_t starts[] = {0, 1, state::announcement | state::sleepers, state::announcement | state::closed};

// Calls `use` for every choice of programs; the threads are alike, so their order does not matter.
template <class Use>
void for_each_crew(const std::vector<Program> &programs, std::size_t threads, Use use, std::vector<Program> crew = {},
                   std::size_t first = 0) {
    if (crew.size() == threads) return use(crew);
    for (std::size_t i = first; i < programs.size(); ++i) {
        crew.push_back(programs[i]);
        for_each_crew(programs, threads, use, crew, i);
        crew.pop_back();
    }
}

void explore_all(std::size_t threads, bool all) {
    Explorer explorer;
    int worlds = 0;
    for_each_crew(programs(all), threads, [&](const std::vector<Program> &crew) {
        for (const std::uint64_t start : starts) {
            explorer.explore(World(start, crew));
            ++worlds;
        }
    });
    std::printf("%d programs of %zu threads: %.3g executions in %.3g states and %.3g steps, all as they should be\n",
                worlds, threads, explorer.executions(), explorer.states(), explorer.steps());
}

}  // namespace
}  // namespace chorus::sync::explorer

int main(int argc, char **argv) {
    const char *set = std::getenv("CHORUS_EXPLORE");
    const std::string how = argc > 1 ? argv[1] : set != nullptr ? set : "three";
    try {
        chorus::sync::explorer::explore_all(how == "two" ? 2 : 3, how == "all");
    } catch (const chorus::sync::explorer::Found &found) {
        std::printf("wrong: %s", found.wrong.c_str());
        return 1;
    }
}
