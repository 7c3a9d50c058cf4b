#include "index/bm25.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/fulltext.h"
#include "index/postings.h"
#include "index/stop_words.h"
#include "index/tokenizer.h"

/* FTS5's constants. */
#define K1        1.2
#define B         0.75
#define IDF_LEAST 1e-6 /* of a word that more than half of the rows have */

#define WINDOW           8192u /* rows that are looked at together: their codes stay in the cache */
#define WEIGHT_STEPS     16u   /* of a bound: the last stands for all that is more */
#define LENGTH_STEPS     64u
#define LENGTH_SHIFT     3u
#define ASKED_MAX        20000 /* rows that FTS5 is asked for, of a phrase or prefix */
#define ROUNDING         1e-5  /* bounds are summed as float */
#define LENGTH_BYTES_MAX 32    /* of the lengths of a row's columns */

/* What is known of a word in a row of the window: weight << 16 | words_least; 0: it is not there.
 */
typedef uint32_t word_code;

/* A word as one of the stemmers has it. */
struct form {
    struct postings postings;
    struct postings_cursor *cursors; /* one a list */
    word_code *codes;                /* NULL: it is the word's only one */
};

/* A word of the query, whose forms count as one; or a phrase or prefix, whose rows FTS5 is asked
 * for. */
struct word {
    const struct query_term *term;
    uint8_t weights[POSTINGS_COLUMNS];
    struct form forms[TOKENIZER_STEMMERS_MAX];
    size_t form_count;
    struct posting_row {
        int64_t row;
        uint16_t weight;
    } * asked;
    size_t asked_count, asked_next;
    int64_t row_count;
    double idf;
    /* The most that a row can get for the word, by its weight and by the words it has at least. */
    float bounds[WEIGHT_STEPS][LENGTH_STEPS];
    word_code *codes;
    bool is_in_window;
};

struct ranking {
    struct sql *sql;
    struct postings_table table;
    double mean_length;
    struct word *words; /* room for one a term */
    size_t word_count;
    sqlite3_blob *length; /* of the row that was asked for last; NULL: none was */
    struct posting *read; /* scratch: WINDOW */
    float *bounds;        /* of the window's rows */
    uint16_t *candidates; /* rows of the window that may be among the best */
    const struct bm25_filter *filter;
    bool only_excluded; /* rows are looked for that have what is excluded */
    size_t wanted;
    struct bm25_row *best; /* best first */
    size_t best_count;
};

/* ---- the words ---- */

static void set_weights(struct word *word)
{
    static const uint8_t all[POSTINGS_COLUMNS] = { FULLTEXT_TEXT_WEIGHT, FULLTEXT_HEADINGS_WEIGHT,
                                                   FULLTEXT_TITLE_WEIGHT };
    static const enum query_field fields[POSTINGS_COLUMNS] = { QUERY_TEXT, QUERY_HEADINGS,
                                                               QUERY_TITLE };

    for (unsigned i = 0; i < POSTINGS_COLUMNS; i++)
        if (word->term->field == QUERY_ANY || word->term->field == fields[i])
            word->weights[i] = all[i];
}

/* The forms of a text that is one word. */
struct one_word {
    struct buf texts[TOKENIZER_STEMMERS_MAX];
    size_t form_count;
    unsigned count;
};

static int take_word(void *user, bool is_beside, struct span word, size_t start, size_t end)
{
    struct one_word *one = user;

    (void)start;
    (void)end;
    one->count += !is_beside;
    if (one->count > 1 || one->form_count == TOKENIZER_STEMMERS_MAX)
        return 0;
    one->texts[one->form_count] = (struct buf)BUF_INIT(QUERY_EXPRESSION_MAX);
    buf_append(&one->texts[one->form_count], word.data, word.len);
    return one->texts[one->form_count++].failed != STATUS_OK;
}

static void one_word_release(struct one_word *one)
{
    for (size_t i = 0; i < one->form_count; i++)
        buf_release(&one->texts[i]);
}

