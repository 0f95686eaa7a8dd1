/* The launcher: every process that works for the agent starts through it.
 *
 *   launch guest                    PID 1: filter on, then the guest itself
 *   launch abi                      print the Landlock ABI, and 1 where there may be a listener
 *   launch MODE UID GID LANDLOCK FLAGS LIMITS CWD FALLBACK ARGUMENT...
 *       exec PROGRAM ARGV...        become the program
 *       read PATH LIMIT             a regular file to stdout
 *       write PATH MODE             stdin to a regular file (MODE `-`: leave it alone)
 *       append PATH MODE            the same, at its end
 *       put ROOT                    a stream of files below ROOT
 *       ruleset                     build a Landlock ruleset, send it over STATE_FD
 *
 * LANDLOCK is `fd` (the ruleset on RULESET_FD must go on) or `none` (asked for by name).
 * FLAGS: `t` takes the terminal on stdin as its own, `s` keeps STATE_FD, `h` waits for a byte on
 *        GO_FD before it becomes the program, `r` hands a listener over LISTENER_FD to whoever
 *        keeps the record, `-` none of them.
 * LIMITS: `nofile=N,fsize=N,cpu=N,nproc=N`, each optional, `-` for none.
 *
 * It is static, needs nothing from the image, and a step that fails ends it: nothing ever runs
 * with less protection than was asked for. Only root can pass the first steps, so an agent that
 * starts it by hand gains nothing.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BUNDLE "/longleash"

void report(const char *kind, const char *what, long number) {
    char line[160];
    int size = snprintf(line, sizeof line, "%s %s %ld\n", kind, what, number);
    if (write(STATUS_FD, line, (size_t)size) < 0)
        (void)!write(2, line, (size_t)size);
}

_Noreturn void fault(const char *step) {
    report("fault", step, errno);
    _exit(EXIT_FAULT);
}

_Noreturn void file_error(const char *what, int number) {
    report("file", what, number);
    _exit(EXIT_FILE);
}

static void close_from(unsigned first, unsigned last) {
    if (first <= last && syscall(SYS_close_range, first, last, 0) < 0)
        fault("close_range");
}

static void close_descriptors(bool keep_listener, bool keep_go, bool keep_state, bool keep_ruleset) {
    /* The guest's own are close-on-exec already; this holds if one ever is not. */
    bool keep[] = {keep_listener, keep_go, keep_state, keep_ruleset, true};
    close_from(3, LISTENER_FD - 1);
    for (unsigned fd = LISTENER_FD; fd < STATUS_FD; fd++)
        if (!keep[fd - LISTENER_FD])
            close_from(fd, fd);
    close_from(STATUS_FD + 1, ~0U);
    if (fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC) < 0)
        fault("status pipe");
}

static void limit(int resource, const char *name, const char *limits) {
    size_t length = strlen(name);
    for (const char *item = limits; item; item = strchr(item, ',') ? strchr(item, ',') + 1 : NULL) {
        if (strncmp(item, name, length) != 0 || item[length] != '=')
            continue;
        rlim_t value = strtoull(item + length + 1, NULL, 10);
        struct rlimit both = {value, value};
        if (setrlimit(resource, &both) < 0)
            fault(name);
    }
}

static void set_limits(const char *limits) {
    limit(RLIMIT_NOFILE, "nofile", limits);
    limit(RLIMIT_FSIZE, "fsize", limits);
    limit(RLIMIT_CPU, "cpu", limits);
    limit(RLIMIT_NPROC, "nproc", limits); /* Counts the uid, across containers too. */
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0) /* A core file could be piped to the host. */
        fault("core");
}

static void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* The guest's ignored SIGPIPE is not the command's. */
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        fault("sigprocmask");
}

