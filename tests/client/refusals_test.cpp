// What the calls on regions, memory and actors refuse, in the order of the rungs. Each line is a call and its outcome;
// it has the faults of those below it that can go together with its own.
#include <cerrno>

#include "client/clauses.hpp"

namespace chorus::test {
namespace {

struct Line {
    std::string call;
    int outcome;
};

class CallRefusals : public testing::Test {
  protected:
    CallRefusals() {
        Puppet ended(site);
        dead = ended.capability();
        ended.process().close_input();
        ended.process().wait();
        for (Puppet *begun : {&system, &supervisor})
            EXPECT_EQ((*begun)("name self old null"), "0 puppet");
        EXPECT_EQ(alice("allocate self " + desc(hers, 2 * page, K_WRITABLE)), "0 " + hers);
        EXPECT_EQ(bob("allocate self " + desc(his, 2 * page, K_WRITABLE)), "0 " + his);
    }
    // A refused call changes nothing.
    void expect(Puppet &caller, const std::vector<Line> &table) {
        const std::string actors = site.chorus("ps --json").output, regions = site.chorus("regions --json").output;
        for (const Line &line : table)
            EXPECT_EQ(word(caller(line.call), 0), status(line.outcome)) << line.call;
        EXPECT_EQ(site.chorus("ps --json").output, actors);
        EXPECT_EQ(site.chorus("regions --json").output, regions);
    }
    static void expect_errors(Puppet &caller, const std::vector<Line> &table) {
        for (const Line &line : table)
            EXPECT_EQ(caller(line.call).find(refused(line.outcome)), 0u) << line.call;
    }

