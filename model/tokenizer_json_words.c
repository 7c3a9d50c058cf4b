/*
 * What a tokenizer.json says of how a text is cut into words: its pre-tokenizer.
 */
#include <string.h>

#include "model/tokenizer_json.h"

static enum status read_spaces(struct tokenizer *self, const struct json *part, struct error *err)
{
    struct span sign = json_read_string(json_lookup(part, "replacement"));
    struct span scheme = json_read_string(json_lookup(part, "prepend_scheme"));

    self->words = WORDS_SPACES;
    self->adds_space = scheme.data ? !tokenizer_json_is(scheme, "never")
                                   : json_read_bool(json_lookup(part, "add_prefix_space"), true);
    self->splits_at_sign = json_read_bool(json_lookup(part, "split"), true);
    buf_append(&self->sign, sign.len > 0 ? sign.data : "\xE2\x96\x81", sign.len > 0 ? sign.len : 3);
    return buf_status(&self->sign, err);
}

static enum status add_pattern(struct tokenizer *self, struct span text, bool is_literal,
                               unsigned parts, struct error *err)
{
    enum status status;

    if (self->pattern_count == TOKENIZER_PATTERNS_MAX)
        return error_set(err, STATUS_LIMIT, "tokenizer.json: too many patterns");
    status = word_pattern_open(&self->patterns[self->pattern_count], text, is_literal, parts, err);
    if (status)
        return status;
    self->pattern_count++;
    self->words = WORDS_PATTERNS;
    return STATUS_OK;
}

/* What becomes of a pattern's matches; 0: an unknown name. */
static unsigned behavior_of(const struct json *part, struct span behavior)
{
    static const struct {
        const char *name;
        unsigned joins;
    } behaviors[] = {
        { "Isolated", 0 },
        { "MergedWithPrevious", PATTERN_JOINS_MATCH_TO_GAP },
        { "MergedWithNext", PATTERN_JOINS_GAP_TO_MATCH },
        { "Contiguous", PATTERN_JOINS_ALIKE },
    };
    bool is_inverted = json_read_bool(json_lookup(part, "invert"), false);

    if (tokenizer_json_is(behavior, "Removed"))
        return is_inverted ? PATTERN_MATCHES : PATTERN_GAPS;
    for (size_t i = 0; i < sizeof(behaviors) / sizeof(behaviors[0]); i++)
        if (tokenizer_json_is(behavior, behaviors[i].name))
            return PATTERN_MATCHES | PATTERN_GAPS | behaviors[i].joins |
                   (is_inverted ? (unsigned)PATTERN_INVERTED : 0);
    return 0;
}

static enum status read_split(struct tokenizer *self, const struct json *part, struct error *err)
{
    const struct json *pattern = json_lookup(part, "pattern");
    struct span literal = json_read_string(json_lookup(pattern, "String"));
    struct span regex = json_read_string(json_lookup(pattern, "Regex"));
    unsigned parts = behavior_of(part, json_read_string(json_lookup(part, "behavior")));

    if (parts == 0)
        return tokenizer_json_unknown("behavior of a pattern for words, or the pattern,", part,
                                      err);
    return add_pattern(self, literal.len > 0 ? literal : regex, literal.len > 0, parts, err);
}

/* As BERT's: what Unicode calls so, and all such signs of ASCII. */
static const char punctuation_pattern[] =
    "[\\p{P}\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E]";

static enum status read_punctuation(struct tokenizer *self, const struct json *part,
                                    struct error *err)
{
    static const struct span isolated = { "Isolated", 8 };
    struct span behavior = json_read_string(json_lookup(part, "behavior"));
    unsigned parts = behavior_of(part, behavior.data ? behavior : isolated);

    if (parts == 0)
        return tokenizer_json_unknown("behavior of punctuation", part, err);
    return add_pattern(self, (struct span){ punctuation_pattern, sizeof(punctuation_pattern) - 1 },
                       false, parts, err);
}

