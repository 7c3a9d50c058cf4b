#include "extractors/cage/broker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file_cache.h"
#include "extractors/cage/sandbox_program.h"
#include "extractors/cage/scratch.h"

#define MAGIC              0x4B52424Fu /* "OBRK" */
#define DOCUMENT_BYTES_MAX ((uint64_t)1 << 36)
#define PIECE_BYTES        ((size_t)256 << 10)
#define LOOK_MS            300
#define BROKER_FD          3
#define TRIM_EVERY         32u /* results that are kept between two looks at the cache's size */

struct broker_request {
    uint32_t magic, rule;
    char extension[16]; /* NUL-terminated */
    uint64_t document_bytes;
};

struct broker_answer {
    uint32_t magic, outcome;
    uint64_t result_bytes;
    char reason[PROGRAM_REASON_BYTES]; /* NUL-terminated */
};

struct broker {
    int fd;
    pid_t pid;
};

/* ---- the broker's side ---- */

struct service {
    const struct broker_options *options;
    struct scratch scratch;
    struct error trouble; /* why there is no folder to work in */
    unsigned kept;        /* results put into the cache */
};

/* Reads exactly length bytes; *is_end, when it may be, where the worker hung up before the first.
 */
static enum status receive(int fd, void *out, size_t length, bool *is_end, struct error *err)
{
    size_t got = 0;

    while (got < length) {
        ssize_t n = read(fd, (char *)out + got, length - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 && got == 0 && is_end) {
            *is_end = true;
            return STATUS_OK;
        }
        if (n <= 0)
            return error_set(err, STATUS_CANCELLED, "a worker's request was cut off");
        got += (size_t)n;
    }
    return STATUS_OK;
}

/* Only letters and digits: it becomes part of a file's name. */
static bool is_request_sound(const struct service *service, const struct broker_request *request)
{
    if (request->magic != MAGIC || request->rule >= service->options->rule_count ||
        request->document_bytes > DOCUMENT_BYTES_MAX ||
        !memchr(request->extension, '\0', sizeof(request->extension)))
        return false;
    for (const char *at = request->extension; *at; at++)
        if (!isalnum((unsigned char)*at))
            return false;
    return true;
}

/* The document into a file; key becomes the name of its result. */
static enum status receive_document(const struct service *service,
                                    const struct broker_request *request, const char *path,
                                    struct hash *key, struct error *err)
{
    const struct converter_rule *rule = &service->options->rules[request->rule];
    CLEANUP(close_fd)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    uint64_t left = request->document_bytes;
    struct hasher *hasher = hasher_new();
    char piece[PIECE_BYTES];
    enum status status = STATUS_OK;

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (fd < 0)
        status = error_set_errno(err, STATUS_IO, "cannot create '%s'", path);
    else
        (void)fchmod(fd, 0644); /* whatever the umask: the folder is for its user alone */
    hasher_add(hasher, (struct span){ (const char *)rule->identity.bytes, HASH_BYTES });
    hasher_add_field(hasher, (struct span){ request->extension, strlen(request->extension) });
    while (!status && left > 0) {
        size_t bytes = left < sizeof(piece) ? (size_t)left : sizeof(piece);

        status = receive(BROKER_FD, piece, bytes, NULL, err);
        if (!status)
            status = os_write_all(fd, (struct span){ piece, bytes }, path, err);
        hasher_add(hasher, (struct span){ piece, bytes });
        left -= bytes;
    }
    if (!status)
        hasher_finish(hasher, key);
    hasher_free(hasher);
    return status;
}

static enum status answer(const struct program_end *end, struct span result, struct error *err)
{
    struct broker_answer answer;
    enum status status;

    memset(&answer, 0, sizeof(answer));
    answer.magic = MAGIC;
    answer.outcome = (uint32_t)end->outcome;
    answer.result_bytes = end->outcome == OUTCOME_COMPLETE ? result.len : 0;
    memcpy(answer.reason, end->reason, sizeof(answer.reason));
    status = os_write_all(BROKER_FD, (struct span){ (const char *)&answer, sizeof(answer) },
                          "a worker's socket", err);
    if (!status && answer.result_bytes > 0)
        status = os_write_all(BROKER_FD, result, "a worker's socket", err);
    return status;
}

