#include <stdio.h>
#include <string.h>

#include "index/forget.h"
#include "index/scan.h"
#include "index/writer.h"

/*
 * Which model is searched (state.model_id), which is built beside it (next_model_id), and which was
 * searched before (previous_model_id; its vectors are kept for a way back). Vectors are keyed by
 * model: two models' can't meet.
 */

struct model_slot *store_slot(struct index_store *store, int64_t model_id)
{
    if (model_id == 0)
        return NULL;
    if (model_id == store->current.model_id)
        return &store->current;
    return model_id == store->next.model_id ? &store->next : NULL;
}

static enum status read_slot(struct index_store *store, const char *column_query,
                             struct model_slot *slot, struct error *err)
{
    struct sql *sql = &store->index->sql;
    int64_t dimensions = 0;
    enum status status;

    scan_writer_close(slot);
    *slot = (struct model_slot){ 0 };
    status = sql_read_integer(sql, column_query, NULL, 0, &slot->model_id, err);
    if (!status && slot->model_id)
        status = sql_read_integer(sql, "SELECT dimensions FROM model WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(slot->model_id)), 0, &dimensions, err);
    slot->dimensions = (unsigned)dimensions;
    return status;
}

enum status store_read_models(struct index_store *store, struct error *err)
{
    enum status status = read_slot(store, "SELECT model_id FROM state", &store->current, err);

    return status ? status : read_slot(store, "SELECT next_model_id FROM state", &store->next, err);
}

/* Finds or makes the row. What does not change vectors may change: how the model is started, and a
 * plugin's opinion of its own weight. */
static enum status put_row(struct index_store *store, const struct model_info *model,
                           struct span plugin, int64_t *model_id, struct error *err)
{
    struct sql *sql = &store->index->sql;
    struct span name = { model->name, strnlen(model->name, sizeof(model->name)) };
    enum status status =
        sql_read_integer(sql, "SELECT model_id FROM model WHERE fingerprint = ?",
                         SQL_VALUES(sql_hash(&model->fingerprint)), 0, model_id, err);

    if (status)
        return status;
    if (*model_id)
        return sql_run(
            sql,
            "UPDATE model SET fusion_weight = ?2, plugin = ?3, token_limit = ?4 WHERE model_id = ?1"
            " AND (fusion_weight <> ?2 OR plugin <> ?3 OR token_limit <> ?4)",
            SQL_VALUES(sql_integer(*model_id), sql_real(model->fusion_weight), sql_text(plugin),
                       sql_integer(model->token_limit)),
            err);
    status = sql_run(sql,
                     "INSERT INTO model(name, dimensions, fingerprint, token_limit,"
                     " fusion_weight, is_query_different, plugin) VALUES(?, ?, ?, ?, ?, ?, ?)",
                     SQL_VALUES(sql_text(name), sql_integer(model->dimensions),
                                sql_hash(&model->fingerprint), sql_integer(model->token_limit),
                                sql_real(model->fusion_weight),
                                sql_integer(model->is_query_different), sql_text(plugin)),
                     err);
    *model_id = sqlite3_last_insert_rowid(sql->db);
    return status;
}

/* Every live text waits that has no vector of the model; with its share of its document's tokens.
 */
static enum status wait_for_all(struct index_store *store, int64_t model_id, struct error *err)
{
    return sql_run(&store->index->sql,
                   "INSERT OR IGNORE INTO waiting SELECT ?1, s.input_id, 0,"
                   " s.text_bytes * r.token_count / max(r.text_bytes, 1)"
                   " FROM segment s JOIN document d USING(document_id)"
                   " JOIN revision r ON r.revision_id = d.revision_id"
                   " WHERE s.died IS NULL AND NOT EXISTS"
                   " (SELECT 1 FROM vector WHERE vector_id = ?2 + s.input_id)",
                   SQL_VALUES(sql_integer(model_id), sql_integer(vector_id(model_id, 0))), err);
}

/* All vectors that are searched are others now: every document that has some is told. */
static enum status tell_documents(struct index_store *store, int64_t model_id, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    CLEANUP(buf_release) struct buf ids = BUF_INIT((size_t)256 << 20);
    int64_t document_id = 0;
    bool has_row = true;
    enum status status =
        sql_open(&store->index->sql,
                 "SELECT document_id, segment_id FROM segment WHERE died IS NULL AND EXISTS"
                 " (SELECT 1 FROM vector WHERE vector_id = ? + segment.input_id)"
                 " ORDER BY document_id, segment_id",
                 SQL_VALUES(sql_integer(vector_id(model_id, 0))), &row, err);

    while (!status && has_row) {
        int64_t next_id, segment_id;

        status = sql_step(&store->index->sql, row, &has_row, err);
        next_id = !status && has_row ? sqlite3_column_int64(row, 0) : 0;
        if (!status && document_id && next_id != document_id) {
            status = change_put_vectors(store, document_id, &ids, err);
            buf_clear(&ids);
        }
        document_id = next_id;
        segment_id = next_id ? sqlite3_column_int64(row, 1) : 0;
        if (next_id)
            buf_append(&ids, &segment_id, sizeof(segment_id));
    }
    return status;
}

/* The slot is no longer kept up to date; its vectors stay. */
static enum status leave_slot(struct index_store *store, struct model_slot *slot, struct error *err)
{
    /* What was added to it in this transaction counts, too. */
    enum status status = scan_writer_flush(store, slot, err);

