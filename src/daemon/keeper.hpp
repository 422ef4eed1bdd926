// The two processes of chorusd: the kernel, and a keeper that starts the next one. docs/restart.md has their states.
#pragma once

#include <functional>

#include "daemon/control.hpp"

namespace chorus::daemon {

// A page of memory that is shared by every process forked from this one. Null (errno) where the system has none.
Control *create_control();

// Turns this process into the keeper, and a new one into the kernel: `kernel` is its whole life, and returns its exit
// status. Returns the exit status of the site, when it has come to its end.
int keep(Control &control, const std::function<int()> &kernel);

// In the kernel: whether the keeper lives; and makes this process's child the keeper where it does not. Returns its
// pidfd (control.keeper_pidfd), or -1 (errno).
int watch_keeper(Control &control, const std::function<int()> &kernel);

}  // namespace chorus::daemon
