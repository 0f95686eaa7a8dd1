/* The guest's Python has the ledger as a module, and waits by it. */
#include "module.h"

#include <errno.h>
#include <limits.h>

enum { AT_ONCE = 64 };

static PyObject *module_identity(PyObject *self, PyObject *args) {
    (void)self;
    unsigned uid, gid;
    if (!PyArg_ParseTuple(args, "II", &uid, &gid))
        return NULL;
    set_agent(uid, gid);
    Py_RETURN_NONE;
}

static int milliseconds_until(double deadline) {
    double left = deadline < 0 ? -1 : (deadline - seconds_now()) * 1000;
    return deadline < 0 ? -1 : left <= 0 ? 0 : left > INT_MAX - 1 ? INT_MAX : (int)left + 1;
}

/* One event: the ledgers' own, or another's. */
static bool take_event(const struct epoll_event *event, PyObject *others) {
    int seen = heard(event);
    if (seen < 0)
        return PyErr_NoMemory();
    if (seen)
        return true;
    PyObject *other = Py_BuildValue("ii", event->data.fd, (int)event->events);
    bool added = other && PyList_Append(others, other) == 0;
    Py_XDECREF(other);
    return added;
}

static bool wait_once(int epoll, int timeout, PyObject *others) {
    struct epoll_event events[AT_ONCE];
    int count;
    Py_BEGIN_ALLOW_THREADS
    count = epoll_wait(epoll, events, AT_ONCE, timeout);
    Py_END_ALLOW_THREADS
    if (count < 0 && errno != EINTR)
        return PyErr_SetFromErrno(PyExc_OSError);
    if (count < 0)
        return PyErr_CheckSignals() == 0;
    for (int i = 0; i < count; i++)
        if (!take_event(&events[i], others))
            return false;
    return true;
}

static PyObject *module_wait(PyObject *self, PyObject *args) {
    (void)self;
    int epoll;
    double seconds;
    if (!PyArg_ParseTuple(args, "id", &epoll, &seconds))
        return NULL;
    double deadline = seconds < 0 ? -1 : seconds_now() + seconds;
    PyObject *others = PyList_New(0);
    for (int timeout = -1; others && PyList_GET_SIZE(others) == 0 && timeout;) {
        timeout = milliseconds_until(deadline);
        if (!wait_once(epoll, timeout, others))
            Py_CLEAR(others);
    }
    as_agent(false);
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
