#include "support/site.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace chorus::test {

TestSite::TestSite() {
    static std::atomic<int> counter = 0;
    name_ = "test-" + std::to_string(getpid()) + "-" + std::to_string(++counter);
    log_file_ = std::string(CHORUS_TEST_DIR "/") + name_ + ".log";
    kernel_ = std::make_unique<Process>(Process::Options{
        .arguments = {"/bin/sh", "-c",
                      "exec '" + program("chorusd") + "' --site " + name_ + " 2>'" + log_file_ + "'"}});
    const std::string ready = kernel_->read_line();
    if (ready.find("is ready") == std::string::npos) {
        std::fprintf(stderr, "chorusd did not start: %s\n%s", ready.c_str(), log().c_str());
        std::abort();
    }
}

TestSite::~TestSite() {
    if (kernel_) {
        EXPECT_EQ(stop(), 0) << log();
    }
    std::remove(log_file_.c_str());
}

int TestSite::stop() {
    kernel_->signal(SIGTERM);
    const int status = kernel_->wait();
    kernel_.reset();
    return status;
}

void TestSite::kill_kernel() {
    kernel_->signal(SIGKILL);
    kernel_->wait();
    kernel_.reset();
}

std::string TestSite::log() const {
    std::ifstream file(log_file_);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

Finished TestSite::chorus(const std::string &words) const {
    return run("CHORUS_SITE=" + name_ + " '" + program("chorus") + "' " + words);
}

namespace {

// A fault is to be a fault, also where a sanitizer would rather explain it.
std::map<std::string, std::string> environment(const TestSite &site, std::map<std::string, std::string> set) {
    set.insert({{"CHORUS_SITE", site.name()}, {"ASAN_OPTIONS", "handle_segv=0"}});
    return set;
}

}  // namespace

Puppet::Puppet(const TestSite &site, std::map<std::string, std::string> set)
    : process_({.arguments = {program("puppet")}, .set = environment(site, std::move(set))}) {}

std::string Puppet::operator()(const std::string &call) {
    start(call);
    return finish();
}

std::string Puppet::capability() {
    return word((*this)("self"), 1);
}

std::string Puppet::allocate(int pages, const std::string &options) {
    const std::string reply = (*this)("allocate self 0," + std::to_string(pages * 4096) + "," + options);
    EXPECT_EQ(word(reply, 0), "0") << reply;
    return word(reply, 1);
}

std::string word(const std::string &reply, int index) {
    std::istringstream words(reply);
    std::string text;
    for (int i = 0; i <= index; ++i)
        if (!(words >> text)) return {};
    return text;
}

std::string plus(const std::string &address, long bytes) {
    char text[24];
    std::snprintf(text, sizeof text, "%#lx",
                  std::strtoul(address.c_str(), nullptr, 0) + static_cast<unsigned long>(bytes));
    return text;
}

}  // namespace chorus::test
