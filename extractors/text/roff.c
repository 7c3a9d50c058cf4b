#include "extractors/text/roff.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MACRO_DEPTH_MAX    8u
#define DEFINE_BYTES_MAX   ((size_t)16 << 10)
#define NUMBER_MAX         1000000L
#define EXPANDED_BYTES_MAX ((size_t)4 << 20)

bool roff_is(struct span name, const char *macro)
{
    return name.len == strlen(macro) && memcmp(name.data, macro, name.len) == 0;
}

bool roff_spend(struct roff *roff, size_t bytes)
{
    roff->expanded_bytes += bytes + 1;
    return roff->expanded_bytes <= EXPANDED_BYTES_MAX;
}

/* ---- arguments ---- */

/* "a \"two words\" c\ d": quotes hold words together, and so does an escaped space. */
void roff_split(struct span line, struct roff_arguments *out)
{
    size_t at = 0;

    out->count = 0;
    while (out->count < ROFF_ARGUMENTS_SPLIT) {
        bool is_quoted;
        size_t start;

        while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
            at++;
        if (at >= line.len || markup_starts(markup_from(line, at), "\\\""))
            return;
        if (out->count + 1 == ROFF_ARGUMENTS_SPLIT) { /* more than we tell apart */
            out->words[out->count++] = markup_from(line, at);
            return;
        }
        is_quoted = line.data[at] == '"';
        at += is_quoted;
        start = at;
        while (at < line.len &&
               (is_quoted ? line.data[at] != '"' || (at + 1 < line.len && line.data[at + 1] == '"')
                          : line.data[at] != ' ' && line.data[at] != '\t')) {
            if (is_quoted && line.data[at] == '"')
                at++;
            at += line.data[at] == '\\' && at + 1 < line.len ? 2 : 1;
        }
        out->words[out->count++] = (struct span){ line.data + start, at - start };
        at += is_quoted && at < line.len;
    }
}

/* ---- strings and macros ---- */

const struct roff_define *roff_lookup(const struct roff *roff, struct span name)
{
    for (size_t i = roff->define_count; i-- > 0;)
        if (roff->defines[i].name.len == name.len &&
            memcmp(roff->defines[i].name.data, name.data, name.len) == 0)
            return &roff->defines[i];
    return NULL;
}

/* In copy mode "\\" is "\": what a body says is said once it is used. */
static void append_copied(struct buf *out, struct span body)
{
    for (size_t i = 0; i < body.len; i++) {
        buf_append_char(out, body.data[i]);
        if (body.data[i] == '\\' && i + 1 < body.len && body.data[i + 1] == '\\')
            i++;
    }
}

/* The entry of that name, made when there is none; NULL: there are too many. */
static struct roff_define *place_define(struct roff *roff, struct span name)
{
    struct roff_define *entry;

    for (size_t i = 0; i < roff->define_count; i++)
        if (roff->defines[i].name.len == name.len &&
            memcmp(roff->defines[i].name.data, name.data, name.len) == 0)
            return &roff->defines[i];
    if (roff->define_count == ROFF_DEFINES_MAX || name.len == 0)
        return NULL;
    entry = &roff->defines[roff->define_count++];
    *entry = (struct roff_define){ .name = BUF_INIT(DEFINE_BYTES_MAX),
                                   .value = BUF_INIT(DEFINE_BYTES_MAX) };
    buf_append(&entry->name, name.data, name.len);
    return entry;
}

static void define(struct roff *roff, struct span name, struct span value, bool is_macro,
                   bool is_appended)
{
    struct roff_define *entry = value.len <= DEFINE_BYTES_MAX ? place_define(roff, name) : NULL;

    if (!entry)
        return;
    if (!is_appended)
        buf_clear(&entry->value);
    entry->is_macro = is_macro;
    append_copied(&entry->value, value);
}

