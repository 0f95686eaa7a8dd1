/* What a listener (listener.c) tells, heard for the guest.
 *
 * Everything here was written by who is watched: every length is bounded, nothing is followed twice.
 */
#include "ledger.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_ARGV = 4096, POINTERS = 64, WINDOW = 1024 };

static void let_go(int listener, uint64_t id) {
    union {
        struct seccomp_notif_resp answer;
        char room[512];
    } said;
    memset(&said, 0, sizeof said);
    said.answer.id = id;
    said.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    (void)!ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said); /* ENOENT: killed meanwhile. */
}

/* A part of another process's memory: its strings lie beside one another, mostly. */
struct window {
    uint64_t at;
    size_t size;
    char bytes[WINDOW];
};

static bool look_at(int memory, uint64_t address, struct window *window) {
    if (address - window->at < window->size)
        return true;
    ssize_t got = pread(memory, window->bytes, sizeof window->bytes, (off_t)address);
    window->at = address;
    window->size = got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* Strings of another process, each ended by a NUL, into a buffer; whether all of them fitted. */
static bool read_strings(int memory, uint64_t address, char *buffer, size_t size, size_t *used) {
    uint64_t pointers[POINTERS];
    struct window window = {0};
    *used = 0;
    for (;;) {
        ssize_t got = pread(memory, pointers, sizeof pointers, (off_t)address);
        if (got < (ssize_t)sizeof *pointers)
            return false;
        for (size_t i = 0; i < (size_t)got / sizeof *pointers; i++) {
            if (!pointers[i])
                return true;
            for (uint64_t from = pointers[i];;) {
                if (*used == size || !look_at(memory, from, &window))
                    return false;
                size_t skip = from - window.at, piece = window.size - skip;
                if (piece > size - *used)
                    piece = size - *used;
                const char *end = memchr(window.bytes + skip, 0, piece);
                if (end)
                    piece = (size_t)(end - (window.bytes + skip)) + 1;
                memcpy(buffer + *used, window.bytes + skip, piece);
                *used += piece;
                if (end)
                    break;
                from += piece;
            }
        }
        address += (uint64_t)got / sizeof *pointers * sizeof *pointers;
    }
}

static bool starting(int listener, uint64_t id, int thread, uint64_t address,
                     struct ledger *ledger) {
    static char strings[MOST_ARGV];
    char directory[4096], path[64], text[4096];
    struct stat_line line = {0};
    struct start start = {.pid = thread, .directory = directory, .argv = strings};
    size_t limit = ledger_limit(ledger) < sizeof strings ? ledger_limit(ledger) : sizeof strings;
    /* A thread that is not its process's first has none. */
    start.fd = (int)syscall(SYS_pidfd_open, (pid_t)thread, 0);
    bool there = start.fd >= 0 && parent_of(start.fd, &start.parent);
    if (!there) {
        there = read_stat(thread, &line);
        start.parent = line.parent;
        if (start.fd < 0 && read_of(thread, "status", text, sizeof text) > 0) {
            start.pid = (int)number_after(text, "\nTgid:");
            start.fd = (int)syscall(SYS_pidfd_open, (pid_t)start.pid, 0);
        }
    }
    as_agent(true);
    start.place = read_place(thread);
    start.memory = there ? open_of(thread, "mem") : -1;
    /* Only now is it sure that this number was not another process's by the time of the open. */
    there = there && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
    start.whole = there && start.memory >= 0 &&
                  read_strings(start.memory, address, strings, limit, &start.argv_size);
    snprintf(path, sizeof path, "/proc/%d/cwd", thread);
    ssize_t length = there ? readlink(path, directory, sizeof directory) : -1;
    start.directory_size = length < 0 ? 0 : (size_t)length;
    let_go(listener, id);
    if (there)
        return ledger_starts(ledger, &start);
    if (start.fd >= 0)
        close(start.fd);
    if (start.memory >= 0)
        close(start.memory);
    return true;
}

static bool ending(int listener, uint64_t id, int thread, int code, struct ledger *ledger) {
    char text[4096], byte;
    struct stat_line line = {0};
    struct end end = {.code = code};
    struct program *program = live_program(ledger, thread);
    /* The memory that it had before it became another is gone with that, unless it was shared. */
    end.became = program && program->memory >= 0 && pread(program->memory, &byte, 1, 0) == 0;
    if (!program || (program->place && !end.became))
        end.place = place_of(thread);
    bool there = read_of(thread, "status", text, sizeof text) > 0;
    if (!program)
        there = read_stat(thread, &line) && there;
    let_go(listener, id);
    if (!there)
        return true;
    /* Its name comes first and is escaped, so that it holds no line's end. */
    end.pid = (int)number_after(text, "\nTgid:");
    end.parent = (int)number_after(text, "\nPPid:");
    end.peak = number_after(text, "\nVmHWM:");
    end.born = line.born;
    return ledger_ends(ledger, &end);
}

bool hear(int listener, struct ledger *ledger) {
    union {
        struct seccomp_notif notice;
        char room[512]; /* A newer kernel's may be longer. */
    } heard;
    memset(&heard, 0, sizeof heard);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &heard) < 0)
        return true; /* It was killed while it waited. */
    const struct seccomp_notif *notice = &heard.notice;
    const struct seccomp_data *call = &notice->data;
    int thread = (int)notice->pid;
    if (call->nr == SYS_exit_group)
        return ending(listener, notice->id, thread, (int)(call->args[0] & 0xff), ledger);
    if (ledger->kept < ledger->most)
        return starting(listener, notice->id, thread,
                        call->args[call->nr == SYS_execveat ? 2 : 1], ledger);
    let_go(listener, notice->id);
    return ledger_leaves_out(ledger, thread);
}
