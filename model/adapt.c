#include "model/adapt.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/adapt_internal.h"

#define TOKENS_MAX        ((size_t)32 << 20)
#define TEXT_TOKENS_LEAST 12u
#define HELD_OUT          10u /* one in so many */
#define HELD_OUT_MAX      1000u
/* What the rows' numbers stand for: the table was trained with about this root mean square, and the
 * rate of learning is relative to it. */
#define ROW_SPREAD 0.25

DEFINE_POINTER_CLEANUP(struct adapt, adapt_free);

enum status adapt_new(const struct semb *base, struct adapt **out, struct error *err)
{
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;

    if (base->bits != 4 || base->dimensions % 16 != 0)
        return error_set(err, STATUS_UNSUPPORTED, "only a model of 4 bits can be fitted");
    adapt = calloc(1, sizeof(*adapt));
    if (!adapt)
        return error_set(err, STATUS_NO_MEMORY, "cannot begin to fit a model");
    adapt->base = base;
    *out = TAKE(adapt);
    return STATUS_OK;
}

void adapt_free(struct adapt *adapt)
{
    if (!adapt)
        return;
    free(adapt->tokens);
    free(adapt->passages);
    free(adapt->local);
    free(adapt->global);
    free(adapt->rows);
    free(adapt);
}

static bool reserve(struct adapt *adapt)
{
    if (adapt->token_capacity - adapt->token_count < ADAPT_TITLE_TOKENS + ADAPT_PASSAGE_TOKENS) {
        size_t wanted = adapt->token_capacity ? adapt->token_capacity * 2 : 65536;
        void *tokens = realloc(adapt->tokens, wanted * sizeof(*adapt->tokens));

        if (!tokens)
            return false;
        adapt->tokens = tokens;
        adapt->token_capacity = wanted;
    }
    if (adapt->passage_count == adapt->passage_capacity) {
        size_t wanted = adapt->passage_capacity ? adapt->passage_capacity * 2 : 256;
        void *passages = realloc(adapt->passages, wanted * sizeof(*adapt->passages));

        if (!passages)
            return false;
        adapt->passages = passages;
        adapt->passage_capacity = wanted;
    }
    return true;
}

/* The bytes of a sentence's last mark at `at`, in scripts that have their own; else 0. */
static size_t other_end_bytes(struct span text, size_t at)
{
    static const char marks[][4] = {
        "\u0964",                     /* Devanagari's danda */
        "\u3002", "\uFF01", "\uFF1F", /* ideographic full stop, exclamation and question marks */
        "\u061F", "\u06D4",           /* Arabic question mark, Urdu's full stop */
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        size_t bytes = strlen(marks[i]);

        if (at + bytes <= text.len && memcmp(text.data + at, marks[i], bytes) == 0)
            return bytes;
    }
    return 0;
}

/* Where the sentence that begins at `at` ends, roughly: this is for training, not for cutting. */
static size_t sentence_end(struct span text, size_t at)
{
    for (; at + 1 < text.len; at++) {
        char c = text.data[at], next = text.data[at + 1];

        if (((c == '.' || c == '?' || c == '!') && (next == ' ' || next == '\n')) ||
            (c == '\n' && next == '\n'))
            return at + 1;
        if ((uint8_t)c >= 0xD8) {
            size_t bytes = other_end_bytes(text, at);

            if (bytes)
                return at + bytes;
        }
    }
    return text.len;
}

/* Appends up to room tokens; returns how many. */
static size_t add_tokens(struct adapt *adapt, struct span text, size_t room)
{
    size_t found = semb_tokens(adapt->base, text, adapt->tokens + adapt->token_count, room);

    found = found < room ? found : room;
    adapt->token_count += found;
    return found;
}

static enum status add_passage(struct adapt *adapt, struct span title, struct span text,
                               size_t text_tokens_least, struct error *err)
{
    struct adapt_passage passage = { .start = adapt->token_count };

    if (!reserve(adapt))
        return error_set(err, STATUS_NO_MEMORY, "cannot hold a collection's words");
    passage.title_count = (uint16_t)add_tokens(adapt, title, ADAPT_TITLE_TOKENS);
    for (size_t at = 0; at < text.len && passage.sentence_count < ADAPT_SENTENCES_MAX;) {
        size_t end = sentence_end(text, at);
        size_t room = ADAPT_PASSAGE_TOKENS - passage.text_count;
        size_t found = add_tokens(adapt, (struct span){ text.data + at, end - at }, room);

        passage.text_count = (uint16_t)(passage.text_count + found);
        if (found > 0)
            passage.sentence_ends[passage.sentence_count++] = passage.text_count;
        if (found == room)
            break;
        at = end;
    }
    if (passage.text_count < text_tokens_least) {
        adapt->token_count = (size_t)passage.start;
        return STATUS_OK;
    }
    adapt->passages[adapt->passage_count++] = passage;
    return STATUS_OK;
}

