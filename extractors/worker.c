#include "extractors/worker.h"

#include <errno.h>
#include <iconv.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "chunkers/chunkers.h"
#include "extractors/cage/sandbox.h"
#include "extractors/document.h"
#include "extractors/extractors.h"
#include "extractors/last_words.h"
#include "extractors/pdf/pdf_library.h"
#include "ingest/wire.h"
#include "model/counter.h"
#include "model/semb.h"
#include "model/tokenizer.h"

#define WARM_CHARSETS_MAX     64u
#define PROGRESS_MS           500
#define FREE_BYTES_KEPT       (8 << 20)
#define MAPPED_BYTES_MIN      (4 << 20)
#define CHUNK_ARENA_BYTES_MAX ((size_t)64 << 20)
#define MEMBER_PATH_BYTES_MAX ((size_t)16 << 10)
#define OUT_OF_MEMORY         "more memory than a worker may use"

struct worker {
    iconv_t warm[WARM_CHARSETS_MAX]; /* held open, so that their modules stay loaded */
    struct detector *detector;
    struct pdf_library *pdf_library;
    struct semb *semb;           /* NULL: none */
    struct tokenizer *tokenizer; /* NULL: none */
    struct converters *converters;
    bool is_small; /* see worker_options */
    struct hash fingerprint;
};

/* One request, from the outermost file down. */
struct job {
    struct worker *worker;
    struct wire_request request;
    char name[WIRE_NAME_BYTES_MAX + 1];
    const struct chunker *chunker; /* NULL: no chunks wanted */
    struct member_budget budget;
    int64_t spoke_ms;        /* when the daemon last heard of us */
    int64_t waited_ms;       /* for converters, and the daemon has not heard of it */
    enum status send_failed; /* the daemon is gone */
    uint32_t document_count;
};

/* ---- frames ---- */

static enum status send_frame(enum wire_kind kind, struct span payload, struct error *err)
{
    struct wire_frame frame = { .length = (uint32_t)payload.len, .kind = kind };

    return os_write_two(WORKER_SOCKET_FD, (struct span){ (const char *)&frame, sizeof(frame) },
                        payload, "the daemon's socket", err);
}

static void say_progress(void *user)
{
    struct job *job = user;
    int64_t now = os_monotonic_ms();
    struct wire_progress progress = { .waited_ms = (uint32_t)job->waited_ms };

    if (now - job->spoke_ms < PROGRESS_MS)
        return;
    job->spoke_ms = now;
    job->waited_ms = 0;
    if (!job->send_failed)
        job->send_failed = send_frame(
            WIRE_PROGRESS, (struct span){ (const char *)&progress, sizeof(progress) }, NULL);
}

/* While a converter runs for this job. */
static void say_waited(void *user, int64_t waited_ms)
{
    struct job *job = user;

    job->waited_ms += waited_ms;
    say_progress(job);
}

static enum status send_end(enum outcome outcome, uint32_t member_count, const char *reason,
                            struct error *err)
{
    struct wire_end end = { .outcome = (uint32_t)outcome, .member_count = member_count };

    (void)snprintf(end.reason, sizeof(end.reason), "%s", reason);
    return send_frame(WIRE_END, (struct span){ (const char *)&end, sizeof(end) }, err);
}

/* A library ends this process: the document's outcome is that of our own failed allocations. */
static void say_last_words(void *user)
{
    const struct job *job = user;
    struct wire_end end = { .outcome = OUTCOME_OVER_LIMIT,
                            .member_count = job->document_count,
                            .is_last = true,
                            .reason = OUT_OF_MEMORY };

    (void)send_frame(WIRE_END, (struct span){ (const char *)&end, sizeof(end) }, NULL);
}

/* A descriptor that came with the message, or -1. */
static int take_descriptor(struct msghdr *message)
{
    int fd = -1;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
            header->cmsg_len == CMSG_LEN(sizeof(int)))
            memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

/* Receives exactly length bytes; *is_end when there was not one more. The descriptor travels with
 * the first. */
static enum status receive(char *out, size_t length, int *fd, bool *is_end, struct error *err)
{
    size_t got = 0;

