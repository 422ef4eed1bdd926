// chorus run: starts a program as an actor and ends as it does.
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "client/spawn.hpp"

extern char **environ;

namespace chorus::cli {

namespace {

struct Run {
    std::string site;
    bool supervisor = false;
    bool trusted = false;
    std::vector<std::string> words;  // the program and its arguments
};

volatile sig_atomic_t child_pid = 0;

// What is sent to this process is meant for the program; what the terminal sends reaches the program by itself.
void pass_on(int signal, siginfo_t *info, void *) {
    if (info->si_code != SI_KERNEL) kill(child_pid, signal);
}

void pass_signals_on(pid_t child) {
    child_pid = child;
    struct sigaction action {};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2})
        sigaction(signal, &action, nullptr);
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw Problem{std::string("cannot wait for the program: ") + std::strerror(errno)};
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int start_and_wait(const Run &run) {
    const auto site = run.site.empty() ? std::nullopt : std::optional(run.site);
    Console console(site, client::Missing::start_private);
    // Programs that the program starts in other ways find the same kernel.
    setenv("CHORUS_SITE", console.site().c_str(), 1);

    std::vector<char *> arguments;
    for (const std::string &word : run.words)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    AcParam param{};
    if (run.supervisor) param.acFlags |= AFX_SUPERVISOR_SPACE;
    if (run.trusted) param.acFlags |= AFX_TRUSTED;
    const client::Program program{arguments[0], arguments.data(), environ, true};
    const client::Spawned spawned = client::spawn(console.channel(), program, &param);
    if (spawned.error == ENOSYS) throw Problem{"supervisor actors are not in this version"};
    if (spawned.error != 0) {
        std::fprintf(stderr, "chorus: cannot run %s: %s\n", arguments[0], std::strerror(spawned.error));
        return spawned.error == ENOENT ? 127 : 126;
    }
    pass_signals_on(spawned.pid);
    return wait_for(spawned.pid);
}

}  // namespace

void add_run(CLI::App &app, int &status) {
    CLI::App *command =
        app.add_subcommand("run", "start a program as an actor; exits as it does, or with 128 + its signal")
            ->alias("arun");
    const auto run = std::make_shared<Run>();
    command->add_option("--site", run->site, "the site to run in (else CHORUS_SITE, 'default', a private kernel)");
    command->add_flag("--supervisor", run->supervisor, "as a supervisor actor");
    command->add_flag("--trusted", run->trusted, "as a system actor, which may use privileged calls");
    command->add_option("PROGRAM", run->words, "the program and its arguments")->required();
    command->prefix_command();
    command->positionals_at_end();
    command->callback([run, &status] { status = start_and_wait(*run); });
}

}  // namespace chorus::cli
