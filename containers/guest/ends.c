/* How programs end: by becoming another, told of or found dead. */
#define _GNU_SOURCE
#include "ledger.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

void let_go_of(struct program *program) {
    if (program->fd >= 0) {
        close(program->fd); /* Which takes it out of `deaths`: nobody else has it. */
        program->fd = -1;
    }
    if (program->memory >= 0) {
        close(program->memory);
        program->memory = -1;
    }
}

void ledger_over(struct ledger *ledger, struct program *program, int how, double at, int code,
                 long long peak) {
    end_program(program, how, at, code, peak);
    let_go_of(program);
    remove_pid(&ledger->live, program->pid);
    if (program->pid == ledger->first_pid && ledger->leader_ended < 0)
        ledger->leader_ended = at;
}

void program_became(struct program *program) {
    struct program *before = program->before;
    program->before = NULL;
    program->place = 0;
    if (program->memory >= 0) {
        close(program->memory);
        program->memory = -1;
    }
    if (before)
        end_program(before, REPLACED, program->started, NOT_KNOWN, NOT_KNOWN);
}

static void over_with(struct ledger *ledger, struct program *program, const int *status,
                      double at) {
    if (program->place)
        program_became(program);
    if (!status)
        ledger_over(ledger, program, UNSEEN, at, NOT_KNOWN, NOT_KNOWN);
    else if (WIFSIGNALED(*status))
        ledger_over(ledger, program, SIGNALLED, at, WTERMSIG(*status), NOT_KNOWN);
    else
        ledger_over(ledger, program, EXITED, at, WEXITSTATUS(*status), NOT_KNOWN);
}

void ledger_reaped(struct ledger *ledger, struct program *program, int status) {
    over_with(ledger, program, &status, ledger_now(ledger));
}

/* Whether it has ended without a word, as what a signal ends does. */
void ledger_look_after(struct ledger *ledger, struct program *program) {
    int status;
    unsigned long long place;
    if (program->fd >= 0 && is_dead(program->fd)) {
        bool known = wait_status(program->fd, program->pid, &status);
        over_with(ledger, program, known ? &status : NULL, ledger_now(ledger));
    } else if (program->place && (place = place_of(program->pid)) && place != program->place) {
        /* One that is where it was may be on its way still. */
        program_became(program);
    }
}

void ledger_look_after_all(struct ledger *ledger, bool is_over) {
    /* What it ends stays where it is in the list, and what it was is before it. */
    for (size_t i = 0; i < ledger->count; i++) {
        struct program *program = ledger->programs[i];
        if (program->how != RUNNING || live_program(ledger, program->pid) != program)
            continue;
        ledger_look_after(ledger, program);
        if (is_over && program->how == RUNNING && program != ledger->first)
            over_with(ledger, program, NULL, ledger_now(ledger));
    }
}

void ledger_hear_deaths(struct ledger *ledger) {
    struct epoll_event dead[64];
    int count = epoll_wait(ledger->deaths, dead, 64, 0);
    for (int i = 0; i < count; i++) {
        struct program *program = live_program(ledger, dead[i].data.fd);
        if (program)
            ledger_look_after(ledger, program);
    }
}

void ledger_watch(struct ledger *ledger, struct program *program) {
    if (ledger->deaths < 0)
        ledger->deaths = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = program->pid};
    (void)epoll_ctl(ledger->deaths, EPOLL_CTL_ADD, program->fd, &wanted);
}

