#include <stdio.h>
#include <string.h>

#include "extractors/common/cell_text.h"
#include "extractors/office/doc_read.h"

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

/* What the item says of its place, or its style, when that says the list too; else the list does.
 */
static int32_t indent_of(const struct doc *doc, const struct doc_paragraph *paragraph,
                         const struct docx_item *item)
{
    const struct doc_style *style = style_of(doc, paragraph);

    if (paragraph && paragraph->has_indent)
        return paragraph->indent;
    if (paragraph && paragraph->list == DOC_LIST_UNSAID && style->has_indent)
        return style->indent;
    return item->indent;
}

static void begin_list_item(struct doc *doc, const struct doc_paragraph *paragraph,
                            const struct docx_item *item)
{
    const struct doc_style *style = style_of(doc, paragraph);
    bool is_own = paragraph && paragraph->list != DOC_LIST_UNSAID;

    writer_begin(doc->writer, BLOCK_LIST_ITEM,
                 docx_nest(&doc->nesting, is_own ? paragraph->list : style->list,
                           is_own ? paragraph->level : style->level,
                           indent_of(doc, paragraph, item)));
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
    bool is_item = item->is_list && style->role != DOC_ROLE_TITLE && outline >= 9 &&
                   style->role != DOC_ROLE_SUBTITLE && style->role != DOC_ROLE_CAPTION;

    if (!is_item)
        doc->nesting.count = 0;
    if (is_item) {
        begin_list_item(doc, paragraph, item);
    } else if (style->role == DOC_ROLE_TITLE) {
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
        writer_begin(doc->writer, BLOCK_PARAGRAPH, 0);
    }
}

static bool is_code(const struct doc *doc, const struct doc_paragraph *paragraph)
{
    return paragraph && doc->story == DOC_STORY_MAIN &&
           paragraph->style < doc->properties.style_count &&
           doc->properties.styles[paragraph->style].role == DOC_ROLE_CODE;
}

/* A note begins with its mark; what has none is a further paragraph of it. */
static void begin_note(struct doc *doc)
{
    bool is_endnote = doc->story == DOC_STORY_ENDNOTES;
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
        doc->nesting.count = 0;
        put_lines(doc, buf_span(&doc->text));
        return;
    }
    close_code(doc);
    if (doc->story == DOC_STORY_MAIN ||
        doc->story == DOC_STORY_BOXES) /* an empty one is counted, too */
        count_item(doc, paragraph, &item);
    if (doc->text.len == 0)
        return;
    if (doc->story == DOC_STORY_FOOTNOTES || doc->story == DOC_STORY_ENDNOTES) {
        begin_note(doc);
    } else if (doc->story == DOC_STORY_COMMENTS) {
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
        doc->nesting.count = 0;
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
    bool is_note = doc->story == DOC_STORY_FOOTNOTES || doc->story == DOC_STORY_ENDNOTES ||
                   doc->story == DOC_STORY_COMMENTS;
    struct mark mark = { .paragraph = paragraph, .depth = ends_cell };

    if (!ends_cell && paragraph && !is_note)
        mark.depth = paragraph->depth;
    mark.ends_row = paragraph && paragraph->is_row_end && (ends_cell || mark.depth > 1);
    mark.ends_cell =
        !mark.ends_row && (ends_cell || (mark.depth > 1 && paragraph && paragraph->is_inner_end));
    return mark;
}

static void end_plain(struct doc *doc, const struct mark *mark)
{
    close_table(doc);
    put_block(doc, mark->paragraph);
    clear_paragraph(doc);
    if (doc->story == DOC_STORY_MAIN)
        doc_tell_boxes(doc, doc->position);
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

void doc_end_paragraph(struct doc *doc, uint32_t offset, bool ends_cell)
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

void doc_end_story(struct doc *doc)
{
    close_table(doc);
    close_code(doc);
    if (doc->text.len > 0)
        put_block(doc, NULL);
    clear_paragraph(doc);
    doc->field_depth = doc->frame_depth = 0;
}
