// Reads scenarios, line by line. docs/scenarios.md has the language.
#include <algorithm>
#include <numeric>

#include "script/names.hpp"
#include "script/outcomes.hpp"
#include "script/script.hpp"
#include "script/steps.hpp"
#include "script/text.hpp"
#include "script/values.hpp"

namespace chorus::sim {

namespace {

// How deep blocks may lie in each other, so that reading and playing them takes little of the stack.
constexpr int blocks_max = 16;

class Parser {
  public:
    Parser(const std::string &file, const std::string &text, Outcomes outcomes) : outcomes_(outcomes) {
        script_.file = file;
        std::size_t at = 0;
        while (at < text.size()) {
            const auto end = std::min(text.find('\n', at), text.size());
            script_.lines.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }

    Script run() {
        if (script_.lines.empty() || script_.lines[0].empty() || script_.lines[0][0] != '#')
            report(1, 1, "the first line is a comment that says what the scenario shows: '# ...'");
        script_.blocks = body(nullptr, 0);
        if (outcomes_ == Outcomes::required)
            for (const Mistake &one : names_.missing_actors())
                mistakes_.push_back(one);
        if (mistakes_.empty()) return std::move(script_);
        std::stable_sort(mistakes_.begin(), mistakes_.end(), [](const Mistake &a, const Mistake &b) {
            return a.line != b.line ? a.line < b.line : a.column < b.column;
        });
        throw ScriptErrors(script_.file, std::move(mistakes_));
    }

  private:
    void report(int line, int column, const std::string &what) { mistakes_.push_back({line, column, what}); }

    // Up to the end of the file, or of the block `outer`, which stands in `outside` blocks.
    std::vector<Block> body(Block *outer, int outside) {
        std::vector<Block> blocks;
        while (next_ < script_.lines.size()) {
            Line line(script_.lines[next_], static_cast<int>(next_) + 1, &mistakes_);
            ++next_;
            if (line.at_end() && !line.has_outcome()) continue;
            if (line.is_word("end") && outer != nullptr) {
                end_of(line, *outer);
                return blocks;
            }
            try {
                line_of(line, blocks, outer, outside);
            } catch (const ScriptError &error) {
                report(error.line, error.column, error.what());
            }
        }
        if (outer != nullptr && !stopped_) report(outer->line, 1, "this block has no 'end'");
        return blocks;
    }

    void line_of(Line &line, std::vector<Block> &blocks, const Block *outer, int outside) {
        if (line.is_word("end")) line.fail("a step; nothing is open here that 'end' could close");
        if (line.is_word("in")) return in_orders(line, blocks, outer);
        if (line.is_word("actor")) {
            if (outer != nullptr) line.fail("a step; actors are declared outside of blocks");
            return declare(line);
        }
        const Token first = line.peek();
        if (line.accept_word("repeat")) return block(Block::Kind::repeat, first, line, blocks, outer, outside);
        if (line.accept_word("interleave")) return block(Block::Kind::interleave, first, line, blocks, outer, outside);
        step(line, blocks, outer);
    }

    static bool interleaved(const Block *outer) { return outer != nullptr && outer->kind == Block::Kind::interleave; }

    void end_of(Line &line, Block &outer) {
        outer.step.line = line.number();
        outer.step.expected = Expected{{"done"}, {}};
        try {
            line.take();
            line.finish();
            if (outer.kind != Block::Kind::interleave) return no_outcome(line, "end");
            const bool check = outcomes_ == Outcomes::required;
            if (line.has_outcome()) outer.step.expected = read_expected(line, names_, check ? "d" : "");
        } catch (const ScriptError &error) {
            report(error.line, error.column, error.what());
        }
    }

    static void no_outcome(const Line &line, const std::string &word) {
        if (line.has_outcome()) line.report_at(line.outcome_column(), "'" + word + "' has no outcome");
    }

    // For the end of a message.
    std::string letters() const {
        std::vector<int> all(script_.actors.size());
        std::iota(all.begin(), all.end(), 0);
        return all.empty() ? "" : "; the letters are " + letters_text(script_.actors, all);
    }

    // ORDER [, ORDER]... -> OUTCOME
    void in_orders(Line &line, std::vector<Block> &blocks, const Block *outer) {
        const bool after = std::any_of(blocks.begin(), blocks.end(),
                                       [](const Block &one) { return one.kind == Block::Kind::interleave; });
        if (blocks.empty() || blocks.back().kind != Block::Kind::step || !(after || interleaved(outer)))
            line.fail("a step; 'in ORDER -> OUTCOME' follows a step in an interleave or after one");
        line.take();
        Step::InOrders made;
        do {
            const Token token = line.peek();
            made.orders.push_back(line.word("an order: the letters of actors"));
            for (const char letter : made.orders.back())
                if (letter < 'a' || letter >= 'a' + static_cast<int>(script_.actors.size()))
                    line.fail_at(token, std::string("'") + letter + "' is not the letter of an actor" + letters());
        } while (line.accept_sign(","));
        line.finish();
        if (!line.has_outcome()) line.fail("'->' and the outcome in these orders");
        made.expected = read_expected(line, names_, outcomes_ == Outcomes::required ? kinds_ : "");
        blocks.back().step.by_order.push_back(std::move(made));
    }

    void step(Line &line, std::vector<Block> &blocks, const Block *outer) {
        ReadStep read = read_step(line, names_, outcomes_);
        kinds_ = read.kinds;
        const bool of_world = read.step.arguments.verb >= Verb::kill;
        Block made;
        made.line = line.number();
        made.step = std::move(read.step);
        if (!interleaved(outer) && !made.step.expected && !kinds_.empty()) missing_outcome(line, made.step);
        blocks.push_back(std::move(made));
        if (interleaved(outer) && of_world)
            line.report_at(1, "expected a step of an actor: only those are interleaved");
    }

    // Some steps come to nothing if nothing else is said; others may have outcomes by order, in the next lines.
    void missing_outcome(const Line &line, Step &step) {
        if (kinds_ == "0") {
            step.expected = Expected{{"nothing"}, {}};
            return;
        }
        const bool follows =
            next_ < script_.lines.size() && Line(script_.lines[next_], static_cast<int>(next_) + 1).is_word("in");
        if (!follows && outcomes_ == Outcomes::required && !line.has_outcome() && !line.cut_off())
            line.report_at(static_cast<int>(line.step().size()) + 1,
                           "expected '->' and the outcome; 'chorus-sim run --update' writes it");
    }

    void block(Block::Kind kind, const Token &first, Line &line, std::vector<Block> &blocks, const Block *outer,
               int outside) {
        Block made;
        made.kind = kind;
        made.line = line.number();
        if (outside == blocks_max) {
            report(made.line, first.column, "this is too deep: fewer blocks in each other");
            next_ = script_.lines.size();
            stopped_ = true;
            return;
        }
        if (interleaved(outer)) {
            line.report_at(first.column, "expected a step of an actor: an interleave has no blocks in it");
            made.kind = Block::Kind::interleave;  // what is in it is read as the steps around it
        } else if (kind == Block::Kind::interleave && outer != nullptr) {
            line.report_at(first.column, "an interleave stands outside of blocks");
        }
        try {
            if (kind == Block::Kind::repeat) made.count = read_expression(line, names_);
            line.finish();
            no_outcome(line, first.text);
        } catch (const ScriptError &error) {
            report(error.line, error.column, error.what());
        }
        const std::size_t before = mistakes_.size();
        made.body = body(&made, outside + 1);
        if (kind == Block::Kind::interleave && made.body.empty() && mistakes_.size() == before)
            report(made.line, 1, "expected steps between 'interleave' and 'end'");
        blocks.push_back(std::move(made));
    }

    void declare(Line &line) {
        line.take();
        do {
            const Token token = line.peek();
            ActorName actor;
            actor.name = line.word("the name of an actor");
            if (line.accept_word("supervisor")) actor.rights = Rights::supervisor;
            if (line.accept_word("trusted")) actor.rights = Rights::system;
            const bool other_user = line.accept_word("user");
            if (other_user && line.peek().kind == Token::Kind::number)
                actor.uid = static_cast<std::uint32_t>(line.take().number);
            else if (other_user)
                line.report_at(line.take().column, "expected the number of a user");
            names_.add_actor(line, token, std::move(actor));
        } while (line.accept_sign(","));
        if (!line.at_end()) line.fail("',' or the end of the line", {"supervisor", "trusted", "user"});
        no_outcome(line, "actor");
    }

    Script script_;
    KnownNames names_{script_};
    Outcomes outcomes_;
    std::vector<Mistake> mistakes_;
    std::size_t next_ = 0;
    std::string kinds_;     // of the outcomes of the last step
    bool stopped_ = false;  // before the end of the file
};

}  // namespace

Script parse(const std::string &file, const std::string &text, Outcomes outcomes) {
    return Parser(file, text, outcomes).run();
}

}  // namespace chorus::sim
