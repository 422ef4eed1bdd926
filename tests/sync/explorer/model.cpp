#include "explorer/model.hpp"

#include <setjmp.h>

#include <algorithm>

namespace chorus::sync::explorer {

namespace {

// Answers the algorithm with what the thread has seen, and stops it at the first step that it has not made yet.
class Replay {
  public:
    Replay(const History &seen, jmp_buf &stop, Step &next) : seen_(seen), stop_(stop), next_(next) {}

    std::uint64_t load() { return answer({.kind = Kind::load}).value; }
    bool exchange(std::uint64_t &expected, std::uint64_t to) {
        const Seen &seen = answer({.kind = Kind::exchange, .expected = expected, .to = to});
        if (!seen.yes) expected = seen.value;
        return seen.yes;
    }
    bool changes(std::uint64_t &now) {
        const Seen &seen = answer({.kind = Kind::changes, .expected = now});
        now = seen.value;
        return seen.yes;
    }
    bool wake_one() { return answer({.kind = Kind::wake}).yes; }
    Slept sleep_while(std::uint32_t word) { return answer({.kind = Kind::sleep, .expected = word}).slept; }
    std::uint32_t round() { return static_cast<std::uint32_t>(answer({.kind = Kind::round}).value); }

  private:
    const Seen &answer(const Step &step) {
        if (at_ == seen_.size()) {
            next_ = step;
            longjmp(stop_, 1);
        }
        return seen_[at_++];
    }

