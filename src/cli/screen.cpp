#include "cli/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace chorus::cli {

namespace {

std::string_view environment(const char *name) {
    const char *value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

}  // namespace

Screen look_at_screen(Colour colour) {
    Screen screen;
    screen.terminal = isatty(STDOUT_FILENO) != 0;
    const bool wanted = screen.terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    screen.coloured = colour == Colour::always || (colour == Colour::automatic && wanted);
    winsize size{};
    if (screen.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        screen.columns = size.ws_col;
        screen.rows = size.ws_row;
    }
    return screen;
}

}  // namespace chorus::cli