static enum status load_form(struct ranking *ranking, struct form *form, struct span text,
                             bool is_only, struct error *err)
{
    enum status status = postings_load(ranking->sql, &ranking->table, text, &form->postings, err);

    if (status)
        return status;
    form->cursors = calloc(form->postings.list_count + 1, sizeof(*form->cursors));
    form->codes = is_only ? NULL : calloc(WINDOW, sizeof(*form->codes));
    if (!form->cursors || (!is_only && !form->codes))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    for (size_t i = 0; i < form->postings.list_count; i++)
        postings_begin(&form->postings.lists[i], &form->cursors[i]);
    return STATUS_OK;
}

static enum status load_word(struct ranking *ranking, struct word *word, const struct one_word *one,
                             struct error *err)
{
    const struct postings *forms[TOKENIZER_STEMMERS_MAX];
    enum status status = STATUS_OK;

    for (size_t i = 0; i < one->form_count && !status; i++) {
        struct form *form = &word->forms[word->form_count];

        forms[word->form_count++] = &form->postings;
        status = load_form(ranking, form, buf_span(&one->texts[i]), one->form_count == 1, err);
    }
    return status ? status
                  : postings_count(forms, word->form_count, word->weights, &word->row_count, err);
}

/* *is_whole: these are all of them. */
static enum status ask_rows(struct ranking *ranking, struct word *word, bool *is_whole,
                            struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status;

    query_term_expression(word->term, &expression);
    status = buf_status(&expression, err);
    word->asked = calloc(ASKED_MAX, sizeof(*word->asked));
    if (!status && !word->asked)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    if (!status)
        status = sql_open(ranking->sql,
                          "SELECT rowid, fulltext_weight(fulltext) FROM fulltext"
                          " WHERE fulltext MATCH ? LIMIT ?",
                          SQL_VALUES(sql_text(buf_span(&expression)), sql_integer(ASKED_MAX)), &row,
                          err);
    while (!status) {
        int64_t weight;

        status = sql_step(ranking->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        weight = sqlite3_column_int64(row, 1);
        word->asked[word->asked_count++] =
            (struct posting_row){ .row = sqlite3_column_int64(row, 0),
                                  .weight = weight < UINT16_MAX ? (uint16_t)weight : UINT16_MAX };
    }
    word->row_count = (int64_t)word->asked_count;
    *is_whole = word->asked_count < ASKED_MAX;
    return status;
}

static void set_bounds(const struct ranking *ranking, struct word *word)
{
    double rows = (double)ranking->table.row_count, has = (double)word->row_count;

    word->idf = log((rows - has + 0.5) / (has + 0.5));
    if (!(word->idf > 0))
        word->idf = IDF_LEAST;
    for (unsigned w = 1; w < WEIGHT_STEPS && !word->term->is_excluded; w++) {
        for (unsigned l = 0; l < LENGTH_STEPS; l++) {
            double often = w + 1 < WEIGHT_STEPS ? w / 2.0 : INT32_MAX;
            double length = (double)(l << LENGTH_SHIFT) / ranking->mean_length;

            word->bounds[w][l] = (float)(word->idf * often * (K1 + 1) /
                                         (often + K1 * (1 - B + B * length)) * (1 + ROUNDING));
        }
    }
}

static void word_release(struct word *word)
{
    for (size_t i = 0; i < word->form_count; i++) {
        postings_release(&word->forms[i].postings);
        free(word->forms[i].cursors);
        free(word->forms[i].codes);
    }
    free(word->asked);
    free(word->codes);
    *word = (struct word){ .term = NULL };
}

/* *is_used: false when the word says nothing beside the others. */
static enum status word_open(struct ranking *ranking, const struct query_term *term,
                             struct word *word, bool *is_used, struct error *err)
{
    CLEANUP(one_word_release) struct one_word one = { .form_count = 0 };
    bool is_whole = true;
    enum status status = STATUS_OK;

    *word = (struct word){ .term = term };
    set_weights(word);
    if (!term->is_prefix)
        status = fulltext_words(ranking->sql, term->text, FULLTEXT_OF_QUERY, take_word, &one, err);
    if (!status)
        status = one.count == 1 ? load_word(ranking, word, &one, err)
                                : ask_rows(ranking, word, &is_whole, err);
    if (!status && !is_whole && (term->is_required || term->is_excluded))
        status = error_set(err, STATUS_UNSUPPORTED, "a phrase in too many rows");
    word->codes = calloc(WINDOW, sizeof(*word->codes));
    if (!status && !word->codes)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    if (status) {
        word_release(word);
        return status;
    }
    *is_used = is_whole;
    set_bounds(ranking, word);
    return STATUS_OK;
}

/* What is in too many rows to be ranked, or on the list of stop words, counts only where there is
 * nothing else; the former is FTS5's then. */
static enum status open_words(struct ranking *ranking, const struct query *query, struct error *err)
{
    bool has_other = query->has_required, has_wanted = false;

    for (size_t i = 0; i < query->term_count; i++)
        has_other |= !query->terms[i].is_excluded && !stop_word_is(&query->terms[i]);
    for (size_t i = 0; i < query->term_count; i++) {
        const struct query_term *term = &query->terms[i];
        bool is_used = true;
        enum status status;

        if (has_other && !term->is_required && !term->is_excluded && stop_word_is(term))
            continue;
        status = word_open(ranking, term, &ranking->words[ranking->word_count], &is_used, err);
        if (status)
            return status;
        if (is_used)
            ranking->word_count++;
        else
            word_release(&ranking->words[ranking->word_count]);
        has_wanted |= is_used && !term->is_excluded;
    }
    return has_wanted || !query->has_wanted
               ? STATUS_OK
               : error_set(err, STATUS_UNSUPPORTED, "nothing but prefixes of too many rows");
}

/* ---- a window ---- */

static float bound_of(const struct word *word, word_code code)
{
    unsigned weight = code >> 16, length = (code & 0xffff) >> LENGTH_SHIFT;

    return word->bounds[weight < WEIGHT_STEPS ? weight : WEIGHT_STEPS - 1]
                       [length < LENGTH_STEPS ? length : LENGTH_STEPS - 1];
}

/* What the word has in a row, now that a form's list says code of it. */
static word_code all_forms(const struct word *word, struct form *form, uint32_t row, word_code code)
{
    unsigned weight = 0, words_least = 0;

    if (!form || !form->codes)
        return code;
    form->codes[row] = code;
    for (size_t i = 0; i < word->form_count; i++) {
        word_code one = word->forms[i].codes[row];

        weight += one >> 16;
        words_least = (one & 0xffff) > words_least ? one & 0xffff : words_least;
    }
    weight = weight < UINT16_MAX ? weight : UINT16_MAX;
    return weight << 16 | words_least;
}

/* form: NULL when FTS5 was asked. */
static void put_postings(struct ranking *ranking, struct word *word, struct form *form,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct posting *posting = &ranking->read[i];
        word_code *old = &word->codes[posting->row];
        word_code new =
            posting->weight ? (word_code)posting->weight << 16 | posting->words_least : 0;
        float bound;

        new = all_forms(word, form, posting->row, new);
        bound = bound_of(word, new);
        if (*old) /* an earlier list's: replaced, or deleted; or another form's */
            bound -= bound_of(word, *old);
        *old = new;
        ranking->bounds[posting->row] += bound;
    }
    word->is_in_window |= count > 0;
}

