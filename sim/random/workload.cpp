#include "random/workload.hpp"

#include <cstdio>

namespace chorus::sim {

namespace {

constexpr unsigned names_max = 12, made_max = 6;

class Workload {
  public:
    Workload(std::uint64_t seed, unsigned actors) : state_(seed * 0x9e37'79b9'7f4a'7c15 + 1), actors_(actors) {}

    std::vector<std::string> run(std::uint64_t seed, unsigned steps) {
        lines_.push_back("# A random workload, seed " + std::to_string(seed) + ".");
        for (unsigned i = 0; i < actors_; ++i)
            lines_.push_back("actor " + declared(i) + (i % 4 == 2 ? " supervisor" : i % 4 == 3 ? " trusted" : ""));
        // Everybody has memory, and part of the first one's.
        for (unsigned i = 0; i < names_max; ++i)
            lines_.push_back(declared(i % actors_) + " r" + std::to_string(i) + " = " +
                             (i < actors_ ? "rgnAllocate 4 pages writable" : "rgnMapFromActor a0 r0 2 pages writable"));
        for (const char *place : {"r0", "r0+32", "r0+64"})
            lines_.push_back("a0 semInit " + std::string(place) + " 1");
        for (unsigned i = 0; i < steps; ++i)
            lines_.push_back(step());
        return std::move(lines_);
    }

  private:
    // xorshift64*: the same everywhere, which the distributions of the standard library are not.
    std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    std::uint64_t below(std::uint64_t limit) { return (next() >> 33) % limit; }
    bool one_in(std::uint64_t many) { return below(many) == 0; }
    template <std::size_t N>
    std::string one_of(const char *const (&words)[N]) {
        return words[below(N)];
    }

    static std::string declared(unsigned i) { return "a" + std::to_string(i); }
    std::string actor() {
        const auto i = below(actors_ + made_);
        return i < actors_ ? declared(static_cast<unsigned>(i)) : "c" + std::to_string(i - actors_);
    }
    // One that may be stopped never waits on semaphores: where it goes on, and others have freed the memory of the
    // semaphore meanwhile, it is the system that decides whether it falls asleep before or after.
    std::string stoppable() { return declared(1 + 2 * static_cast<unsigned>(below(actors_ / 2))); }
    std::string waiter() {
        const unsigned declared_waiters = (actors_ + 1) / 2;
        const auto i = below(declared_waiters + made_);
        return i < declared_waiters ? declared(static_cast<unsigned>(2 * i))
                                    : "c" + std::to_string(i - declared_waiters);
    }
    // As an argument: now and then one that is refused.
    std::string who() {
        switch (below(16)) {
            case 0:
                return "forged " + actor();
            case 1:
                return one_of({"nobody", "null", "unreadable", "sv"});
            case 2:
            case 3:
            case 4:
                return "me";
            default:
                return actor();
        }
    }
    std::string in() { return one_in(3) ? " in " + who() : ""; }
    std::string name() { return "r" + std::to_string(below(names_max)); }
    std::string named() { return name() + " = "; }
    std::string address() {
        std::string text = name();
        if (one_in(3)) text += (one_in(4) ? " - " : "+") + std::to_string(1 + below(4)) + " pages";
        if (one_in(24)) text += "+" + std::to_string(below(4096));
        if (one_in(64)) text = one_of({"null", "unreadable", "user_start", "user_end", "sv_start"});
        return text;
    }
    // Where no semaphore is: those have in them what differs from world to world.
    std::string data() {
        return name() + "+" + std::to_string(below(5)) + " pages+" + std::to_string(1024 + below(1024));
    }
    std::string whole_page() { return name() + "+" + std::to_string(below(5)) + " pages"; }
    std::string size() {
        if (one_in(24)) return one_of({"0", "1", "4097", "100 bytes"});
        return std::to_string(1 + below(4)) + " pages";
    }
    std::string protection() { return one_of({" writable", "", " writable", " writable executable"}); }
    std::string options() {
        std::string text = protection();
        if (one_in(4)) text += one_of({" inheritshare", " inheritcopy", " nodemand", " nowait", " fillzero"});
        if (one_in(24)) text += one_of({" noswapout", " inheritshare inheritcopy", " supervisor", " flags 0x8000"});
        return text;
    }
    std::string place() {
        switch (below(6)) {
            case 0:
                return " at " + address();
            case 1:
                return " between " + address() + " " + address() + "+8 pages";
            default:
                return "";
        }
    }
    std::string semaphore() { return name() + one_of({"", "", "+32", "+64", "+4096"}); }

    std::string step() {
        const auto kind = below(100);
        if (kind < 3) return one_in(3) || actors_ < 2 ? "kill " + actor() : "stop " + stoppable();
        if (kind < 10) return "continue " + actor();
        if (kind < 14) return "pass " + std::to_string(1 + below(100)) + " ms";
        if (kind < 18 && made_ < made_max) return make_actor();
        if (kind < 38) return semaphores();
        if (kind < 52) return actor() + " " + memory();
        if (kind < 90) return actor() + " " + regions();
        return actor() + " " + others();
    }

    std::string make_actor() {
        const std::string maker = actor(), made = "c" + std::to_string(made_++);
        return maker + " " + made + " = " +
               one_of({"fork", "afexec", "afexec supervisor", "actorCreate user", "acreate", "afexec trusted"});
    }

    std::string semaphores() {
        switch (below(8)) {
            case 0:
                return actor() + " semInit " + semaphore() + " " + std::to_string(below(3));
            case 1:
                return actor() + " semP " + semaphore() + " now";
            case 2:
            case 3:
                return waiter() + " semP " + semaphore() + " " + std::to_string(1 + below(100)) + " ms";
            case 4:
                return waiter() + " semP " + semaphore() + (one_in(8) ? " for -1 s" : "");
            default:
                return actor() + " semV " + semaphore();
        }
    }

    std::string memory() {
        switch (below(6)) {
            case 0:
                return "write " + data() + " int " + std::to_string(below(1000));
            case 1:
                return "write " + data() + " \"" + std::string(1 + below(9), 'a') + "\"";
            case 2:
                return "fill " + address() + " " + size() + " " + std::to_string(below(256));
            case 3:
                return "read " + data() + " int";
            default:
                return "read " + data() + " " + std::to_string(1 + below(64));
        }
    }

    std::string regions() {
        switch (below(16)) {
            case 0:
            case 1:
                return named() + "rgnAllocate " + size() + place() + options() + (one_in(8) ? " reserved" : "") + in();
            case 2:
            case 3:
            case 4:
                return named() + "rgnMapFromActor " + who() + " " + address() + " " + size() + place() + options() +
                       (one_in(8) ? " wide" : "") + in();
            case 5:
                return named() + "rgnInitFromActor " + who() + " " + address() + " " + size() + place() + options() +
                       in();
            case 6:
            case 7:
                return "rgnFree " + address() + " " + size() + in();
            case 8:
                return one_in(6) ? "rgnFree all" + in() : "rgnFree " + address() + " 1 page" + in();
            case 9:
            case 10:
                return "rgnSetProtect " + address() + " " + size() + protection() + in();
            case 11:
                return one_of({"rgnSetInherit ", "rgnSetPaging "}) + address() + " " + size() +
                       one_of({"", " inheritshare", " inheritcopy", " nodemand"}) + in();
            case 12:
                return "rgnSetOpaque " + address() + " " + size() + " opaque " + std::to_string(below(9)) + " 1" + in();
            case 13:
                return "rgnStat " + address() + " " + size() + in();
            case 14:
                return "rgnDup " + who() + one_of({"", " inheritshare", " inheritcopy"}) + in();
            default:
                return named() + "svPagesAllocate " + size();
        }
    }

    std::string others() {
        switch (below(22)) {
            case 16:
                return "acap " + std::to_string(below(9));
            case 17:
                return "actorPi " + who() + " to 1 2 3 out=null";
            case 18:
                return one_of({"svCopyOut ", "svCopyInString "}) + data() + " " + data() + " 9";
            case 19:
                return "svPagesFree " + address() + " " + size();
            case 20:
                return one_of({"vmPageSize", "vmSetPar 1 2 3", "vmSetPar 3 2 1", "await 1", "await 7"});
            case 21:
                return one_in(4) ? "exit 3"
                                 : "vmMapToPhys " + address() + " 1 page " + std::to_string(below(9)) + " pages";
            case 0:
                return "vmLock " + address() + " " + size() + one_of({"", " writable"}) + in();
            case 1:
            case 2:
            case 3:
                return "vmUnLock " + address() + " " + size() + in();
            case 4:
                return "vmFree " + address() + " " + size() + in();
            case 5:
                return "vmCopy " + who() + " " + whole_page() + " " + who() + " " + whole_page() + " " +
                       std::to_string(below(4)) + " pages";
            case 6:
                return "vmPhysAddr " + address() + in();
            case 7:
                return "svCopyIn " + data() + " " + data() + " " + std::to_string(1 + below(99));
            case 8:
                return "actorPrivilege " + who() + one_of({"", "", " to user", " to system", " to supervisor"});
            case 9:
                return actors_ < 2 ? "actorSelf" : "actorStop " + stoppable();
            case 10:
            case 11:
                return "actorStart " + who();
            case 12:
                return one_of({"akill ", "actorDelete "}) + who();
            case 13:
                return "awaits " + who();
            case 14:
                return one_of({"actorStat", "vmStat", "agetId", "actorSelf"});
            default:
                return "actorName " + who() + " to \"n" + std::to_string(below(9)) + "\"";
        }
    }

    std::uint64_t state_;
    unsigned actors_;
    unsigned made_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> random_scenario(std::uint64_t seed, unsigned actors, unsigned steps) {
    return Workload(seed, actors).run(seed, steps);
}

}  // namespace chorus::sim
