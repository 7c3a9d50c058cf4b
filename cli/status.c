/*
 * status.c - `varve status`: what is indexed, what is pending, and one line for each failure.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "index/status.h"
#include "serve/control.h"

static const char help[] =
    "usage: varve status [--kb DIR] [--json] [--all]\n\n"
    "Says what the knowledge base holds, whether 'varve run' is at work on it and what is "
    "pending,\n"
    "and lists each document that failed, is held, or is behind its file.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --json     one JSON object\n"
    "  --all      all failures, not only the first 50\n\n"
    "Exit status: 0 all is well; 1 something failed, is pending, held or missing; 2 wrong usage;\n"
    "3 it failed.\n";

#define FAILURES_SHOWN 50

struct listing {
    const struct config *config;
    struct buf out;
    struct json_writer json;
    bool is_json;
    uint64_t listed, missing_sources;
};

static void append_path(struct buf *out, const struct status_document *document)
{
    buf_append(out, document->source_path.data, document->source_path.len);
    buf_append_char(out, '/');
    buf_append(out, document->key.path.data, document->key.path.len);
    if (document->key.member.len > 0) {
        buf_append(out, "!/", 2);
        buf_append(out, document->key.member.data, document->key.member.len);
    }
}

static enum status list_document(void *user, const struct status_document *document,
                                 struct error *err)
{
    struct listing *listing = user;
    CLEANUP(buf_release) struct buf path = BUF_INIT(4 * (size_t)OS_PATH_MAX);
    const char *state = document->is_held ? "held" : outcome_name(document->outcome);

    append_path(&path, document);
    listing->listed++;
    if (listing->is_json) {
        json_put_object_begin(&listing->json, NULL);
        json_put_path(&listing->json, "path", buf_span(&path));
        json_put_text(&listing->json, "outcome", outcome_name(document->outcome));
        json_put_string(&listing->json, "reason", document->reason);
        json_put_bool(&listing->json, "held", document->is_held);
        json_put_bool(&listing->json, "behind", document->is_behind);
        json_put_bool(&listing->json, "has_text", document->has_text);
        json_put_object_end(&listing->json);
    } else {
        buf_printf(&listing->out, "  %-12s ", state);
        utf8_append_printable(&listing->out, buf_span(&path));
        if (document->reason.len > 0) {
            buf_append(&listing->out, ": ", 2);
            utf8_append_printable(&listing->out, document->reason);
        }
        buf_append(&listing->out, "\n", 1);
    }
    return buf_status(&listing->out, err);
}

static bool is_in_config(const struct config *config, struct span path)
{
    for (size_t i = 0; i < config->source_count; i++)
        if (strlen(config->sources[i].path) == path.len &&
            memcmp(config->sources[i].path, path.data, path.len) == 0)
            return true;
    return false;
}

/* Whether it is the one that it was, only a scan tells. */
static bool is_folder(struct span path)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)OS_PATH_MAX * 2);
    struct stat st;

    buf_append(&text, path.data, path.len);
    return buf_status(&text, NULL) == STATUS_OK && stat(text.data, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum status list_source(void *user, const struct status_source *source, struct error *err)
{
    struct listing *listing = user;
    bool is_there;

    if (source->documents == 0 && !is_in_config(listing->config, source->path))
        return STATUS_OK; /* was a source once */
    is_there = is_folder(source->path);
    listing->missing_sources += !is_there;
    if (listing->is_json) {
        json_put_object_begin(&listing->json, NULL);
        json_put_path(&listing->json, "path", source->path);
        json_put_bool(&listing->json, "is_there", is_there);
        json_put_integer(&listing->json, "documents", (int64_t)source->documents);
        json_put_integer(&listing->json, "with_text", (int64_t)source->live_documents);
        json_put_integer(&listing->json, "failed", (int64_t)source->failed);
        json_put_integer(&listing->json, "text_bytes", (int64_t)source->text_bytes);
        json_put_object_end(&listing->json);
        return buf_status(&listing->out, err);
    }
    buf_append(&listing->out, "source ", 7);
    utf8_append_printable(&listing->out, source->path);
    buf_append(&listing->out, ": ", 2);
    append_count(&listing->out, source->documents);
    buf_append(&listing->out, " documents, ", 12);
    append_count(&listing->out, source->live_documents);
    buf_append(&listing->out, " with text (", 12);
    append_bytes_size(&listing->out, source->text_bytes);
    buf_printf(&listing->out, ")%s\n", is_there ? "" : "; its folder is not there");
    return buf_status(&listing->out, err);
}

/* ---- what vectors cost ---- */

#define MS_PER_DAY ((int64_t)24 * 60 * 60 * 1000)

static const struct {
    const char *name, *key;
    int days; /* today and those before it; 0: all */
} cost_spans[] = { { "today", "today", 1 },
                   { "last 30 days", "last_30_days", 30 },
                   { "in all", "in_all", 0 } };

/* "  in all: 12,345 tokens embedded (0.0002), 1,234,567 reused: 99 % saved" */
static void append_cost(struct buf *out, const char *name, const struct status_cost *cost,
                        double price)
{
    uint64_t all = cost->embedded_tokens + cost->reused_tokens;

    buf_printf(out, "  %s: ", name);
    append_count(out, cost->embedded_tokens);
    buf_append(out, " tokens embedded", 16);
    if (price > 0)
        buf_printf(out, " (%.4f)", (double)cost->embedded_tokens * price / 1e6);
    buf_append(out, ", ", 2);
    append_count(out, cost->reused_tokens);
    buf_append(out, " reused", 7);
    if (price > 0)
        buf_printf(out, " (%.4f)", (double)cost->reused_tokens * price / 1e6);
    if (cost->reused_tokens > 0)
        buf_printf(out, ": %.0f %% saved", 100.0 * (double)cost->reused_tokens / (double)all);
    buf_append_char(out, '\n');
}

static void put_cost(struct json_writer *json, const char *key, const struct status_cost *cost,
                     double price)
{
    json_put_object_begin(json, key);
    json_put_integer(json, "embedded_texts", (int64_t)cost->embedded_texts);
    json_put_integer(json, "embedded_tokens", (int64_t)cost->embedded_tokens);
    json_put_integer(json, "reused_texts", (int64_t)cost->reused_texts);
    json_put_integer(json, "reused_tokens", (int64_t)cost->reused_tokens);
    if (price > 0) {
        json_put_number(json, "money", (double)cost->embedded_tokens * price / 1e6);
        json_put_number(json, "money_saved", (double)cost->reused_tokens * price / 1e6);
    }
    json_put_object_end(json);
}

/* Of the model that is searched: the price is its own. */
static enum status list_cost(const struct kb *kb, struct listing *listing, struct error *err)
{
    struct index_models models = { 0 };
    int64_t today = os_wall_ms() / MS_PER_DAY;
    double price = kb->config->price;
    enum status status = index_read_models(kb->index, &models, err);

    if (listing->is_json)
        json_put_object_begin(&listing->json, "cost");
    else if (!status && models.current_id && price > 0)
        buf_printf(&listing->out, "cost, at %g a million tokens:\n", price);
    else if (!status && models.current_id)
        buf_printf(&listing->out, "cost (a 'price' in [embed] of varve.conf shows it as money):\n");
    for (size_t i = 0; i < sizeof(cost_spans) / sizeof(cost_spans[0]) && !status; i++) {
        int days = cost_spans[i].days;
        struct status_cost cost;

        status = status_read_cost(kb->snapshot, models.current_id, days ? today - days + 1 : 0,
                                  &cost, err);
        if (!status && listing->is_json)
            put_cost(&listing->json, cost_spans[i].key, &cost, price);
        else if (!status && models.current_id)
            append_cost(&listing->out, cost_spans[i].name, &cost, price);
    }
    if (listing->is_json)
        json_put_object_end(&listing->json);
    return status;
}

static enum status list_model(void *user, const struct status_model *model, struct error *err)
{
    struct listing *listing = user;

    if (listing->is_json) {
        json_put_object_begin(&listing->json, NULL);
        json_put_text(&listing->json, "name", model->info.name);
        json_put_integer(&listing->json, "dimensions", model->info.dimensions);
        json_put_bool(&listing->json, "current", model->is_current);
        json_put_integer(&listing->json, "vectors", (int64_t)model->vectors);
        json_put_object_end(&listing->json);
        return buf_status(&listing->out, err);
    }
    buf_printf(&listing->out, "model %s, %u dimensions: ", model->info.name,
               model->info.dimensions);
    append_count(&listing->out, model->vectors);
    buf_printf(&listing->out, " vectors%s\n", model->is_current ? "" : " (not in use)");
    return buf_status(&listing->out, err);
}

static void append_counts(struct buf *out, const struct status_counts *counts)
{
    char when[32];

    os_format_time(counts->committed_ms, when);
    buf_printf(out, "generation %lld%s%s\n", (long long)counts->generation,
               counts->committed_ms ? ", committed " : "", counts->committed_ms ? when : "");
    append_count(out, counts->segments);
    buf_append(out, " segments, ", 11);
    append_bytes_size(out, counts->text_bytes);
    buf_append(out, " of text, ", 10);
    append_bytes_size(out, counts->database_bytes + counts->scan_bytes + counts->wal_bytes);
    buf_append(out, " on disk\n", 9);
    if (counts->is_full)
        buf_printf(out,
                   "the disk is full: new and changed files wait until %llu MB are free; deletes, "
                   "gc and erase go on\n",
                   (unsigned long long)(2 * INDEX_BALLAST_BYTES / 1000000));
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (counts->by_outcome[i] == 0)
            continue;
        buf_append(out, "  ", 2);
        append_count(out, counts->by_outcome[i]);
        buf_printf(out, " %s\n", outcome_name((enum outcome)i));
    }
    if (counts->waiting_segments > 0) {
        buf_append(out, "  ", 2);
        append_count(out, counts->waiting_segments);
        buf_append(out, " segments wait for their vectors (text search finds them)\n", 58);
    }
    if (counts->held > 0) {
        buf_append(out, "  ", 2);
        append_count(out, counts->held);
        buf_append(out, " held: gone all at once; 'varve approve' lets them go\n", 54);
    }
}