static void clear_window(struct word *word)
{
    memset(word->codes, 0, WINDOW * sizeof(*word->codes));
    for (size_t i = 0; i < word->form_count; i++)
        if (word->forms[i].codes)
            memset(word->forms[i].codes, 0, WINDOW * sizeof(*word->codes));
    word->is_in_window = false;
}

static void put_form(struct ranking *ranking, struct word *word, struct form *form, int64_t base)
{
    for (size_t i = 0; i < form->postings.list_count; i++)
        put_postings(ranking, word, form,
                     postings_read(&form->cursors[i], word->weights, base, WINDOW, ranking->read));
}

static void put_asked(struct ranking *ranking, struct word *word, int64_t base)
{
    for (; word->asked_next < word->asked_count; word->asked_next++) {
        const struct posting_row *asked = &word->asked[word->asked_next];

        if (asked->row >= base + WINDOW)
            break;
        if (asked->row < base)
            continue; /* not wanted, and no row there has what is */
        ranking->read[0] =
            (struct posting){ .row = (uint32_t)(asked->row - base), .weight = asked->weight };
        put_postings(ranking, word, NULL, 1);
    }
}

static void fill_window(struct ranking *ranking, int64_t base)
{
    memset(ranking->bounds, 0, WINDOW * sizeof(*ranking->bounds));
    for (size_t i = 0; i < ranking->word_count; i++) {
        struct word *word = &ranking->words[i];

        if (word->is_in_window)
            clear_window(word);
        for (size_t k = 0; k < word->form_count; k++)
            put_form(ranking, word, &word->forms[k], base);
        put_asked(ranking, word, base);
    }
}

