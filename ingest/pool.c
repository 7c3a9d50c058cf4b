#include "ingest/pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"

#define WORKERS_MAX         64u
#define START_MS            30000
#define IDLE_FACTOR         4 /* as long as this may wait for a CPU, beside the time it uses */
#define TIMER_MS_LEAST      20
#define READ_BYTES          ((size_t)256 * 1024)
#define ARENA_BYTES_MAX     (WIRE_FRAME_BYTES_MAX + ((size_t)16 << 20))
#define START_FAILURES_MAX  5u
#define ARGUMENTS_MAX       4096u
#define ARGUMENTS_BYTES_MAX ((size_t)1 << 20)

/*
 *   absent ──spawn──▶ starting ──READY──▶ idle ──submit──▶ busy ──END──▶ idle
 *      ▲                 │                                  │
 *      └──────killed─────┴───────── died, silent, odd ──────┘
 */
enum worker_state { WORKER_ABSENT, WORKER_STARTING, WORKER_IDLE, WORKER_BUSY };

struct worker {
    struct pool *pool;
    enum worker_state state;
    pid_t pid;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer;
    struct buf received;     /* frames, until they are whole */
    unsigned document_count; /* done by this process */
    int64_t worked_ms;       /* it took for them */
    struct pool_job job;
    bool has_sent;                        /* a document of this job */
    int64_t started_ms;                   /* monotonic */
    int64_t started_cpu_ms, heard_cpu_ms; /* of its process: the document's own time */
    int64_t waited_ms;                    /* for converters */
};

struct pool {
    struct loop *loop;
    struct pool_options options;
    char *worker_path, *model_path, *sandbox; /* what options points to */
    const char *arguments[ARGUMENTS_MAX + 1];
    char *arguments_text;
    pool_room_fn *room;
    void *room_user;
    struct hash fingerprint;
    unsigned restarts, start_failures;
    bool is_paused;
    int64_t paused_ms; /* since when */
    unsigned worker_count;
    struct worker workers[WORKERS_MAX];
};

static void worker_readable(void *user, unsigned ready);
static void worker_late(void *user);

/* Runs between fork and exec: only async-signal-safe calls. */
static _Noreturn void become_worker(const struct pool_options *options, int socket_fd, pid_t parent)
{
    char memory[32];
    char *const environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, (char[]){ "LANG=C.UTF-8" },
                                  NULL };
    static const char *arguments[ARGUMENTS_MAX + 16];
    const char *const own[] = { options->worker_path, "--worker", "--model",   options->model_path,
                                "--memory",           memory,     "--sandbox", options->sandbox };
    size_t count = sizeof(own) / sizeof(own[0]);
    union {
        const char *const *borrowed;
        char *const *passed;
    } argv = { arguments };
    sigset_t none;
    int null_fd = open("/dev/null", O_RDWR);

    memcpy(arguments, own, sizeof(own));
    for (const char *const *more = options->arguments; more && *more && count < ARGUMENTS_MAX;)
        arguments[count++] = *more++;
    arguments[count] = NULL;
    (void)snprintf(memory, sizeof(memory), "%llu", (unsigned long long)options->memory_bytes_max);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); /* the parent died before the line above */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0); /* a Ctrl-C at the terminal is for the daemon */
    (void)dup2(null_fd, 0);
    (void)dup2(null_fd, 1);
    if (!options->is_stderr_shown)
        (void)dup2(null_fd, 2);
    (void)dup2(socket_fd, 3);
    (void)syscall(SYS_close_range, 4u, ~0u, 0u);
    (void)execve(options->worker_path, argv.passed, environment);
    _exit(127);
}

static enum status worker_spawn(struct worker *worker, struct error *err)
{
    struct pool *pool = worker->pool;
    pid_t parent = getpid();
    int ends[2];
    enum status status;

