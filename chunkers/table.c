/*
 * For tables of records: a few rows a chunk, each chunk with the header in front. Rows are cut
 * apart as soon as a quarter of the target is reached; text around the tables is cut as the
 * structure says.
 */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"

static const struct partition_weights weights = {
    .cut = {
        [CUT_NEVER] = -3000,
        [CUT_INSIDE] = -2500,
        [CUT_WORD] = -2000,
        [CUT_CLAUSE] = -1200,
        [CUT_CODE_LINE] = -300,
        [CUT_CODE_TOP] = 200,
        [CUT_ROW] = 700,
        [CUT_LEAD] = -200,
        [CUT_ITEM] = 50,
        [CUT_PARAGRAPH] = 200,
        [CUT_BLOCK] = 2000,
        [CUT_RULE] = 400,
        [CUT_HEADING_6] = 450,
        [CUT_HEADING_5] = 500,
        [CUT_HEADING_4] = 550,
        [CUT_HEADING_3] = 600,
        [CUT_HEADING_2] = 700,
        [CUT_HEADING_1] = 900,
        [CUT_TITLE] = 900,
    },
    .under = 200,
    .over = 200,
};

static const struct partition_strategy strategy = { &weights, 0 };

const struct chunker table_chunker = {
    .name = "table",
    .version = 2,
    .settings = &strategy,
    .split = partition_split,
};
