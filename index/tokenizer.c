#include "index/tokenizer.h"

#include <stdint.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include "base/utf8.h"

enum character_class {
    CLASS_SEPARATOR,
    CLASS_WORD,
    CLASS_IDEOGRAPH, /* of a script without spaces between words */
    CLASS_IGNORED,   /* marks that are dropped, soft hyphens, joiners */
    CLASS_JOINER,    /* '_': inside an identifier */
};

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_ideograph(uint32_t c)
{
    static const struct range ranges[] = {
        { 0x0e00, 0x0eff }, { 0x1000, 0x109f }, { 0x1780, 0x17ff },   { 0x2e80, 0x2fdf },
        { 0x3005, 0x3007 }, { 0x3041, 0x312f }, { 0x31f0, 0x31ff },   { 0x3400, 0x4dbf },
        { 0x4e00, 0x9fff }, { 0xa9e0, 0xa9ff }, { 0xaa60, 0xaa7f },   { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff }, { 0xff66, 0xff9d }, { 0x1b000, 0x1b16f }, { 0x20000, 0x3ffff },
    };

    return c >= 0x0e00 && is_in(c, ranges, sizeof(ranges) / sizeof(*ranges));
}

/* Marks that a writer may leave out; Indic vowel signs are none of them. */
static bool is_dropped_mark(uint32_t c)
{
    static const struct range ranges[] = {
        { 0x00ad, 0x00ad }, { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05c7 },
        { 0x0610, 0x061a }, { 0x0640, 0x0640 }, { 0x064b, 0x065f }, { 0x0670, 0x0670 },
        { 0x06d6, 0x06ed }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
        { 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
        { 0xfeff, 0xfeff },
    };

    return is_in(c, ranges, sizeof(ranges) / sizeof(*ranges));
}

static enum character_class class_of(uint32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            return CLASS_WORD;
        return c == '_' ? CLASS_JOINER : CLASS_SEPARATOR;
    }
    if (is_dropped_mark(c))
        return CLASS_IGNORED;
    if (u_isalnum((UChar32)c) || U_GET_GC_MASK((UChar32)c) & U_GC_M_MASK ||
        U_GET_GC_MASK((UChar32)c) & U_GC_N_MASK)
        return is_ideograph(c) ? CLASS_IDEOGRAPH : CLASS_WORD;
    return CLASS_SEPARATOR;
}

/* Writers of Arabic and Persian mix these; readers do not tell them apart. */
static uint32_t fold_arabic(uint32_t c)
{
    switch (c) {
    case 0x0671: /* alef wasla */
        return 0x0627;
    case 0x0629: /* teh marbuta */
        return 0x0647;
    case 0x0649: /* alef maksura */
    case 0x06cc: /* Farsi yeh */
        return 0x064a;
    case 0x06a9: /* keheh */
        return 0x0643;
    default:
        return c;
    }
}

/* A word as it grows. */
struct word {
    char bytes[TOKENIZER_TOKEN_BYTES + 4]; /* folded */
    size_t len;
    char plain[TOKENIZER_TOKEN_BYTES + 4]; /* with diacritics; unless is_ascii: the same then */
    size_t plain_len;
    size_t start, end; /* bytes of the text */
    bool is_ascii;
};

static void word_add(struct word *word, uint32_t c)
{
    char bytes[4];
    size_t len = utf8_encode(c, bytes);

    if (word->len + len <= TOKENIZER_TOKEN_BYTES) {
        memcpy(word->bytes + word->len, bytes, len);
        word->len += len;
    }
}

