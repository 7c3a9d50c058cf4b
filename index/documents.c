#include "index/documents.h"

#include <string.h>

#define IDS_BYTES_MAX ((size_t)1 << 30)

/* An attempt at the stamp itself: as many bytes as a good outcome needs more, so that its row stays
 * where it is. A stamp is longer. */
#define SAME_STAMP    "x'000000000000'"
#define ATTEMPT_STAMP "CASE WHEN attempt_stamp = " SAME_STAMP " THEN stamp ELSE attempt_stamp END"

#define RECORD_COLUMNS                                                                             \
    "document_id, source_id, path, member,"                                                        \
    " CASE WHEN attempt_count > 0 THEN " ATTEMPT_STAMP " ELSE stamp END,"                          \
    " good_stamp, " DOCUMENT_CONTENT_HASH ","                                                      \
    " (SELECT fingerprint FROM stage WHERE stage.stage_id = document.stage_id),"                   \
    " outcome, revision_id IS NOT NULL, is_held, attempt_count"

/* Few are in use at a time: a number in each row, the fingerprint once. */
enum status stage_put(struct index_store *store, const struct hash *fingerprint, int64_t *stage_id,
                      struct error *err)
{
    struct sql *sql = &store->index->sql;
    const struct sql_value values[] = { sql_hash(fingerprint), { .kind = SQL_END } };
    enum status status = sql_read_integer(sql, "SELECT stage_id FROM stage WHERE fingerprint = ?",
                                          values, 0, stage_id, err);

    if (status || *stage_id)
        return status;
    status = sql_run(sql, "INSERT INTO stage(fingerprint) VALUES(?)", values, err);
    *stage_id = sqlite3_last_insert_rowid(sql->db);
    return status;
}

static enum status lend(struct buf *buf, struct span value, struct span *out, struct error *err)
{
    buf_clear(buf);
    buf_append(buf, value.data, value.len);
    *out = buf_span(buf);
    return buf_status(buf, err);
}

static enum status record_read(struct index_store *store, sqlite3_stmt *statement,
                               struct document_record *out, struct error *err)
{
    enum status status;

    *out = (struct document_record){
        .document_id = sqlite3_column_int64(statement, 0),
        .key.source_id = sqlite3_column_int64(statement, 1),
        .stamp = stamp_decode(sql_column_span(statement, 4)),
        .good_stamp = stamp_decode(sql_column_span(statement, 5)),
        .content_hash = sql_column_hash(statement, 6),
        .stage_fingerprint = sql_column_hash(statement, 7),
        .outcome = (enum outcome)sqlite3_column_int64(statement, 8),
        .has_text = sqlite3_column_int64(statement, 9) != 0,
        .is_held = sqlite3_column_int64(statement, 10) != 0,
        .attempt_count = (unsigned)sqlite3_column_int64(statement, 11),
    };
    status = lend(&store->path, sql_column_span(statement, 2), &out->key.path, err);
    return status ? status
                  : lend(&store->member, sql_column_span(statement, 3), &out->key.member, err);
}

enum status store_lookup(struct store *base, const struct document_key *key,
                         struct document_record *out, bool *is_known, struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    enum status status = sql_open(
        &store->index->sql,
        "SELECT " RECORD_COLUMNS " FROM document"
        " WHERE source_id = ? AND path = ? AND member = ? AND died IS NULL",
        SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member)),
        &statement, err);

    if (!status)
        status = sql_step(&store->index->sql, statement, is_known, err);
    if (status || !*is_known)
        return status;
    return record_read(store, statement, out, err);
}

static enum status lookup_id(struct index_store *store, int64_t document_id,
                             struct document_record *out, bool *is_known, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    enum status status =
        sql_open(&store->index->sql,
                 "SELECT " RECORD_COLUMNS " FROM document WHERE document_id = ? AND died IS NULL",
                 SQL_VALUES(sql_integer(document_id)), &statement, err);

    if (!status)
        status = sql_step(&store->index->sql, statement, is_known, err);
    if (status || !*is_known)
        return status;
    return record_read(store, statement, out, err);
}

/* "folder/" up to, but without, "folder0": what follows '/' in ASCII. */
static enum status collect_below(struct index_store *store, int64_t source_id, struct span folder,
                                 struct buf *ids, struct error *err)
{
    CLEANUP(buf_release) struct buf low = BUF_INIT(OS_PATH_MAX + 2);
    CLEANUP(buf_release) struct buf high = BUF_INIT(OS_PATH_MAX + 2);