/* "\$1" ... "\$9", "\$*", "\$@" */
static void append_expanded(struct buf *out, struct span body,
                            const struct roff_arguments *arguments)
{
    for (size_t i = 0; i < body.len; i++) {
        char c = i + 2 < body.len + 1 && body.data[i] == '\\' && i + 1 < body.len &&
                         body.data[i + 1] == '$' && i + 2 < body.len
                     ? body.data[i + 2]
                     : 0;

        if (isdigit((unsigned char)c)) {
            size_t index = (size_t)(c - '0');

            if (index > 0 && index <= arguments->count)
                buf_append(out, arguments->words[index - 1].data, arguments->words[index - 1].len);
            i += 2;
        } else if (c == '*' || c == '@') {
            for (size_t k = 0; k < arguments->count; k++) {
                if (k > 0)
                    buf_append_char(out, ' ');
                buf_append(out, arguments->words[k].data, arguments->words[k].len);
            }
            i += 2;
        } else {
            buf_append_char(out, body.data[i]);
        }
    }
}

static void run_input(struct roff *roff);

static void expand(struct roff *roff, const struct roff_define *macro,
                   const struct roff_arguments *arguments)
{
    CLEANUP(buf_release) struct buf body = BUF_INIT(DEFINE_BYTES_MAX * 4);
    struct span outer = roff->input;
    size_t at = roff->at;

    append_expanded(&body, buf_span(&macro->value), arguments);
    if (roff->depth >= MACRO_DEPTH_MAX || !roff_spend(roff, body.len))
        return;
    roff->depth++;
    roff->input = buf_span(&body);
    roff->at = 0;
    run_input(roff);
    roff->depth--;
    roff->input = outer;
    roff->at = at;
}

/* ---- requests ---- */

static bool next_line(struct roff *roff, struct span *line)
{
    const char *newline;
    size_t end;

    if (roff->at >= roff->input.len || writer_is_full(roff->markup->writer))
        return false;
    newline = memchr(roff->input.data + roff->at, '\n', roff->input.len - roff->at);
    end = newline ? (size_t)(newline - roff->input.data) : roff->input.len;
    *line = (struct span){ roff->input.data + roff->at, end - roff->at };
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    roff->at = newline ? end + 1 : end;
    return true;
}

static bool is_request(struct span line)
{
    return line.len > 0 && (line.data[0] == '.' || line.data[0] == '\'');
}

/* Splits ".  SH NAME" into "SH" and " NAME". */
static struct span take_request(struct span line, struct span *rest)
{
    size_t start = 1, end;

    while (start < line.len && (line.data[start] == ' ' || line.data[start] == '\t'))
        start++;
    end = start;
    while (end < line.len && !isspace((unsigned char)line.data[end]) &&
           !(line.data[end] == '\\' && end + 1 < line.len && strchr("\"{}", line.data[end + 1])))
        end++;
    *rest = markup_from(line, end);
    return (struct span){ line.data + start, end - start };
}

struct span roff_until(struct roff *roff, const char *name)
{
    size_t start = roff->at, before = start;
    struct span line, rest;

    while (next_line(roff, &line)) {
        if (is_request(line) && roff_is(take_request(line, &rest), name))
            return (struct span){ roff->input.data + start, before - start };
        before = roff->at;
    }
    return (struct span){ roff->input.data + start, roff->at - start };
}

static void define_macro(struct roff *roff, const struct roff_arguments *arguments,
                         bool is_appended)
{
    char end[16] = ".";
    struct span body;

    if (arguments->count > 1 && arguments->words[1].len < sizeof(end)) {
        memcpy(end, arguments->words[1].data, arguments->words[1].len);
        end[arguments->words[1].len] = '\0';
    }
    body = roff_until(roff, end);
    if (arguments->count > 0)
        define(roff, arguments->words[0], body, true, is_appended);
}

/* ".ds name value": one quote in front of the value is not part of it. */
static void define_string(struct roff *roff, struct span rest, bool is_appended)
{
    struct span name = markup_trim(rest), value;
    size_t length = 0;

    while (length < name.len && !isspace((unsigned char)name.data[length]))
        length++;
    value = markup_trim(markup_from(name, length));
    name.len = length;
    if (value.len > 0 && value.data[0] == '"')
        value = markup_from(value, 1);
    define(roff, name, value, false, is_appended);
}

/* ".als new old" */
static void define_alias(struct roff *roff, const struct roff_arguments *arguments)
{
    struct roff_define *entry;
    const struct roff_define *old;

    if (arguments->count < 2 || !roff_lookup(roff, arguments->words[1]))
        return;
    entry = place_define(roff, arguments->words[0]);
    old = roff_lookup(roff, arguments->words[1]);
    if (!entry || entry == old)
        return;
    buf_clear(&entry->value);
    buf_append(&entry->value, old->value.data, old->value.len);
    entry->is_macro = old->is_macro;
}

