/* Schema 5 said much twice: good stamps, hashes, the input of each segment, 16 bytes of each
 * input's hash in the layouts and 8 in `input`. Frozen: what schema 5 looked like never changes. */
#include "index/migrate.h"

#include <stdlib.h>

#include "index/texts.h"

#define KEY_5_BYTES        16u
#define LAYOUT_5_VERSION   1
#define LAYOUT_6_VERSION   2
#define LAYOUT_5_BYTES_MAX ((size_t)256 << 20)

static const char tables[] =
    "ALTER TABLE document RENAME COLUMN good_stamp TO kept_stamp;"
    "UPDATE document SET kept_stamp = CASE WHEN kept_stamp IS NULL THEN x''"
    " WHEN kept_stamp <> stamp THEN kept_stamp END,"
    " content_hash = CASE WHEN content_hash = (SELECT r.content_hash FROM revision r"
    " WHERE r.revision_id = document.revision_id) THEN x'' ELSE content_hash END;"
    "ALTER TABLE document ADD COLUMN good_stamp BLOB AS (CASE WHEN kept_stamp IS NULL THEN stamp"
    " WHEN kept_stamp <> x'' THEN kept_stamp END);"
    "CREATE TABLE origin(origin_id INTEGER PRIMARY KEY, media_type TEXT NOT NULL,"
    " extractor TEXT NOT NULL, charset TEXT NOT NULL);"
    "INSERT INTO origin(media_type, extractor, charset)"
    " SELECT DISTINCT media_type, extractor, charset FROM revision;"
    "ALTER TABLE revision ADD COLUMN origin_id INTEGER NOT NULL DEFAULT 0;"
    "UPDATE revision SET layout = layout_of_5(layout), origin_id = (SELECT o.origin_id FROM origin "
    "o"
    " WHERE o.media_type = revision.media_type AND o.extractor = revision.extractor"
    " AND o.charset = revision.charset);"
    "ALTER TABLE revision DROP COLUMN media_type;"
    "ALTER TABLE revision DROP COLUMN extractor;"
    "ALTER TABLE revision DROP COLUMN charset;"
    "ALTER TABLE segment RENAME TO segment_5;"
    "DROP INDEX segment_input;"
    "CREATE TABLE segment("
    " segment_id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL,"
    " copied_id INTEGER, text_bytes INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER,"
    " input_id INTEGER AS (ifnull(copied_id, segment_id)));"
    "CREATE INDEX segment_copy ON segment(copied_id) WHERE copied_id IS NOT NULL;"
    "INSERT INTO segment SELECT segment_id, document_id, nullif(input_id, segment_id), text_bytes,"
    " born, died FROM segment_5;"
    "DROP TABLE segment_5;"
    "CREATE TABLE input_6(key INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " PRIMARY KEY(key, input_id)) WITHOUT ROWID;";

/* Where a layout's keys begin; false: it is none. */
static bool find_keys(struct span layout, size_t *start, size_t *count)
{
    struct varint_reader in = varint_reader_of(layout);

    if (layout.len == 0 || *in.at++ != LAYOUT_5_VERSION)
        return false;
    (void)varint_take(&in);
    *count = (size_t)varint_take(&in);
    if (in.failed || *count > layout.len / KEY_5_BYTES)
        return false;
    *start = layout.len - *count * KEY_5_BYTES;
    return true;
}

static enum status recode(struct index *index, struct span before, struct buf *out,
                          struct error *err)
{
    size_t start = 0, count = 0;

    if (!find_keys(before, &start, &count))
        return error_set(err, STATUS_CORRUPT, "no layout of schema 5");
    buf_append_char(out, LAYOUT_6_VERSION);
    buf_append(out, before.data + 1, start - 1);
    for (size_t i = 0; i < count; i++) {
        struct hash hash = { { 0 } };
        struct index_key key;

        memcpy(hash.bytes, before.data + start + i * KEY_5_BYTES, KEY_5_BYTES);
        index_key(index, &hash, &key);
        buf_append(out, (const char *)key.bytes, sizeof(key.bytes));
    }
    return buf_status(out, err);
}

