#include "index/writer.h"

#include <stdlib.h>
#include <string.h>

#include "index/texts.h"
#include "index/vectors.h"

static enum status has_hash(struct index *index, int64_t input_id, const struct hash *hash,
                            struct buf *scratch, bool *out, struct error *err)
{
    struct hash found;
    enum status status = texts_load(index, input_id, scratch, err);

    if (status)
        return status;
    hash_of(buf_span(scratch), &found);
    *out = hash_equal(&found, hash);
    return STATUS_OK;
}

static bool is_text(const struct buf *found, struct span text)
{
    return found->len == text.len &&
           (text.len == 0 || memcmp(found->data, text.data, text.len) == 0);
}

/* The input with that hash, and with that text when it is given (text.data is not NULL). Keys are
 * four bytes, so that among millions of inputs some have the same: the text decides. */
static enum status find(struct index_store *store, const struct index_key *key,
                        const struct hash *hash, struct span text, int64_t *input_id,
                        struct error *err)
{
    struct sql *sql = &store->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    enum status status = sql_open(sql, "SELECT input_id FROM input WHERE key = ?",
                                  SQL_VALUES(sql_integer(input_key(key))), &row, err);

    *input_id = 0;
    while (!status && *input_id == 0) {
        int64_t candidate;
        bool has_row = false, is_it = false;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        candidate = sqlite3_column_int64(row, 0);
        if (!text.data)
            status = has_hash(store->index, candidate, hash, &store->input, &is_it, err);
        else {
            status = texts_load(store->index, candidate, &store->input, err);
            is_it = !status && is_text(&store->input, text);
        }
        /* One that is damaged is none: what is read again gets another. */
        if (status == STATUS_CORRUPT)
            status = STATUS_OK;
        if (is_it)
            *input_id = candidate;
    }
    return status;
}

enum status input_find(struct index_store *store, const struct hash *hash, int64_t *input_id,
                       struct error *err)
{
    struct index_key key;

    index_key(store->index, hash, &key);
    return find(store, &key, hash, (struct span){ NULL, 0 }, input_id, err);
}

enum status input_put(struct index_store *store, const struct index_key *key, struct span input,
                      int64_t segment_id, int64_t *input_id, struct error *err)
{
    enum status status = find(store, key, NULL, input, input_id, err);

    if (status || *input_id)
        return status;
    status = texts_put(store->index, segment_id, input, err);
    if (!status)
        status = sql_run(&store->index->sql, "INSERT INTO input VALUES(?, ?)",
                         SQL_VALUES(sql_integer(input_key(key)), sql_integer(segment_id)), err);
    *input_id = segment_id;
    return status;
}

static enum status vector_put(struct index_store *store, struct model_slot *slot, int64_t input_id,
                              const float *vector, struct error *err)
{
    struct span bytes = { (const char *)vector, slot->dimensions * sizeof(*vector) };
    enum status status;

    /* What the embedder's host has checked already; stored wrong, it is wrong for ever. */
    if (!vector_is_sound(bytes, slot->dimensions))
        return error_set(err, STATUS_CORRUPT, "a vector is zero or not finite");
    status =
        sql_run(&store->index->sql, "INSERT INTO vector VALUES(?, ?)",
                SQL_VALUES(sql_integer(vector_id(slot->model_id, input_id)), sql_blob(bytes)), err);
    return status ? status : scan_writer_add(slot, input_id, vector, err);
}

static enum status has_vector(struct index_store *store, int64_t model_id, int64_t input_id,
                              bool *out, struct error *err)
{
    int64_t found = 0;
    enum status status =
        sql_read_integer(&store->index->sql, "SELECT 1 FROM vector WHERE vector_id = ?",
                         SQL_VALUES(sql_integer(vector_id(model_id, input_id))), 0, &found, err);

    *out = found != 0;
    return status;
}

enum status input_need_vector(struct index_store *store, struct model_slot *slot, int64_t input_id,
                              bool is_new_input, const float *vector, uint32_t token_count,
                              enum vector_state *out, struct error *err)
{
    bool is_there = false;
    enum status status = STATUS_OK;

