// --update: the file again, with what came of its steps.
#include <algorithm>
#include <map>

#include "run/runner.hpp"
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

// Steps whose outcomes are listed by order keep them so.
void collect_listed(const std::vector<Block> &blocks, std::map<int, bool> &listed, std::map<int, bool> &free) {
    for (const Block &block : blocks) {
        if (block.kind == Block::Kind::step) {
            listed[block.step.line] = !block.step.by_order.empty();
            free[block.step.line] = !block.step.expected && block.step.by_order.empty();
        }
        collect_listed(block.body, listed, free);
    }
}

}  // namespace

std::string updated(const Script &script, const std::vector<Played> &plays) {
    const ByLine all = by_line(plays);
    std::map<int, bool> listed, free;
    collect_listed(script.blocks, listed, free);
    bool in_interleave = false, rewritten = false;
    std::string text;
    for (std::size_t i = 0; i < script.lines.size(); ++i) {
        const int number = static_cast<int>(i) + 1;
        const std::string &line = script.lines[i];
        const Line parts(line, number);
        if (parts.is_word("interleave")) in_interleave = true;
        if (parts.is_word("in")) {  // written anew with its step
            if (!rewritten) text += line + "\n";
            continue;
        }
        rewritten = false;
        const auto found = all.find(number);
        const bool untouched = found == all.end() || (in_interleave && free[number]);
        const bool end = parts.is_word("end");
        if (end) in_interleave = false;
        if (untouched ||
            (end && !parts.has_outcome() && found->second.size() == 1 && found->second[0].text == "done")) {
            text += line + "\n";
            continue;
        }
        if (listed[number]) {
            rewritten = true;
            text += without_outcome(line) + "\n";
            for (const Outcome &outcome : found->second)
                text += "    in " + joined(outcome.orders, ", ") + " -> " + outcome.text + "\n";
            continue;
        }
        std::vector<std::string> outcomes;
        for (const Outcome &outcome : found->second)
            outcomes.push_back(outcome.text);
        text += with_outcome(line, joined(outcomes, " or ")) + "\n";
    }
    return text;
}

}  // namespace chorus::sim
