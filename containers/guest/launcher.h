/* What the launcher's files share. See launcher.c for what the whole is. */
#ifndef LONGLEASH_LAUNCHER_H
#define LONGLEASH_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors the guest hands over, high enough that no script's `exec 3>` meets them. */
enum { LISTENER_FD = 95, GO_FD = 96, STATE_FD = 97, RULESET_FD = 98, STATUS_FD = 99 };

/* Exit statuses; the guest believes STATUS_FD, these are for a person with a shell. */
enum { EXIT_FAULT = 120, EXIT_FILE = 121, EXIT_CANNOT_EXEC = 126, EXIT_NOT_FOUND = 127 };

/* Tell the guest, on a pipe that no command ever holds: "KIND WHAT NUMBER\n". */
void report(const char *kind, const char *what, long number);
_Noreturn void fault(const char *step);
_Noreturn void file_error(const char *what, int number);

/* filter.c */
void install_filter(void);

/* listener.c */
bool can_listen(void);
uint64_t hand_over_listener(void); /* Returns what `become_program` is to be given. */

/* exec.c */
_Noreturn void become_program(const char *name, char **argv, uint64_t token);

/* ruleset.c */
int landlock_abi(void);
void restrict_to(int ruleset_fd);
_Noreturn void build_ruleset(void);

/* files.c */
_Noreturn void read_file(const char *path, const char *limit);
_Noreturn void write_file(const char *path, const char *mode, bool append);
_Noreturn void put_files(const char *root);
bool read_exactly(int fd, void *buffer, size_t size);
bool write_all(int fd, const void *buffer, size_t size);

#endif
