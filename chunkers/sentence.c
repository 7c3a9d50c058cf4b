/* Whole sentences up to the target, whatever the structure: only headings stay with what follows.
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
    },
    .under = 500,
    .over = 500,
};

static const struct partition_strategy strategy = { &weights, 0 };

const struct chunker sentence_chunker = {
    .name = "sentence",
    .version = 2,
    .settings = &strategy,
    .split = partition_split,
};
