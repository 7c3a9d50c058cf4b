/*
 * cell_text.h - how a table inside of a cell is told, where a cell has only text: a line for each
 * of its rows, their cells divided by semicolons, but behind a label that ends in a colon. Where
 * cells are blocks, ingest/writer.c does the same.
 */
#ifndef EXTRACTORS_CELL_TEXT_H
#define EXTRACTORS_CELL_TEXT_H

#include "base/buf.h"

/* text is that of the outer cell so far, in which '\n' breaks a line: behind a paragraph of the
 * inner table, which may be the last one of its cell, or stand for the end of its row. */
void cell_text_end_inner(struct buf *text, bool ends_cell, bool ends_row);

#endif
