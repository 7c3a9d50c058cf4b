/*
 * oneshot.c - `varve extract` and `varve chunk`: one file through a worker, no knowledge base.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "ingest/render.h"
#include "ingest/stable_read.h"

static const char extract_help[] =
    "usage: varve extract [--format F] [--json] [--all] [--members] [--config CONF] FILE ...\n\n"
    "Prints a file's text with its structure, as it would be indexed. No knowledge base is "
    "needed.\n\n"
    "  --format F   markdown (default), text, or json: one object a document\n"
    "  --json       as --format json\n"
    "  --all        navigation, running heads and feet too\n"
    "  --members    of archives and mail also what is in them\n"
    "  --config C   with the settings of this varve.conf: its converters\n\n"
    "Exit status: 0 complete, partial or no text; 1 a file could not be read: its line on stderr "
    "says\n"
    "why; 2 wrong usage; 3 it could not be done.\n\n"
    "HWP is read after Hancom's public documentation: "
    "본 제품은 한글과컴퓨터의 한글 문서\n"
    "파일(.hwp) 공개 문서를 참고하여 개발하였습니다.\n";

static const char chunk_help[] =
    "usage: varve chunk [--json] [--target TOKENS] [--maximum TOKENS] [--overlap TOKENS]\n"
    "                   [--chunker NAME] [--members] [--config CONF] FILE ...\n\n"
    "Prints a file's chunks as they would be embedded. No knowledge base is needed. Chunks "
    "without\n"
    "words, or that say what the document has said before, are left out, and counted on stderr.\n\n"
    "  --json          JSON lines: text, start, end, page, boxes, heading path, token count; "
    "start\n"
    "                  and end are byte offsets into the file itself for text and Markdown, into\n"
    "                  the extracted text otherwise (range_of says which)\n"
    "  --target N      tokens aimed at (256)\n"
    "  --maximum N     tokens never passed (512)\n"
    "  --overlap N     tokens repeated from the chunk before (0)\n"
    "  --chunker NAME  semantic (default), structure, parents, sentence, fixed, code, table\n"
    "  --members       of archives and mail also what is in them\n"
    "  --config CONF   with the settings of this varve.conf for extracting: its converters\n\n"
    "Exit status: as 'varve extract'.\n";

#define NO_MEMBER ((struct span){ "", 0 })

struct oneshot {
    bool is_chunk, is_json;
    bool is_behind; /* see render_behind() */
    enum render_format format;
    struct wire_request request;
    const char *file;
    const char *config; /* NULL: the defaults */
    struct buf out;
    bool has_ended, has_failed, is_declined;
    struct loop *loop;
    struct pool *pool;
    bool is_small; /* what pool has */
};

static void put_boxes(const struct extraction *extraction, const struct chunk *chunk,
                      struct json_writer *json)
{
    json_put_array_begin(json, "boxes");
    for (size_t i = 0; i < extraction->region_count; i++) {
        const struct region *region = &extraction->regions[i];

        if (region->text_end <= chunk->text_start || region->text_start >= chunk->text_end)
            continue;
        json_put_object_begin(json, NULL);
        json_put_integer(json, "page", region->page);
        json_put_number(json, "x0", (double)region->x0);
        json_put_number(json, "y0", (double)region->y0);
        json_put_number(json, "x1", (double)region->x1);
        json_put_number(json, "y1", (double)region->y1);
        if (region->label)
            json_put_text(json, "label", extraction_label(extraction, region->label));
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_chunk(const struct wire_document *document, const struct chunk *chunk,
                      struct buf *out)
{
    const struct extraction *extraction = &document->extraction;
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)1 << 20);
    struct json_writer json = JSON_WRITER(out);
    bool is_file = extraction->flags & EXTRACTION_TEXT_IS_SOURCE;
    uint32_t first = 0, last = 0;

