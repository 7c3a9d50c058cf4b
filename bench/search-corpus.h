/*
 * search-corpus.h - a collection for measuring searches, the same on every machine: documents of 25
 * passages whose words are distributed as in real text.
 *
 * Word frequencies follow Zipf's law in Mandelbrot's form, the most frequent words are English
 * function words, and each document has subjects whose words come again and again. Any document can
 * be made alone, so that questions can be taken from it later.
 */
#ifndef BENCH_SEARCH_CORPUS_H
#define BENCH_SEARCH_CORPUS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define CORPUS_WORDS         200000u
#define CORPUS_SEGMENTS      25u /* of a document */
#define CORPUS_SUBJECTS      24u /* words of a document that come again and again */
#define CORPUS_SUBJECT_SHARE 14u /* percent of its words */
#define CORPUS_DIMENSIONS    256u
#define CORPUS_CLUSTERS      2000u
#define CORPUS_SEED          UINT64_C(20261121)

struct corpus {
    double cumulative[CORPUS_WORDS];
    char words[CORPUS_WORDS][20];
    float (*centres)[CORPUS_DIMENSIONS];
};

/* splitmix64: http://prng.di.unimi.it/splitmix64.c */
static inline uint64_t corpus_random(uint64_t *state)
{
    uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline double corpus_uniform(uint64_t *state)
{
    return (double)(corpus_random(state) >> 11) / 9007199254740992.0;
}

static inline float corpus_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(corpus_uniform(state) + 1e-18));

    return (float)(radius * cos(6.283185307179586 * corpus_uniform(state)));
}

static inline void corpus_unit(float *vector)
{
    double squares = 0;

    for (unsigned i = 0; i < CORPUS_DIMENSIONS; i++)
        squares += (double)vector[i] * (double)vector[i];
    for (unsigned i = 0; i < CORPUS_DIMENSIONS; i++)
        vector[i] = (float)((double)vector[i] / sqrt(squares));
}

static inline struct corpus *corpus_new(void)
{
    static const char *const common[] = {
        "the",   "of",   "and",   "to",    "in",      "a",     "is",    "that", "for",  "it",
        "as",    "was",  "with",  "be",    "by",      "on",    "not",   "he",   "his",  "are",
        "at",    "this", "or",    "from",  "which",   "but",   "have",  "an",   "had",  "they",
        "you",   "were", "their", "one",   "all",     "we",    "can",   "her",  "has",  "there",
        "been",  "if",   "more",  "when",  "will",    "would", "who",   "so",   "no",   "she",
        "other", "its",  "may",   "these", "what",    "them",  "than",  "some", "him",  "time",
        "into",  "only", "do",    "such",  "my",      "new",   "about", "out",  "also", "two",
        "any",   "up",   "first", "could", "our",     "then",  "most",  "see",  "me",   "should",
        "after", "said", "your",  "very",  "between", "made",  "many",  "over", "did",  "how",
    };
    static const char *const syllables[] = {
        "ba", "re", "ti",  "lo",  "ma",  "ken", "sul", "dor", "vi", "pan", "ge",  "cor",
        "ne", "fu", "mil", "tas", "hol", "zu",  "qui", "wer", "xe", "jo",  "pra", "sti"
    };
    struct corpus *corpus = malloc(sizeof(*corpus));
    uint64_t state = CORPUS_SEED;
    double sum = 0;

    if (!corpus)
        abort();
    for (unsigned i = 0; i < CORPUS_WORDS; i++) {
        unsigned left = i + 577; /* in base 24: different words for different ranks */
        char *word = corpus->words[i];

        sum += 1 / pow(i + 3.7, 1.07);
        corpus->cumulative[i] = sum;
        *word = '\0';
        for (size_t len = 0; i >= sizeof(common) / sizeof(*common) && left > 0; left /= 24) {
            (void)snprintf(word + len, sizeof(corpus->words[i]) - len, "%s", syllables[left % 24]);
            len += strlen(word + len);
        }
        if (i < sizeof(common) / sizeof(*common))
            (void)snprintf(word, sizeof(corpus->words[i]), "%s", common[i]);
    }
    corpus->centres = calloc(CORPUS_CLUSTERS, sizeof(*corpus->centres));
    for (unsigned c = 0; c < CORPUS_CLUSTERS; c++) {
        for (unsigned i = 0; i < CORPUS_DIMENSIONS; i++)
            corpus->centres[c][i] = corpus_normal(&state);
        corpus_unit(corpus->centres[c]);
    }
    return corpus;
}

static inline void corpus_free(struct corpus *corpus)
{
    free(corpus->centres);
    free(corpus);
}

