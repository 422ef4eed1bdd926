// Where memory, descriptors or file systems are short: documented errors, and never a dead kernel.
#include <exec/chTypes.h>
#include <gtest/gtest.h>
#include <mem/chMem.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/site.hpp"

namespace chorus::test {
namespace {

const std::string anywhere = std::to_string(K_ANYWHERE | K_WRITABLE);

std::string status(int code) {
    return std::to_string(code);
}

// The kernel in a view of the file systems in which `change` has been done.
std::string where(const std::string &change) {
    const std::string own = geteuid() == 0 ? "unshare --mount" : "unshare --map-root-user --mount";
    return own + " sh -c '" + change + " && exec \"$0\" \"$@\"'";
}

// Two actors share memory, whatever it is made of.
void expect_exchange(TestSite &site) {
    Puppet alice(site), bob(site);
    const std::string start = alice.allocate(2, anywhere);
    EXPECT_EQ(alice("write " + start + " 77"), "done");
    const std::string mapped = bob("map self 0,8192," + anywhere + " " + alice.capability() + " " + start + ",8192,0");
    ASSERT_EQ(word(mapped, 0), "0") << mapped;
    EXPECT_EQ(bob("read " + word(mapped, 1)), "77");
}

class Short : public testing::Test {
  protected:
    void SetUp() override {
        if (!TestSite::may_have_own_memory()) GTEST_SKIP() << "this user may not mount a file system of its own";
    }
};

TEST_F(Short, WithoutSharedMemoryAMemfdWillDo) {
    TestSite site(where("mount -t tmpfs tmpfs /dev"), "");
    expect_exchange(site);
    Puppet alice(site);
    EXPECT_EQ(word(alice("allocate self 0,0x20000000," + anywhere), 0), "0");
}

TEST_F(Short, SharedMemoryThatMayNotBeWritten) {
    TestSite site(where("mount -t tmpfs -o ro tmpfs /dev/shm"), "");
    expect_exchange(site);
}

TEST_F(Short, SharedMemoryOfOnePage) {
    TestSite site(where("mount -t tmpfs -o size=4k tmpfs /dev/shm"), "");
    Puppet alice(site);
    EXPECT_EQ(word(alice("allocate self 0,8192," + anywhere), 0), status(K_ENOMEM));
    const std::string start = alice.allocate(1, anywhere);
    EXPECT_EQ(alice("write " + start + " 5"), "done");
    EXPECT_EQ(word(alice("allocate self 0,4096," + anywhere), 0), status(K_ENOMEM));
    EXPECT_EQ(alice("free self " + start + ",4096,0"), "0");
    alice.allocate(1, anywhere);
}

// A control group of 64 MiB, gone with its last process. Of the version that this system has.
class InAMemoryGroup : public testing::Test {
  protected:
    void SetUp() override {
        if (CHORUS_SANITIZED) GTEST_SKIP() << "a sanitizer takes more memory than that for itself";
        run("mkdir " + group_ + " && echo " + std::to_string(limit_bytes) + " > " + group_ + "/memory.limit_in_bytes");
        if (run("grep -qx " + std::to_string(limit_bytes) + " " + group_ + "/memory.limit_in_bytes").status != 0)
            GTEST_SKIP() << "this user may not make a memory control group (of version 1)";
    }
    void TearDown() override { run("rmdir " + group_ + " 2> /dev/null"); }
    // A shell command that becomes another one, in the group.
    std::string enter() const { return "echo $$ > " + group_ + "/cgroup.procs && exec \"$0\" \"$@\""; }

    static constexpr long limit_bytes = 64 << 20;

  private:
    std::string group_ = "/sys/fs/cgroup/memory/chorus-test-" + std::to_string(getpid());
};

TEST_F(InAMemoryGroup, WhatIsAdmittedCanBeTouched) {
    TestSite site("sh -c '" + enter() + "'", "");
    const pid_t kernel = site.kernel_pid();
    Puppet alice(site, Puppet::Options{.through = {"/bin/sh", "-c", enter()}});
    EXPECT_EQ(word(alice("allocate self 0,0x8000000," + anywhere), 0), status(K_ENOMEM));
    int regions = 0;
    while (word(alice("allocate self 0,0x400000," + std::to_string(K_ANYWHERE | K_WRITABLE | K_NODEMAND)), 0) == "0")
        ++regions;
    EXPECT_GE(regions, 8);
    EXPECT_LT(regions, 16);
    EXPECT_EQ(site.kernel_pid(), kernel);
    EXPECT_EQ(alice("free self 0,0," + status(K_FREEALL)), "0");
    // The same again, touched by the actor when all are there.
    std::vector<std::string> starts;
    for (std::string reply; word(reply = alice("allocate self 0,0x400000," + anywhere), 0) == "0";)
        starts.push_back(word(reply, 1));
    EXPECT_EQ(starts.size(), static_cast<std::size_t>(regions));
    for (const std::string &start : starts)
        for (long offset = 0; offset < 0x400000; offset += 4096)
            ASSERT_EQ(alice("write " + plus(start, offset) + " 1"), "done");
}

TEST(ShortOfAddresses, AKernelSaysWhatItNeeds) {
    if (CHORUS_SANITIZED) GTEST_SKIP() << "a sanitizer takes more addresses than that for itself";
    const std::string site = "no-addresses-" + std::to_string(getpid());
    const Finished ended = run("prlimit --as=6000000000 '" + program("chorusd") + "' --site " + site + " 2>&1");
    EXPECT_EQ(ended.status, 1);
    EXPECT_NE(ended.output.find("the journal needs 8 GiB of address space"), std::string::npos) << ended.output;
}

TEST(ShortOfDescriptors, AnActorWith64) {
    TestSite site;
    Puppet alice(site, Puppet::Options{.through = {"/bin/sh", "-c", "ulimit -n 64 && exec \"$0\""}});
    for (int i = 0; i < 200; ++i)
        alice.allocate(1, anywhere);
}

// A kernel that may not have more: those who come later are let in all the same.
TEST(ShortOfDescriptors, AKernelWith1024) {
    std::string less = "prlimit --nofile=1024:1024 ";
    if (geteuid() == 0) less += as_user(stranger_uid) + "--bounding-set=-sys_resource ";
    if (run(less + "test -x '" + program("chorusd") + "'").status != 0) GTEST_SKIP() << "another user cannot reach it";
    TestSite site(less, "");
    const std::string name = geteuid() == 0 ? "65534/" + site.name() : site.name();
    Puppet alice(site, Puppet::Options{.set = {{"CHORUS_SITE", name}}});
    int regions = 0;
    std::string refused;
    while (refused.empty() && regions < 2000) {
        const std::string reply = alice("allocate self 0,4096," + anywhere);
        if (word(reply, 0) == "0")
            ++regions;
        else
            refused = word(reply, 0);
    }
    EXPECT_EQ(refused, status(K_ENOMEM));
    EXPECT_GT(regions, 900);
    Puppet bob(site, Puppet::Options{.set = {{"CHORUS_SITE", name}}});
    EXPECT_EQ(word(bob("self"), 0), "0");
    EXPECT_EQ(word(bob("allocate self 0,4096," + anywhere), 0), status(K_ENOMEM));
    EXPECT_EQ(alice("free self 0,0," + status(K_FREEALL)), "0");
    bob.allocate(1, anywhere);
}

}  // namespace
}  // namespace chorus::test