    json_put_object_begin(&json, NULL);
    if (document->member.len > 0)
        json_put_path(&json, "member", document->member);
    json_put_string(&json, "text",
                    (struct span){ extraction->text.data + chunk->text_start,
                                   chunk->text_end - chunk->text_start });
    json_put_integer(&json, "start",
                     (int64_t)extraction_source_offset(extraction, chunk->text_start));
    json_put_integer(&json, "end",
                     is_file ? (int64_t)extraction_source_end(extraction, chunk->text_end)
                             : chunk->text_end);
    json_put_text(&json, "range_of", is_file ? "file" : "text");
    if (extraction_pages(extraction, chunk->text_start, chunk->text_end, &first, &last)) {
        json_put_integer(&json, "page", first);
        json_put_integer(&json, "last_page", last);
    } else {
        json_put_null(&json, "page");
    }
    put_boxes(extraction, chunk, &json);
    extraction_heading_path(extraction, chunk->heading, &path);
    json_put_string(&json, "heading_path", buf_span(&path));
    if (chunk->repeat_end > chunk->repeat_start)
        json_put_string(&json, "repeated",
                        (struct span){ extraction->text.data + chunk->repeat_start,
                                       chunk->repeat_end - chunk->repeat_start });
    json_put_integer(&json, "tokens", chunk->token_count);
    json_put_object_end(&json);
    buf_append_char(out, '\n');
}

static void print_chunk(const struct wire_document *document, const struct chunk *chunk,
                        size_t number, struct buf *out)
{
    const struct extraction *extraction = &document->extraction;

    buf_printf(out, "%s--- chunk %zu, %u tokens", number > 1 ? "\n" : "", number,
               chunk->token_count);
    if (chunk->heading != BLOCK_NONE) {
        CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)1 << 20);

        extraction_heading_path(extraction, chunk->heading, &path);
        buf_printf(out, ", %s", path.data);
    }
    buf_append_char(out, '\n');
    buf_append(out, extraction->text.data + chunk->text_start, chunk->text_end - chunk->text_start);
    buf_append_char(out, '\n');
}

/* "varve: FILE!/MEMBER: ...", on stderr: names and reasons are the document's. */
static void tell(const struct oneshot *oneshot, struct span member, const char *what,
                 const char *why)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf printable = BUF_INIT((size_t)4 << 20);

    buf_printf(&line, "%s%s%.*s: %s%s%s", oneshot->file, member.len ? "!/" : "", (int)member.len,
               member.data, what, why[0] ? ": " : "", why);
    utf8_append_printable(&printable, buf_span(&line));
    fprintf(stderr, "varve: %s\n", printable.data);
}

static void tell_dropped(const struct oneshot *oneshot, const struct wire_document *document)
{
    char what[80];

    (void)snprintf(what, sizeof(what), "%u chunks left out: without words, or said before in it",
                   document->extraction.chunks_dropped);
    tell(oneshot, document->member, what, "");
}

static void take_document(void *user, struct wire_document *document, struct arena *arena)
{
    struct oneshot *oneshot = user;
    const struct extraction *extraction = &document->extraction;

    (void)arena;
    if (outcome_is_failure(extraction->outcome) && extraction->outcome != OUTCOME_PARTIAL) {
        tell(oneshot, document->member, outcome_name(extraction->outcome), extraction->reason);
        oneshot->has_failed = true;
        return;
    }
    if (extraction->reason[0])
        tell(oneshot, document->member, outcome_name(extraction->outcome), extraction->reason);
    else if (extraction->text.len == 0 && oneshot->request.flags & WIRE_NO_MEMBERS)
        tell(oneshot, document->member, "an archive: --members reads what is in it", "");
    if (oneshot->is_chunk && extraction->chunks_dropped > 0)
        tell_dropped(oneshot, document);
    if (!oneshot->is_chunk) {
        render_behind(extraction, oneshot->format, &oneshot->is_behind, &oneshot->out);
    } else {
        for (size_t i = 0; i < extraction->chunk_count; i++) {
            if (oneshot->is_json)
                put_chunk(document, &extraction->chunks[i], &oneshot->out);
            else
                print_chunk(document, &extraction->chunks[i], i + 1, &oneshot->out);
        }
    }
    if (!print_buf(&oneshot->out))
        oneshot->has_failed = true;
    buf_clear(&oneshot->out);
}

static void take_end(void *user, enum outcome outcome, const char *reason)
{
    struct oneshot *oneshot = user;

    oneshot->has_ended = true;
    if (!outcome_is_failure(outcome) || outcome == OUTCOME_PARTIAL || oneshot->has_failed)
        return;
    tell(oneshot, NO_MEMBER, outcome_name(outcome), reason);
    oneshot->has_failed = true;
}

