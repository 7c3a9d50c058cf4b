/*
 * The file, little endian:
 *
 *   0   "SEMB0001"
 *   8   u32 vocabulary V, dimensions D, slots S, word bytes W, longest piece, bits (4 or 8)
 *   32  SHA-256 of the file as it is with zeros here; zeros: not said
 *   64  u32 slot[S]       hash index: token + 1, 0 is empty; S is a power of two above V
 *       u32 offset[V + 1] where each token's bytes begin
 *       char word[W]      without separators; then zeros up to a multiple of 64
 *       row[V]            D bytes each, or (bits 4) D / 2: dimension i is the low half of byte i,
 *                         dimension i + D / 2 its high half
 *
 * One scale holds for all rows, so it never matters: sums are exact, and vectors are normalised.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "model/counter.h"
#include "model/semb_internal.h"

#define HEADER_BYTES 64u

struct file_header {
    char magic[8];
    uint32_t vocabulary, dimensions, slots, word_bytes, piece_bytes_max, bits;
    uint8_t digest[HASH_BYTES];
};
_Static_assert(sizeof(struct file_header) == HEADER_BYTES, "the header has no padding");
#if __BYTE_ORDER != __LITTLE_ENDIAN
#error "models are mapped as they are: a little-endian machine is needed"
#endif

DEFINE_POINTER_CLEANUP(struct semb, semb_free);

static size_t sum_of_text(const struct meaning *meaning, struct span text, int32_t *out)
{
    return semb_sum(((const struct semb_meaning *)meaning)->semb, text, out);
}

static size_t count_of_text(const struct token_counter *counter, struct span text)
{
    return semb_count(((const struct semb_counter *)counter)->semb, text);
}

static bool header_is_sound(const struct file_header *header)
{
    bool has_bits = header->bits == 8 || (header->bits == 4 && header->dimensions % 2 == 0);
    bool has_slots =
        (header->slots & (header->slots - 1)) == 0 && header->slots > header->vocabulary;

    return memcmp(header->magic, "SEMB0001", 8) == 0 && has_bits && has_slots &&
           header->dimensions > 0 && header->dimensions <= SEMB_DIMENSIONS_MAX &&
           header->vocabulary > 0 && header->vocabulary <= INT32_MAX &&
           header->piece_bytes_max > 0 && header->piece_bytes_max <= SEMB_WORD_BYTES;
}

/* Finds the parts; false when the file is not exactly as long as its header says. */
static bool find_parts(struct semb *semb, const struct file_header *header)
{
    const char *base = semb->mapped.data;
    size_t offsets_at = HEADER_BYTES + (size_t)4 * header->slots;
    size_t words_at = offsets_at + 4 * ((size_t)header->vocabulary + 1);
    size_t rows_at = (words_at + header->word_bytes + 63) & ~(size_t)63;

    semb->dimensions = header->dimensions;
    semb->bits = header->bits;
    semb->row_bytes = (size_t)header->dimensions * header->bits / 8;
    semb->vocabulary = header->vocabulary;
    semb->piece_bytes_max = header->piece_bytes_max;
    semb->slots = (const void *)(base + HEADER_BYTES);
    semb->slot_mask = header->slots - 1;
    semb->offsets = (const void *)(base + offsets_at);
    semb->words = base + words_at;
    semb->rows = (const uint8_t *)base + rows_at;
    return semb->mapped.len == rows_at + semb->row_bytes * header->vocabulary;
}

static bool index_is_sound(const struct semb *semb, uint32_t word_bytes)
{
    bool has_empty_slot = false;

    for (size_t i = 0; i <= semb->slot_mask; i++) {
        if (semb->slots[i] > semb->vocabulary)
            return false;
        has_empty_slot |= semb->slots[i] == 0;
    }
    for (size_t i = 0; i < semb->vocabulary; i++)
        if (semb->offsets[i] > semb->offsets[i + 1])
            return false;
    /* Without an empty slot a search for an unknown word would not end. */
    return has_empty_slot && semb->offsets[0] == 0 && semb->offsets[semb->vocabulary] == word_bytes;
}

static void set_likely(struct semb *semb, size_t bit)
{
    semb->likely[bit / 64] |= (uint64_t)1 << bit % 64;
}

static void insert_short(struct semb *semb, uint32_t id, const char *word, size_t length)
{
    struct semb_key key = { 0 };
    size_t i;

    memcpy(&key.head, word, length < 8 ? length : 8);
    if (length > 8)
        memcpy(&key.tail, word + 8, length - 8);
    for (i = semb_entry_start(semb, key); semb->entries[i].id_plus_one;
         i = (i + 1) & semb->entry_mask)
        if (semb->entries[i].head == key.head && semb->entries[i].tail == key.tail)
            return;
    semb->entries[i] = (struct semb_entry){ key.head, key.tail, id + 1 };
    set_likely(semb, semb_likely_bit(semb, key));
}

static void insert_beginning(struct semb *semb, const char *word)
{
    struct semb_key key;

    memcpy(&key.head, word, 8);
    memcpy(&key.tail, word + 8, sizeof(key.tail));
    set_likely(semb, semb_likely_beginning(semb, key));
}

static void free_index(struct semb *semb)
{
    free(semb->entries);
    free(semb->likely);
    free(semb->runs);
    semb->entries = NULL;
    semb->likely = NULL;
    semb->runs = NULL;
}

enum status semb_index(struct semb *semb, struct error *err)
{
    unsigned bits = 6;

    if (semb->entries)
        return STATUS_OK;

