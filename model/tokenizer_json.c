#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "model/tokenizer_json.h"

/*
 * tokenizer.json. What is large (vocabulary and merges, up to a million strings) is read value by
 * value; the rest is copied without it, and read as a tree.
 */

#define SETTINGS_BYTES_MAX ((size_t)16 << 20)
#define PIECE_BYTES_MAX    ((size_t)1 << 16)
#define ID_MAX             ((int64_t)1 << 24)
#define UNKNOWN_PENALTY    10.0 /* below the rarest piece: SentencePiece's kUnkPenalty */

DEFINE_POINTER_CLEANUP(struct json, json_free);

bool tokenizer_json_is(struct span text, const char *wanted)
{
    return text.data && text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

bool tokenizer_json_has_type(const struct json *part, const char *wanted)
{
    return tokenizer_json_is(json_read_string(json_lookup(part, "type")), wanted);
}

static enum status broken(const char *what, struct error *err)
{
    return error_set(err, STATUS_MALFORMED, "tokenizer.json: %s can't be read", what);
}

enum status tokenizer_json_unknown(const char *what, const struct json *part, struct error *err)
{
    struct span type = json_read_string(json_lookup(part, "type"));

    return error_set(err, STATUS_UNSUPPORTED,
                     "tokenizer.json: its %s is '%.60s', which is not known", what,
                     type.data ? type.data : "none");
}

/* Copies an object without the members of these names (NULL-terminated), whose values are lent. */
static enum status take_out(struct span object, const char *const *names, struct span *values,
                            struct json **rest, struct error *err)
{
    CLEANUP(buf_release) struct buf copy = BUF_INIT(SETTINGS_BYTES_MAX);
    struct json_scan scan = JSON_SCAN(object);
    struct span name;
    enum status status;

    json_scan_object(&scan);
    buf_append_char(&copy, '{');
    while (json_scan_member(&scan, &name)) {
        struct span value;
        size_t i = 0;

        (void)json_scan_kind(&scan); /* skips white space */
        value.data = scan.at;
        json_scan_skip(&scan);
        value.len = (size_t)(scan.at - value.data);
        while (names[i] && !tokenizer_json_is(name, names[i]))
            i++;
        if (names[i]) {
            values[i] = value;
            continue;
        }
        buf_append(&copy, copy.len > 1 ? ",\"" : "\"", copy.len > 1 ? 2 : 1);
        buf_append(&copy, name.data, name.len);
        buf_append(&copy, "\":", 2);
        buf_append(&copy, value.data, value.len);
    }
    buf_append_char(&copy, '}');
    if (scan.has_failed)
        return broken("it", err);
    status = buf_status(&copy, err);
    return status ? status : json_parse(buf_span(&copy), rest, err);
}

/* ---- the vocabulary ---- */

/* The next string, with its escapes decoded, in text. */
static struct span scan_string(struct json_scan *scan, struct buf *text)
{
    struct span lent;

    if (json_scan_lend(scan, &lent))
        return lent;
    buf_clear(text);
    json_scan_string(scan, text);
    return buf_span(text);
}

/* {"piece": id, ...} */
static enum status read_vocabulary(struct tokenizer *self, struct span json, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(PIECE_BYTES_MAX);
    struct json_scan scan = JSON_SCAN(json);
    enum status status = STATUS_OK;
    struct span name;

    json_scan_object(&scan);
    while (!status && json_scan_member(&scan, &name)) {
        /* Names may have escapes: each is read again as the string that it is. */
        struct span quoted = { name.data - 1, name.len + 2 };
        struct json_scan piece = JSON_SCAN(quoted);
        struct span decoded = scan_string(&piece, &text);
        int64_t id = json_scan_integer(&scan);

        if (scan.has_failed || piece.has_failed || text.failed || id < 0 || id > ID_MAX)
            break;
        status = vocabulary_add(&self->vocabulary, decoded, (uint32_t)id, err);
    }
    if (!status && (!json_scan_is_done(&scan) || self->vocabulary.count == 0))
        status = broken("the vocabulary", err);
    return status;
}

static enum status add_score(struct tokenizer *self, double score, size_t *capacity,
                             struct error *err)
{
    if (self->score_count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 1024;
        double *scores = realloc(self->scores, wanted * sizeof(*scores));

        if (!scores)
            return error_set(err, STATUS_NO_MEMORY, "no memory for a vocabulary");
        self->scores = scores;
        *capacity = wanted;
    }
    self->scores[self->score_count++] = score;
    if (score < self->unknown_score)
        self->unknown_score = score;
    return STATUS_OK;
}

/* [["piece", score], ...]; the place is the id */
static enum status read_scored(struct tokenizer *self, struct span json, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(PIECE_BYTES_MAX);
    struct json_scan scan = JSON_SCAN(json);
    enum status status = STATUS_OK;
    size_t capacity = 0;

    json_scan_array(&scan);
    while (!status && json_scan_item(&scan) && self->score_count < (size_t)ID_MAX) {
        json_scan_array(&scan);
        if (!json_scan_item(&scan))
            break;
        status = vocabulary_add(&self->vocabulary, scan_string(&scan, &text),
                                (uint32_t)self->score_count, err);
        if (status || !json_scan_item(&scan))
            break;
        status = add_score(self, json_scan_number(&scan), &capacity, err);
        if (json_scan_item(&scan) || text.failed)
            break;
    }
    if (!status && (!json_scan_is_done(&scan) || text.failed || self->vocabulary.count == 0))
        status = broken("the vocabulary", err);
    self->unknown_score -= UNKNOWN_PENALTY;
    return status;
}

static enum status add_merge(struct tokenizer *self, struct span left, struct span right,
                             uint32_t rank, struct error *err)
{
    CLEANUP(buf_release) struct buf both = BUF_INIT(2 * PIECE_BYTES_MAX);
    uint32_t left_id = vocabulary_find(&self->vocabulary, left);
    uint32_t right_id = vocabulary_find(&self->vocabulary, right), merged;
    struct pair_entry *entry;
    enum status status;

    buf_append(&both, left.data, left.len);
    buf_append(&both, right.data, right.len);
    status = buf_status(&both, err);
    if (status)
        return status;
    merged = vocabulary_find(&self->vocabulary, buf_span(&both));
    if (left_id == VOCABULARY_NONE || right_id == VOCABULARY_NONE || merged == VOCABULARY_NONE)
        return error_set(err, STATUS_MALFORMED,
                         "tokenizer.json: merge %u is of pieces that the vocabulary has not", rank);
    status = pair_map_put(&self->merges, left_id, right_id, &entry, err);
    if (!status)
        *entry = (struct pair_entry){ entry->key, rank, merged };
    return status;
}

/* ["left right", ...] or [["left", "right"], ...]; the place is the rank */
static enum status read_merges(struct tokenizer *self, struct span json, struct error *err)
{
    CLEANUP(buf_release) struct buf left = BUF_INIT(PIECE_BYTES_MAX);
    CLEANUP(buf_release) struct buf right = BUF_INIT(PIECE_BYTES_MAX);
    struct json_scan scan = JSON_SCAN(json);
    enum status status = STATUS_OK;

    json_scan_array(&scan);
    for (uint32_t rank = 0; !status && json_scan_item(&scan); rank++) {
        struct span a, b = { "", 0 };

        if (json_scan_kind(&scan) == JSON_KIND_ARRAY) {
            json_scan_array(&scan);
            a = json_scan_item(&scan) ? scan_string(&scan, &left) : b;
            b = json_scan_item(&scan) ? scan_string(&scan, &right) : b;
            if (json_scan_item(&scan))
                break;
        } else {
            const char *space;

            a = scan_string(&scan, &left);
            space = memchr(a.data, ' ', a.len);
            if (space) {
                b = (struct span){ space + 1, (size_t)(a.data + a.len - space - 1) };
                a.len = (size_t)(space - a.data);
            }
        }
        if (scan.has_failed || left.failed || right.failed)
            break;
        status = add_merge(self, a, b, rank, err);
    }
    if (!status && !json_scan_is_done(&scan))
        status = broken("the merges", err);
    return status;
}

/* The pieces for single bytes: as characters of their own, or as "<0x0A>". */
static void find_bytes(struct tokenizer *self)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "<0x%02X>", byte);
        self->byte_ids[byte] =
            self->is_over_bytes
                ? vocabulary_step(&self->vocabulary, VOCABULARY_ROOT, byte_character(byte)).id
                : vocabulary_find(&self->vocabulary, (struct span){ name, 6 });
    }
}

