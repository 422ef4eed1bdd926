// Capabilities as values and as text.
#include <gtest/gtest.h>
#include <chorus/actor.hpp>
#include <chorus/capability.hpp>

namespace chorus::test {
namespace {

const Capability some = KnCap{{0x2b0bab, 1}, {0x7c27b3fd, 0xffffffff}};

TEST(CxxCapability, IsWrittenAndReadBack) {
    EXPECT_EQ(some.text(), "0x2b0bab 0x1 0x7c27b3fd 0xffffffff");
    EXPECT_EQ(Capability::parse(some.text()), some);
    EXPECT_EQ(Capability::parse("  0x2b0bab\t1\n0x7c27b3fd   4294967295 "), some);
    EXPECT_EQ(some.words().size(), 4u);
    EXPECT_NE(some, Capability());
}

TEST(CxxCapability, IsReadFromArguments) {
    std::vector<std::string> words = some.words();
    char *argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    EXPECT_EQ(Capability::parse(argv), some);
    argv[3] = nullptr;
    EXPECT_THROW(Capability::parse(argv), std::system_error);
}

TEST(CxxCapability, RefusesWhatIsNone) {
    for (const char *text : {"", "1 2 3", "1 2 3 4 5", "1 2 3 x", "1 2 3 -4", "1 2 3 0x100000000", "1,2,3,4"}) {
        std::error_code error;
        EXPECT_EQ(Capability::parse(text, error), Capability()) << text;
        EXPECT_EQ(error, Status::invalid) << text;
        EXPECT_THROW(Capability::parse(text), std::system_error) << text;
    }
}

TEST(CxxCapability, OfTheCallerNamesTheCaller) {
    const Capability own = Actor::self().capability();
    EXPECT_NE(own, Capability());
    EXPECT_EQ(Actor(own).capability(), own);
    Actor(own).set_name("by-capability");
    EXPECT_EQ(Actor::self().name(), "by-capability");
    std::error_code error;
    Actor::supervisor_space().capability(error);
    EXPECT_EQ(error, Status::invalid);
}

}  // namespace
}  // namespace chorus::test
