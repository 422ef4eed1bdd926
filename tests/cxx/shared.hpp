// What a test and its partner hold in the same page.
#pragma once

#include <atomic>
#include <chorus/semaphore.hpp>
#include <cstdint>

namespace chorus::test {

struct Shared {
    Semaphore asked{0};
    Semaphore answered{0};
    std::atomic<int> pid_of_partner = 0;  // as soon as it has mapped the page
    std::uint64_t address_in_partner = 0;
    char text[64] = "";
};

}  // namespace chorus::test
