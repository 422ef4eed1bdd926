#include "run/play.hpp"

#include <algorithm>

#include "script/render.hpp"

namespace chorus::sim {

namespace {

// A text and a pattern in which `*` stands for anything.
bool matches(const std::string &text, const std::string &pattern) {
    std::size_t at = 0, in = 0, star = std::string::npos, after = 0;
    while (at < text.size()) {
        if (in < pattern.size() && pattern[in] == '*') {
            star = in++;
            after = at;
        } else if (in < pattern.size() && pattern[in] == text[at]) {
            ++in;
            ++at;
        } else if (star != std::string::npos) {
            in = star + 1;
            at = ++after;
        } else {
            return false;
        }
    }
    while (in < pattern.size() && pattern[in] == '*')
        ++in;
    return in == pattern.size();
}

}  // namespace

int FixedOrder::choose(const Play &, const std::vector<int> &enabled) {
    if (next_ == order_.size()) return enabled.front();
    const int actor = order_[next_++] - 'a';
    if (std::find(enabled.begin(), enabled.end(), actor) != enabled.end()) return actor;
    blocked_ = true;
    return -1;
}

void Play::run() {
    values_.assign(script_.slots.size(), 0);
    owners_.assign(script_.slots.size(), -1);
    last_.assign(script_.actors.size(), nullptr);
    for (std::size_t i = 0; i < script_.actors.size(); ++i)
        if (script_.actors[i].declared)
            values_[static_cast<std::size_t>(script_.actors[i].slot)] = world_.aid_of(static_cast<int>(i));
    run(script_.blocks);
}

// False where it goes no further.
bool Play::run(const std::vector<Block> &blocks) {
    for (const Block &block : blocks) {
        switch (block.kind) {
            case Block::Kind::step:
                if (!step(block.step)) return false;
                break;
            case Block::Kind::repeat: {
                const std::uint64_t count = block.count.of(values_);
                for (std::uint64_t i = 0; i < count; ++i)
                    if (!run(block.body)) return false;
                break;
            }
            case Block::Kind::interleave:
                if (!interleave(block)) return false;
                break;
        }
    }
    return true;
}

bool Play::interleave(const Block &block) {
    parts_.clear();
    for (const Block &one : block.body) {
        const int actor = one.step.arguments.actor;
        auto part =
            std::find_if(parts_.begin(), parts_.end(), [actor](const Part &known) { return known.actor == actor; });
        if (part == parts_.end()) part = parts_.insert(parts_.end(), Part{actor, {}});
        part->steps.push_back(&one.step);
    }
    std::sort(parts_.begin(), parts_.end(), [](const Part &a, const Part &b) { return a.actor < b.actor; });
    for (;;) {
        std::vector<int> enabled;
        bool left = false;
        for (const Part &part : parts_) {
            const bool more = part.next < part.steps.size(), stands = world_.stands(part.actor);
            left = left || more || stands;
            if (more && !stands) enabled.push_back(part.actor);
        }
        if (enabled.empty()) {
            if (left) stuck = stuck_text();
            break;
        }
        const int actor = chooser_.choose(*this, enabled);
        if (actor < 0) {
            given_up = true;
            return false;
        }
        order += letter_of(actor);
        Part &part =
            *std::find_if(parts_.begin(), parts_.end(), [actor](const Part &one) { return one.actor == actor; });
        if (!step(*part.steps[part.next++])) return false;
    }
    const std::string outcome = stuck ? "deadlock" : "done";
    const std::vector<std::string> &allowed = block.step.expected->outcomes;
    if (note_all) done.push_back({&block.step, outcome, order});
    if (std::find(allowed.begin(), allowed.end(), outcome) == allowed.end()) {
        std::string found = outcome;
        if (stuck) found += ": " + *stuck;
        mismatches.push_back({block.step.line, allowed.front(), found});
        if (!note_all) return false;
    }
    return !stuck;
}

const Step &Play::next_step(int actor) const {
    const Part &part =
        *std::find_if(parts_.begin(), parts_.end(), [actor](const Part &one) { return one.actor == actor; });
    return *part.steps[part.next];
}

std::string Play::stuck_text() const {
    const Operation question{{.verb = Verb::waits}, {}};
    return world_.perform(question).text;
}

void Play::name_results(const Step &step, const Returned &result) {
    const bool good = result.kind == Result::Kind::number || result.kind == Result::Kind::rows ||
                      (result.kind == Result::Kind::status && result.number == 0);
    if (!good) return;
    const Arguments &arguments = step.arguments;
    if (arguments.made >= 0)
        values_[static_cast<std::size_t>(script_.actors[static_cast<std::size_t>(arguments.made)].slot)] =
            world_.aid_of(arguments.made);
    if (step.named < 0) return;
    const bool of_other = arguments.target.kind == Who::Kind::actor;
    owners_[static_cast<std::size_t>(step.named)] = of_other ? arguments.target.actor : arguments.actor;
    values_[static_cast<std::size_t>(step.named)] = result.kind == Result::Kind::status || arguments.verb == Verb::read
                                                        ? result.value
                                                        : static_cast<std::uint64_t>(result.number);
}

Result Play::perform(const Operation &operation) {
    if (operation.verb == Verb::check) {
        const auto &[a, b, none] = operation.values;
        return a == b ? Result{} : Result::of_text("it is not: " + std::to_string(a) + " and " + std::to_string(b));
    }
    if (operation.verb == Verb::read && operation.size_bytes > read_max)
        return Result::cannot("more than " + std::to_string(read_max) + " bytes at a time are not read");
    return world_.perform(operation);
}

bool Play::step(const Step &step) {
    ++steps;
    const Operation operation = step.operation(values_);
    if (operation.verb < Verb::kill) last_[static_cast<std::size_t>(operation.actor)] = &step;
    const Result result = perform(operation);
    const bool impossible = result.kind == Result::Kind::cannot || result.kind == Result::Kind::ended;
    if (skip_impossible && impossible && result.woken.empty() && operation.verb != Verb::exit) return true;
    name_results(step, result);
    for (const Woken &woken : result.woken)
        if (const Step *before = last_[static_cast<std::size_t>(woken.actor)]) name_results(*before, woken.result);
    if (!compare(step, operation, result) && !note_all) return false;
    return result.kind != Result::Kind::broken && (skip_impossible || result.kind != Result::Kind::cannot);
}

const Expected *Play::expected_of(const Step &step) const {
    for (const Step::InOrders &some : step.by_order)
        if (std::find(some.orders.begin(), some.orders.end(), order) != some.orders.end()) return &some.expected;
    return step.expected ? &*step.expected : nullptr;
}

bool Play::compare(const Step &step, const Operation &operation, const Result &result) {
    const Expected *expected = step.by_order.empty() && step.expected ? &*step.expected : expected_of(step);
    if (!note_all) {
        const bool fine = result.kind != Result::Kind::broken && result.kind != Result::Kind::cannot;
        if (expected == nullptr && step.by_order.empty() && fine) return true;
        if (expected != nullptr && expected->simple && result.woken.empty() && result.kind == expected->simple->kind &&
            result.number == expected->simple->number)
            return true;
    }
    std::string outcome = render({script_, values_, owners_}, operation, result);
    if (outcome.empty()) outcome = "nothing";
    const bool broken = result.kind == Result::Kind::broken || result.kind == Result::Kind::cannot;
    // What a program prints may differ from run to run.
    if (expected != nullptr && operation.verb == Verb::spawn && !broken)
        for (const std::string &one : expected->outcomes)
            if (matches(outcome, one)) outcome = one;
    bool good = !broken;
    if (expected != nullptr)
        good = good &&
               std::find(expected->outcomes.begin(), expected->outcomes.end(), outcome) != expected->outcomes.end();
    else if (!step.by_order.empty())
        good = false;
    if (!good) {
        std::string wanted;
        if (expected != nullptr)
            for (const std::string &one : expected->outcomes)
                wanted += (wanted.empty() ? "" : " or ") + one;
        else
            wanted = step.by_order.empty() ? "any outcome" : "one listed for order " + order;
        mismatches.push_back({step.line, wanted, outcome});
    }
    const bool possible = !broken && operation.verb != Verb::check;
    if (note_all || !good) done.push_back({&step, std::move(outcome), order, possible || good});
    return good;
}

}  // namespace chorus::sim
