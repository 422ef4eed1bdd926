#include "worlds/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "script/text.hpp"
#include "worlds/process_state.hpp"

extern char **environ;

namespace chorus::sim {

namespace {

[[noreturn]] void fail(const std::string &what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

// The environment with some variables set; the strings live as long as `kept`.
std::vector<char *> environment(const std::vector<std::pair<std::string, std::string>> &set,
                                std::vector<std::string> &kept) {
    for (char **one = environ; *one != nullptr; ++one) {
        const std::string entry = *one;
        const std::string name = entry.substr(0, entry.find('='));
        bool other = true;
        for (const auto &[variable, value] : set)
            other = other && variable != name;
        if (other) kept.push_back(entry);
    }
    for (const auto &[variable, value] : set)
        kept.push_back(variable + "=" + value);
    std::vector<char *> all;
    for (std::string &entry : kept)
        all.push_back(entry.data());
    all.push_back(nullptr);
    return all;
}

}  // namespace

Program::Program(const Options &options) {
    std::vector<char *> arguments;
    for (const std::string &argument : options.arguments)
        arguments.push_back(const_cast<char *>(argument.c_str()));
    arguments.push_back(nullptr);
    std::vector<std::string> kept;
    const std::vector<char *> variables = environment(options.set, kept);
    int pipe_ends[2] = {-1, -1};
    if (options.output && pipe2(pipe_ends, O_CLOEXEC) != 0) fail("a pipe");
    wire::Descriptor to(pipe_ends[1]);
    output_ = wire::Descriptor(pipe_ends[0]);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) fail("fork");
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, options.end_signal);
    if (getppid() != parent) _exit(125);
    if (options.group) setpgid(0, 0);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    if (options.output) dup2(to.get(), STDOUT_FILENO);
    if (std::getenv("CHORUS_SIM_DEBUG") == nullptr) dup2(null, STDERR_FILENO);
    if (options.keep >= 0) fcntl(options.keep, F_SETFD, 0);
    execve(arguments[0], arguments.data(), variables.data());
    _exit(127);
}

Program::Program(Program &&other) noexcept : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

Program &Program::operator=(Program &&other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(output_, other.output_);
    return *this;
}

Program::~Program() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    wait();
}

void Program::signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
}

int Program::wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Program::read_line() {
    std::string line;
    for (char one; line.empty() || line.back() != '\n';) {
        const ssize_t size = ::read(output_.get(), &one, 1);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        line += one;
    }
    return line;
}

namespace {

// Whether it can be read, or has ended, by then. Without a time it waits for that.
bool ready_by(int descriptor, std::optional<std::chrono::steady_clock::time_point> time) {
    for (;;) {
        int left_ms = -1;
        if (time) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*time - std::chrono::steady_clock::now());
            left_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
        }
        pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
        const int ready = poll(&one, 1, left_ms);
        if (ready < 0 && errno == EINTR) continue;
        return ready != 0;
    }
}

}  // namespace

std::optional<int> Program::finish(std::optional<std::chrono::seconds> limit, std::string &output) {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    if (limit) deadline = std::chrono::steady_clock::now() + *limit;
    const wire::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    bool in_time = true;
    for (char part[4096]; (in_time = ready_by(output_.get(), deadline));) {
        const ssize_t size = ::read(output_.get(), part, sizeof part);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        output.append(part, static_cast<std::size_t>(size));
    }
    // It may run on after it has closed its output.
    in_time = in_time && ready_by(process.get(), deadline);
    if (!in_time) ::kill(-pid_, SIGKILL);
    const int status = wait();
    return in_time ? std::optional(status) : std::nullopt;
}

std::string beside(const std::string &program) {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    const std::string own(path, length < 0 ? 0 : static_cast<std::size_t>(length));
    return own.substr(0, own.rfind('/') + 1) + program;
}