    store->are_slots_changed = true;
    if (!status)
        status = cost_write(store, slot, err);
    if (!status)
        status = sql_run(&store->index->sql, "DELETE FROM waiting WHERE model_id = ?",
                         SQL_VALUES(sql_integer(slot->model_id)), err);
    scan_writer_close(slot);
    *slot = (struct model_slot){ 0 };
    return status;
}

static enum status write_state(struct index_store *store, int64_t previous_id, struct error *err)
{
    store->is_changed = store->are_slots_changed = true;
    return sql_run(&store->index->sql,
                   "UPDATE state SET model_id = ?1, next_model_id = ?2,"
                   " previous_model_id = CASE WHEN ?3 THEN ?3 ELSE previous_model_id END",
                   SQL_VALUES(sql_integer(store->current.model_id),
                              sql_integer(store->next.model_id), sql_integer(previous_id)),
                   err);
}

static enum status make_current(struct index_store *store, int64_t model_id, unsigned dimensions,
                                struct error *err)
{
    int64_t previous_id = store->current.model_id;
    enum status status = leave_slot(store, &store->current, err);

    if (store->next.model_id == model_id) {
        store->current = store->next;
        store->next = (struct model_slot){ 0 };
    } else {
        store->current = (struct model_slot){ .model_id = model_id, .dimensions = dimensions };
    }
    if (!status)
        status = wait_for_all(store, model_id, err);
    if (!status)
        status = write_state(store, previous_id, err);
    if (!status && !store->current.scan)
        status = scan_writer_use(store, &store->current, err);
    return status ? status : tell_documents(store, model_id, err);
}

static enum status make_next(struct index_store *store, int64_t model_id, unsigned dimensions,
                             struct error *err)
{
    enum status status = leave_slot(store, &store->next, err);

    store->next = (struct model_slot){ .model_id = model_id, .dimensions = dimensions };
    if (!status)
        status = wait_for_all(store, model_id, err);
    if (!status)
        status = write_state(store, 0, err);
    return status ? status : scan_writer_use(store, &store->next, err);
}

enum status store_put_model(struct store *base, const struct model_info *model,
                            enum model_role role, struct span plugin, int64_t *model_id,
                            struct error *err)
{
    struct index_store *store = store_of(base);
    enum status status;

    if (model->dimensions == 0 || model->dimensions > EMBED_DIMENSIONS_MAX)
        return error_set(err, STATUS_MALFORMED, "model '%s' has %u dimensions", model->name,
                         model->dimensions);
    *model_id = 0;
    status = put_row(store, model, plugin, model_id, err);
    if (status || *model_id == store->current.model_id)
        return status;
    if (role == MODEL_CURRENT)
        return make_current(store, *model_id, model->dimensions, err);
    return *model_id == store->next.model_id ? STATUS_OK
                                             : make_next(store, *model_id, model->dimensions, err);
}

enum status store_drop_next_model(struct store *base, struct error *err)
{
    struct index_store *store = store_of(base);
    enum status status;

