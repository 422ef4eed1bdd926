// Microkernel calls leave errno alone: puts it back at the end of a scope.
#pragma once

#include <cerrno>

namespace chorus::client {

class KeepErrno {
  public:
    KeepErrno() : saved_(errno) {}
    ~KeepErrno() { errno = saved_; }
    KeepErrno(const KeepErrno &) = delete;
    KeepErrno &operator=(const KeepErrno &) = delete;

  private:
    int saved_;
};

}  // namespace chorus::client
