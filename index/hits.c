#include "index/hits.h"
#include "index/texts.h"

#include <stdlib.h>
#include <string.h>

#include "index/nearby.h"
#include "index/tokenizer.h"

#define PLACES_MAX       32u
#define SEARCH_WORDS_MAX ((size_t)1 << 28) /* bytes, of one text */
/* How much longer one of two texts may be that are told as one. */
#define MORE_WORDS_MAX   8u
#define MORE_WORDS_SHARE 20u

int hits_compare(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->input_id > y->input_id) - (x->input_id < y->input_id);
}

bool hits_is_allowed(const struct search *search, int64_t document_id)
{
    return !search->has_filter || id_set_has(&search->allowed, document_id);
}

/* A live segment of a group: the one that was found, or any. */
static enum status group_segment(struct search *search, const struct group *group,
                                 int64_t *segment_id, size_t *text_bytes, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 "SELECT segment_id, document_id, text_bytes FROM segment WHERE " SEGMENT_HAS_INPUT
                 " AND born <= ?2 AND (died IS NULL OR died > ?2) ORDER BY segment_id <> ?3",
                 SQL_VALUES(sql_integer(group->input_id), sql_integer(search->as_of),
                            sql_integer(group->segment_id)),
                 &row, err);

    *segment_id = 0;
    while (!status && *segment_id == 0) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (!hits_is_allowed(search, sqlite3_column_int64(row, 1)))
            continue;
        *segment_id = sqlite3_column_int64(row, 0);
        *text_bytes = (size_t)sqlite3_column_int64(row, 2);
    }
    return status;
}

static struct span arena_span(struct arena *arena, struct span text)
{
    char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

struct word_list {
    struct buf words; /* each with a line feed behind it, which is in no word */
    uint32_t count;
    struct nearby *nearby; /* NULL: it need not know them */
    struct span text;
    enum status status; /* of nearby */
    struct error *err;
};

static int keep_word(void *user, const struct token *token)
{
    struct word_list *list = user;

    if (token->is_whole)
        return 0;
    buf_append(&list->words, token->word.data, token->word.len);
    buf_append_char(&list->words, '\n');
    list->count++;
    if (list->nearby)
        list->status = nearby_take(
            list->nearby, token->word,
            (struct span){ list->text.data + token->start, token->end - token->start }, list->err);
    return list->status || list->words.failed != STATUS_OK;
}

static enum status keep_words(struct search *search, struct group *group, struct span text,
                              struct error *err)
{
    static const struct tokenizer_options of_query = { .is_query = true };
    struct word_list list = {
        .words = BUF_INIT(SEARCH_WORDS_MAX), .nearby = search->nearby, .text = text, .err = err
    };
    enum status status;

