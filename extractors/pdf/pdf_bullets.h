/*
 * pdf_bullets.h - bullets that are painted, not written: browsers draw them as small discs, rings
 * and squares, other programs as small pictures.
 *
 * What is so painted is written as a bullet, a word of its own, so that all that is known of
 * written ones holds. A shape is a bullet where it stands left of a line's first word and does not
 * do so by chance: another one of the same looks begins another line at the same place, the next
 * line begins where its text does, or it looks like those that are known. The coloured squares of a
 * chart's legend are none: each of them has a colour of its own.
 */
#ifndef EXTRACTORS_PDF_BULLETS_H
#define EXTRACTORS_PDF_BULLETS_H

#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_layout.h"

#define PDF_BULLETS_KNOWN 8u

/* How wide a bullet is, and how far from its text, in ems of it. */
struct pdf_bullet_look {
    float width, gap;
};

/* The bullets of the pages so far. Zero: none yet. */
struct pdf_bullets {
    struct pdf_bullet_look known[PDF_BULLETS_KNOWN];
    size_t count;
};

/* Adds a word for each of the dots of the newest page that is a bullet. Before its segments are
 * made. */
void pdf_bullets_write(struct pdf_doc *doc, const struct pdf_dots *dots, struct pdf_bullets *seen);

#endif
