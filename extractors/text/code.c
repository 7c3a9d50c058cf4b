/*
 * code.c - source code and data files, cut at their top-level units, each with its comment in
 * front.
 *
 * The text is the file itself. No parser: lines, and for languages with braces the depth of these,
 * outside of strings and comments. Where that goes wrong (a macro, a regular expression) a brace
 * that closes at the margin puts it right again.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/common/charset.h"
#include "extractors/extractors.h"
#include "extractors/text/code.h"
#include "extractors/text/log_line.h"

#define UNIT_BYTES_MAX  6000u /* larger classes and namespaces are cut at their members */
#define GROUP_BYTES_MAX 1500u /* small things that stand together are one unit up to this */
#define DEPTH_MAX       3u    /* namespace, class, inner class */
#define LOG_LINES_SEEN  200u

enum scan_state { IN_CODE, IN_COMMENT, IN_STRING };

struct code {
    struct span text;
    const struct code_language *language;
    const struct source *source;
    struct writer *writer;
    bool is_source; /* text is that of writer_source() */
};

static int code_bid(const struct bid_input *input)
{
    const struct code_language *language =
        code_language_of(input->name, input->extension, input->media_type);

    if (!language || !charset_is_text(input->head))
        return 0;
    /* Not what content or a better known name says to be something else. */
    return strncmp(input->media_type, "text/", 5) == 0 ||
                   strncmp(input->media_type, "application/", 12) == 0
               ? 80
               : 0;
}

static size_t line_end(struct span text, size_t at)
{
    const char *newline = memchr(text.data + at, '\n', text.len - at);

    return newline ? (size_t)(newline - text.data) : text.len;
}

static bool is_blank(struct span text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (!isspace((unsigned char)text.data[i]))
            return false;
    return true;
}

static void write_unit(const struct code *code, size_t start, size_t end)
{
    while (start < end && (code->text.data[start] == '\n' || code->text.data[start] == '\r'))
        start++;
    while (end > start && isspace((unsigned char)code->text.data[end - 1]))
        end--;
    if (start >= end)
        return;
    if (code->is_source) {
        writer_span(code->writer, BLOCK_CODE, 0, start, end);
    } else {
        writer_begin(code->writer, BLOCK_CODE, 0);
        writer_text(code->writer, (struct span){ code->text.data + start, end - start });
    }
    writer_label(code->writer, (struct span){ code->language->name, strlen(code->language->name) });
    if (!code->is_source)
        writer_end(code->writer);
    source_progress(code->source);
}

static bool is_comment_line(const struct code *code, size_t start, size_t end)
{
    unsigned comments = code->language->comments;
    const char *at = code->text.data + start;
    size_t left = end - start;

    while (left > 0 && (*at == ' ' || *at == '\t'))
        at++, left--;
    if (left == 0)
        return false;
    if ((comments & COMMENT_SLASH) && left > 1 &&
        (memcmp(at, "//", 2) == 0 || memcmp(at, "/*", 2) == 0 || *at == '*'))
        return true;
    if ((comments & COMMENT_DASH) && left > 1 && memcmp(at, "--", 2) == 0)
        return true;
    return ((comments & COMMENT_HASH) && *at == '#') ||
           ((comments & COMMENT_SEMICOLON) && *at == ';') ||
           ((comments & COMMENT_PERCENT) && *at == '%');
}

/* ---- braces ---- */

struct scanner {
    enum scan_state state;
    char quote;
    int depth;
    bool closed; /* the line has a brace that closes */
};

static bool is_line_comment(const struct code *code, size_t at, size_t end)
{
    unsigned comments = code->language->comments;

    if ((comments & COMMENT_SLASH) && at + 1 < end && memcmp(code->text.data + at, "//", 2) == 0)
        return true;
    return ((comments & COMMENT_HASH) && code->text.data[at] == '#') ||
           ((comments & COMMENT_PERCENT) && code->text.data[at] == '%');
}

/* A quote behind a letter or figure is Rust's lifetime, or digits in groups. */
static bool opens_string(const struct code *code, size_t at, size_t end)
{
    char c = code->text.data[at];

    if (c == '"' || c == '`')
        return true;
    return c == '\'' && !(at > 0 && isalnum((unsigned char)code->text.data[at - 1])) &&
           memchr(code->text.data + at + 1, '\'', end - at - 1 < 80 ? end - at - 1 : 80);
}

static void scan_brace(struct scanner *scanner, char c)
{
    if (c == '{' || c == '(' || c == '[')
        scanner->depth++;
    else if ((c == '}' || c == ')' || c == ']') && scanner->depth > 0)
        scanner->depth--;
    /* Not a parenthesis: that may be the end of a function's parameters. */
    scanner->closed |= c == '}';
}

