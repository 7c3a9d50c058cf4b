#include "cli/erase.h"

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/file_cache.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/paths.h"
#include "index/feed.h"
#include "index/questions.h"
#include "index/retain.h"
#include "index/status.h"
#include "serve/control.h"

static const char help[] =
    "usage: varve erase [--kb DIR] [--match GLOB ...] [--forget-path] [--json] [FILE ...]\n\n"
    "Removes documents, members included, from the index with their whole past: rows, texts and\n"
    "vectors that nobody else has, and their words in the full text; freed pages are overwritten, "
    "the\n"
    "cache of what converters made is emptied, consumers of the feed are told. The file itself is\n"
    "yours to delete first: a file that is still there is indexed again. Prints every place that "
    "was\n"
    "looked at, and what may hold copies and is left to you. A running 'varve run' does it.\n\n"
    "  --match GLOB    all documents whose absolute path, or its end, matches, those that are "
    "gone\n"
    "                  included: '*/private/*', 'notes/*.md'; * also matches '/'\n"
    "  --forget-path   the path goes from the feed's past, too\n"
    "  --json          the report as one JSON object\n\n"
    "Exit status: 0 nothing of them is left; 1 a search held the log open, or what is damaged "
    "could\n"
    "not be removed as it should be (the report says what); 2 wrong usage; 3 it failed.\n";

#define PATHS_BYTES_MAX ((size_t)256 << 20)

/* ---- in the process that writes ---- */

struct keys {
    struct arena arena; /* of their paths */
    struct document_key *all;
    size_t count, capacity;
};

static enum status add_key(void *user, const struct document_key *key, struct error *err)
{
    struct keys *keys = user;
    struct document_key *copy;
    char *path = arena_copy(&keys->arena, key->path);
    char *member = arena_copy(&keys->arena, key->member);

    if (!path || !member || !array_reserve(&keys->all, &keys->capacity, keys->count))
        return error_set(err, STATUS_NO_MEMORY, "no memory for the paths");
    copy = &keys->all[keys->count++];
    *copy = (struct document_key){ key->source_id,
                                   { path, key->path.len },
                                   { member, key->member.len } };
    return STATUS_OK;
}

static void keys_release(struct keys *keys)
{
    arena_release(&keys->arena);
    free(keys->all);
}

static enum status find_file(struct snapshot *snapshot, const char *kb, const struct json *file,
                             struct keys *keys, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(16384);
    CLEANUP(buf_release) struct buf source = BUF_INIT(16384);
    struct document_key key;
    bool is_below_source = false;
    enum status status;

    if (!json_read_path(file, "path", &path))
        return error_set(err, STATUS_MALFORMED, "a path is missing, or not base64");
    status = buf_status(&path, err);
    if (!status)
        status = status_resolve(snapshot, buf_span(&path), &key, &source, &is_below_source, err);
    if (!status && !is_below_source)
        return error_set(err, STATUS_UNREADABLE, "'%s' lies in no source of '%s'", path.data, kb);
    return status ? status : add_key(keys, &key, err);
}

static enum status find_keys(struct snapshot *snapshot, const char *kb, const struct json *request,
                             struct keys *keys, struct error *err)
{
    const struct json *files = json_lookup(request, "files");
    const struct json *globs = json_lookup(request, "match");
    enum status status = STATUS_OK;

    for (size_t i = 0; i < json_count(files) && !status; i++)
        status = find_file(snapshot, kb, json_at(files, i), keys, err);
    for (size_t i = 0; i < json_count(globs) && !status; i++) {
        struct span glob = json_read_string(json_at(globs, i));

        if (glob.data)
            status = retain_each_match(snapshot, glob.data, add_key, keys, err);
    }
    return status;
}

static enum status put_consumer(void *user, const char *name, int64_t sequence, struct error *err)
{
    (void)sequence;
    (void)err;
    json_put_text(user, NULL, name);
    return STATUS_OK;
}

static bool has_prefix(const char *name, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

/* The files of a folder whose names begin so: absolute paths. */
static void put_files(struct json_writer *json, const char *name, const char *folder,
                      const char *const *prefixes)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    DIR *files = opendir(folder);
    const struct dirent *file;

    json_put_array_begin(json, name);
    while (files && (file = readdir(files))) {
        if (!has_prefix(file->d_name, prefixes))
            continue;
        buf_clear(&path);
        buf_printf(&path, "%s/%s", folder, file->d_name);
        json_put_string(json, NULL, buf_span(&path));
    }
    json_put_array_end(json);
    if (files)
        (void)closedir(files);
}

static void put_counts(struct json_writer *json, const struct erase_report *report)
{
    json_put_integer(json, "documents", (int64_t)report->documents);
    json_put_integer(json, "revisions", (int64_t)report->revisions);
    json_put_integer(json, "segments", (int64_t)report->segments);
    json_put_integer(json, "texts", (int64_t)report->texts);
    json_put_integer(json, "texts_kept", (int64_t)report->texts_kept);
    json_put_integer(json, "vectors", (int64_t)report->vectors);
    json_put_integer(json, "fulltext_rows", (int64_t)report->fulltext_rows);
    json_put_bool(json, "log_empty", report->is_log_empty);
    json_put_integer(json, "damaged_blocks", (int64_t)report->damaged);
    json_put_integer(json, "left", (int64_t)report->left);
    json_put_text(json, "left_why", report->left ? report->left_why : NULL);
}

