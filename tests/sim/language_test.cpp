// Outcomes that differ.
#include <gtest/gtest.h>

#include "sim/scratch.hpp"

namespace chorus::test {
namespace {

using sim::Scratch;

TEST(Language, AnotherOutcomeIsNamedWithItsLine) {
    const Scratch file("# Memory is given.\nactor alice\nalice rgnAllocate 0 -> K_OK\n");
    const Finished finished = file.run("run");
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.output.find(file.path() + ":3: expected K_OK, found K_ESIZE"), std::string::npos)
        << finished.output;
}

}  // namespace
}  // namespace chorus::test