static void put_counts(struct json_writer *json, const struct status_counts *counts)
{
    json_put_integer(json, "generation", counts->generation);
    json_put_integer(json, "committed_ms", counts->committed_ms);
    json_put_integer(json, "segments", (int64_t)counts->segments);
    json_put_integer(json, "waiting_segments", (int64_t)counts->waiting_segments);
    json_put_integer(json, "failed_segments", (int64_t)counts->failed_segments);
    json_put_integer(json, "vectors", (int64_t)counts->vectors);
    json_put_integer(json, "tokens", (int64_t)counts->token_count);
    json_put_integer(json, "text_bytes", (int64_t)counts->text_bytes);
    json_put_integer(json, "database_bytes", (int64_t)counts->database_bytes);
    json_put_integer(json, "scan_bytes", (int64_t)counts->scan_bytes);
    json_put_integer(json, "wal_bytes", (int64_t)counts->wal_bytes);
    json_put_bool(json, "disk_full", counts->is_full);
    json_put_integer(json, "documents", (int64_t)counts->documents);
    json_put_integer(json, "with_text", (int64_t)counts->live_documents);
    json_put_integer(json, "held", (int64_t)counts->held);
    json_put_integer(json, "behind", (int64_t)counts->behind);
    json_put_integer(json, "attempting", (int64_t)counts->attempting);
    json_put_integer(json, "newest_sequence", counts->newest_sequence);
    json_put_object_begin(json, "by_outcome");
    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        json_put_integer(json, outcome_name((enum outcome)i), (int64_t)counts->by_outcome[i]);
    json_put_object_end(json);
}

