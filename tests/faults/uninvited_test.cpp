// A user who is not let in is not let in by a kernel that follows one which died while it refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

TEST(Uninvited, IsNotLetInByTheNextKernel) {
    if (!may_be_run_by(stranger_uid, "chorus")) GTEST_SKIP() << "only root can be several users";
    const std::string state = scratch("uninvited.state");
    for (int step = 1; step <= 8; ++step) {
        TestSite site("env LD_PRELOAD='" + library("chorus-fault-shim") + "' CHORUS_FAULT='kill " +
                          std::to_string(step) + "' CHORUS_FAULT_STATE='" + state + "'",
                      "");
        const std::string knock =
            as_user(stranger_uid) + "env CHORUS_TIMEOUT_MS=5000 '" + program("chorus") + "' ps --site root/";
        for (int time = 0; time < 4; ++time)
            EXPECT_EQ(run(knock + site.name() + " 2> /dev/null").status, 1) << "step " << step;
        site.look();
        std::remove(state.c_str());
    }
}

}  // namespace
}  // namespace chorus::test
