/*
 * Actors as the kernel sees them: who am I, what may I do, who else is there; create, stop, end one.
 * Starting programs as actors is in <am/afexec.h>.
 *
 * Every call with a KnCap* takes K_MYACTOR for the caller. Refusals common to all of them:
 * K_EFAULT null or unreadable pointer, or an out-parameter that cannot be written; K_EUNKNOWN no
 * live actor has that unique id; K_EINVAL its key is another; K_EFAIL no kernel answers. None
 * waits for another actor: each is one request to the kernel and its reply.
 */
#ifndef CHORUS_EXEC_CHEXEC_H
#define CHORUS_EXEC_CHEXEC_H

#include <exec/chThread.h>
#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_ACTORNAMEMAX 32 /* bytes of an actor's name, its NUL counted */

typedef enum KnActorPrivilege CHORUS_ENUM_TYPE {
    K_USERACTOR = 0,   /* an address space of its own */
    K_SYSTEMACTOR = 1, /* an address space of its own, and the privileged calls */
    K_SUPACTOR = 2     /* shares the supervisor address space */
} KnActorPrivilege;

typedef int KnActorStatus;
#define K_ACTIVE 0
#define K_STOPPED 1

typedef struct KnActorStat {
    KnCap asCap;
    KnActorStatus asStatus;
} KnActorStat;

/*
 * Stores the caller's own capability in *actorcap.
 * Returns K_OK; K_EFAULT, K_EFAIL. [actorSelf(2K)]
 */
int actorSelf(KnCap *actorcap);

/*
 * Reports an actor's privilege in *oldpriv (unless NULL), then sets it to *newpriv (unless NULL).
 * Anyone may read; setting is for system and supervisor actors (else K_EPRIV) and goes between
 * K_USERACTOR and K_SYSTEMACTOR only: a supervisor actor stays one (K_EPRIV), any other value is
 * K_EINVAL. [actorPrivilege(2K)]
 */
int actorPrivilege(KnCap *actorcap, KnActorPrivilege *oldpriv, KnActorPrivilege *newpriv);

/*
 * Reports an actor's name in oldname (unless NULL; K_ACTORNAMEMAX bytes, NUL included), then sets
 * it to newname (unless NULL; cut off after K_ACTORNAMEMAX - 1 bytes). [actorName(2K)]
 */
int actorName(KnCap *actorcap, char *oldname, char *newname);

/*
 * Fills stat with the actors of the site, as many as fit into buffsize bytes, and returns how
 * many actors there are, which may be more than fit. asStatus is K_STOPPED after actorStop. options
 * must be 0 (else K_EINVAL). For system and supervisor actors only (else K_EPRIV). [actorStat(2K)]
 */
int actorStat(unsigned int options, KnActorStat *stat, unsigned int buffsize);

/*
 * Ends an actor: its regions go, those it owns in the supervisor space too, and its process is
 * killed. With K_MYACTOR or the caller's own capability it does not return. K_EPRIV where a user
 * actor would end a system or supervisor actor. [actorDelete(2K)]
 */
int actorDelete(KnCap *actorcap);

/* Who an actor or a port speaks for. */
typedef struct KnProtId {
    unsigned short uid;
    unsigned short gid;
    unsigned short did;
} KnProtId;

/*
 * Creates an actor with an empty address space and no process, K_ACTIVE or K_STOPPED, and stores its
 * capability in *actorcap. It takes its protection id from the actor actorinit and lives until it is
 * deleted; others make regions in it, and map from it. K_EINVAL also another status or privilege;
 * K_EPRIV a user actor asks for more than K_USERACTOR; K_ENOMEM. [actorCreate(2K)]
 */
int actorCreate(KnCap *actorinit, KnCap *actorcap, KnActorPrivilege privilege, KnActorStatus status);

/*
 * Stop every thread of an actor, and let them go on: SIGSTOP and SIGCONT for its process. K_OK if it
 * is so already. K_EPRIV where a user actor names a system or supervisor actor. [actorStop(2K)]
 */
int actorStop(KnCap *actorcap);
int actorStart(KnCap *actorcap);

/*
 * Reports an actor's protection id in *oldpi (unless NULL), then sets it to *newpi (unless NULL).
 * At first it is user and group of its process, or what the actor inherited. For system
 * and supervisor actors only (else K_EPRIV). [actorPi(2K)]
 */
int actorPi(KnCap *actorcap, KnProtId *oldpi, KnProtId *newpi);

#ifdef __cplusplus
}
#endif

#endif
