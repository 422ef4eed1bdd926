/* The contestant of plain POSIX: a named shared-memory object with process-shared sem_t in it. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dialogue.h"

struct Shared {
    sem_t lock;
    sem_t said[2]; /* by the one that made it, by the one that opened it */
    uint32_t word[2];
    uint32_t content[CONTENT_WORDS];
};

static struct Shared *shared;
static int side;           /* 0 for the one that made it, 1 for the one that opened it */
static char made_name[64]; /* removed at an end in order */
static char shared_name[64];

static void answer_errno(void) {
    say_line("error %s", strerror(errno));
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
    shared = create_object(words[1], sizeof *shared);
    if (shared == NULL) {
        answer_errno();
        return;
    }
    sem_init(&shared->lock, 1, 1);
    sem_init(&shared->said[0], 1, 0);
    sem_init(&shared->said[1], 1, 0);
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

static void write_content(char **words) {
    fill_content(shared->content, (uint32_t)atol(words[1]));
    say_line("ok");
}

static void read_content(char **words) {
    (void)words;
    answer_content(shared->content);
}

/* 0, or -1 and errno. */
static int wait_for(sem_t *semaphore, long limit_ms) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    const int64_t end_ns = end.tv_sec * INT64_C(1000000000) + end.tv_nsec + limit_ms * INT64_C(1000000);
    end.tv_sec = end_ns / 1000000000;
    end.tv_nsec = end_ns % 1000000000;
    return sem_timedwait(semaphore, &end);
}

static void answer_wait_failed(void) {
    if (errno == ETIMEDOUT)
        say_line("timeout");
    else
        answer_errno();
}

static void say(char **words) {
    shared->word[side] = (uint32_t)atol(words[1]);
    sem_post(&shared->said[side]);
    say_line("ok");
}

static void hear(char **words) {
    if (wait_for(&shared->said[1 - side], atol(words[1])) == 0)
        say_line("ok %u", shared->word[1 - side]);
    else
        answer_wait_failed();
}

static void hold(char **words) {
    (void)words;
    if (sem_wait(&shared->lock) == 0)
        say_line("ok");
    else
        answer_errno();
}

static void lock(char **words) {
    if (wait_for(&shared->lock, atol(words[1])) == 0) {
        sem_post(&shared->lock);
        say_line("ok");
    } else {
        answer_wait_failed();
    }
}

/* Nobody tells of an end: what is left is to wait for the next word. */
static void watch(char **words) {
    if (wait_for(&shared->said[1 - side], atol(words[1])) == 0)
        say_line("ok %lld a word came", (long long)monotonic_ns());
    else
        answer_wait_failed();
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
