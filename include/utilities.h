/*
 * Small helpers that the example programs of the ChorusOS guides use.
 */
#ifndef CHORUS_UTILITIES_H
#define CHORUS_UTILITIES_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Reads a capability from the four words argv[0] to argv[3] (head and tail of the unique id, head
 * and tail of the key), each a number as strtoul(3) reads it, with 0x for hexadecimal.
 * Returns K_OK; K_EFAULT a null pointer; K_EINVAL a word that is missing or no 32-bit number.
 */
int readCap(char **argv, KnCap *cap);

/* A sentence on a K_E* code, for messages; never NULL, not to be freed. */
const char *strSysError(int code);

#ifdef __cplusplus
}
#endif

#endif
