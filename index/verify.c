#include "index/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "index/fulltext_check.h"
#include "index/hits.h"
#include "index/scan.h"
#include "index/texts.h"
#include "index/tokenizer.h"
#include "index/vectors.h"

#define FOUND_MAX_DEFAULT 20u
#define QUOTE_(value)     #value
#define QUOTE(value)      QUOTE_(value)
#define SAMPLE_WHOLE      QUOTE(VERIFY_SAMPLE_WHOLE)

struct checker {
    struct snapshot *snapshot;
    const struct verify_options *options;
    uint64_t found;      /* in all */
    uint64_t found_here; /* of the check that runs */
    uint64_t found_max;
};

PRINTF_LIKE(3, 4)
static void report(struct checker *checker, const char *check, const char *fmt, ...)
{
    char text[400];
    va_list args;

    checker->found++;
    if (checker->found_here++ >= checker->found_max || !checker->options->found)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    checker->options->found(checker->options->user, check, text);
}

static void conclude(struct checker *checker, const char *what, uint64_t checked)
{
    if (checker->options->checked)
        checker->options->checked(checker->options->user, what, checked, checker->found_here);
    checker->found_here = 0;
}

/* What one SELECT can say: each row it gives is wrong. */
struct rule {
    const char *check;
    const char *what;
    const char *count;  /* how many are looked at */
    const char *broken; /* lists the wrong ones: an id, or a text */
    const char *saying; /* with one %s for it */
};

