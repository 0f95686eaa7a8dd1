/* The listeners that are heard while the guest waits for anything at all. */
#define _GNU_SOURCE
#include "module.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>

/* Newer than the headers this is built with. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

static struct listening *listeners;

void start_listening(struct listening *one) {
    stop_listening(one);
    /* Who is told and who waits take turns: on one processor that is twice as fast (Linux 6.6). */
    (void)!ioctl(one->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL);
    one->next = listeners;
    listeners = one;
}

void stop_listening(struct listening *one) {
    struct listening **at = &listeners;
    while (*at && *at != one)
        at = &(*at)->next;
    if (*at)
        *at = one->next;
}

int heard(const struct epoll_event *event) {
    for (struct listening *one = listeners; one; one = one->next) {
        if (event->data.fd == one->ledger.deaths) {
            ledger_hear_deaths(&one->ledger);
            return 1;
        }
        /* It hangs up when no process is left that it could tell of. To ask it then would wait for
         * ever on some kernels. */
        if (event->data.fd != one->listener || !(event->events & EPOLLIN))
            continue;
        bool watched = one->ledger.deaths >= 0;
        if (!hear(one->listener, &one->ledger))
            return -1;
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = one->ledger.deaths};
        if (!watched && wanted.data.fd >= 0)
            (void)epoll_ctl(one->epoll, EPOLL_CTL_ADD, wanted.data.fd, &wanted);
        return 1;
    }
    return 0;
}