/* A mark's own text is no piece: see tokenizer.h. */
static void hide(struct tokenizer *self, struct span piece)
{
    uint32_t node = VOCABULARY_ROOT;
    struct pair_entry *edge = NULL;

    while (piece.len > 0) {
        uint32_t character;
        size_t taken = utf8_decode(piece, &character);

        edge = pair_map_find(&self->vocabulary.edges, node, character);
        if (!edge)
            return;
        node = edge->first;
        piece = (struct span){ piece.data + taken, piece.len - taken };
    }
    if (edge)
        edge->second = VOCABULARY_NONE;
}

static void hide_marks(struct tokenizer *self, const struct json *added)
{
    for (size_t i = 0; i < json_count(added); i++)
        if (json_read_bool(json_lookup(json_at(added, i), "special"), false))
            hide(self, json_read_string(json_lookup(json_at(added, i), "content")));
}

/* ---- the model ---- */

static bool is_set(const struct json *value)
{
    return json_read_string(value).len > 0;
}

static int64_t find_token(const struct tokenizer *self, struct span text)
{
    uint32_t id = text.data ? vocabulary_find(&self->vocabulary, text) : VOCABULARY_NONE;

    return id == VOCABULARY_NONE ? TOKENIZER_TOKEN_NONE : (int64_t)id;
}

