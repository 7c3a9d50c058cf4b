#include "extractors/html/html_emit_parts.h"

#include <string.h>

#define SPAN_MAX         100u
#define HANGING_MAX      64u
#define REPEAT_NODES_MAX 60u
#define REPEAT_BYTES_MAX 200u

/* A cell that reaches down into the rows below its own. */
struct hanging {
    uint32_t cell;
    unsigned columns, rows;
};

/* A number from 1 to SPAN_MAX. */
static unsigned span_of(const struct html_emitter *emitter, uint32_t cell, enum html_attribute name)
{
    unsigned count = html_emit_number(emitter, cell, name);

    return count < 1 ? 1 : count > SPAN_MAX ? SPAN_MAX : count;
}

/* A row of the header: in <thead>, or of header cells alone. */
static bool is_header_row(const struct html_emitter *emitter, uint32_t row)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned headers = 0, cells = 0;

    if (html_emit_tag(emitter, nodes[row].parent) == HTML_THEAD)
        return true;
    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        headers += nodes[i].tag == HTML_TH;
        cells += nodes[i].tag == HTML_TD;
    }
    return headers > 0 && cells == 0;
}

static bool has_text(const struct html_emitter *emitter, uint32_t node)
{
    const struct html_page *page = emitter->page;

    for (uint32_t i = node; i < emitter->dom->nodes[node].end; i++) {
        const struct html_node *inner = &emitter->dom->nodes[i];

        if (page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN) || inner->tag != HTML_TEXT_NODE)
            continue;
        for (uint32_t at = 0; at < inner->text_len; at++)
            if ((unsigned char)inner->text[at] > ' ')
                return true;
    }
    return false;
}

static void send_cell(struct html_emitter *emitter, uint32_t cell, unsigned columns)
{
    const struct html_node *nodes = emitter->dom->nodes;
    bool is_blank = !has_text(emitter, cell);

    writer_begin(emitter->writer, BLOCK_CELL, columns);
    if (!(emitter->page->flags[cell] & HTML_IS_HIDDEN) && nodes[cell].end > cell + 1) {
        html_emit_inline(emitter, cell + 1, nodes[cell].end - 1);
        /* A tick or a flag says what the cell has to say. */
        for (uint32_t i = cell; is_blank && i < nodes[cell].end; i++)
            if (nodes[i].tag == HTML_IMG)
                writer_text(emitter->writer, html_attr(emitter->dom, i, HTML_ATTR_ALT));
    }
    writer_end(emitter->writer);
}

/* Only what names a group of rows is worth repeating; a page of text is not. */
static bool is_short(const struct html_emitter *emitter, uint32_t cell)
{
    const struct html_page *page = emitter->page;
    uint32_t end = emitter->dom->nodes[cell].end;

    return end - cell <= REPEAT_NODES_MAX &&
           page->text_before[end] - page->text_before[cell] <= REPEAT_BYTES_MAX;
}

/* Sends again the cells from above that reach down into this row, up to the next column of its own.
 * A row is to be understood by itself: it may be retrieved by itself. But all rows of a header
 * stand together, wherever it is repeated. */
static unsigned send_hanging(struct html_emitter *emitter, struct hanging *hanging, unsigned column,
                             bool is_header)
{
    while (column < HANGING_MAX && hanging[column].rows > 0) {
        unsigned columns = hanging[column].columns;

        hanging[column].rows--;
        if (!is_header && is_short(emitter, hanging[column].cell))
            send_cell(emitter, hanging[column].cell, columns);
        else
            writer_block(emitter->writer, BLOCK_CELL, columns, (struct span){ "", 0 });
        column += columns;
    }
    return column;
}

/* A row whose every cell reaches down says nothing that the rows below do not say again. */
static bool hangs_whole(const struct html_emitter *emitter, uint32_t row)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned cells = 0;

    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        if (span_of(emitter, i, HTML_ATTR_ROWSPAN) < 2 || !is_short(emitter, i))
            return false;
        cells++;
    }
    return cells > 0 && cells < HANGING_MAX / 2;
}

