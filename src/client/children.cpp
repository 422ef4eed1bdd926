#include "client/children.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "client/session.hpp"

namespace chorus::client {

namespace {

constexpr int exited(int code) {
    return (code & 0xff) << 8;
}
constexpr int killed(int event) {
    return (event << 8) | 1;
}

// What the kernel says of a child that died of SIGKILL: it may have been the kernel's doing.
int kill_event(int actor) {
    auto &session = Session::of_process();
    const auto locked = session.lock();
    wire::Request request{};
    wire::Reply reply{};
    request.actor = static_cast<std::uint32_t>(actor);
    if (session.call(wire::CallCode::end_of_child, request, reply) != K_OK) return SIGKILL;
    switch (reply.value) {
        case 1:
            return K_EVT_AKILL;
        case 2:
            return K_EVT_ACTORDELETE;
        default:
            return SIGKILL;
    }
}

int status_of(int actor, const siginfo_t &info) {
    if (info.si_code == CLD_EXITED) return exited(info.si_status);
    if (info.si_status == SIGKILL) return killed(kill_event(actor));
    return killed(info.si_status == SIGBUS ? SIGSEGV : info.si_status);
}

}  // namespace

static_assert(K_EVT_ILLEGAL == SIGILL && K_EVT_BREAKPOINT == SIGTRAP && K_EVT_FLOAT == SIGFPE &&
              K_EVT_PROTECTION == SIGSEGV);

Children &Children::of_process() {
    static Children &only = *new Children;
    return only;
}

void Children::add(const Spawned &spawned) {
    const std::lock_guard locked(mutex_);
    for (auto &[actor, child] : children_) {
        siginfo_t info{};
        if (!child.ended && waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG) == 0 &&
            info.si_pid != 0)
            child.ended = status_of(actor, info);
    }
    children_.emplace(spawned.actor, Child{spawned.capability, spawned.pid, std::nullopt});
}

std::optional<int> Children::take_ended(int actor) {
    const std::lock_guard locked(mutex_);
    const auto it = children_.find(actor);
    if (it == children_.end() || !it->second.ended) return std::nullopt;
    const int status = *it->second.ended;
    children_.erase(it);
    return status;
}

int Children::await(int actor, int &status) {
    pid_t pid = 0;
    {
        const std::lock_guard locked(mutex_);
        const auto it = children_.find(actor);
        if (it == children_.end()) return ESRCH;
        pid = it->second.pid;
    }
    siginfo_t info{};
    if (const auto ended = take_ended(actor)) {
        status = *ended;
        return 0;
    }
    int waited;
    do {
        waited = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
    } while (waited != 0 && errno == EINTR);
    if (waited == 0) {
        status = status_of(actor, info);
        const std::lock_guard locked(mutex_);
        children_.erase(actor);
        return 0;
    }
    // Somebody else has its status: a thread that started another child meanwhile left it here.
    const auto ended = take_ended(actor);
    if (ended) {
        status = *ended;
        return 0;
    }
    const std::lock_guard locked(mutex_);
    children_.erase(actor);
    return ESRCH;
}

int Children::find(const KnUniqueId &unique_id, KnKey &key) {
    const std::lock_guard locked(mutex_);
    for (const auto &[actor, child] : children_) {
        const KnCap &own = child.capability;
        if (own.ui.uiHead != unique_id.uiHead || own.ui.uiTail != unique_id.uiTail) continue;
        key = own.key;
        return actor;
    }
    return 0;
}

}  // namespace chorus::client
