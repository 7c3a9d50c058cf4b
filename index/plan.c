#include "index/plan.h"

#include <stdlib.h>
#include <string.h>

#include "index/documents.h"
#include "index/writer.h"

#define SCRATCH_BYTES_MAX ((size_t)256 << 20)

/* A set of numbers that are random enough to be their own hash; zero is not in it. */
struct number_set {
    uint64_t *slots;
    size_t count, capacity; /* capacity: a power of two */
};

struct plan_store {
    struct index_store base; /* for lookups; nothing is written through it */
    struct plan_counts counts;
    struct number_set seen;    /* inputs that would be embedded */
    struct number_set touched; /* documents that would be another revision, or gone */
    struct number_set arrived; /* files that a move would bring; they are looked at again */
    int64_t new_source_id;     /* for sources that the index does not know */
};

static struct plan_store *plan_of(struct store *store)
{
    return (struct plan_store *)store;
}

static bool set_grow(struct number_set *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 1024;
    uint64_t *slots = calloc(capacity, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++) {
        size_t at = set->slots[i] & (capacity - 1);

        while (set->slots[i] && slots[at])
            at = (at + 1) & (capacity - 1);
        if (set->slots[i])
            slots[at] = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

/* *is_new: it was not in the set. */
static enum status set_add(struct number_set *set, uint64_t number, bool *is_new, struct error *err)
{
    size_t at;

    number += number == 0;
    if (set->count * 4 >= set->capacity * 3 && !set_grow(set))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a plan");
    for (at = number & (set->capacity - 1); set->slots[at]; at = (at + 1) & (set->capacity - 1)) {
        if (set->slots[at] == number) {
            *is_new = false;
            return STATUS_OK;
        }
    }
    set->slots[at] = number;
    set->count++;
    *is_new = true;
    return STATUS_OK;
}

static bool set_has(const struct number_set *set, uint64_t number)
{
    number += number == 0;
    for (size_t at = set->capacity ? number & (set->capacity - 1) : 0;
         set->capacity && set->slots[at]; at = (at + 1) & (set->capacity - 1))
        if (set->slots[at] == number)
            return true;
    return false;
}

static uint64_t number_of(const struct index_key *key)
{
    uint64_t number;

    memcpy(&number, key->bytes, sizeof(number));
    return number;
}

/* Document ids are spread, or the set would be one long run. */
static uint64_t spread(int64_t document_id)
{
    return (uint64_t)document_id * UINT64_C(0x9E3779B97F4A7C15);
}

/* A file's key, whatever its member. */
static uint64_t number_of_file(const struct document_key *key)
{
    return hash_table_key(key->path) ^ spread(key->source_id);
}

/* ---- what the pipeline asks for ---- */

static enum status plan_begin(struct store *store, struct error *err)
{
    (void)store;
    (void)err;
    return STATUS_OK;
}

static enum status plan_commit(struct store *store, int64_t *generation, struct error *err)
{
    (void)store;
    (void)err;
    *generation = 0;
    return STATUS_OK;
}

static void plan_rollback(struct store *store)
{
    (void)store;
}

static enum status plan_put_source(struct store *store, struct span path, int64_t *source_id,
                                   struct error *err)
{
    struct plan_store *plan = plan_of(store);
    enum status status =
        sql_read_integer(&plan->base.index->sql, "SELECT source_id FROM source WHERE path = ?",
                         SQL_VALUES(sql_blob(path)), 0, source_id, err);

    if (!status && *source_id == 0)
        *source_id = ++plan->new_source_id;
    return status;
}

static enum status plan_lookup_source(struct store *store, int64_t source_id,
                                      struct source_record *out, bool *is_known, struct error *err)
{
    enum status status = store_lookup_source(store, source_id, out, is_known, err);

    if (status || *is_known)
        return status;
    *is_known = source_id <= plan_of(store)->new_source_id;
    *out = (struct source_record){ .source_id = source_id };
    return STATUS_OK;
}

static enum status plan_set_source_root(struct store *store, int64_t source_id, uint64_t device,
                                        uint64_t inode, struct error *err)
{
    (void)store;
    (void)source_id;
    (void)device;
    (void)inode;
    (void)err;
    return STATUS_OK;
}

static enum status plan_attempt(struct store *store, const struct document_key *key,
                                const struct file_stamp *stamp, struct error *err)
{
    (void)store;
    (void)key;
    (void)stamp;
    (void)err;
    return STATUS_OK;
}

static enum status touch_document(struct plan_store *plan, const struct document_key *key,
                                  bool *is_known, struct error *err)
{
    struct document_record record;
    bool is_new = false;
    enum status status = store_lookup(&plan->base.base, key, &record, is_known, err);

    if (!status && *is_known)
        status = set_add(&plan->touched, spread(record.document_id), &is_new, err);
    return status;
}

static enum status plan_put_revision(struct store *store, const struct revision_record *revision,
                                     bool *waits, struct error *err)
{
    struct plan_store *plan = plan_of(store);
    const struct extraction *extraction = revision->extraction;
    bool is_known = false;
    enum status status;

    *waits = false; /* nothing is ever embedded for a plan */
    if (set_has(&plan->arrived, number_of_file(&revision->key)))
        return STATUS_OK;
    status = touch_document(plan, &revision->key, &is_known, err);
    *(is_known ? &plan->counts.changed_documents : &plan->counts.new_documents) += 1;
    plan->counts.chunks += extraction->chunk_count;
    for (size_t i = 0; i < extraction->chunk_count && !status; i++) {
        bool is_new = false, is_there = false;
        struct index_key key;

        index_key(plan->base.index, &revision->input_hashes[i], &key);
        status = set_add(&plan->seen, number_of(&key), &is_new, err);
        if (!status && is_new)
            status = store_has_vectors(store, plan->base.current.model_id,
                                       &revision->input_hashes[i], 1, &is_there, err);
        if (status || !is_new || is_there)
            continue;
        plan->counts.embedded_chunks++;
        plan->counts.embedded_tokens += extraction->chunks[i].token_count;
    }
    return status;
}

static enum status plan_excuse(struct store *store, const struct document_key *key,
                               struct error *err)
{
    (void)store;
    (void)key;
    (void)err;
    return STATUS_OK;
}

static enum status plan_put_failure(struct store *store, const struct document_key *key,
                                    const struct file_stamp *stamp, const struct hash *content_hash,
                                    const struct hash *stage_fingerprint, enum outcome outcome,
                                    const char *reason, struct error *err)
{
    (void)key;
    (void)stamp;
    (void)content_hash;
    (void)stage_fingerprint;
    (void)outcome;
    (void)reason;
    (void)err;
    plan_of(store)->counts.failed_documents++;
    return STATUS_OK;
}

static enum status plan_touch(struct store *store, const struct document_key *key,
                              const struct file_stamp *stamp, struct span acl, struct error *err)
{
    (void)acl;
    (void)store;
    (void)key;
    (void)stamp;
    (void)err;
    return STATUS_OK;
}

static enum status plan_move(struct store *store, const struct document_key *from,
                             const struct document_key *to, const struct file_stamp *stamp,
                             struct error *err)
{
    bool is_new = false;

    (void)from;
    (void)stamp;
    plan_of(store)->counts.moved_documents++;
    return set_add(&plan_of(store)->arrived, number_of_file(to), &is_new, err);
}

static enum status plan_remove(struct store *store, const struct document_key *key,
                               struct error *err)
{
    bool is_known = false;
    enum status status = touch_document(plan_of(store), key, &is_known, err);

    plan_of(store)->counts.gone_documents += is_known;
    return status;
}

static enum status plan_hold(struct store *store, const struct document_key *key, struct error *err)
{
    (void)key;
    (void)err;
    plan_of(store)->counts.held_documents++;
    return STATUS_OK;
}

static enum status plan_put_model(struct store *store, const struct model_info *model,
                                  enum model_role role, struct span plugin, int64_t *model_id,
                                  struct error *err)
{
    (void)store;
    (void)model;
    (void)role;
    (void)plugin;
    *model_id = 0;
    return error_set(err, STATUS_UNSUPPORTED, "a plan embeds nothing");
}

static enum status plan_drop_next_model(struct store *store, struct error *err)
{
    (void)store;
    (void)err;
    return STATUS_OK;
}

static enum status plan_each_waiting(struct store *store, int64_t model_id, size_t limit,
                                     store_waiting_fn *fn, void *user, struct error *err)
{
    (void)store;
    (void)model_id;
    (void)limit;
    (void)fn;
    (void)user;
    (void)err;
    return STATUS_OK;
}

static enum status plan_put_vectors(struct store *store, int64_t model_id,
                                    const struct hash *inputs, const float *const *vectors,
                                    const bool *is_failed, size_t count, struct error *err)
{
    (void)store;
    (void)model_id;
    (void)inputs;
    (void)vectors;
    (void)is_failed;
    (void)count;
    (void)err;
    return STATUS_OK;
}

static enum status plan_store_counts(struct store *store, struct store_counts *out,
                                     struct error *err)
{
    (void)store;
    (void)err;
    *out = (struct store_counts){ 0 };
    return STATUS_OK;
}

static void plan_release_room(struct store *store)
{
    (void)store;
}

static bool plan_keep_room(struct store *store)
{
    (void)store;
    return true; /* it writes nothing */
}

static void plan_free(struct store *store)
{
    struct plan_store *plan = plan_of(store);

    if (!plan)
        return;
    buf_release(&plan->base.path);
    buf_release(&plan->base.member);
    free(plan->seen.slots);
    free(plan->touched.slots);
    free(plan->arrived.slots);
    free(plan);
}

static const struct store_ops plan_ops = {
    .lookup = store_lookup,
    .each = store_each,
    .lookup_source = plan_lookup_source,
    .has_vectors = store_has_vectors,
    .begin = plan_begin,
    .commit = plan_commit,
    .rollback = plan_rollback,
    .put_source = plan_put_source,
    .set_source_root = plan_set_source_root,
    .attempt = plan_attempt,
    .excuse = plan_excuse,
    .put_revision = plan_put_revision,
    .put_failure = plan_put_failure,
    .touch = plan_touch,
    .move = plan_move,
    .remove = plan_remove,
    .hold = plan_hold,
    .put_model = plan_put_model,
    .drop_next_model = plan_drop_next_model,
    .each_waiting = plan_each_waiting,
    .put_vectors = plan_put_vectors,
    .counts = plan_store_counts,
    .release_room = plan_release_room,
    .keep_room = plan_keep_room,
    .free = plan_free,
};

enum status plan_store_new(struct index *index, struct span plugin, struct store **out,
                           struct error *err)
{
    struct plan_store *plan = calloc(1, sizeof(*plan));
    enum status status;

    if (!plan)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a plan");
    plan->base.base.ops = &plan_ops;
    plan->base.index = index;
    plan->base.path = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    plan->base.member = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
    status = sql_read_integer(
        &index->sql, "SELECT model_id FROM model WHERE plugin = ? ORDER BY model_id DESC LIMIT 1",
        SQL_VALUES(sql_text(plugin)), 0, &plan->base.current.model_id, err);
    if (!status)
        status = sql_read_integer(&index->sql, "SELECT coalesce(max(source_id), 0) FROM source",
                                  NULL, 0, &plan->new_source_id, err);
    if (status) {
        plan_free(&plan->base.base);
        return status;
    }
    *out = &plan->base.base;
    return STATUS_OK;
}

/* ---- what stays as it is ---- */

static enum status count_waiting(struct plan_store *plan, int64_t revision_id, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT((size_t)1 << 30);
    struct sql *sql = &plan->base.index->sql;
    struct layout layout;
    struct span title;
    enum status status = revision_load(plan->base.index, revision_id, &arena, &layout, &title, err);

    for (size_t i = 0; !status && i < layout.segment_count; i++) {
        const struct layout_segment *segment = &layout.segments[i];
        int64_t is_there = 0;
        bool is_new = false;

        status = set_add(&plan->seen, number_of(&segment->key), &is_new, err);
        if (!status && is_new)
            status = sql_read_integer(
                sql, "SELECT 1 FROM vector WHERE vector_id = ?",
                SQL_VALUES(sql_integer(vector_id(plan->base.current.model_id, segment->input_id))),
                0, &is_there, err);
        if (status || !is_new || is_there)
            continue;
        plan->counts.waiting_chunks++;
        plan->counts.waiting_tokens += segment->token_count;
    }
    return status;
}

enum status plan_read(struct store *store, struct plan_counts *out, struct error *err)
{
    struct plan_store *plan = plan_of(store);
    struct sql *sql = &plan->base.index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql,
                                  "SELECT document_id, revision_id FROM document"
                                  " WHERE died IS NULL AND revision_id IS NOT NULL",
                                  NULL, &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (!set_has(&plan->touched, spread(sqlite3_column_int64(row, 0))))
            status = count_waiting(plan, sqlite3_column_int64(row, 1), err);
    }
    *out = plan->counts;
    return status;
}
