/* chorus-bench-first-byte-actor: writes the byte and starts itself, with arguments, as the actor that reads it. */
#include "actors/family.h"
#include "first_byte.h"

static int parent(const char *program) {
    unsigned char *byte = (unsigned char *)allocate_shared(1);
    *byte = first_byte;
    wait_for_child(start_child(program, byte));
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 1) return parent(argv[0]);
    const unsigned char *byte = (const unsigned char *)map_from_parent(argc, argv, 1);
    return report(*byte);
}
