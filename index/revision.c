#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "index/language.h"
#include "index/texts.h"
#include "index/tokenizer.h"
#include "index/writer.h"

#define REVISION_ARENA_MAX    ((size_t)1 << 30)
#define INPUT_BYTES_MAX       ((size_t)64 << 20)
#define TITLE_BYTES_MAX       512u
#define BOXES_PER_SEGMENT_MAX 32u
#define LIST_BYTES_MAX        ((size_t)256 << 20)

/* A revision on its way in. */
struct revision_work {
    struct index_store *store;
    const struct revision_record *record;
    struct arena arena;
    struct document_row document;
    struct layout before; /* of the live revision; empty when there is none */
    struct span title_before;
    unsigned stemmer, stemmer_before;
    struct layout after;
    size_t box_capacity; /* of after.boxes */
    struct span title;
    bool *is_kept;       /* per segment of before */
    uint32_t *next_same; /* per segment of before: the next with its hash bucket, 1-based */
    uint32_t *buckets;   /* 1-based positions in before; a power of two of them */
    size_t bucket_count;
    struct buf added, removed; /* segment ids */
    struct buf text;           /* scratch: one input */
    int64_t stage_id;
    unsigned added_count, reused_count, dropped_count, embedded_count;
    bool waits; /* one that was added has no vector yet */
    uint64_t text_bytes, token_count;
};

static enum status out_of_memory(const struct revision_work *work, struct error *err)
{
    return error_set(err, work->arena.failed == STATUS_LIMIT ? STATUS_LIMIT : STATUS_NO_MEMORY,
                     "no memory for a revision of '%.*s'", (int)work->record->key.path.len,
                     work->record->key.path.data);
}

enum status revision_load(struct index *index, int64_t revision_id, struct arena *arena,
                          struct layout *layout, struct span *title, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    CLEANUP(buf_release) struct buf plain = BUF_INIT(LAYOUT_BYTES_MAX);
    bool has_row = false;
    struct span text;
    char *copy;
    enum status status =
        sql_open(&index->sql, "SELECT layout, title FROM revision WHERE revision_id = ?",
                 SQL_VALUES(sql_integer(revision_id)), &statement, err);

    if (!status)
        status = sql_step(&index->sql, statement, &has_row, err);
    if (!status && !has_row)
        status = error_set(err, STATUS_CORRUPT, "revision %lld is missing", (long long)revision_id);
    if (!status)
        status = pack_expand(index->pack, sql_column_span(statement, 0), &plain, err);
    if (!status)
        status = layout_decode(buf_span(&plain), arena, layout, err);
    if (status)
        return status;
    text = sql_column_span(statement, 1);
    copy = arena_copy(arena, text);
    if (!copy)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a revision");
    *title = (struct span){ copy, text.len };
    return STATUS_OK;
}

enum status revision_stemmer(struct index *index, int64_t revision_id, unsigned *out,
                             struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status = sql_open(&index->sql, "SELECT stemmer FROM revision WHERE revision_id = ?",
                                  SQL_VALUES(sql_integer(revision_id)), &row, err);

    if (!status)
        status = sql_step(&index->sql, row, &has_row, err);
    if (!status)
        *out = has_row ? tokenizer_stemmer_of(sql_column_span(row, 0)) : TOKENIZER_ENGLISH;
    return status;
}

/* The text of a stored segment: the end of its input. */
static enum status load_text(struct index_store *store, const struct layout_segment *segment,
                             struct buf *input, struct span *out, struct error *err)
{
    size_t len = segment->text_end - segment->text_start;
    enum status status = texts_load(store->index, segment->input_id, input, err);

    if (status)
        return status;
    if (len > input->len)
        return error_set(err, STATUS_CORRUPT, "text %lld is shorter than its segment",
                         (long long)segment->input_id);
    *out = (struct span){ input->data + input->len - len, len };
    return STATUS_OK;
}

