/*
 * Text to tokens. A word is a run of letters and digits, folded. It is one token when the
 * vocabulary has it; otherwise its camelCase parts, and for each of these the longest known pieces
 * from the left.
 *
 * Nearly all words are short, ASCII, and known. They take a path without a loop over their bytes:
 * the word is loaded as two integers, measured and folded there, and looked up in the index made
 * for that.
 */
#include <string.h>

#include "model/fold.h"
#include "model/semb_internal.h"

_Static_assert(FOLD_UTF8_MAX == SEMB_SHORT_BYTES, "a folded character is a key");

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* The first byte of ideographs, kana and Hangul syllables, and little else. */
#define FIRST_ALONE 0xE3

/* What a byte is to the scanner. */
enum { BYTE_SEPARATOR, BYTE_WORD, BYTE_UPPER, BYTE_HIGH };

static inline unsigned byte_kind(uint8_t byte)
{
    if (byte >= 0x80)
        return BYTE_HIGH;
    if ((uint8_t)(byte - 'A') < 26)
        return BYTE_UPPER;
    return (uint8_t)(byte - 'a') < 26 || (uint8_t)(byte - '0') < 10 ? BYTE_WORD : BYTE_SEPARATOR;
}

/* The high bit of each byte that is between low and high; bytes are below 0x80. */
static inline uint64_t bytes_between(uint64_t bytes, uint8_t low, uint8_t high)
{
    return (bytes + (0x80u - low) * ONES) & ~(bytes + (0x7Fu - high) * ONES) & HIGHS;
}

/* The high bit of each byte that is an ASCII letter or digit. */
static inline uint64_t word_bytes(uint64_t bytes)
{
    uint64_t low = bytes & ~HIGHS;
    uint64_t letters = bytes_between(low | 0x20 * ONES, 'a', 'z');

    return (letters | bytes_between(low, '0', '9')) & ~bytes;
}

static void flush(struct semb_sink *sink)
{
    sink->take(sink);
    sink->total += sink->count;
    sink->count = 0;
}

static inline void put(struct semb_sink *sink, uint32_t id)
{
    if (sink->rows) { /* a table is larger than near caches: rows are asked for ahead of their sum
                       */
        __builtin_prefetch(sink->rows + id * sink->row_bytes);
        __builtin_prefetch(sink->rows + id * sink->row_bytes + 64);
    }
    sink->ids[sink->count++] = (int32_t)id;
    if (sink->count == sink->room)
        flush(sink);
}

/* FNV-1a, as the file's index was made with. */
static inline uint64_t file_hash_add(uint64_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 0x100000001B3u;
}

static bool lookup_long(const struct semb *semb, const char *word, size_t length, uint64_t hash,
                        uint32_t *id)
{
    uint32_t i = (uint32_t)(hash ^ hash >> 29) & semb->slot_mask;

    for (; semb->slots[i]; i = (i + 1) & semb->slot_mask) {
        uint32_t candidate = semb->slots[i] - 1, at = semb->offsets[candidate];

        if (semb->offsets[candidate + 1] - at == length &&
            memcmp(semb->words + at, word, length) == 0) {
            *id = candidate;
            return true;
        }
    }
    return false;
}

/* By the file's index: while there is none over short words. */
static bool lookup_slowly(const struct semb *semb, struct semb_key key, uint32_t *id)
{
    char word[SEMB_SHORT_BYTES];
    uint64_t hash = 0xCBF29CE484222325u;
    size_t length;

    memcpy(word, &key.head, 8);
    memcpy(word + 8, &key.tail, sizeof(key.tail));
    length = strnlen(word, sizeof(word));
    for (size_t i = 0; i < length; i++)
        hash = file_hash_add(hash, word[i]);
    return length > 0 && lookup_long(semb, word, length, hash, id);
}

static inline bool lookup_short(const struct semb *semb, struct semb_key key, uint32_t *id)
{
    size_t i;

    if (!semb->entries)
        return lookup_slowly(semb, key, id);
    for (i = semb_entry_start(semb, key); semb->entries[i].id_plus_one;
         i = (i + 1) & semb->entry_mask) {
        if (semb->entries[i].head == key.head && semb->entries[i].tail == key.tail) {
            *id = semb->entries[i].id_plus_one - 1;
            return true;
        }
    }
    return false;
}

