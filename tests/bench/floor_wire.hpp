// What chorus-bench-floor is asked over its socket. A request is one word; the reply is one word, and the descriptor of
// a page where `create` or `pass` asked for it.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace chorus::bench {

enum class Request : std::uint32_t {
    create,   // make a page of shared memory and pass it
    release,  // close the page made last, if it is not closed yet
    pass,     // pass a page that was there before
};

inline constexpr std::size_t page_bytes = 4096;

// Sends one word, with a descriptor unless it is negative.
inline bool send_word(int socket, std::uint32_t word, int descriptor) {
    iovec part{&word, sizeof word};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &header, MSG_NOSIGNAL) == sizeof word;
}

// Blocks for one word, and stores the descriptor that came along, or -1. False at the end of the connection.
inline bool receive_word(int socket, std::uint32_t &word, int &descriptor) {
    iovec part{&word, sizeof word};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != sizeof word) return false;
    descriptor = -1;
    const cmsghdr *rights = CMSG_FIRSTHDR(&header);
    if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS)
        std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
    return true;
}

}  // namespace chorus::bench
