#include "client/locate.hpp"

#include <dlfcn.h>
#include <exec/chTypes.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "client/deadline.hpp"
#include "client/new_process.hpp"
#include "wire/message.hpp"
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
    // A place that the caller cannot choose, by a variable or by a link to the program.
    if (has_more_rights_than_its_caller()) return CHORUS_BINDIR "/chorusd";
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
    char *const *environment;
    int socket;
    sigset_t signals{};
    int error = 0;
};

CHORUS_LOADS_PROGRAM int load_kernel(void *argument) {
    KernelStart &start = *static_cast<KernelStart *>(argument);
    fcntl(start.socket, F_SETFD, 0);
    sigprocmask(SIG_SETMASK, &start.signals, nullptr);
    execvpe(start.program, start.arguments, start.environment);
    start.error = errno;
    return 1;
}

int start_between(void *argument) {
    KernelStart &start = *static_cast<KernelStart *>(argument);
    sigset_t all;
    if (new_process(load_kernel, argument, &all) < 0) start.error = errno;
    return 0;
}

// The kernel learns its token from its environment, which nobody can read but this user and root.
std::vector<char *> kernel_environment(char *token_setting) {
    std::vector<char *> environment;
    const std::size_t name_length = std::strlen(token_variable);
    for (char **setting = environ; setting != nullptr && *setting != nullptr; ++setting)
        if (std::strncmp(*setting, token_variable, name_length) != 0 || (*setting)[name_length] != '=')
            environment.push_back(*setting);
    environment.push_back(token_setting);
    environment.push_back(nullptr);
    return environment;
}

Connection start_private_kernel(std::string &problem) {
    const std::string program = find_chorusd();
    auto [ours, theirs] = wire::socket_pair();
    if (!ours) {
        problem = std::string("cannot start a private kernel: ") + std::strerror(errno);
        return {};
    }
    const std::string number = std::to_string(theirs.get());
    const char *arguments[] = {"chorusd", "--private", number.c_str(), nullptr};
    const std::optional<KernelToken> token = draw_token();
    std::string setting = token_variable + ("=" + (token ? text_of(*token) : std::string()));
    const std::vector<char *> environment = kernel_environment(setting.data());
    KernelStart start{program.c_str(), const_cast<char **>(arguments), environment.data(), theirs.get()};
    const pid_t between = new_process(start_between, &start, &start.signals);
    if (between < 0)
        start.error = errno;
    else
        await_end(between);
    if (start.error != 0) {
        const char *advice = has_more_rights_than_its_caller()
                                 ? "; a program with more rights than its caller looks for chorusd only there"
                                 : "; set CHORUSD to where chorusd is, or start 'chorusd' by hand";
        problem = "cannot start a private kernel: " + program + ": " + std::strerror(start.error) + advice;
        return {};
    }
    // Known only when it answers, or does not.
    problem = "the private kernel " + program + " did not start; set CHORUSD to where chorusd is";
    return {std::move(ours), token};
}

wire::Descriptor connect_trusted(std::uint32_t uid, const std::string &site) {
    wire::Descriptor socket = wire::connect_to(uid, site);
    if (socket && !is_trusted(socket.get())) socket.reset();
    return socket;
}

// What the private kernel says to its token.
enum class Presented { accepted, refused, not_answered };

Presented present(int socket, const KernelToken &token) {
    wire::Request request{};
    request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::present_token)};
    request.number = 0;  // calls begin with 1, so a duplicate of this reply matches none
    request.source_start = token.secret[0];
    request.source_size_bytes = token.secret[1];
    if (!wire::send(socket, &request, sizeof request)) return Presented::refused;
    const timespec deadline = deadline_in(reply_timeout_ms());
    for (;;) {
        const long left_ms = milliseconds_until(deadline);
        if (left_ms <= 0) return Presented::not_answered;
        pollfd readable{.fd = socket, .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, static_cast<int>(left_ms)) <= 0) continue;
        wire::Reply reply{};
        const wire::Received got = wire::receive(socket, &reply, sizeof reply, wire::Blocking::no);
        if (got.what == wire::Received::What::failed && (errno == EAGAIN || errno == EINTR)) continue;
        const bool is_reply = got.what == wire::Received::What::message && got.size_bytes == sizeof reply &&
                              reply.prefix.magic == wire::magic && reply.number == request.number;
        return is_reply && reply.status == K_OK ? Presented::accepted : Presented::refused;
    }
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

bool is_trusted(int socket) {
    wire::Peer peer;
    return wire::peer_of(socket, peer) && (peer.uid == geteuid() || peer.uid == 0);
}

Connection connect_to_kernel(const std::optional<std::string> &site, Missing missing, std::string &problem) {
    const char *from_environment = has_more_rights_than_its_caller() ? nullptr : std::getenv("CHORUS_SITE");
    const bool named = site || (from_environment != nullptr && *from_environment != '\0');
    const std::string name = site ? *site : named ? from_environment : "default";
    if (const auto slash = name.find('/'); slash != std::string::npos)
        return {connect_to_other(name, slash, problem), std::nullopt};
    if (const auto token = named ? std::nullopt : inherited_token()) {
        wire::Descriptor socket = connect_trusted(geteuid(), site_of(*token));
        const Presented presented = socket ? present(socket.get(), *token) : Presented::refused;
        if (presented == Presented::accepted) return {std::move(socket), token};
        if (presented == Presented::not_answered) {
            problem =
                "the private kernel '" + site_of(*token) + "' of the program that started this one does not answer";
            return {};
        }
    }
    wire::Descriptor socket = connect_trusted(geteuid(), name);
    if (!socket && named && geteuid() != 0) socket = connect_trusted(0, name);
    if (socket) return {std::move(socket), std::nullopt};
    if (!named && missing == Missing::start_private) return start_private_kernel(problem);
    problem = "no kernel serves site '" + name + "' (" + running_sites() + "): start it with 'chorusd --site " + name +
              "', or name another with --site or CHORUS_SITE";
    return {};
}

}  // namespace chorus::client
