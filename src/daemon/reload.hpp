// chorusd --reload: the program that is to follow a running one. docs/restart.md has the steps.
#pragma once

#include <iosfwd>
#include <string>

namespace chorus::daemon {

// Has the kernel of a site replaced by this program. Returns an exit status; says on `output` what was done, on
// `errors` what was not and why. Blocks until the new kernel works.
int replace_running(const std::string &site, std::ostream &output, std::ostream &errors);

}  // namespace chorus::daemon
