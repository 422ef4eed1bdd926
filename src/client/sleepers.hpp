// The status page of this actor: which of its threads sleep on which semaphores, for the kernel to read. Only a thread
// that is about to sleep writes to it.
#pragma once

#include <sync/chSem.h>

#include <cstdint>

#include "wire/status.hpp"

namespace chorus::client {

// As long as it lives, the page says that this thread sleeps on a semaphore.
class Asleep {
  public:
    // `since_ns` is when the P began to sleep: 0 the first time, then set here, and the same for each further sleep of
    // that P.
    Asleep(const KnSem *sem, std::uint64_t &since_ns);
    ~Asleep();
    Asleep(const Asleep &) = delete;
    Asleep &operator=(const Asleep &) = delete;

  private:
    wire::Sleeper *slot_ = nullptr;  // none where there is no page, or no room on it
};

// Where the kernel takes the page: the service socket. Sent now, where there is a page, else with the first sleep.
void show_sleepers(int service_socket);
// In a forked child, whose threads those of the page are not.
void forget_sleepers();

}  // namespace chorus::client
