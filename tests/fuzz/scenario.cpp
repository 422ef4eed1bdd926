// Fuzzes the reader of scenarios: any bytes are a script, or an error that names the place. What came of a script's own
// steps, written into it as `run --update` does, changes nothing any more.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "require.hpp"
#include "run/update.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace {

using namespace chorus::sim;
using chorus::fuzz::require;

std::string joined(const std::vector<std::string> &outcomes) {
    std::string all;
    for (const std::string &outcome : outcomes)
        all += (all.empty() ? "" : " or ") + outcome;
    return all;
}

// As if each step came to what the scenario says.
void play(const Step &step, Played &played) {
    if (step.expected && step.by_order.empty()) played.done.push_back({&step, joined(step.expected->outcomes), {}});
    for (const Step::InOrders &listed : step.by_order)
        for (const std::string &order : listed.orders)
            played.done.push_back({&step, joined(listed.expected.outcomes), order});
}

void play(const std::vector<Block> &blocks, Played &played) {
    for (const Block &block : blocks) {
        if (block.kind != Block::Kind::repeat) play(block.step, played);
        play(block.body, played);
    }
}

std::string with_own_outcomes(const Script &script) {
    Played played;
    play(script.blocks, played);
    return updated(script, {played}).text;
}

void evaluate(const std::vector<Block> &blocks, const Values &values) {
    for (const Block &block : blocks) {
        if (block.kind == Block::Kind::step) block.step.operation(values);
        if (block.kind == Block::Kind::repeat) block.count.of(values);
        evaluate(block.body, values);
    }
}

void check(const ScriptErrors &errors, const std::string &text) {
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    require(!errors.mistakes.empty(), "what cannot be read has a mistake");
    for (const Mistake &mistake : errors.mistakes) {
        require(mistake.line >= 1 && mistake.line <= lines, "a mistake names a line of the scenario");
        require(mistake.column >= 1, "a mistake names a column");
        require(!mistake.what.empty(), "a mistake says what was expected");
    }
}

void check_quoted(const std::string &text) {
    Line line(quote(text), 1);
    require(line.quoted("a text") == text && line.at_end(), "a text in quotes is read as it was");
}

void check_script(const std::string &text, Outcomes outcomes) {
    const Script script = parse("input", text, outcomes);
    evaluate(script.blocks, Values(script.slots.size()));
    const std::string once = with_own_outcomes(script);
    try {
        const std::string twice = with_own_outcomes(parse("input", once, outcomes));
        require(once == twice, "a scenario with its own outcomes stays as it is");
    } catch (const ScriptErrors &error) {
        require(false, error.what());
    }
}

bool reads(const std::string &text, Outcomes outcomes) {
    try {
        check_script(text, outcomes);
        return true;
    } catch (const ScriptErrors &error) {
        check(error, text);
        return false;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size_bytes) {
    const std::string text(reinterpret_cast<const char *>(data), size_bytes);
    check_quoted(text);
    if (!reads(text, Outcomes::required)) reads(text, Outcomes::optional);
    return 0;
}
