/*
 * rst_columns.h - where a column of a drawn table stands in a line.
 *
 * docutils counts as a terminal does, where a letter of Chinese takes two columns. Other programs
 * drew tables by characters, and a line tells by its right end which of them did.
 */
#ifndef EXTRACTORS_RST_COLUMNS_H
#define EXTRACTORS_RST_COLUMNS_H

#include <stdbool.h>

#include "base/buf.h"

bool rst_is_ascii(struct span line);

enum rst_counting { RST_BY_CHARACTERS, RST_BY_WIDTH };

/* The bytes at which columns (from 0, ascending) begin; line.len: the line ends before. */
void rst_bytes_of_columns(struct span line, const size_t *columns, size_t count,
                          enum rst_counting counting, size_t *bytes);
size_t rst_byte_of_column(struct span line, size_t column, enum rst_counting counting);

#endif