    if (!store->next.model_id)
        return STATUS_OK;
    status = leave_slot(store, &store->next, err);
    return status ? status : write_state(store, 0, err);
}

enum status index_read_models(struct index *index, struct index_models *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status =
        sql_open(&index->sql, "SELECT model_id, next_model_id, previous_model_id FROM state", NULL,
                 &row, err);

    if (!status)
        status = sql_step(&index->sql, row, &has_row, err);
    *out = (struct index_models){ 0 };
    if (!status && has_row)
        *out = (struct index_models){ .current_id = sqlite3_column_int64(row, 0),
                                      .next_id = sqlite3_column_int64(row, 1),
                                      .previous_id = sqlite3_column_int64(row, 2) };
    return status;
}

enum status index_find_model(struct index *index, int64_t wanted_id, struct model_info *out,
                             int64_t *model_id, struct buf *plugin, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    struct span name, command;
    enum status status =
        sql_open(&index->sql,
                 "SELECT model_id, name, dimensions, fingerprint, token_limit, fusion_weight,"
                 " is_query_different, plugin FROM model"
                 " WHERE model_id = CASE WHEN ?1 THEN ?1 ELSE (SELECT model_id FROM state) END",
                 SQL_VALUES(sql_integer(wanted_id)), &row, err);

    if (!status)
        status = sql_step(&index->sql, row, &has_row, err);
    if (status)
        return status;
    *model_id = has_row ? sqlite3_column_int64(row, 0) : 0;
    *out = (struct model_info){ 0 };
    if (plugin)
        buf_clear(plugin);
    if (!has_row)
        return STATUS_OK;
    name = sql_column_span(row, 1);
    (void)snprintf(out->name, sizeof(out->name), "%.*s", (int)name.len, name.data);
    out->dimensions = (unsigned)sqlite3_column_int64(row, 2);
    out->fingerprint = sql_column_hash(row, 3);
    out->token_limit = (unsigned)sqlite3_column_int64(row, 4);
    out->fusion_weight = sqlite3_column_double(row, 5);
    out->is_query_different = sqlite3_column_int64(row, 6) != 0;
    if (!plugin)
        return STATUS_OK;
    command = sql_column_span(row, 7);
    buf_append(plugin, command.data, command.len);
    return buf_status(plugin, err);
}

static enum status drop_rows(struct index_store *store, int64_t model_id, uint64_t *vectors,
                             struct error *err)
{
    struct sql *sql = &store->index->sql;
    enum status status = sql_run(
        sql, "DELETE FROM vector WHERE vector_id >= ? AND vector_id < ?",
        SQL_VALUES(sql_integer(vector_id(model_id, 0)), sql_integer(vector_id(model_id + 1, 0))),
        err);

    *vectors = status ? 0 : (uint64_t)sqlite3_changes64(sql->db);
    if (!status)
        status = sql_run(sql, "DELETE FROM scan WHERE model_id = ?",
                         SQL_VALUES(sql_integer(model_id)), err);
    if (!status)
        status = sql_run(sql, "DELETE FROM model WHERE model_id = ?",
                         SQL_VALUES(sql_integer(model_id)), err);
    if (!status)
        status = sql_run(sql, "UPDATE state SET previous_model_id = 0 WHERE previous_model_id = ?",
                         SQL_VALUES(sql_integer(model_id)), err);
    store->is_changed = true;
    return status;
}

enum status index_drop_model(struct index *index, int64_t model_id, uint64_t *vectors,
                             struct error *err)
{
    struct scan_name scan = { .folder = index->folder, .uuid = index->uuid, .model_id = model_id };
    struct forget_store borrowed = { 0 };
    int64_t found = 0, generation = 0;
    uint64_t freed_bytes = 0;
    enum status status = forget_store_take(index, &borrowed, err);
    struct store *store;

    if (status)
        return status;
    store = &borrowed.store->base;
    if (store_slot(borrowed.store, model_id))
        status = error_set(err, STATUS_BUSY, "model %lld is in use", (long long)model_id);
    if (!status)
        status = sql_read_integer(&index->sql, "SELECT model_id FROM model WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(model_id)), 0, &found, err);
    if (!status && !found)
        status = error_set(err, STATUS_UNREADABLE, "there is no model %lld", (long long)model_id);
    if (!status)
        status = sql_read_integer(&index->sql, "SELECT epoch FROM scan WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(model_id)), 0, &scan.epoch, err);
    if (!status)
        status = store->ops->begin(store, err);
    if (!status)
        status = drop_rows(borrowed.store, model_id, vectors, err);
    if (!status)
        status = store->ops->commit(store, &generation, err);
    if (status)
        store->ops->rollback(store);
    if (!status && scan.epoch)
        scan_unlink(&scan);
    if (!status)
        status = forget_give_back(index, 0, &freed_bytes, err);
    forget_store_give(&borrowed);
    return status;
}
