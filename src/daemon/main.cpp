// chorusd: the kernel of one site.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "daemon/command_line.hpp"
#include "daemon/reload.hpp"
#include "daemon/start.hpp"

namespace {

// Started without standard input, output or error, so that no socket takes their numbers.
void open_standard_descriptors() {
    for (int number; (number = open("/dev/null", O_RDWR)) >= 0;)
        if (number > STDERR_FILENO) {
            close(number);
            return;
        }
}

}  // namespace

int main(int argc, char **argv) {
    using namespace chorus;
    open_standard_descriptors();
    daemon::CommandLine command_line;
    if (const auto status = daemon::read_command_line(argc, argv, command_line, std::cout, std::cerr)) return *status;
    if (command_line.reload) return daemon::replace_running(command_line.site, std::cout, std::cerr);
    return daemon::start(std::move(command_line), {argv, argv + argc});
}