/* The same where words that are no token are frequent: their bit is in a nearer cache. */
static inline bool lookup_likely(const struct semb *semb, struct semb_key key, uint32_t *id)
{
    if (semb->likely && !semb_is_likely(semb, semb_likely_bit(semb, key)))
        return false;
    return lookup_short(semb, key, id);
}

/* The first n bytes of a key, n from 1 to SEMB_SHORT_BYTES. */
static inline struct semb_key key_beginning(struct semb_key key, size_t n)
{
    if (n <= 8)
        return (struct semb_key){ .head = key.head & UINT64_MAX >> (64 - 8 * n) };
    return (struct semb_key){ key.head, key.tail & UINT32_MAX >> (96 - 8 * n) };
}

/* Of a word of at least one byte; SEMB_SHORT_BYTES are read, whatever its length. */
static inline struct semb_key short_key(const char *word, size_t length)
{
    struct semb_key key;

    memcpy(&key.head, word, 8);
    memcpy(&key.tail, word + 8, sizeof(key.tail));
    return length < SEMB_SHORT_BYTES ? key_beginning(key, length) : key;
}

/* False: no token of more than SEMB_SHORT_BYTES begins as word does. */
static bool may_begin_long(const struct semb *semb, struct semb_key key)
{
    return !semb->likely || semb_is_likely(semb, semb_likely_beginning(semb, key));
}

static bool lookup(const struct semb *semb, const char *word, size_t length, uint32_t *id)
{
    uint64_t hash = 0xCBF29CE484222325u;

    if (length <= SEMB_SHORT_BYTES)
        return lookup_short(semb, short_key(word, length), id);
    if (!may_begin_long(semb, short_key(word, SEMB_SHORT_BYTES)))
        return false;
    for (size_t i = 0; i < length; i++)
        hash = file_hash_add(hash, word[i]);
    return lookup_long(semb, word, length, hash, id);
}

/* The longest token of more than SEMB_SHORT_BYTES that word begins with; 0: none. */
static size_t longest_long_piece(const struct semb *semb, const char *word, size_t length,
                                 uint32_t *id)
{
    uint64_t hashes[SEMB_WORD_BYTES + 1];
    uint64_t hash = 0xCBF29CE484222325u;

    for (size_t i = 0; i < length; i++)
        hashes[i + 1] = hash = file_hash_add(hash, word[i]);
    for (; length > SEMB_SHORT_BYTES; length--)
        if (lookup_long(semb, word, length, hashes[length], id))
            return length;
    return 0;
}

/* Bit i: byte i goes on with a character that began before it. */
static inline unsigned continuing_bytes(uint64_t bytes)
{
    uint64_t ones = bytes >> 7 & ~(bytes >> 6) & ONES;

    return (unsigned)(ones * 0x0102040810204080u >> 56);
}

