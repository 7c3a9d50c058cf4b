/*
 * doc.c - Word documents from 1997 to 2003; of older ones, the words. [MS-DOC]
 *
 * The text is a list of pieces, some in a Windows code page and some in UTF-16, that follow each
 * other in the order of character positions; what a paragraph is hangs on the byte of its end mark.
 */
#include "extractors/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/ole.h"

#define PARAGRAPH_BYTES_MAX ((size_t)16 << 20)
#define PIECES_MAX          ((size_t)1 << 20)
#define FIELD_DEPTH_MAX     32u
#define MAGIC               0xA5ECu
#define WORD_97             193u

/* 2.9.15 ff: the parts of the text, in this order. */
enum story {
    STORY_MAIN,
    STORY_FOOTNOTES,
    STORY_HEADERS,
    STORY_MACROS,
    STORY_COMMENTS,
    STORY_ENDNOTES,
    STORY_BOXES,
    STORY_COUNT
};

struct doc {
    const struct source *source;
    struct writer *writer;
    struct buf stream, table;
    struct doc_properties properties;
    struct buf text; /* of the paragraph at hand */
    struct buf hidden;
    struct buf link; /* a field's code, then its target */
    size_t link_start, link_end;
    unsigned link_depth; /* of its field */
    bool has_link;
    bool is_in_code[FIELD_DEPTH_MAX]; /* of a field: its text is not shown */
    unsigned field_depth;
    enum story story;
    bool is_table_open, is_row_open, is_code_open;
    uint32_t note_count, notes_put;
};

static void doc_free(struct doc **owned)
{
    struct doc *doc = *owned;

    if (!doc)
        return;
    buf_release(&doc->stream);
    buf_release(&doc->table);
    buf_release(&doc->text);
    buf_release(&doc->hidden);
    buf_release(&doc->link);
    doc_properties_release(&doc->properties);
    free(doc);
}

/* ---- blocks ---- */

static void put_lines(struct doc *doc, struct span text)
{
    while (text.len > 0) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.data) : text.len;

        writer_text(doc->writer, (struct span){ text.data, len });
        if (newline)
            writer_break(doc->writer);
        len += newline ? 1 : 0;
        text = (struct span){ text.data + len, text.len - len };
    }
}

static void close_row(struct doc *doc)
{
    if (doc->is_row_open)
        writer_end(doc->writer);
    doc->is_row_open = false;
}

static void close_table(struct doc *doc)
{
    close_row(doc);
    if (doc->is_table_open)
        writer_end(doc->writer);
    doc->is_table_open = false;
}

static void close_code(struct doc *doc)
{
    if (doc->is_code_open)
        writer_end(doc->writer);
    doc->is_code_open = false;
}

static void begin_list_item(struct doc *doc, unsigned list, unsigned level)
{
    unsigned format = doc_list_format(&doc->properties, list, level);

    if (format == 255) {
        writer_begin(doc->writer, BLOCK_PARAGRAPH, 0);
        return;
    }
    writer_begin(doc->writer, BLOCK_LIST_ITEM, level + 1);
    if (format != 23)
        writer_flags(doc->writer, BLOCK_ORDERED);
}

static void begin_main(struct doc *doc, const struct doc_paragraph *paragraph)
{
    static const struct doc_style plain = { .outline = 255, .list = DOC_LIST_UNSAID };
    const struct doc_style *style = paragraph && paragraph->style < doc->properties.style_count
                                        ? &doc->properties.styles[paragraph->style]
                                        : &plain;
    unsigned outline = paragraph && paragraph->outline != 255 ? paragraph->outline : style->outline;
    bool is_own = paragraph && paragraph->list != DOC_LIST_UNSAID;
    unsigned list = is_own ? paragraph->list : style->list;
    unsigned level = is_own ? paragraph->level : style->level;

    if (style->role == DOC_ROLE_TITLE)
        writer_begin(doc->writer, BLOCK_TITLE, 0);
    else if (style->role == DOC_ROLE_SUBTITLE)
        writer_begin(doc->writer, BLOCK_HEADING, 1);
    else if (outline < 9)
        writer_begin(doc->writer, BLOCK_HEADING, outline + 1);
    else if (style->role == DOC_ROLE_CAPTION)
        writer_begin(doc->writer, BLOCK_CAPTION, 0);
    else
        begin_list_item(doc, list, level);
}

