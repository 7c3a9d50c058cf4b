/*
 * typst.c - Typst: https://typst.app/docs/reference/syntax/
 *
 * Markup as it is written; of code, which is not run, the content that stands in it: "[words]" of
 * any call, tables, figures, links, raw text. Formulas stay as they are.
 */
#include <ctype.h>
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/text/typst.h"

#define DEPTH_MAX         12u
#define COMMENT_BYTES_MAX 4000u /* among words; as a block of its own it may be longer */

/* ---- words ---- */

static void write_words(struct typst *typst, struct span text);

/* "\"" is a quote. */
static void write_string(struct writer *writer, struct span text)
{
    for (size_t start = 0; start < text.len;) {
        size_t end = markup_find(text, start, "\\");

        writer_text(writer, (struct span){ text.data + start, end - start });
        if (end + 1 < text.len)
            writer_text(writer, (struct span){ text.data + end + 1, 1 });
        start = end + 2;
    }
}

/* What an argument shows: content, a string, or what is in a call. */
static void write_value(struct typst *typst, struct span value)
{
    struct typst_call call;

    value = markup_trim(value);
    if (value.len < 2 || ++typst->depth > DEPTH_MAX)
        ;
    else if (value.data[0] == '[' && value.data[value.len - 1] == ']')
        write_words(typst, (struct span){ value.data + 1, value.len - 2 });
    else if (value.data[0] == '"')
        write_string(typst->markup->writer, typst_unquoted(value));
    else if (value.data[0] == '$' || value.data[0] == '`')
        write_words(typst, value);
    else if (isalpha((unsigned char)value.data[0]) && typst_read_call(typst, value, &call) &&
             (call.content.data || call.arguments.len > 0)) {
        struct span arguments[TYPST_ARGUMENTS_MAX];
        size_t count = typst_split(typst, call.arguments, arguments);

        for (size_t i = 0; i < count; i++)
            if (typst_label_length(arguments[i]) == 0 && strchr("[$`", arguments[i].data[0]))
                write_value(typst, arguments[i]);
        if (call.content.data)
            write_words(typst, call.content);
    }
    if (value.len >= 2)
        typst->depth--;
}

static void write_link(struct typst *typst, const struct typst_call *call)
{
    struct span target =
        typst_unquoted((struct span){ call->arguments.data, markup_find(call->arguments, 0, ",") });

    writer_link_begin(typst->markup->writer, target);
    if (call->content.data)
        write_words(typst, call->content);
    else
        writer_text(typst->markup->writer, target);
    writer_link_end(typst->markup->writer);
}

/* What a name stands for. */
static void write_plain_value(struct typst *typst, struct span value)
{
    if (value.data[0] == '[' || value.data[0] == '"')
        write_value(typst, value);
    else
        writer_text(typst->markup->writer, value);
}

/* A call among words. */
static void write_inline_call(struct typst *typst, const struct typst_call *call)
{
    static const char *const silent[] = { "let",          "set",     "show",     "import",
                                          "include",      "v",       "h",        "pagebreak",
                                          "bibliography", "outline", "image",    "counter",
                                          "label",        "cite",    "metadata", NULL };
    struct span arguments[TYPST_ARGUMENTS_MAX];
    size_t count;

    for (size_t i = 0; silent[i]; i++)
        if (typst_is_called(call, silent[i]))
            return;
    if (typst_is_called(call, "link")) {
        write_link(typst, call);
        return;
    }
    if (call->length == call->name.len + 1) {
        struct span value = typst_lookup_name(typst, call->name);

        if (value.data)
            write_plain_value(typst, value);
        return;
    }
    if (typst_is_called(call, "linebreak"))
        writer_break(typst->markup->writer);
    if (typst_is_called(call, "footnote"))
        writer_text(typst->markup->writer, (struct span){ " (", 2 });
    count = typst_split(typst, call->arguments, arguments);
    for (size_t i = 0; i < count; i++)
        if (typst_label_length(arguments[i]) == 0 && !strchr("(0123456789", arguments[i].data[0]))
            write_value(typst, arguments[i]);
    if (call->content.data)
        write_words(typst, call->content);
    if (typst_is_called(call, "footnote"))
        writer_text(typst->markup->writer, (struct span){ ")", 1 });
}

