/* Which words of a text a query means: its tokens and the text's, compared as FTS5 would. */
#include "index/marks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "index/fulltext.h"
#include "index/hits.h"
#include "index/stop_words.h"

#define RARITY_ROWS     2000
#define TOKEN_BYTES_MAX ((size_t)1 << 30)

/* A token, stemmed; of a text or of a term. */
struct mark_token {
    size_t word, len;    /* bytes of tokens.words */
    uint32_t start, end; /* bytes of what it was made of */
    uint32_t position;   /* the whole of an identifier stands where its first part does */
};

struct mark_tokens {
    struct buf words;
    struct mark_token *items;
    size_t count, capacity;
};

struct mark_term {
    struct mark_tokens tokens;
    uint32_t positions; /* how many in a row */
    unsigned number;    /* of the term in the query */
    bool is_prefix, is_strong, is_one_ideograph;
    double rarity;
};

struct marker {
    struct mark_term terms[QUERY_TERMS_MAX];
    size_t term_count;
    struct mark_tokens text;
};

#define TOKENS_INIT                                                                                \
    {                                                                                              \
        .words = BUF_INIT(TOKEN_BYTES_MAX)                                                         \
    }

static void tokens_release(struct mark_tokens *tokens)
{
    buf_release(&tokens->words);
    free(tokens->items);
}

static int keep_token(void *user, bool is_whole, struct span word, size_t start, size_t end)
{
    struct mark_tokens *tokens = user;
    uint32_t position = tokens->count ? tokens->items[tokens->count - 1].position + 1 : 0;

    if (!array_reserve(&tokens->items, &tokens->capacity, tokens->count))
        return 1;
    tokens->items[tokens->count++] =
        (struct mark_token){ .word = tokens->words.len,
                             .len = word.len,
                             .start = (uint32_t)start,
                             .end = (uint32_t)end,
                             .position = is_whole && position > 0 ? position - 1 : position };
    buf_append(&tokens->words, word.data, word.len);
    return tokens->words.failed != STATUS_OK;
}

/* By how many texts have it, counted up to a cap, so that a common word costs little. */
static enum status find_rarity(struct search *search, const struct query_term *term, double *out,
                               struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    int64_t rows = 0;
    enum status status;

    query_term_expression(term, &expression);
    status = buf_status(&expression, err);
    if (!status)
        status = sql_read_integer(
            &search->snapshot->index->sql,
            "SELECT count(*) FROM"
            " (SELECT 1 FROM fulltext WHERE fulltext MATCH ? LIMIT ?)",
            SQL_VALUES(sql_text(buf_span(&expression)), sql_integer(RARITY_ROWS)), 0, &rows, err);
    *out = 1 + log((double)(RARITY_ROWS + 1) / (double)(rows + 1));
    return status;
}

static enum status add_term(struct search *search, struct marker *marker, size_t number,
                            struct error *err)
{
    const struct query_term *term = &search->query.terms[number];
    struct mark_term *out = &marker->terms[marker->term_count++];
    enum status status;

    *out = (struct mark_term){ .tokens = TOKENS_INIT,
                               .number = (unsigned)number,
                               .is_prefix = term->is_prefix,
                               .is_strong = term->is_phrase || term->is_required };
    status = fulltext_words(&search->snapshot->index->sql, term->text,
                            term->is_prefix ? FULLTEXT_OF_PREFIX : FULLTEXT_OF_QUERY, keep_token,
                            &out->tokens, err);
    /* Made a prefix by query.c, without a '*' behind it. */
    out->is_one_ideograph =
        term->is_prefix && out->tokens.count == 1 && utf8_length(term->text) == 1;
    if (!status)
        status = find_rarity(search, term, &out->rarity, err);
    if (!status && out->tokens.count > 0)
        out->positions = out->tokens.items[out->tokens.count - 1].position + 1;
    return status;
}

static bool is_shown(const struct query_term *term, bool with_stop_words)
{
    return !term->is_excluded && (term->field == QUERY_ANY || term->field == QUERY_TEXT) &&
           (with_stop_words || term->is_required || term->is_phrase || !stop_word_is(term));
}

static enum status add_terms(struct search *search, struct marker *marker, struct error *err)
{
    enum status status = STATUS_OK;

    /* "the", "of": only where nothing else is asked for. */
    for (int with_stop_words = 0; with_stop_words < 2 && !status; with_stop_words++) {
        for (size_t i = 0; i < search->query.term_count && !status; i++) {
            if (is_shown(&search->query.terms[i], with_stop_words))
                status = add_term(search, marker, i, err);
        }
        if (marker->term_count > 0)
            break;
    }
    return status;
}