    if (access(pool->options.worker_path, X_OK) < 0)
        return error_set_errno(err, STATUS_IO, "cannot run the worker '%s'",
                               pool->options.worker_path);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set_errno(err, STATUS_IO, "cannot make a socket for a worker");
    /* 3 must not be the source of its own dup2, which would keep its close-on-exec flag. */
    worker->pid = fork();
    if (worker->pid == 0)
        become_worker(&pool->options, ends[1] == 3 ? dup(ends[1]) : ends[1], parent);
    (void)close(ends[1]);
    if (worker->pid < 0) {
        (void)close(ends[0]);
        return error_set_errno(err, STATUS_IO, "cannot start a worker");
    }
    status = loop_watch_fd(pool->loop, ends[0], pool->is_paused ? 0 : LOOP_READ, worker_readable,
                           worker, &worker->watch, err);
    if (status) {
        (void)kill(worker->pid, SIGKILL);
        (void)waitpid(worker->pid, NULL, 0);
        (void)close(ends[0]);
        return status;
    }
    (void)fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);
    worker->fd = ends[0];
    worker->state = WORKER_STARTING;
    worker->document_count = 0;
    worker->worked_ms = 0;
    worker->started_ms = os_monotonic_ms();
    buf_clear(&worker->received);
    loop_timer_set(worker->timer, START_MS);
    return STATUS_OK;
}

/* Kills the process and says how it had ended, if it had. */
static void worker_drop(struct worker *worker, char *how, size_t how_bytes)
{
    int wait_status = 0;
    pid_t ended;

    (void)snprintf(how, how_bytes, "was ended");
    if (worker->state == WORKER_ABSENT)
        return;
    loop_unwatch(worker->watch);
    worker->watch = NULL;
    loop_timer_set(worker->timer, -1);
    (void)close(worker->fd);
    worker->fd = -1;
    /* A dying process may take a moment to be reaped: its socket closes first. */
    ended = waitpid(worker->pid, &wait_status, WNOHANG);
    for (int i = 0; ended == 0 && i < 20; i++) {
        (void)usleep(1000);
        ended = waitpid(worker->pid, &wait_status, WNOHANG);
    }
    if (ended == 0) {
        (void)kill(worker->pid, SIGKILL);
        (void)waitpid(worker->pid, &wait_status, 0);
    } else if (ended == worker->pid && WIFSIGNALED(wait_status)) {
        (void)snprintf(how, how_bytes, "died of signal %d (%s)", WTERMSIG(wait_status),
                       strsignal(WTERMSIG(wait_status)));
    } else if (ended == worker->pid) {
        (void)snprintf(how, how_bytes, "ended with status %d", WEXITSTATUS(wait_status));
    }
    worker->state = WORKER_ABSENT;
}

static void worker_kill(struct worker *worker)
{
    char how[64];

    if (worker->state == WORKER_ABSENT)
        return;
    (void)kill(worker->pid, SIGKILL);
    worker_drop(worker, how, sizeof(how));
}

static void tell_room(const struct pool *pool)
{
    if (pool->room)
        pool->room(pool->room_user);
}

static void worker_finish(struct worker *worker, enum outcome outcome, const char *reason)
{
    struct pool_job job = worker->job;

    assert(job.end); /* only a busy worker has a job */
    worker->job = (struct pool_job){ 0 };
    job.end(job.user, outcome, reason);
    tell_room(worker->pool);
}

/* The worker is gone or of no use: what it had in hand gets the outcome. */
static void worker_lost(struct worker *worker, enum outcome outcome, const char *why)
{
    struct pool *pool = worker->pool;
    bool was_busy = worker->state == WORKER_BUSY, was_starting = worker->state == WORKER_STARTING;
    char reason[240];

    pool->restarts++;
    (void)snprintf(reason, sizeof(reason), "the worker %s", why);
    if (was_starting) {
        pool->start_failures++;
        log_line(pool->options.log, LOG_ERROR, "a worker could not start: it %s", why);
    }
    worker->state = WORKER_ABSENT;
    if (was_busy)
        worker_finish(worker, outcome, reason);
    else
        tell_room(pool);
}

