#include "index/nearby.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "index/fulltext.h"
#include "index/tokenizer.h"

/* Chosen by measuring: docs/architecture.md. */
#define SPAN_WORDS   32u /* that stand close together */
#define SPAN_WEIGHT  0.2
#define ALIKE_WEIGHT 1.0
#define ALIKE_LEAST  0.5f

#define FOUND_MAX  2048u /* places of one text that count; what comes after them does not */
#define RUNS_MAX   TOKENIZER_TOKEN_BYTES /* a word has one run for each of its characters */
#define SLOTS      4096u                 /* for the runs of all words of a query */
#define WORD_MARK  0x1fffffu             /* stands before and behind a word: no character */
#define FORM_BYTES (TOKENIZER_STEMMERS_MAX * (TOKENIZER_TOKEN_BYTES + 1))

static_assert(QUERY_TERMS_MAX <= 64, "a set of words is 64 bits");
static_assert(SLOTS > QUERY_TERMS_MAX * RUNS_MAX, "there is always a free slot");

/* The stems of one word, a NUL behind each. */
struct forms {
    char bytes[FORM_BYTES];
    size_t len;
};

struct question_word {
    double rarity;
    unsigned run_count;
    struct forms forms;
    char folded[TOKENIZER_TOKEN_BYTES];
    size_t folded_len;
    float best;   /* in this text */
    bool is_here; /* it, or another form of it by a stemmer */
};

/* Three characters of a word, and which words have them. */
struct run {
    uint64_t key; /* 0: an empty slot */
    uint64_t words;
};

/* A word of the text that is, or is like, one of the question's. */
struct found {
    uint32_t position;
    uint32_t word;
    float likeness;
};

struct nearby {
    struct sql *sql;
    struct question_word words[QUERY_TERMS_MAX];
    size_t word_count;
    double rarity_sum;
    struct run runs[SLOTS];
    struct found found[FOUND_MAX];
    size_t found_count;
    uint32_t position;
};

void nearby_free(struct nearby *nearby)
{
    free(nearby);
}

/* ---- runs of three characters ---- */

/* Writes the word's runs, with a mark before and behind it; returns how many. */
static unsigned runs_of(struct span word, uint64_t out[RUNS_MAX])
{
    uint64_t run = WORD_MARK;
    unsigned count = 0, character_count = 0;

    for (size_t at = 0; at < word.len && count + 1 < RUNS_MAX; character_count++) {
        uint32_t c;

        at += utf8_decode((struct span){ word.data + at, word.len - at }, &c);
        run = (run << 21 | c) & UINT64_C(0x7fffffffffffffff);
        if (character_count > 0)
            out[count++] = run;
    }
    if (character_count > 0)
        out[count++] = (run << 21 | WORD_MARK) & UINT64_C(0x7fffffffffffffff);
    return count;
}

static struct run *find_run(struct nearby *nearby, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 52);

    while (nearby->runs[at].key && nearby->runs[at].key != key)
        at = (at + 1) % SLOTS;
    return &nearby->runs[at];
}

/* ---- the question ---- */

static int keep_form(void *user, bool is_beside, struct span word, size_t start, size_t end)
{
    struct forms *forms = user;

    (void)is_beside;
    (void)start;
    (void)end;
    if (word.len >= sizeof(forms->bytes) - forms->len)
        return 0;
    memcpy(forms->bytes + forms->len, word.data, word.len);
    forms->bytes[forms->len + word.len] = '\0';
    forms->len += word.len + 1;
    return 0;
}

static enum status read_forms(struct nearby *nearby, struct span word, struct forms *out,
                              struct error *err)
{
    out->len = 0;
    return fulltext_words(nearby->sql, word, FULLTEXT_OF_QUERY, keep_form, out, err);
}

static bool have_one_form(const struct forms *a, const struct forms *b)
{
    for (const char *x = a->bytes; x < a->bytes + a->len; x += strlen(x) + 1)
        for (const char *y = b->bytes; y < b->bytes + b->len; y += strlen(y) + 1)
            if (strcmp(x, y) == 0)
                return true;
    return false;
}

struct one_word {
    struct question_word *word;
    unsigned count;
};

static int take_folded(void *user, const struct token *token)
{
    struct one_word *one = user;

    if (one->count++ > 0)
        return 1;
    one->word->folded_len =
        token->word.len < TOKENIZER_TOKEN_BYTES ? token->word.len : TOKENIZER_TOKEN_BYTES;
    memcpy(one->word->folded, token->word.data, one->word->folded_len);
    return 0;
}

static enum status add_word(struct nearby *nearby, struct span text, double rarity,
                            struct error *err)
{
    static const struct tokenizer_options of_query = { .is_query = true };
    struct question_word *word = &nearby->words[nearby->word_count];
    struct one_word one = { .word = word };
    uint64_t runs[RUNS_MAX];

