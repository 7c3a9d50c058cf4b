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
    const struct html_model_node *node = html_model_nodes;
    float sum = HTML_MODEL_BASE;

    for (int tree = 0; tree < HTML_MODEL_TREES; tree++) {
        const struct html_model_node *end = node;

        while (node->feature != LEAF)
            node += row[node->feature] <= node->value ? 1 : node->skip;
        sum += node->value;
        /* The next tree begins behind this one's last leaf: the right edge of the tree. */
        while (end->feature != LEAF)
            end += end->skip;
        node = end + 1;
    }
    return 1 / (1 + expf(-sum));
}