    if (folder.len == 0)
        return sql_append_ids(
            &store->index->sql,
            "SELECT document_id FROM document WHERE source_id = ? AND died IS NULL"
            " ORDER BY path, member",
            SQL_VALUES(sql_integer(source_id)), ids, err);
    buf_append(&low, folder.data, folder.len);
    buf_append_char(&low, '/');
    buf_append(&high, folder.data, folder.len);
    buf_append_char(&high, '/' + 1);
    if (low.failed)
        return buf_status(&low, err);
    return sql_append_ids(&store->index->sql,
                          "SELECT document_id FROM document WHERE source_id = ?1 AND died IS NULL"
                          " AND (path = ?2 OR (path >= ?3 AND path < ?4)) ORDER BY path, member",
                          SQL_VALUES(sql_integer(source_id), sql_blob(folder),
                                     sql_blob(buf_span(&low)), sql_blob(buf_span(&high))),
                          ids, err);
}

/* The ids first: fn may change what a running statement would walk over. */
enum status store_each(struct store *base, int64_t source_id, struct span folder,
                       store_document_fn *fn, void *user, struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(buf_release) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    enum status status = collect_below(store, source_id, folder, &ids, err);

    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++) {
        struct document_record record;
        bool is_known = false;

        status = lookup_id(store, sql_id_at(&ids, i), &record, &is_known, err);
        if (!status && is_known)
            status = fn(user, &record, err);
    }
    return status;
}

enum status document_find(struct index_store *store, const struct document_key *key,
                          struct document_row *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum status status = sql_open(
        &store->index->sql,
        "SELECT document_id, revision_id, is_behind, " DOCUMENT_CONTENT_HASH ", stamp FROM document"
        " WHERE source_id = ? AND path = ? AND member = ? AND died IS NULL",
        SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member)),
        &statement, err);

    *out = (struct document_row){ 0 };
    if (!status)
        status = sql_step(&store->index->sql, statement, &has_row, err);
    if (status || !has_row)
        return status;
    out->document_id = sqlite3_column_int64(statement, 0);
    out->revision_id = sqlite3_column_int64(statement, 1);
    out->is_behind = sqlite3_column_int64(statement, 2) != 0;
    out->content_hash = sql_column_hash(statement, 3);
    out->stamp = stamp_decode(sql_column_span(statement, 4));
    return STATUS_OK;
}

enum status document_need(struct index_store *store, const struct document_key *key,
                          const struct file_stamp *stamp, struct document_row *out,
                          struct error *err)
{
    struct stamp_bytes bytes = stamp_encode(stamp);
    enum status status = document_find(store, key, out, err);

    if (status || out->document_id)
        return status;
    status = sql_run(&store->index->sql,
                     "INSERT INTO document(source_id, path, member, outcome, stamp, outcome_ms,"
                     " kept_stamp) VALUES(?, ?, ?, ?, ?, ?, x'')",
                     SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path),
                                sql_blob(key->member), sql_integer(OUTCOME_PENDING),
                                sql_blob(stamp_span(&bytes)), sql_integer(store->now_ms)),
                     err);
    out->document_id = sqlite3_last_insert_rowid(store->index->sql.db);
    out->stamp = *stamp;
    return status;
}

/* Counts only tries of one and the same content: a file that was changed gets new ones. */
enum status store_attempt(struct store *base, const struct document_key *key,
                          const struct file_stamp *stamp, struct error *err)
{
    struct index_store *store = store_of(base);
    struct document_row row;
    struct stamp_bytes bytes = stamp_encode(stamp);
    enum status status = document_need(store, key, stamp, &row, err);

    if (status)
        return status;
    return sql_run(&store->index->sql,
                   "UPDATE document SET attempt_count = CASE WHEN " ATTEMPT_STAMP " IS ?2"
                   " THEN attempt_count + 1 ELSE 1 END, attempt_stamp ="
                   " CASE WHEN stamp = ?2 THEN " SAME_STAMP " ELSE ?2 END WHERE document_id = ?1",
                   SQL_VALUES(sql_integer(row.document_id), sql_blob(stamp_span(&bytes))), err);
}

enum status store_excuse(struct store *base, const struct document_key *key, struct error *err)
{
    return sql_run(
        &store_of(base)->index->sql,
        "UPDATE document SET attempt_count = 1 WHERE attempt_count > 1"
        " AND source_id = ? AND path = ? AND member = ? AND died IS NULL",
        SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member)), err);
}

