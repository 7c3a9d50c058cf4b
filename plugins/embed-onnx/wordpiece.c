#include "plugins/embed-onnx/wordpiece.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/os.h"
#include "base/utf8.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define PIECES_MAX     ((size_t)1 << 21)
#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct piece {
    uint32_t start, len; /* in texts; len 0: an empty place */
    int64_t id;
};

struct wordpiece {
    struct buf texts;
    struct piece *pieces; /* open addressing; a power of two */
    size_t mask, count;
    const UNormalizer2 *nfd;
    struct buf prefix; /* of a piece inside a word: "##" */
    int64_t unknown, first, last;
    size_t word_characters_max;
    bool cleans, spaces_chinese, strips_accents, lowers;
};

static bool is_named(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0;
}

/* ---- the vocabulary ---- */

static struct piece *find_place(const struct wordpiece *self, struct span text)
{
    size_t at = (size_t)hash_table_key(text) & self->mask;

    while (self->pieces[at].len > 0 &&
           (self->pieces[at].len != text.len ||
            memcmp(self->texts.data + self->pieces[at].start, text.data, text.len) != 0))
        at = (at + 1) & self->mask;
    return &self->pieces[at];
}

/* -1: no such piece. */
static int64_t find_piece(const struct wordpiece *self, struct span text)
{
    const struct piece *piece = text.len > 0 ? find_place(self, text) : NULL;

    return piece && piece->len > 0 ? piece->id : -1;
}

static enum status add_piece(struct wordpiece *self, struct span text, int64_t id,
                             struct error *err)
{
    struct piece *place;

    if (text.len == 0)
        return STATUS_OK;
    if (self->count == PIECES_MAX / 2)
        return error_set(err, STATUS_LIMIT, "the vocabulary has too many pieces");
    place = find_place(self, text);
    if (place->len > 0)
        return STATUS_OK;
    *place = (struct piece){ (uint32_t)self->texts.len, (uint32_t)text.len, id };
    buf_append(&self->texts, text.data, text.len);
    self->count++;
    return buf_status(&self->texts, err);
}

/* The names of "vocab" may have escapes, so each is read again as the string that it is. */
static enum status read_vocabulary(struct wordpiece *self, struct json_scan *scan,
                                   struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 16);
    enum status status = STATUS_OK;
    struct span name;

    json_scan_object(scan);
    while (!status && json_scan_member(scan, &name)) {
        struct span quoted = { name.data - 1, name.len + 2 };
        struct json_scan piece = JSON_SCAN(quoted);

        buf_clear(&text);
        json_scan_string(&piece, &text);
        status = add_piece(self, buf_span(&text), json_scan_integer(scan), err);
    }
    if (!status && (scan->has_failed || self->count == 0))
        status = error_set(err, STATUS_MALFORMED, "the vocabulary can't be read");
    return status;
}

/* "model": {"type":"WordPiece", … ,"vocab":{…}}, where only the vocabulary is too large for a tree.
 */
static enum status read_vocabulary_of(struct wordpiece *self, struct span file, struct error *err)
{
    struct json_scan scan = JSON_SCAN(file);
    enum status status = STATUS_OK;
    struct span name;

    json_scan_object(&scan);
    while (!status && json_scan_member(&scan, &name)) {
        if (!is_named(name, "model")) {
            json_scan_skip(&scan);
            continue;
        }
        json_scan_object(&scan);
        while (!status && json_scan_member(&scan, &name)) {
            if (is_named(name, "vocab"))
                status = read_vocabulary(self, &scan, err);
            else
                json_scan_skip(&scan);
        }
    }
    return status;
}

/* ---- the settings ---- */

static enum status want_type(const struct json *part, const char *wanted, const char *what,
                             struct error *err)
{
    struct span type = json_read_string(json_lookup(part, "type"));

    if (type.data && strcmp(type.data, wanted) == 0)
        return STATUS_OK;
    return error_set(err, STATUS_UNSUPPORTED, "tokenizer.json: its %s is '%.40s', not '%s'", what,
                     type.data ? type.data : "none", wanted);
}

static enum status read_mark(const struct wordpiece *self, const char *text, int64_t *out,
                             struct error *err)
{
    *out = find_piece(self, (struct span){ text, strlen(text) });
    return *out >= 0 ? STATUS_OK
                     : error_set(err, STATUS_UNSUPPORTED,
                                 "tokenizer.json: its vocabulary has no %s", text);
}

static enum status read_settings(struct wordpiece *self, const struct json *root, struct error *err)
{
    const struct json *model = json_lookup(root, "model");
    const struct json *normalizer = json_lookup(root, "normalizer");
    struct span unknown = json_read_string(json_lookup(model, "unk_token"));
    struct span prefix = json_read_string(json_lookup(model, "continuing_subword_prefix"));
    enum status status = want_type(model, "WordPiece", "model", err);

