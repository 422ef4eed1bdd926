#include "client/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "client/encode.hpp"
#include "client/session.hpp"

namespace chorus::client {

namespace {

class FileActions {
  public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions &) = delete;
    FileActions &operator=(const FileActions &) = delete;

    void open_as(int number, const char *path, int flags) {
        if (path != nullptr) posix_spawn_file_actions_addopen(&actions_, number, path, flags, 0666);
    }
    // Not closed when the program is loaded.
    void keep(int number) { posix_spawn_file_actions_adddup2(&actions_, number, number); }
    void change_directory(const char *path) {
        if (path != nullptr) posix_spawn_file_actions_addchdir_np(&actions_, path);
    }
    const posix_spawn_file_actions_t *get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_;
};

// "<variable>=<descriptor>:<inode>", so that the child can tell that the descriptor it has is the one meant.
std::string socket_setting(int socket, const AcParam &param) {
    struct stat about {};
    fstat(socket, &about);
    const bool supervisor = (param.acFlags & AFX_SUPERVISOR_SPACE) != 0;
    return std::string(socket_variable) + "=" + std::to_string(socket) + ":" + std::to_string(about.st_ino) +
           (supervisor ? ":supervisor" : "");
}

std::vector<char *> environment_with(char *const *environment, std::string &setting) {
    std::vector<char *> result;
    const std::size_t name_length = std::strlen(socket_variable) + 1;
    for (; environment != nullptr && *environment != nullptr; ++environment)
        if (setting.compare(0, name_length, *environment, 0, name_length) != 0) result.push_back(*environment);
    result.push_back(setting.data());
    result.push_back(nullptr);
    return result;
}

// Runs `start` with another root directory, that of a thread which ends with it. Returns an errno.
template <class Start>
int under_root(const char *root, Start start) {
    int error = 0;
    std::thread([&] {
        if (unshare(CLONE_FS) != 0 || chroot(root) != 0 || chdir("/") != 0)
            error = errno;
        else
            error = start();
    }).join();
    return error;
}

int start_program(const Program &program, const AcParam &param, int socket, pid_t &pid) {
    FileActions actions;
    actions.keep(socket);
    actions.change_directory(param.acCurdir);
    actions.open_as(STDIN_FILENO, param.acStdin, O_RDONLY);
    actions.open_as(STDOUT_FILENO, param.acStdout, O_WRONLY | O_CREAT | O_TRUNC);
    actions.open_as(STDERR_FILENO, param.acStderr, O_WRONLY | O_CREAT | O_TRUNC);
    std::string setting = socket_setting(socket, param);
    const std::vector<char *> environment = environment_with(program.environment, setting);
    const auto start = [&] {
        const auto spawn_program = program.search_path ? posix_spawnp : posix_spawn;
        return spawn_program(&pid, program.path, actions.get(), nullptr, program.arguments, environment.data());
    };
    return param.acRootdir == nullptr ? start() : under_root(param.acRootdir, start);
}

}  // namespace

Spawned spawn(Channel &channel, const Program &program, const AcParam *param) {
    const AcParam defaults{};
    const AcParam &wanted = param == nullptr ? defaults : *param;
    wire::Request request{};
    wire::Reply reply{};
    wire::Descriptor socket;
    request.value = static_cast<std::uint32_t>(wanted.acFlags);
    encode_name(program.path, request.name);
    const int status = channel.call(wire::CallCode::spawn, request, reply, &socket);
    if (status != K_OK) return {.error = errno_of(status)};
    if (!socket) return {.error = EAGAIN};  // no room for another descriptor in this process

    Spawned spawned;
    // Where this fails, the kernel sees the socket close and forgets the actor.
    spawned.error = start_program(program, wanted, socket.get(), spawned.pid);
    if (spawned.error != 0) return spawned;
    spawned.actor = static_cast<int>(reply.actor);
    spawned.capability = capability_of(reply);
    wire::Request told{};
    told.actor = reply.actor;
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
