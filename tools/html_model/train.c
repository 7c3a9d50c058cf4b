/*
 * train.c - gradient-boosted regression trees for a yes-or-no question.
 *
 *   train PREFIX WIDTH TREES LEAVES RATE LEAF_WEIGHT SEED [MODEL]
 *
 * Reads PREFIX.bin (rows of WIDTH float32) and PREFIX.labels (see label.py). SEED chooses the
 * random numbers. Learns without each of
 * the five folds in turn, writes what that says of the fold's blocks to PREFIX.scores (float32),
 * and with MODEL learns from all and writes the trees to that file, as text: base, then per tree
 * its node count, then per node: feature threshold left right value (feature -1: a leaf; a row goes
 * left when its feature is at most the threshold).
 *
 * Features are cut into at most 64 bins at quantiles; a tree grows at the leaf that gains most.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDS    5
#define BINS     64
#define LEAF_MAX 64
#define LAMBDA   0.02

struct record {
    float label, weight;
    int32_t fold, page;
};

struct node {
    int feature; /* -1: a leaf */
    float threshold;
    int bin, left, right;
    float value;
};

struct tree {
    struct node nodes[2 * LEAF_MAX];
    int count;
};

struct data {
    size_t rows, width;
    float *values;
    struct record *records;
    uint8_t *bins;       /* row by row */
    float (*cuts)[BINS]; /* per column: upper edge of each bin */
    int *bin_counts;
};

struct options {
    int trees, leaves;
    double rate, leaf_weight;
};

struct leaf {
    uint32_t *rows;
    size_t count;
    int node;
    double gain;
    int feature, bin;
    double g, h;
    float (*sums)[BINS][2]; /* per used feature and bin: g and h */
};

static uint64_t random_state = 12011958211669610584u;

static uint32_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

