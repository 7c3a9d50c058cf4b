/*
 * spanning_cell.h - in how many of the places that it spans a table's cell is told.
 *
 * A row should mean the same when it is read alone: what stands beside several rows is told in each
 * of them, and a heading over several columns in each of those. But a form or a layout is made of
 * long texts over many narrow columns; they are told once.
 */
#ifndef EXTRACTORS_SPANNING_CELL_H
#define EXTRACTORS_SPANNING_CELL_H

#include <stdbool.h>
#include <stddef.h>

#define SPANNING_ROWS_BYTES_MAX    400u
#define SPANNING_COLUMNS_BYTES_MAX 80u
#define SPANNING_COLUMNS_MAX       8u

static inline bool spanning_rows_repeat(size_t text_bytes)
{
    return text_bytes <= SPANNING_ROWS_BYTES_MAX;
}

static inline bool spanning_columns_repeat(size_t text_bytes, unsigned long columns)
{
    return text_bytes <= SPANNING_COLUMNS_BYTES_MAX && columns <= SPANNING_COLUMNS_MAX;
}

#endif
