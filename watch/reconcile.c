#include "watch/reconcile.h"

#include "base/cleanup.h"

#define RECONCILE_MEMORY_MAX ((size_t)1 << 30)

struct walk {
    struct reconcile *reconcile;
    struct scan *scan;
    struct span folder;
    struct span from, to; /* of a renamed folder */
};

void reconcile_init(struct reconcile *reconcile)
{
    *reconcile = (struct reconcile){ .memory = ARENA_INIT(RECONCILE_MEMORY_MAX) };
}

void reconcile_release(struct reconcile *reconcile)
{
    arena_release(&reconcile->memory);
}

static enum status out_of_memory(struct error *err)
{
    return error_set(err, STATUS_NO_MEMORY, "no memory to compare a folder with the index");
}

static enum status add_difference(struct reconcile *reconcile, struct difference_list *list,
                                  const struct scan_entry *entry, struct error *err)
{
    struct difference *difference = ARENA_NEW(&reconcile->memory, struct difference);

    if (!difference)
        return out_of_memory(err);
    difference->entry = entry;
    if (list->last)
        list->last->next = difference;
    else
        list->first = difference;
    list->last = difference;
    list->count++;
    return STATUS_OK;
}

static enum status add_missing(struct reconcile *reconcile, struct missing **list,
                               const struct document_record *record, struct error *err)
{
    struct missing *missing = ARENA_NEW(&reconcile->memory, struct missing);
    const char *path = arena_copy(&reconcile->memory, record->key.path);

    if (!missing || !path)
        return out_of_memory(err);
    *missing = (struct missing){ .next = *list,
                                 .stamp = record->stamp,
                                 .is_held = record->is_held,
                                 .has_text = record->has_text,
                                 .path = { path, record->key.path.len } };
    *list = missing;
    return STATUS_OK;
}

static enum status add_rename(struct reconcile *reconcile, struct span from, struct span to,
                              struct error *err)
{
    struct rename *renamed = ARENA_NEW(&reconcile->memory, struct rename);

    if (!renamed)
        return out_of_memory(err);
    *renamed = (struct rename){ .next = reconcile->renames, .from = from, .to = to };
    reconcile->renames = renamed;
    return STATUS_OK;
}

/* Must the file be looked at again, although nothing may have changed? */
static bool is_unfinished(const struct document_record *record)
{
    return record->is_held || record->attempt_count > 0 || record->outcome == OUTCOME_PENDING ||
           record->outcome == OUTCOME_UNREADABLE || record->outcome == OUTCOME_UNSTABLE;
}

static enum status compare_file(struct walk *walk, const struct document_record *record,
                                struct scan_entry *entry, struct error *err)
{
    struct reconcile *reconcile = walk->reconcile;

    entry->is_seen = true;
    reconcile->recognised += entry->stamp.size == record->stamp.size;
    if (!reconcile->looks_at_all && os_stamp_equal(&record->stamp, &entry->stamp) &&
        !is_unfinished(record) &&
        (!reconcile->is_current || reconcile->is_current(reconcile->user, record)))
        return STATUS_OK;
    return add_difference(reconcile, &reconcile->changed, entry, err);
}

/* The store knows the path, and the scan found something there that is no file to read. */
static enum status compare_other(struct walk *walk, const struct document_record *record,
                                 struct scan_entry *entry, struct error *err)
{
    struct reconcile *reconcile = walk->reconcile;
    bool was_refused =
        (record->outcome == OUTCOME_UNREADABLE || record->outcome == OUTCOME_UNSUPPORTED) &&
        !record->has_text;

    entry->is_seen = true;
    if (entry->kind == SCAN_FOLDER)
        return add_missing(reconcile, was_refused ? &reconcile->cleared : &reconcile->missing,
                           record, err);
    if (was_refused &&
        (entry->kind == SCAN_BLOCKED || os_stamp_equal(&record->stamp, &entry->stamp)))
        return STATUS_OK;
    return add_difference(reconcile, &reconcile->refused, entry, err);
}

static enum status compare_record(void *user, const struct document_record *record,
                                  struct error *err)
{
    struct walk *walk = user;
    struct reconcile *reconcile = walk->reconcile;
    struct scan_entry *entry;

    if (record->key.member.len > 0)
        return STATUS_OK;
    reconcile->known += !record->is_held;
    reconcile->known_held += record->is_held;
    entry = scan_lookup(walk->scan, record->key.path);
    if (entry)
        return entry->kind == SCAN_FILE ? compare_file(walk, record, entry, err)
                                        : compare_other(walk, record, entry, err);
    if (scan_is_blocked(walk->scan, record->key.path))
        return STATUS_OK;
    return add_missing(reconcile, &reconcile->missing, record, err);
}

static uint64_t identity_hash(const struct file_stamp *stamp)
{
    return table_path_hash(stamp->inode ^ (uint64_t)stamp->mtime_ns, (struct span){ "", 0 });
}

