// Whether memory that a program names can be used, asked of the system: a bad pointer is an answer, not a crash.
// Nothing that is asked about is changed.
#pragma once

#include <array>
#include <atomic>
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

// As `writable`, but an object once found writable and aligned to 8 bytes is remembered until `forget_writable`: for
// calls that are too quick for a system call each time. Every object asked about must have the same size.
bool known_writable(const void *object, std::size_t size_bytes);
// Whether it is remembered that the object is writable and aligned; false may only mean that it is not remembered.
inline bool remembered_writable(const void *object);
// Memory of this process was unmapped or protected.
void forget_writable();

// Addresses of objects that were found writable, each at the place that it gives. An address that belongs to another
// place stands for none: 0 everywhere but at its own.
extern std::array<std::atomic<std::uintptr_t>, 256> writable_objects;

inline std::atomic<std::uintptr_t> &place_of(std::uintptr_t address) {
    constexpr std::uint64_t scatter = 0x1e3779b1;  // of the golden ratio: neighbours and pages get places of their own
    return writable_objects[(address * scatter >> 32) % writable_objects.size()];
}
// Its place is not that of 0.
inline constexpr std::uintptr_t none_at_the_place_of_0 = 32;

inline bool remembered_writable(const void *object) {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    return place_of(address).load(std::memory_order_relaxed) == address;
}

}  // namespace chorus::client
