// The life of a chorusd, from its command line to its exit status.
#pragma once

#include <string>
#include <vector>

#include "daemon/command_line.hpp"

namespace chorus::daemon {

// Serves a site, or follows the program whose place this one has taken. `words` are those of the command line. Blocks
// until the site ends and returns an exit status; says on the error output why a site cannot begin.
int start(CommandLine command_line, std::vector<std::string> words);

}  // namespace chorus::daemon
