/* The static model: the same tokens and the same integer sums everywhere; damaged files are
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "model/counter.h"
#include "model/fold.h"
#include "model/semb_internal.h"

#define MODEL_PATH   "models/default.semb"
#define DIMENSIONS   256
#define HOSTILE_HASH 0x159df0f074c37285u
#define EMBED_PATH   "models/embed.semb"
#define FOREIGN_HASH 0x42c57dc9f59ed2d6u

DEFINE_POINTER_CLEANUP(struct semb, semb_free);

static struct semb *open_path(const char *path)
{
    struct semb *semb = NULL;
    struct error err = { 0 };

    if (semb_open(path, &semb, &err))
        fail_msg("%s", err.text);
    return semb;
}

static struct semb *open_model(void)
{
    return open_path(MODEL_PATH);
}

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* Of the shipped model, from an independent implementation. */
static const struct {
    const char *text;
    size_t count;
    int32_t first_ids[4];
    int32_t sum_first, sum_middle, sum_last;
    uint64_t sum_hash;
} expected[] = {
    { "How do refunds work?", 4, { 168, 80, 27310, 159 }, 3, 1, 0, 0x869a9fbdef014534 },
    { "The quick brown fox jumps over the lazy dog.",
      9,
      { 0, 2343, 1682, 3479 },
      7,
      14,
      7,
      0xb7b6ab236c5d1e04 },
    { "parseHTTPRequest camelCase XMLHttpRequest snake_case",
      11,
      { 1840, 389, 417, 13440 },
      -22,
      -5,
      16,
      0x9dbe601d94b956b9 },
    { "Caf\xc3\xa9 na\xc3\xafve \xc3\x9c"
      "bung \xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1",
      9,
      { 10150, 7933, 23716, 38707 },
      -1,
      3,
      7,
      0x4e4991590112b8cc },
    { "\xe5\x8c\x97\xe4\xba\xac \xe3\x81\xb2\xe3\x82\x89\xe3\x81\x8c\xe3\x81\xaa "
      "\xed\x95\x9c\xea\xb5\xad",
      5,
      { 36209, 36096, 36104, 29950 },
      -6,
      5,
      -5,
      0xa7d4b8d0f04d7334 },
    { "\xff\xfe\x80 broken \xc3 utf8 \xf0\x9f",
      2,
      { 2264, 5624, 0, 0 },
      -1,
      -2,
      -1,
      0xe3421ad6a42dce93 },
    { "zxqvbnmkjhgfd 123456789012345678901234567890",
      21,
      { 1217, 144, 1423, 6567 },
      2,
      -7,
      -7,
      0x84d79e68dfa17d1e },
    { "", 0, { 0, 0, 0, 0 }, 0, 0, 0, 0 },
};

/* Opened for a few texts it gives the same tokens, and has an index and a name when asked. */
static void opens_for_a_few_texts(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();
    CLEANUP(semb_free_ptr) struct semb *few = NULL;
    struct error err;

    (void)state;
    assert_int_equal(semb_open_few(MODEL_PATH, &few, &err), STATUS_OK);
    assert_string_equal(semb_fingerprint(few), "");
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
            struct span text = span_of(expected[i].text);
            int32_t ids[2][64] = { 0 };

            assert_int_equal(semb_tokens(few, text, ids[0], 64), expected[i].count);
            (void)semb_tokens(semb, text, ids[1], 64);
            assert_memory_equal(ids[0], ids[1], sizeof(ids[0]));
        }
        assert_int_equal(semb_index(few, &err), STATUS_OK);
    }
    assert_int_equal(semb_read_fingerprint(few, &err), STATUS_OK);
    assert_string_equal(semb_fingerprint(few), semb_fingerprint(semb));
}

