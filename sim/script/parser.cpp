// Reads scenarios. docs/scenarios.md has the language.
#include <mem/chMem.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "script/render.hpp"
#include "script/script.hpp"
#include "script/text.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

struct Constant {
    const char *name;
    std::uint64_t value;
};
constexpr Constant constants[] = {
    {"user_start", 0x4400'0000},
    {"user_end", 0x6c00'0000},
    {"sv_start", 0x6c00'0000},
    {"sv_end", 0x7c00'0000},
    {"high_start", 0x2000'0000'0000},
    {"high_end", 0x3000'0000'0000},
    {"null", 0},
    {"unreadable", unreadable_address},
};
constexpr Constant units[] = {
    {"page", page_bytes}, {"pages", page_bytes}, {"byte", 1},      {"bytes", 1},
    {"KiB", 1 << 10},     {"MiB", 1 << 20},      {"GiB", 1 << 30},
};
constexpr const char *site_words[] = {"actor", "repeat", "interleave", "end",     "kill", "stop",  "continue",
                                      "pass",  "spawn",  "actors",     "regions", "maps", "waits", "assert"};

template <std::size_t N>
const Constant *find(const Constant (&table)[N], const std::string &name) {
    const auto it = std::find_if(table, table + N, [&](const Constant &one) { return name == one.name; });
    return it == table + N ? nullptr : it;
}

bool makes_actor(Verb verb) {
    return verb == Verb::fork || verb == Verb::afexec || verb == Verb::actorCreate || verb == Verb::acreate ||
           verb == Verb::acap;
}

bool places(Verb verb) {
    return verb == Verb::rgnAllocate || verb == Verb::rgnMapFromActor || verb == Verb::rgnInitFromActor;
}

// Words that cannot be names.
bool means_something(const std::string &word) {
    constexpr const char *others[] = {"me", "sv", "nobody", "forged", "in", "kernel", "all"};
    return find(constants, word) != nullptr || find_form(word) != nullptr ||
           std::find(std::begin(site_words), std::end(site_words), word) != std::end(site_words) ||
           std::find(std::begin(others), std::end(others), word) != std::end(others);
}

constexpr std::size_t letters_max = 26;  // of an order
constexpr std::int64_t pass_max_s = 1'000'000;
// How deep things may lie in each other, so that reading and playing them takes little of the stack.
constexpr int brackets_max = 64, blocks_max = 16, value_max = 64;

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
                finish(line);
                if (outer->kind == Block::Kind::interleave) {
                    outer->step.line = line.number();
                    outer->step.expected = line.has_outcome() ? expected_of(line) : Expected{{"done"}, {}};
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
        finish(line);
        if (!line.has_outcome()) line.fail("'->' and the outcome in these orders");
        made.expected = expected_of(line);
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
            if (made.kind == Block::Kind::repeat) made.count = expression(line);
            finish(line);
            made.body = body(lines, &made, outside + 1);
            if (made.kind == Block::Kind::interleave && made.body.empty())
                throw ScriptError(made.line, 1, "expected steps between 'interleave' and 'end'");
            return made;
        }
        made.step = step(line);
        if (interleaved && made.step.arguments.verb >= Verb::kill)
            throw ScriptError(made.line, 1, "expected a step of an actor: only those are interleaved");
        return made;
    }

    // ---- Names.

    int slot_for(const std::string &name) {
        const auto [it, fresh] = slots_.try_emplace(name, static_cast<int>(script_.slots.size()));
        if (fresh) script_.slots.push_back(name);
        return it->second;
    }

    int find_actor(const std::string &name) const {
        const auto it = actors_.find(name);
        return it == actors_.end() ? -1 : it->second;
    }

    int add_actor(const Line &line, ActorName actor) {
        const std::string &name = actor.name;
        if (means_something(name)) line.fail("a name for the actor; '" + name + "' means something else");
        if (script_.actors.size() == letters_max) line.fail("no more actors: there are 26 already");
        if (actors_.contains(name) || slots_.contains(name))
            line.fail("a name that is not taken: there is a '" + name + "'");
        actor.slot = slot_for(name);
        const int index = static_cast<int>(script_.actors.size());
        actors_[name] = index;
        script_.actors.push_back(std::move(actor));
        return index;
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
            add_actor(line, std::move(actor));
        } while (line.accept_sign(","));
        finish(line);
    }

    static void finish(Line &line) {
        if (!line.at_end()) line.fail("the end of the line");
    }

    int actor_of(Line &line) {
        const Token &token = line.peek();
        if (token.kind != Token::Kind::word) line.fail("the name of an actor");
        const int actor = find_actor(token.text);
        if (actor < 0) line.fail("the name of an actor: 'actor " + token.text + "' declares one");
        line.take();
        return actor;
    }

    Who who(Line &line) {
        Who who;
        if (line.accept_word("me")) return who;
        if (line.accept_word("sv")) return {Who::Kind::supervisor_space, -1};
        if (line.accept_word("nobody")) return {Who::Kind::nobody, -1};
        if (line.accept_word("null")) return {Who::Kind::null, -1};
        if (line.accept_word("unreadable")) return {Who::Kind::unreadable, -1};
        who.kind = line.accept_word("forged") ? Who::Kind::forged : Who::Kind::actor;
        who.actor = static_cast<std::int16_t>(actor_of(line));
        return who;
    }

    // ---- Expressions.

    Expression expression(Line &line) {
        const Token begin = line.peek();
        Expression made;
        sum(line, made, 0);
        if (made.depth() > Expression::depth_max) line.fail_at(begin, "this is too deep: fewer parentheses");
        return made;
    }

    // `outside`: how many brackets and signs it stands in.
    void sum(Line &line, Expression &made, int outside) {
        product(line, made, outside);
        while (line.is_sign("+") || line.is_sign("-")) {
            const bool add = line.take().text == "+";
            product(line, made, outside);
            made.push(add ? Expression::Code::add : Expression::Code::subtract);
        }
    }

    void product(Line &line, Expression &made, int outside) {
        primary(line, made, outside);
        while (line.accept_sign("*")) {
            primary(line, made, outside);
            made.push(Expression::Code::multiply);
        }
    }

    void primary(Line &line, Expression &made, int outside) {
        if (outside > brackets_max) line.fail_at(line.peek(), "this is too deep: fewer parentheses");
        if (line.accept_sign("-")) {
            primary(line, made, outside + 1);
            return made.push(Expression::Code::negate);
        }
        if (line.accept_sign("(")) {
            sum(line, made, outside + 1);
            if (!line.accept_sign(")")) line.fail("')'");
            return;
        }
        const Token &token = line.peek();
        if (token.kind == Token::Kind::number) {
            made.push(Expression::Code::constant, line.take().number);
            if (line.peek().kind == Token::Kind::word)
                if (const Constant *unit = find(units, line.peek().text);
                    unit != nullptr && !(unit->value == 1 && type_follows_)) {
                    line.take();
                    made.push(Expression::Code::constant, unit->value);
                    made.push(Expression::Code::multiply);
                }
            return;
        }
        if (token.kind != Token::Kind::word) line.fail("a number, a name or '('");
        if (const Constant *constant = find(constants, token.text)) {
            line.take();
            return made.push(Expression::Code::constant, constant->value);
        }
        const auto slot = slots_.find(token.text);
        if (slot == slots_.end()) line.fail("a number or a name that a step before has given");
        line.take();
        made.push(Expression::Code::slot, static_cast<std::uint64_t>(slot->second));
    }

    void field(Line &line, Step &step, Field which) { step.fields.emplace_back(which, expression(line)); }

    // ---- Steps.

    Step step(Line &line) {
        Step made;
        made.line = line.number();
        if (line.peek().kind != Token::Kind::word) line.fail("a step: who, what, and with what");
        const bool of_world =
            std::find(std::begin(site_words), std::end(site_words), line.peek().text) != std::end(site_words);
        if (of_world)
            world_step(line, made);
        else
            actor_step(line, made);
        finish(line);
        if (line.has_outcome()) made.expected = expected_of(line);
        return made;
    }

    void actor_step(Line &line, Step &made) {
        made.arguments.actor = static_cast<std::int16_t>(actor_of(line));
        Token name = line.peek();
        std::string verb = line.word("a call, or what the actor does");
        bool named = false;
        if (line.accept_sign("=")) {
            named = true;
            verb = line.word("a call after '='");
        }
        const Form *form = find_form(verb);
        if (form == nullptr && is_absent(verb)) {
            made.arguments.verb = Verb::absent;
            made.text = verb;
            return;
        }
        if (form == nullptr) line.fail_at(name, "there is no call '" + verb + "'");
        made.arguments.verb = form->verb;
        if (places(form->verb)) made.arguments.options = K_ANYWHERE;
        try {
            for (const char *position = form->positions; *position != '\0'; ++position)
                positional(line, made, *position);
            while (!line.at_end() && extra(line, made, form->extras)) {
            }
            if (!line.at_end()) line.fail("the end of the step");
        } catch (const ScriptError &error) {
            throw ScriptError(error.line, error.column, std::string(error.what()) + "; usage: " + form->usage);
        }
        defaults(made);
        const bool needs_name = form->verb == Verb::fork || form->verb == Verb::afexec;
        if (needs_name && !named)
            line.fail_at(name, std::string("expected a name for the actor; usage: ") + form->usage);
        if (!named) return;
        if (makes_actor(form->verb)) {
            const int known = find_actor(name.text);
            made.arguments.made =
                static_cast<std::int16_t>(known >= 0 && !script_.actors[static_cast<std::size_t>(known)].declared
                                              ? known
                                              : add_actor(line, {.name = name.text, .declared = false}));
            return;
        }
        if (actors_.contains(name.text)) line.fail_at(name, "'" + name.text + "' is an actor");
        if (means_something(name.text)) line.fail_at(name, "'" + name.text + "' means something else");
        made.named = slot_for(name.text);
    }

    // What follows from what is not said.
    static void defaults(Step &step) {
        Arguments &arguments = step.arguments;
        if (arguments.verb == Verb::rgnMapFromActor || arguments.verb == Verb::rgnInitFromActor) {
            const auto has = [&](Field which) {
                return std::any_of(step.fields.begin(), step.fields.end(),
                                   [which](const auto &field) { return field.first == which; });
            };
            if (has(Field::source_size_bytes)) return;
            for (const auto &[which, value] : step.fields)
                if (which == Field::size_bytes) {
                    step.fields.emplace_back(Field::source_size_bytes, Expression(value));
                    return;
                }
        }
    }

    void positional(Line &line, Step &made, char letter) {
        Arguments &arguments = made.arguments;
        switch (letter) {
            case 'n':
                // `rgnFree all` has no size.
                if (arguments.verb == Verb::rgnFree && (arguments.options & K_FREEALL) != 0) return;
                return field(line, made, Field::size_bytes);
            case 'A':
                if (line.accept_word("all")) {
                    arguments.options |= K_FREEALL;
                    return;
                }
                return field(line, made, Field::address);
            case 'a':
                // `write s+8 bytes 1 2` is not 8 bytes.
                type_follows_ = arguments.verb == Verb::read || arguments.verb == Verb::write;
                field(line, made, Field::address);
                type_follows_ = false;
                return;
            case 's':
                return field(line, made, Field::source_address);
            case 'v':
                return field(line, made, Field::value0);
            case 'V':
                return field(line, made, Field::value1);
            case 'X':
                return field(line, made, Field::value2);
            case 'w':
                arguments.target = who(line);
                return;
            case 'f':
                arguments.source = who(line);
                return;
            default:
                throw std::logic_error("a position without a meaning");
        }
    }

    static Pointer pointer(Line &line) {
        if (!line.accept_sign("=")) line.fail("'='");
        if (line.accept_word("null")) return Pointer::null;
        if (line.accept_word("unreadable")) return Pointer::unreadable;
        if (line.accept_word("readonly")) return Pointer::read_only;
        line.fail("null, unreadable or readonly");
    }

    // Takes one of what may follow; false where the next word is none.
    bool extra(Line &line, Step &made, const char *letters) {
        for (const char *letter = letters; *letter != '\0'; ++letter)
            if (one_extra(line, made, *letter)) return true;
        return false;
    }

    bool one_extra(Line &line, Step &made, char letter) {
        Arguments &arguments = made.arguments;
        switch (letter) {
            case 'i':
                if (!line.accept_word("in")) return false;
                arguments.target = who(line);
                return true;
            case '@':
                if (!line.accept_word("at")) return false;
                arguments.options &= ~K_ANYWHERE;
                field(line, made, Field::address);
                return true;
            case 'b':
                if (!line.accept_word("between")) return false;
                arguments.options = (arguments.options & ~K_ANYWHERE) | K_RESTRICTIVE;
                field(line, made, Field::address);
                field(line, made, Field::end);
                return true;
            case 'o': {
                if (line.peek().kind != Token::Kind::word) return false;
                if (line.accept_word("readable")) return true;
                const auto bit = option_bit(line.peek().text);
                if (!bit) return false;
                line.take();
                arguments.options |= *bit;
                return true;
            }
            case 'q':
                if (!line.accept_word("opaque")) return false;
                field(line, made, Field::opaque1);
                field(line, made, Field::opaque2);
                return true;
            case 'S':
                if (!line.accept_word("source")) return false;
                field(line, made, Field::source_size_bytes);
                return true;
            case 'F':
                if (!line.accept_word("flags")) return false;
                field(line, made, Field::options);
                return true;
            case 'W':
                if (!line.accept_word("wide")) return false;
                arguments.wide = true;
                return true;
            case 'D':
                if (!line.accept_word("desc")) return false;
                arguments.desc = pointer(line);
                return true;
            case 'R':
                if (!line.accept_word("sourcedesc")) return false;
                arguments.source_desc = pointer(line);
                return true;
            case 'O':
                if (!line.accept_word("out")) return false;
                arguments.out = pointer(line);
                return true;
            case 'r':
                if (!line.accept_word("room")) return false;
                arguments.set = true;
                field(line, made, Field::value0);
                return true;
            default:
                return one_more(line, made, letter);
        }
    }

    // Those of single calls.
    bool one_more(Line &line, Step &made, char letter) {
        Arguments &arguments = made.arguments;
        switch (letter) {
            case 'P':
                if (!line.accept_word("to")) return false;
                arguments.set = true;
                privilege(line, made);
                return true;
            case 'N':
                if (!line.accept_word("to")) return false;
                arguments.set = true;
                made.text = line.quoted("the new name, in quotes");
                return true;
            case 'I':
                if (!line.accept_word("to")) return false;
                arguments.set = true;
                for (const Field value : {Field::value0, Field::value1, Field::value2})
                    field(line, made, value);
                return true;
            case 'G':
                if (!line.accept_word("to")) return false;
                arguments.set = true;
                for (const Field value : {Field::value0, Field::value1})
                    field(line, made, value);
                return true;
            case 'L':
                if (!line.accept_word("like")) return false;
                arguments.target = who(line);
                return true;
            case 'C':
                if (line.accept_word("stopped")) {
                    arguments.values[1] = 1;
                    return true;
                }
                if (!line.is_word("user") && !line.is_word("system") && !line.is_word("supervisor") &&
                    !line.is_word("privilege"))
                    return false;
                line.accept_word("privilege");
                privilege(line, made);
                return true;
            case 'E': {
                if (line.peek().kind != Token::Kind::word) return false;
                const auto bit = spawn_bit(line.peek().text);
                if (!bit) return false;
                line.take();
                arguments.options |= *bit;
                return true;
            }
            case 't':
                return limit(line, arguments);
            case 'Y':
                return read_as(line, made);
            case 'Z':
                return write_as(line, made);
            default:
                throw std::logic_error("an extra without a meaning");
        }
    }

    void privilege(Line &line, Step &made) {
        if (line.accept_word("user"))
            made.arguments.values[0] = 0;
        else if (line.accept_word("system"))
            made.arguments.values[0] = 1;
        else if (line.accept_word("supervisor"))
            made.arguments.values[0] = 2;
        else
            field(line, made, Field::value0);
    }

    // TIME: one or two of `[-]NUMBER UNIT`.
    static bool time(Line &line, Arguments &arguments) {
        constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
        constexpr Constant time_units[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
        bool any = false;
        while (line.is_sign("-") || line.peek().kind == Token::Kind::number) {
            const bool minus = line.accept_sign("-");
            if (line.peek().kind != Token::Kind::number) line.fail("a number");
            const Token token = line.take();
            if (token.number > largest) line.fail_at(token, "this time is too long");
            const auto number = static_cast<std::int64_t>(token.number) * (minus ? -1 : 1);
            const Constant *unit = line.peek().kind == Token::Kind::word ? find(time_units, line.peek().text) : nullptr;
            if (unit == nullptr) line.fail("s, ms, us or ns");
            const std::string name = line.take().text;
            const auto scale = static_cast<std::int64_t>(unit->value);
            std::int64_t seconds = 0, nanoseconds = 0;
            if (name == "s") {
                seconds = number;
            } else if (name == "ns") {
                nanoseconds = number;
            } else {
                const std::int64_t per_second = 1'000'000'000 / scale;
                seconds = number / per_second;
                nanoseconds = number % per_second * scale;
            }
            if (__builtin_add_overflow(arguments.limit_s, seconds, &arguments.limit_s) ||
                __builtin_add_overflow(arguments.limit_ns, nanoseconds, &arguments.limit_ns))
                line.fail_at(token, "this time is too long");
            any = true;
        }
        return any;
    }

    static bool limit(Line &line, Arguments &arguments) {
        if (line.accept_word("now")) {
            arguments.limit = Limit::not_at_all;
            return true;
        }
        if (line.accept_word("unreadable")) {
            arguments.limit = Limit::unreadable;
            return true;
        }
        const bool said = line.accept_word("for");  // a time below 0 would be a difference otherwise
        if (!time(line, arguments)) {
            if (said) line.fail("a time");
            return false;
        }
        arguments.limit = Limit::interval;
        return true;
    }

    bool read_as(Line &line, Step &made) {
        Arguments &arguments = made.arguments;
        if (arguments.set) return false;
        arguments.set = true;
        if (line.accept_word("int")) {
            arguments.type = Type::int64;
        } else if (line.accept_word("int32")) {
            arguments.type = Type::int32;
        } else if (line.accept_word("byte")) {
            arguments.type = Type::int8;
        } else if (line.accept_word("value")) {
            arguments.type = Type::value;
        } else {
            if (line.accept_word("bytes")) arguments.type = Type::bytes;
            field(line, made, Field::size_bytes);
        }
        return true;
    }

    bool write_as(Line &line, Step &made) {
        Arguments &arguments = made.arguments;
        if (arguments.set) return false;
        arguments.set = true;
        if (line.peek().kind == Token::Kind::text) {
            made.text = line.take().text;
        } else if (line.accept_word("bytes")) {
            arguments.type = Type::bytes;
            while (line.peek().kind == Token::Kind::number)
                made.text += static_cast<char>(line.take().number);
        } else if (line.accept_word("value")) {
            arguments.type = Type::value;
            const Token token = line.peek();
            const auto shallow = [&](int outside, nlohmann::json::parse_event_t, nlohmann::json &) {
                if (outside > value_max) line.fail_at(token, "this value is too deep");
                return true;
            };
            try {
                const auto value = nlohmann::json::parse(line.raw(), shallow);
                const auto cbor = nlohmann::json::to_cbor(value);
                const auto length = static_cast<std::uint32_t>(cbor.size());
                made.text.assign(reinterpret_cast<const char *>(&length), sizeof length);
                made.text.append(cbor.begin(), cbor.end());
            } catch (const nlohmann::json::exception &) {
                line.fail_at(token, "expected a value in JSON");
            }
        } else {
            arguments.type = line.accept_word("int")     ? Type::int64
                             : line.accept_word("int32") ? Type::int32
                             : line.accept_word("byte")  ? Type::int8
                                                         : Type::text;
            if (arguments.type == Type::text) line.fail("a text, int, int32, byte, bytes or value");
            field(line, made, Field::value0);
        }
        return true;
    }

    // What happens to the world.
    void world_step(Line &line, Step &made) {
        Arguments &arguments = made.arguments;
        const Token word = line.take();
        const auto of_actor = [&](Verb verb) {
            arguments.verb = verb;
            arguments.actor = static_cast<std::int16_t>(actor_of(line));
        };
        if (word.text == "kill") {
            if (line.accept_word("kernel"))
                arguments.verb = Verb::kill_kernel;
            else if (line.accept_word("keeper"))
                arguments.verb = Verb::kill_keeper;
            else if (line.accept_word("site"))
                arguments.verb = Verb::kill_site;
            else
                of_actor(Verb::kill);
        } else if (word.text == "stop") {
            of_actor(Verb::stop);
        } else if (word.text == "continue") {
            of_actor(Verb::go_on);
        } else if (word.text == "maps") {
            of_actor(Verb::maps);
        } else if (word.text == "regions") {
            arguments.verb = Verb::regions;
            if (line.accept_word("sv"))
                arguments.target.kind = Who::Kind::supervisor_space;
            else
                arguments.target = {Who::Kind::actor, static_cast<std::int16_t>(actor_of(line))};
        } else if (word.text == "actors") {
            arguments.verb = Verb::actors;
        } else if (word.text == "waits") {
            arguments.verb = Verb::waits;
        } else if (word.text == "pass") {
            arguments.verb = Verb::pass;
            if (!time(line, arguments)) line.fail("a time: 100 ms");
            if (arguments.limit_s < 0 || arguments.limit_ns < 0 || arguments.limit_s > pass_max_s)
                line.fail_at(word, "time passes forwards, and for 1000000 seconds at most");
        } else if (word.text == "spawn") {
            arguments.verb = Verb::spawn;
            if (line.accept_word("trusted")) arguments.values[0] = 1;
            if (line.accept_word("supervisor")) arguments.values[0] = 2;
            made.text = line.quoted("a program, in quotes");
            while (line.peek().kind == Token::Kind::text)
                made.text += '\0' + line.take().text;
        } else if (word.text == "assert") {
            arguments.verb = Verb::check;
            field(line, made, Field::value0);
            if (!line.accept_sign("==")) line.fail("'=='");
            field(line, made, Field::value1);
        } else {
            line.fail_at(word, "'" + word.text + "' does not stand here");
        }
    }

    static Expected expected_of(const Line &line) {
        Expected expected;
        if (line.outcome().empty())
            throw ScriptError(line.number(), line.outcome_column() + 2, "expected an outcome after '->'");
        expected.outcomes = alternatives(line.outcome());
        if (expected.outcomes.size() != 1) return expected;
        const std::string &only = expected.outcomes[0];
        if (const auto status = status_number(only))
            expected.simple = {Result::Kind::status, *status};
        else if (only == "blocked")
            expected.simple = {Result::Kind::blocked, 0};
        return expected;
    }

    Script script_;
    Outcomes outcomes_;
    std::size_t next_ = 0;
    bool type_follows_ = false;  // behind the expression that is read, so that `byte` is no unit
    std::map<std::string, int> slots_;
    std::map<std::string, int> actors_;
};

void set_field(Arguments &arguments, Field which, std::uint64_t value) {
    switch (which) {
        case Field::address:
            arguments.address = value;
            break;
        case Field::size_bytes:
            arguments.size_bytes = value;
            break;
        case Field::end:
            arguments.end = value;
            break;
        case Field::source_address:
            arguments.source_address = value;
            break;
        case Field::source_size_bytes:
            arguments.source_size_bytes = value;
            break;
        case Field::opaque1:
            arguments.opaque1 = value;
            break;
        case Field::opaque2:
            arguments.opaque2 = static_cast<std::uint32_t>(value);
            break;
        case Field::options:
            arguments.options |= static_cast<std::uint32_t>(value);
            break;
        case Field::value0:
            arguments.values[0] = value;
            break;
        case Field::value1:
            arguments.values[1] = value;
            break;
        case Field::value2:
            arguments.values[2] = value;
            break;
    }
}

}  // namespace

std::uint64_t Expression::of(const Values &values) const {
    std::uint64_t stack[depth_max];
    std::size_t top = 0;
    for (const Node &node : nodes_) {
        switch (node.code) {
            case Code::constant:
                stack[top++] = node.value;
                break;
            case Code::slot:
                stack[top++] = values[node.value];
                break;
            case Code::negate:
                stack[top - 1] = 0 - stack[top - 1];
                break;
            case Code::add:
                --top, stack[top - 1] += stack[top];
                break;
            case Code::subtract:
                --top, stack[top - 1] -= stack[top];
                break;
            case Code::multiply:
                --top, stack[top - 1] *= stack[top];
                break;
        }
    }
    return stack[0];
}

void Expression::push(Code code, std::uint64_t value) {
    nodes_.push_back({code, value});
    if (code == Code::constant || code == Code::slot) depth_ = std::max(depth_, ++height_);
    if (code == Code::add || code == Code::subtract || code == Code::multiply) --height_;
}

bool Expression::uses(int slot) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [slot](const Node &node) {
        return node.code == Code::slot && node.value == static_cast<std::uint64_t>(slot);
    });
}

