// A kernel of its own for a benchmark, and processes that end with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "wire/descriptor.hpp"

namespace chorus::bench {

// A process that ends with this object, or with its parent.
class Child {
  public:
    // Where it is to run is no matter.
    static constexpr int anywhere = -1;

    // `work` is not to return. It ends by SIGKILL, or by SIGTERM where it has something to clean up.
    Child(int processor, const std::function<void()> &work, int end_signal = 9);
    ~Child();
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    pid_t pid() const { return pid_; }

  private:
    int end_signal_;
    pid_t pid_;
};

struct Pipe {
    Pipe();
    wire::Descriptor from, to;
};

class Site {
  public:
    // Returns when it serves. Of another program than chorusd where one is named.
    explicit Site(int processor, const char *program = nullptr);
    Site(const Site &) = delete;
    Site &operator=(const Site &) = delete;
    const std::string &name() const { return name_; }
    // Of the keeper.
    pid_t pid() const { return chorusd_.pid(); }
    // What each actor may have at most.
    void set_quota(std::uint64_t regions) const;

  private:
    void serve() const;

    std::string name_;
    const char *program_;
    Pipe output_;
    Child chorusd_;
};

}  // namespace chorus::bench
