#include "client/new_process.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace chorus::client {

namespace {

struct Start {
    int (*run)(void *);
    void *argument;
};

// Not with `sigaction`, of which the thread sanitizer keeps account in the memory of both.
void forget_handlers() {
    struct Action {
        std::uintptr_t handler;
        unsigned long flags;
        std::uintptr_t restorer;
        std::uint64_t mask;
    };
    const auto ignored = reinterpret_cast<std::uintptr_t>(SIG_IGN);
    for (int signal = 1; signal < NSIG; ++signal) {
        Action action{};
        syscall(SYS_rt_sigaction, signal, nullptr, &action, sizeof action.mask);
        if (action.handler == 0 || action.handler == ignored) continue;
        action = {};
        syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask);
    }
}

CHORUS_LOADS_PROGRAM int begin(void *argument) {
    const Start &start = *static_cast<Start *>(argument);
    forget_handlers();
    return start.run(start.argument);
}

}  // namespace

pid_t new_process(int (*run)(void *), void *argument, sigset_t *signals) {
    constexpr std::size_t stack_bytes = 128 * 1024;
    void *stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -1;
    Start start{run, argument};
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, signals);
    int cancellation;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);  // which would unwind this process in the new one
    const pid_t pid = clone(begin, static_cast<char *>(stack) + stack_bytes, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
    const int error = errno;
    pthread_setcancelstate(cancellation, nullptr);
    pthread_sigmask(SIG_SETMASK, signals, nullptr);
    munmap(stack, stack_bytes);
    errno = error;
    return pid;
}

void await_end(pid_t pid) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace chorus::client
