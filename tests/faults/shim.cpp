// Loaded before the C library, it stands between a program and the system and makes one system call go wrong.
// CHORUS_FAULT says how:
//   kill K [R [S]]     a kernel dies before the K-th system call of an event, and so does the kernel after it, of the
//   next
//                      event but one, and so on; with R above 0, the kernel that follows dies too, before its R-th
//                      system call while it takes over; with S, S events pass first
//   abort CALL         a process aborts each time it makes CALL
//   fail CALL ERRNO N  the N-th time, CALL fails with ERRNO (a number), once in all processes
// CHORUS_FAULT_STATE names a file, empty or absent at first, which all the processes share: see `State`.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct State {
    std::atomic<int> kernel;    // its pid: nobody else is killed
    std::atomic<int> armed;     // 1: this event is to die; 2: this take-over is
    std::atomic<int> spared;    // how many of the next events are not; after a death one may be the same again
    std::atomic<int> begun;     // 1 once S events are let pass
    std::atomic<int> step;      // system calls since
    std::atomic<int> kills;     // so far
    std::atomic<int> calls;     // of the one that is to fail
    std::atomic<int> failures;  // 1 once it has
};

struct Plan {
    char kind = ' ';  // 'k', 'a' or 'f'
    int at = 0, again_at = 0, first = 0;
    char call[32] = {};
    int error = 0;
    State *state = nullptr;

    Plan() {
        const char *text = std::getenv("CHORUS_FAULT");
        const char *file = std::getenv("CHORUS_FAULT_STATE");
        if (text == nullptr || file == nullptr) return;
        const int shared = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (shared < 0 || ftruncate(shared, sizeof(State)) != 0) std::abort();
        void *mapped = mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
        close(shared);
        if (mapped == MAP_FAILED) std::abort();
        if (std::sscanf(text, "kill %d %d %d", &at, &again_at, &first) >= 1) kind = 'k';
        if (std::sscanf(text, "abort %31s", call) == 1) kind = 'a';
        if (std::sscanf(text, "fail %31s %d %d", call, &error, &at) == 3) kind = 'f';
        state = static_cast<State *>(mapped);
    }
};

Plan &plan() {
    static Plan only;
    return only;
}

thread_local bool inside = false;

// Before a system call: dies here, or returns the errno with which it is to fail, or 0.
int fault(const char *call) {
    if (inside) return 0;
    inside = true;
    Plan &now = plan();
    int error = 0;
    if (now.kind == 'k' && now.state->kernel == getpid() && now.state->armed != 0) {
        const bool again = now.state->armed == 2;
        if (++now.state->step == (again ? now.again_at : now.at)) {
            now.state->armed = !again && now.again_at > 0 ? 2 : 0;
            now.state->step = 0;
            now.state->spared = 1;
            ++now.state->kills;
            kill(getpid(), SIGKILL);
        }
    }
    if (now.kind == 'a' && std::strcmp(call, now.call) == 0) std::abort();
    if (now.kind == 'f' && std::strcmp(call, now.call) == 0 && ++now.state->calls == now.at) {
        now.state->failures = 1;
        error = now.error;
    }
    inside = false;
    return error;
}

