/*
 * retain.c - `varve du` and `varve gc`: what the past costs, and letting go of it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_cache.h"
#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/housekeeping.h"
#include "cli/kb.h"
#include "index/retain.h"
#include "index/status.h"

static const char du_help[] = "usage: varve du [--kb DIR] [--json]\n\n"
                              "Says what the knowledge base takes on disk: live text, retained "
                              "past, and what 'varve gc' would\n"
                              "give back; by source, by type and in all.\n";

static const char gc_help[] =
    "usage: varve gc [--kb DIR] [--older-than DAYS] [--revisions N] [--megabytes N] [--all]\n"
    "                [--feed-older-than DAYS] [--json]\n\n"
    "Removes past revisions, with the texts and vectors that only they have, and gives the space\n"
    "back; the cache of what converters made is cut to its limit. Live documents are not touched. "
    "A\n"
    "running 'varve run' does it, while searches and changes go on; it does so by itself as "
    "[retain]\n"
    "of varve.conf says.\n\n"
    "  --older-than DAYS        those superseded longer ago\n"
    "  --revisions N            all but the newest N of each document\n"
    "  --megabytes N            those that went first, until the texts of all that is past are at\n"
    "                           most N MB\n"
    "  --all                    all past revisions\n"
    "  --feed-older-than DAYS   changes of the feed made longer ago, as far as each sink of\n"
    "                           varve.conf has them\n";

struct retain_options {
    const char *kb;
    bool is_json, is_all;
    long older_days, revisions, megabytes, feed_days;
};

static int read_options(int argc, char **argv, const char *help, struct retain_options *out)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "all", no_argument, NULL, 'a' },
                                             { "older-than", required_argument, NULL, 'o' },
                                             { "revisions", required_argument, NULL, 'r' },
                                             { "megabytes", required_argument, NULL, 'm' },
                                             { "feed-older-than", required_argument, NULL, 'f' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            out->kb = optarg;
            break;
        case 'j':
            out->is_json = true;
            break;
        case 'a':
            out->is_all = true;
            break;
        case 'm':
            if (!read_number(command_name(argv), "--megabytes", optarg, 1, 1000000000,
                             &out->megabytes))
                return EXIT_USAGE;
            break;
        case 'o':
            if (!read_number(command_name(argv), "--older-than", optarg, 0, 36500,
                             &out->older_days))
                return EXIT_USAGE;
            break;
        case 'f':
            if (!read_number(command_name(argv), "--feed-older-than", optarg, 1, 36500,
                             &out->feed_days))
                return EXIT_USAGE;
            break;
        case 'r':
            if (!read_number(command_name(argv), "--revisions", optarg, 1, 1000000,
                             &out->revisions))
                return EXIT_USAGE;
            break;
        default:
            return option == 'h' ? print_help(help) : EXIT_USAGE;
        }
    }
    return refuse_arguments(argc, argv);
}

/* Where the results of converters and OCR are: copies of what documents say. */
static void cache_folder_of(const struct kb *kb, struct buf *out)
{
    buf_printf(out, "%s/cache", kb->folder.data);
}

/* ---- du ---- */

struct du {
    struct buf out;
    struct json_writer json;
    bool is_json, is_type; /* is_type: types are being told, not sources */
};

static enum status du_size(void *user, const struct retain_size *size, struct error *err)
{
    struct du *du = user;

    if (du->is_json) {
        json_put_object_begin(&du->json, NULL);
        if (du->is_type)
            json_put_string(&du->json, "type", size->name);
        else
            json_put_path(&du->json, "path", size->name);
        json_put_integer(&du->json, "live_text_bytes", (int64_t)size->live_text);
        json_put_integer(&du->json, "retained_text_bytes", (int64_t)size->retained_text);
        json_put_integer(&du->json, "live_documents", (int64_t)size->live_documents);
        json_put_integer(&du->json, "past_revisions", (int64_t)size->past_revisions);
        json_put_object_end(&du->json);
        return buf_status(&du->out, err);
    }
    buf_append(&du->out, size->name.data, size->name.len);
    buf_append(&du->out, ": ", 2);
    append_bytes_size(&du->out, size->live_text);
    buf_append(&du->out, " of live text in ", 17);
    append_count(&du->out, size->live_documents);
    buf_append(&du->out, " documents, ", 12);
    append_bytes_size(&du->out, size->retained_text);
    buf_append(&du->out, " in ", 4);
    append_count(&du->out, size->past_revisions);
    buf_append(&du->out, " past revisions\n", 16);
    return buf_status(&du->out, err);
}

