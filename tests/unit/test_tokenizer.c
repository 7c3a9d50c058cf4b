#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/tokenizer.h"

/* Small tokenizers written by hand; tests/e2e/tokenizers.py compares large ones with npm's. */

#define WORDPIECE                                                                                  \
    "{\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":true},"                            \
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\","         \
    "\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"lake\":4,\"##s\":5,\"!\":6,"     \
    "\"a\":7,\"##b\":8,\"\\u6e56\":9,\"[\":10,\"sep\":11,\"]\":12}}}"

#define BYTE_PAIRS                                                                                 \
    "{\"added_tokens\":[{\"content\":\"<s>\",\"id\":0,\"special\":true}],\"normalizer\":null,"     \
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"post_processor\":"    \
    "{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",0]},"                   \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"a\":3,\"b\":4,"     \
    "\"\\u0120\":5,\"ab\":6,\"\\u0120a\":7,\"\\u0120ab\":8,\"aba\":9,\"<\":10,\"s\":11,\">\":12,"  \
    "\"'\":13,\"'s\":14,\"\\u010a\":15},\"merges\":[\"a b\",\"ab a\",[\"\\u0120\",\"ab\"],"        \
    "\"\\u0120 a\",\"' s\"]}}"

#define UNIGRAM                                                                                    \
    "{\"added_tokens\":[{\"content\":\"<s>\",\"id\":0,\"special\":true}],\"pre_tokenizer\":"       \
    "{\"type\":\"Metaspace\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":"             \
    "[[\"<s>\",0],[\"<unk>\",0],[\"\\u2581\",-3],[\"a\",-2],[\"b\",-2],[\"ab\",-3.5],"             \
    "[\"\\u2581ab\",-9],[\"ba\",-1]]}}"

/* Words by these pre-tokenizers, each of which the vocabulary has or has not. */
#define WHOLE_WORDS(parts)                                                                         \
    "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" parts "]},"                    \
    "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"lake\":1,"         \
    "\"s\":2,\",\":3,\"12\":4,\"1\":5,\"2\":6,\"a b\":7,\" \":8,\"\\ud835\\udd38\":9}}}"

static struct tokenizer *read_json(const char *json)
{
    struct tokenizer *tokenizer = NULL;
    struct error err = { .text = "" };

    if (tokenizer_read((struct span){ json, strlen(json) }, &tokenizer, &err))
        fail_msg("%s", err.text);
    return tokenizer;
}

/* Checks the tokens, and that they are counted alike, twice: the second time from memory. */
static void expect(struct tokenizer *tokenizer, const char *text, size_t len, const int64_t *ids,
                   size_t count)
{
    const struct token_counter *counter = tokenizer_counter(tokenizer);
    struct token_list tokens = { .ids = NULL };
    struct span span = { text, len };

    assert_int_equal(tokenizer_encode(tokenizer, span, false, &tokens, NULL), STATUS_OK);
    assert_int_equal(tokens.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(tokens.ids[i], ids[i]);
    assert_int_equal(counter->count(counter, span), count);
    assert_int_equal(counter->count(counter, span), count);
    token_list_release(&tokens);
}

#define EXPECT(tokenizer, text, ...)                                                               \
    expect(tokenizer, text, sizeof(text) - 1, (const int64_t[]){ __VA_ARGS__ },                    \
           sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static void words_have_their_longest_pieces(void **state)
{
    struct tokenizer *tokenizer = read_json(WORDPIECE);
    struct token_list tokens = { .ids = NULL };

    (void)state;
    EXPECT(tokenizer, "Lakes, lake!", 4, 5, 1, 4, 6);
    EXPECT(tokenizer, "ab lakeb lakex", 7, 8, 4, 8, 1);
    EXPECT(tokenizer, "\xC3\xA1\xE6\xB9\x96\xE6\xB9\x96", 7, 9, 9);
    EXPECT(tokenizer, "a\xFF\x62 [SEP]", 7, 8, 10, 11, 12);
    assert_int_equal(tokenizer_marks(tokenizer), 2);
    assert_int_equal(tokenizer_encode(tokenizer, (struct span){ "a", 1 }, true, &tokens, NULL),
                     STATUS_OK);
    assert_int_equal(tokens.count, 3);
    assert_int_equal(tokens.ids[0], 2);
    assert_int_equal(tokens.ids[2], 3);
    token_list_release(&tokens);
    tokenizer_free(tokenizer);
}

static void pairs_are_joined_by_rank(void **state)
{
    struct tokenizer *tokenizer = read_json(BYTE_PAIRS);

    (void)state;
    EXPECT(tokenizer, "ab abab", 6, 8, 6);
    EXPECT(tokenizer, "ababa", 6, 9);
    EXPECT(tokenizer, " ba", 5, 4, 3);
    EXPECT(tokenizer, "a's  \n a", 3, 14, 5, 5, 15, 7);
    EXPECT(tokenizer, "<s>", 10, 11, 12);         /* text, not the mark */
    EXPECT(tokenizer, "a\xE2\x82\xAC\x62", 3, 4); /* bytes without a piece, and no unknown token */
    assert_int_equal(tokenizer_marks(tokenizer), 2);
    assert_int_equal(tokenizer_padding(tokenizer), 1);
    tokenizer_free(tokenizer);
}

static void the_likeliest_pieces_are_taken(void **state)
{
    struct tokenizer *tokenizer = read_json(UNIGRAM);

    (void)state;
    EXPECT(tokenizer, "ab", 2, 5); /* -3 -3.5, above -9 and -3 -2 -2 */
    EXPECT(tokenizer, "aba ba", 2, 3, 7, 2, 7);
    EXPECT(tokenizer, "axyb", 2, 3, 1, 4); /* one unknown token for both */
    assert_int_equal(tokenizer_marks(tokenizer), 0);
    tokenizer_free(tokenizer);
}

static void patterns_cut_words(void **state)
{
    static const struct {
        const char *parts;
        int64_t ids[10];
        size_t count;
    } cases[] = {
        /* of "lake, 12 \U0001D538\vlake" */
        { "{\"type\":\"Whitespace\"}", { 1, 3, 4, 9, 1 }, 5 },
        { "{\"type\":\"WhitespaceSplit\"}", { 0, 4, 9, 1 }, 4 },
        { "{\"type\":\"Whitespace\"},{\"type\":\"Digits\",\"individual_digits\":true}",
          { 1, 3, 5, 6, 9, 1 },
          6 },
        { "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s\"},\"behavior\":\"Isolated\"},"
          "{\"type\":\"Split\",\"pattern\":{\"String\":\",\"},\"behavior\":\"Removed\"}",
          { 1, 8, 4, 8, 9, 0, 1 },
          7 },
        { "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\w+\"},\"behavior\":\"Removed\","
          "\"invert\":true}",
          { 1, 4, 9, 1 },
          4 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char json[1024];
        struct tokenizer *tokenizer;

        (void)snprintf(json, sizeof(json), WHOLE_WORDS("%s"), cases[i].parts);
        tokenizer = read_json(json);
        expect(tokenizer, "lake, 12 \xF0\x9D\x94\xB8\vlake", 18, cases[i].ids, cases[i].count);
        tokenizer_free(tokenizer);
    }
}

/* The example of the format's own documentation, "the-final--countdown", by each behaviour. */
static void matches_join_their_neighbours(void **state)
{
#define WORDS_OF(type, behavior)                                                                   \
    "{\"pre_tokenizer\":{" type ",\"behavior\":\"" behavior "\"},\"model\":{\"type\":"             \
    "\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"the\":1,\"final\":2,"                  \
    "\"countdown\":3,\"-\":4,\"--\":5,\"the-\":6,\"final-\":7,\"-final\":8,\"-countdown\":9}}}"
#define HYPHENS  "\"type\":\"Split\",\"pattern\":{\"String\":\"-\"}"
#define LETTERS  "\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a-z]+\"},\"invert\":true"
#define ANY_SIGN "\"type\":\"Punctuation\""
    static const struct {
        const char *json;
        int64_t ids[7];
        size_t count;
    } cases[] = {
        { WORDS_OF(HYPHENS, "Removed"), { 1, 2, 3 }, 3 },
        { WORDS_OF(HYPHENS, "Isolated"), { 1, 4, 2, 4, 4, 3 }, 6 },
        { WORDS_OF(HYPHENS, "MergedWithPrevious"), { 6, 7, 4, 3 }, 4 },
        { WORDS_OF(HYPHENS, "MergedWithNext"), { 1, 8, 4, 9 }, 4 },
        { WORDS_OF(HYPHENS, "Contiguous"), { 1, 4, 2, 5, 3 }, 5 },
        { WORDS_OF(LETTERS, "MergedWithPrevious"), { 6, 0, 3 }, 3 }, /* "final--" */
        { WORDS_OF(LETTERS, "MergedWithNext"), { 1, 8, 0 }, 3 },     /* "--countdown" */
        { WORDS_OF(ANY_SIGN, "Isolated"), { 1, 4, 2, 4, 4, 3 }, 6 },
        { WORDS_OF(ANY_SIGN, "MergedWithPrevious"), { 6, 7, 4, 3 }, 4 },
        { WORDS_OF(ANY_SIGN, "Contiguous"), { 1, 4, 2, 5, 3 }, 5 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tokenizer *tokenizer = read_json(cases[i].json);

        expect(tokenizer, "the-final--countdown", 20, cases[i].ids, cases[i].count);
        tokenizer_free(tokenizer);
    }
}

/* A pattern that goes back over and over ends, and says so. */
static void hard_patterns_end(void **state)
{
    struct tokenizer *tokenizer =
        read_json(WHOLE_WORDS("{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a|aa|a+)+b\"},"
                              "\"behavior\":\"Isolated\"}"));
    struct token_list tokens = { .ids = NULL };
    char text[64];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(
        tokenizer_encode(tokenizer, (struct span){ text, sizeof(text) }, false, &tokens, NULL),
        STATUS_LIMIT);
    token_list_release(&tokens);
    tokenizer_free(tokenizer);
}

static void counts_stay_right_when_words_push_each_other_out(void **state)
{
    struct tokenizer *tokenizer = read_json(BYTE_PAIRS);
    const struct token_counter *counter = tokenizer_counter(tokenizer);
    char word[32];

    (void)state;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 1; i < 100000; i++) {
            struct token_list tokens = { .ids = NULL };
            size_t len = 0;

            for (unsigned bits = i * 2654435761u; len < 1 + i % 30; bits = bits * 3 + (bits >> 7))
                word[len++] = bits & 64 ? 'a' : 'b';
            if (round == 0) {
                (void)counter->count(counter, (struct span){ word, len });
                continue;
            }
            assert_int_equal(
                tokenizer_encode(tokenizer, (struct span){ word, len }, false, &tokens, NULL),
                STATUS_OK);
            assert_int_equal(counter->count(counter, (struct span){ word, len }), tokens.count);
            token_list_release(&tokens);
        }
    tokenizer_free(tokenizer);
}

/* Counts are remembered for parts of the text as it stands, tokens are made without. */
static void parts_are_counted_as_they_are_cut(void **state)
{
    static const char *const pieces[] = { "a", "b",    "B",        "lake",         "s",
                                          " ", "\n",   "!",        "\xC3\xA1",     "\xE6\xB9\x96",
                                          "[", "\x01", "\xCC\x81", "\xE4\xB7\x80", "\xD0\x99",
                                          "S", "\xFF", "\x0B",     "\xE3\x80\x82", "\xEF\xB7\xBA" };
    struct tokenizer *tokenizer = read_json(WORDPIECE);
    const struct token_counter *counter = tokenizer_counter(tokenizer);
    unsigned bits = 1;

    (void)state;
    for (unsigned i = 1; i < 50000; i++) {
        struct token_list tokens = { .ids = NULL };
        char text[128];
        size_t len = 0;

        for (unsigned k = 0; k < 1 + i % 20; k++) {
            const char *piece;

            bits = bits * 1664525u + 1013904223u;
            piece = pieces[(bits >> 16) % (sizeof(pieces) / sizeof(*pieces))];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        assert_int_equal(
            tokenizer_encode(tokenizer, (struct span){ text, len }, false, &tokens, NULL),
            STATUS_OK);
        assert_int_equal(counter->count(counter, (struct span){ text, len }), tokens.count);
        assert_int_equal(counter->count(counter, (struct span){ text, len }), tokens.count);
        token_list_release(&tokens);
    }
    tokenizer_free(tokenizer);
}

static void what_is_not_known_is_refused_by_name(void **state)
{
    static const char *const files[][2] = {
        { "", "can't be read" },
        { "{}", "its model can't be read" },
        { "{\"model\":{\"type\":\"Letters\",\"vocab\":{\"a\":0}}}", "'Letters'" },
        { WHOLE_WORDS("{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?R)\"},"
                      "\"behavior\":\"Isolated\"}"),
          "'(?R)'" },
        { WHOLE_WORDS("{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},"
                      "\"behavior\":\"MergedWithBoth\"}"),
          "'Split'" },
        { WHOLE_WORDS("{\"type\":\"ByteLevel\"}"), "do not go together" },
        { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", "merge 0" },
        { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}", "vocabulary" },
        { "{\"pre_tokenizer\":{\"type\":\"Split\"},\"model\":{}}", "'Split'" },
        { "{\"normalizer\":{\"type\":\"Odd\"},\"model\":{}}", "'Odd'" },
        { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", "vocabulary" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct tokenizer *tokenizer = NULL;
        struct error err = { .text = "" };

        assert_int_not_equal(
            tokenizer_read((struct span){ files[i][0], strlen(files[i][0]) }, &tokenizer, &err),
            STATUS_OK);
        if (!strstr(err.text, files[i][1]))
            fail_msg("'%s' has no '%s'", err.text, files[i][1]);
    }
}

/* A megabyte without a space took n squared with a list of pairs instead of a heap. */
static void endless_words_take_no_longer(void **state)
{
    struct tokenizer *tokenizer = read_json(BYTE_PAIRS);
    const struct token_counter *counter = tokenizer_counter(tokenizer);
    size_t len = (size_t)1 << 20;
    char *text = malloc(len);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = i % 3 ? 'a' : 'b';
    assert_true(counter->count(counter, (struct span){ text, len }) > len / 4);
    free(text);
    tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_their_longest_pieces),
        cmocka_unit_test(pairs_are_joined_by_rank),
        cmocka_unit_test(the_likeliest_pieces_are_taken),
        cmocka_unit_test(patterns_cut_words),
        cmocka_unit_test(matches_join_their_neighbours),
        cmocka_unit_test(hard_patterns_end),
        cmocka_unit_test(counts_stay_right_when_words_push_each_other_out),
        cmocka_unit_test(parts_are_counted_as_they_are_cut),
        cmocka_unit_test(what_is_not_known_is_refused_by_name),
        cmocka_unit_test(endless_words_take_no_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
