// A scenario, read: steps with expressions in place of numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "script/operation.hpp"

namespace chorus::sim {

// The values of names, by slot.
using Values = std::vector<std::uint64_t>;
// Whose each name is: the actor in whose space the address lies; -1 where there is none yet.
using Owners = std::vector<int>;

class Expression {
  public:
    enum class Code : std::uint8_t { constant, slot, add, subtract, multiply, negate };

    void push(Code code, std::uint64_t value = 0);
    // Modulo 2^64.
    std::uint64_t of(const Values &values) const;
    bool uses(int slot) const;
    // How many numbers it has at hand at a time, at most.
    static constexpr int depth_max = 16;
    int depth() const { return depth_; }

  private:
    struct Node {
        Code code;
        std::uint64_t value;
    };
    std::vector<Node> nodes_;  // in postfix order
    int depth_ = 0, height_ = 0;
};

enum class Rights : std::uint8_t { user, system, supervisor };

struct ActorName {
    std::string name;
    Rights rights = Rights::user;
    std::optional<std::uint32_t> uid{};
    bool declared = true;  // there from the beginning; else made by a step
    int slot = -1;         // of its aid
};

// What of the arguments an expression gives.
enum class Field : std::uint8_t {
    address,
    size_bytes,
    end,
    source_address,
    source_size_bytes,
    opaque1,
    opaque2,
    options,
    value0,
    value1,
    value2,
};

// What a step must come to: one of some outcomes.
struct Expected {
    std::vector<std::string> outcomes;
    // The same for an outcome that is a single K_* code or number, which is quick to compare.
    struct Simple {
        Result::Kind kind{};
        std::int64_t number = 0;
    };
    std::optional<Simple> simple;
};

struct Step {
    int line = 0;
    Arguments arguments{};
    std::string text{};
    std::vector<std::pair<Field, Expression>> fields{};
    int named = -1;                      // the slot of the name that it gives its result
    std::optional<Expected> expected{};  // none: whatever comes
    // In an interleave: what it must come to in some orders.
    struct InOrders {
        std::vector<std::string> orders;
        Expected expected;
    };
    std::vector<InOrders> by_order{};

    Operation operation(const Values &values) const;
    // The slot that it gives a value, or -1; whether it needs that of one.
    int gives(const std::vector<ActorName> &actors) const;
    bool needs(int slot) const;
};

struct Block {
    enum class Kind : std::uint8_t { step, repeat, interleave } kind = Kind::step;
    int line = 0;
    Step step{};                // of a step; of an interleave: what its orders come to
    Expression count{};         // of a repeat
    std::vector<Block> body{};  // of both others; of an interleave: steps only
};

// The letter of an actor in an order: a, b, ... in the order of their declaration.
char letter_of(int actor);
// "a (alice), b (bob) and c (carol)"
std::string letters_text(const std::vector<ActorName> &actors, const std::vector<int> &which);

struct Script {
    std::string file;
    std::vector<std::string> lines;
    std::vector<ActorName> actors;
    std::vector<std::string> slots;  // names
    std::vector<Block> blocks;
    // How long a program that it spawns may run. Not in the file: whoever plays it says so.
    std::optional<std::chrono::seconds> spawn_limit{};

    const std::string &name_of(int actor) const { return actors[static_cast<std::size_t>(actor)].name; }
    // Another user than the runner's is in it.
    std::optional<std::uint32_t> other_user() const;
    bool interleaves() const;
    // Those with a step in an interleave, which orders can name, in the order of their declaration.
    std::vector<int> interleaved_actors() const;
};

// Throws ScriptErrors. Outcomes that are optional may be missing, and are not checked.
enum class Outcomes { required, optional };
Script parse(const std::string &file, const std::string &text, Outcomes outcomes = Outcomes::required);

}  // namespace chorus::sim
