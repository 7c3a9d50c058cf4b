#include "index/schema.h"

#include "index/fulltext.h"
#include "index/index.h"
#include "index/tokenizer.h"

/* "varv", so that file(1) and we can tell the database from another one. */
#define APPLICATION_ID 0x76617276

/*
 * The invariants; verify.c checks each, repair.c brings it back. For each, test_verify.c plants
 * damages, sees them found by the check named in brackets, and mended; test_store_model.c has all
 * of them hold after random operations and crashes.
 *
 *  1. state.generation is the newest commit, and every born and died is at most that [generation];
 *     nothing died before it was born [lifetime].
 *  2. A revision is live (died IS NULL) exactly when its document exists and names it; a document
 *     has at most one live revision [revision-document].
 *  3. The segments that a live revision's layout lists are exactly its document's live segments
 *     [layout, layout-segment]. A segment's born and died are those of an unbroken run of its
 *     document's revisions (test_store.c, test_copy_and_revert_need_no_vector).
 *  4. input.key is the start of index_key() of its text's SHA-256, each input has one text, and a
 * segment's text is the last text_bytes bytes of it [text-hash].
 *  5. The full text has exactly one row per live segment, with the segment's id and its words
 *     [fulltext-rows, fulltext-text], as the tokenizer of state.tokenizer_version makes them:
 *     this one [fulltext-version].
 *  6. Every live segment's input has a vector of the current model, or a row in waiting, not both;
 *     the same for the next model while one is built beside it. No other model has rows there
 *     [waiting].
 *  7. A vector has its model's dimensions, is finite and not zero [vector], and stands in the scan
 *     file with its own codes [scan].
 *  8. change.sequence runs without gaps up to state.sequence [feed].
 *  9. No id is used twice: AUTOINCREMENT, and state.last_segment_id for segments and inputs, which
 *     is at least every id of theirs [generation].
 * 10. Every input has a segment, every segment a document (what is past lives until collected)
 *     [orphan].
 */
