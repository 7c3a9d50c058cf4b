#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "index/hits.h"

#define FEW_DOCUMENTS 2000
#define FEW_SHARE     20 /* one in so many */

struct filter_text {
    char *path_glob, *media_type, *language;
    struct buf path; /* scratch: absolute, then "!/member" */
};

static bool span_is(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* The pattern against the whole path, or against its end after a '/'. */
bool filter_path_matches(const char *glob, const char *path)
{
    if (fnmatch(glob, path, 0) == 0)
        return true;
    if (glob[0] == '/')
        return false;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (fnmatch(glob, slash + 1, 0) == 0)
            return true;
    }
    return false;
}

static bool one_media_matches(const char *wanted, struct span media_type, struct span path,
                              struct span member)
{
    struct span name = member.len ? member : path;
    size_t len = strlen(wanted);

    if (strchr(wanted, '/')) {
        bool is_prefix = wanted[len - 1] == '/' || wanted[len - 1] == '*';

        if (wanted[len - 1] == '*')
            len--;
        return media_type.len >= len && strncasecmp(media_type.data, wanted, len) == 0 &&
               (is_prefix || media_type.len == len);
    }
    if (wanted[0] == '.')
        wanted++, len--;
    return name.len > len && name.data[name.len - len - 1] == '.' &&
           strncasecmp(name.data + name.len - len, wanted, len) == 0;
}

/* wanted: types and extensions, joined by commas. */
static bool media_matches(const char *wanted, struct span media_type, struct span path,
                          struct span member)
{
    for (size_t len; *wanted; wanted += len + (wanted[len] == ',')) {
        char one[128];

        len = strcspn(wanted, ",");
        if (len == 0 || len >= sizeof(one))
            continue;
        memcpy(one, wanted, len);
        one[len] = '\0';
        if (one_media_matches(one, media_type, path, member))
            return true;
    }
    return false;
}

static bool language_matches(const char *wanted, struct span language)
{
    for (size_t rest; *wanted; wanted += rest + (wanted[rest] == ',')) {
        size_t len = strcspn(wanted, "-_,");

        rest = strcspn(wanted, ",");
        if (len > 0 && language.len >= len && strncasecmp(language.data, wanted, len) == 0 &&
            (language.len == len || language.data[len] == '-' || language.data[len] == '_'))
            return true;
    }
    return false;
}

static char *copy_text(struct span text)
{
    return text.len ? strndup(text.data, text.len) : NULL;
}

static bool path_is_wanted(struct filter_text *text, sqlite3_stmt *row, struct span path,
                           struct span member)
{
    buf_clear(&text->path);
    buf_append(&text->path, sql_column_span(row, 1).data, sql_column_span(row, 1).len);
    buf_append_char(&text->path, '/');
    buf_append(&text->path, path.data, path.len);
    if (filter_path_matches(text->path_glob, text->path.data))
        return true;
    if (member.len == 0)
        return false;
    buf_append(&text->path, "!/", 2);
    buf_append(&text->path, member.data, member.len);
    return filter_path_matches(text->path_glob, text->path.data);
}

static bool time_matches(const struct search_filter *filter, sqlite3_stmt *row)
{
    struct file_stamp stamp = stamp_decode(sql_column_span(row, 6));
    int64_t written_ms = stamp.mtime_ns / 1000000;

    return (filter->since_ms == 0 || written_ms >= filter->since_ms) &&
           (filter->until_ms == 0 || written_ms <= filter->until_ms);
}

static bool may_read(const struct search_filter *filter, sqlite3_stmt *row)
{
    struct file_stamp stamp = stamp_decode(sql_column_span(row, 6));
    /* What is kept of permissions is about today's content: the past may not be read. */
    bool is_gone = sqlite3_column_type(row, 8) != SQLITE_NULL;

    return !is_gone && filter->may_read(filter->user, sql_column_span(row, 1),
                                        sql_column_span(row, 2), &stamp, sql_column_span(row, 7));
}

static bool row_matches(const struct search_filter *filter, struct filter_text *text,
                        sqlite3_stmt *row)
{
    struct span path = sql_column_span(row, 2);
    struct span member = sql_column_span(row, 3);

    if (filter->source.len && !span_is(sql_column_span(row, 1), filter->source))
        return false;
    if (text->media_type && !media_matches(text->media_type, sql_column_span(row, 4), path, member))
        return false;
    if (text->language && !language_matches(text->language, sql_column_span(row, 5)))
        return false;
    if (text->path_glob && !path_is_wanted(text, row, path, member))
        return false;
    if ((filter->since_ms || filter->until_ms) && !time_matches(filter, row))
        return false;
    return !filter->may_read || may_read(filter, row);
}