/* A vocabulary that has a token for what it has not. */
static enum status read_words_known(struct tokenizer *self, const struct json *model,
                                    struct span vocabulary, const char *usual_unknown,
                                    struct error *err)
{
    struct span unknown = json_read_string(json_lookup(model, "unk_token"));
    enum status status = read_vocabulary(self, vocabulary, err);

    if (status)
        return status;
    if (!unknown.data)
        unknown = (struct span){ usual_unknown, strlen(usual_unknown) };
    self->unknown = find_token(self, unknown);
    if (self->unknown == TOKENIZER_TOKEN_NONE)
        return error_set(err, STATUS_UNSUPPORTED,
                         "tokenizer.json: its vocabulary has no token for unknown words");
    return STATUS_OK;
}

static enum status read_wordpiece(struct tokenizer *self, const struct json *model,
                                  const struct span *large, struct error *err)
{
    static const struct span usual_prefix = { "##", 2 };
    struct span prefix = json_read_string(json_lookup(model, "continuing_subword_prefix"));
    enum status status = read_words_known(self, model, large[0], "[UNK]", err);

    if (status)
        return status;
    self->model = MODEL_WORDPIECE;
    self->continuing_node = vocabulary_node(&self->vocabulary, prefix.data ? prefix : usual_prefix);
    self->word_characters_max =
        (size_t)json_read_integer(json_lookup(model, "max_input_chars_per_word"), 100);
    return STATUS_OK;
}

static enum status read_byte_pairs(struct tokenizer *self, const struct json *model,
                                   const struct span *large, struct error *err)
{
    enum status status;

    if (is_set(json_lookup(model, "continuing_subword_prefix")) ||
        is_set(json_lookup(model, "end_of_word_suffix")))
        return error_set(err, STATUS_UNSUPPORTED,
                         "tokenizer.json: byte pairs with a prefix or suffix are not known");
    if (!large[1].data)
        return broken("the merges", err);
    self->model = MODEL_BYTE_PAIRS;
    status = read_vocabulary(self, large[0], err);
    if (!status)
        status = read_merges(self, large[1], err);
    self->unknown = find_token(self, json_read_string(json_lookup(model, "unk_token")));
    self->fuses_unknown = json_read_bool(json_lookup(model, "fuse_unk"), false);
    self->falls_back = json_read_bool(json_lookup(model, "byte_fallback"), false);
    self->ignores_merges = json_read_bool(json_lookup(model, "ignore_merges"), false);
    return status;
}

