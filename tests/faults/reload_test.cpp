// chorusd --reload: another program in the place of a running one, and nobody notices.
#include <gtest/gtest.h>
#include <mem/chMem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/site.hpp"

namespace chorus::test {
namespace {

namespace fs = std::filesystem;

// A chorusd that may be replaced.
class Installed {
  public:
    Installed() { put(program("chorusd")); }
    ~Installed() { fs::remove_all(directory_); }
    fs::path path() const { return directory_ / "chorusd"; }
    // Another file of that name.
    void put(const fs::path &version) const {
        fs::create_directories(directory_);
        fs::copy_file(version, directory_ / "new");
        fs::rename(directory_ / "new", path());
    }

  private:
    fs::path directory_ = scratch("installed-" + std::to_string(getpid()));
};

// The file that a process runs; its name may be another file's by now.
bool runs(pid_t pid, const fs::path &file) {
    return fs::equivalent("/proc/" + std::to_string(pid) + "/exe", file);
}

long descriptors_of(pid_t pid) {
    const fs::directory_iterator open("/proc/" + std::to_string(pid) + "/fd");
    return std::distance(begin(open), end(open));
}

TEST(Reload, ActorsGoOn) {
    const Installed installed;
    TestSite site(installed.path());
    Puppet alice(site), bob(site);
    const std::string anywhere = std::to_string(K_ANYWHERE | K_WRITABLE);
    const std::string start = alice.allocate(2, anywhere);
    EXPECT_EQ(alice("write " + start + " 77"), "done");
    const pid_t keeper = site.keeper_pid();
    long descriptors = 0;
    for (int time = 0; time < 3; ++time) {
        const pid_t kernel = site.kernel_pid();
        installed.put(program("chorusd"));
        EXPECT_FALSE(runs(keeper, installed.path()));
        const Finished said = site.reload();
        ASSERT_EQ(said.status, 0) << said.output;
        EXPECT_EQ(said.output, "chorusd: site " + site.name() + " goes on with this program\n");
        EXPECT_TRUE(runs(keeper, installed.path()));
        EXPECT_TRUE(runs(site.kernel_pid(), installed.path()));
        EXPECT_NE(site.kernel_pid(), kernel);
        const std::string mapped =
            bob("map self 0,8192," + anywhere + " " + alice.capability() + " " + start + ",8192,0");
        ASSERT_EQ(word(mapped, 0), "0") << mapped;
        EXPECT_EQ(bob("read " + word(mapped, 1)), "77");
        EXPECT_EQ(word(bob("free self " + word(mapped, 1) + ",8192,0"), 0), "0");
        if (time == 0) descriptors = descriptors_of(keeper);
        EXPECT_EQ(descriptors_of(keeper), descriptors);
    }
    // The new program is as good as the first one at what the first one did.
    site.kill_kernel();
    site.kill_keeper();
    EXPECT_TRUE(runs(site.keeper_pid(), installed.path()));
    EXPECT_EQ(word(alice("allocate self 0,4096," + anywhere), 0), "0");
}

TEST(Reload, TheCommandLineStays) {
    TestSite site("env", "--strict");
    ASSERT_EQ(site.reload().status, 0);
    Puppet alice(site), bob(site);
    const std::string start = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    const std::string refused =
        bob("map self 0,4096," + std::to_string(K_ANYWHERE) + " " + alice.capability() + " " + start + ",4096,0");
    EXPECT_NE(word(refused, 0), "0") << "a read-only grant that nothing enforces";
}

TEST(Reload, AVersionThatCannotReadTheJournalSaysSo) {
    const Installed installed;
    TestSite site(installed.path());
    Puppet alice(site);
    const pid_t kernel = site.kernel_pid();
    installed.put(program("fault-next-version"));
    const Finished said = run("'" + installed.path().string() + "' " + site.name() + " 2>&1");
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("this version cannot read the journal of the running one"), std::string::npos)
        << said.output;
    EXPECT_NE(said.output.find("the old one goes on"), std::string::npos) << said.output;
    EXPECT_TRUE(fs::exists("/proc/" + std::to_string(kernel)));
    alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
}

TEST(Reload, OfAnotherFileIsRefused) {
    const Installed installed;
    TestSite site(installed.path());
    const Finished said = run("'" + program("chorusd") + "' --reload --site " + site.name() + " 2>&1");
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("was started from " + installed.path().string()), std::string::npos) << said.output;
}

#if !CHORUS_SANITIZED
TEST(Reload, WhereTheProgramCannotBeExecutedTheOldOneGoesOn) {
    const std::string state = scratch("reload.state");
    TestSite site("env LD_PRELOAD='" + library("chorus-fault-shim") +
                      "' CHORUS_FAULT='fail execv 8 1' CHORUS_FAULT_STATE='" + state + "'",
                  "");
    Puppet alice(site);
    const Finished said = site.reload();
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("could not be replaced"), std::string::npos) << said.output;
    EXPECT_NE(site.log().find("cannot be executed: Exec format error"), std::string::npos) << site.log();
    site.look();
    alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    EXPECT_EQ(site.reload().status, 0);  // the next one can
    fs::remove(state);
}
#endif

TEST(Reload, ByAnotherUserIsRefused) {
    if (!may_be_run_by(stranger_uid, "chorusd")) GTEST_SKIP() << "only root can be several users";
    TestSite site("env", "--allow-user 65534");
    const Finished said =
        run(as_user(stranger_uid) + "'" + program("chorusd") + "' --reload --site root/" + site.name() + " 2>&1");
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("by its own user, or by root"), std::string::npos) << said.output;
}

// What systemd waits for.
TEST(Reload, AKernelThatServesTellsWhoHasStartedIt) {
    const std::string name = scratch("notify-" + std::to_string(getpid()));
    const int told = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(name.size(), sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    ASSERT_EQ(bind(told, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    const TestSite site("env NOTIFY_SOCKET='" + name + "'", "");
    char text[16] = {};
    EXPECT_EQ(recv(told, text, sizeof text - 1, 0), 7);
    EXPECT_STREQ(text, "READY=1");
    close(told);
    fs::remove(name);
}

TEST(Reload, OfASiteThatIsNot) {
    const Finished said = run("'" + program("chorusd") + "' --reload --site nobody-serves-this 2>&1");
    EXPECT_EQ(said.status, 1);
    EXPECT_NE(said.output.find("no kernel serves site 'nobody-serves-this'"), std::string::npos) << said.output;
}

}  // namespace
}  // namespace chorus::test
