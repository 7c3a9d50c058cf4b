#include "index/repair.h"

#include <stdlib.h>
#include <string.h>

#include "index/aside.h"
#include "index/fulltext_check.h"
#include "index/hits.h"
#include "index/questions.h"
#include "index/repair_parts.h"
#include "index/scan.h"

#define VECTORS_BYTES_MAX ((size_t)1 << 30)

/* ---- what is wrong ---- */

/* By the names of verify's checks. */
static void note_damage(void *user, const char *check, const char *text)
{
    struct damage *damage = &((struct repair *)user)->damage;

    (void)text;
    damage->has_pages |= strcmp(check, "database") == 0;
    damage->has_fulltext |= strncmp(check, "fulltext", strlen("fulltext")) == 0;
    damage->has_scan |= strcmp(check, "scan") == 0;
    damage->has_next_scan |= strcmp(check, "scan-next") == 0;
}

static bool note_vector(void *user, const struct verify_vector *vector)
{
    struct repair *repair = user;
    int64_t id = vector_id(vector->model_id, vector->input_id);

    if (repair->options->vector(repair->options->user, vector))
        return true;
    buf_append(&repair->vectors, &id, sizeof(id));
    return false;
}

static enum status look(struct repair *repair, struct error *err)
{
    struct verify_options options = { .is_deep = true,
                                      .found_max = UINT64_MAX,
                                      .found = note_damage,
                                      .vector = repair->options->vector ? note_vector : NULL,
                                      .user = repair };
    struct snapshot *snapshot = NULL;
    enum status status = snapshot_take(repair->index, &snapshot, err);

    if (!status)
        status = verify_run(snapshot, &options, &repair->report->found, err);
    /* Where one of a sample is not the model's, nobody knows of the others. */
    if (!status && repair->vectors.len > 0) {
        buf_clear(&repair->vectors);
        status = verify_each_vector(snapshot, 0, note_vector, repair, err);
    }
    snapshot_free(snapshot);
    return status ? status : buf_status(&repair->vectors, err);
}

/* ---- pages ---- */

/* Indexes can be made again from their tables. Anything else in the pages can't. */
static enum status mend_pages(struct repair *repair, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct span text = { "", 0 };
    bool has_row = false;
    enum status status = sql_script(repair->sql, "REINDEX", err);

    if (!status)
        status = sql_open(repair->sql, "PRAGMA integrity_check(1)", NULL, &row, err);
    if (!status)
        status = sql_step(repair->sql, row, &has_row, err);
    if (status)
        return status;
    if (has_row)
        text = sql_column_span(row, 0);
    if (text.len != 2 || memcmp(text.data, "ok", 2) != 0)
        return error_set(err, STATUS_CORRUPT, "pages of '%s' are damaged: %.*s", repair->sql->name,
                         (int)text.len, text.data);
    repair_tell(repair, "indexes of the database", 1);
    return STATUS_OK;
}

/* ---- counters, and rows that name what is not there ---- */

enum status repair_steps(struct repair *repair, const struct repair_step *steps, size_t count,
                         struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && !status; i++) {
        int64_t changes;

        status = sql_run(repair->sql, steps[i].text, NULL, err);
        changes = sqlite3_changes64(repair->sql->db);
        if (!status && changes > 0) {
            repair_tell(repair, steps[i].what, (uint64_t)changes);
            repair->is_fulltext_stale |= steps[i].is_about_segments;
        }
    }
    return status;
}

/* Before a store is opened: it reads them. */
static const struct repair_step counters[] = {
    { "the generation counter",
      "UPDATE state SET generation = (SELECT max(generation) FROM generation)"
      " WHERE generation < (SELECT max(generation) FROM generation)",
      false },
    { "generations",
      "INSERT INTO generation SELECT generation, coalesce((SELECT max(committed_ms) FROM revision),"
      " 0) FROM state WHERE generation > 0"
      " AND generation NOT IN (SELECT generation FROM generation)",
      false },
    { "the counter of segments",
      "UPDATE state SET last_segment_id = (SELECT max(max(segment_id, input_id)) FROM segment)"
      " WHERE last_segment_id < (SELECT max(max(segment_id, input_id)) FROM segment)",
      false },
    /* Its vectors go with it: nobody can say what they mean. */
    { "the model that is searched",
      "UPDATE state SET model_id = 0 WHERE model_id <> 0"
      " AND model_id NOT IN (SELECT model_id FROM model)",
      false },
    { "the model that is built",
      "UPDATE state SET next_model_id = 0 WHERE next_model_id <> 0"
      " AND next_model_id NOT IN (SELECT model_id FROM model)",
      false },
    { "the model before",
      "UPDATE state SET previous_model_id = 0 WHERE previous_model_id <> 0"
      " AND previous_model_id NOT IN (SELECT model_id FROM model)",
      false },
    { "vector scan files of models that are gone",
      "DELETE FROM scan WHERE model_id NOT IN (SELECT model_id FROM model)", false },
    /* Numbers are never used twice, and what is lost can't be told any more: all that is before a
     * gap, or before a row that is out of order, goes. */
    { "the feed's counter",
      "UPDATE state SET sequence = (SELECT max(sequence) FROM change)"
      " WHERE sequence < (SELECT max(sequence) FROM change)",
      false },
    { "changes of the feed before a gap",
      "DELETE FROM change WHERE sequence <"
      " (SELECT max(sequence) FROM change c WHERE NOT EXISTS"
      "  (SELECT 1 FROM change b WHERE b.sequence = c.sequence - 1))",
      false },
    { "changes of the feed out of order",
      "DELETE FROM change WHERE sequence <="
      " (SELECT max(b.sequence) FROM change c JOIN change b ON b.sequence = c.sequence - 1"
      "  WHERE b.generation > c.generation)",
      false },
    { "changes of the feed before a gap",
      "DELETE FROM change WHERE (SELECT max(sequence) FROM change) < (SELECT sequence FROM state)",
      false },
    { "consumers of the feed that were ahead of it",
      "DELETE FROM consumer WHERE sequence > (SELECT sequence FROM state)", false },
};

