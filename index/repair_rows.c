#include <stdlib.h>
#include <string.h>

#include "index/repair_parts.h"
#include "index/texts.h"
#include "index/vectors.h"

#define IDS_BYTES_MAX    ((size_t)1 << 30)
#define LAYOUT_ARENA_MAX ((size_t)1 << 30)

/* ---- documents and the revisions they name ---- */

static const struct repair_step names[] = {
    /* Where they lie is not known: the next scan finds their files. */
    { "documents without a source",
      "DELETE FROM document WHERE source_id NOT IN (SELECT source_id FROM source)", true },
    { "revisions without a document",
      "DELETE FROM revision WHERE document_id NOT IN (SELECT document_id FROM document)", true },
    { "revisions with impossible lifetimes",
      "DELETE FROM revision WHERE died < born"
      " OR max(born, coalesce(died, 0)) > (SELECT generation FROM state)",
      true },
    { "revisions of documents that are gone",
      "UPDATE revision SET died = (SELECT max(d.died, revision.born) FROM document d"
      "  WHERE d.document_id = revision.document_id)"
      " WHERE died IS NULL AND document_id IN (SELECT document_id FROM document"
      "  WHERE died IS NOT NULL)",
      true },
    { "revisions that had a successor",
      "UPDATE revision SET died = (SELECT min(n.born) FROM revision n WHERE n.document_id ="
      "  revision.document_id AND n.born > revision.born)"
      " WHERE died IS NULL AND EXISTS (SELECT 1 FROM revision n WHERE n.document_id ="
      "  revision.document_id AND n.born > revision.born)",
      true },
    /* Their documents are read again, by what a stage that is not known means. */
    { "documents whose revision's origin is lost",
      "UPDATE document SET stage_id = NULL WHERE revision_id IN (SELECT revision_id FROM revision"
      " WHERE origin_id NOT IN (SELECT origin_id FROM origin))",
      false },
    { "origins of revisions",
      "INSERT INTO origin SELECT DISTINCT origin_id, '', '', '' FROM revision"
      " WHERE origin_id NOT IN (SELECT origin_id FROM origin)",
      false },
    { "documents and the revision they name",
      "UPDATE document SET revision_id = (SELECT max(r.revision_id) FROM revision r"
      "  WHERE r.document_id = document.document_id AND r.died IS NULL)"
      " WHERE revision_id IS NOT (SELECT max(r.revision_id) FROM revision r"
      "  WHERE r.document_id = document.document_id AND r.died IS NULL)",
      true },
};

static enum status put_gone(struct repair *repair, int64_t document_id, const struct buf *segments,
                            struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct document_key key;
    struct change_row change = {
        .operation = FEED_DELETE, .document_id = document_id, .key = &key, .removed = segments
    };
    bool has_row = false;
    enum status status =
        sql_open(repair->sql, "SELECT source_id, path, member FROM document WHERE document_id = ?",
                 SQL_VALUES(sql_integer(document_id)), &row, err);

    if (!status)
        status = sql_step(repair->sql, row, &has_row, err);
    if (status || !has_row)
        return status;
    key = (struct document_key){ .source_id = sqlite3_column_int64(row, 0),
                                 .path = sql_column_span(row, 1),
                                 .member = sql_column_span(row, 2) };
    return change_put(repair->store, &change, err);
}

/* Its text is not in the index any more: consumers are told, and it is as if it had never been
 * read, and its container neither. */
static enum status read_again(struct repair *repair, int64_t document_id, struct error *err)
{
    CLEANUP(buf_release) struct buf segments = BUF_INIT(IDS_BYTES_MAX);
    enum status status = sql_append_ids(
        repair->sql, "SELECT segment_id FROM segment WHERE document_id = ? AND died IS NULL",
        SQL_VALUES(sql_integer(document_id)), &segments, err);

