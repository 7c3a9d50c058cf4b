#include "index/writer.h"

#include <string.h>

#include "base/varint.h"

#define IDS_BYTES_MAX ((size_t)64 << 20)

/* count, then the differences: ids ascend, mostly by one. */
static void put_ids(struct buf *out, const struct buf *ids)
{
    size_t count = ids ? ids->len / sizeof(int64_t) : 0;
    int64_t before = 0;

    varint_append(out, count);
    for (size_t i = 0; i < count; i++) {
        int64_t id;

        memcpy(&id, ids->data + i * sizeof(id), sizeof(id));
        varint_append_signed(out, id - before);
        before = id;
    }
}

enum status change_put(struct index_store *store, const struct change_row *change,
                       struct error *err)
{
    CLEANUP(buf_release) struct buf segments = BUF_INIT(IDS_BYTES_MAX);
    const struct document_key *old_key = change->old_key;
    struct span none = { "", 0 };
    enum status status;

    put_ids(&segments, change->added);
    put_ids(&segments, change->removed);
    status = buf_status(&segments, err);
    if (!status)
        status = sql_run(
            &store->index->sql, "INSERT INTO change VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            SQL_VALUES(sql_integer(store->sequence + 1), sql_integer(store->generation),
                       sql_integer(change->operation), sql_integer(change->document_id),
                       sql_integer(change->key->source_id), sql_blob(change->key->path),
                       sql_blob(change->key->member), sql_blob(old_key ? old_key->path : none),
                       sql_blob(old_key ? old_key->member : none),
                       change->content_hash && change->operation != FEED_PUT
                           ? sql_hash(change->content_hash)
                           : sql_null(),
                       sql_blob(buf_span(&segments))),
            err);
    if (status)
        return status;
    store->sequence++;
    store->is_changed = true;
    return STATUS_OK;
}

enum status change_put_vectors(struct index_store *store, int64_t document_id,
                               const struct buf *segment_ids, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    struct document_key key;
    struct change_row change = {
        .operation = FEED_VECTORS, .document_id = document_id, .key = &key, .added = segment_ids
    };
    bool has_row = false;
    enum status status = buf_status(segment_ids, err);

    if (!status)
        status = sql_open(&store->index->sql,
                          "SELECT source_id, path, member FROM document WHERE document_id = ?",
                          SQL_VALUES(sql_integer(document_id)), &statement, err);
    if (!status)
        status = sql_step(&store->index->sql, statement, &has_row, err);
    if (status || !has_row)
        return status;
    key = (struct document_key){ .source_id = sqlite3_column_int64(statement, 0),
                                 .path = sql_column_span(statement, 1),
                                 .member = sql_column_span(statement, 2) };
    return change_put(store, &change, err);
}
