// chorusd: the kernel of one site.
#include <fcntl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "daemon/command_line.hpp"
#include "daemon/control.hpp"
#include "daemon/journal.hpp"
#include "daemon/keeper.hpp"
#include "daemon/loop.hpp"
#include "daemon/site.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace {

using namespace chorus;

kernel::Config configuration(bool strict) {
    kernel::Config config;
    config.strict = strict;
    config.page_size_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    config.low_window = {wire::user_start, wire::user_end - wire::user_start};
    config.high_window = {wire::high_start, wire::high_end - wire::high_start};
    config.supervisor_window = {wire::user_end, wire::supervisor_end - wire::user_end};
    config.kernel_uid = geteuid();
    while (getrandom(&config.nonce, sizeof config.nonce, 0) != sizeof config.nonce || config.nonce == 0) {
    }
    return config;
}

// Started without standard input, output or error, so that no socket takes their numbers.
void open_standard_descriptors() {
    for (int number; (number = open("/dev/null", O_RDWR)) >= 0;)
        if (number > STDERR_FILENO) {
            close(number);
            return;
        }
}

// Every segment and every actor takes a descriptor.
void raise_descriptor_limit() {
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    constexpr rlim_t wanted = 1'000'000;
    rlimit more{std::max(limit.rlim_max, wanted), std::max(limit.rlim_max, wanted)};
    if (setrlimit(RLIMIT_NOFILE, &more) == 0) return;  // root may
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Leaves the process that started this one: its terminal, directory, files and process group.
void detach(int &connection) {
    const pid_t child = fork();
    if (child != 0) _exit(child > 0 ? 0 : 1);
    setsid();
    if (chdir("/") != 0) _exit(1);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(connection, STDERR_FILENO + 1);
    connection = STDERR_FILENO + 1;
    close_range(STDERR_FILENO + 2, ~0U, 0);
    fcntl(connection, F_SETFD, FD_CLOEXEC);
}

struct Life {
    daemon::Control &control;
    daemon::Journal &journal;
    const daemon::Admitted &admitted;
};
int run_kernel(const Life &life);

// Readable when the process is asked to end, which then no longer ends it by itself.
wire::Descriptor termination_signals() {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, nullptr);
    return wire::Descriptor(signalfd(-1, &ending, SFD_CLOEXEC));
}

void follow_keeper(const Life &life, daemon::Loop &loop) {
    const int keeper = daemon::watch_keeper(life.control, [&] { return run_kernel(life); });
    if (keeper < 0) return spdlog::error("no keeper can be started: {}", std::strerror(errno));
    loop.watch(keeper, [&life, &loop, keeper] {
        loop.forget(keeper);
        follow_keeper(life, loop);
    });
}

// The whole life of a kernel: the first one of the site, or one that goes on. Returns its exit status.
int run_kernel(const Life &life) {
    daemon::Control &control = life.control;
    daemon::Journal &journal = life.journal;
    journal.reload();
    std::string problem;
    auto known = journal.read(&problem);
    if (!known) {
        spdlog::critical("the journal cannot be read: {}; the site ends", problem);
        control.ended = 1;
        return 1;
    }
    daemon::close_unnamed(control, *known);
    const wire::Descriptor signals = termination_signals();
    daemon::Loop loop;
    daemon::Site site(loop, control, journal, life.admitted, std::move(*known));
    follow_keeper(life, loop);
    loop.watch(signals.get(), [&] {
        signalfd_siginfo ending;
        if (read(signals.get(), &ending, sizeof ending) == sizeof ending) site.shut_down();
    });
    site.resume();
    loop.run();
    control.ended = 0;
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    open_standard_descriptors();
    daemon::CommandLine command_line;
    if (const auto status = daemon::read_command_line(argc, argv, command_line, std::cout, std::cerr)) return *status;

    std::string &site = command_line.site;
    int &private_connection = command_line.private_connection;
    const bool is_private = private_connection >= 0;
    if (is_private) {
        detach(private_connection);
        site = "private-" + std::to_string(getpid());
    }
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    spdlog::set_default_logger(spdlog::stderr_logger_st("chorusd"));
    spdlog::set_pattern("%n %Y-%m-%d %H:%M:%S.%e %l: %v");
    spdlog::set_level(is_private ? spdlog::level::warn : spdlog::level::info);

    daemon::Control *control = daemon::create_control();
    if (control == nullptr || !daemon::Journal::create(*control)) {
        std::fprintf(stderr, "chorusd: no memory for the journal: %s\n", std::strerror(errno));
        return 1;
    }
    control->is_private = is_private;
    std::strncpy(control->site, site.c_str(), sizeof control->site - 1);
    wire::Descriptor listener = wire::listen_at(geteuid(), site);
    if (!listener) {
        const bool taken = errno == EADDRINUSE;
        std::fprintf(stderr, "chorusd: cannot serve site '%s': %s\n", site.c_str(),
                     taken ? "another chorusd serves it; choose another --site" : std::strerror(errno));
        return 1;
    }
    control->listener = listener.release();
    daemon::Known begun = daemon::nothing_yet(configuration(command_line.strict));
    if (is_private) {
        wire::Peer peer;
        if (!wire::peer_of(private_connection, peer)) return 1;
        daemon::table<daemon::ConnectionRow>(begun.tables)[private_connection] = {
            .holder = daemon::Holder::unknown, .peer = peer, .actor = {}};
    }
    daemon::Journal journal(*control);
    journal.checkpoint(begun.state, begun.tables, 0);
    if (!is_private) {
        std::printf("chorusd: site %s is ready, pid %d\n", site.c_str(), getpid());
        std::fflush(stdout);
    }
    const daemon::Admitted admitted{command_line.users, command_line.groups};
    const Life life{*control, journal, admitted};
    return daemon::keep(*control, [&] { return run_kernel(life); });
}
