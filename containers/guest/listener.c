/* The listener: the guest is told of every program that is started, and of every process that ends.
 *
 * It is for the record only and judges nothing: between the guest's look at a call's arguments and
 * the call another thread may change them. What holds is in filter.c, and stays as it is; a call
 * that it refuses is refused whatever is said here.
 *
 * Each command has a listener of its own, so that what is told needs no looking up whose it is.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers this is built with: of signals, only one that kills interrupts a call
 * that waits to be seen. Without it such a call starts over, and is told of twice. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(field, offset)                                                                        \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + (offset))

static int listen_with(struct sock_filter *filter, unsigned short length) {
    struct sock_fprog program = {length, filter};
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (fd < 0 && errno == EINVAL)
        fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return fd;
}

bool can_listen(void) {
    /* A filter that tells nothing: whether there may be a listener, and none is there already. */
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    int fd = listen_with(nothing, 1);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool send_over(int socket, int fd) {
    char byte = 'l';
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

uint64_t hand_over_listener(void) {
    uint64_t token;
    uint32_t halves[2];
    if (getrandom(&token, sizeof token, 0) != sizeof token)
        fault("token");
    memcpy(halves, &token, sizeof token);
    struct sock_filter told[] = {
        LOAD(nr, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 5, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        /* The launcher's own start of the program, which is known of already (exec.c). Nobody else
         * can name the number: a filter cannot be read, and the launcher's memory is gone. */
        LOAD(args[3], 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, halves[0], 0, 2),
        LOAD(args[3], 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, halves[1], 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    int fd = listen_with(told, sizeof told / sizeof *told);
    if (fd < 0)
        fault("listener");
    bool sent = send_over(LISTENER_FD, fd);
    int number = errno;
    /* Ours goes first: who holds the only end of it would wait for itself to be seen ending. */
    close(fd);
    if (!sent) {
        errno = number;
        fault("listener's socket");
    }
    close(LISTENER_FD);
    return token;
}