static const char tables[] =
    /* One row. */
    "CREATE TABLE state("
    " one INTEGER PRIMARY KEY CHECK(one = 1), uuid TEXT NOT NULL,"
    " generation INTEGER NOT NULL, oldest_generation INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " model_id INTEGER NOT NULL, next_model_id INTEGER NOT NULL,"
    " previous_model_id INTEGER NOT NULL, last_segment_id INTEGER NOT NULL,"
    /* Of what made the rows of the full text. */
    " tokenizer_version INTEGER NOT NULL,"
    /* What makes keys of hashes that nobody outside can foretell: index_key(). */
    " secret BLOB NOT NULL);"
    "CREATE TABLE generation(generation INTEGER PRIMARY KEY, committed_ms INTEGER NOT NULL);"
    "CREATE TABLE source("
    " source_id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE,"
    " device INTEGER NOT NULL DEFAULT 0, inode INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE model("
    " model_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, dimensions INTEGER NOT NULL,"
    " fingerprint BLOB NOT NULL UNIQUE, token_limit INTEGER NOT NULL, fusion_weight REAL NOT NULL,"
    " is_query_different INTEGER NOT NULL, plugin TEXT NOT NULL);"
    /* Fingerprints of what made a revision of a file. */
    "CREATE TABLE stage(stage_id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE);"
    /* What a revision was read from, and by what. */
    "CREATE TABLE origin(origin_id INTEGER PRIMARY KEY, media_type TEXT NOT NULL,"
    " extractor TEXT NOT NULL, charset TEXT NOT NULL);"
    /* A document that was removed keeps its row (died) while its revisions are kept. What most have
     * in common is not said twice: kept_stamp is NULL where the stamp is that of what is searched
     * (x'': nothing is), content_hash is x'' where it is its revision's. */
    "CREATE TABLE document("
    " document_id INTEGER PRIMARY KEY AUTOINCREMENT, source_id INTEGER NOT NULL,"
    " path BLOB NOT NULL, member BLOB NOT NULL, died INTEGER,"
    " revision_id INTEGER, outcome INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '',"
    " stamp BLOB NOT NULL, kept_stamp BLOB, content_hash BLOB, stage_id INTEGER,"
    " outcome_ms INTEGER NOT NULL DEFAULT 0, outcome_generation INTEGER NOT NULL DEFAULT 0,"
    " is_held INTEGER NOT NULL DEFAULT 0, is_behind INTEGER NOT NULL DEFAULT 0,"
    " attempt_count INTEGER NOT NULL DEFAULT 0, attempt_stamp BLOB, acl BLOB,"
    " good_stamp BLOB AS (CASE WHEN kept_stamp IS NULL THEN stamp"
    " WHEN kept_stamp <> x'' THEN kept_stamp END));"
    "CREATE UNIQUE INDEX document_key ON document(source_id, path, member) WHERE died IS NULL;"
    "CREATE INDEX document_gone ON document(source_id, path, member) WHERE died IS NOT NULL;"
    "CREATE TABLE revision("
    " revision_id INTEGER PRIMARY KEY AUTOINCREMENT, document_id INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER, committed_ms INTEGER NOT NULL,"
    " content_hash BLOB NOT NULL, stage_id INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " reason TEXT NOT NULL, is_container INTEGER NOT NULL,"
    " title TEXT NOT NULL, language TEXT NOT NULL, page_count INTEGER NOT NULL,"
    " segment_count INTEGER NOT NULL, added INTEGER NOT NULL, reused INTEGER NOT NULL,"
    " dropped INTEGER NOT NULL, embedded INTEGER NOT NULL,"
    " text_bytes INTEGER NOT NULL, token_count INTEGER NOT NULL, layout BLOB NOT NULL,"
    /* The language whose stemmer made its words: as declared, else as guessed. */
    " stemmer TEXT NOT NULL DEFAULT 'en', origin_id INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX revision_stemmer ON revision(stemmer) WHERE died IS NULL;"
    "CREATE INDEX revision_document ON revision(document_id, born);"
    /* copied_id: the input, where another segment had it first. SEGMENT_HAS_INPUT finds by it. */
    "CREATE TABLE segment("
    " segment_id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL,"
    " copied_id INTEGER, text_bytes INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER,"
    " input_id INTEGER AS (ifnull(copied_id, segment_id)));"
    "CREATE INDEX segment_copy ON segment(copied_id) WHERE copied_id IS NOT NULL;"
    /* What is embedded (heading path, repeated header, text), by four bytes of its hash's key. Its
     * id is that of the first segment that had it. */
    "CREATE TABLE input(key INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " PRIMARY KEY(key, input_id)) WITHOUT ROWID;"
    /* And the thing itself: see texts.h. */
    "CREATE TABLE text(name INTEGER PRIMARY KEY, data BLOB NOT NULL);";

static const char tables_of_models_and_feed[] =
    /* Little-endian float32. */
    "CREATE TABLE vector(vector_id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    /* The vector scan files: how many slots of the file of that epoch are committed. */
    "CREATE TABLE scan(model_id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL,"
    " slots INTEGER NOT NULL);"
    /* Inputs of live segments without a vector of the model: the current one (0 while there is
     * none) and the next one. */
    "CREATE TABLE waiting(model_id INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " is_failed INTEGER NOT NULL, token_count INTEGER NOT NULL,"
    " PRIMARY KEY(model_id, input_id)) WITHOUT ROWID;"
    "CREATE INDEX waiting_failed ON waiting(model_id, input_id) WHERE is_failed = 1;"
    /* What a model's vectors cost, by day (since 1970, UTC): cost.c. */
    "CREATE TABLE cost(model_id INTEGER NOT NULL, day INTEGER NOT NULL,"
    " embedded_texts INTEGER NOT NULL, embedded_tokens INTEGER NOT NULL,"
    " reused_texts INTEGER NOT NULL, reused_tokens INTEGER NOT NULL,"
    " PRIMARY KEY(model_id, day)) WITHOUT ROWID;"
    /* A put has no content_hash of its own: it is its revision's. */
    "CREATE TABLE change("
    " sequence INTEGER PRIMARY KEY, generation INTEGER NOT NULL, operation INTEGER NOT NULL,"
    " document_id INTEGER NOT NULL, source_id INTEGER NOT NULL, path BLOB NOT NULL,"
    " member BLOB NOT NULL, old_path BLOB NOT NULL, old_member BLOB NOT NULL,"
    " content_hash BLOB, segments BLOB NOT NULL);"
    "CREATE TABLE consumer(name TEXT PRIMARY KEY, sequence INTEGER NOT NULL);" FULLTEXT_TABLE;

