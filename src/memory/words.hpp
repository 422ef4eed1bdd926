// Reading memory that others write to, one whole word at a time.
#pragma once

#include <cstdint>

namespace chorus::memory {

class WordReader {
  public:
    // The file stays open as long as this object.
    explicit WordReader(int file) : file_(file) {}

    // As pread of all of it; false where that fails. Every aligned word of 8 bytes is one that was there, never parts
    // of two: pread promises nothing of the kind. Holes read 0 and stay holes.
    bool read(char *to, std::uint64_t size_bytes, std::uint64_t offset);

  private:
    bool find_data(std::uint64_t offset, std::uint64_t end);

    int file_;
    // Memory from the one to the other, no hole: the system takes long to tell.
    std::uint64_t data_start_ = 0;
    std::uint64_t data_end_ = 0;
};

}  // namespace chorus::memory
