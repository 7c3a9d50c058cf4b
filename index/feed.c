#include "index/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/varint.h"
#include "index/hits.h"
#include "index/texts.h"

const char *feed_operation_name(enum feed_operation operation)
{
    static const char *const names[] = {
        [FEED_PUT] = "put",           [FEED_MOVE] = "move",       [FEED_DELETE] = "delete",
        [FEED_METADATA] = "metadata", [FEED_VECTORS] = "vectors", [FEED_ERASE] = "erase"
    };

    return (unsigned)operation >= FEED_PUT && (unsigned)operation <= FEED_ERASE ? names[operation]
                                                                                : "unknown";
}

/* Appends int64_t after int64_t. */
static enum status take_ids(struct varint_reader *in, struct buf *out, struct error *err)
{
    uint64_t count = varint_take(in);
    int64_t id = 0;

    buf_clear(out);
    in->failed |= count > (uint64_t)(in->end - in->at);
    for (uint64_t i = 0; !in->failed && i < count; i++) {
        id += varint_take_signed(in);
        buf_append(out, &id, sizeof(id));
    }
    if (in->failed)
        return error_set(err, STATUS_CORRUPT, "a change of the feed is damaged");
    return buf_status(out, err);
}

enum status feed_bounds(struct snapshot *snapshot, int64_t *oldest, int64_t *newest,
                        struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    enum status status = sql_read_integer(sql, "SELECT sequence FROM state", NULL, 0, newest, err);

    if (!status)
        status = sql_read_integer(sql, "SELECT min(sequence) FROM change", NULL, *newest + 1,
                                  oldest, err);
    return status;
}

static enum status read_change(sqlite3_stmt *row, struct buf *added, struct buf *removed,
                               feed_fn *fn, void *user, struct error *err)
{
    struct varint_reader ids = varint_reader_of(sql_column_span(row, 11));
    enum status status = take_ids(&ids, added, err);

    if (!status)
        status = take_ids(&ids, removed, err);
    if (status)
        return status;
    return fn(user,
              &(struct feed_change){
                  .sequence = sqlite3_column_int64(row, 0),
                  .generation = sqlite3_column_int64(row, 1),
                  .committed_ms = sqlite3_column_int64(row, 2),
                  .operation = (enum feed_operation)sqlite3_column_int64(row, 3),
                  .document_id = sqlite3_column_int64(row, 4),
                  .source_path = sql_column_span(row, 5),
                  .key = { .source_id = sqlite3_column_int64(row, 6),
                           .path = sql_column_span(row, 7),
                           .member = sql_column_span(row, 8) },
                  .old_path = sql_column_span(row, 9),
                  .old_member = sql_column_span(row, 10),
                  .content_hash = sql_column_hash(row, 12),
                  .added = (const int64_t *)(const void *)added->data,
                  .added_count = added->len / sizeof(int64_t),
                  .removed = (const int64_t *)(const void *)removed->data,
                  .removed_count = removed->len / sizeof(int64_t),
              },
              err);
}

enum status feed_read(struct snapshot *snapshot, int64_t from, size_t limit, feed_fn *fn,
                      void *user, int64_t *next, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    CLEANUP(buf_release) struct buf added = BUF_INIT((size_t)1 << 30);
    CLEANUP(buf_release) struct buf removed = BUF_INIT((size_t)1 << 30);
    int64_t oldest = 0, newest = 0;
    bool has_row = true;
    enum status status = feed_bounds(snapshot, &oldest, &newest, err);

    if (status)
        return status;
    if (from < 1)
        from = 1;
    *next = from;
    if (from < oldest)
        return error_set(
            err, STATUS_UNSUPPORTED,
            "changes before %lld are not kept any more: begin again with 'varve feed --list', and "
            "go on behind the sequence that its lines have",
            (long long)oldest);
    if (from > newest + 1)
        return error_set(err, STATUS_UNSUPPORTED,
                         "there is no change %lld yet: the index has only %lld; was it another "
                         "knowledge base?",
                         (long long)(from - 1), (long long)newest);
    status = sql_open(sql,
                      "SELECT sequence, c.generation, g.committed_ms, operation, document_id,"
                      " s.path, c.source_id, c.path, member, old_path, old_member, segments,"
                      " ifnull(content_hash, (SELECT r.content_hash FROM revision r"
                      " WHERE r.document_id = c.document_id AND r.born = c.generation"
                      " AND operation = ?3 ORDER BY revision_id DESC LIMIT 1))"
                      " FROM change c LEFT JOIN source s USING(source_id)"
                      " LEFT JOIN generation g ON g.generation = c.generation"
                      " WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
                      SQL_VALUES(sql_integer(from), sql_integer(limit ? (int64_t)limit : -1),
                                 sql_integer(FEED_PUT)),
                      &row, err);
    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        *next = sqlite3_column_int64(row, 0) + 1;
        status = read_change(row, &added, &removed, fn, user, err);
    }
    return status;
}

