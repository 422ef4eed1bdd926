// Our end of chorus-bench-actor, the other actor. It is started when first asked for and ends with this one.
#pragma once

#include <chorus.h>

#include "semaphore_pair.hpp"

namespace chorus::bench {

class Peer {
  public:
    static Peer &started();
    ~Peer();
    KnCap &capability() { return capability_; }
    // Its page, in its own address space.
    KnRgnDesc &region() { return region_; }
    // The semaphores on that page, mapped here.
    SemaphorePair<KnSem> &pair() { return *pair_; }

  private:
    Peer();
    int aid_ = 0;
    KnCap capability_{};
    KnRgnDesc region_{};
    SemaphorePair<KnSem> *pair_ = nullptr;
};

// A region of one page, writable and where the kernel likes; not allocated yet.
inline KnRgnDesc one_page() {
    KnRgnDesc region{};
    region.size = 4096;
    region.options = K_WRITABLE | K_ANYWHERE;
    return region;
}

inline void *address_of(const KnRgnDesc &region) {
    return reinterpret_cast<void *>(static_cast<unsigned long>(region.startAddr));
}

}  // namespace chorus::bench