static void switch_look(struct writer *writer, unsigned look)
{
    unsigned looks = writer_emphasis(writer, 0);

    (void)writer_emphasis(writer, looks ^ look);
}

/* Text between one or three backticks. */
static size_t write_raw_text(struct writer *writer, struct span text)
{
    size_t end = typst_skip_quoted(text, 0), marks = 0;
    unsigned looks;

    while (marks < 3 && text.data[marks] == '`')
        marks++;
    if (end <= marks * 2)
        return end;
    looks = writer_emphasis(writer, MARKUP_CODE);
    writer_text(writer, (struct span){ text.data + marks, end - marks * 2 });
    (void)writer_emphasis(writer, looks);
    return end;
}

static void write_formula_text(struct writer *writer, struct span formula)
{
    unsigned looks = writer_emphasis(writer, 1u << EMPHASIS_FORMULA);

    writer_text(writer, formula);
    (void)writer_emphasis(writer, looks);
}

/* The bytes of what stands at offset 0; 0: a character like others. */
static size_t write_special(struct typst *typst, struct span text, bool is_word_before)
{
    struct writer *writer = typst->markup->writer;
    struct typst_call call;
    size_t end;

    switch (text.data[0]) {
    case '#':
        if (text.len < 2 || !isalpha((unsigned char)text.data[1]) ||
            !typst_read_call(typst, text, &call))
            return 0;
        write_inline_call(typst, &call);
        return call.length;
    case '`':
        return write_raw_text(writer, text);
    case '$':
        end = markup_find(text, 1, "$");
        if (end >= text.len || end > 2000)
            return 0;
        write_formula_text(writer, (struct span){ text.data, end + 1 });
        return end + 1;
    case '*':
        switch_look(writer, MARKUP_BOLD);
        return 1;
    case '_':
        if (is_word_before && text.len > 1 && isalnum((unsigned char)text.data[1]))
            return 0;
        switch_look(writer, MARKUP_ITALIC);
        return 1;
    case '~':
        writer_text(writer, (struct span){ " ", 1 });
        return 1;
    case '\\':
        if (text.len == 1 || isspace((unsigned char)text.data[1])) {
            writer_break(writer);
            return 1;
        }
        writer_text(writer, (struct span){ text.data + 1, 1 });
        return 2;
    case '<': /* a label */
        for (end = 1; end < text.len && (typst_is_name(text.data[end]) || text.data[end] == ':');
             end++)
            ;
        return end > 1 && end < text.len && text.data[end] == '>' ? end + 1 : 0;
    case '/':
        if (text.len > 1 && text.data[1] == '*') {
            text.len = text.len < COMMENT_BYTES_MAX ? text.len : COMMENT_BYTES_MAX;
            end = markup_find(text, 2, "*/");
            return end < text.len ? end + 2 : 0;
        }
        return 0;
    default:
        return 0;
    }
}

static void write_words(struct typst *typst, struct span text)
{
    struct writer *writer = typst->markup->writer;
    size_t plain = 0;

    if (++typst->depth > DEPTH_MAX) {
        writer_text(writer, text);
        typst->depth--;
        return;
    }
    for (size_t i = 0; i < text.len;) {
        size_t taken = 0;

        if (text.data[i] && strchr("#`$*_~\\</", text.data[i])) {
            writer_text(writer, (struct span){ text.data + plain, i - plain });
            plain = i;
            taken = write_special(typst, markup_from(text, i),
                                  i > 0 && isalnum((unsigned char)text.data[i - 1]));
        }
        if (taken > 0)
            plain = i + taken;
        i += taken > 0 ? taken : 1;
    }
    writer_text(writer, markup_from(text, plain));
    if (--typst->depth == 0) /* marks that nothing ended hold no longer than the block */
        (void)writer_emphasis(writer, 0);
}