    while (got < length) {
        union {
            struct cmsghdr header;
            char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec part = { out + got, length - got };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control.bytes,
                                  .msg_controllen = sizeof(control.bytes) };
        ssize_t n = recvmsg(WORKER_SOCKET_FD, &message, MSG_CMSG_CLOEXEC);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 && got == 0 && is_end) {
            *is_end = true;
            return STATUS_OK;
        }
        if (n <= 0)
            return error_set_errno(err, STATUS_IO, "the daemon's request was cut off");
        if (fd && *fd < 0)
            *fd = take_descriptor(&message);
        got += (size_t)n;
    }
    return STATUS_OK;
}

static enum status receive_request(struct job *job, int *fd, bool *is_end, struct error *err)
{
    struct wire_frame frame;
    size_t name_length;
    enum status status = receive((char *)&frame, sizeof(frame), fd, is_end, err);

    if (status || *is_end)
        return status;
    if (frame.kind != WIRE_REQUEST || frame.length < sizeof(job->request) ||
        frame.length > sizeof(job->request) + WIRE_NAME_BYTES_MAX)
        return error_set(err, STATUS_MALFORMED, "the daemon broke the protocol");
    name_length = frame.length - sizeof(job->request);
    status = receive((char *)&job->request, sizeof(job->request), fd, NULL, err);
    if (!status && name_length > 0)
        status = receive(job->name, name_length, fd, NULL, err);
    if (status)
        return status;
    if (job->request.magic != WIRE_MAGIC || job->request.name_length != name_length || *fd < 0 ||
        !memchr(job->request.chunker, '\0', sizeof(job->request.chunker)))
        return error_set(err, STATUS_MALFORMED, "the daemon broke the protocol");
    job->name[name_length] = '\0';
    return STATUS_OK;
}

/* ---- one document ---- */

static const struct token_counter *counter_of(const struct worker *worker)
{
    if (worker->tokenizer)
        return tokenizer_counter(worker->tokenizer);
    return worker->semb ? semb_counter(worker->semb) : estimate_counter();
}

/* Count and compare as others do, and say that the job is still at work: a long text has many
 * counts.
 */
struct talking_counter {
    struct token_counter counter;
    const struct token_counter *inner;
    struct job *job;
};

struct talking_meaning {
    struct meaning meaning;
    const struct meaning *inner;
    struct job *job;
};

static size_t count_and_talk(const struct token_counter *counter, struct span text)
{
    const struct talking_counter *talking = (const struct talking_counter *)counter;

    say_progress(talking->job);
    return talking->inner->count(talking->inner, text);
}

static size_t sum_and_talk(const struct meaning *meaning, struct span text, int32_t *out)
{
    const struct talking_meaning *talking = (const struct talking_meaning *)meaning;

    say_progress(talking->job);
    return talking->inner->sum(talking->inner, text, out);
}

static enum status chunk_document(struct job *job, struct arena *arena,
                                  struct extraction *extraction, struct error *err)
{
    const struct semb *semb = job->worker->semb;
    const struct token_counter *counter = counter_of(job->worker);
    const struct meaning *meaning = semb ? semb_meaning(semb) : NULL;
    struct talking_counter talking = { { count_and_talk, counter->fingerprint }, counter, job };
    struct talking_meaning thinking = { .inner = meaning, .job = job };
    struct chunk_options options = {
        .target_tokens = job->request.target_tokens,
        .maximum_tokens = job->request.maximum_tokens,
        .overlap_tokens = job->request.overlap_tokens,
        .counter = &talking.counter,
        .meaning = meaning ? &thinking.meaning : NULL,
        .limit_tokens = job->request.limit_tokens,
        .limit_counter = job->worker->tokenizer ? &talking.counter : estimate_counter(),
    };

    if (!job->chunker || extraction->text.len == 0)
        return STATUS_OK;
    if (job->worker->tokenizer && !options.limit_tokens)
        options.limit_tokens = options.maximum_tokens; /* so that counts are of whole inputs */
    if (meaning)
        thinking.meaning =
            (struct meaning){ meaning->dimensions, sum_and_talk, meaning->fingerprint };
    return chunker_run(job->chunker, &options, arena, extraction, err);
}

