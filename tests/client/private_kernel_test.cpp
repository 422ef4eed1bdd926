// Which kernel a program joins that was not started by afexec: docs/private-kernels.md.
#include <chorus.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support/site.hpp"
#include "wire/socket.hpp"
#include "worlds/process_state.hpp"

namespace chorus::test {
namespace {

// A puppet with no site to join, and perhaps a token.
class Program {
  public:
    struct Options {
        std::vector<std::string> set{};      // NAME=VALUE
        std::vector<std::string> through{};  // a command that starts it
    };
    Program() : Program(Options{}) {}
    explicit Program(const Options &options) : process_({.arguments = words_of(options)}) {}

    std::string operator()(const std::string &call) {
        process_.write_line(call);
        return process_.read_line();
    }
    // Has it run a shell command, not by afexec: the first line that this prints.
    std::string shell(const std::string &command, const std::string &way = "system") {
        process_.write_line(way + " " + command);
        std::string line = process_.read_line(), last = line;
        while (last.find_first_not_of("0123456789") != std::string::npos || last.empty())
            last = process_.read_line();  // the exit status ends it
        return line;
    }
    std::string kernel() { return kernel_of((*this)("self")); }
    std::string token() { return shell("echo token=$CHORUS_PRIVATE").substr(6); }
    Process &process() { return process_; }

    // Which kernel an actor is of, by the answer to "self": the head of its unique id.
    static std::string kernel_of(const std::string &self) {
        return word(self, 0) == "0" ? word(self, 1).substr(0, word(self, 1).find('.')) : "none: " + self;
    }

  private:
    static std::vector<std::string> words_of(const Options &options) {
        std::vector<std::string> words{"/usr/bin/env", "-u", "CHORUS_SITE", "-u", "CHORUS_PRIVATE"};
        words.push_back("CHORUSD=" + program("chorusd"));
        words.insert(words.end(), options.set.begin(), options.set.end());
        words.insert(words.end(), options.through.begin(), options.through.end());
        words.push_back(program("puppet"));
        return words;
    }

    Process process_;
};

// For a shell: a puppet that tells who it is.
std::string asking(const std::string &before = "", const std::string &puppet = program("puppet")) {
    return "echo self | " + before + " '" + puppet + "' 2>&1";
}

class PrivateKernels : public testing::Test {
  protected:
    void SetUp() override {
        if (wire::connect_to(geteuid(), "default")) GTEST_SKIP() << "a default site runs, and would be joined";
    }
    // The kernel of a child that a program starts.
    static std::string kernel_of_child(Program &parent, const std::string &before = "",
                                       const std::string &way = "system") {
        return Program::kernel_of(parent.shell(asking(before), way));
    }
    // The two processes of a private kernel.
    struct Pids {
        pid_t keeper, kernel;
    };
    static Pids pids_of(const std::string &token) {
        wire::Peer peer;
        const wire::Descriptor socket = wire::connect_to(geteuid(), "private-" + token.substr(0, 16));
        EXPECT_TRUE(socket && wire::peer_of(socket.get(), peer));
        const auto keeper = static_cast<pid_t>(peer.pid);
        return {keeper, sim::await_child_of(keeper)};
    }
    // Has no kernel that this test knows of, but one.
    static void expect_own_kernel(Program &program, const std::vector<std::string> &others) {
        const std::string own = program.kernel();
        EXPECT_EQ(own.find("none"), std::string::npos) << own;
        for (const std::string &other : others)
            EXPECT_NE(own, other);
    }

