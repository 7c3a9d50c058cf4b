#include "extractors/html_context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_BLOCKS 12u
#define LEVELS      5u

struct mean {
    float weighted, weight;
};

struct context {
    const struct html_page *page;
    const float *rows, *scores;
    float *weights;     /* per block */
    struct mean *nodes; /* per node, with its subtree */
    uint32_t *counts;   /* per node: blocks in its subtree */
};

static float mean_of(struct mean mean, float otherwise)
{
    return mean.weight > 0 ? mean.weighted / mean.weight : otherwise;
}

static void add(struct mean *mean, float score, float weight)
{
    mean->weighted += score * weight;
    mean->weight += weight;
}

static void sum_nodes(struct context *c)
{
    const struct html_dom *dom = c->page->dom;

    for (size_t b = 0; b < c->page->block_count; b++) {
        const struct html_block *block = &c->page->blocks[b];

        c->weights[b] = sqrtf((float)block->words + 1);
        add(&c->nodes[block->container], c->scores[b], c->weights[b]);
        c->counts[block->container]++;
    }
    for (uint32_t i = (uint32_t)dom->node_count; i-- > 1;) {
        uint32_t parent = dom->nodes[i].parent;

        c->nodes[parent].weighted += c->nodes[i].weighted;
        c->nodes[parent].weight += c->nodes[i].weight;
        c->counts[parent] += c->counts[i];
    }
}

/* The mean of what is in the ancestors besides the block itself, for those that hold more and more.
 */
static void put_levels(const struct context *c, size_t b, float *out)
{
    const struct html_dom *dom = c->page->dom;
    uint32_t node = c->page->blocks[b].container, below = 1;
    float last = -1;

    for (unsigned level = 0; level < LEVELS; level++) {
        struct mean mean;

        while (node > 0 && c->counts[node] <= below)
            node = dom->nodes[node].parent;
        mean = c->nodes[node];
        below = c->counts[node];
        mean.weighted -= c->scores[b] * c->weights[b];
        mean.weight -= c->weights[b];
        if (mean.weight > 0.01F)
            last = mean.weighted / mean.weight;
        out[HTML_C_level1 + level] = last;
    }
}

static void put_near(const struct context *c, size_t b, float *out)
{
    size_t count = c->page->block_count;
    struct mean before = { 0 }, after = { 0 };

    out[HTML_C_own] = c->scores[b];
    out[HTML_C_prev] = b > 0 ? c->scores[b - 1] : -1;
    out[HTML_C_prev2] = b > 1 ? c->scores[b - 2] : -1;
    out[HTML_C_next] = b + 1 < count ? c->scores[b + 1] : -1;
    out[HTML_C_next2] = b + 2 < count ? c->scores[b + 2] : -1;
    for (size_t i = 1; i <= NEAR_BLOCKS; i++) {
        if (i <= b)
            add(&before, c->scores[b - i], c->weights[b - i] / (float)i);
        if (b + i < count)
            add(&after, c->scores[b + i], c->weights[b + i] / (float)i);
    }
    out[HTML_C_before] = mean_of(before, -1);
    out[HTML_C_after] = mean_of(after, -1);
}

/* Blocks that stand in the same kind of place, by the hash that html_features() put in twins. */
static void put_sections(const struct context *c, float *wide)
{
    size_t count = c->page->block_count;
    float heading = -1, level_of_heading = 0, parent_heading = -1;

    for (size_t b = 0; b < count; b++) {
        float *out = wide + b * HTML_CONTEXT_ROW + HTML_FEATURE_COUNT;
        float level = c->rows[b * HTML_FEATURE_COUNT + HTML_F_heading_level];

        out[HTML_C_heading] = heading;
        out[HTML_C_parent_heading] = parent_heading;
        if (level > 0) {
            if (level > level_of_heading && level_of_heading > 0)
                parent_heading = heading;
            else if (level < level_of_heading)
                parent_heading = -1;
            heading = c->scores[b];
            level_of_heading = level;
        }
    }
    for (size_t start = 0; start < count;) {
        struct mean mean = { 0 };
        size_t end = start;

        do {
            if (c->rows[end * HTML_FEATURE_COUNT + HTML_F_heading_level] <= 0)
                add(&mean, c->scores[end], c->weights[end]);
            end++;
        } while (end < count && c->rows[end * HTML_FEATURE_COUNT + HTML_F_heading_level] <= 0);
        for (size_t b = start; b < end; b++)
            wide[b * HTML_CONTEXT_ROW + HTML_FEATURE_COUNT + HTML_C_section] = mean_of(mean, -1);
        start = end;
    }
}

