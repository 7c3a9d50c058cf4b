/*
 * sheet_parts.h - what the files of a sheet share. For extractors/office/sheet*.c only.
 *
 *   sheet.c         the cells, in order, with what merged ones say in each of their places
 *   sheet_header.c  which rows in front of a table are its titles, and which its headers
 *   sheet_areas.c   which cells are a table
 *   sheet_emit.c    a table ─▶ blocks
 *
 * Cells are sorted by row and column, and of one sheet; count is how many there are. columns: of
 * the table.
 */
#ifndef EXTRACTORS_SHEET_PARTS_H
#define EXTRACTORS_SHEET_PARTS_H

#include "extractors/office/sheet.h"

struct sheet_emitter {
    struct sheet *sheet;
    struct writer *writer;
    struct span name;
    uint32_t page;
};

#define SHEET_HEADERS_GUESSED UINT32_MAX

static inline struct span sheet_cell_text(const struct sheet *sheet, const struct sheet_cell *cell)
{
    return (struct span){ sheet->text.data + cell->text_start, cell->text_len };
}

/* Sorts the cells and tells merged ones where they are read. */
void sheet_fill_merges(struct sheet *sheet);
/* The first cell that is not in front of that place; count: there is none. */
size_t sheet_cell_position(const struct sheet_cell *cells, size_t count, uint32_t row,
                           uint32_t column);
/* The cell in that column of the row that cells are; NULL: it is empty. */
const struct sheet_cell *sheet_cell_in_column(const struct sheet_cell *row, size_t count,
                                              uint32_t column);
/* The first cell behind the row that begins at start. */
size_t sheet_row_end(const struct sheet_cell *cells, size_t count, size_t start);

bool sheet_has_header(const struct sheet *sheet, const struct sheet_cell *cells, size_t count,
                      unsigned columns);
/* How many rows in front are headers. */
unsigned sheet_count_headers(const struct sheet *sheet, const struct sheet_cell *cells,
                             size_t count, unsigned columns);
/* How many of the cells in front are titles: one to a row, words, above a row of headings for two
 * columns or more. They are read as lines of text, not as a table's header. */
size_t sheet_count_titles(const struct sheet *sheet, const struct sheet_cell *cells, size_t count);
/* One of the cells is a heading over several columns, which is told in each. */
bool sheet_has_group(const struct sheet_cell *row, size_t count);

/* Finds the tables among the cells of the sheet, and sends each. */
void sheet_emit_areas(const struct sheet_emitter *emitter);
/* Sends cells as one table behind its titles, or as paragraphs. headers: rows that are known to be
 * its header, or SHEET_HEADERS_GUESSED. */
void sheet_emit_table(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, uint32_t headers);

#endif