    static Program with_token(const std::string &token) { return Program({.set = {"CHORUS_PRIVATE=" + token}}); }
};

TEST_F(PrivateKernels, AreFoundByProgramsThatAreNotStartedByAfexec) {
    Program parent;
    const std::string kernel = parent.kernel();
    for (const char *way : {"posix_spawn", "fork_exec", "system"})
        EXPECT_EQ(kernel_of_child(parent, "", way), kernel) << way;
    // Such a program is an actor like others: it maps its parent's memory, and is nobody's child.
    const std::string page = word(parent("allocate self 0,4096,9"), 1);
    parent("write " + page + " 42");
    const std::string source = word(parent("self"), 1) + " " + page + ",4096,0";
    const std::string mapped =
        parent.shell("printf 'map self 0x50000000,4096,1 " + source + "\\nread 0x50000000\\n' | '" + program("puppet") +
                     "' | tail -1 | sed s/^/read:/");
    EXPECT_EQ(mapped, "read:42");
    const std::string id = parent.shell("echo id | '" + program("puppet") + "' | sed s/^/id:/").substr(3);
    EXPECT_EQ(parent("await " + id), "-1 " + std::to_string(ESRCH));
}

TEST_F(PrivateKernels, AreFoundByTheCommandLine) {
    Program parent;
    parent("self");
    const std::string listed =
        parent.shell("'" + program("chorus") + "' ps --json | grep -c puppet | sed s/^/listed:/");
    EXPECT_EQ(listed, "listed:1");
}

TEST_F(PrivateKernels, AreFoundByGrandchildren) {
    Program parent;
    const std::string kernel = parent.kernel();
    const std::string nested = "posix_spawn " + asking();
    const std::string by_child = "printf '%s\\n' self \"" + nested + "\" | '" + program("puppet") + "' | sed -n 2p";
    EXPECT_EQ(Program::kernel_of(parent.shell(by_child)), kernel) << "of a child that has made calls";
    EXPECT_EQ(Program::kernel_of(parent.shell("sh -c \"" + asking() + "\"")), kernel) << "of one that makes none";
    const std::string by_actor = "spawn 0 /bin/sh -c " + asking();
    std::string words = by_actor;
    for (std::size_t at = std::string("spawn 0 /bin/sh -c ").size(); at < words.size(); ++at)
        if (words[at] == ' ') words[at] = '~';
    parent.process().write_line(words);
    std::string answers[2] = {parent.process().read_line(), parent.process().read_line()};
    const bool child_first = word(answers[0], 0) == "0";
    EXPECT_EQ(Program::kernel_of(answers[child_first ? 0 : 1]), kernel) << "of one that afexec has started";
}

TEST_F(PrivateKernels, AreFoundByProgramsOfChorusRun) {
    Program parent({.through = {program("chorus"), "run"}});
    const std::string kernel = parent.kernel();
    EXPECT_EQ(kernel_of_child(parent), kernel);
    EXPECT_EQ(parent.token().size(), 49u);
}

TEST_F(PrivateKernels, GiveWayToTheSiteThatIsNamed) {
    const TestSite site;
    Puppet member(site);
    const std::string of_site = Program::kernel_of(member("self"));
    Program parent;
    parent("self");
    EXPECT_EQ(kernel_of_child(parent, "CHORUS_SITE=" + site.name()), of_site);
    const std::string unserved = parent.shell(asking("CHORUS_SITE=nobody"));
    EXPECT_NE(unserved.find("no kernel serves site 'nobody'"), std::string::npos) << unserved;
    // Programs that such a child starts are not led to the kernel of its parent.
    Program child({.set = {"CHORUS_PRIVATE=" + parent.token(), "CHORUS_SITE=" + site.name()}});
    EXPECT_EQ(child.kernel(), of_site);
    EXPECT_EQ(child.token(), "");
}

TEST_F(PrivateKernels, OfTwoProgramsAreTwo) {
    Program one, two;
    const std::string first = one.kernel(), second = two.kernel();
    ASSERT_NE(first, second);
    EXPECT_EQ(kernel_of_child(two), second);
    EXPECT_EQ(kernel_of_child(one), first);
    EXPECT_NE(one.token(), two.token());
}

TEST_F(PrivateKernels, ThatHaveEndedAreReplaced) {
    std::string token, ended;
    {
        Program parent;
        ended = parent.kernel();
        token = parent.token();
        const Pids pids = pids_of(token);
        parent.process().close_input();
        parent.process().wait();
        sim::await_end_of(pids.kernel);
        sim::await_end_of(pids.keeper);
    }
    Program late = with_token(token);
    EXPECT_EQ(late.token(), token) << "not looked at before the first call";
    expect_own_kernel(late, {ended});
    EXPECT_NE(late.token(), token);
    EXPECT_EQ(kernel_of_child(late), late.kernel());
}

TEST_F(PrivateKernels, AreNotJoinedWithAWrongSecret) {
    Program parent;
    const std::string kernel = parent.kernel(), token = parent.token();
    ASSERT_EQ(token.size(), 49u) << token;
    for (const std::size_t at : {17, 32, 33, 48}) {
        std::string wrong = token;
        wrong[at] = wrong[at] == '0' ? '1' : '0';
        Program child = with_token(wrong);
        expect_own_kernel(child, {kernel});
    }
    Program child = with_token(token);
    EXPECT_EQ(child.kernel(), kernel);
}

TEST_F(PrivateKernels, AreNotFoundByMalformedTokens) {
    Program parent;
    const std::string kernel = parent.kernel(), token = parent.token();
    const std::string handle = token.substr(0, 16), secret = token.substr(17);
    std::string upper = token, sign = token;
    upper[20] = 'A', sign[17] = '+';
    for (const std::string &malformed :
         {std::string(), std::string("x"), handle, handle + ":", ":" + secret, handle + secret, token + "0",
          token + " ", " " + token, token.substr(0, 48), handle + ":" + std::string(32, '0'), upper, sign,
          "private-" + token, std::string(5000, '0')}) {
        Program child = with_token(malformed);
        expect_own_kernel(child, {kernel});
        EXPECT_EQ(child.token().size(), 49u);
    }
}

TEST_F(PrivateKernels, AreNotFoundWithoutTheVariable) {
    Program parent;
    const std::string kernel = parent.kernel();
    const std::string unset = kernel_of_child(parent, "env -u CHORUS_PRIVATE");
    EXPECT_NE(unset, kernel);
    EXPECT_EQ(unset.find("none"), std::string::npos) << unset;
    const std::string cleared = kernel_of_child(parent, "env -i CHORUSD='" + program("chorusd") + "'");
    EXPECT_NE(cleared, kernel);
    EXPECT_EQ(cleared.find("none"), std::string::npos) << cleared;
}

TEST_F(PrivateKernels, StayOfAProcessAndItsFork) {
    Program parent;
    const std::string kernel = parent.kernel(), token = parent.token();
    const std::string forked = parent("fork");
    EXPECT_EQ(word(forked, 2).substr(0, word(forked, 2).find('.')), kernel);
    // The output of a command that the forked child runs is the reply to its caller.
    EXPECT_EQ(Program::kernel_of(parent("child system " + asking())), kernel);
}

TEST_F(PrivateKernels, OfTwoThatPartedBeforeTheirFirstCallAreTwo) {
    Program parent;
    const std::string forked = parent("fork");
    const std::string of_child = word(forked, 2).substr(0, word(forked, 2).find('.'));
    const std::string kernel = parent.kernel();
    EXPECT_NE(of_child, kernel);
    EXPECT_EQ(kernel_of_child(parent), kernel);
    EXPECT_EQ(Program::kernel_of(parent("child system " + asking())), of_child);
}

TEST_F(PrivateKernels, AreFoundAfterTheKernelWasKilled) {
    Program parent;
    const std::string kernel = parent.kernel(), token = parent.token();
    const Pids before = pids_of(token);
    kill(before.kernel, SIGKILL);
    sim::await_child_of(before.keeper, before.kernel);
    EXPECT_EQ(kernel_of_child(parent), kernel);
    const Pids after = pids_of(token);
    kill(before.keeper, SIGKILL);
    sim::await_child_of(after.kernel, before.keeper);
    EXPECT_EQ(kernel_of_child(parent), kernel);
}

TEST_F(PrivateKernels, AreFoundAfterAReload) {
    Program parent;
    const std::string kernel = parent.kernel(), token = parent.token();
    const Pids before = pids_of(token);
    const Finished reloaded =
        run("'" + program("chorusd") + "' --reload --site private-" + token.substr(0, 16) + " 2>&1");
    ASSERT_EQ(reloaded.status, 0) << reloaded.output;
    sim::await_child_of(before.keeper, before.kernel);
    EXPECT_EQ(kernel_of_child(parent), kernel);
    Program wrong = with_token(token.substr(0, 48) + (token.back() == '0' ? "1" : "0"));
    expect_own_kernel(wrong, {kernel});
}

TEST_F(PrivateKernels, ThatDoNotAnswerAreAnError) {
    Program parent;
    const std::string token = (parent("self"), parent.token());
    const Pids pids = pids_of(token);
    kill(pids.kernel, SIGSTOP);
    Program child({.set = {"CHORUS_PRIVATE=" + token, "CHORUS_TIMEOUT_MS=200"}});
    EXPECT_EQ(word(child("self"), 0), std::to_string(K_EFAIL));
    kill(pids.kernel, SIGCONT);
    EXPECT_EQ(word(child("self"), 0), std::to_string(K_EFAIL)) << "it stays without a kernel";
}

// ---- Other users, and programs with more rights: for root.

class PrivateKernelsOfUsers : public PrivateKernels {
  protected:
    void SetUp() override {
        PrivateKernels::SetUp();
        if (IsSkipped()) return;
        if (!may_be_run_by(stranger_uid, "puppet")) GTEST_SKIP() << "needs root, and a build that others may read";
        const std::string made = scratch("private-kernels-" + std::to_string(getpid()));
        ASSERT_EQ(mkdir(made.c_str(), 0755), 0);
        folder = made;
        copy = folder + "/puppet";
        ASSERT_EQ(run("cp '" + program("puppet") + "' '" + copy + "'").status, 0);
    }
    void TearDown() override {
        if (!folder.empty()) run("rm -r '" + folder + "'");
    }
    // Makes the copy setuid or setgid of another user.
    void give_rights(unsigned uid, unsigned gid, unsigned mode) {
        ASSERT_EQ(chown(copy.c_str(), uid, gid), 0);
        ASSERT_EQ(chmod(copy.c_str(), mode), 0);
        rights = run(as_user(stranger_uid) + "test -x '" + copy + "'").status == 0;
    }
    static Program of_user(unsigned uid, const std::vector<std::string> &set = {}) {
        return Program({.set = set, .through = words_as_user(uid)});
    }

