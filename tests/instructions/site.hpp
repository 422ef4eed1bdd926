// A site that is always made alike, with the kernel alone, to count what calls in it take.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"

namespace chorus::test {

struct SiteSize {
    unsigned actors = 0;
    unsigned regions_per_actor = 0;
};

class Site {
  public:
    explicit Site(const SiteSize &size);

    // Make a call, which must succeed, and what members do about it; what the call itself came to.
    kernel::Outcome counted(const kernel::Caller &caller, const kernel::Call &call);
    kernel::Outcome uncounted(const kernel::Caller &caller, const kernel::Call &call);
    // Makes a call that is refused.
    void counted_refusal(const kernel::Caller &caller, const kernel::Call &call, kernel::Status status);

    // A system actor; all others are user actors.
    const kernel::Caller &trusted() const { return actors_.front(); }
    // A user actor, which has the regions of `any_region`, and the actor that was made before it.
    struct Neighbours {
        kernel::Caller one, other;
    };
    Neighbours any_neighbours();
    // Three pages that every actor has as a region, writable; before and behind it is a page of hole.
    kernel::Range any_region();
    // All regions of an actor.
    kernel::Range all_regions() const;
    kernel::ActorRef reference(const kernel::Caller &caller) const;

  private:
    using Step = kernel::Effects (*)(kernel::State &, const kernel::Caller &, const kernel::Call &);

    kernel::Outcome call(Step step, const kernel::Caller &caller, const kernel::Call &call);
    kernel::Range region(unsigned number) const;

    SiteSize size_;
    kernel::State state_;
    std::vector<kernel::Caller> actors_;
    std::mt19937_64 random_;  // seeded with its default: the same places in every run
};

constexpr std::uint64_t page_bytes = 4096;

}  // namespace chorus::test
