#include "tests/unit/memory_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/memory_documents.h"

struct memory_source {
    char *path;
    uint64_t device, inode;
};

struct memory_vector {
    int64_t model_id;
    struct hash input;
    bool is_failed;
};

struct memory_store {
    struct store store;
    struct memory_list documents, before; /* before: of the open transaction */
    bool is_open, is_changed;
    struct memory_source *sources;
    size_t source_count;
    struct memory_vector *vectors;
    size_t vector_count, vectors_before;
    struct model_info *models;
    size_t model_count;
    int64_t next_document_id, generation;
    uint64_t moves;
    bool is_full; /* no revision can be committed */
    bool has_room_aside;
    bool is_busy;     /* another process writes: what vectors there are can't be said */
    bool is_mistaken; /* it says that all are there */
};

static void must_be(bool is_true, const char *what)
{
    if (!is_true) {
        (void)fprintf(stderr, "memory_store: %s\n", what);
        abort();
    }
}

static struct memory_store *of(struct store *store)
{
    return (struct memory_store *)store; /* store is its first member */
}

/* ---- documents ---- */

static struct memory_document *find(const struct memory_store *memory,
                                    const struct document_key *key)
{
    size_t place = place_of(&memory->documents, key);

    if (place < memory->documents.count &&
        compare_key(&memory->documents.items[place]->record.key, key) == 0)
        return memory->documents.items[place];
    return NULL;
}

/* The document to change: a fresh one, or a copy in the place of the one that is shared. */
static struct memory_document *writable(struct memory_store *memory, const struct document_key *key)
{
    struct memory_document *old = find(memory, key), *fresh;

    must_be(memory->is_open, "a change outside of a transaction");
    memory->is_changed = true;
    if (!old) {
        fresh = document_new(key, ++memory->next_document_id);
        insert(&memory->documents, fresh);
        return fresh;
    }
    fresh = document_copy(old, key);
    memory->documents.items[place_of(&memory->documents, key)] = fresh;
    document_release(old);
    return fresh;
}

/* ---- reading ---- */

static enum status store_lookup(struct store *store, const struct document_key *key,
                                struct document_record *out, bool *is_known, struct error *err)
{
    const struct memory_document *document = find(of(store), key);

    (void)err;
    *is_known = document != NULL;
    if (document)
        *out = document->record;
    return STATUS_OK;
}

static bool is_below(struct span path, struct span folder)
{
    return folder.len == 0 ||
           (path.len >= folder.len && memcmp(path.data, folder.data, folder.len) == 0 &&
            (path.len == folder.len || path.data[folder.len] == '/'));
}

static enum status store_each(struct store *store, int64_t source_id, struct span folder,
                              store_document_fn *fn, void *user, struct error *err)
{
    struct memory_store *memory = of(store);
    struct document_key from = { .source_id = source_id, .path = folder, .member = { "", 0 } };
    enum status status = STATUS_OK;

    for (size_t i = place_of(&memory->documents, &from); i < memory->documents.count && !status;
         i++) {
        const struct memory_document *document = memory->documents.items[i];

        if (document->record.key.source_id != source_id)
            break;
        if (is_below(document->record.key.path, folder))
            status = fn(user, &document->record, err);
        else if (folder.len > 0 &&
                 (document->record.key.path.len < folder.len ||
                  memcmp(document->record.key.path.data, folder.data, folder.len) != 0))
            break;
    }
    return status;
}

static enum status store_lookup_source(struct store *store, int64_t source_id,
                                       struct source_record *out, bool *is_known, struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    *is_known = source_id > 0 && (size_t)source_id <= memory->source_count;
    if (*is_known) {
        const struct memory_source *source = &memory->sources[source_id - 1];

        *out = (struct source_record){ .source_id = source_id,
                                       .path = { source->path, strlen(source->path) },
                                       .device = source->device,
                                       .inode = source->inode };
    }
    return STATUS_OK;
}