static bool is_code(const struct doc *doc, const struct doc_paragraph *paragraph)
{
    return paragraph && doc->story == STORY_MAIN &&
           paragraph->style < doc->properties.style_count &&
           doc->properties.styles[paragraph->style].role == DOC_ROLE_CODE;
}

static void begin_note(struct doc *doc)
{
    char mark[16];

    (void)snprintf(mark, sizeof(mark), "%u", ++doc->notes_put);
    writer_begin(doc->writer, BLOCK_FOOTNOTE, 0);
    writer_label(doc->writer, (struct span){ mark, strlen(mark) });
}

static void put_linked(struct doc *doc)
{
    struct span text = buf_span(&doc->text);

    if (!doc->has_link || doc->link_start > text.len || doc->link.len == 0) {
        put_lines(doc, text);
        return;
    }
    put_lines(doc, (struct span){ text.data, doc->link_start });
    writer_link_begin(doc->writer, buf_span(&doc->link));
    if (doc->link_end < doc->link_start || doc->link_end > text.len)
        doc->link_end = text.len;
    put_lines(doc, (struct span){ text.data + doc->link_start, doc->link_end - doc->link_start });
    writer_link_end(doc->writer);
    put_lines(doc, (struct span){ text.data + doc->link_end, text.len - doc->link_end });
}

static void put_block(struct doc *doc, const struct doc_paragraph *paragraph)
{
    if (is_code(doc, paragraph)) {
        if (doc->is_code_open)
            writer_break(doc->writer);
        else
            writer_begin(doc->writer, BLOCK_CODE, 0);
        doc->is_code_open = true;
        put_lines(doc, buf_span(&doc->text));
        return;
    }
    close_code(doc);
    if (doc->text.len == 0)
        return;
    if (doc->story == STORY_FOOTNOTES || doc->story == STORY_ENDNOTES) {
        begin_note(doc);
    } else if (doc->story == STORY_COMMENTS) {
        writer_begin(doc->writer, BLOCK_PARAGRAPH, 0);
        writer_flags(doc->writer, BLOCK_COMMENT);
    } else {
        begin_main(doc, paragraph);
    }
    put_linked(doc);
    writer_end(doc->writer);
}

static void clear_paragraph(struct doc *doc)
{
    if (doc->hidden.len > 0)
        writer_hidden(doc->writer, buf_span(&doc->hidden));
    buf_clear(&doc->text);
    buf_clear(&doc->hidden);
    buf_clear(&doc->link);
    doc->has_link = false;
}

static void end_paragraph(struct doc *doc, uint32_t offset)
{
    const struct doc_paragraph *paragraph = doc_paragraph_at(&doc->properties, offset);

    if (paragraph && paragraph->is_in_table && doc->story == STORY_MAIN) {
        buf_append_char(&doc->text, '\n'); /* the cell goes on */
        return;
    }
    close_table(doc);
    put_block(doc, paragraph);
    clear_paragraph(doc);
}

static void end_cell(struct doc *doc, uint32_t offset)
{
    const struct doc_paragraph *paragraph = doc_paragraph_at(&doc->properties, offset);

    close_code(doc);
    if (paragraph && paragraph->is_row_end) {
        close_row(doc);
        clear_paragraph(doc);
        return;
    }
    if (!doc->is_table_open)
        writer_begin(doc->writer, BLOCK_TABLE, 0);
    doc->is_table_open = true;
    if (!doc->is_row_open)
        writer_begin(doc->writer, BLOCK_ROW, 0);
    doc->is_row_open = true;
    writer_begin(doc->writer, BLOCK_CELL, 1);
    put_linked(doc);
    writer_end(doc->writer);
    clear_paragraph(doc);
}