/* Takes a segment out of the full text and ends its life. */
static enum status segment_end(struct index_store *store, const struct layout *layout,
                               const struct layout_segment *segment, struct span title,
                               unsigned stemmer, struct buf *input, struct error *err)
{
    struct fulltext_row row = { .segment_id = segment->segment_id,
                                .headings = layout_string(layout, segment->heading),
                                .title = title,
                                .stemmer = stemmer };
    enum status status = load_text(store, segment, input, &row.text, err);

    if (!status)
        status = fulltext_delete(&store->index->sql, &row, err);
    if (!status)
        status = sql_run(
            &store->index->sql, "UPDATE segment SET died = ? WHERE segment_id = ?",
            SQL_VALUES(sql_integer(store->generation), sql_integer(segment->segment_id)), err);
    return status ? status : input_release(store, segment->input_id, err);
}

static enum status revision_mark_died(struct index_store *store, int64_t revision_id,
                                      struct error *err)
{
    return sql_run(&store->index->sql, "UPDATE revision SET died = ? WHERE revision_id = ?",
                   SQL_VALUES(sql_integer(store->generation), sql_integer(revision_id)), err);
}

enum status revision_end(struct index_store *store, int64_t revision_id, struct buf *removed,
                         struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(REVISION_ARENA_MAX);
    CLEANUP(buf_release) struct buf input = BUF_INIT(INPUT_BYTES_MAX);
    struct layout layout;
    struct span title;
    unsigned stemmer = TOKENIZER_ENGLISH;
    enum status status = revision_load(store->index, revision_id, &arena, &layout, &title, err);

    if (!status)
        status = revision_stemmer(store->index, revision_id, &stemmer, err);
    for (size_t i = 0; !status && i < layout.segment_count; i++) {
        status = segment_end(store, &layout, &layout.segments[i], title, stemmer, &input, err);
        buf_append(removed, &layout.segments[i].segment_id, sizeof(int64_t));
    }
    if (!status)
        status = buf_status(removed, err);
    return status ? status : revision_mark_died(store, revision_id, err);
}

/* The invariant that makes citations true: what is committed as a chunk's text is the cited slice,
 * and what was embedded is that slice below its headings. */
static enum status check_chunks(struct revision_work *work, struct error *err)
{
    const struct extraction *extraction = work->record->extraction;
    uint32_t start = 0;

    for (size_t i = 0; i < extraction->chunk_count; i++) {
        const struct chunk *chunk = &extraction->chunks[i];
        struct hash hash;
        enum status status;

        if (chunk->text_start < start || chunk->text_end <= chunk->text_start ||
            chunk->text_end > extraction->text.len || chunk->repeat_end < chunk->repeat_start ||
            chunk->repeat_end > extraction->text.len ||
            !utf8_is_boundary(extraction->text, chunk->text_start) ||
            !utf8_is_boundary(extraction->text, chunk->text_end) ||
            (chunk->heading != BLOCK_NONE && chunk->heading >= extraction->block_count))
            return error_set(err, STATUS_CORRUPT, "chunk %zu of '%.*s' is no slice of its text", i,
                             (int)work->record->key.path.len, work->record->key.path.data);
        buf_clear(&work->text);
        extraction_chunk_input(extraction, chunk, &work->text);
        status = buf_status(&work->text, err);
        if (status)
            return status;
        hash_of(buf_span(&work->text), &hash);
        if (!hash_equal(&hash, &work->record->input_hashes[i]))
            return error_set(err, STATUS_CORRUPT,
                             "chunk %zu of '%.*s' is not what its input's hash says", i,
                             (int)work->record->key.path.len, work->record->key.path.data);
        start = chunk->text_start;
    }
    return STATUS_OK;
}

static size_t bucket_of(const struct revision_work *work, const struct index_key *key)
{
    uint64_t bits;

    memcpy(&bits, key->bytes, sizeof(bits));
    return bits & (work->bucket_count - 1);
}

/* Finds what lives by its input: in a document of a thousand segments most stay. */
static enum status index_before(struct revision_work *work, struct error *err)
{
    size_t count = work->before.segment_count;

