/*
 * The training: a batch of pairs, all similarities between their two sides, and the gradient of the
 * cross entropy that asks each text to find its partner among the others (InfoNCE, both ways). Adam
 * moves the rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "model/adapt_internal.h"
#include "model/matrix.h"

#define PAIRS_PER_PASSAGE 3u
#define SCALE             20.0f /* of similarities, before the exponential */
#define JUDGE_PAIRS       500u  /* with few passages several pairs are drawn from each */
#define WARM_UP           0.05  /* of all steps */
#define FORGET_MEAN       0.9f
#define FORGET_SQUARE     0.999f

struct fit {
    struct adapt *adapt;
    size_t dimensions, passage_count;
    size_t batch, neighbours;
    float old_rate;
    uint8_t *is_old; /* [row_count] */
    uint64_t random;
    uint32_t *order; /* of the first of so many neighbours */
    size_t order_count, position;

    struct adapt_side sides[2 * ADAPT_BATCH_MAX]; /* questions, then answers */
    uint64_t hashes[2 * ADAPT_BATCH_MAX];
    uint32_t passages[ADAPT_BATCH_MAX];
    float lengths[2 * ADAPT_BATCH_MAX];
    float *vectors, *gradients; /* [2 * batch x dimensions] */
    float *logits, *weights;    /* [batch x batch] */

    float *row_gradients, *means, *squares; /* as adapt.rows */
    uint8_t *is_touched;                    /* [row_count] */
    uint32_t *touched;
};

static void fit_release(struct fit *fit)
{
    free(fit->order);
    free(fit->vectors);
    free(fit->gradients);
    free(fit->logits);
    free(fit->weights);
    free(fit->row_gradients);
    free(fit->means);
    free(fit->squares);
    free(fit->is_touched);
    free(fit->touched);
    free(fit->is_old);
}

static bool is_old(const struct adapt *adapt, uint32_t token, unsigned old)
{
    const struct semb *base = adapt->base;

    if (token >= old)
        return false;
    for (uint32_t at = base->offsets[token]; at < base->offsets[token + 1]; at++)
        if ((uint8_t)base->words[at] >= 0x80)
            return false;
    return true;
}

static bool fit_init(struct fit *fit, struct adapt *adapt, size_t passage_count,
                     const struct adapt_options *options)
{
    size_t row_floats = adapt->row_count * adapt->base->dimensions;
    size_t batch_floats = (size_t)2 * options->batch * adapt->base->dimensions;

    memset(fit, 0, sizeof(*fit));
    fit->adapt = adapt;
    fit->dimensions = adapt->base->dimensions;
    fit->passage_count = passage_count;
    fit->batch = options->batch;
    fit->neighbours = options->neighbours;
    fit->old_rate = (float)options->old_rate;
    fit->random = options->seed * 2654435761u + 1;
    fit->order_count = passage_count / fit->neighbours;
    fit->order = malloc(fit->order_count * sizeof(*fit->order));
    fit->vectors = malloc(batch_floats * sizeof(float));
    fit->gradients = malloc(batch_floats * sizeof(float));
    fit->logits = malloc(fit->batch * fit->batch * sizeof(float));
    fit->weights = malloc(fit->batch * fit->batch * sizeof(float));
    fit->row_gradients = calloc(row_floats, sizeof(float));
    fit->means = calloc(row_floats, sizeof(float));
    fit->squares = calloc(row_floats, sizeof(float));
    fit->is_touched = calloc(adapt->row_count, 1);
    fit->is_old = calloc(adapt->row_count, 1);
    fit->touched = malloc(adapt->row_count * sizeof(*fit->touched));
    if (!fit->order || !fit->vectors || !fit->gradients || !fit->logits || !fit->weights ||
        !fit->row_gradients || !fit->means || !fit->squares || !fit->is_touched || !fit->touched ||
        !fit->is_old)
        return false;
    for (size_t row = 0; row < adapt->row_count; row++)
        fit->is_old[row] = is_old(adapt, (uint32_t)adapt->global[row], options->old);
    for (size_t i = 0; i < fit->order_count; i++)
        fit->order[i] = (uint32_t)(i * fit->neighbours);
    fit->position = fit->order_count;
    return true;
}

