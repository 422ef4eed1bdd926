/*
 * Message spaces: pools of messages and queues of them in memory that several actors map. A message
 * is passed by its address, never copied; the address differs from actor to actor.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * lid is the local id of a space, as msgSpaceCreate or msgSpaceOpen returned it. Refusals common to
 * all: K_EFAULT null or unreadable pointer, or an out-parameter that cannot be written; K_EINVAL no
 * such space, queue or pool, or not an allocated message. They return K_OK unless they say more.
 */
#ifndef CHORUS_MIPC_CHMIPC_H
#define CHORUS_MIPC_CHMIPC_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names a message space on the site; the program chooses it. The type is ours. */
typedef unsigned int KnMsgSpaceId;
#define K_PRIVATEID 0xffffffffu /* a space that only its creator knows; the number is ours */

#define K_MSG_POOLMAX 16          /* pools of a space */
#define K_MSG_PRIOMAX 255u        /* highest priority of a message, 0 is the lowest; the number is ours */
#define K_ANY_MSGPOOL 0xffffffffu /* msgAllocate: the pool that fits best; the number is ours */

typedef struct KnMsgPool {
    unsigned int msgSize;   /* bytes of each message */
    unsigned int msgNumber; /* messages */
} KnMsgPool;

typedef struct KnMsgPoolStat {
    unsigned int msgSize;   /* bytes */
    unsigned int msgNumber; /* messages in all, */
    unsigned int msgFree;   /* and those that are free */
} KnMsgPoolStat;

typedef struct KnMsgQueueStat {
    unsigned int msgNumber; /* messages in the queue */
} KnMsgQueueStat;

/*
 * Creates the space gid with queues 0 to queueNb - 1 and poolNb pools (1 to K_MSG_POOLMAX), maps it
 * and returns its local id, above 0. K_EBUSY the name is taken; K_ESPACE no room in the address
 * space; K_ENOMEM. [msgSpaceCreate(2K)]
 */
int msgSpaceCreate(KnMsgSpaceId gid, unsigned int queueNb, unsigned int poolNb, const KnMsgPool *pools);

/*
 * Maps the space gid and returns its local id, above 0; the same one when opened again. K_EUNKNOWN
 * no such space; K_ESPACE no room in the address space; K_ENOMEM. [msgSpaceOpen(2K)]
 */
int msgSpaceOpen(KnMsgSpaceId gid);

/*
 * Takes a free message of at least msgSize bytes from a pool (or K_ANY_MSGPOOL: the one that fits
 * best, though it be empty), waiting for one no longer than *waitLimit, and stores its address in
 * *msgAddr. K_EINVAL also a malformed time; K_ESIZE no message of the pool is that big; K_ETIMEOUT;
 * K_EABORT. [msgAllocate(2K)]
 */
int msgAllocate(int lid, unsigned int poolIndex, unsigned int msgSize, KnTimeVal *waitLimit, char **msgAddr);

/* Gives a message back to its pool, or to the thread that waits for one. [msgFree(2K)] */
int msgFree(int lid, char *msg);

/* Puts a message into a queue. prio: 0 lowest, cut off at K_MSG_PRIOMAX. Does not block. [msgPut(2K)] */
int msgPut(int lid, unsigned int queue, char *msg, unsigned int prio);

/*
 * Takes the message with the highest priority, the oldest of those, from a queue, waiting no longer
 * than *waitLimit; stores its address in *msgAddr and the unique id of the actor that put it in
 * *srcActor unless that is NULL. K_EINVAL also a malformed time; K_ETIMEOUT; K_EABORT. [msgGet(2K)]
 */
int msgGet(int lid, unsigned int queue, KnTimeVal *waitLimit, char **msgAddr, KnUniqueId *srcActor);

/* As msgGet from whichever queue has a message; stores which in *queue. The arguments are ours. [msgGetAny(2K)] */
int msgGetAny(int lid, unsigned int *queue, KnTimeVal *waitLimit, char **msgAddr, KnUniqueId *srcActor);

/* Takes a message out of a queue that it was put into with prio. K_EINVAL it is not there. [msgRemove(2K)] */
int msgRemove(int lid, unsigned int queue, char *msg, unsigned int prio);

/* Stores the state of a pool in *stat. [msgPoolStat(2K)] */
int msgPoolStat(int lid, unsigned int poolIndex, KnMsgPoolStat *stat);

/* Stores the state of a queue in *stat. [msgQueueStat(2K)] */
int msgQueueStat(int lid, unsigned int queue, KnMsgQueueStat *stat);

#ifdef __cplusplus
}
#endif

#endif
