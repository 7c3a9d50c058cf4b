/*
 * internal.h - what the files of index/ share and nobody else sees.
 */
#ifndef INDEX_INTERNAL_H
#define INDEX_INTERNAL_H

#include <string.h>

#include "base/os.h"
#include "base/varint.h"
#include "index/index.h"
#include "index/pack.h"
#include "index/schema.h"

#define INDEX_SECRET_BYTES 16u /* state.secret */
#define INDEX_KEY_BYTES    8u

struct index_store;
struct scan;
struct texts;

struct index {
    struct sql sql;
    struct pack *pack;
    struct texts *texts;
    char *folder;
    char *database_path;
    enum index_mode mode;
    int lock_fd;
    char uuid[37];
    uint8_t secret[INDEX_SECRET_BYTES];
    uint64_t renewed_rows;
    int busy_timeout_ms, log_waited_pages; /* checkpoint.c's */
    bool is_in_transaction;                /* the store's, or a snapshot's */
    unsigned search_count;                 /* a reader's */
    struct index_store *store;             /* the one open store; NULL: none */
    /* A reader's mapped scan file; NULL: not opened yet, or there is none. */
    struct scan *scan;
    int64_t scan_model_id, scan_epoch;
};

/* How long a process waits for another that has the database, or its lock; and between two looks.
 */
#define INDEX_BUSY_MS  5000
#define LOCK_PAUSE_US  2000
#define LOCK_TRIES_MAX (INDEX_BUSY_MS * 1000 / LOCK_PAUSE_US)

/* The writer's lock of a folder, which ends with *out_fd (-1 on entry, set also when it fails).
 * STATUS_BUSY: another process has it. */
NODISCARD enum status index_take_lock(const char *folder, int *out_fd, struct error *err);

/* A verified copy of the database in folder under the name, in one step; a part of one is removed.
 */
NODISCARD enum status index_copy_into(struct index *index, const char *folder, const char *name,
                                      struct error *err);

/* Before each search: one that goes on is given more memory for pages. */
NODISCARD enum status index_count_search(struct index *index, struct error *err);

/* STATUS_IO: there is no room; then nothing is left of it. */
NODISCARD enum status index_make_ballast(const char *folder, struct error *err);

/* 36 characters and a NUL. */
NODISCARD enum status index_make_uuid(char out[37], struct error *err);

/* The stamp as it lies in the database: nine varints. Equal stamps have equal bytes. */
struct stamp_bytes {
    char data[9 * VARINT_BYTES_MAX];
    size_t len;
};
struct stamp_bytes stamp_encode(const struct file_stamp *stamp);

static inline struct span stamp_span(const struct stamp_bytes *bytes)
{
    return (struct span){ bytes->data, bytes->len };
}

/* What stands for an input's hash: 8 bytes of SHA-256 over the secret and the hash's first 16. Who
 * does not know the secret can't make two inputs with one key, and by chance they have it once in
 * 2^64 pairs. */
struct index_key {
    uint8_t bytes[INDEX_KEY_BYTES];
};
void index_key(const struct index *index, const struct hash *hash, struct index_key *out);
/* As the table `input` has it: the first four bytes, the text decides between those with the same.
 */
static inline int64_t input_key(const struct index_key *key)
{
    int32_t start;

    memcpy(&start, key->bytes, sizeof(start));
    return start;
}

/* Zero when bytes are no stamp. */
struct file_stamp stamp_decode(struct span bytes);

#endif