/* Bit n - 1: a character ends after n bytes of the key's word, which has `length` of them. */
static inline unsigned character_ends(struct semb_key key, size_t length)
{
    unsigned continuing = continuing_bytes(key.head) | continuing_bytes(key.tail) << 8;

    /* A model without pieces was refused.
     * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    return (~continuing >> 1 | 1u << (length - 1)) & ((1u << length) - 1);
}

/* Those of lengths (bit n - 1: the key's first n bytes) that may be a token. Most of these
 * questions have the answer no, and no branch depends on it. */
static unsigned likely_lengths(const struct semb *semb, struct semb_key key, unsigned lengths)
{
    unsigned likely = 0;

    for (; lengths; lengths &= lengths - 1) {
        unsigned n = (unsigned)__builtin_ctz(lengths) + 1;
        size_t bit = semb_likely_bit(semb, key_beginning(key, n));

        likely |= (unsigned)semb_is_likely(semb, bit) << (n - 1);
    }
    return likely;
}

/* The longest token that word begins with; 0: none. */
static size_t longest_piece(const struct semb *semb, const char *word, size_t length, uint32_t *id)
{
    size_t short_length;
    struct semb_key key;
    unsigned lengths;

    if (length > semb->piece_bytes_max)
        length = semb->piece_bytes_max;
    short_length = length < SEMB_SHORT_BYTES ? length : SEMB_SHORT_BYTES;
    key = short_key(word, short_length);
    if (length > SEMB_SHORT_BYTES && may_begin_long(semb, key)) {
        size_t taken = longest_long_piece(semb, word, length, id);

        if (taken > 0)
            return taken;
    }
    lengths = character_ends(key, short_length);
    if (semb->likely)
        lengths = likely_lengths(semb, key, lengths);
    for (; lengths; lengths &= (1u << (31 - __builtin_clz(lengths))) - 1) {
        unsigned n = (unsigned)(32 - __builtin_clz(lengths));

        if (lookup_short(semb, key_beginning(key, n), id))
            return n;
    }
    return 0;
}

static void put_pieces(const struct semb *semb, const char *word, size_t length,
                       struct semb_sink *sink)
{
    uint32_t id;

    for (size_t i = 0; i < length;) {
        size_t taken = longest_piece(semb, word + i, length - i, &id);

        if (taken > 0) {
            put(sink, id);
            i += taken;
            continue;
        }
        for (i++; i < length && ((uint8_t)word[i] & 0xC0) == 0x80;)
            i++;
    }
}

/* A word being collected: folded bytes, and where capitals stood (the first letter does not count).
 */
struct word {
    char bytes[SEMB_WORD_BYTES + FOLD_UTF8_MAX + SEMB_SHORT_BYTES];
    size_t length;
    uint8_t capitals[SEMB_WORD_BYTES];
    size_t capital_count;
};

/* Splits "parseHTTPRequest" before a capital that begins a part, not inside a run of capitals. */
static void put_parts(const struct semb *semb, const struct word *word, struct semb_sink *sink)
{
    size_t start = 0;
    uint32_t id;

    for (size_t k = 0; k <= word->capital_count; k++) {
        size_t end = k < word->capital_count ? word->capitals[k] : word->length;

        if (k > 0 && k + 1 < word->capital_count && word->capitals[k + 1] == end + 1 &&
            word->capitals[k - 1] + 1u == end)
            continue;
        if (end > start && lookup(semb, word->bytes + start, end - start, &id))
            put(sink, id);
        else if (end > start)
            put_pieces(semb, word->bytes + start, end - start, sink);
        start = end;
    }
}

static void put_word(const struct semb *semb, struct word *word, struct semb_sink *sink)
{
    uint32_t id;

    if (word->length == 0)
        return;
    if (lookup(semb, word->bytes, word->length, &id))
        put(sink, id);
    else if (word->capital_count > 0 && word->capital_count + 1 < word->length)
        put_parts(semb, word, sink);
    else
        put_pieces(semb, word->bytes, word->length, sink);
    word->length = word->capital_count = 0;
}

/* Appends what still fits; whole characters, so that a long word ends at one. */
static void word_append(struct word *word, const char *utf8, size_t length)
{
    for (size_t i = 0; i < length;) {
        if (word->length >= SEMB_WORD_BYTES)
            return;
        do
            word->bytes[word->length++] = utf8[i++];
        while (i < length && ((uint8_t)utf8[i] & 0xC0) == 0x80);
    }
}

static void word_append_ascii(struct word *word, uint8_t byte, bool is_capital)
{
    if (word->length >= SEMB_WORD_BYTES)
        return;
    if (is_capital && word->length > 0)
        word->capitals[word->capital_count++] = (uint8_t)word->length;
    word->bytes[word->length++] = (char)(byte | 0x20);
}

/* A character that is a word; folded has zeros behind. */
static inline void put_alone(const struct semb *semb, const char *folded, size_t length,
                             struct semb_sink *sink)
{
    uint32_t id;

    if (lookup_short(semb, short_key(folded, SEMB_SHORT_BYTES), &id))
        put(sink, id);
    else
        put_pieces(semb, folded, length, sink);
}

/* One character that is not ASCII. True when it ended the word. */
static bool scan_high(const struct semb *semb, const uint8_t **at, const uint8_t *end,
                      struct word *word, struct semb_sink *sink)
{
    char folded[FOLD_UTF8_MAX + SEMB_SHORT_BYTES];
    size_t length;
    enum fold_kind kind;

    *at += fold_next(*at, (size_t)(end - *at), &kind, folded, &length);
    if (kind == FOLD_MARK)
        return false;
    if (kind == FOLD_WORD) {
        word_append(word, folded, length);
        return false;
    }
    put_word(semb, word, sink);
    if (kind == FOLD_ALONE)
        put_alone(semb, folded, length, sink);
    return true;
}

/* From the start of any word to its end; returns where. */
static const uint8_t *scan_word(const struct semb *semb, const uint8_t *at, const uint8_t *end,
                                struct semb_sink *sink)
{
    struct word word;

    word.length = word.capital_count = 0;
    while (at < end) {
        unsigned kind = byte_kind(*at);

        if (kind == BYTE_SEPARATOR)
            break;
        if (kind == BYTE_HIGH) {
            if (scan_high(semb, &at, end, &word, sink))
                return at;
            continue;
        }
        word_append_ascii(&word, *at++, kind == BYTE_UPPER);
    }
    put_word(semb, &word, sink);
    return at;
}

/* Tries the short way for the ASCII word at `at`, with 16 readable bytes: how many bytes it took,
 * or 0 when the word is too long, goes on in another script, or is not a token. */
static inline size_t scan_short(const struct semb *semb, const uint8_t *at, uint32_t *id)
{
    uint64_t head, tail, others;
    struct semb_key key;
    size_t length;

    memcpy(&head, at, 8);
    memcpy(&tail, at + 8, 8);
    others = ~word_bytes(head) & HIGHS;
    if (others) {
        length = (size_t)__builtin_ctzll(others) / 8;
        if (at[length] >= 0x80)
            return 0;
        key.head = (head | 0x20 * ONES) & (((uint64_t)1 << 8 * length) - 1);
        key.tail = 0;
        return lookup_likely(semb, key, id) ? length : 0;
    }
    others = ~word_bytes(tail) & HIGHS & 0xFFFFFFFFFFu;
    if (!others)
        return 0;
    length = (size_t)__builtin_ctzll(others) / 8;
    if (at[8 + length] >= 0x80)
        return 0;
    key.head = head | 0x20 * ONES;
    key.tail = (uint32_t)((tail | 0x20 * ONES) & (((uint64_t)1 << 8 * length) - 1));
    return lookup_likely(semb, key, id) ? 8 + length : 0;
}

/* The length of the run at `at`: up to the next ASCII separator; more than SEMB_RUN_BYTES when
 * there is none so far. Its bytes, then zeros, go to out. */
static inline size_t run_read(const uint8_t *at, const uint8_t *end, uint64_t *out)
{
    uint8_t last[48] = { 0 };
    size_t length = 0;

    if (end - at < 48) {
        memcpy(last, at, (size_t)(end - at));
        at = last;
    }
    for (size_t i = 0; i < 5; i++) {
        uint64_t bytes, others;

        memcpy(&bytes, at + 8 * i, 8);
        others = ~(word_bytes(bytes) | bytes) & HIGHS;
        out[i] = bytes;
        if (others) {
            unsigned count = (unsigned)__builtin_ctzll(others) / 8;

            out[i] = count ? bytes & UINT64_MAX >> (64 - 8 * count) : 0;
            length = 8 * i + count;
            for (i++; i < 5; i++)
                out[i] = 0;
            return length;
        }
    }
    return SEMB_RUN_BYTES + 1;
}

static inline struct semb_run *runs_of(const struct semb *semb, const uint64_t *bytes)
{
    uint64_t a = (bytes[0] ^ 0x9E3779B97F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    uint64_t b = (bytes[1] ^ bytes[3] << 7) * 0x9E3779B97F4A7C15u;
    uint64_t c = (bytes[2] ^ bytes[4] << 7) * 0xD6E8FEB86659FD93u;
    uint64_t hash = ((a ^ a >> 31) + (b ^ b >> 29) + (c ^ c >> 33)) * 0x9E3779B97F4A7C15u;

    return semb->runs[hash >> 40 & (SEMB_RUN_PAIRS - 1)];
}

/* In five words: the last of them has the count in its highest byte, where bytes has a zero. */
static inline bool run_is(const struct semb_run *run, const uint64_t *bytes)
{
    uint64_t kept[5], differ = 0;

    memcpy(kept, run, sizeof(kept));
    kept[4] &= UINT64_MAX >> 8;
    for (unsigned i = 0; i < 5; i++)
        differ |= kept[i] ^ bytes[i];
    return differ == 0;
}

static inline bool run_put(const struct semb_run *run, const uint64_t *bytes,
                           struct semb_sink *sink)
{
    if (!run_is(run, bytes))
        return false;
    for (unsigned i = 0; i < run->count; i++)
        put(sink, run->ids[i]);
    return true;
}

/* Remembers what was put since there were `before` in all. */
static void run_keep(struct semb_run *runs, const uint64_t *bytes, const struct semb_sink *sink,
                     size_t before)
{
    size_t count = sink->total + sink->count - before;
    const int32_t *ids;
    struct semb_run run = { .count = (uint8_t)count };

    if (count > SEMB_RUN_IDS || before < sink->total)
        return;
    ids = sink->ids + sink->count - count;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] > UINT16_MAX)
            return;
        run.ids[i] = (uint16_t)ids[i];
    }
    memcpy(run.bytes, bytes, SEMB_RUN_BYTES);
    runs[1] = runs[0];
    runs[0] = run;
}