static void word_add_folded(struct word *word, const UNormalizer2 *nfkd, uint32_t c)
{
    UChar parts[32];
    UErrorCode problem = U_ZERO_ERROR;
    int32_t count, at = 0;

    if (c < 0x80) {
        word_add(word, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        return;
    }
    count = c >= 0xac00 && c <= 0xd7a3
                ? -1 /* a Hangul syllable stays one character */
                : unorm2_getDecomposition(nfkd, (UChar32)c, parts, 32, &problem);
    if (count < 0 || U_FAILURE(problem)) {
        word_add(word, fold_arabic((uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT)));
        return;
    }
    while (at < count) {
        UChar32 part;

        U16_NEXT(parts, at, count, part);
        if (!is_dropped_mark((uint32_t)part) && class_of((uint32_t)part) != CLASS_SEPARATOR)
            word_add(word, fold_arabic((uint32_t)u_foldCase(part, U_FOLD_CASE_DEFAULT)));
    }
}

/* A letter as it stands, in lower case. */
static void word_add_plain(struct word *word, uint32_t c)
{
    char bytes[4];
    size_t len = utf8_encode((uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT), bytes);

    if (word->plain_len + len <= TOKENIZER_TOKEN_BYTES) {
        memcpy(word->plain + word->plain_len, bytes, len);
        word->plain_len += len;
    }
}

/* A mark that stands behind its letter becomes one with it, as most texts write it. */
static void word_add_mark(struct word *word, const UNormalizer2 *nfc, uint32_t mark)
{
    size_t at = word->plain_len;
    uint32_t letter;
    UChar32 both;

    while (at > 0 && ((unsigned char)word->plain[--at] & 0xc0) == 0x80)
        ;
    if (word->plain_len == 0 ||
        !utf8_decode((struct span){ word->plain + at, word->plain_len - at }, &letter))
        return;
    both = unorm2_composePair(nfc, (UChar32)letter, (UChar32)mark);
    if (both < 0)
        return;
    word->plain_len = at;
    word_add_plain(word, (uint32_t)both);
}

struct tokenizer {
    struct span text;
    const struct tokenizer_options *options;
    token_fn *fn;
    void *user;
    const UNormalizer2 *nfkd, *nfc;
};

static void word_add_letter(struct word *word, const struct tokenizer *tokenizer, uint32_t c)
{
    word_add_folded(word, tokenizer->nfkd, c);
    word_add_plain(word, c);
}

/* The word's stem, folded. False: no memory. */
static bool find_form(const struct tokenizer *tokenizer, const struct word *word, unsigned stemmer,
                      struct word *out)
{
    struct span folded = { word->bytes, word->len };
    struct span plain = word->is_ascii ? folded : (struct span){ word->plain, word->plain_len };
    struct span stem = stemmers_stem(tokenizer->options->stemmers, stemmer, plain, folded);

    out->len = 0;
    if (!stem.data)
        return false;
    for (size_t i = 0, len; i < stem.len; i += len) {
        uint32_t c = (unsigned char)stem.data[i];

        len = 1;
        if (c >= 0x80)
            len = utf8_decode((struct span){ stem.data + i, stem.len - i }, &c);
        if (c >= 0x80)
            word_add_folded(out, tokenizer->nfkd, c);
        else if (out->len < TOKENIZER_TOKEN_BYTES) /* most of them */
            out->bytes[out->len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return true;
}

static bool is_among(const struct word *forms, size_t count, const struct word *form)
{
    for (size_t i = 0; i < count; i++)
        if (forms[i].len == form->len && memcmp(forms[i].bytes, form->bytes, form->len) == 0)
            return true;
    return false;
}

/* Each form once; the stemmers differ in Latin letters only. */
static int give_forms(const struct tokenizer *tokenizer, const struct word *word,
                      struct token *token)
{
    bool is_latin = word_script_of(token->word) == SCRIPT_LATIN;
    struct word forms[TOKENIZER_STEMMERS_MAX];
    size_t count = 0;
    int result = 0;

    for (uint32_t rest = tokenizer->options->wanted; rest && result == 0; rest &= rest - 1) {
        struct word *form = &forms[count];
        unsigned stemmer = (unsigned)__builtin_ctz(rest);

        if (count > 0 && !is_latin)
            break;
        if (!find_form(tokenizer, word, stemmer, form))
            return TOKENIZER_NO_MEMORY;
        if (form->len == 0 || is_among(forms, count, form))
            continue;
        token->word = (struct span){ form->bytes, form->len };
        token->is_form = count++ > 0;
        result = tokenizer->fn(tokenizer->user, token);
    }
    return result;
}

static int give(const struct tokenizer *tokenizer, struct word *word, bool is_whole,
                bool is_from_ideographs)
{
    struct token token;

    if (word->len == 0)
        return 0;
    token = (struct token){ .word = { word->bytes, word->len },
                            .start = word->start,
                            .end = word->end,
                            .is_whole = is_whole,
                            .is_ideograph = is_from_ideographs };
    return is_from_ideographs || !tokenizer->options->stemmers
               ? tokenizer->fn(tokenizer->user, &token)
               : give_forms(tokenizer, word, &token);
}

static uint32_t at(const struct tokenizer *tokenizer, size_t offset, size_t *len)
{
    uint32_t c = 0;

    *len = utf8_decode((struct span){ tokenizer->text.data + offset, tokenizer->text.len - offset },
                       &c);
    return *len ? c : ' ';
}

/* c1c2, c2c3, ... and in a document also the last one alone. Returns the end of the run. */
static size_t run_of_ideographs(const struct tokenizer *tokenizer, size_t start, int *result)
{
    size_t offset = start, before_start = start, len;
    uint32_t before = 0;

    while (*result == 0) {
        uint32_t c = at(tokenizer, offset, &len);
        enum character_class class = class_of(c);

        if (class == CLASS_IGNORED) {
            offset += len;
            continue;
        }
        if (class != CLASS_IDEOGRAPH)
            break;
        if (before) {
            struct word word = { .start = before_start, .end = offset + len };

            word_add_folded(&word, tokenizer->nfkd, before);
            word_add_folded(&word, tokenizer->nfkd, c);
            *result = give(tokenizer, &word, false, true);
        }
        before = c;
        before_start = offset;
        offset += len;
    }
    if (*result == 0 && before && (!tokenizer->options->is_query || before_start == start)) {
        struct word word = { .start = before_start, .end = offset };

        word_add_folded(&word, tokenizer->nfkd, before);
        *result = give(tokenizer, &word, false, true);
    }
    return offset;
}

/* A part ends before an upper-case letter that follows a lower-case one ("get|User"), or that ends
 * a row of them ("XML|Parser"). */
static bool is_hump(const struct tokenizer *tokenizer, uint32_t before, uint32_t c, size_t next)
{
    size_t len;
    uint32_t after;

    if (c < 0x80 ? c < 'A' || c > 'Z' : !u_isupper((UChar32)c))
        return false;
    if (u_islower((UChar32)before))
        return true;
    if (!u_isupper((UChar32)before))
        return false;
    after = at(tokenizer, next, &len);
    return u_islower((UChar32)after);
}

/* Ends a part; the whole is given right after the first, once it is known that there are more. */
struct identifier {
    struct word whole, first, part;
    size_t part_count;
};

static int end_part(const struct tokenizer *tokenizer, struct identifier *identifier)
{
    int result = 0;

    if (identifier->part.len == 0)
        return 0;
    if (identifier->part_count == 0)
        identifier->first = identifier->part;
    else
        result = give(tokenizer, &identifier->part, false, false);
    identifier->part_count++;
    identifier->part.len = identifier->part.plain_len = 0;
    return result;
}

/* Where the word that starts here ends, and whether it has parts. */
static size_t measure(const struct tokenizer *tokenizer, size_t start, bool *has_parts)
{
    size_t offset = start, len;
    uint32_t before = 0;

    *has_parts = false;
    for (;;) {
        uint32_t c = at(tokenizer, offset, &len);
        enum character_class class = class_of(c);

        if (len == 0 || class == CLASS_SEPARATOR || class == CLASS_IDEOGRAPH)
            return offset;
        if (class == CLASS_JOINER || (before && is_hump(tokenizer, before, c, offset + len)))
            *has_parts = true;
        before = c;
        offset += len;
    }
}

/* The first part, then the whole at its place, before anything that follows. */
static int give_first(const struct tokenizer *tokenizer, struct identifier *identifier)
{
    struct word whole = identifier->whole;
    size_t first_len = identifier->first.len, step;
    int result;

    if (identifier->part_count != 1 || first_len == 0)
        return 0;
    for (size_t i = whole.start; i < whole.end; i += step) {
        uint32_t c = at(tokenizer, i, &step);

        if (class_of(c) == CLASS_WORD)
            word_add_letter(&whole, tokenizer, c);
    }
    result = give(tokenizer, &identifier->first, false, false);
    if (result == 0 && whole.len != first_len)
        result = give(tokenizer, &whole, true, false);
    identifier->first.len = 0;
    return result;
}

static size_t word_at(const struct tokenizer *tokenizer, size_t start, int *result)
{
    struct identifier identifier = { .part_count = 0 };
    bool has_parts = false;
    size_t end = measure(tokenizer, start, &has_parts);
    uint32_t before = 0;
    size_t len;

    identifier.whole.start = start;
    identifier.whole.end = end;
    identifier.part.start = start;
    for (size_t offset = start; offset < end && *result == 0; offset += len) {
        uint32_t c = at(tokenizer, offset, &len);
        enum character_class class = class_of(c);
        bool ends_part = has_parts && (class == CLASS_JOINER ||
                                       (before && is_hump(tokenizer, before, c, offset + len)));

        before = c;
        if (class == CLASS_IGNORED) {
            word_add_mark(&identifier.part, tokenizer->nfc, c);
            continue;
        }
        if (ends_part) {
            *result = end_part(tokenizer, &identifier);
            if (*result == 0)
                *result = give_first(tokenizer, &identifier);
        }
        if (class == CLASS_JOINER)
            continue;
        if (identifier.part.len == 0)
            identifier.part.start = offset;
        identifier.part.end = offset + len;
        word_add_letter(&identifier.part, tokenizer, c);
    }
    if (*result == 0)
        *result = give(tokenizer, &identifier.part, false, false);
    return end;
}

/* Most words are plain ASCII: no ICU, no second look. Returns 0 when it is another kind of word. */
static size_t ascii_word_at(const struct tokenizer *tokenizer, size_t start, int *result)
{
    struct word word;
    const char *data = tokenizer->text.data;
    size_t offset = start;

    word.start = start;
    word.len = 0;
    word.is_ascii = true;
    for (; offset < tokenizer->text.len; offset++) {
        unsigned char c = (unsigned char)data[offset];
        bool is_upper = c >= 'A' && c <= 'Z';

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (is_upper && offset == start)) {
            if (word.len < TOKENIZER_TOKEN_BYTES)
                word.bytes[word.len++] = (char)(is_upper ? c | 0x20 : c);
            continue;
        }
        if (is_upper || c == '_' || c >= 0x80)
            return 0;
        break;
    }
    word.end = offset;
    *result = give(tokenizer, &word, false, false);
    return offset;
}

int tokenizer_run(struct span text, const struct tokenizer_options *options, token_fn *fn,
                  void *user)
{
    UErrorCode problem = U_ZERO_ERROR;
    struct tokenizer tokenizer = { .text = text,
                                   .options = options,
                                   .fn = fn,
                                   .user = user,
                                   .nfkd = unorm2_getNFKDInstance(&problem),
                                   .nfc = unorm2_getNFCInstance(&problem) };
    size_t offset = 0;
    int result = 0;

    while (offset < text.len && result == 0) {
        size_t len = 1, end = 0;
        unsigned char first = (unsigned char)text.data[offset];
        uint32_t c = first < 0x80 ? first : at(&tokenizer, offset, &len);
        enum character_class class = class_of(c);

        if (class == CLASS_WORD && first < 0x80)
            end = ascii_word_at(&tokenizer, offset, &result);
        if (class == CLASS_WORD && end == 0)
            end = word_at(&tokenizer, offset, &result);
        else if (class == CLASS_IDEOGRAPH)
            end = run_of_ideographs(&tokenizer, offset, &result);
        offset = end > offset ? end : offset + len;
    }
    return result;
}
