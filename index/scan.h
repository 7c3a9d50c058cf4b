/*
 * scan.h - the vector scan file of a model: small codes of every vector, for an exhaustive search.
 *
 * Derived data: all of it can be made again from the vector table. One file per model and epoch,
 * DIR/scan-MODEL-EPOCH, appended to by the writer, mapped by readers.
 *
 *  1. Slots below the committed count (table scan) never change. Slots at or above it may hold
 *     anything: an append that was not committed is written over.
 *  2. Slots are synced before the commit that counts them.
 *  3. A reader uses the count of its own snapshot, and asks the index whether a candidate lives in
 * its generation: a slot may be of a vector that is gone.
 *
 *   header 4096 bytes: magic, version, model, epoch, dimensions, uuid
 *   block of 4096 slots: ids u64 · factors f32 · scales f32 · sign bits · int8 codes
 *   sign bits: groups of 16 slots; byte r of all sixteen, then byte r + 1 ... so that one register
 * holds the same bytes of sixteen vectors. Bit i % 8 of byte i / 8 is dimension i.
 */
#ifndef INDEX_SCAN_H
#define INDEX_SCAN_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "index/id_set.h"

#define SCAN_BLOCK_SLOTS 4096u

struct scan;

struct scan_name {
    const char *folder, *uuid;
    int64_t model_id, epoch;
    unsigned dimensions;
};

struct scan_match {
    int64_t input_id;
    float score; /* about the cosine */
};

/* Opens the file; a writer makes it when there is none. STATUS_UNREADABLE: there is none;
 * STATUS_CORRUPT: it is another one, or too short for slots. */
NODISCARD enum status scan_open(const struct scan_name *name, bool is_writer, uint64_t slots,
                                struct scan **out, struct error *err);
void scan_free(struct scan *scan); /* NULL is fine */
void scan_unlink(const struct scan_name *name);
/* True when the mapping is long enough for so many. */
bool scan_holds(const struct scan *scan, uint64_t slots);
uint64_t scan_bytes(const struct scan *scan);
/* Of all scan files of a knowledge base. */
uint64_t scan_folder_bytes(const char *folder);

/* Writer: makes room, encodes a vector into a slot, brings slots from first on to the disk. */
NODISCARD enum status scan_put(struct scan *scan, uint64_t slot, int64_t input_id,
                               const float *vector, struct error *err);
NODISCARD enum status scan_sync(struct scan *scan, struct error *err);

/* Writer: has the system keep full blocks that are synced, from first to before end, in pages of
 * 2 MB, where it can (Linux 6.16 for ext4): a search maps them in a tenth of the time, and reads
 * them in three quarters. They are written in small ones, let go of, and read again. */
void scan_settle(struct scan *scan, uint64_t first_block, uint64_t end_block);

/* What a slot says, for verify: its id, and whether its codes are those of vector. */
int64_t scan_input_id(const struct scan *scan, uint64_t slot);
bool scan_is_code_of(const struct scan *scan, uint64_t slot, const float *vector);

/* How many of so many slots must be let through by their sign bits for 99 in 100 of the ten nearest
 * (bench/scan-recall.c): vectors without any structure need as many, real ones fewer. */
uint64_t scan_depth(uint64_t slots);

struct scan_query {
    uint64_t slots; /* the first so many are looked at */
    const float *vector;
    uint64_t depth;            /* about so many are let through by their sign bits */
    const struct id_set *only; /* no other input is looked at; NULL: any */
};

/* The best by their codes, best first: at most room. */
NODISCARD enum status scan_nearest(const struct scan *scan, const struct scan_query *query,
                                   struct scan_match *out, size_t room, size_t *count,
                                   struct error *err);

#endif
