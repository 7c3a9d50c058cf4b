/*
 * context.c - `varve context`: what a language model should read to answer a question, within a
 * budget: numbered sources, whole sections where they fit, nothing twice.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/asked.h"
#include "cli/commands.h"
#include "cli/filter_option.h"
#include "cli/fresh_hits.h"
#include "cli/hit_print.h"
#include "cli/kb.h"
#include "cli/query_vectors.h"
#include "cli/quote.h"
#include "cli/rerank_hits.h"
#include "cli/sync.h"
#include "cli/versions.h"

static const char help[] =
    "usage: varve context [--kb DIR] [OPTION ...] QUESTION ...\n\n"
    "Packs the passages that answer best, most useful first, into a budget: with the sections "
    "that\n"
    "they stand in where those fit, numbered, cited, and no text twice. Each file is looked at\n"
    "first; one that changed or is gone is left out, and said.\n\n"
    "  --budget TOKENS   of all sources together (4000), counted by the built-in model\n"
    "  --section TOKENS  at most so many of one section (1024)\n"
    "  --format F        markdown (default), text, json, or messages (of a chat: JSON)\n"
    "  --json            as --format json\n"
    "  --mode M          hybrid (default), text, vector\n"
    "  --path, --source, --type, --language, --since, --until   as in varve search\n"
    "  --rerank[=N]      the first N passages (50) ranked again by the plugin of varve.conf\n"
    "  --as USER         only what that user may read\n"
    "  --fresh           first wait until everything saved before now is indexed\n"
    "  --kb DIR          the knowledge base\n\n"
    "Exit status: 0 there are sources; 1 there are none; 2 wrong usage; 3 it failed.\n";

#define HEADING_TOKENS 24u /* about what a source's heading line costs */
#define MISSES_MAX     4u  /* passages in a row that do not fit, before the search for more ends */

enum context_format { CONTEXT_MARKDOWN, CONTEXT_TEXT, CONTEXT_JSON, CONTEXT_MESSAGES };

struct context_request {
    const char *kb, *mode, *user;
    struct filter_option filter;
    struct reranking reranking;
    enum context_format format;
    long budget, section;
    bool is_fresh;
    struct buf question;
};

struct source {
    struct hit_place place;
    struct expansion around;
};

struct context {
    const struct context_request *request;
    struct source *sources;
    size_t source_count, source_capacity;
    uint32_t token_count;
    size_t too_long;     /* passages that did not fit any more */
    size_t misses;       /* of these, since the last one that did */
    size_t repeated;     /* passages that a source holds already */
    int64_t question_id; /* under which it is kept; 0: it is not */
};

/* ---- what goes in ---- */

static bool overlaps(const struct context *context, int64_t revision_id, uint32_t first,
                     uint32_t last)
{
    for (size_t i = 0; i < context->source_count; i++) {
        const struct source *source = &context->sources[i];

        if (source->place.revision_id == revision_id && source->around.first_position <= last &&
            source->around.last_position >= first)
            return true;
    }
    return false;
}

static bool fits(const struct context *context, const struct expansion *around)
{
    return around->token_count + HEADING_TOKENS + context->token_count <=
           (uint32_t)context->request->budget;
}

/* The section when it fits and says nothing again, else the passage alone. */
static enum status take_hit(struct context *context, struct search *search, const struct hit *hit,
                            struct error *err)
{
    const struct hit_place *place = &hit->places[0];
    uint32_t budget = (uint32_t)context->request->budget;
    uint32_t left = budget > context->token_count + HEADING_TOKENS
                        ? budget - context->token_count - HEADING_TOKENS
                        : 0;
    uint32_t section = (uint32_t)context->request->section;
    struct expansion around;
    enum status status;