    if (!status)
        status = want_type(normalizer, "BertNormalizer", "normalizer", err);
    if (!status)
        status =
            want_type(json_lookup(root, "pre_tokenizer"), "BertPreTokenizer", "pre-tokenizer", err);
    if (!status)
        status = read_mark(self, unknown.data ? unknown.data : "[UNK]", &self->unknown, err);
    if (!status)
        status = read_mark(self, "[CLS]", &self->first, err);
    if (!status)
        status = read_mark(self, "[SEP]", &self->last, err);
    if (status)
        return status;
    buf_append(&self->prefix, prefix.data ? prefix.data : "##", prefix.data ? prefix.len : 2);
    self->word_characters_max =
        (size_t)json_read_integer(json_lookup(model, "max_input_chars_per_word"), 100);
    self->cleans = json_read_bool(json_lookup(normalizer, "clean_text"), true);
    self->spaces_chinese = json_read_bool(json_lookup(normalizer, "handle_chinese_chars"), true);
    self->lowers = json_read_bool(json_lookup(normalizer, "lowercase"), true);
    self->strips_accents = json_read_bool(json_lookup(normalizer, "strip_accents"), self->lowers);
    return buf_status(&self->prefix, err);
}

static enum status load(struct wordpiece *self, const char *path, struct error *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(FILE_BYTES_MAX);
    UErrorCode code = U_ZERO_ERROR;
    struct json *root = NULL;
    enum status status = os_read_file(path, &file, err);

    self->nfd = unorm2_getNFDInstance(&code);
    if (!status && U_FAILURE(code))
        status = error_set(err, STATUS_IO, "ICU has no normalizer: %s", u_errorName(code));
    if (!status)
        status = read_vocabulary_of(self, buf_span(&file), err);
    if (!status)
        status = json_parse(buf_span(&file), &root, err);
    if (!status)
        status = read_settings(self, root, err);
    json_free(root);
    return status;
}

enum status wordpiece_open(const char *path, struct wordpiece **out, struct error *err)
{
    struct wordpiece *self = calloc(1, sizeof(*self));
    enum status status;

    if (self)
        self->pieces = calloc(PIECES_MAX, sizeof(*self->pieces));
    if (!self || !self->pieces) {
        free(self);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a tokenizer");
    }
    self->mask = PIECES_MAX - 1;
    self->texts = (struct buf)BUF_INIT(FILE_BYTES_MAX);
    self->prefix = (struct buf)BUF_INIT(64);
    status = load(self, path, err);
    if (status) {
        wordpiece_free(self);
        return status;
    }
    *out = self;
    return STATUS_OK;
}

void wordpiece_free(struct wordpiece *self)
{
    if (!self)
        return;
    buf_release(&self->texts);
    buf_release(&self->prefix);
    free(self->pieces);
    free(self);
}

void token_list_release(struct token_list *list)
{
    free(list->ids);
    *list = (struct token_list){ .ids = NULL };
}

static enum status add_token(struct token_list *list, int64_t id, struct error *err)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        int64_t *ids = realloc(list->ids, capacity * sizeof(*ids));

        if (!ids)
            return error_set(err, STATUS_NO_MEMORY, "no memory for tokens");
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
    return STATUS_OK;
}

/* ---- a word ---- */

/* Greedy: the longest piece at each place; a word with a place where none fits is unknown as a
 * whole. */
static enum status encode_word(const struct wordpiece *self, struct span word, struct buf *scratch,
                               struct token_list *out, struct error *err)
{
    size_t before = out->count, start = 0;
    enum status status = STATUS_OK;

    if (word.len == 0)
        return STATUS_OK;
    if (utf8_length(word) > self->word_characters_max)
        return add_token(out, self->unknown, err);
    while (!status && start < word.len) {
        size_t end = word.len, prefix_len = start > 0 ? self->prefix.len : 0;
        int64_t id = -1;

        buf_clear(scratch);
        buf_append(scratch, self->prefix.data, prefix_len);
        buf_append(scratch, word.data + start, word.len - start);
        status = buf_status(scratch, err);
        while (!status && end > start) {
            id = find_piece(self, (struct span){ scratch->data, prefix_len + end - start });
            if (id >= 0)
                break;
            do
                end--;
            while (!utf8_is_boundary(word, end));
        }
        if (!status && id < 0) {
            out->count = before;
            return add_token(out, self->unknown, err);
        }
        if (!status)
            status = add_token(out, id, err);
        start = end;
    }
    return status;
}

/* ---- BERT's normalizer and pre-tokenizer ---- */

static bool is_space(UChar32 c)
{
    return c == '\t' || c == '\n' || c == '\r' || u_isUWhiteSpace(c);
}

static bool is_control(UChar32 c)
{
    if (c == '\t' || c == '\n' || c == '\r')
        return false;
    return (U_GET_GC_MASK(c) & U_GC_C_MASK) != 0;
}

static bool is_punctuation(UChar32 c)
{
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126) || u_ispunct(c);
}

