// P and V, left after every single instruction: a process is stepped through the call and killed there, or stopped
// while others go on. What it had done counts, what it had not done has not happened, and nobody else is hurt.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "sync/crew.hpp"

namespace chorus::test {
namespace {

#if defined(__x86_64__)

void mark() {
    __asm__ volatile("int3");
}

// A process that is stepped through a call, which may sleep on `sem`.
class Stepped {
  public:
    Stepped(const std::function<void()> &warm_up, const std::function<void()> &call, const KnSem &sem)
        : process_([&call, &warm_up] {
              warm_up();
              ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
              mark();
              call();
              mark();
          }),
          sem_(sem) {
        wait();
        EXPECT_TRUE(at_mark());
        status_ = 0;
    }

    // One instruction; false where that is the mark at the end of the call. The one that goes to sleep ends with the
    // sleep, and `wake` is called when it has begun.
    template <class Wake>
    bool step(Wake wake) {
        ptrace(PTRACE_SINGLESTEP, process_.pid(), nullptr, nullptr);
        bool woken = false;
        for (int polls = 1; waitpid(process_.pid(), &status_, WNOHANG) == 0; ++polls) {
            if (woken || polls % look_after_polls != 0 || !process_.asleep_on(&sem_)) continue;
            woken = true;
            wake();
        }
        return !at_mark();
    }
    void finish() {
        if (at_mark()) return;
        ptrace(PTRACE_CONT, process_.pid(), nullptr, nullptr);
        wait();
        EXPECT_TRUE(at_mark());
    }
    void kill() { process_.kill(); }

  private:
    void wait() { waitpid(process_.pid(), &status_, 0); }
    bool at_mark() const {
        siginfo_t about;
        return WIFSTOPPED(status_) && ptrace(PTRACE_GETSIGINFO, process_.pid(), nullptr, &about) == 0 &&
               about.si_signo == SIGTRAP && about.si_code == SI_KERNEL;
    }

    static constexpr int look_after_polls = 1'000;  // most instructions end sooner

    Forked process_;
    const KnSem &sem_;
    int status_ = 0;
};

struct Victims {
    KnSem sem;
    KnSem go;
    KnSem report;
    KnSem nobodys;
    int status;  // of the call
};

// A call, and what there is before it.
struct Case {
    const char *name;
    bool gives;              // V, else P
    int tokens;              // before
    bool announced = false;  // the state says that somebody may sleep, though nobody does
    bool sleeper = false;    // somebody does
    bool timed = false;      // the P has a time, which runs out
};

void PrintTo(const Case &tried, std::ostream *out) {
    *out << tried.name;
}

class LeftAnywhere : public testing::TestWithParam<Case> {
  protected:
    void SetUp() override {
        if (CHORUS_SANITIZED != 0) GTEST_SKIP() << "with the sanitizers' own, a call has some thousand instructions";
    }
    LeftAnywhere() {
        for (KnSem *sem : {&shared->sem, &shared->go, &shared->report, &shared->nobodys})
            EXPECT_EQ(semInit(sem, 0), K_OK);
        helper = std::make_unique<Forked>([this] {
            for (;;) {
                semP(&shared->go, K_NOTIMEOUT);
                semP(&shared->sem, K_NOTIMEOUT);
                semV(&shared->report);
            }
        });
    }

    void prepare() {
        ASSERT_EQ(semInit(&shared->sem, 0), K_OK);
        KnTimeVal moment{0, 1};
        if (tried.announced) {
            ASSERT_EQ(semP(&shared->sem, &moment), K_ETIMEOUT);
        }
        for (int i = 0; i < tried.tokens; ++i)
            ASSERT_EQ(semV(&shared->sem), K_OK);
        if (tried.sleeper) send_helper_to_sleep();
        woken = 0;
    }
    // What a process does once, and polling, which it does again and again.
    void warm_up() const {
        for (int i = 0; i < 2; ++i) {
            KnTimeVal moment{0, 1};
            semP(&shared->nobodys, &moment);
        }
    }
    void call() const {
        KnTimeVal moment{0, 1'000'000};
        shared->status = tried.gives ? semV(&shared->sem) : semP(&shared->sem, tried.timed ? &moment : K_NOTIMEOUT);
    }
    // When the process that is stepped has fallen asleep.
    void wake() {
        if (tried.timed) return;
        semV(&shared->sem);
        ++woken;
    }
    void send_helper_to_sleep() {
        ASSERT_EQ(semV(&shared->go), K_OK);
        helper->wait_until_asleep_on(&shared->sem);
    }
    void expect_helper_to_have_one() { ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK); }

