// The names that a scenario has given so far, and how a step names actors. Throws ScriptError.
#pragma once

#include <map>
#include <string>

#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

class KnownNames {
  public:
    // What it learns goes into the script, which lives longer.
    explicit KnownNames(Script &script) : script_(script) {}

    // -1 where there is none.
    int find_actor(const std::string &name) const;
    int find_slot(const std::string &name) const;
    // The line is at fault where the name cannot be an actor's. Gives its index.
    int add_actor(const Line &line, ActorName actor);
    // The actor that a step makes, which one before may have made already.
    int actor_made(const Line &line, const std::string &name);
    // The slot of the value that a step gives this name, which has one already or gets it.
    int slot_for(const std::string &name);

    // The name of an actor; that, or another word for who is meant.
    int read_actor(Line &line) const;
    Who read_who(Line &line) const;

  private:
    Script &script_;
    std::map<std::string, int> slots_;
    std::map<std::string, int> actors_;
};

}  // namespace chorus::sim
