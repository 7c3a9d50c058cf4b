#include "index/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/scan.h"

static float dot(const float *a, const float *b, unsigned dimensions)
{
    float sums[8] = { 0 };
    float sum = 0;
    unsigned i = 0;

    /* Eight sums, so that the compiler may use wide registers without reordering additions. */
    for (; i + 8 <= dimensions; i += 8) {
        for (unsigned j = 0; j < 8; j++)
            sums[j] += a[i + j] * b[i + j];
    }
    for (; i < dimensions; i++)
        sum += a[i] * b[i];
    for (unsigned j = 0; j < 8; j++)
        sum += sums[j];
    return sum;
}

static float length(const float *a, unsigned dimensions)
{
    return sqrtf(dot(a, a, dimensions));
}

/* The worst of the best lies on top. */
static void sift_down(struct vector_match *heap, size_t count, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;
        struct vector_match swap;

        if (left < count && heap[left].cosine < heap[least].cosine)
            least = left;
        if (right < count && heap[right].cosine < heap[least].cosine)
            least = right;
        if (least == at)
            return;
        swap = heap[at];
        heap[at] = heap[least];
        heap[least] = swap;
        at = least;
    }
}

static int compare_matches(const void *a, const void *b)
{
    const struct vector_match *x = a;
    const struct vector_match *y = b;

    if (x->cosine != y->cosine)
        return x->cosine > y->cosine ? -1 : 1;
    return (x->input_id > y->input_id) - (x->input_id < y->input_id);
}

/* The best of all vectors of the model, live or not. */
static enum status scan_all(struct index *index, int64_t model_id, const float *query,
                            unsigned dimensions, size_t room, struct vector_match *heap,
                            size_t *out_count, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    float query_length = length(query, dimensions);
    float vector[EMBED_DIMENSIONS_MAX]; /* a row lies at any address */
    size_t count = 0;
    bool has_row = true;
    enum status status = sql_open(
        &index->sql, "SELECT vector_id, data FROM vector WHERE vector_id >= ? AND vector_id < ?",
        SQL_VALUES(sql_integer(vector_id(model_id, 0)), sql_integer(vector_id(model_id + 1, 0))),
        &statement, err);

    while (!status) {
        struct vector_match match;
        struct span bytes;

        status = sql_step(&index->sql, statement, &has_row, err);
        if (status || !has_row)
            break;
        bytes = sql_column_span(statement, 1);
        if (bytes.len != dimensions * sizeof(float))
            return error_set(err, STATUS_CORRUPT, "a stored vector has the wrong length");
        memcpy(vector, bytes.data, bytes.len);
        match.input_id = sqlite3_column_int64(statement, 0) - vector_id(model_id, 0);
        match.cosine = dot(query, vector, dimensions) / (query_length * length(vector, dimensions));
        if (count < room) {
            heap[count++] = match;
            for (size_t i = count / 2; count == room && i-- > 0;)
                sift_down(heap, count, i);
        } else if (match.cosine > heap[0].cosine) {
            heap[0] = match;
            sift_down(heap, count, 0);
        }
    }
    qsort(heap, count, sizeof(*heap), compare_matches);
    *out_count = count;
    return status;
}

static void free_matches(struct vector_match **matches)
{
    free(*matches);
}

static enum status nearest_of_all(struct index *index, const struct vector_query *query,
                                  size_t count, struct vector_match *out, size_t *out_count,
                                  struct error *err)
{
    /* What was superseded keeps its vector while it is kept: look for more than is asked. */
    for (size_t room = count * 2 + 64;; room *= 4) {
        CLEANUP(free_matches) struct vector_match *all = calloc(room, sizeof(*all));
        size_t found = 0, taken = 0;
        enum status status;

        if (!all)
            return error_set(err, STATUS_NO_MEMORY, "no memory for vectors");
        status = scan_all(index, query->model_id, query->vector, query->dimensions, room, all,
                          &found, err);
        for (size_t i = 0; i < found && taken < count && !status; i++) {
            bool is_accepted = false;

            status = query->accept(query->user, all[i].input_id, &is_accepted, err);
            if (!status && is_accepted)
                out[taken++] = all[i];
        }
        *out_count = taken;
        if (status || taken == count || found < room)
            return status;
    }
}

/* The scan file as this reader's snapshot counts it; *slots 0 when there is none to use. */
static enum status use_scan(struct index *index, int64_t model_id, unsigned dimensions,
                            uint64_t *slots, struct error *err)
{
    struct scan_name name = {
        .folder = index->folder, .uuid = index->uuid, .model_id = model_id, .dimensions = dimensions
    };
    int64_t count = 0;
    enum status status = sql_read_integer(&index->sql, "SELECT epoch FROM scan WHERE model_id = ?",
                                          SQL_VALUES(sql_integer(model_id)), 0, &name.epoch, err);

    if (!status)
        status = sql_read_integer(&index->sql, "SELECT slots FROM scan WHERE model_id = ?",
                                  SQL_VALUES(sql_integer(model_id)), 0, &count, err);
    *slots = 0;
    if (status || count == 0)
        return status;
    if (index->scan && (index->scan_model_id != model_id || index->scan_epoch != name.epoch ||
                        !scan_holds(index->scan, (uint64_t)count))) {
        scan_free(index->scan);
        index->scan = NULL;
    }
    /* Missing or damaged: the vectors themselves answer, slower, until the writer has built it. */
    if (!index->scan && scan_open(&name, false, (uint64_t)count, &index->scan, NULL))
        return STATUS_OK;
    index->scan_model_id = model_id;
    index->scan_epoch = name.epoch;
    *slots = (uint64_t)count;
    return STATUS_OK;
}

