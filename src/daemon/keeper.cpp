#include "daemon/keeper.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/process.hpp"
#include "memory/mapping.hpp"

namespace chorus::daemon {

namespace {

volatile std::sig_atomic_t asked_to_end = 0;
std::uint32_t this_program = 1;  // its number, as in `Owner`

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
    sigaddset(&ending, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ending, &before);
    return before;
}

// Those that have ended, but for the kernel, whose end is looked at.
void reap_others(const Control &control) {
    siginfo_t ended{};
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
        if (ended.si_pid == control.kernel) return;
        waitpid(ended.si_pid, nullptr, 0);
        ended.si_pid = 0;
    }
}

bool asked_to_replace(const Control &control) {
    eventfd_t times = 0;
    return eventfd_read(control.replace_event, &times) == 0;
}

void await_end(int pidfd) {
    pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
    while (poll(&ended, 1, -1) < 0) {
    }
}

void put_next_program(Control &control, const Roles &roles) {
    for (const int number : open_descriptors())
        fcntl(number, F_SETFD, 0);  // all come along: the next kernel closes what it does not know
    roles.replace();
    control.replace_error = errno;
    log::error("the next program cannot be executed: {}", std::strerror(errno));
    syscall(SYS_pidfd_send_signal, control.kernel_pidfd, SIGKILL, nullptr, 0);
}

// Waits for the end of the kernel. What it is told to do is passed on, and what it asks for is done.
void follow_kernel(Control &control, const Roles &roles, const sigset_t &blocked) {
    struct sigaction action {};
    action.sa_handler = [](int) { asked_to_end = 1; };
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    action.sa_handler = [](int) {};
    sigaction(SIGCHLD, &action, nullptr);  // so that it is waited for
    sigset_t open = blocked;
    sigdelset(&open, SIGTERM);
    sigdelset(&open, SIGINT);
    sigdelset(&open, SIGCHLD);
    for (;;) {
        pollfd events[] = {{.fd = control.kernel_pidfd, .events = POLLIN, .revents = 0},
                           {.fd = control.replace_event, .events = POLLIN, .revents = 0}};
        if (asked_to_end != 0) {
            control.shutting_down = true;  // a kernel that is killed now leaves this to the next one
            syscall(SYS_pidfd_send_signal, control.kernel_pidfd, SIGTERM, nullptr, 0);
        }
        asked_to_end = 0;
        reap_others(control);
        if (ppoll(events, std::size(events), nullptr, &open) <= 0) continue;
        // Also where it has died since: no other kernel is to meet what it asked for.
        if (asked_to_replace(control)) put_next_program(control, roles);
        if (events[0].revents != 0) return;
    }
}

// How the kernel has ended, where it is a child of this process.
siginfo_t await_kernel(Control &control, const Roles &roles) {
    follow_kernel(control, roles, block_termination());
    siginfo_t how{};
    constexpr auto of_pidfd = static_cast<idtype_t>(3);  // P_PIDFD, which glibc has since 2.36
    if (waitid(of_pidfd, static_cast<id_t>(control.kernel_pidfd), &how, WEXITED) != 0) how.si_code = 0;
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

// A process that becomes a role leaves what its parent was doing: it begins at the bottom of the stack again, which
// would else grow with every role that follows another one. Nothing is destroyed: descriptors are everybody's.
std::jmp_buf bottom;
enum Role { keeper_first = 0, kernel_next, keeper_next };

[[noreturn]] void be_kernel(const Roles &roles) {
    prctl(PR_SET_NAME, "chorusd");
    std::exit(roles.kernel());
}

// Returns false (errno) where the system has no process left.
bool start_kernel(Control &control) {
    const pid_t kernel = clone_with_descriptors(control.kernel_pidfd);
    if (kernel == 0) std::longjmp(bottom, kernel_next);
    if (kernel > 0) control.kernel = kernel;
    return kernel > 0;
}

int keep_running(Control &control, const Roles &roles) {
    prctl(PR_SET_NAME, "chorusd-keeper");
    control.keeper = getpid();
    Deaths deaths(control);
    for (;;) {
        const siginfo_t how = await_kernel(control, roles);
        if (const int status = control.ended; status >= 0) return status;
        control.by_fault = how.si_code != 0 && how.si_status != SIGKILL;
        if (!deaths.go_on_after(control.by_fault)) {
            log::critical("the kernel {} again and again: the site ends", told(how));
            return 1;
        }
        log::warn("the kernel {}: another one goes on", told(how));
        if (start_kernel(control)) continue;
        log::critical("no kernel can be started: {}; the site ends", std::strerror(errno));
        return 1;
    }
}

}  // namespace

