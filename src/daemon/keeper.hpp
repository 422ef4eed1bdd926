// The two processes of chorusd: the kernel, and a keeper that starts the next one. docs/restart.md has their states.
#pragma once

#include <functional>

#include "daemon/control.hpp"

namespace chorus::daemon {

struct Roles {
    std::function<int()> kernel;    // its whole life; returns its exit status
    std::function<void()> replace;  // executes the next program in this process; returns where that fails (errno)
};

// A page of memory that is shared by every process forked from this one. Null where the system has none.
Control *create_control();
// That of the program before this one, whose process this is. Null where it is none, or of another layout.
Control *open_control(int file);

// Turns this process into the keeper, and a new one into the kernel. Returns the exit status of the site, when it has
// come to its end.
int keep(Control &control, const Roles &roles);
// The same in place of the keeper of the program before.
int keep_on(Control &control, const Roles &roles);

// In the kernel: whether the keeper lives; and makes this process's child the keeper where it does not. Returns its
// pidfd (control.keeper_pidfd), or -1 (errno).
int watch_keeper(Control &control);

// In the kernel: asks the keeper for the next program, and waits to be ended. Returns where the keeper has ended
// before, or there is none.
void hand_over(Control &control);
// In the kernel, before anything else: makes sure that the kernel of the program before does nothing more.
void take_over(Control &control);

}  // namespace chorus::daemon