/* The blocks that BERT's own code names. */
static bool is_chinese(UChar32 c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static void append_utf16(struct buf *out, UChar32 c)
{
    UChar units[2];
    int32_t count = 0;

    U16_APPEND_UNSAFE(units, count, c);
    buf_append(out, units, (size_t)count * sizeof(units[0]));
}

static void clean(const struct wordpiece *self, struct span text, struct buf *out)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t taken = utf8_decode(text, &code_point);
        UChar32 c = (UChar32)code_point;

        text = (struct span){ text.data + taken, text.len - taken };
        if (self->cleans && (c == 0 || c == 0xFFFD || is_control(c)))
            continue;
        if (self->cleans && is_space(c))
            c = ' ';
        if (self->spaces_chinese && is_chinese(c)) {
            append_utf16(out, ' ');
            append_utf16(out, c);
            append_utf16(out, ' ');
        } else {
            append_utf16(out, c);
        }
    }
}

static enum status decompose(const struct wordpiece *self, struct buf *text, struct error *err)
{
    CLEANUP(buf_release) struct buf source = *text;
    UErrorCode code = U_ZERO_ERROR;
    size_t room =
        source.len * 4 + 64; /* NFD has at most 18 units for one, and 4 bytes of room for 2 */
    int32_t len;
    UChar *units;

    *text = (struct buf)BUF_INIT(TEXT_BYTES_MAX * 4);
    units = malloc(room * sizeof(*units));
    if (!units)
        return error_set(err, STATUS_NO_MEMORY, "no memory to normalize a text");
    len = unorm2_normalize(self->nfd, (const UChar *)(const void *)source.data,
                           (int32_t)(source.len / sizeof(UChar)), units, (int32_t)room, &code);
    if (U_SUCCESS(code))
        buf_append(text, units, (size_t)len * sizeof(*units));
    free(units);
    if (U_FAILURE(code))
        return error_set(err, STATUS_MALFORMED, "a text can't be normalized: %s",
                         u_errorName(code));
    return buf_status(text, err);
}

/* The character in lower case, which may be several. */
static void append_lower(const struct wordpiece *self, UChar32 c, struct buf *word)
{
    UChar from[2], to[8];
    UErrorCode code = U_ZERO_ERROR;
    int32_t count = 0, len;

    if (!self->lowers) {
        utf8_append(word, (uint32_t)c);
        return;
    }
    U16_APPEND_UNSAFE(from, count, c);
    len = u_strToLower(to, 8, from, count, "", &code);
    for (int32_t i = 0; U_SUCCESS(code) && i < len;) {
        UChar32 lower;

        U16_NEXT(to, i, len, lower);
        utf8_append(word, (uint32_t)lower);
    }
}

struct encoding {
    const struct wordpiece *wordpiece;
    struct buf word, scratch;
    struct token_list *out;
};

static void encoding_release(struct encoding *encoding)
{
    buf_release(&encoding->word);
    buf_release(&encoding->scratch);
}

static enum status end_word(struct encoding *encoding, struct error *err)
{
    enum status status = buf_status(&encoding->word, err);

    if (!status)
        status = encode_word(encoding->wordpiece, buf_span(&encoding->word), &encoding->scratch,
                             encoding->out, err);
    buf_clear(&encoding->word);
    return status;
}

static enum status split_words(struct encoding *encoding, const struct buf *text, struct error *err)
{
    const struct wordpiece *self = encoding->wordpiece;
    const UChar *units = (const UChar *)(const void *)text->data;
    int32_t len = (int32_t)(text->len / sizeof(*units));
    enum status status = STATUS_OK;

    for (int32_t i = 0; i < len && !status;) {
        UChar32 c;

        U16_NEXT(units, i, len, c);
        if (self->strips_accents && u_charType(c) == U_NON_SPACING_MARK)
            continue;
        if (is_space(c)) {
            status = end_word(encoding, err);
        } else if (is_punctuation(c)) {
            status = end_word(encoding, err);
            append_lower(self, c, &encoding->word);
            if (!status)
                status = end_word(encoding, err);
        } else {
            append_lower(self, c, &encoding->word);
        }
    }
    return status ? status : end_word(encoding, err);
}

enum status wordpiece_encode(const struct wordpiece *wordpiece, struct span text, bool with_marks,
                             struct token_list *out, struct error *err)
{
    CLEANUP(encoding_release)
    struct encoding encoding = { .wordpiece = wordpiece,
                                 .word = BUF_INIT(TEXT_BYTES_MAX),
                                 .scratch = BUF_INIT(TEXT_BYTES_MAX),
                                 .out = out };
    CLEANUP(buf_release) struct buf clean_text = BUF_INIT(TEXT_BYTES_MAX * 4);
    enum status status = with_marks ? add_token(out, wordpiece->first, err) : STATUS_OK;

    if (text.len > TEXT_BYTES_MAX / 4)
        return error_set(err, STATUS_LIMIT, "a text is too long");
    clean(wordpiece, text, &clean_text);
    if (!status)
        status = buf_status(&clean_text, err);
    if (!status && wordpiece->strips_accents)
        status = decompose(wordpiece, &clean_text, err);
    if (!status)
        status = split_words(&encoding, &clean_text, err);
    if (!status && with_marks)
        status = add_token(out, wordpiece->last, err);
    return status;
}
