#include "cli/show.hpp"

#include <time.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

std::vector<std::string> lines_of(const std::string &page) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, end; at < page.size(); at = end + 1) {
        end = page.find('\n', at);
        lines.push_back(page.substr(at, end - at));
    }
    return lines;
}

// The page for a terminal that still shows the last one. It leaves one row for the cursor.
std::string over_the_last_page(const std::string &page, std::size_t rows) {
    std::vector<std::string> lines = lines_of(page);
    if (rows > 2 && lines.size() >= rows) {
        const std::size_t left = lines.size() - (rows - 2);
        lines.resize(rows - 2);
        lines.push_back(text::format("({} more lines)", left));
    }
    std::string text = "\033[H";  // to the top left corner
    for (const std::string &line : lines)
        text += line + "\033[K\n";  // clears the rest of the line
    return text + "\033[J";         // clears the rest of the screen
}

void sleep_for(double seconds) {
    const double whole = std::floor(seconds);
    const timespec time{static_cast<time_t>(whole), static_cast<long>((seconds - whole) * 1e9)};
    nanosleep(&time, nullptr);
}

}  // namespace

void write_output(const std::string &text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0)
        throw client::Problem{std::string("cannot write the output: ") + std::strerror(errno)};
}

void show(const Options &options, const std::function<std::string(const Screen &)> &make_page) {
    for (bool first = true;; first = false) {
        const Screen screen = look_at_screen(options.colour);
        const std::string page = make_page(screen);
        if (!options.watch) return write_output(page);
        if (screen.terminal && !options.json)
            write_output((first ? "\033[2J" : "") + over_the_last_page(page, screen.rows));
        else
            write_output((first || options.json ? "" : "\n") + page);
        sleep_for(options.interval_s);
    }
}

std::string page_of(const Json &json, const Options &options) {
    return text_of(json, options.watch ? JsonLayout::one_line : JsonLayout::indented);
}

}  // namespace chorus::cli