    if (!status)
        status = put_gone(repair, document_id, &segments, err);
    if (!status)
        status = sql_run(repair->sql,
                         "UPDATE document SET revision_id = NULL, outcome = ?2, reason ="
                         " 'its text in the index was damaged; it is read again',"
                         " kept_stamp = x'', content_hash = NULL, stage_id = NULL,"
                         " is_behind = 0, attempt_count = 0, attempt_stamp = NULL"
                         " WHERE document_id = ?1",
                         SQL_VALUES(sql_integer(document_id), sql_integer(OUTCOME_PENDING)), err);
    if (!status)
        status = sql_run(repair->sql,
                         "UPDATE document SET outcome = ?2, content_hash = NULL,"
                         " stage_id = NULL WHERE member = x'' AND died IS NULL"
                         " AND EXISTS (SELECT 1 FROM document m WHERE m.document_id = ?1"
                         "  AND m.member <> x'' AND m.source_id = document.source_id"
                         "  AND m.path = document.path)",
                         SQL_VALUES(sql_integer(document_id), sql_integer(OUTCOME_PENDING)), err);
    repair->report->documents++;
    return status;
}

/* Those that claim to have text, and have lost it by what was mended so far. */
enum status repair_documents(struct repair *repair, struct error *err)
{
    CLEANUP(buf_release) struct buf ids = BUF_INIT(IDS_BYTES_MAX);
    enum status status = repair_steps(repair, names, sizeof(names) / sizeof(names[0]), err);

    if (!status)
        status =
            sql_append_ids(repair->sql,
                           "SELECT document_id FROM document WHERE died IS NULL"
                           " AND revision_id IS NULL AND outcome IN (?, ?, ?)",
                           SQL_VALUES(sql_integer(OUTCOME_COMPLETE), sql_integer(OUTCOME_PARTIAL),
                                      sql_integer(OUTCOME_EMBED_FAILED)),
                           &ids, err);
    for (size_t i = 0; i < sql_id_count(&ids) && !status; i++)
        status = read_again(repair, sql_id_at(&ids, i), err);
    return status;
}

/* ---- texts ---- */

/* A text that is not what its row says. */
struct bad_text {
    int64_t input_id, key;  /* key: of its row */
    struct index_key found; /* of what is there, if it has_text */
    bool has_row, has_text;
    bool is_named; /* a layout names that hash: the row's own is what is wrong */
};

struct bad_texts {
    struct bad_text *all; /* by input_id */
    size_t count;
};

static int compare_texts(const void *a, const void *b)
{
    int64_t x = ((const struct bad_text *)a)->input_id;
    int64_t y = ((const struct bad_text *)b)->input_id;

    return (x > y) - (x < y);
}

static struct bad_text *find_text(const struct bad_texts *texts, int64_t input_id)
{
    struct bad_text key = { .input_id = input_id };

    return texts->count ? bsearch(&key, texts->all, texts->count, sizeof(key), compare_texts)
                        : NULL;
}

struct noting {
    const struct index *index;
    struct buf *out; /* of struct bad_text */
};

static enum status note_bad_text(void *user, const struct text_found *found, struct error *err)
{
    struct noting *noting = user;
    struct hash hash;
    struct bad_text text = { .input_id = found->input_id,
                             .key = found->key,
                             .has_row = found->has_row,
                             .has_text = found->has_text };

    if (found->has_text) {
        hash_of(found->text, &hash);
        index_key(noting->index, &hash, &text.found);
    }
    if (!found->has_row || !found->has_text || input_key(&text.found) != found->key)
        buf_append(noting->out, &text, sizeof(text));
    return buf_status(noting->out, err);
}

static enum status find_bad_texts(struct repair *repair, struct buf *out, struct error *err)
{
    struct noting noting = { repair->index, out };

    return texts_each(repair->index, 0, 1, note_bad_text, &noting, err);
}

/* ---- layouts ---- */