void marker_free(struct marker *marker)
{
    if (!marker)
        return;
    for (size_t i = 0; i < marker->term_count; i++)
        tokens_release(&marker->terms[i].tokens);
    tokens_release(&marker->text);
    free(marker);
}

static enum status marker_new(struct search *search, struct error *err)
{
    struct marker *marker = calloc(1, sizeof(*marker));
    enum status status;

    if (!marker)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a snippet");
    marker->text = (struct mark_tokens)TOKENS_INIT;
    status = add_terms(search, marker, err);
    if (status) {
        marker_free(marker);
        return status;
    }
    search->marker = marker;
    return STATUS_OK;
}

/* Whether a token of the text may stand at one position of a term. */
static bool stands_for(const struct mark_term *term, uint32_t position,
                       const struct mark_tokens *text, const struct mark_token *token)
{
    const char *word = text->words.data + token->word;
    bool is_start = term->is_prefix && position + 1 == term->positions;

    for (size_t i = 0; i < term->tokens.count; i++) {
        const struct mark_token *wanted = &term->tokens.items[i];

        if (wanted->position == position &&
            (token->len == wanted->len || (is_start && token->len > wanted->len)) &&
            memcmp(word, term->tokens.words.data + wanted->word, wanted->len) == 0)
            return true;
    }
    return false;
}

/* Does the term begin at the text's token? Then *end is where it ends. */
static bool term_at(const struct mark_term *term, const struct mark_tokens *text, size_t at,
                    uint32_t *end)
{
    uint32_t first = text->items[at].position;

    if (term->positions == 0 || !stands_for(term, 0, text, &text->items[at]))
        return false;
    *end = text->items[at].end;
    for (uint32_t position = 1; position < term->positions; position++) {
        bool is_there = false;

        while (at + 1 < text->count && text->items[at + 1].position <= first + position &&
               !is_there) {
            at++;
            is_there = text->items[at].position == first + position &&
                       stands_for(term, position, text, &text->items[at]);
        }
        if (!is_there)
            return false;
        *end = text->items[at].end > *end ? text->items[at].end : *end;
    }
    return true;
}

struct mark_list {
    struct search_mark *items;
    size_t count, capacity;
};

static int compare_marks(const void *a, const void *b)
{
    const struct search_mark *x = a;
    const struct search_mark *y = b;

    if (x->start != y->start)
        return (x->start > y->start) - (x->start < y->start);
    return (x->end > y->end) - (x->end < y->end);
}

/* A prefix of one ideograph begins pairs, and is itself the first of them alone. */
static uint32_t first_character_end(struct span text, uint32_t start)
{
    uint32_t c;

    return start + (uint32_t)utf8_decode((struct span){ text.data + start, text.len - start }, &c);
}

static bool put_marks(const struct mark_term *term, const struct mark_tokens *text,
                      struct span passage, struct mark_list *list)
{
    for (size_t i = 0; i < text->count; i++) {
        uint32_t end = 0;

        if (!term_at(term, text, i, &end))
            continue;
        if (term->is_one_ideograph)
            end = first_character_end(passage, text->items[i].start);
        if (!array_reserve(&list->items, &list->capacity, list->count))
            return false;
        list->items[list->count++] = (struct search_mark){ .start = text->items[i].start,
                                                           .end = end,
                                                           .term = term->number,
                                                           .is_strong = term->is_strong,
                                                           .rarity = term->rarity };
    }
    return true;
}

enum status search_mark(struct search *search, struct span text, struct search_mark **out,
                        size_t *count, struct error *err)
{
    struct mark_list list = { .count = 0 };
    struct marker *marker;
    bool is_done = true;
    enum status status = search->marker ? STATUS_OK : marker_new(search, err);

    if (status)
        return status;
    marker = search->marker;
    buf_clear(&marker->text.words);
    marker->text.count = 0;
    if (marker->term_count > 0)
        status = fulltext_words(&search->snapshot->index->sql, text, FULLTEXT_OF_DOCUMENT,
                                keep_token, &marker->text, err);
    if (status)
        return status;
    for (size_t i = 0; i < marker->term_count && is_done; i++)
        is_done = put_marks(&marker->terms[i], &marker->text, text, &list);
    if (!is_done) {
        free(list.items);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a snippet");
    }
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare_marks);
    *out = list.items;
    *count = list.count;
    return STATUS_OK;
}
