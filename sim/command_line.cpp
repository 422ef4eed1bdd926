#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <map>

namespace chorus::sim {

namespace {

const std::map<std::string, WorldKind> worlds{
    {"model", WorldKind::model}, {"real", WorldKind::real}, {"both", WorldKind::both}};
const std::map<std::string, Format> formats{
    {"text", Format::text}, {"tap", Format::tap}, {"junit", Format::junit}, {"json", Format::json}};

CLI::App &add_command(CLI::App &app, CommandLine &command_line, Command command, const char *name, const char *what) {
    CLI::App &added = *app.add_subcommand(name, what);
    added.callback([&command_line, command] { command_line.command = command; });
    return added;
}

void add_world(CLI::App &command, WorldKind &world, const std::string &what) {
    command.add_option("--world", world, what)->transform(CLI::CheckedTransformer(worlds, CLI::ignore_case));
}

void add_run(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(app, command_line, Command::run, "run", "run scenarios");
    RunOptions &run = command_line.run;
    command.add_option("FILE", command_line.files, "scenarios (*.scn)")->required();
    add_world(command, run.world, "model (if nothing is said), real, or both, which must print the same");
    command.add_option("--jobs", run.jobs, "so many files at a time")->check(CLI::Range(1U, 256U));
    command.add_option("--times", run.times, "each file so often")->check(CLI::Range(1U, 1'000'000U));
    command.add_option("--format", run.format, "text, tap, junit or json")
        ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case));
    command.add_flag("--update", run.update, "write what comes of the steps into the files");
    command.add_flag("--transcript", run.transcript, "print what came of every step, also where all is well");
}

void add_explore(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(app, command_line, Command::explore, "explore",
                                    "run a scenario in every order of its interleaved steps");
    ExploreCommand &explore = command_line.explore;
    command.add_option("FILE", explore.file, "a scenario")->required();
    command
        .add_option("--bound", explore.options.bound, "at most so many times an actor is interrupted that could go on")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("!--all", explore.options.reduce, "orders, too, that are equal to others");
    command.add_option("--shard", explore.shard, "I/N: part I of N, from 0");
    command.add_flag("--json", explore.json, "print JSON");
}

void add_replay(CLI::App &app, CommandLine &command_line) {
    CLI::App &command =
        add_command(app, command_line, Command::replay, "replay", "run a scenario in one order, step by step");
    ReplayCommand &replay = command_line.replay;
    command.add_option("FILE", replay.file, "a scenario")->required();
    command.add_option("ORDER", replay.order, "as explore prints it")->required();
    add_world(command, replay.world, "model (if nothing is said) or real");
}

void add_random(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(app, command_line, Command::random, "random", "run random workloads of all calls");
    RandomCommand &random = command_line.random;
    command.add_option("--seed", random.seed, "of the first one (another one each time, if nothing is said)");
    command.add_option("--actors", random.actors, "to begin with")->check(CLI::Range(1U, 12U));
    command.add_option("--steps", random.steps, "of each round")->check(CLI::Range(1U, 1'000'000U));
    command.add_option("--rounds", random.rounds, "each with the next seed")->check(CLI::Range(1U, 1'000'000U));
    add_world(command, random.world, "model (if nothing is said), real, or both, which must print the same");
    command.add_flag("--print", random.print, "print what comes of the steps, in the model or the real world");
}

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app{"chorus-sim: what actors do, as scripts. Runs them in a model or on real processes."};
    app.require_subcommand(1);
    add_run(app, command_line);
    add_explore(app, command_line);
    add_replay(app, command_line);
    add_random(app, command_line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, output, errors);
    }
    return std::nullopt;
}

}  // namespace chorus::sim
