#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/office/ppt.h"

/*
 * A table is a group of shapes: the group's own shape says that it is one (the property
 * tableProperties, [MS-ODRAW] 2.3.4.36), the others are its cells, each with its place in the
 * group.
 */
#define TABLE_PROPERTIES 0x039Fu
#define CELLS_MAX        4096u
#define COLUMNS_MAX      64u

struct cell {
    int32_t left, top;
    struct span texts; /* records */
};

struct cells {
    struct cell *items;
    size_t count, capacity;
    int32_t lefts[COLUMNS_MAX]; /* of the columns, in order */
    size_t column_count;
};

static void cells_release(struct cells *cells)
{
    free(cells->items);
}

/* Six bytes a property: its number (14 bits) with two flags, its value. [MS-ODRAW] 2.2.8 */
static bool is_table(struct span group)
{
    struct ppt_record shape, options;

    if (!ppt_record_read(group, 0, &shape) || shape.type != PPT_SHAPE ||
        !ppt_record_find(shape.data, PPT_TERTIARY_OPTIONS, &options))
        return false;
    for (size_t i = 0; i < options.instance && 6 * i + 6 <= options.data.len; i++)
        if ((ole_u16(options.data, 6 * i) & 0x3FFF) == TABLE_PROPERTIES)
            return ole_u32(options.data, 6 * i + 2) & 1;
    return false;
}

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;

    if (x->top != y->top)
        return x->top < y->top ? -1 : 1;
    return (x->left > y->left) - (x->left < y->left);
}

static void add_column(struct cells *cells, int32_t left)
{
    size_t at = 0;

    while (at < cells->column_count && cells->lefts[at] < left)
        at++;
    if (cells->column_count == COLUMNS_MAX ||
        (at < cells->column_count && cells->lefts[at] == left))
        return;
    memmove(&cells->lefts[at + 1], &cells->lefts[at],
            (cells->column_count - at) * sizeof(cells->lefts[0]));
    cells->lefts[at] = left;
    cells->column_count++;
}

/* Shapes without text are the lines between the cells. */
static void read_cells(struct span group, struct cells *cells)
{
    struct ppt_record shape, anchor, text;

    for (size_t at = 0; ppt_record_read(group, at, &shape);
         at += PPT_HEADER_BYTES + shape.data.len) {
        if (shape.type != PPT_SHAPE || cells->count >= CELLS_MAX ||
            !ppt_record_find(shape.data, PPT_CLIENT_TEXT, &text) ||
            !ppt_record_find(shape.data, PPT_CHILD_ANCHOR, &anchor) ||
            !array_reserve(&cells->items, &cells->capacity, cells->count))
            continue;
        cells->items[cells->count++] = (struct cell){
            .left = (int32_t)ole_u32(anchor.data, 0),
            .top = (int32_t)ole_u32(anchor.data, 4),
            .texts = text.data,
        };
        add_column(cells, cells->items[cells->count - 1].left);
    }
    if (cells->count > 1)
        qsort(cells->items, cells->count, sizeof(cells->items[0]), compare_cells);
}

static void put_cell(struct ppt *ppt, struct span texts)
{
    struct ppt_record record;

    buf_clear(&ppt->text);
    for (size_t at = 0; ppt_record_read(texts, at, &record);
         at += PPT_HEADER_BYTES + record.data.len)
        if (record.type == PPT_TEXT_CHARS || record.type == PPT_TEXT_BYTES)
            ppt_text_append(&record, &ppt->text);
    writer_block(ppt->writer, BLOCK_CELL, 1, buf_span(&ppt->text));
}

/* A row is of cells with the same top; columns that a merged cell covers are empty. */
static size_t put_row(struct ppt *ppt, const struct cells *cells, size_t first, bool is_header)
{
    const struct span none = { "", 0 };
    size_t next = first;

    writer_begin(ppt->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(ppt->writer, BLOCK_HEADER);
    for (size_t column = 0; column < cells->column_count; column++) {
        const struct cell *cell = &cells->items[next];

        if (next < cells->count && cell->top == cells->items[first].top &&
            cell->left <= cells->lefts[column]) {
            put_cell(ppt, cell->texts);
            next++;
        } else {
            writer_block(ppt->writer, BLOCK_CELL, 1, none);
        }
    }
    writer_end(ppt->writer);
    while (next < cells->count && cells->items[next].top == cells->items[first].top)
        next++;
    return next;
}

bool ppt_table(struct ppt *ppt, struct span group)
{
    CLEANUP(cells_release) struct cells cells = { .items = NULL };
    bool has_header;

    if (!is_table(group))
        return false;
    read_cells(group, &cells);
    if (cells.count == 0)
        return true;
    has_header = cells.items[0].top != cells.items[cells.count - 1].top;
    ppt_text_end(ppt);
    writer_begin(ppt->writer, BLOCK_TABLE, has_header);
    for (size_t at = 0; at < cells.count && !writer_is_full(ppt->writer);)
        at = put_row(ppt, &cells, at, has_header && at == 0);
    writer_end(ppt->writer);
    return true;
}