enum status adapt_add(struct adapt *adapt, struct span title, struct span text, struct error *err)
{
    if (adapt->token_count >= TOKENS_MAX)
        return STATUS_OK; /* enough is known about the collection */
    return add_passage(adapt, title, text, TEXT_TOKENS_LEAST, err);
}

enum status adapt_add_pair(struct adapt *adapt, struct span title, struct span text,
                           struct error *err)
{
    return add_passage(adapt, title, text, semb_count(adapt->base, title) ? 1 : TEXT_TOKENS_LEAST,
                       err);
}

/* The held-out passages go last; which ones are held depends on the seed alone. Neighbours move
 * together; what is left of the last of them stays where it is. */
static size_t shuffle(struct adapt *adapt, uint64_t seed, size_t neighbours)
{
    uint64_t state = seed * 2 + 1;
    size_t held = adapt->passage_count / HELD_OUT;

    for (size_t i = adapt->passage_count / neighbours; i-- > 1;) {
        size_t other = (size_t)(adapt_random(&state) % (i + 1));

        for (size_t k = 0; k < neighbours; k++) {
            struct adapt_passage *left = &adapt->passages[i * neighbours + k];
            struct adapt_passage *right = &adapt->passages[other * neighbours + k];
            struct adapt_passage passage = *left;

            *left = *right;
            *right = passage;
        }
    }
    return adapt->passage_count - (held < HELD_OUT_MAX ? held : HELD_OUT_MAX);
}

static int half_byte(const struct semb *base, size_t token, size_t dimension)
{
    size_t width = base->dimensions / 2;
    unsigned byte = base->rows[token * base->row_bytes + dimension % width];
    unsigned half = dimension < width ? byte & 0x0F : byte >> 4;

    return (int)(half ^ 8) - 8;
}

/* What one step of a half-byte stands for. */
static double step_size(const struct semb *base)
{
    double square = 0;

    for (size_t token = 0; token < base->vocabulary; token++)
        for (size_t i = 0; i < base->dimensions; i++)
            square += half_byte(base, token, i) * half_byte(base, token, i);
    return ROW_SPREAD / sqrt(square / ((double)base->vocabulary * base->dimensions) + 1e-12);
}

/* Gives each token that occurs a row of floats. */
static bool make_rows(struct adapt *adapt)
{
    size_t vocabulary = adapt->base->vocabulary, dimensions = adapt->base->dimensions;
    double step = step_size(adapt->base);

    adapt->step = step;
    adapt->local = malloc(vocabulary * sizeof(*adapt->local));
    adapt->global = calloc(vocabulary, sizeof(*adapt->global));
    if (!adapt->local || !adapt->global)
        return false;
    for (size_t i = 0; i < vocabulary; i++)
        adapt->local[i] = -1;
    for (size_t i = 0; i < adapt->token_count; i++) {
        int32_t *row = &adapt->local[adapt->tokens[i]];

        if (*row < 0) {
            adapt->global[adapt->row_count] = adapt->tokens[i];
            *row = (int32_t)adapt->row_count++;
        }
        adapt->tokens[i] = *row;
    }
    adapt->rows = malloc(adapt->row_count * dimensions * sizeof(*adapt->rows));
    if (!adapt->rows)
        return false;
    for (size_t row = 0; row < adapt->row_count; row++)
        for (size_t i = 0; i < dimensions; i++)
            adapt->rows[row * dimensions + i] =
                (float)(half_byte(adapt->base, (size_t)adapt->global[row], i) * step);
    return true;
}

static long to_steps(double value, double step)
{
    long steps = lrint(value / step);

    return steps > 7 ? 7 : steps < -7 ? -7 : steps;
}

