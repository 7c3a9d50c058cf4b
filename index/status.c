#include "index/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "index/hits.h"
#include "index/scan.h"
#include "index/writer.h"

static enum status read_one(struct snapshot *snapshot, const char *text, uint64_t *out,
                            struct error *err)
{
    int64_t value = 0;
    enum status status = sql_read_integer(&snapshot->index->sql, text, NULL, 0, &value, err);

    *out = (uint64_t)value;
    return status;
}

static enum status read_outcomes(struct snapshot *snapshot, struct status_counts *out,
                                 struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 "SELECT outcome, count(*), sum(revision_id IS NOT NULL), sum(is_held),"
                 " sum(is_behind), sum(attempt_count > 0) FROM document WHERE died IS NULL"
                 " GROUP BY outcome",
                 NULL, &row, err);

    while (!status) {
        int64_t outcome;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        outcome = sqlite3_column_int64(row, 0);
        if (outcome >= 0 && outcome < OUTCOME_COUNT)
            out->by_outcome[outcome] = (uint64_t)sqlite3_column_int64(row, 1);
        out->documents += (uint64_t)sqlite3_column_int64(row, 1);
        out->live_documents += (uint64_t)sqlite3_column_int64(row, 2);
        out->held += (uint64_t)sqlite3_column_int64(row, 3);
        out->behind += (uint64_t)sqlite3_column_int64(row, 4);
        out->attempting += (uint64_t)sqlite3_column_int64(row, 5);
    }
    return status;
}

static uint64_t file_bytes(const struct index *index, const char *suffix)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    struct file_stamp stamp = { 0 };

    buf_printf(&path, "%s%s", index->database_path, suffix);
    if (path.failed || os_stamp_at(AT_FDCWD, path.data, &stamp, NULL))
        return 0;
    return stamp.size;
}

/* Of the row of model. The scan file has a slot for each vector of the models that are searched or
 * built; to count the vectors themselves is to read all of them. */
#define VECTOR_COUNT                                                                               \
    "ifnull((SELECT slots FROM scan, state AS now WHERE scan.model_id = model.model_id"            \
    " AND model.model_id IN (now.model_id, now.next_model_id)),"                                   \
    " (SELECT count(*) FROM vector WHERE vector_id >= model.model_id << 40"                        \
    " AND vector_id < (model.model_id + 1) << 40))"

enum status status_read_counts(struct snapshot *snapshot, struct status_counts *out,
                               struct error *err)
{
    struct status_counts counts = { .generation = snapshot->generation };
    struct sql *sql = &snapshot->index->sql;
    uint64_t free_pages = 0, page_bytes = 0;
    enum status status = read_outcomes(snapshot, &counts, err);

    if (!status)
        status = sql_read_integer(sql,
                                  "SELECT committed_ms FROM generation ORDER BY generation DESC"
                                  " LIMIT 1",
                                  NULL, 0, &counts.committed_ms, err);
    if (!status)
        status = read_one(snapshot, "SELECT sum(segment_count) FROM revision WHERE died IS NULL",
                          &counts.segments, err);
    if (!status)
        status =
            read_one(snapshot,
                     "SELECT count(*) FROM waiting w CROSS JOIN segment ON " SEGMENT_WAITS ", state"
                     " WHERE w.model_id = state.model_id AND is_failed = 0"
                     " AND died IS NULL",
                     &counts.waiting_segments, err);
    if (!status)
        status =
            read_one(snapshot,
                     "SELECT count(*) FROM waiting w CROSS JOIN segment ON " SEGMENT_WAITS ", state"
                     " WHERE w.model_id = state.model_id AND is_failed = 1"
                     " AND died IS NULL",
                     &counts.failed_segments, err);
    if (!status)
        status = read_one(snapshot, "SELECT sum(text_bytes) FROM revision WHERE died IS NULL",
                          &counts.text_bytes, err);
    if (!status)
        status = read_one(snapshot, "SELECT sum(token_count) FROM revision WHERE died IS NULL",
                          &counts.token_count, err);
    if (!status)
        status =
            read_one(snapshot, "SELECT " VECTOR_COUNT " FROM model JOIN state USING (model_id)",
                     &counts.vectors, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT sequence FROM state", NULL, 0,
                                  &counts.newest_sequence, err);
    if (!status)
        status = read_one(snapshot, "PRAGMA freelist_count", &free_pages, err);
    if (!status)
        status = read_one(snapshot, "PRAGMA page_size", &page_bytes, err);
    if (status)
        return status;
    counts.free_bytes = free_pages * page_bytes;
    counts.database_bytes = file_bytes(snapshot->index, "");
    counts.wal_bytes = file_bytes(snapshot->index, "-wal");
    counts.is_full = index_is_full(snapshot->index);
    counts.scan_bytes = scan_folder_bytes(snapshot->index->folder);
    *out = counts;
    return STATUS_OK;
}

