// The afexec family and await.
#include <am/afexec.h>
#include <am/await.h>

#include <cerrno>
#include <cstdarg>
#include <vector>

#include "client/children.hpp"
#include "client/export.hpp"
#include "client/fail_with.hpp"
#include "client/session.hpp"
#include "client/spawn.hpp"
#include "client/user_memory.hpp"

extern char **environ;

using namespace chorus::client;

namespace {

bool readable_if_given(const char *text) {
    return text == nullptr || readable_string(text);
}

bool readable_parameters(const AcParam *param) {
    if (param == nullptr) return true;
    return readable(param, sizeof *param) && readable_if_given(param->acStdin) && readable_if_given(param->acStdout) &&
           readable_if_given(param->acStderr) && readable_if_given(param->acCurdir) &&
           readable_if_given(param->acRootdir);
}

// Most lie in few pages, the strings in one row and what names them in another.
bool readable_strings(char *const *strings) {
    Arguments names, texts;
    for (;; ++strings) {
        if (!names.readable(strings, sizeof *strings)) return false;
        if (*strings == nullptr) return true;
        if (!texts.readable_string(*strings)) return false;
    }
}

int execute(const Program &program, KnCap *cap, const AcParam *param) {
    if (!readable_string(program.path) || (cap != nullptr && !writable(cap, sizeof *cap)) ||
        !readable_parameters(param) || program.arguments == nullptr || !readable_strings(program.arguments) ||
        (program.environment != nullptr && !readable_strings(program.environment)))
        return fail_with(EFAULT);
    Spawned spawned;
    {
        Session &session = Session::of_process();
        const auto locked = session.lock();
        if (const int status = session.ensure_actor(); status != K_OK) return fail_with(errno_of(status));
        spawned = spawn(session.channel(), program, param);
    }
    if (spawned.error != 0) return fail_with(spawned.error);
    Children::of_process().add(spawned);
    if (cap != nullptr) *cap = spawned.capability;
    return spawned.actor;
}

// The arguments of an l form, up to and with the NULL.
std::vector<char *> collect(const char *first, va_list &rest) {
    std::vector<char *> arguments;
    for (const char *argument = first; argument != nullptr; argument = va_arg(rest, const char *))
        arguments.push_back(const_cast<char *>(argument));
    arguments.push_back(nullptr);
    return arguments;
}

int wait_for(int aid, int *statusp) {
    int status = 0;
    if (const int error = Children::of_process().await(aid, status)) return fail_with(error);
    if (statusp != nullptr) *statusp = status;
    return aid;
}

}  // namespace

CHORUS_EXPORT int afexecl(const char *path, KnCap *cap, const AcParam *param, const char *arg0, ...) {
    va_list rest;
    va_start(rest, arg0);
    const std::vector<char *> arguments = collect(arg0, rest);
    va_end(rest);
    return execute({path, arguments.data(), environ, false}, cap, param);
}

CHORUS_EXPORT int afexecle(const char *path, KnCap *cap, const AcParam *param, const char *arg0, ...) {
    va_list rest;
    va_start(rest, arg0);
    const std::vector<char *> arguments = collect(arg0, rest);
    char *const *environment = va_arg(rest, char *const *);
    va_end(rest);
    return execute({path, arguments.data(), environment, false}, cap, param);
}

CHORUS_EXPORT int afexeclp(const char *file, KnCap *cap, const AcParam *param, const char *arg0, ...) {
    va_list rest;
    va_start(rest, arg0);
    const std::vector<char *> arguments = collect(arg0, rest);
    va_end(rest);
    return execute({file, arguments.data(), environ, true}, cap, param);
}

CHORUS_EXPORT int afexecv(const char *path, KnCap *cap, const AcParam *param, char *const argv[]) {
    return execute({path, argv, environ, false}, cap, param);
}

CHORUS_EXPORT int afexecve(const char *path, KnCap *cap, const AcParam *param, char *const argv[], char *const envp[]) {
    return execute({path, argv, envp, false}, cap, param);
}

CHORUS_EXPORT int afexecvp(const char *file, KnCap *cap, const AcParam *param, char *const argv[]) {
    return execute({file, argv, environ, true}, cap, param);
}

CHORUS_EXPORT int await(int aid, int *statusp) {
    if (statusp != nullptr && !writable(statusp, sizeof *statusp)) return fail_with(EFAULT);
    return wait_for(aid, statusp);
}

CHORUS_EXPORT int awaits(const KnCap *cap, int *statusp) {
    if (cap == K_MYACTOR || cap == K_SVACTOR) return fail_with(ESRCH);  // nobody is a child of itself
    if (!readable(cap, sizeof *cap) || (statusp != nullptr && !writable(statusp, sizeof *statusp)))
        return fail_with(EFAULT);
    KnKey key;
    const int aid = Children::of_process().find(cap->ui, key);
    if (aid == 0) return fail_with(ESRCH);
    if (key.keyHead != cap->key.keyHead || key.keyTail != cap->key.keyTail) return fail_with(EINVAL);
    return wait_for(aid, statusp);
}
