/*
 * The second actor of sim/demo, started by alice. He first allocates memory of his own, at the addresses where alice
 * has hers: these are other pages, and hers come to lie elsewhere in him.
 */
#include <unistd.h>

#include "letters.h"

int main(int argc, char **argv) {
    const VmSize page = (VmSize)vmPageSize();
    printf("bob    is actor %d, process %d\n", require_unix(agetId(), "agetId"), getpid());
    printf("bob    allocates 3 pages at %p\n", allocate_shared(3 * page));
    struct Letters *letters = map_from_parent(argc, argv, page);
    printf("bob    maps 1 page of hers, %s, at his %p\n", argv[5], (void *)letters);

    read_letter("bob", letters->greeting, GREETING);
    strcpy(letters->answer, ANSWER);
    printf("bob    writes  \"%s\"\n", ANSWER);
    require_ok(semV(&letters->answered), "semV");
    wait_for_token(&letters->seen, 60);
    return 0;
}
