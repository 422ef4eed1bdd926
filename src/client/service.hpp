// The service thread: follows the orders of the kernel, on a socket of its own. Orders change this process's maps where
// somebody else's call asks for it: see docs/address-spaces.md.
#pragma once

#include "client/follow.hpp"
#include "client/turns.hpp"
#include "wire/descriptor.hpp"

namespace chorus::client {

class Service;

// Starts the thread on our end of the socket; it ends when the kernel closes the other one. It runs no signal handlers.
// The other two live as long as the process. nullptr where the system has no more threads.
Service *start_service(wire::Descriptor socket, const Follower &follower, Turns &turns);

// Returns when the thread runs, which allocates no memory from then on: before a fork, which would copy an allocator
// that waits for another thread (the address sanitizer's then waits in the child for ever).
void await_start(const Service &service);

// In a forked child, which has the descriptors of the parent's service and not the thread: closes them.
void abandon_service(Service *of_parent);

}  // namespace chorus::client
