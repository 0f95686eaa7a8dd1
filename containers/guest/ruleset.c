/* Landlock: the policy's paths, held by the kernel.
 *
 * The ruleset is built once for each configuration, by a process that is the agent already (so
 * that a path the agent cannot reach is never granted by root's reach), and its descriptor goes
 * back to the guest. Each child then takes it up with one system call.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers this is built with. */
#define FS_REFER (1ULL << 13)     /* ABI 2 */
#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_TCP 3ULL              /* ABI 4: bind and connect */
#define SCOPE_ABSTRACT 1ULL       /* ABI 6 */
#define SCOPE_SIGNAL 2ULL

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define DEVICES (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define FIRST_ABI ((1ULL << 13) - 1)
#define WRITE ((FIRST_ABI & ~(READ | EXECUTE | DEVICES)) | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV)
#define OF_A_FILE                                                                                  \
    (EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE |        \
     FS_IOCTL_DEV)

struct ruleset {
    uint64_t fs, net, scoped;
};

static uint64_t handled;

int landlock_abi(void) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

void restrict_to(int ruleset_fd) {
    if (syscall(SYS_landlock_restrict_self, ruleset_fd, 0) < 0)
        fault("landlock");
    close(ruleset_fd);
}

static void tell(const char *kind, const char *name, const char *value) {
    if (!write_all(1, kind, strlen(kind) + 1) || !write_all(1, name, strlen(name) + 1) ||
        !write_all(1, value, strlen(value) + 1))
        fault("reply");
}

static bool grant(int ruleset, const char *path, uint64_t access) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false; /* Not there, or not the agent's to reach: nothing to grant. */
    struct stat status;
    if (fstat(fd, &status) < 0)
        fault("fstat");
    if (!S_ISDIR(status.st_mode))
        access &= OF_A_FILE;
    struct landlock_path_beneath_attr rule = {access & handled, fd};
    if (ruleset >= 0 && rule.allowed_access &&
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        fault("landlock rule");
    close(fd);
    return true;
}

static uint64_t access_of(const char *rights) {
    return (strchr(rights, 'r') ? READ : 0) | (strchr(rights, 'w') ? WRITE : 0) |
           (strchr(rights, 'x') ? EXECUTE : 0);
}

/* The loader that a dynamic program names: the kernel executes it too. */
static void grant_loader(int ruleset, const char *program) {
    int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    Elf64_Ehdr header;
    if (pread(fd, &header, sizeof header, 0) == sizeof header &&
        memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64)
        for (int index = 0; index < header.e_phnum; index++) {
            Elf64_Phdr part;
            char loader[PATH_MAX] = "";
            off_t at = (off_t)(header.e_phoff + (uint64_t)index * sizeof part);
            if (pread(fd, &part, sizeof part, at) != sizeof part)
                break;
            if (part.p_type != PT_INTERP || part.p_filesz >= sizeof loader)
                continue;
            if (pread(fd, loader, part.p_filesz, (off_t)part.p_offset) > 0)
                grant(ruleset, loader, READ | EXECUTE);
        }
    close(fd);
}

static bool grant_if_program(int ruleset, const char *candidate, const char *name) {
    char real[PATH_MAX];
    struct stat status;
    if (!realpath(candidate, real) || stat(real, &status) < 0 || !S_ISREG(status.st_mode) ||
        access(real, X_OK) < 0)
        return false;
    if (!grant(ruleset, real, READ | EXECUTE))
        return false;
    grant_loader(ruleset, real);
    tell("program", name, real);
    return true;
}

static void grant_program(int ruleset, const char *name, const char *search) {
    char candidate[PATH_MAX];
    if (strchr(name, '/')) {
        if (!grant_if_program(ruleset, name, name))
            tell("program", name, "");
        return;
    }
    for (const char *part = search; *part;) {
        size_t length = strcspn(part, ":");
        int size = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, part, name);
        /* An empty or relative entry would mean whatever directory a command is in. */
        if (*part == '/' && size < (int)sizeof candidate &&
            grant_if_program(ruleset, candidate, name))
            return;
        part += length + (part[length] == ':');
    }
    tell("program", name, "");
}

static void send_ruleset(int ruleset) {
    char byte = 'L', space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (ruleset >= 0) {
        message.msg_control = space;
        message.msg_controllen = sizeof space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &ruleset, sizeof ruleset);
    }
    if (sendmsg(STATE_FD, &message, 0) < 0)
        fault("send ruleset");
}

/* stdin: KIND NUL VALUE NUL, repeated. First `tcp` (allow|deny), `scope` (abstract, signal) and
 * `path`, then rules (KIND is the rights) and `program`s. */
_Noreturn void build_ruleset(void) {
    static char spec[1 << 20];
    size_t size = 0;
    for (ssize_t got; (got = read(0, spec + size, sizeof spec - 1 - size)) > 0;)
        size += (size_t)got;
    if (size == sizeof spec - 1) {
        errno = E2BIG;
        fault("ruleset");
    }
    int abi = landlock_abi(), ruleset = -1;
    struct ruleset wanted = {FIRST_ABI, abi >= 4 ? NET_TCP : 0, 0};
    wanted.fs |= (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
                 (abi >= 5 ? FS_IOCTL_DEV : 0);
    handled = wanted.fs;
    size_t known = abi >= 6 ? sizeof wanted : abi >= 4 ? 16 : 8;
    const char *search = "";
    bool made = false;
    for (char *kind = spec, *end = spec + size; kind < end;) {
        char *value = kind + strlen(kind) + 1;
        if (value >= end)
            break;
        if (strcmp(kind, "path") == 0) {
            search = value;
        } else if (strcmp(kind, "tcp") == 0) {
            wanted.net = strcmp(value, "allow") == 0 ? 0 : wanted.net;
        } else if (strcmp(kind, "scope") == 0) {
            wanted.scoped |= abi < 6 ? 0 : *value == 'a' ? SCOPE_ABSTRACT : SCOPE_SIGNAL;
        } else {
            if (!made && abi > 0) {
                ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, known, 0);
                if (ruleset < 0)
                    fault("landlock ruleset");
            }
            made = true;
            if (strcmp(kind, "program") == 0)
                grant_program(ruleset, value, search);
            else if (!grant(ruleset, value, access_of(kind)))
                tell("missing", value, "");
        }
        kind = value + strlen(value) + 1;
    }
    send_ruleset(ruleset);
    _exit(0);
}
