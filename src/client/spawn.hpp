// Starts a program as an actor: the kernel makes the actor and its socket, this process makes the one that takes the
// socket and loads the program.
#pragma once

#include <am/afexec.h>
#include <sys/types.h>

#include "client/channel.hpp"

namespace chorus::client {

struct Program {
    const char *path = nullptr;
    char *const *arguments = nullptr;
    char *const *environment = nullptr;
    bool search_path = false;  // for a path without a slash
};

struct Spawned {
    int error = 0;  // an errno; the rest is valid where it is 0
    int actor = 0;
    pid_t pid = 0;
    KnCap capability{};
};

// `param` may be null; all pointers in it and in `program` are readable. Blocks until the program is loaded.
Spawned spawn(Channel &channel, const Program &program, const AcParam *param);

// The errno of the UNIX-like calls for a K_* status.
int errno_of(int status);

}  // namespace chorus::client
