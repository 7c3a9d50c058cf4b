/*
 * sandbox.c - resource limits, Landlock, seccomp: in that order, each behind the one before.
 *
 * Landlock decides which paths can be read, seccomp which calls can be made at all: Landlock knows
 * nothing of stat, sockets and programs, seccomp nothing of paths. The default answer is EPERM, not
 * death: libraries try things they can do without, and a new libc tries new ones. What no parser
 * ever does kills.
 */
#include "extractors/cage/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "extractors/cage/sandbox_parts.h"

#define DESCRIPTORS_MAX 32u

/* Poppler reads its character maps when a document first needs them: without these, Chinese,
 * Japanese and Korean text is lost in silence. */
static const char *const readable_folders[] = { "/usr/share/poppler" };

bool sandbox_level_from_name(const char *name, enum sandbox_level *out)
{
    static const char *const names[] = {
        [SANDBOX_OFF] = "off",
        [SANDBOX_REDUCED] = "reduced",
        [SANDBOX_REQUIRE] = "require",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum sandbox_level)i;
            return true;
        }
    }
    return false;
}

/* ---- resource limits ---- */

enum status sandbox_limit(int resource, uint64_t value, struct error *err)
{
    struct rlimit both = { .rlim_cur = value, .rlim_max = value };

    if (setrlimit((__rlimit_resource_t)resource, &both) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot set a resource limit");
    return STATUS_OK;
}

enum status sandbox_limit_memory(uint64_t memory_bytes_max, struct error *err)
{
    if (memory_bytes_max == 0 || SANDBOX_IS_SANITIZED)
        return STATUS_OK;
    return sandbox_limit(RLIMIT_AS, memory_bytes_max, err);
}

/* No limit of CPU time: a worker lives for many documents, and the daemon's clock is stricter. */
static enum status enter_limits(uint64_t memory_bytes_max, struct error *err)
{
    enum status status = sandbox_limit(RLIMIT_CORE, 0, err);

    if (!status)
        status = sandbox_limit(RLIMIT_FSIZE, 0, err);
    if (!status)
        status = sandbox_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err);
    if (!status)
        status = sandbox_limit_memory(memory_bytes_max, err);
    return status;
}

/* Root may do much that no wall here forbids. In a namespace where nobody is not mapped this fails,
 * and the other walls stand. */
void sandbox_leave_root(void)
{
    if (getuid() != 0)
        return;
    (void)setgroups(0, NULL);
    if (setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) == 0 &&
        setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) == 0)
        return;
    errno = 0;
}

/* ---- Landlock ---- */

static enum status enter_landlock(struct error *err)
{
    CLEANUP(close_fd) int fd = -1;
    enum status status = landlock_new(&fd, err);

    for (size_t i = 0; i < sizeof(readable_folders) / sizeof(readable_folders[0]) && !status; i++)
        status = landlock_allow(fd, readable_folders[i], LANDLOCK_READ, err);
    return status ? status : landlock_enter(fd, err);
}

/* ---- seccomp ---- */

static const int allowed_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvmsg),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(fcntl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(times),
    SCMP_SYS(getrusage),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sysinfo),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_getaffinity),
};

/* No parser, however broken, calls these by itself. */
static const int deadly_calls[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(mount),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(perf_event_open),
};

static int add_rules(scmp_filter_ctx filter, bool can_read_files)
{
    const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    int failed = 0;

    for (size_t i = 0; i < sizeof(allowed_calls) / sizeof(allowed_calls[0]); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    for (size_t i = 0; i < sizeof(deadly_calls) / sizeof(deadly_calls[0]); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly_calls[i], 0);
    /* No new machine code. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* glibc's fstat() is newfstatat(fd, "", AT_EMPTY_PATH). */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                               SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
    /* abort() in a library signals its own thread. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                               SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    /* The flags of clone3 cannot be seen here; libc goes back to clone, which is refused. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (can_read_files)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                                   SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));
    return failed;
}

static enum status enter_seccomp(bool can_read_files, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int failed;

    if (!filter)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the sandbox");
    failed = add_rules(filter, can_read_files);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed)
        return error_set(err, STATUS_UNSUPPORTED, "this kernel takes no system call filter");
    return STATUS_OK;
}

enum status sandbox_enter(enum sandbox_level level, uint64_t memory_bytes_max, struct error *err)
{
    bool is_caged = level != SANDBOX_OFF && !SANDBOX_IS_SANITIZED;
    enum status status;
    struct error problem;

    /* A write to a log that is a file would raise it, as FSIZE is 0: the write just fails. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (is_caged)
        sandbox_leave_root();
    /* A change of user cleared both. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, !is_caged);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot give up new privileges");
    status = enter_limits(is_caged ? memory_bytes_max : 0, err);
    if (status || !is_caged)
        return status;
    status = enter_landlock(&problem);
    if (status && level == SANDBOX_REQUIRE) {
        if (err)
            *err = problem;
        return status;
    }
    return enter_seccomp(status == STATUS_OK, err);
}