enum status status_each_source(struct snapshot *snapshot, status_source_fn *fn, void *user,
                               struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 "SELECT s.source_id, s.path, count(d.document_id),"
                 " coalesce(sum(d.revision_id IS NOT NULL), 0),"
                 " coalesce(sum(d.outcome NOT IN (?, ?, ?)), 0), coalesce(sum(r.text_bytes), 0)"
                 " FROM source s LEFT JOIN document d ON d.source_id = s.source_id"
                 " AND d.died IS NULL LEFT JOIN revision r ON r.revision_id = d.revision_id"
                 " GROUP BY s.source_id ORDER BY s.path",
                 SQL_VALUES(sql_integer(OUTCOME_PENDING), sql_integer(OUTCOME_COMPLETE),
                            sql_integer(OUTCOME_NO_TEXT)),
                 &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = fn(user,
                    &(struct status_source){
                        .source_id = sqlite3_column_int64(row, 0),
                        .path = sql_column_span(row, 1),
                        .documents = (uint64_t)sqlite3_column_int64(row, 2),
                        .live_documents = (uint64_t)sqlite3_column_int64(row, 3),
                        .failed = (uint64_t)sqlite3_column_int64(row, 4),
                        .text_bytes = (uint64_t)sqlite3_column_int64(row, 5),
                    },
                    err);
    }
    return status;
}

enum status status_each_model(struct snapshot *snapshot, status_model_fn *fn, void *user,
                              struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(
        sql,
        "SELECT model_id, name, dimensions, fingerprint, token_limit, fusion_weight,"
        " is_query_different, " VECTOR_COUNT ", plugin, (SELECT count(*) FROM waiting w"
        " WHERE w.model_id = model.model_id AND is_failed = 0) FROM model ORDER BY model_id",
        NULL, &row, err);
    struct index_models models = { 0 };

    if (!status)
        status = index_read_models(snapshot->index, &models, err);
    while (!status) {
        struct status_model model = { 0 };
        struct span name;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        name = sql_column_span(row, 1);
        model.model_id = sqlite3_column_int64(row, 0);
        model.is_current = model.model_id == snapshot->model_id;
        (void)snprintf(model.info.name, sizeof(model.info.name), "%.*s", (int)name.len, name.data);
        model.info.dimensions = (unsigned)sqlite3_column_int64(row, 2);
        model.info.fingerprint = sql_column_hash(row, 3);
        model.info.token_limit = (unsigned)sqlite3_column_int64(row, 4);
        model.info.fusion_weight = sqlite3_column_double(row, 5);
        model.info.is_query_different = sqlite3_column_int64(row, 6) != 0;
        model.vectors = (uint64_t)sqlite3_column_int64(row, 7);
        model.plugin = sql_column_span(row, 8);
        model.waiting = (uint64_t)sqlite3_column_int64(row, 9);
        model.is_next = model.model_id == models.next_id;
        model.is_previous = model.model_id == models.previous_id;
        status = fn(user, &model, err);
    }
    return status;
}

#define DOCUMENT_SELECT                                                                            \
    "SELECT d.document_id, s.path, d.source_id, d.path, d.member, d.outcome, d.reason, d.stamp,"   \
    " d.good_stamp, CASE WHEN d.content_hash = x'' THEN r.content_hash ELSE d.content_hash END,"   \
    " g.fingerprint, d.revision_id IS NOT NULL, d.is_held,"                                        \
    " d.is_behind, coalesce(r.is_container, 0), d.attempt_count, d.outcome_ms,"                    \
    " d.outcome_generation, r.content_hash, r.born, r.committed_ms, r.title, o.media_type,"        \
    " r.language, o.extractor, o.charset, r.segment_count, r.text_bytes, r.token_count,"           \
    " r.page_count FROM document d JOIN source s USING(source_id)"                                 \
    " LEFT JOIN revision r USING(revision_id) LEFT JOIN origin o USING(origin_id)"                 \
    " LEFT JOIN stage g ON g.stage_id = d.stage_id WHERE d.died IS NULL "

