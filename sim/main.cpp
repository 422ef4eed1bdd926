// chorus-sim: scripts of what actors do, run, explored and replayed. docs/scenarios.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "explore/commands.hpp"
#include "random/command.hpp"
#include "run/runner.hpp"

namespace {

using namespace chorus::sim;

const std::map<std::string, WorldKind> worlds{
    {"model", WorldKind::model}, {"real", WorldKind::real}, {"both", WorldKind::both}};
const std::map<std::string, Format> formats{
    {"text", Format::text}, {"tap", Format::tap}, {"junit", Format::junit}, {"json", Format::json}};

void add_world(CLI::App &command, WorldKind &world, const std::string &what) {
    command.add_option("--world", world, what)->transform(CLI::CheckedTransformer(worlds, CLI::ignore_case));
}

int main_with(CLI::App &app, int argc, char **argv) {
    app.require_subcommand(1);
    int status = 0;

    RunOptions run;
    std::vector<std::string> files;
    CLI::App &run_command = *app.add_subcommand("run", "run scenarios");
    run_command.add_option("FILE", files, "scenarios (*.scn)")->required();
    add_world(run_command, run.world, "model (if nothing is said), real, or both, which must print the same");
    run_command.add_option("--jobs", run.jobs, "so many files at a time")->check(CLI::Range(1U, 256U));
    run_command.add_option("--times", run.times, "each file so often")->check(CLI::Range(1U, 1'000'000U));
    run_command.add_option("--format", run.format, "text, tap, junit or json")
        ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case));
    run_command.add_flag("--update", run.update, "write what comes of the steps into the files");
    run_command.add_flag("--transcript", run.transcript, "print what came of every step, also where all is well");
    run_command.callback([&] { status = run_files(files, run); });

    ExploreCommand explore;
    CLI::App &explore_command =
        *app.add_subcommand("explore", "run a scenario in every order of its interleaved steps");
    explore_command.add_option("FILE", explore.file, "a scenario")->required();
    explore_command
        .add_option("--bound", explore.options.bound, "at most so many times an actor is interrupted that could go on")
        ->check(CLI::NonNegativeNumber);
    explore_command.add_flag("!--all", explore.options.reduce, "orders, too, that are equal to others");
    explore_command.add_option("--shard", explore.shard, "I/N: part I of N, from 0");
    explore_command.add_flag("--json", explore.json, "print JSON");
    explore_command.callback([&] { status = explore_file(explore); });

    ReplayCommand replay;
    CLI::App &replay_command = *app.add_subcommand("replay", "run a scenario in one order, step by step");
    replay_command.add_option("FILE", replay.file, "a scenario")->required();
    replay_command.add_option("ORDER", replay.order, "as explore prints it")->required();
    add_world(replay_command, replay.world, "model (if nothing is said) or real");
    replay_command.callback([&] { status = replay_file(replay); });

    RandomCommand random;
    CLI::App &random_command = *app.add_subcommand("random", "run random workloads of all calls");
    random_command.add_option("--seed", random.seed, "of the first one (another one each time, if nothing is said)");
    random_command.add_option("--actors", random.actors, "to begin with")->check(CLI::Range(1U, 12U));
    random_command.add_option("--steps", random.steps, "of each round")->check(CLI::Range(1U, 1'000'000U));
    random_command.add_option("--rounds", random.rounds, "each with the next seed")->check(CLI::Range(1U, 1'000'000U));
    add_world(random_command, random.world, "model (if nothing is said), real, or both, which must print the same");
    random_command.add_flag("--print", random.print, "print what comes of the steps, in the model or the real world");
    random_command.callback([&] { status = run_random(random); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    }
    return status;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app{"chorus-sim: what actors do, as scripts. Runs them in a model or on real processes."};
    try {
        return main_with(app, argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "chorus-sim: %s\n", error.what());
        return 1;
    }
}