/* ---- registers ---- */

static struct roff_register *lookup_register(struct roff *roff, struct span name)
{
    for (size_t i = 0; i < roff->register_count; i++)
        if (roff_is(name, roff->registers[i].name))
            return &roff->registers[i];
    return NULL;
}

long roff_register(struct roff *roff, struct span name, char step)
{
    struct roff_register *entry = lookup_register(roff, name);

    if (!entry)
        return roff_is(name, ".g"); /* as groff */
    if (step == '+')
        entry->value += entry->step;
    else if (step == '-')
        entry->value -= entry->step;
    if (labs(entry->value) > NUMBER_MAX)
        entry->value = 0;
    return entry->value;
}

static long to_number(struct roff *roff, struct span text)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(64);
    long value;

    (void)roff_resolve(roff, text, &words);
    value = strtol(words.data, NULL, 10);
    return labs(value) > NUMBER_MAX ? 0 : value;
}

/* ".nr name [+-]value [step]" */
static void define_register(struct roff *roff, const struct roff_arguments *arguments)
{
    struct span name = arguments->words[0];
    struct roff_register *entry;
    long value;

    if (arguments->count < 2 || name.len == 0 || name.len >= sizeof(entry->name))
        return;
    value = to_number(roff, arguments->words[1]);
    entry = lookup_register(roff, name);
    if (!entry) {
        if (roff->register_count == ROFF_REGISTERS_MAX)
            return;
        entry = &roff->registers[roff->register_count++];
        memcpy(entry->name, name.data, name.len);
        entry->name[name.len] = '\0';
    }
    entry->value = strchr("+-", arguments->words[1].data[0]) && arguments->words[1].len > 0
                       ? entry->value + value
                       : value;
    if (arguments->count > 2)
        entry->step = to_number(roff, arguments->words[2]);
}

/* ---- conditions ---- */

/* Up to the next mark, resolved; *at is left behind the mark. */
static void take_part(struct roff *roff, struct span text, char mark, size_t *at, struct buf *out)
{
    const char *end = *at < text.len ? memchr(text.data + *at, mark, text.len - *at) : NULL;
    size_t stop = end ? (size_t)(end - text.data) : text.len;

    if (*at < stop)
        (void)roff_resolve(roff, (struct span){ text.data + *at, stop - *at }, out);
    *at = end ? stop + 1 : text.len;
}

/* 'a'b': true when both are the same. */
static bool compare_strings(struct roff *roff, struct span text, size_t *length)
{
    CLEANUP(buf_release) struct buf left = BUF_INIT(1024);
    CLEANUP(buf_release) struct buf right = BUF_INIT(1024);

    *length = 1;
    take_part(roff, text, text.data[0], length, &left);
    take_part(roff, text, text.data[0], length, &right);
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

static long take_number(const char *text, const char **end)
{
    char *stop;
    long value = strtol(text, &stop, 10);

    if (stop > text && strchr("ivnmupcPz", *stop) && *stop)
        stop++; /* a unit */
    *end = stop;
    return value;
}

/* No precedence, as roff has none. */
static bool compare_numbers(struct roff *roff, struct span text)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(1024);
    const char *at;
    long value;

    (void)roff_resolve(roff, text, &words);
    at = words.data;
    while (*at == '(')
        at++;
    value = take_number(at, &at);
    while (*at && strchr("<>=+-&:", *at)) {
        char operation = *at++;
        bool or_equal = *at == '=' && strchr("<>", operation);
        long other = (at += *at == '=', take_number(at, &at));

        switch (operation) {
        case '<':
            value = or_equal ? value <= other : value < other;
            break;
        case '>':
            value = or_equal ? value >= other : value > other;
            break;
        case '=':
            value = value == other;
            break;
        case '&':
            value = value && other;
            break;
        case ':':
            value = value || other;
            break;
        default:
            return value != 0;
        }
    }
    return value > 0;
}