/* The form's next row, or least if that comes before it. */
static int64_t next_row(const struct form *form, int64_t least)
{
    for (size_t i = 0; i < form->postings.list_count; i++)
        if (!form->cursors[i].is_end && form->cursors[i].row < least)
            least = form->cursors[i].row;
    return least;
}

/* Where the next window begins; false: there is no row any more. */
static bool find_base(const struct ranking *ranking, int64_t *base)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < ranking->word_count; i++) {
        const struct word *word = &ranking->words[i];

        /* word_open() set it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        if (word->term->is_excluded && !ranking->only_excluded)
            continue; /* it follows the others */
        for (size_t k = 0; k < word->form_count; k++)
            least = next_row(&word->forms[k], least);
        if (word->asked_next < word->asked_count && word->asked[word->asked_next].row < least)
            least = word->asked[word->asked_next].row;
    }
    *base = least / WINDOW * WINDOW;
    return least < INT64_MAX;
}

/* ---- the best ---- */

/* Below this a row can't be among the best. */
static double least_score(const struct ranking *ranking)
{
    return ranking->best_count < ranking->wanted ? 0 : ranking->best[ranking->wanted - 1].score;
}

static void put_best(struct ranking *ranking, struct bm25_row row)
{
    size_t at = ranking->best_count;

    while (at > 0 &&
           (ranking->best[at - 1].score < row.score ||
            (ranking->best[at - 1].score <= row.score && ranking->best[at - 1].row > row.row)))
        at--;
    if (at == ranking->wanted)
        return;
    ranking->best_count += ranking->best_count < ranking->wanted;
    memmove(&ranking->best[at + 1], &ranking->best[at],
            (ranking->best_count - at - 1) * sizeof(*ranking->best));
    ranking->best[at] = row;
}

static double score_of(const struct ranking *ranking, unsigned place, double length)
{
    double score = 0;

    for (size_t i = 0; i < ranking->word_count; i++) {
        const struct word *word = &ranking->words[i];
        double often = word->is_in_window ? (double)(word->codes[place] >> 16) / 2 : 0;

        if (often > 0 && !word->term->is_excluded)
            score += word->idf * often * (K1 + 1) /
                     (often + K1 * (1 - B + B * length / ranking->mean_length));
    }
    return score;
}

/* A fifth of what a statement costs, and a search asks a thousand times; false: it can't tell. */
static bool read_length_quickly(struct ranking *ranking, int64_t row, double *out)
{
    char numbers[LENGTH_BYTES_MAX];
    int code = ranking->length ? sqlite3_blob_reopen(ranking->length, row)
                               : sqlite3_blob_open(ranking->sql->db, "main", "fulltext_docsize",
                                                   "sz", row, 0, &ranking->length);
    int len = code == SQLITE_OK ? sqlite3_blob_bytes(ranking->length) : 0;

    if (code != SQLITE_OK || len > (int)sizeof(numbers) ||
        sqlite3_blob_read(ranking->length, numbers, len, 0) != SQLITE_OK)
        return false;
    *out = (double)postings_sum((struct span){ numbers, (size_t)len });
    return true;
}