/* Notes which cells of a row that is not sent reach down. */
static void hang_row(const struct html_emitter *emitter, uint32_t row, struct hanging *hanging)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned column = 0;

    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        unsigned columns;

        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        for (; column < HANGING_MAX && hanging[column].rows > 0; column += columns) {
            hanging[column].rows--;
            columns = hanging[column].columns;
        }
        columns = span_of(emitter, i, HTML_ATTR_COLSPAN);
        if (column < HANGING_MAX)
            hanging[column] = (struct hanging){
                .cell = i,
                .columns = columns,
                .rows = span_of(emitter, i, HTML_ATTR_ROWSPAN) - 1,
            };
        column += columns;
    }
    for (; column < HANGING_MAX; column++)
        if (hanging[column].rows > 0)
            hanging[column].rows--;
}

static void send_row(struct html_emitter *emitter, uint32_t row, bool is_header,
                     struct hanging *hanging)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned column = 0;

    writer_begin(emitter->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(emitter->writer, BLOCK_HEADER);
    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        unsigned columns, rows;

        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        column = send_hanging(emitter, hanging, column, is_header);
        columns = span_of(emitter, i, HTML_ATTR_COLSPAN);
        rows = span_of(emitter, i, HTML_ATTR_ROWSPAN);
        send_cell(emitter, i, columns);
        if (column < HANGING_MAX)
            hanging[column] = (struct hanging){ .cell = i, .columns = columns, .rows = rows - 1 };
        column += columns;
    }
    (void)send_hanging(emitter, hanging, column, is_header);
    writer_end(emitter->writer);
}

/* The rows of this table, not of one inside it. */
static uint32_t next_row(const struct html_emitter *emitter, uint32_t table, uint32_t from)
{
    const struct html_node *nodes = emitter->dom->nodes;

    while (from < nodes[table].end) {
        if (nodes[from].tag == HTML_TR)
            return from;
        if (nodes[from].tag == HTML_TABLE || nodes[from].tag == HTML_CAPTION)
            from = nodes[from].end;
        else
            from++;
    }
    return 0;
}

/* The next row is one of the same group, with text of its own. is_header: of the header, too. */
static bool has_full_row(const struct html_emitter *emitter, uint32_t table, uint32_t row,
                         bool *is_header)
{
    const struct html_node *nodes = emitter->dom->nodes;
    uint32_t next = next_row(emitter, table, nodes[row].end);

    *is_header = next && is_header_row(emitter, next);
    return next && nodes[next].parent == nodes[row].parent && has_text(emitter, next) &&
           !hangs_whole(emitter, next);
}

enum row_kind {
    ROW_IS_BLANK,
    ROW_IS_HEADER,
    ROW_IS_LABEL, /* its cells stand beside the rows below, which say them */
    ROW_IS_BODY,
};

static enum row_kind row_kind(const struct html_emitter *emitter, uint32_t table, uint32_t row)
{
    bool is_header = is_header_row(emitter, row), is_above_header;

    if (!has_text(emitter, row))
        return ROW_IS_BLANK;
    if (hangs_whole(emitter, row) && has_full_row(emitter, table, row, &is_above_header) &&
        !(is_header && is_above_header))
        return ROW_IS_LABEL;
    return is_header ? ROW_IS_HEADER : ROW_IS_BODY;
}

static unsigned header_rows(const struct html_emitter *emitter, uint32_t table)
{
    unsigned headers = 0;

    for (uint32_t row = next_row(emitter, table, table + 1); row;
         row = next_row(emitter, table, emitter->dom->nodes[row].end)) {
        enum row_kind kind = row_kind(emitter, table, row);

        if (kind == ROW_IS_HEADER)
            headers++;
        else if (kind != ROW_IS_BLANK)
            break;
    }
    return headers;
}

void html_emit_table(struct html_emitter *emitter, uint32_t table)
{
    const struct html_node *nodes = emitter->dom->nodes;
    struct hanging hanging[HANGING_MAX] = { { 0 } };
    unsigned headers = header_rows(emitter, table), sent = 0;
    uint32_t group = 0; /* a <thead> or <tbody>: no cell reaches out of it */

    writer_begin(emitter->writer, BLOCK_TABLE, headers);
    for (uint32_t row = next_row(emitter, table, table + 1); row;
         row = next_row(emitter, table, nodes[row].end)) {
        enum row_kind kind = row_kind(emitter, table, row);

        if (nodes[row].parent != group)
            memset(hanging, 0, sizeof(hanging));
        group = nodes[row].parent;
        if (kind == ROW_IS_BLANK || kind == ROW_IS_LABEL)
            hang_row(emitter, row, hanging);
        else
            send_row(emitter, row, sent++ < headers, hanging);
    }
    writer_end(emitter->writer);
    emitter->last = nodes[table].end - 1;
    emitter->item = 0;
}
