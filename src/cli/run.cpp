// chorus run: starts a program as an actor and ends as it does.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "client/spawn.hpp"

extern char **environ;

namespace chorus::cli {

namespace {

volatile sig_atomic_t child_pid = 0;  // 0 until the program runs
volatile sig_atomic_t early_signal = 0;

// What is sent to this process is meant for the program; what the terminal sends reaches the program by itself.
void pass_on(int signal, siginfo_t *info, void *) {
    if (info->si_code == SI_KERNEL) return;
    if (child_pid == 0)
        early_signal = signal;
    else
        kill(child_pid, signal);
}

// From before the program starts, so that none ends this process instead.
void catch_signals() {
    struct sigaction action {};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2})
        sigaction(signal, &action, nullptr);
}

void pass_signals_on(pid_t child) {
    child_pid = child;
    if (early_signal != 0) kill(child, early_signal);
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw client::Problem{std::string("cannot wait for the program: ") + std::strerror(errno)};
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Only PATH is searched for a name without a slash.
std::string advice_for(const std::string &program) {
    const bool here = program.find('/') == std::string::npos && access(program.c_str(), F_OK) == 0;
    return here ? "; did you mean './" + program + "'?" : std::string();
}

}  // namespace

int run(const RunOptions &options) {
    const auto site = options.site.empty() ? std::nullopt : std::optional(options.site);
    client::Console console(site, client::Missing::start_private);
    // Programs that the program starts in other ways find the same kernel; a private one by its token.
    if (client::token_setting() == nullptr) setenv("CHORUS_SITE", console.site().c_str(), 1);

    std::vector<char *> arguments;
    for (const std::string &word : options.words)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    AcParam param{};
    if (options.supervisor) param.acFlags |= AFX_SUPERVISOR_SPACE;
    if (options.trusted) param.acFlags |= AFX_TRUSTED;
    const client::Program program{arguments[0], arguments.data(), environ, true};
    catch_signals();
    const client::Spawned spawned = client::spawn(console.channel(), program, &param);
    if (spawned.error != 0) {
        const std::string advice = advice_for(options.words[0]);
        std::fprintf(stderr, "chorus: cannot run %s: %s%s\n", arguments[0], std::strerror(spawned.error),
                     advice.c_str());
        return spawned.error == ENOENT ? 127 : 126;
    }
    pass_signals_on(spawned.pid);
    return wait_for(spawned.pid);
}

}  // namespace chorus::cli
