#include "cli/eval_score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cli/hit_print.h"

#define SAMPLES 1000

/* What was found so far for one question. */
struct ranking {
    const struct eval_question *question;
    bool is_by_passage; /* a quote is wanted: each hit is an item of its own */
    size_t *found_rank; /* per wanted one, from 1; 0: not yet */
    int64_t *seen;      /* documents */
    size_t seen_count, seen_capacity;
    double *gains; /* per item, up to depth */
    size_t item_count, depth;
};

static bool is_seen(const struct ranking *ranking, int64_t document_id)
{
    for (size_t i = 0; i < ranking->seen_count; i++)
        if (ranking->seen[i] == document_id)
            return true;
    return false;
}

/* The grades of what is wanted and not found yet that the place, or its text, satisfies: one item
 * may be all that is wanted. */
static unsigned take_grade(struct ranking *ranking, const struct hit_place *place, struct span text)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)64 << 10);
    const struct eval_question *question = ranking->question;
    unsigned grade = 0;

    hit_append_path(place, &path);
    for (size_t i = 0; i < question->wanted_count; i++) {
        const struct eval_wanted *wanted = &question->wanted[i];

        if (ranking->found_rank[i] || !eval_is_document(wanted->document, buf_span(&path)) ||
            !eval_has_quote(wanted->quote, text))
            continue;
        ranking->found_rank[i] = ranking->item_count + 1;
        grade += wanted->grade;
    }
    return grade;
}

static enum status add_item(struct ranking *ranking, const struct hit *hit,
                            const struct hit_place *place, struct error *err)
{
    if (ranking->item_count == ranking->depth || is_seen(ranking, place->document_id))
        return STATUS_OK;
    if (!ranking->is_by_passage) {
        if (!array_reserve(&ranking->seen, &ranking->seen_capacity, ranking->seen_count))
            return error_set(err, STATUS_NO_MEMORY, "no memory for a ranking");
        ranking->seen[ranking->seen_count++] = place->document_id;
    }
    ranking->gains[ranking->item_count++] = take_grade(ranking, place, hit->text);
    return STATUS_OK;
}

static enum status add_hit(struct ranking *ranking, const struct hit *hit, struct error *err)
{
    enum status status = STATUS_OK;

    if (ranking->is_by_passage) {
        unsigned grade = 0;

        for (size_t i = 0; i < hit->place_count; i++) {
            grade += take_grade(ranking, &hit->places[i], hit->text);
        }
        ranking->gains[ranking->item_count++] = grade;
        return STATUS_OK;
    }
    for (size_t i = 0; i < hit->place_count && !status; i++)
        status = add_item(ranking, hit, &hit->places[i], err);
    return status;
}

static int compare_falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

static double discounted(const double *gains, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count && i < 10; i++)
        sum += gains[i] / log2((double)i + 2);
    return sum;
}

static double recall(const struct ranking *ranking, size_t k)
{
    size_t found = 0, wanted = ranking->question->wanted_count;

    for (size_t i = 0; i < wanted; i++)
        found += ranking->found_rank[i] > 0 && ranking->found_rank[i] <= k;
    return (double)found / (double)wanted;
}

static enum status score(const struct ranking *ranking, struct eval_scores *out, struct error *err)
{
    const struct eval_question *question = ranking->question;
    double *ideal = calloc(question->wanted_count, sizeof(*ideal));

    if (!ideal)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a ranking");
    for (size_t i = 0; i < question->wanted_count; i++)
        ideal[i] = question->wanted[i].grade;
    qsort(ideal, question->wanted_count, sizeof(*ideal), compare_falling);
    *out = (struct eval_scores){ 0 };
    out->values[EVAL_RECALL_5] = recall(ranking, 5);
    out->values[EVAL_RECALL_10] = recall(ranking, 10);
    out->values[EVAL_RECALL_DEPTH] = recall(ranking, ranking->depth);
    out->values[EVAL_NDCG_10] =
        discounted(ranking->gains, ranking->item_count) / discounted(ideal, question->wanted_count);
    for (size_t i = 0; i < ranking->item_count && i < 10; i++) {
        if (ranking->gains[i] > 0) {
            out->values[EVAL_MRR_10] = 1 / ((double)i + 1);
            break;
        }
    }
    free(ideal);
    return STATUS_OK;
}

enum status eval_question_score(struct fresh_hits *hits, const struct eval_question *question,
                                unsigned depth, struct eval_scores *out, struct error *err)
{
    struct ranking ranking = { .question = question,
                               .found_rank = calloc(question->wanted_count, sizeof(size_t)),
                               .gains = calloc(depth, sizeof(double)),
                               .depth = depth };
    bool has_hit = true;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < question->wanted_count; i++)
        ranking.is_by_passage |= question->wanted[i].quote.len > 0;
    if (!ranking.found_rank || !ranking.gains)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for a ranking");
    while (!status && has_hit && ranking.item_count < depth) {
        struct hit hit;
        const char *stale;

        status = fresh_hits_next(hits, &hit, &stale, &has_hit, err);
        if (!status && has_hit)
            status = add_hit(&ranking, &hit, err);
    }
    if (!status)
        status = score(&ranking, out, err);
    free(ranking.found_rank);
    free(ranking.gains);
    free(ranking.seen);
    return status;
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016). */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static int compare_rising(const void *a, const void *b)
{
    return compare_falling(b, a);
}

struct eval_mean eval_mean_of(const double *values, size_t count)
{
    double means[SAMPLES];
    uint64_t state = 1;
    struct eval_mean mean = { 0 };

    if (count == 0)
        return mean;
    for (size_t i = 0; i < count; i++)
        mean.mean += values[i] / (double)count;
    for (size_t s = 0; s < SAMPLES; s++) {
        double sum = 0;

        for (size_t i = 0; i < count; i++)
            sum += values[(next_random(&state) >> 33) % count];
        means[s] = sum / (double)count;
    }
    qsort(means, SAMPLES, sizeof(means[0]), compare_rising);
    mean.low = means[SAMPLES / 40];
    mean.high = means[SAMPLES - 1 - SAMPLES / 40];
    return mean;
}
