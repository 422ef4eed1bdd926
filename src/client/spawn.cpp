#include "client/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "client/encode.hpp"
#include "client/kernel_token.hpp"
#include "client/new_process.hpp"
#include "client/session.hpp"

namespace chorus::client {

namespace {

// A program that is being started. The kernel has been asked to make the actor. The new process shares the memory of
// this one, which waits until the program is loaded or the process has ended; so the new one awaits the kernel's
// answer, which takes no longer than what it has to do besides. It may be killed at any time: it changes what is here,
// and nothing else.
struct Launch {
    Channel &channel;
    const Program &program;
    const AcParam &param;
    wire::Request request{};
    std::vector<char *> environment{};
    char setting[64] = {};  // the last of the environment
    sigset_t signals{};     // that this process blocks, and the program will

    bool late = false;    // the answer
    wire::Reply reply{};  // of another number until it has come
    int error = 0;        // why the program was not loaded, where the kernel would have it; an errno

    bool answered() const { return reply.number == request.number; }
};

// Whether the kernel makes the actor, and its socket. Who ends programs may end this one meanwhile, but not stop it:
// the caller cannot be stopped either.
bool await_answer(Launch &launch, wire::Descriptor &socket) {
    sigset_t waiting = launch.signals;
    for (const int stops : {SIGTSTP, SIGTTIN, SIGTTOU})
        sigaddset(&waiting, stops);
    do {
        launch.late = !launch.channel.await(waiting);
        if (launch.late) return false;
        wire::Received got =
            wire::receive(launch.channel.descriptor(), &launch.reply, sizeof launch.reply, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed) launch.error = errno;
        if (got.what != wire::Received::What::message) return false;
        socket = std::move(got.descriptor);
    } while (!launch.answered());
    return launch.reply.status == K_OK;
}

bool open_as(int number, const char *path, int flags) {
    if (path == nullptr) return true;
    const int opened = open(path, flags, 0666);
    if (opened < 0 || opened == number) return opened == number;
    const bool moved = dup2(opened, number) == number;
    close(opened);
    return moved;
}

bool set_up_files(const AcParam &param) {
    return (param.acRootdir == nullptr || (chroot(param.acRootdir) == 0 && chdir("/") == 0)) &&
           (param.acCurdir == nullptr || chdir(param.acCurdir) == 0) &&
           open_as(STDIN_FILENO, param.acStdin, O_RDONLY) &&
           open_as(STDOUT_FILENO, param.acStdout, O_WRONLY | O_CREAT | O_TRUNC) &&
           open_as(STDERR_FILENO, param.acStderr, O_WRONLY | O_CREAT | O_TRUNC);
}

// "<variable>=<descriptor>:<inode>", so that the program can tell that the descriptor it has is the one meant.
bool hand_on(int socket, Launch &launch) {
    struct stat about;
    if (fcntl(socket, F_SETFD, 0) != 0 || fstat(socket, &about) != 0) return false;
    const bool supervisor = (launch.param.acFlags & AFX_SUPERVISOR_SPACE) != 0;
    std::snprintf(launch.setting, sizeof launch.setting, "%s=%d:%lu%s", socket_variable, socket, about.st_ino,
                  supervisor ? ":supervisor" : "");
    return true;
}

// Both return only where no program can be loaded; errno says why. No shell is tried, as execvpe would.
// In a directory of PATH.
CHORUS_LOADS_PROGRAM void load_from_path(const Launch &launch) {
    const char *variable = std::getenv("PATH");
    std::string_view directories = variable == nullptr ? "/bin:/usr/bin" : variable;
    char path[PATH_MAX];
    bool not_allowed = false;
    for (bool last = false; !last;) {
        const std::size_t length = std::min(directories.find(':'), directories.size());
        const int written = std::snprintf(path, sizeof path, "%.*s%s%s", static_cast<int>(length), directories.data(),
                                          length == 0 ? "" : "/", launch.program.path);
        last = length == directories.size();
        directories.remove_prefix(last ? length : length + 1);
        errno = ENAMETOOLONG;
        if (written < PATH_MAX) execve(path, launch.program.arguments, launch.environment.data());
        not_allowed = not_allowed || errno == EACCES;
        switch (errno) {
            case EACCES:
            case ENOENT:
            case ENOTDIR:
            case ENAMETOOLONG:
            case ESTALE:
            case ENODEV:
            case ETIMEDOUT:
                break;
            default:
                return;
        }
    }
    if (not_allowed) errno = EACCES;
}

CHORUS_LOADS_PROGRAM void load(const Launch &launch) {
    const char *path = launch.program.path;
    if (launch.program.search_path && *path != '\0' && std::strchr(path, '/') == nullptr)
        load_from_path(launch);
    else
        execve(path, launch.program.arguments, launch.environment.data());
}

// The new process.
CHORUS_LOADS_PROGRAM int run(void *argument) {
    Launch &launch = *static_cast<Launch *>(argument);
    wire::Descriptor socket;
    if (!await_answer(launch, socket)) return 1;
    if (!socket) {
        launch.error = EAGAIN;  // no room for another descriptor in this process
        return 1;
    }
    if (set_up_files(launch.param) && hand_on(socket.get(), launch)) {
        sigprocmask(SIG_SETMASK, &launch.signals, nullptr);
        load(launch);
    }
    launch.error = errno;
    return 1;
}

bool sets(const char *setting, const char *variable) {
    const std::size_t name_length = std::strlen(variable);
    return std::strncmp(setting, variable, name_length) == 0 && setting[name_length] == '=';
}

// The environment of the program, of which the socket's setting is filled in later.
std::vector<char *> environment_with(char *const *environment, char *socket_setting) {
    std::vector<char *> result;
    for (; environment != nullptr && *environment != nullptr; ++environment)
        if (!sets(*environment, socket_variable) && !sets(*environment, token_variable)) result.push_back(*environment);
    if (char *setting = token_setting()) result.push_back(setting);
    result.push_back(socket_setting);
    result.push_back(nullptr);
    return result;
}

// What the kernel said. Where no process has heard it, it is here, and the socket that comes with it is closed.
int answer_of(Launch &launch) {
    if (launch.answered()) return launch.reply.status;
    return launch.late ? launch.channel.not_answered() : launch.channel.receive(launch.reply);
}

}  // namespace

Spawned spawn(Channel &channel, const Program &program, const AcParam *param) {
    const AcParam defaults{};
    Launch launch{channel, program, param == nullptr ? defaults : *param};
    launch.request.value = static_cast<std::uint32_t>(launch.param.acFlags);
    encode_name(program.path, launch.request.name);
    if (const int status = channel.send(wire::CallCode::spawn, launch.request); status != K_OK)
        return {.error = errno_of(status)};
    launch.environment = environment_with(program.environment, launch.setting);
    Spawned spawned;
    spawned.pid = new_process(run, &launch, &launch.signals);
    if (spawned.pid < 0) launch.error = errno;
    const int status = answer_of(launch);
    spawned.error = status == K_OK ? launch.error : errno_of(status);
    // Where it has failed, the kernel sees the socket close and forgets the actor.
    if (spawned.error != 0) {
        if (spawned.pid > 0) await_end(spawned.pid);
        return spawned;
    }
    spawned.actor = static_cast<int>(launch.reply.actor);
    spawned.capability = capability_of(launch.reply);
    // Not before: the kernel may be about to stop the actor, and one that is stopped loads no program.
    wire::Request told{};
    told.actor = launch.reply.actor;
    told.value = static_cast<std::uint32_t>(spawned.pid);
    channel.send(wire::CallCode::spawned, told);  // no reply
    return spawned;
}

int errno_of(int status) {
    switch (status) {
        case K_EFAULT:
            return EFAULT;
        case K_EUNKNOWN:
            return ESRCH;
        case K_EINVAL:
            return EINVAL;
        case K_EPRIV:
            return EPERM;
        case K_ENOMEM:
            return EAGAIN;
        case K_ENOTIMP:
            return ENOSYS;
        default:
            return EIO;
    }
}

}  // namespace chorus::client
