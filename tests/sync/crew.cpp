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
    std::ifstream file("/proc/" + std::to_string(pid_) + "/syscall");
    long number = -1;
    std::string address;
    file >> number >> address;
    return number == SYS_futex && std::stoul(address, nullptr, 16) == reinterpret_cast<std::uintptr_t>(sem);
}

void Forked::wait_until_asleep_on(const KnSem *sem) const {
    while (!asleep_on(sem))
        ASSERT_EQ(::kill(pid_, 0), 0) << "it has ended";
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
