#include "memory/copy.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "memory/errno_status.hpp"
#include "memory/words.hpp"

namespace chorus::memory {

namespace {

constexpr std::uint64_t chunk_bytes = 256 * 1024;
constexpr std::uint64_t compared_bytes = 4096;  // at most a page of any system
constexpr int passes_max = 8;

using Buffer = std::array<char, chunk_bytes>;

bool read_all(int file, char *to, std::uint64_t size_bytes, std::uint64_t offset) {
    while (size_bytes > 0) {
        const ssize_t got = pread(file, to, size_bytes, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        offset += static_cast<std::uint64_t>(got);
        size_bytes -= static_cast<std::uint64_t>(got);
    }
    return true;
}

bool write_all(int file, const char *from, std::uint64_t size_bytes, std::uint64_t offset) {
    while (size_bytes > 0) {
        const ssize_t put = pwrite(file, from, size_bytes, static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        from += put;
        offset += static_cast<std::uint64_t>(put);
        size_bytes -= static_cast<std::uint64_t>(put);
    }
    return true;
}

// How far from `extent` + `done` it is to memory that was touched: at most to the end.
std::uint64_t next_touched(int file, std::uint64_t offset, std::uint64_t done, std::uint64_t size_bytes) {
    const off_t at = lseek(file, static_cast<off_t>(offset + done), SEEK_DATA);
    if (at < 0) return errno == ENXIO ? size_bytes : done;  // not told: look everywhere
    return std::min(static_cast<std::uint64_t>(at) - offset, size_bytes);
}

enum class Pass { same, differed, failed };

Pass bring_into_line(const Extent &source, const Extent &target, std::uint64_t size_bytes, Buffer &ours,
                     Buffer &theirs) {
    const int from = source.segment.descriptor(Access::read_write), to = target.segment.descriptor(Access::read_write);
    WordReader words(from);
    Pass pass = Pass::same;
    for (std::uint64_t done = 0; done < size_bytes;) {
        done = std::min(next_touched(from, source.offset, done, size_bytes),
                        next_touched(to, target.offset, done, size_bytes));
        const std::uint64_t length = std::min(chunk_bytes, size_bytes - done);
        if (!words.read(theirs.data(), length, source.offset + done) ||
            !read_all(to, ours.data(), length, target.offset + done))
            return Pass::failed;
        const auto differs = [&](std::uint64_t at) {
            return at < length && std::memcmp(ours.data() + at, theirs.data() + at, compared_bytes) != 0;
        };
        for (std::uint64_t at = 0; at < length; at += compared_bytes) {
            const std::uint64_t start = at;
            while (differs(at))
                at += compared_bytes;
            if (at == start) continue;
            if (!write_all(to, theirs.data() + start, at - start, target.offset + done + start)) return Pass::failed;
            pass = Pass::differed;
        }
        done += length;
    }
    return pass;
}

}  // namespace

int snapshot(const Extent &source, const Extent &target, std::uint64_t size_bytes) {
    const auto buffers = std::make_unique<std::array<Buffer, 2>>();
    for (int pass = 0; pass < passes_max; ++pass) {
        errno = 0;
        const Pass done = bring_into_line(source, target, size_bytes, (*buffers)[0], (*buffers)[1]);
        if (done == Pass::failed) return status_from_errno(errno == 0 ? EIO : errno);
        if (done == Pass::same) break;
    }
    return status_from_errno(0);
}

int copy(const Extent &source, const Extent &target, std::uint64_t size_bytes) {
    const auto buffer = std::make_unique<Buffer>();
    const int from = source.segment.descriptor(Access::read_write), to = target.segment.descriptor(Access::read_write);
    WordReader words(from);
    for (std::uint64_t done = 0; done < size_bytes;) {
        const std::uint64_t length = std::min(chunk_bytes, size_bytes - done);
        errno = 0;
        if (!words.read(buffer->data(), length, source.offset + done) ||
            !write_all(to, buffer->data(), length, target.offset + done))
            return status_from_errno(errno == 0 ? EIO : errno);
        done += length;
    }
    return status_from_errno(0);
}

}  // namespace chorus::memory