    work->bucket_count = 16;
    while (work->bucket_count < count * 2)
        work->bucket_count *= 2;
    work->buckets = arena_alloc(&work->arena, work->bucket_count * sizeof(*work->buckets));
    work->next_same = arena_alloc(&work->arena, count * sizeof(*work->next_same));
    work->is_kept = arena_alloc(&work->arena, count * sizeof(*work->is_kept));
    if (!work->buckets || !work->next_same || !work->is_kept)
        return out_of_memory(work, err);
    /* From the end, so that equal segments are found in their order. */
    for (size_t i = count; i-- > 0;) {
        size_t bucket = bucket_of(work, &work->before.segments[i].key);

        work->next_same[i] = work->buckets[bucket];
        work->buckets[bucket] = (uint32_t)(i + 1);
    }
    return STATUS_OK;
}

static bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* A live segment with this input, text and heading path that no other chunk has taken. The input is
 * heading path, repeated header and text: with its key equal and the lengths of two of them, all
 * three are. */
static const struct layout_segment *take_before(struct revision_work *work,
                                                const struct layout_segment *segment)
{
    struct span headings = layout_string(&work->after, segment->heading);

    for (uint32_t at = work->buckets[bucket_of(work, &segment->key)]; at;
         at = work->next_same[at - 1]) {
        const struct layout_segment *old = &work->before.segments[at - 1];

        if (work->is_kept[at - 1] || memcmp(&old->key, &segment->key, sizeof(old->key)) != 0 ||
            old->text_end - old->text_start != segment->text_end - segment->text_start ||
            !span_equal(layout_string(&work->before, old->heading), headings))
            continue;
        work->is_kept[at - 1] = true;
        return old;
    }
    return NULL;
}

static void count_reused(struct index_store *store, const struct layout_segment *segment)
{
    store->current.cost.reused_texts++;
    store->current.cost.reused_tokens += segment->token_count;
}

static enum status segment_put(struct revision_work *work, size_t position, struct error *err)
{
    struct index_store *store = work->store;
    struct layout_segment *segment = &work->after.segments[position];
    const struct chunk *chunk = &work->record->extraction->chunks[position];
    struct fulltext_row row = { .headings = layout_string(&work->after, segment->heading),
                                .title = work->title,
                                .stemmer = work->stemmer };
    enum vector_state state = VECTOR_WAITS, next_state = VECTOR_WAITS;
    bool is_new_input;
    enum status status;

    row.text = (struct span){ work->record->extraction->text.data + chunk->text_start,
                              chunk->text_end - chunk->text_start };
    segment->segment_id = row.segment_id = ++store->last_segment_id;
    buf_clear(&work->text);
    extraction_chunk_input(work->record->extraction, chunk, &work->text);
    status = buf_status(&work->text, err);
    if (!status)
        status = input_put(store, &segment->key, buf_span(&work->text), segment->segment_id,
                           &segment->input_id, err);
    if (!status)
        status = sql_run(
            &store->index->sql, "INSERT INTO segment VALUES(?, ?, nullif(?, ?1), ?, ?, NULL)",
            SQL_VALUES(sql_integer(segment->segment_id), sql_integer(work->document.document_id),
                       sql_integer(segment->input_id), sql_integer((int64_t)row.text.len),
                       sql_integer(store->generation)),
            err);
    is_new_input = segment->input_id == segment->segment_id;
    if (!status)
        status = fulltext_put(&store->index->sql, &row, err);
    if (!status)
        status = input_need_vector(store, &store->current, segment->input_id, is_new_input,
                                   work->record->model_id &&
                                           work->record->model_id == store->current.model_id &&
                                           work->record->vectors
                                       ? work->record->vectors[position]
                                       : NULL,
                                   segment->token_count, &state, err);
    if (!status && store->next.model_id)
        status = input_need_vector(store, &store->next, segment->input_id, is_new_input, NULL,
                                   segment->token_count, &next_state, err);
    buf_append(&work->added, &segment->segment_id, sizeof(segment->segment_id));
    work->added_count++;
    work->embedded_count += state == VECTOR_STORED;
    work->waits |= state == VECTOR_WAITS;
    if (state == VECTOR_THERE)
        count_reused(store, segment);
    return status;
}

