#include "script/steps.hpp"

#include <mem/chMem.h>

#include "client/nearest.hpp"
#include "script/arguments.hpp"
#include "script/outcomes.hpp"
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
    StepReader(Line &line, KnownNames &names, Outcomes outcomes)
        : line_(line), names_(names), check_(outcomes == Outcomes::required) {}

    ReadStep run() {
        made_.line = line_.number();
        try {
            if (line_.peek().kind != Token::Kind::word) line_.fail("a step: who, what, and with what");
            if (find_statement(line_.peek().text) != nullptr)
                world_step();
            else
                actor_step();
            line_.finish();
        } catch (const ScriptError &error) {
            line_.report_at(error.column, error.what());
            give_up();
            // What it reads is not known then.
            if (arguments_.verb == Verb::read) known_ = false;
        }
        const std::string kinds = known_ ? outcomes_of(arguments_, gives_) : "";
        try {
            if (line_.has_outcome()) made_.expected = read_expected(line_, names_, check_ ? kinds : "");
        } catch (const ScriptError &error) {
            line_.report_at(error.column, error.what());
        }
        return {std::move(made_), kinds};
    }

  private:
    void actor_step() {
        const Token who = line_.peek();
        // A misspelt word of the world, not the name of an actor?
        std::vector<std::string> meant = statement_names();
        for (const std::string &name : names_.actors())
            meant.push_back(name);
        const std::string nearest = client::nearest_name(who.text, meant);
        if (names_.find_actor(who.text) < 0 && find_statement(nearest) != nullptr)
            line_.fail_at(who, "there is no actor '" + who.text + "'; did you mean '" + nearest + "'?");
        arguments_.actor = read_actor();
        Token verb = line_.peek();
        line_.word("a call, or what the actor does");
        if (line_.accept_sign("=")) {
            name_ = verb;
            verb = line_.peek();
            line_.word("a call after '='");
        }
        const Form *form = find_form(verb.text);
        if (form == nullptr && is_absent(verb.text)) {
            arguments_.verb = Verb::absent;
            made_.text = verb.text;
            known_ = true;
            return;
        }
        if (form == nullptr) form = nearest_form(verb);
        arguments_.verb = form->verb;
        gives_ = form->gives;
        known_ = true;
        if (places(form->verb)) arguments_.options = K_ANYWHERE;
        read_arguments(line_, names_, *form, made_);
        const bool needs_name = form->verb == Verb::fork || form->verb == Verb::afexec;
        if (needs_name && !name_)
            line_.fail_at(verb, std::string("expected a name for the actor; usage: ") + form->usage);
        if (name_) give(*name_);
    }

    // The rest of the line is read as that of the call that was meant.
    const Form *nearest_form(const Token &verb) const {
        if (find_statement(verb.text) != nullptr)
            line_.fail_at(verb, "'" + verb.text + "' is not a call of an actor: write it at the beginning of the line");
        const std::string nearest = client::nearest_name(verb.text, call_names());
        const std::string what = "there is no call '" + verb.text + "'" + client::did_you_mean(verb.text, call_names());
        const Form *form = find_form(nearest);
        if (form == nullptr) line_.fail_at(verb, what);
        line_.report_at(verb.column, what);
        return form;
    }

    // Gives its result a name.
    void give(Token name) {  // by value, because this function resets name_
        name_.reset();
        if (makes_actor(arguments_.verb)) {
            arguments_.made = static_cast<std::int16_t>(names_.actor_made(line_, name));
            return;
        }
        if (names_.find_actor(name.text) >= 0 && !names_.doubtful(name.text))
            line_.fail_at(name, "'" + name.text + "' is an actor");
        if (means_something(name.text)) line_.fail_at(name, "'" + name.text + "' means something else");
        made_.named = names_.slot_for(name.text);
    }

    // What a wrong step gives a name has one, so that the steps that use it are not wrong for that.
    void give_up() {
        if (!name_ || means_something(name_->text)) return;
        if (!known_) return names_.add_doubtful(name_->text);
        try {
            give(*name_);
        } catch (const ScriptError &) {
            // It is taken.
        }
    }

    // What happens to the world.
    void world_step() {
        const Token word = line_.take();
        gives_ = find_statement(word.text)->gives;
        if (word.text == "kill") {
            if (line_.accept_word("kernel"))
                of_world(Verb::kill_kernel);
            else if (line_.accept_word("keeper"))
                of_world(Verb::kill_keeper);
            else if (line_.accept_word("site"))
                of_world(Verb::kill_site);
            else
                of_actor(Verb::kill);
        } else if (word.text == "stop") {
            of_actor(Verb::stop);
        } else if (word.text == "continue") {
            of_actor(Verb::go_on);
        } else if (word.text == "maps") {
            of_actor(Verb::maps);
        } else if (word.text == "regions") {
            of_world(Verb::regions);
            if (line_.accept_word("sv"))
                arguments_.target.kind = Who::Kind::supervisor_space;
            else
                arguments_.target = {Who::Kind::actor, read_actor()};
        } else if (word.text == "actors") {
            of_world(Verb::actors);
        } else if (word.text == "waits") {
            of_world(Verb::waits);
        } else if (word.text == "pass") {
            of_world(Verb::pass);
            if (!read_time(line_, arguments_)) line_.fail("a time: 100 ms");
            if (arguments_.limit_s < 0 || arguments_.limit_ns < 0 || arguments_.limit_s > pass_max_s)
                line_.fail_at(word, "time passes forwards, and for 1000000 seconds at most");
        } else if (word.text == "spawn") {
            of_world(Verb::spawn);
            if (line_.accept_word("trusted")) arguments_.values[0] = 1;
            if (line_.accept_word("supervisor")) arguments_.values[0] = 2;
            if (line_.peek().kind != Token::Kind::text) line_.fail("a program, in quotes", {"trusted", "supervisor"});
            made_.text = line_.take().text;
            while (line_.peek().kind == Token::Kind::text)
                made_.text += '\0' + line_.take().text;
        } else if (word.text == "assert") {
            of_world(Verb::check);
            made_.fields.emplace_back(Field::value0, read_expression(line_, names_));
            if (!line_.accept_sign("==")) line_.fail("'=='");
            made_.fields.emplace_back(Field::value1, read_expression(line_, names_));
        } else {
            line_.fail_at(word, "'" + word.text + "' does not stand here");
        }
    }

    void of_world(Verb verb) {
        arguments_.verb = verb;
        known_ = true;
    }

    void of_actor(Verb verb) {
        of_world(verb);
        arguments_.actor = read_actor();
    }

    std::int16_t read_actor() { return static_cast<std::int16_t>(names_.read_actor(line_)); }

    Line &line_;
    KnownNames &names_;
    const bool check_;  // outcomes
    Step made_;
    Arguments &arguments_ = made_.arguments;
    bool known_ = false;  // which verb it is
    std::string gives_;
    std::optional<Token> name_;  // that is to be given
};

}  // namespace

ReadStep read_step(Line &line, KnownNames &names, Outcomes outcomes) {
    return StepReader(line, names, outcomes).run();
}

}  // namespace chorus::sim
