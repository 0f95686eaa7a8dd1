/* One walk through a directory tree, as a module of the guest's Python: names that are as they were
 * are passed over here, and all others go to who asks (look.py).
 *
 * It goes by descriptors from directory to directory and follows no link, so one that is put there
 * while it walks leads nowhere. It looks as the agent, so what that may not read is not read.
 */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEEPEST = 100, DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
enum { LISTED = 1 << 15, SHORTEST = offsetof(struct dirent64, d_name) + 2 };

struct walk {
    PyObject *before, *seen; /* By path: (inode, size, time of the last change, mode, ...). */
    PyObject *note;
    Py_ssize_t most;
    dev_t device;
    PyObject *truncated; /* Why not all was looked at. */
    char path[(DEEPEST + 2) * (NAME_MAX + 1)];
};

/* A part of a directory: names, and what each is. */
struct part {
    _Alignas(struct dirent64) char names[LISTED];
    struct stat status[LISTED / SHORTEST];
    bool there[LISTED / SHORTEST];
    ssize_t size;
    int number; /* Why not all of them could be looked at; 0 where they could. */
};
static struct part part; /* Done with before the next directory is entered. */

static bool is_dots(const char *name) {
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static struct dirent64 *entry_at(ssize_t at) { return (struct dirent64 *)(part.names + at); }

static void read_part(int fd) {
    part.number = 0;
    part.size = getdents64(fd, part.names, sizeof part.names);
    if (part.size < 0)
        part.number = errno == ENOENT ? 0 : errno; /* It was removed: nothing is in it. */
    size_t count = 0;
    for (ssize_t at = 0; at < part.size; at += entry_at(at)->d_reclen) {
        const char *name = entry_at(at)->d_name;
        bool there = !is_dots(name) &&
                     fstatat(fd, name, &part.status[count], AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && !is_dots(name) && errno != ENOENT && errno != ENOTDIR)
            part.number = errno;
        part.there[count++] = there;
    }
}

static long long nanoseconds(struct timespec time) {
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static bool field_is(PyObject *was, Py_ssize_t field, long long value) {
    return PyLong_AsUnsignedLongLongMask(PyTuple_GET_ITEM(was, field)) ==
           (unsigned long long)value;
}

static bool is_same(PyObject *was, const struct stat *now) {
    if (!field_is(was, 3, now->st_mode))
        return false;
    /* When a directory changed says only that something in it did. */
    return S_ISDIR(now->st_mode) ||
           (field_is(was, 2, nanoseconds(now->st_ctim)) && field_is(was, 1, now->st_size) &&
            field_is(was, 0, (long long)now->st_ino));
}

static bool append(PyObject *list, PyObject *item) {
    bool done = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return done;
}

/* One name, in a directory that is open and whose path is `length` long. */
static bool look_at(struct walk *walk, int fd, size_t length, const char *name,
                    const struct stat *now, PyObject *fresh, PyObject *below) {
    size_t size = strlen(name);
    if (S_ISDIR(now->st_mode) && !append(below, PyBytes_FromStringAndSize(name, (Py_ssize_t)size)))
        return false;
    memcpy(walk->path + length, name, size);
    PyObject *path = PyBytes_FromStringAndSize(walk->path, (Py_ssize_t)(length + size));
    PyObject *was = path ? PyDict_GetItemWithError(walk->before, path) : NULL;
    bool done;
    if (!path || (!was && PyErr_Occurred()))
        done = false;
    else if (was && is_same(was, now))
        done = PyDict_SetItem(walk->seen, path, was) == 0;
    else
        done = append(fresh, Py_BuildValue("iOy(KLLkLk)", fd, path, name,
                                           (unsigned long long)now->st_ino, (long long)now->st_size,
                                           nanoseconds(now->st_ctim), (unsigned long)now->st_mode,
                                           nanoseconds(now->st_mtim), (unsigned long)now->st_nlink));
    Py_XDECREF(path);
    return done;
}

static bool is_too_many(struct walk *walk, PyObject *fresh) {
    if (PyDict_GET_SIZE(walk->seen) + PyList_GET_SIZE(fresh) <= walk->most)
        return false;
    walk->truncated = PyUnicode_FromFormat("more than %zd entries", walk->most);
    return true;
}

/* Names in a directory: those that are not as they were, and those of directories. */
static bool list(struct walk *walk, int fd, size_t length, PyObject *fresh, PyObject *below) {
    do {
        Py_BEGIN_ALLOW_THREADS
        read_part(fd);
        Py_END_ALLOW_THREADS
        size_t count = 0;
        for (ssize_t at = 0; at < part.size; at += entry_at(at)->d_reclen) {
            const struct stat *status = &part.status[count];
            if (!part.there[count++])
                continue;
            if (!look_at(walk, fd, length, entry_at(at)->d_name, status, fresh, below))
                return false;
            if (is_too_many(walk, fresh))
                return walk->truncated;
        }
    } while (part.size > 0 && !part.number);
    errno = part.number;
    return !part.number || PyErr_SetFromErrno(PyExc_OSError);
}

static bool walk_in(struct walk *walk, int fd, size_t length, int depth);

static bool give_up(struct walk *walk, PyObject *why) {
    walk->truncated = why;
    return why;
}

static bool enter(struct walk *walk, int fd, size_t length, PyObject *name, int depth) {
    if (depth > DEEPEST)
        return give_up(walk, PyUnicode_FromFormat("directories more than %d deep", DEEPEST));
    int inner = openat(fd, PyBytes_AS_STRING(name), DIRECTORY);
    if (inner < 0 && errno == EACCES)
        return give_up(walk, PyUnicode_FromString("a directory that the agent's user may not read"));
    if (inner < 0) /* Gone, or another thing by now: the next walk tells. */
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
               PyErr_SetFromErrno(PyExc_OSError);
    struct stat status;
    bool done = true;
    if (fstat(inner, &status) == 0 && status.st_dev == walk->device) {
        size_t size = (size_t)PyBytes_GET_SIZE(name);
        memcpy(walk->path + length, PyBytes_AS_STRING(name), size);
        walk->path[length + size] = '/';
        done = walk_in(walk, inner, length + size + 1, depth);
    }
    close(inner);
    if (done || !PyErr_ExceptionMatches(PyExc_PermissionError))
        return done;
    PyErr_Clear();
    return give_up(walk, PyUnicode_FromString("a directory that the agent's user may not enter"));
}

static bool walk_in(struct walk *walk, int fd, size_t length, int depth) {
    PyObject *fresh = PyList_New(0), *below = PyList_New(0);
    bool done = fresh && below && list(walk, fd, length, fresh, below);
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(fresh); i++) {
        PyObject *said = PyObject_CallObject(walk->note, PyList_GET_ITEM(fresh, i));
        done = said;
        Py_XDECREF(said);
    }
    for (Py_ssize_t i = 0; done && !walk->truncated && i < PyList_GET_SIZE(below); i++)
        done = enter(walk, fd, length, PyList_GET_ITEM(below, i), depth + 1);
    Py_XDECREF(fresh);
    Py_XDECREF(below);
    return done;
}

static PyObject *tree_walk(PyObject *self, PyObject *args) {
    (void)self;
    static struct walk walk; /* Its path is long, and nobody walks twice at a time. */
    const char *root;
    unsigned uid, gid;
    struct stat status;
    memset(&walk, 0, offsetof(struct walk, path));
    if (!PyArg_ParseTuple(args, "yIIO!O!nO", &root, &uid, &gid, &PyDict_Type, &walk.before,
                          &PyDict_Type, &walk.seen, &walk.most, &walk.note))
        return NULL;
    /* This thread's alone: libc's own would stop every other thread to change theirs too. */
    syscall(SYS_setfsgid, gid);
    syscall(SYS_setfsuid, uid);
    int fd = open(root, DIRECTORY);
    bool done = fd >= 0 && fstat(fd, &status) == 0;
    if (done) {
        walk.device = status.st_dev;
        done = walk_in(&walk, fd, 0, 0);
    } else {
        PyErr_SetFromErrno(PyExc_OSError);
    }
    if (fd >= 0)
        close(fd);
    syscall(SYS_setfsuid, 0);
    syscall(SYS_setfsgid, 0);
    if (done)
        return walk.truncated ? walk.truncated : PyUnicode_FromString("");
    Py_XDECREF(walk.truncated);
    return NULL;
}

static PyMethodDef methods[] = {
    {"walk", tree_walk, METH_VARARGS, "Look at every name beneath a directory."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "tree", "Directory trees.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_tree(void) { return PyModule_Create(&module); }