static void worker_fail(struct worker *worker, enum outcome outcome, const char *why)
{
    enum worker_state state = worker->state;

    worker_kill(worker);
    worker->state = state;
    worker_lost(worker, outcome, why);
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Limits are of CPU time, so that what a document ends as does not depend on what else the machine
 * does meanwhile; one that only waits is ended by the clock on the wall. */
static void worker_late(void *user)
{
    struct worker *worker = user;
    const struct pool_options *options = &worker->pool->options;
    int64_t cpu_ms = os_process_cpu_ms(worker->pid);
    int64_t silent_ms = cpu_ms - worker->heard_cpu_ms, total_ms = cpu_ms - worker->started_cpu_ms;
    int64_t passed_ms = os_monotonic_ms() - worker->started_ms - worker->waited_ms;
    int64_t passed_ms_max = IDLE_FACTOR * options->total_ms;
    char why[128];

    if (worker->state == WORKER_ABSENT || worker->state == WORKER_IDLE || worker->pool->is_paused)
        return;
    if (worker->state == WORKER_STARTING) {
        worker_fail(worker, OUTCOME_CRASHED, "was not ready in time");
        return;
    }
    if (silent_ms >= options->silence_ms) {
        (void)snprintf(why, sizeof(why), "made no progress for %.1f s and was killed",
                       (double)silent_ms / 1000);
        worker_fail(worker, OUTCOME_TIMED_OUT, why);
    } else if (total_ms >= options->total_ms || passed_ms >= passed_ms_max) {
        (void)snprintf(why, sizeof(why), "took more than %.1f s and was killed",
                       (double)(passed_ms >= passed_ms_max ? passed_ms : total_ms) / 1000);
        worker_fail(worker, OUTCOME_TIMED_OUT, why);
    } else {
        int64_t left_ms = lesser(options->silence_ms - silent_ms, options->total_ms - total_ms);

        left_ms = lesser(left_ms, passed_ms_max - passed_ms);
        loop_timer_set(worker->timer, left_ms > TIMER_MS_LEAST ? left_ms : TIMER_MS_LEAST);
    }
}

/* ---- frames ---- */

static void take_ready(struct worker *worker, struct span payload)
{
    if (worker->state != WORKER_STARTING || payload.len != HASH_BYTES) {
        worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
        return;
    }
    memcpy(worker->pool->fingerprint.bytes, payload.data, HASH_BYTES);
    worker->pool->start_failures = 0;
    worker->state = WORKER_IDLE;
    loop_timer_set(worker->timer, -1);
    tell_room(worker->pool);
}

static void take_document(struct worker *worker, struct span payload)
{
    struct arena arena = ARENA_INIT(ARENA_BYTES_MAX);
    struct wire_document document;
    struct error problem = { .status = STATUS_OK };
    enum status status = worker->state == WORKER_BUSY
                             ? wire_decode_document(payload, &arena, &document, &problem)
                             : STATUS_MALFORMED;

    if (!status) {
        assert(worker->job.document);
        worker->has_sent = true;
        worker->job.document(worker->job.user, &document, &arena);
    } else {
        char why[240];

        (void)snprintf(why, sizeof(why), "broke the protocol: %.200s", problem.text);
        worker_fail(worker, OUTCOME_CRASHED, why);
    }
    arena_release(&arena);
}

static void take_end(struct worker *worker, struct span payload)
{
    const struct pool_options *options = &worker->pool->options;
    struct wire_end end;

    if (worker->state != WORKER_BUSY || payload.len != sizeof(end)) {
        worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
        return;
    }
    memcpy(&end, payload.data, sizeof(end));
    end.reason[sizeof(end.reason) - 1] = '\0';
    if (end.outcome >= OUTCOME_COUNT)
        end.outcome = OUTCOME_MALFORMED;
    worker->state = WORKER_IDLE;
    worker->document_count++;
    worker->worked_ms += os_monotonic_ms() - worker->started_ms;
    loop_timer_set(worker->timer, -1);
    if (end.is_last || (worker->document_count >= options->documents_per_worker &&
                        worker->worked_ms >= options->work_ms_per_worker))
        worker_kill(worker);
    worker_finish(worker, (enum outcome)end.outcome, end.reason);
}

/* Only a worker that has sent no document may decline. */
static void take_declined(struct worker *worker, struct span payload)
{
    struct pool_job job = worker->job;

    if (worker->state != WORKER_BUSY || payload.len != 0 || !job.declined || worker->has_sent) {
        worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
        return;
    }
    worker->state = WORKER_IDLE;
    loop_timer_set(worker->timer, -1);
    worker->job = (struct pool_job){ 0 };
    job.declined(job.user);
}

/* A worker may be what a document made of it: what it says it waited is no more than time that has
 * passed, and bounded in all. */
static void take_progress(struct worker *worker, struct span payload)
{
    struct wire_progress progress;
    int64_t passed_ms = os_monotonic_ms() - worker->started_ms;

    if (worker->state != WORKER_BUSY || payload.len != sizeof(progress)) {
        worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
        return;
    }
    memcpy(&progress, payload.data, sizeof(progress));
    worker->waited_ms += progress.waited_ms;
    if (worker->waited_ms > passed_ms)
        worker->waited_ms = passed_ms;
    if (worker->waited_ms > worker->pool->options.converters_ms)
        worker->waited_ms = worker->pool->options.converters_ms;
}

static void take_frame(struct worker *worker, uint32_t kind, struct span payload)
{
    if (worker->state == WORKER_BUSY)
        worker->heard_cpu_ms = os_process_cpu_ms(worker->pid);
    switch (kind) {
    case WIRE_READY:
        take_ready(worker, payload);
        break;
    case WIRE_DOCUMENT:
        take_document(worker, payload);
        break;
    case WIRE_PROGRESS:
        take_progress(worker, payload);
        break;
    case WIRE_END:
        take_end(worker, payload);
        break;
    case WIRE_DECLINED:
        take_declined(worker, payload);
        break;
    default:
        worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
    }
}

/* Takes the whole frames off the front of what was received. */
static void take_frames(struct worker *worker)
{
    struct buf *received = &worker->received;
    size_t taken = 0;

    while (worker->state != WORKER_ABSENT && !worker->pool->is_paused) {
        struct wire_frame frame;

        if (received->len - taken < sizeof(frame))
            break;
        memcpy(&frame, received->data + taken, sizeof(frame));
        if (frame.length > WIRE_FRAME_BYTES_MAX) {
            worker_fail(worker, OUTCOME_CRASHED, "broke the protocol");
            return;
        }
        if (received->len - taken - sizeof(frame) < frame.length)
            break;
        taken += sizeof(frame);
        take_frame(worker, frame.kind, (struct span){ received->data + taken, frame.length });
        taken += frame.length;
    }
    if (worker->state == WORKER_ABSENT) {
        buf_clear(received);
        return;
    }
    memmove(received->data, received->data + taken, received->len - taken);
    received->len -= taken;
    if (received->len == 0 && received->capacity > ((size_t)4 << 20))
        buf_release(received);
}

static void worker_readable(void *user, unsigned ready)
{
    struct worker *worker = user;
    char bytes[READ_BYTES];
    ssize_t n;

    (void)ready;
    for (;;) {
        n = read(worker->fd, bytes, sizeof(bytes));
        if (n > 0) {
            buf_append(&worker->received, bytes, (size_t)n);
            if (n == (ssize_t)sizeof(bytes) && worker->received.len < WIRE_FRAME_BYTES_MAX)
                continue;
            break;
        }
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            break;
        {
            char how[64];
            enum worker_state state = worker->state;

            worker_drop(worker, how, sizeof(how));
            worker->state = state;
            worker_lost(worker, OUTCOME_CRASHED, how);
            return;
        }
    }
    if (worker->received.failed) {
        worker_fail(worker, OUTCOME_OVER_LIMIT, "answered more than its limit");
        return;
    }
    take_frames(worker);
}

/* ---- the pool ---- */

/* All words behind each other, each with its NUL. */
static enum status copy_arguments(struct pool *pool, const char *const *words, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ARGUMENTS_BYTES_MAX);
    const char *at;
    size_t count = 0, length;
    enum status status;

    for (const char *const *word = words; word && *word; word++)
        buf_append(&text, *word, strlen(*word) + 1);
    status = buf_status(&text, err);
    if (status || text.len == 0)
        return status;
    pool->arguments_text = buf_detach(&text, &length);
    for (at = pool->arguments_text; at < pool->arguments_text + length; at += strlen(at) + 1) {
        if (count == ARGUMENTS_MAX)
            return error_set(err, STATUS_LIMIT, "too many arguments for a worker");
        pool->arguments[count++] = at;
    }
    pool->options.arguments = pool->arguments;
    return STATUS_OK;
}

