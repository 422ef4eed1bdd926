// Semaphores between real actors.
#include <chorus.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <fstream>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

const std::string shared = std::to_string(K_ANYWHERE | K_WRITABLE);

// Until the process sleeps on a futex: that it is blocked is what the system says of it.
void wait_until_asleep(const Puppet &puppet) {
    const std::string path = "/proc/" + std::to_string(puppet.pid()) + "/syscall";
    for (;;) {
        std::ifstream file(path);
        std::string number;
        file >> number;
        if (number == std::to_string(SYS_futex)) return;
        ASSERT_FALSE(number.empty());
    }
}

class Semaphores : public testing::Test {
  protected:
    Semaphores() : in_alice(alice.allocate(1, shared)), in_bob(in(bob)), in_carol(in(carol)) {
        EXPECT_EQ(alice("sem_init " + in_alice + " 0"), "0");
    }
    std::string in(Puppet &puppet) {
        return word(puppet("map self 0,4096," + shared + " " + alice.capability() + " " + in_alice + ",4096,0"), 1);
    }

    TestSite site;
    Puppet alice{site}, bob{site}, carol{site};
    std::string in_alice, in_bob, in_carol;  // the address of the semaphore in each
};

TEST_F(Semaphores, ATokenGivenByOneIsTakenByAnother) {
    EXPECT_EQ(bob("sem_v " + in_bob), "0");
    EXPECT_EQ(alice("sem_p " + in_alice + " forever"), "0");
    EXPECT_EQ(alice("sem_p " + in_alice + " null"), status(K_ETIMEOUT));
}

TEST_F(Semaphores, SleepersAreWokenInOrder) {
    for (int round = 0; round < 50; ++round) {
        alice.start("sem_p " + in_alice + " forever");
        wait_until_asleep(alice);
        carol.start("sem_p " + in_carol + " 100,0");
        wait_until_asleep(carol);
        ASSERT_EQ(bob("sem_v " + in_bob), "0");
        ASSERT_EQ(alice.finish(), "0") << "who came first";
        ASSERT_EQ(bob("sem_p " + in_bob + " null"), status(K_ETIMEOUT)) << "nothing is left for the poster";
        ASSERT_EQ(bob("sem_v " + in_bob), "0");
        ASSERT_EQ(carol.finish(), "0");
    }
}

TEST_F(Semaphores, ASleeperThatIsKilledTakesNoToken) {
    alice.start("sem_p " + in_alice + " forever");
    wait_until_asleep(alice);
    alice.process().signal(9);
    EXPECT_EQ(alice.process().wait(), 128 + 9);
    EXPECT_EQ(bob("sem_v " + in_bob), "0");
    EXPECT_EQ(carol("sem_p " + in_carol + " null"), "0");
    EXPECT_EQ(carol("sem_p " + in_carol + " null"), status(K_ETIMEOUT));
}

TEST_F(Semaphores, TimeRunsOut) {
    EXPECT_EQ(alice("sem_p " + in_alice + " 0,0"), status(K_ETIMEOUT));
    EXPECT_EQ(alice("sem_p " + in_alice + " 0,1000000"), status(K_ETIMEOUT));
    EXPECT_EQ(alice("errno"), "0");
    EXPECT_EQ(alice("sem_v " + in_alice), "0");
    EXPECT_EQ(alice("sem_p " + in_alice + " 9223372036854775807,999999999"), "0");
}

TEST_F(Semaphores, SignalHandlersDoNotEndTheWait) {
    alice("tick");
    EXPECT_EQ(alice("sem_p " + in_alice + " 0,100000000"), status(K_ETIMEOUT));
    alice.start("sem_p " + in_alice + " forever");
    wait_until_asleep(alice);
    EXPECT_EQ(bob("sem_v " + in_bob), "0");
    EXPECT_EQ(alice.finish(), "0");
}

