/*
 * Ports, groups of ports, and messages copied between them.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * A port has a unique id, and a local id (li, above 0) in its actor. Times are in milliseconds: 0
 * does not wait, below 0 waits for ever. Refusals common to all: K_EFAULT null or unreadable
 * pointer, or an out-parameter that cannot be written; K_EUNKNOWN no live actor, port or group has
 * that unique id; K_EINVAL wrong key, no such local id, or a malformed flag. They return K_OK unless
 * they say more.
 */
#ifndef CHORUS_IPC_CHIPC_H
#define CHORUS_IPC_CHIPC_H

#include <exec/chExec.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stand for the local id of a port; the numbers are ours. */
#define K_DEFAULTPORT (-1) /* the port that every actor has */
#define K_ANYENABLED (-2)  /* ipcReceive: any enabled port, the most urgent first */

#define K_CMSGANNEXSIZE 120 /* bytes of a message's annex; the number is ours */
#define K_CPORTQUEUE 64     /* messages that wait at a port; the number is ours */

typedef unsigned int KnEvtNum;  /* a message's place in its port's queue; the type is ours */
typedef unsigned int KnTransId; /* a call and its reply; the type is ours */

#define K_ABORTABLE 0x1u /* KnMsgDesc.flags: the wait may be aborted; the number is ours */

typedef struct KnMsgDesc {
    unsigned int flags;
    unsigned int bodySize; /* bytes */
    VmAddr bodyAddr;       /* ipcReceive: 0 leaves the body to ipcGetData */
    VmAddr annexAddr;      /* K_CMSGANNEXSIZE bytes, or 0 for none */
    KnEvtNum seqNum;
} KnMsgDesc;

typedef struct KnIpcDest {
    KnUniqueId target;   /* a port or a group */
    KnUniqueId coTarget; /* names a site for K_FUNCUMODE and K_FUNCXMODE */
} KnIpcDest;

/* What is known of the current message beside its body. */
typedef struct KnMsgHead {
    int bodySize; /* bytes */
    char flags[4];
    KnUniqueId srcPort;
    KnUniqueId target;
    KnUniqueId coTarget;
    KnTransId transId;
    KnProtId actorId; /* of the sender's actor */
    KnProtId portId;  /* of its port */
} KnMsgHead;

/* Which members of a group a message goes to (ipcTarget); the numbers are ours. */
#define K_BROADMODE 1 /* all */
#define K_FUNCMODE 2  /* one */
#define K_FUNCUMODE 3 /* one on the site of the co-target */
#define K_FUNCXMODE 4 /* one on another site than the co-target's */

/* Kinds of groups (grpAllocate); the numbers are ours. */
#define K_DYNAMIC 0  /* the system chooses its unique id; the name is ours */
#define K_STATUSER 1 /* the stamp chooses it */
#define K_STATSYS 2  /* likewise; for system and supervisor actors only (else K_EPRIV) */

/* Creates a port, disabled; stores its unique id in *ui and returns its local id. K_ENOMEM. [portCreate(2K)] */
int portCreate(KnCap *actorcap, KnUniqueId *ui);

/*
 * As portCreate, with a unique id that the caller built. K_EPRIV neither system nor supervisor
 * actor; K_EBUSY the unique id is in use. [portDeclare(2K)]
 */
int portDeclare(KnCap *actorcap, KnUniqueId *ui);

/* Deletes a port and the messages in it; those who wait at it leave with K_ENOPORT. [portDelete(2K)] */
int portDelete(KnCap *actorcap, int portli);

/* Let a port take part in K_ANYENABLED, the lower prio the more urgent, and leave it. [portEnable(2K)] */
int portEnable(KnCap *actorcap, int portli, int prio);
int portDisable(KnCap *actorcap, int portli);

/* Stores the unique id of one of the caller's ports in *ui. [portUi(2K)] */
int portUi(KnUniqueId *ui, int portli);

/* Returns the local id of one of the caller's ports. [portLi(2K)] */
int portLi(KnUniqueId *ui);

/*
 * Reports a port's protection id in *oldpi (unless NULL), then sets it to *newpi (unless NULL).
 * K_EPRIV neither system nor supervisor actor. The arguments are ours, after actorPi. [portPi(2K)]
 */
int portPi(KnCap *actorcap, int portli, KnProtId *oldpi, KnProtId *newpi);

/*
 * Sends a message from port src and goes on; it may be lost. K_EFULL; K_ETOOMUCH the body is too
 * big. [ipcSend(2K)]
 */
int ipcSend(KnMsgDesc *msg, int src, KnIpcDest *dest) CHORUS_VM_SYMBOL(ipcSend);

/*
 * Sends a request from port src and waits for its reply; no K_BROADMODE. Returns the size of the
 * reply in bytes; K_EFULL; K_ETOOMUCH; K_ENOPORT; K_ETIMEOUT; K_EABORT. [ipcCall(2K)]
 */
int ipcCall(KnMsgDesc *request, int src, KnIpcDest *dest, KnMsgDesc *reply, int delayMs) CHORUS_VM_SYMBOL(ipcCall);

/*
 * Waits for a message at *port (set to the port it came to with K_ANYENABLED) and makes it the
 * thread's current message. Returns the size of its body in bytes; K_ENOPORT; K_ETIMEOUT; K_EABORT.
 * [ipcReceive(2K)]
 */
int ipcReceive(KnMsgDesc *msg, int *port, int delayMs) CHORUS_VM_SYMBOL(ipcReceive);

/* Answers the thread's current message. K_EINVAL there is none. [ipcReply(2K)] */
int ipcReply(KnMsgDesc *reply) CHORUS_VM_SYMBOL(ipcReply);

/* Stores the body of the current message. K_EINVAL there is none. The arguments are ours. [ipcGetData(2K)] */
int ipcGetData(KnMsgDesc *msg) CHORUS_VM_SYMBOL(ipcGetData);

/*
 * Put the current message aside, returning a number for it (0 or more), and make it current again.
 * K_EINVAL there is none. The arguments are ours. [ipcSave(2K)]
 */
int ipcSave(void);
int ipcRestore(int message);

/* Stores the head of the current message. K_EINVAL there is none. [ipcSysInfo(2K)] */
int ipcSysInfo(KnMsgHead *head);

/* Sets the mode in *ui, the unique id of a group, for use as a target. [ipcTarget(2K)] */
int ipcTarget(KnUniqueId *ui, int mode);

/*
 * Makes a group and stores its capability in *grp: its unique id is the address, its key the right
 * to change the members. K_EBUSY the stamp is in use; K_ENOMEM. [grpAllocate(2K)]
 */
int grpAllocate(int option, KnCap *grp, int stamp);

/* Puts a port into a group; one that is in it stays. [grpPortInsert(2K)] */
int grpPortInsert(KnCap *grp, KnUniqueId *port);

/* Takes a port out of a group. K_EINVAL it is not in it. [grpPortRemove(2K)] */
int grpPortRemove(KnCap *grp, KnUniqueId *port);

#ifdef __cplusplus
}
#endif

#endif
