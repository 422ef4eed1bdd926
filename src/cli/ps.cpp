// chorus ps: the actors of a site.
#include <functional>
#include <map>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/process.hpp"
#include "cli/selection.hpp"
#include "cli/show.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

constexpr std::size_t name_column = 1;
const std::vector<Column> actor_columns{
    {.name = "AID", .align = Align::right},
    {.name = "NAME", .shrinks = true},
    {.name = "PID", .align = Align::right, .drop_order = 1},
    {.name = "UID", .align = Align::right, .drop_order = 3},
    {.name = "PARENT", .shrinks = true, .drop_order = 2},
    {.name = "PRIVILEGE", .drop_order = 4},
    {.name = "STATE"},
};

struct Actor {
    wire::ActorRow row;
    std::string state;
};

const char *privilege_name(std::uint32_t privilege) {
    constexpr const char *names[] = {"user", "system", "supervisor"};
    return privilege < std::size(names) ? names[privilege] : "?";
}

// The kernel does not see that a process was stopped by a signal, or that its program will never speak.
const char *state_name(const wire::ActorRow &actor) {
    constexpr const char *names[] = {"created", "starting", "running"};
    if (actor.stopped != 0 || (actor.pid != 0 && is_stopped(actor.pid))) return "stopped";
    if (actor.phase == 1 && actor.pid != 0 && runs_foreign_program(actor.pid)) return "foreign";
    return actor.phase < std::size(names) ? names[actor.phase] : "?";
}

Style style_of(const std::string &state) {
    if (state == "running") return Style::good;
    return state == "stopped" ? Style::warning : Style::faint;
}

std::vector<Cell> cells_of(const Actor &actor, const Names &names) {
    const wire::ActorRow &row = actor.row;
    Cell parent("-");
    if (row.parent != 0) parent = Cell(text::format("{} {}", row.parent, names.of(row.parent)), row.parent);
    return {Cell(row.actor),
            Cell(row.name),
            Cell::number_or_dash(row.pid),
            Cell(row.uid),
            std::move(parent),
            Cell(privilege_name(row.privilege)),
            Cell(actor.state).with(style_of(actor.state))};
}

Json json_of(const Actor &actor, const Names &names) {
    const wire::ActorRow &row = actor.row;
    return Json::Object{{"aid", row.actor},
                        {"name", row.name},
                        {"parent", row.parent},
                        {"parent_name", names.json_of(row.parent)},
                        {"pid", row.pid},
                        {"privilege", privilege_name(row.privilege)},
                        {"state", actor.state},
                        {"uid", row.uid},
                        {"unique_id", text::format("{:#018x}", row.unique_id)}};
}

// Puts each actor below its parent, children in the order of `chosen`, and draws the branches. An actor whose parent is
// not shown is a root.
std::vector<std::size_t> make_tree(Table &table, const std::vector<Actor> &actors,
                                   const std::vector<std::size_t> &chosen) {
    std::map<std::uint32_t, std::size_t> row_of;
    for (const std::size_t row : chosen)
        row_of.emplace(actors[row].row.actor, row);
    std::map<std::uint32_t, std::vector<std::size_t>> children;
    std::vector<std::size_t> roots, order;
    for (const std::size_t row : chosen) {
        const std::uint32_t parent = actors[row].row.parent;
        (row_of.contains(parent) ? children[parent] : roots).push_back(row);
    }
    struct Node {
        std::size_t row;
        std::string branch, below;  // in front of it, and of its children
    };
    std::vector<Node> pending;
    const auto push = [&](const std::vector<std::size_t> &rows, const std::string &before, bool root) {
        for (std::size_t i = rows.size(); i-- > 0;) {
            const bool last = i + 1 == rows.size();
            pending.push_back(
                {rows[i], root ? "" : before + (last ? "`- " : "|- "), root ? "" : before + (last ? "   " : "|  ")});
        }
    };
    push(roots, "", true);
    while (!pending.empty()) {
        const Node node = pending.back();
        pending.pop_back();
        order.push_back(node.row);
        table.set_branch(node.row, name_column, node.branch);
        push(children[actors[node.row].row.actor], node.below, false);
    }
    return order;
}

}  // namespace

void show_actors(const Options &options, bool tree) {
    Table table(actor_columns, options.view);
    client::Console console(options.named_site(), client::Missing::report);
    show(options, [&](const Screen &screen) {
        const auto all = console.actors();
        const Names names(all);
        std::vector<Actor> actors;
        table.clear();
        for (const wire::ActorRow &row : select_actors(all, options.actors)) {
            actors.push_back({row, state_name(row)});
            table.add(cells_of(actors.back(), names));
        }
        auto chosen = table.chosen();
        if (tree) chosen = make_tree(table, actors, chosen);
        if (!options.json) return table.text(chosen, screen);
        Json::List list;
        for (const std::size_t row : chosen)
            list.push_back(json_of(actors[row], names));
        return page_of(list, options);
    });
}

}  // namespace chorus::cli