float adapt_embed(const struct adapt *adapt, const struct adapt_side *side, float *out)
{
    size_t dimensions = adapt->base->dimensions;
    double square = 1e-12;
    float length, share = 1.0f / (float)(side->count + side->more_count);

    memset(out, 0, dimensions * sizeof(*out));
    for (size_t i = 0; i < side->count + side->more_count; i++) {
        int32_t index = i < side->count ? side->rows[i] : side->more[i - side->count];
        const float *row = adapt->rows + (size_t)index * dimensions;

        for (size_t k = 0; k < dimensions; k++)
            out[k] += row[k];
    }
    for (size_t k = 0; k < dimensions; k++) {
        out[k] *= share;
        square += (double)out[k] * (double)out[k];
    }
    length = (float)sqrt(square);
    for (size_t k = 0; k < dimensions; k++)
        out[k] /= length;
    return length;
}

/* Two sides of one passage: its title and text, a sentence and the rest, or two halves. */
static void draw_pair(const struct adapt *adapt, const struct adapt_passage *passage,
                      uint64_t *random, struct adapt_side *question, struct adapt_side *answer)
{
    const int32_t *title = adapt->tokens + passage->start;
    const int32_t *text = title + passage->title_count;
    uint64_t kind = adapt_random(random) % 3;
    size_t start, end;

    if (passage->title_count > 0 && (kind == 0 || passage->sentence_count < 2)) {
        *question = (struct adapt_side){ title, passage->title_count, NULL, 0 };
        *answer = (struct adapt_side){ text, passage->text_count, NULL, 0 };
        return;
    }
    if (passage->sentence_count > 2 && kind != 2) {
        size_t sentence = (size_t)(adapt_random(random) % passage->sentence_count);

        start = sentence ? passage->sentence_ends[sentence - 1] : 0;
        end = passage->sentence_ends[sentence];
        *question = (struct adapt_side){ text + start, end - start, NULL, 0 };
        *answer = (struct adapt_side){ text, start, text + end, passage->text_count - end };
        return;
    }
    end = passage->sentence_ends[(passage->sentence_count - 1) / 2];
    if (end >= passage->text_count)
        end = passage->text_count / 2;
    *question = (struct adapt_side){ text, end, NULL, 0 };
    *answer = (struct adapt_side){ text + end, passage->text_count - end, NULL, 0 };
}

static uint64_t hash_of_side(const struct adapt_side *side)
{
    struct span first = { (const char *)side->rows, side->count * sizeof(*side->rows) };
    struct span more = { (const char *)side->more, side->more_count * sizeof(*side->more) };

    return hash_table_key(first) * 31 + (more.len ? hash_table_key(more) : 0);
}

/* The first of the neighbours that come next; a new order when all have been. */
static uint32_t next_neighbours(struct fit *fit)
{
    if (fit->position >= fit->order_count) {
        for (size_t k = fit->order_count; k-- > 1;) {
            size_t other = (size_t)(adapt_random(&fit->random) % (k + 1));
            uint32_t index = fit->order[k];

            fit->order[k] = fit->order[other];
            fit->order[other] = index;
        }
        fit->position = 0;
    }
    return fit->order[fit->position++];
}

static void draw_batch(struct fit *fit)
{
    uint32_t first = 0;

    for (size_t i = 0; i < fit->batch; i++) {
        if (i % fit->neighbours == 0)
            first = next_neighbours(fit);
        fit->passages[i] = first + (uint32_t)(i % fit->neighbours);
        draw_pair(fit->adapt, &fit->adapt->passages[fit->passages[i]], &fit->random, &fit->sides[i],
                  &fit->sides[fit->batch + i]);
    }
    for (size_t i = 0; i < 2 * fit->batch; i++) {
        fit->hashes[i] = hash_of_side(&fit->sides[i]);
        fit->lengths[i] =
            adapt_embed(fit->adapt, &fit->sides[i], fit->vectors + i * fit->dimensions);
    }
}

