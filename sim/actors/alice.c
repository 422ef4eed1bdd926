/*
 * The first actor of sim/demo: alice [COMMAND]
 * She allocates three pages, writes a greeting into the first, and starts bob, who lies beside her program; from her he
 * has nothing but her capability and an address. COMMAND runs while both hold the page.
 */
#include <unistd.h>

#include "letters.h"

/* The path of another program in the directory of this one. */
static void beside(const char *program, const char *other, char *path, size_t size_bytes) {
    const char *slash = strrchr(program, '/');
    const int directory_length = slash == NULL ? 0 : (int)(slash - program) + 1;
    if (snprintf(path, size_bytes, "%.*s%s", directory_length, program, other) < (int)size_bytes) return;
    fprintf(stderr, "the path of %s is too long\n", other);
    exit(1);
}

int main(int argc, char **argv) {
    KnCap self;
    char bob[4096];
    struct Letters *letters = allocate_shared(3 * (VmSize)vmPageSize());
    printf("alice  is actor %d, process %d\n", require_unix(agetId(), "agetId"), getpid());
    printf("alice  allocates 3 pages at %p\n", (void *)letters);

    require_ok(semInit(&letters->answered, 0), "semInit");
    require_ok(semInit(&letters->seen, 0), "semInit");
    strcpy(letters->greeting, GREETING);
    printf("alice  writes  \"%s\"\n", GREETING);

    require_ok(actorSelf(&self), "actorSelf");
    printf("alice  starts bob with her capability 0x%x 0x%x 0x%x 0x%x and that address\n", self.ui.uiHead,
           self.ui.uiTail, self.key.keyHead, self.key.keyTail);
    beside(argv[0], "bob", bob, sizeof bob);
    const int aid = start_child(bob, letters);

    wait_for_token(&letters->answered, 10);
    read_letter("alice", letters->answer, ANSWER);
    const int status = argc > 1 ? system(argv[1]) : 0;
    require_ok(semV(&letters->seen), "semV");
    wait_for_child(aid);
    return status == 0 ? 0 : 1;
}
