#include "model/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/* Raise it when the same file gives other tokens. */
#define TOKENIZER_VERSION "tokenizer-1"

#define FILE_BYTES_MAX  ((size_t)64 << 20)
#define WORK_BYTES_MAX  ((size_t)16 << 30)
#define COUNTS          ((size_t)1 << 15) /* 1 MiB: it stays in a core's own cache */
#define TOKENS_PER_BYTE ((size_t)12)      /* at most: U+FDFA, 3 bytes, becomes 33 by NFKC */

void token_list_release(struct token_list *list)
{
    free(list->ids);
    *list = (struct token_list){ .ids = NULL };
}

enum status token_list_add(struct token_list *list, int64_t id, struct error *err)
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

enum status tokenizer_add_unknown(const struct tokenizer *self, bool follows_unknown,
                                  struct token_list *out, struct error *err)
{
    if (self->unknown == TOKENIZER_TOKEN_NONE || (self->fuses_unknown && follows_unknown))
        return STATUS_OK;
    return token_list_add(out, self->unknown, err);
}

void *tokenizer_work(struct tokenizer *self, size_t bytes)
{
    if (bytes > self->work_bytes) {
        void *moved = bytes < WORK_BYTES_MAX ? realloc(self->work, bytes) : NULL;

        if (!moved)
            return NULL;
        self->work = moved;
        self->work_bytes = bytes;
    }
    return self->work;
}

/* ---- a word ---- */

static int64_t whole_word(const struct tokenizer *self, struct span word)
{
    uint32_t id = vocabulary_find(&self->vocabulary, word);

    return id == VOCABULARY_NONE ? self->unknown : (int64_t)id;
}

static enum status encode_word(struct tokenizer *self, struct span word, struct token_list *out,
                               struct error *err)
{
    switch (self->model) {
    case MODEL_WORDPIECE:
        return wordpiece_encode(self, word, out, err);
    case MODEL_BYTE_PAIRS:
        return byte_pairs_encode(self, word, out, err);
    case MODEL_WORDS:
        return token_list_add(out, whole_word(self, word), err);
    default:
        return unigram_encode(self, word, out, err);
    }
}

void encoding_fail(struct encoding *encoding, enum status status)
{
    if (!encoding->status)
        encoding->status = status;
}

/* What a key in `counts` is about: two bytes behind its text. */
enum { COUNT_OF_WORD = 0, COUNT_OF_PART = 1 };
#define COUNT_SHIFT 48u /* of the count, in the last part */
#define COUNT_KEY   (UINT64_MAX >> (64 - COUNT_SHIFT))

/* False: it is too long to be kept. */
static bool count_key(struct span text, unsigned kind, struct word_count *key)
{
    if (text.len > WORD_COUNT_BYTES_MAX)
        return false;
    *key = (struct word_count){ .parts = { 0 } };
    memcpy(key->parts, text.data, text.len);
    key->parts[3] |= (uint64_t)(text.len << 1 | kind) << (COUNT_SHIFT - 8);
    return true;
}

static struct word_count *find_count(struct tokenizer *self, const struct word_count *key)
{
    const uint64_t *parts = key->parts;
    uint64_t hash;

    /* As in pair_map.c. The table only forgets, so any spreading will do. */
    hash = (parts[0] ^ parts[1] * 0x9E3779B97F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    hash = (hash ^ hash >> 29 ^ parts[2] ^ parts[3] << 7) * 0x9E3779B97F4A7C15u;
    return &self->counts[hash >> 32 & (COUNTS - 1)];
}

static bool add_known(struct encoding *encoding, const struct word_count *key)
{
    const struct word_count *known = find_count(encoding->tokenizer, key);
    uint64_t other = (known->parts[0] ^ key->parts[0]) | (known->parts[1] ^ key->parts[1]) |
                     (known->parts[2] ^ key->parts[2]) |
                     ((known->parts[3] ^ key->parts[3]) & COUNT_KEY);

    if (other)
        return false;
    encoding->count += known->parts[3] >> COUNT_SHIFT;
    return true;
}

static void keep(struct encoding *encoding, struct word_count *key, size_t count)
{
    if (encoding->status || count > UINT16_MAX)
        return;
    key->parts[3] |= (uint64_t)count << COUNT_SHIFT;
    *find_count(encoding->tokenizer, key) = *key;
}

static void count_word(struct encoding *encoding, struct span word)
{
    struct tokenizer *self = encoding->tokenizer;
    struct word_count key;
    bool is_short = count_key(word, COUNT_OF_WORD, &key);

    if (is_short && add_known(encoding, &key))
        return;
    self->word_tokens.count = 0;
    encoding_fail(encoding, encode_word(self, word, &self->word_tokens, encoding->err));
    encoding->count += self->word_tokens.count;
    if (is_short)
        keep(encoding, &key, self->word_tokens.count);
}

bool encoding_count_part(struct encoding *encoding, struct span part)
{
    struct word_count key;

    return !encoding->out && count_key(part, COUNT_OF_PART, &key) && add_known(encoding, &key);
}

void encoding_keep_part(struct encoding *encoding, struct span part, size_t before)
{
    struct word_count key;

    if (!encoding->out && count_key(part, COUNT_OF_PART, &key))
        keep(encoding, &key, encoding->count - before);
}

void encoding_take_word(struct encoding *encoding, struct span word)
{
    if (encoding->status || word.len == 0)
        return;
    if (encoding->out)
        encoding_fail(encoding,
                      encode_word(encoding->tokenizer, word, encoding->out, encoding->err));
    else
        count_word(encoding, word);
}

/* ---- a text ---- */

static struct span with_space(struct tokenizer *self, struct span text)
{
    struct buf *out = text.data == self->text.data ? &self->other_text : &self->text;

