// The contestant of chorus: an actor's region, mapped by whoever has its capability, with KnSem and a robust_mutex in
// it.
#include <am/afexec.h>
#include <chorus.h>
#include <utilities.h>

#include <chorus/robust_mutex.hpp>
#include <chrono>
#include <mutex>
#include <new>

typedef KnSem Semaphore;
typedef chorus::robust_mutex Lock;
#include "semaphores.h"

static KnCap maker;

static void answer_status(int status) {
    if (status >= 0)
        say_line("ok");
    else if (status == K_ETIMEOUT)
        say_line("timeout");
    else
        say_line("error %s", strSysError(status));
}

static void initialise(Semaphore *semaphore, unsigned tokens) {
    semInit(semaphore, tokens);
}

static int take_within(Semaphore *semaphore, long limit_ms) {
    KnTimeVal limit;
    K_MILLI_TO_TIMEVAL(&limit, limit_ms);
    return semP(semaphore, &limit);
}

static int give(Semaphore *semaphore) {
    return semV(semaphore);
}

static void make_lock(Lock *lock) {
    new (lock) Lock;
}

static void hold(char **words) {
    (void)words;
    shared->lock.lock();
    say_line("ok");
}

static void lock(char **words) {
    const std::unique_lock held(shared->lock, std::chrono::milliseconds(atol(words[1])));
    if (!held) {
        say_line("timeout");
    } else if (shared->lock.abandoned()) {
        shared->lock.repaired();
        say_line("ok %lld abandoned", (long long)monotonic_ns());
    } else {
        say_line("ok");
    }
}

static void *pointer_to(VmAddr address) {
    return (void *)(uintptr_t)address;
}

// Returns a K_E* code, or K_OK and the memory.
static int allocate(size_t size_bytes, void **memory) {
    KnRgnDesc region = {0, (VmSize)size_bytes, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    const int status = rgnAllocate(K_MYACTOR, &region);
    if (status >= 0) *memory = pointer_to(region.startAddr);
    return status;
}

// The caller's capability, and where in the caller the memory lies.
static void share(char **words) {
    (void)words;
    KnCap self;
    const int status = actorSelf(&self);
    if (status >= 0)
        say_line("ok 0x%x 0x%x 0x%x 0x%x 0x%x", self.ui.uiHead, self.ui.uiTail, self.key.keyHead, self.key.keyTail,
                 (unsigned)(uintptr_t)shared);
    else
        answer_status(status);
}

static void create(char **words) {
    void *memory = NULL;
    const int status = allocate(sizeof *shared, &memory);
    if (status < 0) {
        answer_status(status);
        return;
    }
    begin_sharing(memory);
    share(words);
}

static void open_shared(char **words) {
    side = 1;
    KnRgnDesc source = {0, sizeof *shared, 0, 0, NULL, 0};
    KnRgnDesc target = {0, sizeof *shared, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    source.startAddr = (VmAddr)strtoul(words[5], NULL, 0);
    int status = readCap(words + 1, &maker);
    if (status >= 0) status = rgnMapFromActor(K_MYACTOR, &target, &maker, &source);
    if (status >= 0) shared = static_cast<Shared *>(pointer_to(target.startAddr));
    answer_status(status);
}

static void call(char **words) {
    (void)words;
    void *memory = NULL;
    const int status = allocate(4096, &memory);
    if (status >= 0) *(uint32_t *)memory = 1;
    answer_status(status);
}

// The capability of a dead actor is refused.
static void watch(char **words) {
    const int64_t end_ns = monotonic_ns() + atol(words[1]) * INT64_C(1000000);
    char name[K_ACTORNAMEMAX];
    while (monotonic_ns() < end_ns) {
        const int status = actorName(&maker, name, NULL);
        if (status < 0) {
            say_line("ok %lld its capability is refused: \"%s\"", (long long)monotonic_ns(), strSysError(status));
            return;
        }
        pause_between_looks();
    }
    say_line("timeout");
}

static void fill(char **words) {
    const size_t size_bytes = strtoul(words[2], NULL, 10);
    void *memory = NULL;
    const int status = allocate(size_bytes, &memory);
    if (status >= 0) memset(memory, 1, size_bytes);
    answer_status(status);
}

int main(void) {
    static const struct Command commands[] = {
        {"create", create}, {"open", open_shared}, {"share", share}, {"write", write_content}, {"read", read_content},
        {"say", say},       {"hear", hear},        {"hold", hold},   {"lock", lock},           {"call", call},
        {"watch", watch},   {"fill", fill},        {NULL, NULL},
    };
    converse(commands);
    return 0;
}
