// The program that tests/actors/partner.cpp is.
#pragma once

#include <string>

#include "support/process.hpp"

namespace chorus::test {

inline std::string partner() {
    return program("partner");
}

}  // namespace chorus::test
