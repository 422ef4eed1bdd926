// Actors: starting, naming, awaiting and ending them.
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

class Actors : public testing::Test {
  protected:
    std::string spawn(Puppet &parent, const std::string &words) { return parent("spawn 0 " + words); }
    // Which is so a moment after it was asked for.
    void stop_kernel() {
        kill(site.kernel_pid(), SIGSTOP);
        for (std::string text; text.find(") T") == std::string::npos;) {
            std::ifstream stat("/proc/" + std::to_string(site.kernel_pid()) + "/stat");
            std::getline(stat, text);
        }
    }
    // The first child of a process; 0 where it has none.
    static pid_t child_of(pid_t parent) {
        const std::string pid = std::to_string(parent);
        std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
        pid_t child = 0;
        children >> child;
        return child;
    }

    TestSite site;
    Puppet alice{site};
    Puppet bob{site};
};

TEST_F(Actors, KnowThemselves) {
    const std::string self = alice("self");
    EXPECT_EQ(word(self, 0), "0");
    EXPECT_NE(word(self, 1), word(bob("self"), 1));
    EXPECT_EQ(alice("self"), self);
    EXPECT_NE(alice("id"), bob("id"));
    EXPECT_EQ(word(alice("self null"), 0), status(K_EFAULT));
    EXPECT_EQ(word(alice("self bad"), 0), status(K_EFAULT));
}

