// Unix sockets that keep message borders, with descriptor passing. Sites have names in the abstract socket namespace,
// so that no file is left behind. Functions that can fail say so with errno.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wire/descriptor.hpp"

namespace chorus::wire {

// A connected pair, both ends closed on exec. Empty descriptors where the system has none (errno).
std::pair<Descriptor, Descriptor> socket_pair();

// The socket of a site that a user's kernel serves. Empty where the name is taken (EADDRINUSE) or too long.
Descriptor listen_at(std::uint32_t uid, const std::string &site);
// Empty where nobody serves that site (ECONNREFUSED).
Descriptor connect_to(std::uint32_t uid, const std::string &site);
// The sites that kernels serve, of one user or of all.
struct SiteName {
    std::uint32_t uid = 0;
    std::string site;
};
std::vector<SiteName> all_sites();
std::vector<std::string> sites_of(std::uint32_t uid);

// Who is at the other end, as the system saw it when it connected.
struct Peer {
    std::uint32_t pid = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};
bool peer_of(int socket, Peer &peer);
// Its groups beside the one above, the same.
std::vector<std::uint32_t> groups_of(int socket);
// Whether a descriptor is a Unix socket that keeps message borders.
bool keeps_borders(int descriptor);
// Asks the system to state the sender with each message received, or no longer.
bool state_senders(int socket, bool on);

// Sends one message, whole or not at all, with a descriptor unless it is negative. Does not raise SIGPIPE.
bool send(int socket, const void *message, std::size_t size_bytes, int descriptor = -1);
// The same without waiting where the other end does not read (EAGAIN).
bool send_now(int socket, const void *message, std::size_t size_bytes, int descriptor = -1);

struct Received {
    enum class What { message, closed, failed } what = What::failed;  // failed: see errno
    std::size_t size_bytes = 0;      // of the message; more than `capacity` where it was cut off
    Descriptor descriptor;           // if one came along
    std::vector<Descriptor> others;  // if more came
    Peer sender;                     // if stated; pid 0 otherwise
};
// Receives one message, waiting for it if asked to: failed with EAGAIN where none came, with EINTR where a signal
// handler ran first.
enum class Blocking { no, yes };
Received receive(int socket, void *buffer, std::size_t capacity, Blocking wait);

// The same in two steps: the system puts what comes along with a message into an inbox, which may be memory that
// outlives this process. `unpack` makes the same of it as often as it is asked to.
struct Inbox {
    iovec part{};
    msghdr header{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int) * 4)] = {};
};
// Returns what `recvmsg` does.
ssize_t receive_into(Inbox &inbox, int socket, void *buffer, std::size_t capacity, Blocking wait);
Received unpack(const Inbox &inbox, ssize_t size_bytes);

}  // namespace chorus::wire
