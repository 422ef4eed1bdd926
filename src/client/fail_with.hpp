// The result of a Unix-style call that fails.
#pragma once

#include <cerrno>

namespace chorus::client {

inline int fail_with(int error) {
    errno = error;
    return -1;
}

}  // namespace chorus::client