    if (overlaps(context, place->revision_id, place->position, place->position)) {
        context->repeated++;
        return STATUS_OK;
    }
    if (hit->token_count > left) {
        context->too_long++;
        return STATUS_OK;
    }
    status = search_expand(search, place, EXPAND_SECTION, 0, section < left ? section : left,
                           &around, err);
    if (!status &&
        (overlaps(context, place->revision_id, around.first_position, around.last_position) ||
         !fits(context, &around)))
        status = search_expand(search, place, EXPAND_NEIGHBOURS, 0, 0, &around, err);
    if (status)
        return status;
    if (!fits(context, &around)) {
        context->too_long++;
        return STATUS_OK;
    }
    if (!array_reserve(&context->sources, &context->source_capacity, context->source_count))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    context->sources[context->source_count++] =
        (struct source){ .place = *place, .around = around };
    context->token_count += around.token_count + HEADING_TOKENS;
    return STATUS_OK;
}

/* What comes later is worth less, and reading it costs more than the rest of the budget is worth
 * once it has become too small for what passages are like here. */
static enum status fill(struct context *context, struct fresh_hits *hits, struct asked *asked,
                        struct error *err)
{
    bool has_hit = true;
    enum status status = STATUS_OK;

    while (!status && has_hit && context->misses < MISSES_MAX) {
        const char *stale = NULL;
        size_t before = context->source_count, too_long = context->too_long;
        struct hit hit;

        status = fresh_hits_next(hits, &hit, &stale, &has_hit, err);
        if (!status && has_hit)
            status = take_hit(context, hits->search, &hit, err);
        context->misses =
            context->source_count > before ? 0 : context->misses + (context->too_long - too_long);
        /* What is said of [2] later is said of the second source, not of the second hit. */
        if (!status && context->source_count > before)
            status = asked_hit(asked, hits->search, &hit, err);
    }
    return status;
}

/* ---- how it is written ---- */

enum { DATE_LEN = 10, MINUTE_LEN = 16 }; /* of "2026-01-31 09:30" */

static void append_time(struct buf *out, int64_t mtime_ns, int len)
{
    time_t seconds = (time_t)(mtime_ns / 1000000000);
    struct tm parts;
    char text[32];

    if (gmtime_r(&seconds, &parts) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &parts) > 0)
        buf_printf(out, "%.*s", len, text);
}

/* "[2] of 2026-01-31 09:30" */
static void append_dated(const struct context *context, size_t at, struct buf *out)
{
    buf_printf(out, "[%zu] of ", at + 1);
    append_time(out, context->sources[at].place.stamp.mtime_ns, MINUTE_LEN);
}

/* "/a/b.pdf, pages 3-4 - Title > Section (2026-01-31)" */
static void append_citation(const struct source *source, struct buf *out)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)64 << 10);
    const struct hit_place *place = &source->place;

    hit_append_path(place, &path);
    utf8_append_printable(out, buf_span(&path));
    hit_append_pages(source->around.first_page, source->around.last_page, out);
    if (place->title.len > 0 || place->heading_path.len > 0)
        buf_append(out, " - ", 3);
    hit_append_short(place->title.len > 0 ? place->title : place->heading_path, out);
    buf_append(out, " (", 2);
    append_time(out, place->stamp.mtime_ns, DATE_LEN);
    buf_append(out, ")", 1);
}

/* By which a document is known: its title, else its file's name without folders and ending. */
static struct span name_of(const struct hit_place *place)
{
    struct span name = place->member.len > 0 ? place->member : place->path;
    const char *slash, *dot;

    if (place->title.len > 0)
        return place->title;
    slash = memrchr(name.data, '/', name.len);
    if (slash)
        name = (struct span){ slash + 1, (size_t)(name.data + name.len - slash - 1) };
    dot = memrchr(name.data, '.', name.len);
    name.len = dot && dot > name.data ? (size_t)(dot - name.data) : name.len;
    return name;
}

static bool are_versions(const struct context *context, size_t a, size_t b)
{
    const struct hit_place *x = &context->sources[a].place, *y = &context->sources[b].place;

    return x->document_id != y->document_id && (x->title.len > 0) == (y->title.len > 0) &&
           versions_alike(name_of(x), name_of(y));
}