/* ---- blocks ---- */

static void flush(struct typst *typst)
{
    struct markup *markup = typst->markup;

    if (markup->pending.len > 0) {
        writer_begin(markup->writer, markup->kind, markup->level);
        writer_flags(markup->writer, markup->flags);
        write_words(typst, buf_span(&markup->pending));
        writer_end(markup->writer);
        source_progress(markup->source);
        buf_clear(&markup->pending);
    }
    markup_flush(markup);
}

static void write_blocks(struct typst *typst, struct span text);

/* "columns: 3", "columns: (1fr, auto)", "columns: (auto,) * 4": 0 when it cannot be told. */
static size_t column_count(struct typst *typst, const struct span *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct span value = arguments[i], parts[TYPST_ARGUMENTS_MAX];
        size_t number = 0, times;

        if (!markup_starts(value, "columns:"))
            continue;
        value = markup_trim(markup_from(value, 8));
        if (value.len > 0 && value.data[0] == '(') {
            size_t end = typst_closing(typst, value, 0);

            number =
                typst_split(typst, (struct span){ value.data + 1, end > 0 ? end - 1 : 0 }, parts);
            times = markup_find(value, end, "*");
            if (times < value.len)
                for (value = markup_trim(markup_from(value, times + 1)), times = 0;
                     value.len > 0 && isdigit((unsigned char)value.data[0]) && times < 100;
                     value = markup_from(value, 1))
                    times = times * 10 + (size_t)(value.data[0] - '0');
            else
                times = 1;
            return number * times;
        }
        while (value.len > 0 && isdigit((unsigned char)value.data[0]) && number < 100) {
            number = number * 10 + (size_t)(value.data[0] - '0');
            value = markup_from(value, 1);
        }
        return number;
    }
    return 1;
}

struct row {
    size_t columns, cell_count;
    bool is_open, is_header;
};

static void write_cells(struct typst *typst, struct row *row, const struct span *cells,
                        size_t count)
{
    struct writer *writer = typst->markup->writer;

    for (size_t i = 0; i < count; i++) {
        if (typst_label_length(cells[i]) > 0 || markup_starts(cells[i], "..") ||
            markup_starts(cells[i], "table.hline") || markup_starts(cells[i], "table.vline"))
            continue;
        if (markup_starts(cells[i], "table.header") || markup_starts(cells[i], "table.footer")) {
            struct span inner[TYPST_ARGUMENTS_MAX];
            struct typst_call call;

            if (typst->depth < DEPTH_MAX && typst_read_call(typst, cells[i], &call)) {
                row->is_header = markup_starts(cells[i], "table.header");
                typst->depth++;
                write_cells(typst, row, inner, typst_split(typst, call.arguments, inner));
                typst->depth--;
                row->is_header = false;
            }
            continue;
        }
        if (!row->is_open) {
            writer_begin(writer, BLOCK_ROW, 0);
            writer_flags(writer, row->is_header ? (unsigned)BLOCK_HEADER : 0u);
            row->is_open = true;
        }
        writer_begin(writer, BLOCK_CELL, 0);
        write_value(typst, cells[i]);
        writer_end(writer);
        if (++row->cell_count % row->columns == 0) {
            writer_end(writer);
            row->is_open = false;
        }
    }
}

static void write_table(struct typst *typst, const struct typst_call *call)
{
    struct span arguments[TYPST_ARGUMENTS_MAX];
    size_t count = typst_split(typst, call->arguments, arguments);
    struct row row = { .columns = column_count(typst, arguments, count) };
    bool has_header = markup_find(call->arguments, 0, "table.header") < call->arguments.len;

    if (row.columns == 0)
        row.columns = 1;
    writer_begin(typst->markup->writer, BLOCK_TABLE, has_header ? 1 : 0);
    write_cells(typst, &row, arguments, count);
    if (row.is_open)
        writer_end(typst->markup->writer);
    writer_end(typst->markup->writer);
}

