/* Prints the library (vicare platform constants) as the headers of this machine have it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#define EACH(X) \
    X(PROT_NONE) X(PROT_READ) X(PROT_WRITE) X(PROT_EXEC) \
    X(MAP_SHARED) X(MAP_PRIVATE) X(MAP_FIXED) X(MAP_ANONYMOUS) X(MAP_ANON) \
    X(_SC_PAGESIZE) X(_SC_PAGE_SIZE) X(_SC_OPEN_MAX) X(_SC_CLK_TCK) X(_SC_ARG_MAX) X(_SC_CHILD_MAX) \
    X(_SC_NPROCESSORS_CONF) X(_SC_NPROCESSORS_ONLN) X(_SC_PHYS_PAGES) \
    X(WNOHANG) X(WUNTRACED) X(WCONTINUED) \
    X(SIGHUP) X(SIGINT) X(SIGQUIT) X(SIGILL) X(SIGTRAP) X(SIGABRT) X(SIGBUS) X(SIGFPE) X(SIGKILL) X(SIGUSR1) \
    X(SIGSEGV) X(SIGUSR2) X(SIGPIPE) X(SIGALRM) X(SIGTERM) X(SIGCHLD) X(SIGCONT) X(SIGSTOP) X(SIGTSTP) \
    X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(EBADF) X(ECHILD) X(EAGAIN) X(ENOMEM) X(EACCES) X(EFAULT) \
    X(EBUSY) X(EEXIST) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOSPC) X(EPIPE) X(ENOSYS)

#define EACH_SIZE(X) \
    X(CHAR, char) X(SHORT, short) X(INT, int) X(LONG, long) X(LONGLONG, long long) X(FLOAT, float) \
    X(DOUBLE, double) X(POINTER, void *) X(SIZE_T, size_t)
/* clang-format on */

#define EXPORT(name) " " #name
#define EXPORT_SIZE(name, type) " SIZEOF_" #name
#define DEFINE(name) printf("  (define " #name " %ld)\n", (long)(name));
#define DEFINE_SIZE(name, type) printf("  (define SIZEOF_" #name " %zu)\n", sizeof(type));

int main(void) {
    puts("#!r6rs\n(library (vicare platform constants)\n  (export" EACH(EXPORT)
             EACH_SIZE(EXPORT_SIZE) ")\n  (import (rnrs))");
    EACH(DEFINE)
    EACH_SIZE(DEFINE_SIZE)
    puts(")");
    return ferror(stdout) != 0;
}