static void document_read(sqlite3_stmt *row, struct status_document *out)
{
    *out = (struct status_document){
        .document_id = sqlite3_column_int64(row, 0),
        .source_path = sql_column_span(row, 1),
        .key = { .source_id = sqlite3_column_int64(row, 2),
                 .path = sql_column_span(row, 3),
                 .member = sql_column_span(row, 4) },
        .outcome = (enum outcome)sqlite3_column_int64(row, 5),
        .reason = sql_column_span(row, 6),
        .stamp = stamp_decode(sql_column_span(row, 7)),
        .good_stamp = stamp_decode(sql_column_span(row, 8)),
        .content_hash = sql_column_hash(row, 9),
        .stage_fingerprint = sql_column_hash(row, 10),
        .has_text = sqlite3_column_int64(row, 11) != 0,
        .is_held = sqlite3_column_int64(row, 12) != 0,
        .is_behind = sqlite3_column_int64(row, 13) != 0,
        .is_container = sqlite3_column_int64(row, 14) != 0,
        .attempt_count = (unsigned)sqlite3_column_int64(row, 15),
        .outcome_ms = sqlite3_column_int64(row, 16),
        .outcome_generation = sqlite3_column_int64(row, 17),
        .revision_hash = sql_column_hash(row, 18),
        .revision_generation = sqlite3_column_int64(row, 19),
        .committed_ms = sqlite3_column_int64(row, 20),
        .title = sql_column_span(row, 21),
        .media_type = sql_column_span(row, 22),
        .language = sql_column_span(row, 23),
        .extractor = sql_column_span(row, 24),
        .charset = sql_column_span(row, 25),
        .segments = (uint64_t)sqlite3_column_int64(row, 26),
        .text_bytes = (uint64_t)sqlite3_column_int64(row, 27),
        .token_count = (uint64_t)sqlite3_column_int64(row, 28),
        .page_count = (uint32_t)sqlite3_column_int64(row, 29),
    };
}

static enum status each_row(struct snapshot *snapshot, sqlite3_stmt *row, status_document_fn *fn,
                            void *user, uint64_t *count, struct error *err)
{
    bool has_row = true;
    enum status status = STATUS_OK;

    while (!status) {
        struct status_document document;

        status = sql_step(&snapshot->index->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        document_read(row, &document);
        (*count)++;
        status = fn(user, &document, err);
    }
    return status;
}

enum status status_each_document(struct snapshot *snapshot, unsigned mask, uint64_t skip,
                                 uint64_t limit, status_document_fn *fn, void *user,
                                 struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    uint64_t count = 0;
    enum status status =
        sql_open(&snapshot->index->sql,
                 DOCUMENT_SELECT "AND (?1 & 16 OR (?1 & 1 AND d.outcome NOT IN (?4, ?5, ?6))"
                                 " OR (?1 & 2 AND (d.outcome = ?4 OR d.attempt_count > 0))"
                                 " OR (?1 & 4 AND d.is_held) OR (?1 & 8 AND d.is_behind))"
                                 " ORDER BY d.source_id, d.path, d.member LIMIT ?3 OFFSET ?2",
                 SQL_VALUES(sql_integer(mask), sql_integer((int64_t)skip),
                            sql_integer(limit ? (int64_t)limit : -1), sql_integer(OUTCOME_PENDING),
                            sql_integer(OUTCOME_COMPLETE), sql_integer(OUTCOME_NO_TEXT)),
                 &row, err);

    return status ? status : each_row(snapshot, row, fn, user, &count, err);
}

static bool is_below(struct span path, struct span folder)
{
    while (folder.len > 0 && folder.data[folder.len - 1] == '/')
        folder.len--;
    return path.len >= folder.len && memcmp(path.data, folder.data, folder.len) == 0 &&
           (path.len == folder.len || path.data[folder.len] == '/');
}

/* The deepest source that holds path. */
static enum status find_source(struct snapshot *snapshot, struct span path, int64_t *source_id,
                               struct buf *source_path, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql, "SELECT source_id, path FROM source", NULL, &row, err);

    *source_id = 0;
    while (!status) {
        struct span folder;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        folder = sql_column_span(row, 1);
        if (!is_below(path, folder) || (*source_id && folder.len < source_path->len))
            continue;
        *source_id = sqlite3_column_int64(row, 0);
        buf_clear(source_path);
        buf_append(source_path, folder.data, folder.len);
    }
    return status ? status : buf_status(source_path, err);
}

static enum status is_known_file(struct snapshot *snapshot, int64_t source_id, struct span path,
                                 bool *out, struct error *err)
{
    int64_t found = 0;
    enum status status =
        sql_read_integer(&snapshot->index->sql,
                         "SELECT 1 FROM document WHERE source_id = ? AND path = ?"
                         " AND died IS NULL LIMIT 1",
                         SQL_VALUES(sql_integer(source_id), sql_blob(path)), 0, &found, err);

    *out = found != 0;
    return status;
}

enum status status_resolve(struct snapshot *snapshot, struct span path, struct document_key *out,
                           struct buf *source_path, bool *is_below_source, struct error *err)
{
    struct document_key key = { 0 };
    bool is_known = false;
    enum status status = find_source(snapshot, path, &key.source_id, source_path, err);

