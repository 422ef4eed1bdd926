#include "cli/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <ostream>
#include <string_view>
#include <system_error>

#include "cli/size.hpp"
#include "client/usage.hpp"
#include "client/version.hpp"

namespace chorus::cli {

namespace {

// ---- Values

// Stores a number; "unlimited" is one, too.
usage::Take limit(std::optional<std::uint64_t> &to) {
    return [&to](const std::string &word) {
        const bool digits = word.find_first_not_of("0123456789") == std::string::npos;
        to = word == "unlimited" ? unlimited : digits ? read_size(word) : std::nullopt;
        return to ? std::string() : usage::in_quotes(word) + " is not a number or 'unlimited'";
    };
}

// --bytes of `quota` is a limit, or asks for exact sizes.
usage::Take limit_of_bytes(CommandLine &command_line) {
    return [&command_line](const std::string &word) {
        if (word.empty()) {
            command_line.options.view.exact_sizes = true;
            return std::string();
        }
        auto &bytes = command_line.quota.bytes;
        bytes = word == "unlimited" ? unlimited : read_size(word);
        return bytes ? std::string() : usage::in_quotes(word) + " is not a size, as 64MiB, or 'unlimited'";
    };
}

// A number of seconds with decimal places.
usage::Take interval(double &to) {
    return [&to](const std::string &word) {
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), to);
        const bool number = error == std::errc() && end == word.data() + word.size();
        if (number && to >= 0.01 && to <= 86'400) return std::string();
        return usage::in_quotes(word) + " is not a number of seconds from 0.01 to 86400";
    };
}

// ---- Options that commands share

void add_site(usage::Command &command, Options &options) {
    command.option("--site", "NAME", "the site to talk to (default: CHORUS_SITE, or the site 'default')",
                   usage::text(options.site));
}

usage::Option add_actors(usage::Command &command, Options &options, const char *what) {
    return command.argument("ACTOR", what, usage::texts(options.actors)).any_number();
}

void add_json(usage::Command &command, Options &options) {
    command.flag("--json{1}", options.json, "print JSON, whose format is stable; --json=1 demands this version")
        .group("Output");
}

// Of a command that prints a table.
void add_view(usage::Command &command, Options &options) {
    command
        .option("--filter", "TEST",
                "show rows of which this holds: COLUMN=VALUE, or with !=, <, <=, >, >= or ~ (contains) for =; "
                "may be repeated",
                usage::texts(options.view.filters))
        .group("Rows")
        .repeatable();
    command
        .option("--sort", "COLUMN", "sort by columns, separated by commas; -COLUMN for descending order",
                usage::texts(options.view.sort))
        .group("Rows")
        .list();
    add_json(command, options);
    command.flag("--no-headers{false}", options.view.headers, "leave out the line with the names of columns")
        .group("Output");
    command
        .option("--color", "WHEN", "auto (default: on a terminal, unless NO_COLOR is set), always or never",
                usage::choice(options.colour,
                              {{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}}))
        .group("Output");
    command.flag("-w,--watch", options.watch, "print again every second, until interrupted").group("Output");
    command
        .option("-n,--interval", "SECONDS", "seconds between two outputs of --watch (default: 1)",
                interval(options.interval_s))
        .group("Output");
}

// ---- Commands

void add_run(usage::Command &command, CommandLine &command_line) {
    command.set_examples(
        {{"chorus run ./worker --fast", "Run in the site that CHORUS_SITE names, or 'default', or a private kernel."},
         {"chorus run --site lab ./worker", "Run in the site 'lab'."}});
    RunOptions &program = command_line.program;
    command.end_at_first_argument();
    command.option("--site", "NAME",
                   "the site to run in (default: CHORUS_SITE, or the site 'default', or a private kernel)",
                   usage::text(program.site));
    command.flag("--supervisor", program.supervisor, "start it as a supervisor actor");
    command.flag("--trusted", program.trusted, "start it as a system actor, which may use privileged calls");
    command.argument("PROGRAM", "the program and its arguments", usage::texts(program.words)).any_number().required();
}

void add_ps(usage::Command &command, CommandLine &command_line) {
    command.set_examples({{"chorus ps --tree", "Show which actor has started which."},
                          {"chorus ps --filter STATE=stopped", "List stopped actors."},
                          {"chorus ps --watch --sort=-AID", "Show the newest actors first, every second."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    command.flag("--tree", command_line.tree, "put actors below the actor that has started them").group("Rows");
    add_view(command, command_line.options);
    add_site(command, command_line.options);
}

void add_regions(usage::Command &command, CommandLine &command_line) {
    command.set_examples(
        {{"chorus regions worker-3 --segment 5", "Show where the actor 'worker-3' has segment 5."},
         {"chorus regions --filter 'SIZE>=64MiB' --sort=-SIZE", "List large regions, the largest first."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    command
        .option("--segment", "NUMBER", "show regions of this segment only; may be repeated",
                [&command_line](const std::string &word) {
                    std::uint64_t number = 0;
                    std::string wrong = usage::read_number(word, 0, unlimited, number);
                    if (wrong.empty()) command_line.segments.push_back(number);
                    return wrong;
                })
        .group("Rows")
        .repeatable();
    add_view(command, command_line.options);
    command.flag("--bytes", command_line.options.view.exact_sizes, "print sizes in bytes, not KiB or MiB")
        .group("Output");
    add_site(command, command_line.options);
}

void add_waits(usage::Command &command, CommandLine &command_line) {
    command.set_examples(
        {{"chorus waits worker-3", "Show what the actor 'worker-3' waits for."},
         {"chorus waits --filter 'ASLEEP>10'", "List threads that have slept for more than 10 seconds."}});
    add_actors(command, command_line.options, "an AID, a name or a capability (default: all actors)");
    add_view(command, command_line.options);
    add_site(command, command_line.options);
}

void add_quota(usage::Command &command, CommandLine &command_line) {
    command.set_examples({{"chorus quota --regions 100 --bytes 64MiB", "Limit every actor."},
                          {"chorus quota --user --actors unlimited", "Lift a limit for each user."}});
    QuotaOptions &quota = command_line.quota;
    const auto add_limit = [&](const char *name, std::optional<std::uint64_t> &value, const char *what) {
        command.option(name, "LIMIT", what, limit(value)).group("Limits");
    };
    command.flag("--user,!--actor", quota.of_users, "set limits for each user, or for each actor (default)")
        .group("Limits");
    add_limit("--regions", quota.regions, "regions");
    command
        .option("--bytes", "LIMIT",
                "bytes of regions that have memory; without LIMIT: print sizes in bytes, not KiB or MiB",
                limit_of_bytes(command_line))
        .group("Limits")
        .value_optional();
    add_limit("--actors", quota.actors, "actors; for an actor, those that it has started");
    add_limit("--calls", quota.calls, "calls in flight; calls that an actor sends ahead count as one");
    add_view(command, command_line.options);
    add_site(command, command_line.options);
}

void add_kill(usage::Command &command, CommandLine &command_line) {
    command.set_examples({{"chorus kill 11 worker-3", "End actor 11 and the actor 'worker-3'."}});
    add_actors(command, command_line.options, "an AID, a name or a capability").required();
    add_json(command, command_line.options);
    add_site(command, command_line.options);
}

void add_sites(usage::Command &command, CommandLine &command_line) {
    command.set_examples({{"chorus sites --filter STATE=ready", "List the sites of this user."}});
    add_view(command, command_line.options);
}

struct CommandInfo {
    Command command;
    const char *name;
    const char *alias;  // its name on a ChorusOS console, or the same again
    const char *what;
    void (*add_options)(usage::Command &command, CommandLine &command_line);
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

void add_command(usage::Program &program, const CommandInfo &info, const std::vector<std::string_view> &words,
                 CommandLine &command_line) {
    usage::Command command = program.add_command(info.name, info.what);
    if (std::string_view(info.alias) != info.name) command.set_alias(info.alias);
    command.then([&command_line, &info] {
        command_line.command = info.command;
        command_line.name = info.name;
        return std::string();
    });
    // Options of other commands cost most of the time in which `chorus` starts.
    const auto names_it = [&](std::string_view word) { return word == info.name || word == info.alias; };
    if (std::any_of(words.begin(), words.end(), names_it)) info.add_options(command, command_line);
}

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    usage::Program program("chorus", "Starts ChorusOS actors on Linux and shows what their kernel knows.",
                           client::version_text("chorus"));
    program.set_examples({{"chorusd --site lab &", "Start a kernel for the site 'lab'."},
                          {"chorus run --site lab ./worker", "Start a program as an actor of that site."},
                          {"chorus ps --site lab", "List its actors."}});
    const std::vector<std::string_view> words(argv, argv + argc);
    for (const CommandInfo &info : all_commands)
        add_command(program, info, words, command_line);
    if (argc <= 1) {
        errors << program.help();
        return usage::wrong_usage;
    }
    return program.parse(argc, argv, output, errors);
}

}  // namespace chorus::cli