/* Segments of one document at a time, so that its layout is read once. */
struct feed_reader {
    struct snapshot *snapshot;
    struct arena arena;
    struct layout layout;
    int64_t revision_id;
    struct buf input, vector;
    feed_segment_fn *fn;
    void *user;
};

/* fn: NULL where no segment is given. */
static struct feed_reader reader_of(struct snapshot *snapshot, feed_segment_fn *fn, void *user)
{
    return (struct feed_reader){ .snapshot = snapshot,
                                 .arena = ARENA_INIT((size_t)1 << 30),
                                 .input = BUF_INIT((size_t)1 << 30),
                                 .vector = BUF_INIT((size_t)1 << 20),
                                 .fn = fn,
                                 .user = user };
}

static void reader_release(struct feed_reader *reader)
{
    arena_release(&reader->arena);
    buf_release(&reader->input);
    buf_release(&reader->vector);
}

static enum status reader_use_revision(struct feed_reader *reader, int64_t revision_id,
                                       struct error *err)
{
    struct span title;

    if (reader->revision_id == revision_id)
        return STATUS_OK;
    arena_release(&reader->arena);
    reader->revision_id = revision_id;
    return revision_load(reader->snapshot->index, revision_id, &reader->arena, &reader->layout,
                         &title, err);
}

static enum status read_vector(struct feed_reader *reader, int64_t input_id, const float **out,
                               struct error *err)
{
    struct snapshot *snapshot = reader->snapshot;
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    struct span bytes;
    enum status status =
        sql_open(sql, "SELECT data FROM vector WHERE vector_id = ?",
                 SQL_VALUES(sql_integer(vector_id(snapshot->model_id, input_id))), &row, err);

    *out = NULL;
    if (!status)
        status = sql_step(sql, row, &has_row, err);
    if (status || !has_row)
        return status;
    bytes = sql_column_span(row, 0);
    if (bytes.len != snapshot->model.dimensions * sizeof(float))
        return error_set(err, STATUS_CORRUPT, "vector %lld has the wrong length",
                         (long long)input_id);
    buf_clear(&reader->vector);
    buf_append(&reader->vector, bytes.data, bytes.len);
    *out = (const float *)(const void *)reader->vector.data;
    return buf_status(&reader->vector, err);
}

static enum status give_segment(struct feed_reader *reader, int64_t document_id, size_t position,
                                int64_t born, int64_t died, struct error *err)
{
    const struct layout *layout = &reader->layout;
    const struct layout_segment *segment = &layout->segments[position];
    size_t len = segment->text_end - segment->text_start;
    bool is_file_range = layout->flags & LAYOUT_IS_FILE_RANGE;
    struct feed_segment given = { .segment_id = segment->segment_id,
                                  .document_id = document_id,
                                  .born = born,
                                  .died = died,
                                  .heading_path = layout_string(layout, segment->heading),
                                  .model_id = reader->snapshot->model_id,
                                  .dimensions = reader->snapshot->model.dimensions,
                                  .position = (uint32_t)position,
                                  .first_page = segment->first_page,
                                  .last_page = segment->last_page,
                                  .token_count = segment->token_count,
                                  .is_file_range = is_file_range };
    enum status status =
        texts_load(reader->snapshot->index, segment->input_id, &reader->input, err);

    if (!status && len > reader->input.len)
        status = error_set(err, STATUS_CORRUPT, "text %lld is shorter than its segment",
                           (long long)segment->input_id);
    if (status)
        return status;
    hash_of(buf_span(&reader->input), &given.input_hash);
    status = read_vector(reader, segment->input_id, &given.vector, err);
    if (status)
        return status;
    given.start = is_file_range ? segment->source_start : segment->text_start;
    given.end = is_file_range ? segment->source_end : segment->text_end;
    given.text = (struct span){ reader->input.data + reader->input.len - len, len };
    return reader->fn(reader->user, &given, err);
}

static enum status give_by_id(struct feed_reader *reader, int64_t segment_id, struct error *err)
{
    struct sql *sql = &reader->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    size_t position;
    enum status status =
        sql_open(sql,
                 "SELECT s.document_id, s.born, s.died, r.revision_id FROM segment s"
                 " JOIN revision r ON r.document_id = s.document_id AND r.born >= s.born"
                 " AND (s.died IS NULL OR r.born < s.died OR r.born = s.born)"
                 " WHERE segment_id = ? ORDER BY r.born DESC, r.revision_id DESC LIMIT 1",
                 SQL_VALUES(sql_integer(segment_id)), &row, err);

    if (!status)
        status = sql_step(sql, row, &has_row, err);
    if (status || !has_row)
        return status;
    status = reader_use_revision(reader, sqlite3_column_int64(row, 3), err);
    if (status)
        return status;
    position = layout_find(&reader->layout, segment_id);
    if (position == reader->layout.segment_count)
        return STATUS_OK; /* came and went within one commit */
    return give_segment(reader, sqlite3_column_int64(row, 0), position,
                        sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2), err);
}

