/* What is made of the notices: which programs there were, and how each ended. */
#define _GNU_SOURCE
#include "ledger.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGV = 4096, SHORT_ARGV = 256 };

/* Bytes of arguments and directories of one command's programs; after that each keeps only so much
 * as is short. */
enum { MAX_TEXT = 4 << 20 };

/* Memories are let go of from this descriptor on: a flood of processes must leave room for pipes. */
enum { LAST_MEMORY = 4096 };

enum { TICKS = 100 }; /* The kernel's clock as it tells it, in a second. */

static double clock_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double seconds_now(void) { return clock_of(CLOCK_MONOTONIC); }

static double at_least_0(double seconds) { return seconds > 0 ? seconds : 0; }

double ledger_now(const struct ledger *ledger) {
    return at_least_0(seconds_now() - ledger->began);
}

size_t ledger_limit(const struct ledger *ledger) {
    return ledger->text < MAX_TEXT ? MAX_ARGV : SHORT_ARGV;
}

struct program *live_program(struct ledger *ledger, int pid) {
    struct program **found = find_pid(&ledger->live, pid);
    return found ? *found : NULL;
}

bool ledger_add(struct ledger *ledger, struct program *program) {
    if (ledger->count == ledger->room) {
        size_t room = ledger->room ? 2 * ledger->room : 16;
        struct program **grown = realloc(ledger->programs, room * sizeof(struct program *));
        if (!grown)
            return false;
        ledger->programs = grown;
        ledger->room = room;
    }
    if (!put_pid(&ledger->live, program->pid, program))
        return false;
    ledger->programs[ledger->count++] = program;
    ledger->kept++;
    ledger->text += program->argv + program->directory;
    return true;
}

static void never_became(struct ledger *ledger, struct program *program) {
    /* From the end, where it nearly always is, since there may be thousands. */
    size_t at = ledger->count;
    while (ledger->programs[--at] != program)
        ;
    memmove(ledger->programs + at, ledger->programs + at + 1,
            (--ledger->count - at) * sizeof *ledger->programs);
    ledger->kept--;
    if (program->before) {
        /* The one who is watched goes on: a first program was not, before it tried this. */
        program->before->fd = program->fd;
        put_pid(&ledger->live, program->pid, program->before); /* In place of this one. */
    } else {
        let_go_of(program);
        remove_pid(&ledger->live, program->pid);
    }
    free_program(program);
}

/* What a process is, now that its place is this: the last it tried, or what it was. */
static struct program *settled(struct ledger *ledger, int pid, unsigned long long place) {
    struct program *program = live_program(ledger, pid);
    while (program && program->place) {
        if (program->place != place) {
            program_became(program);
            break;
        }
        /* It never came to be: there was no such program, or it was refused. */
        struct program *before = program->before;
        never_became(ledger, program);
        program = before;
    }
    return program;
}

bool ledger_starts(struct ledger *ledger, const struct start *start) {
    struct program *of = live_program(ledger, start->parent);
    unsigned long long there;
    if (of && of->place && (there = place_of(start->parent)))
        settled(ledger, start->parent, there); /* What starts others is on its way no more. */
    struct program *before = settled(ledger, start->pid, start->place);
    struct program *program = new_program(start->pid, start->parent, start->directory,
                                          start->directory_size, start->argv, start->argv_size);
    if (!program) {
        if (start->fd >= 0)
            close(start->fd);
        if (start->memory >= 0)
            close(start->memory);
        return false;
    }
    program->flags = start->whole ? 0 : CUT;
    program->started = ledger_now(ledger);
    program->place = start->place;
    program->before = before;
    program->memory = start->memory;
    if (program->memory >= LAST_MEMORY) {
        close(program->memory);
        program->memory = -1;
    }
    if (before && before->fd >= 0) {
        program->fd = before->fd;
        before->fd = -1;
        if (start->fd >= 0)
            close(start->fd);
    } else if (start->fd >= 0) {
        program->fd = start->fd;
        ledger_watch(ledger, program);
    }
    return ledger_add(ledger, program);
}

/* A process that never became a program of its own. */
static struct program *copy_of_parent(struct ledger *ledger, const struct end *end) {
    struct program *of = live_program(ledger, end->parent);
    struct program *program =
        of ? new_program(end->pid, end->parent, of->text, of->directory, of->text + of->directory,
                         of->argv)
           : new_program(end->pid, end->parent, NULL, 0, NULL, 0);
    if (program) {
        double age = clock_of(CLOCK_BOOTTIME) - (double)end->born / TICKS;
        program->flags = of ? COPY | (of->flags & CUT) : COPY;
        program->started = at_least_0(ledger_now(ledger) - at_least_0(age));
    }
    return program;
}

bool ledger_ends(struct ledger *ledger, const struct end *end) {
    if (find_pid(&ledger->out, end->pid)) {
        remove_pid(&ledger->out, end->pid);
        return true;
    }
    struct program *program = live_program(ledger, end->pid);
    if (program && program->place && end->became)
        program_became(program);
    else
        program = settled(ledger, end->pid, end->place);
    if (!program) {
        if (ledger->kept >= ledger->most) {
            ledger->left_out++;
            return true;
        }
        program = copy_of_parent(ledger, end);
        if (!program || !ledger_add(ledger, program))
            return false;
    }
    ledger_over(ledger, program, EXITED, ledger_now(ledger), end->code, end->peak);
    return true;
}

bool ledger_leaves_out(struct ledger *ledger, int thread) {
    ledger->left_out += !find_pid(&ledger->out, thread);
    return put_pid(&ledger->out, thread, NULL);
}

bool ledger_outlived(const struct ledger *ledger, const struct program *program) {
    if (ledger->leader_ended < 0 || ledger->cut_short)
        return false;
    return program->ended < 0 || program->ended > ledger->leader_ended;
}

void ledger_forget(struct ledger *ledger) {
    for (size_t i = 0; i < ledger->count; i++) {
        let_go_of(ledger->programs[i]);
        free_program(ledger->programs[i]);
    }
    free(ledger->programs);
    clear_pids(&ledger->live);
    clear_pids(&ledger->out);
    if (ledger->deaths >= 0)
        close(ledger->deaths);
}