static void keep(struct service *service, const struct hash *key, struct span result)
{
    const struct broker_options *options = service->options;

    if (!options->cache_folder[0] || result.len > options->cache_bytes_max)
        return;
    if (file_cache_store(options->cache_folder, key, result) && ++service->kept % TRIM_EVERY == 0)
        (void)file_cache_trim(options->cache_folder, options->cache_bytes_max);
}

static enum status convert(struct service *service, const struct broker_request *request,
                           const char *folder, const char *input, struct error *err)
{
    const struct broker_options *options = service->options;
    const struct converter_rule *rule = &options->rules[request->rule];
    CLEANUP(buf_release) struct buf result = BUF_INIT(rule->output_bytes_max);
    struct program_end end = { .outcome = OUTCOME_COMPLETE };
    struct program_run run = { .rule = rule,
                               .level = options->level,
                               .folder = folder,
                               .input = input,
                               .watched_fd = BROKER_FD };
    struct hash key;
    enum status status = receive_document(service, request, input, &key, err);

    if (status)
        return status;
    if (options->cache_folder[0] && file_cache_load(options->cache_folder, &key, &result))
        return answer(&end, buf_span(&result), err);
    buf_release(&result);
    status = program_run(&run, &result, &end, err);
    if (!status && end.outcome == OUTCOME_COMPLETE)
        keep(service, &key, buf_span(&result));
    return status ? status : answer(&end, buf_span(&result), err);
}

/* Nothing can be run: the document is taken off the socket, and that is said. */
static enum status refuse(const struct service *service, const struct broker_request *request,
                          struct error *err)
{
    struct program_end end = { .outcome = OUTCOME_UNREADABLE };
    uint64_t left = request->document_bytes;
    char piece[PIECE_BYTES];
    enum status status = STATUS_OK;

    (void)snprintf(end.reason, sizeof(end.reason), "no converter can be run: %.150s",
                   service->trouble.text);
    while (!status && left > 0) {
        size_t bytes = left < sizeof(piece) ? (size_t)left : sizeof(piece);

        status = receive(BROKER_FD, piece, bytes, NULL, err);
        left -= bytes;
    }
    return status ? status : answer(&end, (struct span){ "", 0 }, err);
}

static enum status serve_next(struct service *service, bool *is_end, struct error *err)
{
    struct broker_request request;
    char folder[OS_PATH_MAX], input[OS_PATH_MAX + 32];
    enum status status = receive(BROKER_FD, &request, sizeof(request), is_end, err);

    if (status || *is_end)
        return status;
    if (!is_request_sound(service, &request))
        return error_set(err, STATUS_MALFORMED, "a worker broke the protocol");
    if (!service->scratch.path[0])
        return refuse(service, &request, err);
    status =
        scratch_folder(&service->scratch, program_cage_user(service->options->level), folder, err);
    if (status)
        return status;
    (void)snprintf(input, sizeof(input), "%s/in%s%s", folder, request.extension[0] ? "." : "",
                   request.extension);
    status = convert(service, &request, folder, input, err);
    os_remove_tree(folder);
    return status;
}

static _Noreturn void become_broker(const struct broker_options *options, int socket_fd)
{
    struct service service = { .options = options, .scratch = SCRATCH_INIT };
    struct rlimit no_core = { 0, 0 };
    struct error problem = { .status = STATUS_OK };
    bool is_end = false;
    enum status status;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* it ends when the worker does: the socket says so */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)dup2(socket_fd, BROKER_FD);
    (void)fcntl(BROKER_FD, F_SETFD, FD_CLOEXEC);
    (void)syscall(SYS_close_range, (unsigned)BROKER_FD + 1, ~0u, 0u);
    status = scratch_open(options->temporary, &service.scratch, &service.trouble);
    if (status_scope(status) == SCOPE_PASS)
        status = STATUS_OK;
    while (!status && !is_end)
        status = serve_next(&service, &is_end, &problem);
    if (status && status != STATUS_CANCELLED)
        (void)fprintf(stderr, "varve-extract: %s\n", problem.text);
    if (service.kept > 0)
        (void)file_cache_trim(options->cache_folder, options->cache_bytes_max);
    scratch_close(&service.scratch);
    _exit(status && status != STATUS_CANCELLED);
}

