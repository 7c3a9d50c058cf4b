/* What a child gets and does not get, and that it ends. The child is this program itself: "--child
 * WHAT". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "embed/lines.h"

extern char **environ;

/* ---- the child ---- */

static void list_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;

    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != dirfd(folder))
            printf("fd %s\n", entry->d_name);
    (void)closedir(folder);
}

static void list_signals(void)
{
    sigset_t mask;

    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;

        if (sigismember(&mask, number) == 1)
            printf("blocked %d\n", number);
        /* A sanitizer's runtime handles crashes, in the child as well. */
        if (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL)
            continue;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            printf("handled %d\n", number);
    }
}

static int run_child(const char *what)
{
    char line[256];

    if (strcmp(what, "tell") == 0) {
        list_descriptors();
        list_signals();
        for (char **entry = environ; *entry; entry++)
            printf("env %s\n", *entry);
        printf("group %d\n", getpgrp() == getpid());
        return 7;
    }
    if (strcmp(what, "stubborn") == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        printf("ready\n");
        (void)fflush(stdout);
        for (;;)
            pause();
    }
    if (strcmp(what, "parent") == 0) { /* leaves a grandchild behind */
        if (fork() == 0)
            for (;;)
                pause();
        printf("ready\n");
        return 0;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof(line), stdin)) /* echo */
        fputs(line, stdout);
    return 0;
}

/* ---- the tests ---- */

struct talk {
    struct loop *loop;
    struct lines *lines;
    char said[16384], how[128];
    size_t line_count, drained_count;
    pid_t id;
};

static void on_line(void *user, struct span line)
{
    struct talk *talk = user;
    size_t used = strlen(talk->said);

    talk->line_count++;
    if (used + line.len + 2 < sizeof(talk->said))
        (void)snprintf(talk->said + used, sizeof(talk->said) - used, "%.*s\n", (int)line.len,
                       line.data);
}

static void on_drained(void *user)
{
    struct talk *talk = user;

    talk->drained_count++;
}

static void on_ended(void *user, const char *how)
{
    struct talk *talk = user;

    (void)snprintf(talk->how, sizeof(talk->how), "%s", how);
}

static void start(struct talk *talk, const char *what, size_t line_bytes_max)
{
    const char *const arguments[] = { "/proc/self/exe", "--child", what, NULL };
    const char *const environment[] = { "PATH=/usr/bin:/bin", "SECRET=x", "LANG=C",
                                        "PATHS=no",           "TOKEN=t",  NULL };
    const char *const passed[] = { "TOKEN", "MISSING", NULL };
    struct lines_options options = { .process = { .arguments = arguments,
                                                  .environment = environment,
                                                  .passed_names = passed,
                                                  .grace_ms = 100 },
                                     .line_bytes_max = line_bytes_max,
                                     .queue_bytes_max = 1 << 20 };
    struct lines_events events = {
        .line = on_line, .drained = on_drained, .ended = on_ended, .user = talk
    };

    memset(talk, 0, sizeof(*talk));
    assert_int_equal(loop_new(&talk->loop, NULL), STATUS_OK);
    assert_int_equal(lines_start(talk->loop, &options, &events, &talk->lines, NULL), STATUS_OK);
    talk->id = lines_process_id(talk->lines);
}

static void step_until(struct talk *talk, const char *said)
{
    int64_t end_ms = os_monotonic_ms() + 20000;

    while (said ? !strstr(talk->said, said) : !talk->how[0]) {
        assert_true(os_monotonic_ms() < end_ms);
        assert_int_equal(loop_step(talk->loop, 1000, NULL), STATUS_OK);
    }
}

static void finish(struct talk *talk)
{
    lines_free(talk->lines);
    loop_free(talk->loop);
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void do_nothing(int number)
{
    (void)number;
}

static void test_inherits_nothing(void **state)
{
    struct talk talk;
    int open_fd = open("/dev/null", O_RDONLY); /* not close-on-exec */
    sigset_t mask, before;

    (void)state;
    assert_true(open_fd >= 0);
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR2);
    (void)sigprocmask(SIG_BLOCK, &mask, &before);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGUSR1, do_nothing);
    start(&talk, "tell", 4096);
    step_until(&talk, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGUSR1, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)close(open_fd);
    assert_string_equal(talk.how, "ended with status 7");
    assert_string_equal(talk.said, "fd 0\nfd 1\nfd 2\nenv PATH=/usr/bin:/bin\nenv LANG=C\nenv "
                                   "TOKEN=t\ngroup 1\n");
    finish(&talk);
}

static void test_stubborn_is_killed(void **state)
{
    struct talk talk;

    (void)state;
    start(&talk, "stubborn", 4096);
    step_until(&talk, "ready");
    lines_stop(talk.lines);
    step_until(&talk, NULL);
    assert_string_equal(talk.how, "was ended by signal 9 (Killed)");
    finish(&talk);
    start(&talk, "stubborn", 4096);
    step_until(&talk, "ready");
    finish(&talk); /* lines_free() ends it as well */
}

static void test_group_dies_with_its_leader(void **state)
{
    struct talk talk;
    int tries = 0;

    (void)state;
    start(&talk, "parent", 4096);
    step_until(&talk, NULL);
    /* The grandchild is adopted and reaped by init in its own time: a dead one has no memory map.
     */
    while (kill(-talk.id, 0) == 0 && tries++ < 500)
        (void)usleep(10000);
    assert_true(tries < 500);
    finish(&talk);
}

/* More than the pipes hold, both ways at once, in both orders of being slow. */
static void test_echo_never_deadlocks(void **state)
{
    struct talk talk;
    char line[200];
    size_t sent = 0;
    int64_t end_ms = os_monotonic_ms() + 60000;

    (void)state;
    memset(line, 'x', sizeof(line));
    start(&talk, "echo", 4096);
    while (talk.line_count < 50000) {
        assert_true(os_monotonic_ms() < end_ms);
        while (sent < 50000 &&
               lines_send(talk.lines, (struct span){ line, sizeof(line) }, NULL) == STATUS_OK)
            sent++;
        assert_int_equal(loop_step(talk.loop, 5000, NULL), STATUS_OK);
    }
    assert_int_equal(lines_queued_bytes(talk.lines), 0);
    assert_true(talk.drained_count > 0);
    lines_stop(talk.lines);
    step_until(&talk, NULL);
    assert_string_equal(talk.how, "ended with status 0");
    finish(&talk);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inherits_nothing),
        cmocka_unit_test(test_stubborn_is_killed),
        cmocka_unit_test(test_group_dies_with_its_leader),
        cmocka_unit_test(test_echo_never_deadlocks),
    };

    if (argc == 3 && strcmp(argv[1], "--child") == 0)
        return run_child(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
