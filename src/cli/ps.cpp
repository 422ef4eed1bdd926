// chorus ps: the actors of a site.

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

const char *privilege_name(std::uint32_t privilege) {
    constexpr const char *names[] = {"user", "system", "supervisor"};
    return privilege < std::size(names) ? names[privilege] : "?";
}

// created: it has no process; starting: its program has not spoken yet, and may not know of chorus.
const char *state_name(const wire::ActorRow &actor) {
    constexpr const char *names[] = {"created", "starting", "running"};
    if (actor.stopped != 0) return "stopped";
    return actor.phase < std::size(names) ? names[actor.phase] : "?";
}

void print_table(const std::vector<wire::ActorRow> &actors) {
    text::print("{:>5} {:>7} {:>6} {:>6}  {:<10}  {:<8}  {}\n", "AID", "PID", "UID", "PARENT", "PRIVILEGE", "STATE",
                "NAME");
    for (const wire::ActorRow &actor : actors) {
        const std::string pid = actor.pid == 0 ? "-" : std::to_string(actor.pid);
        const std::string parent = actor.parent == 0 ? "-" : std::to_string(actor.parent);
        text::print("{:>5} {:>7} {:>6} {:>6}  {:<10}  {:<8}  {}\n", actor.actor, pid, actor.uid, parent,
                    privilege_name(actor.privilege), state_name(actor), actor.name);
    }
}

void print_json(const std::vector<wire::ActorRow> &actors) {
    auto list = nlohmann::json::array();
    for (const wire::ActorRow &actor : actors)
        list.push_back({{"aid", actor.actor},
                        {"pid", actor.pid},
                        {"uid", actor.uid},
                        {"parent", actor.parent},
                        {"privilege", privilege_name(actor.privilege)},
                        {"state", state_name(actor)},
                        {"unique_id", text::format("{:#018x}", actor.unique_id)},
                        {"name", actor.name}});
    text::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void print_actors(const Options &options) {
    client::Console console(options.named_site(), client::Missing::report);
    const auto actors = console.actors();
    options.json ? print_json(actors) : print_table(actors);
}

}  // namespace chorus::cli