namespace {

// Maps the control page for the life of the process, in every role. Null if there is no memory.
void *map_control(int file) {
    static memory::Mapping &page = *new memory::Mapping;
    if (page.map(file, memory::Access::read_write, 0, sizeof(Control)) != K_OK) return nullptr;
    mlock(page.start(), sizeof(Control));  // a message must find it in memory
    return page.start();
}

}  // namespace

Control *create_control() {
    const int file = memfd_create("chorus-control", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, sizeof(Control)) != 0) return nullptr;
    void *page = map_control(file);
    if (page == nullptr) return nullptr;
    auto *control = new (page) Control;
    control->control_file = file;
    control->replace_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return control->replace_event < 0 ? nullptr : control;
}

Control *open_control(int file) {
    struct stat about {};
    if (fstat(file, &about) != 0 || about.st_size != sizeof(Control)) return nullptr;
    auto *control = static_cast<Control *>(map_control(file));
    return control != nullptr && control->magic == Control::right_magic ? control : nullptr;
}

int keep(Control &control, const Roles &roles) {
    control.keeper = getpid();
    block_termination();
    switch (setjmp(bottom)) {
        case kernel_next:
            be_kernel(roles);
        case keeper_next:
            std::exit(keep_running(control, roles));
        default:
            break;
    }
    return start_kernel(control) ? keep_running(control, roles) : 1;
}

int keep_on(Control &control, const Roles &roles) {
    this_program = control.owner.load().offered_to;
    control.replace_error = 0;
    control.former_kernel_pidfd = std::exchange(control.kernel_pidfd, -1);
    log::info("another program goes on");
    return keep(control, roles);
}

int watch_keeper(Control &control) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (getppid() == control.keeper) {
        if (control.keeper_pidfd >= 0) close(control.keeper_pidfd);
        control.keeper_pidfd = static_cast<int>(syscall(SYS_pidfd_open, getppid(), 0));
        if (getppid() == control.keeper) return control.keeper_pidfd;
    }
    const pid_t keeper = clone_with_descriptors(control.keeper_pidfd);
    if (keeper == 0) std::longjmp(bottom, keeper_next);
    if (keeper > 0) {
        control.keeper = keeper;
        log::warn("the keeper has ended: another one goes on");
    }
    return control.keeper_pidfd;
}

void hand_over(Control &control) {
    if (control.keeper_pidfd < 0) return log::error("there is no keeper to execute the next program");
    const int own_pidfd = control.kernel_pidfd;
    Owner offer{this_program, ++control.last_program};
    control.owner = offer;
    eventfd_write(control.replace_event, 1);
    await_end(control.keeper_pidfd);
    if (!control.owner.compare_exchange_strong(offer, {this_program})) _exit(0);
    asked_to_replace(control);  // no keeper after that one is asked
    // That one may have been of the next program, with a table of its own.
    control.former_kernel_pidfd = -1;
    control.kernel_pidfd = own_pidfd;
    control.kernel = getpid();
}

void take_over(Control &control) {
    Owner owner = control.owner;
    const bool has_it = owner.program == this_program || owner.offered_to == this_program;
    if (!has_it || !control.owner.compare_exchange_strong(owner, {this_program})) _exit(0);
    if (control.former_kernel_pidfd < 0) return;
    syscall(SYS_pidfd_send_signal, control.former_kernel_pidfd, SIGKILL, nullptr, 0);
    await_end(control.former_kernel_pidfd);
    control.former_kernel_pidfd = -1;  // closed as all that nobody knows
}

}  // namespace chorus::daemon
