#include "script/names.hpp"

#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

constexpr std::size_t letters_max = 26;  // of an order

int find(const std::map<std::string, int> &table, const std::string &name) {
    const auto it = table.find(name);
    return it == table.end() ? -1 : it->second;
}

}  // namespace

int KnownNames::find_actor(const std::string &name) const {
    return find(actors_, name);
}
int KnownNames::find_slot(const std::string &name) const {
    return find(slots_, name);
}

int KnownNames::add_actor(const Line &line, ActorName actor) {
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

int KnownNames::actor_made(const Line &line, const std::string &name) {
    const int known = find_actor(name);
    if (known >= 0 && !script_.actors[static_cast<std::size_t>(known)].declared) return known;
    return add_actor(line, {.name = name, .declared = false});
}

int KnownNames::slot_for(const std::string &name) {
    const auto [it, fresh] = slots_.try_emplace(name, static_cast<int>(script_.slots.size()));
    if (fresh) script_.slots.push_back(name);
    return it->second;
}

int KnownNames::read_actor(Line &line) const {
    const Token &token = line.peek();
    if (token.kind != Token::Kind::word) line.fail("the name of an actor");
    const int actor = find_actor(token.text);
    if (actor < 0) line.fail("the name of an actor: 'actor " + token.text + "' declares one");
    line.take();
    return actor;
}

Who KnownNames::read_who(Line &line) const {
    Who who;
    if (line.accept_word("me")) return who;
    if (line.accept_word("sv")) return {Who::Kind::supervisor_space, -1};
    if (line.accept_word("nobody")) return {Who::Kind::nobody, -1};
    if (line.accept_word("null")) return {Who::Kind::null, -1};
    if (line.accept_word("unreadable")) return {Who::Kind::unreadable, -1};
    who.kind = line.accept_word("forged") ? Who::Kind::forged : Who::Kind::actor;
    who.actor = static_cast<std::int16_t>(read_actor(line));
    return who;
}

}  // namespace chorus::sim