static const struct rule rules[] = {
    { "generation", "generations and ids against their counters", "SELECT count(*) FROM generation",
      "SELECT generation FROM generation WHERE generation > (SELECT generation FROM state)"
      " UNION ALL SELECT 'revision ' || revision_id FROM revision"
      " WHERE max(born, coalesce(died, 0)) > (SELECT generation FROM state)"
      " UNION ALL SELECT 'segment ' || segment_id FROM segment"
      " WHERE max(born, coalesce(died, 0)) > (SELECT generation FROM state)"
      " UNION ALL SELECT 'the id of segment ' || segment_id FROM segment"
      " WHERE max(segment_id, input_id) > (SELECT last_segment_id FROM state)"
      " UNION ALL SELECT 'the newest commit' FROM state WHERE generation <>"
      " (SELECT coalesce(max(generation), 0) FROM generation)",
      "%s does not fit its counter" },
    { "revision-document", "live revisions against documents", "SELECT count(*) FROM document",
      "SELECT document_id FROM document d WHERE revision_id IS NOT NULL AND NOT EXISTS"
      " (SELECT 1 FROM revision r WHERE r.revision_id = d.revision_id AND r.died IS NULL"
      " AND r.document_id = d.document_id)"
      " UNION ALL SELECT document_id FROM revision r WHERE died IS NULL AND NOT EXISTS"
      " (SELECT 1 FROM document d WHERE d.revision_id = r.revision_id AND d.died IS NULL)",
      "document %s and its live revision do not name each other" },
    { "lifetime", "lifetimes of segments and revisions", "SELECT count(*) FROM segment",
      "SELECT 'segment ' || segment_id FROM segment WHERE died < born"
      " UNION ALL SELECT 'revision ' || revision_id FROM revision WHERE died < born",
      "%s died before it was born" },
    { "orphan", "orphans",
      "SELECT (SELECT count(*) FROM segment) + (SELECT count(*) FROM input)"
      " + (SELECT count(*) FROM vector)",
      "SELECT 'segment ' || segment_id || ' has no document' FROM segment WHERE document_id NOT IN"
      " (SELECT document_id FROM document)"
      " UNION ALL SELECT 'segment ' || segment_id || ' has no text' FROM segment"
      " WHERE input_id NOT IN (SELECT input_id FROM input)"
      " UNION ALL SELECT 'text ' || input_id || ' has no segment' FROM input"
      " WHERE input_id NOT IN (SELECT input_id FROM segment)"
      " UNION ALL SELECT 'vector ' || vector_id || ' has no text' FROM vector"
      " WHERE vector_id & ((1 << 40) - 1) NOT IN (SELECT input_id FROM input)"
      " UNION ALL SELECT 'vector ' || vector_id || ' has no model' FROM vector"
      " WHERE vector_id >> 40 NOT IN (SELECT model_id FROM model)"
      " UNION ALL SELECT 'revision ' || revision_id || ' has no document' FROM revision"
      " WHERE document_id NOT IN (SELECT document_id FROM document)"
      " UNION ALL SELECT 'revision ' || revision_id || ' has no origin' FROM revision"
      " WHERE origin_id NOT IN (SELECT origin_id FROM origin)"
      " UNION ALL SELECT 'document ' || document_id || ' has no source' FROM document"
      " WHERE source_id NOT IN (SELECT source_id FROM source)",
      "%s" },
    { "waiting", "live segments have a vector or wait for one",
      "SELECT count(*) FROM segment WHERE died IS NULL",
      "SELECT 'segment ' || segment_id || ' has no vector and does not wait' FROM segment s"
      " WHERE died IS NULL AND NOT EXISTS (SELECT 1 FROM vector WHERE vector_id ="
      " ((SELECT model_id FROM state) << 40) | s.input_id)"
      " AND input_id NOT IN (SELECT input_id FROM waiting"
      "  WHERE model_id = (SELECT model_id FROM state))"
      " UNION ALL SELECT 'segment ' || segment_id || ' has no vector of the next model and does"
      " not wait' FROM segment s, state WHERE next_model_id > 0 AND died IS NULL AND NOT EXISTS"
      " (SELECT 1 FROM vector WHERE vector_id = (next_model_id << 40) | s.input_id)"
      " AND input_id NOT IN (SELECT input_id FROM waiting WHERE model_id = next_model_id)"
      " UNION ALL SELECT 'text ' || input_id || ' waits, and no live segment has it' FROM waiting"
      " WHERE input_id NOT IN (SELECT input_id FROM segment WHERE died IS NULL)"
      " UNION ALL SELECT 'text ' || input_id || ' waits, and has a vector' FROM waiting w"
      " WHERE EXISTS (SELECT 1 FROM vector WHERE vector_id = (w.model_id << 40) | w.input_id)"
      " UNION ALL SELECT 'text ' || input_id || ' waits for a model that gets none'"
      " FROM waiting, state WHERE waiting.model_id NOT IN (state.model_id, next_model_id)",
      "%s" },
    { "fulltext-rows", "full text against live segments",
      "SELECT count(*) FROM segment WHERE died IS NULL",
      "SELECT 'segment ' || segment_id || ' is not in the full text' FROM segment"
      " WHERE died IS NULL AND segment_id NOT IN (SELECT id FROM fulltext_docsize)"
      " UNION ALL SELECT 'the full text has ' || id || ', which is no live segment'"
      " FROM fulltext_docsize WHERE id NOT IN (SELECT segment_id FROM segment"
      " WHERE died IS NULL)",
      "%s" },
    { "fulltext-version", "version of the tokenizer", "SELECT 1",
      "SELECT tokenizer_version FROM state WHERE tokenizer_version <> " QUOTE(TOKENIZER_VERSION),
      "the full text was made by version %s of the tokenizer: 'varve sync', 'varve run' or 'varve"
      " verify --repair' makes it again" },
    { "feed", "changes of the feed, without gaps", "SELECT count(*) FROM change",
      "SELECT sequence FROM change c WHERE sequence > (SELECT min(sequence) FROM change)"
      " AND NOT EXISTS (SELECT 1 FROM change b WHERE b.sequence = c.sequence - 1)"
      " UNION ALL SELECT c.sequence FROM change c JOIN change b ON b.sequence = c.sequence - 1"
      " WHERE b.generation > c.generation"
      " UNION ALL SELECT s.sequence FROM state s WHERE s.sequence > 0 AND s.sequence <>"
      " (SELECT coalesce(max(sequence), s.sequence) FROM change)"
      " UNION ALL SELECT 'consumer ' || name FROM consumer WHERE sequence >"
      " (SELECT sequence FROM state)",
      "the feed does not go on in order at %s" },
};

