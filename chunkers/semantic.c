/*
 * The default: structure, sentences, and the meaning lost at a cut. The weights come from
 * measuring: docs/chunking.md has the curve.
 */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"
#include "chunkers/similarity.h"

static const struct partition_weights weights = {
    .cut = {
        [CUT_NEVER] = -5000,
        [CUT_INSIDE] = -4500,
        [CUT_WORD] = -4000,
        [CUT_CLAUSE] = -2500,
        [CUT_SENTENCE] = -200,
        [CUT_CODE_LINE] = -500,
        [CUT_CODE_BLANK] = 400,
        [CUT_CODE_TOP] = 1200,
        [CUT_ROW] = 0,
        [CUT_LEAD] = -400,
        [CUT_ITEM] = 750,
        [CUT_PARAGRAPH] = 1500,
        [CUT_BLOCK] = 1600,
        [CUT_RULE] = 1650,
        [CUT_HEADING_6] = 1700,
        [CUT_HEADING_5] = 1800,
        [CUT_HEADING_4] = 1900,
        [CUT_HEADING_3] = 2000,
        [CUT_HEADING_2] = 2100,
        [CUT_HEADING_1] = 2200,
        [CUT_TITLE] = 2300,
    },
    .under = 2000,
    .over = 2400,
    .meaning = 7000,
    .meaning_neutral = SIMILARITY_UNKNOWN,
};

static const struct partition_strategy strategy = { &weights, UNITS_MEANING };

const struct chunker semantic_chunker = {
    .name = "semantic",
    .version = 3,
    .needs_meaning = true,
    .settings = &strategy,
    .split = partition_split,
};