/* The condition's value; *rest is what is behind it. */
static bool decide(struct roff *roff, struct span text, struct span *rest)
{
    bool is_negated = false, value;
    size_t length = 0;

    text = markup_trim(text);
    while (text.len > 0 && text.data[0] == '!') {
        is_negated = !is_negated;
        text = markup_trim(markup_from(text, 1));
    }
    if (text.len == 0) {
        *rest = text;
        return false;
    }
    if (strchr("ntoev", text.data[0])) {
        value = text.data[0] == 'n' || text.data[0] == 'o';
        length = 1;
    } else if (strchr("drmFSc", text.data[0]) && text.len > 1 && !strchr("'\\", text.data[1])) {
        size_t start = 1;

        while (start < text.len && text.data[start] == ' ')
            start++;
        length = start;
        while (length < text.len && !isspace((unsigned char)text.data[length]))
            length++;
        value = text.data[0] == 'c' ||
                roff_lookup(roff, (struct span){ text.data + start, length - start }) != NULL;
    } else if (isdigit((unsigned char)text.data[0]) || strchr("\\(-+", text.data[0])) {
        while (length < text.len && !isspace((unsigned char)text.data[length]) &&
               !markup_starts(markup_from(text, length), "\\{"))
            length++;
        value = compare_numbers(roff, (struct span){ text.data, length });
    } else {
        value = compare_strings(roff, text, &length);
    }
    *rest = markup_trim(markup_from(text, length));
    return value != is_negated;
}

static int braces_of(struct span line)
{
    int depth = 0;

    for (size_t i = 0; i + 1 < line.len; i++)
        if (line.data[i] == '\\') {
            depth += line.data[i + 1] == '{' ? 1 : line.data[i + 1] == '}' ? -1 : 0;
            i++;
        }
    return depth;
}

static void run_line(struct roff *roff, struct span line);

static void run_branch(struct roff *roff, struct span rest, bool is_taken)
{
    if (is_taken) {
        if (markup_starts(rest, "\\{"))
            rest = markup_from(rest, 2);
        if (markup_starts(rest, "\\")) /* "\{\" goes on in the next line */
            rest = rest.len == 1 ? markup_from(rest, 1) : rest;
        if (markup_trim(rest).len > 0 && ++roff->depth <= MACRO_DEPTH_MAX + ROFF_NESTING_MAX) {
            run_line(roff, markup_trim(rest));
            roff->depth--;
        }
        return;
    }
    for (int depth = braces_of(rest); depth > 0;) {
        struct span line;

        if (!next_line(roff, &line))
            return;
        depth += braces_of(line);
    }
}

static void run_if(struct roff *roff, struct span rest, bool has_else)
{
    struct span branch;
    bool is_taken = decide(roff, rest, &branch);

    if (has_else && roff->condition_count < ROFF_NESTING_MAX)
        roff->conditions[roff->condition_count++] = is_taken;
    run_branch(roff, branch, is_taken);
}

static void run_else(struct roff *roff, struct span rest)
{
    bool was_taken = true;

    if (roff->condition_count > 0)
        was_taken = roff->conditions[--roff->condition_count];
    run_branch(roff, markup_trim(rest), !was_taken);
}

/* ---- lines ---- */

/* ".tr \\(*W-": Pod's converter shows an Omega as a dash, which nobody else means. Of other
 * characters only those that have names. */
static void turn_characters(struct roff *roff, struct span rest)
{
    while (rest.len > 4 && markup_starts(rest, "\\(") && roff->turned_count < ROFF_TURNED_MAX &&
           isascii((unsigned char)rest.data[4]) && rest.data[4] != '\\') {
        memcpy(roff->turned[roff->turned_count], rest.data + 2, 2);
        roff->turned_to[roff->turned_count++] = rest.data[4];
        rest = markup_from(rest, 5);
    }
}

