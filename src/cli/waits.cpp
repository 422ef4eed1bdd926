// chorus waits: which threads sleep on which semaphores.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "sync/semaphore.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

using wire::WaitRow;

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

std::string name_of(const WaitRow &row) {
    return row.segment == 0 ? text::format("memory of actor {} at {:#x}", row.actor, row.address)
                            : text::format("segment {} at {:#x}", row.segment, row.offset);
}

std::string who(const WaitRow &row) {
    return text::format("actor {} (thread {})", row.actor, row.thread);
}

void print_table(const std::vector<WaitRow> &rows) {
    text::print("{:<32} {:>5}  {:>5} {:>8}  {:<14}  {:>12}\n", "SEMAPHORE", "VALUE", "AID", "THREAD", "ADDRESS",
                "ASLEEP");
    for (const Sleepers &sleepers : by_semaphore(rows)) {
        std::string name = name_of(sleepers[0]);
        std::string value = is_semaphore(sleepers[0]) ? std::to_string(value_of(sleepers[0])) : "?";
        for (const WaitRow &row : sleepers) {
            text::print("{:<32} {:>5}  {:>5} {:>8}  {:<14}  {:>10.3f} s\n", name, value, row.actor, row.thread,
                        text::format("{:#x}", row.address), static_cast<double>(row.asleep_ns) * 1e-9);
            name = value = "";
        }
    }
    for (const Cycle &cycle : cycles_of(rows)) {
        std::string text = "cycle: " + who(cycle[0]);
        for (std::size_t i = 0; i < cycle.size(); ++i)
            text += text::format("{} waits for {}, last taken by {}", i == 0 ? "" : ", which", name_of(cycle[i]),
                                 who(cycle[(i + 1) % cycle.size()]));
        text::print("{}\n", text);
    }
}

nlohmann::json sleeper_json(const WaitRow &row) {
    return {{"aid", row.actor}, {"thread", row.thread}, {"address", row.address}, {"asleep_ns", row.asleep_ns}};
}

nlohmann::json semaphores_json(const std::vector<WaitRow> &rows) {
    auto semaphores = nlohmann::json::array();
    for (const Sleepers &all : by_semaphore(rows)) {
        const WaitRow &row = all[0];
        auto sleepers = nlohmann::json::array();
        for (const WaitRow &sleeper : all)
            sleepers.push_back(sleeper_json(sleeper));
        const bool known = is_semaphore(row);
        semaphores.push_back({{"segment", row.segment},
                              {"inode", row.inode},
                              {"offset", row.offset},
                              {"value", known ? nlohmann::json(value_of(row)) : nlohmann::json()},
                              {"last_taker", row.taker},
                              {"sleepers", std::move(sleepers)}});
    }
    auto cycles = nlohmann::json::array();
    for (const Cycle &cycle : cycles_of(rows)) {
        auto threads = nlohmann::json::array();
        for (const WaitRow &row : cycle)
            threads.push_back(row.thread);
        cycles.push_back(std::move(threads));
    }
    return {{"semaphores", std::move(semaphores)}, {"cycles", std::move(cycles)}};
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

void print_calls(const std::vector<wire::CallRow> &calls) {
    for (const wire::CallRow &row : calls)
        text::print("call: actor {} is in {} and waits for actor {} to {}\n", row.actor, call_name(row.call),
                    row.awaited, part_of(row));
}

nlohmann::json calls_json(const std::vector<wire::CallRow> &calls) {
    auto all = nlohmann::json::array();
    for (const wire::CallRow &row : calls)
        all.push_back(
            {{"aid", row.actor}, {"call", call_name(row.call)}, {"waits_for", row.awaited}, {"to", part_of(row)}});
    return all;
}

}  // namespace

void print_waits(const Options &options) {
    client::Console console(options.named_site(), client::Missing::report);
    const auto rows = console.waits();
    const auto calls = console.calls();
    if (!options.json) {
        print_table(rows);
        return print_calls(calls);
    }
    auto all = semaphores_json(rows);
    all["calls"] = calls_json(calls);
    text::print("{}\n", all.dump(2));
}

}  // namespace chorus::cli
