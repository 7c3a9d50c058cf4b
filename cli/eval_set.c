#include "cli/eval_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

#define FIELDS_MAX 4u

struct reader {
    const char *name;
    struct span rest;
    size_t line_number;
};

/* The next line without its end; blank ones are skipped. */
static bool next_line(struct reader *reader, struct span *line)
{
    while (reader->rest.len > 0) {
        const char *end = memchr(reader->rest.data, '\n', reader->rest.len);
        size_t len = end ? (size_t)(end - reader->rest.data) : reader->rest.len;

        *line = (struct span){ reader->rest.data, len };
        reader->rest.data += len + (end != NULL);
        reader->rest.len -= len + (end != NULL);
        reader->line_number++;
        while (line->len > 0 && strchr(" \r\t", line->data[line->len - 1]) &&
               line->data[line->len - 1])
            line->len--;
        if (line->len > 0)
            return true;
    }
    return false;
}

static enum status at_line(const struct reader *reader, const char *what, struct error *err)
{
    return error_set(err, STATUS_MALFORMED, "%s:%zu: %s", reader->name, reader->line_number, what);
}

static enum status keep(struct eval_set *set, struct span text, struct span *out, struct error *err)
{
    const char *copy = arena_copy(&set->arena, text);

    if (!copy)
        return error_set(err, STATUS_NO_MEMORY, "no memory for questions");
    *out = (struct span){ copy, text.len };
    return STATUS_OK;
}

static enum status add_question(struct eval_set *set, struct span id, struct span text,
                                struct error *err)
{
    struct eval_question *question;
    enum status status;

    if (!array_reserve(&set->questions, &set->capacity, set->count))
        return error_set(err, STATUS_NO_MEMORY, "no memory for questions");
    question = &set->questions[set->count];
    *question = (struct eval_question){ .id = id };
    status = keep(set, id, &question->id, err);
    if (!status)
        status = keep(set, text, &question->text, err);
    set->count += !status;
    return status;
}

static enum status add_wanted(struct eval_set *set, struct eval_question *question,
                              struct span document, struct span quote, unsigned grade,
                              struct error *err)
{
    struct eval_wanted wanted = { .grade = grade };
    enum status status;

    if (document.len == 0 && quote.len == 0)
        return STATUS_OK; /* anything would do */
    status = keep(set, document, &wanted.document, err);

    if (!status)
        status = keep(set, quote, &wanted.quote, err);
    if (status)
        return status;
    if (!array_reserve(&question->wanted, &question->wanted_capacity, question->wanted_count))
        return error_set(err, STATUS_NO_MEMORY, "no memory for questions");
    question->wanted[question->wanted_count++] = wanted;
    return STATUS_OK;
}

/* At most FIELDS_MAX fields, split at tabs; the last one gets the rest. */
static size_t split_fields(struct span line, struct span fields[FIELDS_MAX])
{
    size_t count = 0;

    while (count + 1 < FIELDS_MAX) {
        const char *tab = memchr(line.data, '\t', line.len);

        if (!tab)
            break;
        fields[count++] = (struct span){ line.data, (size_t)(tab - line.data) };
        line.len -= (size_t)(tab - line.data) + 1;
        line.data = tab + 1;
    }
    fields[count++] = line;
    return count;
}

/* ---- questions ---- */

static enum status add_documents(struct eval_set *set, struct eval_question *question,
                                 const struct json *object, struct error *err)
{
    const struct json *list = json_lookup(object, "documents");
    struct span document = json_read_string(json_lookup(object, "document"));
    struct span quote = json_read_string(json_lookup(object, "quote"));
    struct span none = { "", 0 };
    enum status status = STATUS_OK;

    if (document.data || quote.data)
        status = add_wanted(set, question, document.data ? document : none,
                            quote.data ? quote : none, 1, err);
    for (size_t i = 0; i < json_count(list) && !status; i++) {
        document = json_read_string(json_at(list, i));
        if (document.data)
            status = add_wanted(set, question, document, none, 1, err);
    }
    return status;
}

static enum status read_object(struct eval_set *set, const struct reader *reader, struct span line,
                               struct error *err)
{
    struct json *object = NULL;
    struct span id, text;
    struct error problem;
    enum status status = STATUS_OK;

    if (json_parse(line, &object, &problem))
        return at_line(reader, "this is no JSON object", err);
    id = json_read_string(json_lookup(object, "_id"));
    text = json_read_string(json_lookup(object, "text"));
    if (!text.data)
        text = json_read_string(json_lookup(object, "question"));
    if (!id.data)
        id = json_read_string(json_lookup(object, "id"));
    if (!text.data || text.len == 0)
        status = at_line(reader, "there is neither \"question\" nor \"text\" in it", err);
    if (!status)
        status = add_question(set, id.data ? id : (struct span){ "", 0 }, text, err);
    if (!status)
        status = add_documents(set, &set->questions[set->count - 1], object, err);
    json_free(object);
    return status;
}

static enum status read_row(struct eval_set *set, const struct reader *reader, struct span line,
                            struct error *err)
{
    struct span fields[FIELDS_MAX] = { { "", 0 } };
    size_t count = split_fields(line, fields);
    enum status status;

    if (count < 2)
        return at_line(reader, "a question, a tab and a document are wanted, or a JSON object",
                       err);
    status = add_question(set, (struct span){ "", 0 }, fields[0], err);
    return status ? status
                  : add_wanted(set, &set->questions[set->count - 1], fields[1],
                               count > 2 ? fields[2] : (struct span){ "", 0 }, 1, err);
}

