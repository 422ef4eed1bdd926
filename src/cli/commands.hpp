// The subcommands of `chorus`, one file each. Every one adds itself to the command line and sets its work as the
// callback; the exit status goes to `status`.
#pragma once

#include <CLI/CLI.hpp>

namespace chorus::cli {

void add_run(CLI::App &app, int &status);
void add_ps(CLI::App &app);
void add_regions(CLI::App &app);
void add_kill(CLI::App &app);

}  // namespace chorus::cli
