#include "explore/commands.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "script/render.hpp"

namespace chorus::sim {

namespace {

ExploreOptions with_shard(const ExploreCommand &command) {
    ExploreOptions options = command.options;
    if (command.shard.empty()) return options;
    unsigned long long part = 0, of = 0;
    char rest = 0;
    if (std::sscanf(command.shard.c_str(), "%llu/%llu%c", &part, &of, &rest) != 2 || part >= of)
        throw std::runtime_error("--shard is I/N, with I from 0 to N-1: not '" + command.shard + "'");
    options.shard = part;
    options.shards = of;
    return options;
}

nlohmann::json json_of(const std::optional<Explored::Found> &found) {
    if (!found) return nullptr;
    return {{"order", found->order}, {"what", found->what}};
}

void print_found(const char *what, const ExploreCommand &command, const Explored::Found &found) {
    std::printf("%s in order %s: %s\n", what, found.order.c_str(), found.what.c_str());
    std::printf("again: chorus-sim replay %s %s\n", command.file.c_str(), found.order.c_str());
}

}  // namespace

int explore_file(const ExploreCommand &command) {
    ExploreOptions options = with_shard(command);
    const Script script = read_script(command.file);
    if (!script.interleaves())
        throw std::runtime_error(command.file + ": nothing to explore: there is no 'interleave' in it");
    // With --json also everything that each step came to, in any order.
    std::set<std::string> outcomes;
    options.note_all = command.json;
    const auto collect = [&outcomes](const Play &play) {
        for (const Play::Done &one : play.done)
            outcomes.insert(std::to_string(one.step->line) + ": " + one.outcome);
        return true;
    };
    const Explored explored =
        explore(script, options, command.json ? std::function<bool(const Play &)>(collect) : nullptr);
    if (command.json) {
        std::printf("%s\n", nlohmann::json{{"orders", explored.orders},
                                           {"redundant", explored.redundant},
                                           {"deadlocks", explored.deadlocks},
                                           {"failures", explored.failures},
                                           {"steps", explored.steps},
                                           {"deadlock", json_of(explored.deadlock)},
                                           {"failure", json_of(explored.failure)},
                                           {"outcomes", outcomes}}
                                .dump(2)
                                .c_str());
        return explored.failures == 0 ? 0 : 1;
    }
    std::printf(
        "%s: %llu orders run, %llu given up as equal to one of them, %llu deadlocks, %llu not as they should be\n",
        command.file.c_str(), static_cast<unsigned long long>(explored.orders),
        static_cast<unsigned long long>(explored.redundant), static_cast<unsigned long long>(explored.deadlocks),
        static_cast<unsigned long long>(explored.failures));
    if (explored.deadlock) print_found("deadlock", command, *explored.deadlock);
    if (explored.failure) print_found("failure", command, *explored.failure);
    return explored.failures == 0 ? 0 : 1;
}

int replay_file(const ReplayCommand &command) {
    if (command.world == WorldKind::both) throw std::runtime_error("replay runs in one world: model or real");
    const Script script = read_script(command.file);
    std::string why;
    const auto world = command.world == WorldKind::model ? make_model(script) : make_real(script, why);
    if (!world) throw std::runtime_error(why);
    FixedOrder chooser(command.order);
    Play play(script, *world, chooser);
    play.note_all = true;
    play.run();
    for (const Play::Done &one : play.done)
        std::printf("%s\n",
                    with_outcome(script.lines[static_cast<std::size_t>(one.step->line) - 1], one.outcome).c_str());
    if (chooser.wrong())
        throw std::runtime_error("order " + command.order + " does not fit " + command.file + ": after " + play.order +
                                 " the next actor cannot go on");
    if (play.stuck) std::printf("deadlock: %s\n", play.stuck->c_str());
    for (const Mismatch &mismatch : play.mismatches)
        std::printf("%s:%d: expected %s, found %s\n", script.file.c_str(), mismatch.line, mismatch.expected.c_str(),
                    mismatch.found.c_str());
    return play.mismatches.empty() ? 0 : 1;
}

}  // namespace chorus::sim
