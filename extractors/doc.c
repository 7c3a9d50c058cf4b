/*
 * doc.c - Word documents from 1997 to 2003; of older ones, headings, tables and the words. [MS-DOC]
 *
 * The text is a list of pieces, some in a Windows code page and some in UTF-16, that follow each
 * other in the order of character positions; what a paragraph is hangs on the byte of its end mark.
 */
#include "extractors/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/cell_text.h"
#include "extractors/extractors.h"
#include "extractors/ole.h"
#include "extractors/spanning_cell.h"
#include "extractors/symbol_font.h"

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
    STORY_HEADER_BOXES,
    STORY_COUNT
};

/* From that byte of the paragraph's text on. */
struct look {
    size_t start;
    uint8_t bits; /* of emphasis */
};

struct doc {
    const struct source *source;
    struct writer *writer;
    struct buf stream, table, data;
    struct doc_properties properties;
    struct buf text; /* of the paragraph at hand, or of the cell */
    size_t paragraph_start;
    struct look *looks;
    size_t look_count, look_capacity;
    bool is_out_of_memory;
    struct buf hidden;
    struct buf link; /* a field's code, then its target */
    size_t link_start, link_end;
    unsigned link_depth; /* of its field */
    bool has_link;
    bool is_in_code[FIELD_DEPTH_MAX]; /* of a field: its text is not shown */
    uint32_t forms[FIELD_DEPTH_MAX];  /* what a field of a form is; DOC_NOWHERE: it is none */
    unsigned field_depth;
    enum story story;
    uint32_t position;  /* of the character at hand */
    struct span pieces; /* 2.8.35 PlcPcd; none: the text is not in pieces */
    size_t piece_count;
    struct doc_boxes boxes;
    size_t boxes_told;
    bool is_in_box;
    bool is_table_open, is_row_open, is_code_open;
    bool is_in_header;               /* of the table */
    unsigned cell;                   /* of the row */
    const struct doc_paragraph *row; /* its end; NULL: unknown */
    struct doc_grid grid;            /* of the table */
    struct {
        char text[SPANNING_ROWS_BYTES_MAX];
        size_t len;
    } above[DOC_MERGES_MAX], left; /* of the table's columns; of the row */
    unsigned frame_depth;          /* of tables, all around what is read, that are no tables */
    bool begins_note;              /* its mark was read */
    uint32_t footnotes, endnotes, footnotes_put, endnotes_put; /* marks, and the notes */
};

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

static const struct doc_style *style_of(const struct doc *doc,
                                        const struct doc_paragraph *paragraph)
{
    static const struct doc_style plain = { .outline = 255, .list = DOC_LIST_UNSAID };

    return paragraph && paragraph->style < doc->properties.style_count
               ? &doc->properties.styles[paragraph->style]
               : &plain;
}

static void count_item(struct doc *doc, const struct doc_paragraph *paragraph,
                       struct docx_item *item)
{
    const struct doc_style *style = style_of(doc, paragraph);
    bool is_own = paragraph && paragraph->list != DOC_LIST_UNSAID;

    docx_numbering_count(&doc->properties.numbering, NULL, is_own ? paragraph->list : style->list,
                         is_own ? paragraph->level : style->level, item);
}

static void put_mark(struct doc *doc, const struct docx_item *item)
{
    writer_text(doc->writer, (struct span){ item->mark, strlen(item->mark) });
    writer_text(doc->writer, (struct span){ " ", 1 });
}

static void begin_list_item(struct doc *doc, const struct docx_item *item, unsigned level)
{
    if (!item->is_list) {
        writer_begin(doc->writer, BLOCK_PARAGRAPH, 0);
        return;
    }
    writer_begin(doc->writer, BLOCK_LIST_ITEM, level + 1);
    if (item->is_ordered && item->is_plain) {
        writer_flags(doc->writer, BLOCK_ORDERED);
        writer_label(doc->writer, (struct span){ item->number, strlen(item->number) });
    } else if (item->mark[0]) {
        put_mark(doc, item);
    }
}

