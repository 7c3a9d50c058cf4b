/*
 * The default: structure, sentences, and the meaning lost at a cut. The weights come from
 * measuring: docs/chunking.md has the curve.
 */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"

static const struct partition_weights weights = {
    .cut = {
        [CUT_NEVER] = -3000,
        [CUT_INSIDE] = -2500,
        [CUT_WORD] = -2000,
        [CUT_CLAUSE] = -1200,
        [CUT_SENTENCE] = -100,
        [CUT_CODE_LINE] = -300,
        [CUT_CODE_BLANK] = 400,
        [CUT_CODE_TOP] = 1000,
        [CUT_ROW] = 100,
        [CUT_LEAD] = -200,
        [CUT_ITEM] = 750,
        [CUT_PARAGRAPH] = 1400,
        [CUT_BLOCK] = 1500,
        [CUT_RULE] = 1550,
        [CUT_HEADING_6] = 1700,
        [CUT_HEADING_5] = 1850,
        [CUT_HEADING_4] = 2000,
        [CUT_HEADING_3] = 2150,
        [CUT_HEADING_2] = 2300,
        [CUT_HEADING_1] = 2450,
        [CUT_TITLE] = 2600,
    },
    .under = 1200,
    .over = 1150,
    .meaning = 3250,
    .meaning_neutral = 350,
};

static enum status semantic_split(const struct extraction *extraction,
                                  const struct chunk_options *options, chunk_fn *emit, void *user,
                                  struct error *err)
{
    static const struct partition_strategy strategy = { &weights, UNITS_MEANING };

    return partition_split(&strategy, extraction, options, emit, user, err);
}

const struct chunker semantic_chunker = {
    .name = "semantic",
    .version = 2,
    .needs_meaning = true,
    .split = semantic_split,
};
