/*
 * Ten bytes there and back between two actors that both live: the child waits for the parent's bytes 0 to 9, adds 100
 * to each, and the parent waits for the answer and prints it. They wait on semaphores that lie beside the bytes.
 */
#include "family.h"

enum { byte_count = 10, patience_s = 10 };

struct Exchange {
    KnSem asked;
    KnSem answered;
    unsigned char bytes[byte_count];
};

static int parent(const char *program) {
    struct Exchange *exchange = allocate_shared(sizeof *exchange);
    require_ok(semInit(&exchange->asked, 0), "semInit");
    require_ok(semInit(&exchange->answered, 0), "semInit");
    const int aid = start_child(program, exchange);

    for (int i = 0; i < byte_count; ++i)
        exchange->bytes[i] = (unsigned char)i;
    require_ok(semV(&exchange->asked), "semV");
    wait_for_token(&exchange->answered, patience_s);

    printf("#vu8(");
    for (int i = 0; i < byte_count; ++i)
        printf(i == 0 ? "%d" : " %d", exchange->bytes[i]);
    printf(")\n");
    wait_for_child(aid);
    return 0;
}

static int child(int argc, char **argv) {
    struct Exchange *exchange = map_from_parent(argc, argv, sizeof *exchange);
    wait_for_token(&exchange->asked, patience_s);
    for (int i = 0; i < byte_count; ++i)
        exchange->bytes[i] += 100;
    require_ok(semV(&exchange->answered), "semV");
    return 0;
}

int main(int argc, char **argv) {
    return argc == 1 ? parent(argv[0]) : child(argc, argv);
}
