// Refusals: thrown, or told, with codes that compare as the standard's do.
#include <gtest/gtest.h>
#include <chorus/chorus.hpp>

#include <set>

namespace chorus::test {
namespace {

constexpr Status all[] = {
    Status::fault,    Status::unknown,         Status::invalid, Status::privilege, Status::size,
    Status::round,    Status::address,         Status::overlap, Status::space,     Status::no_memory,
    Status::busy,     Status::timeout,         Status::abort,   Status::no_port,   Status::full,
    Status::too_much, Status::not_implemented, Status::fail,
};

TEST(CxxErrors, EveryStatusHasAMessageOfItsOwn) {
    std::set<std::string> messages;
    for (const Status status : all) {
        const std::error_code code = status;
        EXPECT_EQ(code.category(), error_category());
        EXPECT_STREQ(code.category().name(), "chorus");
        EXPECT_EQ(code.message(), strSysError(static_cast<int>(status)));
        messages.insert(code.message());
    }
    EXPECT_EQ(messages.size(), std::size(all));
    EXPECT_FALSE(std::error_code(Status::ok));
}

TEST(CxxErrors, CompareWithTheStandardsConditions) {
    EXPECT_EQ(std::error_code(Status::no_memory), std::errc::not_enough_memory);
    EXPECT_EQ(std::error_code(Status::timeout), std::errc::timed_out);
    EXPECT_EQ(std::error_code(Status::not_implemented), std::errc::function_not_supported);
    EXPECT_EQ(std::error_code(Status::privilege), std::errc::operation_not_permitted);
    EXPECT_NE(std::error_code(Status::overlap), std::errc::invalid_argument);
    EXPECT_EQ(std::error_code(Status::overlap).default_error_condition().category(), error_category());
    EXPECT_NE(std::error_code(Status::unknown), Status::invalid);
}

TEST(CxxErrors, ThrowWithTheNameOfTheCallOrTellTheCallersCode) {
    try {
        Region::allocate(0);
        FAIL() << "size 0";
    } catch (const std::system_error &error) {
        EXPECT_EQ(error.code(), Status::size);
        EXPECT_EQ(std::string(error.what()).find("rgnAllocate"), 0u) << error.what();
    }
    std::error_code error;
    EXPECT_TRUE(Region::allocate(0, {}, error).empty());
    EXPECT_EQ(error, Status::size);
    EXPECT_FALSE(Region::allocate(1, {}, error).empty());
    EXPECT_FALSE(error) << "cleared by a call that succeeds";
}

}  // namespace
}  // namespace chorus::test
