// A scenario of a test, in a file that goes with it.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "support/process.hpp"

namespace chorus::test::sim {

inline Finished chorus_sim(const std::string &words) {
    return run("'" + program("chorus-sim") + "' " + words + " 2>&1");
}
inline Finished output_of(const std::string &words) {
    return run("'" + program("chorus-sim") + "' " + words + " 2>/dev/null");
}
inline Finished errors_of(const std::string &words) {
    return run("'" + program("chorus-sim") + "' " + words + " 2>&1 >/dev/null");
}
// One that is kept: sim/scenarios/NAME.scn.
inline std::string scenario(const std::string &name) {
    return source("sim/scenarios/" + name + ".scn");
}

class Scratch {
  public:
    explicit Scratch(const std::string &text) {
        static int counter = 0;
        path_ = scratch("scratch-" + std::to_string(getpid()) + "-" + std::to_string(++counter) + ".scn");
        std::ofstream(path_) << text;
    }
    ~Scratch() { std::remove(path_.c_str()); }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

    const std::string &path() const { return path_; }
    std::string text() const {
        std::stringstream text;
        text << std::ifstream(path_).rdbuf();
        return text.str();
    }
    // COMMAND FILE [REST]
    Finished run(const std::string &command, const std::string &rest = {}) const {
        return chorus_sim(command + " '" + path_ + "' " + rest);
    }

  private:
    std::string path_;
};

}  // namespace chorus::test::sim
