#include "index/postings.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_VERSION  4
#define AVERAGES_ID    1
#define STRUCTURE_ID   10
#define SEGMENT_SHIFT  37
#define LEAF_HEAD      4u
#define LEAF_BYTES_MAX 65536u
#define PADDING        16u /* zeros behind a list: a number is read without asking for its end */
#define TERM_BYTES_MAX 512u
#define COLUMN_MARK    1u
#define OFFSET_BASE    2u
#define MAIN_INDEX     '0' /* before each term; prefix indexes have others */
#define LIST_BYTES_MAX ((size_t)1 << 31)
#define ROWS_MAX       (UINT64_C(1) << 34)

/* SQLite's numbers: seven bits a byte, the highest first, at most nine bytes of which the last has
 * eight. At least nine bytes can be read at at. */
static inline const uint8_t *read_number(const uint8_t *at, uint64_t *out)
{
    uint64_t value = 0;

    if (*at < 0x80) {
        *out = *at;
        return at + 1;
    }
    for (unsigned i = 0; i < 8; i++) {
        value = value << 7 | (at[i] & 0x7f);
        if (at[i] < 0x80) {
            *out = value;
            return at + i + 1;
        }
    }
    *out = value << 8 | at[8];
    return at + 9;
}

/* The same within bytes; false when they end first. */
static bool take_number(struct span *bytes, uint64_t *out)
{
    uint8_t copy[9] = { 0 };
    size_t len;

    memcpy(copy, bytes->data, bytes->len < sizeof(copy) ? bytes->len : sizeof(copy));
    len = (size_t)(read_number(copy, out) - copy);
    if (len > bytes->len)
        return false;
    *bytes = (struct span){ bytes->data + len, bytes->len - len };
    return true;
}

static enum status damaged(struct error *err)
{
    return error_set(err, STATUS_CORRUPT, "the full text's own tables are damaged");
}

uint64_t postings_sum(struct span numbers)
{
    uint64_t sum = 0, number;

    while (take_number(&numbers, &number))
        sum += number;
    return sum;
}

/* ---- the table ---- */

static enum status read_block(struct sql *sql, int64_t id, sqlite3_stmt **row, struct span *out,
                              struct error *err)
{
    bool has_row = false;
    enum status status = sql_open(sql, "SELECT block FROM fulltext_data WHERE id = ?",
                                  SQL_VALUES(sql_integer(id)), row, err);

    if (!status)
        status = sql_step(sql, *row, &has_row, err);
    if (status)
        return status;
    *out = has_row ? sql_column_span(*row, 0) : (struct span){ "", 0 };
    return STATUS_OK;
}

static enum status read_averages(struct sql *sql, struct postings_table *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct span bytes;
    uint64_t number;
    enum status status = read_block(sql, AVERAGES_ID, &row, &bytes, err);

    if (status || bytes.len == 0)
        return status; /* nothing was ever put in */
    if (!take_number(&bytes, &number))
        return damaged(err);
    out->row_count = (int64_t)number;
    out->word_count = (int64_t)postings_sum(bytes);
    return STATUS_OK;
}

static bool take_segment(struct span *bytes, struct postings_segment *out)
{
    uint64_t id, first, last;

    if (!take_number(bytes, &id) || !take_number(bytes, &first) || !take_number(bytes, &last) ||
        id > UINT32_MAX || first > last || last > INT32_MAX)
        return false;
    *out = (struct postings_segment){ (uint32_t)id, (uint32_t)first, (uint32_t)last };
    return true;
}

/* Levels from the newest to the oldest, in each the segments from the oldest to the newest: they
 * are put from the end, level by level. */
