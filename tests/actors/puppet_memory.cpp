// Memory itself: touching it, and the vm* and sv* calls.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>

#include "puppet.hpp"

namespace puppet {

namespace {

// Whether memory can be read or written, asked of the system: a pipe write reads it, a pipe read writes it.
std::string access_to(unsigned long address) {
    int ends[2];
    if (pipe(ends) != 0) return "?";
    std::string access;
    void *at = reinterpret_cast<void *>(address);
    if (write(ends[1], at, 1) == 1) {
        access = read(ends[0], at, 1) == 1 ? "rw" : "r";
    } else {
        access = "none";
    }
    close(ends[0]);
    close(ends[1]);
    return access;
}

// A number in its place, so that one that was torn has two halves that differ.
constexpr std::uint64_t both_halves = 0x1'0000'0001;

// Counts up in so many words, over and over, as long as the process lives.
void count(std::uint64_t *at, std::size_t words) {
    std::thread([=] {
        for (std::uint64_t number = 1;; ++number)
            for (std::size_t i = 0; i < words; ++i)
                __atomic_store_n(at + i, number * both_halves, __ATOMIC_RELAXED);
    }).detach();
}

// The smallest and the largest of them, and how many are torn.
std::string counted(const std::uint64_t *at, std::size_t words) {
    std::uint64_t least = ~std::uint64_t{0}, most = 0, torn = 0;
    for (std::size_t i = 0; i < words; ++i) {
        const std::uint64_t value = __atomic_load_n(at + i, __ATOMIC_RELAXED);
        if (value % both_halves != 0) ++torn;
        least = std::min(least, value / both_halves);
        most = std::max(most, value / both_halves);
    }
    return std::to_string(least) + " " + std::to_string(most) + " " + std::to_string(torn);
}

// The code of a function that returns.
std::string returning() {
#ifdef __aarch64__
    return "\xc0\x03\x5f\xd6";
#else
    return "\xc3";
#endif
}

std::string touch(const std::string &call, Words &words) {
    const unsigned long address = number(words);
    auto *at = reinterpret_cast<unsigned char *>(address);
    if (call == "access") return access_to(address);
    if (call == "read") return std::to_string(*const_cast<volatile unsigned char *>(at));
    if (call == "write") {
        *const_cast<volatile unsigned char *>(at) = static_cast<unsigned char>(number(words));
        return "done";
    }
    if (call == "put") {
        const std::string text = word(words);
        std::memcpy(at, text.data(), text.size());
        return "done";
    }
    if (call == "get") {  // bytes; "." stands for 0
        std::string text(reinterpret_cast<char *>(at), number(words));
        std::replace(text.begin(), text.end(), '\0', '.');
        return text;
    }
    if (call == "code") {
        const std::string code = returning();
        std::memcpy(at, code.data(), code.size());
        __builtin___clear_cache(reinterpret_cast<char *>(at), reinterpret_cast<char *>(at) + code.size());
        return "done";
    }
    if (call == "execute") {
        reinterpret_cast<void (*)()>(at)();
        return "done";
    }
    if (call == "count") {
        count(reinterpret_cast<std::uint64_t *>(at), number(words));
        return "done";
    }
    return counted(reinterpret_cast<std::uint64_t *>(at), number(words));
}

using OnPages = int (*)(KnCap *, VmAddr, VmSize, VmFlags);
std::string on_pages(OnPages call, Words &words) {
    Arguments arguments;
    KnCap *cap = arguments.cap(words);
    const auto address = static_cast<VmAddr>(number(words));
    const auto size = static_cast<VmSize>(number(words));
    return std::to_string(call(cap, address, size, static_cast<VmFlags>(number(words))));
}

std::string copy(Words &words) {
    Arguments arguments;
    KnCap *source = arguments.cap(words);
    const auto from = static_cast<VmAddr>(number(words));
    KnCap *target = arguments.cap(words);
    const auto to = static_cast<VmAddr>(number(words));
    const auto size = static_cast<VmSize>(number(words));
    return std::to_string(vmCopy(source, from, target, to, size, static_cast<VmFlags>(number(words))));
}

std::string supervisor_copy(const std::string &call, Words &words) {
    const auto *from = reinterpret_cast<const char *>(number(words));
    auto *to = reinterpret_cast<char *>(number(words));
    const auto size = static_cast<VmSize>(number(words));
    if (call == "sv_copy_in") return std::to_string(svCopyIn(from, to, size));
    if (call == "sv_copy_out") return std::to_string(svCopyOut(from, to, size));
    return std::to_string(svCopyInString(from, to, size));
}

std::string supervisor_pages(Words &words) {
    Arguments arguments;
    VmAddr start = 0x123;
    VmAddr *where = place_for(words, start);
    const auto size = static_cast<VmSize>(number(words));
    const auto flags = static_cast<VmFlags>(number(words));
    const int result = svPagesAllocate(where, size, flags, arguments.cap(words));
    return std::to_string(result) + " " + hex(start);
}

}  // namespace

std::optional<std::string> memory_answer(const std::string &call, Words &words) {
    for (const char *touching : {"access", "read", "write", "put", "get", "code", "execute", "count", "counted"})
        if (call == touching) return touch(call, words);
    if (call == "vm_page_size") return std::to_string(vmPageSize());
    if (call == "vm_copy") return copy(words);
    if (call == "vm_lock") return on_pages(vmLock, words);
    if (call == "vm_unlock") return on_pages(vmUnLock, words);
    if (call == "vm_free") return on_pages(vmFree, words);
    if (call == "vm_phys") {
        Arguments arguments;
        KnCap *cap = arguments.cap(words);
        const auto address = static_cast<VmAddr>(number(words));
        PhAddr physical = 0x123;
        const int result = vmPhysAddr(cap, address, place_for(words, physical));
        return std::to_string(result) + " " + hex(physical);
    }
    if (call == "vm_map_phys") {
        Arguments arguments;
        KnCap *cap = arguments.cap(words);
        const auto address = static_cast<VmAddr>(number(words));
        const unsigned long physical = number(words);
        const auto size = static_cast<VmSize>(number(words));
        return std::to_string(vmMapToPhys(cap, address, physical, size, static_cast<VmFlags>(number(words))));
    }
    if (call == "sv_allocate") return supervisor_pages(words);
    if (call == "sv_free") {
        const auto address = static_cast<VmAddr>(number(words));
        return std::to_string(svPagesFree(address, static_cast<VmSize>(number(words))));
    }
    if (call.starts_with("sv_copy_")) return supervisor_copy(call, words);
    return std::nullopt;
}

}  // namespace puppet