enum status schema_create(struct sql *sql, const char *uuid, struct error *err)
{
    char pragmas[128];
    enum status status = sql_script(sql, tables, err);

    if (!status)
        status = sql_script(sql, tables_of_models_and_feed, err);
    if (status)
        return status;
    status = sql_run(
        sql, "INSERT INTO state VALUES(1, ?, 0, 0, 0, 0, 0, 0, 0, ?, randomblob(16))",
        SQL_VALUES(sql_text((struct span){ uuid, 36 }), sql_integer(TOKENIZER_VERSION)), err);
    if (status)
        return status;
    (void)sqlite3_snprintf(sizeof(pragmas), pragmas,
                           "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
                           INDEX_SCHEMA_VERSION);
    return sql_script(sql, pragmas, err);
}

enum status schema_check(struct sql *sql, struct error *err)
{
    int64_t application = 0;
    int64_t version = 0;
    enum status status = sql_read_integer(sql, "PRAGMA application_id", NULL, 0, &application, err);

    if (!status)
        status = sql_read_integer(sql, "PRAGMA user_version", NULL, 0, &version, err);
    if (status)
        return status;
    if (application != APPLICATION_ID)
        return error_set(err, STATUS_CORRUPT, "'%s' is not a knowledge base of varve", sql->name);
    if (version > INDEX_SCHEMA_VERSION)
        return error_set(err, STATUS_UNSUPPORTED,
                         "'%s' was written by a newer varve (schema %d, this one knows %d)",
                         sql->name, (int)version, INDEX_SCHEMA_VERSION);
    if (version < 1)
        return error_set(err, STATUS_CORRUPT, "'%s' has no schema version", sql->name);
    return STATUS_OK;
}

static enum status compare_columns(struct sql *made, struct sql *sql, schema_missing_fn *missing,
                                   void *user, uint64_t *count, struct error *err)
{
#define COLUMNS                                                                                    \
    "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk AS "   \
    "name"                                                                                         \
    " FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"                \
    " UNION ALL SELECT m.tbl_name || ': ' || m.name || ' ' || i.seqno || ' ' || i.name"            \
    " FROM sqlite_schema m JOIN pragma_index_info(m.name) i WHERE m.type = 'index'"
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(made, COLUMNS, NULL, &row, err);

    while (!status) {
        int64_t is_there = 0;
        struct span name;

        status = sql_step(made, row, &has_row, err);
        if (status || !has_row)
            break;
        name = sql_column_span(row, 0);
        status = sql_read_integer(sql, "SELECT count(*) FROM (" COLUMNS ") WHERE name = ?",
                                  SQL_VALUES(sql_text(name)), 0, &is_there, err);
        if (!status && !is_there)
            missing(user, name.data);
        ++*count;
    }
    return status;
#undef COLUMNS
}

enum status schema_compare(struct sql *sql, schema_missing_fn *missing, void *user, uint64_t *count,
                           struct error *err)
{
    struct sql made = { .name = "a schema in memory" };
    enum status status;

    if (sqlite3_open_v2(":memory:", &made.db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        status = error_set(err, STATUS_NO_MEMORY, "no memory to check the schema");
    else
        status = fulltext_register(&made, err);
    if (!status)
        status = schema_create(&made, "00000000-0000-0000-0000-000000000000", err);
    if (!status)
        status = compare_columns(&made, sql, missing, user, count, err);
    sql_release(&made);
    return status;
}
