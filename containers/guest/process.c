/* One process of the agent's, looked at from outside.
 *
 * The kernel lets this process, which has no CAP_SYS_PTRACE, read another one's memory and directory
 * only with that one's ids as its own for files.
 */
#define _GNU_SOURCE
#include "ledger.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a pidfd knows of its process (Linux 6.13; its end, 6.15), as far as it is asked for here. */
struct pidfd_facts {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, parent, ids[8];
    int32_t exit_code;
};
#define PIDFD_FACTS _IOWR(0xFF, 11, struct pidfd_facts)
enum { FACTS_PID = 1, FACTS_EXIT = 8 };

static uid_t agent_uid;
static gid_t agent_gid;

void set_agent(uid_t uid, gid_t gid) {
    agent_uid = uid;
    agent_gid = gid;
}

void as_agent(bool yes) {
    static bool is_agent;
    if (yes == is_agent)
        return;
    is_agent = yes;
    /* This thread's alone: libc's own would stop every other thread to change theirs too. */
    if (yes) {
        syscall(SYS_setfsgid, agent_gid);
        syscall(SYS_setfsuid, agent_uid);
    } else {
        syscall(SYS_setfsuid, 0);
        syscall(SYS_setfsgid, 0);
    }
}

int open_of(long pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

ssize_t read_of(long pid, const char *name, char *buffer, size_t size) {
    int fd = open_of(pid, name);
    if (fd < 0)
        return -1;
    ssize_t got = read(fd, buffer, size - 1);
    close(fd);
    if (got >= 0)
        buffer[got] = 0;
    return got;
}

/* /proc/PID/stat, of which its name may hold anything, and is passed over. */
bool read_stat(long pid, struct stat_line *line) {
    char text[1024];
    if (read_of(pid, "stat", text, sizeof text) <= 0)
        return false;
    char *at = strrchr(text, ')');
    if (!at)
        return false;
    memset(line, 0, sizeof *line);
    int field = 2;
    for (at = strchr(at, ' '); at && field < 22; at = strchr(at + 1, ' ')) {
        field++;
        if (field == 4)
            line->parent = (int)strtol(at + 1, NULL, 10);
        else if (field == 22)
            line->born = strtoull(at + 1, NULL, 10);
    }
    return field == 22;
}

long long number_after(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? strtoll(found + strlen(name), NULL, 10) : NOT_KNOWN;
}

/* Where the kernel put a program's random bytes: in another place with each that is started. */
unsigned long long read_place(long pid) {
    unsigned long pairs[64];
    ssize_t got = read_of(pid, "auxv", (char *)pairs, sizeof pairs);
    for (ssize_t i = 0; (i + 2) * (ssize_t)sizeof *pairs <= got; i += 2)
        if (pairs[i] == AT_RANDOM)
            return pairs[i + 1];
    return 0;
}

unsigned long long place_of(long pid) {
    as_agent(true);
    return read_place(pid);
}

bool parent_of(int pidfd, int *parent) {
    struct pidfd_facts facts = {.mask = FACTS_PID};
    if (ioctl(pidfd, PIDFD_FACTS, &facts) < 0)
        return false;
    *parent = (int)facts.parent;
    return true;
}

bool is_dead(int pidfd) {
    struct pollfd asked = {.fd = pidfd, .events = POLLIN};
    return poll(&asked, 1, 0) > 0;
}

static bool kept_status(int pidfd, int *status) {
    struct pidfd_facts facts = {.mask = FACTS_EXIT};
    if (ioctl(pidfd, PIDFD_FACTS, &facts) < 0 || !(facts.mask & FACTS_EXIT))
        return false;
    *status = facts.exit_code;
    return true;
}

static bool zombie_status(int pid, int *status) {
    char text[1024];
    as_agent(true);
    ssize_t got = read_of(pid, "stat", text, sizeof text);
    char *state = got > 0 ? strrchr(text, ')') : NULL, *last = got > 0 ? strrchr(text, ' ') : NULL;
    if (!state || !last || strncmp(state, ") Z", 3) != 0)
        return false;
    *status = (int)strtol(last + 1, NULL, 10);
    return true;
}

bool wait_status(int pidfd, int pid, int *status) {
    /* The kernel keeps it once somebody has waited, the zombie until then: who waits between the
     * two questions is asked after once more. */
    return kept_status(pidfd, status) || zombie_status(pid, status) || kept_status(pidfd, status);
}