/* ---- judgements ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct eval_question *x = a;
    const struct eval_question *y = b;
    size_t len = x->id.len < y->id.len ? x->id.len : y->id.len;
    int order = len ? memcmp(x->id.data, y->id.data, len) : 0;

    return order ? order : (x->id.len > y->id.len) - (x->id.len < y->id.len);
}

static bool read_grade(struct span text, long *out)
{
    char digits[24];
    char *end;

    if (text.len == 0 || text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    *out = strtol(digits, &end, 10);
    return *end == '\0';
}

/* TREC's columns are split at blanks. */
static size_t split_blanks(struct span line, struct span fields[FIELDS_MAX])
{
    size_t count = 0, at = 0;

    while (count < FIELDS_MAX) {
        size_t start;

        while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
            at++;
        if (at == line.len)
            break;
        for (start = at; at < line.len && line.data[at] != ' ' && line.data[at] != '\t';)
            at++;
        fields[count++] = (struct span){ line.data + start, at - start };
    }
    return count;
}

static enum status read_judgement(struct eval_set *set, const struct reader *reader,
                                  struct span line, struct error *err)
{
    struct span fields[FIELDS_MAX] = { { "", 0 } };
    size_t count = split_fields(line, fields);
    struct eval_question key, *question;
    long grade = 0;

    if (count != 3 || !read_grade(fields[2], &grade)) {
        count = split_blanks(line, fields);
        if (count == 4)
            fields[1] = fields[2];
        if (count < 3 || !read_grade(fields[count - 1], &grade))
            return reader->line_number == 1
                       ? STATUS_OK /* a heading */
                       : at_line(reader, "a query, a document and a grade are wanted", err);
    }
    key = (struct eval_question){ .id = fields[0] };
    question =
        set->count ? bsearch(&key, set->questions, set->count, sizeof(key), compare_ids) : NULL;
    if (!question || grade < 1)
        return STATUS_OK;
    return add_wanted(set, question, fields[1], (struct span){ "", 0 },
                      grade > 1000 ? 1000 : (unsigned)grade, err);
}

static void drop_unjudged(struct eval_set *set)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (set->questions[i].wanted_count > 0)
            set->questions[kept++] = set->questions[i];
        else
            set->unjudged++;
    }
    set->count = kept;
}

enum status eval_set_parse(struct span questions, const char *name, struct span judgements,
                           const char *judgements_name, struct eval_set *out, struct error *err)
{
    struct reader reader = { .name = name, .rest = questions };
    struct span line;
    enum status status = STATUS_OK;

    *out = (struct eval_set){ .arena = ARENA_INIT(EVAL_SET_BYTES_MAX) };
    while (!status && next_line(&reader, &line))
        status = line.data[0] == '{' ? read_object(out, &reader, line, err)
                                     : read_row(out, &reader, line, err);
    if (!status && judgements.len > 0 && out->count > 1)
        qsort(out->questions, out->count, sizeof(*out->questions), compare_ids);
    reader = (struct reader){ .name = judgements_name, .rest = judgements };
    while (!status && next_line(&reader, &line))
        status = read_judgement(out, &reader, line, err);
    if (status) {
        eval_set_release(out);
        return status;
    }
    drop_unjudged(out);
    return STATUS_OK;
}

void eval_set_release(struct eval_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->questions[i].wanted);
    free(set->questions);
    arena_release(&set->arena);
    *set = (struct eval_set){ .questions = NULL };
}

/* ---- is it that one? ---- */

static bool is_end(struct span wanted, struct span path)
{
    if (wanted.len == 0 || wanted.len > path.len ||
        memcmp(path.data + path.len - wanted.len, wanted.data, wanted.len) != 0)
        return false;
    return wanted.len == path.len || wanted.data[0] == '/' ||
           path.data[path.len - wanted.len - 1] == '/';
}

bool eval_is_document(struct span wanted, struct span path)
{
    struct span stem = path;

    if (wanted.len == 0 || is_end(wanted, path))
        return true;
    while (stem.len > 0 && stem.data[stem.len - 1] != '.' && stem.data[stem.len - 1] != '/')
        stem.len--;
    if (stem.len == 0 || stem.data[stem.len - 1] != '.')
        return false;
    stem.len--;
    return is_end(wanted, stem);
}

static unsigned char folded(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static void skip_blanks(struct span text, size_t *at)
{
    while (*at < text.len && is_blank(text.data[*at]))
        ++*at;
}

static bool stands_at(struct span quote, struct span text, size_t at)
{
    size_t i = 0;

    for (;;) {
        bool is_gap = i < quote.len && is_blank(quote.data[i]);

        skip_blanks(quote, &i);
        if (i == quote.len)
            return true;
        if (is_gap && (at == text.len || !is_blank(text.data[at])))
            return false;
        if (is_gap)
            skip_blanks(text, &at);
        if (at == text.len || folded(text.data[at]) != folded(quote.data[i]))
            return false;
        at++;
        i++;
    }
}

bool eval_has_quote(struct span quote, struct span text)
{
    size_t start = 0;

    skip_blanks(quote, &start);
    quote = (struct span){ quote.data + start, quote.len - start };
    if (quote.len == 0)
        return true;
    for (size_t at = 0; at < text.len; at++)
        if (folded(text.data[at]) == folded(quote.data[0]) && stands_at(quote, text, at))
            return true;
    return false;
}