static const struct memory_vector *find_vector(const struct memory_store *memory, int64_t model_id,
                                               const struct hash *input)
{
    for (size_t i = 0; i < memory->vector_count; i++)
        if (memory->vectors[i].model_id == model_id && hash_equal(&memory->vectors[i].input, input))
            return &memory->vectors[i];
    return NULL;
}

static enum status store_has_vectors(struct store *store, int64_t model_id,
                                     const struct hash *inputs, size_t count, bool *out,
                                     struct error *err)
{
    if (of(store)->is_busy)
        return error_set(err, STATUS_BUSY, "another process writes");
    for (size_t i = 0; i < count; i++)
        out[i] = of(store)->is_mistaken || find_vector(of(store), model_id, &inputs[i]) != NULL;
    return STATUS_OK;
}

/* ---- transactions ---- */

static enum status store_begin(struct store *store, struct error *err)
{
    struct memory_store *memory = of(store);
    struct memory_list *now = &memory->documents;

    (void)err;
    must_be(!memory->is_open, "a transaction in a transaction");
    memory->is_open = true;
    memory->is_changed = false;
    memory->before = (struct memory_list){
        .items = must(malloc((now->count + 1) * sizeof(*now->items))),
        .count = now->count,
        .capacity = now->count + 1,
    };
    for (size_t i = 0; i < now->count; i++) {
        memory->before.items[i] = now->items[i];
        now->items[i]->references++;
    }
    memory->vectors_before = memory->vector_count;
    return STATUS_OK;
}

static enum status store_commit(struct store *store, int64_t *generation, struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    must_be(memory->is_open, "a commit without a transaction");
    list_release(&memory->before);
    memory->is_open = false;
    memory->generation += memory->is_changed;
    *generation = memory->generation;
    return STATUS_OK;
}

static void store_rollback(struct store *store)
{
    struct memory_store *memory = of(store);

    if (!memory->is_open)
        return;
    list_release(&memory->documents);
    memory->documents = memory->before;
    memory->before = (struct memory_list){ 0 };
    memory->vector_count = memory->vectors_before;
    memory->is_open = false;
}

/* ---- changes ---- */

static enum status store_put_source(struct store *store, struct span path, int64_t *source_id,
                                    struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    must_be(memory->is_open, "a change outside of a transaction");
    for (size_t i = 0; i < memory->source_count; i++)
        if (compare_span(path, (struct span){ memory->sources[i].path,
                                              strlen(memory->sources[i].path) }) == 0) {
            *source_id = (int64_t)i + 1;
            return STATUS_OK;
        }
    memory->sources =
        must(realloc(memory->sources, (memory->source_count + 1) * sizeof(*memory->sources)));
    memory->sources[memory->source_count++] = (struct memory_source){ .path = text_copy(path) };
    *source_id = (int64_t)memory->source_count;
    return STATUS_OK;
}

static enum status store_set_source_root(struct store *store, int64_t source_id, uint64_t device,
                                         uint64_t inode, struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    must_be(memory->is_open, "a change outside of a transaction");
    must_be(source_id > 0 && (size_t)source_id <= memory->source_count, "an unknown source");
    memory->sources[source_id - 1].device = device;
    memory->sources[source_id - 1].inode = inode;
    return STATUS_OK;
}

static enum status store_attempt(struct store *store, const struct document_key *key,
                                 const struct file_stamp *stamp, struct error *err)
{
    struct memory_document *document = writable(of(store), key);

    (void)err;
    (void)stamp;
    document->record.attempt_count++;
    return STATUS_OK;
}

static enum status store_excuse(struct store *store, const struct document_key *key,
                                struct error *err)
{
    struct memory_document *document = writable(of(store), key);

    (void)err;
    if (document->record.attempt_count > 1)
        document->record.attempt_count = 1;
    return STATUS_OK;
}

static void store_release_room(struct store *store)
{
    of(store)->has_room_aside = false;
}

static bool store_keep_room(struct store *store)
{
    of(store)->has_room_aside |= !of(store)->is_full;
    return of(store)->has_room_aside;
}