static enum status read_unigram(struct tokenizer *self, const struct json *model,
                                const struct span *large, struct error *err)
{
    enum status status = read_scored(self, large[0], err);

    self->model = MODEL_UNIGRAM;
    self->unknown = json_read_integer(json_lookup(model, "unk_id"), TOKENIZER_TOKEN_NONE);
    self->fuses_unknown = true;
    self->falls_back = json_read_bool(json_lookup(model, "byte_fallback"), false);
    return status;
}

static enum status read_model(struct tokenizer *self, struct span json, struct error *err)
{
    static const char *const names[] = { "vocab", "merges", NULL };
    CLEANUP(json_free_ptr) struct json *model = NULL;
    struct span large[2] = { { NULL, 0 }, { NULL, 0 } };
    enum status status =
        json.data ? take_out(json, names, large, &model, err) : broken("its model", err);

    if (!status && !large[0].data)
        status = broken("the vocabulary", err);
    if (status)
        return status;
    if (tokenizer_json_has_type(model, "WordPiece"))
        return read_wordpiece(self, model, large, err);
    if (tokenizer_json_has_type(model, "BPE"))
        return read_byte_pairs(self, model, large, err);
    if (tokenizer_json_has_type(model, "Unigram"))
        return read_unigram(self, model, large, err);
    if (tokenizer_json_has_type(model, "WordLevel")) {
        self->model = MODEL_WORDS;
        return read_words_known(self, model, large[0], "<unk>", err);
    }
    return tokenizer_json_unknown("model", model, err);
}

/* ---- the normalizer ---- */

static enum status add_step(struct tokenizer *self, enum text_step_kind kind, struct span from,
                            struct span to, struct error *err)
{
    struct text_step *step = &self->steps[self->step_count];
    enum status status;

    if (self->step_count == TOKENIZER_STEPS_MAX)
        return error_set(err, STATUS_LIMIT, "tokenizer.json: its normalizer has too many steps");
    *step = (struct text_step){ .kind = kind,
                                .from = BUF_INIT(1024),
                                .to = BUF_INIT(1024),
                                .charsmap = { .bytes = BUF_INIT(SETTINGS_BYTES_MAX) } };
    self->step_count++;
    buf_append(&step->from, from.data ? from.data : "", from.len);
    buf_append(&step->to, to.data ? to.data : "", to.len);
    status = buf_status(&step->from, err);
    return status ? status : buf_status(&step->to, err);
}

static enum status add_replacement(struct tokenizer *self, const struct json *part,
                                   struct error *err)
{
    const struct json *pattern = json_lookup(part, "pattern");
    struct span text = json_read_string(json_lookup(pattern, "String"));
    struct span content = json_read_string(json_lookup(part, "content"));

    if (text.len > 0)
        return add_step(self, STEP_REPLACE, text, content, err);
    if (tokenizer_json_is(json_read_string(json_lookup(pattern, "Regex")), " {2,}"))
        return add_step(self, STEP_JOIN_SPACES, text, content, err);
    return tokenizer_json_unknown("normalizer's pattern", part, err);
}

static enum status add_charsmap(struct tokenizer *self, const struct json *part, struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SETTINGS_BYTES_MAX);
    struct span none = { NULL, 0 };
    struct span base64 = json_read_string(json_lookup(part, "precompiled_charsmap"));
    enum status status;

    if (base64.len == 0)
        return STATUS_OK;
    if (!base64_decode(&bytes, base64))
        return broken("its table of replacements", err);
    status = add_step(self, STEP_CHARSMAP, none, none, err);
    return status ? status
                  : charsmap_take(&self->steps[self->step_count - 1].charsmap, &bytes, err);
}