    while (((size_t)1 << bits) < semb->vocabulary + semb->vocabulary / 2)
        bits++;
    semb->entries = calloc((size_t)1 << bits, sizeof(*semb->entries));
    semb->likely = calloc((size_t)1 << (bits + 3 - 6), sizeof(*semb->likely));
    /* As calloc() would place it, each run would lie in two cache lines. */
    semb->runs = aligned_alloc(sizeof(*semb->runs), SEMB_RUN_PAIRS * sizeof(*semb->runs));
    if (!semb->entries || !semb->likely || !semb->runs) {
        free_index(semb);
        return error_set(err, STATUS_NO_MEMORY, "cannot index a model's vocabulary");
    }
    memset(semb->runs, 0, SEMB_RUN_PAIRS * sizeof(*semb->runs));
    semb->entry_shift = 64 - bits;
    semb->entry_mask = ((size_t)1 << bits) - 1;
    for (uint32_t id = 0; id < semb->vocabulary; id++) {
        size_t length = semb->offsets[id + 1] - semb->offsets[id];

        if (length > 0 && length <= SEMB_SHORT_BYTES)
            insert_short(semb, id, semb->words + semb->offsets[id], length);
        else if (length > 0)
            insert_beginning(semb, semb->words + semb->offsets[id]);
    }
    return STATUS_OK;
}

static enum status check(struct semb *semb, const char *name, struct error *err)
{
    const struct file_header *header = (const void *)semb->mapped.data;

    if (semb->mapped.len < HEADER_BYTES || !header_is_sound(header))
        return error_set(err, STATUS_MALFORMED, "'%s' is not a static model", name);
    if (!find_parts(semb, header) || !index_is_sound(semb, header->word_bytes))
        return error_set(err, STATUS_MALFORMED, "the static model '%s' is damaged", name);
    return STATUS_OK;
}

/* With zeros where the file says it. */
static enum status digest_of(struct span file, struct hash *out, struct error *err)
{
    struct file_header header;
    struct hasher *hasher = hasher_new();

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "cannot hash a model");
    memcpy(&header, file.data, HEADER_BYTES);
    memset(header.digest, 0, sizeof(header.digest));
    hasher_add(hasher, (struct span){ (const char *)&header, HEADER_BYTES });
    hasher_add(hasher, (struct span){ file.data + HEADER_BYTES, file.len - HEADER_BYTES });
    hasher_finish(hasher, out);
    hasher_free(hasher);
    return STATUS_OK;
}

static bool says_digest(const struct semb *semb)
{
    static const uint8_t zeros[HASH_BYTES];
    const struct file_header *header = (const void *)semb->mapped.data;

    return memcmp(header->digest, zeros, sizeof(zeros)) != 0;
}

enum status semb_verify(struct semb *semb, struct error *err)
{
    const struct file_header *header = (const void *)semb->mapped.data;
    struct hash hash;
    enum status status = digest_of(semb->mapped, &hash, err);

    if (!status && says_digest(semb) && memcmp(hash.bytes, header->digest, HASH_BYTES) != 0)
        status = error_set(err, STATUS_MALFORMED, "the static model is damaged: not what it says");
    if (!status)
        hash_to_hex(&hash, semb->fingerprint);
    return status;
}

enum status semb_read_fingerprint(struct semb *semb, struct error *err)
{
    const struct file_header *header = (const void *)semb->mapped.data;
    struct hash hash;

    if (!says_digest(semb))
        return semb_verify(semb, err);
    memcpy(hash.bytes, header->digest, HASH_BYTES);
    hash_to_hex(&hash, semb->fingerprint);
    return STATUS_OK;
}

enum status semb_seal(char *file, size_t len, struct error *err)
{
    struct hash hash;
    enum status status = digest_of((struct span){ file, len }, &hash, err);

    if (!status)
        memcpy(file + offsetof(struct file_header, digest), hash.bytes, HASH_BYTES);
    return status;
}

static enum status open_unindexed(int fd, const char *name, struct semb **out, struct error *err)
{
    CLEANUP(semb_free_ptr) struct semb *semb = calloc(1, sizeof(*semb));
    enum status status;

    if (!semb)
        return error_set(err, STATUS_NO_MEMORY, "cannot open the model '%s'", name);
    status = os_map_fd(fd, name, &semb->mapped, err);
    if (!status)
        status = check(semb, name, err);
    if (status)
        return status;
    semb->meaning = (struct semb_meaning){
        .meaning = { semb->dimensions, sum_of_text, semb->fingerprint },
        .semb = semb,
    };
    semb->counter = (struct semb_counter){
        .counter = { count_of_text, semb->fingerprint },
        .semb = semb,
    };
    *out = TAKE(semb);
    return STATUS_OK;
}

enum status semb_open_fd(int fd, const char *name, struct semb **out, struct error *err)
{
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    enum status status = open_unindexed(fd, name, &semb, err);

    if (!status)
        status = semb_verify(semb, err);
    if (!status)
        status = semb_index(semb, err);
    if (!status)
        *out = TAKE(semb);
    return status;
}

enum status semb_open_few(const char *path, struct semb **out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open the model '%s'", path);
    return open_unindexed(fd, path, out, err);
}

enum status semb_open(const char *path, struct semb **out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open the model '%s'", path);
    return semb_open_fd(fd, path, out, err);
}

void semb_free(struct semb *semb)
{
    if (!semb)
        return;
    os_unmap(&semb->mapped);
    free_index(semb);
    free(semb);
}

unsigned semb_dimensions(const struct semb *semb)
{
    return semb->dimensions;
}

size_t semb_vocabulary(const struct semb *semb)
{
    return semb->vocabulary;
}

const char *semb_fingerprint(const struct semb *semb)
{
    return semb->fingerprint;
}

const struct meaning *semb_meaning(const struct semb *semb)
{
    return &semb->meaning.meaning;
}

const struct token_counter *semb_counter(const struct semb *semb)
{
    return &semb->counter.counter;
}
