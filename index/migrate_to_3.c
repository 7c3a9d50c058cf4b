/* Schema 2 had each text packed alone, named by its whole hash; stamps of 60 bytes; and the
 * fingerprint of the stages in every row. Frozen: what schema 2 looked like never changes. */
#include "index/migrate.h"

#include "index/texts.h"

#define STAMP_2_BYTES    60u
#define TEXT_2_BYTES_MAX ((size_t)512 << 20)

static uint64_t take_number(const uint8_t **in, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t) * (*in)++ << (8 * i);
    return value;
}

/* SQL: stamp_of_2(blob). NULL stays NULL. */
static void stamp_of_2(sqlite3_context *context, int count, sqlite3_value **values)
{
    const uint8_t *in = sqlite3_value_blob(values[0]);
    struct file_stamp stamp = { 0 };
    struct stamp_bytes bytes;

    (void)count;
    if (!in)
        return;
    if (sqlite3_value_bytes(values[0]) == STAMP_2_BYTES) {
        stamp.device = take_number(&in, 8);
        stamp.inode = take_number(&in, 8);
        stamp.size = take_number(&in, 8);
        stamp.mtime_ns = (int64_t)take_number(&in, 8);
        stamp.ctime_ns = (int64_t)take_number(&in, 8);
        stamp.btime_ns = (int64_t)take_number(&in, 8);
        stamp.mode = (uint32_t)take_number(&in, 4);
        stamp.uid = (uint32_t)take_number(&in, 4);
        stamp.gid = (uint32_t)take_number(&in, 4);
    }
    bytes = stamp_encode(&stamp);
    sqlite3_result_blob(context, bytes.data, (int)bytes.len, SQLITE_TRANSIENT);
}

/* One that is damaged has none afterwards: verify tells of it, as it did before. */
static enum status move_texts(struct index *index, struct error *err)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(TEXT_2_BYTES_MAX);
    sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(
        &index->sql, "SELECT input_id, data FROM input_2 ORDER BY input_id", NULL, &row, err);

    while (!status) {
        status = sql_step(&index->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = pack_expand(index->pack, sql_column_span(row, 1), &plain, err);
        if (!status)
            status = texts_put(index, sqlite3_column_int64(row, 0), buf_span(&plain), err);
        else if (status == STATUS_CORRUPT)
            status = STATUS_OK;
    }
    sql_close(&row);
    return status ? status : texts_flush(index, err);
}

static const char before_texts[] =
    "CREATE TABLE stage(stage_id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE);"
    "INSERT INTO stage(fingerprint) SELECT stage_fingerprint FROM revision UNION"
    " SELECT stage_fingerprint FROM document WHERE stage_fingerprint IS NOT NULL;"
    "ALTER TABLE document RENAME COLUMN stage_fingerprint TO stage_id;"
    "ALTER TABLE revision RENAME COLUMN stage_fingerprint TO stage_id;"
    "UPDATE revision SET stage_id = (SELECT s.stage_id FROM stage s"
    " WHERE s.fingerprint = revision.stage_id);"
    "UPDATE document SET stamp = stamp_of_2(stamp), good_stamp = stamp_of_2(good_stamp),"
    " attempt_stamp = stamp_of_2(attempt_stamp), stage_id = (SELECT s.stage_id FROM stage s"
    " WHERE s.fingerprint = document.stage_id);"
    /* Ids of segments and of texts come from one counter now. */
    "ALTER TABLE state RENAME COLUMN dictionary_id TO last_segment_id;"
    "UPDATE state SET last_segment_id = (SELECT coalesce(max(seq), 0) FROM sqlite_sequence"
    " WHERE name IN ('segment', 'input'));"
    "ALTER TABLE segment RENAME TO segment_2;"
    "DROP INDEX segment_input;"
    "CREATE TABLE segment("
    " segment_id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL,"
    " input_id INTEGER NOT NULL, text_bytes INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER);"
    "CREATE INDEX segment_input ON segment(input_id);"
    "INSERT INTO segment SELECT segment_id, document_id, input_id, text_bytes, born, died"
    " FROM segment_2;"
    "DROP TABLE segment_2;"
    "ALTER TABLE input RENAME TO input_2;"
    "CREATE TABLE input(key INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " PRIMARY KEY(key, input_id)) WITHOUT ROWID;"
    "INSERT INTO input SELECT key, input_id FROM input_2;"
    "CREATE TABLE text(name INTEGER PRIMARY KEY, data BLOB NOT NULL);";

enum status migrate_to_3(struct index *index, struct error *err)
{
    struct sql *sql = &index->sql;
    enum status status = STATUS_OK;

    if (sqlite3_create_function(sql->db, "stamp_of_2", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                stamp_of_2, NULL, NULL) != SQLITE_OK)
        return sql_error(sql, "migrate", err);
    status = sql_script(sql, before_texts, err);
    if (!status)
        status = move_texts(index, err);
    if (!status)
        status = sql_script(sql, "DROP TABLE input_2; DROP TABLE dictionary", err);
    (void)sqlite3_create_function(sql->db, "stamp_of_2", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    return status;
}
