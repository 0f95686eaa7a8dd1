/* What a listener (listener.c) tells, read for the guest: a module of its Python.
 *
 * It is C for two reasons. The kernel lets this process, which has no CAP_SYS_PTRACE, read another
 * one's memory and directory only with that one's ids as its own for files, and Python can set
 * those for all threads at once and at a price alone; and each process that is told of waits, so
 * that nothing but the look itself lies between.
 *
 * Everything here was written by who is watched: every length is bounded, nothing is followed twice.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers this is built with. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

/* What a pidfd knows of its process (Linux 6.13), as far as it is asked for here. */
struct pidfd_facts {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, parent, ids[8];
    int32_t exit_code;
};
#define PIDFD_FACTS _IOWR(0xFF, 11, struct pidfd_facts)
enum { FACTS_PID = 1 };

enum { MOST_ARGV = 1 << 16, POINTERS = 64, PIECE = 512 };

static uid_t agent_uid;
static gid_t agent_gid;

static void as_agent(bool yes) {
    /* This thread's alone: libc's own would stop every other thread to change theirs too. */
    if (yes) {
        syscall(SYS_setfsgid, agent_gid);
        syscall(SYS_setfsuid, agent_uid);
    } else {
        syscall(SYS_setfsuid, 0);
        syscall(SYS_setfsgid, 0);
    }
}

static int open_of(long pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static ssize_t read_of(long pid, const char *name, char *buffer, size_t size) {
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
struct stat_line {
    long parent;
    unsigned long long born;
};

static bool read_stat(long pid, struct stat_line *line) {
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
            line->parent = strtol(at + 1, NULL, 10);
        else if (field == 22)
            line->born = strtoull(at + 1, NULL, 10);
    }
    return field == 22;
}

/* Where the kernel put a program's random bytes: in another place with each that is started. */
static unsigned long long read_place(long pid) {
    unsigned long pairs[64];
    ssize_t got = read_of(pid, "auxv", (char *)pairs, sizeof pairs);
    for (ssize_t i = 0; (i + 2) * (ssize_t)sizeof *pairs <= got; i += 2)
        if (pairs[i] == AT_RANDOM)
            return pairs[i + 1];
    return 0;
}

static long long number_after(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? strtoll(found + strlen(name), NULL, 10) : -1;
}

static PyObject *identity(PyObject *self, PyObject *args) {
    (void)self;
    unsigned uid, gid;
    if (!PyArg_ParseTuple(args, "II", &uid, &gid))
        return NULL;
    agent_uid = uid;
    agent_gid = gid;
    Py_RETURN_NONE;
}

static PyObject *begin(PyObject *self, PyObject *args) {
    (void)self;
    int fd;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    /* Who is told and who waits take turns: on one processor that is twice as fast (Linux 6.6). */
    (void)!ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL);
    Py_RETURN_NONE;
}

static void let_go(int fd, uint64_t id) {
    union {
        struct seccomp_notif_resp answer;
        char room[512];
    } said;
    memset(&said, 0, sizeof said);
    said.answer.id = id;
    said.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    (void)!ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &said); /* ENOENT: killed meanwhile. */
}

/* Strings of another process, each ended by a NUL, into a buffer; whether all of them fitted. */
static bool read_strings(int memory, uint64_t address, char *buffer, size_t size, size_t *used) {
    uint64_t pointers[POINTERS];
    *used = 0;
    for (;;) {
        ssize_t got = pread(memory, pointers, sizeof pointers, (off_t)address);
        if (got < (ssize_t)sizeof *pointers)
            return false;
        for (size_t i = 0; i < (size_t)got / sizeof *pointers; i++) {
            if (!pointers[i])
                return true;
            for (uint64_t from = pointers[i];;) {
                size_t room = size - *used, want = room < PIECE ? room : PIECE;
                if (!want)
                    return false;
                ssize_t piece = pread(memory, buffer + *used, want, (off_t)from);
                if (piece <= 0)
                    return false;
                char *end = memchr(buffer + *used, 0, (size_t)piece);
                *used += end ? (size_t)(end - (buffer + *used)) + 1 : (size_t)piece;
                if (end)
                    break;
                from += (uint64_t)piece;
            }
        }
        address += (uint64_t)got / sizeof *pointers * sizeof *pointers;
    }
}

