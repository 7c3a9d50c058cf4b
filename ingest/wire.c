#include "ingest/wire.h"

#include <string.h>

#define DOCUMENT_MAGIC 0x32434F44u /* "DOC2" */

/* The fixed part of a document's payload; the arrays follow in the order of the counts. */
struct document_header {
    uint32_t magic, outcome, flags, chunks_dropped;
    uint64_t byte_count;
    uint64_t member_bytes, text_bytes, hidden_bytes, label_bytes;
    uint64_t block_count, region_count, link_count, run_count, page_count, metadata_count;
    uint64_t chunk_count, emphasis_count;
    struct hash content_hash;
    char reason[240], extractor[32], media_type[96], charset[32];
};

static void append_array(struct buf *out, const void *items, size_t count, size_t item_bytes)
{
    if (count > 0)
        buf_append(out, items, count * item_bytes);
}

void wire_encode_document(const struct wire_document *document, struct buf *out)
{
    const struct extraction *e = &document->extraction;
    struct document_header header;

    memset(&header, 0, sizeof(header)); /* the padding too: it goes to another process */
    header.magic = DOCUMENT_MAGIC;
    header.outcome = (uint32_t)e->outcome;
    header.flags = e->flags;
    header.chunks_dropped = e->chunks_dropped;
    header.byte_count = document->byte_count;
    header.member_bytes = document->member.len;
    header.text_bytes = e->text.len;
    header.hidden_bytes = e->hidden.len;
    header.label_bytes = e->labels.len;
    header.block_count = e->block_count;
    header.region_count = e->region_count;
    header.link_count = e->link_count;
    header.run_count = e->run_count;
    header.page_count = e->page_count;
    header.metadata_count = e->metadata_count;
    header.chunk_count = e->chunk_count;
    header.emphasis_count = e->emphasis_count;
    header.content_hash = document->content_hash;
    memcpy(header.reason, e->reason, sizeof(header.reason));
    memcpy(header.extractor, e->extractor, sizeof(header.extractor));
    memcpy(header.media_type, e->media_type, sizeof(header.media_type));
    memcpy(header.charset, e->charset, sizeof(header.charset));

    buf_append(out, &header, sizeof(header));
    append_array(out, document->member.data, document->member.len, 1);
    append_array(out, e->text.data, e->text.len, 1);
    append_array(out, e->hidden.data, e->hidden.len, 1);
    append_array(out, e->labels.data, e->labels.len, 1);
    append_array(out, e->blocks, e->block_count, sizeof(*e->blocks));
    append_array(out, e->regions, e->region_count, sizeof(*e->regions));
    append_array(out, e->links, e->link_count, sizeof(*e->links));
    append_array(out, e->runs, e->run_count, sizeof(*e->runs));
    append_array(out, e->pages, e->page_count, sizeof(*e->pages));
    append_array(out, e->metadata, e->metadata_count, sizeof(*e->metadata));
    append_array(out, e->chunks, e->chunk_count, sizeof(*e->chunks));
    append_array(out, e->emphases, e->emphasis_count, sizeof(*e->emphases));
}

struct reader {
    struct span rest;
    struct arena *arena;
    enum status status;
};

/* Copies count items into the arena, where they are aligned; NULL when there are none. */
static const void *read_array(struct reader *reader, uint64_t count, size_t item_bytes)
{
    char *copy;
    size_t bytes;

    if (reader->status || count == 0)
        return NULL;
    if (count > reader->rest.len / item_bytes) {
        reader->status = STATUS_MALFORMED;
        return NULL;
    }
    bytes = (size_t)count * item_bytes;
    copy = arena_alloc(reader->arena, bytes + 1); /* strings get their NUL */
    if (!copy) {
        reader->status = reader->arena->failed;
        return NULL;
    }
    memcpy(copy, reader->rest.data, bytes);
    reader->rest = (struct span){ reader->rest.data + bytes, reader->rest.len - bytes };
    return copy;
}

static struct span read_span(struct reader *reader, uint64_t bytes)
{
    const char *data = read_array(reader, bytes, 1);

    return (struct span){ data ? data : "", data ? (size_t)bytes : 0 };
}

static void read_parts(struct reader *reader, const struct document_header *header,
                       struct wire_document *document)
{
    struct extraction *e = &document->extraction;

    document->member = read_span(reader, header->member_bytes);
    e->text = read_span(reader, header->text_bytes);
    e->hidden = read_span(reader, header->hidden_bytes);
    e->labels = read_span(reader, header->label_bytes);
    e->blocks = read_array(reader, header->block_count, sizeof(*e->blocks));
    e->regions = read_array(reader, header->region_count, sizeof(*e->regions));
    e->links = read_array(reader, header->link_count, sizeof(*e->links));
    e->runs = read_array(reader, header->run_count, sizeof(*e->runs));
    e->pages = read_array(reader, header->page_count, sizeof(*e->pages));
    e->metadata = read_array(reader, header->metadata_count, sizeof(*e->metadata));
    e->chunks = read_array(reader, header->chunk_count, sizeof(*e->chunks));
    e->emphases = read_array(reader, header->emphasis_count, sizeof(*e->emphases));
    e->block_count = (size_t)header->block_count;
    e->region_count = (size_t)header->region_count;
    e->link_count = (size_t)header->link_count;
    e->run_count = (size_t)header->run_count;
    e->page_count = (size_t)header->page_count;
    e->metadata_count = (size_t)header->metadata_count;
    e->chunk_count = (size_t)header->chunk_count;
    e->emphasis_count = (size_t)header->emphasis_count;
}

enum status wire_decode_document(struct span payload, struct arena *arena,
                                 struct wire_document *out, struct error *err)
{
    struct document_header header;
    struct wire_document document = { .member = { "", 0 } };
    struct extraction *e = &document.extraction;
    struct reader reader = { .rest = payload, .arena = arena };
    enum status status;

    if (payload.len < sizeof(header))
        return error_set(err, STATUS_MALFORMED, "the worker's answer is too short");
    memcpy(&header, payload.data, sizeof(header));
    if (header.magic != DOCUMENT_MAGIC || header.outcome >= OUTCOME_COUNT ||
        header.member_bytes > WIRE_NAME_BYTES_MAX)
        return error_set(err, STATUS_MALFORMED, "the worker's answer is not a document");
    reader.rest = (struct span){ payload.data + sizeof(header), payload.len - sizeof(header) };

    document.content_hash = header.content_hash;
    document.byte_count = header.byte_count;
    e->outcome = (enum outcome)header.outcome;
    e->flags = header.flags;
    e->chunks_dropped = header.chunks_dropped;
    memcpy(e->reason, header.reason, sizeof(e->reason));
    memcpy(e->extractor, header.extractor, sizeof(e->extractor));
    memcpy(e->media_type, header.media_type, sizeof(e->media_type));
    memcpy(e->charset, header.charset, sizeof(e->charset));
    read_parts(&reader, &header, &document);
    if (reader.status == STATUS_MALFORMED || (!reader.status && reader.rest.len > 0))
        return error_set(err, STATUS_MALFORMED, "the worker's answer has the wrong length");
    if (reader.status)
        return error_set(err, reader.status, "no room for the worker's answer");
    status = extraction_check(e, err);
    if (status)
        return status;
    *out = document;
    return STATUS_OK;
}
