#include "sync/crew.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

namespace chorus::test {

namespace {

// Not stopped: one that a tracer has stopped at the end of a system call shows that call, too.
bool sleeps(const std::string &folder) {
    std::ifstream file(folder + "/stat");
    std::string all;
    std::getline(file, all);
    const std::size_t end_of_name = all.rfind(')');
    return end_of_name != std::string::npos && all.compare(end_of_name + 1, 3, " S ") == 0;
}

}  // namespace

bool asleep_on(pid_t thread, const KnSem *sem) {
    const std::string folder = "/proc/" + std::to_string(thread);
    if (!sleeps(folder)) return false;
    std::ifstream file(folder + "/syscall");
    long number = -1;
    std::string address;
    file >> number >> address;
    return number == SYS_futex && std::stoul(address, nullptr, 16) == reinterpret_cast<std::uintptr_t>(sem) &&
           sleeps(folder);
}

Forked::Forked(const std::function<void()> &work) : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
    _exit(0);
}

Forked::~Forked() {
    kill();
}

void Forked::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

bool Forked::asleep_on(const KnSem *sem) const {
    return test::asleep_on(pid_, sem);
}

void Forked::wait_until_asleep_on(const KnSem *sem) const {
    while (!asleep_on(sem)) {
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
        ASSERT_EQ(ended.si_pid, 0) << "it has ended";
    }
}

long Forked::context_switches() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    long all = 0, each = 0;
    for (std::string word; status >> word;)
        if (word.ends_with("voluntary_ctxt_switches:") && status >> each) all += each;
    return all;
}

int tokens_in(KnSem &sem) {
    int tokens = 0;
    while (semP(&sem, K_NOBLOCK) == K_OK)
        ++tokens;
    return tokens;
}

int rounds(int few) {
    const char *times = std::getenv("CHORUS_ROUNDS");
    return times == nullptr ? few : few * std::atoi(times);
}

}  // namespace chorus::test
