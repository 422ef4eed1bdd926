#include "support/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace chorus::test {

Process::Process(const Options &options) {
    int to_child[2], from_child[2];
    if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0) std::abort();
    std::vector<char *> arguments;
    for (const std::string &argument : options.arguments)
        arguments.push_back(const_cast<char *>(argument.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    ::signal(SIGPIPE, SIG_IGN);  // a process that no longer reads fails the test, not the runner
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, options.end_signal);
        ::signal(SIGPIPE, SIG_DFL);
        if (getppid() != parent) _exit(125);
        dup2(to_child[0], STDIN_FILENO);
        dup2(from_child[1], STDOUT_FILENO);
        for (const auto &[name, value] : options.set)
            setenv(name.c_str(), value.c_str(), 1);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    close(to_child[0]);
    close(from_child[1]);
    input_ = to_child[1];
    output_ = from_child[0];
}

Process::~Process() {
    close_input();
    if (pid_ > 0) {
        signal(SIGKILL);
        wait();
    }
    close(output_);
}

void Process::write_line(const std::string &line) {
    const std::string text = line + "\n";
    const ssize_t written = write(input_, text.data(), text.size());
    EXPECT_EQ(written, static_cast<ssize_t>(text.size())) << "the process no longer reads: " << line;
}

std::string Process::read_line() {
    for (;;) {
        if (const auto end = buffered_.find('\n'); end != std::string::npos) {
            std::string line = buffered_.substr(0, end);
            buffered_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> part;
        const ssize_t size = read(output_, part.data(), part.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return std::exchange(buffered_, {});
        buffered_.append(part.data(), static_cast<std::size_t>(size));
    }
}

std::string Process::read_all() {
    std::string all;
    for (std::string line = read_line(); !line.empty(); line = read_line())
        all += line + "\n";
    return all;
}

void Process::close_input() {
    if (input_ >= 0) close(input_);
    input_ = -1;
}

void Process::signal(int number) const {
    if (pid_ > 0) kill(pid_, number);
}

void Process::stop() const {
    signal(SIGSTOP);
    siginfo_t stopped;
    while (waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED) != 0 && errno == EINTR) {
    }
}

int Process::wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Finished run(const std::string &command) {
    Finished finished{-1, {}};
    FILE *pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return finished;
    std::array<char, 4096> part;
    for (std::size_t size; (size = fread(part.data(), 1, part.size(), pipe)) > 0;)
        finished.output.append(part.data(), size);
    const int status = pclose(pipe);
    finished.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return finished;
}

std::string program(const std::string &name) {
    return CHORUS_BIN_DIR "/" + name;
}

std::string library(const std::string &name) {
    return CHORUS_LIB_DIR "/lib" + name + ".so";
}

std::string scratch(const std::string &name) {
    return CHORUS_TEST_DIR "/" + name;
}

std::string source(const std::string &path) {
    return CHORUS_SOURCE_DIR "/" + path;
}

std::vector<std::string> words_as_user(unsigned uid) {
    const std::string number = std::to_string(uid);
    return {"/usr/bin/setpriv", "--reuid=" + number, "--regid=" + number, "--clear-groups"};
}

std::string as_user(unsigned uid) {
    std::string command;
    for (const std::string &word : words_as_user(uid))
        command += word + " ";
    return command;
}

bool may_be_run_by(unsigned uid, const std::string &name) {
    return geteuid() == 0 && run(as_user(uid) + "test -x '" + program(name) + "'").status == 0;
}

}  // namespace chorus::test