std::string actor_program() {
    const std::string built = beside("chorus-sim-actor");
    if (access(built.c_str(), X_OK) == 0) return built;
    const std::string installed = beside(CHORUS_ACTOR_DIRECTORY "/chorus-sim-actor");
    if (access(installed.c_str(), X_OK) == 0) return installed;
    throw std::runtime_error("the program of the actors is missing: neither " + built + " nor " + installed +
                             " can be run");
}

bool reachable_by(unsigned uid) {
    const std::string program = actor_program();
    const pid_t child = fork();
    if (child == 0) _exit(setgid(uid) == 0 && setuid(uid) == 0 && access(program.c_str(), R_OK | X_OK) == 0 ? 0 : 1);
    if (child < 0) return false;
    int status = 1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0;
}

// ---- A site: two processes, each of which starts the other one again.

namespace {

// Another one is named in the environment, as for the library.
std::string chorusd() {
    const char *named = std::getenv("CHORUSD");
    return named == nullptr ? beside("chorusd") : named;
}

}  // namespace

KernelProcess::KernelProcess() {
    static std::atomic<unsigned> counter = 0;
    site_ = "sim-" + std::to_string(getpid()) + "-" + std::to_string(++counter);
    program_ = Program({.arguments = {chorusd(), "--site", site_}, .output = true, .end_signal = SIGTERM});
    if (program_.read_line().find("is ready") == std::string::npos)
        throw std::runtime_error("chorusd does not start; CHORUS_SIM_DEBUG=1 shows what it says");
    keeper_ = program_.pid();
    kernel_ = await_child_of(keeper_);
}

KernelProcess::~KernelProcess() {
    if (!alive()) return;
    ::kill(keeper_, SIGTERM);
    await_end_of(kernel_);
    await_end_of(keeper_);
    if (program_.running()) program_.wait();
}

void KernelProcess::kill_kernel() {
    if (!alive()) return;
    ::kill(kernel_, SIGKILL);
    kernel_ = await_child_of(keeper_, kernel_);
}

void KernelProcess::kill_keeper() {
    if (!alive()) return;
    ::kill(keeper_, SIGKILL);
    if (program_.running()) program_.wait();
    keeper_ = await_child_of(kernel_, keeper_);
}

// Neither may have the time to start the other one.
void KernelProcess::kill() {
    if (!alive()) return;
    ::kill(keeper_, SIGSTOP);
    ::kill(kernel_, SIGKILL);
    ::kill(keeper_, SIGKILL);
    await_end_of(kernel_);
    await_end_of(keeper_);
    if (program_.running()) program_.wait();
    keeper_ = 0;
}

Result run_to_end(const std::string &site, const Operation &spawn, std::optional<std::chrono::seconds> limit) {
    std::vector<std::string> arguments{beside("chorus"), "run", "--site", site};
    constexpr const char *rights[] = {"", "--trusted", "--supervisor"};
    if (spawn.values[0] != 0) arguments.emplace_back(rights[spawn.values[0]]);
    const std::size_t program_at = arguments.size();
    const std::string &words = spawn.text;
    for (std::size_t at = 0; at <= words.size();) {
        const std::size_t end = std::min(words.find('\0', at), words.size());
        arguments.push_back(words.substr(at, end - at));
        at = end + 1;
    }
    // Programs of the same build are found by their names.
    std::string &name = arguments[program_at];
    if (name.find('/') == std::string::npos && access(beside(name).c_str(), X_OK) == 0) name = beside(name);
    const char *path = std::getenv("PATH");
    const std::string with_ours = beside("") + (path == nullptr ? "" : std::string(":") + path);
    Program program(
        {.arguments = arguments, .set = {{"CHORUS_SITE", site}, {"PATH", with_ours}}, .output = true, .group = true});
    std::string output;
    const auto status = program.finish(limit, output);
    if (!status)
        return Result::cannot("the program did not end within " + std::to_string(limit->count()) + " s" +
                              (output.empty() ? "" : ", and has printed " + quote(output)));
    return Result::of_text("exit " + std::to_string(*status) + (output.empty() ? "" : ", " + quote(output)));
}

}  // namespace chorus::sim
