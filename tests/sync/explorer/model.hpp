// Threads that run the semaphore algorithm of src/sync one step at a time: one atomic operation, or one step of the
// futex. A state of the whole is a value; from each the explorer tries every step that could come next.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "sync/semaphore.hpp"

namespace chorus::sync::explorer {

enum class Operation : std::uint8_t { timed_p, try_p, v };

// What a thread does before its next step: asked of the algorithm by running it on what it has seen so far.
enum class Kind : std::uint8_t { load, exchange, changes, wake, sleep, round, returned };

struct Step {
    Kind kind = Kind::returned;
    std::uint64_t expected = 0;  // exchange, changes; the word for sleep
    std::uint64_t to = 0;        // exchange
    Result result = Result::ok;  // returned

    bool operator==(const Step &) const = default;
};

// A step that was made, with what came of it.
struct Seen {
    Kind kind = Kind::returned;
    bool yes = false;  // exchanged, changed, woke somebody
    Slept slept = Slept::changed;
    std::uint64_t value = 0;  // a round; else what the state was
};

// 128 bits of hash: that two of some ten million worlds share one is not to be expected in the life of this universe.
struct Key {
    std::uint64_t low = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t high = 0xc2b2'ae3d'27d4'eb4f;

    void put(std::uint64_t value) {
        low = std::rotl((low ^ value) * 0xff51'afd7'ed55'8ccd, 29);
        high = std::rotl((high + value) * 0x9fb2'1c65'1e98'df25, 31) ^ low;
    }
    bool operator==(const Key &) const = default;
};

// What one thread saw, in order: a small vector that a copy of the world takes along.
class History {
  public:
    void push_back(const Seen &seen) { steps_.at(size_++) = seen; }
    void clear() { size_ = 0; }
    Seen &back() { return steps_[size_ - 1]; }
    const Seen *begin() const { return steps_.data(); }
    const Seen *end() const { return steps_.data() + size_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const Seen &operator[](std::size_t at) const { return steps_[at]; }

  private:
    std::array<Seen, 12> steps_;
    std::size_t size_ = 0;
};

constexpr int threads_max = 3;
constexpr std::size_t operations_max = 2;
using Program = std::vector<Operation>;

struct Thread {
    std::array<Operation, operations_max> program{};
    std::size_t done = 0;  // operations; a short program is one of which some are
    bool dead = false;
    bool asleep = false;
    int acquired = 0;  // tokens, by the operation under way
    int given = 0;
    History seen{};  // since the operation began, or since it last looked at the state anew
    // What follows from the above, once it is `planned`:
    bool planned = false;
    Step next{};  // what it does then
    Key key{};

    bool ended() const { return dead || done == program.size(); }
    Operation operation() const { return program[done]; }
};

// What a thread could do, or have done to it.
enum class Event : std::uint8_t { step, poll_in_vain, time_out, signal, kill };

// Null where nothing is wrong.
using Wrong = const char *;

class World {
  public:
    // Threads that have no program are dead.
    World(std::uint64_t state, const std::vector<Program> &programs);

    const Thread &thread(int number) const { return threads_[static_cast<std::size_t>(number)]; }
    std::uint64_t state() const { return state_; }
    bool possible(int thread, Event event) const;
    // Makes it so. Returns what is wrong then.
    Wrong take(int thread, Event event);
    // The same for two worlds from which the same can follow.
    Key key() const;
    // The same for two worlds in which a thread that is left alone does the same.
    Key key_of(int thread) const;

  private:
    Thread &at(int number) { return threads_[static_cast<std::size_t>(number)]; }
    Wrong make_step(int thread);
    Wrong tidy(int thread);
    Wrong note_value(int thread, std::uint64_t before);
    Wrong finish(int thread, Result result);
    void wake(int thread, Slept how);
    void leave_queue(int thread);
    std::uint64_t fresh_round() const;
    Wrong check() const;

    std::uint64_t state_;
    std::array<Thread, threads_max> threads_{};
    std::array<int, threads_max> queue_{};  // of the futex: sleepers in order
    std::size_t asleep_ = 0;
    std::uint64_t announced_before_;
    int tokens_;  // that there are, by what was given and acquired
};

std::string text_of(const World &world, int thread, Event event);

}  // namespace chorus::sync::explorer
