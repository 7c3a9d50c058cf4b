/*
 * retain.c - `varve du`, `gc`, `erase` and `backup`: what the past costs, and letting go of it.
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
#include "cli/kb.h"
#include "cli/paths.h"
#include "index/retain.h"
#include "index/status.h"

static const char du_help[] = "usage: varve du [--kb DIR] [--json]\n\n"
                              "Says what the knowledge base takes on disk: live text, retained "
                              "past, and what 'varve gc' would\n"
                              "give back; by source and in all.\n";

static const char gc_help[] =
    "usage: varve gc [--kb DIR] [--older-than DAYS] [--revisions N] [--all] [--json]\n\n"
    "Removes past revisions, with the texts and vectors that only they have, and gives the space\n"
    "back; the cache of what converters made is cut to its limit. Live documents are not touched. "
    "Not\n"
    "while 'varve run' is at work.\n\n"
    "  --older-than DAYS   those superseded longer ago\n"
    "  --revisions N       all but the newest N of each document\n"
    "  --all               all that is past\n";

static const char erase_help[] =
    "usage: varve erase [--kb DIR] [--forget-path] [--json] FILE ...\n\n"
    "Removes documents, members included, from the index with their whole past: rows, texts and\n"
    "vectors that nobody else has, and their words in the full text; freed pages are overwritten. "
    "The\n"
    "cache of what converters made is emptied. The file itself is yours to delete first: a file "
    "that\n"
    "is still there is indexed again. Not while 'varve run' is at work.\n\n"
    "  --forget-path   the path goes from the feed's past, too\n";

static const char backup_help[] =
    "usage: varve backup [--kb DIR] DEST\n\n"
    "Makes a consistent, verified copy of the knowledge base's database and settings in the "
    "folder\n"
    "DEST, while 'varve run' goes on. To restore: --kb DEST, or copy DEST to where it was.\n";

struct retain_options {
    const char *kb;
    bool is_json, is_all, is_path_forgotten;
    long older_days, revisions;
};

static int read_options(int argc, char **argv, const char *help, struct retain_options *out)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "all", no_argument, NULL, 'a' },
                                             { "older-than", required_argument, NULL, 'o' },
                                             { "revisions", required_argument, NULL, 'r' },
                                             { "forget-path", no_argument, NULL, 'f' },
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
        case 'f':
            out->is_path_forgotten = true;
            break;
        case 'o':
            if (!read_number(argv[0], "--older-than", optarg, 0, 36500, &out->older_days))
                return EXIT_USAGE;
            break;
        case 'r':
            if (!read_number(argv[0], "--revisions", optarg, 1, 1000000, &out->revisions))
                return EXIT_USAGE;
            break;
        default:
            return option == 'h' ? print_help(help) : EXIT_USAGE;
        }
    }
    return -1;
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
    bool is_json;
};

static enum status du_source(void *user, const struct retain_size *size, struct error *err)
{
    struct du *du = user;

    if (du->is_json) {
        json_put_object_begin(&du->json, NULL);
        json_put_path(&du->json, "path", size->source_path);
        json_put_integer(&du->json, "live_text_bytes", (int64_t)size->live_text);
        json_put_integer(&du->json, "retained_text_bytes", (int64_t)size->retained_text);
        json_put_integer(&du->json, "live_documents", (int64_t)size->live_documents);
        json_put_integer(&du->json, "past_revisions", (int64_t)size->past_revisions);
        json_put_object_end(&du->json);
        return buf_status(&du->out, err);
    }
    buf_append(&du->out, size->source_path.data, size->source_path.len);
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
        status = retain_measure(kb.snapshot, du_source, &du, &total, &problem);
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

static void print_counts(bool is_json, const char *const names[], const uint64_t counts[],
                         size_t count)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
    struct json_writer json = JSON_WRITER(&out);

    if (is_json)
        json_put_object_begin(&json, NULL);
    for (size_t i = 0; i < count; i++) {
        if (is_json) {
            json_put_integer(&json, names[i], (int64_t)counts[i]);
        } else {
            buf_printf(&out, "%s%s ", i ? ", " : "removed: ", names[i]);
            append_count(&out, counts[i]);
        }
    }
    if (is_json)
        json_put_object_end(&json);
    buf_append_char(&out, '\n');
    (void)print_buf(&out);
}

/* As varve.conf bounds it now. */
static enum status trim_cache(const struct kb *kb, uint64_t *freed, struct error *err)
{
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    struct config *config = NULL;
    enum status status = config_read(kb->folder.data, &config, err);
    uint64_t before;

    if (status)
        return status;
    cache_folder_of(kb, &cache);
    before = file_cache_bytes(cache.data);
    *freed += before - file_cache_trim(cache.data, (uint64_t)config->cache_mb * 1000000);
    config_free(config);
    return STATUS_OK;
}

