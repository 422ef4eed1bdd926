#include "command_line.hpp"

#include <cstdio>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "client/usage.hpp"
#include "client/version.hpp"
#include "help.hpp"

namespace chorus::sim {

namespace {

const CLI::Validator any_world =
    usage::choice<WorldKind>({{"model", WorldKind::model}, {"real", WorldKind::real}, {"both", WorldKind::both}});
const CLI::Validator one_world = usage::choice<WorldKind>({{"model", WorldKind::model}, {"real", WorldKind::real}});
const CLI::Validator format = usage::choice<Format>({{"text", Format::text},
                                                     {"tap", Format::tap},
                                                     {"junit", Format::junit},
                                                     {"json", Format::json},
                                                     {"github", Format::github}});

CLI::App &add_command(CLI::App &app, CommandLine &command_line, Command command, const char *name, const char *what) {
    CLI::App &added = *app.add_subcommand(name, what);
    added.callback([&command_line, command] { command_line.command = command; });
    return added;
}

CLI::Option *add_world(CLI::App &command, WorldKind &world, const char *what) {
    return command.add_option("--world", world, what)->type_name("WORLD");
}

void add_timeout(CLI::App &command, std::optional<std::chrono::seconds> &limit) {
    command
        .add_option_function<unsigned>(
            "--timeout", [&limit](unsigned seconds) { limit = std::chrono::seconds(seconds); },
            "kill a program that a step spawns if it runs longer (default: no limit)")
        ->type_name("SECONDS")
        ->check(usage::number(1, 1'000'000));
}

void add_run(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(
        app, command_line, Command::run, "run",
        "Run scenarios and compare what every step comes to with what the file says. Prints one line for each file, "
        "and for one that fails the steps up to the first difference.");
    RunOptions &run = command_line.run;
    command.add_option("FILE", command_line.files, "scenarios, or folders: all *.scn files below them")->required();
    add_world(command, run.world, "model (the default), real, or both, which must print the same")
        ->transform(any_world);
    command.add_option("--jobs", run.jobs, "number of files to run at a time (default: 1)")
        ->type_name("N")
        ->check(usage::number(1, 256));
    command.add_option("--times", run.times, "number of times to run each file (default: 1)")
        ->type_name("N")
        ->check(usage::number(1, 1'000'000));
    command
        .add_option("--format", run.format,
                    "text (the default), tap, junit, json, or github: annotations of a workflow")
        ->type_name("FORMAT")
        ->transform(format);
    add_timeout(command, run.spawn_limit);
    command.add_flag("--update", run.update, "write the outcomes of the steps into the files, and print the changes");
    command.add_flag("--replace-blocked", run.replace_blocked,
                     "allow --update to replace 'blocked' by another outcome");
    command.add_flag("--transcript", run.transcript, "print every step with its outcome, also of files that pass");
    command.callback([&command_line, &run] {
        command_line.command = Command::run;
        if (run.update && run.format != Format::text)
            throw CLI::ValidationError("--update prints a diff, and so goes with --format text only");
        if (run.replace_blocked && !run.update) throw CLI::ValidationError("--replace-blocked goes with --update");
    });
    usage::set_examples(command,
                        {{"chorus-sim run counter.scn", "Run one scenario in the model."},
                         {"chorus-sim run --world both --jobs 4 tests",
                          "Run all scenarios below a folder in both worlds, four at a time."},
                         {"chorus-sim run --format junit tests > report.xml", "Write a report for a CI server."},
                         {"chorus-sim run --update counter.scn", "Write the outcomes that the model gives."}});
}

// I/N: part I of N parts.
void add_shard(CLI::App &command, ExploreOptions &options) {
    const auto read = [&options](const std::string &text) {
        unsigned long long part = 0, of = 0;
        char rest = 0;
        if (std::sscanf(text.c_str(), "%llu/%llu%c", &part, &of, &rest) != 2 || part >= of)
            throw CLI::ValidationError("--shard is I/N, with I from 0 to N-1, not " + usage::in_quotes(text));
        options.shard = part;
        options.shards = of;
    };
    command.add_option_function<std::string>("--shard", read, "run only part I of N, counted from 0")->type_name("I/N");
}

void add_explore(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(
        app, command_line, Command::explore, "explore",
        "Run a scenario in every order of its interleaved steps, in the model. Prints how many orders there are, the "
        "first deadlock, and the first order in which an outcome differs from what the file says.");
    ExploreCommand &explore = command_line.explore;
    command.add_option("FILE", explore.file, "a scenario with 'interleave' in it")->required();
    command
        .add_option("--bound", explore.options.bound,
                    "run only orders in which actors that could go on are interrupted at most N times")
        ->type_name("N")
        ->check(usage::number(0, 1'000'000));
    command.add_flag_callback(
        "--all", [&explore] { explore.options.reduce = false; }, "also run orders that are equal to others");
    add_shard(command, explore.options);
    add_timeout(command, explore.spawn_limit);
    command.add_flag("--json{1}", explore.json, "print JSON, whose format is stable; --json=1 demands this version");
    usage::set_examples(
        command, {{"chorus-sim explore locks.scn", "Find deadlocks and orders with other outcomes."},
                  {"chorus-sim explore --bound 2 locks.scn", "The same with at most two interruptions: much faster."},
                  {"chorus-sim explore --json --shard 0/16 locks.scn", "The first of 16 parts of the work."}});
}

void add_replay(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(app, command_line, Command::replay, "replay",
                                    "Run a scenario in one order. Prints every step with its outcome.");
    ReplayCommand &replay = command_line.replay;
    command.add_option("FILE", replay.file, "a scenario with 'interleave' in it")->required();
    command.add_option("ORDER", replay.order, "an order, as 'run' and 'explore' print it")->required();
    add_world(command, replay.world, "model (the default) or real")->transform(one_world);
    add_timeout(command, replay.spawn_limit);
    usage::set_examples(command, {{"chorus-sim replay locks.scn abba --world real",
                                   "The first actor makes a step, the second two, the first one."}});
}

void add_random(CLI::App &app, CommandLine &command_line) {
    CLI::App &command =
        add_command(app, command_line, Command::random, "random",
                    "Run random workloads of all calls. One that fails is shortened and written to random-SEED.scn.");
    RandomCommand &random = command_line.random;
    command.add_option("--seed", random.seed, "seed of the first round (default: another one each time)")
        ->type_name("N")
        ->check(usage::number(0, UINT64_MAX));
    command.add_option("--actors", random.actors, "number of actors at the beginning (default: 4)")
        ->type_name("N")
        ->check(usage::number(1, 12));
    command.add_option("--steps", random.steps, "number of steps in each round (default: 1000)")
        ->type_name("N")
        ->check(usage::number(1, 1'000'000));
    command.add_option("--rounds", random.rounds, "number of rounds, each with the next seed (default: 1)")
        ->type_name("N")
        ->check(usage::number(1, 1'000'000));
    add_world(command, random.world, "model (the default), real, or both, which must print the same")
        ->transform(any_world);
    command.add_flag("--print", random.print, "print every step with its outcome, in the model or the real world");
    command.callback([&command_line] {
        command_line.command = Command::random;
        if (command_line.random.print && command_line.random.world == WorldKind::both)
            throw CLI::ValidationError("--print shows one world: model or real, not both");
    });
    usage::set_examples(
        command, {{"chorus-sim random --rounds 100 --world both", "Compare the two worlds in a hundred workloads."},
                  {"chorus-sim random --seed 7 --steps 50 --print", "Print a short workload; the same each time."}});
}

void add_help(CLI::App &app, CommandLine &command_line) {
    CLI::App &help =
        add_command(app, command_line, Command::help, "help",
                    "Explain a step of the scenario language, or a command: how it is written, what it does, "
                    "what it may come to, and an example.");
    help.add_option("VERB", command_line.verb, "a call, another word that begins a step, or a command");
    usage::set_examples(help, {{"chorus-sim help rgnAllocate", "Explain a call."},
                               {"chorus-sim help interleave", "Explain another word of the language."}});
    CLI::App &verbs = add_command(app, command_line, Command::verbs, "verbs",
                                  "List the verbs of the scenario language. Each line has a verb and what it does.");
    usage::set_examples(verbs, {{"chorus-sim verbs | grep sem", "Find the calls for semaphores."}});
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

int help(const CLI::App &app, const std::string &word, std::ostream &output, std::ostream &errors) {
    const auto commands = usage::command_names(app);
    if (const auto found = help_for(word)) {
        print_help(output, *found);
    } else if (word.empty()) {
        output << usage::HelpFormatter().make_help(&app, "", CLI::AppFormatMode::Normal);
    } else if (std::find(commands.begin(), commands.end(), word) != commands.end()) {
        output << app.get_subcommand(word)->help();
    } else {
        std::vector<std::string> known = commands;
        for (const auto &[verb, what] : all_verbs())
            known.push_back(verb);
        const std::string meant = client::did_you_mean(word, known);
        return usage::fail(
            app,
            "there is no verb " + usage::in_quotes(word) + (meant.empty() ? "; 'chorus-sim verbs' lists them" : meant),
            errors);
    }
    return 0;
}

// A scenario or a folder, in the place of a command.
bool names_scenarios(const std::string &word, const CLI::App &app) {
    const auto commands = usage::command_names(app);
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
    CLI::App app(
        "Tests what ChorusOS actors do to each other. A scenario is a text of steps and their outcomes; it runs "
        "in a model and on real processes.",
        "chorus-sim");
    usage::set_up(app, client::version_text("chorus-sim"));
    usage::set_examples(app, examples);
    app.require_subcommand(1);
    add_run(app, command_line);
    add_explore(app, command_line);
    add_replay(app, command_line);
    add_random(app, command_line);
    add_help(app, command_line);
    if (argc > 1 && names_scenarios(argv[1], app))
        return usage::fail(app,
                           usage::in_quotes(argv[1]) + " is not a command; did you mean " +
                               usage::in_quotes(std::string("chorus-sim run ") + argv[1]) + "?",
                           errors);
    if (const auto status = usage::parse(app, argc, argv, output, errors)) return status;
    if (command_line.command == Command::help) return help(app, command_line.verb, output, errors);
    if (command_line.command != Command::verbs) return std::nullopt;
    for (const auto &[verb, what] : all_verbs())
        output << std::left << std::setw(20) << verb << ' ' << what.substr(0, what.find('.')) << '\n';
    return 0;
}

}  // namespace chorus::sim