static enum status check_rule(struct checker *checker, const struct rule *rule, struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t count = 0;
    bool has_row = true;
    enum status status = sql_read_integer(sql, rule->count, NULL, 0, &count, err);

    if (!status)
        status = sql_open(sql, rule->broken, NULL, &row, err);
    while (!status) {
        const char *which;
        char text[300];

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        which = (const char *)sqlite3_column_text(row, 0);
        (void)sqlite3_snprintf((int)sizeof(text), text, rule->saying, which ? which : "?");
        report(checker, rule->check, "%s", text);
    }
    if (!status)
        conclude(checker, rule->what, (uint64_t)count);
    return status;
}

static enum status check_database(struct checker *checker, struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t pages = 0;
    bool has_row = true;
    enum status status = sql_read_integer(sql, "PRAGMA page_count", NULL, 0, &pages, err);

    if (!status)
        status = sql_open(sql, "PRAGMA integrity_check(20)", NULL, &row, err);
    while (!status) {
        struct span text;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        text = sql_column_span(row, 0);
        if (text.len != 2 || memcmp(text.data, "ok", 2) != 0)
            report(checker, "database", "%.*s", (int)text.len, text.data);
    }
    if (!status)
        conclude(checker, "pages of the database", (uint64_t)pages);
    return status;
}

static void report_missing(void *user, const char *name)
{
    report(user, "database", "its schema has no '%s'", name);
}

static enum status check_schema(struct checker *checker, struct error *err)
{
    uint64_t count = 0;
    enum status status =
        schema_compare(&checker->snapshot->index->sql, report_missing, checker, &count, err);

    if (!status)
        conclude(checker, "columns of the schema", count);
    return status;
}

static enum status check_segment(struct checker *checker, int64_t document_id, bool is_live,
                                 const struct layout_segment *segment, struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status = sql_open(
        sql,
        "SELECT document_id, input_id, text_bytes, died IS NULL, EXISTS"
        " (SELECT 1 FROM input i WHERE i.key = ?2 AND i.input_id = segment.input_id)"
        " FROM segment WHERE segment_id = ?1",
        SQL_VALUES(sql_integer(segment->segment_id), sql_integer(input_key(&segment->key))), &row,
        err);

    if (!status)
        status = sql_step(sql, row, &has_row, err);
    if (status)
        return status;
    if (!has_row)
        report(checker, "layout-segment", "segment %lld of document %lld is missing",
               (long long)segment->segment_id, (long long)document_id);
    else if (sqlite3_column_int64(row, 0) != document_id ||
             sqlite3_column_int64(row, 1) != segment->input_id ||
             sqlite3_column_int64(row, 2) != segment->text_end - segment->text_start ||
             (is_live && !sqlite3_column_int64(row, 3)) || !sqlite3_column_int64(row, 4))
        report(checker, "layout-segment", "segment %lld is not what document %lld's layout says",
               (long long)segment->segment_id, (long long)document_id);
    return STATUS_OK;
}

/* All revisions that are kept; those that live must list all that lives. */
static enum status check_layouts(struct checker *checker, struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    uint64_t count = 0;
    int64_t live = 0, listed = 0;
    bool has_row = true;
    enum status status =
        sql_open(sql, "SELECT revision_id, document_id, died IS NULL, segment_count FROM revision",
                 NULL, &row, err);

    while (!status) {
        CLEANUP(arena_release) struct arena arena = ARENA_INIT((size_t)1 << 30);
        struct layout layout = { 0 };
        struct span title;
        struct error problem = { 0 };
        int64_t document_id;
        bool is_live;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        count++;
        document_id = sqlite3_column_int64(row, 1);
        is_live = sqlite3_column_int64(row, 2) != 0;
        status = revision_load(checker->snapshot->index, sqlite3_column_int64(row, 0), &arena,
                               &layout, &title, &problem);
        if (status == STATUS_CORRUPT) {
            report(checker, "layout", "document %lld: %s", (long long)document_id, problem.text);
            status = STATUS_OK;
            listed += is_live ? sqlite3_column_int64(row, 3) : 0;
            continue;
        }
        if (status)
            return error_set(err, status, "%s", problem.text);
        if ((int64_t)layout.segment_count != sqlite3_column_int64(row, 3))
            report(checker, "layout", "document %lld: the layout has %zu segments, not %lld",
                   (long long)document_id, layout.segment_count,
                   (long long)sqlite3_column_int64(row, 3));
        listed += is_live ? (int64_t)layout.segment_count : 0;
        for (size_t i = 0; i < layout.segment_count && !status; i++)
            status = check_segment(checker, document_id, is_live, &layout.segments[i], err);
    }
    if (!status)
        status = sql_read_integer(sql, "SELECT count(*) FROM segment WHERE died IS NULL", NULL, 0,
                                  &live, err);
    if (status)
        return status;
    if (live != listed)
        report(checker, "layout-segment", "%lld segments live, the layouts list %lld",
               (long long)live, (long long)listed);
    conclude(checker, "layouts against segments", count);
    return STATUS_OK;
}