    buf_clear(out);
    buf_append_char(out, ' ');
    buf_append(out, text.data, text.len);
    return buf_span(out);
}

static void split(struct encoding *encoding, struct span text)
{
    struct tokenizer *self = encoding->tokenizer;

    switch (self->words) {
    case WORDS_BERT:
        bert_words(encoding, text);
        break;
    case WORDS_BYTES:
        if (self->adds_space && text.len > 0 && text.data[0] != ' ')
            text = with_space(self, text);
        encoding_fail(encoding, self->text.failed);
        byte_words(encoding, text);
        break;
    case WORDS_SPACES:
        space_words(encoding, text);
        break;
    case WORDS_PATTERNS:
        pattern_words(encoding, text);
        break;
    case WORDS_WHOLE:
        encoding_take_word(encoding, text);
        break;
    }
}

static enum status encode(struct encoding *encoding, struct span text)
{
    struct tokenizer *self = encoding->tokenizer;
    CLEANUP(buf_release) struct buf repaired = BUF_INIT(TOKENIZER_TEXT_BYTES_MAX * 3);

    if (text.len > TOKENIZER_TEXT_BYTES_MAX)
        return error_set(encoding->err, STATUS_LIMIT, "a text is too long for a tokenizer");
    if (!utf8_is_valid(text)) {
        (void)utf8_append_repaired(&repaired, text);
        encoding->status = buf_status(&repaired, encoding->err);
        text = buf_span(&repaired);
    }
    if (!encoding->status)
        encoding->status = text_steps_apply(self, text, &text, encoding->err);
    if (!encoding->status)
        split(encoding, text);
    return encoding->status;
}

static enum status add_marks(const struct token_marks *marks, struct token_list *out,
                             struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < marks->count && !status; i++)
        status = token_list_add(out, marks->ids[i], err);
    return status;
}

enum status tokenizer_encode(struct tokenizer *self, struct span text, bool with_marks,
                             struct token_list *out, struct error *err)
{
    struct encoding encoding = { .tokenizer = self, .out = out, .err = err };
    enum status status = with_marks ? add_marks(&self->before, out, err) : STATUS_OK;

    if (!status)
        status = encode(&encoding, text);
    if (!status && with_marks)
        status = add_marks(&self->after, out, err);
    return status;
}

static size_t count_text(const struct token_counter *counter, struct span text)
{
    struct encoding encoding = { .tokenizer =
                                     ((const struct tokenizer_counter *)counter)->tokenizer };

    return encode(&encoding, text) ? text.len * TOKENS_PER_BYTE : encoding.count;
}

size_t tokenizer_marks(const struct tokenizer *self)
{
    return self->before.count + self->after.count;
}

int64_t tokenizer_padding(const struct tokenizer *self)
{
    return self->padding;
}

const struct token_counter *tokenizer_counter(const struct tokenizer *self)
{
    return &self->counter.counter;
}

/* ---- open and close ---- */

static void make_fingerprint(struct tokenizer *self, struct span file)
{
    char hex[HASH_HEX_BYTES];
    struct hash hash;

    hash_of(file, &hash);
    hash_to_hex(&hash, hex);
    (void)snprintf(self->fingerprint, sizeof(self->fingerprint), TOKENIZER_VERSION " %s", hex);
    self->counter = (struct tokenizer_counter){
        .counter = { .count = count_text, .fingerprint = self->fingerprint }, .tokenizer = self
    };
}

enum status tokenizer_read(struct span file, struct tokenizer **out, struct error *err)
{
    CLEANUP(tokenizer_free_ptr) struct tokenizer *self = calloc(1, sizeof(*self));
    enum status status;

    if (!self)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a tokenizer");
    self->text = (struct buf)BUF_INIT(TOKENIZER_TEXT_BYTES_MAX * TOKENS_PER_BYTE);
    self->other_text = self->word = self->text;
    self->sign = (struct buf)BUF_INIT(16);
    self->counts = calloc(COUNTS, sizeof(*self->counts));
    if (!self->counts)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a tokenizer");
    make_fingerprint(self, file);
    status = tokenizer_json_read(self, file, err);
    if (!status)
        *out = TAKE(self);
    return status;
}

enum status tokenizer_open(const char *path, struct tokenizer **out, struct error *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(FILE_BYTES_MAX);
    enum status status = os_read_file(path, &file, err);

    return status ? status : tokenizer_read(buf_span(&file), out, err);
}

void tokenizer_free(struct tokenizer *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->step_count; i++) {
        buf_release(&self->steps[i].from);
        buf_release(&self->steps[i].to);
        charsmap_release(&self->steps[i].charsmap);
    }
    for (size_t i = 0; i < self->pattern_count; i++)
        word_pattern_release(&self->patterns[i]);
    vocabulary_release(&self->vocabulary);
    pair_map_release(&self->merges);
    token_list_release(&self->word_tokens);
    buf_release(&self->sign);
    buf_release(&self->text);
    buf_release(&self->other_text);
    buf_release(&self->word);
    free(self->scores);
    free(self->counts);
    free(self->characters);
    free(self->work);
    free(self);
}
