#include "support/site.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "worlds/process_state.hpp"

namespace chorus::test {

namespace {

// A shell in a view of the file systems of its own: what it mounts goes with it.
std::string own_mounts() {
    return geteuid() == 0 ? "unshare --mount sh -c " : "unshare --map-root-user --mount sh -c ";
}

}  // namespace

TestSite::TestSite() {
    start("exec '" + program_ + "'");
}

TestSite::TestSite(const std::filesystem::path &chorusd) : program_(chorusd) {
    start("exec '" + program_ + "'");
}

TestSite::TestSite(const std::string &before, const std::string &options) {
    start("exec " + before + " '" + program_ + "' " + options);
}

TestSite::TestSite(unsigned long memory_bytes) {
    start("exec " + own_mounts() + "'mount -t tmpfs -o size=" + std::to_string(memory_bytes) +
          " tmpfs /dev/shm && exec \"$0\" \"$@\"' '" + program_ + "'");
}

bool TestSite::may_have_own_memory() {
    return run(own_mounts() + "'mount -t tmpfs tmpfs /dev/shm' 2>&1").status == 0;
}

void TestSite::start(const std::string &command) {
    static std::atomic<int> counter = 0;
    name_ = "test-" + std::to_string(getpid()) + "-" + std::to_string(++counter);
    log_file_ = scratch(name_ + ".log");
    started_ = std::make_unique<Process>(
        Process::Options{.arguments = {"/bin/sh", "-c", command + " --site " + name_ + " 2>'" + log_file_ + "'"},
                         .end_signal = SIGTERM});
    const std::string ready = started_->read_line();
    if (ready.find("is ready") == std::string::npos) {
        std::fprintf(stderr, "chorusd did not start: %s\n%s", ready.c_str(), log().c_str());
        std::abort();
    }
    keeper_pid_ = started_->pid();
    kernel_pid_ = sim::await_child_of(keeper_pid_);
}

TestSite::~TestSite() {
    if (keeper_pid_ > 0) {
        EXPECT_EQ(stop(), 0) << log();
    }
    std::remove(log_file_.c_str());
}

int TestSite::stop() {
    ::kill(keeper_pid_, SIGTERM);
    sim::await_end_of(kernel_pid_);
    sim::await_end_of(keeper_pid_);
    const int status = started_ ? started_->wait() : 0;
    started_.reset();
    keeper_pid_ = 0;
    return status;
}

void TestSite::kill_kernel() {
    ::kill(kernel_pid_, SIGKILL);
    kernel_pid_ = sim::await_child_of(keeper_pid_, kernel_pid_);
}

void TestSite::kill_keeper() {
    ::kill(keeper_pid_, SIGKILL);
    if (started_) started_->wait();
    started_.reset();
    keeper_pid_ = sim::await_child_of(kernel_pid_, keeper_pid_);
}

Finished TestSite::reload() {
    const Finished said = run("'" + program_ + "' --reload --site " + name_ + " 2>&1");
    if (said.status == 0) kernel_pid_ = sim::await_child_of(keeper_pid_, kernel_pid_);
    return said;
}

std::vector<pid_t> TestSite::processes() const {
    std::vector<pid_t> found;
    for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());
        std::ifstream file(entry.path() / "cmdline");
        std::stringstream text;
        text << file.rdbuf();  // nothing, where it has ended
        const std::string words = text.str();
        const bool ours = pid > 0 && words.find(std::string("--site\0", 7) + name_ + '\0') != std::string::npos;
        if (ours && words.find("--reload") == std::string::npos && words.find("chorusd") != std::string::npos)
            found.push_back(pid);
    }
    return found;
}

void TestSite::kill_one(unsigned which) const {
    std::vector<pid_t> now;
    while ((now = processes()).empty())
        sched_yield();
    const pid_t killed = now[which % now.size()];
    ::kill(killed, SIGKILL);
    sim::await_end_of(killed);
}

void TestSite::look() {
    const auto is_keeper = [](pid_t pid) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
        std::string name;
        return std::getline(file, name) && name == "chorusd-keeper";
    };
    for (;; sched_yield()) {
        const std::vector<pid_t> now = processes();
        if (now.size() != 2 || is_keeper(now[0]) == is_keeper(now[1])) continue;
        keeper_pid_ = now[is_keeper(now[0]) ? 0 : 1];
        kernel_pid_ = now[is_keeper(now[0]) ? 1 : 0];
        break;
    }
    if (!started_ || started_->pid() == keeper_pid_) return;
    started_->wait();
    started_.reset();
}

void TestSite::kill() {
    ::kill(keeper_pid_, SIGSTOP);  // or it would start another kernel
    ::kill(kernel_pid_, SIGKILL);
    ::kill(keeper_pid_, SIGKILL);
    sim::await_end_of(kernel_pid_);
    sim::await_end_of(keeper_pid_);
    if (started_) started_->wait();
    started_.reset();
    keeper_pid_ = 0;
}

std::string TestSite::log() const {
    std::ifstream file(log_file_);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

int number_from(const char *variable, int otherwise) {
    const char *text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

Finished TestSite::chorus(const std::string &words) const {
    return run("CHORUS_SITE=" + name_ + " '" + program("chorus") + "' " + words);
}

namespace {

Process::Options options_of(const TestSite &site, const Puppet::Options &options) {
    // A fault is to be a fault, also where a sanitizer would rather explain it.
    Process::Options process{.arguments = {}, .set = {{"CHORUS_SITE", site.name()}, {"ASAN_OPTIONS", "handle_segv=0"}}};
    for (const auto &[name, value] : options.set)
        process.set[name] = value;
    std::vector<std::string> &words = process.arguments;
    if (options.spawned || options.rights != Puppet::Rights::user) words = {program("chorus"), "run"};
    if (options.rights == Puppet::Rights::system) words.push_back("--trusted");
    if (options.rights == Puppet::Rights::supervisor) words.push_back("--supervisor");
    if (!words.empty()) words.insert(words.end(), {"--site", site.name()});
    words.insert(words.end(), options.through.begin(), options.through.end());
    words.push_back(program("puppet"));
    return process;
}

}  // namespace

Puppet::Puppet(const TestSite &site) : Puppet(site, Options{}) {}
Puppet::Puppet(const TestSite &site, Rights rights) : Puppet(site, Options{.rights = rights}) {}
Puppet::Puppet(const TestSite &site, const Options &options) : process_(options_of(site, options)) {}

void Puppet::wait_until_in_call() {
    // The system call that it sleeps in: reading calls is one, waiting for the kernel another.
    for (;;) {
        std::ifstream file("/proc/" + std::to_string(pid()) + "/syscall");
        std::string call;
        if (!(file >> call)) return;  // not told here: the test shows less
        if (call != "running" && call != std::to_string(SYS_read)) return;
    }
}

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