static void write_list(struct typst *typst, const struct typst_call *call, bool is_ordered)
{
    struct span arguments[TYPST_ARGUMENTS_MAX];
    size_t count = typst_split(typst, call->arguments, arguments);

    for (size_t i = 0; i < count; i++) {
        if (typst_label_length(arguments[i]) > 0)
            continue;
        writer_begin(typst->markup->writer, BLOCK_LIST_ITEM, 1);
        writer_flags(typst->markup->writer, is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
        write_value(typst, arguments[i]);
        writer_end(typst->markup->writer);
    }
}

/* ("Ann", "Bob") */
static void write_metadata_list(struct typst *typst, const char *name, struct span values)
{
    struct span parts[TYPST_ARGUMENTS_MAX];
    size_t count = typst_split(typst, values, parts);

    for (size_t i = 0; i < count; i++)
        writer_metadata(typst->markup->writer, name, typst_unquoted(parts[i]));
}

/* "title: ..., author: (...)" of #set document */
static void write_metadata(struct typst *typst, const struct typst_call *call)
{
    static const char *const names[] = { "title", "author", "date", "keywords", "description" };
    struct span arguments[TYPST_ARGUMENTS_MAX];
    size_t count = typst_split(typst, call->arguments, arguments);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            size_t length = typst_label_length(arguments[i]);
            struct span value;

            if (length != strlen(names[k]) + 1 || !markup_starts(arguments[i], names[k]))
                continue;
            value = markup_trim(markup_from(arguments[i], length));
            if (value.len > 2 && value.data[0] == '(') {
                write_metadata_list(typst, names[k],
                                    (struct span){ value.data + 1, value.len - 2 });
                continue;
            }
            if (typst_lookup_name(typst, value).data)
                value = typst_lookup_name(typst, value);
            if (value.len > 2 && value.data[0] == '[')
                value = (struct span){ value.data + 1, value.len - 2 };
            writer_metadata(typst->markup->writer, names[k], typst_unquoted(value));
        }
}

/* The content of a call that is a block of its own: what its arguments hold, then the rest. */
static void write_block_call(struct typst *typst, const struct typst_call *call)
{
    struct span arguments[TYPST_ARGUMENTS_MAX], caption = { NULL, 0 };
    size_t count;

    if (++typst->depth > DEPTH_MAX) {
        typst->depth--;
        return;
    }
    if (typst_is_called(call, "table") || typst_is_called(call, "grid")) {
        write_table(typst, call);
    } else if (typst_is_called(call, "list") || typst_is_called(call, "enum")) {
        write_list(typst, call, typst_is_called(call, "enum"));
    } else {
        count = typst_split(typst, call->arguments, arguments);
        for (size_t i = 0; i < count; i++) {
            struct span value = arguments[i];
            struct typst_call inner;

            if (markup_starts(value, "caption:"))
                caption = markup_trim(markup_from(value, 8));
            if (typst_label_length(value) > 0)
                continue;
            if (value.len >= 2 && value.data[0] == '[')
                write_blocks(typst, (struct span){ value.data + 1, value.len - 2 });
            else if (isalpha((unsigned char)value.data[0]) &&
                     typst_read_call(typst, value, &inner) &&
                     (inner.content.data || inner.arguments.len > 0))
                write_block_call(typst, &inner);
        }
        if (call->content.data) {
            if (typst_is_called(call, "quote")) {
                writer_begin(typst->markup->writer, BLOCK_QUOTE, 1);
                write_words(typst, call->content);
                writer_end(typst->markup->writer);
            } else {
                write_blocks(typst, call->content);
            }
        }
        if (caption.data) {
            writer_begin(typst->markup->writer, BLOCK_CAPTION, 0);
            write_value(typst, caption);
            writer_end(typst->markup->writer);
        }
    }
    typst->depth--;
}