/* What was looked at beside the database. The cache's results are named by content, so nobody can
 * say which are of these documents: all go. A model that was fitted to the documents' words has no
 * text of theirs, and may be the one that is searched: it is told, not dropped. */
static enum status put_places(struct index *index, const char *kb, struct json_writer *json,
                              uint64_t cache_bytes, struct error *err)
{
    static const char *const adapted[] = { "adapted-", NULL };
    /* What was damaged or replaced; databases as they were before a migration; a restore that was
     * cut short. */
    static const char *const copies[] = { "aside-", "index.db.schema-", "restored.db", NULL };
    CLEANUP(buf_release) struct buf models = BUF_INIT(OS_PATH_MAX);
    struct snapshot *snapshot = NULL;
    enum status status = snapshot_take(index, &snapshot, err);

    json_put_integer(json, "cache_bytes", (int64_t)cache_bytes);
    json_put_array_begin(json, "consumers");
    if (!status)
        status = feed_each_consumer(snapshot, put_consumer, json, err);
    json_put_array_end(json);
    snapshot_free(snapshot);
    buf_printf(&models, "%s/models", kb);
    put_files(json, "adapted_models", models.data, adapted);
    put_files(json, "set_aside", kb, copies);
    return status;
}

enum status erase_run(struct index *index, const char *kb, const struct json *request,
                      struct buf *out, struct error *err)
{
    CLEANUP(keys_release) struct keys keys = { .arena = ARENA_INIT(PATHS_BYTES_MAX) };
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    struct json_writer json = JSON_WRITER(out);
    struct erase_report report = { .is_log_empty = true };
    struct snapshot *snapshot = NULL;
    uint64_t cache_bytes = 0, questions = 0;
    enum status status = snapshot_take(index, &snapshot, err);

    if (!status)
        status = find_keys(snapshot, kb, request, &keys, err);
    snapshot_free(snapshot);
    buf_printf(&cache, "%s/cache", kb);
    /* Without a document, too: one that was cut short is finished by running it again. */
    if (!status)
        status = file_cache_empty(cache.data, &cache_bytes, err);
    if (!status)
        status =
            retain_erase(index, keys.all, keys.count,
                         json_read_bool(json_lookup(request, "forget_path"), false), &report, err);
    if (!status)
        status = questions_forget_erased(index, &questions, err);
    if (status)
        return status;
    json_put_object_begin(&json, NULL);
    put_counts(&json, &report);
    json_put_integer(&json, "questions", (int64_t)questions);
    status = put_places(index, kb, &json, cache_bytes, err);
    json_put_object_end(&json);
    return status ? status : buf_status(out, err);
}

/* ---- the command ---- */

struct erase_options {
    const char *kb;
    bool is_json, is_path_forgotten;
    char **globs; /* lent from argv */
    int glob_count;
};

static void print_list(struct buf *out, const struct json *list, const char *before,
                       const char *between, const char *behind)
{
    if (json_count(list) == 0)
        return;
    buf_printf(out, "%s", before);
    for (size_t i = 0; i < json_count(list); i++) {
        struct span text = json_read_string(json_at(list, i));

        buf_printf(out, "%s%.*s", i ? between : "", (int)text.len, text.data);
    }
    buf_printf(out, "%s\n", behind);
}

static void print_count(struct buf *out, const struct json *report, const char *name,
                        const char *label)
{
    int64_t count = json_read_integer(json_lookup(report, name), 0);

    append_count(out, (uint64_t)count);
    buf_printf(out, " %s", label);
}

/* What could not be removed as it should be. */
static void append_damage(struct buf *out, const struct json *report)
{
    int64_t blocks = json_read_integer(json_lookup(report, "damaged_blocks"), 0);
    int64_t left = json_read_integer(json_lookup(report, "left"), 0);
    struct span why = json_read_string(json_lookup(report, "left_why"));

    if (blocks > 0)
        buf_printf(
            out,
            "  damaged      %lld blocks of texts could not be read and went whole, with texts "
            "of other\n               documents: 'varve verify --repair' has those read "
            "again\n",
            (long long)blocks);
    if (left > 0) {
        buf_printf(out, "  NOT ERASED   %lld of what was named: ", (long long)left);
        utf8_append_printable(out, why); /* it may name a file */
        buf_printf(out, "\n               'varve verify --repair' takes out what is damaged; then "
                        "erase them again\n");
    }
}