/* ---- the daemon ---- */

/* How far each sink is behind, and why. */
static void append_sinks(struct buf *out, const struct json *daemon)
{
    const struct json *sinks = json_lookup(daemon, "sinks");

    for (size_t i = 0; i < json_count(sinks); i++) {
        const struct json *sink = json_at(sinks, i);
        struct span trouble = json_read_string(json_lookup(sink, "trouble"));

        buf_append(out, "  sink ", 7);
        utf8_append_printable(out, json_read_string(json_lookup(sink, "name")));
        buf_printf(out, ": has %lld changes",
                   (long long)json_read_integer(json_lookup(sink, "acknowledged"), 0));
        if (trouble.len > 0)
            buf_append(out, "; ", 2);
        utf8_append_printable(out, trouble);
        buf_append_char(out, '\n');
    }
}

static void append_daemon(struct buf *out, const struct json *daemon)
{
    const struct json *sources = json_lookup(daemon, "sources");
    struct span trouble;

    if (!daemon) {
        buf_append(out, "varve run: not running\n", 23);
        return;
    }
    buf_printf(out, "varve run: process %lld, ",
               (long long)json_read_integer(json_lookup(daemon, "pid"), 0));
    if (json_read_bool(json_lookup(daemon, "idle"), false))
        buf_append(out, "idle\n", 5);
    else
        buf_printf(out, "%lld files queued, %lld at work\n",
                   (long long)json_read_integer(json_lookup(daemon, "queued"), 0),
                   (long long)json_read_integer(json_lookup(daemon, "active"), 0));
    for (size_t i = 0; i < json_count(sources); i++) {
        trouble = json_read_string(json_lookup(json_at(sources, i), "trouble"));
        if (trouble.len == 0)
            continue;
        buf_append(out, "  ", 2);
        utf8_append_printable(out, json_read_string(json_lookup(json_at(sources, i), "path")));
        buf_append(out, ": ", 2);
        utf8_append_printable(out, trouble);
        buf_append_char(out, '\n');
    }
    trouble = json_read_string(json_lookup(daemon, "restart_for"));
    if (trouble.len > 0) {
        buf_printf(out, "  varve.conf: counts from the next start: ");
        utf8_append_printable(out, trouble);
        buf_append_char(out, '\n');
    }
    trouble = json_read_string(json_lookup(daemon, "plugin_trouble"));
    if (trouble.len > 0) {
        buf_append(out, "  embedding plugin: ", 20);
        utf8_append_printable(out, trouble);
        buf_append_char(out, '\n');
    }
    trouble = json_read_string(json_lookup(daemon, "building_trouble"));
    if (trouble.len > 0) {
        buf_printf(out, "  embedding plugin of varve.conf, whose model is to be searched: ");
        utf8_append_printable(out, trouble);
        buf_append_char(out, '\n');
    }
    append_sinks(out, daemon);
}