static void put_page(const struct context *c, float *wide)
{
    size_t count = c->page->block_count;
    struct mean page = { 0 }, before = { 0 };
    float best = 0, all = 0, kept = 0, run = 0;

    for (size_t b = 0; b < count; b++) {
        float words = (float)c->page->blocks[b].words;

        add(&page, c->scores[b], words);
        all += words;
        kept += c->scores[b] >= 0.5F ? words : 0;
        best = c->scores[b] > best ? c->scores[b] : best;
    }
    for (size_t b = 0; b < count; b++) {
        float *out = wide + b * HTML_CONTEXT_ROW + HTML_FEATURE_COUNT;
        float words = (float)c->page->blocks[b].words;

        out[HTML_C_page] = mean_of(page, 0);
        out[HTML_C_kept_share] = all > 0 ? kept / all : 0;
        out[HTML_C_best] = best;
        out[HTML_C_kept_before] = kept > 0 ? before.weighted / kept : 0;
        add(&before, c->scores[b] >= 0.5F, words);
        out[HTML_C_kept_after] = kept > 0 ? 1 - before.weighted / kept : 0;
        run = c->scores[b] >= 0.5F ? run + 1 : 0;
        out[HTML_C_run] = log2f(1 + run);
    }
}

static int compare_twins(const void *left, const void *right)
{
    const float *a = left, *b = right;

    for (unsigned i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* Means over blocks whose twin features agree: those of one place, near enough. */
static bool put_twins(const struct context *c, float *wide)
{
    size_t count = c->page->block_count;
    float(*keys)[4] = calloc(count + 1, sizeof(*keys));

    if (!keys)
        return false;
    for (size_t b = 0; b < count; b++) {
        memcpy(keys[b], c->rows + b * HTML_FEATURE_COUNT + HTML_F_twins, 3 * sizeof(float));
        keys[b][3] = (float)b;
    }
    qsort(keys, count, sizeof(*keys), compare_twins);
    for (size_t start = 0; start < count;) {
        struct mean mean = { 0 };
        size_t end = start;

        while (end < count && compare_twins(keys[start], keys[end]) == 0) {
            size_t b = (size_t)keys[end++][3];

            add(&mean, c->scores[b], c->weights[b]);
        }
        for (; start < end; start++) {
            size_t b = (size_t)keys[start][3];

            wide[b * HTML_CONTEXT_ROW + HTML_FEATURE_COUNT + HTML_C_twins] = mean_of(mean, -1);
        }
    }
    free(keys);
    return true;
}

static bool fill(struct context *c, float *wide)
{
    sum_nodes(c);
    for (size_t b = 0; b < c->page->block_count; b++) {
        float *row = wide + b * HTML_CONTEXT_ROW;

        memcpy(row, c->rows + b * HTML_FEATURE_COUNT, HTML_FEATURE_COUNT * sizeof(*row));
        put_near(c, b, row + HTML_FEATURE_COUNT);
        put_levels(c, b, row + HTML_FEATURE_COUNT);
    }
    put_sections(c, wide);
    put_page(c, wide);
    return put_twins(c, wide);
}

enum status html_context(const struct html_page *page, const float *rows, const float *scores,
                         float **wide, struct error *err)
{
    struct context c = { .page = page, .rows = rows, .scores = scores };
    bool is_done;

    c.weights = calloc(page->block_count + 1, sizeof(*c.weights));
    c.nodes = calloc(page->dom->node_count, sizeof(*c.nodes));
    c.counts = calloc(page->dom->node_count, sizeof(*c.counts));
    *wide = calloc(page->block_count + 1, HTML_CONTEXT_ROW * sizeof(**wide));
    is_done = c.weights && c.nodes && c.counts && *wide && fill(&c, *wide);
    free(c.weights);
    free(c.nodes);
    free(c.counts);
    if (is_done)
        return STATUS_OK;
    free(*wide);
    *wide = NULL;
    return error_set(err, STATUS_NO_MEMORY, "out of memory for the context of blocks");
}
