#include "cli/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace chorus::test {

Terminal::Terminal(unsigned short columns, unsigned short rows) {
    terminal_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal_ < 0 || grantpt(terminal_) != 0 || unlockpt(terminal_) != 0) std::abort();
    path_ = ptsname(terminal_);
    screen_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    termios settings{};
    if (ioctl(screen_, TIOCSWINSZ, &size) != 0 || tcgetattr(screen_, &settings) != 0) std::abort();
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // a line ends with \n alone
    if (tcsetattr(screen_, TCSANOW, &settings) != 0) std::abort();
}

Terminal::~Terminal() {
    close(screen_);
    close(terminal_);
}

void Terminal::read_more() {
    char bytes[4096];
    const ssize_t count = read(terminal_, bytes, sizeof bytes);
    if (count > 0) unread_.append(bytes, static_cast<std::size_t>(count));
}

std::string Terminal::output_of(const std::string &command) {
    const std::string end = "(end)";
    run("{ " + command + "; printf '" + end + "'; } >" + path_);
    const std::string output = read_until(end);
    return output.substr(0, output.size() - end.size());
}

std::string Terminal::read_until(const std::string &text) {
    std::size_t at;
    while ((at = unread_.find(text)) == std::string::npos)
        read_more();
    const std::string result = unread_.substr(0, at + text.size());
    unread_.erase(0, result.size());
    return result;
}

}  // namespace chorus::test
