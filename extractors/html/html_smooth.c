#include "extractors/html/html_smooth.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "extractors/html/html_counts.h"

#define LOGIT_MAX  14.0F
#define TWINS_MIN  3u
#define TWIN_WORDS 15.0F /* longer ones are paragraphs: alike in place, not in kind */
#define TWIN_SHARE 0.85F /* of the score, from the mean */

/* What the blocks of one group sum up to. */
struct group {
    float logits, weights, words;
    uint32_t count, repeated; /* repeated: in an element that has others like it beside it */
};

struct groups {
    struct html_counts keys;
    struct group *sums; /* per entry of keys */
};

static void groups_release(struct groups *groups)
{
    html_counts_release(&groups->keys);
    free(groups->sums);
}

static bool groups_make(struct groups *groups, size_t count)
{
    if (!html_counts_make(&groups->keys, count))
        return false;
    groups->sums = calloc(groups->keys.mask + 1, sizeof(*groups->sums));
    return groups->sums;
}

static struct group *group_of(struct groups *groups, uint64_t key)
{
    return &groups->sums[html_counts_add(&groups->keys, key) - groups->keys.entries];
}

static void add(struct group *group, float logit, float weight, float words, bool is_repeated)
{
    group->logits += logit * weight;
    group->weights += weight;
    group->words += words;
    group->repeated += is_repeated;
    group->count++;
}

static bool are_twins(const struct group *group)
{
    return group->count >= TWINS_MIN &&
           (group->words < TWIN_WORDS * (float)group->count || group->repeated * 2 > group->count);
}

static float words_of(const struct html_block *block)
{
    return block->words > 0 ? (float)block->words : 0.5F;
}

static bool is_repeated(const struct html_rows *rows, size_t b)
{
    return rows->values[b * HTML_FEATURE_COUNT + HTML_F_repeat_near] > 0;
}

static bool smooth_twins(const struct html_page *page, const struct html_rows *rows, float *logits)
{
    CLEANUP(groups_release) struct groups groups = { .sums = NULL };

    if (!groups_make(&groups, page->block_count))
        return false;
    for (size_t b = 0; b < page->block_count; b++)
        add(group_of(&groups, rows->places[b]), logits[b], 1, words_of(&page->blocks[b]),
            is_repeated(rows, b));
    for (size_t b = 0; b < page->block_count; b++) {
        const struct group *group = group_of(&groups, rows->places[b]);

        if (are_twins(group))
            logits[b] += TWIN_SHARE * (group->logits / group->weights - logits[b]);
    }
    return true;
}

static float logit_of(float score)
{
    float logit = logf(score / (1 - score));

    return logit < -LOGIT_MAX ? -LOGIT_MAX : logit > LOGIT_MAX ? LOGIT_MAX : logit;
}

bool html_smooth(const struct html_page *page, const struct html_rows *rows, float *scores)
{
    bool is_done;

    for (size_t b = 0; b < page->block_count; b++)
        scores[b] = logit_of(scores[b]);
    is_done = smooth_twins(page, rows, scores);
    for (size_t b = 0; b < page->block_count; b++)
        scores[b] = 1 / (1 + expf(-scores[b]));
    return is_done;
}
