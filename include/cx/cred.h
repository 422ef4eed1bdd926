/*
 * Credentials of an actor's user.
 */
#ifndef CHORUS_CX_CRED_H
#define CHORUS_CX_CRED_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef struct cx_cred {
    uid_t cr_uid;
    gid_t cr_gid;
    unsigned short cr_ngroups;
    gid_t cr_groups[]; /* cr_ngroups of them */
} cx_cred_t;

#ifdef __cplusplus
}
#endif

#endif
