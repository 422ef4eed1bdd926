// Our end of the processes that chorus-bench-floor makes. Each is started when first asked for and ends with this one.
#pragma once

#include <semaphore.h>
#include <sys/types.h>

#include "floor_wire.hpp"
#include "semaphore_pair.hpp"

namespace chorus::bench {

// One that passes memory.
class RegionServer {
  public:
    static RegionServer &started();
    ~RegionServer();
    // Sends the request and blocks for the reply. Returns the descriptor that came along, or -1.
    int ask(Request request);

  private:
    RegionServer();
    int socket_ = -1;
    pid_t pid_ = 0;
};

// One that waits on sem_t.
class SemaphorePeer {
  public:
    static SemaphorePeer &started();
    ~SemaphorePeer();
    SemaphorePair<sem_t> &pair() { return *pair_; }

  private:
    SemaphorePeer();
    SemaphorePair<sem_t> *pair_ = nullptr;
    pid_t pid_ = 0;
};

}  // namespace chorus::bench
