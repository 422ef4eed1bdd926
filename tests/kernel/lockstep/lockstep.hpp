// The kernel and the naive model side by side, with processes that follow: at once, or late, not at all, or dying.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/lockstep/naive_model.hpp"
#include "kernel/lockstep/process.hpp"
#include "kernel/lockstep/random_calls.hpp"
#include "support/kernel_world.hpp"

namespace chorus::kernel {

// The kernel is not what the model says; the text has what was done before.
struct Mismatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Lockstep {
  public:
    enum class Following { at_once, in_any_order };

    Lockstep(std::uint64_t seed, Following following);
    void step();

  private:
    // A call that has not returned.
    struct Pending {
        ActorId caller{};
        Call call;
        std::uint64_t change = 0;  // 0: postponed
        std::uint64_t turn = 0;
        std::optional<std::uint64_t> start{};
    };
    struct Page {
        bool live = false;
        NaiveModel::Contents contents{};
    };

    [[noreturn]] void fail(const std::string &claim) const;
    // The claim is a text, or a function that makes one: this is asked millions of times.
    template <class Claim>
    void expect(bool holds, const Claim &claim) const {
        if (holds) return;
        if constexpr (std::is_invocable_v<Claim>)
            fail(claim());
        else
            fail(claim);
    }
    void note(const std::string &line) { trace_.push_back(line); }

    // ---- What may happen.
    void any_event();
    void any_call();
    void make(ActorId caller, const Call &call);
    void retry(std::size_t which);
    void follow_one();
    bool follow(ActorId member);
    bool carry_out(ActorId member, const Task &task, bool refuses);
    void claim(ActorId member, const Task &task);
    void acknowledge(ActorId member, std::uint64_t change, bool followed);
    void be_late();
    void die(ActorId actor);
    void begin(ActorId actor);
    void new_actor();
    void write();
    void settle_all();

    // ---- What comes of it.
    void check_outcome(const Pending &pending, const NaiveModel::Expected &expected, const Outcome &outcome);
    void came(const Pending &pending, const NaiveModel::Expected &expected, const Outcome &outcome);
    void reply(const Pending &pending, const Outcome &outcome, ActorId child);
    void absorb();
    void fill(const std::vector<NewSegment> &segments);
    void release(const SegmentPart &part);
    void add_actor(ActorId actor, const Outcome &outcome, Privilege privilege, Phase phase);
    void finish_change(ActorId space, Status status);
    void compare();
    void compare(ActorId space, const AddressSpace &regions);
    bool same_memory(const Memory &memory, SegmentId segment, std::uint64_t offset);

    bool busy(ActorId actor) const;
    bool settled(ActorId space) const { return !model_.waiting.contains(space); }

    NaiveModel model_;
    RandomCalls random_;
    test::KernelWorld world_;
    Following following_;
    // Some rounds are wilder than others.
    std::uint64_t deaths_percent_ = 0, refused_one_in_ = 0, follow_below_ = 0;
    std::map<ActorId, Process> processes_;
    std::vector<Pending> pending_;
    std::map<std::uint64_t, ActorId> changes_;          // by number: the space
    std::map<std::uint64_t, Status> answers_;           // that must come
    std::map<std::uint64_t, std::set<ActorId>> ready_;  // who is ready for a change of what is mapped
    std::set<std::uint64_t> agreed_;                    // all were
    std::unordered_map<SegmentId, std::vector<Page>> memory_;
    std::size_t live_pages_ = 0;
    std::vector<SegmentId> kernels_;             // names of the model's segments
    std::unordered_map<SegmentId, int> models_;  // and the other way round
    std::vector<std::string> trace_;
};

}  // namespace chorus::kernel
