#include "client/user_memory.hpp"

#include <linux/futex.h>
#include <sync/chSemQuick.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace chorus::client {

namespace {

// The smallest page of every architecture that we run on.
constexpr std::uintptr_t page_bytes = 4096;

std::uintptr_t value(const void *address) {
    return reinterpret_cast<std::uintptr_t>(address);
}
std::uintptr_t page_of(std::uintptr_t address) {
    return address & ~(page_bytes - 1);
}

// rt_sigprocmask copies its set before it looks at what to do with it, and -1 is nothing that can be done.
bool page_readable(std::uintptr_t page) {
    return syscall(SYS_rt_sigprocmask, -1, page, nullptr, 8) != 0 && errno != EFAULT;
}

// FUTEX_WAKE_OP adds 0 to a word, atomically. It may wake one sleeper of each word: on the first there are none, and
// on the second only such as sleep privately to this process on that word, who must expect to be woken for nothing.
bool page_writable(std::uintptr_t page) {
    static std::uint32_t nobody_waits_here = 0;
    constexpr int add_nothing = FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0x7ff);
    return syscall(SYS_futex, &nobody_waits_here, FUTEX_WAKE_OP_PRIVATE, 0, 0, page, add_nothing) >= 0;
}

template <class Question>
bool all_pages(const void *address, std::size_t size_bytes, Question usable) {
    const int saved = errno;
    const std::uintptr_t start = value(address);
    bool all = start + size_bytes >= start;
    for (std::uintptr_t page = page_of(start); all && page < start + size_bytes; page += page_bytes)
        all = usable(page);
    errno = saved;
    return all;
}

// An address whose place is another one.
constexpr std::uintptr_t none_at_the_place_of_0 = 32;

void store(unsigned long &place, std::uintptr_t address) {
    __atomic_store_n(&place, address, __ATOMIC_RELAXED);
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) unsigned long _chorusWritable[256] = {none_at_the_place_of_0};
}

bool readable(const void *address, std::size_t size_bytes) {
    return all_pages(address, size_bytes, page_readable);
}

bool writable(const void *address, std::size_t size_bytes) {
    return all_pages(address, size_bytes, page_writable);
}

Arguments::Arguments() : page_(page_of(value(this))) {}

bool Arguments::readable(const void *address, std::size_t size_bytes) {
    const std::uintptr_t page = page_of(value(address));
    const bool within = page_of(value(address) + size_bytes - 1) == page;
    if (within && page == page_) return true;
    if (!client::readable(address, size_bytes)) return false;
    if (within) {
        page_ = page;
        page_writable_ = false;
    }
    return true;
}

bool Arguments::writable(const void *address, std::size_t size_bytes) {
    const std::uintptr_t page = page_of(value(address));
    const bool within = page_of(value(address) + size_bytes - 1) == page;
    if (within && page == page_ && page_writable_) return true;
    if (!client::writable(address, size_bytes)) return false;
    if (within) {
        page_ = page;
        page_writable_ = true;
    }
    return true;
}

bool Arguments::readable_string(const char *text, std::size_t limit) {
    for (const char *at = text; limit > 0;) {
        if (!readable(at, 1)) return false;
        const std::uintptr_t page_end = page_of(value(at)) + page_bytes;
        for (; limit > 0 && value(at) < page_end; ++at, --limit)
            if (*at == '\0') return true;
    }
    return true;
}

bool readable_string(const char *text, std::size_t limit) {
    return Arguments().readable_string(text, limit);
}

bool known_writable(const void *object, std::size_t size_bytes) {
    if (_chorusIsWritable(object) != 0) return true;
    if (!writable(object, size_bytes)) return false;
    if (value(object) % 8 == 0) store(*_chorusPlaceOf(value(object)), value(object));
    return true;
}

void forget_writable() {
    for (unsigned long &place : _chorusWritable)
        store(place, 0);
    store(*_chorusPlaceOf(0), none_at_the_place_of_0);
}

}  // namespace chorus::client