static void *must(void *memory)
{
    if (!memory) {
        (void)fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static void make_bins(struct data *d)
{
    const size_t sample = d->rows < 20000 ? d->rows : 20000;
    float *values = must(calloc(sample + 1, sizeof(*values)));

    d->bins = must(calloc(d->rows * d->width, 1));
    d->cuts = must(calloc(d->width, sizeof(*d->cuts)));
    d->bin_counts = must(calloc(d->width, sizeof(*d->bin_counts)));
    for (size_t f = 0; f < d->width; f++) {
        int count = 0;

        for (size_t i = 0; i < sample; i++)
            values[i] = d->values[(i * (d->rows / sample)) * d->width + f];
        qsort(values, sample, sizeof(*values), compare_floats);
        for (int b = 1; b < BINS; b++) {
            size_t at = sample * (size_t)b / BINS;
            float cut = values[at];

            if (at > 0 && (count == 0 || cut > d->cuts[f][count - 1]) && cut < values[sample - 1])
                d->cuts[f][count++] = cut;
        }
        d->bin_counts[f] = count + 1;
        for (size_t i = 0; i < d->rows; i++) {
            float value = d->values[i * d->width + f];
            int low = 0, high = count;

            while (low < high) {
                int middle = (low + high) / 2;

                if (value <= d->cuts[f][middle])
                    high = middle;
                else
                    low = middle + 1;
            }
            d->bins[i * d->width + f] = (uint8_t)low;
        }
    }
    free(values);
}

/* What the rows of a leaf sum up to in each bin of the used features. */
static void fill_histogram(const struct data *d, struct leaf *leaf, const float *g, const float *h,
                           const int *used, int used_count)
{
    memset(leaf->sums, 0, (size_t)used_count * sizeof(*leaf->sums));
    for (size_t i = 0; i < leaf->count; i++) {
        uint32_t row = leaf->rows[i];
        const uint8_t *bins = d->bins + (size_t)row * d->width;

        for (int u = 0; u < used_count; u++) {
            float *sum = leaf->sums[u][bins[used[u]]];

            sum[0] += g[row];
            sum[1] += h[row];
        }
    }
}

static void find_split(const struct data *d, struct leaf *leaf, const int *used, int used_count,
                       const struct options *o)
{
    double parent = leaf->g * leaf->g / (leaf->h + LAMBDA);

    leaf->gain = 0;
    for (int u = 0; u < used_count; u++) {
        double left_g = 0, left_h = 0;
        int f = used[u];

        for (int b = 0; b + 1 < d->bin_counts[f]; b++) {
            double right_g, right_h, gain;

            left_g += leaf->sums[u][b][0];
            left_h += leaf->sums[u][b][1];
            right_g = leaf->g - left_g;
            right_h = leaf->h - left_h;
            if (left_h < o->leaf_weight || right_h < o->leaf_weight)
                continue;
            gain = left_g * left_g / (left_h + LAMBDA) + right_g * right_g / (right_h + LAMBDA) -
                   parent;
            if (gain > leaf->gain) {
                leaf->gain = gain;
                leaf->feature = f;
                leaf->bin = b;
            }
        }
    }
}

/* best has the sums of both: the smaller one is summed up, the other is what is left. */
static void split_histogram(const struct data *d, struct leaf *best, struct leaf *right,
                            const float *g, const float *h, const int *used, int used_count)
{
    struct leaf *small = best->count < right->count ? best : right, *rest;

    if (small == best) {
        float(*sums)[BINS][2] = best->sums;

        best->sums = right->sums;
        right->sums = sums;
    }
    fill_histogram(d, small, g, h, used, used_count);
    rest = small == best ? right : best;
    for (int u = 0; u < used_count; u++)
        for (int b = 0; b < BINS; b++) {
            rest->sums[u][b][0] -= small->sums[u][b][0];
            rest->sums[u][b][1] -= small->sums[u][b][1];
        }
}

static void sum_leaf(struct leaf *leaf, const float *g, const float *h)
{
    leaf->g = leaf->h = 0;
    for (size_t i = 0; i < leaf->count; i++) {
        leaf->g += g[leaf->rows[i]];
        leaf->h += h[leaf->rows[i]];
    }
}

static void grow(const struct data *d, struct tree *tree, uint32_t *rows, size_t count,
                 const float *g, const float *h, const struct options *o)
{
    struct leaf leaves[LEAF_MAX];
    int *used = must(calloc(d->width, sizeof(*used)));
    uint32_t *spare = must(calloc(count + 1, sizeof(*spare)));
    float(*sums)[BINS][2] = must(calloc((size_t)o->leaves * d->width, sizeof(*sums)));
    int leaf_count = 1, used_count = 0;

    for (size_t f = 0; f < d->width; f++)
        if (random_next() % 10 < 3 && d->bin_counts[f] > 1)
            used[used_count++] = (int)f; /* a random part of the features per tree */
    tree->count = 1;
    tree->nodes[0].feature = -1;
    leaves[0] = (struct leaf){ .rows = rows, .count = count, .node = 0, .sums = sums };
    sum_leaf(&leaves[0], g, h);
    fill_histogram(d, &leaves[0], g, h, used, used_count);
    find_split(d, &leaves[0], used, used_count, o);
    while (leaf_count < o->leaves) {
        struct leaf *best = &leaves[0], *right = &leaves[leaf_count];
        struct node *node;
        size_t left_count = 0, right_count = 0;

        for (int i = 1; i < leaf_count; i++)
            if (leaves[i].gain > best->gain)
                best = &leaves[i];
        if (best->gain <= 1e-6)
            break;
        node = &tree->nodes[best->node];
        node->feature = best->feature;
        node->bin = best->bin;
        node->threshold = d->cuts[best->feature][best->bin];
        node->left = tree->count++;
        node->right = tree->count++;
        tree->nodes[node->left].feature = tree->nodes[node->right].feature = -1;
        for (size_t i = 0; i < best->count; i++) {
            uint32_t row = best->rows[i];

            if (d->bins[(size_t)row * d->width + (size_t)best->feature] <= best->bin)
                best->rows[left_count++] = row;
            else
                spare[right_count++] = row;
        }
        memcpy(best->rows + left_count, spare, right_count * sizeof(*spare));
        *right = (struct leaf){ .rows = best->rows + left_count,
                                .count = right_count,
                                .node = node->right,
                                .sums = sums + (size_t)leaf_count * d->width };
        best->count = left_count;
        best->node = node->left;
        sum_leaf(best, g, h);
        sum_leaf(right, g, h);
        split_histogram(d, best, right, g, h, used, used_count);
        find_split(d, best, used, used_count, o);
        find_split(d, right, used, used_count, o);
        leaf_count++;
    }
    for (int i = 0; i < leaf_count; i++)
        tree->nodes[leaves[i].node].value =
            (float)(-leaves[i].g / (leaves[i].h + LAMBDA) * o->rate);
    free(used);
    free(sums);
    free(spare);
}

static float answer(const struct data *d, const struct tree *tree, size_t row)
{
    const struct node *node = tree->nodes;

    while (node->feature >= 0)
        node = &tree->nodes[d->bins[row * d->width + (size_t)node->feature] <= node->bin
                                ? node->left
                                : node->right];
    return node->value;
}

/* A random part of the pages per tree: the blocks of a page are too alike to draw them alone. */
static int is_drawn(int32_t page, int tree)
{
    uint64_t x = ((uint64_t)(uint32_t)page << 20 ^ (uint64_t)(uint32_t)tree) * 0x9E3779B97F4A7C15u;

    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return (x >> 40) % 10 < 7;
}

/* Learns from all rows outside fold (-1: from all). scores receives the sum for every row. */
static double learn(const struct data *d, int fold, const struct options *o, struct tree *trees,
                    float *scores)
{
    float *g = must(calloc(d->rows, sizeof(*g))), *h = must(calloc(d->rows, sizeof(*h)));
    uint32_t *rows = must(calloc(d->rows, sizeof(*rows)));
    double yes = 0, all = 0, base;

    for (size_t i = 0; i < d->rows; i++)
        if (d->records[i].fold != fold) {
            yes += d->records[i].label * d->records[i].weight;
            all += d->records[i].weight;
        }
    base = log((yes + 1) / (all - yes + 1));
    for (size_t i = 0; i < d->rows; i++)
        scores[i] = (float)base;
    for (int t = 0; t < o->trees; t++) {
        size_t count = 0;

        for (size_t i = 0; i < d->rows; i++) {
            const struct record *r = &d->records[i];
            float p = 1 / (1 + expf(-scores[i]));

            if (r->fold == fold || r->weight <= 0)
                continue;
            g[i] = (p - r->label) * r->weight;
            h[i] = p * (1 - p) * r->weight + 1e-9F;
            if (is_drawn(r->page, t))
                rows[count++] = (uint32_t)i;
        }
        grow(d, &trees[t], rows, count, g, h, o);
        for (size_t i = 0; i < d->rows; i++)
            scores[i] += answer(d, &trees[t], i);
    }
    free(g);
    free(h);
    free(rows);
    return base;
}

static void report(const struct data *d, const float *scores, const struct tree *trees, int count)
{
    double loss = 0, right = 0, all = 0;
    double *used = must(calloc(d->width, sizeof(*used)));

    for (size_t i = 0; i < d->rows; i++) {
        const struct record *r = &d->records[i];
        double p = 1 / (1 + exp(-scores[i]));

        p = p < 1e-6 ? 1e-6 : p > 1 - 1e-6 ? 1 - 1e-6 : p;
        loss -= r->weight * (r->label * log(p) + (1 - r->label) * log(1 - p));
        right += r->weight * (p >= 0.5 ? r->label : 1 - r->label);
        all += r->weight;
    }
    (void)fprintf(stderr, "held out: log loss %.4f, right %.4f\n", loss / all, right / all);
    (void)trees;
    (void)count;
    free(used);
}

static void write_model(const char *path, double base, const struct tree *trees, int count)
{
    FILE *out = must(fopen(path, "w"));

    (void)fprintf(out, "%.6g\n%d\n", base, count);
    for (int t = 0; t < count; t++) {
        (void)fprintf(out, "%d\n", trees[t].count);
        for (int i = 0; i < trees[t].count; i++) {
            const struct node *n = &trees[t].nodes[i];

            (void)fprintf(out, "%d %.7g %d %d %.5g\n", n->feature, n->threshold, n->left, n->right,
                          n->value);
        }
    }
    (void)fclose(out);
}

static size_t file_size(FILE *file)
{
    long size;

    (void)fseek(file, 0, SEEK_END);
    size = ftell(file);
    (void)fseek(file, 0, SEEK_SET);
    return (size_t)size;
}

static FILE *open_part(const char *prefix, const char *suffix, const char *mode)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s%s", prefix, suffix);
    return must(fopen(path, mode));
}

int main(int argc, char **argv)
{
    struct data d = { 0 };
    struct options o;
    FILE *bin, *labels, *out;
    struct tree *trees;
    float *scores, *held;
    double base;

    if (argc < 8)
        return 2;
    d.width = (size_t)strtol(argv[2], NULL, 10);
    o = (struct options){ (int)strtol(argv[3], NULL, 10), (int)strtol(argv[4], NULL, 10),
                          strtod(argv[5], NULL), strtod(argv[6], NULL) };
    if (o.leaves > LEAF_MAX)
        return 2;
    random_state ^= strtoull(argv[7], NULL, 10) * UINT64_C(0x9E3779B97F4A7C15);
    bin = open_part(argv[1], ".bin", "rb");
    labels = open_part(argv[1], ".labels", "rb");
    d.rows = file_size(labels) / sizeof(struct record);
    d.values = must(malloc(d.rows * d.width * sizeof(float)));
    d.records = must(malloc(d.rows * sizeof(struct record)));
    if (fread(d.values, sizeof(float), d.rows * d.width, bin) != d.rows * d.width ||
        fread(d.records, sizeof(struct record), d.rows, labels) != d.rows)
        return 1;
    make_bins(&d);
    trees = must(calloc((size_t)o.trees, sizeof(*trees)));
    scores = must(calloc(d.rows, sizeof(*scores)));
    held = must(calloc(d.rows, sizeof(*held)));
    for (int fold = 0; fold < FOLDS; fold++) {
        (void)learn(&d, fold, &o, trees, scores);
        for (size_t i = 0; i < d.rows; i++)
            if (d.records[i].fold == fold)
                held[i] = scores[i];
    }
    report(&d, held, trees, o.trees);
    for (size_t i = 0; i < d.rows; i++)
        held[i] = 1 / (1 + expf(-held[i]));
    out = open_part(argv[1], ".scores", "wb");
    if (fwrite(held, sizeof(*held), d.rows, out) != d.rows || fclose(out))
        return 1;
    if (argc > 8) {
        base = learn(&d, -1, &o, trees, scores);
        write_model(argv[8], base, trees, o.trees);
    }
    return 0;
}
