/*
 * semb_internal.h - the parts of a static model, shared by the files that read, tokenise and add.
 */
#ifndef MODEL_SEMB_INTERNAL_H
#define MODEL_SEMB_INTERNAL_H

#include "base/hash.h"
#include "model/semb.h"

#define SEMB_SHORT_BYTES    12u /* words up to here are compared as two integers */
#define SEMB_WORD_BYTES     88u /* longer words lose their ends */
#define SEMB_DIMENSIONS_MAX 4096u

/* A word of at most SEMB_SHORT_BYTES, padded with zeros: vocabularies have no NUL. */
struct semb_key {
    uint64_t head;
    uint32_t tail;
};

/* What the last runs of bytes without an ASCII separator came to: words that are no token, and
 * words of other alphabets, take ten times as long to find piece by piece. A cache line each, two
 * for a hash, the newer one first. */
#define SEMB_RUN_PAIRS 8192u /* a megabyte */
#define SEMB_RUN_BYTES 39u   /* longer ones are not kept */
#define SEMB_RUN_IDS   12u /* nor those of more tokens, or of one that needs more than two bytes */
struct semb_run {
    char bytes[SEMB_RUN_BYTES]; /* then zeros, which are separators: no run is all zeros */
    uint8_t count;
    uint16_t ids[SEMB_RUN_IDS];
};
_Static_assert(sizeof(struct semb_run) == 64, "a cache line");

/* An entry of the index over short words, made when a model is opened: one cache line answers. */
struct semb_entry {
    uint64_t head;
    uint32_t tail;
    uint32_t id_plus_one; /* 0: empty */
};

struct semb {
    struct span mapped;
    unsigned dimensions, bits;
    size_t row_bytes;
    uint32_t vocabulary;
    unsigned piece_bytes_max; /* longest piece that is tried for an unknown word */

    const uint32_t *slots; /* the file's own hash index, for long words */
    uint32_t slot_mask;
    const uint32_t *offsets; /* vocabulary + 1, into words */
    const char *words;
    const uint8_t *rows;

    struct semb_entry *entries;
    unsigned entry_shift; /* a hash is shifted by this to give the first entry to look at */
    size_t entry_mask;
    uint64_t
        *likely; /* bits by hash: of short words, and of how long words begin; made with entries */
    struct semb_run (*runs)[2]; /* made with entries; all that changes while a model is used */

    char fingerprint[HASH_HEX_BYTES];
    struct semb_meaning {
        struct meaning meaning;
        const struct semb *semb;
    } meaning;
    struct semb_counter {
        struct token_counter counter;
        const struct semb *semb;
    } counter;
};

/* Receives ids in the order of the text, in batches. */
struct semb_sink {
    int32_t *ids;
    size_t count, room;
    size_t total;        /* that were flushed */
    const uint8_t *rows; /* to be added soon; NULL: they won't be */
    size_t row_bytes;
    void (*take)(struct semb_sink *sink); /* ids[0 .. count) */
};

void semb_scan(const struct semb *semb, struct span text, struct semb_sink *sink);

/* Adds the rows of ids to sum. */
void semb_add_rows(const struct semb *semb, const int32_t *ids, size_t count, int32_t *sum);

static inline uint64_t semb_key_hash(struct semb_key key)
{
    uint64_t hash = (key.head ^ (uint64_t)key.tail << 29) * 0x9E3779B97F4A7C15u;

    hash ^= (uint64_t)key.tail * 0xC2B2AE3D27D4EB4Fu;
    return hash * 0x9E3779B97F4A7C15u;
}

static inline size_t semb_entry_start(const struct semb *semb, struct semb_key key)
{
    return (size_t)(semb_key_hash(key) >> semb->entry_shift);
}

/* The bit of `likely`, of which there are eight for an entry: few enough to stay in a near cache,
 * so many that one in twenty is set. */
static inline size_t semb_likely_bit(const struct semb *semb, struct semb_key key)
{
    return (size_t)(semb_key_hash(key) >> (semb->entry_shift - 3));
}

/* The same for the first SEMB_SHORT_BYTES of longer words. */
static inline size_t semb_likely_beginning(const struct semb *semb, struct semb_key key)
{
    return (size_t)(~semb_key_hash(key) >> (semb->entry_shift - 3));
}

static inline bool semb_is_likely(const struct semb *semb, size_t bit)
{
    return semb->likely[bit / 64] >> bit % 64 & 1;
}

#endif