static bool take_levels(struct span bytes, uint64_t levels, struct postings_table *out)
{
    size_t end = out->segment_count;
    uint64_t number, count;

    if (!take_number(&bytes, &number)) /* how much was ever written */
        return false;
    for (uint64_t level = 0; level < levels; level++) {
        if (!take_number(&bytes, &number) || !take_number(&bytes, &count) || count > end)
            return false;
        end -= (size_t)count;
        for (size_t i = 0; i < count; i++)
            if (!take_segment(&bytes, &out->segments[end + i]))
                return false;
    }
    return end == 0;
}

static enum status read_structure(struct sql *sql, struct postings_table *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct span bytes;
    uint64_t levels, segments;
    enum status status = read_block(sql, STRUCTURE_ID, &row, &bytes, err);

    if (status)
        return status;
    if (bytes.len < 4)
        return damaged(err);
    bytes = (struct span){ bytes.data + 4, bytes.len - 4 };
    if (bytes.len > 4 && memcmp(bytes.data, "\xff\x00\x00\x01", 4) == 0)
        return error_set(err, STATUS_UNSUPPORTED, "a later kind of full-text table");
    if (!take_number(&bytes, &levels) || !take_number(&bytes, &segments) ||
        segments > POSTINGS_SEGMENTS_MAX || levels > POSTINGS_SEGMENTS_MAX)
        return damaged(err);
    out->segments = calloc(segments + 1, sizeof(*out->segments));
    if (!out->segments)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the full text");
    out->segment_count = (size_t)segments;
    return take_levels(bytes, levels, out) ? STATUS_OK : damaged(err);
}

enum status postings_open(struct sql *sql, struct postings_table *out, struct error *err)
{
    int64_t version = 0;
    enum status status = sql_read_integer(sql, "SELECT v FROM fulltext_config WHERE k = 'version'",
                                          NULL, 0, &version, err);

    *out = (struct postings_table){ .segments = NULL };
    if (!status && version != TABLE_VERSION)
        status =
            error_set(err, STATUS_UNSUPPORTED, "a full-text table of version %d", (int)version);
    if (!status)
        status = read_averages(sql, out, err);
    if (!status)
        status = read_structure(sql, out, err);
    if (!status)
        status = sql_read_integer(sql, "SELECT max(id) FROM fulltext_docsize", NULL, 0,
                                  &out->row_last, err);
    if (status)
        postings_close(out);
    return status;
}

void postings_close(struct postings_table *table)
{
    free(table->segments);
    *table = (struct postings_table){ .segments = NULL };
}

/* ---- a word's list ---- */

struct leaf {
    const uint8_t *data;
    size_t len, data_end; /* behind data_end: offsets of terms */
    size_t first_row;     /* 0: none that continues a list */
};

static bool view_leaf(struct span block, struct leaf *out)
{
    const uint8_t *data = (const uint8_t *)block.data;

    if (block.len < LEAF_HEAD || block.len > LEAF_BYTES_MAX)
        return false;
    *out = (struct leaf){ .data = data,
                          .len = block.len,
                          .first_row = (size_t)data[0] << 8 | data[1],
                          .data_end = (size_t)data[2] << 8 | data[3] };
    return out->data_end >= LEAF_HEAD && out->data_end <= block.len &&
           out->first_row < out->data_end;
}

/* Terms of a leaf, one after the other. */
struct term_walk {
    const struct leaf *leaf;
    struct span offsets;
    size_t offset; /* of the current one */
    char text[TERM_BYTES_MAX];
    size_t len;
    size_t list; /* where its list begins */
};

static bool next_offset(struct term_walk *walk, bool *has_more)
{
    uint64_t step;

    *has_more = walk->offsets.len > 0;
    if (!*has_more)
        return true;
    if (!take_number(&walk->offsets, &step) || step > walk->leaf->data_end - walk->offset)
        return false;
    walk->offset += (size_t)step;
    return true;
}