/* Kept as it is; only a new title or language moves its row in the full text. */
static enum status segment_keep(struct revision_work *work, struct layout_segment *segment,
                                const struct layout_segment *old, struct error *err)
{
    struct index_store *store = work->store;
    struct fulltext_row row = { .segment_id = old->segment_id,
                                .headings = layout_string(&work->after, segment->heading),
                                .title = work->title_before,
                                .stemmer = work->stemmer_before };
    enum status status;

    segment->segment_id = old->segment_id;
    segment->input_id = old->input_id;
    work->reused_count++;
    count_reused(store, segment);
    if (span_equal(work->title, work->title_before) && work->stemmer == work->stemmer_before)
        return STATUS_OK;
    status = load_text(store, old, &work->text, &row.text, err);
    if (!status)
        status = fulltext_delete(&store->index->sql, &row, err);
    row.title = work->title;
    row.stemmer = work->stemmer;
    return status ? status : fulltext_put(&store->index->sql, &row, err);
}

static enum status write_segments(struct revision_work *work, struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < work->after.segment_count && !status; i++) {
        struct layout_segment *segment = &work->after.segments[i];
        const struct layout_segment *old = take_before(work, segment);

        work->text_bytes += segment->text_end - segment->text_start;
        work->token_count += segment->token_count;
        status = old ? segment_keep(work, segment, old, err) : segment_put(work, i, err);
    }
    for (size_t i = 0; i < work->before.segment_count && !status; i++) {
        if (work->is_kept[i])
            continue;
        status = segment_end(work->store, &work->before, &work->before.segments[i],
                             work->title_before, work->stemmer_before, &work->text, err);
        buf_append(&work->removed, &work->before.segments[i].segment_id, sizeof(int64_t));
        work->dropped_count++;
    }
    if (!status)
        status = buf_status(&work->added, err);
    return status ? status : buf_status(&work->removed, err);
}

static uint32_t add_string(struct revision_work *work, struct span text)
{
    char *copy;

    if (text.len == 0)
        return 0;
    copy = arena_copy(&work->arena, text);
    if (!copy)
        return 0;
    work->after.strings[work->after.string_count] = (struct span){ copy, text.len };
    return (uint32_t)work->after.string_count++;
}

/* Many cells of a sheet are many regions: past a number of them only the last grows. */
static void add_box(struct revision_work *work, struct layout_segment *segment,
                    const struct region *region)
{
    const struct extraction *extraction = work->record->extraction;
    struct layout_box *last = NULL;
    const char *label = extraction_label(extraction, region->label);

    if (segment->box_count)
        last = &work->after.boxes[work->after.box_count - 1];
    if (last && (segment->box_count >= BOXES_PER_SEGMENT_MAX || (last->label == 0 && !*label)) &&
        last->page == region->page && last->x0 == region->x0 && last->x1 == region->x1 &&
        region->y0 >= last->y0) {
        last->y1 = region->y1 > last->y1 ? region->y1 : last->y1;
        return;
    }
    if (segment->box_count >= BOXES_PER_SEGMENT_MAX || work->after.box_count >= work->box_capacity)
        return;
    segment->box_count++;
    /* allocate_layout() made it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    work->after.boxes[work->after.box_count++] = (struct layout_box){
        .page = region->page,
        .label = add_string(work, (struct span){ label, strlen(label) }),
        .x0 = region->x0,
        .y0 = region->y0,
        .x1 = region->x1,
        .y1 = region->y1,
    };
}

static void place_segment(struct revision_work *work, struct layout_segment *segment,
                          size_t *first_region, size_t *first_block)
{
    const struct extraction *extraction = work->record->extraction;

    while (*first_block < extraction->block_count &&
           extraction->blocks[*first_block].text_end <= segment->text_start)
        (*first_block)++;
    if (*first_block < extraction->block_count)
        segment->kind = extraction->blocks[*first_block].kind;
    (void)extraction_pages(extraction, segment->text_start, segment->text_end, &segment->first_page,
                           &segment->last_page);
    segment->source_start = extraction_source_offset(extraction, segment->text_start);
    segment->source_end = extraction_source_end(extraction, segment->text_end);
    segment->box_start = (uint32_t)work->after.box_count;
    while (*first_region < extraction->region_count &&
           extraction->regions[*first_region].text_end <= segment->text_start)
        (*first_region)++;
    for (size_t i = *first_region;
         i < extraction->region_count && extraction->regions[i].text_start < segment->text_end; i++)
        add_box(work, segment, &extraction->regions[i]);
}

static bool allocate_layout(struct revision_work *work)
{
    const struct extraction *extraction = work->record->extraction;
    size_t chunks = extraction->chunk_count;
    /* A region may lie in two chunks when a cut goes through it. Where chunks lie over each other,
     * which nothing forbids, it lies in more: add_box() stops then. */
    size_t boxes = extraction->region_count + chunks * 2;

    work->after.segments = arena_alloc(&work->arena, chunks * sizeof(struct layout_segment));
    work->box_capacity = boxes;
    work->after.boxes = arena_alloc(&work->arena, boxes * sizeof(struct layout_box));
    work->after.strings =
        arena_alloc(&work->arena, (1 + chunks * 2 + boxes + extraction->metadata_count * 2) *
                                      sizeof(struct span));
    work->after.metadata =
        arena_alloc(&work->arena, extraction->metadata_count * sizeof(struct layout_pair));
    return work->after.segments && work->after.boxes && work->after.strings && work->after.metadata;
}

