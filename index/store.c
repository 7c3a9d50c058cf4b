#include <stdlib.h>

#include "index/documents.h"
#include "index/texts.h"
#include "index/writer.h"

#define SCRATCH_BYTES_MAX ((size_t)256 << 20)

static enum status store_begin(struct store *base, struct error *err)
{
    struct index_store *store = store_of(base);
    struct sql *sql = &store->index->sql;
    int64_t generation = 0;
    enum status status;

    if (store->index->is_in_transaction)
        return error_set(err, STATUS_BUSY, "a snapshot of this handle is open");
    status = sql_run(sql, "BEGIN IMMEDIATE", NULL, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT generation FROM state", NULL, 0, &generation, err);
    if (!status)
        status =
            sql_read_integer(sql, "SELECT sequence FROM state", NULL, 0, &store->sequence, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT last_segment_id FROM state", NULL, 0,
                                  &store->last_segment_id, err);
    store->index->is_in_transaction = true;
    store->is_open = true;
    store->is_changed = false;
    store->generation = generation + 1;
    store->now_ms = os_wall_ms();
    store->current.cost = store->next.cost = (struct cost_counts){ 0 };
    if (!status && store->are_slots_changed) /* a rollback could not read them */
        status = store_read_models(store, err);
    store->are_slots_changed = status != STATUS_OK;
    if (!status && !store->current.scan)
        status = scan_writer_use(store, &store->current, err);
    if (!status && !store->next.scan)
        status = scan_writer_use(store, &store->next, err);
    if (status)
        base->ops->rollback(base);
    return status;
}

static void store_rollback(struct store *base)
{
    struct index_store *store = store_of(base);

    if (!store->is_open)
        return;
    /* SQLite may have rolled back by itself (a full disk). What fails here is recovered from the
     * write-ahead log by the next who opens the database. */
    if (!sqlite3_get_autocommit(store->index->sql.db))
        (void)sqlite3_exec(store->index->sql.db, "ROLLBACK", NULL, NULL, NULL);
    texts_rollback(store->index);
    store->is_open = false;
    store->index->is_in_transaction = false;
    store->current.slots = store->current.committed;
    store->next.slots = store->next.committed;
    /* A model that was put in this transaction is not there any more, nor what a scan file that was
     * built in it would stand for. */
    if (store->are_slots_changed && store_read_models(store, NULL) == STATUS_OK)
        store->are_slots_changed = false;
}

static enum status write_generation(struct index_store *store, struct error *err)
{
    struct sql *sql = &store->index->sql;
    enum status status =
        sql_run(sql, "UPDATE state SET generation = ?, sequence = ?, last_segment_id = ?",
                SQL_VALUES(sql_integer(store->generation), sql_integer(store->sequence),
                           sql_integer(store->last_segment_id)),
                err);

    if (!status)
        status =
            sql_run(sql, "INSERT INTO generation VALUES(?, ?)",
                    SQL_VALUES(sql_integer(store->generation), sql_integer(store->now_ms)), err);
    return status;
}

static enum status store_commit(struct store *base, int64_t *generation, struct error *err)
{
    struct index_store *store = store_of(base);
    enum status status = STATUS_OK;

    if (!store->is_open)
        return error_set(err, STATUS_CORRUPT, "commit without begin");
    if (store->is_changed)
        status = write_generation(store, err);
    if (!status)
        status = texts_flush(store->index, err);
    if (!status)
        status = scan_writer_flush(store, &store->current, err);
    if (!status)
        status = scan_writer_flush(store, &store->next, err);
    if (!status)
        status = cost_write(store, &store->current, err);
    if (!status)
        status = cost_write(store, &store->next, err);
    if (!status)
        status = sql_run(&store->index->sql, "COMMIT", NULL, err);
    if (status) {
        store_rollback(base);
        return status;
    }
    store->is_open = false;
    store->index->is_in_transaction = false;
    store->are_slots_changed = false;
    scan_writer_committed(store, &store->current);
    scan_writer_committed(store, &store->next);
    *generation = store->is_changed ? store->generation : store->generation - 1;
    return STATUS_OK;
}

static enum status store_put_source(struct store *base, struct span path, int64_t *source_id,
                                    struct error *err)
{
    struct sql *sql = &store_of(base)->index->sql;
    enum status status = sql_read_integer(sql, "SELECT source_id FROM source WHERE path = ?",
                                          SQL_VALUES(sql_blob(path)), 0, source_id, err);

