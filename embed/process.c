#include "embed/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/stderr_log.h"

/* From <linux/close_range.h>: all that exec would hand over is marked to be closed by it. */
#define CLOSE_ON_EXEC    (1U << 2)
#define PIPE_BYTES       (1 << 20) /* asked for; less is fine */
#define DRAIN_ROUNDS_MAX 64        /* of readable(), once the child is dead */
#define GRACE_MS         2000

struct process {
    struct loop *loop;
    struct process_events events;
    pid_t id;
    int input_fd, output_fd, error_fd, pid_fd; /* -1: closed */
    struct loop_watch *input_watch, *output_watch, *error_watch, *pid_watch;
    struct loop_timer *stop_timer;
    int64_t grace_ms;
    bool is_stopping, was_terminated;
    struct stderr_log stderr_log;
};

/* What the child needs, all made before the fork: after it only async-signal-safe calls are
 * allowed, as the host may have threads. */
struct launch {
    const char *path;
    char **arguments;
    char **environment;
    const char *folder;
    int input_fd, output_fd, error_fd;
    int report_fd; /* gets errno when the program can't be executed */
    pid_t parent_id;
};

static void reset_signals(void)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &action, NULL); /* KILL and STOP refuse */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool install_streams(const struct launch *launch)
{
    /* Lifted first: with a host that has no standard streams, a pipe may itself be 0, 1 or 2. */
    int input_fd = fcntl(launch->input_fd, F_DUPFD_CLOEXEC, 10);
    int output_fd = fcntl(launch->output_fd, F_DUPFD_CLOEXEC, 10);
    int error_fd = fcntl(launch->error_fd, F_DUPFD_CLOEXEC, 10);

    return input_fd >= 0 && output_fd >= 0 && error_fd >= 0 && dup2(input_fd, 0) == 0 &&
           dup2(output_fd, 1) == 1 && dup2(error_fd, 2) == 2;
}

__attribute__((noreturn)) static void run_child(const struct launch *launch)
{
    int report_fd = fcntl(launch->report_fd, F_DUPFD_CLOEXEC, 10), failure;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == launch->parent_id && install_streams(launch) &&
        (!launch->folder || chdir(launch->folder) == 0) &&
        close_range(3, ~0U, CLOSE_ON_EXEC) == 0) {
        reset_signals();
        (void)execve(launch->path, launch->arguments, launch->environment);
    }
    failure = errno;
    if (write(report_fd, &failure, sizeof(failure)) < 0)
        _exit(126);
    _exit(127);
}

static bool is_passed(const char *entry, const char *const *names)
{
    size_t len = strcspn(entry, "=");

    for (; names && *names; names++)
        if (strlen(*names) == len && memcmp(*names, entry, len) == 0)
            return true;
    return false;
}

/* A NULL-terminated array; its strings stay borrowed. */
static char **build_environment(const struct process_options *options)
{
    static const char *const always[] = { "PATH", "LANG", "HOME", NULL };
    size_t count = 0, kept = 0;
    char **out;

    while (options->environment && options->environment[count])
        count++;
    out = calloc(count + 1, sizeof(*out));
    for (size_t i = 0; out && i < count; i++) {
        const char *entry = options->environment[i];

        if (is_passed(entry, always) || is_passed(entry, options->passed_names))
            memcpy(&out[kept++], &entry, sizeof(entry)); /* execve() wants char *, and writes not */
    }
    return out;
}

static char **build_arguments(const struct process_options *options)
{
    size_t count = 0;
    char **out;

    while (options->arguments[count])
        count++;
    out = calloc(count + 1, sizeof(*out));
    if (out)
        memcpy(out, options->arguments, count * sizeof(*out));
    return out;
}

