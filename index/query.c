#include "index/query.h"

#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "index/stop_words.h"
#include "index/tokenizer.h"

/* Invalid bytes become U+FFFD, control characters spaces; cut at a character. */
static enum status clean(struct span text, struct buf *out, struct error *err)
{
    if (text.len > QUERY_BYTES_MAX)
        text.len = QUERY_BYTES_MAX;
    while (text.len > 0) {
        uint32_t c;
        size_t len = utf8_decode(text, &c);

        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            buf_append_char(out, ' ');
        else
            utf8_append(out, c);
        text = (struct span){ text.data + len, text.len - len };
    }
    return buf_status(out, err);
}

static bool is_space(struct span text, size_t *len)
{
    uint32_t c;

    *len = utf8_decode(text, &c);
    return c == ' ' || c == 0x3000 || (c >= 0x2000 && c <= 0x200a) || c == 0xa0;
}

/* Straight or typographic; 0: none. */
static size_t quote_length(struct span text)
{
    uint32_t c;
    size_t len = utf8_decode(text, &c);

    return c == '"' || (c >= 0x201c && c <= 0x201f) ? len : 0;
}

static struct span skip(struct span text, size_t len)
{
    return (struct span){ text.data + len, text.len - len };
}

static bool same_term(const struct query_term *a, const struct query_term *b)
{
    return a->key == b->key && a->field == b->field && a->is_prefix == b->is_prefix &&
           a->is_excluded == b->is_excluded && a->is_phrase == b->is_phrase;
}

static const struct tokenizer_options of_query = { .is_query = true };

static int fold_into_key(void *user, const struct token *token)
{
    uint64_t *key = user;

    if (!token->is_whole)
        *key = (*key ^ hash_table_key(token->word)) * 0x100000001b3u;
    return 0;
}

static int look_for_more(void *user, const struct token *token)
{
    bool *is_one = user;

    *is_one = token->start == 0 && token->is_ideograph && utf8_length(token->word) == 1;
    return !*is_one;
}

/* One character of a script without spaces: it stands in pairs, at the front or the end. */
static bool is_one_ideograph(struct span text)
{
    bool is_one = false;

    (void)tokenizer_run(text, &of_query, look_for_more, &is_one);
    return is_one;
}

static void put_in(struct query *query, const struct query_term *given)
{
    struct query_term term = *given;

    term.is_prefix |= is_one_ideograph(term.text);

    if (query->term_count == QUERY_TERMS_MAX)
        return;
    term.key = 1;
    (void)tokenizer_run(term.text, &of_query, fold_into_key, &term.key);
    if (term.key == 1)
        return; /* no word in it */
    for (size_t i = 0; i < query->term_count; i++) {
        if (same_term(&query->terms[i], &term)) {
            query->terms[i].is_required |= term.is_required;
            return;
        }
    }
    query->terms[query->term_count++] = term;
}

struct splitting {
    struct query *query;
    struct query_term term;
    unsigned words;
    bool has_whole;
};

static int count_word(void *user, const struct token *token)
{
    struct splitting *splitting = user;

    splitting->words += !token->is_whole;
    splitting->has_whole |= token->is_whole;
    return 0;
}

static int put_word(void *user, const struct token *token)
{
    struct splitting *splitting = user;
    struct query_term part = splitting->term;

    if (token->is_whole)
        return 0;
    part.text =
        (struct span){ splitting->term.text.data + token->start, token->end - token->start };
    put_in(splitting->query, &part);
    return 0;
}

/* What is only wanted is looked for by its parts: "low-cost", a Chinese sentence, getUserById (and
 * the whole of that too). What must or must not be there is taken as it is written. */
static void add_term(struct query *query, const struct query_term *term)
{
    struct splitting splitting = { .query = query, .term = *term };

    if (term->is_phrase || term->is_prefix || term->is_required || term->is_excluded) {
        put_in(query, term);
        return;
    }
    (void)tokenizer_run(term->text, &of_query, count_word, &splitting);
    if (splitting.words == 1 || splitting.has_whole)
        put_in(query, term);
    if (splitting.words > 1)
        (void)tokenizer_run(term->text, &of_query, put_word, &splitting);
}

static bool starts_with(struct span text, const char *word)
{
    size_t len = strlen(word);

    return text.len > len && memcmp(text.data, word, len) == 0;
}

