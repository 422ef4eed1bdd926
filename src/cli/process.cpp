#include "cli/process.hpp"

#include <pwd.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace chorus::cli {

namespace {

std::string path_of(std::uint32_t pid, const char *file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

struct Status {
    char state = '?';
    double age_s = 0;
};

// /proc/PID/stat, whose second field, the name in parentheses, may hold anything.
std::optional<Status> status_of(std::uint32_t pid) {
    std::ifstream file(path_of(pid, "stat"));
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
    Status status;
    fields >> status.state;
    std::string skipped;
    for (int field = 4; field < 22; ++field)
        fields >> skipped;
    double start_ticks = 0;
    if (!(fields >> start_ticks)) return std::nullopt;
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    status.age_s = static_cast<double>(now.tv_sec) - start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    return status;
}

}  // namespace

bool is_stopped(std::uint32_t pid) {
    const auto status = status_of(pid);
    return status && (status->state == 'T' || status->state == 't');
}

bool runs_foreign_program(std::uint32_t pid) {
    constexpr double loaded_after_s = 1;
    const auto status = status_of(pid);
    if (!status || status->age_s < loaded_after_s) return false;
    std::ifstream maps(path_of(pid, "maps"));
    bool mapped = false;
    for (std::string line; std::getline(maps, line); mapped = true)
        if (line.find("/libchorus.so") != std::string::npos) return false;
    return mapped;
}

std::string user_name(std::uint32_t uid) {
    const passwd *user = getpwuid(uid);
    return user == nullptr ? "" : user->pw_name;
}

}  // namespace chorus::cli