static enum status store_put_revision(struct store *store, const struct revision_record *revision,
                                      bool *waits, struct error *err)
{
    struct memory_store *memory = of(store);
    struct memory_document *document = writable(memory, &revision->key);
    const struct extraction *extraction = revision->extraction;

    *waits = false;
    if (memory->is_full) {
        (void)error_set(err, STATUS_IO, "the disk is full");
        if (err)
            err->sys_errno = ENOSPC;
        return STATUS_IO;
    }
    chunks_release(document);
    document->record.stamp = document->record.good_stamp = revision->stamp;
    document->record.content_hash = revision->content_hash;
    document->record.stage_fingerprint = revision->stage_fingerprint;
    document->record.outcome = extraction->outcome;
    document->record.has_text = true;
    document->record.is_held = false;
    document->record.attempt_count = 0;
    (void)snprintf(document->reason, sizeof(document->reason), "%s", extraction->reason);
    buf_append(&document->text, extraction->text.data, extraction->text.len);
    document->chunk_count = extraction->chunk_count;
    document->inputs = must(calloc(extraction->chunk_count + 1, sizeof(*document->inputs)));
    document->input_hashes =
        must(calloc(extraction->chunk_count + 1, sizeof(*document->input_hashes)));
    for (size_t i = 0; i < extraction->chunk_count; i++) {
        const float *vector = revision->vectors ? revision->vectors[i] : NULL;

        document->inputs[i] = (struct buf)BUF_INIT(MEMORY_INPUT_BYTES_MAX);
        extraction_chunk_input(extraction, &extraction->chunks[i], &document->inputs[i]);
        document->input_hashes[i] = revision->input_hashes[i];
        if (vector && revision->model_id &&
            !find_vector(memory, revision->model_id, &revision->input_hashes[i])) {
            bool is_failed = false;
            enum status status = store->ops->put_vectors(
                store, revision->model_id, &revision->input_hashes[i], &vector, &is_failed, 1, err);

            if (status)
                return status;
        }
        *waits |= !find_vector(memory, revision->model_id, &revision->input_hashes[i]);
    }
    return STATUS_OK;
}

static enum status store_put_failure(struct store *store, const struct document_key *key,
                                     const struct file_stamp *stamp,
                                     const struct hash *content_hash,
                                     const struct hash *stage_fingerprint, enum outcome outcome,
                                     const char *reason, struct error *err)
{
    struct memory_document *document = writable(of(store), key);

    (void)err;
    if (stamp)
        document->record.stamp = *stamp;
    document->record.content_hash = content_hash ? *content_hash : (struct hash){ 0 };
    if (stage_fingerprint)
        document->record.stage_fingerprint = *stage_fingerprint;
    document->record.outcome = outcome;
    document->record.attempt_count = 0;
    (void)snprintf(document->reason, sizeof(document->reason), "%s", reason ? reason : "");
    return STATUS_OK;
}

/* The documents of a file: itself and its members. */
static size_t file_range(const struct memory_store *memory, const struct document_key *key,
                         size_t *end)
{
    struct document_key file = *key;
    size_t first;

    file.member = (struct span){ "", 0 };
    first = place_of(&memory->documents, &file);
    for (*end = first; *end < memory->documents.count; ++*end) {
        const struct document_key *at = &memory->documents.items[*end]->record.key;

        if (at->source_id != key->source_id || compare_span(at->path, key->path) != 0)
            break;
    }
    return first;
}

static enum status store_touch(struct store *store, const struct document_key *key,
                               const struct file_stamp *stamp, struct span acl, struct error *err)
{
    struct memory_store *memory = of(store);
    size_t end, first = file_range(memory, key, &end);

    (void)acl;
    (void)err;
    for (size_t i = first; i < end; i++) {
        struct document_key own = memory->documents.items[i]->record.key;
        struct memory_document *document;

        if (key->member.len > 0 && compare_span(own.member, key->member) != 0)
            continue;
        document = writable(memory, &own);
        document->record.stamp = *stamp;
        if (document->record.has_text)
            document->record.good_stamp = *stamp;
        document->record.is_held = false;
        document->record.attempt_count = 0;
    }
    return STATUS_OK;
}

