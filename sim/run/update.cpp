// --update: the file again, with what came of its steps.
#include <algorithm>
#include <map>

#include "run/update.hpp"
#include "script/render.hpp"
#include "script/text.hpp"

namespace chorus::sim {

namespace {

// What a step came to, in the order in which it was seen, and in which orders of the interleaved steps.
struct Outcome {
    std::string text;
    std::vector<std::string> orders;
};
using ByLine = std::map<int, std::vector<Outcome>>;

ByLine by_line(const std::vector<Played> &plays) {
    ByLine all;
    for (const Played &play : plays)
        for (const Play::Done &one : play.done) {
            std::vector<Outcome> &outcomes = all[one.step->line];
            auto known = std::find_if(outcomes.begin(), outcomes.end(),
                                      [&](const Outcome &outcome) { return outcome.text == one.outcome; });
            if (known == outcomes.end()) known = outcomes.insert(outcomes.end(), {one.outcome, {}});
            if (std::find(known->orders.begin(), known->orders.end(), one.order) == known->orders.end())
                known->orders.push_back(one.order);
        }
    return all;
}

std::string joined(const std::vector<std::string> &texts, const char *between) {
    std::string all;
    for (const std::string &text : texts)
        all += (all.empty() ? "" : between) + text;
    return all;
}

using Steps = std::map<int, const Step *>;  // by line

void collect(const std::vector<Block> &blocks, Steps &steps) {
    for (const Block &block : blocks) {
        if (block.kind == Block::Kind::step) steps[block.step.line] = &block.step;
        collect(block.body, steps);
    }
}

Steps steps_of(const Script &script) {
    Steps steps;
    collect(script.blocks, steps);
    return steps;
}

// Lines of the file, and those that come in their place.
struct Piece {
    std::vector<std::string> before, after;
};

class Writer {
  public:
    Writer(const Script &script, const std::vector<Played> &plays)
        : script_(script), outcomes_(by_line(plays)), steps_(steps_of(script)) {}

    std::vector<Piece> run() {
        std::vector<Piece> pieces;
        for (std::size_t i = 0; i < script_.lines.size(); ++i)
            pieces.push_back({{script_.lines[i]}, line(static_cast<int>(i) + 1, script_.lines[i])});
        return pieces;
    }

  private:
    std::vector<std::string> line(int number, const std::string &text) {
        const Line parts(text, number);
        if (parts.is_word("interleave")) in_interleave_ = true;
        if (parts.is_word("in") && rewritten_) return {};  // it follows its step already
        const bool end = parts.is_word("end");
        const auto found = outcomes_.find(number);
        const auto step = steps_.find(number);
        const bool listed = step != steps_.end() && !step->second->by_order.empty();
        const bool free = step != steps_.end() && !step->second->expected && !listed;
        if (step != steps_.end()) rewritten_ = false;
        const bool untouched = found == outcomes_.end() || (in_interleave_ && free);
        if (end) in_interleave_ = false;
        if (untouched) return {text};
        const std::vector<Outcome> &outcomes = found->second;
        if (end && !parts.has_outcome() && outcomes.size() == 1 && outcomes[0].text == "done") return {text};
        return listed ? by_order(text, outcomes) : std::vector<std::string>{with_any(text, outcomes)};
    }

    // Steps whose outcomes are listed by order keep them so.
    std::vector<std::string> by_order(const std::string &text, const std::vector<Outcome> &outcomes) {
        rewritten_ = true;
        std::vector<std::string> lines{without_outcome(text)};
        for (const Outcome &outcome : outcomes)
            lines.push_back("    in " + joined(outcome.orders, ", ") + " -> " + outcome.text);
        return lines;
    }

    static std::string with_any(const std::string &text, const std::vector<Outcome> &outcomes) {
        std::vector<std::string> texts;
        for (const Outcome &outcome : outcomes)
            texts.push_back(outcome.text);
        return with_outcome(text, joined(texts, " or "));
    }