enum status pool_new(struct loop *loop, const struct pool_options *options, struct pool **out,
                     struct error *err)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    enum status status = STATUS_OK;

    if (!pool)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the workers");
    pool->loop = loop;
    pool->options = *options;
    pool->options.worker_path = pool->worker_path = strdup(options->worker_path);
    pool->options.model_path = pool->model_path =
        strdup(options->model_path ? options->model_path : "");
    pool->options.sandbox = pool->sandbox = strdup(options->sandbox ? options->sandbox : "require");
    if (!pool->worker_path || !pool->model_path || !pool->sandbox)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for the workers");
    pool->options.arguments = NULL;
    if (!status)
        status = copy_arguments(pool, options->arguments, err);
    pool->worker_count = options->worker_count < 1             ? 1
                         : options->worker_count > WORKERS_MAX ? WORKERS_MAX
                                                               : options->worker_count;
    for (unsigned i = 0; i < pool->worker_count && !status; i++) {
        struct worker *worker = &pool->workers[i];

        worker->pool = pool;
        worker->fd = -1;
        worker->received = (struct buf)BUF_INIT(2 * WIRE_FRAME_BYTES_MAX);
        status = loop_timer_new(loop, worker_late, worker, &worker->timer, err);
    }
    if (!status)
        status = worker_spawn(&pool->workers[0], err);
    if (status) {
        pool_free(pool);
        return status;
    }
    *out = pool;
    return STATUS_OK;
}

