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

// As `writable`, but a page once found writable is remembered until `forget_writable_pages`: for calls that are too
// quick for a system call each time.
bool known_writable(const void *address, std::size_t size_bytes);
// Memory of this process was unmapped or protected.
void forget_writable_pages();

}  // namespace chorus::client
