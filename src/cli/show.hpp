// Writes what a command shows, once or again and again.
#pragma once

#include <functional>
#include <string>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/screen.hpp"

namespace chorus::cli {

// Throws client::Problem if the standard output cannot be written.
void write_output(const std::string &text);

// Makes one page and writes it; with --watch one after the other, until the process is ended. On a terminal each
// replaces the one before; elsewhere a blank line is between two tables, and JSON takes one line a page.
void show(const Options &options, const std::function<std::string(const Screen &)> &make_page);

// JSON in the layout of the options.
std::string page_of(const Json &json, const Options &options);

}  // namespace chorus::cli