static void begin_main(struct doc *doc, const struct doc_paragraph *paragraph,
                       const struct docx_item *item)
{
    const struct doc_style *style = style_of(doc, paragraph);
    unsigned outline = paragraph && paragraph->outline != 255 ? paragraph->outline : style->outline;
    bool is_own = paragraph && paragraph->list != DOC_LIST_UNSAID;

    if (style->role == DOC_ROLE_TITLE) {
        writer_begin(doc->writer, BLOCK_TITLE, 0);
    } else if (style->role == DOC_ROLE_SUBTITLE) {
        writer_begin(doc->writer, BLOCK_HEADING, 1);
    } else if (outline < 9) {
        writer_begin(doc->writer, BLOCK_HEADING, outline + 1);
        if (item->is_ordered && item->mark[0])
            put_mark(doc, item);
    } else if (style->role == DOC_ROLE_CAPTION) {
        writer_begin(doc->writer, BLOCK_CAPTION, 0);
    } else {
        begin_list_item(doc, item, is_own ? paragraph->level : style->level);
    }
}

static bool is_code(const struct doc *doc, const struct doc_paragraph *paragraph)
{
    return paragraph && doc->story == STORY_MAIN &&
           paragraph->style < doc->properties.style_count &&
           doc->properties.styles[paragraph->style].role == DOC_ROLE_CODE;
}

/* A note begins with its mark; what has none is a further paragraph of it. */
static void begin_note(struct doc *doc)
{
    bool is_endnote = doc->story == STORY_ENDNOTES;
    uint32_t *count = is_endnote ? &doc->endnotes_put : &doc->footnotes_put;
    bool goes_on = !doc->begins_note && *count > 0;
    char mark[16];

    *count += !goes_on;
    doc->begins_note = false;
    (void)snprintf(mark, sizeof(mark), is_endnote ? "e%u" : "%u", *count);
    writer_begin(doc->writer, BLOCK_FOOTNOTE, 0);
    writer_label(doc->writer, (struct span){ mark, strlen(mark) });
    if (goes_on)
        writer_flags(doc->writer, BLOCK_CONTINUES);
}

/* Sends text[start, end) with its looks. */
static void put_range(struct doc *doc, size_t start, size_t end)
{
    for (size_t i = 0; i <= doc->look_count; i++) { /* the first is what stands before any */
        size_t from = i == 0 ? 0 : doc->looks[i - 1].start;
        size_t to = i == doc->look_count ? doc->text.len : doc->looks[i].start;

        from = from < start ? start : from;
        to = to > end ? end : to;
        if (from >= to)
            continue;
        (void)writer_emphasis(doc->writer, i == 0 ? 0 : doc->looks[i - 1].bits);
        put_lines(doc, (struct span){ doc->text.data + from, to - from });
    }
    (void)writer_emphasis(doc->writer, 0);
}

static void put_linked(struct doc *doc)
{
    size_t len = doc->text.len;

    if (!doc->has_link || doc->link_start > len || doc->link.len == 0) {
        put_range(doc, 0, len);
        return;
    }
    put_range(doc, 0, doc->link_start);
    writer_link_begin(doc->writer, buf_span(&doc->link));
    if (doc->link_end < doc->link_start || doc->link_end > len)
        doc->link_end = len;
    put_range(doc, doc->link_start, doc->link_end);
    writer_link_end(doc->writer);
    put_range(doc, doc->link_end, len);
}