static void add_metadata(struct revision_work *work)
{
    const struct extraction *extraction = work->record->extraction;

    for (size_t i = 0; i < extraction->metadata_count; i++) {
        const char *name = extraction_label(extraction, extraction->metadata[i].name);
        const char *value = extraction_label(extraction, extraction->metadata[i].value);
        struct layout_pair *pair = &work->after.metadata[work->after.metadata_count++];

        pair->name = add_string(work, (struct span){ name, strlen(name) });
        pair->value = add_string(work, (struct span){ value, strlen(value) });
    }
}

/* Everything of the layout but the ids. */
static enum status lay_out(struct revision_work *work, struct error *err)
{
    const struct extraction *extraction = work->record->extraction;
    size_t first_region = 0, first_block = 0;
    const struct chunk *before = NULL;

    if (!allocate_layout(work))
        return out_of_memory(work, err);
    work->after.string_count = 1;
    work->after.strings[0] = (struct span){ "", 0 };
    work->after.flags = (extraction->flags & EXTRACTION_TEXT_IS_SOURCE ? LAYOUT_IS_FILE_RANGE : 0) |
                        (extraction->flags & EXTRACTION_HAS_HIDDEN ? LAYOUT_HAS_HIDDEN : 0);
    work->after.segment_count = extraction->chunk_count;
    work->after.chunks_dropped = extraction->chunks_dropped;
    add_metadata(work);
    for (size_t i = 0; i < extraction->chunk_count; i++) {
        const struct chunk *chunk = &extraction->chunks[i];
        struct layout_segment *segment = &work->after.segments[i];

        index_key(work->store->index, &work->record->input_hashes[i], &segment->key);
        segment->text_start = chunk->text_start;
        segment->text_end = chunk->text_end;
        segment->token_count = chunk->token_count;
        if (before && before->heading == chunk->heading) {
            segment->heading = segment[-1].heading;
        } else {
            buf_clear(&work->text);
            extraction_heading_path(extraction, chunk->heading, &work->text);
            segment->heading = add_string(work, buf_span(&work->text));
        }
        if (before && before->repeat_start == chunk->repeat_start &&
            before->repeat_end == chunk->repeat_end)
            segment->repeat = segment[-1].repeat;
        else
            segment->repeat =
                add_string(work, (struct span){ extraction->text.data + chunk->repeat_start,
                                                chunk->repeat_end - chunk->repeat_start });
        place_segment(work, segment, &first_region, &first_block);
        before = chunk;
    }
    return work->arena.failed ? out_of_memory(work, err) : buf_status(&work->text, err);
}

/* What a person would call it: what it says of itself, else its first heading. */
static enum status find_title(struct revision_work *work, struct error *err)
{
    const struct extraction *extraction = work->record->extraction;
    const char *given = extraction_metadata(extraction, "title");
    char *copy;

