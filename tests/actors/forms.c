/* The six forms of afexec and their pointers: prints what was not as expected and exits with 1, else with 0. The
 * argument is a file of the current directory that may be executed and is no program. */
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void expect(int actual, int expected, const char *what) {
    if (actual == expected) return;
    printf("%s: %d, expected %d\n", what, actual, expected);
    ++failures;
}

/* The exit code of a child; -errno where it was not started. */
static int ended(int aid) {
    int status;
    if (aid <= 0) return -errno;
    if (await(aid, &status) != aid) return -errno;
    return IS_EXIT_EVT(status) ? GET_EXIT_EVT(status) : 1000 + GET_KILL_EVT(status);
}

/* What comes of a search for a shell, or another program, that exits with 4. */
static int searched(const char *path, const char *name) {
    char *argv[] = {"sh", "-c", "exit 4", NULL};
    setenv("PATH", path, 1);
    return ended(afexecvp(name, NULL, NULL, argv));
}

static void search(const char *no_program) {
    char too_long[6000] = "/";
    memset(too_long + 1, 'x', 5000);
    strcat(too_long, ":/bin");
    expect(searched("/nonsuch:/etc/passwd:/bin", "sh"), 4, "found behind what is no directory");
    expect(searched(too_long, "sh"), 4, "found behind a path that is too long");
    expect(searched("/etc:/bin", "sh"), 4, "found in the second");
    expect(searched("/etc:/nonsuch", "passwd"), -EACCES, "found, and may not be executed");
    expect(searched("/bin:/usr/bin", ""), -ENOENT, "an empty name");
    expect(searched("/nonsuch", "/bin/sh"), 4, "a slash in the name");
    expect(searched("/bin", no_program), -ENOENT, "not in the current directory");
    expect(searched("/nonsuch::/bin", no_program), -ENOEXEC,
           "an empty part is the current directory, and no shell helps");
    unsetenv("PATH");
    expect(ended(afexeclp("sh", NULL, NULL, "sh", "-c", "exit 6", NULL)), 6, "without PATH");
}

int main(int argc, char **argv) {
    char *shell_argv[] = {"sh", "-c", "exit $CODE", NULL};
    char *environment[] = {"CODE=5", "CHORUS_SOCKET=1:1", NULL};
    char *empty[] = {NULL};
    char *volatile nowhere = (char *)16; /* volatile: the compiler need not know */
    char *bad = nowhere;
    char **bad_array = (char **)nowhere;
    char *bad_string[] = {"sh", nowhere, NULL};
    AcParam param = {0};
    KnCap cap;
    setenv("CODE", "4", 1);
    setenv("PATH", "/usr/bin:/bin", 1); /* directories that anyone may search */

    expect(ended(afexecl("/bin/sh", &cap, &param, "sh", "-c", "exit 3", NULL)), 3, "afexecl");
    expect(ended(afexeclp("sh", &cap, NULL, "sh", "-c", "exit $CODE", NULL)), 4, "afexeclp, no param");
    expect(ended(afexecle("/bin/sh", NULL, &param, "sh", "-c", "exit $CODE", NULL, environment)), 5,
           "afexecle, no cap");
    expect(ended(afexecv("/bin/sh", &cap, &param, shell_argv)), 4, "afexecv");
    expect(ended(afexecve("/bin/sh", &cap, &param, shell_argv, environment)), 5, "afexecve");
    expect(ended(afexecvp("sh", &cap, &param, shell_argv)), 4, "afexecvp");
    expect(ended(afexecve("/bin/sh", &cap, &param, shell_argv, empty)), 0, "afexecve, empty environment");

    expect(ended(afexecv("sh", &cap, &param, shell_argv)), -ENOENT, "no search without p");
    expect(ended(afexecvp("no-such-program", &cap, &param, shell_argv)), -ENOENT, "searched in vain");
    expect(ended(afexecv("", &cap, &param, shell_argv)), -ENOENT, "an empty path");
    expect(ended(afexecv(NULL, &cap, &param, shell_argv)), -EFAULT, "no path");
    expect(ended(afexecv(bad, &cap, &param, shell_argv)), -EFAULT, "a bad path");
    expect(ended(afexecv("/bin/sh", (KnCap *)bad, &param, shell_argv)), -EFAULT, "a bad capability pointer");
    expect(ended(afexecv("/bin/sh", &cap, (AcParam *)bad, shell_argv)), -EFAULT, "a bad param");
    expect(ended(afexecv("/bin/sh", &cap, &param, NULL)), -EFAULT, "no argument list");
    expect(ended(afexecv("/bin/sh", &cap, &param, bad_array)), -EFAULT, "a bad argument list");
    expect(ended(afexecv("/bin/sh", &cap, &param, bad_string)), -EFAULT, "a bad argument");
    expect(ended(afexecve("/bin/sh", &cap, &param, shell_argv, bad_array)), -EFAULT, "a bad environment");
    param.acStdin = bad;
    expect(ended(afexecv("/bin/sh", &cap, &param, shell_argv)), -EFAULT, "a bad name of a file");
    search(argc > 1 ? argv[1] : "");
    return failures == 0 ? 0 : 1;
}