struct text_check {
    struct checker *checker;
    uint64_t count;
};

static enum status check_text(void *user, const struct text_found *found, struct error *err)
{
    struct text_check *check = user;
    struct checker *checker = check->checker;
    long long input_id = found->input_id;
    int64_t longest = 0;
    struct index_key key;
    struct hash hash;
    enum status status;

    check->count++;
    if (!found->has_text)
        report(checker, "text-hash", "text %lld is missing, or its block is damaged", input_id);
    if (!found->has_row)
        report(checker, "text-hash", "text %lld has no hash", input_id);
    if (!found->has_text || !found->has_row)
        return STATUS_OK;
    hash_of(found->text, &hash);
    index_key(checker->snapshot->index, &hash, &key);
    status = sql_read_integer(&checker->snapshot->index->sql,
                              "SELECT max(text_bytes) FROM segment WHERE " SEGMENT_HAS_INPUT,
                              SQL_VALUES(sql_integer(found->input_id)), 0, &longest, err);
    if (!status && (input_key(&key) != found->key || longest > (int64_t)found->text.len))
        report(checker, "text-hash", "text %lld is not what its hash says", input_id);
    return status;
}

static enum status check_texts(struct checker *checker, struct error *err)
{
    bool is_deep = checker->options->is_deep;
    struct text_check check = { .checker = checker };
    enum status status = texts_each(checker->snapshot->index, VERIFY_SAMPLE_WHOLE,
                                    is_deep ? 1 : VERIFY_SAMPLE_STEP, check_text, &check, err);

    if (!status)
        conclude(checker,
                 is_deep ? "texts against their hashes" : "texts against their hashes (a sample)",
                 check.count);
    return status;
}

static void wrong_row(void *user, int64_t segment_id)
{
    report(user, "fulltext-text", "the full text of segment %lld is not its text",
           (long long)segment_id);
}

static enum status check_fulltext(struct checker *checker, struct error *err)
{
    bool is_deep = checker->options->is_deep;
    struct error problem = { 0 };
    uint64_t count = 0;
    enum status status = fulltext_check(checker->snapshot->index, is_deep ? 1 : VERIFY_SAMPLE_STEP,
                                        is_deep, wrong_row, checker, &count, &problem);

    if (status == STATUS_CORRUPT)
        report(checker, "fulltext-text", "%s", problem.text);
    else if (status)
        return error_set(err, status, "%s", problem.text);
    conclude(checker,
             is_deep ? "rows of the full text against their texts, every word"
                     : "rows of the full text against their texts (a sample)",
             count);
    return STATUS_OK;
}

static enum status give_vector(struct index *index, struct verify_vector *vector,
                               verify_vector_fn *fn, void *user, struct error *err)
{
    CLEANUP(buf_release) struct buf input = BUF_INIT((size_t)1 << 30);
    enum status status = texts_load(index, vector->input_id, &input, err);

    /* A text that is missing or damaged is told by its own check. */
    if (status == STATUS_CORRUPT)
        return STATUS_OK;
    vector->input = buf_span(&input);
    if (!status)
        (void)fn(user, vector);
    return status;
}