static void du_total(struct du *du, const struct retain_total *total, uint64_t cache_bytes)
{
    const struct {
        const char *name, *label;
        uint64_t bytes;
    } rows[] = {
        { "database_bytes", "the database", total->database_bytes },
        { "scan_bytes", "the vector scan file", total->scan_bytes },
        { "texts_bytes", "texts, compressed", total->texts_bytes },
        { "vectors_bytes", "vectors", total->vectors_bytes },
        { "fulltext_bytes", "full text", total->fulltext_bytes },
        { "layouts_bytes", "layouts", total->layouts_bytes },
        { "free_bytes", "free pages", total->free_bytes },
        { "cache_bytes", "results of converters and OCR", cache_bytes },
        { "reclaimable_texts_bytes", "texts that only the past has", total->reclaimable_texts },
        { "reclaimable_vectors_bytes", "vectors that only the past has",
          total->reclaimable_vectors },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (du->is_json) {
            json_put_integer(&du->json, rows[i].name, (int64_t)rows[i].bytes);
            continue;
        }
        buf_printf(&du->out, "  %-32s ", rows[i].label);
        append_bytes_size(&du->out, rows[i].bytes);
        buf_append_char(&du->out, '\n');
    }
}

int cmd_du(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    struct du du = { .out = BUF_INIT((size_t)16 << 20) };
    struct retain_options options = { 0 };
    struct retain_total total;
    struct error problem;
    int early = read_options(argc, argv, du_help, &options);
    enum status status;

    if (early >= 0)
        return early;
    du.json = (struct json_writer)JSON_WRITER(&du.out);
    du.is_json = options.is_json;
    if (du.is_json) {
        json_put_object_begin(&du.json, NULL);
        json_put_array_begin(&du.json, "sources");
    }
    status = kb_open_reader(&kb, options.kb, &problem);
    if (!status)
        status = retain_each_size(kb.snapshot, RETAIN_BY_SOURCE, du_size, &du, &problem);
    if (du.is_json) {
        json_put_array_end(&du.json);
        json_put_array_begin(&du.json, "types");
    }
    du.is_type = true;
    if (!status)
        status = retain_each_size(kb.snapshot, RETAIN_BY_TYPE, du_size, &du, &problem);
    if (!status)
        status = retain_measure(kb.snapshot, &total, &problem);
    if (!status) {
        if (du.is_json)
            json_put_array_end(&du.json);
        cache_folder_of(&kb, &cache);
        du_total(&du, &total, file_cache_bytes(cache.data));
        if (du.is_json) {
            json_put_object_end(&du.json);
            buf_append_char(&du.out, '\n');
        }
        (void)print_buf(&du.out);
    }
    buf_release(&du.out);
    return status ? fail_with(&problem) : EXIT_DONE;
}

/* ---- gc ---- */

static void make_request(const struct retain_options *options, struct buf *out)
{
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "op", "gc");
    json_put_integer(&json, "older_than_days", options->older_days);
    json_put_integer(&json, "revisions", options->revisions);
    json_put_integer(&json, "megabytes", options->megabytes);
    json_put_integer(&json, "feed_days", options->feed_days);
    json_put_bool(&json, "all", options->is_all);
    json_put_object_end(&json);
}

static enum status collect(struct kb *kb, const struct json *request, struct buf *out,
                           struct error *err)
{
    struct json_writer json = JSON_WRITER(out);
    struct retain_policy policy = housekeeping_policy(request, kb->config);
    struct retain_report report;
    enum status status = retain_collect(kb->index, &policy, &report, err);

    if (status)
        return status;
    housekeeping_put_report(&json, &report, housekeeping_trim_cache(kb->folder.data, kb->config));
    return buf_status(out, err);
}

static void print_collected(const struct json *report, bool is_json)
{
    static const char *const names[] = { "revisions", "segments",  "texts",
                                         "vectors",   "documents", "changes" };
    CLEANUP(buf_release) struct buf out = BUF_INIT(65536);
    int64_t damaged = json_read_integer(json_lookup(report, "damaged_blocks"), 0);

    if (is_json) {
        json_append(&out, report);
    } else {
        buf_printf(&out, "removed:");
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            buf_printf(&out, "%s %s ", i ? "," : "", names[i]);
            append_count(&out, (uint64_t)json_read_integer(json_lookup(report, names[i]), 0));
        }
        buf_printf(&out, "; freed ");
        append_bytes_size(&out, (uint64_t)json_read_integer(json_lookup(report, "freed_bytes"), 0));
        if (damaged > 0)
            buf_printf(
                &out,
                "\n%lld blocks of texts are damaged, and keep what was to be removed of them: "
                "'varve verify --repair' takes them out",
                (long long)damaged);
    }
    buf_append_char(&out, '\n');
    (void)print_buf(&out);
}

int cmd_gc(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf request = BUF_INIT(4096);
    struct retain_options options = { 0 };
    struct json *report = NULL;
    struct error problem;
    bool is_damaged;
    int early = read_options(argc, argv, gc_help, &options);

    if (early >= 0)
        return early;
    if (!options.is_all && !options.revisions && !options.older_days && !options.megabytes &&
        !options.feed_days)
        return usage_error("gc", "which past? --older-than, --revisions, --megabytes, "
                                 "--feed-older-than or --all");
    make_request(&options, &request);
    if (kb_find(&kb, options.kb, &problem) ||
        kb_write(&kb, buf_span(&request), collect, &report, &problem))
        return fail_with(&problem);
    print_collected(report, options.is_json);
    is_damaged = json_read_integer(json_lookup(report, "damaged_blocks"), 0) > 0;
    json_free(report);
    return is_damaged ? EXIT_FOUND : EXIT_DONE;
}
