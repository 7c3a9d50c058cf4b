/*
 * similarity.h - how alike the text is on both sides of each boundary, over a sliding window of
 * units.
 *
 * All in integers up to one division and one square root, which IEEE 754 rounds the same
 * everywhere, so that cuts are the same on every machine.
 */
#ifndef CHUNKERS_SIMILARITY_H
#define CHUNKERS_SIMILARITY_H

#include "chunkers/units.h"

/* When one side has no known token: what neither speaks for a cut nor against it. */
#define SIMILARITY_UNKNOWN 600

struct similarity;

/* NULL: out of memory. */
NODISCARD struct similarity *similarity_new(const struct meaning *meaning);
void similarity_free(struct similarity *similarity); /* NULL is fine */

/* Takes the next unit's text; returns its tokens, as the meaning counts them. Fills the
 * similarities of those units of items[0 .. index] whose right side is now known. begins_section:
 * what stood before belongs to another section, and no side reaches over that. */
size_t similarity_add(struct similarity *similarity, struct span text, struct unit *items,
                      size_t index, bool begins_section);
/* No more units in this window: fills what is left. */
void similarity_end(struct similarity *similarity, struct unit *items, size_t count);

#endif
