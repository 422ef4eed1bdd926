// A call of which each kernel dies: it is refused, and life goes on.
#include <exec/chTypes.h>
#include <gtest/gtest.h>
#include <mem/chMem.h>

#include <cstdio>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

TEST(DeadlyCall, IsRefusedAndLogged) {
    const std::string state = scratch("deadly-call.state");
    // vmStat alone looks at shared memory as a whole.
    TestSite site("env LD_PRELOAD='" + library("chorus-fault-shim") +
                      "' CHORUS_FAULT='abort statvfs' CHORUS_FAULT_STATE='" + state + "'",
                  "");
    Puppet alice(site), bob(site);
    const std::string start = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    EXPECT_EQ(word(alice("vm_stat good"), 0), std::to_string(K_EFAIL));
    EXPECT_EQ(word(bob("vm_stat good"), 0), std::to_string(K_EFAIL));
    EXPECT_EQ(alice("write " + start + " 7"), "done");
    EXPECT_EQ(word(alice("free self " + start + ",4096,0"), 0), "0");
    EXPECT_EQ(word(bob("self"), 0), "0");
    const std::string log = site.log();
    EXPECT_NE(log.find("call 32 of actor 1"), std::string::npos) << log;
    EXPECT_NE(log.find("3 kernels died of it. Its bytes: 43485255"), std::string::npos) << log;
    std::remove(state.c_str());
}

}  // namespace
}  // namespace chorus::test