    // Calls `then` with a process left after 0, 1, 2, ... instructions, until the call ends before that.
    template <class Then>
    void leave_everywhere(Then then) {
        for (int round = 0; round < rounds(1); ++round)
            leave_everywhere_once(then);
    }
    template <class Then>
    void leave_everywhere_once(Then then) {
        int instructions = 0;
        for (bool ended = false; !ended; ++instructions) {
            prepare();
            if (HasFatalFailure()) return;
            Stepped stepped([this] { warm_up(); }, [this] { call(); }, shared->sem);
            for (int step = 0; step < instructions && !ended; ++step)
                ended = !stepped.step([this] { wake(); });
            SCOPED_TRACE("after " + std::to_string(instructions) + " instructions");
            then(stepped);
            if (HasFatalFailure()) return;
        }
        RecordProperty("instructions", instructions);
        EXPECT_GT(instructions, 10);
    }

    const Case &tried = GetParam();
    SharedMemory<Victims> shared;
    std::unique_ptr<Forked> helper;
    int woken = 0;  // how often
};

// What it has done counts, what it has not done has not happened, and nobody else is hurt.
TEST_P(LeftAnywhere, AProcessThatIsKilledThereLosesNoTokenButItsOwn) {
    bool once_done = false, once_not = false;
    leave_everywhere([&](Stepped &stepped) {
        stepped.kill();
        int tokens = tried.sleeper ? 0 : tokens_in(shared->sem);
        if (!tried.sleeper) send_helper_to_sleep();
        ASSERT_EQ(semV(&shared->sem), K_OK);
        expect_helper_to_have_one();
        tokens += tokens_in(shared->sem);
        const int change = tokens - tried.tokens - woken;
        ASSERT_TRUE(change == 0 || change == (tried.gives ? 1 : -1)) << tokens << " tokens";
        (change == 0 ? once_not : once_done) = true;
    });
    EXPECT_TRUE(once_not);
    EXPECT_EQ(once_done, !tried.timed);
}

// Nobody waits for it, and when it goes on, it does its part.
TEST_P(LeftAnywhere, AProcessThatIsStoppedThereHoldsNobodyUp) {
    leave_everywhere([&](Stepped &stepped) {
        if (!tried.sleeper) {
            ASSERT_EQ(semV(&shared->go), K_OK);
        }
        ASSERT_EQ(semV(&shared->sem), K_OK);
        ASSERT_EQ(semV(&shared->sem), K_OK);
        expect_helper_to_have_one();
        stepped.finish();
        const int did = shared->status != K_OK ? 0 : tried.gives ? 1 : -1;
        ASSERT_EQ(tokens_in(shared->sem), tried.tokens + woken + 2 - 1 + did);
    });
}

INSTANTIATE_TEST_SUITE_P(
    Calls, LeftAnywhere,
    testing::Values(Case{.name = "VOnNone", .gives = true, .tokens = 0},
                    Case{.name = "VOnOne", .gives = true, .tokens = 1},
                    Case{.name = "VWithASleeper", .gives = true, .tokens = 0, .sleeper = true},
                    Case{.name = "VWithASleeperThatIsGone", .gives = true, .tokens = 0, .announced = true},
                    Case{.name = "POnOne", .gives = false, .tokens = 1},
                    Case{.name = "POnNone", .gives = false, .tokens = 0},
                    Case{.name = "POnNoneAnnounced", .gives = false, .tokens = 0, .announced = true},
                    Case{.name = "PUntilTimeIsUp", .gives = false, .tokens = 0, .timed = true}),
    [](const auto &info) { return info.param.name; });

#endif

}  // namespace
}  // namespace chorus::test