static void become(uid_t uid, gid_t gid) {
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            if (errno == EINVAL)
                break; /* Past the last one that this kernel knows. */
            fault("bounding set");
        }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        fault("ambient set");
    if (setgroups(0, NULL) < 0)
        fault("setgroups");
    if (setresgid(gid, gid, gid) < 0)
        fault("setresgid");
    if (setresuid(uid, uid, uid) < 0)
        fault("setresuid");
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct empty[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, empty) < 0)
        fault("capset");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fault("no_new_privs");
    if (getuid() == 0 || getuid() != uid || geteuid() != uid || getgid() != gid) {
        errno = EPERM;
        fault("uid");
    }
}

static void volunteer_for_oom(void) {
    /* Memory that runs out must cost a command, never the guest. Best effort: no /proc, no help. */
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, "500", 3);
    close(fd);
}

static void enter(const char *cwd, const char *fallback) {
    if (chdir(cwd) == 0)
        return;
    report("cwd_lost", "chdir", errno);
    if (chdir(fallback) < 0 && chdir("/") < 0)
        fault("chdir");
}

static void wait_to_go(void) {
    /* Everything is on already, and until the exec this process is not dumpable: no process of
     * the agent's can open its end of the pipe and let it go. */
    char byte;
    ssize_t got;
    do
        got = read(GO_FD, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fault("go");
    if (got == 0)
        _exit(EXIT_FAULT); /* Nobody is left to say so. */
    close(GO_FD);
}

static _Noreturn void become_guest(void) {
    /* Nothing of the image's environment, PATH or libraries reaches the guest. Its children
     * inherit the filter, which is why starting one costs no filter of its own. */
    install_filter();
    char *argv[] = {"python3", "--library-path", BUNDLE "/lib", "--argv0", BUNDLE "/bin/python3",
                    BUNDLE "/bin/python3", "-I", "-S", "-B", "-X", "utf8", "-c",
                    "from guest.main import main; main()", NULL};
    char *env[] = {"LC_ALL=C.UTF-8", NULL};
    execve(BUNDLE "/lib/ld.so", argv, env);
    perror("launch: " BUNDLE "/lib/ld.so");
    _exit(EXIT_FAULT);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "guest") == 0)
        become_guest();
    if (argc == 2 && strcmp(argv[1], "abi") == 0)
        return printf("%d %d\n", landlock_abi(), can_listen()) < 0;
    if (argc < 9) {
        errno = EINVAL;
        fault("arguments");
    }
    const char *mode = argv[1], *landlock = argv[4], *flags = argv[5];
    char **rest = argv + 9;
    int count = argc - 9;
    bool restricted = strcmp(landlock, "none") != 0;
    bool building = strcmp(mode, "ruleset") == 0;

    if (setsid() < 0)
        fault("setsid");
    if (strchr(flags, 't') && ioctl(0, TIOCSCTTY, 0) < 0)
        fault("terminal");
    bool held = strchr(flags, 'h') != NULL, recorded = strchr(flags, 'r') != NULL;
    close_descriptors(recorded, held, building || strchr(flags, 's'), restricted);
    reset_signals();
    umask(022);
    set_limits(argv[6]);
    volunteer_for_oom();
    become((uid_t)strtoul(argv[2], NULL, 10), (gid_t)strtoul(argv[3], NULL, 10));
    if (building)
        build_ruleset();
    enter(argv[7], argv[8]);
    if (restricted)
        restrict_to(RULESET_FD);
    install_filter();
    uint64_t token = recorded ? hand_over_listener() : 0;
    if (held)
        wait_to_go();

    if (strcmp(mode, "exec") == 0 && count >= 2)
        become_program(rest[0], rest + 1, token);
    if (strcmp(mode, "read") == 0 && count == 2)
        read_file(rest[0], rest[1]);
    if (strcmp(mode, "write") == 0 && count == 2)
        write_file(rest[0], rest[1], false);
    if (strcmp(mode, "append") == 0 && count == 2)
        write_file(rest[0], rest[1], true);
    if (strcmp(mode, "put") == 0 && count == 1)
        put_files(rest[0]);
    errno = EINVAL;
    fault("mode");
}
