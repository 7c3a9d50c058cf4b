/*
 * ppt.c - PowerPoint 97 to 2003 presentations. [MS-PPT]
 *
 * A stream of records, some of which hold others. The newest edit says, through a table of
 * persistent objects, where the document and its slides stand; the document lists the slides in
 * order, with the texts of their placeholders, and each slide holds the texts of its other shapes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/ole.h"

#define PERSIST_MAX  65536u
#define EDITS_MAX    1000u
#define DEPTH_MAX    32u
#define HEADER_BYTES 8u

enum record {
    RECORD_DOCUMENT = 1000,
    RECORD_SLIDE = 1006,
    RECORD_SLIDE_PERSIST = 1011,
    RECORD_TEXT_HEADER = 3999,
    RECORD_TEXT_CHARS = 4000,
    RECORD_TEXT_BYTES = 4008,
    RECORD_SLIDE_LIST = 4080,
    RECORD_USER_EDIT = 4085,
    RECORD_PERSIST = 6002,
};

enum text_type { TEXT_TITLE = 0, TEXT_BODY = 1, TEXT_NOTES = 2, TEXT_CENTER_TITLE = 6 };

struct ppt {
    struct writer *writer;
    struct buf stream, user, text;
    uint32_t offsets[PERSIST_MAX]; /* of persistent objects; 0: unknown */
    uint32_t page;
    unsigned type; /* of the text that comes next */
    bool has_title;
};

struct record_view {
    unsigned type, instance;
    bool is_container;
    struct span data;
};

static bool read_record(struct span bytes, size_t offset, struct record_view *out)
{
    size_t len;

    if (offset >= bytes.len || bytes.len - offset < HEADER_BYTES)
        return false;
    out->is_container = (ole_u16(bytes, offset) & 15) == 15;
    out->instance = ole_u16(bytes, offset) >> 4;
    out->type = ole_u16(bytes, offset + 2);
    len = ole_u32(bytes, offset + 4);
    if (len > bytes.len - offset - HEADER_BYTES)
        len = bytes.len - offset - HEADER_BYTES;
    out->data = (struct span){ bytes.data + offset + HEADER_BYTES, len };
    return true;
}

/* ---- text ---- */

/* Paragraphs end in 0x0D; 0x0B is a line break. */
static void put_text(struct ppt *ppt)
{
    bool is_title = (ppt->type == TEXT_TITLE || ppt->type == TEXT_CENTER_TITLE) && !ppt->has_title;
    struct span text = buf_span(&ppt->text);

    while (text.len > 0) {
        size_t len = 0, next;

        while (len < text.len && text.data[len] != '\r' && (is_title || text.data[len] != '\v'))
            len++;
        next = len < text.len ? len + 1 : len;
        writer_block(ppt->writer, is_title ? BLOCK_HEADING : BLOCK_PARAGRAPH, 1,
                     (struct span){ text.data, len });
        ppt->has_title |= is_title && len > 0;
        is_title = false;
        text = (struct span){ text.data + next, text.len - next };
    }
    buf_clear(&ppt->text);
}

static void read_atom(struct ppt *ppt, const struct record_view *record)
{
    switch (record->type) {
    case RECORD_TEXT_HEADER:
        ppt->type = ole_u32(record->data, 0);
        break;
    case RECORD_TEXT_CHARS:
        ole_append_utf16(&ppt->text, record->data);
        put_text(ppt);
        break;
    case RECORD_TEXT_BYTES: /* the low halves of UTF-16 */
        for (size_t i = 0; i < record->data.len; i++)
            utf8_append(&ppt->text, (unsigned char)record->data.data[i]);
        put_text(ppt);
        break;
    default:
        break;
    }
}

static void read_texts(struct ppt *ppt, struct span bytes, unsigned depth)
{
    struct record_view record;

    for (size_t at = 0; read_record(bytes, at, &record); at += HEADER_BYTES + record.data.len) {
        if (!record.is_container)
            read_atom(ppt, &record);
        else if (depth < DEPTH_MAX)
            read_texts(ppt, record.data, depth + 1);
    }
}

/* ---- slides ---- */

static void read_slide(struct ppt *ppt, uint32_t persist)
{
    struct record_view record;

    if (persist >= PERSIST_MAX || ppt->offsets[persist] == 0 ||
        !read_record(buf_span(&ppt->stream), ppt->offsets[persist], &record) ||
        record.type != RECORD_SLIDE)
        return;
    ppt->type = TEXT_NOTES; /* shapes that say nothing else are no titles */
    read_texts(ppt, record.data, 0);
}