static enum status send_extraction(struct job *job, const struct extraction *extraction,
                                   struct span bytes, struct span member, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(CHUNK_ARENA_BYTES_MAX);
    CLEANUP(buf_release) struct buf payload = BUF_INIT(WIRE_FRAME_BYTES_MAX);
    struct wire_document document = {
        .member = member,
        .byte_count = bytes.len,
        .extraction = *extraction,
    };
    enum status status = chunk_document(job, &arena, &document.extraction, err);

    if (status)
        return status;
    if (member.len > 0)
        hash_of(bytes, &document.content_hash);
    wire_encode_document(&document, &payload);
    status = buf_status(&payload, err);
    if (!status)
        status = send_frame(WIRE_DOCUMENT, buf_span(&payload), err);
    job->spoke_ms = os_monotonic_ms();
    job->document_count++;
    return status;
}

/* A document whose bytes could not be had. */
static enum status send_failure(struct job *job, struct span member, enum outcome outcome,
                                const char *reason, struct error *err)
{
    struct extraction extraction = { .outcome = outcome };

    (void)snprintf(extraction.reason, sizeof(extraction.reason), "%s", reason);
    return send_extraction(job, &extraction, (struct span){ "", 0 }, member, err);
}

/* How walking the members of a container went: complete when all were given. */
struct ending {
    enum outcome outcome;
    char reason[240];
};

static enum status send_tree(struct job *job, struct span bytes, struct span path,
                             struct span member, struct ending *ending, struct error *err);

/* What the members of one container are told apart by. */
struct nest {
    struct job *job;
    struct span prefix; /* "" or "outer.zip" */
    uint32_t given;
};

static enum status send_member(void *user, const struct member *member, struct error *err)
{
    struct nest *nest = user;
    struct job *job = nest->job;
    struct ending ending; /* already said in the member's own document */
    CLEANUP(buf_release) struct buf path = BUF_INIT(MEMBER_PATH_BYTES_MAX);
    enum status status;

    buf_append(&path, nest->prefix.data, nest->prefix.len);
    if (nest->prefix.len > 0)
        buf_append(&path, "!/", 2);
    buf_append(&path, member->path.data, member->path.len);
    if (path.failed == STATUS_LIMIT)
        return STATUS_OK; /* no name of a document is 16 KiB long */
    status = buf_status(&path, err);
    if (status)
        return status;
    nest->given++;
    if (member->outcome != OUTCOME_PENDING)
        return send_failure(job, buf_span(&path), member->outcome,
                            member->reason ? member->reason : "", err);
    return send_tree(job, member->bytes, member->path, buf_span(&path), &ending, err);
}

static enum status send_members(struct job *job, struct document *document, struct span member,
                                struct ending *ending, struct error *err)
{
    struct nest nest = { .job = job, .prefix = member };
    struct error problem = { .status = STATUS_OK };
    enum status status = document_members(document, send_member, &nest, &problem);

    if (status_scope(status) == SCOPE_PASS) {
        if (err)
            *err = problem;
        return status;
    }
    if (!status) {
        document_explain_left_out(document, ending->reason, sizeof(ending->reason));
        return STATUS_OK;
    }
    ending->outcome = extractor_outcome(status, &problem);
    if (nest.given > 0)
        ending->outcome = OUTCOME_PARTIAL;
    (void)snprintf(ending->reason, sizeof(ending->reason), "%s", problem.text);
    return STATUS_OK;
}

/* Sends a document and what is in it. A container without text of its own is sent behind its
 * members, when it is known how they went; others in front, so that their text is not lost with
 * what a member does. */
static enum status send_tree(struct job *job, struct span bytes, struct span path,
                             struct span member, struct ending *ending, struct error *err)
{
    struct document_request request = {
        .bytes = bytes,
        .path = path,
        .keep_boilerplate = (job->request.flags & WIRE_KEEP_BOILERPLATE) != 0,
        .progress = say_progress,
        .progress_user = job,
        .budget = &job->budget,
        .converters = job->worker->converters,
    };
    CLEANUP(document_release) struct document document = { .writer = NULL };
    bool has_members, has_text;
    enum status status = document_read(&document, job->worker->detector, &request, err);

