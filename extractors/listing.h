/*
 * listing.h - an extraction as lines that a person compares: one for each block.
 *
 * The golden tests keep these, so that a change shows as a line of a diff.
 */
#ifndef EXTRACTORS_LISTING_H
#define EXTRACTORS_LISTING_H

#include "ingest/extraction.h"

void listing_append(const struct extraction *extraction, struct buf *out);

#endif
