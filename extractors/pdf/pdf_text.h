/*
 * pdf_text.h - the characters of a PDF's words, made fit to be read and searched.
 */
#ifndef EXTRACTORS_PDF_TEXT_H
#define EXTRACTORS_PDF_TEXT_H

#include <stdint.h>

#include "base/buf.h"

/* Appends one character as the library gave it. Ligatures and presentation forms become letters,
 * private-use characters a bullet or nothing, controls and zero-width characters nothing. */
void pdf_text_append(struct buf *out, uint32_t c);

/* The same for a character of a font that has PDF_SYMBOL: a letter of it is the bullet, box or
 * arrow that the font draws, or nothing, as a picture is. */
void pdf_text_append_symbol(struct buf *out, const char *font, uint32_t c);

/* Composes what is in buf (NFC), when anything in it may need that. */
void pdf_text_compose(struct buf *text);

/* Takes out b'' around characters: "b''éb''". dblatex under Python 3 writes it into listings,
 * before and after each character that is not ASCII. Nothing else does: Python has no non-ASCII
 * bytes. */
void pdf_text_drop_escapes(struct buf *text);

/* Arabic lam-alef ligatures arrive as two letters of equal width in the wrong order: puts them
 * right. widths[] has one entry for each character, from left to right. Alef and lam may be equally
 * wide by themselves, so *alef keeps the narrowest alef of the font, in ems. */
void pdf_text_order_lam_alef(struct buf *text, const float *widths, size_t count, float size,
                             float *alef);

/* Which directions its letters have: PDF_WORD_LTR, PDF_WORD_RTL, both or none. */
unsigned pdf_text_directions(struct span text);

/* enum pdf_style_flags that a font's name tells. */
unsigned pdf_font_flags(const char *name);

#endif