    *ending = (struct ending){ .outcome = OUTCOME_COMPLETE };
    if (status)
        return status;
    has_members = document_has_members(&document) && !(job->request.flags & WIRE_NO_MEMBERS);
    if (has_members && job->worker->is_small) /* one of them may be for another */
        return error_set(err, STATUS_CANCELLED, "members are for varve-extract");
    has_text = !has_members || document.found.extractor->extract;
    if (has_text)
        status = send_extraction(job, &document.extraction, bytes, member, err);
    if (!status && has_members)
        status = send_members(job, &document, member, ending, err);
    if (!status && !has_text) {
        if (ending->reason[0]) {
            document.extraction.outcome = ending->outcome;
            memcpy(document.extraction.reason, ending->reason, sizeof(ending->reason));
        }
        status = send_extraction(job, &document.extraction, bytes, member, err);
    }
    return status;
}

/* ---- requests ---- */

static enum status find_chunker(struct job *job, struct error *err)
{
    job->chunker = NULL;
    if (job->request.flags & WIRE_NO_CHUNKS)
        return STATUS_OK;
    job->chunker = chunker_find(job->request.chunker);
    if (!job->chunker)
        return error_set(err, STATUS_UNSUPPORTED, "there is no chunker '%s'", job->request.chunker);
    if (job->chunker->needs_meaning && !job->worker->semb)
        return error_set(err, STATUS_UNSUPPORTED, "the chunker '%s' needs the built-in model",
                         job->request.chunker);
    return STATUS_OK;
}

static enum status answer(struct job *job, struct span bytes, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct ending ending = { .outcome = OUTCOME_COMPLETE };
    enum status status = find_chunker(job, &problem);

    job->budget = (struct member_budget){
        .outer_bytes = bytes.len,
        .expanded_bytes_max = job->request.expanded_bytes_max,
        .member_bytes_max = job->request.member_bytes_max,
        .member_count_max = job->request.member_count_max,
        .depth_max = job->request.depth_max,
    };
    job->spoke_ms = os_monotonic_ms();
    last_words_arm(say_last_words, job, EXIT_FAILURE);
    if (!status)
        status = send_tree(job, bytes, (struct span){ job->name, job->request.name_length },
                           (struct span){ "", 0 }, &ending, &problem);
    last_words_disarm();
    if (job->send_failed || status == STATUS_IO) {
        if (err)
            *err = problem;
        return STATUS_IO;
    }
    if (status == STATUS_CANCELLED && job->worker->is_small)
        return send_frame(WIRE_DECLINED, (struct span){ "", 0 }, err);
    if (status == STATUS_NO_MEMORY)
        return send_end(OUTCOME_OVER_LIMIT, job->document_count, OUT_OF_MEMORY, err);
    if (status)
        return send_end(outcome_of_status(status), job->document_count, problem.text, err);
    return send_end(ending.outcome, job->document_count, ending.reason, err);
}

static enum status answer_next(struct worker *worker, bool *is_end, struct error *err)
{
    CLEANUP(close_fd) int fd = -1;
    struct span bytes = { NULL, 0 };
    struct job *job = calloc(1, sizeof(*job));
    enum status status;

    if (!job)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    job->worker = worker;
    if (worker->converters) {
        worker->converters->waited = say_waited;
        worker->converters->waited_user = job;
        worker->converters->waited_ms = 0;
    }
    status = receive_request(job, &fd, is_end, err);
    if (!status && !*is_end) {
        struct error problem;

        if (os_map_fd(fd, "document", &bytes, &problem))
            status = send_end(OUTCOME_UNREADABLE, 0, problem.text, err);
        else
            status = answer(job, bytes, err);
        os_unmap(&bytes);
    }
    free(job);
    return status;
}

/* ---- start ---- */

static void add_text(struct hasher *hasher, const char *text)
{
    hasher_add_field(hasher, (struct span){ text, strlen(text) });
}

