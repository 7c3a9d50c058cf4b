#include "extractors/pdf/pdf_syntax.h"

#include <string.h>

#define DIGITS_MAX 18

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool is_delimiter(char c)
{
    return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
           c == '}' || c == '/' || c == '%';
}

static size_t skip_regular(struct span in, size_t at)
{
    while (at < in.len && !is_space(in.data[at]) && !is_delimiter(in.data[at]))
        at++;
    return at;
}

size_t pdf_skip_space(struct span in, size_t at)
{
    for (;;) {
        while (at < in.len && is_space(in.data[at]))
            at++;
        if (at == in.len || in.data[at] != '%')
            return at;
        while (at < in.len && in.data[at] != '\n' && in.data[at] != '\r')
            at++;
    }
}

bool pdf_read_integer(struct span in, size_t *at, uint64_t *out)
{
    size_t start = pdf_skip_space(in, *at), end = skip_regular(in, start);
    uint64_t value = 0;

    if (end == start || end - start > DIGITS_MAX)
        return false;
    for (size_t i = start; i < end; i++) {
        if (in.data[i] < '0' || in.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(in.data[i] - '0');
    }
    *at = end;
    *out = value;
    return true;
}

bool pdf_read_number(struct span in, size_t *at, double *out)
{
    size_t i = pdf_skip_space(in, *at), digits = 0;
    double value = 0.0, unit = 1.0;
    bool is_negative = false, has_point = false;

    for (; i < in.len && (in.data[i] == '+' || in.data[i] == '-'); i++)
        is_negative |= in.data[i] == '-';
    for (; i < in.len; i++) {
        char c = in.data[i];

        if (c >= '0' && c <= '9' && ++digits <= DIGITS_MAX) {
            value = value * 10.0 + (c - '0');
            unit *= has_point ? 10.0 : 1.0;
        } else if (c == '.' && !has_point) {
            has_point = true;
        } else if (c < '0' || c > '9') {
            break;
        }
    }
    if (digits == 0 || (i < in.len && !is_space(in.data[i]) && !is_delimiter(in.data[i])))
        return false;
    *at = i;
    *out = (is_negative ? -value : value) / unit;
    return true;
}

bool pdf_read_word(struct span in, size_t *at, const char *word)
{
    size_t start = pdf_skip_space(in, *at), end = skip_regular(in, start);

    if (end - start != strlen(word) || memcmp(in.data + start, word, end - start) != 0)
        return false;
    *at = end;
    return true;
}

static bool skip_string(struct span in, size_t *at)
{
    size_t depth = 0;

    for (size_t i = *at; i < in.len; i++) {
        if (in.data[i] == '\\') {
            i++;
        } else if (in.data[i] == '(') {
            depth++;
        } else if (in.data[i] == ')' && --depth == 0) {
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static bool skip_hex_string(struct span in, size_t *at)
{
    const char *end = memchr(in.data + *at, '>', in.len - *at);

    if (!end)
        return false;
    *at = (size_t)(end - in.data) + 1;
    return true;
}

static bool starts_with(struct span in, size_t at, const char *two)
{
    return in.len - at >= 2 && memcmp(in.data + at, two, 2) == 0;
}

/* "0 R" behind an integer makes it a reference. */
static void skip_rest_of_reference(struct span in, size_t *at)
{
    uint64_t generation;
    size_t end = *at;

    if (pdf_read_integer(in, &end, &generation) && pdf_read_word(in, &end, "R"))
        *at = end;
}

/* One token; brackets count in *depth. */
static bool skip_token(struct span in, size_t *at, size_t *depth)
{
    size_t start = *at;
    uint64_t number;

    switch (in.data[start]) {
    case '(':
        return skip_string(in, at);
    case '[':
        ++*depth;
        ++*at;
        return true;
    case '<':
        if (!starts_with(in, start, "<<"))
            return skip_hex_string(in, at);
        ++*depth;
        *at += 2;
        return true;
    case ']':
    case '>':
        if (*depth == 0 || (in.data[start] == '>' && !starts_with(in, start, ">>")))
            return false;
        --*depth;
        *at += in.data[start] == '>' ? 2 : 1;
        return true;
    case '/':
        *at = skip_regular(in, start + 1);
        return true;
    default:
        if (*depth == 0 && pdf_read_integer(in, at, &number)) {
            skip_rest_of_reference(in, at);
            return true;
        }
        *at = skip_regular(in, start);
        return *at > start;
    }
}

bool pdf_skip_object(struct span in, size_t *at)
{
    size_t depth = 0, end = *at;

    do {
        end = pdf_skip_space(in, end);
        if (end == in.len || !skip_token(in, &end, &depth))
            return false;
    } while (depth > 0);
    *at = end;
    return true;
}

bool pdf_read_dict(struct span in, size_t *at, struct span *out)
{
    size_t start = pdf_skip_space(in, *at), end = start;

    if (start == in.len || !starts_with(in, start, "<<") || !pdf_skip_object(in, &end) ||
        end - start < 4)
        return false;
    *out = (struct span){ in.data + start + 2, end - start - 4 };
    *at = end;
    return true;
}

bool pdf_next_pair(struct span dict, size_t *at, struct pdf_pair *out)
{
    size_t key = pdf_skip_space(dict, *at), value, end;

    if (key == dict.len) {
        *at = key;
        return false;
    }
    if (dict.data[key] != '/')
        return false;
    end = skip_regular(dict, key + 1);
    value = pdf_skip_space(dict, end);
    out->key = (struct span){ dict.data + key + 1, end - key - 1 };
    end = value;
    if (value == dict.len || !pdf_skip_object(dict, &end))
        return false;
    out->value = (struct span){ dict.data + value, end - value };
    *at = end;
    return true;
}

struct span pdf_dict_find(struct span dict, struct span key)
{
    struct pdf_pair pair;
    size_t at = 0;

    while (pdf_next_pair(dict, &at, &pair))
        if (pair.key.len == key.len && memcmp(pair.key.data, key.data, key.len) == 0)
            return pair.value;
    return (struct span){ "", 0 };
}

bool pdf_is_key(const struct pdf_pair *pair, const char *key)
{
    return pair->key.len == strlen(key) && memcmp(pair->key.data, key, pair->key.len) == 0;
}

bool pdf_is_name(struct span object, const char *name)
{
    size_t length = strlen(name);

    return object.len == length + 1 && object.data[0] == '/' &&
           memcmp(object.data + 1, name, length) == 0;
}

bool pdf_is_integer(struct span object, uint64_t *out)
{
    size_t at = 0;

    return pdf_read_integer(object, &at, out) && at == object.len;
}

bool pdf_read_header(struct span in, size_t *at, uint64_t *number, uint64_t *generation)
{
    size_t end = *at;

    if (!pdf_read_integer(in, &end, number) || !pdf_read_integer(in, &end, generation))
        return false;
    /* "12 0 obj<<" and "12 0 obj[" are usual, "12 0 obj5" is not taken. */
    if (!pdf_read_word(in, &end, "obj"))
        return false;
    *at = end;
    return true;
}

bool pdf_read_stream_start(struct span in, size_t *at)
{
    size_t end = *at;

    /* 7.3.8.1: the keyword, then CR LF or LF. A CR alone is met as well. */
    if (!pdf_read_word(in, &end, "stream"))
        return false;
    while (end < in.len && (in.data[end] == ' ' || in.data[end] == '\t'))
        end++;
    if (end < in.len && in.data[end] == '\r')
        end++;
    if (end < in.len && in.data[end] == '\n')
        end++;
    *at = end;
    return true;
}
