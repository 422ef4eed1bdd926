// A process that is about to load another program: as vfork(2) makes one, on a stack of its own.
#pragma once

#include <signal.h>
#include <sys/types.h>

namespace chorus::client {

// Where a program is loaded from, nobody returns: sanitizers are not to keep account of that.
#define CHORUS_LOADS_PROGRAM __attribute__((no_sanitize("address", "thread")))

// Makes a process that calls `run`, ends with what that returns, and shares the memory of this one, which waits until
// the new one has loaded a program or ended. In it no handler of this process is left, and all signals are blocked: it
// may still be killed at any time. `run` finds in *signals what this process blocks. Returns the pid, or -1 and errno.
pid_t new_process(int (*run)(void *), void *argument, sigset_t *signals);

// Waits for its end, where it has loaded none.
void await_end(pid_t pid);

}  // namespace chorus::client
