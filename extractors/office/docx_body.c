#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/office/docx_read.h"

#define COLUMNS_MAX     512u
#define SPAN_MAX        32u /* columns that one cell or gap gives */
#define FRAME_DEPTH_MAX 8u  /* each is looked through once more */

/* ---- what a paragraph is ---- */

void docx_end_open(struct docx *docx)
{
    if (docx->is_in_code || docx->is_joined)
        writer_end(docx->writer);
    docx->is_in_code = docx->is_joined = false;
}

/* Marks that prose in a typewriter face has not. */
static bool looks_like_code(struct span text)
{
    size_t marks = 0;

    for (size_t i = 0; i < text.len; i++)
        marks += text.data[i] && strchr("{}[]()=;<>_#$\\|`&*", text.data[i]) ? 1 : 0;
    return marks > 0 && marks * 40 >= text.len;
}

/* A line of code that has no such mark, and is indented below one that has. */
static bool is_indented(struct span text)
{
    return text.len > 1 && (text.data[0] == '\t' || (text.data[0] == ' ' && text.data[1] == ' '));
}

/* True when every run of the paragraph is in a font of fixed width, and its text looks like code.
 * xml stands before its first run and is not moved. */
static bool is_mono_paragraph(struct docx *docx, const struct xml *xml, unsigned depth,
                              const struct docx_paragraph *paragraph)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    struct docx_run run = { .is_mono = false };
    bool is_mono = ahead != NULL;

    if (!ahead)
        return false;
    do {
        if (ahead->event != XML_START)
            continue;
        if (ahead->tag == W_R) {
            run = (struct docx_run){ .is_mono = paragraph->style && paragraph->style->is_mono };
        } else if (ahead->tag == W_RPR) {
            docx_read_run_properties(docx, ahead, paragraph, &run);
        } else if (ahead->tag == W_TAB) {
            buf_append_char(&text, '\t');
        } else if (ahead->tag == W_T) {
            size_t before = text.len;

            xml_collect(ahead, &text);
            if (text.len > before && !run.is_mono && text.data[before] != ' ')
                is_mono = false;
        }
    } while (is_mono && xml_within(ahead, depth));
    return is_mono &&
           (looks_like_code(buf_span(&text)) || (docx->is_in_code && is_indented(buf_span(&text))));
}

/* Looks whether the first run with text says a font of fixed width, at the cost of that run only.
 */
static bool starts_mono(struct docx *docx, const struct xml *xml, unsigned depth,
                        const struct docx_paragraph *paragraph)
{
    static const char *const known[] = { "Courier", "Consolas",       "Mono",
                                         "Menlo",   "Lucida Console", "Source Code" };
    size_t left = (size_t)(xml->end - xml->at);
    struct span near = { xml->at, left < 600 ? left : 600 };
    const char *end = memmem(near.data, near.len, ":t", 2);

    if (end)
        near.len = (size_t)(end - near.data);
    if (paragraph->style && paragraph->style->is_mono)
        return is_mono_paragraph(docx, xml, depth, paragraph);
    if (!memmem(near.data, near.len, "rFonts", 6) && !memmem(near.data, near.len, "rStyle", 6))
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (memmem(near.data, near.len, known[i], strlen(known[i])))
            return is_mono_paragraph(docx, xml, depth, paragraph);
    return false;
}

static void begin_code(struct docx *docx)
{
    if (docx->is_in_code) {
        writer_break(docx->writer);
        return;
    }
    docx_end_open(docx);
    docx->nesting.count = 0;
    writer_begin(docx->writer, BLOCK_CODE, 0);
    docx->is_in_code = true;
}

static void put_mark(struct docx *docx, const struct docx_item *item)
{
    writer_text(docx->writer, (struct span){ item->mark, strlen(item->mark) });
    writer_text(docx->writer, (struct span){ " ", 1 });
}

static void begin_heading(struct docx *docx, const struct docx_paragraph *paragraph)
{
    struct docx_item item;

    docx_numbering_count(&docx->numbering, &docx->styles, paragraph->number,
                         paragraph->number_level, &item);
    writer_begin(docx->writer, BLOCK_HEADING, paragraph->outline + 1);
    if (item.is_ordered && item.mark[0])
        put_mark(docx, &item);
}

