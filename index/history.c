#include <string.h>

#include "index/hits.h"
#include "index/status.h"
#include "index/texts.h"

#define SHOW_ARENA_MAX ((size_t)1 << 30)

/* The document with that key: the one that lives, else the one that went last. */
static enum status find_document(struct snapshot *snapshot, const struct document_key *key,
                                 int64_t *document_id, struct error *err)
{
    enum status status = sql_read_integer(
        &snapshot->index->sql,
        "SELECT document_id FROM document WHERE source_id = ?1 AND path = ?2 AND member = ?3"
        " AND died IS NULL",
        SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member)), 0,
        document_id, err);

    if (status || *document_id)
        return status;
    return sql_read_integer(
        &snapshot->index->sql,
        "SELECT document_id FROM document WHERE source_id = ?1 AND path = ?2 AND member = ?3"
        " AND died IS NOT NULL ORDER BY died DESC, document_id DESC",
        SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member)), 0,
        document_id, err);
}

/* True when text is a number alone: a generation, not the start of a hash. */
static bool read_number(struct span text, int64_t *out)
{
    *out = 0;
    if (text.len == 0 || text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
    }
    return true;
}

static enum status find_revision(struct snapshot *snapshot, int64_t document_id,
                                 struct span revision, int64_t *revision_id, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    int64_t generation;
    bool is_number = read_number(revision, &generation);

    *revision_id = 0;
    if (!is_number)
        generation = snapshot->generation;
    /* Digits alone are a generation up to the newest one, and above it the start of a hash. */
    if (revision.len == 0 || (is_number && generation <= snapshot->generation))
        return sql_read_integer(
            sql,
            "SELECT revision_id FROM revision WHERE document_id = ?1"
            " AND born <= ?2 AND (died IS NULL OR died > ?2) ORDER BY born DESC",
            SQL_VALUES(sql_integer(document_id), sql_integer(generation)), 0, revision_id, err);
    return sql_read_integer(
        sql,
        "SELECT revision_id FROM revision WHERE document_id = ?1"
        " AND substr(lower(hex(content_hash)), 1, length(?2)) = lower(?2) ORDER BY born DESC",
        SQL_VALUES(sql_integer(document_id), sql_text(revision)), 0, revision_id, err);
}

enum status status_generation_at(struct snapshot *snapshot, int64_t wall_ms, int64_t *generation,
                                 struct error *err)
{
    enum status status = sql_read_integer(
        &snapshot->index->sql,
        "SELECT max(generation) FROM generation WHERE committed_ms <= ? AND generation <= ?",
        SQL_VALUES(sql_integer(wall_ms), sql_integer(snapshot->generation)), 0, generation, err);

    if (!status && *generation == 0)
        return error_set(err, STATUS_UNREADABLE, "nothing was committed by then");
    return status;
}

static enum status show_segment(struct snapshot *snapshot, const struct layout *layout,
                                size_t position, struct buf *input, status_piece_fn *fn, void *user,
                                struct error *err)
{
    const struct layout_segment *segment = &layout->segments[position];
    size_t len = segment->text_end - segment->text_start;
    enum status status = texts_load(snapshot->index, segment->input_id, input, err);

    if (status)
        return status;
    if (len > input->len)
        return error_set(err, STATUS_CORRUPT, "text %lld is shorter than its segment",
                         (long long)segment->input_id);
    return fn(user,
              &(struct status_piece){
                  .position = (uint32_t)position,
                  .segment_id = segment->segment_id,
                  .heading_path = layout_string(layout, segment->heading),
                  .repeat = layout_string(layout, segment->repeat),
                  .text = { input->data + input->len - len, len },
                  .text_start = segment->text_start,
                  .text_end = segment->text_end,
                  .source_start = segment->source_start,
                  .source_end = segment->source_end,
                  .is_file_range = layout->flags & LAYOUT_IS_FILE_RANGE,
                  .first_page = segment->first_page,
                  .last_page = segment->last_page,
                  .token_count = segment->token_count,
              },
              err);
}

enum status status_show(struct snapshot *snapshot, const struct document_key *key,
                        struct span revision, status_piece_fn *fn, void *user, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(SHOW_ARENA_MAX);
    CLEANUP(buf_release) struct buf input = BUF_INIT(SHOW_ARENA_MAX);
    struct layout layout;
    struct span title;
    int64_t document_id = 0, revision_id = 0;
    enum status status = find_document(snapshot, key, &document_id, err);

    if (!status && key->path.len == 0)
        return error_set(err, STATUS_UNREADABLE, "that is a folder: name a file in it");
    if (!status && document_id == 0)
        return error_set(err, STATUS_UNREADABLE, "'%.*s' is not in the index", (int)key->path.len,
                         key->path.data);
    if (!status)
        status = find_revision(snapshot, document_id, revision, &revision_id, err);
    if (!status && revision_id == 0)
        return error_set(err, STATUS_UNREADABLE, "'%.*s' has no revision %.*s with text",
                         (int)key->path.len, key->path.data, (int)revision.len, revision.data);
    if (!status)
        status = revision_load(snapshot->index, revision_id, &arena, &layout, &title, err);
    for (size_t i = 0; !status && i < layout.segment_count; i++)
        status = show_segment(snapshot, &layout, i, &input, fn, user, err);
    return status;
}

enum status status_log(struct snapshot *snapshot, const struct document_key *key,
                       status_revision_fn *fn, void *user, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t document_id = 0;
    bool has_row = true;
    enum status status = find_document(snapshot, key, &document_id, err);

    if (!status)
        status = sql_open(sql,
                          "SELECT r.revision_id, r.born, r.died, committed_ms, r.content_hash,"
                          " r.outcome, o.extractor, title, segment_count, added, reused, dropped,"
                          " embedded, text_bytes, d.died IS NOT NULL AND d.died = r.died"
                          " FROM revision r JOIN document d USING(document_id)"
                          " LEFT JOIN origin o USING(origin_id) WHERE r.document_id = ? ORDER BY "
                          "r.born DESC, r.revision_id DESC",
                          SQL_VALUES(sql_integer(document_id)), &row, err);
    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = fn(user,
                    &(struct status_revision){
                        .revision_id = sqlite3_column_int64(row, 0),
                        .born = sqlite3_column_int64(row, 1),
                        .died = sqlite3_column_int64(row, 2),
                        .committed_ms = sqlite3_column_int64(row, 3),
                        .content_hash = sql_column_hash(row, 4),
                        .outcome = (enum outcome)sqlite3_column_int64(row, 5),
                        .extractor = sql_column_span(row, 6),
                        .title = sql_column_span(row, 7),
                        .segments = (uint32_t)sqlite3_column_int64(row, 8),
                        .added = (uint32_t)sqlite3_column_int64(row, 9),
                        .reused = (uint32_t)sqlite3_column_int64(row, 10),
                        .dropped = (uint32_t)sqlite3_column_int64(row, 11),
                        .embedded = (uint32_t)sqlite3_column_int64(row, 12),
                        .text_bytes = (uint64_t)sqlite3_column_int64(row, 13),
                        .is_deleted = sqlite3_column_int64(row, 14) != 0,
                    },
                    err);
    }
    return status;
}
