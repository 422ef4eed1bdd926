// What memory control groups leave, less a sixteenth of their limits, of both versions, read from trees like those of
// the system.
#include "memory/memory_limit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/process.hpp"

namespace chorus::test {
namespace {

namespace fs = std::filesystem;

class MemoryLimit : public testing::Test {
  protected:
    ~MemoryLimit() override { fs::remove_all(root_); }
    void write(const std::string &file, const std::string &text) const {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text;
    }
    std::uint64_t free_bytes() const {
        return memory::MemoryLimit(root_ / "cgroup", root_ / "memberships").free_bytes();
    }

    static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  private:
    fs::path root_ = scratch("groups-" + std::to_string(getpid()));
};

TEST_F(MemoryLimit, NoGroupsNoLimit) {
    EXPECT_EQ(free_bytes(), unlimited);
}

TEST_F(MemoryLimit, SecondVersion) {
    write("memberships", "0::/user/shell\n");
    write("cgroup/user/shell/memory.max", "max\n");
    EXPECT_EQ(free_bytes(), unlimited);
    write("cgroup/user/memory.max", "1000000\n");
    write("cgroup/user/memory.current", "600000\n");
    write("cgroup/user/memory.stat", "anon 300000\nfile 300000\ninactive_file 100000\nactive_file 50000\n");
    EXPECT_EQ(free_bytes(), 550'000U - 62'500U);
    write("cgroup/user/shell/memory.max", "400000\n");  // the least of all counts
    write("cgroup/user/shell/memory.current", "300000\n");
    EXPECT_EQ(free_bytes(), 100'000U - 25'000U);
    write("cgroup/user/shell/memory.current", "500000\n");
    EXPECT_EQ(free_bytes(), 0U);
}

TEST_F(MemoryLimit, FirstVersion) {
    write("memberships", "5:cpu,cpuacct:/a\n4:hugetlb,memory:/b\n0::/\n");
    write("cgroup/memory/b/memory.limit_in_bytes", "9223372036854771712\n");  // none
    EXPECT_EQ(free_bytes(), unlimited);
    write("cgroup/memory/b/memory.limit_in_bytes", "1000000\n");
    write("cgroup/memory/b/memory.usage_in_bytes", "600000\n");
    write("cgroup/memory/b/memory.stat", "inactive_file 7\ntotal_inactive_file 100000\ntotal_active_file 0\n");
    EXPECT_EQ(free_bytes(), 500'000U - 62'500U);
}

// Its path is that outside, and what is mounted is the group itself.
TEST_F(MemoryLimit, InAContainer) {
    write("memberships", "4:memory:/docker/0123\n");
    write("cgroup/memory/memory.limit_in_bytes", "1000000\n");
    write("cgroup/memory/memory.usage_in_bytes", "1\n");
    EXPECT_EQ(free_bytes(), 999'999U - 62'500U);
}

}  // namespace
}  // namespace chorus::test
