// Programs that the real world starts. They end with it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "script/operation.hpp"
#include "wire/descriptor.hpp"

namespace chorus::sim {

class Program {
  public:
    struct Options {
        std::vector<std::string> arguments{};                    // the program first
        std::vector<std::pair<std::string, std::string>> set{};  // of the environment
        int keep = -1;                                           // a descriptor that it inherits
        bool output = false;                                     // its standard output is read here
        bool group = false;                                      // it has a process group of its own
        int end_signal = 9;                                      // sent to it when this program ends
    };

    Program() = default;
    // Throws std::runtime_error.
    explicit Program(const Options &options);
    Program(Program &&other) noexcept;
    Program &operator=(Program &&other) noexcept;
    // Kills it where it still runs.
    ~Program();

    pid_t pid() const { return pid_; }
    bool running() const { return pid_ > 0; }
    // Everything up to the next line's end, or to the end.
    std::string read_line();
    // Everything up to the end, which it also waits for: its exit status, or 128 + signal. If that takes longer than
    // `limit`, kills its process group and returns nothing; `output` has what was printed before.
    std::optional<int> finish(std::optional<std::chrono::seconds> limit, std::string &output);
    void signal(int number) const;
    // Waits for its end: its exit status, or 128 + signal.
    int wait();

  private:
    pid_t pid_ = -1;
    wire::Descriptor output_;
};

// Where this program lies, and those that belong to it.
std::string beside(const std::string &program);

// The program of the actors: beside this one in a build tree, in a directory of its own once it is installed. Throws
// std::runtime_error if it is in neither.
std::string actor_program();

// Whether another user may run it.
bool reachable_by(unsigned uid);

// A chorusd of its own.
class KernelProcess {
  public:
    // Throws std::runtime_error where it does not start.
    KernelProcess();
    ~KernelProcess();
    KernelProcess(const KernelProcess &) = delete;
    KernelProcess &operator=(const KernelProcess &) = delete;

    const std::string &site() const { return site_; }
    bool alive() const { return keeper_ > 0; }
    // Of its two processes one, which the other one starts again; or both at once.
    void kill_kernel();
    void kill_keeper();
    void kill();

  private:
    std::string site_;
    Program program_;   // as it was started: the first keeper
    pid_t keeper_ = 0;  // 0: the site is dead
    pid_t kernel_ = 0;
};

// Runs a program as an actor of a site, as the step `spawn` says. The result is `exit 0, "what it printed"`; one that
// takes longer than `limit` is killed, which no outcome of a scenario allows.
Result run_to_end(const std::string &site, const Operation &spawn, std::optional<std::chrono::seconds> limit);

}  // namespace chorus::sim