void pool_on_room(struct pool *pool, pool_room_fn *fn, void *user)
{
    pool->room = fn;
    pool->room_user = user;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < pool->worker_count; i++) {
        struct worker *worker = &pool->workers[i];

        worker_kill(worker);
        loop_timer_free(worker->timer);
        buf_release(&worker->received);
    }
    free(pool->worker_path);
    free(pool->model_path);
    free(pool->sandbox);
    free(pool->arguments_text);
    free(pool);
}

/* An idle worker; otherwise one is started where none is, and the caller comes again. */
static struct worker *free_worker(struct pool *pool)
{
    for (unsigned i = 0; i < pool->worker_count; i++)
        if (pool->workers[i].state == WORKER_IDLE)
            return &pool->workers[i];
    return NULL;
}

static void start_missing(struct pool *pool)
{
    struct error problem;

    for (unsigned i = 0; i < pool->worker_count; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->state == WORKER_STARTING)
            return; /* one at a time */
        if (worker->state != WORKER_ABSENT)
            continue;
        if (worker_spawn(worker, &problem)) {
            pool->start_failures++;
            log_line(pool->options.log, LOG_ERROR, "%s", problem.text);
        }
        return;
    }
}

bool pool_has_room(struct pool *pool)
{
    if (free_worker(pool))
        return true;
    start_missing(pool);
    return false;
}