    *is_below_source = key.source_id != 0;
    if (status || !*is_below_source)
        return status;
    key.path = (struct span){ path.data + source_path->len, path.len - source_path->len };
    while (key.path.len > 0 && key.path.data[0] == '/')
        key.path = (struct span){ key.path.data + 1, key.path.len - 1 };
    key.member = (struct span){ key.path.data + key.path.len, 0 };
    status = is_known_file(snapshot, key.source_id, key.path, &is_known, err);
    /* "!/" may be part of a file's name: the first that a file is known for ends the path. */
    for (size_t i = 0; !status && !is_known && i + 2 <= key.path.len; i++) {
        struct span file = { key.path.data, i };

        if (memcmp(key.path.data + i, "!/", 2) != 0)
            continue;
        status = is_known_file(snapshot, key.source_id, file, &is_known, err);
        if (is_known) {
            key.member = (struct span){ key.path.data + i + 2, key.path.len - i - 2 };
            key.path = file;
        }
    }
    *out = key;
    return status;
}

static enum status read_chunks_dropped(struct snapshot *snapshot, struct status_document *document,
                                       struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(LAYOUT_BYTES_MAX);
    struct layout layout = { 0 };
    struct span title;
    int64_t revision_id = 0;
    enum status status = sql_read_integer(
        &snapshot->index->sql, "SELECT revision_id FROM document WHERE document_id = ?",
        SQL_VALUES(sql_integer(document->document_id)), 0, &revision_id, err);

    if (!status)
        status = revision_load(snapshot->index, revision_id, &arena, &layout, &title, err);
    document->chunks_dropped = layout.chunks_dropped;
    return status;
}

/* What takes a look at more than the document's own row. */
static enum status complete(struct snapshot *snapshot, struct status_document *document,
                            struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    int64_t members = 0, failed = 0, waiting = 0;
    enum status status = STATUS_OK;

    if (document->key.member.len == 0)
        status = sql_read_integer(
            sql,
            "SELECT count(*) FROM document WHERE source_id = ? AND path = ?"
            " AND member <> x'' AND died IS NULL",
            SQL_VALUES(sql_integer(document->key.source_id), sql_blob(document->key.path)), 0,
            &members, err);
    if (!status && members)
        status = sql_read_integer(
            sql,
            "SELECT count(*) FROM document WHERE source_id = ? AND path = ? AND member <> x''"
            " AND died IS NULL AND outcome NOT IN (?, ?, ?)",
            SQL_VALUES(sql_integer(document->key.source_id), sql_blob(document->key.path),
                       sql_integer(OUTCOME_PENDING), sql_integer(OUTCOME_COMPLETE),
                       sql_integer(OUTCOME_NO_TEXT)),
            0, &failed, err);
    if (!status && document->has_text)
        status = read_chunks_dropped(snapshot, document, err);
    if (!status && document->segments)
        status = sql_read_integer(
            sql,
            "SELECT count(*) FROM waiting w CROSS JOIN segment ON " SEGMENT_WAITS
            " WHERE w.model_id = ? AND died IS NULL AND document_id = ?",
            SQL_VALUES(sql_integer(snapshot->model_id), sql_integer(document->document_id)), 0,
            &waiting, err);
    document->member_count = (uint64_t)members;
    document->failed_members = (uint64_t)failed;
    document->waiting_segments = (uint64_t)waiting;
    return status;
}

struct why_call {
    struct snapshot *snapshot;
    status_document_fn *fn;
    void *user;
};

static enum status why_document(void *user, const struct status_document *document,
                                struct error *err)
{
    struct why_call *call = user;
    struct status_document whole = *document;
    enum status status = complete(call->snapshot, &whole, err);

    return status ? status : call->fn(call->user, &whole, err);
}

enum status status_why(struct snapshot *snapshot, const struct document_key *key,
                       status_document_fn *fn, void *user, bool *is_known, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    CLEANUP(buf_release) struct buf low = BUF_INIT(SIZE_MAX / 4);
    struct why_call call = { snapshot, fn, user };
    uint64_t count = 0;
    enum status status;

    buf_append(&low, key->member.data, key->member.len);
    buf_append(&low, "!/", 2);
    status = buf_status(&low, err);
    if (!status)
        status = sql_open(&snapshot->index->sql,
                          DOCUMENT_SELECT "AND d.source_id = ?1 AND d.path = ?2 AND (?3 = x''"
                                          " OR d.member = ?3 OR substr(d.member, 1, ?5) = ?4)"
                                          " ORDER BY d.member",
                          SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path),
                                     sql_blob(key->member), sql_blob(buf_span(&low)),
                                     sql_integer((int64_t)low.len)),
                          &row, err);
    if (!status)
        status = each_row(snapshot, row, why_document, &call, &count, err);
    *is_known = count > 0;
    return status;
}
