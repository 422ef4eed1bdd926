/*
 * Threads of actors, and the semaphore that each thread can wait on for itself. Programs include
 * <chorus.h> or <exec/chExec.h> instead, where K_ACTIVE is too.
 *
 * In this version the calls declared here answer K_ENOTIMP, but for threadSelf and threadAborted,
 * which cannot refuse. Programs start threads with pthread_create(3) meanwhile.
 *
 * A thread is named by its actor (a KnCap*, K_MYACTOR for the caller's) and a local id. Refusals
 * common to all with both: K_EFAULT null or unreadable pointer, or an out-parameter that cannot be
 * written; K_EUNKNOWN no live actor has that unique id; K_EINVAL its key is another, or it has no
 * such thread. They return K_OK.
 */
#ifndef CHORUS_EXEC_CHTHREAD_H
#define CHORUS_EXEC_CHTHREAD_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_THREADNAMEMAX 32      /* bytes of a thread's name, its NUL counted; the number is ours */
#define K_DEFAULT_STACK_SIZE 0u /* dsSystemStackSize: the system chooses */

/* Names a thread in its actor; above 0. 0 is no thread. */
typedef int KnThreadLid;
#define K_MYSELF (-1) /* the calling thread; only with K_MYACTOR */

typedef int KnThreadStatus; /* K_ACTIVE runs at once, */
#define K_INACTIVE 2        /* this waits for threadActivate */

typedef enum KnThreadPrivilege CHORUS_ENUM_TYPE {
    K_USERTHREAD = 0, /* runs on a stack that its creator supplies */
    K_SUPTHREAD = 1   /* supervisor actors only; the system supplies its stack */
} KnThreadPrivilege;

/* Where a thread begins. Returning from it deletes the thread. */
typedef void (*KnPc)(void);

typedef enum KnStartInfoType CHORUS_ENUM_TYPE {
    K_DEFAULT_START_INFO = 1 /* a KnDefaultStartInfo_f */
} KnStartInfoType;

typedef struct KnDefaultStartInfo_f {
    KnStartInfoType dsType;
    unsigned int dsSystemStackSize; /* bytes, or K_DEFAULT_STACK_SIZE */
    KnPc dsEntry;
    void *dsUserStackPointer; /* top of the stack (its start + its size); user threads only */
    KnThreadPrivilege dsPrivilege;
} KnDefaultStartInfo_f;

/* What threadStat tells of a thread; the fields are ours. */
typedef struct KnThreadStat {
    KnThreadLid tsThreadLi;
    KnThreadStatus tsStatus;
    KnThreadPrivilege tsPrivilege;
} KnThreadStat;

/*
 * Creates a thread and stores its id in *threadli. schedparam: one of the structs of
 * <sched/chSched.h>, NULL inherits the creator's. startinfo: a KnDefaultStartInfo_f.
 * K_EINVAL also a malformed schedparam, startinfo or status; K_EPRIV a user actor asks for a
 * supervisor thread; K_ENOMEM. [threadCreate(2K)]
 */
int threadCreate(KnCap *actorcap, KnThreadLid *threadli, KnThreadStatus status, void *schedparam, void *startinfo);

/*
 * Ends a thread; with K_MYACTOR and K_MYSELF it does not return. An actor lives on without
 * threads. K_EBUSY the thread is ending already; K_EPRIV a user actor would end a supervisor
 * thread. [threadDelete(2K)]
 */
int threadDelete(KnCap *actorcap, KnThreadLid threadli);

/* The calling thread's id, above 0. Cannot fail; works in this version. [threadSelf(2K)] */
KnThreadLid threadSelf(void);

/*
 * Sleeps for *waitLimit: K_NOTIMEOUT until aborted, K_NOBLOCK or a zero interval gives the
 * processor away. Returns K_ETIMEOUT when the time has passed; K_EABORT; K_EINVAL a malformed time;
 * K_EFAULT. [threadDelay(2K)]
 */
int threadDelay(KnTimeVal *waitLimit);

/* Lets a thread that was created K_INACTIVE run. [threadActivate(2K)] */
int threadActivate(KnCap *actorcap, KnThreadLid threadli);

/*
 * Aborts a thread: the abortable call in which it waits, or else the next one in which it would
 * wait, returns K_EABORT. [threadAbort(2K)]
 */
int threadAbort(KnCap *actorcap, KnThreadLid threadli);

/*
 * Whether the caller was aborted and has not been told yet (1, and now it has) or not (0). Cannot
 * fail; always 0 in this version, where nothing aborts a thread. [threadAbort(2K)]
 */
int threadAborted(void);

/* Count a thread's suspensions; it runs while the count is 0. Obsolete: the next two. [threadSuspend(2K)] */
int threadSuspend(KnCap *actorcap, KnThreadLid threadli);
int threadResume(KnCap *actorcap, KnThreadLid threadli);

/* Stop a thread before its next instruction in user code, and let it go on. [threadStop(2K)] */
int threadStop(KnCap *actorcap, KnThreadLid threadli);
int threadStart(KnCap *actorcap, KnThreadLid threadli);

/*
 * Reports a thread's name in oldname (unless NULL; K_THREADNAMEMAX bytes, NUL included), then sets
 * it to newname (unless NULL; cut off after K_THREADNAMEMAX - 1 bytes). [threadName(2K)]
 */
int threadName(KnCap *actorcap, KnThreadLid threadli, char *oldname, char *newname);

/*
 * Reports a thread's scheduling in *oldparam (unless NULL), then sets it to *newparam (unless
 * NULL); both are structs of <sched/chSched.h>, told apart by their class. [threadScheduler(2K)]
 */
int threadScheduler(KnCap *actorcap, KnThreadLid threadli, void *oldparam, void *newparam);

/*
 * Fills stat with the threads of an actor, as many as fit into buffsize bytes, and returns how many
 * there are, which may be more than fit. options must be 0. The arguments are ours, after
 * actorStat. [threadStat(2K)]
 */
int threadStat(KnCap *actorcap, unsigned int options, KnThreadStat *stat, unsigned int buffsize);

/*
 * Reports a thread's registers in *oldctx (unless NULL), then sets them to *newctx (unless NULL).
 * The arguments are ours. [threadContext(2K)]
 */
int threadContext(KnCap *actorcap, KnThreadLid threadli, void *oldctx, void *newctx);

/* A thread semaphore, opaque, the size is ours: posted or not, posts do not add up. Aligned to 8 bytes. */
typedef struct KnThSem {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[5];
} KnThSem;

/*
 * Makes *sem a thread semaphore of the calling thread, not posted.
 * Returns K_OK; K_EFAULT. [threadSemInit(2K)]
 */
int threadSemInit(KnThSem *sem);

/*
 * Waits for a post no longer than *waitLimit and takes it; at once where there is one already.
 * Returns K_OK; K_EFAULT; K_EINVAL a malformed time, *sem is no thread semaphore, or the caller is
 * not the thread that made it; K_ETIMEOUT; K_EABORT. [threadSemWait(2K)]
 */
int threadSemWait(KnThSem *sem, KnTimeVal *waitLimit);

/* Wakes the thread that waits on *sem, else leaves a post. Returns K_OK; K_EFAULT; K_EINVAL. [threadSemPost(2K)] */
int threadSemPost(KnThSem *sem);

#ifdef __cplusplus
}
#endif

#endif
