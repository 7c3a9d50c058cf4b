/*
 * pdf_cell_words.h - the words of a table in the order in which its cells and their lines are read.
 */
#ifndef EXTRACTORS_PDF_CELL_WORDS_H
#define EXTRACTORS_PDF_CELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A word where it is read: in its table, row, part of a row, cell and line. */
struct pdf_cell_word {
    uint32_t table, row, part, column;
    float y, x;    /* of its middle, of its left side */
    uint32_t word; /* index in pdf_doc.words */
};

/* By cell, and within it from top to bottom. */
void pdf_cell_words_sort(struct pdf_cell_word *words, size_t count);
/* Those of one line from left to right. */
void pdf_cell_words_sort_line(struct pdf_cell_word *words, size_t count);

bool pdf_cell_words_share(const struct pdf_cell_word *a, const struct pdf_cell_word *b);
/* The end of the line that begins at index start; size is that of the text. */
size_t pdf_cell_line_end(const struct pdf_cell_word *words, size_t start, size_t count, float size);

#endif
