#include "wire/socket.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>

namespace chorus::wire {

namespace {

std::string prefix_of(std::uint32_t uid) {
    return "chorus/" + std::to_string(uid) + "/";
}

// Fills the address and returns its length, or 0 where the name is too long.
socklen_t address_of(std::uint32_t uid, const std::string &site, sockaddr_un &address) {
    const std::string name = prefix_of(uid) + site;
    if (name.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return 0;
    }
    address = {};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

using BindOrConnect = int(int, const sockaddr *, socklen_t);

// In a program that was started without standard input, output or error, their numbers are free: what is put there
// would be written to.
Descriptor above_standard(Descriptor descriptor) {
    if (!descriptor || descriptor.get() > STDERR_FILENO) return descriptor;
    return Descriptor(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

Descriptor open_at(std::uint32_t uid, const std::string &site, BindOrConnect *attach) {
    sockaddr_un address;
    const socklen_t length = address_of(uid, site, address);
    if (length == 0) return {};
    Descriptor socket = above_standard(Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)));
    if (!socket || attach(socket.get(), reinterpret_cast<const sockaddr *>(&address), length) != 0) return {};
    return socket;
}

bool send_with(int socket, const void *message, std::size_t size_bytes, int descriptor, int flags) {
    iovec part{const_cast<void *>(message), size_bytes};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (descriptor >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    constexpr int tries_max = 100;  // while the system has no buffer for it
    ssize_t sent;
    int tries = 0;
    do {
        if (tries > 0) sched_yield();
        sent = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
    } while (sent < 0 && (errno == EINTR || ((errno == ENOMEM || errno == ENOBUFS) && ++tries < tries_max)));
    return sent == static_cast<ssize_t>(size_bytes);
}

void take_descriptors(const cmsghdr *rights, Received &received) {
    const std::size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
        int number;
        std::memcpy(&number, CMSG_DATA(rights) + i * sizeof number, sizeof number);
        Descriptor owned(number);
        if (received.descriptor)
            received.others.push_back(std::move(owned));
        else
            received.descriptor = above_standard(std::move(owned));
    }
}

}  // namespace

std::pair<Descriptor, Descriptor> socket_pair() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
    return {above_standard(Descriptor(ends[0])), above_standard(Descriptor(ends[1]))};
}

Descriptor listen_at(std::uint32_t uid, const std::string &site) {
    // Whoever comes when so many wait already waits in `connect`. More would be a queue that one process can fill.
    constexpr int waiting_max = 128;
    Descriptor socket = open_at(uid, site, ::bind);
    if (socket && listen(socket.get(), waiting_max) != 0) socket.reset();
    return socket;
}

Descriptor connect_to(std::uint32_t uid, const std::string &site) {
    return open_at(uid, site, ::connect);
}

std::vector<SiteName> all_sites() {
    constexpr std::string_view start = "@chorus/";
    std::vector<SiteName> sites;
    std::ifstream table("/proc/net/unix");
    for (std::string line; std::getline(table, line);) {
        const auto at = line.find(start);
        if (at == std::string::npos || line.find(" 00010000 ") == std::string::npos) continue;  // listening ones
        SiteName name;
        const char *end = line.data() + line.size();
        const auto [slash, error] = std::from_chars(line.data() + at + start.size(), end, name.uid);
        if (error != std::errc() || slash == end || *slash != '/') continue;
        name.site.assign(slash + 1, end);
        sites.push_back(std::move(name));
    }
    return sites;
}

std::vector<std::string> sites_of(std::uint32_t uid) {
    std::vector<std::string> sites;
    for (SiteName &name : all_sites())
        if (name.uid == uid) sites.push_back(std::move(name.site));
    return sites;
}

bool peer_of(int socket, Peer &peer) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return false;
    peer = {static_cast<std::uint32_t>(credentials.pid), credentials.uid, credentials.gid};
    return true;
}

std::vector<std::uint32_t> groups_of(int socket) {
    std::vector<gid_t> groups(64);
    for (;;) {
        socklen_t length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const int result = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length);
        if (result != 0 && errno != ERANGE) return {};
        groups.resize(length / sizeof(gid_t));
        if (result == 0) return {groups.begin(), groups.end()};
    }
}

bool keeps_borders(int descriptor) {
    int domain = 0, type = 0;
    socklen_t length = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_UNIX) return false;
    length = sizeof type;
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

bool state_senders(int socket, bool on) {
    const int value = on ? 1 : 0;
    return setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &value, sizeof value) == 0;
}

bool send(int socket, const void *message, std::size_t size_bytes, int descriptor) {
    return send_with(socket, message, size_bytes, descriptor, 0);
}

bool send_now(int socket, const void *message, std::size_t size_bytes, int descriptor) {
    return send_with(socket, message, size_bytes, descriptor, MSG_DONTWAIT);
}

ssize_t receive_into(Inbox &inbox, int socket, void *buffer, std::size_t capacity, Blocking wait) {
    inbox.part = {buffer, capacity};
    inbox.header = {};
    inbox.header.msg_iov = &inbox.part;
    inbox.header.msg_iovlen = 1;
    // Room for the sender and a few descriptors; the system drops those for which there is no room.
    inbox.header.msg_control = inbox.control;
    inbox.header.msg_controllen = sizeof inbox.control;
    const int flags = MSG_TRUNC | MSG_CMSG_CLOEXEC | (wait == Blocking::no ? MSG_DONTWAIT : 0);
    return recvmsg(socket, &inbox.header, flags);
}

Received unpack(const Inbox &inbox, ssize_t size_bytes) {
    Received received;
    if (size_bytes < 0) return received;
    received.what = size_bytes == 0 ? Received::What::closed : Received::What::message;
    received.size_bytes = static_cast<std::size_t>(size_bytes);
    msghdr header = inbox.header;
    header.msg_control = const_cast<char *>(inbox.control);  // which may be mapped elsewhere by now
    for (const cmsghdr *c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, const_cast<cmsghdr *>(c))) {
        if (c->cmsg_level != SOL_SOCKET) continue;
        if (c->cmsg_type == SCM_RIGHTS) take_descriptors(c, received);
        if (c->cmsg_type == SCM_CREDENTIALS) {
            ucred credentials;
            std::memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
            received.sender = {static_cast<std::uint32_t>(credentials.pid), credentials.uid, credentials.gid};
        }
    }
    return received;
}

Received receive(int socket, void *buffer, std::size_t capacity, Blocking wait) {
    Inbox inbox;
    return unpack(inbox, receive_into(inbox, socket, buffer, capacity, wait));
}

}  // namespace chorus::wire