enum status verify_each_vector(struct snapshot *snapshot, uint64_t sample, verify_vector_fn *fn,
                               void *user, struct error *err)
{
#define OF_MODEL " FROM vector WHERE vector_id >= ? AND vector_id < ?"
    struct sql *sql = &snapshot->index->sql;
    const struct sql_value range[] = { sql_integer(vector_id(snapshot->model_id, 0)),
                                       sql_integer(vector_id(snapshot->model_id + 1, 0)),
                                       { .kind = SQL_END } };
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    float data[EMBED_DIMENSIONS_MAX];
    int64_t total = 0;
    bool has_row = true;
    enum status status = sql_read_integer(sql, "SELECT count(*)" OF_MODEL, range, 0, &total, err);
    uint64_t step = sample && (uint64_t)total > sample ? ((uint64_t)total - 1) / sample + 1 : 1;

    if (!status)
        status =
            sql_open(sql, "SELECT vector_id & ((1 << 40) - 1), data" OF_MODEL, range, &row, err);
    for (uint64_t at = 0; !status; at++) {
        struct verify_vector vector = { .model_id = snapshot->model_id,
                                        .data = data,
                                        .dimensions = snapshot->model.dimensions };
        struct span bytes;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        bytes = sql_column_span(row, 1);
        if (at % step != 0 || !vector_is_sound(bytes, vector.dimensions))
            continue;
        vector.input_id = sqlite3_column_int64(row, 0);
        memcpy(data, bytes.data, bytes.len);
        status = give_vector(snapshot->index, &vector, fn, user, err);
    }
    return status;
#undef OF_MODEL
}

static bool is_of_its_model(void *user, const struct verify_vector *vector)
{
    struct checker *checker = user;

    if (checker->options->vector(checker->options->user, vector))
        return true;
    report(checker, "vector-input", "vector of text %lld is not what the model gives for it",
           (long long)vector->input_id);
    return false;
}

static enum status check_vectors(struct checker *checker, struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    uint64_t count = 0;
    bool has_row = true;
    enum status status = sql_open(
        sql,
        "SELECT vector_id & ((1 << 40) - 1), dimensions, data FROM model"
        " JOIN vector ON vector_id >= model_id << 40 AND vector_id < (model_id + 1) << 40"
        " WHERE (vector_id & ((1 << 40) - 1)) <= " SAMPLE_WHOLE " OR vector_id % ? = 0",
        SQL_VALUES(sql_integer(checker->options->is_deep ? 1 : VERIFY_SAMPLE_STEP)), &row, err);

    while (!status) {
        int64_t input_id;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        input_id = sqlite3_column_int64(row, 0);
        if (!vector_is_sound(sql_column_span(row, 2), (unsigned)sqlite3_column_int64(row, 1)))
            report(checker, "vector", "vector of text %lld has a wrong length or value",
                   (long long)input_id);
        count++;
    }
    if (!status && checker->options->is_deep && checker->options->vector)
        status = verify_each_vector(checker->snapshot, VERIFY_VECTORS_MAX, is_of_its_model, checker,
                                    err);
    if (!status)
        conclude(checker, checker->options->is_deep ? "vectors" : "vectors (a sample)", count);
    return status;
}

/* Every vector must stand in the scan file, with its own codes. Slots of what was collected stay.
 */
static enum status check_slots(struct checker *checker, const char *check,
                               const struct scan_name *name, const struct scan *scan, int64_t slots,
                               struct error *err)
{
    struct sql *sql = &checker->snapshot->index->sql;
    size_t bytes = name->dimensions * sizeof(float);
    float vector[EMBED_DIMENSIONS_MAX];
    int64_t vectors = 0, matched = 0;
    enum status status =
        sql_read_integer(sql, "SELECT count(*) FROM vector WHERE vector_id >= ? AND vector_id < ?",
                         SQL_VALUES(sql_integer(vector_id(name->model_id, 0)),
                                    sql_integer(vector_id(name->model_id + 1, 0))),
                         0, &vectors, err);

