// The kernel in lockstep with a model that is too simple to be wrong: one cell per page.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "support/kernel_world.hpp"

namespace chorus::kernel {
namespace {

constexpr std::uint64_t page = 4096;
constexpr int window_pages = 24;
constexpr std::uint64_t base = 0x4400'0000;
constexpr std::size_t max_regions = 12;
constexpr int actors = 3;

struct Cell {
    int segment;
    int offset;         // in pages
    unsigned options;   // that the region keeps
    bool region_start;  // a region begins here
};
using Space = std::array<std::optional<Cell>, window_pages>;

struct Step {
    enum class Kind { allocate, free, map } kind;
    int actor;
    int source;
    int start;  // page, may lie outside
    int pages;
    int source_start;
    int source_pages;
    unsigned options;
    bool misaligned;
};

std::ostream &operator<<(std::ostream &out, const Step &step) {
    static const char *const kinds[] = {"allocate", "free", "map"};
    return out << "{" << kinds[static_cast<int>(step.kind)] << " actor " << step.actor << " page " << step.start << "+"
               << step.pages << " options " << step.options << " from " << step.source << " page " << step.source_start
               << "+" << step.source_pages << (step.misaligned ? " misaligned" : "") << "}";
}

class Model {
  public:
    Status run(const Step &step, int &placed) {
        Space &space = spaces_[step.actor];
        if (step.kind == Step::Kind::free) return free(space, step);
        const bool anywhere = (step.options & option::anywhere) != 0;
        const bool map = step.kind == Step::Kind::map;
        if (step.pages == 0 || (map && step.source_pages < step.pages)) return Status::bad_size;
        if (step.misaligned && !anywhere) return Status::misaligned;
        if (!anywhere && !inside(step.start, step.pages)) return Status::bad_address;
        std::vector<Cell> cells;
        if (map) {
            if (!inside(step.source_start, step.pages)) return Status::bad_address;
            for (int i = 0; i < step.pages; ++i) {
                const auto &cell = spaces_[step.source][step.source_start + i];
                if (!cell) return Status::bad_address;
                cells.push_back(*cell);
            }
        } else {
            for (int i = 0; i < step.pages; ++i)
                cells.push_back({next_segment_, i, 0, false});
        }
        for (std::size_t i = 0; i < cells.size(); ++i) {
            cells[i].options = step.options & option::kept;
            cells[i].region_start =
                i == 0 || cells[i].segment != cells[i - 1].segment || cells[i].offset != cells[i - 1].offset + 1;
        }
        placed = anywhere ? smallest_hole(space, step.pages) : step.start;
        if (placed < 0) return Status::no_space;
        for (int i = 0; i < step.pages; ++i)
            if (space[placed + i]) return Status::overlap;
        std::size_t more = 0;
        for (const Cell &cell : cells)
            more += cell.region_start ? 1 : 0;
        if (region_count(space) + more > max_regions) return Status::no_memory;
        for (int i = 0; i < step.pages; ++i)
            space[placed + i] = cells[i];
        if (!map) ++next_segment_;
        return Status::ok;
    }

    const Space &space(int actor) const { return spaces_[actor]; }

    std::size_t segment_count() const {
        std::map<int, bool> seen;
        for (const Space &space : spaces_)
            for (const auto &cell : space)
                if (cell) seen[cell->segment] = true;
        return seen.size();
    }

    static std::size_t region_count(const Space &space) {
        std::size_t count = 0;
        for (const auto &cell : space)
            count += cell && cell->region_start ? 1 : 0;
        return count;
    }

  private:
    static bool inside(int start, int pages) { return start >= 0 && start + pages <= window_pages; }

    static Status free(Space &space, const Step &step) {
        if (step.pages == 0) return Status::bad_size;
        if (step.misaligned) return Status::misaligned;
        if (!inside(step.start, step.pages)) return Status::bad_address;
        Space after = space;
        for (int i = step.start; i < step.start + step.pages; ++i)
            after[i].reset();
        const int next = step.start + step.pages;
        if (next < window_pages && after[next]) after[next]->region_start = true;
        if (region_count(after) > max_regions) return Status::no_memory;
        space = after;
        return Status::ok;
    }

    // The start of the upper end of the smallest hole that holds so many pages, the lowest of several.
    static int smallest_hole(const Space &space, int pages) {
        int best = -1, best_size = window_pages + 1;
        for (int start = 0; start < window_pages;) {
            int end = start;
            while (end < window_pages && !space[end])
                ++end;
            if (end - start >= pages && end - start < best_size) {
                best_size = end - start;
                best = end - pages;
            }
            start = end + 1;
        }
        return best;
    }