/* Adds the shares that `count` similarities, `step` apart, take of one: their softmax. */
static void add_softmax(const float *logits, float *weights, size_t count, size_t step)
{
    float largest = logits[0], sum = 0;

    for (size_t i = 1; i < count; i++)
        if (logits[i * step] > largest)
            largest = logits[i * step];
    for (size_t i = 0; i < count; i++)
        sum += expf(logits[i * step] - largest);
    for (size_t i = 0; i < count; i++)
        weights[i * step] += expf(logits[i * step] - largest) / sum;
}

/* Pairs from one passage, or with the same text on a side, are no opponents. */
static bool are_opponents(const struct fit *fit, size_t i, size_t k)
{
    return fit->passages[i] != fit->passages[k] && fit->hashes[i] != fit->hashes[k] &&
           fit->hashes[fit->batch + i] != fit->hashes[fit->batch + k];
}

/* The gradient of the loss by each similarity. */
static void weigh_batch(struct fit *fit)
{
    const size_t count = fit->batch;

    matrix_products(fit->vectors, fit->vectors + count * fit->dimensions, count, fit->dimensions,
                    SCALE, fit->logits);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            if (i != k && !are_opponents(fit, i, k))
                fit->logits[i * count + k] = -1e4f;
    memset(fit->weights, 0, count * count * sizeof(*fit->weights));
    for (size_t i = 0; i < count; i++) {
        add_softmax(fit->logits + i * count, fit->weights + i * count, count, 1);
        add_softmax(fit->logits + i, fit->weights + i, count, count);
    }
    for (size_t i = 0; i < count; i++)
        fit->weights[i * count + i] -= 2;
}

/* From gradients by the unit vectors to gradients by the rows. */
static size_t spread_gradients(struct fit *fit)
{
    size_t touched = 0, dimensions = fit->dimensions;

    for (size_t i = 0; i < 2 * fit->batch; i++) {
        const struct adapt_side *side = &fit->sides[i];
        float *gradient = fit->gradients + i * dimensions;
        const float *vector = fit->vectors + i * dimensions;
        float along = 0, share = 1 / (fit->lengths[i] * (float)(side->count + side->more_count));

        for (size_t k = 0; k < dimensions; k++)
            along += gradient[k] * vector[k];
        for (size_t k = 0; k < dimensions; k++)
            gradient[k] = (gradient[k] - along * vector[k]) * share;
        for (size_t t = 0; t < side->count + side->more_count; t++) {
            size_t row = (size_t)(t < side->count ? side->rows[t] : side->more[t - side->count]);
            float *to = fit->row_gradients + row * dimensions;

            if (fit->old_rate <= 0 && fit->is_old[row])
                continue;
            if (!fit->is_touched[row]) {
                fit->is_touched[row] = 1;
                fit->touched[touched++] = (uint32_t)row;
            }
            for (size_t k = 0; k < dimensions; k++)
                to[k] += gradient[k];
        }
    }
    return touched;
}

/* Adam, on the rows of this batch. */
static void move_rows(struct fit *fit, size_t touched, size_t step, float rate)
{
    float mean_share = 1 - powf(FORGET_MEAN, (float)(step + 1));
    float square_share = 1 - powf(FORGET_SQUARE, (float)(step + 1));

    for (size_t i = 0; i < touched; i++) {
        size_t at = (size_t)fit->touched[i] * fit->dimensions;
        float row_rate = fit->is_old[fit->touched[i]] ? rate * fit->old_rate : rate;

        fit->is_touched[fit->touched[i]] = 0;
        for (size_t k = at; k < at + fit->dimensions; k++) {
            float gradient = fit->row_gradients[k];

            fit->row_gradients[k] = 0;
            fit->means[k] = FORGET_MEAN * fit->means[k] + (1 - FORGET_MEAN) * gradient;
            fit->squares[k] =
                FORGET_SQUARE * fit->squares[k] + (1 - FORGET_SQUARE) * gradient * gradient;
            fit->adapt->rows[k] -= row_rate * (fit->means[k] / mean_share) /
                                   (sqrtf(fit->squares[k] / square_share) + 1e-8f);
        }
    }
}