/* The list: for each slide its number, then the texts of its placeholders. */
static void read_slide_list(struct ppt *ppt, struct span bytes)
{
    const struct span none = { "", 0 };
    struct record_view record;
    uint32_t persist = PERSIST_MAX;

    for (size_t at = 0; read_record(bytes, at, &record); at += HEADER_BYTES + record.data.len) {
        if (record.type == RECORD_SLIDE_PERSIST) {
            read_slide(ppt, persist);
            persist = ole_u32(record.data, 0);
            ppt->has_title = false;
            writer_page(ppt->writer, 0, 0, false);
            writer_region(ppt->writer, ++ppt->page, NULL, none);
        } else if (!record.is_container) {
            read_atom(ppt, &record);
        }
    }
    read_slide(ppt, persist);
}

static bool read_document(struct ppt *ppt, struct span bytes)
{
    struct record_view record;
    bool is_found = false;

    for (size_t at = 0; read_record(bytes, at, &record); at += HEADER_BYTES + record.data.len) {
        if (record.type == RECORD_SLIDE_LIST && record.instance == 0) {
            read_slide_list(ppt, record.data);
            is_found = true;
        }
    }
    return is_found;
}

/* ---- where things stand ---- */

/* Runs of: first number (20 bits) and count (12 bits), then offsets. The newest edit comes first.
 */
static void read_persist(struct ppt *ppt, struct span table)
{
    for (size_t at = 0; at + 4 <= table.len;) {
        uint32_t head = ole_u32(table, at), first = head & 0xFFFFFu, count = head >> 20;

        at += 4;
        for (uint32_t i = 0; i < count && at + 4 <= table.len; i++, at += 4)
            if (first + i < PERSIST_MAX && ppt->offsets[first + i] == 0)
                ppt->offsets[first + i] = ole_u32(table, at);
    }
}

/* Follows the edits from the newest one back; returns where the document stands, or 0. */
static uint32_t read_edits(struct ppt *ppt)
{
    struct span stream = buf_span(&ppt->stream);
    uint32_t edit = ole_u32(buf_span(&ppt->user), 16), document = 0;
    struct record_view record, table;

    for (unsigned i = 0; i < EDITS_MAX && edit > 0; i++) {
        if (!read_record(stream, edit, &record) || record.type != RECORD_USER_EDIT)
            break;
        if (document == 0)
            document = ole_u32(record.data, 16);
        if (read_record(stream, ole_u32(record.data, 12), &table) && table.type == RECORD_PERSIST)
            read_persist(ppt, table.data);
        edit = ole_u32(record.data, 8);
    }
    return document > 0 && document < PERSIST_MAX ? ppt->offsets[document] : 0;
}

static void ppt_free(struct ppt **owned)
{
    struct ppt *ppt = *owned;

    if (!ppt)
        return;
    buf_release(&ppt->stream);
    buf_release(&ppt->user);
    buf_release(&ppt->text);
    free(ppt);
}

static enum status read_streams(struct ppt *ppt, struct span bytes, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct ole *ole = NULL;
    enum status status = ole_open(bytes, &ole, err);

    if (status)
        return status;
    status = ole_read_name(ole, "PowerPoint Document", &ppt->stream, &problem);
    if (status && ppt->stream.len > 0 && status != STATUS_NO_MEMORY) {
        writer_partial(ppt->writer, "%s", problem.text);
        ppt->stream.failed = status = STATUS_OK;
    } else if (status) {
        status = error_set(err, status, "%s", problem.text);
    }
    (void)!ole_read_name(ole, "Current User", &ppt->user, NULL);
    if (!status && ole_lookup(ole, "EncryptedSummary") != OLE_NONE)
        status = error_set(err, STATUS_UNSUPPORTED, "encrypted presentation");
    ole_metadata(ole, ppt->writer);
    ole_free(ole);
    return status;
}

static enum status ppt_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(ppt_free) struct ppt *ppt = calloc(1, sizeof(*ppt));
    struct record_view record;
    uint32_t document;
    enum status status;

    if (!ppt)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    ppt->writer = writer;
    ppt->stream = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    ppt->user = (struct buf)BUF_INIT((size_t)1 << 20);
    ppt->text = (struct buf)BUF_INIT((size_t)4 << 20);
    status = read_streams(ppt, source->bytes, err);
    if (status)
        return status;
    document = read_edits(ppt);
    if (read_record(buf_span(&ppt->stream), document, &record) && record.type == RECORD_DOCUMENT &&
        read_document(ppt, record.data))
        return STATUS_OK;
    /* A broken table: all texts, in the order of the file. */
    writer_partial(writer, "the slides' order could not be read");
    ppt->type = TEXT_NOTES;
    read_texts(ppt, buf_span(&ppt->stream), 0);
    return STATUS_OK;
}

static int ppt_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/vnd.ms-powerpoint") == 0 && input->head.len > 8 &&
                   memcmp(input->head.data, "\xD0\xCF\x11\xE0", 4) == 0
               ? 100
               : 0;
}

const struct extractor ppt_extractor = {
    .name = "ppt",
    .version = 1,
    .bid = ppt_bid,
    .extract = ppt_extract,
};
