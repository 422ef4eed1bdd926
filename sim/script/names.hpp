// The names that a scenario has given so far, and how a step names actors. Throws ScriptError.
//
// An unknown name does not end the reading of its line: it is reported, and then stands for the nearest known name, or
// becomes a name of its own. So every mistake is reported, and each one once.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

class KnownNames {
  public:
    // New names go into the script, which lives longer.
    explicit KnownNames(Script &script) : script_(script) {}

    // -1 if there is none.
    int find_actor(const std::string &name) const;
    int find_slot(const std::string &name) const;
    std::vector<std::string> actors() const;
    std::vector<std::string> slots() const;
    // The line is at fault if the name, which stands at `token`, cannot be an actor's. Returns its index.
    int add_actor(const Line &line, const Token &token, ActorName actor);
    // The actor that a step makes; an earlier step may have made it already.
    int actor_made(const Line &line, const Token &token);
    // The slot of the value that a step gives this name.
    int slot_for(const std::string &name);
    // The name that a wrong step gives to something: it may be used as that of an actor and of a value.
    void add_doubtful(const std::string &name);
    bool doubtful(const std::string &name) const { return doubtful_.contains(name); }

    // The name of an actor.
    int read_actor(Line &line);
    // An actor, or a word for one.
    Who read_who(Line &line);
    // The slot of a name in an expression.
    int read_slot(Line &line);

    // An outcome names an actor (`what` of the mistake), which a later line may make.
    void expect_actor(Mistake name) { expected_.push_back(std::move(name)); }
    // At the end of the file: those that no line has made.
    std::vector<Mistake> missing_actors() const;

  private:
    int unknown_actor(const Line &line, const Token &token);

    Script &script_;
    std::map<std::string, int> slots_;
    std::map<std::string, int> actors_;
    std::set<std::string> doubtful_;
    std::vector<Mistake> expected_;
};

}  // namespace chorus::sim
