#include "index/hits.h"
#include "index/status.h"

/*
 * What vectors cost: written in the transaction that stores them, so that what a crash took back is
 * not counted, though a paid service may have been asked for it.
 */

#define MS_PER_DAY ((int64_t)24 * 60 * 60 * 1000)

enum status cost_write(struct index_store *store, struct model_slot *slot, struct error *err)
{
    struct cost_counts cost = slot->cost;

    slot->cost = (struct cost_counts){ 0 };
    if (slot->model_id == 0 || (cost.embedded_texts == 0 && cost.reused_texts == 0))
        return STATUS_OK;
    return sql_run(&store->index->sql,
                   "INSERT INTO cost VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                   " embedded_texts = embedded_texts + excluded.embedded_texts,"
                   " embedded_tokens = embedded_tokens + excluded.embedded_tokens,"
                   " reused_texts = reused_texts + excluded.reused_texts,"
                   " reused_tokens = reused_tokens + excluded.reused_tokens",
                   SQL_VALUES(sql_integer(slot->model_id), sql_integer(store->now_ms / MS_PER_DAY),
                              sql_integer((int64_t)cost.embedded_texts),
                              sql_integer((int64_t)cost.embedded_tokens),
                              sql_integer((int64_t)cost.reused_texts),
                              sql_integer((int64_t)cost.reused_tokens)),
                   err);
}

enum status status_read_cost(struct snapshot *snapshot, int64_t model_id, int64_t first_day,
                             struct status_cost *out, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status =
        sql_open(sql,
                 "SELECT sum(embedded_texts), sum(embedded_tokens), sum(reused_texts),"
                 " sum(reused_tokens) FROM cost WHERE model_id = ? AND day >= ?",
                 SQL_VALUES(sql_integer(model_id), sql_integer(first_day)), &row, err);

    *out = (struct status_cost){ .model_id = model_id };
    if (!status)
        status = sql_step(sql, row, &has_row, err);
    if (status || !has_row)
        return status;
    out->embedded_texts = (uint64_t)sqlite3_column_int64(row, 0);
    out->embedded_tokens = (uint64_t)sqlite3_column_int64(row, 1);
    out->reused_texts = (uint64_t)sqlite3_column_int64(row, 2);
    out->reused_tokens = (uint64_t)sqlite3_column_int64(row, 3);
    return STATUS_OK;
}