    *out = VECTOR_THERE;
    if (slot->model_id && !is_new_input)
        status = has_vector(store, slot->model_id, input_id, &is_there, err);
    if (status || is_there)
        return status;
    *out = VECTOR_WAITS;
    if (!slot->model_id || !vector)
        return sql_run(&store->index->sql, "INSERT OR IGNORE INTO waiting VALUES(?, ?, 0, ?)",
                       SQL_VALUES(sql_integer(slot->model_id), sql_integer(input_id),
                                  sql_integer(token_count)),
                       err);
    *out = VECTOR_STORED;
    slot->cost.embedded_texts++;
    slot->cost.embedded_tokens += token_count;
    status = vector_put(store, slot, input_id, vector, err);
    if (!status && !is_new_input)
        status =
            sql_run(&store->index->sql, "DELETE FROM waiting WHERE model_id = ? AND input_id = ?",
                    SQL_VALUES(sql_integer(slot->model_id), sql_integer(input_id)), err);
    return status;
}

/* The vector of an input that waited has come. *is_new: nothing else brought it before. */
static enum status take_vector(struct index_store *store, struct model_slot *slot, int64_t input_id,
                               const float *vector, bool *is_new, struct error *err)
{
    enum vector_state state = VECTOR_THERE;
    int64_t token_count = 0;
    enum status status = sql_read_integer(
        &store->index->sql, "SELECT token_count FROM waiting WHERE model_id = ? AND input_id = ?",
        SQL_VALUES(sql_integer(slot->model_id), sql_integer(input_id)), 0, &token_count, err);

    if (!status)
        status = input_need_vector(store, slot, input_id, false, vector, (uint32_t)token_count,
                                   &state, err);
    *is_new = state == VECTOR_STORED;
    return status;
}

enum status input_release(struct index_store *store, int64_t input_id, struct error *err)
{
    return sql_run(&store->index->sql,
                   "DELETE FROM waiting WHERE model_id IN (?2, ?3) AND input_id = ?1"
                   " AND NOT EXISTS (SELECT 1 FROM segment WHERE " SEGMENT_HAS_INPUT
                   " AND died IS NULL)",
                   SQL_VALUES(sql_integer(input_id), sql_integer(store->current.model_id),
                              sql_integer(store->next.model_id)),
                   err);
}

/* By key alone: a wrong yes (one in 400 among ten million inputs) leaves the revision's text
 * without a vector, and then it waits for one. */
enum status store_has_vectors(struct store *base, int64_t model_id, const struct hash *inputs,
                              size_t count, bool *out, struct error *err)
{
    struct index_store *store = store_of(base);

    for (size_t i = 0; i < count; i++) {
        int64_t found = 0;
        struct index_key key;
        enum status status;

        index_key(store->index, &inputs[i], &key);
        status = sql_read_integer(
            &store->index->sql,
            "SELECT 1 FROM input JOIN vector ON vector_id = ?2 + input_id"
            " WHERE key = ?1 LIMIT 1",
            SQL_VALUES(sql_integer(input_key(&key)), sql_integer(vector_id(model_id, 0))), 0,
            &found, err);
        if (status)
            return status;
        out[i] = found != 0;
    }
    return STATUS_OK;
}

enum status store_each_waiting(struct store *base, int64_t model_id, size_t limit,
                               store_waiting_fn *fn, void *user, struct error *err)
{
    struct index_store *store = store_of(base);
    struct sql *sql = &store->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status;

    if (!store_slot(store, model_id))
        return STATUS_OK;
    status = sql_open(sql,
                      "SELECT input_id FROM waiting WHERE model_id = ? AND is_failed = 0"
                      " ORDER BY input_id LIMIT ?",
                      SQL_VALUES(sql_integer(model_id), sql_integer((int64_t)limit)), &row, err);
    while (!status) {
        struct hash hash;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = texts_load(store->index, sqlite3_column_int64(row, 0), &store->input, err);
        if (status)
            break;
        hash_of(buf_span(&store->input), &hash);
        status = fn(user, &hash, buf_span(&store->input), err);
    }
    return status;
}

/* A live segment that has a vector now, by document. */
struct arrival {
    int64_t document_id, segment_id;
};