static enum status store_move(struct store *store, const struct document_key *from,
                              const struct document_key *to, const struct file_stamp *stamp,
                              struct error *err)
{
    struct memory_store *memory = of(store);
    size_t end, first = file_range(memory, from, &end);

    (void)err;
    must_be(memory->is_open, "a change outside of a transaction");
    must_be(find(memory, to) == NULL, "a move onto a known document");
    memory->moves++;
    for (size_t left = end - first; left > 0; left--) {
        struct memory_document *old = memory->documents.items[first], *moved;
        struct document_key key = *to;

        key.member = old->record.key.member;
        moved = document_copy(old, &key);
        moved->record.stamp = *stamp;
        remove_at(&memory->documents, first);
        insert(&memory->documents, moved);
        /* those that moved may now stand before the rest */
        first = file_range(memory, from, &end);
    }
    memory->is_changed = true;
    return STATUS_OK;
}

static enum status store_remove(struct store *store, const struct document_key *key,
                                struct error *err)
{
    struct memory_store *memory = of(store);
    size_t end, first = file_range(memory, key, &end);

    (void)err;
    must_be(memory->is_open, "a change outside of a transaction");
    for (size_t i = end; i-- > first;)
        if (key->member.len == 0 ||
            compare_span(memory->documents.items[i]->record.key.member, key->member) == 0) {
            remove_at(&memory->documents, i);
            memory->is_changed = true;
        }
    return STATUS_OK;
}

static enum status store_hold(struct store *store, const struct document_key *key,
                              struct error *err)
{
    (void)err;
    if (find(of(store), key))
        writable(of(store), key)->record.is_held = true;
    return STATUS_OK;
}

/* ---- models and vectors ---- */

static enum status store_put_model(struct store *store, const struct model_info *model,
                                   enum model_role role, struct span plugin, int64_t *model_id,
                                   struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    (void)role; /* every model gets vectors here */
    (void)plugin;
    for (size_t i = 0; i < memory->model_count; i++)
        if (hash_equal(&memory->models[i].fingerprint, &model->fingerprint)) {
            *model_id = (int64_t)i + 1;
            return STATUS_OK;
        }
    memory->models =
        must(realloc(memory->models, (memory->model_count + 1) * sizeof(*memory->models)));
    memory->models[memory->model_count++] = *model;
    *model_id = (int64_t)memory->model_count;
    return STATUS_OK;
}

static enum status store_drop_next_model(struct store *store, struct error *err)
{
    (void)store;
    (void)err;
    return STATUS_OK;
}

static enum status store_each_waiting(struct store *store, int64_t model_id, size_t limit,
                                      store_waiting_fn *fn, void *user, struct error *err)
{
    struct memory_store *memory = of(store);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < memory->documents.count && !status; i++) {
        const struct memory_document *document = memory->documents.items[i];

        for (size_t k = 0; k < document->chunk_count && limit > 0 && !status; k++) {
            if (find_vector(memory, model_id, &document->input_hashes[k]))
                continue;
            status = fn(user, &document->input_hashes[k], buf_span(&document->inputs[k]), err);
            limit--;
        }
    }
    return status;
}

static enum status store_put_vectors(struct store *store, int64_t model_id,
                                     const struct hash *inputs, const float *const *vectors,
                                     const bool *is_failed, size_t count, struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    must_be(memory->is_open, "a change outside of a transaction");
    for (size_t i = 0; i < count; i++) {
        must_be(is_failed[i] || vectors[i], "a vector that is not there");
        if (find_vector(memory, model_id, &inputs[i]))
            continue;
        memory->vectors =
            must(realloc(memory->vectors, (memory->vector_count + 1) * sizeof(*memory->vectors)));
        memory->vectors[memory->vector_count++] = (struct memory_vector){
            .model_id = model_id, .input = inputs[i], .is_failed = is_failed[i]
        };
        memory->is_changed = true;
    }
    return STATUS_OK;
}