/* A line that begins with code; false: it is words after all. */
static bool write_code_line(struct typst *typst, const struct text_line *line)
{
    static const char *const blocks[] = { "table", "figure", "align",    "grid",    "block", "box",
                                          "quote", "list",   "enum",     "columns", "rect",  "pad",
                                          "place", "center", "abstract", "stack",   NULL };
    struct markup *markup = typst->markup;
    struct span rest = markup_from(markup->text, line->start);
    struct typst_call call;
    size_t end;

    if (markup_starts(rest, "#let ") || markup_starts(rest, "#set ") ||
        markup_starts(rest, "#show") || markup_starts(rest, "#import ") ||
        markup_starts(rest, "#include ") || markup_starts(rest, "#if ") ||
        markup_starts(rest, "#for ") || markup_starts(rest, "#{")) {
        flush(typst);
        if (markup_starts(rest, "#set document")) {
            if (typst_read_call(typst, markup_from(rest, 5), &call))
                write_metadata(typst, &call);
        }
        /* To the end of the line that closes all of its brackets. */
        for (end = 0; end < rest.len && rest.data[end] != '\n'; end++)
            if (strchr("([{", rest.data[end]) && rest.data[end]) {
                size_t stop = typst_closing(typst, rest, end);

                end = stop > 0 ? stop : end;
            } else if (rest.data[end] == '"') {
                end = typst_skip_quoted(rest, end) - 1;
            }
        markup->at = line->start + (end < rest.len ? end + 1 : rest.len);
        return true;
    }
    if (!typst_read_call(typst, rest, &call))
        return false;
    for (size_t i = 0; blocks[i]; i++)
        if (typst_is_called(&call, blocks[i])) {
            flush(typst);
            write_block_call(typst, &call);
            markup->at = line->start + call.length;
            return true;
        }
    /* A call over several lines among words: they are added whole. */
    if (call.length > line->end - line->start) {
        markup_add(markup, (struct span){ rest.data, call.length });
        markup->at = line->start + call.length;
        return true;
    }
    return false;
}

static bool write_heading(struct typst *typst, const struct text_line *line, struct span words)
{
    unsigned level = 0;

    while (level < words.len && words.data[level] == '=')
        level++;
    if (level == 0 || level >= words.len || words.data[level] != ' ')
        return false;
    (void)line;
    flush(typst);
    markup_open(typst->markup, BLOCK_HEADING, level > 6 ? 6 : level, 0);
    markup_add(typst->markup, markup_trim(markup_from(words, level)));
    flush(typst);
    typst->markup->list_depth = 0;
    return true;
}

/* "- a", "+ a", "1. a", "/ term: words" */
static bool write_item(struct typst *typst, const struct text_line *line, struct span words)
{
    struct markup *markup = typst->markup;
    bool is_ordered = false;
    size_t mark = 0, colon = markup_find(words, 0, ": ");

    if (markup_starts(words, "/ ") && colon < words.len) {
        flush(typst);
        markup_open(markup, BLOCK_TERM, 0, 0);
        markup_add(markup, (struct span){ words.data + 2, colon - 2 });
        flush(typst);
        markup_add(markup, markup_from(words, colon + 2));
        return true;
    }
    if (words.len > 1 && strchr("-+", words.data[0]) && words.data[1] == ' ')
        mark = 2;
    else if (isdigit((unsigned char)words.data[0]))
        mark = text_list_mark(words, &is_ordered);
    if (mark == 0)
        return false;
    flush(typst);
    markup_open(markup, BLOCK_LIST_ITEM, markup_list_depth(markup, line->indent),
                is_ordered || words.data[0] == '+' ? (unsigned)BLOCK_ORDERED : 0u);
    markup_add(markup, markup_from(words, mark));
    return true;
}

/* Does nothing but white space follow on the line? What a block leaves of a line is looked at as a
 * line again, so it must not be one of many on it. */