static void scan_line(const struct code *code, struct scanner *scanner, size_t start, size_t end)
{
    scanner->closed = false;
    if (start < end && code->text.data[start] == '}' && scanner->state != IN_COMMENT) {
        scanner->state = IN_CODE;
        scanner->depth = scanner->depth > 1 && scanner->quote == '`' ? scanner->depth : 1;
    }
    for (size_t at = start; at < end; at++) {
        char c = code->text.data[at];

        if (scanner->state == IN_COMMENT) {
            if (c == '*' && at + 1 < end && code->text.data[at + 1] == '/') {
                scanner->state = IN_CODE;
                at++;
            }
        } else if (scanner->state == IN_STRING) {
            if (c == '\\')
                at++;
            else if (c == scanner->quote)
                scanner->state = IN_CODE;
        } else if (is_line_comment(code, at, end)) {
            break;
        } else if ((code->language->comments & COMMENT_SLASH) && c == '/' && at + 1 < end &&
                   code->text.data[at + 1] == '*') {
            scanner->state = IN_COMMENT;
            at++;
        } else if (opens_string(code, at, end)) {
            scanner->state = IN_STRING;
            scanner->quote = c;
        } else {
            scan_brace(scanner, c);
        }
    }
    /* Only a back quote holds strings of several lines. */
    if (scanner->state == IN_STRING && scanner->quote != '`')
        scanner->state = IN_CODE;
}

/* A class, namespace or module: what is in it are units too. */
static bool holds_units(struct span head)
{
    static const char *const words[] = { "class",     "interface", "namespace", "impl",   "trait",
                                         "mod",       "object",    "module",    "struct", "enum",
                                         "extern \"", "extension", "protocol",  "record" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *at = memmem(head.data, head.len, words[i], strlen(words[i]));

        if (at && (at == head.data || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[strlen(words[i])]))
            return true;
    }
    return false;
}

static void write_brace_units(const struct code *code, size_t start, size_t end, unsigned depth);

/* A unit, or when it is large the units in it: its first lines go with the first of these, its
 * closing brace with the last. */
static void write_braced(const struct code *code, size_t start, size_t end, unsigned depth)
{
    const char *brace = memchr(code->text.data + start, '{', end - start);
    size_t inner;

    if (end - start <= UNIT_BYTES_MAX || depth >= DEPTH_MAX || !brace ||
        !holds_units(
            (struct span){ code->text.data + start, (size_t)(brace - code->text.data) - start })) {
        write_unit(code, start, end);
        return;
    }
    inner = line_end(code->text, (size_t)(brace - code->text.data)) + 1;
    if (inner >= end) {
        write_unit(code, start, end);
        return;
    }
    write_unit(code, start, inner);
    write_brace_units(code, inner, end, depth + 1);
}

static void write_brace_units(const struct code *code, size_t start, size_t end, unsigned depth)
{
    struct scanner scanner = { .state = IN_CODE };
    size_t unit = start;
    bool is_braced = false;

    for (size_t at = start; at < end;) {
        size_t stop = line_end(code->text, at), next;
        bool was_inside = scanner.depth > 0 || scanner.state == IN_COMMENT;
        bool is_empty, is_outside;

        stop = stop < end ? stop : end;
        next = stop < end ? stop + 1 : end;
        is_empty = is_blank(code->text, at, stop);
        scan_line(code, &scanner, at, stop);
        is_braced |= scanner.depth > 0;
        is_outside = scanner.depth == 0 && scanner.state == IN_CODE;
        if ((is_outside && is_empty && !was_inside &&
             (depth == 0 || is_braced || at - unit > GROUP_BYTES_MAX)) ||
            (is_outside && was_inside && scanner.closed && is_braced &&
             (depth == 0 || next - unit > GROUP_BYTES_MAX / 4))) {
            write_braced(code, unit, next, depth);
            unit = next;
            is_braced = false;
        }
        at = next;
    }
    write_braced(code, unit, end, depth);
}

/* ---- indents ---- */

/* Lines at the margin that belong to what is above them. */
static bool closes_unit(struct span line)
{
    static const char *const words[] = { "end",  "fi", "done",   "esac",    "else",   "elif",
                                         "then", "do", "except", "finally", "rescue", "ensure" };

    if (line.len > 0 && strchr("})]", line.data[0]))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (line.len >= strlen(words[i]) && memcmp(line.data, words[i], strlen(words[i])) == 0 &&
            (line.len == strlen(words[i]) || !isalnum((unsigned char)line.data[strlen(words[i])])))
            return true;
    return false;
}

/* Python's strings of several lines may come to the margin. */
static bool toggles_long_string(struct span line, const char *mark)
{
    size_t count = 0;

    for (const char *at = memmem(line.data, line.len, mark, 3); at;
         at = memmem(at + 3, line.len - (size_t)(at + 3 - line.data), mark, 3))
        count++;
    return count % 2 == 1;
}

