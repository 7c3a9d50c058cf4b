#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/forget.h"
#include "index/hits.h"
#include "index/retain.h"
#include "index/texts.h"

#define ERASE_IDS_MAX ((size_t)1 << 28)

/* Ends what lives of it, then takes away all of its past. */
static enum status erase_document(struct index_store *store, int64_t document_id,
                                  const struct document_key *told, struct forget_counts *counts,
                                  struct error *err)
{
    struct sql *sql = &store->index->sql;
    CLEANUP(buf_release) struct buf removed = BUF_INIT(ERASE_IDS_MAX);
    CLEANUP(buf_release) struct buf revisions = BUF_INIT(ERASE_IDS_MAX);
    struct change_row change = {
        .operation = FEED_ERASE, .document_id = document_id, .key = told, .removed = &removed
    };
    int64_t live = 0;
    enum status status = sql_read_integer(
        sql, "SELECT revision_id FROM document WHERE document_id = ? AND died IS NULL",
        SQL_VALUES(sql_integer(document_id)), 0, &live, err);

    if (!status && live)
        status = revision_end(store, live, &removed, err);
    if (!status)
        status = sql_append_ids(sql, "SELECT revision_id FROM revision WHERE document_id = ?",
                                SQL_VALUES(sql_integer(document_id)), &revisions, err);
    for (size_t i = 0; i < sql_id_count(&revisions) && !status; i++)
        status = forget_revision(store, sql_id_at(&revisions, i), counts, err);
    if (!status)
        status = sql_run(sql, "DELETE FROM document WHERE document_id = ?",
                         SQL_VALUES(sql_integer(document_id)), err);
    /* What its earlier changes say of its content, too. */
    if (!status)
        status = sql_run(sql, "UPDATE change SET content_hash = NULL WHERE document_id = ?",
                         SQL_VALUES(sql_integer(document_id)), err);
    counts->documents++;
    return status ? status : change_put(store, &change, err);
}

static enum status forget_paths(struct index_store *store, int64_t document_id, struct error *err)
{
    return sql_run(&store->index->sql,
                   "UPDATE change SET path = x'', member = x'', old_path = x'', old_member = x''"
                   " WHERE document_id = ?",
                   SQL_VALUES(sql_integer(document_id)), err);
}

static enum status erase_key(struct index_store *store, const struct document_key *key,
                             bool forget_path, struct forget_counts *counts, struct error *err)
{
    CLEANUP(buf_release) struct buf ids = BUF_INIT(ERASE_IDS_MAX);
    CLEANUP(buf_release) struct buf below = BUF_INIT(ERASE_IDS_MAX);
    enum status status;

    buf_append(&below, key->member.data, key->member.len);
    buf_append(&below, "!/", 2);
    status = buf_status(&below, err);
    if (!status)
        status = sql_append_ids(
            &store->index->sql,
            "SELECT document_id FROM document WHERE source_id = ?1 AND path = ?2"
            " AND (?3 = x'' OR member = ?3 OR substr(member, 1, ?5) = ?4)",
            SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member),
                       sql_blob(buf_span(&below)), sql_integer((int64_t)below.len)),
            &ids, err);
    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++) {
        status = erase_document(store, sql_id_at(&ids, i), key, counts, err);
        if (!status && forget_path)
            status = forget_paths(store, sql_id_at(&ids, i), err);
    }
    return status;
}

/* What is to be removed, and of it what can't be. */
struct wanted {
    const struct document_key *keys;
    bool *is_left; /* for each */
    size_t count;
    bool forget_path;
};

/* *failed: the key at which it ended; count: at none. */
static enum status erase_rows(struct index_store *store, const struct wanted *wanted,
                              struct forget_counts *counts, size_t *failed, struct error *err)
{
    int64_t generation = 0;
    enum status status = store->base.ops->begin(&store->base, err);

    *failed = wanted->count;
    if (status)
        return status;
    for (size_t i = 0; i < wanted->count && !status; i++) {
        if (!wanted->is_left[i])
            status = erase_key(store, &wanted->keys[i], wanted->forget_path, counts, err);
        if (status)
            *failed = i;
    }
    /* Deleting from the full text only notes that a row is gone; its words stay in older parts
     * until they are merged: all of them, now. */
    if (!status)
        status = sql_run(&store->index->sql, "INSERT INTO fulltext(fulltext) VALUES('optimize')",
                         NULL, err);
    if (status) {
        store->base.ops->rollback(&store->base);
        return status;
    }
    return store->base.ops->commit(&store->base, &generation, err);
}