static bool ends_line(struct span text, size_t at)
{
    while (at < text.len && text.data[at] != '\n' && isspace((unsigned char)text.data[at]))
        at++;
    return at >= text.len || text.data[at] == '\n';
}

/* ```lang ... ```; false: it stands in a line of words. */
static bool write_raw(struct typst *typst, const struct text_line *line)
{
    struct span rest = markup_from(typst->markup->text, line->start);
    size_t end = typst_skip_quoted(rest, 0), label = 3;

    if (line->start + end <= line->end && !ends_line(rest, end))
        return false;
    flush(typst);
    while (label < end && typst_is_name(rest.data[label]))
        label++;
    markup_code(typst->markup, (struct span){ rest.data + 3, label - 3 },
                (struct span){ rest.data + label, end >= label + 3 ? end - label - 3 : 0 });
    typst->markup->at = line->start + end;
    return true;
}

/* "$ formula $" on lines of its own */
static bool write_formula(struct typst *typst, const struct text_line *line, struct span words)
{
    struct span rest = markup_from(typst->markup->text, line->start);
    size_t end;

    if (!markup_starts(words, "$ ") && words.len != 1)
        return false;
    end = markup_find(rest, 1, "$");
    if (end == rest.len || end > 4000 || !ends_line(rest, end + 1))
        return false;
    flush(typst);
    writer_begin(typst->markup->writer, BLOCK_PARAGRAPH, 0);
    write_formula_text(typst->markup->writer, (struct span){ rest.data, end + 1 });
    writer_end(typst->markup->writer);
    typst->markup->at = line->start + end + 1;
    return true;
}

static void write_line(struct typst *typst, const struct text_line *line)
{
    struct markup *markup = typst->markup;
    struct span words = markup_words(markup, line);

    if (markup_starts(words, "//"))
        return;
    if (markup_starts(words, "/*")) {
        size_t end = line->start;

        do { /* one behind the other */
            end = markup_find(markup->text, end, "*/");
            end += end < markup->text.len ? 2 : 0;
            while (end < markup->text.len && markup->text.data[end] == ' ')
                end++;
        } while (markup_starts(markup_from(markup->text, end), "/*"));
        markup->at = end;
        return;
    }
    if (words.data[0] == '#' && write_code_line(typst, line))
        return;
    if (markup_starts(words, "```") && write_raw(typst, line))
        return;
    if ((words.data[0] == '$' && write_formula(typst, line, words)) ||
        write_heading(typst, line, words) || write_item(typst, line, words))
        return;
    if (line->indent == 0 && markup->pending.len == 0)
        markup->list_depth = 0;
    markup_add(markup, words);
}

static void write_blocks(struct typst *typst, struct span text)
{
    struct markup *markup = typst->markup;
    struct span outer = markup->text;
    size_t at = markup->at;
    struct text_line line;

    if (++typst->depth <= DEPTH_MAX) {
        markup_turn_to(markup, text, 0);
        while (markup_next(markup, &line)) {
            if (line.is_blank)
                flush(typst);
            else
                write_line(typst, &line);
        }
        flush(typst);
        markup_turn_to(markup, outer, at);
    }
    typst->depth--;
}

static void typst_format(struct markup *markup)
{
    struct typst typst = { .markup = markup };

    typst_collect_names(&typst, markup->text);
    write_blocks(&typst, markup->text);
}

static const struct markup_pair typst_pairs[] = { { NULL, NULL, false, false, 0 } };
static const struct markup_syntax typst_syntax = { typst_pairs, NULL, false };

static enum status typst_extract(const struct source *source, struct writer *writer,
                                 struct error *err)
{
    return markup_run(source, writer, &typst_syntax, typst_format, err);
}

static int typst_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-typst") == 0 ? 95 : 0;
}

const struct extractor typst_extractor = {
    .name = "typst",
    .version = 4,
    .bid = typst_bid,
    .extract = typst_extract,
};
