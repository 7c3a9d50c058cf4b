/*
 * The trees are not walked, which would be one unpredictable branch after another: QuickScorer
 * (Lucchese et al., SIGIR 2015) asks feature by feature which splits a row is above, strikes out
 * the leaves that it can then not reach, and takes the first leaf that is left of each tree. Eight
 * rows go through at a time.
 */
#include "extractors/html/html_model.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "extractors/html/html_features.h"

#define LANES  4 /* of a vector register that any processor has */
#define GROUPS 2
#define ROWS   ((size_t)LANES * GROUPS)

typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t mask_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

struct html_model_split {
    float value; /* a row is above when its feature is more than this */
    uint16_t tree;
    uint32_t ruled_out; /* leaves, one bit each, from the left */
};

/* How many of the splits, which stand in this order and ascend, ask for a feature. */
struct html_model_feature {
    uint8_t feature;
    uint16_t split_count;
};

#include "extractors/html/html_model_table.h"

_Static_assert(HTML_MODEL_LEAVES <= 32, "a mask has one bit per leaf");

/* One feature of LANES rows. */
static float_lanes column(const float *values)
{
    return (float_lanes){ values[0], values[HTML_FEATURE_COUNT],
                          values[(size_t)2 * HTML_FEATURE_COUNT],
                          values[(size_t)3 * HTML_FEATURE_COUNT] };
}

/* Strikes out the leaves that ROWS rows cannot reach. */
static void strike_out(const float *rows, mask_lanes ruled_out[HTML_MODEL_TREES][GROUPS])
{
    const struct html_model_split *split = html_model_splits;

    memset(ruled_out, 0, HTML_MODEL_TREES * sizeof(*ruled_out));
    for (size_t f = 0; f < sizeof(html_model_features) / sizeof(html_model_features[0]); f++) {
        const struct html_model_split *end = split + html_model_features[f].split_count;
        const float *values = rows + html_model_features[f].feature;
        float_lanes lanes[GROUPS];
        float highest = values[0];

        for (size_t group = 0; group < GROUPS; group++) {
            lanes[group] = column(values + group * LANES * HTML_FEATURE_COUNT);
            for (size_t lane = 0; lane < LANES; lane++)
                highest = lanes[group][lane] > highest ? lanes[group][lane] : highest;
        }
        for (; split < end && highest > split->value; split++)
            for (size_t group = 0; group < GROUPS; group++)
                ruled_out[split->tree][group] |=
                    (lanes[group] > split->value) & (int32_t)split->ruled_out;
        split = end;
    }
}

static void score_rows(const float *rows, float scores[ROWS])
{
    mask_lanes ruled_out[HTML_MODEL_TREES][GROUPS];

    strike_out(rows, ruled_out);
    for (size_t row = 0; row < ROWS; row++) {
        float sum = HTML_MODEL_BASE;

        for (size_t tree = 0; tree < HTML_MODEL_TREES; tree++) {
            uint32_t out = (uint32_t)ruled_out[tree][row / LANES][row % LANES];

            sum += html_model_leaves[tree][__builtin_ctz(~out)];
        }
        scores[row] = 1 / (1 + expf(-sum));
    }
}

void html_model_scores(const float *rows, size_t count, float *scores)
{
    float last_rows[ROWS * HTML_FEATURE_COUNT] = { 0 }, last_scores[ROWS];
    size_t whole = count - count % ROWS;

    for (size_t i = 0; i < whole; i += ROWS)
        score_rows(rows + i * HTML_FEATURE_COUNT, scores + i);
    if (whole == count)
        return;
    memcpy(last_rows, rows + whole * HTML_FEATURE_COUNT,
           (count - whole) * HTML_FEATURE_COUNT * sizeof(*rows));
    score_rows(last_rows, last_scores);
    memcpy(scores + whole, last_scores, (count - whole) * sizeof(*scores));
}
