/* Headings, blocks and sentences, as the semantic strategy weighs them, without a model. */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"

static const struct partition_weights weights = {
    .cut = {
        [CUT_NEVER] = -3000,
        [CUT_INSIDE] = -2500,
        [CUT_WORD] = -2000,
        [CUT_CLAUSE] = -1200,
        [CUT_SENTENCE] = 0,
        [CUT_CODE_LINE] = -300,
        [CUT_CODE_BLANK] = 200,
        [CUT_CODE_TOP] = 500,
        [CUT_ROW] = 100,
        [CUT_LEAD] = -200,
        [CUT_ITEM] = 400,
        [CUT_PARAGRAPH] = 600,
        [CUT_BLOCK] = 700,
        [CUT_RULE] = 750,
        [CUT_HEADING_6] = 800,
        [CUT_HEADING_5] = 850,
        [CUT_HEADING_4] = 900,
        [CUT_HEADING_3] = 1000,
        [CUT_HEADING_2] = 1100,
        [CUT_HEADING_1] = 1300,
        [CUT_TITLE] = 1300,
    },
    .under = 600,
    .over = 400,
};

static enum status structure_split(const struct extraction *extraction,
                                   const struct chunk_options *options, chunk_fn *emit, void *user,
                                   struct error *err)
{
    static const struct partition_strategy strategy = { &weights, 0 };

    return partition_split(&strategy, extraction, options, emit, user, err);
}

const struct chunker structure_chunker = {
    .name = "structure",
    .version = 1,
    .split = structure_split,
};
