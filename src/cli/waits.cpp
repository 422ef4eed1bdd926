// chorus waits: which threads sleep on which semaphores, and which calls wait for other actors.
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/printable.hpp"
#include "cli/selection.hpp"
#include "cli/show.hpp"
#include "client/console.hpp"
#include "sync/semaphore.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

using wire::WaitRow;

const std::vector<Column> wait_columns{
    {.name = "SEMAPHORE", .shrinks = true, .grouped = true},
    {.name = "VALUE", .align = Align::right, .drop_order = 1, .grouped = true},
    {.name = "AID", .align = Align::right},
    {.name = "NAME", .shrinks = true},
    {.name = "THREAD", .align = Align::right},
    {.name = "ADDRESS", .drop_order = 2},
    {.name = "ASLEEP", .align = Align::right},
};

// The sleepers of one semaphore, in the order in which they will be woken.
using Sleepers = std::vector<WaitRow>;

bool same_semaphore(const WaitRow &a, const WaitRow &b) {
    if (a.segment != 0 || b.segment != 0) return a.segment == b.segment && a.offset == b.offset;
    return a.actor == b.actor && a.address == b.address;
}

std::vector<Sleepers> by_semaphore(const std::vector<WaitRow> &rows) {
    std::vector<Sleepers> semaphores;
    for (const WaitRow &row : rows) {
        const auto it = std::find_if(semaphores.begin(), semaphores.end(),
                                     [&](const Sleepers &sleepers) { return same_semaphore(sleepers[0], row); });
        it == semaphores.end() ? semaphores.push_back({row}) : it->push_back(row);
    }
    return semaphores;
}

bool is_semaphore(const WaitRow &row) {
    return sync::state::is_state(row.state);
}

std::uint64_t value_of(const WaitRow &row) {
    return sync::state::is_open(row.state) ? sync::state::word(row.state) : 0;
}

// Threads that sleep, each on a semaphore whose token the next one took last: where whoever takes is who gives, none of
// them will go on.
using Cycle = std::vector<WaitRow>;

std::vector<Cycle> cycles_of(const std::vector<WaitRow> &rows) {
    const auto next = [&](const WaitRow &row) {
        return std::find_if(rows.begin(), rows.end(), [&](const WaitRow &other) {
            return value_of(row) == 0 && other.thread == row.taker && other.thread != row.thread;
        });
    };
    std::vector<Cycle> cycles;
    std::vector<std::uint32_t> seen;
    for (auto start = rows.begin(); start != rows.end(); ++start) {
        Cycle path;
        for (auto at = start; at != rows.end() && std::find(seen.begin(), seen.end(), at->thread) == seen.end();
             at = next(*at)) {
            seen.push_back(at->thread);
            path.push_back(*at);
        }
        if (path.empty()) continue;
        const auto back = next(path.back());
        if (back == rows.end()) continue;
        const auto first =
            std::find_if(path.begin(), path.end(), [&](const WaitRow &row) { return row.thread == back->thread; });
        if (first != path.end()) cycles.emplace_back(first, path.end());
    }
    return cycles;
}

std::string name_of(const WaitRow &row, const Names &names) {
    return row.segment == 0
               ? text::format("memory of actor {} ({}) at {:#x}", row.actor, names.of(row.actor), row.address)
               : text::format("segment {} at {:#x}", row.segment, row.offset);
}

std::string who(const WaitRow &row, const Names &names) {
    return text::format("actor {} ({}, thread {})", row.actor, names.of(row.actor), row.thread);
}

std::vector<Cell> cells_of(const WaitRow &row, const Names &names) {
    const double asleep_s = static_cast<double>(row.asleep_ns) * 1e-9;
    return {Cell(name_of(row, names)),
            is_semaphore(row) ? Cell(value_of(row)) : Cell("?"),
            Cell(row.actor),
            Cell(names.of(row.actor)),
            Cell(row.thread),
            Cell(text::format("{:#x}", row.address), static_cast<double>(row.address)),
            Cell(text::format("{:.3f} s", asleep_s), asleep_s)};
}

std::string cycle_text(const Cycle &cycle, const Names &names) {
    std::string text = "cycle: " + who(cycle[0], names);
    for (std::size_t i = 0; i < cycle.size(); ++i)
        text += text::format("{} waits for {}, last taken by {}", i == 0 ? "" : ", which", name_of(cycle[i], names),
                             who(cycle[(i + 1) % cycle.size()], names));
    return printable(text);
}

Json semaphores_json(const std::vector<WaitRow> &rows, const Names &names) {
    Json::List semaphores;
    for (const Sleepers &all : by_semaphore(rows)) {
        const WaitRow &row = all[0];
        Json::List sleepers;
        for (const WaitRow &sleeper : all)
            sleepers.push_back(Json::Object{{"address", sleeper.address},
                                            {"aid", sleeper.actor},
                                            {"asleep_ns", sleeper.asleep_ns},
                                            {"name", names.json_of(sleeper.actor)},
                                            {"thread", sleeper.thread}});
        semaphores.push_back(Json::Object{{"inode", row.inode},
                                          {"last_taker", row.taker},
                                          {"offset", row.offset},
                                          {"segment", row.segment},
                                          {"sleepers", sleepers},
                                          {"value", is_semaphore(row) ? Json(value_of(row)) : Json()}});
    }
    return semaphores;
}

