#include "daemon/keeper.hpp"

#include <poll.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>

namespace chorus::daemon {

namespace {

volatile std::sig_atomic_t asked_to_end = 0;

// A process with the same descriptors, today and later, and a copy of the memory. As `fork` does, returns twice.
pid_t clone_with_descriptors(int &pidfd) {
    if (pidfd >= 0) close(pidfd);
    pidfd = -1;
    // The system stores the pidfd before the new process runs: both see it, in the control page.
    return static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, 0));
}

// They wait until they are looked for. Returns what was blocked before.
sigset_t block_termination() {
    sigset_t ending, before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, &before);
    return before;
}

void pass_on_termination(Control &control, const sigset_t &blocked) {
    struct sigaction action {};
    action.sa_handler = [](int) { asked_to_end = 1; };
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    sigset_t open = blocked;
    sigdelset(&open, SIGTERM);
    sigdelset(&open, SIGINT);
    for (;;) {
        pollfd ended{.fd = control.kernel_pidfd, .events = POLLIN, .revents = 0};
        if (asked_to_end != 0) {
            control.shutting_down = true;  // a kernel that is killed now leaves this to the next one
            syscall(SYS_pidfd_send_signal, control.kernel_pidfd, SIGTERM, nullptr, 0);
        }
        asked_to_end = 0;
        if (ppoll(&ended, 1, nullptr, &open) > 0) return;
    }
}

// Waits for the end of the kernel. How it ended, where it is a child of this process; what it is told to do is passed
// on.
siginfo_t await_kernel(Control &control) {
    pass_on_termination(control, block_termination());
    siginfo_t how{};
    if (waitid(P_PIDFD, static_cast<id_t>(control.kernel_pidfd), &how, WEXITED) != 0) how.si_code = 0;
    return how;
}

std::string told(const siginfo_t &how) {
    if (how.si_code == CLD_EXITED) return "ended with status " + std::to_string(how.si_status);
    if (how.si_code == CLD_KILLED || how.si_code == CLD_DUMPED)
        return "was ended by signal " + std::to_string(how.si_status) + " (" + strsignal(how.si_status) + ")";
    return "has ended";
}

// Deaths without anything done in between.
class Deaths {
  public:
    explicit Deaths(const Control &control) : control_(control), events_(control.events) {}

    // False where it makes no sense to go on.
    bool go_on_after(bool by_fault) {
        const std::uint64_t events = control_.events;
        if (events != events_) faults_ = kills_ = 0;
        events_ = events;
        ++(by_fault ? faults_ : kills_);
        // Something kills whatever starts, the system where it is out of memory: it gets time to stop.
        if (kills_ > kills_before_pause) std::this_thread::sleep_for(pause);
        return faults_ <= faults_max;
    }

  private:
    static constexpr int faults_max = 10, kills_before_pause = 50;
    static constexpr std::chrono::milliseconds pause{100};

    const Control &control_;
    std::uint64_t events_;
    int faults_ = 0, kills_ = 0;
};

// Only for a process that has become a role of its own: never returns to what its parent was doing.
[[noreturn]] void be_kernel(const std::function<int()> &kernel) {
    prctl(PR_SET_NAME, "chorusd");
    std::exit(kernel());
}

int keep_running(Control &control, const std::function<int()> &kernel) {
    prctl(PR_SET_NAME, "chorusd-keeper");
    control.keeper = getpid();
    Deaths deaths(control);
    for (;;) {
        const siginfo_t how = await_kernel(control);
        if (const int status = control.ended; status >= 0) return status;
        control.by_fault = how.si_code != 0 && how.si_status != SIGKILL;
        if (!deaths.go_on_after(control.by_fault)) {
            spdlog::critical("the kernel {} again and again: the site ends", told(how));
            return 1;
        }
        spdlog::warn("the kernel {}: another one goes on", told(how));
        const pid_t next = clone_with_descriptors(control.kernel_pidfd);
        if (next == 0) be_kernel(kernel);
        if (next > 0) continue;
        spdlog::critical("no kernel can be started: {}; the site ends", std::strerror(errno));
        return 1;
    }
}

}  // namespace

Control *create_control() {
    const int file = memfd_create("chorus-control", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, sizeof(Control)) != 0) return nullptr;
    void *page = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) return nullptr;
    mlock(page, sizeof(Control));  // a message must find it in memory
    auto *control = new (page) Control;
    control->control_file = file;
    return control;
}

int keep(Control &control, const std::function<int()> &kernel) {
    control.keeper = getpid();
    block_termination();
    const pid_t first = clone_with_descriptors(control.kernel_pidfd);
    if (first < 0) return 1;
    if (first == 0) be_kernel(kernel);
    return keep_running(control, kernel);
}

int watch_keeper(Control &control, const std::function<int()> &kernel) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (getppid() == control.keeper) {
        if (control.keeper_pidfd >= 0) close(control.keeper_pidfd);
        control.keeper_pidfd = static_cast<int>(syscall(SYS_pidfd_open, getppid(), 0));
        if (getppid() == control.keeper) return control.keeper_pidfd;
    }
    const pid_t keeper = clone_with_descriptors(control.keeper_pidfd);
    if (keeper == 0) std::exit(keep_running(control, kernel));
    if (keeper > 0) {
        control.keeper = keeper;
        spdlog::warn("the keeper has ended: another one goes on");
    }
    return control.keeper_pidfd;
}

}  // namespace chorus::daemon