/* What has a meaning of its own, or none for a text without a page. */
static bool run_request(struct roff *roff, struct span name, struct span rest)
{
    static const char *const silent[] = { "ne",  "ad",  "na", "hy", "nh", "ps",  "vs",   "ll", "rr",
                                          "rm",  "rn",  "ta", "ti", "in", "ce",  "ss",   "cs", "bd",
                                          "fp",  "fc",  "it", "cp", "wh", "ev",  "mk",   "rt", "lg",
                                          "ns",  "rs",  "bp", "pl", "po", "so",  "hw",   "hc", "pc",
                                          "fam", "ec",  "eo", "cc", "c2", "de1", "warn", "tm", "ab",
                                          "hla", "mso", "nx", "ul" };
    struct roff_arguments arguments;

    if (roff_is(name, "if")) {
        run_if(roff, rest, false);
    } else if (roff_is(name, "ie")) {
        run_if(roff, rest, true);
    } else if (roff_is(name, "el")) {
        run_else(roff, rest);
    } else if (roff_is(name, "de") || roff_is(name, "de1") || roff_is(name, "am")) {
        roff_split(rest, &arguments);
        define_macro(roff, &arguments, roff_is(name, "am"));
    } else if (roff_is(name, "ig")) {
        roff_split(rest, &arguments);
        if (arguments.count > 0) { /* its own end, and no name to keep it under */
            arguments.words[1] = arguments.words[0];
            arguments.words[0] = (struct span){ "", 0 };
            arguments.count = 2;
        }
        define_macro(roff, &arguments, false);
    } else if (roff_is(name, "als")) {
        roff_split(rest, &arguments);
        define_alias(roff, &arguments);
    } else if (roff_is(name, "nr")) {
        roff_split(rest, &arguments);
        define_register(roff, &arguments);
    } else if (roff_is(name, "ds") || roff_is(name, "as") || roff_is(name, "ds1")) {
        define_string(roff, rest, roff_is(name, "as"));
    } else if (roff_is(name, "nf") || roff_is(name, "EX")) {
        roff_flush(roff);
        roff->is_verbatim = true;
    } else if (roff_is(name, "fi") || roff_is(name, "EE")) {
        roff_flush(roff);
        roff->is_verbatim = false;
    } else if (roff_is(name, "ft")) {
        roff_set_font(roff, markup_trim(rest));
    } else if (roff_is(name, "tr")) {
        turn_characters(roff, markup_trim(rest));
    } else if (roff_is(name, "br")) {
        if (!roff->is_verbatim && roff->markup->pending.len > 0)
            buf_append_char(&roff->markup->pending, ROFF_BREAK);
    } else {
        for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
            if (roff_is(name, silent[i]))
                return true;
        return false;
    }
    return true;
}

static void run_line(struct roff *roff, struct span line)
{
    struct roff_arguments arguments;
    const struct roff_define *macro;
    struct span name, rest;

    if (!is_request(line)) {
        roff->text(roff, line);
        return;
    }
    name = take_request(line, &rest);
    if (name.len == 0 || name.data[0] == '\\')
        return; /* a comment, ".\}" */
    macro = roff_lookup(roff, name);
    if (macro && macro->is_macro) {
        roff_split(rest, &arguments);
        expand(roff, macro, &arguments);
    } else if (!run_request(roff, name, rest)) {
        roff_split(rest, &arguments);
        roff->macro(roff, name, &arguments);
    }
}

static void run_input(struct roff *roff)
{
    struct span line;

    while (next_line(roff, &line))
        run_line(roff, line);
}

void roff_run(struct roff *roff)
{
    roff->input = roff->markup->text;
    run_input(roff);
    roff_flush(roff);
}

void roff_release(struct roff *roff)
{
    for (size_t i = 0; i < roff->define_count; i++) {
        buf_release(&roff->defines[i].name);
        buf_release(&roff->defines[i].value);
    }
    buf_release(&roff->code);
}

/* ---- what is written ---- */

void roff_add(struct roff *roff, struct span resolved)
{
    struct buf *out = roff->is_verbatim ? &roff->code : &roff->markup->pending;

    if (out->len > 0 && !roff->is_joined && out->data[out->len - 1] != ROFF_BREAK)
        buf_append_char(out, '\n');
    buf_append(out, resolved.data, resolved.len);
    roff->is_joined = false;
}

void roff_flush(struct roff *roff)
{
    if (roff->code.len > 0) {
        struct span lines;

        roff_drop_looks(&roff->code, 0);
        lines = buf_span(&roff->code);
        for (size_t i = 0; i < roff->code.len; i++)
            if (roff->code.data[i] > 0 && roff->code.data[i] <= ROFF_NO_BREAK)
                roff->code.data[i] = ' ';
        if (markup_trim(lines).len > 0)
            markup_code(roff->markup, (struct span){ "", 0 }, lines);
        buf_clear(&roff->code);
    }
    if (roff->markup->kind == BLOCK_HEADING || roff->markup->kind == BLOCK_TITLE)
        roff_drop_looks(&roff->markup->pending, 0);
    markup_flush(roff->markup);
    roff->is_joined = false;
}
