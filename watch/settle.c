#include "watch/settle.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define GONE_ROUNDS_MAX 10 /* a steady trickle of deletions is told every ten times gone_ms */

struct path_key {
    int64_t source_id;
    struct span path;
};

static bool entry_equal(const void *item, const void *key)
{
    const struct settle_entry *entry = item;
    const struct path_key *want = key;

    return entry->source_id == want->source_id && span_equal(entry->path, want->path);
}

static uint64_t entry_hash(const struct settle_entry *entry)
{
    return table_path_hash((uint64_t)entry->source_id, entry->path);
}

void settle_init(struct settle *settle, const struct settle_times *times)
{
    *settle = (struct settle){ .times = *times };
}

static struct span span_copy(struct span bytes)
{
    char *copy = malloc(bytes.len + 1);

    if (!copy)
        return (struct span){ NULL, 0 };
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = '\0';
    return (struct span){ copy, bytes.len };
}

static void span_free(struct span *owned)
{
    union {
        const char *lent;
        char *owned;
    } bytes = { owned->data };

    free(bytes.owned);
    *owned = (struct span){ NULL, 0 };
}

void settle_entry_free(struct settle_entry *entry)
{
    if (!entry)
        return;
    span_free(&entry->path);
    span_free(&entry->from);
    free(entry);
}

void settle_release(struct settle *settle)
{
    for (int kind = 0; kind < SETTLE_KIND_COUNT; kind++)
        while (settle->first[kind]) {
            struct settle_entry *next = settle->first[kind]->next;

            settle_entry_free(settle->first[kind]);
            settle->first[kind] = next;
        }
    table_release(&settle->by_path);
}

static struct settle_entry *lookup(const struct settle *settle, int64_t source_id, struct span path)
{
    struct path_key key = { source_id, path };

    return table_lookup(&settle->by_path, table_path_hash((uint64_t)source_id, path), entry_equal,
                        &key);
}

const struct settle_entry *settle_lookup(const struct settle *settle, int64_t source_id,
                                         struct span path)
{
    return lookup(settle, source_id, path);
}

static void unlink_entry(struct settle *settle, struct settle_entry *entry)
{
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        settle->first[entry->kind] = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        settle->last[entry->kind] = entry->previous;
    entry->next = entry->previous = NULL;
}

static int64_t delay_of(const struct settle *settle, enum settle_kind kind)
{
    switch (kind) {
    case SETTLE_OPEN:
        return settle->times.open_ms;
    case SETTLE_GONE:
        return settle->times.gone_ms;
    default:
        return settle->times.closed_ms;
    }
}

/* Each kind has one delay, so its list is in order of due time when entries are added at the end.
 * One whose delay is cut short by max_ms keeps its older time, and its place. */
static void link_entry(struct settle *settle, struct settle_entry *entry, enum settle_kind kind,
                       int64_t now_ms)
{
    int64_t due_ms = now_ms + delay_of(settle, kind);
    struct settle_entry *last = settle->last[kind];

    if (kind != SETTLE_GONE && due_ms > entry->first_ms + settle->times.max_ms)
        due_ms = entry->first_ms + settle->times.max_ms;
    entry->kind = kind;
    entry->due_ms = due_ms;
    while (last && last->due_ms > due_ms)
        last = last->previous;
    entry->previous = last;
    entry->next = last ? last->next : settle->first[kind];
    if (entry->next)
        entry->next->previous = entry;
    else
        settle->last[kind] = entry;
    if (last)
        last->next = entry;
    else
        settle->first[kind] = entry;
}

static void take_out(struct settle *settle, struct settle_entry *entry)
{
    table_remove(&settle->by_path, entry_hash(entry), entry);
    unlink_entry(settle, entry);
}

static enum status out_of_memory(struct error *err)
{
    return error_set(err, STATUS_NO_MEMORY, "no memory for changed paths");
}

static enum status add(struct settle *settle, int64_t source_id, struct span path,
                       enum settle_kind kind, int64_t now_ms, struct settle_entry **out,
                       struct error *err)
{
    struct settle_entry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return out_of_memory(err);
    *entry = (struct settle_entry){
        .source_id = source_id, .path = span_copy(path), .first_ms = now_ms, .due_ms = now_ms
    };
    if (!entry->path.data || table_add(&settle->by_path, entry_hash(entry), entry)) {
        settle_entry_free(entry);
        return out_of_memory(err);
    }
    link_entry(settle, entry, kind, now_ms);
    *out = entry;
    return STATUS_OK;
}

/* Gives an entry's old name an entry of its own, as gone. */
static enum status release_from(struct settle *settle, struct settle_entry *entry, int64_t now_ms,
                                struct error *err)
{
    struct span from = entry->from;
    struct settle_entry *unused;
    enum status status = STATUS_OK;

    entry->from = (struct span){ NULL, 0 };
    if (from.data && !lookup(settle, entry->source_id, from))
        status = add(settle, entry->source_id, from, SETTLE_GONE, now_ms, &unused, err);
    span_free(&from);
    return status;
}

enum status settle_touch(struct settle *settle, int64_t source_id, struct span path,
                         enum settle_kind kind, int64_t now_ms, struct error *err)
{
    struct settle_entry *entry = lookup(settle, source_id, path);
    enum status status = STATUS_OK;

