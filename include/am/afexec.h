/*
 * Starting and ending actors: UNIX-like calls, -1 and errno where refused.
 */
#ifndef CHORUS_AM_AFEXEC_H
#define CHORUS_AM_AFEXEC_H

#include <cx/cred.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* acFlags. None at all means AFX_USER_SPACE. */
#define AFX_USER_SPACE 0x1       /* a user actor */
#define AFX_SUPERVISOR_SPACE 0x2 /* a supervisor actor; not together with the former; as AFX_TRUSTED */
#define AFX_ANY_SPACE 0x4        /* as the binary says: a user actor */
#define AFX_TRUSTED 0x8          /* a system actor; only for the kernel's own user and root */

/* All zero means all defaults: what the parent has. */
typedef struct AcParam {
    int acSite;    /* ignored: actors start on the caller's site */
    int acFlags;   /* AFX_* */
    char *acStdin; /* files opened as descriptors 0, 1 and 2; NULL inherits */
    char *acStdout;
    char *acStderr;
    char *acCurdir;    /* working directory; NULL inherits */
    char *acRootdir;   /* root directory (needs the right to chroot); NULL inherits */
    cx_cred_t *acCred; /* ignored */
} AcParam;

/*
 * Create an actor and start a program in it: fork and exec in one, the caller goes on. The forms
 * with l take the arguments one by one up to a NULL, those with v an array; with e the environment
 * follows; with p a name without a slash is looked up in PATH.
 * Return the new actor's id (aid, above 0) and store its capability in *cap unless cap is NULL,
 * once the program is loaded. A NULL param means all defaults.
 * errno: as execve(2), and as chroot(2), chdir(2) and open(2) for what AcParam names; EFAULT a pointer, or a NULL
 * argument list; EPERM also a privilege not allowed; EAGAIN a limit; EINVAL both space flags, or an unknown one; EIO
 * no kernel answers. [afexec(2K)]
 */
int afexecl(const char *path, KnCap *cap, const AcParam *param, const char *arg0, ...);
int afexecle(const char *path, KnCap *cap, const AcParam *param, const char *arg0, ...);
int afexeclp(const char *file, KnCap *cap, const AcParam *param, const char *arg0, ...);
int afexecv(const char *path, KnCap *cap, const AcParam *param, char *const argv[]);
int afexecve(const char *path, KnCap *cap, const AcParam *param, char *const argv[], char *const envp[]);
int afexecvp(const char *file, KnCap *cap, const AcParam *param, char *const argv[]);

/*
 * Stores the capability of actor aid in *cap. The caller must be trusted (a system or supervisor
 * actor). errno: EFAULT, ESRCH no such actor, EPERM, EIO no kernel answers. [acap(2K)]
 */
int acap(int aid, KnCap *cap);

/* The caller's own actor id, above 0; -1 and EIO where no kernel answers. [agetId(2K)] */
int agetId(void);

/*
 * Stops and deletes an actor. errno: EFAULT, ESRCH no such live actor, EINVAL wrong key, EPERM the
 * caller is neither trusted nor of the actor's user, EIO no kernel answers. [akill(2K)]
 */
int akill(const KnCap *cap);

/*
 * Creates an actor without a program, as actorCreate does, and stores its capability in *cap. Of
 * param only acFlags is looked at, as for afexec. Returns 0. errno: EFAULT, EPERM, EINVAL, EAGAIN,
 * EIO no kernel answers. [acreate(2K)]
 */
int acreate(KnCap *cap, const AcParam *param);

/*
 * Loads a program into an actor that acreate made, with its arguments and environment. Returns 0.
 * Not in this version: -1, errno ENOSYS. The arguments are ours, after afexecve. [aload(2K)]
 */
int aload(const KnCap *cap, const char *path, char *const argv[], char *const envp[]);

/*
 * Reports an actor's credentials in *oldcred (unless NULL; its cr_ngroups says how many groups fit),
 * then sets them to *newcred (unless NULL), for which the caller must be trusted (else EPERM). They
 * are the kernel's record, by which akill judges; the process keeps its user. Returns 0. errno also
 * EFAULT, ESRCH, EINVAL, EIO. [acred(2K)]
 */
int acred(const KnCap *cap, cx_cred_t *oldcred, const cx_cred_t *newcred);

#ifdef __cplusplus
}
#endif

#endif
