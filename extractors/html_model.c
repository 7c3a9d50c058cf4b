#include "extractors/html_model.h"

#include <math.h>
#include <stdint.h>

#define LEAF 255

/* The left child is the next node; the right one is skip nodes on. */
struct html_model_node {
    uint8_t feature; /* LEAF: value is the answer */
    uint8_t skip;
    float value; /* goes left when the feature is at most this */
};

#include "extractors/html_model_table.h"

float html_model_score(const float *row)
{
    float sum = HTML_MODEL_BASE;

    for (int tree = 0; tree < HTML_MODEL_TREES; tree++) {
        const struct html_model_node *node = &html_model_nodes[html_model_starts[tree]];

        while (node->feature != LEAF)
            node += row[node->feature] <= node->value ? 1 : node->skip;
        sum += node->value;
    }
    return 1 / (1 + expf(-sum));
}
