#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "index/scan.h"
#include "index/writer.h"

#define SETTLED_AT_ONCE 16u /* blocks: 20 MB */

static struct scan_name name_of(const struct index_store *store, const struct model_slot *slot,
                                int64_t epoch)
{
    return (struct scan_name){ .folder = store->index->folder,
                               .uuid = store->index->uuid,
                               .model_id = slot->model_id,
                               .epoch = epoch,
                               .dimensions = slot->dimensions };
}

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder);
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

    store->are_slots_changed = true;
    scan_unlink(&name); /* left by a writer that was killed */
    status = scan_open(&name, true, 0, &slot->scan, err);
    slot->epoch = epoch;
    slot->slots = slot->committed = slot->settled = 0;
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
    /* A file of that name that was removed above must not come back after a power cut. */
    if (!status)
        status = os_sync_folder(store->index->folder, err);
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
    slot->settled = slot->committed / SCAN_BLOCK_SLOTS;
    if (epoch > 0 && scan_open(&name, true, (uint64_t)slots, &slot->scan, NULL) == STATUS_OK)
        return STATUS_OK;
    slot->outdated_epoch = epoch;
    return build(store, slot, epoch + 1, err);
}

enum status scan_writer_rebuild(struct index_store *store, struct model_slot *slot,
                                struct error *err)
{
    if (slot->model_id == 0)
        return STATUS_OK;
    scan_writer_close(slot);
    slot->outdated_epoch = slot->epoch;
    return build(store, slot, slot->epoch + 1, err);
}

/* What is committed and full, once it is enough blocks. */
static void settle(struct model_slot *slot, uint64_t enough)
{
    uint64_t full = slot->committed / SCAN_BLOCK_SLOTS;

    if (!slot->scan || full < slot->settled + enough)
        return;
    scan_settle(slot->scan, slot->settled, full);
    slot->settled = full;
}

void scan_writer_committed(struct index_store *store, struct model_slot *slot)
{
    struct scan_name outdated = name_of(store, slot, slot->outdated_epoch);

    slot->committed = slot->slots;
    settle(slot, SETTLED_AT_ONCE);
    /* Only now: until the commit, it is the file that the index names. */
    if (slot->outdated_epoch)
        scan_unlink(&outdated);
    slot->outdated_epoch = 0;
}

static enum status is_named(struct index_store *store, const char *file, bool *out,
                            struct error *err)
{
    long long model_id = 0, epoch = 0;
    int64_t found = 0;
    enum status status;

    *out = true;
    if (sscanf(file, "scan-%lld-%lld", &model_id, &epoch) != 2)
        return STATUS_OK;
    status = sql_read_integer(
        &store->index->sql, "SELECT count(*) FROM scan WHERE model_id = ? AND epoch = ?",
        SQL_VALUES(sql_integer(model_id), sql_integer(epoch)), 0, &found, err);
    *out = found > 0;
    return status;
}

enum status scan_writer_sweep(struct index_store *store, struct error *err)
{
    CLEANUP(close_folder) DIR *folder = opendir(store->index->folder);
    enum status status = STATUS_OK;
    struct dirent *entry;

    if (!folder)
        return error_set_errno(err, STATUS_IO, "cannot list '%s'", store->index->folder);
    while (!status && (entry = readdir(folder))) {
        bool is_kept = true;

        status = is_named(store, entry->d_name, &is_kept, err);
        if (!status && !is_kept)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
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
    settle(slot, 1);
    scan_free(slot->scan);
    slot->scan = NULL;
}