/* ---- characters ---- */

/* HYPERLINK "https://..." becomes the target; anything else is no link. */
static void read_code(struct doc *doc)
{
    char *word = strstr(doc->link.data, "HYPERLINK"), *open, *close;
    size_t len;

    if (doc->has_link)
        return;
    open = word ? strchr(word, '"') : NULL;
    close = open ? strchr(open + 1, '"') : NULL;
    if (!close || strstr(word, "\\l")) {
        buf_clear(&doc->link);
        return;
    }
    len = (size_t)(close - open - 1);
    memmove(doc->link.data, open + 1, len);
    doc->link.len = len;
    doc->link.data[len] = '\0';
    doc->has_link = true;
    doc->link_start = doc->text.len;
    doc->link_end = SIZE_MAX;
    doc->link_depth = doc->field_depth;
}

static void field_mark(struct doc *doc, uint32_t c)
{
    if (c == 0x13 && doc->field_depth < FIELD_DEPTH_MAX) {
        doc->is_in_code[doc->field_depth++] = true;
        if (!doc->has_link)
            buf_clear(&doc->link);
    } else if (c == 0x14 && doc->field_depth > 0) {
        doc->is_in_code[doc->field_depth - 1] = false;
        read_code(doc);
    } else if (c == 0x15 && doc->field_depth > 0) {
        if (doc->has_link && doc->link_depth == doc->field_depth && doc->link_end == SIZE_MAX)
            doc->link_end = doc->text.len;
        doc->field_depth--;
    }
}

static void put_character(struct doc *doc, uint32_t c, uint32_t offset)
{
    bool is_in_code = false;

    for (unsigned i = 0; i < doc->field_depth; i++)
        is_in_code |= doc->is_in_code[i];
    if (is_in_code) {
        if (!doc->has_link)
            utf8_append(&doc->link, c);
        return;
    }
    if (doc->properties.hidden_count > 0 && doc_is_hidden(&doc->properties, offset))
        utf8_append(&doc->hidden, c);
    else
        utf8_append(&doc->text, c);
}

/* 2.4.1: characters that are marks. */
static void read_character(struct doc *doc, uint32_t c, uint32_t offset)
{
    char mark[24];

    switch (c) {
    case 0x0D:
        end_paragraph(doc, offset);
        break;
    case 0x07:
        end_cell(doc, offset);
        break;
    case 0x0B:
        put_character(doc, '\n', offset);
        break;
    case 0x0C:
    case 0x0E:
        end_paragraph(doc, offset);
        break;
    case 0x13:
    case 0x14:
    case 0x15:
        field_mark(doc, c);
        break;
    case 0x02:
        if (doc->story == STORY_MAIN) {
            (void)snprintf(mark, sizeof(mark), "[^%u]", ++doc->note_count);
            buf_append(&doc->text, mark, strlen(mark));
        }
        break;
    case 0x1E:
        put_character(doc, '-', offset);
        break;
    case 0x01:
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x08:
    case 0x1F:
    case 0x00:
        break;
    default:
        if (c < 0xE000 || c > 0xF8FF)
            put_character(doc, c, offset);
    }
}

/* ---- pieces ---- */

static uint32_t story_end(const struct doc *doc, enum story story)
{
    uint32_t end = 0;

    for (unsigned i = 0; i <= (unsigned)story; i++)
        end += ole_u32(buf_span(&doc->stream), 0x4C + 4 * i) & 0x3FFFFFFFu;
    return end;
}

static void change_story(struct doc *doc, uint32_t position)
{
    while (doc->story + 1 < STORY_COUNT && position >= story_end(doc, doc->story)) {
        close_table(doc);
        close_code(doc);
        if (doc->text.len > 0)
            put_block(doc, NULL);
        clear_paragraph(doc);
        doc->field_depth = 0;
        doc->story++;
    }
}

