/*
 * far_bids.h - which documents are for poppler, gmime and libarchive, told without any of them.
 *
 * A program without these libraries (extractors/small/) tells such documents as one that has them.
 */
#ifndef EXTRACTORS_FAR_BIDS_H
#define EXTRACTORS_FAR_BIDS_H

#include "ingest/extractor.h"

int pdf_bid(const struct bid_input *input);
int mail_bid(const struct bid_input *input);
int archive_bid(const struct bid_input *input);

#endif
