// Every interleaving of threads that use one semaphore, at the granularity of one atomic operation or one step of the
// futex, with any of them killed, signalled or out of time at any point. Prints how many there were; exits with 1 where
// something is wrong, with the steps that lead to it.
//
// explorer [two|three|all]: two threads, or three (if nothing is said), with two operations each, of timed P and V,
// which have in them all that P can come to; all: of P, timed P, P at once and V, which takes hours.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "explorer/model.hpp"

namespace chorus::sync::explorer {
namespace {

constexpr Event events[] = {Event::step, Event::poll_in_vain, Event::time_out, Event::signal, Event::kill};

struct Found {
    std::string wrong;
};

// The worlds that were met, each with its number of executions. A flat table: there are some ten million.
class Known {
  public:
    static constexpr long double absent = 0, under_way = -1;

    // What is kept for a world, `absent` where it is met for the first time.
    long double &at(const Key &key) {
        if (2 * ++size_ > entries_.size()) grow();
        Entry &entry = place_of(key);
        if (entry.count != absent) --size_;
        entry.key = key;
        return entry.count;
    }
    std::size_t size() const { return size_; }
    void clear() {
        std::fill(entries_.begin(), entries_.end(), Entry{});
        size_ = 0;
    }

  private:
    struct Entry {
        Key key{};
        long double count = absent;
    };

    Entry &place_of(const Key &key) {
        std::size_t at = key.low & (entries_.size() - 1);
        while (entries_[at].count != absent && entries_[at].key != key)
            at = (at + 1) & (entries_.size() - 1);
        return entries_[at];
    }
    void grow() {
        std::vector<Entry> before(2 * entries_.size());
        before.swap(entries_);
        for (const Entry &entry : before)
            if (entry.count != absent) place_of(entry.key) = entry;
    }

    std::vector<Entry> entries_ = std::vector<Entry>(1 << 10);
    std::size_t size_ = 0;
};

struct Hash {
    std::size_t operator()(const Key &key) const { return key.low; }
};

class Explorer {
  public:
    // Throws Found.
    void explore(const World &start) {
        known_.clear();
        executions_ += visit(start);
        states_ += known_.size();
    }

    long double states() const { return static_cast<long double>(states_); }
    long double steps() const { return static_cast<long double>(steps_); }
    long double executions() const { return executions_; }

  private:
    // A world on the way, with the event that is tried next.
    struct Frame {
        World world;
        Key key;
        long double executions = 0;  // that begin here; one that comes back to where it was is counted once
        int thread = 0;              // that is tried next,
        std::size_t event = 0;
        int tried_thread = 0;  // and that was tried last
        Event tried{};
    };

    long double visit(const World &start) {
        long double executions = enter(start);
        while (!path_.empty()) {
            Frame &here = path_.back();
            if (here.thread == threads_max) {
                executions = known_.at(here.key) = here.executions == 0 ? 1 : here.executions;  // 0: the end
                path_.pop_back();
                if (!path_.empty()) path_.back().executions += executions;
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
            World next = here.world;
            if (const Wrong wrong = next.take(thread, event)) report(wrong);
            here.executions += enter(next);
        }
        return executions;
    }

    // What is known of the executions from a world; 0 where they are still to be tried.
    long double enter(const World &world) {
        const Key key = world.key();
        long double &known = known_.at(key);
        if (known == Known::under_way) return 1;
        if (known != Known::absent) return known;
        known = Known::under_way;
        path_.push_back({.world = world, .key = key});
        return 0;
    }

    // Nobody depends on another one going on: alone, a thread comes to the end of its operation, or sleeps.
    void alone(const World &world, int thread) {
        constexpr int steps_max = 24;
        const Thread &before = world.thread(thread);
        if (before.ended() || before.asleep || !known_alone_.insert(world.key_of(thread)).second) return;
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
    std::unordered_set<Key, Hash> known_alone_;
    std::deque<Frame> path_;  // references to its elements stay
    std::size_t states_ = 0;
    std::size_t steps_ = 0;
    long double executions_ = 0;
};

std::vector<Program> programs(bool all) {
    const std::vector<Operation> each = all ? std::vector{Operation::timed_p, Operation::try_p, Operation::v}
                                            : std::vector{Operation::timed_p, Operation::v};
    std::vector<Program> pairs;
    for (const Operation first : each)
        for (const Operation second : each)
            pairs.push_back({first, second});
    return pairs;
}

// Tokens; what posters and sleepers that are dead have left.
constexpr std::uint64_t starts[] = {0, 1, state::sleepers, state::make(1, state::closed)};

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
    std::printf("%d programs of %zu threads: %.3Lg executions in %.3Lg states and %.3Lg steps, all as they should be\n",
                worlds, threads, explorer.executions(), explorer.states(), explorer.steps());
}

}  // namespace
}  // namespace chorus::sync::explorer

int main(int argc, char **argv) {
    const std::string how = argc > 1 ? argv[1] : "three";
    try {
        chorus::sync::explorer::explore_all(how == "two" ? 2 : 3, how == "all");
    } catch (const chorus::sync::explorer::Found &found) {
        std::printf("wrong: %s", found.wrong.c_str());
        return 1;
    }
}