/* A list item, or what else is left: a paragraph. */
static void begin_item(struct docx *docx, const struct docx_paragraph *paragraph)
{
    unsigned level = paragraph->number_level + 1;
    struct docx_item item;

    docx_numbering_count(&docx->numbering, &docx->styles, paragraph->number,
                         paragraph->number_level, &item);
    if (!item.is_list) {
        docx->nesting.count = 0;
        writer_begin(docx->writer, BLOCK_PARAGRAPH, 0);
        return;
    }
    if (docx->table_depth == 0)
        level = docx_nest(&docx->nesting, paragraph->number, paragraph->number_level,
                          paragraph->indent != DOCX_INDENT_NONE ? paragraph->indent : item.indent);
    writer_begin(docx->writer, BLOCK_LIST_ITEM, level);
    /* A cell has no items: there the mark is a word of its text. */
    if (docx->table_depth > 0) {
        if (item.is_ordered && item.mark[0])
            put_mark(docx, &item);
        return;
    }
    /* "3." only counts; "c)", "2.1." and "Article 3" are words that others refer to. */
    if (item.is_ordered && item.is_plain) {
        writer_flags(docx->writer, BLOCK_ORDERED);
        writer_label(docx->writer, (struct span){ item.number, strlen(item.number) });
    } else if (item.mark[0]) {
        put_mark(docx, &item);
    }
}

/* Begins the block that the paragraph is. Returns false when it goes on in one that is open. */
static bool begin_paragraph(struct docx *docx, struct xml *xml, unsigned depth,
                            const struct docx_paragraph *paragraph)
{
    enum docx_role role = paragraph->style ? paragraph->style->role : DOCX_ROLE_NONE;

    if (docx->is_joined)
        return false;
    if (docx->is_in_note || docx->table_depth > 0) {
        if (docx->table_depth > 0)
            begin_item(docx, paragraph);
        else
            writer_begin(docx->writer, BLOCK_PARAGRAPH, 0);
        return true;
    }
    if (role == DOCX_ROLE_CODE || starts_mono(docx, xml, depth, paragraph)) {
        begin_code(docx);
        return false;
    }
    docx_end_open(docx);
    if (role != DOCX_ROLE_NONE || paragraph->outline != DOCX_OUTLINE_NONE)
        docx->nesting.count = 0;
    if (role == DOCX_ROLE_TITLE)
        writer_begin(docx->writer, BLOCK_TITLE, 0);
    else if (role == DOCX_ROLE_SUBTITLE)
        writer_begin(docx->writer, BLOCK_HEADING, 1);
    else if (paragraph->outline != DOCX_OUTLINE_NONE)
        begin_heading(docx, paragraph);
    else if (role == DOCX_ROLE_QUOTE)
        writer_begin(docx->writer, BLOCK_QUOTE, 1);
    else if (role == DOCX_ROLE_CAPTION)
        writer_begin(docx->writer, BLOCK_CAPTION, 0);
    else
        begin_item(docx, paragraph);
    return true;
}

static void end_paragraph(struct docx *docx, const struct docx_paragraph *paragraph,
                          bool is_own_block)
{
    writer_link_end(docx->writer);
    docx_end_looks(docx);
    if (paragraph->is_mark_deleted && !docx->is_in_code && docx->table_depth == 0 &&
        !docx->is_in_note) {
        docx->is_joined |= is_own_block;
        return;
    }
    if (docx->is_joined) {
        docx_end_open(docx);
        return;
    }
    if (is_own_block)
        writer_end(docx->writer);
}

/* Says behind a paragraph what pictures beside it show. */
static void put_beside(struct docx *docx)
{
    for (size_t start = 0; start < docx->beside.len;) {
        size_t len = strlen(docx->beside.data + start);

        docx_end_open(docx);
        writer_block(docx->writer, BLOCK_CAPTION, 0,
                     (struct span){ docx->beside.data + start, len });
        start += len + 1;
    }
    buf_clear(&docx->beside);
}

