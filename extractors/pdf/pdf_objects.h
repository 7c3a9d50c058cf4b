/*
 * pdf_objects.h - a PDF's objects by their numbers, and its pages (ISO 32000-1, 7.7.3), in a file
 * that pdf_unpack() has gone through: for what poppler would tell at a higher price.
 *
 * A healthy file is read as poppler reads it. What is odd is not found, and nothing is repaired.
 */
#ifndef EXTRACTORS_PDF_OBJECTS_H
#define EXTRACTORS_PDF_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* A page with what it inherits. Spans are lent by the file. */
struct pdf_leaf {
    uint64_t number;                 /* of its object; 0: it is none by itself */
    struct span contents, resources; /* objects; empty: none */
    float box[4];                    /* in its own space: left, bottom, right, top */
    unsigned turns;                  /* quarters clockwise */
};

struct pdf_objects {
    struct span bytes;   /* lent */
    struct span trailer; /* what is in its dictionary, lent */
    uint64_t *offsets;   /* by number; 0: not to be found */
    uint32_t count;
    struct pdf_leaf *leaves;
    size_t leaf_count, leaf_capacity;
    bool has_leaves;     /* the tree of pages has been walked */
    uint64_t work_bytes; /* read so far */
};

void pdf_objects_release(struct pdf_objects *objects);

/* "12 0 R"; *number: which object. */
bool pdf_objects_reference(struct span object, uint64_t *number);

/* The object, or the one that it refers to; empty: there is none. */
struct span pdf_objects_resolve(const struct pdf_objects *objects, struct span object);
/* The same, when it is a dictionary, or a stream's: what is between its brackets. */
bool pdf_objects_dict(const struct pdf_objects *objects, struct span object, struct span *out);
/* A stream without filters. */
bool pdf_objects_stream(const struct pdf_objects *objects, struct span object, struct span *dict,
                        struct span *data);

/* The streams of a page, which has one or an array of them. */
struct pdf_parts {
    const struct pdf_objects *objects;
    struct span contents, array;
    size_t at;
    bool is_array, is_over;
};

struct pdf_parts pdf_parts_begin(const struct pdf_objects *objects, struct span contents);
/* False: there is no more, or (*failed) it cannot be read. */
bool pdf_parts_next(struct pdf_parts *parts, struct span *data, bool *failed);

/* Up to max numbers of an array; returns how many. */
size_t pdf_objects_numbers(const struct pdf_objects *objects, struct span array, double *out,
                           size_t max);

/* The page (0-based); NULL: there is none, or the tree of pages is odd. Lent. */
const struct pdf_leaf *pdf_objects_page(struct pdf_objects *objects, size_t index);

#endif
