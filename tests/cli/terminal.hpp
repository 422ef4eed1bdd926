// A terminal of a given size that a program prints on.
#pragma once

#include <cstddef>
#include <string>

#include "support/process.hpp"

namespace chorus::test {

class Terminal {
  public:
    Terminal(unsigned short columns, unsigned short rows);
    ~Terminal();
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    // For `>` of a shell.
    const std::string &path() const { return path_; }
    // What a shell command prints on it until it ends. Short outputs only: the terminal holds no more than 4 KiB.
    std::string output_of(const std::string &command);
    // Waits for the text, and returns everything up to its end.
    std::string read_until(const std::string &text);

  private:
    // Appends what is there; waits for the first byte if there is none.
    void read_more();

    int terminal_ = -1;
    int screen_ = -1;
    std::string path_;
    std::string unread_;
};

}  // namespace chorus::test
