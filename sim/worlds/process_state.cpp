#include "worlds/process_state.hpp"

#include <mem/chMem.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "wire/descriptor.hpp"
#include "wire/message.hpp"

namespace chorus::sim {

namespace {

// The letter of a thread's state; 0 where there is none.
char state_of(const std::string &folder) {
    std::ifstream file(folder + "/stat");
    std::string all;
    std::getline(file, all, '\0');
    // The name, in parentheses, may have anything in it.
    const std::size_t end = all.rfind(')');
    return end == std::string::npos || end + 2 >= all.size() ? '\0' : all[end + 2];
}

std::string folder_of(pid_t pid) {
    return "/proc/" + std::to_string(pid);
}

// The system call in which the first thread sleeps, and its first argument.
bool asleep_in(pid_t pid, long &number, std::uint64_t &argument) {
    if (state_of(folder_of(pid) + "/task/" + std::to_string(pid)) != 'S') return false;
    std::ifstream file(folder_of(pid) + "/syscall");
    std::string first;
    if (!(file >> number >> first)) return false;
    argument = std::stoull(first, nullptr, 16);
    return true;
}

// Those that run.
std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> children;
    std::error_code error;
    for (const auto &process : std::filesystem::directory_iterator("/proc", error)) {
        std::ifstream file(process.path() / "stat");
        std::string all;
        std::getline(file, all, '\0');
        const std::size_t name_end = all.rfind(')');
        if (name_end == std::string::npos) continue;  // no process
        std::istringstream rest(all.substr(name_end + 1));
        char state = 0;
        pid_t parent = 0;
        if (rest >> state >> parent && parent == pid && state != 'Z' && state != 'X')
            children.push_back(static_cast<pid_t>(std::stol(all)));
    }
    return children;
}

bool in_windows(std::uint64_t address) {
    return (address >= wire::user_start && address < wire::supervisor_end) ||
           (address >= wire::high_start && address < wire::high_end);
}

}  // namespace

pid_t await_child_of(pid_t pid, pid_t not_this) {
    for (;; sched_yield())
        for (const pid_t child : children_of(pid))
            if (child != not_this) return child;
}

void await_end_of(pid_t pid) {
    const wire::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    while (process && poll(&ended, 1, -1) < 0) {
    }
}

bool all_stopped(pid_t pid) {
    std::error_code error;
    bool any = false;
    for (const auto &thread : std::filesystem::directory_iterator(folder_of(pid) + "/task", error)) {
        any = true;
        if (state_of(thread.path().string()) != 'T') return false;
    }
    return any && !error;
}

bool has_ended(pid_t pid) {
    const char state = state_of(folder_of(pid));
    return state == '\0' || state == 'Z' || state == 'X';
}

bool asleep_in_futex(pid_t pid, std::uint64_t address) {
    long number = -1;
    std::uint64_t argument = 0;
    return asleep_in(pid, number, argument) && number == SYS_futex && argument == address;
}

bool asleep_in_wait(pid_t pid) {
    long number = -1;
    std::uint64_t argument = 0;
    return asleep_in(pid, number, argument) && number == SYS_waitid;
}

std::vector<Row> mapped_by(pid_t pid) {
    std::vector<Row> rows;
    std::ifstream file(folder_of(pid) + "/maps");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::uint64_t start = 0, end = 0;
        char dash = 0;
        std::string access;
        words >> std::hex >> start >> dash >> end >> access;
        // Reservations are private and allow nothing.
        if (!in_windows(start) || access.size() < 4 || access[3] != 's') continue;
        const std::uint32_t options = (access[1] == 'w' ? K_WRITABLE : 0U) | (access[2] == 'x' ? K_EXECUTABLE : 0U);
        rows.push_back({start, end - start, options});
    }
    return joined(std::move(rows));
}

std::vector<Row> joined(std::vector<Row> rows) {
    std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) { return a.start < b.start; });
    std::vector<Row> made;
    for (const Row &row : rows)
        if (!made.empty() && made.back().start + made.back().size_bytes == row.start &&
            made.back().options == row.options)
            made.back().size_bytes += row.size_bytes;
        else
            made.push_back(row);
    return made;
}

}  // namespace chorus::sim
