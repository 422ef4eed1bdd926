#include "cli/command_line.hpp"

#include <string_view>

#include "cli/size.hpp"
#include "client/usage.hpp"
#include "client/version.hpp"

namespace chorus::cli {

namespace {

// ---- Values

// Turns a number or "unlimited" into a number.
CLI::Validator limit() {
    return CLI::Validator(
        [](std::string &text) {
            if (text == "unlimited") text = std::to_string(unlimited);
            const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
            const bool fits = digits && read_size(text);
            return fits ? std::string() : usage::in_quotes(text) + " is not a number or 'unlimited'";
        },
        "");
}

// --bytes of `quota` is a limit, or asks for exact sizes.
void set_bytes(CommandLine &command_line, const std::string &text) {
    if (text.empty()) {
        command_line.options.view.exact_sizes = true;
        return;
    }
    command_line.quota.bytes = text == "unlimited" ? unlimited : read_size(text);
    if (!command_line.quota.bytes)
        throw CLI::ValidationError("--bytes", usage::in_quotes(text) + " is not a size, as 64MiB, or 'unlimited'");
}

// A number of seconds with decimal places.
std::string check_interval(std::string &text) {
    double seconds = 0;
    const bool number = CLI::detail::lexical_cast(text, seconds);
    if (number && seconds >= 0.01 && seconds <= 86'400) return {};
    return usage::in_quotes(text) + " is not a number of seconds from 0.01 to 86400";
}

// ---- Options that commands share

void add_site(CLI::App &command, Options &options) {
    command.add_option("--site", options.site, "the site to talk to (default: CHORUS_SITE, or the site 'default')")
        ->type_name("NAME");
}

void add_actors(CLI::App &command, Options &options, const char *what) {
    command.add_option("ACTOR", options.actors, what);
}

void add_json(CLI::App &command, Options &options) {
    command.add_flag("--json{1}", options.json, "print JSON, whose format is stable; --json=1 demands this version")
        ->group("Output");
}

// Of a command that prints a table. `sizes`: there are numbers of bytes in it, and no other option is called --bytes.
void add_view(CLI::App &command, Options &options, bool sizes) {
    command
        .add_option("--filter", options.view.filters,
                    "show rows of which this holds: COLUMN=VALUE, or with !=, <, <=, >, >= or ~ (contains) for =; "
                    "may be repeated")
        ->type_name("TEST")
        ->group("Rows")
        ->allow_extra_args(false);
    command
        .add_option("--sort", options.view.sort, "sort by columns, separated by commas; -COLUMN for descending order")
        ->type_name("COLUMN")
        ->group("Rows")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_json(command, options);
    command.add_flag("--no-headers{false}", options.view.headers, "leave out the line with the names of columns")
        ->group("Output");
    if (sizes)
        command.add_flag("--bytes", options.view.exact_sizes, "print sizes in bytes, not KiB or MiB")->group("Output");
    command
        .add_option("--color", options.colour, "auto (default: on a terminal, unless NO_COLOR is set), always or never")
        ->type_name("WHEN")
        ->group("Output")
        ->transform(
            usage::choice<Colour>({{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}}));
    command.add_flag("-w,--watch", options.watch, "print again every second, until interrupted")->group("Output");
    command.add_option("-n,--interval", options.interval_s, "seconds between two outputs of --watch (default: 1)")
        ->type_name("SECONDS")
        ->group("Output")
        ->check(CLI::Validator(check_interval, ""));
    add_site(command, options);
}

// ---- Commands

void add_run(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(command, {{"chorus run ./worker --fast",
                                   "Run in the site that CHORUS_SITE names, or 'default', or a private kernel."},
                                  {"chorus run --site lab ./worker", "Run in the site 'lab'."}});
    RunOptions &program = command_line.program;
    command.prefix_command()->positionals_at_end();
    command
        .add_option("--site", program.site,
                    "the site to run in (default: CHORUS_SITE, or the site 'default', or a private kernel)")
        ->type_name("NAME");
    command.add_flag("--supervisor", program.supervisor, "start it as a supervisor actor");
    command.add_flag("--trusted", program.trusted, "start it as a system actor, which may use privileged calls");
    command.add_option("PROGRAM", program.words, "the program and its arguments")->required();
}

void add_ps(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(command, {{"chorus ps --tree", "Show which actor has started which."},
                                  {"chorus ps --filter STATE=stopped", "List stopped actors."},
                                  {"chorus ps --watch --sort=-AID", "Show the newest actors first, every second."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    command.add_flag("--tree", command_line.tree, "put actors below the actor that has started them")->group("Rows");
    add_view(command, command_line.options, false);
}

void add_regions(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(
        command, {{"chorus regions worker-3 --segment 5", "Show where the actor 'worker-3' has segment 5."},
                  {"chorus regions --filter 'SIZE>=64MiB' --sort=-SIZE", "List large regions, the largest first."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    command.add_option("--segment", command_line.segments, "show regions of this segment only; may be repeated")
        ->type_name("NUMBER")
        ->group("Rows")
        ->allow_extra_args(false)
        ->check(usage::number(0, unlimited));
    add_view(command, command_line.options, true);
}

void add_waits(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(
        command, {{"chorus waits worker-3", "Show what the actor 'worker-3' waits for."},
                  {"chorus waits --filter 'ASLEEP>10'", "List threads that have slept for more than 10 seconds."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    add_view(command, command_line.options, false);
}

void add_quota(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(command, {{"chorus quota --regions 100 --bytes 64MiB", "Limit every actor."},
                                  {"chorus quota --user --actors unlimited", "Lift a limit for each user."}});
    QuotaOptions &quota = command_line.quota;
    const auto add_limit = [&](const char *name, std::optional<std::uint64_t> &value, const char *what) {
        command.add_option(name, value, what)->type_name("LIMIT")->group("Limits")->transform(limit());
    };
    command.add_flag("--user,!--actor", quota.of_users, "set limits for each user, or for each actor (default)")
        ->group("Limits");
    add_limit("--regions", quota.regions, "regions");
    command
        .add_option_function<std::string>(
            "--bytes", [&](const std::string &text) { set_bytes(command_line, text); },
            "bytes of regions that have memory; without LIMIT: print sizes in bytes, not KiB or MiB")
        ->type_name("LIMIT")
        ->group("Limits")
        ->expected(0, 1);
    add_limit("--actors", quota.actors, "actors; for an actor, those that it has started");
    add_limit("--calls", quota.calls, "calls in flight; calls that an actor sends ahead count as one");
    add_view(command, command_line.options, false);
}

void add_kill(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(command, {{"chorus kill 11 worker-3", "End actor 11 and the actor 'worker-3'."}});
    add_actors(command, command_line.options, "an AID, a name or a capability");
    command.get_option("ACTOR")->required();
    add_json(command, command_line.options);
    add_site(command, command_line.options);
}

void add_sites(CLI::App &command, CommandLine &command_line) {
    usage::set_examples(command, {{"chorus sites --filter STATE=ready", "List the sites of this user."}});
    add_view(command, command_line.options, false);
    command.remove_option(command.get_option("--site"));
}

struct CommandInfo {
    Command command;
    const char *name;
    const char *alias;  // its name on a ChorusOS console, or the same again
    const char *what;
    void (*add_options)(CLI::App &command, CommandLine &command_line);
};

constexpr CommandInfo all_commands[] = {
    {Command::run, "run", "arun",
     "Start a program as an actor. Ends when the program ends, with its exit status, or 128 plus the number of the "
     "signal that ended it.",
     add_run},
    {Command::ps, "ps", "aps", "List the actors of a site.", add_ps},
    {Command::regions, "regions", "regions", "List the regions of actors.", add_regions},
    {Command::waits, "waits", "waits",
     "List threads that sleep on semaphores, in the order in which they will be woken, and calls that wait for other "
     "actors.",
     add_waits},
    {Command::quota, "quota", "quota",
     "Show what users have and what each actor and each user may have at most. With limits, set them.", add_quota},
    {Command::kill, "kill", "akill", "Stop and delete actors.", add_kill},
    {Command::sites, "sites", "sites", "List the sites whose kernels run on this machine.", add_sites},
};

void add_command(CLI::App &app, const CommandInfo &info, const std::vector<std::string_view> &words,
                 CommandLine &command_line) {
    CLI::App &command = *app.add_subcommand(info.name, info.what);
    if (std::string_view(info.alias) != info.name) command.alias(info.alias);
    command.callback([&command_line, &info] {
        command_line.command = info.command;
        command_line.name = info.name;
    });
    // Options of other commands cost most of the time in which `chorus` starts.
    const auto names_it = [&](std::string_view word) { return word == info.name || word == info.alias; };
    if (std::any_of(words.begin(), words.end(), names_it)) info.add_options(command, command_line);
}

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app("Starts ChorusOS actors on Linux and shows what their kernel knows.", "chorus");
    usage::set_up(app, client::version_text("chorus"));
    usage::set_examples(app, {{"chorusd --site lab &", "Start a kernel for the site 'lab'."},
                              {"chorus run --site lab ./worker", "Start a program as an actor of that site."},
                              {"chorus ps --site lab", "List its actors."}});
    app.require_subcommand(1);
    const std::vector<std::string_view> words(argv, argv + argc);
    for (const CommandInfo &info : all_commands)
        add_command(app, info, words, command_line);
    if (argc <= 1) {
        errors << app.help();
        return usage::wrong_usage;
    }
    return usage::parse(app, argc, argv, output, errors);
}

}  // namespace chorus::cli