/* The source whose file is newest of those that may be versions of this one's document; itself when
 * none is newer. Files that were unpacked or copied together differ by moments that say nothing. */
static size_t newest_version(const struct context *context, size_t at)
{
    const int64_t moment_ns = (int64_t)60 * 1000000000;
    const struct source *sources = context->sources;
    size_t newest = at;

    for (size_t i = 0; i < context->source_count; i++)
        if (are_versions(context, at, i) &&
            sources[i].place.stamp.mtime_ns > sources[newest].place.stamp.mtime_ns)
            newest = i;
    return sources[newest].place.stamp.mtime_ns - sources[at].place.stamp.mtime_ns < moment_ns
               ? at
               : newest;
}

/* True for the first source of a document. */
static bool is_first_of_document(const struct context *context, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (context->sources[i].place.document_id == context->sources[at].place.document_id)
            return false;
    return true;
}

/* What seems to be versions of one document: which is newest is said, where their files tell. */
static void append_versions(const struct context *context, struct buf *out)
{
    for (size_t i = 0; i < context->source_count; i++) {
        size_t newest = newest_version(context, i), count = 1;
        bool is_known = newest != i, is_told = !is_first_of_document(context, i);

        for (size_t k = 0; k < i && !is_told; k++)
            is_told = are_versions(context, i, k);
        for (size_t k = i + 1; k < context->source_count && !is_told; k++) {
            if (!are_versions(context, i, k) || !is_first_of_document(context, k))
                continue;
            if (count++ == 1)
                append_dated(context, i, out);
            buf_append(out, ", ", 2);
            append_dated(context, k, out);
            /* the first is the newest, if it is newer than one of them */
            is_known = is_known || newest_version(context, k) != k;
        }
        if (count == 1)
            continue;
        buf_append(out, " (UTC) may be versions of \"", 27);
        hit_append_short(name_of(&context->sources[i].place), out);
        if (is_known) {
            buf_append(out, "\": where they disagree, ", 24);
            append_dated(context, newest, out);
            buf_append(out, ", is the newest.\n", 17);
        } else {
            buf_printf(out, "\"; the times of their files do not tell which is newest.\n");
        }
    }
}

static void append_sources(const struct context *context, bool is_markdown, struct buf *out)
{
    for (size_t i = 0; i < context->source_count; i++) {
        const struct source *source = &context->sources[i];

        buf_printf(out, is_markdown ? "## [%zu] " : "[%zu] ", i + 1);
        append_citation(source, out);
        buf_append(out, "\n\n", is_markdown ? 2 : 1);
        quote_append(source->around.text, out);
        buf_append(out, "\n", 1);
    }
    append_versions(context, out);
}

static void put_messages(const struct context *context, struct json_writer *json)
{
    CLEANUP(buf_release) struct buf user = BUF_INIT((size_t)64 << 20);

    append_sources(context, true, &user);
    buf_append(&user, "\nQuestion: ", 11);
    buf_append(&user, context->request->question.data, context->request->question.len);
    json_put_array_begin(json, NULL);
    quote_put_message(json, "system",
                      (struct span){ quote_instructions, strlen(quote_instructions) });
    quote_put_message(json, "user", buf_span(&user));
    json_put_array_end(json);
}