/* "title:" and the like, only when something follows: "title: x" is a word. */
static size_t field_length(struct span text, enum query_field *field)
{
    static const struct {
        const char *name;
        enum query_field field;
    } fields[] = { { "title:", QUERY_TITLE },
                   { "heading:", QUERY_HEADINGS },
                   { "headings:", QUERY_HEADINGS },
                   { "text:", QUERY_TEXT } };

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        size_t len = strlen(fields[i].name), space;

        if (starts_with(text, fields[i].name) && !is_space(skip(text, len), &space)) {
            *field = fields[i].field;
            return len;
        }
    }
    return 0;
}

/* Up to the closing quote, or to the end when there is none. */
static struct span take_phrase(struct span text, struct query_term *term)
{
    size_t len = 0;

    text = skip(text, quote_length(text));
    while (len < text.len && !quote_length(skip(text, len))) {
        uint32_t c;

        len += utf8_decode(skip(text, len), &c);
    }
    term->text = (struct span){ text.data, len };
    term->is_phrase = true;
    text = skip(text, len);
    return text.len ? skip(text, quote_length(text)) : text;
}

static struct span take_word(struct span text, struct query_term *term)
{
    size_t len = 0, step;

    while (len < text.len && !is_space(skip(text, len), &step))
        len += step;
    term->text = (struct span){ text.data, len };
    if (len > 1 && text.data[len - 1] == '*') {
        term->is_prefix = true;
        while (term->text.len > 0 && term->text.data[term->text.len - 1] == '*')
            term->text.len--;
    }
    return skip(text, len);
}