    const History &seen_;
    std::size_t at_ = 0;
    jmp_buf &stop_;
    Step &next_;
};

Result run(Replay &platform, Operation operation) {
    switch (operation) {
        case Operation::timed_p:
            return take(platform, Wait::yes);
        case Operation::try_p:
            return take(platform, Wait::no);
        case Operation::v:
            break;
    }
    return give(platform);
}

// The algorithm keeps nothing on its stack that needs a destructor, so it may be left by a jump.
Step step_after(const History &seen, Operation operation) {
    jmp_buf stop;
    static Step next;
    static Result result;
    Replay platform(seen, stop, next);
    if (setjmp(stop) != 0) return next;
    result = run(platform, operation);
    return {.kind = Kind::returned, .result = result};
}

constexpr std::uint64_t first_round = 1000;  // no state has it by chance

int value_of(std::uint64_t state) {
    return state::is_open(state) ? static_cast<int>(state::word(state)) : 0;
}

// A thread that goes to sleep knows that it has announced itself. One that has just looked at the state knows what it
// has seen, whether it has announced itself, which it does before it sleeps, and how its last sleep ended. The rest is
// forgotten; that it does the same next is checked.
void forget(History &seen, const Step &next, Operation operation) {
    Seen last = seen[seen.size() - 1];
    const bool looked = last.kind == Kind::load || (last.kind == Kind::exchange && !last.yes) ||
                        (last.kind == Kind::changes && last.yes);
    if (last.kind == Kind::sleep && last.slept == Slept::interrupted) seen.back().slept = Slept::changed;
    if (!looked && next.kind != Kind::sleep) return;
    History shorter;
    const Seen *sleep = nullptr;
    for (const Seen &each : seen)
        if (each.kind == Kind::sleep) sleep = &each;
    if (sleep != nullptr || next.kind == Kind::sleep) {
        shorter.push_back({.kind = Kind::load, .value = 0});
        shorter.push_back({.kind = Kind::changes, .value = 0});
        shorter.push_back({.kind = Kind::exchange, .yes = true, .value = 0});
    }
    if (next.kind != Kind::sleep) {
        if (sleep != nullptr) shorter.push_back(*sleep);
        shorter.push_back({.kind = Kind::load, .value = last.value});
    }
    if (step_after(shorter, operation) == next) seen = shorter;
}

Key key_of_thread(const Thread &thread) {
    Key key;
    for (std::size_t i = thread.done; i < operations_max; ++i)
        key.put(static_cast<std::uint64_t>(thread.program[i]) + 1);
    key.put(static_cast<std::uint64_t>(thread.acquired * 4 + thread.given * 2));
    for (const Seen &seen : thread.seen) {
        key.put(static_cast<std::uint64_t>(seen.kind) << 8 | (seen.yes ? 0x80U : 0U) |
                static_cast<std::uint64_t>(seen.slept));
        key.put(seen.value);
    }
    return key;
}

}  // namespace

World::World(std::uint64_t state, const std::vector<Program> &programs)
    : state_(state), announced_before_(state::announced(state)), tokens_(value_of(state)) {
    for (int i = 0; i < threads_max; ++i) {
        at(i).dead = static_cast<std::size_t>(i) >= programs.size();
        if (at(i).dead) continue;
        const Program &program = programs[static_cast<std::size_t>(i)];
        at(i).done = operations_max - program.size();
        std::copy(program.begin(), program.end(), at(i).program.begin() + static_cast<std::ptrdiff_t>(at(i).done));
        tidy(i);
    }
}

bool World::possible(int number, Event event) const {
    const Thread &who = thread(number);
    if (who.ended()) return false;
    if (event == Event::kill) return true;
    if (event == Event::signal) return who.asleep;
    if (event == Event::time_out) return who.asleep && who.operation() == Operation::timed_p;
    if (who.asleep) return false;
    const bool in_vain = who.next.kind == Kind::changes && who.next.expected == state_;
    return in_vain == (event == Event::poll_in_vain);
}

Wrong World::take(int number, Event event) {
    Wrong wrong = nullptr;
    if (event == Event::step || event == Event::poll_in_vain) {
        wrong = make_step(number);
    } else {
        leave_queue(number);
        if (event == Event::time_out) wake(number, Slept::timed_out);
        if (event == Event::signal) wake(number, Slept::interrupted);
        if (event == Event::kill) {
            at(number).dead = true;
            at(number).asleep = false;
            at(number).key = {};
        }
    }
    for (int each = 0; each < threads_max && wrong == nullptr; ++each)
        wrong = tidy(each);
    return wrong == nullptr ? check() : wrong;
}

// Finds out what a thread does next. An operation ends with its last step, or when it is woken.
Wrong World::tidy(int number) {
    Thread &who = at(number);
    if (who.planned || who.ended()) return nullptr;
    if (who.asleep) {
        who.planned = true;
        who.key = key_of_thread(who);
        return nullptr;
    }
    who.next = step_after(who.seen, who.operation());
    if (who.next.kind == Kind::returned) {
        const Wrong wrong = finish(number, who.next.result);
        return wrong == nullptr ? tidy(number) : wrong;
    }
    if (who.next.kind == Kind::round) {  // which nobody else notices
        who.seen.push_back({.kind = Kind::round, .value = fresh_round()});
        return tidy(number);
    }
    if (!who.seen.empty()) forget(who.seen, who.next, who.operation());
    who.planned = true;
    who.key = key_of_thread(who);
    return nullptr;
}

Wrong World::make_step(int number) {
    Thread &who = at(number);
    const Step step = who.next;
    const std::uint64_t before = state_;
    who.planned = false;
    Seen seen{.kind = step.kind, .value = state_};
    switch (step.kind) {
        case Kind::exchange:
            seen.yes = state_ == step.expected;
            if (seen.yes) state_ = step.to;
            break;
        case Kind::changes:
            seen.yes = state_ != step.expected;
            break;
        case Kind::wake:
            if (asleep_ == 0) break;
            seen.yes = true;
            ++who.given;
            ++at(queue_[0]).acquired;
            wake(queue_[0], Slept::woken);
            leave_queue(queue_[0]);
            break;
        case Kind::sleep:
            if (state::word(state_) != step.expected) break;
            who.asleep = true;
            queue_[asleep_++] = number;
            break;
        case Kind::round:
        case Kind::load:
        case Kind::returned:
            break;
    }
    who.seen.push_back(seen);
    return note_value(number, before);
}

// A change of the number of tokens in the state is a token given or acquired. One that is handed over is given and
// acquired in one step, and is never in the state.
Wrong World::note_value(int number, std::uint64_t before) {
    const int change = value_of(state_) - value_of(before);
    if (change == 0) return nullptr;
    if (change != 1 && change != -1) return "several tokens come or go at once";
    ++(change == 1 ? at(number).given : at(number).acquired);
    tokens_ += change;
    return change == -1 && asleep_ != 0 ? "a token is taken while somebody sleeps" : nullptr;
}

Wrong World::finish(int number, Result result) {
    Thread &who = at(number);
    const bool gives = who.operation() == Operation::v;
    const int acquired = who.acquired, given = who.given;
    ++who.done;
    if (who.ended()) who.key = {};
    who.acquired = who.given = 0;
    who.seen.clear();
    if (result == Result::not_a_semaphore || result == Result::full) return "a semaphore is said to be none, or full";
    if (gives) return acquired == 0 && given == 1 ? nullptr : "V returns, and has not given one token";
    if (given != 0) return "P gives a token";
    if (result == Result::ok) return acquired == 1 ? nullptr : "P returns, and has not one token";
    return acquired == 0 ? nullptr : "P says that time is up, and has a token";
}

void World::wake(int number, Slept how) {
    at(number).asleep = false;
    at(number).planned = false;
    at(number).seen.back().slept = how;
}

void World::leave_queue(int number) {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(asleep_);
    asleep_ = static_cast<std::size_t>(std::remove(queue_.begin(), end, number) - queue_.begin());
}

// The smallest that nobody knows of: what counts is that it differs.
std::uint64_t World::fresh_round() const {
    const auto has = [](std::uint64_t value, std::uint64_t round) {
        return value == round || (state::is_closed(value) && (value & state::round_max) == round);
    };
    for (std::uint64_t round = first_round;; ++round) {
        bool known = has(state_, round);
        for (const Thread &thread : threads_)
            for (const Seen &seen : thread.seen)
                known = known || (!thread.dead && has(seen.value, round));
        if (!known) return round;
    }
}

Wrong World::check() const {
    if (!state::is_state(state_)) return "the state is none of the table";
    if (value_of(state_) != tokens_) return "tokens are lost or come from nowhere";
    if (state::is_open(state_) && asleep_ != 0) return "somebody sleeps on an open semaphore";
    if (asleep_ > state::announced(state_)) return "somebody sleeps unannounced";
    std::uint64_t may_be_announced = announced_before_;
    for (const Thread &thread : threads_)
        may_be_announced += thread.dead || !thread.ended() ? 1 : 0;
    if (state::announced(state_) > may_be_announced) return "an announcement is left by a thread that lives";
    return nullptr;
}

// Threads are alike: which of them is where does not matter.
Key World::key() const {
    std::array<Key, threads_max> each;
    for (std::size_t i = 0; i < threads_.size(); ++i)
        each[i] = threads_[i].key;
    for (std::size_t i = 0; i < asleep_; ++i)
        each[static_cast<std::size_t>(queue_[i])].put(i + 1);
    const auto order = [&each](std::size_t a, std::size_t b) {
        if (each[b].low < each[a].low) std::swap(each[a], each[b]);
    };
    order(0, 1), order(1, 2), order(0, 1);
    Key key;
    key.put(state_);
    for (const Key &thread : each) {
        key.put(thread.low);
        key.put(thread.high);
    }
    return key;
}

Key World::key_of(int number) const {
    Key key = thread(number).key;
    key.put(state_);
    key.put(asleep_);
    return key;
}

namespace {

std::string text_of_operation(Operation operation) {
    constexpr const char *names[] = {"P", "P at once", "V"};
    return names[static_cast<int>(operation)];
}

std::string text_of_state(std::uint64_t state) {
    const std::string announced = ", " + std::to_string(state::announced(state)) + " announced";
    if (state::is_open(state)) return "open " + std::to_string(state::word(state)) + announced;
    if (state::is_waiting(state)) return "waiting" + announced;
    return "closed " + std::to_string(state & state::round_max) + announced;
}

std::string text_of_step(const Step &step) {
    switch (step.kind) {
        case Kind::load:
            return "loads the state";
        case Kind::exchange:
            return "exchanges " + text_of_state(step.expected) + " for " + text_of_state(step.to);
        case Kind::changes:
            return "polls";
        case Kind::wake:
            return "wakes one";
        case Kind::sleep:
            return "goes to sleep";
        case Kind::round:
            return "draws a round";
        case Kind::returned:
            break;
    }
    return "returns";
}

}  // namespace

std::string text_of(const World &world, int thread, Event event) {
    const Thread &who = world.thread(thread);
    std::string text = "thread " + std::to_string(thread) + ", " + text_of_operation(who.operation()) + ": ";
    constexpr const char *events[] = {"", "", "times out", "gets a signal", "is killed"};
    const bool steps = event == Event::step || event == Event::poll_in_vain;
    text += steps ? text_of_step(who.next) : events[static_cast<int>(event)];
    return text + "; the state was " + text_of_state(world.state());
}

}  // namespace chorus::sync::explorer