/* The first term of a leaf is whole; others share so many bytes with the one before. */
static bool read_term(struct term_walk *walk, bool is_first)
{
    struct span bytes = { (const char *)walk->leaf->data + walk->offset,
                          walk->leaf->data_end - walk->offset };
    uint64_t kept = 0, added;

    if ((!is_first && !take_number(&bytes, &kept)) || !take_number(&bytes, &added) ||
        kept > walk->len || added > bytes.len || kept + added > sizeof(walk->text))
        return false;
    memcpy(walk->text + kept, bytes.data, (size_t)added);
    walk->len = (size_t)(kept + added);
    walk->list = walk->leaf->data_end - bytes.len + (size_t)added;
    return true;
}

/* Where the word's list lies in the leaf; *has_next: another term follows, so it ends there. */
static bool find_term(const struct leaf *leaf, struct span term, size_t *start, size_t *end,
                      bool *has_next)
{
    struct term_walk walk = { .leaf = leaf,
                              .offsets = { (const char *)leaf->data + leaf->data_end,
                                           leaf->len - leaf->data_end } };
    bool has_more = true;

    *start = *end = 0;
    for (bool is_first = true; next_offset(&walk, &has_more) && has_more; is_first = false) {
        if (!read_term(&walk, is_first))
            return false;
        if (walk.len != term.len || memcmp(walk.text, term.data, term.len) != 0)
            continue;
        *start = walk.list;
        if (!next_offset(&walk, has_next))
            return false;
        *end = *has_next ? walk.offset : leaf->data_end;
        return *start <= *end;
    }
    return !has_more;
}

struct loading {
    struct postings_list *list;
    bool is_done;
};

static enum status append_first(struct loading *loading, const struct leaf *leaf, struct span term,
                                struct error *err)
{
    size_t start, end;
    bool has_next = false;

    if (!find_term(leaf, term, &start, &end, &has_next))
        return damaged(err);
    loading->is_done = has_next || start == 0;
    buf_append(&loading->list->bytes, (const char *)leaf->data + start, end - start);
    return STATUS_OK;
}

/* A leaf without terms belongs to the list as a whole. */
static enum status append_more(struct loading *loading, const struct leaf *leaf, struct error *err)
{
    struct span offsets = { (const char *)leaf->data + leaf->data_end, leaf->len - leaf->data_end };
    uint64_t end = leaf->data_end;

    if (offsets.len > 0 && !take_number(&offsets, &end))
        return damaged(err);
    if (end < LEAF_HEAD || end > leaf->data_end)
        return damaged(err);
    if (leaf->first_row >= LEAF_HEAD && leaf->first_row < end) {
        size_t start = loading->list->bytes.len + leaf->first_row - LEAF_HEAD;

        buf_append(&loading->list->starts, &start, sizeof(start));
    }
    buf_append(&loading->list->bytes, (const char *)leaf->data + LEAF_HEAD,
               (size_t)end - LEAF_HEAD);
    loading->is_done = leaf->data_end < leaf->len;
    return STATUS_OK;
}

static enum status find_page(struct sql *sql, const struct postings_segment *segment,
                             struct span term, int64_t *page, struct error *err)
{
    enum status status = sql_read_integer(
        sql, "SELECT pgno >> 1 FROM fulltext_idx WHERE segid = ? AND term <= ? ORDER BY term DESC",
        SQL_VALUES(sql_integer(segment->id), sql_blob(term)), 0, page, err);

    if (!status && *page < segment->first_page)
        *page = segment->first_page;
    return status;
}

static enum status load_pages(struct sql *sql, const struct postings_segment *segment,
                              struct span term, struct loading *loading, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t base = (int64_t)segment->id << SEGMENT_SHIFT, page = 0, first;
    bool has_row = true;
    enum status status = find_page(sql, segment, term, &page, err);

    first = page;
    if (!status)
        status =
            sql_open(sql, "SELECT id, block FROM fulltext_data WHERE id BETWEEN ? AND ?",
                     SQL_VALUES(sql_integer(base + page), sql_integer(base + segment->last_page)),
                     &row, err);
    for (; !status && !loading->is_done; page++) {
        struct leaf leaf;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (sqlite3_column_int64(row, 0) != base + page ||
            !view_leaf(sql_column_span(row, 1), &leaf))
            return damaged(err);
        status = page == first ? append_first(loading, &leaf, term, err)
                               : append_more(loading, &leaf, err);
    }
    return status;
}