static void put_json(const struct context *context, const struct fresh_hits *hits,
                     struct json_writer *json)
{
    json_put_object_begin(json, NULL);
    json_put_string(json, "question", buf_span(&context->request->question));
    json_put_integer(json, "budget", context->request->budget);
    json_put_integer(json, "tokens", context->token_count);
    json_put_array_begin(json, "sources");
    for (size_t i = 0; i < context->source_count; i++) {
        const struct source *source = &context->sources[i];
        CLEANUP(buf_release) struct buf citation = BUF_INIT((size_t)64 << 10);

        append_citation(source, &citation);
        json_put_object_begin(json, NULL);
        json_put_integer(json, "number", (int64_t)i + 1);
        json_put_string(json, "citation", buf_span(&citation));
        json_put_string(json, "text", source->around.text);
        json_put_integer(json, "tokens", source->around.token_count);
        json_put_integer(json, "start", (int64_t)source->around.start);
        json_put_integer(json, "end", (int64_t)source->around.end);
        json_put_bool(json, "cut", source->around.is_cut);
        json_put_integer(json, "modified_ms", source->place.stamp.mtime_ns / 1000000);
        if (newest_version(context, i) != i)
            json_put_integer(json, "newer_version", (int64_t)newest_version(context, i) + 1);
        hit_put_place(&source->place, "place", json);
        json_put_object_end(json);
    }
    json_put_array_end(json);
    json_put_integer(json, "did_not_fit", (int64_t)context->too_long);
    json_put_integer(json, "repeated", (int64_t)context->repeated);
    fresh_hits_put_left_out(hits, json);
    rerank_put_json(&context->request->reranking, json);
    if (context->question_id)
        json_put_integer(json, "question_id", context->question_id);
    json_put_object_end(json);
}

static void write_out(const struct context *context, const struct fresh_hits *hits, struct buf *out)
{
    struct json_writer json = JSON_WRITER(out);
    enum context_format format = context->request->format;

    if (format == CONTEXT_JSON || format == CONTEXT_MESSAGES) {
        if (format == CONTEXT_JSON)
            put_json(context, hits, &json);
        else
            put_messages(context, &json);
        buf_append_char(out, '\n');
    } else {
        append_sources(context, format == CONTEXT_MARKDOWN, out);
    }
    if (format == CONTEXT_JSON)
        return;
    fresh_hits_print_left_out(hits);
    rerank_print(&context->request->reranking);
    if (context->too_long > 0)
        fprintf(stderr, "varve: %zu or more passages do not fit into %ld tokens\n",
                context->too_long, context->request->budget);
    if (context->source_count == 0)
        fprintf(stderr, "varve: nothing found\n");
}

/* ---- the command ---- */

static enum search_mode mode_of(const char *name)
{
    return strcmp(name, "text") == 0     ? SEARCH_TEXT
           : strcmp(name, "vector") == 0 ? SEARCH_VECTOR
                                         : SEARCH_HYBRID;
}

static enum status answer(const struct kb *kb, struct context_request *request,
                          struct principal *principal, const struct query_vectors *vectors,
                          struct context *context, struct buf *out, struct error *err)
{
    struct search_query query = { .text = buf_span(&request->question),
                                  .mode = mode_of(request->mode),
                                  .vector = query_vectors_at(vectors, 0),
                                  .dimensions = vectors->dimensions,
                                  .model_id = vectors->model_id,
                                  .vector_weight = -1,
                                  .candidates = SEARCH_CANDIDATES };
    CLEANUP(fresh_hits_release) struct fresh_hits hits = { .search = NULL };
    CLEANUP(search_free_ptr) struct search *search = NULL;
    CLEANUP(asked_release) struct asked asked;
    size_t depth = rerank_depth(kb, &request->reranking);
    enum status status;

    if (2 * depth > SEARCH_CANDIDATES)
        query.candidates = 2 * (unsigned)depth;
    query.texts_ahead = depth ? 0 : 1; /* behind each hit its section is read */
    asked_start(&asked, kb);
    filter_option_keep(&request->filter, &asked);
    if (principal) {
        query.filter.may_read = access_may_read;
        query.filter.user = principal;
    }
    status = filter_option_apply(&request->filter, kb, &query.filter, err);
    if (!status)
        status = search_run(kb->snapshot, &query, &search, err);
    if (!status)
        status = fresh_hits_open(search, true, false, principal, &hits, err);
    if (!status)
        status = rerank_hits(kb, query.text, &hits, &request->reranking, err);
    if (!status)
        status = fill(context, &hits, &asked, err);
    if (status)
        return status;
    context->question_id = asked_write(&asked, kb, buf_span(&request->question), principal);
    if (*vectors->note)
        fprintf(stderr, "varve: %s\n", vectors->note);
    write_out(context, &hits, out);
    fresh_hits_report(&hits, kb->folder.data);
    return buf_status(out, err);
}

