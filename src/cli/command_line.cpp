#include "cli/command_line.hpp"

#include "client/usage.hpp"
#include "client/version.hpp"

namespace chorus::cli {

namespace {

const auto any_aid = CLI::Range(1U, 0x7fffffffU);

CLI::App &add_command(CLI::App &app, CommandLine &command_line, Command command, const char *name, const char *what) {
    CLI::App &added = *app.add_subcommand(name, what);
    added.callback([&command_line, command] { command_line.command = command; });
    return added;
}

void add_options(CLI::App &command, Options &options) {
    command.add_option("--site", options.site, "the site to talk to (else CHORUS_SITE, else 'default')");
    command.add_flag("--json", options.json, "print JSON");
}

void add_run(CLI::App &app, CommandLine &command_line) {
    CLI::App &command = add_command(app, command_line, Command::run, "run",
                                    "start a program as an actor; exits as it does, or with 128 + its signal");
    RunOptions &program = command_line.program;
    command.alias("arun")->prefix_command()->positionals_at_end();
    command.add_option("--site", program.site, "the site to run in (else CHORUS_SITE, 'default', a private kernel)");
    command.add_flag("--supervisor", program.supervisor, "as a supervisor actor");
    command.add_flag("--trusted", program.trusted, "as a system actor, which may use privileged calls");
    command.add_option("PROGRAM", program.words, "the program and its arguments")->required();
}

void add_others(CLI::App &app, CommandLine &command_line) {
    CLI::App &ps = add_command(app, command_line, Command::ps, "ps", "list the actors of a site");
    add_options(*ps.alias("aps"), command_line.options);

    CLI::App &regions =
        add_command(app, command_line, Command::regions, "regions", "list the regions of an actor, or of all");
    add_options(regions, command_line.options);
    regions.add_option("AID", command_line.actor, "the actor")->check(any_aid);

    CLI::App &waits = add_command(app, command_line, Command::waits, "waits",
                                  "list who waits: threads on semaphores, calls for other actors");
    add_options(waits, command_line.options);

    CLI::App &quota = add_command(app, command_line, Command::quota, "quota",
                                  "list what users have and may have, and set what each may have at most");
    add_options(quota, command_line.options);
    quota.add_flag("--user,!--actor", command_line.quota.of_users, "set it for each user (else for each actor)");
    quota.add_option("--regions", command_line.quota.regions, "regions at most");
    quota.add_option("--bytes", command_line.quota.bytes, "bytes of regions with memory at most")
        ->transform(CLI::AsSizeValue(false));
    quota.add_option("--actors", command_line.quota.actors, "actors at most, of an actor: that it has started");
    quota.add_option("--calls", command_line.quota.calls,
                     "calls in flight at most; of those that an actor sends ahead, one counts");

    CLI::App &kill = add_command(app, command_line, Command::kill, "kill", "stop and delete an actor");
    add_options(*kill.alias("akill"), command_line.options);
    kill.add_option("AID", command_line.actor, "the actor")->required()->check(any_aid);
}

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app("Starts ChorusOS actors on Linux and shows what their kernel knows.", "chorus");
    usage::set_up(app, client::version_text("chorus"));
    app.require_subcommand(1);
    add_run(app, command_line);
    add_others(app, command_line);
    return usage::parse(app, argc, argv, output, errors);
}

}  // namespace chorus::cli