static void list_release(struct postings_list *list)
{
    buf_release(&list->bytes);
    buf_release(&list->starts);
}

static enum status load_list(struct sql *sql, const struct postings_segment *segment,
                             struct span term, struct postings_list *out, struct error *err)
{
    static const char zeros[PADDING];
    struct loading loading = { .list = out };
    enum status status;

    *out = (struct postings_list){ .bytes = BUF_INIT(LIST_BYTES_MAX),
                                   .starts = BUF_INIT(LIST_BYTES_MAX) };
    status = load_pages(sql, segment, term, &loading, err);
    out->len = out->bytes.len;
    buf_append(&out->bytes, zeros, sizeof(zeros));
    if (!status)
        status = buf_status(&out->bytes, err);
    return status ? status : buf_status(&out->starts, err);
}

enum status postings_load(struct sql *sql, const struct postings_table *table, struct span word,
                          struct postings *out, struct error *err)
{
    char term[TERM_BYTES_MAX];
    enum status status = STATUS_OK;

    *out = (struct postings){ .lists = NULL, .row_last = table->row_last };
    if (word.len + 1 > sizeof(term))
        return STATUS_OK;
    term[0] = MAIN_INDEX;
    memcpy(term + 1, word.data, word.len);
    out->lists = calloc(table->segment_count + 1, sizeof(*out->lists));
    if (!out->lists)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the full text");
    for (size_t i = 0; i < table->segment_count && !status; i++) {
        struct postings_list *list = &out->lists[out->list_count];

        status =
            load_list(sql, &table->segments[i], (struct span){ term, word.len + 1 }, list, err);
        if (!status && list->len > 0)
            out->list_count++;
        else
            list_release(list);
    }
    if (status)
        postings_release(out);
    return status;
}

void postings_release(struct postings *postings)
{
    for (size_t i = 0; i < postings->list_count; i++)
        list_release(&postings->lists[i]);
    free(postings->lists);
    *postings = (struct postings){ .lists = NULL };
}

/* ---- reading it ---- */

/* The row id that comes next: whole where the list or a leaf begins, else the difference. */
static inline void step(struct postings_cursor *cursor)
{
    const struct postings_list *list = cursor->list;
    const uint8_t *data = (const uint8_t *)list->bytes.data;
    const size_t *starts = (const size_t *)(const void *)list->starts.data;
    bool is_whole = cursor->at == 0;
    uint64_t number;

    if (cursor->at >= list->len) {
        cursor->is_end = true;
        return;
    }
    if (cursor->next_start < list->starts.len / sizeof(size_t) &&
        starts[cursor->next_start] == cursor->at) {
        is_whole = true;
        cursor->next_start++;
    }
    cursor->at = (size_t)(read_number(data + cursor->at, &number) - data);
    number += is_whole ? 0 : (uint64_t)cursor->row;
    if (number <= (uint64_t)cursor->row || number > ROWS_MAX)
        cursor->is_end = true; /* damaged */
    else
        cursor->row = (int64_t)number;
}

/* The positions of the row that the cursor stands on; false when the list ends there. */
static inline bool take_positions(struct postings_cursor *cursor, struct span *out,
                                  bool *is_deleted)
{
    const uint8_t *data = (const uint8_t *)cursor->list->bytes.data;
    uint64_t size;

    cursor->at = (size_t)(read_number(data + cursor->at, &size) - data);
    if (cursor->at > cursor->list->len || size >> 1 > cursor->list->len - cursor->at) {
        cursor->is_end = true;
        return false;
    }
    *is_deleted = size & 1;
    *out = (struct span){ cursor->list->bytes.data + cursor->at, (size_t)(size >> 1) };
    cursor->at += (size_t)(size >> 1);
    return true;
}