static void read_boxes(struct docx *docx, struct docx_boxes *boxes)
{
    docx->box_depth++;
    for (size_t i = 0; i < boxes->count; i++) {
        docx_read_blocks(docx, boxes->items[i], boxes->items[i]->depth);
        xml_release(boxes->items[i]);
        free(boxes->items[i]);
    }
    docx->box_depth--;
}

/* An empty paragraph leaves no block, though it is counted in its list. It may be an empty line of
 * code, or the number of a table's row. */
static bool shows_when_empty(const struct docx *docx, const struct docx_paragraph *paragraph)
{
    if (docx->table_depth > 0)
        return paragraph->number > 0 && !paragraph->is_mark_deleted;
    return docx->is_in_code && paragraph->style && paragraph->style->role == DOCX_ROLE_CODE;
}

/* Is nothing left of the paragraph that xml is in but what was deleted or moved away? */
static bool is_all_deleted(const struct xml *xml, unsigned depth)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    bool is_deleted = ahead != NULL;

    if (!ahead)
        return false;
    do {
        if (ahead->event != XML_START)
            continue;
        if (ahead->tag == W_DEL || ahead->tag == W_MOVE_FROM)
            xml_skip(ahead);
        else if (ahead->tag == W_R || ahead->tag == M_MATH)
            is_deleted = false;
    } while (is_deleted && xml_within(ahead, depth));
    return is_deleted;
}

static void read_paragraph(struct docx *docx, struct xml *xml)
{
    unsigned depth = xml->depth;
    struct docx_paragraph paragraph = { .outline = DOCX_OUTLINE_NONE, .indent = DOCX_INDENT_NONE };
    struct docx_run run = { .is_hidden = false };
    struct docx_boxes boxes = { .count = 0 };
    bool is_begun = false, is_own_block = false, is_more = xml_within(xml, depth);

    while (is_more && xml->event == XML_TEXT)
        is_more = xml_within(xml, depth);
    if (is_more && xml->event == XML_START && xml->tag == W_PPR) {
        docx_read_paragraph_properties(docx, xml, &paragraph);
        is_more = xml_within(xml, depth);
    } else if (docx->styles.default_paragraph < docx->styles.count) {
        paragraph.style = &docx->styles.items[docx->styles.default_paragraph];
    }
    run.is_hidden = paragraph.is_hidden;
    if (is_more && paragraph.is_mark_deleted && docx->table_depth == 0 &&
        is_all_deleted(xml, depth)) {
        /* What follows is a paragraph of its own kind, no rest of this one. */
        while (is_more)
            is_more = xml_within(xml, depth);
        return;
    }
    if (is_more || shows_when_empty(docx, &paragraph)) {
        docx->paragraph_start = writer_text_bytes(docx->writer);
        is_own_block = begin_paragraph(docx, xml, depth, &paragraph);
        is_begun = true;
    } else if (!paragraph.is_mark_deleted && !docx->is_in_note) {
        struct docx_item item;

        docx_numbering_count(&docx->numbering, &docx->styles, paragraph.number,
                             paragraph.number_level, &item);
    }
    for (; is_more; is_more = xml_within(xml, depth))
        docx_read_inline(docx, xml, &paragraph, &run, &boxes);
    if (is_begun)
        end_paragraph(docx, &paragraph, is_own_block);
    if (docx->beside.len > 0)
        put_beside(docx);
    if (boxes.count > 0)
        read_boxes(docx, &boxes);
}

/* ---- tables ---- */

struct cell {
    unsigned column, span;
    bool is_merged_on; /* goes on with the cell above */
    bool is_merge_start;
};

struct table {
    struct buf kept; /* texts of cells that span rows */
    uint32_t kept_start[COLUMNS_MAX], kept_len[COLUMNS_MAX];
    bool is_begun;
    bool has_header_row; /* by its look */
    unsigned row_count;
};

static void read_cell_properties(struct xml *xml, struct cell *cell)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == W_GRID_SPAN) {
            long span = xml_attr_number(xml, "val", 1);

            cell->span = span < 1 ? 1 : span > (long)COLUMNS_MAX ? COLUMNS_MAX : (unsigned)span;
        } else if (xml->tag == W_V_MERGE) {
            cell->is_merge_start = span_is(xml_attr(xml, "val"), "restart");
            cell->is_merged_on = !cell->is_merge_start;
        } else if (xml->tag == W_TRACKED_PROPERTIES) {
            xml_skip(xml);
        }
    }
}

