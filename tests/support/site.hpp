// A real kernel for one test, and actors on strings in it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "support/process.hpp"

namespace chorus::test {

// A chorusd of its own, ready when constructed, gone when destroyed.
class TestSite {
  public:
    TestSite();
    ~TestSite();

    const std::string &name() const { return name_; }
    pid_t kernel_pid() const { return kernel_->pid(); }
    // Asks the kernel to end, and its exit status.
    int stop();
    // Kills the kernel, with no time for a last word.
    void kill_kernel();
    // Everything that it has logged so far.
    std::string log() const;
    // Runs `chorus <words>` for this site.
    Finished chorus(const std::string &words) const;

  private:
    std::string name_;
    std::string log_file_;
    std::unique_ptr<Process> kernel_;
};

// A process that makes the calls it is told (actors/puppet.cpp).
class Puppet {
  public:
    // With these environment variables.
    explicit Puppet(const TestSite &site, std::map<std::string, std::string> set = {});

    // Makes a call and waits for what comes back.
    std::string operator()(const std::string &call);
    // Makes a call; the reply is read later.
    void start(const std::string &call) { process_.write_line(call); }
    std::string finish() { return process_.read_line(); }

    // Its own capability, as a word of a call.
    std::string capability();
    // Allocates somewhere, or fails the test: the address.
    std::string allocate(int pages, const std::string &options);
    pid_t pid() const { return process_.pid(); }
    Process &process() { return process_; }

  private:
    Process process_;
};

// The n-th word of a reply.
std::string word(const std::string &reply, int index);
// An address word plus a number of bytes.
std::string plus(const std::string &address, long bytes);

}  // namespace chorus::test