/* A document whose rows are damaged must not keep the others from being removed: all is taken back,
 * and done again without it. */
static enum status erase_sound_rows(struct index_store *store, const struct wanted *wanted,
                                    struct forget_counts *counts, struct erase_report *out,
                                    struct error *err)
{
    for (;;) {
        struct error problem;
        size_t failed;
        enum status status;

        *counts = (struct forget_counts){ 0 };
        (void)texts_take_damaged(store->index);
        status = erase_rows(store, wanted, counts, &failed, &problem);
        if (status && err)
            *err = problem;
        if (status != STATUS_CORRUPT || failed == wanted->count)
            return status;
        wanted->is_left[failed] = true;
        if (out->left++ == 0)
            (void)snprintf(out->left_why, sizeof(out->left_why), "%s", problem.text);
    }
}

/* The log holds pages as they were. */
static enum status empty_log(struct index *index, bool *is_empty, struct error *err)
{
    int64_t is_busy = 1;
    enum status status =
        sql_read_integer(&index->sql, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 1, &is_busy, err);

    *is_empty = is_busy == 0;
    return status;
}

/* What keeps no row of them, and no page as it was. */
static enum status overwrite(struct index *index, struct index_store *store, bool *is_log_empty,
                             struct error *err)
{
    uint64_t freed = 0;
    enum status status = forget_compact_scan(store, err);

    if (!status)
        status = forget_give_back(index, 0, &freed, err);
    return status ? status : empty_log(index, is_log_empty, err);
}

enum status retain_erase(struct index *index, const struct document_key *keys, size_t count,
                         bool forget_path, struct erase_report *out, struct error *err)
{
    struct forget_counts counts = { 0 };
    struct forget_store borrowed = { 0 };
    struct wanted wanted = {
        .keys = keys, .is_left = calloc(count + 1, 1), .count = count, .forget_path = forget_path
    };
    struct error problem;
    enum status status;

    *out = (struct erase_report){ 0 };
    if (!wanted.is_left)
        return error_set(err, STATUS_NO_MEMORY, "no memory to erase");
    status = forget_store_take(index, &borrowed, &problem);
    texts_drop_damaged_blocks(index, true);
    if (!status)
        status = erase_sound_rows(borrowed.store, &wanted, &counts, out, &problem);
    if (status && borrowed.store && index_makes_room(index, &problem))
        status = erase_sound_rows(borrowed.store, &wanted, &counts, out, &problem);
    texts_drop_damaged_blocks(index, false);
    free(wanted.is_left);
    out->damaged = texts_take_damaged(index);
    if (!status) {
        status = overwrite(index, borrowed.store, &out->is_log_empty, &problem);
        if (status && index_makes_room(index, &problem))
            status = overwrite(index, borrowed.store, &out->is_log_empty, &problem);
    }
    forget_store_give(&borrowed);
    if (status && err)
        *err = problem;
    out->documents = counts.documents;
    out->revisions = counts.revisions;
    out->segments = counts.segments;
    out->texts = counts.texts;
    out->texts_kept = counts.texts_kept;
    out->vectors = counts.vectors;
    out->fulltext_rows = counts.segments;
    out->changes = counts.documents;
    return status;
}

enum status retain_each_match(struct snapshot *snapshot, const char *glob, retain_key_fn *fn,
                              void *user, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)1 << 20);
    bool has_row = true;
    enum status status = sql_open(sql,
                                  "SELECT DISTINCT source_id, s.path, d.path, d.member"
                                  " FROM document d JOIN source s USING(source_id)",
                                  NULL, &row, err);

    while (!status) {
        struct span source, file, member;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        source = sql_column_span(row, 1);
        file = sql_column_span(row, 2);
        member = sql_column_span(row, 3);
        buf_clear(&path);
        buf_append(&path, source.data, source.len);
        buf_append_char(&path, '/');
        buf_append(&path, file.data, file.len);
        if (member.len) {
            buf_append(&path, "!/", 2);
            buf_append(&path, member.data, member.len);
        }
        status = buf_status(&path, err);
        if (!status && filter_path_matches(glob, path.data))
            status =
                fn(user, &(struct document_key){ sqlite3_column_int64(row, 0), file, member }, err);
    }
    return status;
}
