// chorus: starts actors and looks into the kernel.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>

#include "cli/commands.hpp"
#include "client/console.hpp"

namespace {

using namespace chorus::cli;

const auto any_aid = CLI::Range(1U, 0x7fffffffU);

void add_options(CLI::App &command, Options &options) {
    command.add_option("--site", options.site, "the site to talk to (else CHORUS_SITE, else 'default')");
    command.add_flag("--json", options.json, "print JSON");
}

int main_with(CLI::App &app, int argc, char **argv) {
    app.require_subcommand(1);
    int status = 0;
    Options options;
    std::uint32_t actor = 0;

    RunOptions program;
    CLI::App &run_command =
        *app.add_subcommand("run", "start a program as an actor; exits as it does, or with 128 + its signal");
    run_command.alias("arun")->prefix_command()->positionals_at_end();
    run_command.add_option("--site", program.site,
                           "the site to run in (else CHORUS_SITE, 'default', a private kernel)");
    run_command.add_flag("--supervisor", program.supervisor, "as a supervisor actor");
    run_command.add_flag("--trusted", program.trusted, "as a system actor, which may use privileged calls");
    run_command.add_option("PROGRAM", program.words, "the program and its arguments")->required();
    run_command.callback([&] { status = run(program); });

    CLI::App &ps_command = *app.add_subcommand("ps", "list the actors of a site")->alias("aps");
    add_options(ps_command, options);
    ps_command.callback([&] { print_actors(options); });

    CLI::App &regions_command = *app.add_subcommand("regions", "list the regions of an actor, or of all");
    add_options(regions_command, options);
    regions_command.add_option("AID", actor, "the actor")->check(any_aid);
    regions_command.callback([&] { print_regions(options, actor); });

    CLI::App &waits_command =
        *app.add_subcommand("waits", "list who waits: threads on semaphores, calls for other actors");
    add_options(waits_command, options);
    waits_command.callback([&] { print_waits(options); });

    CLI::App &kill_command = *app.add_subcommand("kill", "stop and delete an actor")->alias("akill");
    add_options(kill_command, options);
    kill_command.add_option("AID", actor, "the actor")->required()->check(any_aid);
    kill_command.callback([&] { kill_actor(options, actor); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    }
    return status;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app{"chorus: ChorusOS actors on Linux. Start them and look into their kernel."};
    try {
        return main_with(app, argc, argv);
    } catch (const chorus::client::Problem &problem) {
        std::fprintf(stderr, "chorus: %s\n", problem.text.c_str());
        return 1;
    }
}
