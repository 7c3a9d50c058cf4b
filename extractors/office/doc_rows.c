#include <stdlib.h>

#include "base/array.h"
#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

#define EDGE_TWIPS_MIN 60 /* a millimetre: closer edges are meant to be the same */

void doc_row_read(struct span definition, size_t cell_bytes, struct doc_paragraph *out)
{
    unsigned columns = ole_u8(definition, 0), before = 0;
    size_t cells = 1 + 2 * ((size_t)columns + 1);

    out->columns = (uint8_t)columns;
    out->merged = out->beside = 0;
    out->edges = ole_part(definition, 1, 2 * ((size_t)columns + 1));
    for (unsigned i = 0; i < columns && i < DOC_MERGES_MAX; i++) {
        unsigned flags = ole_u16(definition, cells + cell_bytes * i);

        if ((flags >> 5 & 3u) == 1)
            out->merged |= 1u << i;
        if ((flags & 3) && (before & 3))
            out->beside |= 1u << i;
        before = flags;
    }
}

bool doc_paragraph_add(struct doc_properties *out, const struct doc_paragraph *paragraph)
{
    if (out->paragraph_count >= DOC_PARAGRAPHS_MAX)
        return true;
    if (!array_reserve(&out->paragraphs, &out->paragraph_capacity, out->paragraph_count))
        return false;
    out->paragraphs[out->paragraph_count++] = *paragraph;
    return true;
}

static int compare_paragraphs(const void *a, const void *b)
{
    const struct doc_paragraph *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

void doc_paragraphs_sort(struct doc_properties *out)
{
    if (out->paragraph_count > 0)
        qsort(out->paragraphs, out->paragraph_count, sizeof(out->paragraphs[0]),
              compare_paragraphs);
}

bool doc_goes_on_beside(const struct doc_paragraph *row, unsigned cell)
{
    return row && cell < row->columns && cell < DOC_MERGES_MAX && row->beside >> cell & 1;
}

/* ---- columns of a table, of the edges of its rows ---- */

static int edge_at(const struct doc_paragraph *row, unsigned index)
{
    return (int16_t)ole_u16(row->edges, 2 * (size_t)index);
}

/* Where the edge is or would be; *is_there: it is. */
static unsigned find_edge(const struct doc_grid *grid, int edge, bool *is_there)
{
    unsigned i = 0;

    while (i < grid->count && grid->edges[i] + EDGE_TWIPS_MIN <= edge)
        i++;
    *is_there = i < grid->count && grid->edges[i] - EDGE_TWIPS_MIN < edge;
    return i;
}

/* Edges inside of merged cells are none. */
static bool add_edges(struct doc_grid *grid, const struct doc_paragraph *row, unsigned *cell_count)
{
    *cell_count = 0;
    for (unsigned i = 0; i <= row->columns; i++) {
        bool is_there, is_inside = doc_goes_on_beside(row, i);
        unsigned at = find_edge(grid, edge_at(row, i), &is_there);

        *cell_count += i < row->columns && !is_inside;
        if (is_there || is_inside)
            continue;
        if (grid->count == DOC_EDGES_MAX)
            return false;
        for (unsigned k = grid->count++; k > at; k--)
            grid->edges[k] = grid->edges[k - 1];
        grid->edges[at] = (int16_t)edge_at(row, i);
    }
    return true;
}

void doc_grid_read(const struct doc_properties *properties, const struct doc_paragraph *paragraph,
                   unsigned depth, struct doc_grid *out)
{
    const struct doc_paragraph *end;
    unsigned finest = 0, most = 0, cell_count = 0;
    bool is_irregular = false;

    if (out->depth == depth && paragraph >= out->from && paragraph < out->until)
        return;
    *out = (struct doc_grid){ .from = paragraph, .until = paragraph, .depth = depth };
    if (!paragraph) /* there may be none at all */
        return;
    end = properties->paragraphs + properties->paragraph_count;
    for (; paragraph < end && paragraph->depth >= depth; paragraph++) {
        out->until = paragraph + 1;
        if (!paragraph->is_row_end || paragraph->depth != depth || is_irregular)
            continue;
        if (paragraph->edges.len < 2 * ((size_t)paragraph->columns + 1) ||
            !add_edges(out, paragraph, &cell_count)) {
            is_irregular = true;
        }
        finest = cell_count > finest ? cell_count : finest;
        most = paragraph->columns > most ? paragraph->columns : most;
    }
    /* Where no row has all edges, rows do not stand in columns, unless the file itself says so with
     * cells that it merges. */
    if (is_irregular || out->count > (most > finest ? most : finest) + 1)
        out->count = 0;
}

unsigned doc_grid_column(const struct doc_grid *grid, const struct doc_paragraph *row,
                         unsigned index)
{
    bool is_there;

    if (grid->count == 0 || !row || index > row->columns)
        return index;
    return find_edge(grid, edge_at(row, index), &is_there);
}
