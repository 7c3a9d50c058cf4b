/*
 * test_sandbox.c - what code of an attacker inside the worker could try.
 *
 * Each act runs in a child of its own, in the cage; it must be refused or be the child's end.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "extractors/cage/sandbox.h"

#define MEMORY_MAX ((uint64_t)512 << 20)

enum { REFUSED = 0, SUCCEEDED = 40, NO_CAGE = 41 };

typedef long act_fn(void);

static long open_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long open_environment(void)
{
    return open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
}

static long create_file(void)
{
    return open("/tmp/varve-test-owned", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}

static long truncate_allowed(void)
{
    return open("/usr/share/poppler/cMap/Adobe-Japan1/90ms-RKSJ-H", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static long stat_file(void)
{
    struct stat stamp;

    return stat("/etc/passwd", &stamp);
}

static long open_internet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long open_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long fork_child(void)
{
    long pid = fork();

    if (pid == 0)
        _exit(0);
    return pid;
}

static long kill_parent(void)
{
    return kill(getppid(), SIGUSR1);
}

static long run_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static long trace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long map_code(void)
{
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return code == MAP_FAILED ? -1 : 0;
}

static long open_ring(void)
{
    static char parameters[256];

    return syscall(SYS_io_uring_setup, 8, parameters);
}

static long take_memory(void)
{
    void *bytes =
        mmap(NULL, (size_t)2 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return bytes == MAP_FAILED ? -1 : 0;
}

static long become_root(void)
{
    return setuid(0);
}

static int run(act_fn *act)
{
    int wait_status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (sandbox_enter(SANDBOX_REQUIRE, MEMORY_MAX, NULL))
            _exit(NO_CAGE);
        _exit(act() < 0 ? REFUSED : SUCCEEDED);
    }
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : REFUSED;
}

static long do_nothing(void)
{
    return 0;
}

static void acts_are_refused(void **state)
{
    static const struct {
        const char *name;
        act_fn *act;
    } acts[] = {
        { "open a file", open_file },
        { "open /proc", open_environment },
        { "create a file", create_file },
        { "truncate what can be read", truncate_allowed },
        { "stat", stat_file },
        { "open an internet socket", open_internet },
        { "open a local socket", open_unix },
        { "fork", fork_child },
        { "signal the parent", kill_parent },
        { "run a program", run_program },
        { "trace the parent", trace_parent },
        { "map machine code", map_code },
        { "open a ring", open_ring },
        { "take 2 GiB", take_memory },
        { "become root", become_root },
    };

    (void)state;
    if (run(do_nothing) == NO_CAGE || run(take_memory) == SUCCEEDED)
        skip(); /* a kernel without Landlock, or a sanitizer */
    assert_int_equal(run(do_nothing), SUCCEEDED);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        int answer = run(acts[i].act);

        if (answer != REFUSED)
            print_error("%s: %d\n", acts[i].name, answer);
        assert_int_equal(answer, REFUSED);
    }
}

static void level_names(void **state)
{
    enum sandbox_level level;

    (void)state;
    assert_true(sandbox_level_from_name("require", &level));
    assert_int_equal(level, SANDBOX_REQUIRE);
    assert_false(sandbox_level_from_name("maybe", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acts_are_refused),
        cmocka_unit_test(level_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