/* How many words a row has, in all columns. */
static enum status read_length(struct ranking *ranking, int64_t row, double *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum status status;

    if (read_length_quickly(ranking, row, out))
        return STATUS_OK;
    status = sql_open(ranking->sql, "SELECT sz FROM fulltext_docsize WHERE id = ?",
                      SQL_VALUES(sql_integer(row)), &statement, err);
    if (!status)
        status = sql_step(ranking->sql, statement, &has_row, err);
    if (!status)
        *out = has_row ? (double)postings_sum(sql_column_span(statement, 0)) : 0;
    return status;
}

static bool has_word(const struct word *word, unsigned place)
{
    return word->is_in_window && word->codes[place];
}

/* By what is known without its length first: most rows end there. */
static enum status look_at(struct ranking *ranking, int64_t base, unsigned place, struct error *err)
{
    unsigned words_least = 0;
    bool is_accepted = true;
    double length = 0;
    struct bm25_row row = { .row = base + place };
    enum status status;

    for (size_t i = 0; i < ranking->word_count; i++) {
        const struct word *word = &ranking->words[i];
        bool is_there = has_word(word, place);

        if (is_there ? word->term->is_excluded : word->term->is_required)
            return STATUS_OK;
        if (is_there && (word->codes[place] & 0xffff) > words_least)
            words_least = word->codes[place] & 0xffff;
    }
    if (ranking->filter->only && !id_set_has(ranking->filter->only, row.row))
        return STATUS_OK;
    if (score_of(ranking, place, words_least) < least_score(ranking))
        return STATUS_OK;
    status = read_length(ranking, row.row, &length, err);
    row.score = status ? 0 : score_of(ranking, place, length);
    if (status || row.score <= 0 || row.score < least_score(ranking))
        return status;
    if (ranking->filter->accept)
        status = ranking->filter->accept(ranking->filter->user, row.row, &is_accepted, err);
    if (!status && is_accepted)
        put_best(ranking, row);
    return status;
}

static bool is_more_promising(const struct ranking *ranking, uint16_t a, uint16_t b)
{
    return ranking->bounds[a] > ranking->bounds[b] ||
           (ranking->bounds[a] >= ranking->bounds[b] && a < b);
}