static void gives_the_known_tokens_and_sums(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();

    (void)state;
    assert_int_equal(semb_dimensions(semb), DIMENSIONS);
    assert_int_equal(semb_vocabulary(semb), 40000);
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        struct span text = span_of(expected[i].text);
        int32_t ids[64] = { 0 }, sum[DIMENSIONS];
        uint64_t hash = 0;

        assert_int_equal(semb_tokens(semb, text, ids, 64), expected[i].count);
        assert_int_equal(semb_count(semb, text), expected[i].count);
        for (size_t k = 0; k < 4 && k < expected[i].count; k++)
            assert_int_equal(ids[k], expected[i].first_ids[k]);
        assert_int_equal(semb_sum(semb, text, sum), expected[i].count);
        assert_int_equal(sum[0], expected[i].sum_first);
        assert_int_equal(sum[128], expected[i].sum_middle);
        assert_int_equal(sum[255], expected[i].sum_last);
        for (size_t k = 0; k < DIMENSIONS; k++)
            hash = hash * 31 + (uint32_t)sum[k];
        assert_true(hash == expected[i].sum_hash);
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

/* Input number i of the hostile ones: up to 300 bytes of noise, of characters from anywhere, of
 * ASCII in any case, or of known words cut at any byte. */
static size_t make_hostile(uint64_t *random, unsigned i, char *out)
{
    static const char words[] = "Refunds parseHTTPRequest na\xc3\xafve \xd0\x9c\xd0\xb8\xd1\x80 "
                                "\xe5\x8c\x97\xe4\xba\xac e\xcc\x81t\xc3\xa9 \xed\x95\x9c "
                                "internationalization counter-intuitively 1234567890";
    size_t length = next_random(random) % 300, at = 0;

    while (at < length) {
        uint64_t draw = next_random(random);
        uint32_t c = (uint32_t)(draw % (i % 8 < 4 ? 0x3000 : 0x110000));

        if (i % 4 == 0) {
            out[at++] = (char)(draw & 0xFF);
        } else if (i % 4 == 1) {
            out[at++] = "etaoinSHRDLU 19_-XyZ"[draw % 20];
        } else if (i % 4 == 2) {
            size_t from = draw % (sizeof(words) - 1), most = (draw >> 10) % 24 + 1;

            for (; most > 0 && from < sizeof(words) - 1 && at < length; most--)
                out[at++] = words[from++];
        } else if (c < 0x80) {
            out[at++] = (char)c;
        } else if (c < 0x800) {
            out[at++] = (char)(0xC0 | c >> 6);
            out[at++] = (char)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out[at++] = (char)(0xE0 | c >> 12);
            out[at++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[at++] = (char)(0x80 | (c & 0x3F));
        } else {
            out[at++] = (char)(0xF0 | c >> 18);
            out[at++] = (char)(0x80 | (c >> 12 & 0x3F));
            out[at++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[at++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return at;
}

static size_t put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

/* A word of one alphabet: the same seed gives the same, so that words come again. */
static size_t make_word(uint64_t seed, char *out)
{
    static const struct {
        uint32_t first, count;
    } alphabets[] = {
        { 0x410, 64 }, { 'a', 26 },     { 0xC0, 64 },   { 0x4E00, 800 }, { 0x620, 54 },
        { 0x904, 74 }, { 0x3040, 160 }, { 0xAC00, 99 }, { 0x391, 57 },   { 0xFF21, 58 },
    };
    uint64_t random = seed * 0x9E3779B97F4A7C15u + 1;
    size_t alphabet = next_random(&random) % 10, letters = next_random(&random) % 13 + 1, at = 0;

    for (size_t i = 0; i < letters; i++) {
        uint64_t draw = next_random(&random);

        if (draw % 64 == 0)
            alphabet = (draw >> 10) % 10;
        at += put_utf8(alphabets[alphabet].first +
                           (uint32_t)((draw >> 20) % alphabets[alphabet].count),
                       out + at);
    }
    return at;
}

/* Words of other alphabets, half of them of two thousand that come again and again, between
 * separators of all kinds or none; every eighth input is cut at any byte. */
static size_t make_foreign(uint64_t *random, unsigned i, char *out)
{
    static const char *const separators[] = {
        " ", " ", " ", "", "-", "\xe2\x80\x94", "\xe3\x80\x82", "\xc2\xab", ".", "\xe0\xa5\xa4"
    };
    size_t length = next_random(random) % 250, at = 0;

    while (at < length) {
        uint64_t draw = next_random(random);
        const char *separator = separators[(draw >> 20) % 10];

        at += make_word(draw & 1 ? (draw >> 1) % 2000 : draw >> 1, out + at);
        memcpy(out + at, separator, strlen(separator));
        at += strlen(separator);
    }
    return i % 8 == 0 ? length : at;
}

/* The integers of one token, from the bytes of the file. */
static void read_row(const struct semb *semb, size_t id, int32_t *row)
{
    const uint8_t *bytes = semb->rows + id * semb->row_bytes;

    for (size_t i = 0; i < DIMENSIONS / 2; i++) {
        row[i] = (int32_t)((bytes[i] & 0x0F) ^ 8) - 8;
        row[i + DIMENSIONS / 2] = (int32_t)((bytes[i] >> 4) ^ 8) - 8;
    }
}

typedef size_t make_fn(uint64_t *random, unsigned i, char *out); /* at most 304 bytes */

/* A hash of the counts and tokens of 100,000 inputs. Their sums are compared with the tokens' rows,
 * added one by one. */
static uint64_t hash_of_inputs(const struct semb *semb, make_fn *make)
{
    size_t vocabulary = semb_vocabulary(semb);
    int32_t *rows = malloc(vocabulary * DIMENSIONS * sizeof(*rows));
    uint64_t random = 88172645463325252u, hash = 0, wrong = 0;

    assert_non_null(rows);
    for (size_t id = 0; id < vocabulary; id++)
        read_row(semb, id, rows + id * DIMENSIONS);
    for (unsigned i = 0; i < 100000; i++) {
        char text[304];
        int32_t ids[304], sum[DIMENSIONS];
        struct span input = { text, make(&random, i, text) };
        size_t count = semb_tokens(semb, input, ids, 304);

        hash = hash * 31 + count;
        for (size_t k = 0; k < count; k++)
            hash = hash * 31 + (uint32_t)ids[k];
        assert_int_equal(semb_sum(semb, input, sum), count);
        for (size_t d = 0; d < DIMENSIONS; d++) {
            for (size_t k = 0; k < count; k++)
                sum[d] -= rows[(size_t)ids[k] * DIMENSIONS + d];
            wrong += sum[d] != 0;
        }
    }
    free(rows);
    assert_int_equal(wrong, 0);
    return hash;
}

/* As the independent implementation counts and names them. */
static void agrees_on_hostile_inputs(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();

    (void)state;
    assert_true(hash_of_inputs(semb, make_hostile) == HOSTILE_HASH);
}

static void agrees_on_words_of_other_alphabets(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_path(EMBED_PATH);
    CLEANUP(semb_free_ptr) struct semb *few = NULL;
    uint64_t random = 1;
    struct error err;

    (void)state;
    assert_true(hash_of_inputs(semb, make_foreign) == FOREIGN_HASH);
    /* What is remembered of them changes nothing, nor that nothing is. */
    assert_int_equal(semb_open_few(EMBED_PATH, &few, &err), STATUS_OK);
    for (unsigned i = 0; i < 10000; i++) {
        char text[304];
        int32_t ids[2][304];
        struct span input = { text, make_foreign(&random, i, text) };
        size_t count = semb_tokens(semb, input, ids[0], 304);

        assert_int_equal(semb_tokens(few, input, ids[1], 304), count);
        assert_memory_equal(ids[0], ids[1], count * sizeof(**ids));
    }
}

/* Any cut at a space: the parts' tokens and sums add up, whatever way through the scanner they
 * take. */
static void sums_of_parts_add_up(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();
    const char *text =
        "Refunds take 14 days; na\xc3\xafve parsers of HTTPRequest \xe4\xb8\xad\xe6\x96"
        "\x87 lines counter-intuitively internationalization42 fail. ";
    struct span whole = span_of(text);
    int32_t sum[DIMENSIONS], left[DIMENSIONS], right[DIMENSIONS];
    size_t count = semb_sum(semb, whole, sum);

    (void)state;
    for (size_t cut = 0; cut <= whole.len; cut++) {
        size_t parts;

        if (cut < whole.len && text[cut] != ' ')
            continue;
        parts = semb_sum(semb, (struct span){ text, cut }, left);
        parts += semb_sum(semb, (struct span){ text + cut, whole.len - cut }, right);
        assert_int_equal(parts, count);
        for (size_t k = 0; k < DIMENSIONS; k++)
            assert_int_equal(left[k] + right[k], sum[k]);
    }
}

static void writes_only_as_many_ids_as_there_is_room_for(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();
    char text[6000];
    int32_t ids[701];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 4 == 3 ? ' ' : "the"[i % 4];
    ids[700] = -7;
    assert_int_equal(semb_tokens(semb, (struct span){ text, sizeof(text) }, ids, 700), 1500);
    assert_int_equal(ids[699], 0);
    assert_int_equal(ids[700], -7);
}

static void vectors_have_length_one(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();
    const char *texts[] = { "refund policy", "", "!!!", "\xff\xff", "a" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        float vector[DIMENSIONS];
        double square = 0;

        semb_embed(semb, span_of(texts[i]), vector);
        for (size_t k = 0; k < DIMENSIONS; k++)
            square += (double)vector[k] * (double)vector[k];
        assert_true(fabs(square - 1) < 1e-5);
    }
}

static void counter_and_meaning_are_the_model(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *semb = open_model();
    const struct token_counter *counter = semb_counter(semb);
    const struct meaning *meaning = semb_meaning(semb);
    int32_t sum[DIMENSIONS];
    struct span text = span_of("How do refunds work?");

    (void)state;
    assert_int_equal(counter->count(counter, text), 4);
    assert_int_equal(meaning->sum(meaning, text, sum), 4);
    assert_int_equal(sum[0], 3);
    assert_int_equal(meaning->dimensions, DIMENSIONS);
    assert_string_equal(counter->fingerprint, semb_fingerprint(semb));
    assert_int_equal(strlen(meaning->fingerprint), 64);
    counter = estimate_counter();
    assert_int_equal(counter->count(counter, span_of("")), 0);
    assert_true(counter->count(counter, span_of("internationalization")) >= 4);
    assert_true(counter->count(counter, span_of("\xe5\x8c\x97\xe4\xba\xac")) >= 2);
}

/* Opens a copy of the model with one change. */
static enum status open_changed(const struct buf *file, size_t length, size_t at, uint32_t value)
{
    CLEANUP(close_fd) int fd = memfd_create("model", MFD_CLOEXEC);
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    struct error err = { 0 };

    assert_true(fd >= 0);
    assert_int_equal(os_write_all(fd, (struct span){ file->data, length }, "copy", &err), 0);
    if (at < length)
        assert_int_equal(pwrite(fd, &value, sizeof(value), (off_t)at), sizeof(value));
    return semb_open_fd(fd, "copy", &semb, &err);
}

static void refuses_a_damaged_file(void **state)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
    struct error err = { 0 };
    size_t offsets_at = 64 + 4 * 131072;

    (void)state;
    assert_int_equal(os_read_file(MODEL_PATH, &file, &err), 0);
    assert_int_equal(open_changed(&file, file.len, SIZE_MAX, 0), STATUS_OK);
    assert_int_equal(open_changed(&file, file.len - 1, SIZE_MAX, 0), STATUS_MALFORMED);
    assert_int_equal(open_changed(&file, 63, SIZE_MAX, 0), STATUS_MALFORMED);
    assert_int_equal(open_changed(&file, 0, SIZE_MAX, 0), STATUS_MALFORMED);
    assert_int_equal(open_changed(&file, file.len, 0, 0x42424242), STATUS_MALFORMED);
    for (size_t field = 8; field < 32; field += 4) {
        assert_int_equal(open_changed(&file, file.len, field, 0), STATUS_MALFORMED);
        assert_int_equal(open_changed(&file, file.len, field, UINT32_MAX), STATUS_MALFORMED);
    }
    assert_int_equal(open_changed(&file, file.len, 64, 40001), STATUS_MALFORMED);
    assert_int_equal(open_changed(&file, file.len, offsets_at, 1), STATUS_MALFORMED);
    assert_int_equal(open_changed(&file, file.len, offsets_at + 4 * 100, UINT32_MAX),
                     STATUS_MALFORMED);
}

static void folds_characters(void **state)
{
    static const struct {
        const char *text, *folded;
        enum fold_kind kind;
        size_t taken;
    } cases[] = {
        { "\xc3\x89", "e", FOLD_WORD, 2 },        /* capital e acute */
        { "\xc3\xa6", "\xc3\xa6", FOLD_WORD, 2 }, /* ae stays */
        { "\xcc\x81", "", FOLD_MARK, 2 },         /* combining acute */
        { "\xe4\xb8\xad", "\xe4\xb8\xad", FOLD_ALONE, 3 },
        { "\xe3\x81\x8c", "\xe3\x81\x8b", FOLD_ALONE, 3 }, /* ga is ka with a mark */
        { "\xe2\x80\x94", "", FOLD_SEPARATOR, 3 },         /* em dash */
        { "\xe2\x80", "", FOLD_SEPARATOR, 1 },             /* cut off */
        { "\xf0\x9f\x98\x80", "", FOLD_SEPARATOR, 4 },
        { "\xf8\x80", "", FOLD_SEPARATOR, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char out[FOLD_UTF8_MAX];
        size_t length;
        enum fold_kind kind;

        assert_int_equal(
            fold_next((const uint8_t *)cases[i].text, strlen(cases[i].text), &kind, out, &length),
            cases[i].taken);
        assert_int_equal(kind, cases[i].kind);
        assert_int_equal(length, strlen(cases[i].folded));
        assert_memory_equal(out, cases[i].folded, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_known_tokens_and_sums),
        cmocka_unit_test(opens_for_a_few_texts),
        cmocka_unit_test(agrees_on_hostile_inputs),
        cmocka_unit_test(agrees_on_words_of_other_alphabets),
        cmocka_unit_test(sums_of_parts_add_up),
        cmocka_unit_test(writes_only_as_many_ids_as_there_is_room_for),
        cmocka_unit_test(vectors_have_length_one),
        cmocka_unit_test(counter_and_meaning_are_the_model),
        cmocka_unit_test(refuses_a_damaged_file),
        cmocka_unit_test(folds_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
