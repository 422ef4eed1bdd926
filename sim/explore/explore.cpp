#include "explore/explore.hpp"

#include <algorithm>

#include "worlds/model.hpp"

namespace chorus::sim {

namespace {

// A step that could be made, with what it touches.
struct Option {
    int actor = -1;
    Model::Touched touched{};
    const Step *step = nullptr;
    int gives = -1;  // slot
};

bool overlap(const Model::Touched &a, const Model::Touched &b) {
    return a.place.segment == b.place.segment && a.place.offset < b.place.offset + b.size_bytes &&
           b.place.offset < a.place.offset + a.size_bytes;
}

// Whether it does not matter which of two actors makes its step first. Calls of the kernel depend on everything; steps
// on memory on those that touch the same bytes, where one of them writes.
bool independent(const Option &a, const Option &b) {
    if (a.actor == b.actor || a.touched.kernel || b.touched.kernel) return false;
    // A name that one gives and the other gives or needs.
    if (a.gives >= 0 && (a.gives == b.gives || b.step->needs(a.gives))) return false;
    if (b.gives >= 0 && a.step->needs(b.gives)) return false;
    return !(overlap(a.touched, b.touched) && (a.touched.writes || b.touched.writes));
}

// A place where a choice was made.
struct Node {
    std::vector<Option> enabled;
    std::vector<Option> asleep;  // steps after which only orders would come that were seen
    std::vector<Option> tried;
    Option chosen;
    int interruptions = 0;  // up to here
};

bool holds(const std::vector<Option> &options, int actor) {
    return std::any_of(options.begin(), options.end(), [actor](const Option &one) { return one.actor == actor; });
}

class Explorer : public Play::Chooser {
  public:
    explicit Explorer(const ExploreOptions &options) : options_(options) {}

    void begin() {
        depth_ = 0;
        skipped_ = false;
        mine_ = path_.size() > division_depth || options_.shard == 0;
    }
    // Whether the last play is of this one's part of the work; what is too short to be divided is the first one's.
    bool mine() const { return mine_ && !skipped_; }

    int choose(const Play &play, const std::vector<int> &enabled) override {
        if (depth_ == path_.size() && !grow(play, enabled)) return -1;
        return path_[depth_++].chosen.actor;
    }

    // Goes back to the last choice that has an option left; false where there is none.
    bool next() {
        while (!path_.empty()) {
            Node &last = path_.back();
            last.tried.push_back(last.chosen);
            if (choose_next(last, path_.size() - 1)) return true;
            path_.pop_back();
        }
        return false;
    }

  private:
    // The choices up to this depth are what the work is divided by.
    static constexpr std::size_t division_depth = 6;

    bool grow(const Play &play, const std::vector<int> &enabled) {
        const auto &model = static_cast<const Model &>(play.world());
        Node node;
        for (const int actor : enabled) {
            Option option{.actor = actor, .touched = {}, .step = &play.next_step(actor)};
            option.gives = option.step->gives(play.script().actors);
            if (options_.reduce) option.touched = model.touched_by(play.next_of(actor));
            node.enabled.push_back(option);
        }
        if (!path_.empty()) {
            const Node &before = path_.back();
            node.interruptions = before.interruptions;
            if (options_.reduce)
                for (const auto *others : {&before.asleep, &before.tried})
                    for (const Option &other : *others)
                        if (independent(other, before.chosen)) node.asleep.push_back(other);
        }
        path_.push_back(std::move(node));
        if (path_.size() == division_depth + 1) {
            mine_ = divided_++ % options_.shards == options_.shard;
            if (!mine_) {
                path_.pop_back();
                skipped_ = true;
                return false;
            }
        }
        if (choose_next(path_.back(), path_.size() - 1)) return true;
        path_.pop_back();
        return false;
    }

    bool choose_next(Node &node, std::size_t depth) {
        for (const Option &option : node.enabled) {
            if (holds(node.tried, option.actor) || (options_.reduce && holds(node.asleep, option.actor))) continue;
            node.interruptions = depth == 0 ? 0 : path_[depth - 1].interruptions;
            if (depth > 0) {
                const int before = path_[depth - 1].chosen.actor;
                if (option.actor != before && holds(node.enabled, before)) ++node.interruptions;
            }
            if (options_.bound && node.interruptions > *options_.bound) continue;
            node.chosen = option;
            return true;
        }
        return false;
    }

    const ExploreOptions &options_;
    std::vector<Node> path_;
    std::size_t depth_ = 0;
    std::uint64_t divided_ = 0;
    bool skipped_ = false;
    bool mine_ = true;
};

}  // namespace

Explored explore(const Script &script, const ExploreOptions &given, const std::function<bool(const Play &)> &each) {
    ExploreOptions options = given;
    if (options.bound) options.reduce = false;
    Explored explored;
    Explorer explorer(options);
    do {
        Model model(script);
        model.check_always = options.check_always;
        explorer.begin();
        Play play(script, model, explorer);
        play.note_all = options.note_all;
        play.run();
        if (!explorer.mine()) continue;
        explored.steps += play.steps;
        if (play.given_up) {
            ++explored.redundant;
            continue;
        }
        ++explored.orders;
        if (play.stuck) {
            ++explored.deadlocks;
            if (!explored.deadlock) explored.deadlock = {play.order, *play.stuck};
        }
        if (!play.mismatches.empty()) {
            ++explored.failures;
            const Mismatch &first = play.mismatches.front();
            if (!explored.failure)
                explored.failure = {play.order, script.file + ":" + std::to_string(first.line) + ": expected " +
                                                    first.expected + ", found " + first.found};
        }
        if (each && !each(play)) break;
    } while (explorer.next());
    return explored;
}

}  // namespace chorus::sim