/* The step that loses least: a small one cuts off what is far from zero, a large one is coarse. */
static double best_step(const struct adapt *adapt)
{
    size_t count = adapt->row_count * adapt->base->dimensions;
    double square = 0, best = 0, least = HUGE_VAL, spread;

    for (size_t i = 0; i < count; i++)
        square += (double)adapt->rows[i] * (double)adapt->rows[i];
    spread = sqrt(square / (double)count);
    for (unsigned clip = 15; clip <= 40; clip++) { /* tenths of the spread that 7 steps reach */
        double step = spread * clip / 10 / 7, loss = 0;

        for (size_t i = 0; i < count; i++) {
            double value = (double)adapt->rows[i];
            double left = value - (double)to_steps(value, step) * step;

            loss += left * left;
        }
        if (loss < least) {
            least = loss;
            best = step;
        }
    }
    return best;
}

/* To whole steps, as the file will hold them: what is judged is what is written. */
static void round_rows(struct adapt *adapt)
{
    size_t count = adapt->row_count * adapt->base->dimensions;

    for (size_t i = 0; i < count; i++)
        adapt->rows[i] = (float)((double)to_steps(adapt->rows[i], adapt->step) * adapt->step);
}

enum status adapt_train(struct adapt *adapt, const struct adapt_options *options,
                        struct adapt_report *report, struct error *err)
{
    size_t held_from;
    enum status status;

    assert(options->batch > 0 && options->batch <= ADAPT_BATCH_MAX && options->neighbours > 0);
    if (adapt->is_trained || adapt->passage_count < ADAPT_PASSAGES_LEAST ||
        adapt->passage_count / 2 < options->neighbours)
        return error_set(err, STATUS_LIMIT, "%zu passages are too few to fit a model to",
                         adapt->passage_count);
    held_from = shuffle(adapt, options->seed, options->neighbours);
    adapt->is_trained = true;
    if (!make_rows(adapt))
        return error_set(err, STATUS_NO_MEMORY, "cannot hold a model that is being fitted");
    *report = (struct adapt_report){ .passages = held_from,
                                     .held_out = adapt->passage_count - held_from,
                                     .words = adapt->row_count };
    report->before = adapt_judge(adapt, held_from);
    status = adapt_fit(adapt, options, held_from, err);
    if (status)
        return status;
    if (options->is_rescaled)
        adapt->step = best_step(adapt);
    round_rows(adapt);
    report->after = adapt_judge(adapt, held_from);
    if (report->before < 0 || report->after < 0)
        return error_set(err, STATUS_NO_MEMORY, "cannot judge a fitted model");
    return STATUS_OK;
}

/* Integers of one row to half-bytes: dimension i is the low half of byte i, i + width the high. */
static void put_row(uint8_t *to, const float *from, size_t width, double step)
{
    for (size_t i = 0; i < width; i++) {
        unsigned low = (unsigned)to_steps(from[i], step) & 0x0F;
        unsigned high = (unsigned)to_steps(from[width + i], step) & 0x0F;

        to[i] = (uint8_t)(low | high << 4);
    }
}

/* Rows that no passage used, when the step is another than the base's. */
static void rescale_row(uint8_t *row, const struct adapt *adapt, size_t token, double base_step)
{
    float values[SEMB_DIMENSIONS_MAX] = { 0 };

    for (size_t i = 0; i < adapt->base->dimensions; i++)
        values[i] = (float)(half_byte(adapt->base, token, i) * base_step);
    put_row(row, values, adapt->base->dimensions / 2, adapt->step);
}

enum status adapt_write(const struct adapt *adapt, struct buf *out, struct error *err)
{
    const struct semb *base = adapt->base;
    size_t rows_at = (size_t)((const char *)base->rows - base->mapped.data);
    size_t start = out->len;
    double base_step = step_size(base);
    enum status status;

    buf_append(out, base->mapped.data, base->mapped.len);
    status = buf_status(out, err);
    if (status)
        return status;
    for (size_t token = 0; token < base->vocabulary; token++) {
        uint8_t *to = (uint8_t *)out->data + start + rows_at + token * base->row_bytes;
        int32_t row = adapt->local[token];

        if (row >= 0)
            put_row(to, adapt->rows + (size_t)row * base->dimensions, base->dimensions / 2,
                    adapt->step);
        else if (adapt->step != base_step)
            rescale_row(to, adapt, token, base_step);
    }
    return semb_seal(out->data + start, out->len - start, err);
}