static void put_block(struct doc *doc, const struct doc_paragraph *paragraph)
{
    struct docx_item item = { .is_list = false };

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
    if (doc->story == STORY_MAIN || doc->story == STORY_BOXES) /* an empty one is counted, too */
        count_item(doc, paragraph, &item);
    if (doc->text.len == 0)
        return;
    if (doc->story == STORY_FOOTNOTES || doc->story == STORY_ENDNOTES) {
        begin_note(doc);
    } else if (doc->story == STORY_COMMENTS) {
        writer_begin(doc->writer, BLOCK_PARAGRAPH, 0);
        writer_flags(doc->writer, BLOCK_COMMENT);
    } else {
        begin_main(doc, paragraph, &item);
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
    doc->paragraph_start = doc->look_count = 0;
}

/* In a cell the mark of a list's item is a word of the text. */
static void mark_cell_paragraph(struct doc *doc, const struct doc_paragraph *paragraph)
{
    struct docx_item item;
    size_t len, start = doc->paragraph_start, moved;

    count_item(doc, paragraph, &item);
    if (!item.is_ordered || !item.mark[0] || start > doc->text.len)
        return;
    len = strlen(item.mark);
    moved = doc->text.len - start;
    buf_append(&doc->text, item.mark, len);
    buf_append_char(&doc->text, ' ');
    if (doc->text.failed)
        return;
    memmove(doc->text.data + start + len + 1, doc->text.data + start, moved);
    memcpy(doc->text.data + start, item.mark, len);
    doc->text.data[start + len] = ' ';
    for (size_t i = 0; i < doc->look_count; i++)
        if (doc->looks[i].start >= start)
            doc->looks[i].start += len + 1;
    if (doc->link_start >= start)
        doc->link_start += len + 1;
    if (doc->link_end >= start && doc->link_end != SIZE_MAX)
        doc->link_end += len + 1;
}

static void begin_row(struct doc *doc, const struct doc_paragraph *paragraph)
{
    const struct doc_paragraph *row;
    bool is_header;

    if (doc->is_row_open)
        return;
    row = doc_row_of(&doc->properties, paragraph);
    is_header = row && row->is_header_row;
    if (!doc->is_table_open) {
        writer_begin(doc->writer, BLOCK_TABLE, is_header);
        memset(doc->above, 0, sizeof(doc->above));
        doc_grid_read(&doc->properties, paragraph, doc->frame_depth + 1, &doc->grid);
    }
    doc->row = row;
    doc->cell = 0;
    doc->left.len = 0;
    doc->is_in_header = is_header && (!doc->is_table_open || doc->is_in_header);
    doc->is_table_open = true;
    writer_begin(doc->writer, BLOCK_ROW, 0);
    if (doc->is_in_header)
        writer_flags(doc->writer, BLOCK_HEADER);
    for (unsigned i = doc_grid_column(&doc->grid, row, 0); i > 0; i--)
        writer_block(doc->writer, BLOCK_CELL, 1, (struct span){ "", 0 });
    doc->is_row_open = true;
}

/* The mark of a paragraph, and of what it may be the last one. */
struct mark {
    const struct doc_paragraph *paragraph; /* NULL: unknown */
    unsigned depth;                        /* of tables around it */
    bool ends_cell, ends_row;
};

static struct mark read_mark(const struct doc *doc, uint32_t offset, bool ends_cell)
{
    const struct doc_paragraph *paragraph = doc_paragraph_at(&doc->properties, offset);
    bool is_note = doc->story == STORY_FOOTNOTES || doc->story == STORY_ENDNOTES ||
                   doc->story == STORY_COMMENTS;
    struct mark mark = { .paragraph = paragraph, .depth = ends_cell };

    if (!ends_cell && paragraph && !is_note)
        mark.depth = paragraph->depth;
    mark.ends_row = paragraph && paragraph->is_row_end && (ends_cell || mark.depth > 1);
    mark.ends_cell =
        !mark.ends_row && (ends_cell || (mark.depth > 1 && paragraph && paragraph->is_inner_end));
    return mark;
}

static void tell_boxes(struct doc *doc, uint32_t position);

static void end_plain(struct doc *doc, const struct mark *mark)
{
    close_table(doc);
    put_block(doc, mark->paragraph);
    clear_paragraph(doc);
    if (doc->story == STORY_MAIN)
        tell_boxes(doc, doc->position);
    if (mark->ends_row) /* a frame's */
        doc->frame_depth = mark->depth - 1;
}

/* Over how many columns the cell at hand goes. */
static unsigned cell_span(const struct doc *doc)
{
    unsigned next = doc->cell + 1, span;

    while (doc_goes_on_beside(doc->row, next))
        next++;
    span = doc_grid_column(&doc->grid, doc->row, next) -
           doc_grid_column(&doc->grid, doc->row, doc->cell);
    return doc->grid.count > 0 && span > 0 && span < DOC_EDGES_MAX ? span : 1;
}

/* Puts the cell's text. What stands beside several rows is told in each, and what stands over
 * several columns too, when it is short; each of those is a cell of its own in some files. Returns
 * what it says. */
static struct span put_cell_text(struct doc *doc)
{
    uint32_t merged = doc->row ? doc->row->merged : 0;
    unsigned column = doc_grid_column(&doc->grid, doc->row, doc->cell);
    struct span told = buf_span(&doc->text);

    if (told.len == 0 && doc_goes_on_beside(doc->row, doc->cell))
        told = (struct span){ doc->left.text, doc->left.len };
    else if (told.len == 0 && doc->cell < DOC_MERGES_MAX && merged >> doc->cell & 1 &&
             column < DOC_MERGES_MAX)
        told = (struct span){ doc->above[column].text, doc->above[column].len };
    if (doc->text.len > 0)
        put_linked(doc);
    else
        put_lines(doc, told);
    return told;
}

/* Keeps what the cell says, for the ones below it and beside it. */
static void keep_cell_text(struct doc *doc, struct span told)
{
    unsigned column = doc_grid_column(&doc->grid, doc->row, doc->cell);

    doc->left.len = spanning_columns_repeat(told.len, 1) ? told.len : 0;
    memmove(doc->left.text, told.data, doc->left.len);
    if (column >= DOC_MERGES_MAX)
        return;
    doc->above[column].len = spanning_rows_repeat(told.len) ? told.len : 0;
    memmove(doc->above[column].text, told.data, doc->above[column].len);
}

static void end_cell(struct doc *doc, const struct mark *mark)
{
    struct span told;
    unsigned span;

    close_code(doc);
    if (mark->ends_row) {
        close_row(doc);
        clear_paragraph(doc);
        return;
    }
    mark_cell_paragraph(doc, mark->paragraph);
    if (!mark->ends_cell) {
        buf_append_char(&doc->text, '\n'); /* the cell goes on */
        doc->paragraph_start = doc->text.len;
        return;
    }
    begin_row(doc, mark->paragraph);
    if (doc->grid.count > 0 && doc->text.len == 0 && doc_goes_on_beside(doc->row, doc->cell)) {
        doc->cell++; /* told with the one to its left */
        clear_paragraph(doc);
        return;
    }
    writer_begin(doc->writer, BLOCK_CELL, 1);
    told = put_cell_text(doc);
    writer_end(doc->writer);
    span = cell_span(doc);
    keep_cell_text(doc, told);
    told = spanning_columns_repeat(told.len, span) ? (struct span){ doc->left.text, doc->left.len }
                                                   : (struct span){ "", 0 };
    for (unsigned i = 1; i < span; i++) {
        writer_begin(doc->writer, BLOCK_CELL, 1);
        put_lines(doc, told);
        writer_end(doc->writer);
    }
    doc->cell++;
    clear_paragraph(doc);
}

/* A table in a cell is a line for each of its rows. */
static void end_inner_cell(struct doc *doc, const struct mark *mark)
{
    if (!mark->ends_row)
        mark_cell_paragraph(doc, mark->paragraph);
    cell_text_end_inner(&doc->text, mark->ends_cell, mark->ends_row);
    doc->paragraph_start = doc->text.len;
}

/* ends_cell: by a mark that only ends cells and rows of outer tables. */
static void end_paragraph(struct doc *doc, uint32_t offset, bool ends_cell)
{
    struct mark mark = read_mark(doc, offset, ends_cell);

    if (doc->frame_depth > mark.depth)
        doc->frame_depth = mark.depth;
    while (!doc->is_table_open && mark.depth > doc->frame_depth &&
           doc_is_frame(&doc->properties, mark.paragraph, doc->frame_depth + 1))
        doc->frame_depth++;
    if (mark.depth <= doc->frame_depth)
        end_plain(doc, &mark);
    else if (mark.depth == doc->frame_depth + 1)
        end_cell(doc, &mark);
    else
        end_inner_cell(doc, &mark);
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
        doc->forms[doc->field_depth] = DOC_NOWHERE;
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
        if (doc->forms[doc->field_depth] != DOC_NOWHERE)
            doc_form_append(buf_span(&doc->data), doc->forms[doc->field_depth], &doc->text);
    }
}

