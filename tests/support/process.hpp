// A program that a test starts. It ends with the test, however the test ends.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace chorus::test {

class Process {
  public:
    struct Options {
        std::vector<std::string> arguments;        // the program first
        std::map<std::string, std::string> set{};  // environment variables on top of the test's own
        int end_signal = 9;                        // sent to it when the test ends without a last word
    };

    // Its standard input and output are pipes to this object.
    explicit Process(const Options &options);
    // Kills it where it still runs.
    ~Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    pid_t pid() const { return pid_; }
    void write_line(const std::string &line);
    // The next line of its output; empty at its end.
    std::string read_line();
    std::string read_all();
    void close_input();
    void signal(int number) const;
    // Until SIGCONT: no thread of it runs any more when this returns.
    void stop() const;
    // Waits for its end: its exit status, or 128 + signal.
    int wait();

  private:
    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string buffered_;
};

struct Finished {
    int status;
    std::string output;  // standard output, and standard error where asked for
};
// Runs a shell command to its end.
Finished run(const std::string &command);

// Where the build has put a program.
std::string program(const std::string &name);
// Where the build has put a library.
std::string library(const std::string &name);
// A path below the build tree, for a file that a test writes and removes.
std::string scratch(const std::string &name);
// A file of the project, by its path from the top.
std::string source(const std::string &path);

// Users who are neither root nor the kernel's.
constexpr unsigned stranger_uid = 65'534, other_stranger_uid = 65'533;
// What a command begins with to be run as a user. Only root can.
std::vector<std::string> words_as_user(unsigned uid);
std::string as_user(unsigned uid);
// Whether we can run a program of the build as that user.
bool may_be_run_by(unsigned uid, const std::string &name);

}  // namespace chorus::test