static void read_bert_normalizer(struct tokenizer *self, const struct json *part)
{
    self->cleans = json_read_bool(json_lookup(part, "clean_text"), true);
    self->spaces_chinese = json_read_bool(json_lookup(part, "handle_chinese_chars"), true);
    self->lowers = json_read_bool(json_lookup(part, "lowercase"), true);
    self->strips_accents = json_read_bool(json_lookup(part, "strip_accents"), self->lowers);
}

static enum status read_normalizer_part(struct tokenizer *self, const struct json *part,
                                        struct error *err)
{
    static const struct {
        const char *type;
        enum text_step_kind kind;
    } simple[] = {
        { "NFC", STEP_COMPOSE },
        { "NFD", STEP_DECOMPOSE },
        { "NFKC", STEP_COMPOSE_COMPATIBLE },
        { "NFKD", STEP_DECOMPOSE_COMPATIBLE },
        { "Lowercase", STEP_LOWER },
        { "StripAccents", STEP_STRIP_MARKS },
    };
    struct span none = { NULL, 0 };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
        if (tokenizer_json_has_type(part, simple[i].type))
            return add_step(self, simple[i].kind, none, none, err);
    if (tokenizer_json_has_type(part, "Replace"))
        return add_replacement(self, part, err);
    if (tokenizer_json_has_type(part, "Precompiled"))
        return add_charsmap(self, part, err);
    if (tokenizer_json_has_type(part, "Prepend"))
        return add_step(self, STEP_PREPEND, none, json_read_string(json_lookup(part, "prepend")),
                        err);
    if (!tokenizer_json_has_type(part, "Strip"))
        return tokenizer_json_unknown("normalizer", part, err);
    if (json_read_bool(json_lookup(part, "strip_left"), true))
        status = add_step(self, STEP_STRIP_LEFT, none, none, err);
    if (!status && json_read_bool(json_lookup(part, "strip_right"), true))
        status = add_step(self, STEP_STRIP_RIGHT, none, none, err);
    return status;
}

static enum status read_normalizer(struct tokenizer *self, const struct json *part,
                                   struct error *err)
{
    const struct json *parts = json_lookup(part, "normalizers");
    enum status status = STATUS_OK;

    if (json_kind(part) == JSON_KIND_NONE || json_kind(part) == JSON_KIND_NULL)
        return STATUS_OK;
    if (self->words == WORDS_BERT) {
        if (!tokenizer_json_has_type(part, "BertNormalizer"))
            return tokenizer_json_unknown("normalizer before BERT's words", part, err);
        read_bert_normalizer(self, part);
        return STATUS_OK;
    }
    if (!tokenizer_json_has_type(part, "Sequence"))
        return read_normalizer_part(self, part, err);
    for (size_t i = 0; i < json_count(parts) && !status; i++)
        status = read_normalizer_part(self, json_at(parts, i), err);
    return status;
}

/* ---- marks ---- */

static enum status add_mark(struct token_marks *marks, int64_t id, struct error *err)
{
    if (id < 0 || id > ID_MAX || marks->count == TOKENIZER_MARKS_MAX)
        return broken("its post-processor", err);
    marks->ids[marks->count++] = id;
    return STATUS_OK;
}

/* "single": [{"SpecialToken":{"id":"[CLS]"}}, {"Sequence":{"id":"A"}}, ...] */
static enum status read_template(struct tokenizer *self, const struct json *part, struct error *err)
{
    const struct json *single = json_lookup(part, "single");
    const struct json *tokens = json_lookup(part, "special_tokens");
    struct token_marks *marks = &self->before;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < json_count(single) && !status; i++) {
        const struct json *piece = json_at(single, i);
        struct span name = json_read_string(json_lookup(json_lookup(piece, "SpecialToken"), "id"));
        const struct json *ids =
            name.data ? json_lookup(json_lookup(tokens, name.data), "ids") : NULL;

        if (json_lookup(piece, "Sequence"))
            marks = &self->after;
        else if (json_count(ids) == 0)
            status = broken("its post-processor", err);
        for (size_t k = 0; k < json_count(ids) && !status; k++)
            status = add_mark(marks, json_read_integer(json_at(ids, k), -1), err);
    }
    return status;
}

