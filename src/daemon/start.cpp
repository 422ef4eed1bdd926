#include "daemon/start.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/kernel_token.hpp"
#include "daemon/control.hpp"
#include "daemon/journal.hpp"
#include "daemon/keeper.hpp"
#include "daemon/log.hpp"
#include "daemon/loop.hpp"
#include "daemon/site.hpp"
#include "daemon/timer.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::daemon {

namespace {

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

// Leaves what the process that started this one has: its terminal, directory, files and process group.
void detach(int &connection) {
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
    Control &control;
    Journal &journal;
    const Settings &settings;
    std::vector<std::string> command_line;  // of the next program
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

// Returns where it fails (errno).
void execute_next(const Life &life) {
    std::vector<char *> words;
    for (const std::string &word : life.command_line)
        words.push_back(const_cast<char *>(word.c_str()));
    words.push_back(nullptr);
    execv(life.settings.program.c_str(), words.data());
}

Roles roles_of(const Life &life) {
    return {.kernel = [&life] { return run_kernel(life); }, .replace = [&life] { execute_next(life); }};
}

// Watches the keeper, and the one after it. Where none can be had now, tries again in a while.
class KeeperWatch {
  public:
    KeeperWatch(const Life &life, Loop &loop) : life_(life), loop_(loop), retry_(loop, [this] { follow(); }) {
        follow();
    }

  private:
    void follow() {
        const int keeper = watch_keeper(life_.control);
        if (keeper >= 0) {
            return loop_.watch(keeper, [this, keeper] {
                loop_.forget(keeper);
                follow();
            });
        }
        log::error("no keeper can be started: {}", std::strerror(errno));
        retry_.set(std::chrono::seconds(1));
    }

    const Life &life_;
    Loop &loop_;
    Timer retry_;
};

// The whole life of a kernel: the first one of the site, or one that goes on. Returns its exit status.
int run_kernel(const Life &life) {
    Control &control = life.control;
    Journal &journal = life.journal;
    take_over(control);
    journal.catch_up();
    std::string problem;
    auto known = journal.read(&problem);
    if (!known) {
        log::critical("the journal cannot be read: {}; the site ends", problem);
        control.ended = 1;
        return 1;
    }
    close_unnamed(control, *known);
    const wire::Descriptor signals = termination_signals();
    Loop loop;
    Site site(loop, control, journal, life.settings, std::move(*known));
    const KeeperWatch keeper(life, loop);
    loop.watch(signals.get(), [&] {
        signalfd_siginfo ending;
        if (read(signals.get(), &ending, sizeof ending) == sizeof ending) site.shut_down();
    });
    site.resume();
    loop.run();
    control.ended = 0;
    return 0;
}

// Where this program lies: to be asked when it starts, since another file may take its place.
std::string own_program() {
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    return std::string(path, length < 0 ? 0 : static_cast<std::size_t>(length));
}

// Tells systemd, where that has started this program, that it serves.
void tell_ready() {
    const char *name = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (name == nullptr || std::strlen(name) >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, name);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(name));
    if (*name == '@') address.sun_path[0] = '\0';  // an abstract name
    const wire::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    constexpr std::string_view ready = "READY=1";
    sendto(socket.get(), ready.data(), ready.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr *>(&address), length);
}

// The token of a private kernel is in its environment, for those whom the program that started it tells. Without one
// it gets a name that nobody else has.
std::optional<client::KernelToken> own_token(Control &control) {
    const char *text = std::getenv(client::token_variable);
    const auto told = client::parse_token(text == nullptr ? "" : text);
    unsetenv(client::token_variable);
    if (told) std::copy(told->secret.begin(), told->secret.end(), control.secret);
    return told ? told : client::draw_token();
}

// The first kernel of a site: nothing is known yet but who is connected already. Returns false where it cannot begin.
bool begin(Control &control, Journal &journal, const CommandLine &command_line) {
    const bool is_private = command_line.private_connection >= 0;
    std::string site = command_line.site;
    control.is_private = is_private;
    if (is_private) {
        const auto token = own_token(control);
        if (!token) return false;
        site = client::site_of(*token);
    }
    std::strncpy(control.site, site.c_str(), sizeof control.site - 1);
    wire::Descriptor listener = wire::listen_at(geteuid(), site);
    if (!listener) {
        const bool taken = errno == EADDRINUSE;
        std::fprintf(stderr, "chorusd: cannot serve site '%s': %s\n", site.c_str(),
                     taken ? "another chorusd serves it; choose another --site" : std::strerror(errno));
        return false;
    }
    control.listener = listener.release();
    Known begun = nothing_yet(configuration(command_line.strict));
    if (is_private) {
        wire::Peer peer;
        if (!wire::peer_of(command_line.private_connection, peer)) return false;
        table<ConnectionRow>(begun.tables)[command_line.private_connection] = {
            .holder = Holder::unknown, .peer = peer, .actor = {}};
    }
    journal.checkpoint(begun.state, begun.tables, 0);
    if (is_private) return true;
    std::printf("chorusd: site %s is ready, pid %d\n", site.c_str(), getpid());
    std::fflush(stdout);
    tell_ready();
    return true;
}

}  // namespace

int start(CommandLine command_line, std::vector<std::string> words) {
    const bool follows = command_line.control_file >= 0;
    const bool is_private = command_line.private_connection >= 0;
    if (is_private && !follows) detach(command_line.private_connection);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    log::open(is_private ? log::Level::warning : log::Level::info);

    Control *control = follows ? open_control(command_line.control_file) : create_control();
    if (control == nullptr || (!follows && !Journal::create(*control))) {
        if (follows)
            log::critical("this program cannot follow the one before: its control page is another one's");
        else
            log::critical("no memory for the journal");
        return 1;
    }
    Journal journal(*control);
    if (journal.map() != K_OK) {
        log::critical("the journal needs {} GiB of address space, more than the limit allows: raise 'ulimit -v'",
                      2 * Journal::capacity_bytes >> 30);
        return 1;
    }
    if (!follows && !begin(*control, journal, command_line)) return 1;
    const Settings settings{command_line.users, command_line.groups, own_program()};
    Life life{*control, journal, settings, std::move(words)};
    if (follows) return keep_on(*control, roles_of(life));
    life.command_line.insert(life.command_line.end(), {"--follow", std::to_string(control->control_file)});
    return keep(*control, roles_of(life));
}

}  // namespace chorus::daemon