    if (search->nearby)
        nearby_begin(search->nearby);
    (void)tokenizer_run(text, &of_query, keep_word, &list);
    status = list.status ? list.status : buf_status(&list.words, err);
    if (!status)
        group->words = arena_span(&search->arena, buf_span(&list.words));
    if (!status && search->nearby)
        group->score += nearby_score(search->nearby);
    group->word_count = list.count;
    buf_release(&list.words);
    return status;
}

/* The same words in the same order, whatever stands between them: Markdown and the PDF made of it.
 * One may have some more at its ends, as a page's foot. A word that differs, "30" or "not", is
 * another text. */
static bool says_the_same(const struct group *a, const struct group *b)
{
    const struct group *longer = a->word_count > b->word_count ? a : b;
    const struct group *shorter = longer == a ? b : a;
    uint32_t more = longer->word_count - shorter->word_count;
    const char *at = longer->words.data, *end = at + longer->words.len;

    if (longer->word_count == 0)
        return a->text.len == b->text.len && memcmp(a->text.data, b->text.data, a->text.len) == 0;
    if (shorter->word_count == 0 || more > MORE_WORDS_MAX ||
        more > longer->word_count / MORE_WORDS_SHARE)
        return false;
    for (uint32_t skipped = 0; at && skipped <= more; skipped++) {
        if ((size_t)(end - at) >= shorter->words.len &&
            memcmp(at, shorter->words.data, shorter->words.len) == 0)
            return true;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return false;
}

/* Tells a group with the first one that says the same. One that was given already can't get more
 * places; it is still the same text. */
static void chain(struct search *search, size_t at)
{
    struct group *group = &search->groups[at];

    for (size_t i = 0; i < at; i++) {
        struct group *first = &search->groups[i];

        if (first->is_merged || first->is_passed_over || !says_the_same(first, group))
            continue;
        group->is_merged = true;
        while (first->same_text)
            first = &search->groups[first->same_text - 1];
        first->same_text = (uint32_t)(at + 1);
        return;
    }
}

static int compare_inputs(const void *a, const void *b)
{
    const struct group *x = *(struct group *const *)a;
    const struct group *y = *(struct group *const *)b;

    return (x->input_id > y->input_id) - (x->input_id < y->input_id);
}

/* Whether it is what its layout says is asked once it is shown: place_in_layout(). */
static enum status read_text(struct search *search, struct group *group, struct error *err)
{
    int64_t segment_id = 0;
    size_t text_bytes = 0;
    enum status status = group_segment(search, group, &segment_id, &text_bytes, err);

    if (!status)
        status = texts_load_unchecked(search->snapshot->index, group->input_id, &search->text, err);
    if (status)
        return status;
    if (text_bytes > search->text.len)
        return error_set(err, STATUS_CORRUPT, "text %lld is shorter than its segment",
                         (long long)group->input_id);
    group->input = arena_span(&search->arena, buf_span(&search->text));
    if (group->input.len < text_bytes)
        return error_set(err, STATUS_NO_MEMORY, "no memory for hits");
    group->text = (struct span){ group->input.data + group->input.len - text_bytes, text_bytes };
    return keep_words(search, group, group->text, err);
}

/* Reads the next texts, by their ids: those of one block are read together. */
enum status hits_read_texts(struct search *search, size_t count, struct error *err)
{
    size_t first = search->read_texts, end = first + count;
    struct group **groups;
    enum status status = STATUS_OK;

    if (end > search->group_count)
        end = search->group_count;
    groups = arena_alloc(&search->arena, (end - first + 1) * sizeof(struct group *));
    if (!groups)
        return error_set(err, STATUS_NO_MEMORY, "no memory for hits");
    for (size_t i = first; i < end; i++)
        groups[i - first] = &search->groups[i];
    qsort(groups, end - first, sizeof(struct group *), compare_inputs);
    for (size_t i = first; i < end && !status; i++)
        status = read_text(search, groups[i - first], err);
    if (search->nearby && !status) {
        qsort(search->groups, end, sizeof(*search->groups), hits_compare);
        nearby_free(search->nearby);
        search->nearby = NULL; /* those behind stay behind: they can only have gained */
    }
    for (size_t i = first; i < end && !status; i++)
        chain(search, i);
    if (!status)
        search->read_texts = end;
    return status;
}

enum status hits_load_layout(struct search *search, int64_t revision_id, const struct layout **out,
                             struct error *err)
{
    struct loaded_revision *loaded = search->revisions;
    struct span title;
    enum status status;

    while (loaded && loaded->revision_id != revision_id)
        loaded = loaded->next;
    if (loaded) {
        *out = &loaded->layout;
        return STATUS_OK;
    }
    loaded = ARENA_NEW(&search->arena, struct loaded_revision);
    if (!loaded)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a hit");
    status = revision_load(search->snapshot->index, revision_id, &search->arena, &loaded->layout,
                           &title, err);
    if (status)
        return status;
    loaded->revision_id = revision_id;
    loaded->next = search->revisions;
    search->revisions = loaded;
    *out = &loaded->layout;
    return STATUS_OK;
}

static enum status place_boxes(struct search *search, const struct layout *layout,
                               const struct layout_segment *segment, struct hit_place *place,
                               struct error *err)
{
    struct hit_box *boxes =
        arena_alloc(&search->arena, segment->box_count * sizeof(struct hit_box));

    if (!boxes)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a hit");
    for (size_t i = 0; i < segment->box_count; i++) {
        const struct layout_box *box = &layout->boxes[segment->box_start + i];

        boxes[i] = (struct hit_box){ .page = box->page,
                                     .x0 = box->x0,
                                     .y0 = box->y0,
                                     .x1 = box->x1,
                                     .y1 = box->y1,
                                     .label = layout_string(layout, box->label) };
    }
    place->boxes = boxes;
    place->box_count = segment->box_count;
    return STATUS_OK;
}

static enum status place_in_layout(struct search *search, const struct group *group,
                                   struct hit_place *place, struct error *err)
{
    const struct layout *layout = NULL;
    const struct layout_segment *segment;
    size_t position;
    enum status status = hits_load_layout(search, place->revision_id, &layout, err);

    if (status || !layout)
        return status;
    position = layout_find(layout, place->segment_id);
    if (position == layout->segment_count)
        return error_set(err, STATUS_CORRUPT, "segment %lld is not in its document's layout",
                         (long long)place->segment_id);
    segment = &layout->segments[position];
    if (segment->input_id != group->input_id)
        return error_set(err, STATUS_CORRUPT, "text %lld is not segment %lld's, as its layout says",
                         (long long)group->input_id, (long long)place->segment_id);
    status =
        texts_check(search->snapshot->index, group->input_id, group->input, &segment->key, err);
    if (status)
        return status;
    place->position = (uint32_t)position;
    place->heading_path = layout_string(layout, segment->heading);
    place->first_page = segment->first_page;
    place->last_page = segment->last_page;
    place->is_file_range = layout->flags & LAYOUT_IS_FILE_RANGE;
    place->start = place->is_file_range ? segment->source_start : segment->text_start;
    place->end = place->is_file_range ? segment->source_end : segment->text_end;
    place->token_count = segment->token_count;
    return place_boxes(search, layout, segment, place, err);
}

static void place_from_row(struct search *search, sqlite3_stmt *row, struct hit_place *place)
{
    struct arena *arena = &search->arena;
    struct hash hash = sql_column_hash(row, 6);

    place->source_id = sqlite3_column_int64(row, 0);
    place->source_path = arena_span(arena, sql_column_span(row, 1));
    place->path = arena_span(arena, sql_column_span(row, 2));
    place->member = arena_span(arena, sql_column_span(row, 3));
    place->stamp = stamp_decode(sql_column_span(row, 4));
    hash_to_hex(&hash, place->revision_hash);
    place->generation = sqlite3_column_int64(row, 7);
    place->committed_ms = sqlite3_column_int64(row, 8);
    place->outcome = (enum outcome)sqlite3_column_int64(row, 9);
    place->title = arena_span(arena, sql_column_span(row, 10));
    place->media_type = arena_span(arena, sql_column_span(row, 11));
    place->language = arena_span(arena, sql_column_span(row, 12));
    place->is_behind = sqlite3_column_int64(row, 13) != 0;
    if (place->is_behind) {
        place->behind_outcome = (enum outcome)sqlite3_column_int64(row, 14);
        place->behind_reason = arena_span(arena, sql_column_span(row, 15));
    }
    place->is_held = sqlite3_column_int64(row, 16) != 0;
}

/* group: whose text the place is to have, by an index that may be damaged. */
static enum status load_place(struct search *search, const struct group *group,
                              struct hit_place *place, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status = sql_open(
        sql,
        "SELECT d.source_id, s.path, d.path, d.member, d.good_stamp, r.revision_id,"
        " r.content_hash, r.born, r.committed_ms, r.outcome, r.title, o.media_type, r.language,"
        " d.is_behind OR d.attempt_count > 0, CASE WHEN d.is_behind THEN d.outcome ELSE 0 END,"
        " CASE WHEN d.is_behind THEN d.reason ELSE '' END, d.is_held"
        " FROM document d JOIN source s USING(source_id) JOIN revision r USING(document_id)"
        " LEFT JOIN origin o USING(origin_id) WHERE d.document_id = ?1 AND r.born <= ?2 AND "
        "(r.died IS NULL OR r.died > ?2) ORDER BY r.born DESC", /* the newest are looked at first */
        SQL_VALUES(sql_integer(place->document_id), sql_integer(search->as_of)), &row, err);

    if (!status)
        status = sql_step(sql, row, &has_row, err);
    if (!status && !has_row)
        status = error_set(err, STATUS_CORRUPT, "document %lld has no revision for its segment",
                           (long long)place->document_id);
    if (status)
        return status;
    place_from_row(search, row, place);
    place->revision_id = sqlite3_column_int64(row, 5);
    return place_in_layout(search, group, place, err);
}

/* The segments of one input, that which full text found first. */
static enum status list_places(struct search *search, const struct group *group,
                               struct hit_place *places, const struct group **groups, size_t *count,
                               struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(
        sql,
        "SELECT segment_id, document_id FROM segment WHERE " SEGMENT_HAS_INPUT " AND born <= ?2"
        " AND (died IS NULL OR died > ?2) ORDER BY segment_id <> ?3, segment_id",
        SQL_VALUES(sql_integer(group->input_id), sql_integer(search->as_of),
                   sql_integer(group->segment_id)),
        &row, err);

    while (!status && *count < PLACES_MAX) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (!hits_is_allowed(search, sqlite3_column_int64(row, 1)))
            continue;
        places[*count].segment_id = sqlite3_column_int64(row, 0);
        places[*count].document_id = sqlite3_column_int64(row, 1);
        places[*count].text = group->text;
        groups[*count] = group;
        (*count)++;
    }
    return status;
}

/* A file is easier to go to than its copy in an archive. Only among places of one text: the hit's
 * is exactly that of its first place. */
static void files_first(struct hit_place *places, size_t count)
{
    for (size_t i = 1; i < count && places[0].member.len > 0; i++) {
        if (places[i].member.len == 0) {
            struct hit_place file = places[i];

            memmove(places + 1, places, i * sizeof(*places));
            places[0] = file;
        }
    }
}

enum status hits_load(struct search *search, const struct group *group, struct hit *out,
                      struct error *err)
{
    struct hit_place *places = arena_alloc(&search->arena, PLACES_MAX * sizeof(struct hit_place));
    const struct group *groups[PLACES_MAX];
    size_t count = 0, own_count = 0;
    enum status status = STATUS_OK;

    if (!places)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a hit");
    *out = (struct hit){ .score = group->score,
                         .bm25 = group->bm25,
                         .cosine = (double)group->cosine,
                         .bm25_rank = group->bm25_rank,
                         .cosine_rank = group->cosine_rank,
                         .model_id = group->cosine_rank ? search->model_id : 0 };
    for (const struct group *same = group; same && !status;
         same = same->same_text ? &search->groups[same->same_text - 1] : NULL) {
        status = list_places(search, same, places, groups, &count, err);
        own_count = same == group ? count : own_count;
    }
    for (size_t i = count; i-- > 0 && !status;)
        status = load_place(search, groups[i], &places[i], err);
    if (status)
        return status;
    files_first(places, own_count);
    out->text = group->text;
    out->token_count = count > 0 ? places[0].token_count : 0;
    out->places = places;
    out->place_count = count;
    if (search->arena.failed)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a hit");
    return STATUS_OK;
}
