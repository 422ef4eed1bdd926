#include "script/steps.hpp"

#include <mem/chMem.h>

#include "script/arguments.hpp"
#include "script/render.hpp"
#include "script/values.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

constexpr std::int64_t pass_max_s = 1'000'000;

bool makes_actor(Verb verb) {
    return verb == Verb::fork || verb == Verb::afexec || verb == Verb::actorCreate || verb == Verb::acreate ||
           verb == Verb::acap;
}

bool places(Verb verb) {
    return verb == Verb::rgnAllocate || verb == Verb::rgnMapFromActor || verb == Verb::rgnInitFromActor;
}

class StepReader {
  public:
    StepReader(Line &line, KnownNames &names) : line_(line), names_(names) {}

    Step run() {
        made_.line = line_.number();
        if (line_.peek().kind != Token::Kind::word) line_.fail("a step: who, what, and with what");
        if (begins_line(line_.peek().text))
            world_step();
        else
            actor_step();
        line_.finish();
        if (line_.has_outcome()) made_.expected = read_expected(line_);
        return std::move(made_);
    }

  private:
    void actor_step() {
        arguments_.actor = read_actor();
        const Token name = line_.peek();
        std::string verb = line_.word("a call, or what the actor does");
        const bool named = line_.accept_sign("=");
        if (named) verb = line_.word("a call after '='");
        const Form *form = find_form(verb);
        if (form == nullptr && is_absent(verb)) {
            arguments_.verb = Verb::absent;
            made_.text = verb;
            return;
        }
        if (form == nullptr) line_.fail_at(name, "there is no call '" + verb + "'");
        arguments_.verb = form->verb;
        if (places(form->verb)) arguments_.options = K_ANYWHERE;
        read_arguments(line_, names_, *form, made_);
        const bool needs_name = form->verb == Verb::fork || form->verb == Verb::afexec;
        if (needs_name && !named)
            line_.fail_at(name, std::string("expected a name for the actor; usage: ") + form->usage);
        if (named) give(name);
    }

    // Its result a name.
    void give(const Token &name) {
        if (makes_actor(arguments_.verb)) {
            arguments_.made = static_cast<std::int16_t>(names_.actor_made(line_, name.text));
            return;
        }
        if (names_.find_actor(name.text) >= 0) line_.fail_at(name, "'" + name.text + "' is an actor");
        if (means_something(name.text)) line_.fail_at(name, "'" + name.text + "' means something else");
        made_.named = names_.slot_for(name.text);
    }

    // What happens to the world.
    void world_step() {
        const Token word = line_.take();
        if (word.text == "kill") {
            if (line_.accept_word("kernel"))
                arguments_.verb = Verb::kill_kernel;
            else if (line_.accept_word("keeper"))
                arguments_.verb = Verb::kill_keeper;
            else if (line_.accept_word("site"))
                arguments_.verb = Verb::kill_site;
            else
                of_actor(Verb::kill);
        } else if (word.text == "stop") {
            of_actor(Verb::stop);
        } else if (word.text == "continue") {
            of_actor(Verb::go_on);
        } else if (word.text == "maps") {
            of_actor(Verb::maps);
        } else if (word.text == "regions") {
            arguments_.verb = Verb::regions;
            if (line_.accept_word("sv"))
                arguments_.target.kind = Who::Kind::supervisor_space;
            else
                arguments_.target = {Who::Kind::actor, read_actor()};
        } else if (word.text == "actors") {
            arguments_.verb = Verb::actors;
        } else if (word.text == "waits") {
            arguments_.verb = Verb::waits;
        } else if (word.text == "pass") {
            arguments_.verb = Verb::pass;
            if (!read_time(line_, arguments_)) line_.fail("a time: 100 ms");
            if (arguments_.limit_s < 0 || arguments_.limit_ns < 0 || arguments_.limit_s > pass_max_s)
                line_.fail_at(word, "time passes forwards, and for 1000000 seconds at most");
        } else if (word.text == "spawn") {
            arguments_.verb = Verb::spawn;
            if (line_.accept_word("trusted")) arguments_.values[0] = 1;
            if (line_.accept_word("supervisor")) arguments_.values[0] = 2;
            made_.text = line_.quoted("a program, in quotes");
            while (line_.peek().kind == Token::Kind::text)
                made_.text += '\0' + line_.take().text;
        } else if (word.text == "assert") {
            arguments_.verb = Verb::check;
            made_.fields.emplace_back(Field::value0, read_expression(line_, names_));
            if (!line_.accept_sign("==")) line_.fail("'=='");
            made_.fields.emplace_back(Field::value1, read_expression(line_, names_));
        } else {
            line_.fail_at(word, "'" + word.text + "' does not stand here");
        }
    }

    void of_actor(Verb verb) {
        arguments_.verb = verb;
        arguments_.actor = read_actor();
    }

    std::int16_t read_actor() { return static_cast<std::int16_t>(names_.read_actor(line_)); }

    Line &line_;
    KnownNames &names_;
    Step made_;
    Arguments &arguments_ = made_.arguments;
};

}  // namespace

Step read_step(Line &line, KnownNames &names) {
    return StepReader(line, names).run();
}

Expected read_expected(const Line &line) {
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

}  // namespace chorus::sim