static const char *find_variable(const struct process_options *options, const char *name)
{
    size_t len = strlen(name);

    for (const char *const *entry = options->environment; entry && *entry; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    return NULL;
}

static enum status find_executable(const struct process_options *options, struct buf *path,
                                   struct error *err)
{
    const char *name = options->arguments[0], *folders = find_variable(options, "PATH");

    if (strchr(name, '/')) {
        buf_append(path, name, strlen(name));
        return buf_status(path, err);
    }
    if (!folders)
        folders = "/usr/local/bin:/usr/bin:/bin";
    while (*name && *folders) {
        size_t len = strcspn(folders, ":");

        buf_clear(path);
        buf_printf(path, "%.*s/%s", (int)len, folders, name);
        if (len > 0 && buf_status(path, NULL) == STATUS_OK && access(path->data, X_OK) == 0)
            return STATUS_OK;
        folders += folders[len] ? len + 1 : len;
    }
    errno = ENOENT;
    return error_set_errno(err, STATUS_UNREADABLE, "cannot start '%s', which is not in PATH", name);
}

static enum status explain_failure(const char *path, int failure, struct error *err)
{
    bool is_there = access(path, F_OK) == 0;

    errno = failure;
    if (failure == ENOEXEC) {
        (void)error_set(err, STATUS_UNREADABLE,
                        "cannot start '%s': not a program, and no script with a #! line", path);
        return STATUS_UNREADABLE;
    }
    if (failure == ENOENT && is_there)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot start '%s', its interpreter", path);
    return error_set_errno(err, STATUS_UNREADABLE, "cannot start '%s'", path);
}

/* Waits until the child has become the program, or has said why not: this takes no longer than
 * exec. */
static enum status read_report(int report_fd, const char *path, struct error *err)
{
    int failure = 0;
    ssize_t got;

    do
        got = read(report_fd, &failure, sizeof(failure));
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(failure) ? explain_failure(path, failure, err) : STATUS_OK;
}

static enum status make_pipe(int *read_fd, int *write_fd, struct error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set_errno(err, STATUS_BUSY, "cannot make a pipe");
    *read_fd = ends[0];
    *write_fd = ends[1];
    return STATUS_OK;
}

/* Signals stay blocked in the child until its handlers are reset: the host's must not run there. */
static pid_t fork_blocked(const struct launch *launch)
{
    sigset_t all, before;
    pid_t id;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    id = fork();
    if (id == 0)
        run_child(launch);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (id > 0)
        (void)setpgid(id, id); /* here as well, so that the group can be signalled at once */
    return id;
}

static enum status execute(struct process *process, struct launch *launch, struct error *err)
{
    CLEANUP(close_fd) int input_fd = -1;
    CLEANUP(close_fd) int output_fd = -1;
    CLEANUP(close_fd) int error_fd = -1;
    CLEANUP(close_fd) int report_read_fd = -1;
    int report_write_fd = -1;
    enum status status;

    status = make_pipe(&input_fd, &process->input_fd, err);
    if (!status)
        status = make_pipe(&process->output_fd, &output_fd, err);
    if (!status)
        status = make_pipe(&process->error_fd, &error_fd, err);
    if (!status)
        status = make_pipe(&report_read_fd, &report_write_fd, err);
    if (status)
        return status;
    (void)fcntl(process->input_fd, F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(process->output_fd, F_SETPIPE_SZ, PIPE_BYTES);
    launch->input_fd = input_fd;
    launch->output_fd = output_fd;
    launch->error_fd = error_fd;
    launch->report_fd = report_write_fd;
    launch->parent_id = getpid();
    process->id = fork_blocked(launch);
    (void)close(report_write_fd);
    if (process->id < 0)
        return error_set_errno(err, STATUS_BUSY, "cannot start '%s'", launch->path);
    process->pid_fd = pidfd_open(process->id, 0);
    if (process->pid_fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot watch process %d", (int)process->id);
    return read_report(report_read_fd, launch->path, err);
}

static void close_stream(int *fd, struct loop_watch **watch)
{
    loop_unwatch(*watch);
    *watch = NULL;
    close_fd(fd);
    *fd = -1;
}

static void signal_group(const struct process *process, int number)
{
    if (process->id > 0 && kill(-process->id, number) < 0)
        (void)kill(process->id, number);
}

/* While the leader is a zombie its number can't be taken by another process, so whatever is left of
 * the group is killed before it is reaped. */
static void reap(struct process *process, char *how, size_t room)
{
    siginfo_t info = { .si_pid = 0 };

    if (process->id <= 0)
        return;
    signal_group(process, SIGKILL);
    while (waitid(P_PID, (id_t)process->id, &info, WEXITED) < 0 && errno == EINTR)
        ;
    process->id = 0;
    if (!how)
        return;
    if (info.si_code == CLD_EXITED)
        (void)snprintf(how, room, "ended with status %d", info.si_status);
    else
        (void)snprintf(how, room, "was ended by signal %d (%s)", info.si_status,
                       sigdescr_np(info.si_status) ? sigdescr_np(info.si_status) : "unknown");
}

static void on_input(void *user, unsigned ready)
{
    struct process *process = user;

    if (ready & LOOP_HANGUP) { /* it closed its end: nothing that we write would be read */
        close_stream(&process->input_fd, &process->input_watch);
        return;
    }
    loop_watch_interest(process->input_watch, 0);
    process->events.writable(process->events.user);
}

static void on_output(void *user, unsigned ready)
{
    struct process *process = user;

    (void)ready;
    process->events.readable(process->events.user);
}

static void on_error(void *user, unsigned ready)
{
    struct process *process = user;

    (void)ready;
    if (stderr_log_read(&process->stderr_log, process->error_fd) == STDERR_CLOSED)
        close_stream(&process->error_fd, &process->error_watch);
}

static void close_all(struct process *process)
{
    close_stream(&process->input_fd, &process->input_watch);
    close_stream(&process->output_fd, &process->output_watch);
    close_stream(&process->error_fd, &process->error_watch);
    close_stream(&process->pid_fd, &process->pid_watch);
    loop_timer_free(process->stop_timer);
    process->stop_timer = NULL;
}

/* What it wrote before it died still counts: an answer must not be lost to a race with the end. */
static void on_end(void *user, unsigned ready)
{
    struct process *process = user;
    char how[80] = "ended";

    (void)ready;
    for (int i = 0; i < DRAIN_ROUNDS_MAX && process->output_fd >= 0; i++) {
        struct pollfd more = { .fd = process->output_fd, .events = POLLIN };

        if (poll(&more, 1, 0) != 1 || !(more.revents & POLLIN))
            break;
        process->events.readable(process->events.user);
    }
    for (int i = 0; i < DRAIN_ROUNDS_MAX && process->error_fd >= 0; i++)
        if (stderr_log_read(&process->stderr_log, process->error_fd) != STDERR_MORE)
            break;
    stderr_log_finish(&process->stderr_log);
    reap(process, how, sizeof(how));
    close_all(process);
    process->events.ended(process->events.user, how); /* may free it: nothing comes after */
}

static void on_stop_timer(void *user)
{
    struct process *process = user;

    signal_group(process, process->was_terminated ? SIGKILL : SIGTERM);
    if (process->was_terminated)
        return;
    process->was_terminated = true;
    loop_timer_set(process->stop_timer, process->grace_ms);
}

static enum status watch_streams(struct process *process, struct error *err)
{
    struct loop *loop = process->loop;
    enum status status;

    if (fcntl(process->input_fd, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(process->output_fd, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(process->error_fd, F_SETFL, O_NONBLOCK) < 0)
        return error_set_errno(err, STATUS_IO, "cannot set up pipes");
    status = loop_timer_new(loop, on_stop_timer, process, &process->stop_timer, err);
    if (!status)
        status = loop_watch_fd(loop, process->input_fd, 0, on_input, process, &process->input_watch,
                               err);
    if (!status)
        status = loop_watch_fd(loop, process->output_fd, LOOP_READ, on_output, process,
                               &process->output_watch, err);
    if (!status)
        status = loop_watch_fd(loop, process->error_fd, LOOP_READ, on_error, process,
                               &process->error_watch, err);
    if (!status)
        status = loop_watch_fd(loop, process->pid_fd, LOOP_READ, on_end, process,
                               &process->pid_watch, err);
    return status;
}

static enum status start_with(struct process *process, const struct process_options *options,
                              struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    struct launch launch = { .folder = options->folder };
    enum status status = find_executable(options, &path, err);

    if (status)
        return status;
    launch.path = path.data;
    launch.arguments = build_arguments(options);
    launch.environment = build_environment(options);
    if (launch.arguments && launch.environment)
        status = execute(process, &launch, err);
    else
        status = error_set(err, STATUS_NO_MEMORY, "no memory to start '%s'", path.data);
    free(launch.arguments);
    free(launch.environment);
    return status ? status : watch_streams(process, err);
}

enum status process_start(struct loop *loop, const struct process_options *options,
                          const struct process_events *events, struct process **out,
                          struct error *err)
{
    struct process *process = calloc(1, sizeof(*process));
    enum status status;

    if (!process)
        return error_set(err, STATUS_NO_MEMORY, "no memory to start a process");
    process->loop = loop;
    process->events = *events;
    process->grace_ms = options->grace_ms > 0 ? options->grace_ms : GRACE_MS;
    process->input_fd = process->output_fd = process->error_fd = process->pid_fd = -1;
    stderr_log_init(&process->stderr_log, options->log, options->arguments[0]);
    status = start_with(process, options, err);
    if (status) {
        process_kill(process);
        process_free(process);
        return status;
    }
    *out = process;
    return STATUS_OK;
}

/* write() without SIGPIPE, whatever the host does with that signal: it is blocked, and one that
 * came from this write is taken back. */
static ssize_t write_quietly(int fd, struct span bytes)
{
    static const struct timespec now = { 0 };
    sigset_t pipe_signal, before, pending;
    ssize_t written;
    int failure;

    (void)sigemptyset(&pipe_signal);
    (void)sigaddset(&pipe_signal, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    (void)sigpending(&pending);
    written = write(fd, bytes.data, bytes.len);
    failure = errno;
    if (written < 0 && failure == EPIPE && !sigismember(&pending, SIGPIPE))
        (void)sigtimedwait(&pipe_signal, NULL, &now);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failure;
    return written;
}

size_t process_write(struct process *process, struct span bytes)
{
    size_t taken = 0;

    while (taken < bytes.len && process->input_fd >= 0) {
        ssize_t written = write_quietly(process->input_fd,
                                        (struct span){ bytes.data + taken, bytes.len - taken });

        if (written > 0) {
            taken += (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            loop_watch_interest(process->input_watch, LOOP_WRITE);
            break;
        } else if (written < 0 && errno != EINTR) {
            close_stream(&process->input_fd, &process->input_watch);
        }
    }
    return taken;
}

size_t process_read(struct process *process, char *to, size_t room)
{
    ssize_t got;

    if (process->output_fd < 0 || room == 0)
        return 0;
    do
        got = read(process->output_fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return (size_t)got;
    if (got == 0 || errno != EAGAIN) {
        close_stream(&process->output_fd, &process->output_watch);
        process_stop(process);
    }
    return 0;
}

void process_stop(struct process *process)
{
    if (process->is_stopping || process->id <= 0)
        return;
    process->is_stopping = true;
    close_stream(&process->input_fd, &process->input_watch);
    if (process->stop_timer)
        loop_timer_set(process->stop_timer, process->grace_ms);
}

void process_kill(struct process *process)
{
    process->is_stopping = true;
    signal_group(process, SIGKILL);
}

pid_t process_id(const struct process *process)
{
    return process->id;
}

const char *process_last_words(const struct process *process)
{
    return process->stderr_log.last_line;
}

static bool wait_for_end(const struct process *process, int64_t timeout_ms)
{
    struct pollfd end = { .fd = process->pid_fd, .events = POLLIN };
    int64_t deadline = os_monotonic_ms() + timeout_ms, left = timeout_ms;
    int ready;

    if (process->pid_fd < 0)
        return false;
    do {
        ready = poll(&end, 1, (int)left);
        left = deadline - os_monotonic_ms();
    } while (ready < 0 && errno == EINTR && left > 0);
    return ready > 0;
}

void process_free(struct process *process)
{
    int pid_fd;

    if (!process)
        return;
    /* All its streams are closed: one that is stuck writing wakes up, and sees that nobody reads.
     */
    pid_fd = process->pid_fd;
    process->pid_fd = -1;
    loop_unwatch(process->pid_watch);
    process->pid_watch = NULL;
    close_all(process);
    process->pid_fd = pid_fd;
    if (process->id > 0 &&
        !wait_for_end(process, process->was_terminated ? 0 : process->grace_ms)) {
        signal_group(process, SIGTERM);
        (void)wait_for_end(process, process->grace_ms);
    }
    reap(process, NULL, 0);
    close_fd(&process->pid_fd);
    stderr_log_release(&process->stderr_log);
    free(process);
}