    buf_clear(&work->text);
    if (given)
        buf_append(&work->text, given, strlen(given));
    for (uint32_t i = 0; i < extraction->block_count && i < 8 && work->text.len == 0; i++) {
        enum block_kind kind = extraction->blocks[i].kind;

        if (kind == BLOCK_TITLE || kind == BLOCK_HEADING)
            extraction_heading_path(extraction, i, &work->text);
    }
    if (work->text.len > TITLE_BYTES_MAX) {
        work->text.len = TITLE_BYTES_MAX;
        work->text.len = utf8_valid_prefix(buf_span(&work->text));
    }
    copy = arena_copy(&work->arena, buf_span(&work->text));
    if (!copy)
        return out_of_memory(work, err);
    work->title = (struct span){ copy, work->text.len };
    return STATUS_OK;
}

static struct span text_of(const char *text)
{
    return (struct span){ text ? text : "", text ? strlen(text) : 0 };
}

/* Few are in use at a time: a number in each row. */
static enum status origin_put(struct index_store *store, const struct extraction *extraction,
                              int64_t *origin_id, struct error *err)
{
    struct sql *sql = &store->index->sql;
    const struct sql_value values[] = { sql_text(text_of(extraction->media_type)),
                                        sql_text(text_of(extraction->extractor)),
                                        sql_text(text_of(extraction->charset)),
                                        { .kind = SQL_END } };
    enum status status = sql_read_integer(sql,
                                          "SELECT origin_id FROM origin WHERE media_type = ?"
                                          " AND extractor = ? AND charset = ?",
                                          values, 0, origin_id, err);

    if (status || *origin_id)
        return status;
    status = sql_run(sql, "INSERT INTO origin(media_type, extractor, charset) VALUES(?, ?, ?)",
                     values, err);
    *origin_id = sqlite3_last_insert_rowid(sql->db);
    return status;
}

static enum status write_revision(struct revision_work *work, int64_t *revision_id,
                                  struct error *err)
{
    const struct revision_record *record = work->record;
    const struct extraction *extraction = record->extraction;
    struct index_store *store = work->store;
    CLEANUP(buf_release) struct buf plain = BUF_INIT(LAYOUT_BYTES_MAX);
    int64_t origin_id = 0;
    enum status status;

    layout_encode(&work->after, &plain);
    status = buf_status(&plain, err);
    if (!status)
        status = origin_put(store, extraction, &origin_id, err);
    if (!status)
        status =
            pack_compress(store->index->pack, PACK_QUICK, buf_span(&plain), &store->packed, err);
    if (!status)
        status = sql_run(
            &store->index->sql,
            "INSERT INTO revision(document_id, born, committed_ms, content_hash,"
            " stage_id, outcome, reason, is_container, title, origin_id, language,"
            " page_count, segment_count, added, reused, dropped, embedded,"
            " text_bytes, token_count, layout, stemmer)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            SQL_VALUES(sql_integer(work->document.document_id), sql_integer(store->generation),
                       sql_integer(store->now_ms), sql_hash(&record->content_hash),
                       sql_integer(work->stage_id), sql_integer(extraction->outcome),
                       sql_text(text_of(extraction->reason)), sql_integer(record->is_container),
                       sql_text(work->title), sql_integer(origin_id),
                       sql_text(text_of(extraction_metadata(extraction, "language"))),
                       sql_integer((int64_t)extraction->page_count),
                       sql_integer((int64_t)work->after.segment_count),
                       sql_integer(work->added_count), sql_integer(work->reused_count),
                       sql_integer(work->dropped_count), sql_integer(work->embedded_count),
                       sql_integer((int64_t)work->text_bytes),
                       sql_integer((int64_t)work->token_count), sql_blob(buf_span(&store->packed)),
                       sql_text(text_of(tokenizer_stemmer_code(work->stemmer)))),
            err);
    *revision_id = sqlite3_last_insert_rowid(store->index->sql.db);
    return status;
}

static enum status write_document(struct revision_work *work, int64_t revision_id,
                                  struct error *err)
{
    const struct revision_record *record = work->record;
    struct stamp_bytes stamp = stamp_encode(&record->stamp);