/* The exact cosine; *is_there is false when the vector was collected. */
static enum status exact(struct index *index, const struct vector_query *query, float query_length,
                         struct vector_match *match, bool *is_there, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    float vector[EMBED_DIMENSIONS_MAX];
    struct span bytes;
    enum status status =
        sql_open(&index->sql, "SELECT data FROM vector WHERE vector_id = ?",
                 SQL_VALUES(sql_integer(vector_id(query->model_id, match->input_id))), &row, err);

    if (!status)
        status = sql_step(&index->sql, row, is_there, err);
    if (status || !*is_there)
        return status;
    bytes = sql_column_span(row, 0);
    if (bytes.len != query->dimensions * sizeof(float))
        return error_set(err, STATUS_CORRUPT, "a stored vector has the wrong length");
    memcpy(vector, bytes.data, bytes.len);
    match->cosine = dot(query->vector, vector, query->dimensions) /
                    (query_length * length(vector, query->dimensions));
    return STATUS_OK;
}

/* Codes are a little off: some more than asked for are compared exactly. */
#define SPARE_LEAST  8
#define SPARE(count) ((count) + 32)

/* The best count so far, the worst of them on top once they are as many. */
struct nearest {
    struct vector_match *heap;
    size_t count, taken, compared;
    float error; /* the most that the score of a code was off */
};

static void nearest_take(struct nearest *nearest, struct vector_match match, float score)
{
    float error = fabsf(match.cosine - score);

    nearest->compared++;
    nearest->error = error > nearest->error ? error : nearest->error;
    if (nearest->taken < nearest->count) {
        nearest->heap[nearest->taken++] = match;
        for (size_t i = nearest->taken / 2; nearest->taken == nearest->count && i-- > 0;)
            sift_down(nearest->heap, nearest->taken, i);
    } else if (match.cosine > nearest->heap[0].cosine) {
        nearest->heap[0] = match;
        sift_down(nearest->heap, nearest->taken, 0);
    }
}

/* Whether no code of this score or a lower one can stand for one of the best: it would have to be
 * off twice as far as any that was compared. */
static bool nearest_is_complete(const struct nearest *nearest, float score)
{
    if (nearest->compared < nearest->count + SPARE_LEAST)
        return false;
    return nearest->compared >= SPARE(nearest->count) ||
           score + 2 * nearest->error < nearest->heap[0].cosine;
}

/* found: best first, by their codes. */
static enum status take_exact(struct index *index, const struct vector_query *query,
                              const struct scan_match *found, size_t found_count, size_t count,
                              struct vector_match *out, size_t *out_count, struct error *err)
{
    struct nearest nearest = { .heap = out, .count = count };
    float query_length = length(query->vector, query->dimensions);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < found_count && !status; i++) {
        struct vector_match match = { .input_id = found[i].input_id };
        bool is_accepted = false;

        if (nearest_is_complete(&nearest, found[i].score))
            break;
        status = query->accept(query->user, match.input_id, &is_accepted, err);
        if (!status && is_accepted)
            status = exact(index, query, query_length, &match, &is_accepted, err);
        if (!status && is_accepted)
            nearest_take(&nearest, match, found[i].score);
    }
    qsort(out, nearest.taken, sizeof(*out), compare_matches);
    *out_count = nearest.taken;
    return status;
}

static void free_scan_matches(struct scan_match **matches)
{
    free(*matches);
}

enum status vectors_nearest(struct index *index, const struct vector_query *query, size_t count,
                            struct vector_match *out, size_t *out_count, struct error *err)
{
    struct scan_query scan = { .vector = query->vector, .only = query->only };
    size_t room;
    enum status status = use_scan(index, query->model_id, query->dimensions, &scan.slots, err);

    if (status)
        return status;
    if (scan.slots == 0)
        return nearest_of_all(index, query, count, out, out_count, err);
    /* What is not accepted comes on top. */
    room = SPARE(count) + count / 2;
    room = (size_t)((double)room / (query->only ? 1 : query->share)) + 1;
    scan.depth = (uint64_t)((double)scan_depth(scan.slots) / query->share);
    for (;; room *= 8, scan.depth *= 8) {
        CLEANUP(free_scan_matches) struct scan_match *found = calloc(room, sizeof(*found));
        size_t found_count = 0;

        if (!found)
            return error_set(err, STATUS_NO_MEMORY, "no memory for vectors");
        status = scan_nearest(index->scan, &scan, found, room, &found_count, err);
        if (!status)
            status = take_exact(index, query, found, found_count, count, out, out_count, err);
        /* Filters and what is gone may have left too few: look deeper, at last at all. */
        if (status || *out_count == count || found_count < room || room >= scan.slots)
            return status;
    }
}

bool vector_is_sound(struct span bytes, unsigned dimensions)
{
    double sum = 0;

    if (bytes.len != dimensions * sizeof(float))
        return false;
    for (unsigned i = 0; i < dimensions; i++) {
        float value;

        memcpy(&value, bytes.data + i * sizeof(value), sizeof(value));
        sum += (double)value * (double)value;
    }
    return isfinite(sum) && sum > 0;
}
