/* Files read and written as the agent, through paths that were judged.
 *
 * A path comes here canonical. If a link stands in it now, it was put there after the judgement:
 * openat2 refuses it (ELOOP), and the guest says "changed".
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BILLION 1000000000LL
#define NO_LINKS (RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
/* Never wait for a FIFO's other end, never gain a terminal. */
#define SAFELY (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static char buffer[1 << 16];

static int open_judged(int below, const char *path, int flags, mode_t mode, uint64_t resolve) {
    /* With O_PATH nothing is opened that could block or become a terminal, and openat2 says no to
     * flags that do nothing. */
    int safely = flags & O_PATH ? O_CLOEXEC : SAFELY;
    struct open_how how = {.flags = (unsigned)(flags | safely), .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, below, path, &how, sizeof how);
}

static struct stat status_of(int fd) {
    struct stat status;
    if (fstat(fd, &status) < 0)
        file_error("fstat", errno);
    if (S_ISDIR(status.st_mode))
        file_error("open", EISDIR);
    if (!S_ISREG(status.st_mode))
        file_error("type", 0); /* A device or a FIFO has no content to speak of. */
    return status;
}

bool write_all(int fd, const void *data, size_t size) {
    for (const char *at = data; size > 0;) {
        ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        at += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

bool read_exactly(int fd, void *data, size_t size) {
    for (char *at = data; size > 0;) {
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

_Noreturn void read_file(const char *path, const char *limit) {
    int fd = open_judged(AT_FDCWD, path, O_RDONLY, 0, NO_LINKS);
    if (fd < 0)
        file_error("open", errno);
    report("size", "bytes", (long)status_of(fd).st_size);
    for (unsigned long long left = strtoull(limit, NULL, 10); left > 0;) {
        ssize_t got = read(fd, buffer, left < sizeof buffer ? left : sizeof buffer);
        if (got < 0)
            file_error("read", errno);
        if (got == 0 || !write_all(1, buffer, (size_t)got))
            break;
        left -= (size_t)got;
    }
    _exit(0);
}

static void set_mode(int fd, const char *mode) {
    if (strcmp(mode, "-") != 0 && fchmod(fd, (mode_t)strtoul(mode, NULL, 8) & 0777) < 0)
        file_error("chmod", errno);
}

_Noreturn void write_file(const char *path, const char *mode, bool append) {
    signal(SIGXFSZ, SIG_IGN); /* Past the file size limit: an error to report, not a death. */
    int fd = open_judged(AT_FDCWD, path, O_WRONLY | O_CREAT | (append ? O_APPEND : 0), 0644,
                         NO_LINKS);
    if (fd < 0)
        file_error("open", errno);
    status_of(fd);
    if (!append && ftruncate(fd, 0) < 0)
        file_error("truncate", errno);
    for (ssize_t got; (got = read(0, buffer, sizeof buffer)) != 0;) {
        if (got < 0 && errno != EINTR)
            file_error("stdin", errno);
        if (got > 0 && !write_all(fd, buffer, (size_t)got))
            file_error("write", errno);
    }
    set_mode(fd, mode);
    if (close(fd) < 0)
        file_error("write", errno);
    _exit(0);
}

/* The directory that holds the last component, made where it is missing. */
static int open_parent(int root, char *path, char **name) {
    int at = root;
    char *part = path;
    for (char *slash; (slash = strchr(part, '/')); part = slash + 1) {
        *slash = 0;
        if (mkdirat(at, part, 0755) < 0 && errno != EEXIST)
            file_error("mkdir", errno);
        int next = open_judged(at, part, O_PATH | O_DIRECTORY, 0, NO_LINKS | RESOLVE_BENEATH);
        if (next < 0)
            file_error("open", errno);
        if (at != root)
            close(at);
        at = next;
    }
    *name = part;
    return at;
}

static void put_one(int root, char kind, unsigned mode, unsigned long size, char *path,
                    long long time) {
    char *name, target[4096];
    int parent = open_parent(root, path, &name);
    mode &= 0777;
    if (kind == 'D') {
        if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
            file_error("mkdir", errno);
        int made = open_judged(parent, name, O_RDONLY | O_DIRECTORY, 0, NO_LINKS);
        if (made < 0 || fchmod(made, mode) < 0)
            file_error("open", errno);
        close(made);
    } else if (kind == 'L') {
        if (size >= sizeof target || !read_exactly(0, target, size))
            file_error("stream", EPROTO);
        target[size] = 0;
        unlinkat(parent, name, 0);
        if (symlinkat(target, parent, name) < 0)
            file_error("symlink", errno);
    } else {
        unlinkat(parent, name, 0); /* A link left from before must not lead the write away. */
        int fd = open_judged(parent, name, O_WRONLY | O_CREAT | O_EXCL, mode, NO_LINKS);
        if (fd < 0)
            file_error("open", errno);
        for (size_t part; size > 0; size -= part) {
            part = size < sizeof buffer ? size : sizeof buffer;
            if (!read_exactly(0, buffer, part))
                file_error("stream", EPROTO);
            if (!write_all(fd, buffer, part))
                file_error("write", errno);
        }
        struct timespec both = {time / BILLION, time % BILLION}, times[] = {both, both};
        if ((time > 0 && futimens(fd, times) < 0) || fchmod(fd, mode) < 0 || close(fd) < 0)
            file_error("write", errno);
    }
    if (parent != root)
        close(parent);
}

/* stdin: `KIND MODE SIZE PATHSIZE TIME\n` padded to 64 bytes, the path, SIZE bytes; KIND is D, F or
 * L, and TIME, which may be missing, a file's last change in nanoseconds.
 * The guest has parsed the tar and refused names that are absolute or climb. */
_Noreturn void put_files(const char *root_path) {
    char header[64], path[4096], kind;
    unsigned mode;
    unsigned long size, path_size;
    long long time;
    signal(SIGXFSZ, SIG_IGN);
    int root = open_judged(AT_FDCWD, root_path, O_PATH | O_DIRECTORY, 0, NO_LINKS);
    if (root < 0)
        file_error("open", errno);
    while (read_exactly(0, header, sizeof header)) {
        header[sizeof header - 1] = 0;
        time = 0;
        if (sscanf(header, "%c %o %lu %lu %lld", &kind, &mode, &size, &path_size, &time) < 4 ||
            path_size >= sizeof path || !read_exactly(0, path, path_size))
            file_error("stream", EPROTO);
        path[path_size] = 0;
        put_one(root, kind, mode, size, path, time);
    }
    _exit(0);
}