    if (!entry)
        return add(settle, source_id, path, kind, now_ms, &entry, err);
    if (kind == SETTLE_GONE)
        status = release_from(settle, entry, now_ms, err);
    if (kind == SETTLE_GONE || entry->kind == SETTLE_GONE)
        entry->first_ms = now_ms;
    unlink_entry(settle, entry);
    link_entry(settle, entry, kind, now_ms);
    return status;
}

enum status settle_move(struct settle *settle, int64_t source_id, struct span from, struct span to,
                        int64_t now_ms, struct error *err)
{
    struct settle_entry *old = lookup(settle, source_id, from), *entry;
    /* renamed before and not told yet: one rename from the first name */
    struct span origin = old ? old->from : (struct span){ NULL, 0 };
    bool is_chain = origin.data != NULL;
    enum status status = settle_touch(settle, source_id, to, SETTLE_CLOSED, now_ms, err);

    if (status)
        return status;
    entry = lookup(settle, source_id, to);
    status = release_from(settle, entry, now_ms, err);
    if (status)
        return status;
    /* release_from() may have made an entry, but the old one stays where it is */
    if (old)
        old->from = (struct span){ NULL, 0 };
    entry->from = is_chain ? origin : span_copy(from);
    if (!entry->from.data)
        return out_of_memory(err);
    if (old) {
        take_out(settle, old);
        settle_entry_free(old);
    }
    if (span_equal(entry->from, entry->path))
        span_free(&entry->from); /* there and back */
    /* what the name in the middle of a chain stood for before is gone as well */
    return is_chain ? settle_touch(settle, source_id, from, SETTLE_GONE, now_ms, err) : STATUS_OK;
}

static enum status rename_entry(struct settle *settle, struct settle_entry *entry, struct span from,
                                struct span to, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)64 * 1024);
    struct span renamed;
    struct settle_entry *there;
    enum status status = STATUS_OK;

    buf_append(&path, to.data, to.len);
    buf_append(&path, entry->path.data + from.len, entry->path.len - from.len);
    if (buf_status(&path, NULL))
        return buf_status(&path, err);
    renamed = span_copy(buf_span(&path));
    if (!renamed.data)
        return out_of_memory(err);
    there = lookup(settle, entry->source_id, renamed);
    table_remove(&settle->by_path, entry_hash(entry), entry);
    span_free(&entry->path);
    entry->path = renamed;
    if (there) {
        take_out(settle, there);
        status = release_from(settle, there, there->first_ms, err);
        settle_entry_free(there);
    }
    if (table_add(&settle->by_path, entry_hash(entry), entry))
        return out_of_memory(err);
    return status;
}

enum status settle_move_folder(struct settle *settle, int64_t source_id, struct span from,
                               struct span to, struct error *err)
{
    /* what is gone is gone from its old path: the store knows it under that */
    static const enum settle_kind moving[] = { SETTLE_CLOSED, SETTLE_OPEN };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < 2; i++)
        for (struct settle_entry *entry = settle->first[moving[i]], *next; entry && !status;
             entry = next) {
            next = entry->next;
            if (entry->source_id != source_id || !path_is_below(entry->path, from) ||
                path_is_below(entry->path, to))
                continue;
            status = rename_entry(settle, entry, from, to, err);
            next = entry->next; /* the entry that was at its new path is gone */
        }
    return status;
}

bool settle_is_empty(const struct settle *settle)
{
    return settle->by_path.count == 0;
}

/* Those who delete are given time to finish, so that the share that goes is seen as a whole. */
static int64_t gone_due_ms(const struct settle *settle)
{
    const struct settle_entry *first = settle->first[SETTLE_GONE],
                              *last = settle->last[SETTLE_GONE];
    int64_t latest = first->first_ms + GONE_ROUNDS_MAX * settle->times.gone_ms;

    return last->due_ms < latest ? last->due_ms : latest;
}

int64_t settle_next_ms(const struct settle *settle)
{
    int64_t next = -1;

    for (int kind = 0; kind < SETTLE_KIND_COUNT; kind++) {
        int64_t due_ms;

        if (!settle->first[kind])
            continue;
        due_ms = kind == SETTLE_GONE ? gone_due_ms(settle) : settle->first[kind]->due_ms;
        if (next < 0 || due_ms < next)
            next = due_ms;
    }
    return next;
}

struct settle_entry *settle_take(struct settle *settle, int64_t now_ms)
{
    for (int kind = 0; kind < SETTLE_GONE; kind++) {
        struct settle_entry *entry = settle->first[kind];

        if (entry && entry->due_ms <= now_ms) {
            take_out(settle, entry);
            return entry;
        }
    }
    return NULL;
}

struct settle_entry *settle_take_gone(struct settle *settle, int64_t now_ms)
{
    struct settle_entry *list = settle->first[SETTLE_GONE];

    if (!list || gone_due_ms(settle) > now_ms)
        return NULL;
    for (struct settle_entry *entry = list; entry; entry = entry->next)
        table_remove(&settle->by_path, entry_hash(entry), entry);
    settle->first[SETTLE_GONE] = settle->last[SETTLE_GONE] = NULL;
    return list;
}
