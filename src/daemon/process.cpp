#include "daemon/process.hpp"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
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

kernel::Credentials credentials_of(std::uint32_t pid) {
    kernel::Credentials credentials{.uid = geteuid(), .gid = getegid(), .groups = {}};
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint32_t real = 0, effective = 0;
        words >> name;
        if (name == "Uid:" && words >> real >> effective) credentials.uid = effective;
        if (name == "Gid:" && words >> real >> effective) credentials.gid = effective;
        if (name == "Groups:")
            for (std::uint32_t group; words >> group;)
                credentials.groups.push_back(group);
    }
    return credentials;
}

std::vector<int> open_descriptors() {
    std::vector<int> numbers;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == nullptr) return numbers;
    while (const dirent *entry = readdir(directory))
        if (const int number = std::atoi(entry->d_name); entry->d_name[0] != '.' && number != dirfd(directory))
            numbers.push_back(number);
    closedir(directory);
    return numbers;
}

}  // namespace chorus::daemon
