// A semaphore: plain memory with no kernel object behind it, laid out as KnSem. One that lies in a region works between
// the actors that map it, each at its own address, and with those that use it in C. Sleepers are woken in the order in
// which they fell asleep.
//
//     struct Letters { Semaphore ready{0}; char text[100]; };
//     Letters &letters = *std::construct_at(region.as<Letters>().data());  // by one side, once
//     Letters &letters = region.as<Letters>().front();                     // by the others
#pragma once

#include <sync/chSem.h>

#include <chorus/error.hpp>
#include <chrono>
#include <type_traits>

namespace chorus {

// None of the calls needs the kernel. Each refuses with Status::fault, memory that cannot be written, and
// Status::invalid, memory that is no semaphore (all zero is none) or not aligned to 8 bytes.
class Semaphore {
  public:
    // Makes a semaphore with so many tokens. Status::invalid: more than K_KNSEM_COUNTMAX. Undefined where somebody
    // waits on what lay there. [semInit(2K)]
    explicit Semaphore(unsigned int tokens, OnRefusal on_refusal = {}) {
        on_refusal.accepts(semInit(&sem_, tokens), "semInit");
    }
    Semaphore(const Semaphore &) = delete;
    Semaphore &operator=(const Semaphore &) = delete;

    // Gives a token: to the thread that has slept longest, else to whoever asks next. Does not block.
    // Status::invalid: it holds K_KNSEM_COUNTMAX tokens already. [semV(2K)]
    void signal(OnRefusal on_refusal = {}) { on_refusal.accepts(semV(&sem_), "semV"); }

    // Takes a token, waiting for one for ever. Signal handlers run meanwhile and do not end the wait. [semP(2K)]
    void wait(OnRefusal on_refusal = {}) { on_refusal.accepts(semP(&sem_, K_NOTIMEOUT), "semP"); }

    // Takes a token if there is one now: whether there was. Does not block. [semP(2K)]
    bool try_wait(OnRefusal on_refusal = {}) { return took(semP(&sem_, K_NOBLOCK), on_refusal); }

    // Takes a token, waiting for one so long and no longer, measured on the monotonic clock: whether it came. A time
    // below zero counts as zero, one above 30 years as 30 years. [semP(2K)]
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time, OnRefusal on_refusal = {}) {
        KnTimeVal limit = interval(time);
        return took(semP(&sem_, &limit), on_refusal);
    }

    KnSem *c_sem() { return &sem_; }

  private:
    // Out of time is an answer, not a refusal.
    static bool took(int status, OnRefusal on_refusal) {
        return on_refusal.accepts(status == K_ETIMEOUT ? K_OK : status, "semP") && status == K_OK;
    }

    template <class Time>
    static KnTimeVal interval(const Time &time) {
        using namespace std::chrono;
        constexpr long longest_s = 30L * 365 * 24 * 3600;
        const double about_s = duration<double>(time).count();
        if (!(about_s > 0)) return {0, 0};  // not a number as well
        if (about_s > longest_s) return {longest_s, 0};
        const long whole_ns = ceil<duration<long, std::nano>>(time).count();
        return {whole_ns / 1'000'000'000, whole_ns % 1'000'000'000};
    }

    KnSem sem_;
};
static_assert(std::is_standard_layout_v<Semaphore> && sizeof(Semaphore) == sizeof(KnSem));

}  // namespace chorus