enum status store_put_failure(struct store *base, const struct document_key *key,
                              const struct file_stamp *stamp, const struct hash *content_hash,
                              const struct hash *stage_fingerprint, enum outcome outcome,
                              const char *reason, struct error *err)
{
    struct index_store *store = store_of(base);
    struct document_row row;
    int64_t stage_id = 0;
    struct stamp_bytes bytes = stamp_encode(stamp);
    enum status status = document_need(store, key, stamp, &row, err);

    if (!status && stage_fingerprint)
        status = stage_put(store, stage_fingerprint, &stage_id, err);
    if (status)
        return status;
    store->is_changed = true;
    return sql_run(&store->index->sql,
                   "UPDATE document SET outcome = ?2, reason = ?3, stamp = ?4,"
                   " kept_stamp = ifnull(good_stamp, x''), content_hash = ?5,"
                   " stage_id = ?6, outcome_ms = ?7, outcome_generation = ?8, is_held = 0,"
                   " is_behind = (revision_id IS NOT NULL), attempt_count = 0, attempt_stamp = NULL"
                   " WHERE document_id = ?1",
                   SQL_VALUES(sql_integer(row.document_id), sql_integer(outcome),
                              sql_text((struct span){ reason, strlen(reason) }),
                              sql_blob(stamp_span(&bytes)),
                              content_hash ? sql_hash(content_hash) : sql_null(),
                              stage_id ? sql_integer(stage_id) : sql_null(),
                              sql_integer(store->now_ms), sql_integer(store->generation)),
                   err);
}

static bool same_access(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
}

/* A container's members carry its stamp, so they are touched with it. */
enum status store_touch(struct store *base, const struct document_key *key,
                        const struct file_stamp *stamp, struct span acl, struct error *err)
{
    struct index_store *store = store_of(base);
    struct document_row row;
    struct stamp_bytes bytes = stamp_encode(stamp);
    int64_t is_same_acl = 1;
    enum status status = document_find(store, key, &row, err);
    struct change_row change = { .operation = FEED_METADATA, .key = key };

    if (status || row.document_id == 0)
        return status;
    status = sql_read_integer(
        &store->index->sql, "SELECT acl IS ? FROM document WHERE document_id = ?",
        SQL_VALUES(sql_acl(acl), sql_integer(row.document_id)), 1, &is_same_acl, err);
    if (status)
        return status;
    status =
        sql_run(&store->index->sql,
                "UPDATE document SET stamp = ?4, acl = CASE WHEN is_behind THEN acl ELSE ?5 END, "
                "kept_stamp = CASE WHEN is_behind"
                " THEN ifnull(good_stamp, x'') END, is_held = 0, attempt_count = 0,"
                " attempt_stamp = NULL WHERE source_id = ?1 AND path = ?2"
                " AND (member = ?3 OR ?3 = x'') AND died IS NULL",
                SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path), sql_blob(key->member),
                           sql_blob(stamp_span(&bytes)), sql_acl(acl)),
                err);
    if (status || (is_same_acl && same_access(stamp, &row.stamp)))
        return status;
    change.document_id = row.document_id;
    change.content_hash = &row.content_hash;
    return change_put(store, &change, err);
}

/* The document itself and its members, nested ones included. */
static enum status collect_with_members(struct index_store *store, const struct document_key *key,
                                        struct buf *ids, struct error *err)
{
    CLEANUP(buf_release) struct buf low = BUF_INIT(SIZE_MAX / 4);
    CLEANUP(buf_release) struct buf high = BUF_INIT(SIZE_MAX / 4);

    if (key->member.len == 0)
        return sql_append_ids(&store->index->sql,
                              "SELECT document_id FROM document WHERE source_id = ? AND path = ?"
                              " AND died IS NULL ORDER BY member",
                              SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path)), ids,
                              err);
    buf_append(&low, key->member.data, key->member.len);
    buf_append(&high, key->member.data, key->member.len);
    buf_append(&low, "!/", 2);
    buf_append(&high, "!0", 2);
    if (low.failed || high.failed)
        return buf_status(low.failed ? &low : &high, err);
    return sql_append_ids(&store->index->sql,
                          "SELECT document_id FROM document WHERE source_id = ?1 AND path = ?2"
                          " AND (member = ?3 OR (member >= ?4 AND member < ?5)) AND died IS NULL"
                          " ORDER BY member",
                          SQL_VALUES(sql_integer(key->source_id), sql_blob(key->path),
                                     sql_blob(key->member), sql_blob(buf_span(&low)),
                                     sql_blob(buf_span(&high))),
                          ids, err);
}

