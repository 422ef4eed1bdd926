// For a test program that is itself an actor: a kernel of its own, from before the first test to after the last.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <memory>

#include "support/site.hpp"

namespace chorus::test {

namespace {

std::unique_ptr<TestSite> site;

class OwnSite : public testing::Environment {
  public:
    void SetUp() override {
        site = std::make_unique<TestSite>();
        setenv("CHORUS_SITE", site->name().c_str(), 1);
    }
    // Asked to end, the kernel would ask its actors to end first: this program is one.
    void TearDown() override {
        site->kill();
        site.reset();
    }
};

const auto *const environment = testing::AddGlobalTestEnvironment(new OwnSite);

}  // namespace

}  // namespace chorus::test