static void write_indent_units(const struct code *code)
{
    bool is_python = strcmp(code->language->name, "python") == 0;
    bool in_string = false, was_empty = false, has_body = false;
    size_t unit = 0, comment = 0;
    bool in_comment = false;

    for (size_t at = 0; at < code->text.len;) {
        size_t stop = line_end(code->text, at);
        struct span line = { code->text.data + at, stop - at };
        bool is_empty = is_blank(code->text, at, stop);
        bool is_margin =
            !is_empty && !isspace((unsigned char)line.data[0]) && !in_string && !closes_unit(line);

        if (is_margin && (was_empty || has_body) && at > unit) {
            size_t cut = in_comment ? comment : at;

            if (cut > unit && (has_body || cut - unit > GROUP_BYTES_MAX / 4)) {
                write_unit(code, unit, cut);
                unit = cut;
                has_body = false;
            }
        }
        if (is_margin && is_comment_line(code, at, stop)) {
            if (!in_comment)
                comment = at;
            in_comment = true;
        } else if (!is_empty || was_empty) {
            in_comment = false;
        }
        if (is_python && (toggles_long_string(line, "\"\"\"") || toggles_long_string(line, "'''")))
            in_string = !in_string;
        if (!is_empty && isspace((unsigned char)line.data[0]))
            has_body = true;
        was_empty = is_empty;
        at = stop + 1;
    }
    write_unit(code, unit, code->text.len);
}

/* ---- data ---- */

/* The members of the outermost value; several small ones together are a unit. A value that is large
 * and deep, all in one line, is cut wherever a member ends. */
static void write_data_units(const struct code *code, size_t start, size_t end)
{
    struct span text = code->text;
    bool in_string = false;
    unsigned depth = 0;
    size_t unit = start;

    for (size_t at = start; at < end; at++) {
        char c = text.data[at];

        if (in_string) {
            if (c == '\\')
                at++;
            else
                in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        } else if (c == ',' &&
                   ((depth <= 2 && at - unit > GROUP_BYTES_MAX) || at - unit > UNIT_BYTES_MAX)) {
            /* The comma is between units, so that they do not touch. */
            write_unit(code, unit, at);
            unit = at + 1;
        }
    }
    if (unit < end)
        write_unit(code, unit, end);
}

/* Each line is a value. */
static void write_record_units(const struct code *code)
{
    for (size_t at = 0; at < code->text.len;) {
        size_t stop = line_end(code->text, at);

        write_data_units(code, at, stop);
        at = stop + 1;
    }
}

static struct span line_at(const struct code *code, size_t at)
{
    return (struct span){ code->text.data + at, line_end(code->text, at) - at };
}

static bool has_stamps(const struct code *code)
{
    size_t at = 0;

    for (unsigned lines = 0; at < code->text.len && lines < LOG_LINES_SEEN; lines++) {
        if (log_line_stamp(line_at(code, at)) != LOG_NO_STAMP)
            return true;
        at = line_end(code->text, at) + 1;
    }
    return false;
}

/* Entries, several small ones together. Where lines begin with time stamps, all between two of them
 * is one entry, as a stack trace; else a line that is indented goes on with the one above it. */
static void write_entry_units(const struct code *code)
{
    bool is_stamped = has_stamps(code);
    size_t unit = 0;

    for (size_t at = 0; at < code->text.len;) {
        size_t next = line_end(code->text, at) + 1;
        bool begins = true;

        if (next < code->text.len)
            begins = is_stamped ? log_line_stamp(line_at(code, next)) != LOG_NO_STAMP
                                : code->text.data[next] != ' ' && code->text.data[next] != '\t';
        if (begins && next - unit > GROUP_BYTES_MAX / 4) {
            write_unit(code, unit, next < code->text.len ? next : code->text.len);
            unit = next;
        }
        at = next;
    }
    if (unit < code->text.len)
        write_unit(code, unit, code->text.len);
}

static void write_units(const struct code *code)
{
    switch (code->language->family) {
    case CODE_BRACES:
        write_brace_units(code, 0, code->text.len, 0);
        break;
    case CODE_INDENT:
        write_indent_units(code);
        break;
    case CODE_LINES:
        if (strcmp(code->language->name, "json") == 0)
            write_record_units(code);
        else
            write_entry_units(code);
        break;
    case CODE_DATA:
        write_data_units(code, 0, code->text.len);
        break;
    }
}

void code_write(const struct source *source, struct writer *writer,
                const struct code_language *language, struct span text)
{
    struct code code = { .source = source, .writer = writer, .language = language, .text = text };

    write_units(&code);
}

static enum status code_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    struct decoded decoded;
    struct code code = { .source = source,
                         .writer = writer,
                         .is_source = true,
                         .language = code_language_of(source->name, source->extension,
                                                      source->media_type) };
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (!status) {
        code.text = decoded.text;
        if (code.text.len > EXTRACTION_TEXT_BYTES_MAX)
            code.text.len = EXTRACTION_TEXT_BYTES_MAX;
        writer_charset(writer, decoded.charset);
        writer_source(writer, decoded.text, decoded.runs, decoded.run_count);
        write_units(&code);
    }
    decoded_release(&decoded);
    return status;
}

const struct extractor code_extractor = {
    .name = "code",
    .version = 3,
    .bid = code_bid,
    .extract = code_extract,
};
