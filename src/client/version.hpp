// The version that every command prints.
#pragma once

#include <string>

namespace chorus::client {

// "PROGRAM 0.1.0 (commit 0123abcd, wire version 7)". The commit is "unknown" in a build outside a git checkout.
std::string version_text(const char *program);

}  // namespace chorus::client