    return sql_run(&work->store->index->sql,
                   "UPDATE document SET revision_id = ?2, outcome = ?3, reason = ?4, stamp = ?5,"
                   " kept_stamp = NULL, content_hash = x'', stage_id = ?6, outcome_ms = ?7,"
                   " outcome_generation = ?8, is_held = 0, is_behind = 0, attempt_count = 0,"
                   " attempt_stamp = NULL, acl = ?9 WHERE document_id = ?1",
                   SQL_VALUES(sql_integer(work->document.document_id), sql_integer(revision_id),
                              sql_integer(record->extraction->outcome),
                              sql_text(text_of(record->extraction->reason)),
                              sql_blob(stamp_span(&stamp)), sql_integer(work->stage_id),
                              sql_integer(work->store->now_ms),
                              sql_integer(work->store->generation), sql_acl(record->acl)),
                   err);
}

/* A part of it is known to get no vector: the copy of a text that failed before. */
static enum status inherit_failure(struct revision_work *work, struct error *err)
{
    return sql_run(&work->store->index->sql,
                   "UPDATE document SET outcome = ?2, reason ="
                   " 'the embedding plugin failed on a part of it' WHERE document_id = ?1"
                   " AND outcome IN (?3, ?4) AND EXISTS (SELECT 1 FROM waiting w CROSS JOIN segment"
                   " ON " SEGMENT_WAITS " WHERE model_id = ?5 AND is_failed = 1 AND died IS NULL"
                   " AND document_id = ?1)",
                   SQL_VALUES(sql_integer(work->document.document_id),
                              sql_integer(OUTCOME_EMBED_FAILED), sql_integer(OUTCOME_COMPLETE),
                              sql_integer(OUTCOME_PARTIAL),
                              sql_integer(work->store->current.model_id)),
                   err);
}

static enum status write_all(struct revision_work *work, struct error *err)
{
    const struct revision_record *record = work->record;
    struct change_row change = { .operation = FEED_PUT,
                                 .key = &record->key,
                                 .content_hash = &record->content_hash,
                                 .added = &work->added,
                                 .removed = &work->removed };
    int64_t revision_id = 0;
    enum status status =
        document_need(work->store, &record->key, &record->stamp, &work->document, err);

    if (!status && work->document.revision_id)
        status = revision_load(work->store->index, work->document.revision_id, &work->arena,
                               &work->before, &work->title_before, err);
    if (!status && work->document.revision_id)
        status = revision_stemmer(work->store->index, work->document.revision_id,
                                  &work->stemmer_before, err);
    if (!status)
        status = stage_put(work->store, &record->stage_fingerprint, &work->stage_id, err);
    if (!status)
        status = index_before(work, err);
    if (!status)
        status = write_segments(work, err);
    if (!status && work->document.revision_id)
        status = revision_mark_died(work->store, work->document.revision_id, err);
    if (!status)
        status = write_revision(work, &revision_id, err);
    if (!status)
        status = write_document(work, revision_id, err);
    if (!status)
        status = inherit_failure(work, err);
    if (status)
        return status;
    change.document_id = work->document.document_id;
    return change_put(work->store, &change, err);
}

/* What a document does not say is guessed from its text. */
static unsigned stemmer_for(const struct extraction *extraction)
{
    const char *language = extraction_metadata(extraction, "language");

    if (!language || !*language)
        language = language_guess(extraction->text);
    return tokenizer_stemmer_of(text_of(language));
}

enum status store_put_revision(struct store *base, const struct revision_record *record,
                               bool *waits, struct error *err)
{
    struct revision_work work = { .store = store_of(base),
                                  .record = record,
                                  .stemmer = stemmer_for(record->extraction),
                                  .arena = ARENA_INIT(REVISION_ARENA_MAX),
                                  .added = BUF_INIT(LIST_BYTES_MAX),
                                  .removed = BUF_INIT(LIST_BYTES_MAX),
                                  .text = BUF_INIT(INPUT_BYTES_MAX) };
    enum status status = check_chunks(&work, err);

    if (!status)
        status = find_title(&work, err);
    if (!status)
        status = lay_out(&work, err);
    if (!status)
        status = write_all(&work, err);
    *waits = work.waits;
    arena_release(&work.arena);
    buf_release(&work.added);
    buf_release(&work.removed);
    buf_release(&work.text);
    return status;
}
