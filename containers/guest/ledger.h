/* What one command started: its programs, from the kernel's notices to the lines the host is sent.
 *
 * Once loaded all of it is the guest's, as a module of its Python (module.c): each process that is
 * told of waits until it was looked at, so that nothing but the look itself may lie between.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a program ended: not yet; by itself; by a signal; by another in its process; unknown. */
enum { RUNNING = 'r', EXITED = 'e', SIGNALLED = 's', REPLACED = 'x', UNSEEN = 'u' };

/* Its arguments are not whole; it is its parent still, forked; it outlived its command. */
enum { CUT = 1, COPY = 2, OUTLIVED = 4 };

enum { NOT_KNOWN = -1 };

/* A process as long as it runs one program; one that starts another is the next. */
struct program {
    int pid, parent;
    char *text; /* The directory, then the arguments, each of these ended by a NUL. */
    size_t directory, argv; /* Bytes of each. */
    int flags, how, code; /* Its exit code or its signal. */
    bool told; /* The host knows already that it runs. */
    double started, ended; /* Seconds since the command began; ended < 0: it runs. */
    long long peak; /* KiB. */
    /* Its process's place (process.c) before it was started, by which one knows whether it was;
     * 0 once that is settled. What it was until then, and that one's memory. */
    unsigned long long place;
    struct program *before;
    int memory;
    int fd; /* A pidfd of its process's. */
};

struct program *new_program(int pid, int parent, const char *directory, size_t directory_size,
                            const char *argv, size_t argv_size);
void free_program(struct program *program);
void end_program(struct program *program, int how, double at, int code, long long peak);

/* Pids, each with its program or none. */
struct pids {
    struct pid_entry *buckets[256];
};
struct program **find_pid(struct pids *pids, int pid); /* NULL where it is not there. */
bool put_pid(struct pids *pids, int pid, struct program *program);
void remove_pid(struct pids *pids, int pid);
void clear_pids(struct pids *pids);

struct ledger {
    unsigned long long step;
    long most, kept, left_out;
    size_t text;
    double began, leader_ended; /* leader_ended < 0: it runs. */
    bool cut_short;
    struct program *first; /* The command's own; NULL once it was told of. */
    int first_pid;
    struct program **programs;
    size_t count, room;
    struct pids live, out;
    int deaths; /* An epoll of the pidfds, made with the first; -1 before. */
};

/* What was seen of a process that is about to start a program. */
struct start {
    int pid, parent, fd, memory;
    unsigned long long place;
    const char *directory, *argv;
    size_t directory_size, argv_size;
    bool whole;
};

/* And of one that ends. */
struct end {
    int pid, parent, code;
    unsigned long long place, born;
    long long peak;
    bool became; /* What it tried last it is, whatever its place. */
};

double seconds_now(void);
double ledger_now(const struct ledger *ledger); /* Seconds since its command began. */
struct program *live_program(struct ledger *ledger, int pid);
bool ledger_add(struct ledger *ledger, struct program *program);
bool ledger_starts(struct ledger *ledger, const struct start *start);
bool ledger_ends(struct ledger *ledger, const struct end *end);
bool ledger_leaves_out(struct ledger *ledger, int thread);
bool ledger_outlived(const struct ledger *ledger, const struct program *program);
void ledger_forget(struct ledger *ledger);

/* How programs end (ends.c). */
void program_became(struct program *program);
void let_go_of(struct program *program);
void ledger_watch(struct ledger *ledger, struct program *program);
void ledger_over(struct ledger *ledger, struct program *program, int how, double at, int code,
                 long long peak);
void ledger_reaped(struct ledger *ledger, struct program *program, int status);
void ledger_look_after(struct ledger *ledger, struct program *program);
void ledger_look_after_all(struct ledger *ledger, bool over);
void ledger_hear_deaths(struct ledger *ledger);

/* Lines for the programs that ended since the last time, and that began and run. */
struct lines {
    char *text;
    size_t size, room;
};
bool ledger_tell(struct ledger *ledger, bool leave_first, struct lines *lines);

/* Bytes of arguments to read of the next program. */
size_t ledger_limit(const struct ledger *ledger);

/* Hears one notice; whether there was memory for it. */
bool hear(int listener, struct ledger *ledger);

/* Processes, as the agent may look at them (process.c). */
struct stat_line {
    int parent;
    unsigned long long born;
};
void set_agent(uid_t uid, gid_t gid);
void as_agent(bool yes); /* No more before Python goes on. */
int open_of(long pid, const char *name);
ssize_t read_of(long pid, const char *name, char *buffer, size_t size);
bool read_stat(long pid, struct stat_line *line);
long long number_after(const char *text, const char *name);
unsigned long long read_place(long pid); /* As whoever asks. */
unsigned long long place_of(long pid);   /* As the agent. */
bool parent_of(int pidfd, int *parent);
bool is_dead(int pidfd);
bool wait_status(int pidfd, int pid, int *status);

#endif