/* Pictures have the same mark. */
static void form_mark(struct doc *doc, uint32_t offset)
{
    const struct doc_run *run = doc_run_at(&doc->properties, offset);

    if (run && !run->is_hidden && doc->field_depth > 0 && doc->is_in_code[doc->field_depth - 1])
        doc->forms[doc->field_depth - 1] = run->form;
}

/* The text goes on with these looks. */
static void set_looks(struct doc *doc, uint8_t bits)
{
    struct look *last = doc->look_count ? &doc->looks[doc->look_count - 1] : NULL;

    if ((last ? last->bits : 0) == bits)
        return;
    if (last && last->start == doc->text.len) {
        last->bits = bits;
        return;
    }
    if (!array_reserve(&doc->looks, &doc->look_capacity, doc->look_count)) {
        doc->is_out_of_memory = true;
        return;
    }
    doc->looks[doc->look_count++] = (struct look){ doc->text.len, bits };
}

/* What the run's font draws for a character that has no meaning but there; 0: an ornament. */
static uint32_t symbol_of(const struct doc *doc, const struct doc_run *run, uint32_t c)
{
    uint32_t drawn = symbol_font_character(doc_font(&doc->properties, run), c);

    return drawn || (c >= 0xD800 && c <= 0xF8FF) ? drawn : c;
}

