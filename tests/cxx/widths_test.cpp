// The C++ interface next to the C interface of either width, in one program: this file is compiled with each.
#include <chorus.h>
#include <gtest/gtest.h>

#include <chorus/chorus.hpp>

#define CHORUS_JOINED(one, other) one##other
#define CHORUS_TEST_NAME(name, bits) CHORUS_JOINED(name, bits)

namespace chorus::test {
namespace {

TEST(CxxWidths, CHORUS_TEST_NAME(BothInterfacesSeeTheSameRegion, CHORUS_VM_BITS)) {
    KnRgnDesc desc = {0, 4096, K_ANYWHERE | K_WRITABLE, 0, nullptr, 0};
    static_assert(sizeof desc.startAddr == CHORUS_VM_BITS / 8);
    ASSERT_EQ(rgnAllocate(K_MYACTOR, &desc), K_OK);
    const Region region(Range{desc.startAddr, desc.size});
    region.as<int>()[0] = CHORUS_VM_BITS;
    EXPECT_EQ(*reinterpret_cast<int *>(static_cast<Address>(desc.startAddr)), CHORUS_VM_BITS);

    const Region other = Region::allocate(1, {.protection = Protection::read});
    KnRgnDesc range = {static_cast<VmAddr>(other.range().start), 1, 0, 0, nullptr, 0};
    KnRgnStat stat;
    ASSERT_EQ(rgnStat(K_MYACTOR, &range, &stat, sizeof stat), 1);
    EXPECT_EQ(stat.startAddr, other.range().start);
    EXPECT_EQ(stat.options & K_WRITABLE, 0u);
}

}  // namespace
}  // namespace chorus::test