    TestSite site;
    Puppet alice{site};
    Puppet bob{site};
    Puppet system{site, Puppet::Rights::system};
    Puppet supervisor{site, Puppet::Rights::supervisor};
    const std::string her = alice.capability(), wrong = wrong_key(her), sup = supervisor.capability();
    const std::string hers = at(0), his = at(16), hole = at(64);
    std::string dead;
};

TEST_F(CallRefusals, InitFromActor) {
    const std::string one = " 1,0,0";
    expect(bob, {
                    {"init null 1,0,0x80000020 " + dead + " null", K_EFAULT},
                    {"init self bad " + dead + one, K_EFAULT},
                    {"init self 1,0,0x80000020 bad" + one, K_EFAULT},
                    {"init self 1,0,0x80000020 " + dead + " bad", K_EFAULT},
                    {"init self ro:0,4096,9 " + dead + one, K_EFAULT},
                    {"init " + wrong + " 1,0,0x80000020 " + dead + one, K_EUNKNOWN},
                    {"init self 1,0,0x80000020 " + wrong + one, K_EINVAL},
                    {"init self 1,0,0x80000000 sv" + one, K_EPRIV},
                    {"init sv 1,0,0x80000000 " + her + one, K_EPRIV},
                    {"init self 1,0,0x80000020 " + her + one, K_EPRIV},
                    {"init self 1,0,0x80000800 " + her + one, K_EINVAL},
                    {"init self 1,0,0x840 " + her + one, K_EINVAL},
                    {"init self 1,0,0x980 " + her + one, K_EINVAL},
                    {"init self 1,0,0x801 " + her + one, K_ENOTIMP},
                    {"init self 1,0,1 " + her + one, K_ESIZE},
                    {"init self 1,8192,1 " + her + " 1,4096,0", K_ESIZE},
                    {"init self 1,4096,1 " + her + " 0x1000,4096,0", K_EROUND},
                    {"init self 0x1000,4096,1 " + her + " 1,4096,0", K_EROUND},
                    {"init self 0x1000,4096,1 " + her + " " + hers + ",4096,0", K_EADDR},
                    {"init self " + his + ",4096,1 " + her + " 0x1000,4096,0", K_EADDR},
                    {"init self " + his + ",12288,1 " + her + " " + hers + ",12288,0", K_EADDR},
                    {"init self " + his + ",4096,0x11,0," + his + " " + her + " " + hers + ",4096,0", K_EADDR},
                    {"init self " + his + ",4096,1 " + her + " " + hers + ",4096,0", K_EOVERLAP},
                    {"init self " + hole + ",8192,0x11,0," + plus(hole, page) + " " + her + " " + hers + ",8192,0",
                     K_ESPACE},
                });
}

TEST_F(CallRefusals, Dup) {
    expect(bob, {
                    {"dup null " + dead + " 7", K_EFAULT},
                    {"dup " + dead + " bad 7", K_EFAULT},
                    {"dup " + wrong + " " + dead + " 7", K_EUNKNOWN},
                    {"dup sv " + wrong + " 7", K_EINVAL},
                    {"dup sv " + her + " 7", K_EPRIV},
                    {"dup self sv 7", K_EPRIV},
                    {"dup self " + her + " 7", K_EINVAL},
                    {"dup self " + her + " 0x180", K_EINVAL},
                    {"dup self " + sup + " 0", K_EINVAL},
                    {"dup " + sup + " " + her + " 0", K_EINVAL},
                    {"dup self " + her + " 0", K_EBUSY},
                });
    expect(system, {{"dup sv " + her + " 0", K_EINVAL}, {"dup self sv 0", K_EINVAL}});
}

TEST_F(CallRefusals, SetAttributes) {
    EXPECT_EQ(bob("vm_lock self " + his + " 4096 0"), "0");
    const std::pair<std::string, std::vector<std::string>> calls[] = {{"set_protect", {"4", "0x80000001"}},
                                                                      {"set_inherit", {"1", "0x180"}},
                                                                      {"set_paging", {"1", "0x800"}},
                                                                      {"set_opaque", {}}};
    for (const auto &[call, bad_options] : calls) {
        const std::string options = bad_options.empty() ? "0xffffffff" : bad_options.front();
        expect(bob, {
                        {call + " null bad", K_EFAULT},
                        {call + " bad 1,0," + options, K_EFAULT},
                        {call + " " + dead + " bad", K_EFAULT},
                        {call + " " + dead + " 1,0," + options, K_EUNKNOWN},
                        {call + " " + wrong + " 1,0," + options, K_EINVAL},
                        {call + " sv 1,0," + options, K_EPRIV},
                    });
        for (const std::string &bad : bad_options)
            expect(bob, {{call + " self 1,0," + bad, K_EINVAL}});
        expect(bob, {
                        {call + " self 1,0,0", K_ESIZE},
                        {call + " self 1,4096,0", K_EROUND},
                        {call + " self 0x1000,4096,0", K_EADDR},
                        {call + " self 0x6bfff000,8192,0", K_EADDR},
                        {call + " self 0x6c000000,4096,0", K_EADDR},
                        {call + " " + sup + " " + his + ",4096,0", K_EADDR},
                    });
        if (call == "set_protect") expect(bob, {{call + " self " + his + ",4096,0", K_EBUSY}});
    }
}

TEST_F(CallRefusals, VmCopy) {
    const std::string nowhere = " 0x1000 ";
    expect(bob, {
                    {"vm_copy null 0 " + dead + " 0 0 1", K_EFAULT},
                    {"vm_copy " + dead + " 0 bad 0 0 1", K_EFAULT},
                    {"vm_copy " + wrong + " 0 " + dead + " 0 0 1", K_EUNKNOWN},
                    {"vm_copy sv 0 " + wrong + " 0 0 1", K_EINVAL},
                    {"vm_copy sv 0 self 0 0 1", K_EPRIV},
                    {"vm_copy self 0 sv 0 0 1", K_EPRIV},
                    {"vm_copy self 0 self 0 0 1", K_EINVAL},
                    {"vm_copy self 0 self 0 0 0", K_ESIZE},
                    {"vm_copy self" + nowhere + "self " + his + " 1 0", K_EADDR},
                    {"vm_copy self " + his + " self" + nowhere + "1 0", K_EADDR},
                    {"vm_copy self " + his + " self " + hole + " 1 0", K_EADDR},
                    {"vm_copy self " + his + " self " + his + " 0xffffffff 0", K_EADDR},
                });
}

TEST_F(CallRefusals, Pages) {
    ASSERT_EQ(bob("vm_lock self " + his + " 4096 0"), "0");
    for (const std::string call : {"vm_lock", "vm_unlock", "vm_free"}) {
        expect(bob, {
                        {call + " null 1 0 2", K_EFAULT},
                        {call + " bad 1 0 2", K_EFAULT},
                        {call + " " + dead + " 1 0 2", K_EUNKNOWN},
                        {call + " " + wrong + " 1 0 2", K_EINVAL},
                        {call + " sv 1 0 2", K_EPRIV},
                        {call + " self 1 0 2", K_EINVAL},
                        {call + " self 1 0 0", K_ESIZE},
                        {call + " self 1 4097 0", K_ESIZE},
                        {call + " self 1 4096 0", K_EROUND},
                        {call + " self 0x1000 4096 0", K_EADDR},
                        {call + " self 0x6bfff000 8192 0", K_EADDR},
                        {call + " self " + hole + " 4096 0", call == "vm_unlock" ? K_EINVAL : K_EADDR},
                    });
    }
    expect(bob, {{"vm_free self " + his + " 8192 0", K_EBUSY}, {"vm_free self " + his + " 8192 1", K_EINVAL}});
}

TEST_F(CallRefusals, PhysicalMemory) {
    expect(bob, {
                    {"vm_phys null 0 bad", K_EFAULT},
                    {"vm_phys " + dead + " 0 bad", K_EFAULT},
                    {"vm_phys " + dead + " 0 -", K_EUNKNOWN},
                    {"vm_phys " + wrong + " 0 -", K_EINVAL},
                    {"vm_phys sv 0 -", K_EPRIV},
                    {"vm_phys self 0 -", K_EADDR},
                    {"vm_phys self " + hole + " -", K_EADDR},
                    {"vm_map_phys null 1 1 0 8", K_EFAULT},
                    {"vm_map_phys " + dead + " 1 1 0 8", K_EUNKNOWN},
                    {"vm_map_phys " + wrong + " 1 1 0 8", K_EINVAL},
                    {"vm_map_phys self 1 1 0 8", K_EPRIV},
                });
    const std::string there = word(bob("vm_phys self " + his + " -"), 1), him = bob.capability();
    const std::string nothing = " 0x7000000000000000 ";
    expect(system, {
                       {"vm_map_phys self 1 1 0 8", K_EINVAL},
                       {"vm_map_phys self 1 1 0 0x10", K_EINVAL},
                       {"vm_map_phys self 1 1 0 0x840", K_EINVAL},
                       {"vm_map_phys self 1 1 0 0x800", K_ENOTIMP},
                       {"vm_map_phys self 1 1 0 0", K_ESIZE},
                       {"vm_map_phys self 1" + nothing + "4096 0", K_EROUND},
                       {"vm_map_phys self 0x1000 1 4096 0", K_EROUND},
                       {"vm_map_phys self 0x1000 " + there + " 4096 0", K_EADDR},
                       {"vm_map_phys " + him + " " + his + nothing + "4096 0", K_EADDR},
                       {"vm_map_phys " + him + " " + his + " " + there + " 4096 0", K_EOVERLAP},
                   });
}

TEST_F(CallRefusals, SupervisorCalls) {
    const std::vector<Line> pointers = {
        {"sv_allocate null 0 8 " + dead, K_EFAULT}, {"sv_allocate bad 0 8 " + dead, K_EFAULT},
        {"sv_allocate - 0 8 bad", K_EFAULT},        {"sv_allocate - 0 8 " + dead, K_EUNKNOWN},
        {"sv_allocate - 0 8 " + wrong, K_EINVAL},   {"sv_copy_in 16 16 1", K_EFAULT},
        {"sv_copy_in_string 16 16 1", K_EFAULT},    {"sv_copy_out 16 16 1", K_EFAULT},
    };
    for (Puppet *caller : {&bob, &system}) {
        expect(*caller, pointers);
        expect(*caller,
               {{"sv_allocate - 0 8 self", K_EPRIV}, {"sv_allocate - 0 8 sv", K_EPRIV}, {"sv_free 1 0", K_EPRIV}});
    }
    expect(supervisor, pointers);
    expect(supervisor, {
                           {"sv_allocate - 0 8 self", K_EINVAL},
                           {"sv_allocate - 0 0 self", K_ESIZE},
                           {"sv_allocate - 0x10001000 0 sv", K_ESPACE},
                           {"sv_free 1 0", K_ESIZE},
                           {"sv_free 1 4096", K_EROUND},
                           {"sv_free 0x1000 4096", K_EADDR},
                           {"sv_free " + his + " 4096", K_EADDR},
                           {"sv_free 0x7bfff000 8192", K_EADDR},
                       });
}

TEST_F(CallRefusals, Actors) {
    const std::string its = system.capability();
    expect(bob, {
                    {"create null bad 9 9", K_EFAULT},
                    {"create " + dead + " bad 9 9", K_EFAULT},
                    {"create " + dead + " - 1 9", K_EUNKNOWN},
                    {"create " + wrong + " - 1 9", K_EINVAL},
                    {"create sv - 0 9", K_EPRIV},
                    {"create self - 1 9", K_EPRIV},
                    {"create self - 2 0", K_EPRIV},
                    {"create self - 3 0", K_EINVAL},
                    {"create self - 0 2", K_EINVAL},

                    {"protection null bad null", K_EFAULT},
                    {"protection " + dead + " bad null", K_EFAULT},
                    {"protection " + dead + " null bad", K_EFAULT},
                    {"protection " + dead + " old null", K_EUNKNOWN},
                    {"protection " + wrong + " old null", K_EINVAL},
                    {"protection sv old null", K_EPRIV},
                    {"protection self old null", K_EPRIV},
                });
    for (const std::string call : {"stop", "start", "delete"})
        expect(bob, {
                        {call + " null", K_EFAULT},
                        {call + " bad", K_EFAULT},
                        {call + " " + dead, K_EUNKNOWN},
                        {call + " " + wrong, K_EINVAL},
                        {call + " sv", K_EPRIV},
                        {call + " " + its, K_EPRIV},
                        {call + " " + sup, K_EPRIV},
                    });
    for (Puppet *caller : {&system, &supervisor})
        expect(*caller, {
                            {"create sv - 3 0", K_EINVAL},
                            {"create sv - 0 2", K_EINVAL},
                            {"create sv - 0 0", K_ENOTIMP},
                            {"protection sv old null", K_ENOTIMP},
                            {"privilege sv old 2", K_EINVAL},
                            {"privilege sv old null", K_ENOTIMP},
                            {"stop sv", K_ENOTIMP},
                            {"start sv", K_ENOTIMP},
                            {"delete sv", K_ENOTIMP},
                            {"name sv old null", K_ENOTIMP},
                        });
}

TEST_F(CallRefusals, UnixLikeCalls) {
    expect_errors(bob, {
                           {"acreate null 3", EFAULT},
                           {"acreate bad 3", EFAULT},
                           {"acreate - bad", EFAULT},
                           {"acreate - 3", EINVAL},
                           {"acreate - 0x1000", EINVAL},
                           {"acred null bad bad", EFAULT},
                           {"acred " + dead + " bad null", EFAULT},
                           {"acred " + dead + " null bad", EFAULT},
                           {"acred " + dead + " old 1,1", ESRCH},
                           {"acred " + wrong + " old 1,1", EINVAL},
                           {"acred sv old null", EPERM},
                           {"acred self old 1,1", EPERM},
                       });
    expect_errors(system, {{"acred sv old 1,1", ENOSYS}, {"kill sv", ENOSYS}});
    CHORUS_NEEDS_STRANGERS();
    Puppet stranger(site, Puppet::Options{.through = words_as_user(stranger_uid), .spawned = true});
    expect_errors(stranger, {{"acreate - 3", EPERM}, {"acreate - 0x1008", EPERM}, {"acreate - 0x1000", EINVAL}});
}

}  // namespace
}  // namespace chorus::test