static enum status check_segment(struct repair *repair, const struct bad_texts *texts,
                                 int64_t document_id, const struct layout_segment *segment,
                                 bool *is_sound, struct error *err)
{
    struct bad_text *text = find_text(texts, segment->input_id);
    int64_t owner = 0, is_there = 0;
    enum status status;

    if (text) {
        text->is_named |=
            text->has_text && memcmp(&text->found, &segment->key, sizeof(text->found)) == 0;
        *is_sound &= text->is_named;
        return STATUS_OK;
    }
    status = sql_read_integer(
        repair->sql, "SELECT 1 FROM input WHERE input_id = ? AND key = ?",
        SQL_VALUES(sql_integer(segment->input_id), sql_integer(input_key(&segment->key))), 0,
        &is_there, err);
    if (!status)
        status = sql_read_integer(
            repair->sql, "SELECT document_id FROM segment WHERE segment_id = ?",
            SQL_VALUES(sql_integer(segment->segment_id)), document_id, &owner, err);
    *is_sound &= is_there && owner == document_id;
    return status;
}

static enum status want_segment(struct repair *repair, int64_t revision_id,
                                const struct layout_segment *segment, struct error *err)
{
    return sql_run(repair->sql,
                   "INSERT INTO temp.wanted SELECT ?1, document_id, ?3, ?4, born, died"
                   " FROM revision WHERE revision_id = ?2"
                   " ON CONFLICT(segment_id) DO UPDATE SET born = min(born, excluded.born),"
                   " died = CASE WHEN died IS NULL OR excluded.died IS NULL THEN NULL"
                   "  ELSE max(died, excluded.died) END",
                   SQL_VALUES(sql_integer(segment->segment_id), sql_integer(revision_id),
                              sql_integer(segment->input_id),
                              sql_integer(segment->text_end - segment->text_start)),
                   err);
}

/* A revision with a sound layout says which segments there are; *is_sound false: it is taken out.
 */
static enum status read_layout(struct repair *repair, const struct bad_texts *texts,
                               int64_t revision_id, bool *is_sound, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(LAYOUT_ARENA_MAX);
    struct layout layout = { 0 };
    struct span title;
    int64_t document_id = 0, segment_count = 0;
    enum status status = revision_load(repair->index, revision_id, &arena, &layout, &title, err);

    *is_sound = status == STATUS_OK;
    if (status)
        return status == STATUS_CORRUPT ? STATUS_OK : status;
    status = sql_read_integer(repair->sql, "SELECT document_id FROM revision WHERE revision_id = ?",
                              SQL_VALUES(sql_integer(revision_id)), 0, &document_id, err);
    if (!status)
        status = sql_read_integer(repair->sql,
                                  "SELECT segment_count FROM revision WHERE revision_id = ?",
                                  SQL_VALUES(sql_integer(revision_id)), 0, &segment_count, err);
    *is_sound = (int64_t)layout.segment_count == segment_count;
    for (size_t i = 0; i < layout.segment_count && !status && *is_sound; i++)
        status = check_segment(repair, texts, document_id, &layout.segments[i], is_sound, err);
    for (size_t i = 0; i < layout.segment_count && !status && *is_sound; i++)
        status = want_segment(repair, revision_id, &layout.segments[i], err);
    return status;
}

static enum status take_out(struct repair *repair, int64_t revision_id, struct error *err)
{
    struct sql_value id[] = { sql_integer(revision_id), { .kind = SQL_END } };
    int64_t document_id = 0;
    enum status status =
        sql_read_integer(repair->sql, "SELECT document_id FROM document WHERE revision_id = ?", id,
                         0, &document_id, err);

    if (!status)
        status = sql_run(
            repair->sql,
            "UPDATE state SET oldest_generation = max(oldest_generation,"
            " (SELECT coalesce(died, ?2) FROM revision WHERE revision_id = ?1))",
            SQL_VALUES(sql_integer(revision_id), sql_integer(repair->store->generation)), err);
    if (!status)
        status = sql_run(repair->sql, "DELETE FROM revision WHERE revision_id = ?", id, err);
    repair->report->revisions++;
    repair->is_fulltext_stale = true;
    return status || !document_id ? status : read_again(repair, document_id, err);
}

