/*
 * mathml.h - MathML as LaTeX: "\frac{a}{b}", "x^{2}".
 *
 * It is told element by element, for formulas stand in pages, whose tree is there, and in XML,
 * which is read once. Elements that are not known are what is in them.
 */
#ifndef EXTRACTORS_MATHML_H
#define EXTRACTORS_MATHML_H

#include "extractors/common/xml.h"

#define MATHML_BYTES_MAX ((size_t)1 << 20) /* of one formula; the rest of it is dropped */
#define MATHML_DEPTH_MAX 64u               /* what is deeper is words alone */

/* What is said of an element; empty: nothing. Lent until the call returns. */
struct mathml_attributes {
    struct span encoding, open, close, separators, thickness;
};

struct mathml {
    struct buf text;   /* of what has ended */
    struct buf source; /* the formula in TeX, when an annotation has it */
    unsigned depth;
    struct mathml_frame {
        uint8_t kind;
        bool has_separator, is_thin;
        char separator;
        char open[8], close[8]; /* of a fence; NUL-terminated */
        unsigned part_count;
        size_t start, ends[3]; /* in text: of its first parts; the last one has all that follow */
    } frames[MATHML_DEPTH_MAX];
};

void mathml_init(struct mathml *mathml);
void mathml_release(struct mathml *mathml);

/* name: local, in lower case. */
void mathml_begin(struct mathml *mathml, struct span name,
                  const struct mathml_attributes *attributes);
void mathml_text(struct mathml *mathml, struct span text);
void mathml_end(struct mathml *mathml);
/* The formula, without dollar signs: the TeX that it was made of, else as its elements say. Lent by
 * mathml; empty when there is none. */
struct span mathml_formula(struct mathml *mathml);

/* The same for XML, which stands at the start of a formula and is moved to its end. */
void mathml_read(struct mathml *mathml, struct xml *xml);

#endif