static enum status store_counts_read(struct store *store, struct store_counts *out,
                                     struct error *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    *out = (struct store_counts){ .documents = memory->documents.count };
    for (size_t i = 0; i < memory->documents.count; i++) {
        const struct memory_document *document = memory->documents.items[i];

        out->live_documents += document->record.has_text;
        out->segments += document->chunk_count;
        for (size_t k = 0; k < document->chunk_count; k++)
            out->waiting_segments +=
                !find_vector(memory, (int64_t)memory->model_count, &document->input_hashes[k]);
    }
    return STATUS_OK;
}

static void store_free(struct store *store)
{
    struct memory_store *memory = of(store);

    list_release(&memory->documents);
    list_release(&memory->before);
    for (size_t i = 0; i < memory->source_count; i++)
        free(memory->sources[i].path);
    free(memory->sources);
    free(memory->vectors);
    free(memory->models);
    free(memory);
}

static const struct store_ops memory_store_ops = {
    .lookup = store_lookup,
    .each = store_each,
    .lookup_source = store_lookup_source,
    .has_vectors = store_has_vectors,
    .begin = store_begin,
    .commit = store_commit,
    .rollback = store_rollback,
    .put_source = store_put_source,
    .set_source_root = store_set_source_root,
    .attempt = store_attempt,
    .excuse = store_excuse,
    .put_revision = store_put_revision,
    .put_failure = store_put_failure,
    .touch = store_touch,
    .move = store_move,
    .remove = store_remove,
    .hold = store_hold,
    .put_model = store_put_model,
    .drop_next_model = store_drop_next_model,
    .each_waiting = store_each_waiting,
    .put_vectors = store_put_vectors,
    .counts = store_counts_read,
    .release_room = store_release_room,
    .keep_room = store_keep_room,
    .free = store_free,
};

struct store *memory_store_new(void)
{
    struct memory_store *memory = must(calloc(1, sizeof(*memory)));

    memory->store.ops = &memory_store_ops;
    return &memory->store;
}

void memory_store_fill(struct store *store, bool is_full)
{
    of(store)->is_full = is_full;
}

void memory_store_keep_busy(struct store *store)
{
    of(store)->is_busy = true;
}

void memory_store_mistake(struct store *store)
{
    of(store)->is_mistaken = true;
}

/* ---- for assertions ---- */

static const struct memory_document *document_at(struct store *store, int64_t source_id,
                                                 const char *path, const char *member)
{
    struct document_key key = { .source_id = source_id,
                                .path = { path, strlen(path) },
                                .member = { member, strlen(member) } };

    return find(of(store), &key);
}

const struct document_record *memory_store_document(struct store *store, int64_t source_id,
                                                    const char *path, const char *member)
{
    const struct memory_document *document = document_at(store, source_id, path, member);

    return document ? &document->record : NULL;
}

const char *memory_store_reason(struct store *store, int64_t source_id, const char *path,
                                const char *member)
{
    const struct memory_document *document = document_at(store, source_id, path, member);

    return document ? document->reason : NULL;
}

struct span memory_store_text(struct store *store, int64_t source_id, const char *path,
                              const char *member)
{
    const struct memory_document *document = document_at(store, source_id, path, member);

    if (!document || !document->record.has_text)
        return (struct span){ NULL, 0 };
    return buf_span(&document->text);
}

size_t memory_store_count(struct store *store, int64_t source_id)
{
    size_t count = 0;

    for (size_t i = 0; i < of(store)->documents.count; i++) {
        const struct document_key *key = &of(store)->documents.items[i]->record.key;

        count += key->source_id == source_id && key->member.len == 0;
    }
    return count;
}

int64_t memory_store_generation(const struct store *store)
{
    return ((const struct memory_store *)store)->generation;
}

uint64_t memory_store_moves(const struct store *store)
{
    return ((const struct memory_store *)store)->moves;
}
