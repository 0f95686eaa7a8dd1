/* Kills the process in the midst of a commit: at one of the calls by which SQLite makes it
   durable. Loaded before libc; KILL_CALL says which call ("sync" or "write" of the WAL), KILL_AT
   the how-manyth, KILL_WHEN whether "before" it takes effect or "after". */

#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long seen;

static int is_wal(int fd)
{
    static const char digits[] = "0123456789";
    char link[32] = "/proc/self/fd/", target[4096], number[12];
    int at = sizeof number;
    ssize_t length;

    number[--at] = 0;
    do
        number[--at] = digits[fd % 10];
    while (fd /= 10);
    strcat(link, number + at);
    length = readlink(link, target, sizeof target - 1);
    return length > 4 && memcmp(target + length - 4, "-wal", 4) == 0;
}

static int strikes(const char *call, const char *when)
{
    const char *wanted = getenv("KILL_CALL"), *moment = getenv("KILL_WHEN");

    return wanted && moment && strcmp(wanted, call) == 0 && strcmp(moment, when) == 0 &&
           seen == atol(getenv("KILL_AT"));
}

static long doing(const char *call, int fd, long (*act)(int, const void *, size_t, off_t),
                  const void *data, size_t size, off_t offset)
{
    const char *wanted = getenv("KILL_CALL");
    int counts = wanted && strcmp(wanted, call) == 0 && is_wal(fd);
    long result;

    if (counts) {
        seen++;
        if (strikes(call, "before"))
            kill(getpid(), SIGKILL);
    }
    result = act(fd, data, size, offset);
    if (counts && strikes(call, "after"))
        kill(getpid(), SIGKILL);
    return result;
}

static long sync_data(int fd, const void *data, size_t size, off_t offset)
{
    (void)data, (void)size, (void)offset;
    return syscall(SYS_fdatasync, fd);
}

static long sync_all(int fd, const void *data, size_t size, off_t offset)
{
    (void)data, (void)size, (void)offset;
    return syscall(SYS_fsync, fd);
}

static long write_at(int fd, const void *data, size_t size, off_t offset)
{
    return syscall(SYS_pwrite64, fd, data, size, offset);
}

static long write_on(int fd, const void *data, size_t size, off_t offset)
{
    (void)offset;
    return syscall(SYS_write, fd, data, size);
}

int fdatasync(int fd)
{
    return (int)doing("sync", fd, sync_data, NULL, 0, 0);
}

int fsync(int fd)
{
    return (int)doing("sync", fd, sync_all, NULL, 0, 0);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return doing("write", fd, write_at, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return doing("write", fd, write_at, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    return doing("write", fd, write_on, data, size, 0);
}
