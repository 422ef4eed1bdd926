// Fuzzes the way of a request: decode, decide, apply, encode. The input is a row of steps (wire_steps.hpp).
#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "wire_steps.hpp"

namespace {

using chorus::fuzz::Site;
using chorus::fuzz::Step;

std::vector<Step> steps_of(const std::uint8_t *data, std::size_t size_bytes) {
    std::vector<Step> steps(size_bytes / sizeof(Step));
    if (!steps.empty()) std::memcpy(steps.data(), data, steps.size() * sizeof(Step));
    return steps;
}

using Random = std::minstd_rand;

std::size_t any_of(Random &random, std::size_t count) {
    return random() % count;
}

Step any_step(Random &random) {
    std::uint8_t bytes[sizeof(Step)];
    for (std::uint8_t &byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    Step step;
    std::memcpy(&step, bytes, sizeof step);
    return step;
}

void change_one_byte(Step &step, Random &random) {
    std::uint8_t bytes[sizeof(Step)];
    std::memcpy(bytes, &step, sizeof step);
    bytes[any_of(random, sizeof bytes)] = static_cast<std::uint8_t>(random());
    std::memcpy(&step, bytes, sizeof step);
}

void mutate(std::vector<Step> &steps, Random &random, std::size_t steps_max) {
    const std::size_t at = any_of(random, steps.size());
    const auto place = steps.begin() + static_cast<std::ptrdiff_t>(at);
    const bool room = steps.size() < steps_max;
    switch (any_of(random, 5)) {
        case 0:
            if (room) steps.insert(place, any_step(random));
            break;
        case 1:
            if (room) steps.insert(place, Step(steps[any_of(random, steps.size())]));
            break;
        case 2:
            if (steps.size() > 1) steps.erase(place);
            break;
        case 3:
            std::swap(steps[at], steps[any_of(random, steps.size())]);
            break;
        default:
            change_one_byte(steps[at], random);
            break;
    }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size_bytes, std::size_t max_bytes);

// Half of the time, steps are moved as wholes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size_bytes, std::size_t max_bytes,
                                               unsigned seed) {
    Random random(seed);
    std::vector<Step> steps = steps_of(data, size_bytes);
    if (steps.empty() || any_of(random, 2) == 0) return LLVMFuzzerMutate(data, size_bytes, max_bytes);
    do
        mutate(steps, random, max_bytes / sizeof(Step));
    while (any_of(random, 2) == 0);
    const std::size_t changed_bytes = steps.size() * sizeof(Step);
    std::memcpy(data, steps.data(), changed_bytes);
    return changed_bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size_bytes) {
    static const Site beginning;
    Site site = beginning;
    for (const Step &step : steps_of(data, size_bytes))
        make(site, step);
    return 0;
}
