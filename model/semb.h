/*
 * semb.h - the built-in static embedding model: text to tokens, tokens to table rows, rows to a
 * sum.
 *
 * A model is one read-only file, mapped: vocabulary, its hash index, and a row of small integers
 * for each token. Sums are integers, so they are the same on every machine; only the last step, to
 * a unit vector, is in floating point. The format is described at the top of semb.c.
 *
 * Threads: one at a time may use a model, for it remembers what the last words came to. That
 * changes no result.
 */
#ifndef MODEL_SEMB_H
#define MODEL_SEMB_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "ingest/chunker.h"

struct semb;

/* Opens and checks the whole file. UNREADABLE: cannot be opened; MALFORMED: not such a file. */
NODISCARD enum status semb_open(const char *path, struct semb **out, struct error *err);
/* The same for a descriptor, which stays the caller's; name is for messages. */
NODISCARD enum status semb_open_fd(int fd, const char *name, struct semb **out, struct error *err);
/* For a few texts: in a tenth of the time, by making no index over short words, and neither looking
 * at the whole file nor reading its fingerprint. Each text takes a little longer. */
NODISCARD enum status semb_open_few(const char *path, struct semb **out, struct error *err);
/* What semb_open() does besides; not while another thread uses the model. The fingerprint is what
 * the file says of itself; semb_verify() finds out whether that is so, STATUS_MALFORMED: it is not.
 */
NODISCARD enum status semb_index(struct semb *semb, struct error *err);
NODISCARD enum status semb_read_fingerprint(struct semb *semb, struct error *err);
NODISCARD enum status semb_verify(struct semb *semb, struct error *err);
/* Writes into the bytes of a finished model what its fingerprint is. */
NODISCARD enum status semb_seal(char *file, size_t len, struct error *err);
void semb_free(struct semb *semb); /* NULL is fine */

unsigned semb_dimensions(const struct semb *semb);
size_t semb_vocabulary(const struct semb *semb); /* how many tokens it knows */
/* SHA-256 of the file's bytes (those that say it taken as zeros), in hexadecimal; lives as long as
 * the model. "": not read. */
const char *semb_fingerprint(const struct semb *semb);

/* Any bytes may be given as text; what is not UTF-8 separates words. */

/* Writes the ids of the first room tokens, and returns how many there are in all. */
size_t semb_tokens(const struct semb *semb, struct span text, int32_t *ids, size_t room);
size_t semb_count(const struct semb *semb, struct span text);
/* Writes the sum of the rows of all tokens (dimensions integers); returns how many tokens. */
size_t semb_sum(const struct semb *semb, struct span text, int32_t *sum);
/* Writes the unit vector of that sum. A text without a known token gets the unit vector of the
 * first dimension: a direction of its own that is not zero, so that it can be stored and compared.
 */
size_t semb_embed(const struct semb *semb, struct span text, float *vector);

/* What the chunkers take for the meaning of a text; lent, lives as long as the model. */
const struct meaning *semb_meaning(const struct semb *semb);

#endif