static bool is_private(uint32_t c)
{
    return c >= 0xE000 && c <= 0xF8FF;
}

static void put_character(struct doc *doc, uint32_t c, uint32_t offset)
{
    const struct doc_run *run;
    bool is_in_code = false;

    for (unsigned i = 0; i < doc->field_depth; i++)
        is_in_code |= doc->is_in_code[i];
    if (is_in_code) {
        if (!doc->has_link)
            utf8_append(&doc->link, c);
        return;
    }
    run = doc_run_at(&doc->properties, offset);
    if (run && (is_private(c) || (run->symbol && c == '(')))
        c = symbol_of(doc, run, is_private(c) ? c : run->symbol);
    if (c == 0 || is_private(c))
        return;
    if (run && run->is_hidden) {
        utf8_append(&doc->hidden, c);
        return;
    }
    set_looks(doc, run ? doc_looks(&doc->properties, run) : 0);
    utf8_append(&doc->text, c);
}

static void read_note_mark(struct doc *doc, uint32_t position)
{
    if (doc->story == STORY_FOOTNOTES || doc->story == STORY_ENDNOTES)
        doc->begins_note = true;
    if (doc->story != STORY_MAIN)
        return;
    set_looks(doc, 0);
    if (doc_is_endnote(&doc->properties, position))
        buf_printf(&doc->text, "[^e%u]", ++doc->endnotes);
    else
        buf_printf(&doc->text, "[^%u]", ++doc->footnotes);
}