enum status feed_each_segment(struct snapshot *snapshot, const int64_t *ids, size_t count,
                              feed_segment_fn *fn, void *user, struct error *err)
{
    CLEANUP(reader_release) struct feed_reader reader = reader_of(snapshot, fn, user);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && !status; i++)
        status = give_by_id(&reader, ids[i], err);
    return status;
}

static enum status read_span_of_life(struct snapshot *snapshot, int64_t segment_id, int64_t *born,
                                     struct error *err)
{
    return sql_read_integer(&snapshot->index->sql, "SELECT born FROM segment WHERE segment_id = ?",
                            SQL_VALUES(sql_integer(segment_id)), 0, born, err);
}

enum status feed_each_live(struct snapshot *snapshot, feed_segment_fn *fn, void *user,
                           struct error *err)
{
    CLEANUP(reader_release) struct feed_reader reader = reader_of(snapshot, fn, user);
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql,
                                  "SELECT document_id, revision_id FROM document WHERE died IS NULL"
                                  " AND revision_id IS NOT NULL ORDER BY document_id",
                                  NULL, &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = reader_use_revision(&reader, sqlite3_column_int64(row, 1), err);
        for (size_t i = 0; !status && i < reader.layout.segment_count; i++) {
            int64_t born = 0;

            status = read_span_of_life(snapshot, reader.layout.segments[i].segment_id, &born, err);
            if (!status)
                status = give_segment(&reader, sqlite3_column_int64(row, 0), i, born, 0, err);
        }
    }
    return status;
}

/* added: the ids of the reader's layout. */
static enum status give_listed(const struct feed_reader *reader, sqlite3_stmt *row,
                               int64_t sequence, struct buf *added, feed_fn *fn, void *user,
                               struct error *err)
{
    enum status status;

    buf_clear(added);
    for (size_t i = 0; i < reader->layout.segment_count; i++)
        buf_append(added, (const char *)&reader->layout.segments[i].segment_id, sizeof(int64_t));
    status = buf_status(added, err);
    if (status)
        return status;
    return fn(user,
              &(struct feed_change){
                  .sequence = sequence,
                  .operation = FEED_PUT,
                  .document_id = sqlite3_column_int64(row, 0),
                  .generation = sqlite3_column_int64(row, 2),
                  .committed_ms = sqlite3_column_int64(row, 3),
                  .source_path = sql_column_span(row, 4),
                  .key = { .source_id = sqlite3_column_int64(row, 5),
                           .path = sql_column_span(row, 6),
                           .member = sql_column_span(row, 7) },
                  .content_hash = sql_column_hash(row, 8),
                  .added = (const int64_t *)(const void *)added->data,
                  .added_count = reader->layout.segment_count,
              },
              err);
}

enum status feed_list(struct snapshot *snapshot, feed_fn *fn, void *user, struct error *err)
{
    CLEANUP(reader_release) struct feed_reader reader = reader_of(snapshot, NULL, NULL);
    CLEANUP(buf_release) struct buf added = BUF_INIT((size_t)1 << 30);
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct sql *sql = &snapshot->index->sql;
    int64_t oldest, newest = 0;
    bool has_row = true;
    enum status status = feed_bounds(snapshot, &oldest, &newest, err);

    if (!status)
        status = sql_open(sql,
                          "SELECT d.document_id, d.revision_id, r.born, ifnull(g.committed_ms, 0),"
                          " s.path, d.source_id, d.path, d.member, r.content_hash"
                          " FROM document d JOIN revision r USING(revision_id)"
                          " LEFT JOIN source s ON s.source_id = d.source_id"
                          " LEFT JOIN generation g ON g.generation = r.born"
                          " WHERE d.died IS NULL ORDER BY d.document_id",
                          NULL, &row, err);
    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = reader_use_revision(&reader, sqlite3_column_int64(row, 1), err);
        if (!status)
            status = give_listed(&reader, row, newest, &added, fn, user, err);
    }
    return status;
}

enum status feed_read_position(struct snapshot *snapshot, const char *consumer, int64_t *sequence,
                               struct error *err)
{
    struct span name = { consumer, strlen(consumer) };

    return sql_read_integer(&snapshot->index->sql, "SELECT sequence FROM consumer WHERE name = ?",
                            SQL_VALUES(sql_text(name)), 0, sequence, err);
}

enum status feed_write_position(struct index *index, const char *consumer, int64_t sequence,
                                struct error *err)
{
    struct span name = { consumer, strlen(consumer) };

    return sql_run(&index->sql, "INSERT OR REPLACE INTO consumer VALUES(?, ?)",
                   SQL_VALUES(sql_text(name), sql_integer(sequence)), err);
}

enum status feed_each_consumer(struct snapshot *snapshot, feed_consumer_fn *fn, void *user,
                               struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql, "SELECT name, sequence FROM consumer ORDER BY name", NULL, &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status =
            fn(user, (const char *)sqlite3_column_text(row, 0), sqlite3_column_int64(row, 1), err);
    }
    return status;
}