static void put_kept(struct docx *docx, const struct table *table, unsigned column)
{
    if (column >= COLUMNS_MAX || table->kept_len[column] == 0)
        return;
    writer_text(docx->writer, (struct span){ table->kept.data + table->kept_start[column],
                                             table->kept_len[column] });
}

static void keep_cell(struct table *table, unsigned column, struct span text)
{
    if (column >= COLUMNS_MAX)
        return;
    table->kept_len[column] = 0;
    if (!spanning_rows_repeat(text.len))
        return;
    table->kept_start[column] = (uint32_t)table->kept.len;
    buf_append(&table->kept, text.data, text.len);
    if (table->kept.len >= table->kept_start[column] + text.len)
        table->kept_len[column] = (uint32_t)text.len;
}

static void read_cell(struct docx *docx, struct xml *xml, struct table *table, unsigned *column)
{
    unsigned depth = xml->depth;
    struct cell cell = { .column = *column, .span = 1 };
    char repeat[SPANNING_ROWS_BYTES_MAX];
    size_t mark, len;
    bool is_more = xml_within(xml, depth);

    if (is_more && xml->event == XML_START && xml->tag == W_TC_PR) {
        read_cell_properties(xml, &cell);
    } else if (is_more && xml->event == XML_START && xml->tag == W_P) {
        writer_begin(docx->writer, BLOCK_CELL, 1);
        mark = writer_text_bytes(docx->writer);
        read_paragraph(docx, xml);
        goto rest;
    }
    writer_begin(docx->writer, BLOCK_CELL, 1);
    mark = writer_text_bytes(docx->writer);
    if (cell.is_merged_on)
        put_kept(docx, table, cell.column);
rest:
    if (is_more)
        docx_read_blocks(docx, xml, depth);
    len = writer_text_bytes(docx->writer) - mark;
    if (spanning_rows_repeat(len))
        memcpy(repeat, writer_text_since(docx->writer, mark).data, len);
    else
        len = 0;
    writer_end(docx->writer);
    if (cell.is_merge_start)
        keep_cell(table, cell.column, (struct span){ repeat, len });
    if (!spanning_columns_repeat(len, cell.span))
        len = 0;
    for (unsigned i = 1; i < cell.span && i < SPAN_MAX; i++)
        writer_block(docx->writer, BLOCK_CELL, 1, (struct span){ repeat, len });
    *column = cell.column + cell.span;
}

/* How many rows from here on say that they are repeated as headers. xml is not moved. */
static unsigned count_header_rows(const struct xml *xml, unsigned table_depth)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    unsigned count = 0, row_depth = xml->depth;
    bool is_header = false;

    if (!ahead)
        return 0;
    while (xml_within(ahead, table_depth)) {
        if (ahead->event == XML_START && ahead->tag == W_TBL_HEADER) {
            is_header = xml_attr_is_on(ahead, "val");
        } else if (ahead->event == XML_START && ahead->tag == W_TC) {
            if (!is_header)
                break;
            xml_skip(ahead);
        } else if (ahead->event == XML_END && ahead->tag == W_TR && ahead->depth == row_depth) {
            count++;
            is_header = false;
        }
    }
    return count;
}

static void read_row(struct docx *docx, struct xml *xml, struct table *table, unsigned header_rows)
{
    unsigned depth = xml->depth, column = 0;

    writer_begin(docx->writer, BLOCK_ROW, 0);
    if (table->row_count < header_rows)
        writer_flags(docx->writer, BLOCK_HEADER);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        switch (xml->tag) {
        case W_TC:
            read_cell(docx, xml, table, &column);
            break;
        case W_GRID_BEFORE:
            for (long n = xml_attr_number(xml, "val", 0); n > 0 && column < SPAN_MAX; n--) {
                writer_block(docx->writer, BLOCK_CELL, 1, (struct span){ "", 0 });
                column++;
            }
            break;
        case W_SDT_PR:
        case W_TRACKED_PROPERTIES:
            xml_skip(xml);
            break;
        default:
            break;
        }
    }
    writer_end(docx->writer);
    table->row_count++;
}