static void print_report(const struct json *report, bool is_path_forgotten)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)1 << 20);
    int64_t kept = json_read_integer(json_lookup(report, "texts_kept"), 0);

    buf_printf(&out, "erased ");
    print_count(&out, report, "documents", "documents\n  database     ");
    print_count(&out, report, "revisions", "revisions, ");
    print_count(&out, report, "segments", "segments, ");
    print_count(&out, report, "texts", "texts and ");
    print_count(&out, report, "vectors", "vectors removed, their pages overwritten\n");
    if (kept > 0) {
        buf_printf(&out, "               ");
        append_count(&out, (uint64_t)kept);
        buf_printf(&out, " texts stay: other documents have them as well\n");
    }
    append_damage(&out, report);
    buf_printf(&out, "  full text    ");
    print_count(&out, report, "fulltext_rows", "rows removed and merged away\n");
    buf_printf(&out, "  vector scan  written anew\n  log          %s\n",
               json_read_bool(json_lookup(report, "log_empty"), true)
                   ? "emptied"
                   : "held open by a search: run it again to overwrite the rest");
    buf_printf(&out, "  cache        %lld bytes of converters' results removed\n",
               (long long)json_read_integer(json_lookup(report, "cache_bytes"), 0));
    if (json_read_integer(json_lookup(report, "questions"), 0) > 0)
        buf_printf(&out, "  questions    %lld that led to them forgotten\n",
                   (long long)json_read_integer(json_lookup(report, "questions"), 0));
    buf_printf(&out, "  feed         the removal is told; %s\n",
               is_path_forgotten ? "paths are removed from its past"
                                 : "its past still has the paths (--forget-path)");
    print_list(&out, json_lookup(report, "consumers"),
               "  consumers    told when they read on: ", ", ", "");
    print_list(
        &out, json_lookup(report, "adapted_models"), "  models       ", "\n               ",
        "\n               were fitted to the documents as they were, and hold no text; 'varve "
        "model adapt' fits anew");
    print_list(&out, json_lookup(report, "set_aside"), "  set aside    ", "\n               ",
               "\n               may hold them, and are yours to remove");
    buf_printf(&out, "  backups      not looked at: they are yours\n");
    (void)print_buf(&out);
}

static enum status make_request(const struct erase_options *options, char **files, int count,
                                struct buf *out, struct error *err)
{
    struct json_writer json = JSON_WRITER(out);
    enum status status = STATUS_OK;

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "op", "erase");
    json_put_bool(&json, "forget_path", options->is_path_forgotten);
    json_put_array_begin(&json, "files");
    for (int i = 0; i < count && !status; i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(16384);

        status = path_of_document(files[i], &path, err);
        json_put_object_begin(&json, NULL);
        json_put_path(&json, "path", buf_span(&path));
        json_put_object_end(&json);
    }
    json_put_array_end(&json);
    json_put_array_begin(&json, "match");
    for (int i = 0; i < options->glob_count; i++)
        json_put_text(&json, NULL, options->globs[i]);
    json_put_array_end(&json);
    json_put_object_end(&json);
    return status ? status : buf_status(out, err);
}

static enum status erase_here(struct kb *kb, const struct json *request, struct buf *report,
                              struct error *err)
{
    return erase_run(kb->index, kb->folder.data, request, report, err);
}

static int finish(const struct erase_options *options, const struct json *report)
{
    if (options->is_json) {
        CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);

        json_append(&line, report);
        buf_append_char(&line, '\n');
        (void)print_buf(&line);
    } else {
        print_report(report, options->is_path_forgotten);
    }
    if (json_read_bool(json_lookup(report, "log_empty"), true) &&
        json_read_integer(json_lookup(report, "damaged_blocks"), 0) == 0 &&
        json_read_integer(json_lookup(report, "left"), 0) == 0)
        return EXIT_DONE;
    fprintf(stderr, "varve: not all is erased as it should be: the report says what is left\n");
    return EXIT_FOUND;
}

static int read_options(int argc, char **argv, struct erase_options *out)
{
    static const struct option options[] = {
        { "kb", required_argument, NULL, 'k' },    { "json", no_argument, NULL, 'j' },
        { "match", required_argument, NULL, 'm' }, { "forget-path", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            out->kb = optarg;
        else if (option == 'j')
            out->is_json = true;
        else if (option == 'm')
            out->globs[out->glob_count++] = optarg;
        else if (option == 'f')
            out->is_path_forgotten = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (optind == argc && out->glob_count == 0)
        return usage_error("erase", "which file?");
    return -1;
}

int cmd_erase(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf request = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct erase_options options = { .globs = calloc((size_t)argc, sizeof(char *)) };
    struct json *report = NULL;
    struct error problem = { .text = "no memory" };
    int result = options.globs ? read_options(argc, argv, &options) : fail_with(&problem);

    if (result < 0) {
        if (kb_find(&kb, options.kb, &problem) ||
            make_request(&options, argv + optind, argc - optind, &request, &problem) ||
            kb_write(&kb, buf_span(&request), erase_here, &report, &problem))
            result = fail_with(&problem);
        else
            result = finish(&options, report);
    }
    json_free(report);
    free(options.globs);
    return result;
}