static enum status read_layouts(struct repair *repair, const struct bad_texts *texts,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf revisions = BUF_INIT(IDS_BYTES_MAX);
    uint64_t before = repair->report->revisions;
    enum status status =
        sql_append_ids(repair->sql, "SELECT revision_id FROM revision", NULL, &revisions, err);

    for (size_t i = 0; i < sql_id_count(&revisions) && !status; i++) {
        bool is_sound = true;

        status = read_layout(repair, texts, sql_id_at(&revisions, i), &is_sound, err);
        if (!status && !is_sound)
            status = take_out(repair, sql_id_at(&revisions, i), err);
    }
    if (!status && repair->report->revisions > before)
        repair_tell(repair, "revisions taken out: their layout or a text is damaged",
                    repair->report->revisions - before);
    return status;
}

/* Its row as a layout names it, or neither row nor text. */
static enum status mend_text(struct repair *repair, const struct bad_text *text, struct error *err)
{
    enum status status = STATUS_OK;

    if (text->has_row) /* by its whole key: there is no index by input_id */
        status = sql_run(repair->sql, "DELETE FROM input WHERE key = ? AND input_id = ?",
                         SQL_VALUES(sql_integer(text->key), sql_integer(text->input_id)), err);
    if (!status && text->is_named)
        return sql_run(
            repair->sql, "INSERT INTO input VALUES(?, ?)",
            SQL_VALUES(sql_integer(input_key(&text->found)), sql_integer(text->input_id)), err);
    return status || !text->has_text ? status : texts_forget(repair->index, text->input_id, err);
}

static enum status mend_text_rows(struct repair *repair, const struct bad_texts *texts,
                                  struct error *err)
{
    uint64_t named = 0, blocks = 0;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        named += texts->all[i].is_named;
        status = mend_text(repair, &texts->all[i], err);
    }
    if (!status && texts->count)
        status = texts_drop_damaged(repair->index, &blocks, err);
    if (status)
        return status;
    if (named)
        repair_tell(repair, "hashes of texts", named);
    if (texts->count > named)
        repair_tell(repair, "texts that were damaged", texts->count - named);
    return STATUS_OK;
}

/* After the segments are right. */
static enum status forget_unused_texts(struct repair *repair, struct error *err)
{
    CLEANUP(buf_release) struct buf unused = BUF_INIT(IDS_BYTES_MAX);
    enum status status = sql_append_ids(repair->sql,
                                        "SELECT input_id FROM input WHERE input_id NOT IN"
                                        " (SELECT input_id FROM segment)",
                                        NULL, &unused, err);

    for (size_t i = 0; i < sql_id_count(&unused) && !status; i++)
        status = texts_forget(repair->index, sql_id_at(&unused, i), err);
    if (!status && sql_id_count(&unused))
        status = sql_script(
            repair->sql, "DELETE FROM input WHERE input_id NOT IN (SELECT input_id FROM segment)",
            err);
    if (!status && sql_id_count(&unused))
        repair_tell(repair, "texts that no segment has", sql_id_count(&unused));
    return status;
}

/* ---- segments, vectors, and what waits ---- */

static const struct repair_step segments[] = {
    { "segments that no layout lists",
      "DELETE FROM segment WHERE segment_id NOT IN (SELECT segment_id FROM temp.wanted)", true },
    { "rows of segments",
      "UPDATE segment SET (copied_id, text_bytes, born, died) ="
      " (SELECT nullif(w.input_id, w.segment_id), w.text_bytes, w.born, w.died FROM temp.wanted w"
      "  WHERE w.segment_id = segment.segment_id)"
      " WHERE EXISTS (SELECT 1 FROM temp.wanted w WHERE w.segment_id = segment.segment_id"
      "  AND (w.input_id <> segment.input_id OR w.text_bytes <> segment.text_bytes"
      "   OR w.born <> segment.born OR w.died IS NOT segment.died))",
      true },
    { "segments that were missing",
      "INSERT INTO segment(segment_id, document_id, copied_id, text_bytes, born, died)"
      " SELECT segment_id, document_id, nullif(input_id, segment_id), text_bytes, born, died FROM "
      "temp.wanted"
      " WHERE segment_id NOT IN (SELECT segment_id FROM segment)",
      true },
};

