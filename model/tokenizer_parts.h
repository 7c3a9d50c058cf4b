/*
 * tokenizer_parts.h - what the tokenizer's files share.
 *
 *     text ─ steps (text_steps.c) ─ words (bert_words.c, byte_words.c, space_words.c,
 *            pattern_words.c) ─ tokens of a word (wordpiece.c, byte_pairs.c, unigram.c)
 *
 * tokenizer_json.c and tokenizer_json_words.c read the settings, tokenizer.c puts the rest
 * together.
 */
#ifndef MODEL_TOKENIZER_PARTS_H
#define MODEL_TOKENIZER_PARTS_H

#include <unicode/uchar.h>
#include <unicode/uregex.h>

#include "base/hash.h"
#include "model/charsmap.h"
#include "model/tokenizer.h"
#include "model/vocabulary.h"

#define TOKENIZER_TEXT_BYTES_MAX ((size_t)16 << 20)
#define TOKENIZER_MARKS_MAX      8u
#define TOKENIZER_STEPS_MAX      16u
#define TOKENIZER_PATTERNS_MAX   8u
#define TOKENIZER_TOKEN_NONE     (-1)

enum tokenizer_model { MODEL_WORDPIECE, MODEL_BYTE_PAIRS, MODEL_UNIGRAM, MODEL_WORDS };
enum tokenizer_words { WORDS_WHOLE, WORDS_BERT, WORDS_BYTES, WORDS_SPACES, WORDS_PATTERNS };

enum text_step_kind {
    STEP_COMPOSE,            /* NFC */
    STEP_DECOMPOSE,          /* NFD */
    STEP_COMPOSE_COMPATIBLE, /* NFKC */
    STEP_DECOMPOSE_COMPATIBLE,
    STEP_LOWER,
    STEP_STRIP_MARKS,
    STEP_REPLACE,     /* each `from` by `to` */
    STEP_JOIN_SPACES, /* each run of two and more by `to` */
    STEP_PREPEND,     /* `to` */
    STEP_STRIP_LEFT,
    STEP_STRIP_RIGHT,
    STEP_CHARSMAP,
};

struct text_step {
    enum text_step_kind kind;
    struct buf from, to;
    struct charsmap charsmap;
};

/* Where a pattern is looked for: what is kept, matches, what is between them, or both; whether the
 * two change places; and what is joined to one word with what stands before it. */
enum {
    PATTERN_MATCHES = 1 << 0,
    PATTERN_GAPS = 1 << 1,
    PATTERN_INVERTED = 1 << 2,
    PATTERN_JOINS_MATCH_TO_GAP = 1 << 3,
    PATTERN_JOINS_GAP_TO_MATCH = 1 << 4,
    PATTERN_JOINS_ALIKE = 1 << 5,
};

struct word_pattern {
    URegularExpression *regex; /* set to units */
    UChar *units;              /* of the text that is cut now */
    size_t unit_capacity;
    unsigned parts; /* PATTERN_ flags */
};

struct token_marks {
    int64_t ids[TOKENIZER_MARKS_MAX];
    size_t count;
};

/* How many tokens a word has, or a part of a text as it stands before it is normalised: up to 29
 * bytes, zeros behind them, and in the last 24 bits its length, which of the two it is, the count.
 */
#define WORD_COUNT_BYTES_MAX 29u
struct word_count {
    uint64_t parts[4];
};

/* What BERT's normalizer makes of a character by itself, kept because ICU is slow to say so. */
#define BERT_CHARACTER_BYTES 10u
struct bert_character {
    uint32_t code_point_plus_one; /* 0: an empty place */
    uint8_t kind;                 /* bert_words.c */
    uint8_t length;
    char utf8[BERT_CHARACTER_BYTES];
};

struct tokenizer {
    struct tokenizer_counter {
        struct token_counter counter;
        struct tokenizer *tokenizer;
    } counter;
    char fingerprint[HASH_HEX_BYTES + 16];

