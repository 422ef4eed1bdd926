// The actor calls of <exec/chExec.h>, and acap, agetId, akill.
#include <am/afexec.h>
#include <exec/chExec.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "client/encode.hpp"
#include "client/export.hpp"
#include "client/keep_errno.hpp"
#include "client/list.hpp"
#include "client/session.hpp"
#include "client/spawn.hpp"
#include "client/user_memory.hpp"

using namespace chorus::client;
namespace wire = chorus::wire;

static_assert(K_ACTORNAMEMAX == wire::name_bytes);

namespace {

int fail_with(int error) {
    errno = error;
    return -1;
}

}  // namespace

CHORUS_EXPORT int actorSelf(KnCap *actorcap) {
    const KeepErrno kept;
    if (!writable(actorcap, sizeof *actorcap)) return K_EFAULT;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.ensure_actor();
    if (status == K_OK) *actorcap = session.capability();
    return status;
}

CHORUS_EXPORT int actorPrivilege(KnCap *actorcap, KnActorPrivilege *oldpriv, KnActorPrivilege *newpriv) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply;
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    if (oldpriv != nullptr && !writable(oldpriv, sizeof *oldpriv)) return K_EFAULT;
    if (newpriv != nullptr) {
        if (!readable(newpriv, sizeof *newpriv)) return K_EFAULT;
        std::memcpy(&request.value, newpriv, sizeof request.value);  // any bits: the kernel judges them
        request.flags = wire::flag::set;
    }
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::actor_privilege, request, reply);
    if (status == K_OK && oldpriv != nullptr) *oldpriv = static_cast<KnActorPrivilege>(reply.value);
    return status;
}

CHORUS_EXPORT int actorName(KnCap *actorcap, char *oldname, char *newname) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply;
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    if (oldname != nullptr && !writable(oldname, K_ACTORNAMEMAX)) return K_EFAULT;
    if (newname != nullptr) {
        if (!readable_string(newname, K_ACTORNAMEMAX)) return K_EFAULT;
        std::memcpy(request.name, newname, strnlen(newname, sizeof request.name - 1));
        request.flags = wire::flag::set;
    }
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::actor_name, request, reply);
    if (status == K_OK && oldname != nullptr) std::memcpy(oldname, reply.name, sizeof reply.name);
    return status;
}

CHORUS_EXPORT int actorStat(unsigned int options, KnActorStat *stat, unsigned int buffsize) {
    const KeepErrno kept;
    if (buffsize > 0 && !writable(stat, buffsize)) return K_EFAULT;
    wire::Request request{};
    request.value = options;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    std::vector<wire::ActorRow> rows;
    const auto list = [&](wire::Reply &reply, wire::Descriptor &file) {
        return session.call(wire::CallCode::list_actors, request, reply, &file);
    };
    if (const int status = read_list(list, rows); status != K_OK) return status;
    const std::size_t fitting = std::min<std::size_t>(rows.size(), buffsize / sizeof *stat);
    for (std::size_t i = 0; i < fitting; ++i)
        stat[i] = {capability_of(rows[i].unique_id, rows[i].key), K_ACTIVE};
    return static_cast<int>(rows.size());
}

CHORUS_EXPORT int actorDelete(KnCap *actorcap) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply;
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    // If it is this actor, the kernel kills the process instead of answering.
    return session.call(wire::CallCode::delete_actor, request, reply);
}

CHORUS_EXPORT int acap(int aid, KnCap *cap) {
    if (!writable(cap, sizeof *cap)) return fail_with(EFAULT);
    wire::Request request{};
    wire::Reply reply;
    request.actor = static_cast<std::uint32_t>(aid);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::find_capability, request, reply);
    if (status != K_OK) return fail_with(errno_of(status));
    *cap = capability_of(reply);
    return 0;
}

CHORUS_EXPORT int agetId(void) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.ensure_actor();
    return status == K_OK ? static_cast<int>(session.actor()) : fail_with(errno_of(status));
}

CHORUS_EXPORT int akill(const KnCap *cap) {
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply;
    if (encode_actor(arguments, cap, request.target) != K_OK) return fail_with(EFAULT);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::kill_actor, request, reply);
    return status == K_OK ? 0 : fail_with(errno_of(status));
}