static enum status read_marks_part(struct tokenizer *self, const struct json *part,
                                   struct error *err)
{
    enum status status;

    if (tokenizer_json_has_type(part, "ByteLevel"))
        return STATUS_OK; /* about offsets alone */
    if (tokenizer_json_has_type(part, "TemplateProcessing"))
        return read_template(self, part, err);
    if (!tokenizer_json_has_type(part, "BertProcessing") &&
        !tokenizer_json_has_type(part, "RobertaProcessing"))
        return tokenizer_json_unknown("post-processor", part, err);
    status =
        add_mark(&self->before, json_read_integer(json_at(json_lookup(part, "cls"), 1), -1), err);
    return status ? status
                  : add_mark(&self->after,
                             json_read_integer(json_at(json_lookup(part, "sep"), 1), -1), err);
}

/* A file without a post-processor, as early ones of BERT. */
static enum status take_bert_marks(struct tokenizer *self, struct error *err)
{
    int64_t first = find_token(self, (struct span){ "[CLS]", 5 });
    int64_t last = find_token(self, (struct span){ "[SEP]", 5 });
    enum status status;

    if (first < 0 || last < 0)
        return error_set(err, STATUS_UNSUPPORTED,
                         "tokenizer.json: its vocabulary has no [CLS] or no [SEP]");
    status = add_mark(&self->before, first, err);
    return status ? status : add_mark(&self->after, last, err);
}

static enum status read_marks(struct tokenizer *self, const struct json *part, struct error *err)
{
    const struct json *parts = json_lookup(part, "processors");
    enum status status = STATUS_OK;

    if (json_kind(part) == JSON_KIND_NONE || json_kind(part) == JSON_KIND_NULL)
        return self->model == MODEL_WORDPIECE ? take_bert_marks(self, err) : STATUS_OK;
    if (!tokenizer_json_has_type(part, "Sequence"))
        return read_marks_part(self, part, err);
    for (size_t i = 0; i < json_count(parts) && !status; i++)
        status = read_marks_part(self, json_at(parts, i), err);
    return status;
}

/* ---- the whole ---- */

static int64_t read_padding(const struct tokenizer *self, const struct json *root)
{
    static const struct span usual[] = { { "[PAD]", 5 }, { "<pad>", 5 } };
    int64_t id = json_read_integer(json_lookup(json_lookup(root, "padding"), "pad_id"),
                                   TOKENIZER_TOKEN_NONE);

    for (size_t i = 0; i < 2 && id < 0; i++)
        id = find_token(self, usual[i]);
    return id < 0 ? 0 : id;
}

static bool goes_together(const struct tokenizer *self)
{
    bool has_words = self->words == WORDS_BERT || self->words == WORDS_PATTERNS;

    if (self->model == MODEL_WORDPIECE || self->model == MODEL_WORDS)
        return has_words && !self->is_over_bytes;
    return self->words != WORDS_BERT;
}

enum status tokenizer_json_read(struct tokenizer *self, struct span file, struct error *err)
{
    static const char *const names[] = { "model", NULL };
    CLEANUP(json_free_ptr) struct json *root = NULL;
    struct span model = { NULL, 0 };
    enum status status = take_out(file, names, &model, &root, err);

    self->unknown = TOKENIZER_TOKEN_NONE;
    if (!status)
        status = tokenizer_json_read_words(self, json_lookup(root, "pre_tokenizer"), err);
    if (!status)
        status = read_normalizer(self, json_lookup(root, "normalizer"), err);
    if (!status)
        status = read_model(self, model, err);
    if (!status && !goes_together(self))
        status = error_set(err, STATUS_UNSUPPORTED,
                           "tokenizer.json: its model and its pre-tokenizer do not go together");
    if (!status)
        status = read_marks(self, json_lookup(root, "post_processor"), err);
    if (status)
        return status;
    find_bytes(self);
    self->padding = read_padding(self, root);
    hide_marks(self, json_lookup(root, "added_tokens"));
    return STATUS_OK;
}
