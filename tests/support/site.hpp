// A real kernel for one test, and actors on strings in it.
#pragma once

#include <chorus.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace chorus::test {

// A chorusd of its own, ready when constructed, gone when destroyed.
class TestSite {
  public:
    TestSite();
    // Started with a command before it, as `env NAME=VALUE`, and options behind.
    TestSite(const std::string &before, const std::string &options);
    // With shared memory of its own, so small, that no other program takes any of. Needs what may_have_own_memory
    // tells.
    explicit TestSite(unsigned long memory_bytes);
    // Of a chorusd that lies elsewhere.
    explicit TestSite(const std::filesystem::path &chorusd);
    ~TestSite();
    // Whether this user may mount a file system where no one else sees it.
    static bool may_have_own_memory();

    const std::string &name() const { return name_; }
    // Of its two processes.
    pid_t keeper_pid() const { return keeper_pid_; }
    pid_t kernel_pid() const { return kernel_pid_; }
    // Asks the site to end, and its exit status.
    int stop();
    // Kills one of its processes, and waits for the one that goes on instead.
    void kill_kernel();
    void kill_keeper();
    // Has its program replaced by what lies where it was started from now, and waits for the kernel of that.
    Finished reload();
    // Finds its processes, whatever has happened to them, and waits for it to be two.
    void look();
    // Kills one of those that run now, more than two while a program follows another one, and waits for its end: one
    // that is about to end would be taken for one that goes on.
    void kill_one(unsigned which) const;
    // Kills both processes, with no time for a last word.
    void kill();
    // Everything that it has logged so far.
    std::string log() const;
    // Runs `chorus <words>` for this site.
    Finished chorus(const std::string &words) const;

  private:
    void start(const std::string &command);
    // All that run now, in no order. One that begins another program may be missing for a moment.
    std::vector<pid_t> processes() const;

    std::string program_ = program("chorusd");
    std::string name_;
    std::string log_file_;
    std::unique_ptr<Process> started_;  // the first keeper; none once it was killed
    pid_t keeper_pid_ = 0;              // 0: the site has ended
    pid_t kernel_pid_ = 0;
};

// From the environment: how much a test does.
int number_from(const char *variable, int otherwise);

// A process that makes the calls it is told (actors/puppet.cpp).
class Puppet {
  public:
    enum class Rights { user, system, supervisor };
    struct Options {
        Rights rights = Rights::user;
        std::map<std::string, std::string> set{};  // environment variables
        std::vector<std::string> through{};        // a command that starts it
        bool spawned = false;                      // by `chorus run`, as those with more rights always are
    };
    explicit Puppet(const TestSite &site);
    Puppet(const TestSite &site, Rights rights);
    Puppet(const TestSite &site, const Options &options);

    // Makes a call and waits for what comes back.
    std::string operator()(const std::string &call);
    // Makes a call; the reply is read later.
    void start(const std::string &call) { process_.write_line(call); }
    std::string finish() { return process_.read_line(); }

    // Its own capability, as a word of a call.
    std::string capability();
    // Allocates somewhere, or fails the test: the address.
    std::string allocate(int pages, const std::string &options);
    // Waits until it is in the call that was started, waiting for the kernel.
    void wait_until_in_call();
    pid_t pid() const { return process_.pid(); }  // of `chorus run` where that has started it
    Process &process() { return process_; }

  private:
    Process process_;
};

// The word of a call for a region that the kernel places and that is writable.
inline const std::string anywhere = std::to_string(K_ANYWHERE | K_WRITABLE);

// What a puppet replies to a call, and to one that answers as UNIX calls do.
inline std::string status(int code) {
    return std::to_string(code);
}
inline std::string refused(int error) {
    return "-1 " + std::to_string(error);
}
// The n-th word of a reply.
std::string word(const std::string &reply, int index);
// An address word plus a number of bytes.
std::string plus(const std::string &address, long bytes);

}  // namespace chorus::test