static enum status mend_counters(struct repair *repair, struct error *err)
{
    enum status status = sql_script(repair->sql, "BEGIN IMMEDIATE", err);

    if (status)
        return status;
    status = repair_steps(repair, counters, sizeof(counters) / sizeof(counters[0]), err);
    if (!status)
        return sql_script(repair->sql, "COMMIT", err);
    (void)sqlite3_exec(repair->sql->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- the scan file ---- */

/* model: a SELECT of its id. */
static enum status move_scan_aside(struct repair *repair, const char *model, struct error *err)
{
    int64_t model_id = 0, epoch = 0;
    char name[64];
    const char *const names[] = { name, NULL };
    enum status status = sql_read_integer(repair->sql, model, NULL, 0, &model_id, err);

    if (!status)
        status = sql_read_integer(repair->sql, "SELECT epoch FROM scan WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(model_id)), 0, &epoch, err);
    if (status)
        return status;
    (void)sqlite3_snprintf((int)sizeof(name), name, "scan-%lld-%lld", (long long)model_id,
                           (long long)epoch);
    repair_tell(repair, "the vector scan file", 1);
    return aside_move(repair->index->folder, names, false, &repair->report->aside, err);
}

/* ---- all of it ---- */

static enum status mend_rows(struct repair *repair, struct error *err)
{
    int64_t generation = 0;
    uint64_t count = 0;
    enum status status = repair->store->base.ops->begin(&repair->store->base, err);

    if (status)
        return status;
    repair->store->is_changed = true;
    status = repair_documents(repair, err);
    if (!status)
        status = repair_texts(repair, err);
    if (!status && repair->is_fulltext_stale)
        status = fulltext_rebuild(repair->index, &count, err);
    if (!status && repair->is_fulltext_stale)
        repair_tell(repair, "rows of the full text, all made again", count);
    if (!status && repair->is_scan_stale)
        status = scan_writer_rebuild(repair->store, &repair->store->current, err);
    if (!status && repair->is_scan_stale)
        status = scan_writer_rebuild(repair->store, &repair->store->next, err);
    if (status) {
        repair->store->base.ops->rollback(&repair->store->base);
        return status;
    }
    return repair->store->base.ops->commit(&repair->store->base, &generation, err);
}

static enum status mend(struct repair *repair, struct error *err)
{
    const struct damage *damage = &repair->damage;
    struct store *store = NULL;
    enum status status = STATUS_OK;

    repair->is_fulltext_stale = damage->has_fulltext;
    /* Its row may be what is wrong: a missing file alone would be made again as that says. */
    repair->is_scan_stale = damage->has_scan || damage->has_next_scan;
    if (damage->has_pages)
        status = mend_pages(repair, err);
    if (!status && damage->has_scan)
        status = move_scan_aside(repair, "SELECT model_id FROM state", err);
    if (!status && damage->has_next_scan)
        status = move_scan_aside(repair, "SELECT next_model_id FROM state", err);
    if (!status)
        status = mend_counters(repair, err);
    /* Builds the scan file where there is none. */
    if (!status)
        status = index_store_new(repair->index, &store, err);
    if (!status) {
        repair->store = store_of(store);
        status = mend_rows(repair, err);
    }
    if (store)
        store->ops->free(store);
    return status;
}

enum status repair_run(struct index *index, const struct repair_options *options,
                       struct repair_report *out, struct error *err)
{
    struct repair repair = { .index = index,
                             .sql = &index->sql,
                             .report = out,
                             .options = options,
                             .vectors = BUF_INIT(VECTORS_BYTES_MAX) };
    enum status status = look(&repair, err);

    if (!status && out->found > 0)
        status = mend(&repair, err);
    buf_release(&repair.vectors);
    return status;
}

enum status repair_start_over(const char *folder, struct buf *aside, struct error *err)
{
    static const char *const names[] = { "index.db", "scan-", QUESTIONS_NAME, NULL };
    int64_t pid = index_writer_pid(folder);
    enum status status;

    if (pid)
        return error_set(err, STATUS_BUSY, "process %lld is writing to '%s'", (long long)pid,
                         folder);
    status = aside_move(folder, names, false, aside, err);
    return status ? status : index_create(folder, err);
}
