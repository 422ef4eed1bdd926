// The actor calls of <exec/chExec.h>, and acap, agetId, akill.
#include <am/afexec.h>
#include <exec/chExec.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "client/encode.hpp"
#include "client/export.hpp"
#include "client/fail_with.hpp"
#include "client/keep_errno.hpp"
#include "client/list.hpp"
#include "client/session.hpp"
#include "client/spawn.hpp"
#include "client/user_memory.hpp"

using namespace chorus::client;
namespace wire = chorus::wire;

static_assert(K_ACTORNAMEMAX == wire::name_bytes);

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
    wire::Reply reply{};
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
    wire::Reply reply{};
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
        stat[i] = {capability_of(rows[i].unique_id, rows[i].key), rows[i].stopped != 0 ? K_STOPPED : K_ACTIVE};
    return static_cast<int>(rows.size());
}

CHORUS_EXPORT int actorDelete(KnCap *actorcap) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    // If it is this actor, the kernel kills the process instead of answering.
    return session.call(wire::CallCode::delete_actor, request, reply);
}

CHORUS_EXPORT int actorCreate(KnCap *actorinit, KnCap *actorcap, KnActorPrivilege privilege, KnActorStatus status) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorinit, request.target) != K_OK || !arguments.writable(actorcap, sizeof *actorcap))
        return K_EFAULT;
    request.value = static_cast<std::uint32_t>(privilege);
    request.actor = static_cast<std::uint32_t>(status);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int result = session.call(wire::CallCode::create_actor, request, reply);
    if (result == K_OK) *actorcap = capability_of(reply);
    return result;
}

namespace {

int set_stopped(const KnCap *actorcap, bool stopped) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    request.value = stopped ? 1 : 0;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    return session.call(wire::CallCode::stop_actor, request, reply);
}

}  // namespace

CHORUS_EXPORT int actorStop(KnCap *actorcap) {
    return set_stopped(actorcap, true);
}

CHORUS_EXPORT int actorStart(KnCap *actorcap) {
    return set_stopped(actorcap, false);
}

CHORUS_EXPORT int actorPi(KnCap *actorcap, KnProtId *oldpi, KnProtId *newpi) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    if (oldpi != nullptr && !writable(oldpi, sizeof *oldpi)) return K_EFAULT;
    if (newpi != nullptr) {
        if (!readable(newpi, sizeof *newpi)) return K_EFAULT;
        request.source_start = newpi->uid | std::uint64_t{newpi->gid} << 16 | std::uint64_t{newpi->did} << 32;
        request.flags = wire::flag::set;
    }
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::actor_protection, request, reply);
    if (status == K_OK && oldpi != nullptr)
        *oldpi = {static_cast<unsigned short>(reply.unique_id), static_cast<unsigned short>(reply.unique_id >> 16),
                  static_cast<unsigned short>(reply.unique_id >> 32)};
    return status;
}

CHORUS_EXPORT int acreate(KnCap *cap, const AcParam *param) {
    if (!writable(cap, sizeof *cap) || (param != nullptr && !readable(param, sizeof *param))) return fail_with(EFAULT);
    wire::Request request{};
    wire::Reply reply{};
    request.value = param == nullptr ? 0 : static_cast<std::uint32_t>(param->acFlags);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::create_by_flags, request, reply);
    if (status != K_OK) return fail_with(errno_of(status));
    *cap = capability_of(reply);
    return 0;
}

CHORUS_EXPORT int acred(const KnCap *cap, cx_cred_t *oldcred, const cx_cred_t *newcred) {
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, cap, request.target) != K_OK) return fail_with(EFAULT);
    const auto size_of = [](std::size_t groups) { return sizeof(cx_cred_t) + groups * sizeof(gid_t); };
    if (oldcred != nullptr && (!writable(oldcred, size_of(0)) || !writable(oldcred, size_of(oldcred->cr_ngroups))))
        return fail_with(EFAULT);
    if (newcred != nullptr) {
        if (!readable(newcred, size_of(0)) || !readable(newcred, size_of(newcred->cr_ngroups)))
            return fail_with(EFAULT);
        if (newcred->cr_ngroups > sizeof request.name / sizeof(gid_t)) return fail_with(EINVAL);
        request.value = newcred->cr_uid;
        request.source_start = newcred->cr_gid;
        request.actor = newcred->cr_ngroups;
        if (newcred->cr_ngroups > 0) std::memcpy(request.name, newcred->cr_groups, newcred->cr_ngroups * sizeof(gid_t));
        request.flags = wire::flag::set;
    }
    Session &session = Session::of_process();
    const auto locked = session.lock();
    std::vector<std::uint32_t> groups;
    wire::Reply reply{};
    const auto call = [&](wire::Reply &got, wire::Descriptor &file) {
        const int status = session.call(wire::CallCode::actor_credentials, request, got, &file);
        reply = got;
        return status;
    };
    if (const int status = read_list(call, groups); status != K_OK) return fail_with(errno_of(status));
    if (oldcred == nullptr) return 0;
    oldcred->cr_uid = reply.value;
    oldcred->cr_gid = reply.actor;
    const std::size_t fit = std::min<std::size_t>(groups.size(), oldcred->cr_ngroups);
    if (fit > 0) std::memcpy(oldcred->cr_groups, groups.data(), fit * sizeof(gid_t));
    oldcred->cr_ngroups = static_cast<unsigned short>(groups.size());
    return 0;
}

CHORUS_EXPORT int acap(int aid, KnCap *cap) {
    if (!writable(cap, sizeof *cap)) return fail_with(EFAULT);
    wire::Request request{};
    wire::Reply reply{};
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
    wire::Reply reply{};
    if (encode_actor(arguments, cap, request.target) != K_OK) return fail_with(EFAULT);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    const int status = session.call(wire::CallCode::kill_actor, request, reply);
    return status == K_OK ? 0 : fail_with(errno_of(status));
}
