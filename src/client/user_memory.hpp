// Whether memory that a program names can be used, asked of the system: a bad pointer is an answer, not a crash.
// Nothing that is asked about is changed.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace chorus::client {

bool readable(const void *address, std::size_t size_bytes);
bool writable(const void *address, std::size_t size_bytes);
// Up to and with the NUL, or `limit` bytes where that is less.
bool readable_string(const char *text, std::size_t limit = SIZE_MAX);

// The same for the arguments of one call: what lies in one page is asked about once.
class Arguments {
  public:
    bool readable(const void *address, std::size_t size_bytes);
    bool writable(const void *address, std::size_t size_bytes);

  private:
    std::uintptr_t page_ = 1;  // the last that was found usable; 1 is none
    bool page_writable_ = false;
};

// As `writable`, but a page once found writable is remembered until `forget_writable_pages`: for calls that are too
// quick for a system call each time.
bool known_writable(const void *address, std::size_t size_bytes);
// Whether that is remembered of an object that is aligned to 8 bytes and does not reach into the next page; false may
// only mean that it is not.
template <std::size_t size_bytes>
inline bool remembered_writable(const void *address);
// Memory of this process was unmapped or protected.
void forget_writable_pages();

// The smallest page of every architecture that we run on.
inline constexpr std::uintptr_t page_bytes = 4096;

// Pages found writable, each at the place that its number gives, with the lowest bit set so that 0 is none.
extern std::array<std::atomic<std::uintptr_t>, 64> writable_pages;

inline std::atomic<std::uintptr_t> &place_of(std::uintptr_t page) {
    return writable_pages[(page / page_bytes) % writable_pages.size()];
}

template <std::size_t size_bytes>
inline bool remembered_writable(const void *address) {
    const auto start = reinterpret_cast<std::uintptr_t>(address);
    const std::uintptr_t page = start & ~(page_bytes - 1);
    // Both in one comparison: a bit below 8 turns up on top.
    const bool aligned_within = std::rotr(start - page, 3) <= (page_bytes - size_bytes) / 8;
    return aligned_within && place_of(page).load(std::memory_order_relaxed) == (page | 1);
}

}  // namespace chorus::client
