/*
 * sandbox_program.c - as sandbox.c, but for programs: what is not known to be harmful is allowed,
 * since nobody can say what a program needs. Paths are Landlock's; seccomp takes the network, other
 * processes and the ways out of the process group.
 */
#include "extractors/cage/sandbox_program.h"

#include <dirent.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "extractors/cage/sandbox_parts.h"

#define DESCRIPTORS_MAX 256u
#define NAMESPACE_FLAGS 0x7E020000u /* CLONE_NEW*: user, pid, net, ipc, uts, cgroup, mount */

int program_cage_user(enum sandbox_level level)
{
    return level != SANDBOX_OFF && !SANDBOX_IS_SANITIZED && getuid() == 0 ? (int)SANDBOX_NOBODY
                                                                          : -1;
}

/* RLIMIT_NPROC counts all tasks of the user, so the limit is what there is now and some more. */
static unsigned tasks_of_user(void)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    unsigned count = 0;

    if (!processes)
        return 0;
    while ((entry = readdir(processes))) {
        char path[64];
        struct stat st;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
            (size_t)snprintf(path, sizeof(path), "/proc/%.32s/task", entry->d_name) >= sizeof(path))
            continue;
        if (stat(path, &st) == 0 && st.st_uid == getuid())
            count += st.st_nlink > 2 ? (unsigned)st.st_nlink - 2 : 1;
    }
    (void)closedir(processes);
    return count;
}

static enum status enter_limits(const struct program_cage *cage, struct error *err)
{
    enum status status = sandbox_limit(RLIMIT_CORE, 0, err);

    if (!status)
        status = sandbox_limit(RLIMIT_FSIZE, cage->file_bytes_max, err);
    if (!status)
        status = sandbox_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err);
    if (!status)
        status = sandbox_limit(RLIMIT_CPU, cage->seconds_max, err);
    if (!status)
        status = sandbox_limit(RLIMIT_NPROC, tasks_of_user() + cage->process_count_max, err);
    return status;
}

static enum status enter_landlock(const struct program_cage *cage, struct error *err)
{
    static const char *const installed[] = { "/usr",
                                             "/bin",
                                             "/sbin",
                                             "/lib",
                                             "/lib32",
                                             "/lib64",
                                             "/libx32",
                                             "/etc",
                                             "/opt",
                                             "/var/lib/texmf",

                                             "/var/lib/ghostscript",
                                             "/var/spool/libreoffice",
                                             "/var/cache/fontconfig" };
    static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/urandom",
                                           "/dev/random" };
    CLEANUP(close_fd) int fd = -1;
    enum status status = landlock_new(&fd, err);

    for (size_t i = 0; i < sizeof(installed) / sizeof(installed[0]) && !status; i++)
        status = landlock_allow(fd, installed[i], LANDLOCK_READ_EXECUTE, err);
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]) && !status; i++)
        status = landlock_allow(fd, devices[i], LANDLOCK_ALL, err);
    for (const char *const *path = cage->readable; path && *path && !status; path++)
        status = landlock_allow(fd, *path, LANDLOCK_READ_EXECUTE, err);
    for (const char *const *path = cage->writable; path && *path && !status; path++)
        status = landlock_allow(fd, *path, LANDLOCK_ALL, err);
    /* What lies there of other processes is closed to a process under Landlock. */
    if (!status)
        status = landlock_allow(fd, "/proc", LANDLOCK_READ, err);
    if (!status)
        status = landlock_allow(fd, cage->program, LANDLOCK_READ_EXECUTE, err);
    if (!status)
        status = landlock_allow(fd, cage->folder, LANDLOCK_ALL, err);
    return status ? status : landlock_enter(fd, err);
}

/* ---- seccomp ---- */

static const int refused_calls[] = {
    SCMP_SYS(setsid), /* the ways out of the process group */
    SCMP_SYS(setpgid),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(quotactl),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(acct),
    SCMP_SYS(setpriority),
    SCMP_SYS(mq_open),
    SCMP_SYS(shmget), /* outlives the process */
    SCMP_SYS(semget),
    SCMP_SYS(msgget),
};

static int add_rules(scmp_filter_ctx filter)
{
    const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
    int failed = 0;

    for (size_t i = 0; i < sizeof(refused_calls) / sizeof(refused_calls[0]); i++)
        failed |= seccomp_rule_add(filter, refused, refused_calls[i], 0);
    /* No service, local ones included: our own control socket, the session's bus that starts
     * programs. "Nobody answers" is what programs are ready for. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ECONNREFUSED), SCMP_SYS(connect), 0);
    /* Local sockets between its own processes, of streams only: a datagram needs no connect. */
    failed |=
        seccomp_rule_add(filter, refused, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    failed |=
        seccomp_rule_add(filter, refused, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0),
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 0xF, SOCK_DGRAM));
    failed |= seccomp_rule_add(filter, refused, SCMP_SYS(socketpair), 1,
                               SCMP_A1(SCMP_CMP_MASKED_EQ, 0xF, SOCK_DGRAM));
    /* Keys typed into the terminal that the daemon was started from. */
    failed |= seccomp_rule_add(filter, refused, SCMP_SYS(ioctl), 1,
                               SCMP_A1(SCMP_CMP_MASKED_EQ, 0xFFFFFFFFu, TIOCSTI));
    for (uint32_t flag = 1; flag; flag <<= 1)
        if (flag & NAMESPACE_FLAGS)
            failed |= seccomp_rule_add(filter, refused, SCMP_SYS(clone), 1,
                                       SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
    /* The flags of clone3 cannot be seen here; libc goes back to clone. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return failed;
}

static enum status enter_seccomp(struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int failed;

    if (!filter)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the sandbox");
    failed = add_rules(filter);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed)
        return error_set(err, STATUS_UNSUPPORTED, "this kernel takes no system call filter");
    return STATUS_OK;
}

enum status program_cage_enter(const struct program_cage *cage, struct error *err)
{
    bool is_caged = cage->level != SANDBOX_OFF;
    struct error problem;
    enum status status;

    if (program_cage_user(cage->level) >= 0)
        sandbox_leave_root();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user cleared it */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot give up new privileges");
    status = enter_limits(cage, err);
    if (status)
        return status;
    status = is_caged ? enter_landlock(cage, &problem) : STATUS_OK;
    if (status && cage->level == SANDBOX_REQUIRE) {
        if (err)
            *err = problem;
        return status;
    }
    status = is_caged ? enter_seccomp(err) : STATUS_OK;
    /* Last, as it is for the program: we may have more than that mapped already. */
    return status ? status : sandbox_limit(RLIMIT_AS, cage->memory_bytes_max, err);
}