/* All that the blocks and cuts of this build depend on. */
static enum status fingerprint(const struct worker *worker, struct hash *out, struct error *err)
{
    struct hasher *hasher = hasher_new();

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    for (const struct extractor *const *row = builtin_extractors; *row; row++) {
        add_text(hasher, (*row)->name);
        hasher_add_field(hasher,
                         (struct span){ (const char *)&(*row)->version, sizeof((*row)->version) });
        add_text(hasher, (*row)->library ? (*row)->library() : "");
    }
    for (const struct chunker *const *row = builtin_chunkers; *row; row++) {
        add_text(hasher, (*row)->name);
        hasher_add_field(hasher,
                         (struct span){ (const char *)&(*row)->version, sizeof((*row)->version) });
    }
    add_text(hasher, detector_library());
    add_text(hasher, worker->semb ? semb_fingerprint(worker->semb) : "");
    add_text(hasher, counter_of(worker)->fingerprint);
    add_text(hasher, estimate_counter()->fingerprint);
    if (worker->converters)
        converters_fingerprint(worker->converters, hasher);
    hasher_finish(hasher, out);
    hasher_free(hasher);
    return STATUS_OK;
}

/* libc loads a module for each charset when it is first converted, which the cage does not allow.
 * gmime and libarchive convert with it. */
static void warm_up_charsets(struct worker *worker)
{
    static const char *const names[] = {
        "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",
        "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",
        "ISO-8859-11",  "ISO-8859-13",  "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",
        "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
        "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "KOI8-R",
        "KOI8-U",       "IBM437",       "IBM850",       "IBM852",       "IBM866",
        "MACINTOSH",    "TIS-620",      "SHIFT_JIS",    "CP932",        "EUC-JP",
        "ISO-2022-JP",  "EUC-KR",       "CP949",        "ISO-2022-KR",  "GB2312",
        "GBK",          "GB18030",      "BIG5",         "BIG5-HKSCS",   "UTF-16LE",
        "UTF-16BE",     "UTF-16",       "UTF-32",       "UTF-7",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        worker->warm[i] = iconv_open("UTF-8", names[i]);
}

static enum status start(struct worker *worker, const struct worker_options *options,
                         struct error *err)
{
    enum sandbox_level level;
    enum status status;

    if (!sandbox_level_from_name(options->sandbox ? options->sandbox : "require", &level))
        return error_set(err, STATUS_UNSUPPORTED, "there is no sandbox level '%s'",
                         options->sandbox);
    /* First of all: what the worker opens is no business of the broker's. */
    if (options->converters) {
        status = converters_start(options->converters, level, err);
        if (status)
            return status;
        worker->converters = options->converters;
    }
    worker->is_small = options->is_small;
    if (!worker->is_small)
        warm_up_charsets(worker);
    worker->pdf_library = pdf_library_load();
    status = detector_new(&worker->detector, err);
    if (!status && options->model_path && *options->model_path)
        status = semb_open(options->model_path, &worker->semb, err);
    if (!status && options->tokenizer_path && *options->tokenizer_path)
        status = tokenizer_open(options->tokenizer_path, &worker->tokenizer, err);
    if (!status)
        status = fingerprint(worker, &worker->fingerprint, err);
    if (!status)
        status = sandbox_enter(level, options->memory_bytes_max, err);
    if (!status)
        status = send_frame(
            WIRE_READY, (struct span){ (const char *)worker->fingerprint.bytes, HASH_BYTES }, err);
    return status;
}

/* The next document takes what one has freed. The kernel clears each page that it gives, which was
 * a twentieth of what a book costs. Blocks from MAPPED_BYTES_MIN on go back at once; that has to be
 * said, since libc adjusts neither bound any more when one is set. */
static void keep_freed_memory(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, FREE_BYTES_KEPT);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES_MIN);
}

enum status worker_run(const struct worker_options *options, struct error *err)
{
    struct worker worker = { .detector = NULL };
    bool is_end = false;
    enum status status;

    keep_freed_memory();
    status = start(&worker, options, err);

    while (!status && !is_end)
        status = answer_next(&worker, &is_end, err);
    if (worker.converters)
        converters_stop(worker.converters);
    semb_free(worker.semb);
    tokenizer_free(worker.tokenizer);
    pdf_library_free(worker.pdf_library);
    detector_free(worker.detector);
    return status;
}
