/* The contestant of plain POSIX: a named shared-memory object with process-shared sem_t in it. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

typedef sem_t Semaphore, Lock;
#include "semaphores.h"

static char made_name[64]; /* removed at an end in order */
static char shared_name[64];

/* A status is an errno below 0. */
static int status_of(int result) {
    return result == 0 ? 0 : -errno;
}

static void answer_status(int status) {
    if (status == 0)
        say_line("ok");
    else if (status == -ETIMEDOUT)
        say_line("timeout");
    else
        say_line("error %s", strerror(-status));
}

static void answer_errno(void) {
    answer_status(-errno);
}

static void initialise(Semaphore *semaphore, unsigned tokens) {
    sem_init(semaphore, 1, tokens);
}

static int take_within(Semaphore *semaphore, long limit_ms) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    const int64_t end_ns = end.tv_sec * INT64_C(1000000000) + end.tv_nsec + limit_ms * INT64_C(1000000);
    end.tv_sec = end_ns / 1000000000;
    end.tv_nsec = end_ns % 1000000000;
    return status_of(sem_timedwait(semaphore, &end));
}

static int give(Semaphore *semaphore) {
    return status_of(sem_post(semaphore));
}

static void make_lock(Lock *lock) {
    initialise(lock, 1);
}

static void hold(char **words) {
    (void)words;
    answer_status(status_of(sem_wait(&shared->lock)));
}

static void lock(char **words) {
    const int status = take_within(&shared->lock, atol(words[1]));
    if (status >= 0) give(&shared->lock);
    answer_status(status);
}

static void *map_object(const char *name, int flags, size_t size_bytes) {
    const int object = shm_open(name, flags, 0600);
    if (object < 0) return NULL;
    void *memory = MAP_FAILED;
    if ((flags & O_CREAT) == 0 || ftruncate(object, (off_t)size_bytes) == 0)
        memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    close(object);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *create_object(const char *name, size_t size_bytes) {
    void *memory = map_object(name, O_CREAT | O_EXCL | O_RDWR, size_bytes);
    if (memory != NULL) snprintf(made_name, sizeof made_name, "%s", name);
    return memory;
}

static void create(char **words) {
    void *memory = create_object(words[1], sizeof *shared);
    if (memory == NULL) {
        answer_errno();
        return;
    }
    begin_sharing(memory);
    say_line("ok %s", words[1]);
}

static void open_shared(char **words) {
    side = 1;
    shared = map_object(words[1], O_RDWR, sizeof *shared);
    snprintf(shared_name, sizeof shared_name, "%s", words[1]);
    if (shared == NULL)
        answer_errno();
    else
        say_line("ok");
}

static void share(char **words) {
    (void)words;
    say_line("ok %s", shared_name);
}

/* Nobody tells of an end: what is left is to wait for the next word. */
static void watch(char **words) {
    const int status = take_within(&shared->said[1 - side], atol(words[1]));
    if (status == 0)
        say_line("ok %lld a word came", (long long)monotonic_ns());
    else
        answer_status(status);
}

static void fill(char **words) {
    const size_t size_bytes = strtoul(words[2], NULL, 10);
    void *memory = create_object(words[1], size_bytes);
    if (memory == NULL) {
        answer_errno();
        return;
    }
    memset(memory, 1, size_bytes);
    say_line("ok");
}

int main(void) {
    static const struct Command commands[] = {
        {"create", create},     {"open", open_shared}, {"share", share}, {"write", write_content},
        {"read", read_content}, {"say", say},          {"hear", hear},   {"hold", hold},
        {"lock", lock},         {"watch", watch},      {"fill", fill},   {NULL, NULL},
    };
    converse(commands);
    if (made_name[0] != 0) shm_unlink(made_name);
    return 0;
}
