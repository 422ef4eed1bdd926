/*
 * Prints a library of constants as the headers of this machine have them: (vicare platform constants), or with the
 * argument "chorus" (chorus constants), which is for the other Scheme libraries.
 */
#define CHORUS_VM_BITS 64
#include <chorus.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#define EACH_ERROR(X) \
    X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(EBADF) X(ECHILD) X(EAGAIN) X(ENOMEM) X(EACCES) X(EFAULT) \
    X(EBUSY) X(EEXIST) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOSPC) X(EPIPE) X(ENOSYS)

#define EACH(X) \
    X(PROT_NONE) X(PROT_READ) X(PROT_WRITE) X(PROT_EXEC) \
    X(MAP_SHARED) X(MAP_PRIVATE) X(MAP_FIXED) X(MAP_ANONYMOUS) X(MAP_ANON) \
    X(_SC_PAGESIZE) X(_SC_PAGE_SIZE) X(_SC_OPEN_MAX) X(_SC_CLK_TCK) X(_SC_ARG_MAX) X(_SC_CHILD_MAX) \
    X(_SC_NPROCESSORS_CONF) X(_SC_NPROCESSORS_ONLN) X(_SC_PHYS_PAGES) \
    X(WNOHANG) X(WUNTRACED) X(WCONTINUED) \
    X(SIGHUP) X(SIGINT) X(SIGQUIT) X(SIGILL) X(SIGTRAP) X(SIGABRT) X(SIGBUS) X(SIGFPE) X(SIGKILL) X(SIGUSR1) \
    X(SIGSEGV) X(SIGUSR2) X(SIGPIPE) X(SIGALRM) X(SIGTERM) X(SIGCHLD) X(SIGCONT) X(SIGSTOP) X(SIGTSTP) \
    EACH_ERROR(X)

#define EACH_SIZE(X) \
    X(CHAR, char) X(SHORT, short) X(INT, int) X(LONG, long) X(LONGLONG, long long) X(FLOAT, float) \
    X(DOUBLE, double) X(POINTER, void *) X(SIZE_T, size_t)

#define EACH_STATUS(X) \
    X(K_OK) X(K_EFAULT) X(K_EUNKNOWN) X(K_EINVAL) X(K_EPRIV) X(K_ESIZE) X(K_EROUND) X(K_EADDR) X(K_EOVERLAP) \
    X(K_ESPACE) X(K_ENOMEM) X(K_EBUSY) X(K_ETIMEOUT) X(K_EABORT) X(K_ENOPORT) X(K_EFULL) X(K_ETOOMUCH) X(K_ENOTIMP) \
    X(K_EFAIL)

#define EACH_OF_CHORUS(X) \
    X(K_WRITABLE) X(K_EXECUTABLE) X(K_ANYWHERE) X(K_RESTRICTIVE) X(K_SUPERVISOR) X(K_RESERVED) X(K_INHERITSHARE) \
    X(K_INHERITCOPY) X(K_NODEMAND) X(K_NOTIMEOUT) X(K_ACTORNAMEMAX) X(CHORUS_USER_START) X(CHORUS_USER_END) \
    EACH_STATUS(X)

#define EACH_LAYOUT(X) \
    X(SIZEOF_SEMAPHORE, sizeof(KnSem)) X(SIZEOF_RGNDESC, sizeof(KnRgnDesc)) X(SIZEOF_RGNSTAT, sizeof(KnRgnStat)) \
    X(OFFSETOF_RGNDESC_SIZE, offsetof(KnRgnDesc, size)) X(OFFSETOF_RGNDESC_OPTIONS, offsetof(KnRgnDesc, options)) \
    X(OFFSETOF_RGNSTAT_SIZE, offsetof(KnRgnStat, size)) X(OFFSETOF_RGNSTAT_OPTIONS, offsetof(KnRgnStat, options))
/* clang-format on */

#define EXPORT(name) " " #name
#define EXPORT_SIZE(name, type) " SIZEOF_" #name
#define DEFINE(name) printf("  (define " #name " %ld)\n", (long)(name));
#define DEFINE_SIZE(name, type) printf("  (define SIZEOF_" #name " %zu)\n", sizeof(type));

#define EXPORT_LAYOUT(name, value) " " #name
#define DEFINE_LAYOUT(name, value) printf("  (define " #name " %zu)\n", value);
#define PAIR(name) printf(" (" #name " . %ld)", (long)(name));

static void print_vicare(void) {
    puts("#!r6rs\n(library (vicare platform constants)\n  (export" EACH(EXPORT)
             EACH_SIZE(EXPORT_SIZE) ")\n  (import (rnrs))");
    EACH(DEFINE)
    EACH_SIZE(DEFINE_SIZE)
    puts(")");
}

static void print_chorus(void) {
    puts("#!r6rs\n(library (chorus constants)\n  (export status-names" EACH_OF_CHORUS(EXPORT)
             EACH_LAYOUT(EXPORT_LAYOUT) ")\n  (import (rnrs))");
    EACH_OF_CHORUS(DEFINE)
    EACH_LAYOUT(DEFINE_LAYOUT)
    printf("  (define status-names '(");
    EACH_STATUS(PAIR)
    EACH_ERROR(PAIR)
    puts(")))");
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "chorus") == 0)
        print_chorus();
    else
        print_vicare();
    return ferror(stdout) != 0;
}
