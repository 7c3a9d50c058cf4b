/*
 * doc.c - Word documents from 1997 to 2003; of older ones, headings, tables and the words. [MS-DOC]
 *
 * The text is a list of pieces, some in a Windows code page and some in UTF-16, that follow each
 * other in the order of character positions; what a paragraph is hangs on the byte of its end mark.
 */
#include "extractors/office/doc_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/container/ole.h"
#include "extractors/extractors.h"

#define PARAGRAPH_BYTES_MAX ((size_t)16 << 20)
#define PIECES_MAX          ((size_t)1 << 20)
#define MAGIC               0xA5ECu
#define WORD_97             193u

static void doc_free(struct doc **owned)
{
    struct doc *doc = *owned;

    if (!doc)
        return;
    buf_release(&doc->stream);
    buf_release(&doc->table);
    buf_release(&doc->data);
    buf_release(&doc->text);
    buf_release(&doc->hidden);
    buf_release(&doc->link);
    free(doc->looks);
    doc_boxes_release(&doc->boxes);
    doc_properties_release(&doc->properties);
    free(doc);
}

/* ---- pieces ---- */

static uint32_t story_end(const struct doc *doc, enum doc_story story)
{
    uint32_t end = 0;

    for (unsigned i = 0; i <= (unsigned)story; i++)
        end += ole_u32(buf_span(&doc->stream), 0x4C + 4 * i) & 0x3FFFFFFFu;
    return end;
}

static void change_story(struct doc *doc, uint32_t position)
{
    while (doc->story + 1 < DOC_STORY_COUNT && position >= story_end(doc, doc->story)) {
        doc_end_story(doc);
        doc->story++;
    }
}

static bool is_shown(const struct doc *doc)
{
    if (doc->story == DOC_STORY_HEADERS || doc->story == DOC_STORY_HEADER_BOXES)
        return doc->source->keep_boilerplate;
    if (doc->story == DOC_STORY_BOXES)
        return doc->is_in_box || doc->boxes.count == 0;
    return doc->story != DOC_STORY_MACROS;
}

/* The characters [from, last) of the piece that begins with the first one. */
static void read_piece(struct doc *doc, size_t index, uint32_t from, uint32_t last)
{
    struct span stream = buf_span(&doc->stream);
    uint32_t address = ole_u32(doc->pieces, 4 * (doc->piece_count + 1) + 8 * index + 2);
    bool is_narrow = (address & 0x40000000u) != 0;
    size_t offset = address & 0x3FFFFFFFu, skipped = from - ole_u32(doc->pieces, 4 * index);
    uint32_t high = 0;

    offset = is_narrow ? offset / 2 + skipped : offset + 2 * skipped;
    for (uint32_t position = from; position < last && offset < stream.len; position++) {
        uint32_t c = is_narrow ? doc_windows_1252((unsigned char)stream.data[offset])
                               : ole_u16(stream, offset);

        change_story(doc, position);
        doc->position = position;
        if (c >= 0xD800 && c < 0xDC00) {
            high = c;
        } else {
            if (c >= 0xDC00 && c < 0xE000)
                c = high ? 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00) : UTF8_REPLACEMENT;
            high = 0;
            if (is_shown(doc))
                doc_read_character(doc, c, (uint32_t)offset, position);
        }
        offset += is_narrow ? 1 : 2;
    }
}

