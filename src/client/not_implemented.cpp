// The calls that the headers declare and this version does not have: they are here so that programs
// which name them link, and each refuses.
//
// The public prototypes are not included, so that one line a call is enough: a refusal returns an
// int and looks at no argument, which the calling conventions of x86-64 and aarch64 allow whatever
// the caller passes. The four calls that cannot refuse, and the two that need nothing of the kernel,
// answer at the end. A call that gets its implementation leaves this file.

#include <exec/chTypes.h>
#include <unistd.h>
#include <cerrno>
#include "client/user_memory.hpp"

#define CHORUS_CALL extern "C" __attribute__((visibility("default"))) int

// One symbol; or two, where the call has a 64-bit form (CHORUS_VM_SYMBOL).
#define CHORUS_ABSENT(call) \
    CHORUS_CALL call() {    \
        return K_ENOTIMP;   \
    }
#define CHORUS_ABSENT_VM(call) CHORUS_ABSENT(call) CHORUS_ABSENT(call##64)
#define CHORUS_ABSENT_UNIX(call) \
    CHORUS_CALL call() {         \
        errno = ENOSYS;          \
        return -1;               \
    }

// <am/afexec.h>
CHORUS_ABSENT_UNIX(aload)

// <date/chDate.h>
CHORUS_ABSENT(univTime)
CHORUS_ABSENT(univTimeGetRes)
CHORUS_ABSENT(univTimeSet)

// <etimer/chEtimer.h>
CHORUS_ABSENT(timerCreate)
CHORUS_ABSENT(timerDelete)
CHORUS_ABSENT(timerSet)
CHORUS_ABSENT(timerThreadPoolInit)
CHORUS_ABSENT(timerThreadPoolWait)

// <exec/chThread.h>
CHORUS_ABSENT(threadAbort)
CHORUS_ABSENT(threadActivate)
CHORUS_ABSENT(threadContext)
CHORUS_ABSENT(threadCreate)
CHORUS_ABSENT(threadDelay)
CHORUS_ABSENT(threadDelete)
CHORUS_ABSENT(threadName)
CHORUS_ABSENT(threadResume)
CHORUS_ABSENT(threadScheduler)
CHORUS_ABSENT(threadSemInit)
CHORUS_ABSENT(threadSemPost)
CHORUS_ABSENT(threadSemWait)
CHORUS_ABSENT(threadStart)
CHORUS_ABSENT(threadStat)
CHORUS_ABSENT(threadStop)
CHORUS_ABSENT(threadSuspend)

// <exec/chTime.h>
CHORUS_ABSENT(sysTime)
CHORUS_ABSENT(sysTimeGetRes)

// <ipc/chId.h>
CHORUS_ABSENT(uiBuild)
CHORUS_ABSENT(uiGetSite)
CHORUS_ABSENT(uiIsLocal)
CHORUS_ABSENT(uiLegal)
CHORUS_ABSENT(uiLocalSite)
CHORUS_ABSENT(uiSite)
CHORUS_ABSENT(uiValid)

// <ipc/chIpc.h>
CHORUS_ABSENT(grpAllocate)
CHORUS_ABSENT(grpPortInsert)
CHORUS_ABSENT(grpPortRemove)
CHORUS_ABSENT_VM(ipcCall)
CHORUS_ABSENT_VM(ipcGetData)
CHORUS_ABSENT_VM(ipcReceive)
CHORUS_ABSENT_VM(ipcReply)
CHORUS_ABSENT(ipcRestore)
CHORUS_ABSENT(ipcSave)
CHORUS_ABSENT_VM(ipcSend)
CHORUS_ABSENT(ipcSysInfo)
CHORUS_ABSENT(ipcTarget)
CHORUS_ABSENT(portCreate)
CHORUS_ABSENT(portDeclare)
CHORUS_ABSENT(portDelete)
CHORUS_ABSENT(portDisable)
CHORUS_ABSENT(portEnable)
CHORUS_ABSENT(portLi)
CHORUS_ABSENT(portPi)
CHORUS_ABSENT(portUi)

// <lap/chLap.h>
CHORUS_ABSENT(lapDescDup)
CHORUS_ABSENT(lapDescIsZero)
CHORUS_ABSENT(lapDescZero)
CHORUS_ABSENT(lapInvoke)
CHORUS_ABSENT(lapResolve)
CHORUS_ABSENT(svLapBind)
CHORUS_ABSENT(svLapCreate)
CHORUS_ABSENT(svLapDelete)
CHORUS_ABSENT(svLapUnbind)

// <mipc/chMipc.h>
CHORUS_ABSENT(msgAllocate)
CHORUS_ABSENT(msgFree)
CHORUS_ABSENT(msgGet)
CHORUS_ABSENT(msgGetAny)
CHORUS_ABSENT(msgPoolStat)
CHORUS_ABSENT(msgPut)
CHORUS_ABSENT(msgQueueStat)
CHORUS_ABSENT(msgRemove)
CHORUS_ABSENT(msgSpaceCreate)
CHORUS_ABSENT(msgSpaceOpen)

// <sync/chEvent.h>
CHORUS_ABSENT(eventClear)
CHORUS_ABSENT(eventInit)
CHORUS_ABSENT(eventPost)
CHORUS_ABSENT(eventWait)

// <sync/chMonitor.h>
CHORUS_ABSENT(monitorGet)
CHORUS_ABSENT(monitorInit)
CHORUS_ABSENT(monitorNotify)
CHORUS_ABSENT(monitorNotifyAll)
CHORUS_ABSENT(monitorRel)
CHORUS_ABSENT(monitorWait)

// <sync/chMutex.h>
CHORUS_ABSENT(mutexGet)
CHORUS_ABSENT(mutexInit)
CHORUS_ABSENT(mutexRel)

// <sync/chRtMutex.h>
CHORUS_ABSENT(rtMutexGet)
CHORUS_ABSENT(rtMutexInit)
CHORUS_ABSENT(rtMutexRel)

// Programs take any answer but 0 for "acquired", a negative one too.
CHORUS_CALL mutexTry() {
    return 0;
}
CHORUS_CALL rtMutexTry() {
    return 0;
}

// Nothing aborts a thread in this version.
CHORUS_CALL threadAborted() {
    return 0;
}

// The kernel's thread ids are unique within an actor, which is all that is asked of a local id.
CHORUS_CALL threadSelf() {
    return gettid();
}

CHORUS_CALL uiClear(KnUniqueId *ui) {
    if (!chorus::client::writable(ui, sizeof *ui)) return K_EFAULT;
    *ui = KnUniqueId{0, 0};
    return K_OK;
}

CHORUS_CALL uiEqual(const KnUniqueId *ui, const KnUniqueId *other) {
    using chorus::client::readable;
    if (!readable(ui, sizeof *ui) || !readable(other, sizeof *other)) return 0;
    return ui->uiHead == other->uiHead && ui->uiTail == other->uiTail;
}
