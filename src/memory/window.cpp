#include "memory/window.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>

#include "memory/errno_status.hpp"

namespace chorus::memory {

namespace {

constexpr int reservation_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void *address(std::uint64_t value) {
    return reinterpret_cast<void *>(value);
}

// Excludes a reservation from core dumps. Linux would not write it anyway, but gdb's gcore writes 16 TiB of zeros. All
// pieces of the reservation need the flag: neighbours are one mapping only if they are alike.
void exclude_from_dumps(const Span &span) {
    madvise(address(span.start), span.size_bytes, MADV_DONTDUMP);
}

bool reserve_whole(const Span &span) {
    void *wanted = address(span.start);
    void *got = mmap(wanted, span.size_bytes, PROT_NONE, reservation_flags | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == wanted) {
        exclude_from_dumps(span);
        return true;
    }
    if (got != MAP_FAILED) munmap(got, span.size_bytes);  // a kernel that does not know MAP_FIXED_NOREPLACE
    return false;
}

// The parts of the span that this process has mapped, lowest first.
std::vector<Span> mapped_parts(const Span &span) {
    std::vector<Span> parts;
    const std::uint64_t span_end = span.start + span.size_bytes;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long from, to;
        if (std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2) continue;
        const std::uint64_t start = std::max<std::uint64_t>(from, span.start);
        const std::uint64_t end = std::min<std::uint64_t>(to, span_end);
        if (start < end) parts.push_back({start, end - start});
    }
    return parts;
}

}  // namespace

std::vector<Span> reserve(const Span &span) {
    if (reserve_whole(span)) return {};
    std::vector<Span> taken = mapped_parts(span);
    std::vector<Span> refused;  // a limit on address space
    for_each_without(span, taken, [&](const Span &part) {
        if (!reserve_whole(part)) refused.push_back(part);
    });
    taken.insert(taken.end(), refused.begin(), refused.end());
    std::sort(taken.begin(), taken.end(), [](const Span &a, const Span &b) { return a.start < b.start; });
    return taken;
}

int map_segment(const Span &span, int descriptor, std::uint64_t offset, Access access, Execution execution) {
    int protection = access == Access::read_write ? PROT_READ | PROT_WRITE : PROT_READ;
    if (execution == Execution::allowed) protection |= PROT_EXEC;
    void *at = mmap(address(span.start), span.size_bytes, protection, MAP_SHARED | MAP_FIXED, descriptor,
                    static_cast<off_t>(offset));
    return status_from_errno(at == MAP_FAILED ? errno : 0);
}

void prefault(const Span &span) {
#ifdef MADV_POPULATE_WRITE
    madvise(address(span.start), span.size_bytes, MADV_POPULATE_WRITE);
#endif
}

bool split_at_ends(const Span &span) {
    // A mapping is inherited by a forked child whole or not at all, so it is split for a part that is not.
    return madvise(address(span.start), span.size_bytes, MADV_DONTFORK) == 0;
}

void join_at_ends(const Span &span) {
    madvise(address(span.start), span.size_bytes, MADV_DOFORK);
}

int restore_reservation(const Span &span) {
    void *at = mmap(address(span.start), span.size_bytes, PROT_NONE, reservation_flags | MAP_FIXED, -1, 0);
    if (at != MAP_FAILED) {
        exclude_from_dumps(span);
        return status_from_errno(0);
    }
    if (errno != ENOMEM || munmap(address(span.start), span.size_bytes) != 0) return status_from_errno(errno);
    // With its last mapping in use the system replaces none, but it takes one back, and then there is room for another.
    return status_from_errno(reserve_whole(span) ? 0 : ENOMEM);
}

}  // namespace chorus::memory