    for (int64_t slot = 0; slot < slots && !status; slot++) {
        CLEANUP(sql_close) sqlite3_stmt *row = NULL;
        int64_t input_id = scan_input_id(scan, (uint64_t)slot);
        struct span data;
        bool has_row = false;

        status = sql_open(sql, "SELECT data FROM vector WHERE vector_id = ?",
                          SQL_VALUES(sql_integer(vector_id(name->model_id, input_id))), &row, err);
        if (!status)
            status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            continue;
        matched++;
        data = sql_column_span(row, 0);
        if (data.len != bytes)
            continue; /* told by the check of vectors */
        memcpy(vector, data.data, bytes);
        if (!scan_is_code_of(scan, (uint64_t)slot, vector))
            report(checker, check, "slot %lld of the scan file is not vector %lld's",
                   (long long)slot, (long long)input_id);
    }
    if (!status && matched != vectors)
        report(checker, check, "the scan file has %lld of %lld vectors", (long long)matched,
               (long long)vectors);
    return status;
}

static enum status check_scan(struct checker *checker, const char *check, const char *what,
                              int64_t model_id, struct error *err)
{
    struct index *index = checker->snapshot->index;
    struct sql *sql = &index->sql;
    struct scan_name name = { .folder = index->folder, .uuid = index->uuid, .model_id = model_id };
    struct scan *scan = NULL;
    struct error problem;
    int64_t slots = 0, dimensions = 0;
    enum status status =
        sql_read_integer(sql, "SELECT epoch FROM scan WHERE model_id = ?",
                         SQL_VALUES(sql_integer(name.model_id)), 0, &name.epoch, err);

    if (!status)
        status = sql_read_integer(sql, "SELECT slots FROM scan WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(name.model_id)), 0, &slots, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT dimensions FROM model WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(name.model_id)), 0, &dimensions, err);
    name.dimensions = (unsigned)dimensions;
    if (status || name.model_id == 0 || name.epoch == 0)
        return status; /* nothing to search by, or none built yet: vectors are compared themselves
                        */
    if (scan_open(&name, false, (uint64_t)slots, &scan, &problem))
        report(checker, check, "%s", problem.text);
    else
        status = check_slots(checker, check, &name, scan, slots, err);
    scan_free(scan);
    if (!status)
        conclude(checker, what, (uint64_t)slots);
    return status;
}

/* Of the model that is searched, and of the one that is built beside it. */
static enum status check_scans(struct checker *checker, struct error *err)
{
    int64_t next_id = 0;
    enum status status =
        check_scan(checker, "scan", "slots of the scan file", checker->snapshot->model_id, err);

    if (!status)
        status = sql_read_integer(&checker->snapshot->index->sql, "SELECT next_model_id FROM state",
                                  NULL, 0, &next_id, err);
    return status ? status
                  : check_scan(checker, "scan-next", "slots of the next model's scan file", next_id,
                               err);
}

struct document_call {
    struct checker *checker;
    uint64_t count;
};

static enum status check_document(void *user, const struct status_document *document,
                                  struct error *err)
{
    struct document_call *call = user;

    (void)err;
    if (!document->has_text)
        return STATUS_OK;
    call->count++;
    if (!call->checker->options->document(call->checker->options->user, document)) {
        call->checker->found++;
        call->checker->found_here++;
    }
    return STATUS_OK;
}

static enum status check_documents(struct checker *checker, struct error *err)
{
    struct document_call call = { .checker = checker };
    enum status status =
        status_each_document(checker->snapshot, STATUS_LIST_ALL, 0, 0, check_document, &call, err);

    if (!status)
        conclude(checker, "documents against their files", call.count);
    return status;
}

enum status verify_run(struct snapshot *snapshot, const struct verify_options *options,
                       uint64_t *found, struct error *err)
{
    struct checker checker = { .snapshot = snapshot,
                               .options = options,
                               .found_max =
                                   options->found_max ? options->found_max : FOUND_MAX_DEFAULT };
    enum status status = check_database(&checker, err);

    if (!status)
        status = check_schema(&checker, err);
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules) && !status; i++)
        status = check_rule(&checker, &rules[i], err);
    if (!status)
        status = check_layouts(&checker, err);
    if (!status)
        status = check_texts(&checker, err);
    if (!status)
        status = check_fulltext(&checker, err);
    if (!status)
        status = check_vectors(&checker, err);
    if (!status && options->is_deep)
        status = check_scans(&checker, err);
    if (!status && options->document)
        status = check_documents(&checker, err);
    *found = checker.found;
    return status;
}