static bool is_word(const struct query_term *term, const char *word)
{
    return !term->is_phrase && !term->is_prefix && !term->is_excluded && !term->is_required &&
           term->field == QUERY_ANY && term->text.len == strlen(word) &&
           memcmp(term->text.data, word, term->text.len) == 0;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "TERMS AND CONDITIONS": then AND is a word like the others. */
static bool is_shouted(struct span text)
{
    bool has_word = false;

    for (size_t i = 0, len; i < text.len; i += len ? len : 1) {
        struct query_term word = { .text = { text.data + i, 0 } };

        for (len = 0; i + len < text.len && is_upper(text.data[i + len]);)
            len++;
        if (text.data[i] >= 'a' && text.data[i] <= 'z')
            return false;
        word.text.len = len;
        has_word |=
            len > 1 && !is_word(&word, "AND") && !is_word(&word, "OR") && !is_word(&word, "NOT");
    }
    return has_word;
}

/* Terms as they are read: what an operator means for one is known when the next one is there. */
struct reading {
    struct query *query;
    struct query_term last; /* read, and not put in */
    bool has_last, has_operators;
    bool is_after_and, is_after_not;
};

static void end_last(struct reading *reading)
{
    if (reading->has_last)
        add_term(reading->query, &reading->last);
    reading->has_last = false;
}

/* AND and NOT in capitals, behind a word that says something: "an AND gate" has none. OR is what
 * all words have anyway. */
static bool take_operator(struct reading *reading, const struct query_term *term)
{
    bool is_behind = reading->has_last && !reading->last.is_excluded &&
                     (reading->last.is_phrase || !stop_word_is(&reading->last));

    if (!reading->has_operators)
        return false;
    if (is_word(term, "OR")) {
        end_last(reading);
        return true;
    }
    if (is_word(term, "AND") && (is_behind || !reading->has_last)) {
        reading->is_after_and = is_behind;
        return true;
    }
    if (is_word(term, "NOT") && (is_behind || reading->query->term_count == 0)) {
        reading->is_after_not = true;
        return true;
    }
    return false;
}

static void take_term(struct reading *reading, struct query_term *term)
{
    if (take_operator(reading, term))
        return;
    if (reading->is_after_not) {
        term->is_excluded = true;
        term->is_required = false;
    }
    if (reading->is_after_and) {
        reading->last.is_required = true;
        term->is_required |= !term->is_excluded;
    }
    reading->is_after_and = reading->is_after_not = false;
    end_last(reading);
    reading->last = *term;
    reading->has_last = true;
}

static struct span read_term(struct reading *reading, struct span text)
{
    struct query_term term = { .field = QUERY_ANY };
    size_t space;

    /* A mark means something only right before a word: "a - b" has none. */
    if (text.len > 1 && (text.data[0] == '-' || text.data[0] == '+') &&
        !is_space(skip(text, 1), &space) && text.data[1] != '-' && text.data[1] != '+') {
        term.is_excluded = text.data[0] == '-';
        term.is_required = text.data[0] == '+';
        text = skip(text, 1);
    }
    text = skip(text, field_length(text, &term.field));
    if (quote_length(text)) {
        text = take_phrase(text, &term);
    } else {
        text = take_word(text, &term);
    }
    take_term(reading, &term);
    return text;
}

/* Whoever asks for phrases alone wants just them. Inside a question they are names and titles,
 * which a document may write in another way: then they are wanted, and so is each of their words.
 */
static void require_phrases(struct query *query)
{
    size_t given = query->term_count;
    bool is_only_phrases = true;

    for (size_t i = 0; i < given; i++)
        is_only_phrases &= query->terms[i].is_phrase || query->terms[i].is_excluded;
    for (size_t i = 0; i < given; i++) {
        struct query_term term = query->terms[i];

        if (!term.is_phrase || term.is_excluded || term.is_required)
            continue;
        query->terms[i].is_required = is_only_phrases;
        term.is_phrase = false;
        if (!is_only_phrases)
            add_term(query, &term);
    }
}

enum status query_parse(struct span text, struct query *out, struct error *err)
{
    struct reading reading = { .query = out };
    struct span rest;
    size_t space;
    enum status status;

    *out = (struct query){ .plain = BUF_INIT(QUERY_BYTES_MAX * 4) };
    status = clean(text, &out->plain, err);
    if (status) {
        query_release(out);
        return status;
    }
    reading.has_operators = !is_shouted(buf_span(&out->plain));
    for (rest = buf_span(&out->plain); rest.len > 0;) {
        if (is_space(rest, &space))
            rest = skip(rest, space);
        else
            rest = read_term(&reading, rest);
    }
    end_last(&reading);
    require_phrases(out);
    for (size_t i = 0; i < out->term_count; i++) {
        out->has_required |= out->terms[i].is_required;
        out->has_excluded |= out->terms[i].is_excluded;
        out->has_wanted |= !out->terms[i].is_excluded;
    }
    return STATUS_OK;
}

void query_release(struct query *query)
{
    buf_release(&query->plain);
}

/* Always a quoted string, so that no character of it is FTS5 syntax. */
void query_term_expression(const struct query_term *term, struct buf *out)
{
    static const char *const fields[] = { [QUERY_ANY] = "",
                                          [QUERY_TEXT] = "text : ",
                                          [QUERY_HEADINGS] = "headings : ",
                                          [QUERY_TITLE] = "title : " };

    buf_append(out, fields[term->field], strlen(fields[term->field]));
    buf_append_char(out, '"');
    for (size_t i = 0; i < term->text.len; i++) {
        if (term->text.data[i] == '"')
            buf_append_char(out, '"');
        buf_append_char(out, term->text.data[i]);
    }
    buf_append(out, term->is_prefix ? "\" *" : "\"", term->is_prefix ? 3 : 1);
}

static void put_list(const struct query *query, const char *between, bool required_only,
                     bool excluded, struct buf *out)
{
    size_t before = out->len;

    for (size_t i = 0; i < query->term_count; i++) {
        const struct query_term *term = &query->terms[i];

        if (term->is_excluded != excluded || (required_only && !term->is_required))
            continue;
        if (out->len > before)
            buf_append(out, between, strlen(between));
        query_term_expression(term, out);
    }
}

void query_required_expression(const struct query *query, struct buf *out)
{
    put_list(query, " AND ", true, false, out);
}

void query_excluded_expression(const struct query *query, struct buf *out)
{
    put_list(query, " OR ", false, true, out);
}

static void put_without_excluded(const struct query *query, struct buf *out)
{
    if (!query->has_excluded)
        return;
    buf_append(out, " NOT (", 6);
    query_excluded_expression(query, out);
    buf_append_char(out, ')');
}

void query_demands_expression(const struct query *query, struct buf *out)
{
    buf_append_char(out, '(');
    query_required_expression(query, out);
    buf_append_char(out, ')');
    put_without_excluded(query, out);
}

void query_match_expression(const struct query *query, struct buf *out)
{
    bool has_optional = false;

    if (!query->has_wanted)
        return;
    for (size_t i = 0; i < query->term_count; i++)
        has_optional |= !query->terms[i].is_excluded && !query->terms[i].is_required;
    buf_append_char(out, '(');
    if (query->has_required) {
        query_required_expression(query, out);
        /* What is only wanted counts in the score: all of it again, any of which will do. */
        if (has_optional) {
            buf_append(out, ") AND (", 7);
            put_list(query, " OR ", false, false, out);
        }
    } else {
        put_list(query, " OR ", false, false, out);
    }
    buf_append_char(out, ')');
    put_without_excluded(query, out);
}