static int run_context(struct context_request *request)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(query_vectors_release) struct query_vectors vectors = { .note = "" };
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)256 << 20);
    struct context context = { .request = request };
    struct principal *principal = NULL;
    struct span question = buf_span(&request->question);
    struct error problem;
    enum status status = kb_open_reader(&kb, request->kb, &problem);

    if (!status && request->user)
        status = principal_new(request->user, &principal, &problem);
    if (!status && mode_of(request->mode) != SEARCH_TEXT)
        status = query_vectors_make(&kb, 0, &question, 1, &vectors, &problem);
    if (!status)
        status = answer(&kb, request, principal, &vectors, &context, &out, &problem);
    principal_free(principal);
    if (!status)
        (void)print_buf(&out);
    free(context.sources);
    if (status)
        return request->filter.is_wrong ? usage_error("context", "%s", problem.text)
                                        : fail_with(&problem);
    return context.source_count > 0 ? EXIT_DONE : EXIT_FOUND;
}

static bool read_format(const char *name, enum context_format *out)
{
    static const char *const names[] = { "markdown", "text", "json", "messages" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum context_format)i;
            return true;
        }
    }
    (void)usage_error("context", "--format takes markdown, text, json or messages, not '%s'", name);
    return false;
}

static bool read_option(int option, struct context_request *request)
{
    switch (option) {
    case 'k':
        request->kb = optarg;
        return true;
    case 'b':
        return read_number("context", "--budget", optarg, 1, 10000000, &request->budget);
    case 's':
        return read_number("context", "--section", optarg, 1, 10000000, &request->section);
    case 'f':
        return read_format(optarg, &request->format);
    case 'j':
        request->format = CONTEXT_JSON;
        return true;
    case 'm':
        request->mode = optarg;
        if (mode_of(optarg) != SEARCH_HYBRID || strcmp(optarg, "hybrid") == 0)
            return true;
        (void)usage_error("context", "--mode takes hybrid, text or vector, not '%s'", optarg);
        return false;
    case 'R':
        return rerank_option("context", optarg, &request->reranking);
    case 'w':
        request->user = optarg;
        return true;
    case 'F':
        request->is_fresh = true;
        return true;
    default:
        return filter_option_take(&request->filter, "context", option, optarg);
    }
}

int cmd_context(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "budget", required_argument, NULL, 'b' },
                                             { "section", required_argument, NULL, 's' },
                                             { "format", required_argument, NULL, 'f' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "mode", required_argument, NULL, 'm' },
                                             FILTER_OPTIONS,
                                             { "fresh", no_argument, NULL, 'F' },
                                             { "as", required_argument, NULL, 'w' },
                                             { "rerank", optional_argument, NULL, 'R' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct context_request request = { .filter = FILTER_OPTION_INIT,
                                       .mode = "hybrid",
                                       .budget = 4000,
                                       .section = 1024,
                                       .question = BUF_INIT((size_t)4 << 20) };
    struct error problem;
    int option, result;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (!read_option(option, &request))
            return EXIT_USAGE;
    }
    if (!join_words(argv + optind, argc - optind, &request.question)) {
        buf_release(&request.question);
        return usage_error("context", "which question?");
    }
    if (request.is_fresh && sync_make_fresh(request.kb, &problem))
        result = fail_with(&problem);
    else
        result = run_context(&request);
    filter_option_release(&request.filter);
    buf_release(&request.question);
    return result;
}
