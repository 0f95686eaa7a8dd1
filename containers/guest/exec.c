/* The launcher becomes the program.
 *
 * By no function of libc's, since the kernel is told that this one start is ours: with a number in
 * an argument that execve does not have, which whoever listens (listener.c) made up a moment ago
 * and which is gone with the launcher's memory. What the program starts itself is told of.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCRIPT_SHELL "/bin/sh"

extern char **environ;

static void start(const char *path, char **argv, uint64_t token) {
    syscall(SYS_execve, path, argv, environ, token);
    if (errno != ENOEXEC)
        return;
    /* A script that does not say whose is the shell's, as for every other way to start one. */
    size_t count = 0;
    while (argv[count])
        count++;
    char **script = calloc(count + 2, sizeof *script);
    if (!script)
        return;
    script[0] = SCRIPT_SHELL;
    script[1] = (char *)path;
    for (size_t i = 1; i < count; i++)
        script[i + 1] = argv[i];
    syscall(SYS_execve, SCRIPT_SHELL, script, environ, token);
    free(script);
}

/* As execvp searches. */
static void search(const char *name, char **argv, uint64_t token) {
    char path[PATH_MAX];
    bool refused = false;
    const char *at = getenv("PATH"), *end;
    errno = ENOENT;
    for (; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, ':');
        int size = snprintf(path, sizeof path, "%.*s%s%s", (int)(end - at), at,
                            end == at ? "" : "/", name);
        if (size < 0 || (size_t)size >= sizeof path)
            continue;
        start(path, argv, token);
        switch (errno) {
        case EACCES:
            refused = true;
            continue;
        case ENOENT:
        case ENOTDIR:
        case ENODEV:
        case ESTALE:
        case ETIMEDOUT:
            continue;
        default:
            return;
        }
    }
    if (refused)
        errno = EACCES;
}

_Noreturn void become_program(const char *name, char **argv, uint64_t token) {
    if (!*name)
        errno = ENOENT;
    else if (strchr(name, '/'))
        start(name, argv, token);
    else
        search(name, argv, token);
    int number = errno;
    report("exec", "execve", number);
    _exit(number == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC);
}