template <class F>
F *real(const char *name) {
    return reinterpret_cast<F *>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define STAND_BETWEEN(result, name, parameters, arguments)        \
    extern "C" result name parameters {                           \
        static auto *const next = real<result parameters>(#name); \
        if (const int error = fault(#name)) {                     \
            errno = error;                                        \
            return static_cast<result>(-1);                       \
        }                                                         \
        return next arguments;                                    \
    }

// An event has come to its end, and another one is waited for; but not where it is only asked who is at the back.
extern "C" int epoll_wait(int epoll, epoll_event *events, int room, int timeout_ms) {
    static auto *const next = real<int(int, epoll_event *, int, int)>("epoll_wait");
    if (plan().kind == 'k' && timeout_ms != 0) {
        plan().state->kernel = getpid();
        plan().state->step = 0;
        if (plan().state->begun.exchange(1) == 0) plan().state->spared = plan().first;
        plan().state->armed = plan().state->spared == 0 ? 1 : 0;
        if (plan().state->spared > 0) --plan().state->spared;
    }
    if (const int error = fault("epoll_wait")) {
        errno = error;
        return -1;
    }
    return next(epoll, events, room, timeout_ms);
}

// A kernel that takes over: the first thing it looks at is what is open.
extern "C" void *opendir(const char *path) {
    static auto *const next = real<void *(const char *)>("opendir");
    if (plan().kind == 'k' && plan().state->armed == 2) plan().state->kernel = getpid();
    if (const int error = fault("opendir")) {
        errno = error;
        return nullptr;
    }
    return next(path);
}

extern "C" void *mmap(void *start, std::size_t size, int protection, int flags, int file, off_t offset) {
    static auto *const next = real<void *(void *, std::size_t, int, int, int, off_t)>("mmap");
    if (const int error = fault("mmap")) {
        errno = error;
        return MAP_FAILED;
    }
    return next(start, size, protection, flags, file, offset);
}

// Returns the error itself.
extern "C" int posix_fallocate(int file, off_t offset, off_t size) {
    static auto *const next = real<int(int, off_t, off_t)>("posix_fallocate");
    if (const int error = fault("posix_fallocate")) return error;
    return next(file, offset, size);
}

extern "C" int open(const char *path, int flags, ...) {
    static auto *const next = real<int(const char *, int, ...)>("open");
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (const int error = fault("open")) {
        errno = error;
        return -1;
    }
    return next(path, flags, mode);
}

extern "C" int fcntl(int file, int command, ...) {
    static auto *const next = real<int(int, int, ...)>("fcntl");
    va_list more;
    va_start(more, command);
    void *const argument = va_arg(more, void *);
    va_end(more);
    if (const int error = fault("fcntl")) {
        errno = error;
        return -1;
    }
    return next(file, command, argument);
}

// pidfd_open, pidfd_send_signal, clone.
extern "C" long syscall(long number, ...) {
    static auto *const next = real<long(long, ...)>("syscall");
    va_list more;
    va_start(more, number);
    long words[6];
    for (long &word : words)
        word = va_arg(more, long);
    va_end(more);
    const char *name = number == SYS_pidfd_open ? "pidfd_open" : number == SYS_clone ? "clone" : "syscall";
    if (const int error = fault(name)) {
        errno = error;
        return -1;
    }
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

STAND_BETWEEN(ssize_t, recvmsg, (int socket, msghdr *message, int flags), (socket, message, flags))
STAND_BETWEEN(ssize_t, sendmsg, (int socket, const msghdr *message, int flags), (socket, message, flags))
STAND_BETWEEN(int, accept4, (int socket, sockaddr *address, socklen_t *length, int flags),
              (socket, address, length, flags))
STAND_BETWEEN(int, socketpair, (int domain, int type, int protocol, int *ends), (domain, type, protocol, ends))
STAND_BETWEEN(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
STAND_BETWEEN(int, connect, (int socket, const sockaddr *address, socklen_t length), (socket, address, length))
STAND_BETWEEN(int, getsockopt, (int socket, int level, int option, void *value, socklen_t *length),
              (socket, level, option, value, length))
STAND_BETWEEN(int, setsockopt, (int socket, int level, int option, const void *value, socklen_t length),
              (socket, level, option, value, length))
STAND_BETWEEN(int, epoll_ctl, (int epoll, int operation, int file, epoll_event *event), (epoll, operation, file, event))
STAND_BETWEEN(int, close, (int file), (file))
STAND_BETWEEN(int, ftruncate, (int file, off_t size), (file, size))
STAND_BETWEEN(int, fallocate, (int file, int mode, off_t offset, off_t size), (file, mode, offset, size))
STAND_BETWEEN(int, memfd_create, (const char *name, unsigned flags), (name, flags))
STAND_BETWEEN(int, fstat, (int file, struct stat *about), (file, about))
STAND_BETWEEN(int, fstatvfs, (int file, struct statvfs *about), (file, about))
STAND_BETWEEN(int, statvfs, (const char *path, struct statvfs *about), (path, about))
STAND_BETWEEN(off_t, lseek, (int file, off_t offset, int whence), (file, offset, whence))
STAND_BETWEEN(ssize_t, pread, (int file, void *to, std::size_t size, off_t offset), (file, to, size, offset))
STAND_BETWEEN(ssize_t, pwrite, (int file, const void *from, std::size_t size, off_t offset), (file, from, size, offset))
STAND_BETWEEN(ssize_t, read, (int file, void *to, std::size_t size), (file, to, size))
STAND_BETWEEN(ssize_t, getrandom, (void *to, std::size_t size, unsigned flags), (to, size, flags))
STAND_BETWEEN(int, timerfd_settime, (int timer, int flags, const itimerspec *time, itimerspec *before),
              (timer, flags, time, before))
STAND_BETWEEN(int, timerfd_create, (int clock, int flags), (clock, flags))
STAND_BETWEEN(int, execv, (const char *program, char *const *words), (program, words))
STAND_BETWEEN(int, munmap, (void *start, std::size_t size), (start, size))