    *word = (struct question_word){ .rarity = rarity };
    (void)tokenizer_run(text, &of_query, take_folded, &one);
    if (one.count != 1)
        return STATUS_OK; /* an identifier: its parts are words of their own */
    word->run_count = runs_of((struct span){ word->folded, word->folded_len }, runs);
    for (unsigned i = 0; i < word->run_count; i++) {
        struct run *run = find_run(nearby, runs[i]);

        run->key = runs[i];
        run->words |= UINT64_C(1) << nearby->word_count;
    }
    nearby->word_count++;
    nearby->rarity_sum += rarity;
    return read_forms(nearby, text, &word->forms, err);
}

DEFINE_POINTER_CLEANUP(struct nearby, nearby_free);

enum status nearby_new(struct sql *sql, const struct query *query, const double *rarities,
                       struct nearby **out, struct error *err)
{
    CLEANUP(nearby_free_ptr) struct nearby *nearby = calloc(1, sizeof(*nearby));
    enum status status = STATUS_OK;

    if (!nearby)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    nearby->sql = sql;
    for (size_t i = 0; i < query->term_count && !status; i++) {
        const struct query_term *term = &query->terms[i];

        if (rarities[i] > 0 && !term->is_excluded && !term->is_phrase && !term->is_prefix &&
            (term->field == QUERY_ANY || term->field == QUERY_TEXT))
            status = add_word(nearby, term->text, rarities[i], err);
    }
    if (!status && nearby->word_count > 0)
        *out = TAKE(nearby);
    return status;
}

/* ---- a text ---- */

void nearby_begin(struct nearby *nearby)
{
    for (size_t i = 0; i < nearby->word_count; i++) {
        nearby->words[i].best = 0;
        nearby->words[i].is_here = false;
    }
    nearby->found_count = 0;
    nearby->position = 0;
}

static void put_found(struct nearby *nearby, size_t word, float likeness)
{
    if (likeness > nearby->words[word].best)
        nearby->words[word].best = likeness;
    if (nearby->found_count < FOUND_MAX)
        nearby->found[nearby->found_count++] =
            (struct found){ nearby->position, (uint32_t)word, likeness };
}

/* shared: how many runs it has of each of the question's words in `touched`. */
static enum status compare(struct nearby *nearby, uint64_t touched,
                           const uint8_t shared[QUERY_TERMS_MAX], unsigned run_count,
                           struct span folded, struct span text, struct error *err)
{
    struct forms forms = { .len = 0 };
    bool has_forms = false;
    enum status status = STATUS_OK;

    for (; touched && !status; touched &= touched - 1) {
        size_t i = (size_t)__builtin_ctzll(touched);
        struct question_word *word = &nearby->words[i];
        float likeness = 2 * (float)shared[i] / (float)(word->run_count + run_count);
        bool is_same =
            folded.len == word->folded_len && memcmp(folded.data, word->folded, folded.len) == 0;

        if (likeness < ALIKE_LEAST)
            continue;
        if (!is_same && !has_forms)
            status = read_forms(nearby, text, &forms, err);
        has_forms |= !is_same;
        if (is_same || have_one_form(&forms, &word->forms)) {
            word->is_here = true;
            likeness = 1;
        }
        put_found(nearby, i, likeness < 1 ? likeness : 1);
    }
    return status;
}

enum status nearby_take(struct nearby *nearby, struct span folded, struct span word,
                        struct error *err)
{
    uint8_t shared[QUERY_TERMS_MAX];
    uint64_t runs[RUNS_MAX], touched = 0;
    unsigned count = runs_of(folded, runs);
    enum status status = STATUS_OK;

    for (unsigned i = 0; i < count; i++) {
        for (uint64_t words = find_run(nearby, runs[i])->words; words; words &= words - 1) {
            unsigned at = (unsigned)__builtin_ctzll(words);

            if (!(touched & UINT64_C(1) << at))
                shared[at] = 0;
            touched |= UINT64_C(1) << at;
            shared[at]++;
        }
    }
    if (touched)
        status = compare(nearby, touched, shared, count, folded, word, err);
    nearby->position++;
    return status;
}

/* The rarities of the words that stand within SPAN_WORDS from a place on, each as it is alike. */
static double span_from(const struct nearby *nearby, size_t from)
{
    float best[QUERY_TERMS_MAX] = { 0 };
    uint32_t end = nearby->found[from].position + SPAN_WORDS;
    double sum = 0;

    for (size_t i = from; i < nearby->found_count && nearby->found[i].position < end; i++) {
        const struct found *found = &nearby->found[i];

        if (found->likeness > best[found->word])
            best[found->word] = found->likeness;
    }
    for (size_t i = 0; i < nearby->word_count; i++)
        sum += nearby->words[i].rarity * (double)best[i];
    return sum;
}

double nearby_score(const struct nearby *nearby)
{
    double alike = 0, close = 0;

    for (size_t i = 0; i < nearby->word_count; i++)
        if (!nearby->words[i].is_here)
            alike += nearby->words[i].rarity * (double)nearby->words[i].best;
    for (size_t i = 0; i < nearby->found_count; i++) {
        double sum = span_from(nearby, i);

        close = sum > close ? sum : close;
    }
    return (ALIKE_WEIGHT * alike + SPAN_WEIGHT * close) / nearby->rarity_sum;
}
