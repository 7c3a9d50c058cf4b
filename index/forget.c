#include "index/forget.h"

#include "index/scan.h"
#include "index/texts.h"

enum status forget_store_take(struct index *index, struct forget_store *out, struct error *err)
{
    enum status status = STATUS_OK;

    if (index->is_in_transaction)
        return error_set(err, STATUS_BUSY, "this handle has an open transaction");
    *out = (struct forget_store){ .store = index->store };
    if (out->store)
        return STATUS_OK;
    status = index_store_new(index, &out->owned, err);
    if (!status)
        out->store = store_of(out->owned);
    return status;
}

void forget_store_give(struct forget_store *store)
{
    if (store->owned)
        store->owned->ops->free(store->owned);
    *store = (struct forget_store){ 0 };
}

static enum status forget_input(struct index_store *store, int64_t input_id, int64_t key,
                                struct forget_counts *counts, struct error *err)
{
    struct sql *sql = &store->index->sql;
    int64_t is_used = 0;
    enum status status =
        sql_read_integer(sql, "SELECT 1 FROM segment WHERE " SEGMENT_HAS_INPUT " LIMIT 1",
                         SQL_VALUES(sql_integer(input_id)), 0, &is_used, err);

    if (status)
        return status;
    if (is_used) {
        counts->texts_kept++;
        return STATUS_OK;
    }
    status = sql_run(sql, "DELETE FROM input WHERE key = ? AND input_id = ?",
                     SQL_VALUES(sql_integer(key), sql_integer(input_id)), err);
    if (!status)
        status = texts_forget(store->index, input_id, err);
    counts->texts++;
    if (!status)
        status = input_release(store, input_id, err);
    if (!status)
        status = sql_run(sql,
                         "DELETE FROM vector WHERE vector_id IN"
                         " (SELECT (model_id << 40) | ? FROM model)",
                         SQL_VALUES(sql_integer(input_id)), err);
    if (!status)
        counts->vectors += (uint64_t)sqlite3_changes64(sql->db);
    return status;
}

/* A segment that is past goes when no revision of its document that is left has it. Its life is
 * that of an unbroken run of them, so those are the ones whose lives meet its own. */
static enum status forget_segment(struct index_store *store, const struct layout_segment *segment,
                                  struct forget_counts *counts, struct error *err)
{
    struct sql *sql = &store->index->sql;
    enum status status =
        sql_run(sql,
                "DELETE FROM segment WHERE segment_id = ?1 AND died IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM revision r WHERE r.document_id = segment.document_id"
                " AND r.born < segment.died AND (r.died IS NULL OR r.died > segment.born))",
                SQL_VALUES(sql_integer(segment->segment_id)), err);

    if (status || sqlite3_changes64(sql->db) == 0)
        return status;
    counts->segments++;
    return forget_input(store, segment->input_id, input_key(&segment->key), counts, err);
}

enum status forget_revision(struct index_store *store, int64_t revision_id,
                            struct forget_counts *counts, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT((size_t)1 << 30);
    struct layout layout;
    struct span title;
    enum status status = revision_load(store->index, revision_id, &arena, &layout, &title, err);

    if (!status)
        status = sql_run(&store->index->sql,
                         "DELETE FROM revision WHERE revision_id = ? AND died IS NOT NULL",
                         SQL_VALUES(sql_integer(revision_id)), err);
    counts->revisions++;
    for (size_t i = 0; !status && i < layout.segment_count; i++)
        status = forget_segment(store, &layout.segments[i], counts, err);
    return status;
}

enum status forget_compact_scan(struct index_store *store, struct error *err)
{
    int64_t generation = 0;
    enum status status = store->base.ops->begin(&store->base, err);

    if (status)
        return status;
    status = scan_writer_rebuild(store, &store->current, err);
    if (!status)
        status = scan_writer_rebuild(store, &store->next, err);
    if (status) {
        store->base.ops->rollback(&store->base);
        return status;
    }
    return store->base.ops->commit(&store->base, &generation, err);
}

enum status forget_give_back(struct index *index, unsigned pages_max, uint64_t *freed_bytes,
                             struct error *err)
{
    char pragma[64];
    int64_t before = 0, after = 0, page_bytes = 0;
    enum status status = sql_read_integer(&index->sql, "PRAGMA page_count", NULL, 0, &before, err);

    if (!status)
        status = sql_read_integer(&index->sql, "PRAGMA page_size", NULL, 0, &page_bytes, err);
    (void)sqlite3_snprintf((int)sizeof(pragma), pragma, "PRAGMA incremental_vacuum(%u)", pages_max);
    if (!status)
        status = sql_script(&index->sql, pragma, err);
    if (!status)
        status = sql_read_integer(&index->sql, "PRAGMA page_count", NULL, 0, &after, err);
    *freed_bytes = before > after ? (uint64_t)((before - after) * page_bytes) : 0;
    return status;
}
