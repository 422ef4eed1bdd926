// The process of an actor in the real world: makes the calls that it is asked for, with the library as it is.
//
// chorus-sim-actor SOCKET NAME [with-parent]
//   with-parent  ends when its parent does; without it when the socket closes
#include <am/afexec.h>
#include <chorus.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "wire/socket.hpp"
#include "worlds/player.hpp"

namespace chorus::sim {

namespace {

sigjmp_buf touching;
volatile sig_atomic_t in_touch = 0;
volatile sig_atomic_t time_is_up = 0;
volatile sig_atomic_t was_stopped = 0;  // when its time came

void on_fault(int signal) {
    if (in_touch != 0) siglongjmp(touching, 1);
    ::signal(signal, SIG_DFL);
    raise(signal);
}

void on_time(int, siginfo_t *info, void *) {
    time_is_up = 1;
    was_stopped = info->si_value.sival_int;
}

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = on_fault;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
    struct sigaction time {};
    time.sa_sigaction = on_time;
    time.sa_flags = SA_SIGINFO;
    sigaction(time_signal(), &time, nullptr);
}

}  // namespace

bool touch(char *to, const char *from, std::size_t size_bytes) {
    if (sigsetjmp(touching, 0) != 0) {
        in_touch = 0;
        return false;
    }
    in_touch = 1;
    // Byte by byte, as a program would, and never left out by a compiler that knows better.
    for (std::size_t i = 0; i < size_bytes; ++i)
        *const_cast<volatile char *>(to + i) = *const_cast<const volatile char *>(from + i);
    in_touch = 0;
    return true;
}

void begin_time() {
    time_is_up = 0;
}

Hello introduce(const char *name) {
    Hello hello{};
    hello.pid = getpid();
    if (actorSelf(&hello.capability) != K_OK) return hello;
    hello.aid = agetId();
    actorName(K_MYACTOR, nullptr, const_cast<char *>(name));
    return hello;
}

[[noreturn]] void serve(wire::Descriptor socket) {
    static char buffer[message_max];
    for (;;) {
        const wire::Received got = wire::receive(socket.get(), buffer, sizeof buffer, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed && errno == EINTR) continue;
        if (got.what != wire::Received::What::message || got.size_bytes < sizeof(Question)) _exit(0);
        Question question;
        std::memcpy(&question, buffer, sizeof question);
        Operation operation{question.arguments,
                            std::string(buffer + sizeof question, got.size_bytes - sizeof question)};
        Answered answered = answer(operation, question, socket);
        std::string rest(reinterpret_cast<const char *>(answered.result.rows.data()),
                         answered.result.rows.size() * sizeof(Row));
        rest += answered.result.text;
        const Answer head{answered.result.kind, answered.result.number, answered.result.value,
                          answered.result.rows.size(), answered.made};
        const std::string message = packed(head, rest);
        if (!wire::send(socket.get(), message.data(), message.size(), answered.socket.get())) _exit(0);
    }
}

}  // namespace chorus::sim

// The library makes its system calls through this function. A wait on a semaphore that ends at some time waits without
// end here, until the scenario says that its time is up. It reads six arguments whatever the caller has passed, as the
// system's function does, so the address sanitizer must not check it.
extern "C" __attribute__((visibility("default"), no_sanitize("address"))) long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (long &one : a)
        one = va_arg(list, long);
    va_end(list);
    static const auto call = reinterpret_cast<long (*)(long, ...)>(dlsym(RTLD_NEXT, "syscall"));
    const bool timed = number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && a[3] != 0;
    if (timed) a[3] = 0;
    // Its time may have come before it falls asleep anew.
    const bool late = timed && chorus::sim::time_is_up != 0;
    if (late) errno = EINTR;
    const long result = late ? -1 : call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (timed && result == -1 && errno == EINTR && chorus::sim::time_is_up != 0) {
        // As the system would: it ends a sleep whatever the word is, but a process that was stopped falls asleep anew,
        // and a word that has changed comes before the time then.
        std::uint32_t now = 0;
        const bool there = chorus::sim::touch(reinterpret_cast<char *>(&now), reinterpret_cast<const char *>(a[0]), 4);
        const bool changed = there && now != static_cast<std::uint32_t>(a[2]);
        errno = (late || chorus::sim::was_stopped != 0) && changed ? EAGAIN : ETIMEDOUT;
    }
    return result;
}

int main(int argc, char **argv) {
    using namespace chorus::sim;
    if (argc < 3) {
        std::fprintf(stderr, "chorus-sim-actor is started by chorus-sim\n");
        return 2;
    }
    if (argc == 4) prctl(PR_SET_PDEATHSIG, SIGKILL);
    catch_signals();
    chorus::wire::Descriptor socket(std::atoi(argv[1]));
    fcntl(socket.get(), F_SETFD, FD_CLOEXEC);  // nobody else's: its end is how the world sees this process end
    const Hello hello = introduce(argv[2]);
    if (!chorus::wire::send(socket.get(), &hello, sizeof hello)) return 1;
    serve(std::move(socket));
}
