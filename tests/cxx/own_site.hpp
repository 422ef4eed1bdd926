// The site of a test program that is itself an actor: a kernel of its own, from before the first test to after the
// last.
#pragma once

#include <string>

namespace chorus::test {

// The program that tests/actors/partner.cpp is.
std::string partner();

}  // namespace chorus::test