    std::string folder, copy;
    bool rights = false;
};

TEST_F(PrivateKernelsOfUsers, AreNotFoundByOthers) {
    Program parent = of_user(stranger_uid);
    const std::string kernel = parent.kernel(), token = parent.token();
    ASSERT_EQ(kernel.find("none"), std::string::npos) << kernel;
    Program other = of_user(other_stranger_uid, {"CHORUS_PRIVATE=" + token});
    expect_own_kernel(other, {kernel});
    Program root = with_token(token);
    expect_own_kernel(root, {kernel});
    Program own;  // of root: others do not find it, though they trust root's kernels
    const std::string of_root = own.kernel();
    Program child = of_user(stranger_uid, {"CHORUS_PRIVATE=" + own.token()});
    expect_own_kernel(child, {kernel, of_root});
    Program same = of_user(stranger_uid, {"CHORUS_PRIVATE=" + token});
    EXPECT_EQ(same.kernel(), kernel);
}

TEST_F(PrivateKernelsOfUsers, AreNotFoundByProgramsWithMoreRights) {
    Program parent = of_user(stranger_uid);
    const std::string kernel = parent.kernel();
    const auto asked = [&] { return parent.shell(asking("", copy)); };
    give_rights(0, 0, 0755);
    EXPECT_EQ(Program::kernel_of(asked()), kernel) << "it would be found without these";
    // Setgid: the user is the same one, so nothing but the right itself is in the way.
    give_rights(0, other_stranger_uid, 02755);
    const std::string setgid = asked();
    EXPECT_NE(Program::kernel_of(setgid), kernel);
    // Nor does such a program let CHORUSD say what it runs.
    EXPECT_EQ(setgid.find(program("chorusd")), std::string::npos) << setgid;
    give_rights(0, 0, 04755);
    EXPECT_NE(Program::kernel_of(asked()), kernel);
    give_rights(0, 0, 0755);
    EXPECT_EQ(Program::kernel_of(asked()), kernel);
}

TEST_F(PrivateKernelsOfUsers, ASiteIsNotChosenForAProgramWithMoreRights) {
    const TestSite site("setpriv --reuid=65534 --regid=65534 --clear-groups", "");
    const std::string ask =
        as_user(stranger_uid) + "env CHORUS_SITE=" + site.name() + " sh -c \"" + asking("", copy) + "\"";
    give_rights(0, 0, 0755);
    const std::string of_site = Program::kernel_of(run(ask).output);
    EXPECT_EQ(of_site.find("none"), std::string::npos) << of_site;
    give_rights(0, other_stranger_uid, 02755);
    EXPECT_NE(Program::kernel_of(run(ask).output), of_site);
}

TEST_F(PrivateKernelsOfUsers, AKernelIsNotHandedToAProgramOfAnotherUser) {
    Program parent = of_user(stranger_uid);
    const std::string kernel = parent.kernel();
    const auto handed = [&] {
        const std::string script = folder + "/ask";
        run("printf 'self\\n' > '" + script + "'; chmod 644 '" + script + "'");
        parent.process().write_line("spawn 0 stdin=" + script + " " + copy);
        std::string answers[2] = {parent.process().read_line(), parent.process().read_line()};
        const bool child_first = answers[0].rfind("0 ", 0) == 0 || answers[0].rfind("-", 0) == 0;
        return Program::kernel_of(answers[child_first ? 0 : 1]);
    };
    give_rights(0, 0, 0755);
    EXPECT_EQ(handed(), kernel);
    give_rights(0, other_stranger_uid, 02755);
    EXPECT_EQ(handed(), kernel) << "setgid: a kernel of its own user";
    give_rights(0, 0, 04755);
    EXPECT_NE(handed(), kernel) << "setuid: a kernel that its user does not trust";
}

}  // namespace
}  // namespace chorus::test
