// A scenario played once, in one world and in one order of its interleaved steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "script/script.hpp"
#include "worlds/world.hpp"

namespace chorus::sim {

// Something did not come out as the scenario says.
struct Mismatch {
    int line = 0;
    std::string expected;
    std::string found;
};

class Play {
  public:
    // Who makes the next step of an interleave.
    class Chooser {
      public:
        virtual ~Chooser() = default;
        // One of `enabled`, or -1 to give up this order.
        virtual int choose(const Play &play, const std::vector<int> &enabled) = 0;
    };

    Play(const Script &script, World &world, Chooser &chooser) : script_(script), world_(world), chooser_(chooser) {}

    // Every outcome is written down, and one that is not as expected does not end it.
    bool note_all = false;
    // Steps that an actor is in no state to make are left out.
    bool skip_impossible = false;

    // Plays all of it, up to the first mismatch. What came of it is in the members below.
    void run();

    struct Done {
        const Step *step;
        std::string outcome;
        std::string order;     // of the interleaved steps up to it
        bool possible = true;  // a scenario can have this outcome
    };
    std::vector<Done> done;
    std::vector<Mismatch> mismatches;
    std::string order;  // of the interleaved steps that were made
    bool given_up = false;
    std::optional<std::string> stuck;  // why an interleave could not end: who waits for whom
    std::uint64_t steps = 0;

    World &world() const { return world_; }
    const Script &script() const { return script_; }
    // What an actor of the interleave under way does next.
    const Step &next_step(int actor) const;
    Operation next_of(int actor) const { return next_step(actor).operation(values_); }

  private:
    // The steps of one actor in an interleave.
    struct Part {
        int actor;
        std::vector<const Step *> steps;
        std::size_t next = 0;
    };

    bool run(const std::vector<Block> &blocks);
    bool interleave(const Block &block);
    bool step(const Step &step);
    Result perform(const Operation &operation);
    bool compare(const Step &step, const Operation &operation, const Result &result);
    void name_results(const Step &step, const Returned &result);
    const Expected *expected_of(const Step &step) const;
    std::string stuck_text() const;

    const Script &script_;
    World &world_;
    Chooser &chooser_;
    Values values_;
    Owners owners_;
    std::vector<Part> parts_;
    std::vector<const Step *> last_;  // by actor: the step that it makes, for the name of its result
};

// Makes the steps of a given order, then whatever comes first.
class FixedOrder : public Play::Chooser {
  public:
    explicit FixedOrder(std::string order) : order_(std::move(order)) {}
    int choose(const Play &play, const std::vector<int> &enabled) override;
    // A letter of the order named an actor that could not go on.
    bool blocked() const { return blocked_; }
    // That, or letters were left over.
    bool wrong() const { return blocked_ || next_ < order_.size(); }

  private:
    std::string order_;
    std::size_t next_ = 0;
    bool blocked_ = false;
};

}  // namespace chorus::sim
