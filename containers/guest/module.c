/* The ledger as a module of the guest's Python. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "ledger.h"

#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Newer than the headers this is built with. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

enum { AT_ONCE = 64 };

typedef struct ledger_object {
    PyObject_HEAD
    struct ledger ledger;
    struct ledger_object *next;
    int listener, epoll;
} Ledger;

static Ledger *listening;
/* Those whose listener is heard while the guest waits. */

static PyObject *nothing_unless(bool done) {
    if (!done)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *ledger_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)args, (void)kwargs;
    Ledger *self = (Ledger *)type->tp_alloc(type, 0);
    if (self)
        self->ledger.deaths = self->listener = -1;
    return (PyObject *)self;
}

static int ledger_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    struct ledger *ledger = &((Ledger *)self)->ledger;
    static char *names[] = {"step", "most", "argv", "directory", "flags", NULL};
    const char *argv, *directory;
    Py_ssize_t argv_size, directory_size;
    unsigned long long step;
    long most;
    int flags;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Kly#y#i", names, &step, &most, &argv,
                                     &argv_size, &directory, &directory_size, &flags))
        return -1;
    if (ledger->first) {
        PyErr_SetString(PyExc_ValueError, "it is made already");
        return -1;
    }
    struct program *first =
        new_program(0, 1, directory, (size_t)directory_size, argv, (size_t)argv_size);
    if (!first) {
        PyErr_NoMemory();
        return -1;
    }
    first->flags = flags;
    ledger->step = step;
    ledger->most = most;
    ledger->began = seconds_now();
    ledger->leader_ended = -1;
    ledger->first = first;
    return 0;
}

static void stop_listening(Ledger *self) {
    Ledger **at = &listening;
    while (*at && *at != self)
        at = &(*at)->next;
    if (*at)
        *at = self->next;
    self->listener = -1;
}

static void ledger_dealloc(PyObject *self) {
    struct ledger *ledger = &((Ledger *)self)->ledger;
    stop_listening((Ledger *)self);
    if (ledger->first && !ledger->first_pid)
        free_program(ledger->first); /* It was never begun, and is in no list. */
    ledger_forget(ledger);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *ledger_begin(PyObject *self, PyObject *pid) {
    struct ledger *ledger = &((Ledger *)self)->ledger;
    int number = (int)PyLong_AsLong(pid);
    if (PyErr_Occurred())
        return NULL;
    ledger->first->pid = ledger->first_pid = number;
    return nothing_unless(ledger_add(ledger, ledger->first));
}

static PyObject *ledger_go(PyObject *self, PyObject *unused) {
    (void)unused;
    ((Ledger *)self)->ledger.began = seconds_now();
    Py_RETURN_NONE;
}

static PyObject *ledger_cut(PyObject *self, PyObject *unused) {
    (void)unused;
    ((Ledger *)self)->ledger.cut_short = true;
    Py_RETURN_NONE;
}

static PyObject *ledger_listen(PyObject *self, PyObject *args) {
    Ledger *ledger = (Ledger *)self;
    int epoll, listener;
    if (!PyArg_ParseTuple(args, "ii", &epoll, &listener))
        return NULL;
    /* Who is told and who waits take turns: on one processor that is twice as fast (Linux 6.6). */
    (void)!ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL);
    stop_listening(ledger);
    ledger->epoll = epoll;
    ledger->listener = listener;
    ledger->next = listening;
    listening = ledger;
    Py_RETURN_NONE;
}

static PyObject *ledger_told_end(PyObject *self, PyObject *args) {
    struct ledger *ledger = &((Ledger *)self)->ledger;
    int pid, status;
    if (!PyArg_ParseTuple(args, "ii", &pid, &status))
        return NULL;
    struct program *program = live_program(ledger, pid);
    if (!program)
        Py_RETURN_FALSE;
    ledger_reaped(ledger, program, status);
    Py_RETURN_TRUE;
}

static PyObject *ledger_close(PyObject *self, PyObject *unused) {
    (void)unused;
    struct ledger *ledger = &((Ledger *)self)->ledger;
    stop_listening((Ledger *)self);
    ledger_look_after_all(ledger, true);
    if (ledger->deaths >= 0)
        close(ledger->deaths);
    ledger->deaths = -1;
    Py_RETURN_NONE;
}