    const Script &script_;
    const ByLine outcomes_;
    const Steps steps_;
    bool in_interleave_ = false;
    bool rewritten_ = false;  // the step above, with its lines by order
};

std::string range(std::size_t begin, std::size_t count) {
    // An empty range is named by the line before it.
    const std::size_t first = count == 0 ? begin : begin + 1;
    return std::to_string(first) + (count == 1 ? "" : "," + std::to_string(count));
}

// Neighbours that differ, as one hunk.
std::string diff_of(const std::string &file, const std::vector<Piece> &pieces) {
    std::string hunks;
    std::size_t old_line = 0, new_line = 0;
    for (std::size_t i = 0; i < pieces.size();) {
        Piece hunk;
        for (; i < pieces.size() && pieces[i].before != pieces[i].after; ++i) {
            hunk.before.insert(hunk.before.end(), pieces[i].before.begin(), pieces[i].before.end());
            hunk.after.insert(hunk.after.end(), pieces[i].after.begin(), pieces[i].after.end());
        }
        auto &[before, after] = hunk;
        while (!before.empty() && !after.empty() && before.front() == after.front()) {
            before.erase(before.begin());
            after.erase(after.begin());
            ++old_line, ++new_line;
        }
        std::size_t same = 0;
        while (!before.empty() && !after.empty() && before.back() == after.back()) {
            before.pop_back();
            after.pop_back();
            ++same;
        }
        if (!before.empty() || !after.empty()) {
            hunks += "@@ -" + range(old_line, before.size()) + " +" + range(new_line, after.size()) + " @@\n";
            for (const std::string &line : before)
                hunks += "-" + line + "\n";
            for (const std::string &line : after)
                hunks += "+" + line + "\n";
        }
        old_line += before.size() + same;
        new_line += after.size() + same;
        for (; i < pieces.size() && pieces[i].before == pieces[i].after; ++i)
            ++old_line, ++new_line;
    }
    return hunks.empty() ? hunks : "--- " + file + "\n+++ " + file + "\n" + hunks;
}

bool blocks(const std::string &outcome) {
    return outcome == "blocked" || outcome.compare(0, 9, "blocked, ") == 0;
}

bool any_blocks(const Expected &expected) {
    return std::any_of(expected.outcomes.begin(), expected.outcomes.end(), blocks);
}

// The first outcome in these orders, or in any, if none of them blocks; else nothing.
std::string instead_of_blocked(const std::vector<Outcome> &outcomes, const std::string *order) {
    std::string first;
    for (const Outcome &one : outcomes) {
        const bool other =
            order != nullptr && std::find(one.orders.begin(), one.orders.end(), *order) == one.orders.end();
        if (other) continue;
        if (blocks(one.text)) return {};
        if (first.empty()) first = one.text;
    }
    return order != nullptr && first.empty() ? "an order that does not occur" : first;
}

}  // namespace

Update updated(const Script &script, const std::vector<Played> &plays) {
    const std::vector<Piece> pieces = Writer(script, plays).run();
    Update update{.text = {}, .diff = diff_of(script.file, pieces)};
    for (const Piece &piece : pieces)
        for (const std::string &line : piece.after)
            update.text += line + "\n";
    return update;
}

std::vector<Mistake> impossible_outcomes(const std::vector<Played> &plays) {
    std::map<int, std::string> by_line;
    for (const Played &play : plays)
        for (const Play::Done &one : play.done)
            if (!one.possible) by_line.try_emplace(one.step->line, one.outcome);
    std::vector<Mistake> all;
    for (const auto &[line, outcome] : by_line)
        all.push_back({line, 0, outcome});
    return all;
}

std::vector<Mistake> unreached(const Script &script, const std::vector<Played> &plays) {
    const ByLine outcomes = by_line(plays);
    Steps interleaved;
    for (const Block &block : script.blocks)
        if (block.kind == Block::Kind::interleave) collect(block.body, interleaved);
    std::vector<Mistake> all;
    for (const auto &[line, step] : steps_of(script))
        if (!outcomes.contains(line) && !interleaved.contains(line) && !step->expected && step->by_order.empty())
            all.push_back({line, 0, ""});
    return all;
}

std::vector<Mistake> unblocked(const Script &script, const std::vector<Played> &plays) {
    const ByLine outcomes = by_line(plays);
    std::vector<Mistake> all;
    for (const auto &[line, step] : steps_of(script)) {
        const auto found = outcomes.find(line);
        if (found == outcomes.end()) continue;
        std::string instead;
        if (step->by_order.empty() && step->expected && any_blocks(*step->expected))
            instead = instead_of_blocked(found->second, nullptr);
        for (const Step::InOrders &listed : step->by_order)
            for (const std::string &order : listed.orders)
                if (instead.empty() && any_blocks(listed.expected)) instead = instead_of_blocked(found->second, &order);
        if (!instead.empty()) all.push_back({line, 0, instead});
    }
    return all;
}

}  // namespace chorus::sim