/* A word's rank, from 0. */
static inline unsigned corpus_draw(const struct corpus *corpus, uint64_t *state)
{
    double at = corpus_uniform(state) * corpus->cumulative[CORPUS_WORDS - 1];
    unsigned low = 0, high = CORPUS_WORDS - 1;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (corpus->cumulative[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a document is about. */
struct corpus_document {
    uint64_t state;
    unsigned subjects[CORPUS_SUBJECTS];
};

static inline struct corpus_document corpus_document(const struct corpus *corpus, uint64_t number)
{
    struct corpus_document document = { .state = CORPUS_SEED ^ (number * 0xd1342543de82ef95u) };

    for (unsigned i = 0; i < CORPUS_SUBJECTS; i++) {
        do
            document.subjects[i] = corpus_draw(corpus, &document.state);
        while (document.subjects[i] < 200);
    }
    return document;
}

static inline unsigned corpus_next(const struct corpus *corpus, struct corpus_document *document)
{
    uint64_t dice = corpus_random(&document->state);

    if (dice % 100 < CORPUS_SUBJECT_SHARE) /* the first subjects more often than the last */
        return document->subjects[(dice >> 32) % CORPUS_SUBJECTS * ((dice >> 8) % 256) / 256];
    return corpus_draw(corpus, &document->state);
}

/* Passages of 30 to 200 words, a blank line between them, a heading before every fifth. */
static inline void corpus_text(const struct corpus *corpus, uint64_t number, struct buf *out)
{
    struct corpus_document document = corpus_document(corpus, number);

    buf_clear(out);
    for (unsigned s = 0; s < CORPUS_SEGMENTS; s++) {
        unsigned words = 30 + (unsigned)(corpus_uniform(&document.state) *
                                         corpus_uniform(&document.state) * 170);

        if (s % 5 == 0)
            buf_printf(out, "%s# %s %s %u", s ? "\n\n" : "",
                       corpus->words[document.subjects[s % 7]],
                       corpus->words[document.subjects[s / 5]], s / 5 + 1);
        buf_append(out, "\n\n", 2);
        for (unsigned w = 0; w < words; w++) {
            const char *word = corpus->words[corpus_next(corpus, &document)];

            buf_append(out, word, strlen(word));
            buf_append_char(out, w + 1 == words ? '.' : ' ');
        }
    }
}

/* A unit vector near one of the centres. */
static inline void corpus_vector(const struct corpus *corpus, uint64_t number, float *out)
{
    uint64_t state = CORPUS_SEED + number * 0xd1342543de82ef95u;
    const float *centre = corpus->centres[corpus_random(&state) % CORPUS_CLUSTERS];

    for (unsigned i = 0; i < CORPUS_DIMENSIONS; i++)
        out[i] = centre[i] + 0.06f * corpus_normal(&state);
    corpus_unit(out);
}

/* ---- questions ---- */

enum corpus_question {
    QUESTION_RARE,
    QUESTION_WORDS,
    QUESTION_SENTENCE,
    QUESTION_COMMON,
    QUESTION_MIXED,
    QUESTION_KINDS
};

static const char *const corpus_question_names[QUESTION_KINDS] = {
    "one rare word", "2-4 words of a subject", "a sentence of 6-12 words", "2-3 common words",
    "1 rare and 2 common words"
};

static inline void corpus_add_word(const struct corpus *corpus, unsigned rank, struct buf *out)
{
    buf_printf(out, "%s%s", out->len ? " " : "", corpus->words[rank]);
}

/* One that can be answered by one of so many documents. */
static inline void corpus_question(const struct corpus *corpus, enum corpus_question kind,
                                   uint64_t number, uint64_t documents, struct buf *out)
{
    uint64_t state = ~CORPUS_SEED + number * 0x9e3779b97f4a7c15u;
    struct corpus_document document = corpus_document(corpus, corpus_random(&state) % documents);
    unsigned count;

    buf_clear(out);
    switch (kind) {
    case QUESTION_RARE:
        corpus_add_word(corpus, 20000 + (unsigned)(corpus_random(&state) % 60000), out);
        break;
    case QUESTION_WORDS:
        count = 2 + (unsigned)(corpus_random(&state) % 3);
        for (unsigned i = 0; i < count; i++)
            corpus_add_word(corpus, document.subjects[corpus_random(&state) % CORPUS_SUBJECTS],
                            out);
        break;
    case QUESTION_SENTENCE:
        count = 6 + (unsigned)(corpus_random(&state) % 7);
        for (unsigned i = 0; i < count; i++)
            corpus_add_word(corpus, corpus_next(corpus, &document), out);
        break;
    case QUESTION_COMMON:
        count = 2 + (unsigned)(corpus_random(&state) % 2);
        for (unsigned i = 0; i < count; i++)
            corpus_add_word(corpus, (unsigned)(corpus_random(&state) % 300), out);
        break;
    default:
        corpus_add_word(corpus, 20000 + (unsigned)(corpus_random(&state) % 60000), out);
        corpus_add_word(corpus, (unsigned)(corpus_random(&state) % 300), out);
        corpus_add_word(corpus, (unsigned)(corpus_random(&state) % 300), out);
        break;
    }
}

#endif