    std::array<Space, actors> spaces_{};
    int next_segment_ = 1;
};

class Lockstep {
  public:
    Lockstep() : world_(config()) {
        for (Caller &caller : callers_)
            caller = world_.join();
    }

    void run(const Step &step) {
        int placed = -1;
        const Status expected = model_.run(step, placed);
        const Outcome outcome = world_(callers_[step.actor], call_of(step));
        RC_ASSERT(static_cast<int>(outcome.status) == static_cast<int>(expected));
        if (expected == Status::ok && step.kind != Step::Kind::free)
            RC_ASSERT(outcome.mapping->range.start == base + static_cast<std::uint64_t>(placed) * page);
        compare();
        RC_ASSERT(check(world_.state) == std::nullopt);
    }

  private:
    static Config config() {
        Config config;
        config.low_window = {base, window_pages * page};
        config.high_window = {std::uint64_t{1} << 45, page};
        config.max_regions_per_actor = max_regions;
        return config;
    }

    Call call_of(const Step &step) const {
        const auto address = [&](int number) {
            return base + static_cast<std::uint64_t>(static_cast<std::int64_t>(number)) * page;
        };
        const Range range{address(step.start) + (step.misaligned ? 8 : 0), step.pages * page};
        const ActorRef self{ActorRef::Kind::self, {}};
        const RegionRequest region{.range = range, .options = step.options};
        switch (step.kind) {
            case Step::Kind::allocate:
                return call::AllocateRegion{self, region};
            case Step::Kind::free:
                return call::FreeRegions{self, range, 0};
            case Step::Kind::map:
                break;
        }
        return call::MapFromActor{self,
                                  region,
                                  world_.reference(callers_[step.source]),
                                  {address(step.source_start), step.source_pages * page}};
    }

    void compare() const {
        for (int actor = 0; actor < actors; ++actor) {
            const AddressSpace &space = world_.state.actors.at(*callers_[actor].actor).space.regions;
            RC_ASSERT(space.region_count() == Model::region_count(model_.space(actor)));
            for (int i = 0; i < window_pages; ++i) {
                const auto &cell = model_.space(actor)[i];
                const std::uint64_t address = base + static_cast<std::uint64_t>(i) * page;
                const Region *region = space.find(address);
                RC_ASSERT((region != nullptr) == cell.has_value());
                if (region == nullptr) continue;
                RC_ASSERT(region->segment == static_cast<SegmentId>(cell->segment));
                RC_ASSERT(region->offset + (address - region->range.start) ==
                          static_cast<std::uint64_t>(cell->offset) * page);
                RC_ASSERT(region->options == cell->options);
                RC_ASSERT((region->range.start == address) == cell->region_start);
            }
        }
        RC_ASSERT(world_.state.segments.size() == model_.segment_count());
    }

    test::KernelWorld world_;
    Model model_;
    std::array<Caller, actors> callers_;
};

rc::Gen<Step> any_step() {
    const auto pages = rc::gen::inRange(-1, window_pages + 1);
    const auto size = rc::gen::weightedOneOf<int>({{1, rc::gen::just(0)}, {20, rc::gen::inRange(1, 7)}});
    const auto options = rc::gen::map(rc::gen::inRange(0, 8), [](int bits) {
        return ((bits & 1) != 0 ? option::writable : 0) | ((bits & 2) != 0 ? option::anywhere : 0) |
               ((bits & 4) != 0 ? option::inherit_share : 0);
    });
    return rc::gen::build<Step>(
        rc::gen::set(&Step::kind, rc::gen::element(Step::Kind::allocate, Step::Kind::free, Step::Kind::map)),
        rc::gen::set(&Step::actor, rc::gen::inRange(0, actors)),
        rc::gen::set(&Step::source, rc::gen::inRange(0, actors)), rc::gen::set(&Step::start, pages),
        rc::gen::set(&Step::pages, size), rc::gen::set(&Step::source_start, pages),
        rc::gen::set(&Step::source_pages, rc::gen::inRange(0, 9)), rc::gen::set(&Step::options, options),
        rc::gen::set(&Step::misaligned, rc::gen::weightedElement<bool>({{20, false}, {1, true}})));
}

TEST(Lockstep, AnySequenceOfAllocateFreeMapAnswersAsTheNaiveModel) {
    EXPECT_TRUE(rc::check([] {
        const auto steps = *rc::gen::scale(4, rc::gen::container<std::vector<Step>>(any_step()));
        Lockstep lockstep;
        for (const Step &step : steps)
            lockstep.run(step);
    }));
}

}  // namespace
}  // namespace chorus::kernel