static const struct repair_step waiting[] = {
    { "texts that waited for nothing",
      "DELETE FROM waiting WHERE model_id NOT IN (SELECT model_id FROM state UNION"
      "  SELECT next_model_id FROM state WHERE next_model_id > 0)"
      " OR EXISTS (SELECT 1 FROM vector WHERE vector_id ="
      "  (waiting.model_id << 40) | waiting.input_id)"
      " OR input_id NOT IN (SELECT input_id FROM segment WHERE died IS NULL)",
      false },
    { "texts that wait for vectors",
      "INSERT OR IGNORE INTO waiting SELECT DISTINCT m.id, s.input_id, 0, 0 FROM segment s,"
      " (SELECT model_id AS id FROM state UNION SELECT next_model_id FROM state"
      "  WHERE next_model_id > 0) m WHERE s.died IS NULL AND NOT EXISTS"
      " (SELECT 1 FROM vector WHERE vector_id = (m.id << 40) | s.input_id)",
      false },
};

/* Those of no text or model, those that no embedder would have given, and those that are known not
 * to be their model's. */
static enum status mend_vectors(struct repair *repair, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    CLEANUP(buf_release) struct buf bad = BUF_INIT(IDS_BYTES_MAX);
    bool has_row = true;
    enum status status =
        sql_open(repair->sql,
                 "SELECT vector_id, data, dimensions, vector_id & ((1 << 40) - 1) IN"
                 " (SELECT input_id FROM input) FROM vector"
                 " LEFT JOIN model ON model_id = vector_id >> 40",
                 NULL, &row, err);

    while (!status) {
        int64_t id;

        status = sql_step(repair->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        id = sqlite3_column_int64(row, 0);
        if (!sqlite3_column_int64(row, 3) ||
            !vector_is_sound(sql_column_span(row, 1), (unsigned)sqlite3_column_int64(row, 2)))
            buf_append(&bad, &id, sizeof(id));
    }
    sql_close(&row);
    row = NULL;
    buf_append(&bad, repair->vectors.data, repair->vectors.len);
    if (!status)
        status = buf_status(&bad, err);
    for (size_t i = 0; i < sql_id_count(&bad) && !status; i++)
        status = sql_run(repair->sql, "DELETE FROM vector WHERE vector_id = ?",
                         SQL_VALUES(sql_integer(sql_id_at(&bad, i))), err);
    if (!status && sql_id_count(&bad)) {
        repair->is_scan_stale = true;
        repair_tell(repair, "vectors that are wrong, or of nothing", sql_id_count(&bad));
    }
    return status;
}

static enum status mend_all_texts(struct repair *repair, const struct bad_texts *texts,
                                  struct error *err)
{
    enum status status = read_layouts(repair, texts, err);

    if (!status)
        status = mend_text_rows(repair, texts, err);
    if (!status)
        status = repair_steps(repair, segments, sizeof(segments) / sizeof(segments[0]), err);
    if (!status)
        status = forget_unused_texts(repair, err);
    if (!status)
        status = mend_vectors(repair, err);
    return status ? status
                  : repair_steps(repair, waiting, sizeof(waiting) / sizeof(waiting[0]), err);
}

enum status repair_texts(struct repair *repair, struct error *err)
{
    CLEANUP(buf_release) struct buf bad = BUF_INIT(IDS_BYTES_MAX);
    struct bad_texts texts;
    enum status status = find_bad_texts(repair, &bad, err);

    texts.all = (struct bad_text *)(void *)bad.data;
    texts.count = bad.len / sizeof(struct bad_text);
    if (!status)
        status = sql_script(repair->sql,
                            "CREATE TEMP TABLE wanted(segment_id INTEGER PRIMARY KEY, document_id,"
                            " input_id, text_bytes, born, died)",
                            err);
    if (!status)
        status = mend_all_texts(repair, &texts, err);
    if (!status)
        status = sql_script(repair->sql, "DROP TABLE temp.wanted", err);
    return status;
}