static inline bool skip(struct postings_cursor *cursor)
{
    struct span positions;
    bool is_deleted = false;

    if (take_positions(cursor, &positions, &is_deleted))
        step(cursor);
    return is_deleted;
}

void postings_begin(const struct postings_list *list, struct postings_cursor *out)
{
    *out = (struct postings_cursor){ .list = list };
    step(out);
}

/* A position p of a column says that the column has more than p words. */
static inline void weigh(struct span positions, const uint8_t weights[POSTINGS_COLUMNS],
                         struct posting *out)
{
    const uint8_t *at = (const uint8_t *)positions.data, *end = at + positions.len;
    uint64_t column = 0, position = 0, words = 0, weight = 0, number;

    while (at < end) {
        at = read_number(at, &number);
        if (number == COLUMN_MARK) {
            words += position;
            position = 0;
            at = read_number(at, &column);
            continue;
        }
        /* The first counts from 0, so the column has one word more. */
        position += (number > OFFSET_BASE ? number - OFFSET_BASE : 0) + (position == 0);
        weight += column < POSTINGS_COLUMNS ? weights[column] : 0;
    }
    words += position;
    out->weight = weight < UINT16_MAX ? (uint16_t)weight : UINT16_MAX;
    out->words_least = words < UINT16_MAX ? (uint16_t)words : UINT16_MAX;
}

size_t postings_read(struct postings_cursor *cursor, const uint8_t weights[POSTINGS_COLUMNS],
                     int64_t base, uint32_t room, struct posting *out)
{
    size_t count = 0;

    while (!cursor->is_end && cursor->row < base)
        skip(cursor);
    while (!cursor->is_end && cursor->row < base + room && count < room) {
        struct posting *posting = &out[count];
        struct span positions;
        bool is_deleted;

        posting->row = (uint32_t)(cursor->row - base);
        if (!take_positions(cursor, &positions, &is_deleted))
            break;
        weigh(positions, weights, posting);
        count++;
        step(cursor);
    }
    return count;
}

/* ---- counting ---- */

/* Rows of one list, as long as none of them is deleted and all columns count. */
static int64_t count_quickly(const struct postings_list *list, bool *has_deleted, int64_t *last)
{
    struct postings_cursor cursor;
    int64_t count = 0;

    for (postings_begin(list, &cursor); !cursor.is_end; count++) {
        *last = cursor.row > *last ? cursor.row : *last;
        *has_deleted |= skip(&cursor);
    }
    return count;
}

/* A bit for each row that has the word, as the lists say it one after the other. */
static void mark_rows(const struct postings_list *list, const uint8_t weights[POSTINGS_COLUMNS],
                      int64_t last, uint8_t *bits)
{
    struct postings_cursor cursor;

    for (postings_begin(list, &cursor); !cursor.is_end && cursor.row <= last; step(&cursor)) {
        uint8_t bit = (uint8_t)(1 << (cursor.row % 8));
        struct span positions;
        struct posting posting;
        bool is_deleted;

        if (!take_positions(&cursor, &positions, &is_deleted))
            break;
        weigh(positions, weights, &posting);
        if (posting.weight > 0)
            bits[cursor.row / 8] |= bit;
        else
            bits[cursor.row / 8] &= (uint8_t)~bit;
    }
}

static void mark_word(const struct postings *word, const uint8_t weights[POSTINGS_COLUMNS],
                      int64_t last, uint8_t *bits)
{
    for (size_t i = 0; i < word->list_count; i++)
        mark_rows(&word->lists[i], weights, last, bits);
}

