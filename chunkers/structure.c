/* Headings, blocks and sentences, as the semantic strategy weighs them, without a model. */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"

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
        [CUT_ITEM] = 700,
        [CUT_PARAGRAPH] = 1400,
        [CUT_BLOCK] = 1500,
        [CUT_RULE] = 1550,
        [CUT_HEADING_6] = 1600,
        [CUT_HEADING_5] = 1700,
        [CUT_HEADING_4] = 1800,
        [CUT_HEADING_3] = 1900,
        [CUT_HEADING_2] = 2000,
        [CUT_HEADING_1] = 2100,
        [CUT_TITLE] = 2200,
    },
    .under = 1400,
    .over = 2000,
};

static const struct partition_strategy strategy = { &weights, 0 };

const struct chunker structure_chunker = {
    .name = "structure",
    .version = 2,
    .settings = &strategy,
    .split = partition_split,
};