int cmd_gc(int argc, char **argv)
{
    static const char *const names[] = { "revisions", "segments",  "texts",
                                         "vectors",   "documents", "bytes freed" };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct retain_options options = { 0 };
    struct retain_policy policy = { 0 };
    struct retain_report report;
    struct error problem;
    int early = read_options(argc, argv, gc_help, &options);

    if (early >= 0)
        return early;
    policy.everything = options.is_all;
    policy.revisions_max = (uint32_t)options.revisions;
    if (options.older_days > 0)
        policy.older_than_ms = os_wall_ms() - (int64_t)options.older_days * 24 * 3600 * 1000;
    if (!policy.everything && !policy.revisions_max && !policy.older_than_ms)
        return usage_error("gc", "which past? --older-than, --revisions or --all");
    if (kb_find(&kb, options.kb, &problem) ||
        index_open(kb.folder.data, INDEX_WRITE, &kb.index, &problem) ||
        retain_collect(kb.index, &policy, &report, &problem) ||
        trim_cache(&kb, &report.freed_bytes, &problem))
        return fail_with(&problem);
    print_counts(options.is_json, names,
                 (const uint64_t[]){ report.revisions, report.segments, report.texts,
                                     report.vectors, report.documents, report.freed_bytes },
                 6);
    return EXIT_DONE;
}

/* ---- erase ---- */

/* Where a path lies is found in a reader's view; the path's bytes stay the caller's. */
static enum status find_keys(struct kb *kb, char **files, int count, struct buf *paths,
                             struct document_key *keys, struct error *err)
{
    struct snapshot *snapshot = NULL;
    struct buf source = BUF_INIT(16384);
    enum status status = snapshot_take(kb->index, &snapshot, err);

    for (int i = 0; i < count && !status; i++) {
        bool is_below_source = false;

        status = path_of_document(files[i], &paths[i], err);
        if (!status)
            status = status_resolve(snapshot, buf_span(&paths[i]), &keys[i], &source,
                                    &is_below_source, err);
        if (!status && !is_below_source)
            status = error_set(err, STATUS_UNREADABLE, "'%s' lies in no source of '%s'",
                               paths[i].data, kb->folder.data);
    }
    buf_release(&source);
    snapshot_free(snapshot);
    return status;
}

static enum status erase_files(struct kb *kb, char **files, int count, bool is_path_forgotten,
                               struct erase_report *report, struct error *err)
{
    struct document_key *keys = calloc((size_t)count, sizeof(*keys));
    struct buf *paths = calloc((size_t)count, sizeof(*paths));
    enum status status = STATUS_NO_MEMORY;

    if (!keys || !paths) {
        (void)error_set(err, STATUS_NO_MEMORY, "no memory for the paths");
    } else {
        for (int i = 0; i < count; i++)
            paths[i] = (struct buf)BUF_INIT(16384);
        status = find_keys(kb, files, count, paths, keys, err);
        if (!status)
            status = retain_erase(kb->index, keys, (size_t)count, is_path_forgotten, report, err);
        for (int i = 0; i < count; i++)
            buf_release(&paths[i]);
    }
    free(keys);
    free(paths);
    return status;
}

/* Its results are named by content, so nobody can say which are of these documents: all go. */
static enum status empty_cache(const struct kb *kb, struct error *err)
{
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    uint64_t removed;

    cache_folder_of(kb, &cache);
    return file_cache_empty(cache.data, &removed, err);
}

int cmd_erase(int argc, char **argv)
{
    static const char *const names[] = { "documents", "revisions", "segments",
                                         "texts",     "vectors",   "full text rows" };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct retain_options options = { 0 };
    struct erase_report report;
    struct error problem;
    int early = read_options(argc, argv, erase_help, &options);

    if (early >= 0)
        return early;
    if (optind == argc)
        return usage_error("erase", "which file?");
    if (kb_find(&kb, options.kb, &problem) ||
        index_open(kb.folder.data, INDEX_WRITE, &kb.index, &problem) ||
        empty_cache(&kb, &problem) ||
        erase_files(&kb, argv + optind, argc - optind, options.is_path_forgotten, &report,
                    &problem))
        return fail_with(&problem);
    print_counts(options.is_json, names,
                 (const uint64_t[]){ report.documents, report.revisions, report.segments,
                                     report.texts, report.vectors, report.fulltext_rows },
                 6);
    if (report.texts_kept > 0)
        fprintf(stderr, "varve: %llu texts stay: other documents have them as well\n",
                (unsigned long long)report.texts_kept);
    if (!report.is_log_empty)
        fprintf(stderr, "varve: a search held the log open: run it again to overwrite the rest\n");
    return report.is_log_empty ? EXIT_DONE : EXIT_FOUND;
}

/* ---- backup ---- */

int cmd_backup(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf file = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    struct retain_options options = { 0 };
    struct error problem;
    int early = read_options(argc, argv, backup_help, &options);

    if (early >= 0)
        return early;
    if (optind + 1 != argc)
        return usage_error("backup", "one folder to put it in, please");
    if (kb_find(&kb, options.kb, &problem) ||
        index_open(kb.folder.data, INDEX_READ, &kb.index, &problem) ||
        index_backup(kb.index, argv[optind], &problem))
        return fail_with(&problem);
    buf_printf(&file, "%s/varve.conf", kb.folder.data);
    if (!os_read_file(file.data, &text, NULL)) {
        buf_clear(&file);
        buf_printf(&file, "%s/varve.conf", argv[optind]);
        if (os_replace_file(file.data, buf_span(&text), 0600, &problem))
            return fail_with(&problem);
    }
    printf("backed up to '%s'\n", argv[optind]);
    return EXIT_DONE;
}