static bool has_header_look(struct xml *xml)
{
    struct span first = xml_attr(xml, "firstRow"), value = xml_attr(xml, "val");

    if (first.data)
        return span_is(first, "1") || span_is(first, "true") || span_is(first, "on");
    /* The older form is a bit mask in hexadecimal: 0x0020 is the first row. */
    return value.len == 4 && value.data[2] >= '2' && strchr("2367abefABEF", value.data[2]);
}

/* A row that is deleted, with all in it, is marked so in its properties. */
static bool is_deleted_row(const struct xml *xml)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    unsigned depth = xml->depth;
    bool is_deleted = false;

    if (!ahead)
        return false;
    while (xml_within(ahead, depth)) {
        if (ahead->event == XML_START && ahead->tag == W_TC)
            break;
        is_deleted |= ahead->event == XML_START && ahead->tag == W_DEL;
    }
    return is_deleted;
}

static bool may_be_deleted(const struct xml *xml)
{
    size_t left = (size_t)(xml->end - xml->at);
    const char *end = memmem(xml->at, left, "tc>", 3);

    if (end)
        left = (size_t)(end - xml->at);
    return memmem(xml->at, left < 4096 ? left : 4096, ":del ", 5) != NULL;
}

/* A table of one cell is a frame about what stands in it, which may be anything. */
static bool is_frame(const struct xml *xml)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    unsigned depth = xml->depth, rows = 0, cells = 0;

    if (!ahead)
        return false;
    while (rows < 2 && cells < 2 && xml_within(ahead, depth)) {
        if (ahead->event != XML_START)
            continue;
        rows += ahead->tag == W_TR && !(may_be_deleted(ahead) && is_deleted_row(ahead));
        cells += ahead->tag == W_TC;
        if (ahead->tag == W_TC)
            xml_skip(ahead);
    }
    return rows == 1 && cells == 1;
}

static void read_table(struct docx *docx, struct xml *xml)
{
    unsigned depth = xml->depth, header_rows = 0;
    struct table *table;

    if (docx->table_depth == 0 && !docx->is_in_note && docx->box_depth < FRAME_DEPTH_MAX &&
        is_frame(xml)) {
        docx_end_open(docx);
        docx->box_depth++;
        docx_read_blocks(docx, xml, depth);
        docx_end_open(docx);
        docx->box_depth--;
        return;
    }
    table = calloc(1, sizeof(*table));
    if (!table) {
        docx->failed = STATUS_NO_MEMORY;
        xml_skip(xml);
        return;
    }
    table->kept = (struct buf)BUF_INIT((size_t)4 << 20);
    docx_end_open(docx);
    docx->nesting.count = 0;
    docx->table_depth++;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == W_TBL_LOOK) {
            table->has_header_row = has_header_look(xml);
        } else if (xml->tag == W_TR) {
            if (may_be_deleted(xml) && is_deleted_row(xml)) {
                xml_skip(xml);
                continue;
            }
            if (!table->is_begun) {
                header_rows = count_header_rows(xml, depth);
                if (header_rows == 0 && table->has_header_row)
                    header_rows = 1;
                writer_begin(docx->writer, BLOCK_TABLE, header_rows);
                table->is_begun = true;
            }
            read_row(docx, xml, table, header_rows);
        } else if (xml->tag == W_SDT_PR || xml->tag == W_TRACKED_PROPERTIES) {
            xml_skip(xml);
        }
    }
    if (table->is_begun)
        writer_end(docx->writer);
    docx->table_depth--;
    buf_release(&table->kept);
    free(table);
}

void docx_read_blocks(struct docx *docx, struct xml *xml, unsigned depth)
{
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        switch (xml->tag) {
        case W_P:
            read_paragraph(docx, xml);
            break;
        case W_TBL:
            read_table(docx, xml);
            break;
        case W_SECT_PR:
        case W_SDT_PR:
        case W_SDT_END_PR:
        case W_DEL:
        case W_MOVE_FROM:
        case W_FALLBACK:
            xml_skip(xml);
            break;
        case W_ALT_CHUNK:
            docx_read_alt_chunk(docx, xml);
            break;
        default:
            break;
        }
    }
}