static PyObject *ledger_take(PyObject *self, PyObject *never_was) {
    struct ledger *ledger = &((Ledger *)self)->ledger;
    bool leave_first = PyObject_IsTrue(never_was) == 1;
    struct lines lines = {0};
    ledger_look_after_all(ledger, false);
    bool whole = ledger_tell(ledger, leave_first, &lines);
    PyObject *told = whole ? Py_BuildValue("s#l", lines.text ? lines.text : "",
                                           (Py_ssize_t)lines.size, ledger->left_out)
                           : PyErr_NoMemory();
    free(lines.text);
    ledger->left_out = 0;
    return told;
}

static PyObject *ledger_get_empty(PyObject *self, void *unused) {
    (void)unused;
    return PyBool_FromLong(((Ledger *)self)->ledger.count == 0);
}

static PyMethodDef ledger_methods[] = {
    {"begin", ledger_begin, METH_O, "The command's own process is this."},
    {"go", ledger_go, METH_NOARGS, "What it takes counts from now."},
    {"cut_short", ledger_cut, METH_NOARGS, "All of it is being ended."},
    {"listen", ledger_listen, METH_VARARGS, "Hear a listener while an epoll is waited for."},
    {"reaped", ledger_told_end, METH_VARARGS, "A process ended; whether it was one of these."},
    {"close", ledger_close, METH_NOARGS, "There is nobody left to listen to."},
    {"take", ledger_take, METH_O, "Lines, and how many programs were left out."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef ledger_properties[] = {
    {"empty", ledger_get_empty, NULL, "Whether nothing more can be told of.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject ledger_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ledger.Ledger",
    .tp_basicsize = sizeof(Ledger),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = ledger_new,
    .tp_init = ledger_init,
    .tp_dealloc = ledger_dealloc,
    .tp_methods = ledger_methods,
    .tp_getset = ledger_properties,
};

static PyObject *module_identity(PyObject *self, PyObject *args) {
    (void)self;
    unsigned uid, gid;
    if (!PyArg_ParseTuple(args, "II", &uid, &gid))
        return NULL;
    set_agent(uid, gid);
    Py_RETURN_NONE;
}

/* Whether this is the ledgers' own affair; 1: seen to, 0: not theirs, -1: there is no memory. */
static int heard(const struct epoll_event *event) {
    for (Ledger *one = listening; one; one = one->next) {
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

static int milliseconds_until(double deadline) {
    double left = deadline < 0 ? -1 : (deadline - seconds_now()) * 1000;
    return deadline < 0 ? -1 : left <= 0 ? 0 : left > INT_MAX - 1 ? INT_MAX : (int)left + 1;
}

static PyObject *module_wait(PyObject *self, PyObject *args) {
    (void)self;
    int epoll;
    double seconds;
    if (!PyArg_ParseTuple(args, "id", &epoll, &seconds))
        return NULL;
    struct epoll_event events[AT_ONCE];
    double deadline = seconds < 0 ? -1 : seconds_now() + seconds;
    PyObject *others = PyList_New(0);
    while (others && PyList_GET_SIZE(others) == 0) {
        int count, timeout = milliseconds_until(deadline);
        Py_BEGIN_ALLOW_THREADS
        count = epoll_wait(epoll, events, AT_ONCE, timeout);
        Py_END_ALLOW_THREADS
        if (count < 0 && errno != EINTR) {
            PyErr_SetFromErrno(PyExc_OSError);
            Py_CLEAR(others);
        } else if (count < 0 && PyErr_CheckSignals() < 0) {
            Py_CLEAR(others);
        }
        for (int i = 0; others && i < count; i++) {
            int seen = heard(&events[i]);
            PyObject *other =
                seen ? NULL : Py_BuildValue("ii", events[i].data.fd, (int)events[i].events);
            if (seen < 0)
                PyErr_NoMemory();
            if (seen < 0 || (!seen && (!other || PyList_Append(others, other) < 0)))
                Py_CLEAR(others);
            Py_XDECREF(other);
        }
        if (timeout == 0)
            break;
    }
    return others;
}

static PyMethodDef methods[] = {
    {"identity", module_identity, METH_VARARGS, "Whose processes are watched: uid, gid."},
    {"wait", module_wait, METH_VARARGS, "An epoll's next events that are not for a ledger."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "ledger", "Programs on record.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_ledger(void) {
    PyObject *made = PyType_Ready(&ledger_type) < 0 ? NULL : PyModule_Create(&module);
    if (made && PyModule_AddObjectRef(made, "Ledger", (PyObject *)&ledger_type) < 0)
        Py_CLEAR(made);
    return made;
}
