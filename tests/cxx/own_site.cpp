#include "cxx/own_site.hpp"

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
        site->kill_kernel();
        site.reset();
    }
};

const auto *const environment = testing::AddGlobalTestEnvironment(new OwnSite);

}  // namespace

std::string partner() {
    return program("partner");
}

}  // namespace chorus::test