bool pool_is_broken(const struct pool *pool)
{
    return pool->start_failures >= START_FAILURES_MAX;
}

/* The request is small: it fits the socket's buffer, which is empty while a worker is idle. */
static enum status send_request(struct worker *worker, const struct pool_job *job,
                                struct error *err)
{
    size_t name_length = job->name.len < WIRE_NAME_BYTES_MAX ? job->name.len : WIRE_NAME_BYTES_MAX;
    struct wire_request request = job->request;
    struct wire_frame frame = { .length = (uint32_t)(sizeof(request) + name_length),
                                .kind = WIRE_REQUEST };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    union {
        const char *borrowed;
        void *passed;
    } name = { job->name.data };
    struct iovec parts[3] = { { &frame, sizeof(frame) },
                              { &request, sizeof(request) },
                              { name.passed, name_length } };
    struct msghdr message = { .msg_iov = parts,
                              .msg_iovlen = 3,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    memset(&control, 0, sizeof(control));
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &job->document_fd, sizeof(int));
    request.magic = WIRE_MAGIC;
    request.name_length = (uint32_t)name_length;
    if (sendmsg(worker->fd, &message, MSG_NOSIGNAL) !=
        (ssize_t)(sizeof(frame) + sizeof(request) + name_length))
        return error_set_errno(err, STATUS_BUSY, "cannot reach a worker");
    return STATUS_OK;
}

enum status pool_submit(struct pool *pool, const struct pool_job *job, struct error *err)
{
    struct worker *worker = free_worker(pool);
    enum status status;

    if (!worker)
        return error_set(err, STATUS_BUSY, "no worker is free");
    status = send_request(worker, job, err);
    if (status) {
        worker_kill(worker); /* died while idle: another document's leftovers, nobody's fault */
        pool->restarts++;
        return status;
    }
    worker->job = *job;
    worker->has_sent = false;
    worker->state = WORKER_BUSY;
    worker->started_ms = os_monotonic_ms();
    worker->started_cpu_ms = worker->heard_cpu_ms = os_process_cpu_ms(worker->pid);
    worker->waited_ms = 0;
    loop_timer_set(worker->timer, lesser(pool->options.silence_ms, pool->options.total_ms));
    return STATUS_OK;
}

void pool_pause(struct pool *pool, bool is_paused)
{
    int64_t now = os_monotonic_ms(), stood_ms = now - pool->paused_ms;

    if (pool->is_paused == is_paused)
        return;
    pool->is_paused = is_paused;
    pool->paused_ms = now;
    for (unsigned i = 0; i < pool->worker_count; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->state == WORKER_ABSENT)
            continue;
        loop_watch_interest(worker->watch, is_paused ? 0 : LOOP_READ);
        if (is_paused || worker->state == WORKER_IDLE)
            continue;
        worker->started_ms += stood_ms;
        loop_timer_set(worker->timer, 0); /* it works out what is left */
        if (worker->state == WORKER_STARTING)
            loop_timer_set(worker->timer, START_MS);
    }
    /* What a worker sent may make the callee pause again: that holds for all of them. */
    for (unsigned i = 0; i < pool->worker_count && !pool->is_paused; i++)
        if (pool->workers[i].state != WORKER_ABSENT)
            take_frames(&pool->workers[i]);
}

const struct hash *pool_fingerprint(const struct pool *pool)
{
    return &pool->fingerprint;
}

unsigned pool_restarts(const struct pool *pool)
{
    return pool->restarts;
}

size_t pool_process_ids(const struct pool *pool, int *out, size_t room)
{
    size_t count = 0;

    for (unsigned i = 0; i < pool->worker_count && count < room; i++)
        if (pool->workers[i].state != WORKER_ABSENT)
            out[count++] = pool->workers[i].pid;
    return count;
}