/* The characters [from, last), in whichever pieces they are. */
static void read_range(struct doc *doc, uint32_t from, uint32_t last)
{
    size_t low = 0, high = doc->piece_count;

    while (low < high) { /* the first piece that ends behind from */
        size_t middle = low + (high - low) / 2;

        if (ole_u32(doc->pieces, 4 * (middle + 1)) <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < doc->piece_count && from < last; low++) {
        uint32_t start = ole_u32(doc->pieces, 4 * low), end = ole_u32(doc->pieces, 4 * (low + 1));

        if (start > from || end <= from)
            return;
        end = end < last ? end : last;
        read_piece(doc, low, from, end);
        from = end;
    }
}

void doc_tell_boxes(struct doc *doc, uint32_t position)
{
    unsigned field_depth = doc->field_depth, frame_depth = doc->frame_depth;
    uint32_t start = story_end(doc, DOC_STORY_ENDNOTES);
    enum doc_story story = doc->story;

    for (; doc->boxes_told < doc->boxes.count; doc->boxes_told++) {
        const struct doc_box *box = &doc->boxes.items[doc->boxes_told];

        if (box->anchor > position)
            break;
        doc->story = DOC_STORY_BOXES;
        doc->is_in_box = true;
        doc->frame_depth = 0;
        read_range(doc, start + box->first, start + box->last);
        doc_end_story(doc);
        doc->story = story;
        doc->is_in_box = false;
        doc->field_depth = field_depth;
        doc->frame_depth = frame_depth;
    }
}

/* 2.9.38 Clx: property lists, then the piece table. */
static bool find_pieces(struct doc *doc)
{
    struct span table = buf_span(&doc->table), stream = buf_span(&doc->stream), pieces;
    size_t at = ole_u32(stream, 0x01A2), end = at + ole_u32(stream, 0x01A6);

    if (end > table.len)
        end = table.len;
    while (at < end && ole_u8(table, at) == 1)
        at += 3 + (size_t)ole_u16(table, at + 1);
    if (at + 5 > end || ole_u8(table, at) != 2)
        return false;
    pieces = (struct span){ table.data + at + 5, end - at - 5 };
    if (ole_u32(table, at + 1) < pieces.len)
        pieces.len = ole_u32(table, at + 1);
    doc->pieces = pieces;
    doc->piece_count = pieces.len >= 16 ? (pieces.len - 4) / 12 : 0;
    return doc->piece_count > 0;
}

static void read_pieces(struct doc *doc)
{
    for (size_t i = 0; i < doc->piece_count && i < PIECES_MAX && !writer_is_full(doc->writer); i++)
        read_piece(doc, i, ole_u32(doc->pieces, 4 * i), ole_u32(doc->pieces, 4 * (i + 1)));
    doc_end_story(doc);
    doc_tell_boxes(doc, UINT32_MAX); /* those of which it is not known where they hang */
}

/* Before 1997, and where the piece table is broken. */
static void read_plain(struct doc *doc)
{
    struct span stream = buf_span(&doc->stream);
    struct doc_old_pieces pieces = doc_old_pieces(stream);
    bool is_wide = pieces.is_wide;
    uint16_t characters[128];

    doc->story = DOC_STORY_MAIN;
    doc_old_charset(stream, characters);
    for (size_t i = 0; i < pieces.count && !writer_is_full(doc->writer); i++) {
        struct span piece = doc_old_piece(&pieces, i);

        for (size_t k = 0; k < piece.len; k += is_wide ? 2 : 1) {
            uint32_t c = is_wide ? ole_u16(piece, k) : ole_u8(piece, k);

            if (!is_wide && c >= 0x80)
                c = characters[c - 0x80];
            doc_read_character(doc, c, (uint32_t)(piece.data + k - stream.data), 0);
        }
    }
}

/* ---- the document ---- */

static enum status read_streams(struct doc *doc, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct ole *ole = NULL;
    enum status status = ole_open(doc->source->bytes, &ole, err);
    unsigned flags;

    if (status)
        return status;
    status = ole_read_name(ole, "WordDocument", &doc->stream, &problem);
    if (status && doc->stream.len > 0 && status != STATUS_NO_MEMORY) {
        writer_problem(doc->writer, &problem);
        doc->stream.failed = status = STATUS_OK;
    } else if (status) {
        status = error_set(err, status, "%s", problem.text);
    }
    flags = ole_u16(buf_span(&doc->stream), 0x0A);
    if (!status && (flags & 0x0100))
        status = error_set(err, STATUS_UNSUPPORTED, "encrypted document");
    if (!status)
        (void)!ole_read_name(ole, flags & 0x0200 ? "1Table" : "0Table", &doc->table, NULL);
    if (!status)
        (void)!ole_read_name(ole, "Data", &doc->data, NULL);
    doc->table.failed = doc->data.failed = STATUS_OK;
    ole_metadata(ole, doc->writer);
    ole_free(ole);
    return status;
}

static enum status doc_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(doc_free) struct doc *doc = calloc(1, sizeof(*doc));
    enum status status;
    bool is_modern;

    if (!doc)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    doc->source = source;
    doc->writer = writer;
    doc->stream = doc->table = doc->data = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    doc->text = doc->hidden = (struct buf)BUF_INIT(PARAGRAPH_BYTES_MAX);
    doc->link = (struct buf)BUF_INIT(65536);
    doc->properties.arena = (struct arena)ARENA_INIT((size_t)16 << 20);
    status = read_streams(doc, err);
    if (status)
        return status;
    is_modern = ole_u16(buf_span(&doc->stream), 0) == MAGIC &&
                ole_u16(buf_span(&doc->stream), 2) >= WORD_97;
    if (is_modern && !doc_properties_read(buf_span(&doc->stream), buf_span(&doc->table),
                                          buf_span(&doc->data), &doc->properties))
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (!is_modern && !doc_old_properties_read(buf_span(&doc->stream), &doc->properties))
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (is_modern && find_pieces(doc)) {
        if (!doc_boxes_read(buf_span(&doc->stream), buf_span(&doc->table),
                            story_end(doc, DOC_STORY_BOXES) - story_end(doc, DOC_STORY_ENDNOTES),
                            &doc->boxes))
            return error_set(err, STATUS_NO_MEMORY, "out of memory");
        read_pieces(doc);
    } else {
        read_plain(doc);
    }
    doc_end_story(doc);
    if (doc->is_out_of_memory)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    return STATUS_OK;
}

static int doc_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/msword") == 0 && input->head.len > 8 &&
                   memcmp(input->head.data, "\xD0\xCF\x11\xE0", 4) == 0
               ? 100
               : 0;
}

const struct extractor doc_extractor = {
    .name = "doc",
    .version = 10,
    .bid = doc_bid,
    .extract = doc_extract,
};