static uint32_t windows_1252(unsigned char c)
{
    static const uint16_t upper[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
    };

    return c >= 0x80 && c < 0xA0 ? upper[c - 0x80] : c;
}

static bool is_shown(const struct doc *doc)
{
    if (doc->story == STORY_HEADERS)
        return doc->source->keep_boilerplate;
    return doc->story != STORY_MACROS;
}

static void read_piece(struct doc *doc, uint32_t first, uint32_t last, uint32_t address)
{
    struct span stream = buf_span(&doc->stream);
    bool is_narrow = (address & 0x40000000u) != 0;
    size_t offset = address & 0x3FFFFFFFu;
    uint32_t high = 0;

    if (is_narrow)
        offset /= 2;
    for (uint32_t position = first; position < last && offset < stream.len; position++) {
        uint32_t c =
            is_narrow ? windows_1252((unsigned char)stream.data[offset]) : ole_u16(stream, offset);

        change_story(doc, position);
        if (c >= 0xD800 && c < 0xDC00) {
            high = c;
        } else {
            if (c >= 0xDC00 && c < 0xE000)
                c = high ? 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00) : UTF8_REPLACEMENT;
            high = 0;
            if (is_shown(doc))
                read_character(doc, c, (uint32_t)offset);
        }
        offset += is_narrow ? 1 : 2;
    }
}

/* 2.9.38 Clx: property lists, then the piece table. */
static bool read_pieces(struct doc *doc)
{
    struct span table = buf_span(&doc->table), stream = buf_span(&doc->stream), pieces;
    size_t at = ole_u32(stream, 0x01A2), end = at + ole_u32(stream, 0x01A6), count;

    if (end > table.len)
        end = table.len;
    while (at < end && ole_u8(table, at) == 1)
        at += 3 + (size_t)ole_u16(table, at + 1);
    if (at + 5 > end || ole_u8(table, at) != 2)
        return false;
    pieces = (struct span){ table.data + at + 5, end - at - 5 };
    if (ole_u32(table, at + 1) < pieces.len)
        pieces.len = ole_u32(table, at + 1);
    count = pieces.len >= 16 ? (pieces.len - 4) / 12 : 0;
    for (size_t i = 0; i < count && i < PIECES_MAX && !writer_is_full(doc->writer); i++)
        read_piece(doc, ole_u32(pieces, 4 * i), ole_u32(pieces, 4 * (i + 1)),
                   ole_u32(pieces, 4 * (count + 1) + 8 * i + 2));
    return count > 0;
}

/* Before 1997, and where the piece table is broken: the bytes between the marks of the header. */
static void read_plain(struct doc *doc)
{
    struct span stream = buf_span(&doc->stream);
    uint32_t first = ole_u32(stream, 0x18), last = ole_u32(stream, 0x1C);

    doc->story = STORY_MAIN;
    for (uint32_t offset = first; offset < last && offset < stream.len; offset++)
        read_character(doc, windows_1252((unsigned char)stream.data[offset]), offset);
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
    doc->table.failed = STATUS_OK;
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
    doc->stream = doc->table = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    doc->text = doc->hidden = (struct buf)BUF_INIT(PARAGRAPH_BYTES_MAX);
    doc->link = (struct buf)BUF_INIT(65536);
    status = read_streams(doc, err);
    if (status)
        return status;
    is_modern = ole_u16(buf_span(&doc->stream), 0) == MAGIC &&
                ole_u16(buf_span(&doc->stream), 2) >= WORD_97;
    if (is_modern &&
        !doc_properties_read(buf_span(&doc->stream), buf_span(&doc->table), &doc->properties))
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (!is_modern || !read_pieces(doc))
        read_plain(doc);
    close_table(doc);
    put_block(doc, NULL);
    close_code(doc);
    clear_paragraph(doc);
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
    .version = 1,
    .bid = doc_bid,
    .extract = doc_extract,
};
