/* What of the ledger the guest's Python knows as a module. */
#ifndef MODULE_H
#define MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "ledger.h"

#include <sys/epoll.h>

extern PyTypeObject ledger_type;

/* A ledger, and whom it hears while that epoll is waited for (listening.c). */
struct listening {
    struct ledger ledger;
    int epoll, listener;
    struct listening *next;
};
void start_listening(struct listening *one);
void stop_listening(struct listening *one);

/* Whether this is a ledger's own affair; 1: seen to, 0: not theirs, -1: there is no memory. */
int heard(const struct epoll_event *event);

#endif
