#include "command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "client/nearest.hpp"
#include "client/usage.hpp"
#include "client/version.hpp"
#include "help.hpp"

namespace chorus::sim {

namespace {

usage::Take any_world(WorldKind &to) {
    return usage::choice(to, {{"model", WorldKind::model}, {"real", WorldKind::real}, {"both", WorldKind::both}});
}

usage::Take one_world(WorldKind &to) {
    return usage::choice(to, {{"model", WorldKind::model}, {"real", WorldKind::real}});
}

// `check` returns a message if options contradict each other, and nothing otherwise.
usage::Command add_command(
    usage::Program &program, CommandLine &command_line, Command command, const char *name, const char *what,
    const std::function<std::string()> &check = [] { return std::string(); }) {
    usage::Command added = program.add_command(name, what);
    added.then([&command_line, command, check] {
        command_line.command = command;
        return check();
    });
    return added;
}

void add_timeout(usage::Command &command, std::optional<std::chrono::seconds> &limit) {
    command.option("--timeout", "SECONDS", "kill a program that a step spawns if it runs longer (default: no limit)",
                   usage::number(limit, 1, 1'000'000));
}

void add_run(usage::Program &program, CommandLine &command_line) {
    RunOptions &run = command_line.run;
    const auto check = [&run]() -> std::string {
        if (run.update && run.format != Format::text)
            return "--update prints a diff, and so goes with --format text only";
        return run.replace_blocked && !run.update ? "--replace-blocked goes with --update" : "";
    };
    usage::Command command = add_command(
        program, command_line, Command::run, "run",
        "Run scenarios and compare what every step comes to with what the file says. Prints one line for each file, "
        "and for one that fails the steps up to the first difference.",
        check);
    command.argument("FILE", "scenarios, or folders: all *.scn files below them", usage::texts(command_line.files))
        .any_number()
        .required();
    command.option("--world", "WORLD", "model (the default), real, or both, which must print the same",
                   any_world(run.world));
    command.option("--jobs", "N", "number of files to run at a time (default: 1)", usage::number(run.jobs, 1, 256));
    command.option("--times", "N", "number of times to run each file (default: 1)",
                   usage::number(run.times, 1, 1'000'000));
    command.option("--format", "FORMAT", "text (the default), tap, junit, json, or github: annotations of a workflow",
                   usage::choice(run.format, {{"text", Format::text},
                                              {"tap", Format::tap},
                                              {"junit", Format::junit},
                                              {"json", Format::json},
                                              {"github", Format::github}}));
    add_timeout(command, run.spawn_limit);
    command.flag("--update", run.update, "write the outcomes of the steps into the files, and print the changes");
    command.flag("--replace-blocked", run.replace_blocked, "allow --update to replace 'blocked' by another outcome");
    command.flag("--transcript", run.transcript, "print every step with its outcome, also of files that pass");
    command.set_examples({{"chorus-sim run counter.scn", "Run one scenario in the model."},
                          {"chorus-sim run --world both --jobs 4 tests",
                           "Run all scenarios below a folder in both worlds, four at a time."},
                          {"chorus-sim run --format junit tests > report.xml", "Write a report for a CI server."},
                          {"chorus-sim run --update counter.scn", "Write the outcomes that the model gives."}});
}

// I/N: part I of N parts.
usage::Take shard(ExploreOptions &options) {
    return [&options](const std::string &word) {
        unsigned long long part = 0, of = 0;
        char rest = 0;
        if (std::sscanf(word.c_str(), "%llu/%llu%c", &part, &of, &rest) != 2 || part >= of)
            return usage::in_quotes(word) + " is not I/N, with I from 0 to N-1";
        options.shard = part;
        options.shards = of;
        return std::string();
    };
}

void add_explore(usage::Program &program, CommandLine &command_line) {
    usage::Command command = add_command(
        program, command_line, Command::explore, "explore",
        "Run a scenario in every order of its interleaved steps, in the model. Prints how many orders there are, the "
        "first deadlock, and the first order in which an outcome differs from what the file says.");
    ExploreCommand &explore = command_line.explore;
    command.argument("FILE", "a scenario with 'interleave' in it", usage::text(explore.file)).required();
    command.option("--bound", "N", "run only orders in which actors that could go on are interrupted at most N times",
                   usage::number(explore.options.bound, 0, 1'000'000));
    command.flag("--all{false}", explore.options.reduce, "also run orders that are equal to others");
    command.option("--shard", "I/N", "run only part I of N, counted from 0", shard(explore.options));
    add_timeout(command, explore.spawn_limit);
    command.flag("--json{1}", explore.json, "print JSON, whose format is stable; --json=1 demands this version");
    command.set_examples(
        {{"chorus-sim explore locks.scn", "Find deadlocks and orders with other outcomes."},
         {"chorus-sim explore --bound 2 locks.scn", "The same with at most two interruptions: much faster."},
         {"chorus-sim explore --json --shard 0/16 locks.scn", "The first of 16 parts of the work."}});
}

void add_replay(usage::Program &program, CommandLine &command_line) {
    usage::Command command = add_command(program, command_line, Command::replay, "replay",
                                         "Run a scenario in one order. Prints every step with its outcome.");
    ReplayCommand &replay = command_line.replay;
    command.argument("FILE", "a scenario with 'interleave' in it", usage::text(replay.file)).required();
    command.argument("ORDER", "an order, as 'run' and 'explore' print it", usage::text(replay.order)).required();
    command.option("--world", "WORLD", "model (the default) or real", one_world(replay.world));
    add_timeout(command, replay.spawn_limit);
    command.set_examples({{"chorus-sim replay locks.scn abba --world real",
                           "The first actor makes a step, the second two, the first one."}});
}

void add_random(usage::Program &program, CommandLine &command_line) {
    RandomCommand &random = command_line.random;
    const auto check = [&random]() -> std::string {
        return random.print && random.world == WorldKind::both ? "--print shows one world: model or real, not both"
                                                               : "";
    };
    usage::Command command = add_command(
        program, command_line, Command::random, "random",
        "Run random workloads of all calls. One that fails is shortened and written to random-SEED.scn.", check);
    command.option("--seed", "N", "seed of the first round (default: another one each time)",
                   usage::number(random.seed, 0, UINT64_MAX));
    command.option("--actors", "N", "number of actors at the beginning (default: 4)",
                   usage::number(random.actors, 1, 12));
    command.option("--steps", "N", "number of steps in each round (default: 1000)",
                   usage::number(random.steps, 1, 1'000'000));
    command.option("--rounds", "N", "number of rounds, each with the next seed (default: 1)",
                   usage::number(random.rounds, 1, 1'000'000));
    command.option("--world", "WORLD", "model (the default), real, or both, which must print the same",
                   any_world(random.world));
    command.flag("--print", random.print, "print every step with its outcome, in the model or the real world");
    command.set_examples(
        {{"chorus-sim random --rounds 100 --world both", "Compare the two worlds in a hundred workloads."},
         {"chorus-sim random --seed 7 --steps 50 --print", "Print a short workload; the same each time."}});
}

void add_help(usage::Program &program, CommandLine &command_line) {
    usage::Command help =
        add_command(program, command_line, Command::help, "help",
                    "Explain a step of the scenario language, or a command: how it is written, what it does, "
                    "what it may come to, and an example.");
    help.argument("VERB", "a call, another word that begins a step, or a command", usage::text(command_line.verb));
    help.set_examples({{"chorus-sim help rgnAllocate", "Explain a call."},
                       {"chorus-sim help interleave", "Explain another word of the language."}});
    usage::Command verbs =
        add_command(program, command_line, Command::verbs, "verbs",
                    "List the verbs of the scenario language. Each line has a verb and what it does.");
    verbs.set_examples({{"chorus-sim verbs | grep sem", "Find the calls for semaphores."}});
}

void print_help(std::ostream &output, const VerbHelp &help) {
    usage::write_wrapped(output, "Usage: " + help.usage, 0, 0);
    output << '\n';
    usage::write_wrapped(output, help.what, 0, 0);
    if (!help.parts.empty()) output << '\n';
    for (const auto &[term, meaning] : help.parts) {
        output << "  " << term;
        usage::write_wrapped(output, meaning, 2 + term.size(), 24);
    }
    if (!help.outcomes.empty()) {
        output << '\n';
        usage::write_wrapped(output, "Outcomes: " + help.outcomes, 0, 0);
    }
    if (!help.example.empty()) output << "\nExample:\n";
    std::istringstream lines(help.example);
    for (std::string line; std::getline(lines, line);)
        output << "  " << line << '\n';
    if (!help.page.empty()) output << "\nManual page: " << help.page << '\n';
}

int help(const usage::Program &program, const std::string &word, std::ostream &output, std::ostream &errors) {
    const auto commands = program.command_names();
    if (const auto found = help_for(word)) {
        print_help(output, *found);
    } else if (word.empty()) {
        output << program.help();
    } else if (std::find(commands.begin(), commands.end(), word) != commands.end()) {
        output << program.help_for(word);
    } else {
        std::vector<std::string> known = commands;
        for (const auto &[verb, what] : all_verbs())
            known.push_back(verb);
        const std::string meant = client::did_you_mean(word, known);
        return program.fail(
            "there is no verb " + usage::in_quotes(word) + (meant.empty() ? "; 'chorus-sim verbs' lists them" : meant),
            errors);
    }
    return 0;
}

// A scenario or a folder, in the place of a command.
bool names_scenarios(const std::string &word, const usage::Program &program) {
    const auto commands = program.command_names();
    if (std::find(commands.begin(), commands.end(), word) != commands.end()) return false;
    std::error_code ignored;
    return word.ends_with(".scn") || std::filesystem::exists(word, ignored);
}

const std::vector<usage::Example> examples{
    {"chorus-sim run counter.scn", "Run one scenario in the model."},
    {"chorus-sim run --world both tests", "Run the scenarios below a folder, also on real processes."},
    {"chorus-sim explore locks.scn", "Run a scenario in every order of its interleaved steps."},
    {"chorus-sim help rgnAllocate", "Explain a step of the scenario language."},
};

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    usage::Program program(
        "chorus-sim",
        "Tests what ChorusOS actors do to each other. A scenario is a text of steps and their outcomes; it runs "
        "in a model and on real processes.",
        client::version_text("chorus-sim"));
    program.set_examples(examples);
    add_run(program, command_line);
    add_explore(program, command_line);
    add_replay(program, command_line);
    add_random(program, command_line);
    add_help(program, command_line);
    if (argc > 1 && names_scenarios(argv[1], program))
        return program.fail(usage::in_quotes(argv[1]) + " is not a command; did you mean " +
                                usage::in_quotes(std::string("chorus-sim run ") + argv[1]) + "?",
                            errors);
    if (const auto status = program.parse(argc, argv, output, errors)) return status;
    if (command_line.command == Command::help) return help(program, command_line.verb, output, errors);
    if (command_line.command != Command::verbs) return std::nullopt;
    for (const auto &[verb, what] : all_verbs())
        output << std::left << std::setw(20) << verb << ' ' << what.substr(0, what.find('.')) << '\n';
    return 0;
}

}  // namespace chorus::sim
