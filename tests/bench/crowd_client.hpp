// Our end of chorus-bench-crowd.
#pragma once

#include <sys/types.h>

namespace chorus::bench {

class Crowd {
  public:
    // Returns when they are there.
    explicit Crowd(int regions, int actors = 2);
    ~Crowd();
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;

    // Nanoseconds of five calls of one of them.
    double time_calls();

  private:
    pid_t pid_ = 0;
    int to_ = -1, from_ = -1;
};

}  // namespace chorus::bench
