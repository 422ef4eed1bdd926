#include "memory/words.hpp"

#include <exec/chTypes.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "memory/mapping.hpp"

namespace chorus::memory {

namespace {

constexpr std::uint64_t word_bytes = sizeof(std::uint64_t);

// Whoever else has the file may cut it off, or there may be no memory for a page that was given back meanwhile: SIGBUS.
sigjmp_buf after_fault;
volatile sig_atomic_t reading = 0;

void on_fault(int signal_number) {
    if (reading != 0) siglongjmp(after_fault, 1);
    signal(signal_number, SIG_DFL);  // a fault elsewhere: happens again, and ends this process
}

void catch_faults() {
    static const bool caught = [] {
        struct sigaction action {};
        action.sa_handler = on_fault;
        return sigaction(SIGBUS, &action, nullptr) == 0;
    }();
    static_cast<void>(caught);
}

std::uint64_t word_at(const char *aligned) {
    return __atomic_load_n(reinterpret_cast<const std::uint64_t *>(aligned), __ATOMIC_RELAXED);
}

// The two ends may be parts of words. Not inlined: its variables would be lost where a fault jumps.
[[gnu::noinline]] void copy_words(const char *from, char *to, std::uint64_t size_bytes) {
    while (size_bytes > 0) {
        const std::uint64_t skipped = reinterpret_cast<std::uintptr_t>(from) % word_bytes;
        if (skipped == 0) {
            for (; size_bytes >= word_bytes; from += word_bytes, to += word_bytes, size_bytes -= word_bytes) {
                const std::uint64_t word = word_at(from);
                std::memcpy(to, &word, word_bytes);
            }
            if (size_bytes == 0) return;
        }
        const std::uint64_t word = word_at(from - skipped), part = std::min(word_bytes - skipped, size_bytes);
        std::memcpy(to, reinterpret_cast<const char *>(&word) + skipped, part);
        from += part, to += part, size_bytes -= part;
    }
}

bool copy_guarded(const char *from, char *to, std::uint64_t size_bytes) {
    catch_faults();
    if (sigsetjmp(after_fault, 1) != 0) {
        reading = 0;
        return false;
    }
    reading = 1;
    copy_words(from, to, size_bytes);
    reading = 0;
    return true;
}

// Without holes.
bool read_mapped(int file, char *to, std::uint64_t size_bytes, std::uint64_t offset) {
    Mapping mapped;
    if (mapped.map(file, Access::read_only, offset, size_bytes) != K_OK) return false;
    return copy_guarded(mapped.start(), to, size_bytes);
}

}  // namespace

// The first memory from an offset on; none below `end` is an empty stretch there.
bool WordReader::find_data(std::uint64_t offset, std::uint64_t end) {
    if (offset >= data_start_ && offset < data_end_) {
        data_start_ = offset;
        return true;
    }
    data_start_ = data_end_ = end;
    const off_t data = lseek(file_, static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0) return errno == ENXIO;
    if (static_cast<std::uint64_t>(data) >= end) return true;
    const off_t hole = lseek(file_, data, SEEK_HOLE);
    if (hole < 0) return false;
    data_start_ = static_cast<std::uint64_t>(data);
    data_end_ = static_cast<std::uint64_t>(hole);
    return true;
}

bool WordReader::read(char *to, std::uint64_t size_bytes, std::uint64_t offset) {
    const std::uint64_t end = offset + size_bytes;
    while (offset < end) {
        if (!find_data(offset, end)) return false;
        std::memset(to, 0, data_start_ - offset);
        to += data_start_ - offset, offset = data_start_;
        const std::uint64_t size = std::min(data_end_, end) - offset;
        if (size > 0 && !read_mapped(file_, to, size, offset)) return false;
        to += size, offset += size;
    }
    return true;
}

}  // namespace chorus::memory