/* last: no row behind it counts. */
static enum status count_by_bits(const struct postings *const *words, size_t count,
                                 const uint8_t weights[POSTINGS_COLUMNS], int64_t last,
                                 int64_t *out, struct error *err)
{
    size_t len = (size_t)last / 8 + 1;
    uint8_t *all = calloc(2, len); /* then those of one word */
    uint8_t *bits = all ? all + len : NULL;

    if (!all)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the full text");
    mark_word(words[0], weights, last, all);
    for (size_t i = 1; i < count; i++) {
        memset(bits, 0, len);
        mark_word(words[i], weights, last, bits);
        for (size_t k = 0; k < len; k++)
            all[k] |= bits[k];
    }
    *out = 0;
    for (size_t k = 0; k < len; k++)
        *out += __builtin_popcount(all[k]);
    free(all);
    return STATUS_OK;
}

enum status postings_count(const struct postings *const *words, size_t count,
                           const uint8_t weights[POSTINGS_COLUMNS], int64_t *out, struct error *err)
{
    bool is_simple = true, has_deleted = false;
    int64_t last = 0, rows = 0;
    size_t with_rows = 0;

    for (unsigned i = 0; i < POSTINGS_COLUMNS; i++)
        is_simple &= weights[i] > 0;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        with_rows += words[i]->list_count > 0;
        for (size_t k = 0; k < words[i]->list_count; k++)
            rows += count_quickly(&words[i]->lists[k], &has_deleted, &last);
    }
    if (is_simple && !has_deleted && with_rows <= 1) {
        *out = rows;
        return STATUS_OK;
    }
    last = last < words[0]->row_last ? last : words[0]->row_last;
    return count_by_bits(words, count, weights, last, out, err);
}

/* ---- checking it ---- */

static uint64_t count_places(struct span positions)
{
    const uint8_t *at = (const uint8_t *)positions.data, *end = at + positions.len;
    uint64_t count = 0, number;

    while (at < end) {
        at = read_number(at, &number);
        if (number == COLUMN_MARK)
            at = read_number(at, &number);
        else
            count++;
    }
    return count;
}

void postings_each(const struct postings_list *list, postings_row_fn *fn, void *user)
{
    struct postings_cursor cursor;

    for (postings_begin(list, &cursor); !cursor.is_end; step(&cursor)) {
        int64_t row = cursor.row;
        struct span positions;
        bool is_deleted;

        if (!take_positions(&cursor, &positions, &is_deleted))
            break;
        fn(user, row, count_places(positions));
    }
}

static bool is_leaf_good(const struct leaf *leaf)
{
    struct term_walk walk = { .leaf = leaf,
                              .offsets = { (const char *)leaf->data + leaf->data_end,
                                           leaf->len - leaf->data_end } };
    char before[TERM_BYTES_MAX];
    size_t before_len = 0;
    bool has_more = true;

    for (bool is_first = true; next_offset(&walk, &has_more) && has_more; is_first = false) {
        size_t common;
        int order;

        if (!read_term(&walk, is_first))
            return false;
        common = before_len < walk.len ? before_len : walk.len;
        order = memcmp(before, walk.text, common);
        if (order > 0 || (order == 0 && before_len >= walk.len))
            return false;
        memcpy(before, walk.text, walk.len);
        before_len = walk.len;
    }
    return !has_more;
}

static enum status check_segment(struct sql *sql, const struct postings_segment *segment,
                                 struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t base = (int64_t)segment->id << SEGMENT_SHIFT;
    bool has_row = true;
    enum status status = sql_open(
        sql, "SELECT block FROM fulltext_data WHERE id BETWEEN ? AND ?",
        SQL_VALUES(sql_integer(base + segment->first_page), sql_integer(base + segment->last_page)),
        &row, err);

    while (!status) {
        struct leaf leaf;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (!view_leaf(sql_column_span(row, 0), &leaf) || !is_leaf_good(&leaf))
            return damaged(err);
    }
    return status;
}

enum status postings_check(struct sql *sql, const struct postings_table *table, struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < table->segment_count && !status; i++)
        status = check_segment(sql, &table->segments[i], err);
    return status;
}