/* Columns as row_matches() reads them. What is live now is found without the revisions, which are
 * many times larger, unless they are asked for. */
static const char rows_now[] =
    "SELECT d.document_id, s.path, d.path, d.member, '', '', d.good_stamp, d.acl, d.died,"
    " d.revision_id FROM document d NOT INDEXED CROSS JOIN source s ON s.source_id = d.source_id"
    " WHERE d.died IS NULL AND d.revision_id IS NOT NULL AND d.document_id <> ?1";
static const char rows_of_revisions[] =
    "SELECT d.document_id, s.path, d.path, d.member, o.media_type, r.language,"
    " d.good_stamp, d.acl, coalesce(d.died, r.died), r.revision_id"
    " FROM revision r JOIN document d USING(document_id) JOIN source s USING(source_id)"
    " LEFT JOIN origin o USING(origin_id)"
    " WHERE r.born <= ?1 AND (r.died IS NULL OR r.died > ?1)";

/* revisions: of the documents that may answer, at most FEW_DOCUMENTS of them. */
static enum status mark_allowed(struct search *search, const struct search_filter *filter,
                                struct filter_text *text, int64_t revisions[FEW_DOCUMENTS],
                                struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    bool is_now =
        !search->is_past && !text->language && !(text->media_type && strchr(text->media_type, '/'));
    enum status status = sql_open(sql, is_now ? rows_now : rows_of_revisions,
                                  SQL_VALUES(sql_integer(is_now ? 0 : search->as_of)), &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        search->document_count++;
        if (!row_matches(filter, text, row))
            continue;
        id_set_add(&search->allowed, sqlite3_column_int64(row, 0));
        if (search->allowed_count < FEW_DOCUMENTS)
            revisions[search->allowed_count] = sqlite3_column_int64(row, 9);
        search->allowed_count++;
    }
    return status;
}

enum status hits_make_set(struct search *search, const char *max_sql, struct id_set *out,
                          struct error *err)
{
    enum status status =
        sql_read_integer(&search->snapshot->index->sql, max_sql, NULL, 0, &out->max, err);

    if (!status)
        out->bits = arena_alloc(&search->arena, (size_t)out->max / 8 + 1);
    if (!status && !out->bits)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for a filter");
    return status;
}

/* So that ranking need not ask for each passage whose document it is of. */
static enum status list_segments(struct search *search, const int64_t *revisions, struct error *err)
{
    enum status status = hits_make_set(search, "SELECT max(segment_id) FROM segment",
                                       &search->allowed_segments, err);

    if (!status)
        status = hits_make_set(search, LARGEST_INPUT, &search->allowed_inputs, err);
    for (int64_t i = 0; i < search->allowed_count && !status; i++) {
        CLEANUP(arena_release) struct arena arena = ARENA_INIT((size_t)1 << 30);
        struct layout layout = { 0 };
        struct span title;

        /* mark_allowed() wrote so many. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
        status = revision_load(search->snapshot->index, revisions[i], &arena, &layout, &title, err);
        for (size_t k = 0; k < layout.segment_count && !status; k++) {
            id_set_add(&search->allowed_segments, layout.segments[k].segment_id);
            id_set_add(&search->allowed_inputs, layout.segments[k].input_id);
        }
    }
    return status;
}

/* Few enough that reading all of their layouts costs less than to look at what is ranked, one by
 * one, until enough of it may answer. */
static bool are_few(const struct search *search)
{
    return search->allowed_count < FEW_DOCUMENTS &&
           search->allowed_count * FEW_SHARE < search->document_count;
}

static enum status find_allowed(struct search *search, const struct search_filter *filter,
                                struct filter_text *text, struct error *err)
{
    int64_t revisions[FEW_DOCUMENTS];
    enum status status =
        hits_make_set(search, "SELECT max(document_id) FROM document", &search->allowed, err);

    if (!status)
        status = mark_allowed(search, filter, text, revisions, err);
    if (!status && are_few(search))
        status = list_segments(search, revisions, err);
    return status;
}

enum status filter_apply(struct search *search, const struct search_filter *filter,
                         struct error *err)
{
    struct filter_text text = { .path_glob = copy_text(filter->path_glob),
                                .media_type = copy_text(filter->media_type),
                                .language = copy_text(filter->language),
                                .path = BUF_INIT((size_t)OS_PATH_MAX * 4) };
    enum status status = STATUS_OK;

    search->has_filter = filter->path_glob.len || filter->source.len || filter->media_type.len ||
                         filter->language.len || filter->since_ms || filter->until_ms ||
                         filter->may_read;
    if (search->has_filter)
        status = find_allowed(search, filter, &text, err);
    free(text.path_glob);
    free(text.media_type);
    free(text.language);
    buf_release(&text.path);
    return status;
}
