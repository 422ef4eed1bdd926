#include "client/locate.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "client/new_process.hpp"
#include "wire/socket.hpp"

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

// A private kernel that is being started, by a process between: it is nobody's child.
struct KernelStart {
    const char *program;
    char *const *arguments;
    int socket;
    sigset_t signals{};
    int error = 0;
};

CHORUS_LOADS_PROGRAM int load_kernel(void *argument) {
    KernelStart &start = *static_cast<KernelStart *>(argument);
    fcntl(start.socket, F_SETFD, 0);
    sigprocmask(SIG_SETMASK, &start.signals, nullptr);
    execvp(start.program, start.arguments);
    start.error = errno;
    return 1;
}

int start_between(void *argument) {
    KernelStart &start = *static_cast<KernelStart *>(argument);
    sigset_t all;
    if (new_process(load_kernel, argument, &all) < 0) start.error = errno;
    return 0;
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
    KernelStart start{program.c_str(), const_cast<char **>(arguments), theirs.get()};
    const pid_t between = new_process(start_between, &start, &start.signals);
    if (between < 0)
        start.error = errno;
    else
        await_end(between);
    if (start.error != 0) {
        problem = "cannot start a private kernel: " + program + ": " + std::strerror(start.error) +
                  "; set CHORUSD to where chorusd is, or start 'chorusd' by hand";
        return {};
    }
    // Known only when it answers, or does not.
    problem = "the private kernel " + program + " did not start; set CHORUSD to where chorusd is";
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
