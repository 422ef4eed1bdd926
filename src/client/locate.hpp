// Finds the kernel that a process is to talk to, or starts one.
#pragma once

#include <optional>
#include <string>

#include "client/kernel_token.hpp"
#include "wire/descriptor.hpp"

namespace chorus::client {

enum class Missing { start_private, report };

// Whether the kernel at the other end of a socket is one of the own user or of root: others are not trusted with what
// this process does.
bool is_trusted(int socket);

struct Connection {
    wire::Descriptor socket;
    std::optional<KernelToken> token;  // of a private kernel
};

// A connection to the site named; with none named to the one in CHORUS_SITE; otherwise to the private kernel that the
// environment has a token of; otherwise to the default site; otherwise, if asked for, to a new private kernel. Without
// a socket if there is none: `problem` then says what is wrong and what to do. Does not wait until a private kernel has
// started: `problem` says what is wrong if that does not answer.
Connection connect_to_kernel(const std::optional<std::string> &site, Missing missing, std::string &problem);

}  // namespace chorus::client
