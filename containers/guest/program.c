/* Programs, and the pids by which they are found. */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pid_entry {
    struct pid_entry *next;
    struct program *program;
    int pid;
};

struct program *new_program(int pid, int parent, const char *directory, size_t directory_size,
                            const char *argv, size_t argv_size) {
    struct program *program = calloc(1, sizeof *program);
    char *text = malloc(directory_size + argv_size + 1);
    if (!program || !text) {
        free(program);
        free(text);
        return NULL;
    }
    if (directory_size)
        memcpy(text, directory, directory_size);
    if (argv_size)
        memcpy(text + directory_size, argv, argv_size);
    *program = (struct program){.pid = pid,
                                .parent = parent,
                                .text = text,
                                .directory = directory_size,
                                .argv = argv_size,
                                .how = RUNNING,
                                .code = NOT_KNOWN,
                                .ended = NOT_KNOWN,
                                .peak = NOT_KNOWN,
                                .memory = -1,
                                .fd = -1};
    return program;
}

void free_program(struct program *program) {
    if (program->memory >= 0)
        close(program->memory);
    free(program->text);
    free(program);
}

void end_program(struct program *program, int how, double at, int code, long long peak) {
    program->how = how;
    program->ended = at;
    program->code = code;
    program->peak = peak;
}

static struct pid_entry **bucket_of(struct pids *pids, int pid) {
    size_t buckets = sizeof pids->buckets / sizeof *pids->buckets;
    struct pid_entry **at = &pids->buckets[(unsigned)pid % buckets];
    while (*at && (*at)->pid != pid)
        at = &(*at)->next;
    return at;
}

struct program **find_pid(struct pids *pids, int pid) {
    struct pid_entry *entry = *bucket_of(pids, pid);
    return entry ? &entry->program : NULL;
}

bool put_pid(struct pids *pids, int pid, struct program *program) {
    struct pid_entry **at = bucket_of(pids, pid);
    if (!*at) {
        struct pid_entry *entry = calloc(1, sizeof *entry);
        if (!entry)
            return false;
        entry->pid = pid;
        *at = entry;
    }
    (*at)->program = program;
    return true;
}

void remove_pid(struct pids *pids, int pid) {
    struct pid_entry **at = bucket_of(pids, pid), *entry = *at;
    if (entry) {
        *at = entry->next;
        free(entry);
    }
}

void clear_pids(struct pids *pids) {
    for (size_t i = 0; i < sizeof pids->buckets / sizeof *pids->buckets; i++)
        while (pids->buckets[i])
            remove_pid(pids, pids->buckets[i]->pid);
}
