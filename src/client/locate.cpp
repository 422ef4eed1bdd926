#include "client/locate.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "wire/socket.hpp"

extern char **environ;

namespace chorus::client {

namespace {

std::string directory_of(const std::string &path) {
    return path.substr(0, path.rfind('/'));
}

std::string own_directory() {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? directory_of(std::string(path, static_cast<std::size_t>(length))) : std::string(".");
}

// Where this code was loaded from: the library, or the program that holds it.
std::string library_directory() {
    Dl_info info;
    const auto here = reinterpret_cast<const void *>(&connect_to_kernel);
    if (dladdr(here, &info) == 0 || std::strchr(info.dli_fname, '/') == nullptr) return own_directory();
    return directory_of(info.dli_fname);
}

std::string find_chorusd() {
    if (const char *named = std::getenv("CHORUSD")) return named;
    const std::string library = library_directory();
    for (const std::string &candidate : {library + "/../bin/chorusd", library + "/../../bin/chorusd",
                                         own_directory() + "/chorusd", std::string(CHORUS_BINDIR "/chorusd")})
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    return "chorusd";  // PATH
}

// Whether a child exits with 0 within ten seconds; it is killed where it takes longer.
bool ends_well(pid_t pid) {
    const wire::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    if (process && poll(&ended, 1, 10'000) == 0) kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return errno == ECHILD;  // the program ignores SIGCHLD
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

wire::Descriptor start_private_kernel(std::string &problem) {
    const std::string program = find_chorusd();
    auto [ours, theirs] = wire::socket_pair();
    if (!ours) {
        problem = std::string("cannot start a private kernel: ") + std::strerror(errno);
        return {};
    }
    const std::string number = std::to_string(theirs.get());
    const char *arguments[] = {"chorusd", "--private", number.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), theirs.get());  // open in the new program
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, const_cast<char **>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        problem = "cannot start a private kernel: " + program + ": " + std::strerror(error) +
                  "; set CHORUSD to where chorusd is, or start 'chorusd' by hand";
        return {};
    }
    // It detaches at once: the process that is waited for here is the one that it leaves behind.
    if (!ends_well(pid)) {
        problem = "the private kernel " + program + " did not start";
        return {};
    }
    return std::move(ours);
}

// Only a kernel of the own user or of root is trusted with what this process does.
wire::Descriptor connect_trusted(std::uint32_t uid, const std::string &site) {
    wire::Descriptor socket = wire::connect_to(uid, site);
    wire::Peer peer;
    if (socket && (!wire::peer_of(socket.get(), peer) || (peer.uid != geteuid() && peer.uid != 0))) socket.reset();
    return socket;
}

// The site of another user, whom the caller trusts by naming it: USER/SITE, the user by name or number.
wire::Descriptor connect_to_other(const std::string &name, std::size_t slash, std::string &problem) {
    const std::string user = name.substr(0, slash);
    char *end = nullptr;
    auto uid = static_cast<std::uint32_t>(std::strtoul(user.c_str(), &end, 10));
    if (user.empty() || *end != '\0') {
        const passwd *found = getpwnam(user.c_str());
        if (found == nullptr) {
            problem = "there is no user '" + user + "', whose site '" + name + "' would be";
            return {};
        }
        uid = found->pw_uid;
    }
    wire::Descriptor socket = wire::connect_to(uid, name.substr(slash + 1));
    wire::Peer peer;
    if (socket && (!wire::peer_of(socket.get(), peer) || (peer.uid != uid && peer.uid != 0))) socket.reset();
    if (!socket) problem = "no kernel of user '" + user + "' serves site '" + name.substr(slash + 1) + "'";
    return socket;
}

std::string running_sites() {
    std::string list;
    for (const std::string &site : wire::sites_of(geteuid()))
        list += (list.empty() ? "" : ", ") + site;
    return list.empty() ? "none runs" : "running: " + list;
}

}  // namespace

wire::Descriptor connect_to_kernel(const std::optional<std::string> &site, Missing missing, std::string &problem) {
    const char *from_environment = std::getenv("CHORUS_SITE");
    const bool named = site || (from_environment != nullptr && *from_environment != '\0');
    const std::string name = site ? *site : named ? from_environment : "default";
    if (const auto slash = name.find('/'); slash != std::string::npos) return connect_to_other(name, slash, problem);
    wire::Descriptor socket = connect_trusted(geteuid(), name);
    if (!socket && named && geteuid() != 0) socket = connect_trusted(0, name);
    if (socket) return socket;
    if (!named && missing == Missing::start_private) return start_private_kernel(problem);
    problem = "no kernel serves site '" + name + "' (" + running_sites() + "): start it with 'chorusd --site " + name +
              "', or name another with --site or CHORUS_SITE";
    return {};
}

}  // namespace chorus::client
