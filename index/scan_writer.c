#include <string.h>

#include "index/scan.h"
#include "index/writer.h"

static struct scan_name name_of(const struct index_store *store, const struct model_slot *slot,
                                int64_t epoch)
{
    return (struct scan_name){ .folder = store->index->folder,
                               .uuid = store->index->uuid,
                               .model_id = slot->model_id,
                               .epoch = epoch,
                               .dimensions = slot->dimensions };
}

static enum status read_row(struct index_store *store, const struct model_slot *slot,
                            int64_t *epoch, int64_t *slots, struct error *err)
{
    struct sql *sql = &store->index->sql;
    enum status status = sql_read_integer(sql, "SELECT epoch FROM scan WHERE model_id = ?",
                                          SQL_VALUES(sql_integer(slot->model_id)), 0, epoch, err);

    if (status)
        return status;
    return sql_read_integer(sql, "SELECT slots FROM scan WHERE model_id = ?",
                            SQL_VALUES(sql_integer(slot->model_id)), 0, slots, err);
}

static enum status write_row(struct index_store *store, const struct model_slot *slot,
                             struct error *err)
{
    return sql_run(&store->index->sql, "INSERT OR REPLACE INTO scan VALUES(?, ?, ?)",
                   SQL_VALUES(sql_integer(slot->model_id), sql_integer(slot->epoch),
                              sql_integer((int64_t)slot->slots)),
                   err);
}

/* A new file, of the next epoch: what readers have mapped is left alone. */
static enum status build(struct index_store *store, struct model_slot *slot, int64_t epoch,
                         struct error *err)
{
    struct scan_name name = name_of(store, slot, epoch);
    struct sql *sql = &store->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    float vector[EMBED_DIMENSIONS_MAX];
    bool has_row = true;
    enum status status;

    scan_unlink(&name); /* left by a writer that was killed */
    status = scan_open(&name, true, 0, &slot->scan, err);
    slot->epoch = epoch;
    slot->slots = slot->committed = 0;
    if (!status)
        status = sql_open(sql,
                          "SELECT vector_id, data FROM vector WHERE vector_id >= ?"
                          " AND vector_id < ?",
                          SQL_VALUES(sql_integer(vector_id(slot->model_id, 0)),
                                     sql_integer(vector_id(slot->model_id + 1, 0))),
                          &row, err);
    while (!status) {
        struct span bytes;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        bytes = sql_column_span(row, 1);
        if (bytes.len != slot->dimensions * sizeof(float))
            continue; /* verify tells of it */
        memcpy(vector, bytes.data, bytes.len);
        status = scan_put(slot->scan, slot->slots,
                          sqlite3_column_int64(row, 0) - vector_id(slot->model_id, 0), vector, err);
        slot->slots++;
    }
    if (!status)
        status = scan_sync(slot->scan, err);
    return status ? status : write_row(store, slot, err);
}

enum status scan_writer_use(struct index_store *store, struct model_slot *slot, struct error *err)
{
    int64_t epoch = 0, slots = 0;
    struct scan_name name;
    enum status status;

    scan_writer_close(slot);
    if (slot->model_id == 0)
        return STATUS_OK;
    status = read_row(store, slot, &epoch, &slots, err);
    if (status)
        return status;
    name = name_of(store, slot, epoch);
    slot->epoch = epoch;
    slot->slots = slot->committed = (uint64_t)slots;
    if (epoch > 0 && scan_open(&name, true, (uint64_t)slots, &slot->scan, NULL) == STATUS_OK)
        return STATUS_OK;
    status = build(store, slot, epoch + 1, err);
    if (!status && epoch > 0)
        scan_unlink(&name);
    return status;
}

enum status scan_writer_rebuild(struct index_store *store, struct model_slot *slot,
                                struct error *err)
{
    struct scan_name name = name_of(store, slot, slot->epoch);
    enum status status;

    if (slot->model_id == 0)
        return STATUS_OK;
    scan_writer_close(slot);
    status = build(store, slot, name.epoch + 1, err);
    if (!status)
        scan_unlink(&name);
    return status;
}

enum status scan_writer_add(struct model_slot *slot, int64_t input_id, const float *vector,
                            struct error *err)
{
    enum status status;

    if (!slot->scan)
        return STATUS_OK;
    status = scan_put(slot->scan, slot->slots, input_id, vector, err);
    if (!status)
        slot->slots++;
    return status;
}

enum status scan_writer_flush(struct index_store *store, struct model_slot *slot, struct error *err)
{
    enum status status;

    if (!slot->scan || slot->slots == slot->committed)
        return STATUS_OK;
    status = scan_sync(slot->scan, err);
    return status ? status : write_row(store, slot, err);
}

void scan_writer_close(struct model_slot *slot)
{
    scan_free(slot->scan);
    slot->scan = NULL;
}
