// A process in miniature: changes its maps turn by turn, as the library does (src/client/follow.cpp), with what the
// kernel tells it on its two sockets.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "kernel/effect.hpp"
#include "kernel/lockstep/naive_model.hpp"

namespace chorus::kernel {

struct Mapped {
    SegmentId segment{};
    std::uint64_t offset = 0;
    std::uint32_t protection = 0;
    bool operator==(const Mapped &) const = default;
};
using Maps = std::array<std::optional<Mapped>, NaiveModel::cells_per_space>;

// What a process does in one turn: an order, or what its own call came to.
struct Task {
    enum class What { nothing, map, unmap, renew, fork };
    What what = What::nothing;
    std::vector<Range> ranges;
    std::optional<Region> first;  // mapping, known already
    std::uint64_t change = 0;     // to be acknowledged
    bool order = false;
    bool refusable = false;  // see Process::up_to_date
    ActorId child{};
};

class Process {
  public:
    // The first mapping of the process in a range, as the kernel has it now.
    using Fetch = std::function<std::optional<Region>(const Range &, std::uint32_t options)>;

    Process(ActorId space, Fetch fetch) : space_(space), fetch_(std::move(fetch)) {}

    // The task of the next turn, if it is known already.
    std::optional<Task> next();
    // Nothing is left to be done, or known to be coming.
    bool idle() const { return tasks.empty() && !ready && done_ == given; }
    bool busy_with_own_call() const;
    // The turn given last is the next one. Otherwise, what it does before that turn may bring the change already, so
    // that who refuses has not "changed nothing": the kernel does not provide for that.
    bool up_to_date() const { return begun && !ready && done_ + 1 == given; }

    void map(const Range &range, const std::optional<Region> &first);
    void unmap(const Range &range);
    void renew(const Range &range);
    // Everything that the kernel has in the windows, or of that what has one of the options.
    void map_all(std::uint32_t options);

    bool exists = true;  // a forked one does not before its parent's turn
    bool begun = false;
    bool in_line = true;      // of a forked one: its parent had no earlier turn to take when it called
    std::uint64_t given = 0;  // turns, by the kernel
    std::map<std::uint64_t, Task> tasks;
    // A task that changes what is mapped, begun, until the verdict on its change is there.
    std::optional<Task> ready;
    std::uint64_t claimed = 0;    // the change that this was ready for last,
    std::optional<bool> verdict;  // and whether it is to go on
    Maps maps;

  private:
    void install(const Region &mapping);

    ActorId space_;
    Fetch fetch_;
    std::uint64_t done_ = 0;
};

}  // namespace chorus::kernel