static void take_decline(void *user)
{
    struct oneshot *oneshot = user;

    oneshot->has_ended = oneshot->is_declined = true;
}

static enum status read_file(const char *path, const struct config *config, int *fd,
                             struct error *err)
{
    uint64_t bytes_max = (uint64_t)config->file_mb * 1000000;
    struct file_stamp stamp;
    struct hash hash;
    char *real = realpath(path, NULL);
    CLEANUP(close_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    enum status status = STATUS_CHANGED;

    if (!real || root < 0) {
        free(real);
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'", path);
    }
    for (int tries = 0; status == STATUS_CHANGED && tries < 10; tries++) {
        if (tries > 0)
            (void)usleep(20000);
        status = stable_read(root, real + 1, bytes_max, &stamp, NULL, &hash, fd, err);
    }
    free(real);
    return status;
}

static enum status start_pool(struct oneshot *oneshot, const struct config *config, bool is_small,
                              struct error *err)
{
    static const struct log log = { .fd = STDERR_FILENO, .most = LOG_WARNING };

    pool_free(oneshot->pool);
    oneshot->pool = NULL;
    oneshot->is_small = is_small;
    return engine_start_pool(
        oneshot->loop, config, is_small ? SMALL_WORKER_PROGRAM : WORKER_PROGRAM,
        (oneshot->request.flags & WIRE_NO_CHUNKS) == 0, NULL, &log, &oneshot->pool, err);
}

static enum status await_room(const struct oneshot *oneshot, struct error *err)
{
    enum status status = STATUS_OK;

    while (!pool_has_room(oneshot->pool) && !status) {
        status = pool_is_broken(oneshot->pool)
                     ? error_set(err, STATUS_IO, "no worker can be started")
                     : loop_step(oneshot->loop, 1000, err);
    }
    return status;
}

static enum status read_document(struct oneshot *oneshot, int fd, struct error *err)
{
    struct pool_job job = { .request = oneshot->request,
                            .name = { oneshot->file, strlen(oneshot->file) },
                            .document_fd = fd,
                            .user = oneshot,
                            .document = take_document,
                            .end = take_end,
                            .declined = oneshot->is_small ? take_decline : NULL };
    enum status status = await_room(oneshot, err);

    oneshot->has_ended = oneshot->is_declined = false;
    if (!status)
        status = pool_submit(oneshot->pool, &job, err);
    while (!status && !oneshot->has_ended)
        status = loop_step(oneshot->loop, 1000, err);
    return status;
}

static enum status run_file(struct oneshot *oneshot, const struct config *config, struct error *err)
{
    CLEANUP(close_fd) int fd = -1;
    enum status status = read_file(oneshot->file, config, &fd, err);