    if (status || *source_id)
        return status;
    status = sql_run(sql, "INSERT INTO source(path) VALUES(?)", SQL_VALUES(sql_blob(path)), err);
    if (!status)
        *source_id = sqlite3_last_insert_rowid(sql->db);
    return status;
}

static enum status store_set_source_root(struct store *base, int64_t source_id, uint64_t device,
                                         uint64_t inode, struct error *err)
{
    return sql_run(&store_of(base)->index->sql,
                   "UPDATE source SET device = ?, inode = ? WHERE source_id = ?",
                   SQL_VALUES(sql_integer((int64_t)device), sql_integer((int64_t)inode),
                              sql_integer(source_id)),
                   err);
}

enum status store_lookup_source(struct store *base, int64_t source_id, struct source_record *out,
                                bool *is_known, struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    struct span path;
    enum status status =
        sql_open(&store->index->sql, "SELECT path, device, inode FROM source WHERE source_id = ?",
                 SQL_VALUES(sql_integer(source_id)), &statement, err);

    if (!status)
        status = sql_step(&store->index->sql, statement, is_known, err);
    if (status || !*is_known)
        return status;
    path = sql_column_span(statement, 0);
    buf_clear(&store->path);
    buf_append(&store->path, path.data, path.len);
    *out = (struct source_record){ .source_id = source_id,
                                   .path = buf_span(&store->path),
                                   .device = (uint64_t)sqlite3_column_int64(statement, 1),
                                   .inode = (uint64_t)sqlite3_column_int64(statement, 2) };
    return buf_status(&store->path, err);
}

static enum status store_counts(struct store *base, struct store_counts *out, struct error *err)
{
    struct sql *sql = &store_of(base)->index->sql;
    int64_t documents = 0, live = 0, segments = 0, waiting = 0;
    enum status status = sql_read_integer(sql, "SELECT count(*) FROM document WHERE died IS NULL",
                                          NULL, 0, &documents, err);

    if (!status)
        status = sql_read_integer(
            sql, "SELECT count(*) FROM document WHERE died IS NULL AND revision_id IS NOT NULL",
            NULL, 0, &live, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT sum(segment_count) FROM revision WHERE died IS NULL",
                                  NULL, 0, &segments, err);
    if (!status)
        status = sql_read_integer(
            sql,
            "SELECT count(*) FROM waiting w CROSS JOIN segment ON " SEGMENT_WAITS
            " WHERE model_id = ? AND is_failed = 0 AND died IS NULL",
            SQL_VALUES(sql_integer(store_of(base)->current.model_id)), 0, &waiting, err);
    if (status)
        return status;
    *out = (struct store_counts){ .documents = (uint64_t)documents,
                                  .live_documents = (uint64_t)live,
                                  .segments = (uint64_t)segments,
                                  .waiting_segments = (uint64_t)waiting };
    return STATUS_OK;
}

static void store_release_room(struct store *base)
{
    index_release_ballast(store_of(base)->index);
}

static bool store_keep_room(struct store *base)
{
    return index_restore_ballast(store_of(base)->index);
}

static void store_free(struct store *base)
{
    struct index_store *store = store_of(base);

    if (!store)
        return;
    store_rollback(base);
    scan_writer_close(&store->current);
    scan_writer_close(&store->next);
    if (store->index->store == store)
        store->index->store = NULL;
    buf_release(&store->path);
    buf_release(&store->member);
    buf_release(&store->input);
    buf_release(&store->packed);
    free(store);
}

static const struct store_ops index_store_ops = {
    .lookup = store_lookup,
    .each = store_each,
    .lookup_source = store_lookup_source,
    .has_vectors = store_has_vectors,
    .begin = store_begin,
    .commit = store_commit,
    .rollback = store_rollback,
    .put_source = store_put_source,
    .set_source_root = store_set_source_root,
    .attempt = store_attempt,
    .excuse = store_excuse,
    .put_revision = store_put_revision,
    .put_failure = store_put_failure,
    .touch = store_touch,
    .move = store_move,
    .remove = store_remove,
    .hold = store_hold,
    .put_model = store_put_model,
    .drop_next_model = store_drop_next_model,
    .each_waiting = store_each_waiting,
    .put_vectors = store_put_vectors,
    .counts = store_counts,
    .release_room = store_release_room,
    .keep_room = store_keep_room,
    .free = store_free,
};

/* A scan file that is missing or damaged is built again before anything else; one that a writer
 * left when it was killed, with the codes of what may be erased meanwhile, goes. */
static enum status open_scan(struct index_store *store, struct error *err)
{
    int64_t generation = 0;
    enum status status = store_begin(&store->base, err);

    if (status)
        return status;
    status = store_commit(&store->base, &generation, err);
    return status ? status : scan_writer_sweep(store, err);
}

enum status index_store_new(struct index *index, struct store **out, struct error *err)
{
    struct index_store *store = NULL;
    enum status status;

    if (index->mode != INDEX_WRITE)
        return error_set(err, STATUS_BUSY, "'%s' is open for reading only", index->folder);
    if (index->store)
        return error_set(err, STATUS_BUSY, "'%s' has an open store already", index->folder);
    store = calloc(1, sizeof(*store));
    if (!store)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a store");
    store->base.ops = &index_store_ops;
    store->index = index;
    store->path = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    store->member = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    store->input = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    store->packed = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    status = store_read_models(store, err);
    if (!status)
        status = open_scan(store, err);
    if (status) {
        store_free(&store->base);
        return status;
    }
    index->store = store;
    *out = &store->base;
    return STATUS_OK;
}
