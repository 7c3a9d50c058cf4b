/*
 * symbol_font.h - fonts that draw other characters than their codes say: "Symbol" and "Wingdings".
 */
#ifndef EXTRACTORS_SYMBOL_FONT_H
#define EXTRACTORS_SYMBOL_FONT_H

#include <stdint.h>

#include "base/buf.h"

/* The character that the font draws for a code, 0x20 to 0xFF, or the same from U+F000 on. 0: it is
 * not known, or only an ornament. */
uint32_t symbol_font_character(struct span font, uint32_t code);

#endif
