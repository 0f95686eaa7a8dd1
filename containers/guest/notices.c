/* What a listener (listener.c) tells, read for the guest: a module of its Python.
 *
 * It is C for two reasons. The kernel lets this process, which has no CAP_SYS_PTRACE, read another
 * one's memory and directory only with that one's ids as its own for files, and Python can set
 * those for all threads at once and at a price alone; and each process that is told of waits.
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
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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
    long parent, threads;
    unsigned long long born, place;
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
    for (at = strchr(at, ' '); at && field < 28; at = strchr(at + 1, ' ')) {
        field++;
        if (field == 4)
            line->parent = strtol(at + 1, NULL, 10);
        else if (field == 20)
            line->threads = strtol(at + 1, NULL, 10);
        else if (field == 22)
            line->born = strtoull(at + 1, NULL, 10);
        else if (field == 28) /* Where its stack began: another one with each program. */
            line->place = strtoull(at + 1, NULL, 10);
    }
    return field == 28;
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

static PyObject *receive(PyObject *self, PyObject *args) {
    (void)self;
    int fd;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    union {
        struct seccomp_notif notice;
        char room[512]; /* A newer kernel's may be longer. */
    } heard;
    memset(&heard, 0, sizeof heard);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &heard) < 0)
        Py_RETURN_NONE; /* It was killed while it waited. */
    struct seccomp_notif *notice = &heard.notice;
    bool ends = notice->data.nr == SYS_exit_group;
    uint64_t value = ends                               ? notice->data.args[0] & 0xff
                     : notice->data.nr == SYS_execveat ? notice->data.args[2]
                                                        : notice->data.args[1];
    return Py_BuildValue("KkOK", (unsigned long long)notice->id, (unsigned long)notice->pid,
                         ends ? Py_True : Py_False, (unsigned long long)value);
}

static PyObject *let(PyObject *self, PyObject *args) {
    (void)self;
    int fd;
    unsigned long long id;
    if (!PyArg_ParseTuple(args, "iK", &fd, &id))
        return NULL;
    union {
        struct seccomp_notif_resp answer;
        char room[512];
    } said;
    memset(&said, 0, sizeof said);
    said.answer.id = id;
    said.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    (void)!ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &said); /* ENOENT: killed meanwhile. */
    Py_RETURN_NONE;
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

static PyObject *starting(PyObject *self, PyObject *args) {
    (void)self;
    int listener;
    unsigned long long id, address;
    long pid;
    Py_ssize_t limit;
    if (!PyArg_ParseTuple(args, "iKlKn", &listener, &id, &pid, &address, &limit))
        return NULL;
    static char strings[MOST_ARGV];
    char directory[4096], path[64];
    size_t used = 0, most = limit < 0 ? 0 : limit > MOST_ARGV ? MOST_ARGV : (size_t)limit;
    struct stat_line line;
    as_agent(true);
    bool there = read_stat(pid, &line);
    int memory = there ? open_of(pid, "mem") : -1;
    /* Only now is it sure that this number was not another process's by the time of the open. */
    there = there && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
    bool whole = there && memory >= 0 && read_strings(memory, address, strings, most, &used);
    snprintf(path, sizeof path, "/proc/%ld/cwd", pid);
    ssize_t length = there ? readlink(path, directory, sizeof directory) : -1;
    if (memory >= 0)
        close(memory);
    as_agent(false);
    if (!there)
        Py_RETURN_NONE;
    return Py_BuildValue("llKKy#y#O", line.parent, line.threads, line.place, line.born, directory,
                         length < 0 ? (Py_ssize_t)0 : (Py_ssize_t)length, strings,
                         (Py_ssize_t)used, whole ? Py_True : Py_False);
}

static PyObject *ending(PyObject *self, PyObject *args) {
    (void)self;
    long pid;
    if (!PyArg_ParseTuple(args, "l", &pid))
        return NULL;
    char text[4096];
    struct stat_line line;
    as_agent(true);
    bool there = read_stat(pid, &line);
    as_agent(false);
    if (!there || read_of(pid, "status", text, sizeof text) <= 0)
        Py_RETURN_NONE;
    /* Its name comes first and is escaped, so that it holds no line's end. */
    return Py_BuildValue("LlKKL", number_after(text, "\nTgid:"), line.parent, line.place,
                         line.born, number_after(text, "\nVmHWM:"));
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
    {"receive", receive, METH_VARARGS, "What waits: number, thread, whether it ends, value."},
    {"let", let, METH_VARARGS, "Let what waits go on."},
    {"starting", starting, METH_VARARGS, "What a thread is about to become."},
    {"ending", ending, METH_VARARGS, "What a thread's process was."},
    {"zombie", zombie, METH_VARARGS, "The wait status of a process that waits to be waited for."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "notices", "What a listener tells.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_notices(void) {
    return PyModule_Create(&module);
}
