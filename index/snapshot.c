#include <stdlib.h>

#include "index/hits.h"

enum status snapshot_take(struct index *index, struct snapshot **out, struct error *err)
{
    struct snapshot *snapshot = NULL;
    enum status status;

    if (index->is_in_transaction)
        return error_set(err, STATUS_BUSY, "this handle has an open transaction");
    snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a snapshot");
    snapshot->index = index;
    index->is_in_transaction = true;
    /* The first read fixes what BEGIN sees. */
    status = sql_run(&index->sql, "BEGIN", NULL, err);
    if (!status)
        status = index_generation(index, &snapshot->generation, err);
    if (!status)
        status = index_find_model(index, 0, &snapshot->model, &snapshot->model_id, NULL, err);
    if (status) {
        snapshot_free(snapshot);
        return status;
    }
    *out = snapshot;
    return STATUS_OK;
}

int64_t snapshot_generation(const struct snapshot *snapshot)
{
    return snapshot->generation;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    if (!sqlite3_get_autocommit(snapshot->index->sql.db))
        (void)sqlite3_exec(snapshot->index->sql.db, "ROLLBACK", NULL, NULL, NULL);
    snapshot->index->is_in_transaction = false;
    free(snapshot);
}