    enum tokenizer_model model;
    enum tokenizer_words words;
    struct vocabulary vocabulary;
    int64_t unknown; /* TOKENIZER_TOKEN_NONE: there is none */
    int64_t padding;
    struct token_marks before, after;
    struct text_step steps[TOKENIZER_STEPS_MAX];
    size_t step_count;

    /* words by patterns: each cuts what those before it left */
    struct word_pattern patterns[TOKENIZER_PATTERNS_MAX];
    size_t pattern_count;

    /* BERT's words, WordPiece */
    bool cleans, spaces_chinese, strips_accents, lowers;
    struct bert_character *characters; /* by their lowest bits; made when first needed */
    uint32_t continuing_node;          /* of the pieces inside a word: "##" */
    size_t word_characters_max;

    /* words of bytes, or with a sign for each space */
    bool adds_space, splits_white_space, splits_at_sign;
    struct buf sign;    /* for a space: U+2581 */
    bool is_over_bytes; /* a piece's characters stand for bytes */

    /* byte pairs, and what Unigram does with what it does not know */
    struct pair_map merges; /* two ids to (rank, id) */
    uint32_t byte_ids[256]; /* of the pieces for single bytes, or VOCABULARY_NONE */
    bool falls_back, fuses_unknown, ignores_merges;

    double *scores; /* Unigram: of each id */
    size_t score_count;
    double unknown_score;

    /* kept between calls */
    struct buf text, other_text, word;
    struct token_list word_tokens;
    struct word_count *counts;
    void *work; /* of the model */
    size_t work_bytes;
};

/* One text on its way. */
struct encoding {
    struct tokenizer *tokenizer;
    struct token_list *out; /* NULL: only counted */
    size_t count;
    enum status status; /* the first failure sticks */
    struct error *err;
};

/* A part of the text that its neighbours do not change, where tokens are only counted: true, and
 * they are added, when it was met before. Else give its words to encoding_take_word(), then
 * remember what they came to since the count was `before`. */
bool encoding_count_part(struct encoding *encoding, struct span part);
void encoding_keep_part(struct encoding *encoding, struct span part, size_t before);
/* Tokens of one word, as it stands. */
void encoding_take_word(struct encoding *encoding, struct span word);
void encoding_fail(struct encoding *encoding, enum status status);

/* Each cuts a text into words, and gives them to encoding_take_word(). */
void bert_words(struct encoding *encoding, struct span text);
void byte_words(struct encoding *encoding, struct span text);
void space_words(struct encoding *encoding, struct span text);
void pattern_words(struct encoding *encoding, struct span text);

/* is_literal: no expression, but what it says. UNSUPPORTED: ICU does not know it. */
NODISCARD enum status word_pattern_open(struct word_pattern *out, struct span pattern,
                                        bool is_literal, unsigned parts, struct error *err);
void word_pattern_release(struct word_pattern *pattern);

NODISCARD enum status wordpiece_encode(struct tokenizer *self, struct span word,
                                       struct token_list *out, struct error *err);
NODISCARD enum status byte_pairs_encode(struct tokenizer *self, struct span word,
                                        struct token_list *out, struct error *err);
NODISCARD enum status unigram_encode(struct tokenizer *self, struct span word,
                                     struct token_list *out, struct error *err);
NODISCARD enum status token_list_add(struct token_list *list, int64_t id, struct error *err);
/* The token for what the model does not know, if it has one; only one for several that follow each
 * other, when the model fuses them. */
NODISCARD enum status tokenizer_add_unknown(const struct tokenizer *self, bool follows_unknown,
                                            struct token_list *out, struct error *err);
/* Room for the model's own arrays, kept between words; NULL: no memory. */
void *tokenizer_work(struct tokenizer *self, size_t bytes);

/* Sets everything up from the file. */
NODISCARD enum status tokenizer_json_read(struct tokenizer *self, struct span file,
                                          struct error *err);
/* The character that stands for a byte in the vocabulary of a model over bytes. */
uint32_t byte_character(unsigned byte);

/* Applies all steps to text; the result is lent until the next call. */
NODISCARD enum status text_steps_apply(struct tokenizer *self, struct span text, struct span *out,
                                       struct error *err);

#endif