/* 2.4.1: characters that are marks. */
static void read_character(struct doc *doc, uint32_t c, uint32_t offset, uint32_t position)
{
    switch (c) {
    case 0x0D:
    case 0x0C:
    case 0x0E:
        end_paragraph(doc, offset, false);
        break;
    case 0x07:
        end_paragraph(doc, offset, true);
        break;
    case 0x0B:
        put_character(doc, '\n', offset);
        break;
    case 0x13:
    case 0x14:
    case 0x15:
        field_mark(doc, c);
        break;
    case 0x02:
        read_note_mark(doc, position);
        break;
    case 0x1E:
        put_character(doc, '-', offset);
        break;
    case 0x01:
        form_mark(doc, offset);
        break;
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x08:
    case 0x1F:
    case 0x00:
        break;
    default:
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

static void end_story(struct doc *doc)
{
    close_table(doc);
    close_code(doc);
    if (doc->text.len > 0)
        put_block(doc, NULL);
    clear_paragraph(doc);
    doc->field_depth = doc->frame_depth = 0;
}

static void change_story(struct doc *doc, uint32_t position)
{
    while (doc->story + 1 < STORY_COUNT && position >= story_end(doc, doc->story)) {
        end_story(doc);
        doc->story++;
    }
}

static bool is_shown(const struct doc *doc)
{
    if (doc->story == STORY_HEADERS || doc->story == STORY_HEADER_BOXES)
        return doc->source->keep_boilerplate;
    if (doc->story == STORY_BOXES)
        return doc->is_in_box || doc->boxes.count == 0;
    return doc->story != STORY_MACROS;
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
                read_character(doc, c, (uint32_t)offset, position);
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

/* Reads the boxes that hang on the text up to that position: behind the paragraph that they stand
 * beside, or behind the one that follows their table. */
static void tell_boxes(struct doc *doc, uint32_t position)
{
    unsigned field_depth = doc->field_depth, frame_depth = doc->frame_depth;
    uint32_t start = story_end(doc, STORY_ENDNOTES);
    enum story story = doc->story;

    for (; doc->boxes_told < doc->boxes.count; doc->boxes_told++) {
        const struct doc_box *box = &doc->boxes.items[doc->boxes_told];

        if (box->anchor > position)
            break;
        close_code(doc);
        doc->story = STORY_BOXES;
        doc->is_in_box = true;
        doc->frame_depth = 0;
        read_range(doc, start + box->first, start + box->last);
        end_story(doc);
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
    end_story(doc);
    tell_boxes(doc, UINT32_MAX); /* those of which it is not known where they hang */
}

/* Before 1997, and where the piece table is broken. */
static void read_plain(struct doc *doc)
{
    struct span stream = buf_span(&doc->stream);
    struct doc_old_pieces pieces = doc_old_pieces(stream);
    bool is_wide = pieces.is_wide;
    uint16_t characters[128];

    doc->story = STORY_MAIN;
    doc_old_charset(stream, characters);
    for (size_t i = 0; i < pieces.count && !writer_is_full(doc->writer); i++) {
        struct span piece = doc_old_piece(&pieces, i);

        for (size_t k = 0; k < piece.len; k += is_wide ? 2 : 1) {
            uint32_t c = is_wide ? ole_u16(piece, k) : ole_u8(piece, k);

            if (!is_wide && c >= 0x80)
                c = characters[c - 0x80];
            read_character(doc, c, (uint32_t)(piece.data + k - stream.data), 0);
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
                            story_end(doc, STORY_BOXES) - story_end(doc, STORY_ENDNOTES),
                            &doc->boxes))
            return error_set(err, STATUS_NO_MEMORY, "out of memory");
        read_pieces(doc);
    } else {
        read_plain(doc);
    }
    close_table(doc);
    put_block(doc, NULL);
    close_code(doc);
    clear_paragraph(doc);
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
    .version = 9,
    .bid = doc_bid,
    .extract = doc_extract,
};
