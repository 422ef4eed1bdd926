#include "script/names.hpp"

#include "client/nearest.hpp"
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

std::vector<std::string> KnownNames::actors() const {
    std::vector<std::string> names;
    for (const auto &[name, index] : actors_)
        names.push_back(name);
    return names;
}
std::vector<std::string> KnownNames::slots() const {
    std::vector<std::string> names;
    for (const auto &[name, index] : slots_)
        names.push_back(name);
    return names;
}

int KnownNames::add_actor(const Line &line, const Token &token, ActorName actor) {
    const std::string name = actor.name;
    if (doubtful(name)) return find_actor(name);
    if (means_something(name))
        line.fail_at(token, "expected a name for the actor; '" + name + "' means something else");
    if (script_.actors.size() == letters_max) line.fail_at(token, "there are 26 actors already, and no more letters");
    if (actors_.contains(name)) line.fail_at(token, "there is an actor '" + name + "' already");
    if (slots_.contains(name)) line.fail_at(token, "'" + name + "' is the name of a value");
    actor.slot = slot_for(name);
    const int index = static_cast<int>(script_.actors.size());
    actors_[name] = index;
    script_.actors.push_back(std::move(actor));
    return index;
}

int KnownNames::actor_made(const Line &line, const Token &token) {
    const int known = find_actor(token.text);
    if (known >= 0 && !script_.actors[static_cast<std::size_t>(known)].declared) return known;
    return add_actor(line, token, {.name = token.text, .declared = false});
}

int KnownNames::slot_for(const std::string &name) {
    const auto [it, fresh] = slots_.try_emplace(name, static_cast<int>(script_.slots.size()));
    if (fresh) script_.slots.push_back(name);
    return it->second;
}

void KnownNames::add_doubtful(const std::string &name) {
    const int slot = slot_for(name);
    doubtful_.insert(name);
    if (actors_.contains(name)) return;
    actors_[name] = static_cast<int>(script_.actors.size());
    script_.actors.push_back({.name = name, .declared = false, .slot = slot});
}

int KnownNames::read_actor(Line &line) {
    const Token token = line.peek();
    if (token.kind != Token::Kind::word) line.fail("the name of an actor");
    const int actor = find_actor(token.text);
    if (actor < 0 && (means_something(token.text) || modifies_step(token.text) || slots_.contains(token.text)))
        line.fail("the name of an actor");
    line.take();
    return actor < 0 ? unknown_actor(line, token) : actor;
}

int KnownNames::unknown_actor(const Line &line, const Token &token) {
    const std::string nearest = client::nearest_name(token.text, actors());
    const std::string what = "there is no actor '" + token.text + "'; ";
    if (!nearest.empty()) {
        line.report_at(token.column, what + "did you mean '" + nearest + "'?");
        return find_actor(nearest);
    }
    line.report_at(token.column, what + "'actor " + token.text + "' declares one");
    add_doubtful(token.text);
    return find_actor(token.text);
}

Who KnownNames::read_who(Line &line) {
    struct Word {
        const char *name;
        Who::Kind kind;
    };
    constexpr Word words[] = {{"me", Who::Kind::me},
                              {"sv", Who::Kind::supervisor_space},
                              {"nobody", Who::Kind::nobody},
                              {"null", Who::Kind::null},
                              {"unreadable", Who::Kind::unreadable}};
    std::vector<std::string> meant = actors();
    for (const Word &word : words) {
        if (line.accept_word(word.name)) return {word.kind, -1};
        meant.emplace_back(word.name);
    }
    meant.emplace_back("forged");
    const Who::Kind kind = line.accept_word("forged") ? Who::Kind::forged : Who::Kind::actor;
    // A misspelt word, not the name of an actor?
    const Token token = line.peek();
    const bool known = find_slot(token.text) >= 0 || means_something(token.text);
    const std::string nearest = known ? "" : client::nearest_name(token.text, meant);
    if (token.kind == Token::Kind::word && !nearest.empty() && find_actor(nearest) < 0)
        line.fail("the name of an actor", meant);
    return {kind, static_cast<std::int16_t>(read_actor(line))};
}

int KnownNames::read_slot(Line &line) {
    const Token token = line.peek();
    const int slot = find_slot(token.text);
    if (slot < 0 && (means_something(token.text) || modifies_step(token.text))) line.fail("a number or a name");
    line.take();
    if (slot >= 0) return slot;
    std::vector<std::string> meant = constant_names();
    for (const std::string &name : slots())
        meant.push_back(name);
    line.report_at(token.column,
                   "no step before has given the name '" + token.text + "'" + client::did_you_mean(token.text, meant));
    const int nearest = find_slot(client::nearest_name(token.text, meant));
    return nearest < 0 ? slot_for(token.text) : nearest;
}

std::vector<Mistake> KnownNames::missing_actors() const {
    std::vector<Mistake> missing;
    for (const Mistake &one : expected_)
        if (find_actor(one.what) < 0)
            missing.push_back({one.line, one.column,
                               "there is no actor '" + one.what + "', and 'wakes' names actors" +
                                   client::did_you_mean(one.what, actors())});
    return missing;
}

}  // namespace chorus::sim
