/*
 * pdf_vertical.h - text in columns from top to bottom whose letters were placed one by one:
 * programs that print what they lay out do so. Where a font is for vertical text, poppler knows it.
 */
#ifndef EXTRACTORS_PDF_VERTICAL_H
#define EXTRACTORS_PDF_VERTICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A letter of a script that is written so. The box is as for pdf_word. */
struct pdf_glyph {
    float x0, y0, x1, y1;
    uint32_t c;     /* code point */
    uint32_t index; /* in the page's text */
    uint16_t style;
    bool is_white;
    bool begins; /* a column, or a part of one */
};

/* May the letter stand upright in a column: Chinese, Japanese, Korean? */
bool pdf_glyph_is_vertical(uint32_t c);

/* glyphs are in poppler's order. Returns how many of them stand in columns, 0 where they stand in
 * lines: those are first then, in the order of reading. */
size_t pdf_vertical_find(struct pdf_glyph *glyphs, size_t count);

/* Does the box stand in a column of these letters: right above or below one of them? */
bool pdf_vertical_holds(const struct pdf_glyph *glyphs, size_t count, float x0, float y0, float x1,
                        float y1);

#endif
