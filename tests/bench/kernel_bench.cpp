#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <unordered_set>
#include <vector>

#include "measure.hpp"
#include "support/pure_kernel.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

constexpr std::size_t entries = 10'000;
constexpr std::size_t at_once = 100;  // one insertion and removal takes little more than reading the clock

// Addresses of pages in the window of a user actor, of which some are taken. Draws the same in every object.
class Places {
  public:
    Places() {
        while (taken_.size() < entries)
            taken_.push_back(take_any());
    }
    const std::vector<std::uint64_t> &taken() const { return taken_; }

    struct Move {
        std::uint64_t to = 0, from = 0;
    };
    // Takes a page that was free, and then frees another.
    Move move() {
        std::uint64_t &from = taken_[random_() % entries];
        const Move move{take_any(), from};
        is_taken_.erase(from);
        from = move.to;
        return move;
    }

  private:
    std::uint64_t take_any() {
        const kernel::Config config;
        for (;;) {
            const std::uint64_t pages = random_() % (config.low_window.size_bytes / config.page_size_bytes);
            const std::uint64_t address = config.low_window.start + pages * config.page_size_bytes;
            if (is_taken_.insert(address).second) return address;
        }
    }

    std::mt19937_64 random_;
    std::vector<std::uint64_t> taken_;
    std::unordered_set<std::uint64_t> is_taken_;
};

class PureKernel {
  public:
    PureKernel() { caller_.actor = test::step(state_, caller_, kernel::call::Join{"actor"}).reply.actor; }
    void insert(const kernel::Range &range) {
        make(kernel::call::AllocateRegion{{}, {.range = range, .options = kernel::option::writable}});
    }
    void remove(const kernel::Range &range) { make(kernel::call::FreeRegions{{}, range}); }

  private:
    void make(const kernel::Call &call) {
        must(test::step(state_, caller_, call).reply.status == kernel::Status::ok, "a call of the pure kernel");
    }

    kernel::State state_{kernel::Config{}};
    kernel::Caller caller_{std::nullopt, 1000};
};

class PlainMap {
  public:
    void insert(const kernel::Range &range) {
        must(regions_.try_emplace(range.start, kernel::Region{.range = range}).second, "std::map::try_emplace");
    }
    void remove(const kernel::Range &range) { must(regions_.erase(range.start) == 1, "std::map::erase"); }

  private:
    using Regions = std::map<std::uint64_t, kernel::Region>;
    static_assert(sizeof(Regions::value_type) == 64);
    Regions regions_;
};

template <class Table>
class Moved {
  public:
    Moved() {
        for (const std::uint64_t address : places_.taken())
            table_.insert(page_at(address));
    }
    double time_moves() {
        std::array<Places::Move, at_once> moves;
        for (Places::Move &move : moves)
            move = places_.move();
        const double start_ns = now_ns();
        for (const Places::Move &move : moves) {
            table_.insert(page_at(move.to));
            table_.remove(page_at(move.from));
        }
        return now_ns() - start_ns;
    }

  private:
    static kernel::Range page_at(std::uint64_t address) { return {address, kernel::Config{}.page_size_bytes}; }

    Places places_;
    Table table_;
};

}  // namespace

void pure_kernel(benchmark::State &state) {
    static Moved<PureKernel> ours;
    static Moved<PlainMap> floor;
    measure(
        state, [] { return ours.time_moves(); }, [] { return floor.time_moves(); }, {.works = at_once});
}

}  // namespace chorus::bench