Json cycles_json(const std::vector<Cycle> &cycles) {
    Json::List all;
    for (const Cycle &cycle : cycles) {
        Json::List threads;
        for (const WaitRow &row : cycle)
            threads.push_back(row.thread);
        all.push_back(threads);
    }
    return all;
}

// The C call of a code; those that wait.
std::string call_name(std::uint32_t code) {
    switch (static_cast<wire::CallCode>(code)) {
        case wire::CallCode::allocate_region:
            return "rgnAllocate";
        case wire::CallCode::free_regions:
            return "rgnFree";
        case wire::CallCode::map_from_actor:
            return "rgnMapFromActor";
        case wire::CallCode::copy_from_actor:
            return "rgnInitFromActor";
        case wire::CallCode::duplicate_regions:
            return "rgnDup";
        case wire::CallCode::set_attribute:
            return "rgnSet*";
        case wire::CallCode::map_physical:
            return "vmMapToPhys";
        case wire::CallCode::fork:
            return "fork";
        default:
            return text::format("call {}", code);
    }
}

const char *part_of(const wire::CallRow &row) {
    return row.why == static_cast<std::uint32_t>(wire::CallWaits::for_lock) ? "unlock pages" : "follow a change";
}

std::string call_text(const wire::CallRow &row, const Names &names) {
    const std::string awaited =
        row.awaited == 0 ? "another actor" : text::format("actor {} ({})", row.awaited, names.of(row.awaited));
    return printable(text::format("call: actor {} ({}) is in {} and waits for {} to {}", row.actor, names.of(row.actor),
                                  call_name(row.call), awaited, part_of(row)));
}

Json calls_json(const std::vector<wire::CallRow> &calls, const Names &names) {
    Json::List all;
    for (const wire::CallRow &row : calls)
        all.push_back(Json::Object{{"aid", row.actor},
                                   {"call", call_name(row.call)},
                                   {"name", names.json_of(row.actor)},
                                   {"to", part_of(row)},
                                   {"waits_for", row.awaited},
                                   {"waits_for_name", names.json_of(row.awaited)}});
    return all;
}

// What is shown: sleepers that the filters leave, and cycles and calls that concern a selected actor.
struct Page {
    std::vector<WaitRow> sleepers;
    std::vector<Cycle> cycles;
    std::vector<wire::CallRow> calls;
};

Page look(client::Console &console, const std::vector<wire::ActorRow> &actors, const std::vector<std::string> &words) {
    Page page{console.waits(), {}, console.calls()};
    page.cycles = cycles_of(page.sleepers);
    if (words.empty()) return page;
    const auto selected = select_actors(actors, words);
    const auto is_selected = [&](std::uint32_t aid) {
        return std::any_of(selected.begin(), selected.end(), [&](const auto &actor) { return actor.actor == aid; });
    };
    std::erase_if(page.cycles, [&](const Cycle &cycle) {
        return std::none_of(cycle.begin(), cycle.end(), [&](const WaitRow &row) { return is_selected(row.actor); });
    });
    std::erase_if(page.sleepers, [&](const WaitRow &row) { return !is_selected(row.actor); });
    std::erase_if(page.calls,
                  [&](const wire::CallRow &row) { return !is_selected(row.actor) && !is_selected(row.awaited); });
    return page;
}

}  // namespace

void show_waits(const Options &options) {
    Table table(wait_columns, options.view);
    client::Console console(options.named_site(), client::Missing::report);
    show(options, [&](const Screen &screen) {
        const auto actors = console.actors();
        const Names names(actors);
        const Page page = look(console, actors, options.actors);
        // The sleepers of one semaphore are below each other.
        std::vector<WaitRow> rows;
        for (const Sleepers &sleepers : by_semaphore(page.sleepers))
            rows.insert(rows.end(), sleepers.begin(), sleepers.end());
        table.clear();
        for (const WaitRow &row : rows)
            table.add(cells_of(row, names));
        if (options.json) {
            std::vector<WaitRow> chosen;
            for (const std::size_t row : table.chosen())
                chosen.push_back(rows[row]);
            return page_of(Json::Object{{"calls", calls_json(page.calls, names)},
                                        {"cycles", cycles_json(page.cycles)},
                                        {"semaphores", semaphores_json(chosen, names)}},
                           options);
        }
        std::string text = table.text(table.chosen(), screen);
        for (const Cycle &cycle : page.cycles)
            text += cycle_text(cycle, names) + "\n";
        for (const wire::CallRow &row : page.calls)
            text += call_text(row, names) + "\n";
        return text;
    });
}

}  // namespace chorus::cli