TEST_F(Actors, HaveNamesThatAnyHolderOfTheCapabilityMayChange) {
    EXPECT_EQ(alice("name self old null"), "0 puppet") << "the program's, without its directory";
    EXPECT_EQ(bob("name " + alice.capability() + " old a-new-name"), "0 puppet");
    EXPECT_EQ(alice("name self old null"), "0 a-new-name");
    const std::string longest(K_ACTORNAMEMAX - 1, 'x');
    EXPECT_EQ(alice("name self null " + longest + "yyy"), "0 -");
    EXPECT_EQ(alice("name self old null"), "0 " + longest);
    EXPECT_EQ(alice("name self bad null"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("name self null bad"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("name null old null"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("name 1.2.3.4 old null"), status(K_EUNKNOWN) + " -");
    EXPECT_EQ(alice("name self null null"), "0 -");
}

TEST_F(Actors, ReadAnyPrivilegeAndSetNone) {
    EXPECT_EQ(alice("privilege self old null"), "0 0");
    EXPECT_EQ(alice("privilege " + bob.capability() + " old null"), "0 0");
    EXPECT_EQ(alice("privilege self old 1"), status(K_EPRIV) + " -");
    EXPECT_EQ(alice("privilege self bad null"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("privilege self null bad"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("privilege bad null 9"), status(K_EFAULT) + " -");
    EXPECT_EQ(alice("actors 0 4"), status(K_EPRIV));
    EXPECT_EQ(word(alice("acap " + bob("id") + " -"), 1), std::to_string(EPERM));
    EXPECT_EQ(word(alice("acap 0 -"), 1), std::to_string(ESRCH));
    EXPECT_EQ(word(alice("acap 1 bad"), 1), std::to_string(EFAULT));
}

TEST_F(Actors, TrustedOnesMayMore) {
    const std::string her_cap = alice.capability(), his_cap = bob.capability();  // they join first, in this order
    Process trusted({.arguments = {program("chorus"), "run", "--trusted", "--site", site.name(), program("puppet")}});
    const auto ask = [&](const std::string &call) {
        trusted.write_line(call);
        return trusted.read_line();
    };
    EXPECT_EQ(ask("privilege self old null"), "0 1");
    EXPECT_EQ(ask("actors 0 1"), "3 " + her_cap) << "how many there are, and as many as fit";
    EXPECT_EQ(ask("actors 1 4"), status(K_EINVAL));
    EXPECT_EQ(ask("actors 0 bad"), status(K_EFAULT));
    EXPECT_EQ(ask("acap " + alice("id") + " -"), "0 " + her_cap);
    EXPECT_EQ(ask("acap 4711 -"), refused(ESRCH) + " 0.0.0.0");
    EXPECT_EQ(ask("privilege " + his_cap + " old 1"), "0 0");
    EXPECT_EQ(bob("privilege self old null"), "0 1");
    EXPECT_EQ(ask("privilege " + his_cap + " old 2"), status(K_EINVAL) + " -");
    EXPECT_EQ(alice("delete " + his_cap), status(K_EPRIV)) << "a user actor ends a system actor";
    EXPECT_EQ(ask("privilege " + his_cap + " null 0"), "0 -");
    EXPECT_EQ(alice("delete " + his_cap), "0");
    EXPECT_EQ(bob.process().wait(), 128 + 9);
    trusted.write_line("exit 0");
    EXPECT_EQ(trusted.wait(), 0);
}

TEST_F(Actors, StartOthersAndHearHowTheyEnd) {
    const std::string child = spawn(alice, "/bin/sh -c exit~7");
    const std::string aid = word(child, 0);
    EXPECT_GT(std::stoi(aid), 0);
    EXPECT_EQ(alice("await " + aid), aid + " exit 7");
    EXPECT_EQ(alice("await " + aid), refused(ESRCH)) << "once";
    EXPECT_EQ(bob("await " + aid), refused(ESRCH)) << "by the parent alone";
    EXPECT_EQ(alice("await 0"), refused(ESRCH));
    EXPECT_EQ(alice("awaits bad"), refused(EFAULT) + " -1");
    EXPECT_EQ(alice("awaits 1.2.3.4"), refused(ESRCH) + " -1");
    EXPECT_EQ(alice("awaits self"), refused(ESRCH) + " -1");
    alice("tick");
    const std::string slow = word(spawn(alice, "/bin/sleep 0.1"), 0);
    EXPECT_EQ(alice("await " + slow), slow + " exit 0") << "signal handlers do not end the wait";
}

TEST_F(Actors, SaysWhichSignalEndedAChild) {
    const std::string fault = word(spawn(alice, "/bin/sh -c kill~-SEGV~$$"), 0);
    EXPECT_EQ(alice("await " + fault), fault + " kill " + std::to_string(K_EVT_PROTECTION));
    const std::string bus = word(spawn(alice, "/bin/sh -c kill~-BUS~$$"), 0);
    EXPECT_EQ(alice("await " + bus), bus + " kill " + std::to_string(K_EVT_PROTECTION));
    const std::string killed = word(spawn(alice, "/bin/sh -c kill~-KILL~$$"), 0);
    EXPECT_EQ(alice("await " + killed), killed + " kill 9");
}

TEST_F(Actors, AKilledChildIsGoneForEverybody) {
    const std::string child = spawn(alice, "/bin/sleep 1000");
    const std::string cap = word(child, 1), aid = word(child, 0);
    EXPECT_EQ(bob("kill " + cap), "0") << "the same user";
    EXPECT_EQ(bob("kill " + cap), refused(ESRCH));
    EXPECT_EQ(bob("name " + cap + " old null"), status(K_EUNKNOWN) + " -");
    EXPECT_EQ(alice("await " + aid), aid + " kill " + std::to_string(K_EVT_AKILL));
    const std::string second = spawn(alice, "/bin/sleep 1000");
    EXPECT_EQ(alice("delete " + word(second, 1)), "0");
    EXPECT_EQ(alice("await " + word(second, 0)), word(second, 0) + " kill " + std::to_string(K_EVT_ACTORDELETE));
}

TEST_F(Actors, ThatDeleteThemselvesDoNotReturn) {
    alice.start("delete self");
    EXPECT_EQ(alice.finish(), "");
    EXPECT_EQ(alice.process().wait(), 128 + 9);
    const std::string own = bob.capability();
    bob.start("kill " + own);
    EXPECT_EQ(bob.finish(), "");
    EXPECT_EQ(bob.process().wait(), 128 + 9);
}

TEST_F(Actors, RefusalsOfKillAndDelete) {
    std::string wrong = bob.capability();
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    EXPECT_EQ(alice("kill null"), refused(EFAULT));
    EXPECT_EQ(alice("kill bad"), refused(EFAULT));
    EXPECT_EQ(alice("kill 1.2.3.4"), refused(ESRCH));
    EXPECT_EQ(alice("kill " + wrong), refused(EINVAL));
    EXPECT_EQ(alice("delete null"), status(K_EFAULT));
    EXPECT_EQ(alice("delete 1.2.3.4"), status(K_EUNKNOWN));
    EXPECT_EQ(alice("delete " + wrong), status(K_EINVAL));
    EXPECT_EQ(alice("delete sv"), status(K_EPRIV));
    EXPECT_EQ(word(bob("self"), 0), "0") << "still there";
}

TEST_F(Actors, RefusalsOfAfexec) {
    const auto flags = [](int value) { return "spawn " + std::to_string(value) + " "; };
    EXPECT_EQ(alice("spawn 0 /nonsuch"), refused(ENOENT));
    EXPECT_EQ(alice("spawn 0 /etc/passwd"), refused(EACCES));
    EXPECT_EQ(alice("spawn 0 /tmp"), refused(EACCES));
    EXPECT_EQ(alice(flags(AFX_USER_SPACE | AFX_SUPERVISOR_SPACE) + "/bin/true"), refused(EINVAL));
    EXPECT_EQ(alice(flags(0x1000) + "/bin/true"), refused(EINVAL));
    EXPECT_NE(alice(flags(AFX_SUPERVISOR_SPACE) + "/bin/true").find('.'), std::string::npos);
    EXPECT_NE(alice(flags(AFX_ANY_SPACE) + "/bin/true").find('.'), std::string::npos);
    EXPECT_EQ(site.chorus("ps --json").output.find("nonsuch"), std::string::npos) << "no actor is left behind";
}

TEST_F(Actors, AllFormsOfAfexecAndTheirPointers) {
    const std::string text = site.name() + ".calls";
    const std::string enter = "cd '" + scratch("") + "' && ";
    run(enter + "echo exit > " + text + " && chmod +x " + text);
    const Finished forms = run(enter + "CHORUS_SITE=" + site.name() + " " + program("forms") + " " + text);
    EXPECT_EQ(forms.status, 0) << forms.output;
    run("rm " + scratch(text));
}

TEST_F(Actors, HaveTheFilesAndDirectoriesThatAcParamNames) {
    const std::string in = scratch(site.name() + ".calls"), out = in + ".out";
    run("echo from the file > " + in);
    const std::string child =
        word(alice("spawn 0 stdin=" + in + " stdout=" + out + " curdir=/usr /bin/sh -c cat;pwd"), 0);
    EXPECT_EQ(alice("await " + child), child + " exit 0");
    EXPECT_EQ(run("cat " + out).output, "from the file\n/usr\n");
    EXPECT_EQ(alice("spawn 0 stdin=/nonsuch /bin/true"), refused(ENOENT));
    EXPECT_EQ(alice("spawn 0 curdir=/nonsuch /bin/true"), refused(ENOENT));
    const bool root = geteuid() == 0;
    EXPECT_EQ(alice("spawn 0 rootdir=/nonsuch /bin/true"), refused(ENOENT));
    const std::string below = alice("spawn 0 stdout=" + out + " rootdir=/ /bin/pwd");
    if (root) {
        EXPECT_EQ(alice("await " + word(below, 0)), word(below, 0) + " exit 0");
        EXPECT_EQ(run("cat " + out).output, "/\n");
        EXPECT_EQ(alice("spawn 0 rootdir=" + scratch("") + " /bin/true"), refused(ENOENT)) << "there is no /bin in it";
    } else {
        EXPECT_EQ(below, refused(EPERM));
    }
    run("rm " + in + " " + out);
}

TEST_F(Actors, AZombieIsDead) {
    const std::string quick = spawn(alice, "/bin/true");
    // Nobody has awaited it. Its process is a zombie when the system says so, and by then the actor is gone.
    for (;;) {
        std::ifstream file("/proc/" + std::to_string(alice.pid()) + "/task/" + std::to_string(alice.pid()) +
                           "/children");
        bool zombie = false;
        for (int pid; file >> pid;) {
            std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
            std::string text;
            std::getline(stat, text);
            if (text.find("(true) Z") != std::string::npos) zombie = true;
        }
        if (zombie) break;
    }
    for (;;) {
        const std::string reply = bob("name " + word(quick, 1) + " old null");
        if (reply == status(K_EUNKNOWN) + " -") break;
        ASSERT_EQ(word(reply, 0), "0") << reply;
    }
}

TEST_F(Actors, CapabilitiesTravelInArguments) {
    EXPECT_EQ(alice("read_cap 0x1 2 0xffffffff 4"), "0 1.2.ffffffff.4");
    EXPECT_EQ(alice("read_cap 1 2 3"), status(K_EINVAL) + " 0.0.0.0");
    EXPECT_EQ(alice("read_cap 1 2 3 z"), status(K_EINVAL) + " 0.0.0.0");
    EXPECT_EQ(alice("read_cap 1 2 3 -4"), status(K_EINVAL) + " 0.0.0.0");
    EXPECT_EQ(alice("read_cap 1 2 3 0x100000000"), status(K_EINVAL) + " 0.0.0.0");
    EXPECT_EQ(alice("read_cap 1 z bad 4"), status(K_EFAULT) + " 0.0.0.0") << "the pointer comes first";
}

TEST_F(Actors, StartedWithoutStandardFilesAreActorsToo) {
    const std::string calls = scratch(site.name() + ".calls");
    run("echo 'allocate self 0,4096,9\nname self old null\nexit 3' > " + calls);
    const std::string start = "CHORUS_SITE=" + site.name() + " " + program("puppet") + " < " + calls;
    EXPECT_EQ(run(start + " >&- 2>&-").status, 3);
    EXPECT_EQ(site.log().find("ended:"), std::string::npos) << site.log();
    // A private kernel, with no standard file at all.
    EXPECT_EQ(run("env -u CHORUS_SITE " + program("chorus") + " run sh -c 'exit 4' <&- >&- 2>&-").status, 4);
    run("rm " + calls);
}

TEST_F(Actors, AKernelThatStandsStillIsAnErrorInTime) {
    Process slow(
        {.arguments = {program("puppet")}, .set = {{"CHORUS_SITE", site.name()}, {"CHORUS_TIMEOUT_MS", "1000"}}});
    const auto ask = [&](const std::string &call) {
        slow.write_line(call);
        return slow.read_line();
    };
    EXPECT_EQ(word(ask("self"), 0), "0");
    ask("tick");  // signal handlers do not make it wait longer
    kill(site.kernel_pid(), SIGSTOP);
    EXPECT_EQ(ask("allocate self 0x51000000,4096,1"), status(K_EFAIL) + " 0x51000000");
    EXPECT_EQ(ask("name self old null"), status(K_EFAIL) + " -");
    kill(site.kernel_pid(), SIGCONT);
    EXPECT_EQ(ask("name self old null"), status(K_EFAIL) + " -");
    EXPECT_EQ(ask("access 0x51000000"), "none");
    // What it had asked for did not happen behind its back.
    EXPECT_EQ(word(alice("self"), 0), "0");
    EXPECT_EQ(site.chorus("regions --json").output, "[]\n");
}

TEST_F(Actors, AfexecIsRefusedInTimeByAKernelThatStandsStill) {
    Process slow(
        {.arguments = {program("puppet")}, .set = {{"CHORUS_SITE", site.name()}, {"CHORUS_TIMEOUT_MS", "1000"}}});
    const auto ask = [&](const std::string &call) {
        slow.write_line(call);
        return slow.read_line();
    };
    EXPECT_EQ(word(ask("self"), 0), "0");
    stop_kernel();
    EXPECT_EQ(ask("spawn 0 /bin/true"), refused(EIO));
    EXPECT_EQ(child_of(slow.pid()), 0) << "nor is a process left behind";
    kill(site.kernel_pid(), SIGCONT);
}

TEST_F(Actors, AProcessThatIsKilledBeforeItsProgramIsLoadedIsAChildThatWasKilled) {
    alice("self");
    alice("tick");  // the handler of that signal is the parent's alone
    const std::string before = site.chorus("ps").output;
    stop_kernel();
    alice.start("spawn 0 /bin/true");
    pid_t child = 0;
    while (child == 0)
        child = child_of(alice.pid());
    for (std::string call; call != std::to_string(SYS_ppoll);) {  // it awaits the kernel's answer
        std::ifstream file("/proc/" + std::to_string(child) + "/syscall");
        file >> call;
    }
    kill(child, SIGTSTP);  // one that stood still would not be killed by the next, and its parent could not go on
    kill(child, SIGALRM);
    kill(site.kernel_pid(), SIGCONT);
    const std::string aid = word(alice.finish(), 0);
    EXPECT_GT(std::stoi(aid), 0);
    EXPECT_EQ(alice("await " + aid), aid + " kill " + std::to_string(SIGALRM));
    EXPECT_EQ(site.chorus("ps").output, before);
}

TEST_F(Actors, WithoutAKernelCallsFailAndMemoryGoesOnWorking) {
    const std::string start = alice.allocate(1, std::to_string(K_ANYWHERE | K_WRITABLE));
    EXPECT_EQ(alice("sem_init " + start + " 1"), "0");
    site.kill();
    EXPECT_EQ(word(alice("allocate self 0,4096,9"), 0), status(K_EFAIL));
    EXPECT_EQ(word(alice("allocate self 0,4096,9"), 0), status(K_EFAIL));
    EXPECT_EQ(alice("sem_p " + start + " null"), "0");
    EXPECT_EQ(alice("write " + start + " 1"), "done");
    EXPECT_EQ(alice("spawn 0 /bin/true"), refused(EIO));
}

}  // namespace
}  // namespace chorus::test