static void take_step(struct fit *fit, size_t step, size_t step_count, double rate)
{
    const size_t count = fit->batch;
    double done = (double)step / (double)step_count;
    double part = done < WARM_UP ? done / WARM_UP : 1 - (done - WARM_UP) / (1 - WARM_UP);
    float factor = SCALE / (2.0f * (float)fit->batch);

    draw_batch(fit);
    weigh_batch(fit);
    matrix_mix(fit->weights, fit->vectors + count * fit->dimensions, count, fit->dimensions, factor,
               fit->gradients);
    matrix_mix_transposed(fit->weights, fit->vectors, count, fit->dimensions, factor,
                          fit->gradients + count * fit->dimensions);
    move_rows(fit, spread_gradients(fit), step, (float)(rate * (part + 0.01)));
}

enum status adapt_fit(struct adapt *adapt, const struct adapt_options *options, size_t held_from,
                      struct error *err)
{
    CLEANUP(fit_release) struct fit fit;
    size_t step_count = (size_t)options->epochs * PAIRS_PER_PASSAGE * held_from / options->batch;

    step_count = step_count < options->steps_least ? options->steps_least : step_count;

    if (!fit_init(&fit, adapt, held_from, options))
        return error_set(err, STATUS_NO_MEMORY, "cannot hold a model that is being fitted");
    for (size_t step = 0; step < step_count; step++) {
        take_step(&fit, step, step_count, options->rate);
        if (options->progress &&
            !options->progress(options->user, (unsigned)step + 1, (unsigned)step_count))
            return error_set(err, STATUS_CANCELLED, "fitting the model was cancelled");
    }
    return STATUS_OK;
}

/* Of the right answer of a question, among those of other passages. Pair i is of passage i %
 * passages. */
static size_t rank_of(const float *questions, const float *answers, size_t at, size_t count,
                      size_t passages, size_t dimensions)
{
    const float *question = questions + at * dimensions;
    float right = 0;
    size_t better = 0;

    for (size_t d = 0; d < dimensions; d++)
        right += question[d] * answers[at * dimensions + d];
    for (size_t i = 0; i < count; i++) {
        float similarity = 0;

        for (size_t d = 0; d < dimensions; d++)
            similarity += question[d] * answers[i * dimensions + d];
        better += i % passages != at % passages && similarity > right;
    }
    return better + 1;
}

/* The mean of one over the rank of each right answer. Only answers of passages that were held out
 * compete: those that were fitted draw questions to themselves. Where they are few, each gives many
 * pairs, for to tell one text from two dozen is too easy to show a difference. */
double adapt_judge(const struct adapt *adapt, size_t held_from)
{
    size_t passages = adapt->passage_count - held_from, dimensions = adapt->base->dimensions;
    size_t rounds = passages < JUDGE_PAIRS ? JUDGE_PAIRS / (passages + 1) + 1 : 1;
    size_t count = passages * rounds;
    float *questions = malloc(2 * (count + 1) * dimensions * sizeof(*questions));
    float *answers = questions ? questions + count * dimensions : NULL;
    double sum = 0;
    uint64_t random = 99;

    if (!questions)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct adapt_side question, answer;

        draw_pair(adapt, &adapt->passages[held_from + i % passages], &random, &question, &answer);
        (void)adapt_embed(adapt, &question, questions + i * dimensions);
        (void)adapt_embed(adapt, &answer, answers + i * dimensions);
    }
    for (size_t i = 0; i < count; i++)
        sum += 1 / (double)rank_of(questions, answers, i, count, passages, dimensions);
    free(questions);
    return count ? sum / (double)count : 0;
}