/* SQL: layout_of_5(blob). One that is damaged stays as it is: verify tells of it, as it did before.
 */
static void layout_of_5(sqlite3_context *context, int argument_count, sqlite3_value **values)
{
    struct index *index = sqlite3_user_data(context);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(LAYOUT_5_BYTES_MAX);
    CLEANUP(buf_release) struct buf made = BUF_INIT(LAYOUT_5_BYTES_MAX);
    CLEANUP(buf_release) struct buf packed = BUF_INIT(LAYOUT_5_BYTES_MAX);
    const char *data = sqlite3_value_blob(values[0]);
    struct span before = { data ? data : "", (size_t)sqlite3_value_bytes(values[0]) };
    enum status status = pack_expand(index->pack, before, &plain, NULL);

    (void)argument_count;
    if (!status)
        status = recode(index, buf_span(&plain), &made, NULL);
    if (!status)
        status = pack_compress(index->pack, PACK_QUICK, buf_span(&made), &packed, NULL);
    if (status == STATUS_NO_MEMORY)
        sqlite3_result_error_nomem(context);
    else if (status)
        sqlite3_result_value(context, values[0]);
    else
        sqlite3_result_blob64(context, packed.data, packed.len, SQLITE_TRANSIENT);
}

static enum status put_key(void *user, const struct text_found *found, struct error *err)
{
    struct index *index = user;
    struct index_key key = { { 0 } };
    struct hash hash;
    int64_t key_before = 0;

    if (!found->has_row)
        return STATUS_OK;
    /* What was wrong stays wrong. */
    if (found->has_text) {
        hash_of(found->text, &hash);
        index_key(index, &hash, &key);
        memcpy(&key_before, hash.bytes, sizeof(key_before));
    }
    return sql_run(&index->sql, "INSERT INTO input_6 VALUES(?, ?)",
                   SQL_VALUES(sql_integer(input_key(&key) ^ (key_before != found->key)),
                              sql_integer(found->input_id)),
                   err);
}

static enum status make_secret(struct index *index, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status = sql_script(&index->sql,
                                    "ALTER TABLE state ADD COLUMN secret BLOB NOT NULL DEFAULT x'';"
                                    "UPDATE state SET secret = randomblob(16)",
                                    err);

    if (!status)
        status = sql_open(&index->sql, "SELECT secret FROM state", NULL, &row, err);
    if (!status)
        status = sql_step(&index->sql, row, &has_row, err);
    if (!status && has_row)
        memcpy(index->secret, sql_column_span(row, 0).data, sizeof(index->secret));
    return status;
}

enum status migrate_to_6(struct index *index, struct error *err)
{
    struct sql *sql = &index->sql;
    enum status status = make_secret(index, err);

    if (!status && sqlite3_create_function(sql->db, "layout_of_5", 1, SQLITE_UTF8, index,
                                           layout_of_5, NULL, NULL) != SQLITE_OK)
        status = sql_error(sql, "migrate", err);
    if (!status)
        status = sql_script(sql, tables, err);
    (void)sqlite3_create_function(sql->db, "layout_of_5", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    if (!status)
        status = texts_each(index, 0, 1, put_key, index, err);
    /* A put says its hash by its revision. */
    if (!status)
        status = sql_script(sql,
                            "DROP TABLE input; ALTER TABLE input_6 RENAME TO input;"
                            "UPDATE change SET content_hash = NULL WHERE operation = 1"
                            " AND content_hash = (SELECT r.content_hash FROM revision r"
                            " WHERE r.document_id = change.document_id"
                            " AND r.born = change.generation ORDER BY revision_id DESC LIMIT 1)",
                            err);
    return status;
}