    if (status) {
        tell(oneshot, NO_MEMBER, err->sys_errno ? strerror(err->sys_errno) : err->text, "");
        oneshot->has_failed = true;
        return STATUS_OK;
    }
    status = read_document(oneshot, fd, err);
    if (status || !oneshot->is_declined)
        return status;
    /* The larger program is needed, and then has all that follows. */
    status = start_pool(oneshot, config, false, err);
    return status ? status : read_document(oneshot, fd, err);
}

/* A small worker starts in a quarter of the time. A first file that looks like PDF would only be
 * declined. */
static bool can_begin_small(const struct oneshot *oneshot, const struct config *config,
                            const char *first)
{
    CLEANUP(close_fd) int fd = open(first, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char start[5];

    if (!(oneshot->request.flags & WIRE_NO_MEMBERS) || config->converter_count > 0 ||
        config->ocr_is_enabled || config->tokenizer[0])
        return false;
    return fd < 0 || pread(fd, start, sizeof(start), 0) != (ssize_t)sizeof(start) ||
           memcmp(start, "%PDF-", sizeof(start)) != 0;
}

static int run_files(struct oneshot *oneshot, char **files, int count)
{
    struct config *config = NULL;
    struct error problem;
    enum status status = config_read_file(oneshot->config, &config, &problem);

    oneshot->out = (struct buf)BUF_INIT((size_t)1 << 30);
    if (!status)
        config->workers = 1;
    if (!status)
        status = loop_new(&oneshot->loop, &problem);
    if (!status)
        status = start_pool(oneshot, config, can_begin_small(oneshot, config, files[0]), &problem);
    for (int i = 0; i < count && !status; i++) {
        oneshot->file = files[i];
        status = run_file(oneshot, config, &problem);
    }
    pool_free(oneshot->pool);
    loop_free(oneshot->loop);
    config_free(config);
    buf_release(&oneshot->out);
    if (status)
        return fail_with(&problem);
    return oneshot->has_failed ? EXIT_FOUND : EXIT_DONE;
}

static struct wire_request request_default(void)
{
    return (struct wire_request){ .flags = WIRE_NO_MEMBERS,
                                  .target_tokens = CHUNK_TARGET_TOKENS,
                                  .maximum_tokens = CHUNK_MAXIMUM_TOKENS,
                                  .chunker = "semantic",
                                  .expanded_bytes_max = (uint64_t)512 * 1000000,
                                  .member_bytes_max = (uint64_t)256 * 1000000,
                                  .member_count_max = 10000,
                                  .depth_max = 4 };
}

int cmd_extract(int argc, char **argv)
{
    static const struct option options[] = { { "format", required_argument, NULL, 'f' },
                                             { "all", no_argument, NULL, 'a' },
                                             { "members", no_argument, NULL, 'm' },
                                             { "config", required_argument, NULL, 'C' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct oneshot oneshot = { .format = RENDER_MARKDOWN, .request = request_default() };
    int option;

    oneshot.request.flags |= WIRE_NO_CHUNKS;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'f' && !render_format_from_name(optarg, &oneshot.format))
            return usage_error("extract", "there is no format '%s'", optarg);
        else if (option == 'j')
            oneshot.format = RENDER_JSON;
        else if (option == 'a')
            oneshot.request.flags |= WIRE_KEEP_BOILERPLATE;
        else if (option == 'm')
            oneshot.request.flags &= ~(uint32_t)WIRE_NO_MEMBERS;
        else if (option == 'C')
            oneshot.config = optarg;
        else if (option != 'f')
            return option == 'h' ? print_help(extract_help) : EXIT_USAGE;
    }
    if (optind == argc)
        return usage_error("extract", "which file?");
    return run_files(&oneshot, argv + optind, argc - optind);
}

int cmd_chunk(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "target", required_argument, NULL, 't' },
                                             { "maximum", required_argument, NULL, 'x' },
                                             { "overlap", required_argument, NULL, 'o' },
                                             { "chunker", required_argument, NULL, 'c' },
                                             { "members", no_argument, NULL, 'm' },
                                             { "config", required_argument, NULL, 'C' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct oneshot oneshot = { .is_chunk = true, .request = request_default() };
    struct wire_request *request = &oneshot.request;
    long target = CHUNK_TARGET_TOKENS, maximum = 0, overlap = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            oneshot.is_json = true;
            break;
        case 't':
            if (!read_number("chunk", "--target", optarg, CHUNK_TARGET_LEAST, 8192, &target))
                return EXIT_USAGE;
            break;
        case 'x':
            if (!read_number("chunk", "--maximum", optarg, 16, 16384, &maximum))
                return EXIT_USAGE;
            break;
        case 'o':
            if (!read_number("chunk", "--overlap", optarg, 0, 4096, &overlap))
                return EXIT_USAGE;
            break;
        case 'c':
            if (strlen(optarg) >= sizeof(request->chunker))
                return usage_error("chunk", "there is no chunker '%s'", optarg);
            (void)snprintf(request->chunker, sizeof(request->chunker), "%s", optarg);
            break;
        case 'C':
            oneshot.config = optarg;
            break;
        case 'm':
            request->flags &= ~(uint32_t)WIRE_NO_MEMBERS;
            break;
        default:
            return option == 'h' ? print_help(chunk_help) : EXIT_USAGE;
        }
    }
    if (optind == argc)
        return usage_error("chunk", "which file?");
    if (maximum == 0)
        maximum = target * 2;
    if (maximum < target || overlap >= target)
        return usage_error("chunk",
                           "the overlap must be below the target, the target not above the "
                           "maximum");
    request->target_tokens = (uint32_t)target;
    request->maximum_tokens = (uint32_t)maximum;
    request->overlap_tokens = (uint32_t)overlap;
    return run_files(&oneshot, argv + optind, argc - optind);
}