/* ---- the worker's side ---- */

enum status broker_start(const struct broker_options *options, struct broker **out,
                         struct error *err)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    int ends[2];

    if (!broker)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        free(broker);
        return error_set_errno(err, STATUS_IO, "cannot make a socket for the converters");
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a broker that is gone is an error, not our end */
    broker->fd = ends[0];
    broker->pid = fork();
    if (broker->pid == 0)
        become_broker(options, ends[1]);
    (void)close(ends[1]);
    if (broker->pid < 0) {
        (void)close(ends[0]);
        free(broker);
        return error_set_errno(err, STATUS_IO, "cannot start the converters' process");
    }
    *out = broker;
    return STATUS_OK;
}

/* Waits until something can be read, telling the time meanwhile. */
static void await_answer(const struct broker *broker, const struct broker_job *job)
{
    int64_t told_ms = os_monotonic_ms();

    for (;;) {
        struct pollfd fd = { .fd = broker->fd, .events = POLLIN };
        int ready = poll(&fd, 1, LOOK_MS);
        int64_t now_ms = os_monotonic_ms();

        if (job->progress)
            job->progress(job->user, now_ms - told_ms);
        told_ms = now_ms;
        if (ready != 0 && !(ready < 0 && errno == EINTR))
            return;
    }
}

static enum status receive_result(const struct broker *broker, uint64_t length, struct buf *out,
                                  struct error *err)
{
    char piece[PIECE_BYTES];
    enum status status = STATUS_OK;

    while (length > 0 && !status) {
        size_t bytes = length < sizeof(piece) ? (size_t)length : sizeof(piece);

        status = receive(broker->fd, piece, bytes, NULL, err);
        if (!status)
            buf_append(out, piece, bytes);
        length -= bytes;
    }
    return status;
}

enum status broker_run(struct broker *broker, const struct broker_job *job, struct buf *out,
                       struct program_end *end, struct error *err)
{
    struct broker_request request;
    struct broker_answer answer;
    enum status status;

    memset(&request, 0, sizeof(request));
    request.magic = MAGIC;
    request.rule = (uint32_t)job->rule;
    request.document_bytes = job->bytes.len;
    for (size_t i = 0, to = 0; job->extension[i] && to < sizeof(request.extension) - 1; i++)
        if (isalnum((unsigned char)job->extension[i]))
            request.extension[to++] = job->extension[i];
    status = os_write_all(broker->fd, (struct span){ (const char *)&request, sizeof(request) },
                          "the converters' socket", err);
    if (!status)
        status = os_write_all(broker->fd, job->bytes, "the converters' socket", err);
    if (!status) {
        await_answer(broker, job);
        status = receive(broker->fd, &answer, sizeof(answer), NULL, err);
    }
    if (!status && (answer.magic != MAGIC || answer.outcome >= OUTCOME_COUNT))
        status = error_set(err, STATUS_IO, "the converters' process broke the protocol");
    if (!status)
        status = receive_result(broker, answer.result_bytes, out, err);
    if (status)
        return error_set(err, STATUS_IO, "the converters' process is gone");
    *end = (struct program_end){ .outcome = (enum outcome)answer.outcome };
    (void)snprintf(end->reason, sizeof(end->reason), "%.*s", (int)sizeof(answer.reason) - 1,
                   answer.reason);
    if (out->failed == STATUS_LIMIT) {
        end->outcome = OUTCOME_OVER_LIMIT;
        (void)snprintf(end->reason, sizeof(end->reason), "a converter wrote more than %zu MB",
                       out->limit / 1000000);
        buf_release(out);
    }
    return buf_status(out, err);
}

void broker_free(struct broker *broker)
{
    if (!broker)
        return;
    (void)close(broker->fd);
    (void)waitpid(broker->pid, NULL, 0);
    free(broker);
}