/* The most promising of a heap lies on top. */
static void sift_down(const struct ranking *ranking, size_t count, size_t at)
{
    uint16_t *heap = ranking->candidates, moved = heap[at];

    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_more_promising(ranking, heap[child + 1], heap[child]))
            child++;
        if (!is_more_promising(ranking, heap[child], moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* The most promising rows first: they raise what the others must reach, so that few of a window are
 * ever taken from the heap. */
static enum status rank_window(struct ranking *ranking, int64_t base, struct error *err)
{
    size_t count = 0;
    float least = (float)(least_score(ranking) * (1 - ROUNDING));
    enum status status = STATUS_OK;

    for (unsigned i = 0; i < WINDOW; i++) {
        ranking->candidates[count] = (uint16_t)i;
        count += ranking->bounds[i] > 0 && ranking->bounds[i] >= least;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift_down(ranking, count, i);
    while (count > 0 && !status) {
        unsigned place = ranking->candidates[0];

        if ((double)ranking->bounds[place] < least_score(ranking) * (1 - ROUNDING))
            break;
        status = look_at(ranking, base, place, err);
        ranking->candidates[0] = ranking->candidates[--count];
        sift_down(ranking, count, 0);
    }
    return status;
}

/* *has_rows: false when the table is empty. */
static enum status ranking_begin(struct ranking *ranking, const struct query *query, bool *has_rows,
                                 struct error *err)
{
    enum status status = postings_open(ranking->sql, &ranking->table, err);

    ranking->words = calloc(query->term_count + 1, sizeof(*ranking->words));
    ranking->read = calloc(WINDOW, sizeof(*ranking->read));
    ranking->bounds = calloc(WINDOW, sizeof(*ranking->bounds));
    ranking->candidates = calloc(WINDOW, sizeof(*ranking->candidates));
    if (!status && (!ranking->words || !ranking->read || !ranking->bounds || !ranking->candidates))
        status = error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    *has_rows = ranking->table.row_count > 0 && ranking->table.word_count > 0;
    if (!status && *has_rows)
        ranking->mean_length = (double)ranking->table.word_count / (double)ranking->table.row_count;
    return status;
}

static void ranking_free(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->word_count; i++)
        word_release(&ranking->words[i]);
    postings_close(&ranking->table);
    (void)sqlite3_blob_close(ranking->length);
    free(ranking->words);
    free(ranking->read);
    free(ranking->bounds);
    free(ranking->candidates);
    free(ranking);
}

static enum status rank(struct ranking *ranking, const struct query *query, struct error *err)
{
    int64_t base;
    bool has_rows = false;
    enum status status = ranking_begin(ranking, query, &has_rows, err);

    if (status || !has_rows)
        return status;
    status = open_words(ranking, query, err);
    while (!status && find_base(ranking, &base)) {
        fill_window(ranking, base);
        status = rank_window(ranking, base, err);
    }
    return status;
}

/* Unlike what the score takes, never 0: half of the rows may have a word, and yet it says something
 * where it stands beside the others. */
static double rarity_of(const struct ranking *ranking, const struct word *word)
{
    double rows = (double)ranking->table.row_count, has = (double)word->row_count;

    return log((rows + 1) / (fmin(has, rows) + 0.5));
}

enum status bm25_rank(struct sql *sql, const struct query *query, const struct bm25_filter *filter,
                      size_t wanted, struct bm25_row *out, size_t *count, double *rarities,
                      struct error *err)
{
    struct ranking *ranking = calloc(1, sizeof(*ranking));
    enum status status;

    if (!ranking)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    ranking->sql = sql;
    ranking->filter = filter;
    ranking->wanted = wanted;
    ranking->best = out;
    status = rank(ranking, query, err);
    *count = status ? 0 : ranking->best_count;
    if (rarities) {
        memset(rarities, 0, query->term_count * sizeof(*rarities));
        for (size_t i = 0; i < ranking->word_count; i++)
            rarities[ranking->words[i].term - query->terms] =
                rarity_of(ranking, &ranking->words[i]);
    }
    ranking_free(ranking);
    return status;
}

/* ---- what a query demands ---- */

static enum status open_demands(struct ranking *ranking, const struct query *query,
                                struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < query->term_count && !status; i++) {
        const struct query_term *term = &query->terms[i];
        bool is_used;

        if (!term->is_required && !term->is_excluded)
            continue;
        status = word_open(ranking, term, &ranking->words[ranking->word_count], &is_used, err);
        ranking->word_count += !status;
    }
    return status;
}

static bool is_demanded(const struct ranking *ranking, unsigned place)
{
    bool has_any = false;

    for (size_t i = 0; i < ranking->word_count; i++) {
        const struct word *word = &ranking->words[i];
        bool is_there = has_word(word, place);

        has_any |= is_there;
        if (!ranking->only_excluded &&
            (is_there ? word->term->is_excluded : word->term->is_required))
            return false;
    }
    return has_any;
}

static enum status mark(struct ranking *ranking, const struct query *query, struct id_set *out,
                        int64_t *count, struct error *err)
{
    int64_t base;
    bool has_rows = false;
    enum status status = ranking_begin(ranking, query, &has_rows, err);

    if (status || !has_rows)
        return status;
    status = open_demands(ranking, query, err);
    while (!status && find_base(ranking, &base)) {
        fill_window(ranking, base);
        for (unsigned place = 0; place < WINDOW; place++) {
            if (!is_demanded(ranking, place))
                continue;
            id_set_add(out, base + place);
            ++*count;
        }
    }
    return status;
}

enum status bm25_mark(struct sql *sql, const struct query *query, struct id_set *out,
                      int64_t *count, struct error *err)
{
    struct ranking *ranking = calloc(1, sizeof(*ranking));
    enum status status;

    if (!ranking)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    ranking->sql = sql;
    ranking->only_excluded = !query->has_required;
    *count = 0;
    status = mark(ranking, query, out, count, err);
    ranking_free(ranking);
    return status;
}