TEST_F(Semaphores, StoppedAndContinuedGoesOnWaiting) {
    alice.start("sem_p " + in_alice + " forever");
    wait_until_asleep(alice);
    alice.process().signal(19);
    alice.process().signal(18);
    EXPECT_EQ(bob("sem_v " + in_bob), "0");
    EXPECT_EQ(alice.finish(), "0");
}

TEST_F(Semaphores, Refusals) {
    const std::string aligned = plus(in_alice, 1024);
    const struct {
        std::string call;
        int outcome;
    } table[] = {
        {"sem_init null 1", K_EFAULT},
        {"sem_init bad 1", K_EFAULT},
        {"sem_init " + plus(in_alice, 4) + " 1", K_EINVAL},
        {"sem_init " + aligned + " 0x40000000", K_EINVAL},
        {"sem_p null forever", K_EFAULT},
        {"sem_p null 0,-1", K_EFAULT},
        {"sem_p bad null", K_EFAULT},
        {"sem_p " + in_alice + " bad", K_EFAULT},
        {"sem_p " + aligned + " forever", K_EINVAL},  // all zero
        {"sem_p " + aligned + " bad", K_EFAULT},
        {"sem_v " + aligned, K_EINVAL},
        {"sem_v null", K_EFAULT},
        {"sem_v bad", K_EFAULT},
        {"sem_v " + plus(in_alice, 4), K_EINVAL},
        {"sem_v 1", K_EFAULT},  // misaligned besides
        {"sem_p 1 null", K_EFAULT},
    };
    for (const auto &line : table)
        EXPECT_EQ(alice(line.call), status(line.outcome)) << line.call;

    EXPECT_EQ(alice("sem_v " + in_alice), "0");
    for (const char *malformed : {"-1,0", "0,-1", "0,1000000000"})
        EXPECT_EQ(alice("sem_p " + in_alice + " " + malformed), status(K_EINVAL)) << "even with a token there";
    EXPECT_EQ(alice("sem_p " + in_alice + " null"), "0") << "which is still there";
}

TEST_F(Semaphores, AnOverflowIsRefusedAndChangesNothing) {
    EXPECT_EQ(alice("sem_init " + in_alice + " 0x3fffffff"), "0");
    EXPECT_EQ(bob("sem_v " + in_bob), status(K_EINVAL));
    EXPECT_EQ(bob("sem_p " + in_bob + " null"), "0");
    EXPECT_EQ(bob("sem_v " + in_bob), "0");
}

TEST_F(Semaphores, AnOverwrittenOneIsRefused) {
    bob("write " + plus(in_bob, 8) + " 0");  // its magic number
    EXPECT_EQ(alice("sem_p " + in_alice + " forever"), status(K_EINVAL));
    alice("sem_init " + in_alice + " 5");
    bob("write " + plus(in_bob, 3) + " 255");  // flags that no state has
    EXPECT_EQ(alice("sem_p " + in_alice + " forever"), status(K_EINVAL));
    EXPECT_EQ(alice("sem_v " + in_alice), status(K_EINVAL));
}

TEST_F(Semaphores, AFreedOneIsAFaultNotACrash) {
    EXPECT_EQ(alice("sem_v " + in_alice), "0");
    EXPECT_EQ(alice("free self " + in_alice + ",4096,0"), "0");
    EXPECT_EQ(alice("sem_p " + in_alice + " forever"), status(K_EFAULT));
    EXPECT_EQ(alice("sem_v " + in_alice), status(K_EFAULT));
}

TEST_F(Semaphores, OneThatCanOnlyBeReadIsAFault) {
    const std::string read_only = std::to_string(K_ANYWHERE);
    const std::string seen =
        word(bob("map self 0,4096," + read_only + " " + alice.capability() + " " + in_alice + ",4096,0"), 1);
    EXPECT_EQ(bob("sem_v " + seen), status(K_EFAULT));
    EXPECT_EQ(bob("sem_init " + seen + " 1"), status(K_EFAULT));
}

}  // namespace
}  // namespace chorus::test
