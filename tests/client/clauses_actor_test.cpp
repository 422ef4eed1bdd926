// The clauses of the pages on actors.
#include <am/afexec.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "client/clauses.hpp"

namespace chorus::test {
namespace {

// Of another user.
Puppet::Options stranger() {
    return {.through = words_as_user(stranger_uid), .spawned = true};
}
// As actorStat tells it.
std::string state(const std::string &actor, int state) {
    return " " + actor + "," + std::to_string(state);
}
bool has(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

// Waits until the system has stopped every thread of a process.
void wait_until_stopped(pid_t pid) {
    for (bool moving = true; moving;) {
        moving = false;
        for (const auto &thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
            std::ifstream file(thread.path() / "stat");
            std::string text;
            std::getline(file, text);
            if (!has(text, ") T ")) moving = true;
        }
    }
}

TEST_F(Clauses, ActorPrivilegeOfASupervisorActorNeverChanges) {
    Puppet supervisor(site, Rights::supervisor), system(site, Rights::system);
    const std::string its = supervisor.capability();
    EXPECT_EQ(supervisor("privilege self old null"), "0 2");
    for (const char *wanted : {"0", "1"}) {
        EXPECT_EQ(supervisor("privilege self old " + std::string(wanted)), status(K_EPRIV) + " -");
        EXPECT_EQ(system("privilege " + its + " old " + wanted), status(K_EPRIV) + " -");
    }
    EXPECT_EQ(system("privilege " + alice.capability() + " old 2"), status(K_EINVAL) + " -");
    EXPECT_EQ(alice("privilege " + its + " old null"), "0 2");
}

TEST_F(Clauses, ActorStatTellsStoppedFromActive) {
    Puppet system(site, Rights::system);
    const std::string her = alice.capability();
    EXPECT_TRUE(has(system("actor_states 0 16"), state(her, K_ACTIVE)));
    EXPECT_EQ(system("stop " + her), "0");
    EXPECT_TRUE(has(system("actor_states 0 16"), state(her, K_STOPPED)));
    EXPECT_EQ(system("start " + her), "0");
    EXPECT_TRUE(has(system("actor_states 0 16"), state(her, K_ACTIVE)));
}

TEST_F(Clauses, ActorDeleteFreesWhatASupervisorActorOwns) {
    Puppet maker(site, Rights::supervisor), other(site, Rights::supervisor), system(site, Rights::system);
    const std::string own = made(maker, "allocate self " + somewhere(page));
    const std::string nobodys = made(maker, "allocate sv " + somewhere(page));
    maker("write " + nobodys + " 7");
    EXPECT_EQ(other("access " + own), "rw");
    EXPECT_EQ(system("delete " + maker.capability()), "0");
    until(other, "access " + own, "none");
    EXPECT_EQ(other("read " + nobodys), "7");
    EXPECT_EQ(listed_supervisor(other), "1" + row(nobodys, page, K_WRITABLE));
}

TEST_F(Clauses, ActorDeleteOfASupervisorActorIsNotForUserActors) {
    Puppet supervisor(site, Rights::supervisor), system(site, Rights::system);
    const std::string its = supervisor.capability();
    EXPECT_EQ(alice("delete " + its), status(K_EPRIV));
    EXPECT_EQ(supervisor("privilege self old null"), "0 2");
    EXPECT_EQ(system("delete " + its), "0");
    EXPECT_EQ(supervisor.process().wait(), 128 + 9);
}

TEST_F(Clauses, AfexecStartsASupervisorActor) {
    Puppet supervisor(site, Rights::supervisor);
    const std::string start = made(supervisor, "allocate self " + somewhere(page));
    supervisor("write " + start + " 5");
    const std::string calls = scratch(site.name() + ".calls"), replies = calls + ".out";
    std::ofstream(calls) << "access " << start << "\nread " << start << "\nprivilege self old null\nactors 0 0\n";
    const std::string flags = std::to_string(AFX_SUPERVISOR_SPACE);
    const std::string child =
        alice("spawn " + flags + " stdin=" + calls + " stdout=" + replies + " " + program("puppet"));
    EXPECT_EQ(alice("await " + word(child, 0)), word(child, 0) + " exit 0");
    EXPECT_EQ(run("cat " + replies).output, "rw\n5\n0 2\n3\n") << "with alice and the other: three actors";
    run("rm " + calls + " " + replies);

    CHORUS_NEEDS_STRANGERS();
    Puppet other(site, stranger());
    EXPECT_EQ(other("spawn " + flags + " /bin/true"), refused(EPERM));
}

TEST_F(Clauses, ActorCreateHasAnEmptySpace) {
    Puppet system(site, Rights::system), carol(site);
    const std::string store = made(carol, "create self - 0 0"), second = made(carol, "create self - 0 0");
    EXPECT_EQ(listed(alice, store), "0");
    EXPECT_TRUE(has(system("actor_states 0 16"), state(store, K_ACTIVE)));
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    made(bob, "map " + store + " " + desc(at(4), page, K_WRITABLE | K_INHERITSHARE) + " " + alice.capability() + " " +
                  desc(at(0), page));
    end(carol);
    made(bob, "map self " + desc(at(8), page, K_WRITABLE) + " " + store + " " + desc(at(4), page));
    alice("write " + at(0) + " 3");
    EXPECT_EQ(bob("read " + at(8)), "3");
    EXPECT_EQ(bob("dup " + second + " " + store + " 0"), "0");
    EXPECT_EQ(listed(alice, second), listed(alice, store));
    EXPECT_EQ(bob("delete " + store), "0");
    EXPECT_EQ(word(bob("name " + store + " old null"), 0), status(K_EUNKNOWN));
    EXPECT_EQ(word(bob("name " + second + " old null"), 0), "0");
}

TEST_F(Clauses, ActorCreateTakesItsProtectionIdFromActorinit) {
    Puppet system(site, Rights::system);
    const std::string his = bob.capability();
    EXPECT_EQ(word(system("protection " + his + " old 7,8,9"), 0), "0");
    const std::string store = made(alice, "create " + his + " - 0 0");
    EXPECT_EQ(system("protection " + store + " old null"), "0 7,8,9");
    EXPECT_EQ(alice("create 1.2.3.4 - 0 0"), status(K_EUNKNOWN) + " 0.0.0.0");
    EXPECT_EQ(alice("create " + wrong_key(his) + " - 0 0"), status(K_EINVAL) + " 0.0.0.0");
}

TEST_F(Clauses, ActorCreateStoppedIsReportedSo) {
    Puppet system(site, Rights::system);
    const std::string active = made(alice, "create self - 0 0"), stopped = made(alice, "create self - 0 1");
    const std::string all = system("actor_states 0 16");
    EXPECT_TRUE(has(all, state(active, K_ACTIVE)) && has(all, state(stopped, K_STOPPED))) << all;
    EXPECT_EQ(alice("create self - 0 2"), status(K_EINVAL) + " 0.0.0.0");
    EXPECT_EQ(system("actor_states 0 16"), all);
}

TEST_F(Clauses, ActorCreatePrivilegedIsForPrivilegedCallers) {
    Puppet system(site, Rights::system);
    for (const std::string privilege : {"1", "2"}) {
        EXPECT_EQ(alice("create self - " + privilege + " 0"), status(K_EPRIV) + " 0.0.0.0");
        const std::string store = made(system, "create self - " + privilege + " 0");
        EXPECT_EQ(alice("privilege " + store + " old null"), "0 " + privilege);
    }
}

// An actor that counts in memory which another one sees.
class Counting {
  public:
    Counting(Puppet &counter, Puppet &watcher) : watcher_(watcher) {
        counter("allocate self " + desc(at(0), page, K_WRITABLE));
        counter("count " + at(0) + " 1");
        watcher_("map self " + desc(at(1), page) + " " + counter.capability() + " " + desc(at(0), page));
    }
    std::string value() const { return word(watcher_("counted " + at(1) + " 1"), 0); }
    void wait_for_another(const std::string &than) const {
        while (value() == than) {
        }
    }

  private:
    Puppet &watcher_;
};

TEST_F(Clauses, ActorStopStopsEveryThread) {
    Puppet system(site, Rights::system);
    const std::string her = alice.capability();
    const Counting counting(alice, bob);
    counting.wait_for_another("0");
    EXPECT_EQ(bob("stop " + her) + bob("stop " + her), "00");
    wait_until_stopped(alice.pid());
    const std::string stood = counting.value();
    const std::string again = made(bob, "map self " + somewhere(page) + " " + her + " " + desc(at(0), page));
    EXPECT_EQ(word(bob("counted " + again + " 1"), 0), stood);
    EXPECT_EQ(counting.value(), stood);
    EXPECT_EQ(bob("stop " + system.capability()), status(K_EPRIV));
    EXPECT_EQ(bob("start " + system.capability()), status(K_EPRIV));
}

TEST_F(Clauses, ActorStartLetsThemGoOn) {
    const std::string her = alice.capability();
    const Counting counting(alice, bob);
    EXPECT_EQ(bob("stop " + her) + bob("stop " + her) + bob("stop " + her), "000");
    wait_until_stopped(alice.pid());
    const std::string stood = counting.value();
    EXPECT_EQ(bob("start " + her), "0");
    counting.wait_for_another(stood);
    EXPECT_EQ(bob("start " + her), "0") << "it runs";
    EXPECT_EQ(alice("pid"), std::to_string(alice.pid()));
}

TEST_F(Clauses, ActorPiReportsThenSets) {
    Puppet system(site, Rights::system);
    // Fresh, and of another group than the kernel where that can be.
    const bool root = geteuid() == 0;
    Puppet fresh(site, {.through = root ? std::vector<std::string>{"/usr/bin/setpriv", "--regid=4711", "--clear-groups"}
                                        : std::vector<std::string>{}});
    const std::string its = fresh.capability();
    const auto low = [](unsigned id) { return std::to_string(id & 0xffff); };
    EXPECT_EQ(system("protection " + its + " old 10,20,30"),
              "0 " + low(geteuid()) + "," + (root ? "4711" : low(getegid())) + ",0");
    EXPECT_EQ(system("protection " + its + " null 11,21,31"), "0 77,77,77");
    EXPECT_EQ(system("protection " + its + " old null"), "0 11,21,31");
    EXPECT_EQ(system("protection " + its + " null null"), "0 77,77,77");
    const std::string child = fresh("spawn 0 /bin/sleep 1000");
    EXPECT_EQ(system("protection " + word(child, 1) + " old null"), "0 11,21,31");
    EXPECT_EQ(system("delete " + word(child, 1)), "0");
}

TEST_F(Clauses, ActorPiIsForPrivilegedCallers) {
    Puppet system(site, Rights::system);
    const std::string before = system("protection " + bob.capability() + " old null");
    for (const std::string &actor : {std::string("self"), bob.capability()})
        for (const char *wanted : {"null", "1,2,3"})
            EXPECT_EQ(alice("protection " + actor + " old " + wanted), status(K_EPRIV) + " 77,77,77");
    EXPECT_EQ(system("protection " + bob.capability() + " old null"), before);
}

TEST_F(Clauses, AcreateMakesAnActorOfTheSpaceThatTheFlagsName) {
    const struct {
        int flags;
        const char *privilege;
    } table[] = {{0, "0"}, {AFX_USER_SPACE, "0"}, {AFX_TRUSTED, "1"}, {AFX_SUPERVISOR_SPACE, "2"}};
    for (const auto &line : table) {
        const std::string store = made(alice, "acreate - " + std::to_string(line.flags));
        EXPECT_EQ(alice("privilege " + store + " old null"), std::string("0 ") + line.privilege) << line.flags;
    }
    EXPECT_EQ(alice("acreate - 3"), refused(EINVAL) + " 0.0.0.0");

    CHORUS_NEEDS_STRANGERS();
    Puppet other(site, stranger());
    EXPECT_EQ(other("acreate - 8"), refused(EPERM) + " 0.0.0.0");
    EXPECT_EQ(other("acreate - 2"), refused(EPERM) + " 0.0.0.0");
    EXPECT_EQ(word(other("acreate - 0"), 0), "0");
}

TEST_F(Clauses, AcreateLooksAtFlagsOnly) {
    const std::string store = made(alice, "acreate - 0 odd");
    EXPECT_EQ(word(bob("name " + store + " old null"), 0), "0");
    EXPECT_EQ(listed(bob, store), "0");
    EXPECT_EQ(word(alice("acreate - null"), 0), "0");
}

TEST_F(Clauses, AcredReportsUserAndGroups) {
    const bool root = geteuid() == 0;
    std::vector<std::string> through;
    std::string ids = std::to_string(geteuid()) + " " + std::to_string(getegid());
    if (root) {
        through = {"/usr/bin/setpriv", "--regid=4711", "--groups=101,102"};
        ids = "0 4711 2 101 102";
    } else {
        gid_t groups[64];
        ids += " " + std::to_string(getgroups(64, groups));
    }
    Puppet other(site, {.through = through});
    const std::string its = other.capability();
    EXPECT_EQ(alice("acred " + its + " old null").find("0 " + ids), 0u) << alice("acred " + its + " old null");
    EXPECT_EQ(alice("acred " + its + " null null"), "0 -");
    EXPECT_EQ(alice("acred " + wrong_key(its) + " old null"), refused(EINVAL));
    EXPECT_EQ(alice("acred 1.2.3.4 old null"), refused(ESRCH));
}

TEST_F(Clauses, AcredSettingIsForTrustedCallers) {
    CHORUS_NEEDS_STRANGERS();
    Puppet carol(site, stranger()), dave(site, stranger()), system(site, Rights::system);
    const std::string his = dave.capability(), before = system("acred " + his + " old null");
    EXPECT_EQ(word(before, 1), "65534");
    EXPECT_EQ(carol("acred " + his + " null 12345,54321,1"), refused(EPERM));
    EXPECT_EQ(system("acred " + his + " old null"), before);
    EXPECT_EQ(system("acred " + his + " old 12345,54321,1,2"), before) << "what was before";
    EXPECT_EQ(system("acred " + his + " old null"), "0 12345 54321 2 1 2");
    EXPECT_EQ(carol("kill " + his), refused(EPERM));
    struct stat process {};
    EXPECT_EQ(stat(("/proc/" + dave("pid")).c_str(), &process), 0);
    EXPECT_EQ(process.st_uid, 65534u) << "the process keeps its user";
    EXPECT_EQ(system("acred " + his + " null 65534,65534"), "0 -");
    EXPECT_EQ(carol("kill " + his), "0");
}

TEST_F(Clauses, ForkMakesAnActorOfItsOwn) {
    Puppet system(site, Rights::system);
    made(alice, "allocate self " + desc(at(0), page, K_WRITABLE));
    const std::string regions = listed(alice), her = alice.capability();
    const std::string child = alice("fork"), its = word(child, 2);
    EXPECT_NE(its, her);
    EXPECT_NE(word(child, 1), alice("id"));
    EXPECT_EQ(alice("self"), "0 " + her);
    const std::string all = system("actors 0 16");
    EXPECT_TRUE(has(all, her) && has(all, its)) << all << ", child " << child;
    EXPECT_EQ(alice("child allocate self " + desc(at(4), page, K_WRITABLE)), "0 " + at(4));
    EXPECT_EQ(alice("child read " + at(4)), "0");
    EXPECT_EQ(alice("child write " + at(4) + " 1"), "done");
    EXPECT_EQ(bob("name " + its + " old a-child"), "0 puppet");
    EXPECT_EQ(alice("child name self old null"), "0 a-child");
    EXPECT_EQ(alice("child exit 3"), "ended 3");
    until(bob, "name " + its + " old null", status(K_EUNKNOWN) + " -");
    EXPECT_EQ(listed(alice), regions);
    EXPECT_EQ(alice("access " + at(0)) + alice("access " + at(4)), "rwnone");
}

TEST_F(Clauses, ForkCopiesAndSharesByAttribute) {
    const unsigned attributes[] = {0, K_INHERITSHARE, K_INHERITCOPY};
    for (long n = 0; n < 3; ++n)
        made(alice, "allocate self " + desc(at(2 * n), page, K_WRITABLE | attributes[n]));
    const auto all = [&](const std::string &who) {
        return alice(who + "read " + at(0)) + alice(who + "read " + at(2)) + alice(who + "read " + at(4));
    };
    const auto write = [&](const std::string &who, const std::string &value) {
        for (const long n : {0, 2, 4})
            alice(who + "write " + at(n) + " " + value);
    };
    write("", "1");
    const std::string its = word(alice("fork"), 2);
    EXPECT_EQ(all("child "), "111");
    write("", "2");
    EXPECT_EQ(all("child "), "221");
    write("child ", "3");
    EXPECT_EQ(all(""), "332");
    EXPECT_EQ(listed(bob, its), listed(alice));
    EXPECT_EQ(word(listed(alice), 0), "3");
}

}  // namespace
}  // namespace chorus::test