static int compare_arrivals(const void *a, const void *b)
{
    const struct arrival *x = a;
    const struct arrival *y = b;

    if (x->document_id != y->document_id)
        return x->document_id < y->document_id ? -1 : 1;
    return (x->segment_id > y->segment_id) - (x->segment_id < y->segment_id);
}

static enum status collect_arrivals(struct index_store *store, int64_t input_id,
                                    struct buf *arrivals, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = true;
    enum status status = sql_open(&store->index->sql,
                                  "SELECT document_id, segment_id FROM segment"
                                  " WHERE " SEGMENT_HAS_INPUT " AND died IS NULL",
                                  SQL_VALUES(sql_integer(input_id)), &statement, err);

    while (!status) {
        struct arrival arrival;

        status = sql_step(&store->index->sql, statement, &has_row, err);
        if (status || !has_row)
            break;
        arrival.document_id = sqlite3_column_int64(statement, 0);
        arrival.segment_id = sqlite3_column_int64(statement, 1);
        buf_append(arrivals, &arrival, sizeof(arrival));
    }
    return status;
}

/* The documents of an input that will never have a vector of the model that is searched say so. */
static enum status mark_failed(struct index_store *store, const struct model_slot *slot,
                               int64_t input_id, struct error *err)
{
    enum status status =
        sql_run(&store->index->sql, "INSERT OR REPLACE INTO waiting VALUES(?, ?, 1, 0)",
                SQL_VALUES(sql_integer(slot->model_id), sql_integer(input_id)), err);

    if (!status && slot == &store->current)
        status = sql_run(&store->index->sql,
                         "UPDATE document SET outcome = ?2, reason ="
                         " 'the embedding plugin failed on a part of it'"
                         " WHERE outcome IN (?3, ?4) AND died IS NULL AND document_id IN"
                         " (SELECT document_id FROM segment WHERE " SEGMENT_HAS_INPUT
                         " AND died IS NULL)",
                         SQL_VALUES(sql_integer(input_id), sql_integer(OUTCOME_EMBED_FAILED),
                                    sql_integer(OUTCOME_COMPLETE), sql_integer(OUTCOME_PARTIAL)),
                         err);
    store->is_changed = true;
    return status;
}

static enum status tell_arrivals(struct index_store *store, struct buf *arrivals, struct error *err)
{
    struct arrival *all = (struct arrival *)(void *)arrivals->data;
    size_t count = arrivals->len / sizeof(*all);
    enum status status = buf_status(arrivals, err);

    if (count > 1)
        qsort(all, count, sizeof(*all), compare_arrivals);
    for (size_t i = 0; i < count && !status;) {
        CLEANUP(buf_release) struct buf ids = BUF_INIT(arrivals->limit);
        int64_t document_id = all[i].document_id;

        for (; i < count && all[i].document_id == document_id; i++)
            buf_append(&ids, &all[i].segment_id, sizeof(int64_t));
        status = change_put_vectors(store, document_id, &ids, err);
    }
    return status;
}

enum status store_put_vectors(struct store *base, int64_t model_id, const struct hash *inputs,
                              const float *const *vectors, const bool *is_failed, size_t count,
                              struct error *err)
{
    struct index_store *store = store_of(base);
    struct model_slot *slot = store_slot(store, model_id);
    CLEANUP(buf_release) struct buf arrivals = BUF_INIT((size_t)256 << 20);
    enum status status = STATUS_OK;

    /* They were asked for while another model was current. */
    if (!slot)
        return STATUS_OK;
    for (size_t i = 0; i < count && !status; i++) {
        int64_t input_id = 0;
        bool is_failure = is_failed && is_failed[i];
        bool is_new = false;

        status = input_find(store, &inputs[i], &input_id, err);
        /* Its last segment may have gone, and been collected, since it was asked for. */
        if (status || input_id == 0 || (!is_failure && !vectors[i]))
            continue;
        if (is_failure)
            status = mark_failed(store, slot, input_id, err);
        else
            status = take_vector(store, slot, input_id, vectors[i], &is_new, err);
        /* Nobody is told of vectors that are not searched. */
        if (!status && is_new && slot == &store->current)
            status = collect_arrivals(store, input_id, &arrivals, err);
        if (!status && is_failure)
            status = input_release(store, input_id, err);
    }
    return status ? status : tell_arrivals(store, &arrivals, err);
}