static enum status move_one(struct index_store *store, int64_t document_id,
                            const struct document_key *from, const struct document_key *to,
                            const struct file_stamp *stamp, struct error *err)
{
    struct document_record record;
    struct document_key old_key, new_key;
    CLEANUP(buf_release) struct buf member = BUF_INIT(SIZE_MAX / 4);
    struct change_row change = { .operation = FEED_MOVE, .document_id = document_id };
    struct stamp_bytes bytes = stamp_encode(stamp);
    bool is_known = false;
    enum status status = lookup_id(store, document_id, &record, &is_known, err);

    if (status || !is_known)
        return status;
    old_key = record.key;
    /* Whatever stood behind the old member's name stands behind the new one's. */
    buf_append(&member, to->member.data, to->member.len);
    buf_append(&member, record.key.member.data + from->member.len,
               record.key.member.len - from->member.len);
    new_key = (struct document_key){ to->source_id, to->path, buf_span(&member) };
    status = buf_status(&member, err);
    if (!status)
        status = sql_run(&store->index->sql,
                         "UPDATE document SET source_id = ?2, path = ?3, member = ?4, stamp = ?5,"
                         " attempt_stamp = " ATTEMPT_STAMP ","
                         " kept_stamp = CASE WHEN good_stamp IS stamp AND attempt_count = 0"
                         " THEN NULL ELSE ifnull(good_stamp, x'') END,"
                         " is_held = 0 WHERE document_id = ?1",
                         SQL_VALUES(sql_integer(document_id), sql_integer(new_key.source_id),
                                    sql_blob(new_key.path), sql_blob(new_key.member),
                                    sql_blob(stamp_span(&bytes))),
                         err);
    if (status)
        return status;
    change.key = &new_key;
    change.old_key = &old_key;
    change.content_hash = &record.content_hash;
    return change_put(store, &change, err);
}

enum status store_move(struct store *base, const struct document_key *from,
                       const struct document_key *to, const struct file_stamp *stamp,
                       struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(buf_release) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    struct document_row row;
    enum status status = document_find(store, to, &row, err);

    if (!status && row.document_id)
        return error_set(err, STATUS_CORRUPT, "cannot move onto a document that exists: '%.*s'",
                         (int)to->path.len, to->path.data);
    if (!status)
        status = collect_with_members(store, from, &ids, err);
    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++)
        status = move_one(store, sql_id_at(&ids, i), from, to, stamp, err);
    return status;
}

static enum status remove_one(struct index_store *store, int64_t document_id, struct error *err)
{
    struct document_record record;
    CLEANUP(buf_release) struct buf removed = BUF_INIT(IDS_BYTES_MAX);
    struct change_row change = { .operation = FEED_DELETE,
                                 .document_id = document_id,
                                 .removed = &removed };
    int64_t revision_id = 0;
    bool is_known = false;
    enum status status = lookup_id(store, document_id, &record, &is_known, err);

    if (status || !is_known)
        return status;
    status = sql_read_integer(&store->index->sql,
                              "SELECT revision_id FROM document WHERE document_id = ?",
                              SQL_VALUES(sql_integer(document_id)), 0, &revision_id, err);
    if (!status && revision_id)
        status = revision_end(store, revision_id, &removed, err);
    if (!status)
        status = sql_run(&store->index->sql,
                         "UPDATE document SET died = ?2, content_hash = " DOCUMENT_CONTENT_HASH
                         ", revision_id = NULL, is_held = 0,"
                         " is_behind = 0, attempt_count = 0 WHERE document_id = ?1",
                         SQL_VALUES(sql_integer(document_id), sql_integer(store->generation)), err);
    if (status)
        return status;
    change.key = &record.key;
    change.content_hash = &record.content_hash;
    return change_put(store, &change, err);
}

enum status store_remove(struct store *base, const struct document_key *key, struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(buf_release) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    enum status status = collect_with_members(store, key, &ids, err);

    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++)
        status = remove_one(store, sql_id_at(&ids, i), err);
    return status;
}

enum status store_hold(struct store *base, const struct document_key *key, struct error *err)
{
    struct index_store *store = store_of(base);
    CLEANUP(buf_release) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    enum status status = collect_with_members(store, key, &ids, err);

    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++)
        status =
            sql_run(&store->index->sql, "UPDATE document SET is_held = 1 WHERE document_id = ?",
                    SQL_VALUES(sql_integer(sql_id_at(&ids, i))), err);
    if (ids.len)
        store->is_changed = true;
    return status;
}
