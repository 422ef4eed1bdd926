#include "daemon/process.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace chorus::daemon {

wire::Descriptor open_process(std::uint32_t pid) {
    return wire::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

bool signal_process(const wire::Descriptor &process, int signal) {
    return syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0;
}

std::uint32_t parent_of(std::uint32_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        std::uint32_t parent = 0;
        if (word == "PPid:" && status >> parent) return parent;
    }
    return 0;
}

}  // namespace chorus::daemon