static PyObject *starting(int listener, uint64_t id, long thread, uint64_t address, size_t limit) {
    static char strings[MOST_ARGV];
    char directory[4096], path[64], text[4096];
    size_t used = 0;
    struct stat_line line = {0};
    struct pidfd_facts facts = {.mask = FACTS_PID};
    long long pid = thread, parent = 0;
    /* A thread that is not its process's first has none. */
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)thread, 0);
    bool there = fd >= 0 && ioctl(fd, PIDFD_FACTS, &facts) == 0;
    if (there) {
        parent = facts.parent;
    } else {
        there = read_stat(thread, &line);
        parent = line.parent;
        if (fd < 0 && read_of(thread, "status", text, sizeof text) > 0) {
            pid = number_after(text, "\nTgid:");
            fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
        }
    }
    as_agent(true);
    unsigned long long place = read_place(thread);
    int memory = there ? open_of(thread, "mem") : -1;
    /* Only now is it sure that this number was not another process's by the time of the open. */
    there = there && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
    bool whole = there && memory >= 0 && read_strings(memory, address, strings, limit, &used);
    snprintf(path, sizeof path, "/proc/%ld/cwd", thread);
    ssize_t length = there ? readlink(path, directory, sizeof directory) : -1;
    if (memory >= 0)
        close(memory);
    as_agent(false);
    let_go(listener, id);
    if (!there) {
        if (fd >= 0)
            close(fd);
        Py_RETURN_NONE;
    }
    return Py_BuildValue("lOLLKiy#y#O", thread, Py_False, pid, parent, place, fd, directory,
                         length < 0 ? (Py_ssize_t)0 : (Py_ssize_t)length, strings,
                         (Py_ssize_t)used, whole ? Py_True : Py_False);
}

static PyObject *ending(int listener, uint64_t id, long thread, long code, bool known) {
    char text[4096];
    struct stat_line line = {0};
    as_agent(true);
    unsigned long long place = read_place(thread);
    as_agent(false);
    bool there = read_of(thread, "status", text, sizeof text) > 0;
    if (!known)
        there = read_stat(thread, &line) && there;
    let_go(listener, id);
    if (!there)
        Py_RETURN_NONE;
    /* Its name comes first and is escaped, so that it holds no line's end. */
    return Py_BuildValue("lOLLKlLK", thread, Py_True, number_after(text, "\nTgid:"),
                         number_after(text, "\nPPid:"), place, code,
                         number_after(text, "\nVmHWM:"), line.born);
}

static PyObject *next(PyObject *self, PyObject *args) {
    (void)self;
    int fd, look;
    Py_ssize_t limit;
    PyObject *known;
    if (!PyArg_ParseTuple(args, "ipnO!", &fd, &look, &limit, &PyDict_Type, &known))
        return NULL;
    union {
        struct seccomp_notif notice;
        char room[512]; /* A newer kernel's may be longer. */
    } heard;
    memset(&heard, 0, sizeof heard);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &heard) < 0)
        Py_RETURN_NONE; /* It was killed while it waited. */
    struct seccomp_notif *notice = &heard.notice;
    long thread = notice->pid;
    if (notice->data.nr == SYS_exit_group) {
        PyObject *pid = PyLong_FromLong(thread);
        bool is_known = pid && PyDict_Contains(known, pid) == 1;
        Py_XDECREF(pid);
        PyErr_Clear();
        return ending(fd, notice->id, thread, (long)(notice->data.args[0] & 0xff), is_known);
    }
    uint64_t address = notice->data.args[notice->data.nr == SYS_execveat ? 2 : 1];
    if (look)
        return starting(fd, notice->id, thread, address,
                        limit < 0 ? 0 : limit > MOST_ARGV ? MOST_ARGV : (size_t)limit);
    let_go(fd, notice->id);
    return Py_BuildValue("lOl", thread, Py_False, thread);
}

static PyObject *place(PyObject *self, PyObject *args) {
    (void)self;
    long pid;
    if (!PyArg_ParseTuple(args, "l", &pid))
        return NULL;
    as_agent(true);
    unsigned long long found = read_place(pid);
    as_agent(false);
    return PyLong_FromUnsignedLongLong(found);
}

static PyObject *zombie(PyObject *self, PyObject *args) {
    (void)self;
    long pid;
    if (!PyArg_ParseTuple(args, "l", &pid))
        return NULL;
    char text[1024];
    as_agent(true);
    ssize_t got = read_of(pid, "stat", text, sizeof text);
    as_agent(false);
    char *state = got > 0 ? strrchr(text, ')') : NULL, *last = got > 0 ? strrchr(text, ' ') : NULL;
    if (!state || !last || strncmp(state, ") Z", 3) != 0)
        Py_RETURN_NONE;
    return PyLong_FromLong(strtol(last + 1, NULL, 10));
}

static PyMethodDef methods[] = {
    {"identity", identity, METH_VARARGS, "Whose processes are watched: uid, gid."},
    {"begin", begin, METH_VARARGS, "Make ready to be told."},
    {"next", next, METH_VARARGS, "What waits; it goes on."},
    {"place", place, METH_VARARGS, "Where a process's program has its random bytes."},
    {"zombie", zombie, METH_VARARGS, "The wait status of a process that waits to be waited for."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "notices", "What a listener tells.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_notices(void) {
    return PyModule_Create(&module);
}