/* Those that are a pattern of their own. NULL: it is another part. */
static const char *pattern_of(const struct json *part)
{
    if (tokenizer_json_has_type(part, "Digits"))
        return json_read_bool(json_lookup(part, "individual_digits"), false) ? "\\p{N}" : "\\p{N}+";
    return tokenizer_json_has_type(part, "Whitespace") ? "\\w+|[^\\w\\s]+" : NULL;
}

/* The pattern of byte_words.c, where others cut before it. */
static const char gpt2_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

static enum status read_byte_level(struct tokenizer *self, const struct json *part,
                                   struct error *err)
{
    bool has_regex = json_read_bool(json_lookup(part, "use_regex"), true);
    bool adds_space = json_read_bool(json_lookup(part, "add_prefix_space"), true);

    self->is_over_bytes = true;
    if (has_regex && self->words == WORDS_WHOLE) {
        self->words = WORDS_BYTES;
        self->adds_space = adds_space;
        return STATUS_OK;
    }
    if (adds_space)
        return tokenizer_json_unknown("pre-tokenizer that adds a space to each word", part, err);
    if (!has_regex)
        return STATUS_OK;
    return add_pattern(self, (struct span){ gpt2_pattern, sizeof(gpt2_pattern) - 1 }, false,
                       PATTERN_MATCHES, err);
}

static enum status read_words_part(struct tokenizer *self, const struct json *part,
                                   struct error *err)
{
    const char *pattern = pattern_of(part);
    bool has_patterns = self->words == WORDS_PATTERNS;

    if ((self->words != WORDS_WHOLE && !has_patterns) || self->is_over_bytes)
        return tokenizer_json_unknown("pre-tokenizer behind another", part, err);
    if (tokenizer_json_has_type(part, "ByteLevel"))
        return read_byte_level(self, part, err);
    if (tokenizer_json_has_type(part, "Split"))
        return read_split(self, part, err);
    if (tokenizer_json_has_type(part, "Punctuation"))
        return read_punctuation(self, part, err);
    if (pattern)
        return add_pattern(
            self, (struct span){ pattern, strlen(pattern) }, false,
            PATTERN_MATCHES |
                (tokenizer_json_has_type(part, "Digits") ? (unsigned)PATTERN_GAPS : 0),
            err);
    if (has_patterns)
        return tokenizer_json_unknown("pre-tokenizer behind another", part, err);
    if (tokenizer_json_has_type(part, "BertPreTokenizer")) {
        self->words = WORDS_BERT;
        return STATUS_OK;
    }
    if (tokenizer_json_has_type(part, "Metaspace"))
        return read_spaces(self, part, err);
    if (!tokenizer_json_has_type(part, "WhitespaceSplit"))
        return tokenizer_json_unknown("pre-tokenizer", part, err);
    self->splits_white_space = true;
    return STATUS_OK;
}

enum status tokenizer_json_read_words(struct tokenizer *self, const struct json *part,
                                      struct error *err)
{
    static const struct span white_space = { "\\s+", 3 };
    const struct json *parts = json_lookup(part, "pretokenizers");
    enum status status = STATUS_OK;

    if (json_kind(part) == JSON_KIND_NONE || json_kind(part) == JSON_KIND_NULL)
        return STATUS_OK;
    if (!tokenizer_json_has_type(part, "Sequence"))
        status = read_words_part(self, part, err);
    else
        for (size_t i = 0; i < json_count(parts) && !status; i++)
            status = read_words_part(self, json_at(parts, i), err);
    if (status || !self->splits_white_space || self->words == WORDS_SPACES)
        return status;
    return self->words == WORDS_WHOLE && !self->is_over_bytes
               ? add_pattern(self, white_space, false, PATTERN_GAPS, err)
               : tokenizer_json_unknown("pre-tokenizer", part, err);
}
