// Reads scenarios, line by line. docs/scenarios.md has the language.
#include <algorithm>

#include "script/names.hpp"
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
            throw ScriptError(1, 1, "the first line is a comment that says what the scenario shows: '# ...'");
        const std::size_t lines = script_.lines.size();
        script_.blocks = body(lines, nullptr, 0);
        return std::move(script_);
    }

  private:
    // `outside`: how many blocks it stands in, the last of which is `outer`.
    std::vector<Block> body(std::size_t lines, Block *outer, int outside) {
        std::vector<Block> blocks;
        bool after_interleave = false;
        while (next_ < lines) {
            Line line(script_.lines[next_], static_cast<int>(next_) + 1);
            ++next_;
            if (line.at_end() && !line.has_outcome()) continue;
            if (line.is_word("end")) {
                if (outer == nullptr) line.fail("a step; nothing is open here that 'end' could close");
                line.take();
                line.finish();
                if (outer->kind == Block::Kind::interleave) {
                    outer->step.line = line.number();
                    outer->step.expected = line.has_outcome() ? read_expected(line) : Expected{{"done"}, {}};
                }
                return blocks;
            }
            if (line.is_word("in")) {
                if (blocks.empty() || blocks.back().kind != Block::Kind::step ||
                    !(after_interleave || (outer != nullptr && outer->kind == Block::Kind::interleave)))
                    line.fail("a step; 'in ORDER -> OUTCOME' follows a step in an interleave or after one");
                blocks.back().step.by_order.push_back(in_orders(line));
                continue;
            }
            if (line.is_word("actor")) {
                if (outer != nullptr) line.fail("a step; actors are declared outside of blocks");
                declare(line);
                continue;
            }
            blocks.push_back(block(line, lines, outer, outside));
            after_interleave = after_interleave || blocks.back().kind == Block::Kind::interleave;
            check_outcome(line, blocks.back(), lines, outer);
        }
        if (outer != nullptr) throw ScriptError(outer->line, 1, "this block has no 'end'");
        return blocks;
    }

    // ORDER [, ORDER]... -> OUTCOME
    Step::InOrders in_orders(Line &line) {
        line.take();
        Step::InOrders made;
        do {
            const Token token = line.peek();
            made.orders.push_back(line.word("an order: the letters of actors"));
            for (const char letter : made.orders.back())
                if (letter < 'a' || letter >= 'a' + static_cast<int>(script_.actors.size()))
                    line.fail_at(token, std::string("there is no actor '") + letter + "': a is " +
                                            (script_.actors.empty() ? "nobody" : script_.actors[0].name) +
                                            ", and so on");
        } while (line.accept_sign(","));
        line.finish();
        if (!line.has_outcome()) line.fail("'->' and the outcome in these orders");
        made.expected = read_expected(line);
        return made;
    }

    // An outcome is missing, unless it follows by order.
    void check_outcome(const Line &line, Block &made, std::size_t lines, const Block *outer) {
        if (made.kind != Block::Kind::step || made.step.expected) return;
        const Verb verb = made.step.arguments.verb;
        const bool silent = verb == Verb::stop || verb == Verb::go_on || verb == Verb::kill ||
                            verb == Verb::kill_kernel || verb == Verb::kill_keeper || verb == Verb::kill_site ||
                            verb == Verb::pass || verb == Verb::check;
        if (outer != nullptr && outer->kind == Block::Kind::interleave) return;
        if (silent) {
            made.step.expected = Expected{{"nothing"}, {}};
            return;
        }
        const bool follows = next_ < lines && Line(script_.lines[next_], static_cast<int>(next_) + 1).is_word("in");
        if (!follows && outcomes_ == Outcomes::required)
            throw ScriptError(made.line, static_cast<int>(line.step().size()) + 1,
                              "expected '->' and the outcome; 'chorus-sim run --update' writes it");
    }

    Block block(Line &line, std::size_t lines, const Block *outer, int outside) {
        const bool interleaved = outer != nullptr && outer->kind == Block::Kind::interleave;
        Block made;
        made.line = line.number();
        if (line.is_word("repeat") || line.is_word("interleave")) {
            if (interleaved) line.fail("a step of an actor: an interleave has no blocks in it");
            made.kind = line.take().text == "repeat" ? Block::Kind::repeat : Block::Kind::interleave;
            if (made.kind == Block::Kind::interleave && outer != nullptr)
                throw ScriptError(made.line, 1, "an interleave stands outside of blocks");
            if (outside == blocks_max) throw ScriptError(made.line, 1, "this is too deep: fewer blocks in each other");
            if (made.kind == Block::Kind::repeat) made.count = read_expression(line, names_);
            line.finish();
            made.body = body(lines, &made, outside + 1);
            if (made.kind == Block::Kind::interleave && made.body.empty())
                throw ScriptError(made.line, 1, "expected steps between 'interleave' and 'end'");
            return made;
        }
        made.step = read_step(line, names_);
        if (interleaved && made.step.arguments.verb >= Verb::kill)
            throw ScriptError(made.line, 1, "expected a step of an actor: only those are interleaved");
        return made;
    }

    void declare(Line &line) {
        line.take();
        do {
            ActorName actor;
            actor.name = line.word("the name of an actor");
            if (line.accept_word("supervisor")) actor.rights = Rights::supervisor;
            if (line.accept_word("trusted")) actor.rights = Rights::system;
            if (line.accept_word("user")) {
                if (line.peek().kind != Token::Kind::number) line.fail("the number of a user");
                actor.uid = static_cast<std::uint32_t>(line.take().number);
            }
            names_.add_actor(line, std::move(actor));
        } while (line.accept_sign(","));
        line.finish();
    }

    Script script_;
    KnownNames names_{script_};
    Outcomes outcomes_;
    std::size_t next_ = 0;
};

}  // namespace

Script parse(const std::string &file, const std::string &text, Outcomes outcomes) {
    return Parser(file, text, outcomes).run();
}

}  // namespace chorus::sim