int Step::gives(const std::vector<ActorName> &actors) const {
    if (arguments.made >= 0) return actors[static_cast<std::size_t>(arguments.made)].slot;
    return named;
}

bool Step::needs(int slot) const {
    return std::any_of(fields.begin(), fields.end(), [slot](const auto &field) { return field.second.uses(slot); });
}

Operation Step::operation(const Values &values) const {
    Operation made{arguments, text};
    for (const auto &[which, value] : fields)
        set_field(made, which, value.of(values));
    // A 32-bit caller has no wider fields.
    const bool has_width = made.verb <= Verb::rgnStat || made.verb == Verb::svPagesAllocate;
    if (has_width && !made.wide)
        for (std::uint64_t *field :
             {&made.address, &made.size_bytes, &made.end, &made.source_address, &made.source_size_bytes})
            *field &= 0xffff'ffff;
    return made;
}

std::optional<std::uint32_t> Script::other_user() const {
    for (const ActorName &actor : actors)
        if (actor.uid) return actor.uid;
    return std::nullopt;
}

bool Script::interleaves() const {
    return std::any_of(blocks.begin(), blocks.end(),
                       [](const Block &block) { return block.kind == Block::Kind::interleave; });
}

Script parse(const std::string &file, const std::string &text, Outcomes outcomes) {
    return Parser(file, text, outcomes).run();
}

}  // namespace chorus::sim
