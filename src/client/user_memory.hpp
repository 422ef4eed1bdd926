// Whether memory that a program names can be used, asked of the system: a bad pointer is an answer, not a crash.
// Nothing that is asked about is changed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chorus::client {

bool readable(const void *address, std::size_t size_bytes);
bool writable(const void *address, std::size_t size_bytes);
// Up to and with the NUL, or `limit` bytes where that is less.
bool readable_string(const char *text, std::size_t limit = SIZE_MAX);

// The same for the arguments of one call: what lies in one page is asked about once, and what lies in the page of this
// object, on the stack of the calling thread, not at all.
class Arguments {
  public:
    Arguments();
    bool readable(const void *address, std::size_t size_bytes);
    bool writable(const void *address, std::size_t size_bytes);
    bool readable_string(const char *text, std::size_t limit = SIZE_MAX);

  private:
    std::uintptr_t page_;  // the last that was found usable
    bool page_writable_ = true;
};

// As `writable`, but an object once found writable and aligned to 8 bytes is remembered until `forget_writable`: for
// calls that are too quick for a system call each time. Every object asked about must have the same size.
bool known_writable(const void *object, std::size_t size_bytes);
// Memory of this process was unmapped or protected.
void forget_writable();

}  // namespace chorus::client