/* From the start of a run to its end, or to that of its first word; returns where. */
static const uint8_t *scan_run(const struct semb *semb, const uint8_t *at, const uint8_t *end,
                               struct semb_sink *sink)
{
    uint64_t bytes[5];
    size_t length = run_read(at, end, bytes), before = sink->total + sink->count;
    struct semb_run *runs;

    if (length > SEMB_RUN_BYTES)
        return scan_word(semb, at, end, sink);
    runs = runs_of(semb, bytes);
    end = at + length;
    if (run_put(&runs[0], bytes, sink) || run_put(&runs[1], bytes, sink))
        return end;
    while (at < end)
        at = scan_word(semb, at, end, sink);
    run_keep(runs, bytes, sink, before);
    return end;
}

/* As many characters that stand alone, or separate, as follow each other, three bytes and more
 * each; returns where others begin. */
static const uint8_t *scan_alone(const struct semb *semb, const uint8_t *at, const uint8_t *end,
                                 struct semb_sink *sink)
{
    while (at < end && *at >= FIRST_ALONE) {
        char folded[FOLD_UTF8_MAX + SEMB_SHORT_BYTES];
        enum fold_kind kind;
        size_t length, taken = fold_next(at, (size_t)(end - at), &kind, folded, &length);

        if (kind == FOLD_ALONE)
            put_alone(semb, folded, length, sink);
        else if (kind != FOLD_SEPARATOR)
            break;
        at += taken;
    }
    return at;
}

void semb_scan(const struct semb *semb, struct span text, struct semb_sink *sink)
{
    const uint8_t *at = (const uint8_t *)text.data, *end = at + text.len;

    while (at < end) {
        size_t taken = 0;
        uint32_t id;

        if (byte_kind(*at) == BYTE_SEPARATOR) {
            at++;
            continue;
        }
        if (*at < 0x80 && end - at >= 16) {
            taken = scan_short(semb, at, &id);
        } else if (*at < 0x80) {
            uint8_t last[16] = { 0 };

            memcpy(last, at, (size_t)(end - at));
            taken = scan_short(semb, last, &id);
        }
        if (taken > 0) {
            put(sink, id);
            at += taken;
            continue;
        }
        if (*at >= FIRST_ALONE) {
            const uint8_t *next = scan_alone(semb, at, end, sink);

            if (next > at) {
                at = next;
                continue;
            }
        }
        at = semb->runs ? scan_run(semb, at, end, sink) : scan_word(semb, at, end, sink);
    }
    if (sink->count > 0)
        flush(sink);
}