static bool identity_equal(const void *item, const void *key)
{
    const struct missing *missing = item;
    const struct file_stamp *a = &missing->stamp, *b = key;

    return !missing->is_moved && a->device == b->device && a->inode == b->inode &&
           a->btime_ns == b->btime_ns && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

static enum status index_missing(const struct reconcile *reconcile, struct table *table,
                                 struct error *err)
{
    for (struct missing *missing = reconcile->missing; missing; missing = missing->next)
        if (missing->stamp.btime_ns != 0 &&
            table_add(table, identity_hash(&missing->stamp), missing))
            return out_of_memory(err);
    return STATUS_OK;
}

/* What the scan found and the store did not know. */
static enum status add_new(struct walk *walk, const struct table *missing_by_identity,
                           struct error *err)
{
    struct reconcile *reconcile = walk->reconcile;
    enum status status = STATUS_OK;

    for (const struct scan_entry *entry = walk->scan->first; entry && !status;
         entry = entry->next) {
        struct missing *missing;

        if (entry->is_seen || entry->kind == SCAN_FOLDER)
            continue;
        if (entry->kind != SCAN_FILE) {
            status = add_difference(reconcile, &reconcile->refused, entry, err);
            continue;
        }
        missing = table_lookup(missing_by_identity, identity_hash(&entry->stamp), identity_equal,
                               &entry->stamp);
        if (missing) {
            missing->is_moved = true;
            status = add_rename(reconcile, missing->path,
                                (struct span){ entry->path, entry->path_len }, err);
        } else {
            status = add_difference(reconcile, &reconcile->changed, entry, err);
        }
    }
    return status;
}

enum status reconcile_run(struct reconcile *reconcile, struct store *store, int64_t source_id,
                          struct span folder, struct scan *scan, struct error *err)
{
    struct walk walk = { .reconcile = reconcile, .scan = scan, .folder = folder };
    CLEANUP(table_release) struct table by_identity = TABLE_INIT;
    enum status status = store->ops->each(store, source_id, folder, compare_record, &walk, err);

    if (!status)
        status = index_missing(reconcile, &by_identity, err);
    if (!status)
        status = add_new(&walk, &by_identity, err);
    return status;
}

static enum status move_record(void *user, const struct document_record *record, struct error *err)
{
    struct walk *walk = user;
    struct reconcile *reconcile = walk->reconcile;
    CLEANUP(buf_release) struct buf to = BUF_INIT((size_t)64 * 1024);
    struct span path = record->key.path;
    struct scan_entry *entry;
    const char *from;

    if (record->key.member.len > 0)
        return STATUS_OK;
    buf_append(&to, walk->to.data, walk->to.len);
    buf_append(&to, path.data + walk->from.len, path.len - walk->from.len);
    entry = buf_status(&to, NULL) ? NULL : scan_lookup(walk->scan, buf_span(&to));
    if (!entry && scan_is_blocked(walk->scan, buf_span(&to)))
        return STATUS_OK;
    if (!entry || entry->is_seen || entry->kind != SCAN_FILE)
        return add_missing(reconcile, &reconcile->missing, record, err);
    from = arena_copy(&reconcile->memory, path);
    if (!from)
        return out_of_memory(err);
    entry->is_seen = true;
    return add_rename(reconcile, (struct span){ from, path.len },
                      (struct span){ entry->path, entry->path_len }, err);
}

/* A file below to that neither name is known of may still be on its first way through the pipeline,
 * under its old name: told as a rename too, it is found either way. */
static enum status move_unknown(struct walk *walk, struct error *err)
{
    struct reconcile *reconcile = walk->reconcile;
    enum status status = STATUS_OK;

    for (struct scan_entry *entry = walk->scan->first; entry && !status; entry = entry->next) {
        CLEANUP(buf_release) struct buf from = BUF_INIT((size_t)64 * 1024);
        const char *copy;

        if (entry->is_seen || entry->kind != SCAN_FILE)
            continue;
        buf_append(&from, walk->from.data, walk->from.len);
        buf_append(&from, entry->path + walk->to.len, entry->path_len - walk->to.len);
        status = buf_status(&from, err);
        copy = status ? NULL : arena_copy(&reconcile->memory, buf_span(&from));
        if (!copy)
            return out_of_memory(err);
        entry->is_seen = true;
        status = add_rename(reconcile, (struct span){ copy, from.len },
                            (struct span){ entry->path, entry->path_len }, err);
    }
    return status;
}

enum status reconcile_moved(struct reconcile *reconcile, struct store *store, int64_t source_id,
                            struct span from, struct span to, struct scan *scan, struct error *err)
{
    struct walk walk = { .reconcile = reconcile, .scan = scan, .from = from, .to = to };
    enum status status;

    /* what is known at to already marks its entries, and is compared */
    status = store->ops->each(store, source_id, to, compare_record, &walk, err);
    if (!status)
        status = store->ops->each(store, source_id, from, move_record, &walk, err);
    if (!status)
        status = move_unknown(&walk, err);
    if (!status)
        status = add_new(&walk, &(struct table)TABLE_INIT, err);
    return status;
}
