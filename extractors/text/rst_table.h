/*
 * rst_table.h - the two tables of reStructuredText that are drawn with characters.
 */
#ifndef EXTRACTORS_RST_TABLE_H
#define EXTRACTORS_RST_TABLE_H

#include "extractors/text/markup.h"

/* Reads and writes the table that begins at line, which was taken; false: none does. */
bool rst_table(struct markup *markup, const struct text_line *line);
/* The same for one whose cells are framed by '+', '-' and '|'; for rst_table.c only. */
bool rst_grid_table(struct markup *markup, const struct text_line *line);

#endif
