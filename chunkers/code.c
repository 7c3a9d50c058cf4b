/*
 * Source code, whatever its language: lines are never cut, a blank line before a line that is not
 * indented separates top-level units, and a line that only closes a bracket stays with its unit.
 */
#include "chunkers/chunkers.h"
#include "chunkers/partition.h"

static const struct partition_weights weights = {
    .cut = {
        [CUT_NEVER] = -3000,
        [CUT_INSIDE] = -4000,
        [CUT_WORD] = -3500,
        [CUT_CLAUSE] = -3000,
        [CUT_CODE_LINE] = -800,
        [CUT_CODE_BLANK] = -200,
        [CUT_CODE_TOP] = 500,
        [CUT_ROW] = -200,
        [CUT_PARAGRAPH] = 500,
        [CUT_BLOCK] = 500,
        [CUT_RULE] = 500,
        [CUT_HEADING_6] = 500,
        [CUT_HEADING_5] = 500,
        [CUT_HEADING_4] = 600,
        [CUT_HEADING_3] = 700,
        [CUT_HEADING_2] = 800,
        [CUT_HEADING_1] = 900,
        [CUT_TITLE] = 900,
    },
    .under = 150,
    .over = 150,
};

static const struct partition_strategy strategy = { &weights, UNITS_CODE };

const struct chunker code_chunker = {
    .name = "code",
    .version = 2,
    .settings = &strategy,
    .split = partition_split,
};
