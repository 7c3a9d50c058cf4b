/*
 * repeats.h - chunks that say again what their document has said: furniture, notices.
 *
 * The first place is kept, so that no text is lost. A chunk is left out when the document says its
 * text often: with the same heading path and header REPEATS_IN_PLACE times or more, as nothing
 * tells the places apart; below different headings REPEATS_ANYWHERE times or more, if it is long
 * enough to be a notice and no short answer ("Returns 0.") that many sections share.
 */
#ifndef INGEST_REPEATS_H
#define INGEST_REPEATS_H

#include "ingest/extraction.h"

#define REPEATS_IN_PLACE       3u
#define REPEATS_ANYWHERE       8u
#define REPEATS_ANYWHERE_LEAST 64u /* tokens */

/* Takes those chunks out, keeping the order of the others. Sets *count to how many are left. */
NODISCARD enum status repeats_leave_out(const struct extraction *extraction, struct chunk *chunks,
                                        size_t *count, struct error *err);

#endif
