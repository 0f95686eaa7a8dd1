/* The ledger as an object of the guest's Python. */
#include "module.h"

#include <unistd.h>

typedef struct ledger_object {
    PyObject_HEAD
    struct listening listening;
} Ledger;

static struct ledger *ledger_of(PyObject *self) { return &((Ledger *)self)->listening.ledger; }

static PyObject *nothing_unless(bool done) {
    if (!done)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *ledger_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)args, (void)kwargs;
    Ledger *self = (Ledger *)type->tp_alloc(type, 0);
    if (self)
        self->listening.ledger.deaths = -1;
    return (PyObject *)self;
}

static int ledger_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    struct ledger *ledger = ledger_of(self);
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

static void ledger_dealloc(PyObject *self) {
    struct ledger *ledger = ledger_of(self);
    stop_listening(&((Ledger *)self)->listening);
    if (ledger->first && !ledger->first_pid)
        free_program(ledger->first); /* It was never begun, and is in no list. */
    ledger_forget(ledger);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *ledger_begin(PyObject *self, PyObject *pid) {
    struct ledger *ledger = ledger_of(self);
    int number = (int)PyLong_AsLong(pid);
    if (PyErr_Occurred())
        return NULL;
    ledger->first->pid = ledger->first_pid = number;
    return nothing_unless(ledger_add(ledger, ledger->first));
}

static PyObject *ledger_go(PyObject *self, PyObject *unused) {
    (void)unused;
    ledger_of(self)->began = seconds_now();
    Py_RETURN_NONE;
}

static PyObject *ledger_cut(PyObject *self, PyObject *unused) {
    (void)unused;
    ledger_of(self)->cut_short = true;
    Py_RETURN_NONE;
}

static PyObject *ledger_listen(PyObject *self, PyObject *args) {
    struct listening *one = &((Ledger *)self)->listening;
    int epoll, listener;
    if (!PyArg_ParseTuple(args, "ii", &epoll, &listener))
        return NULL;
    one->epoll = epoll;
    one->listener = listener;
    start_listening(one);
    Py_RETURN_NONE;
}

static PyObject *ledger_told_end(PyObject *self, PyObject *args) {
    struct ledger *ledger = ledger_of(self);
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
    struct ledger *ledger = ledger_of(self);
    stop_listening(&((Ledger *)self)->listening);
    ledger_look_after_all(ledger, true);
    if (ledger->deaths >= 0)
        close(ledger->deaths);
    ledger->deaths = -1;
    as_agent(false);
    Py_RETURN_NONE;
}

static PyObject *ledger_take(PyObject *self, PyObject *never_was) {
    struct ledger *ledger = ledger_of(self);
    bool leave_first = PyObject_IsTrue(never_was) == 1;
    struct lines lines = {0};
    ledger_look_after_all(ledger, false);
    bool whole = ledger_tell(ledger, leave_first, &lines);
    PyObject *told = whole ? Py_BuildValue("s#l", lines.text ? lines.text : "",
                                           (Py_ssize_t)lines.size, ledger->left_out)
                           : PyErr_NoMemory();
    free(lines.text);
    as_agent(false);
    ledger->left_out = 0;
    return told;
}

static PyObject *ledger_get_empty(PyObject *self, void *unused) {
    (void)unused;
    return PyBool_FromLong(ledger_of(self)->count == 0);
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

PyTypeObject ledger_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ledger.Ledger",
    .tp_basicsize = sizeof(Ledger),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = ledger_new,
    .tp_init = ledger_init,
    .tp_dealloc = ledger_dealloc,
    .tp_methods = ledger_methods,
    .tp_getset = ledger_properties,
};
