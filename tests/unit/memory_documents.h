/*
 * memory_documents.h - the documents of memory_store.c, in the order of their keys. A transaction
 * shares those that it does not change with what was there before it.
 */
#ifndef TESTS_MEMORY_DOCUMENTS_H
#define TESTS_MEMORY_DOCUMENTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/store.h"

#define MEMORY_INPUT_BYTES_MAX ((size_t)64 << 20)

struct memory_document {
    unsigned references;
    struct document_record record; /* its key points at path and member */
    char *path, *member;
    char reason[240];
    struct buf text;
    struct buf *inputs; /* per chunk */
    struct hash *input_hashes;
    size_t chunk_count;
};

struct memory_list {
    struct memory_document **items;
    size_t count, capacity;
};

static void *must(void *memory)
{
    if (!memory) {
        (void)fprintf(stderr, "memory_store: no memory\n");
        abort();
    }
    return memory;
}

static char *text_copy(struct span text)
{
    char *copy = must(malloc(text.len + 1));

    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void chunks_release(struct memory_document *document)
{
    for (size_t i = 0; i < document->chunk_count; i++)
        buf_release(&document->inputs[i]);
    free(document->inputs);
    free(document->input_hashes);
    document->inputs = NULL;
    document->input_hashes = NULL;
    document->chunk_count = 0;
    buf_release(&document->text);
}

static void document_release(struct memory_document *document)
{
    if (--document->references > 0)
        return;
    chunks_release(document);
    free(document->path);
    free(document->member);
    free(document);
}

static struct memory_document *document_new(const struct document_key *key, int64_t document_id)
{
    struct memory_document *document = must(calloc(1, sizeof(*document)));

    document->references = 1;
    document->path = text_copy(key->path);
    document->member = text_copy(key->member);
    document->text = (struct buf)BUF_INIT(MEMORY_INPUT_BYTES_MAX);
    document->record = (struct document_record){
        .document_id = document_id,
        .key = { .source_id = key->source_id,
                 .path = { document->path, key->path.len },
                 .member = { document->member, key->member.len } },
    };
    return document;
}

static struct memory_document *document_copy(const struct memory_document *old,
                                             const struct document_key *key)
{
    struct memory_document *copy = document_new(key, old->record.document_id);
    struct document_key own = copy->record.key;

    copy->record = old->record;
    copy->record.key = own;
    memcpy(copy->reason, old->reason, sizeof(copy->reason));
    buf_append(&copy->text, old->text.data, old->text.len);
    copy->chunk_count = old->chunk_count;
    copy->inputs = must(calloc(old->chunk_count + 1, sizeof(*copy->inputs)));
    copy->input_hashes = must(calloc(old->chunk_count + 1, sizeof(*copy->input_hashes)));
    for (size_t i = 0; i < old->chunk_count; i++) {
        copy->inputs[i] = (struct buf)BUF_INIT(MEMORY_INPUT_BYTES_MAX);
        buf_append(&copy->inputs[i], old->inputs[i].data, old->inputs[i].len);
        copy->input_hashes[i] = old->input_hashes[i];
    }
    return copy;
}

static int compare_span(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_key(const struct document_key *a, const struct document_key *b)
{
    int order;

    if (a->source_id != b->source_id)
        return a->source_id < b->source_id ? -1 : 1;
    order = compare_span(a->path, b->path);
    return order != 0 ? order : compare_span(a->member, b->member);
}

/* The first document that is not before key. */
static size_t place_of(const struct memory_list *list, const struct document_key *key)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare_key(&list->items[middle]->record.key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct memory_list *list, struct memory_document *document)
{
    size_t place = place_of(list, &document->record.key);

    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = must(realloc(list->items, list->capacity * sizeof(*list->items)));
    }
    memmove(list->items + place + 1, list->items + place,
            (list->count - place) * sizeof(*list->items));
    list->items[place] = document;
    list->count++;
}

static void remove_at(struct memory_list *list, size_t place)
{
    document_release(list->items[place]);
    memmove(list->items + place, list->items + place + 1,
            (list->count - place - 1) * sizeof(*list->items));
    list->count--;
}

static void list_release(struct memory_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        document_release(list->items[i]);
    free(list->items);
    *list = (struct memory_list){ 0 };
}

#endif