static void put_sinks(struct json_writer *json, const struct json *sinks)
{
    json_put_array_begin(json, "sinks");
    for (size_t i = 0; i < json_count(sinks); i++) {
        const struct json *sink = json_at(sinks, i);

        json_put_object_begin(json, NULL);
        json_put_string(json, "name", json_read_string(json_lookup(sink, "name")));
        json_put_integer(json, "acknowledged",
                         json_read_integer(json_lookup(sink, "acknowledged"), 0));
        json_put_string(json, "trouble", json_read_string(json_lookup(sink, "trouble")));
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_daemon(struct json_writer *json, const struct json *daemon)
{
    static const char *const numbers[] = { "pid",      "queued",          "active",
                                           "embedded", "embedded_tokens", "reused",
                                           "moved",    "removed",         "failed" };
    const struct json *children = json_lookup(daemon, "children");

    if (!daemon) {
        json_put_null(json, "daemon");
        return;
    }
    json_put_object_begin(json, "daemon");
    json_put_bool(json, "idle", json_read_bool(json_lookup(daemon, "idle"), false));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        json_put_integer(json, numbers[i], json_read_integer(json_lookup(daemon, numbers[i]), 0));
    json_put_string(json, "restart_for", json_read_string(json_lookup(daemon, "restart_for")));
    json_put_string(json, "plugin_trouble",
                    json_read_string(json_lookup(daemon, "plugin_trouble")));
    json_put_string(json, "building_trouble",
                    json_read_string(json_lookup(daemon, "building_trouble")));
    json_put_array_begin(json, "children");
    for (size_t i = 0; i < json_count(children); i++)
        json_put_integer(json, NULL, json_read_integer(json_at(children, i), 0));
    json_put_array_end(json);
    put_sinks(json, json_lookup(daemon, "sinks"));
    json_put_array_begin(json, "sources");
    for (size_t i = 0; i < json_count(json_lookup(daemon, "sources")); i++) {
        const struct json *source = json_at(json_lookup(daemon, "sources"), i);

        json_put_object_begin(json, NULL);
        json_put_string(json, "path", json_read_string(json_lookup(source, "path")));
        json_put_string(json, "trouble", json_read_string(json_lookup(source, "trouble")));
        json_put_bool(json, "offline", json_read_bool(json_lookup(source, "offline"), false));
        json_put_integer(json, "files", json_read_integer(json_lookup(source, "files"), 0));
        json_put_integer(json, "folders_watched",
                         json_read_integer(json_lookup(source, "folders_watched"), 0));
        json_put_object_end(json);
    }
    json_put_array_end(json);
    json_put_object_end(json);
}

/* ---- the command ---- */

static enum status print_status(const struct kb *kb, struct listing *listing,
                                const struct status_counts *counts, const struct json *daemon,
                                uint64_t limit, struct error *err)
{
    struct json_writer *json = &listing->json;
    unsigned mask =
        STATUS_LIST_FAILED | STATUS_LIST_PENDING | STATUS_LIST_HELD | STATUS_LIST_BEHIND;
    enum status status;

    if (listing->is_json) {
        json_put_object_begin(json, NULL);
        json_put_string(json, "kb", buf_span(&kb->folder));
        put_counts(json, counts);
        put_daemon(json, daemon);
        json_put_array_begin(json, "sources");
    } else {
        buf_printf(&listing->out, "knowledge base %s\n", kb->folder.data);
        append_counts(&listing->out, counts);
        append_daemon(&listing->out, daemon);
    }
    status = status_each_source(kb->snapshot, list_source, listing, err);
    if (listing->is_json) {
        json_put_array_end(json);
        json_put_array_begin(json, "models");
    }
    if (!status)
        status = status_each_model(kb->snapshot, list_model, listing, err);
    if (listing->is_json)
        json_put_array_end(json);
    if (!status)
        status = list_cost(kb, listing, err);
    if (listing->is_json)
        json_put_array_begin(json, "troubled");
    if (!status)
        status = status_each_document(kb->snapshot, mask, 0, limit, list_document, listing, err);
    if (listing->is_json) {
        json_put_array_end(json);
        json_put_object_end(json);
        buf_append_char(&listing->out, '\n');
    } else if (listing->listed == limit && limit == FAILURES_SHOWN) {
        buf_printf(&listing->out, "  ... only the first %d: --all lists the rest\n",
                   FAILURES_SHOWN);
    }
    return status;
}

int cmd_status(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "all", no_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    static const char request[] = "{\"op\":\"status\"}";
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct listing listing = { .out = BUF_INIT((size_t)1 << 30) };
    const char *kb_option = NULL;
    uint64_t limit = FAILURES_SHOWN;
    struct status_counts counts;
    struct json *daemon = NULL;
    struct error problem;
    int option;
    enum status status;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'j')
            listing.is_json = true;
        else if (option == 'a')
            limit = UINT64_MAX >> 1;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (refuse_arguments(argc, argv) >= 0)
        return EXIT_USAGE;
    listing.json = (struct json_writer)JSON_WRITER(&listing.out);
    status = kb_open_reader(&kb, kb_option, &problem);
    listing.config = kb.config;
    if (!status)
        status = status_read_counts(kb.snapshot, &counts, &problem);
    if (!status && control_ask(kb.folder.data, (struct span){ request, sizeof(request) - 1 }, 5000,
                               &daemon, NULL))
        daemon = NULL;
    if (!status)
        status = print_status(&kb, &listing, &counts, daemon, limit, &problem);
    json_free(daemon);
    if (!status)
        (void)print_buf(&listing.out);
    buf_release(&listing.out);
    if (status)
        return fail_with(&problem);
    return listing.listed > 0 || listing.missing_sources > 0 || counts.waiting_segments > 0 ||
                   counts.is_full
               ? EXIT_FOUND
               : EXIT_DONE;
}
