// Random calls to the kernel and to a model with one cell per page: they must agree on everything, always. The round
// that fails is named by its seed, with the command that repeats it.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "kernel/lockstep/lockstep.hpp"

namespace chorus::kernel {
namespace {

// Long enough for spaces to fill and fall apart, short enough to be read.
constexpr int steps_per_round = 300;

char how_to_repeat[256];

// A broken invariant of the kernel ends the program: not without a word on how it came to it.
void tell_before_the_end(int) {
    std::fputs(how_to_repeat, stderr);
    std::signal(SIGABRT, SIG_DFL);
    std::raise(SIGABRT);
}

std::uint64_t number_from(const char *variable, std::uint64_t otherwise) {
    const char *set = std::getenv(variable);
    return set == nullptr || *set == '\0' ? otherwise : std::strtoull(set, nullptr, 10);
}

void run(Lockstep::Following following, std::uint64_t steps) {
    steps = number_from("CHORUS_LOCKSTEP_STEPS", steps);
    std::uint64_t seed = number_from("CHORUS_LOCKSTEP_SEED", std::random_device{}());
    std::printf("seed %llu, %llu steps\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(steps));
    const testing::TestInfo &test = *testing::UnitTest::GetInstance()->current_test_info();
    const auto before = std::signal(SIGABRT, tell_before_the_end);
    for (std::uint64_t done = 0; done < steps; ++seed) {
        std::snprintf(how_to_repeat, sizeof how_to_repeat,
                      "to repeat: CHORUS_LOCKSTEP_SEED=%llu CHORUS_LOCKSTEP_STEPS=%d "
                      "build/release/bin/kernel-test --gtest_filter=%s.%s\n",
                      static_cast<unsigned long long>(seed), steps_per_round, test.test_suite_name(), test.name());
        try {
            Lockstep lockstep(seed, following);
            for (int i = 0; i < steps_per_round; ++i, ++done)
                lockstep.step();
        } catch (const std::exception &mismatch) {
            ADD_FAILURE() << mismatch.what() << how_to_repeat;
            break;
        }
    }
    std::signal(SIGABRT, before);
}

TEST(Lockstep, AnyCallsComeToWhatTheNaiveModelSays) {
    run(Lockstep::Following::at_once, 300'000);
}

TEST(Lockstep, ChangesThatWaitAreCarriedOutOrUndoneAsAWhole) {
    run(Lockstep::Following::in_any_order, 600'000);
}

}  // namespace
}  // namespace chorus::kernel
