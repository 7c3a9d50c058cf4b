/*
 * asciidoc.c - AsciiDoc: https://docs.asciidoctor.org/asciidoc/latest/
 */
#include <ctype.h>
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/markup.h"

#define MACRO_BYTES_MAX 1000u

struct asciidoc {
    struct span language; /* of the listing that follows */
    bool is_source, is_quote, is_header_row, has_options;
};

static int asciidoc_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/asciidoc") == 0 ? 95 : 0;
}

static const struct markup_pair asciidoc_pairs[] = {
    { "+++", "+++", true, true, 0 },
    { "``", "``", true, true, MARKUP_CODE },
    { "**", "**", false, true, MARKUP_BOLD },
    { "__", "__", false, true, MARKUP_ITALIC },
    { "##", "##", false, true, 0 },
    { "`", "`", true, false, MARKUP_CODE },
    { "*", "*", false, false, MARKUP_BOLD },
    { "_", "_", false, false, MARKUP_ITALIC },
    { "#", "#", false, false, 0 },
    { "^", "^", false, true, MARKUP_RAISED },
    { NULL, NULL, false, false, 0 },
};

/* The bytes of "name:target[words]" when rest is one. */
static size_t write_macro(struct markup *markup, struct span rest)
{
    static const char *const names[] = { "https://", "http://", "link:",     "mailto:",
                                         "xref:",    "image:",  "footnote:", "kbd:",
                                         "btn:",     "menu:",   "stem:",     "pass:" };
    size_t start, open, close;
    struct span words, target;
    bool is_link;

    for (size_t i = 0;; i++) {
        if (i == sizeof(names) / sizeof(names[0]))
            return 0;
        if (markup_starts(rest, names[i])) {
            is_link = i < 5;
            start = i < 2 ? 0 : strlen(names[i]);
            break;
        }
    }
    open = start;
    while (open < rest.len && rest.data[open] != '[' && !isspace((unsigned char)rest.data[open]))
        open++;
    close = open < rest.len && rest.data[open] == '[' ? markup_find(rest, open, "]") : rest.len;
    if (close == rest.len)
        return 0;
    target = (struct span){ rest.data + start, open - start };
    words = (struct span){ rest.data + open + 1, close - open - 1 };
    words.len = is_link ? markup_find(words, 0, ",window") : words.len;
    if (is_link) {
        writer_link_begin(markup->writer, target);
        markup_inline(markup, words.len > 0 ? words : target);
        writer_link_end(markup->writer);
    } else {
        markup_inline(markup, words);
    }
    return close + 1;
}

static size_t asciidoc_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), words;
    size_t end, comma;

    /* Macros begin with a letter, which the caller passes over: they are found from the space. */
    if (markup_starts(rest, "<<")) {
        end = markup_find(rest, 2, ">>");
        if (end == rest.len)
            return 0;
        words = (struct span){ rest.data + 2, end - 2 };
        comma = markup_find(words, 0, ",");
        writer_text(markup->writer, comma < words.len ? markup_from(words, comma + 1) : words);
        return end + 2;
    }
    if (markup_starts(rest, "[[")) {
        end = markup_find(rest, 2, "]]");
        return end < rest.len ? end + 2 : 0;
    }
    if (markup_starts(rest, "((")) {
        end = markup_find(rest, 2, "))");
        return end < rest.len && end < 100 ? end + 2 : 0;
    }
    return 0;
}

static const struct markup_syntax asciidoc_syntax = { asciidoc_pairs, asciidoc_special, false };

/* Splits at the macros, which begin with letters; the rest has marks only. */
static void add_words(struct markup *markup, struct span words)
{
    markup_add(markup, words);
}

static void flush(struct markup *markup)
{
    struct buf *pending = &markup->pending;
    struct span words = buf_span(pending);
    size_t plain = 0;

    if (pending->len == 0 || (!memmem(words.data, words.len, "[", 1))) {
        markup_flush(markup);
        return;
    }
    writer_begin(markup->writer, markup->kind, markup->level);
    writer_flags(markup->writer, markup->flags);
    for (size_t i = 0; i < words.len;) {
        size_t taken = 0;

        if (isalpha((unsigned char)words.data[i]) &&
            (i == 0 || !isalnum((unsigned char)words.data[i - 1])) &&
            strchr("hlmxifkbsp", words.data[i])) {
            size_t look = words.len - i < MACRO_BYTES_MAX ? words.len - i : MACRO_BYTES_MAX;

            if (memchr(words.data + i, ':', look < 12 ? look : 12) &&
                memchr(words.data + i, '[', look)) {
                markup_inline(markup, (struct span){ words.data + plain, i - plain });
                plain = i;
                taken = write_macro(markup, (struct span){ words.data + i, look });
            }
        }
        if (taken > 0)
            plain = i + taken;
        i += taken > 0 ? taken : 1;
    }
    markup_inline(markup, markup_from(words, plain));
    writer_end(markup->writer);
    buf_clear(pending);
    markup_flush(markup);
}

static void open_block(struct markup *markup, enum block_kind kind, unsigned level, unsigned flags)
{
    flush(markup);
    markup_open(markup, kind, level, flags);
}

/* ---- blocks ---- */

static bool asciidoc_heading(struct markup *markup, const struct text_line *line, struct span words)
{
    unsigned level = 0;

    while (level < words.len && (words.data[level] == '=' || words.data[level] == '#') &&
           words.data[level] == words.data[0])
        level++;
    if (line->indent > 0 || level == 0 || level > 6 || level >= words.len ||
        words.data[level] != ' ')
        return false;
    markup->list_depth = 0;
    words = markup_trim(markup_from(words, level));
    if (level == 1)
        writer_metadata(markup->writer, "title", words);
    open_block(markup, BLOCK_HEADING, level, 0);
    add_words(markup, words);
    flush(markup);
    return true;
}

/* "[source,ruby]", "[quote, Someone]", "[%header,cols=2]" */
static bool asciidoc_attributes(struct asciidoc *state, struct span words)
{
    struct span inside;
    size_t comma;

    if (words.len < 2 || words.data[0] != '[' || words.data[words.len - 1] != ']')
        return false;
    inside = (struct span){ words.data + 1, words.len - 2 };
    state->is_source = markup_starts(inside, "source") || markup_starts(inside, ",");
    state->is_quote = markup_starts(inside, "quote") || markup_starts(inside, "verse");
    state->is_header_row = markup_find(inside, 0, "header") < inside.len;
    state->has_options = true;
    comma = markup_find(inside, 0, ",");
    if (state->is_source && comma < inside.len) {
        state->language = markup_trim(markup_from(inside, comma + 1));
        state->language.len = markup_find(state->language, 0, ",");
    }
    return true;
}

static bool is_cell_mark(struct span words, size_t at)
{
    return words.data[at] == '|' && (at == 0 || words.data[at - 1] != '\\');
}

static size_t cells_of(struct span words)
{
    size_t count = 0;

    for (size_t i = 0; i < words.len; i++)
        count += is_cell_mark(words, i);
    return count;
}

/* Cells stand on lines as the writer liked; a row has as many as the first line, or as "cols". */
static void asciidoc_table(struct markup *markup, const struct asciidoc *state)
{
    struct span lines = markup_until(markup, "|===", false), first = lines;
    size_t columns, in_row = 0, start = lines.len;
    bool is_header = state->is_header_row, has_cell = false;
    struct text_line line, next;

    first = markup_trim(first);
    line = first.len > 0 ? text_line_at(first, 0) : (struct text_line){ .is_blank = true };
    columns = line.is_blank ? 1 : cells_of(text_line_words(first, &line));
    if (columns == 0)
        columns = 1;
    if (!line.is_blank && line.next < first.len) {
        next = text_line_at(first, line.next);
        is_header |= next.is_blank; /* an empty line behind the first makes it the header */
    }
    writer_begin(markup->writer, BLOCK_TABLE, is_header ? 1 : 0);
    for (size_t i = 0; i <= lines.len; i++) {
        if (i < lines.len && !is_cell_mark(lines, i))
            continue;
        if (has_cell) {
            writer_begin(markup->writer, BLOCK_CELL, 0);
            markup_inline(markup, markup_trim((struct span){ lines.data + start, i - start }));
            writer_end(markup->writer);
            if (++in_row == columns) {
                writer_end(markup->writer);
                in_row = 0;
                is_header = false;
            }
        }
        has_cell = i < lines.len;
        start = i + 1;
        if (has_cell && in_row == 0 && markup_trim(markup_from(lines, start)).len > 0) {
            writer_begin(markup->writer, BLOCK_ROW, 0);
            writer_flags(markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
        }
    }
    if (in_row > 0)
        writer_end(markup->writer);
    writer_end(markup->writer);
}

/* "----", "....", "====" ...: what they hold. */
static bool asciidoc_delimited(struct markup *markup, struct asciidoc *state, struct span words)
{
    char mark[80];
    struct span lines;

    if (words.len < 4 || words.len >= sizeof(mark) || !text_rule_of(words, "-._=*+/") ||
        memchr(words.data, ' ', words.len)) {
        if (!markup_starts(words, "|===") && !markup_starts(words, "```"))
            return false;
    }
    flush(markup);
    if (markup_starts(words, "|===")) {
        asciidoc_table(markup, state);
    } else if (markup_starts(words, "```")) {
        markup_code(markup, markup_from(words, 3), markup_until(markup, "```", true));
    } else if (strchr("-.+", words.data[0])) {
        memcpy(mark, words.data, words.len);
        mark[words.len] = '\0';
        lines = markup_until(markup, mark, false);
        if (words.data[0] != '+')
            markup_code(markup, state->language, lines);
    } else if (words.data[0] == '/') {
        memcpy(mark, words.data, words.len);
        mark[words.len] = '\0';
        (void)markup_until(markup, mark, false);
    } else if (words.data[0] == '_') {
        memcpy(mark, words.data, words.len);
        mark[words.len] = '\0';
        open_block(markup, BLOCK_QUOTE, 1, 0);
        add_words(markup, markup_trim(markup_until(markup, mark, false)));
        flush(markup);
    } /* "====" and "****" hold blocks, which come as they are */
    *state = (struct asciidoc){ .language = { "", 0 } };
    return true;
}

static size_t asciidoc_mark(struct span words, unsigned *depth, bool *is_ordered)
{
    size_t i = 0;

    while (i < words.len && i < 5 && words.len > 1 && strchr("*.-", words.data[0]) &&
           words.data[i] == words.data[0])
        i++;
    *is_ordered = i > 0 && words.data[0] == '.';
    *depth = (unsigned)i;
    if (i > 0 && i < words.len && words.data[i] == ' ')
        return i + 1;
    i = 0;
    while (i < words.len && isdigit((unsigned char)words.data[i]))
        i++;
    *depth = 1;
    *is_ordered = true;
    return i > 0 && i + 1 < words.len && words.data[i] == '.' && words.data[i + 1] == ' ' ? i + 2
                                                                                          : 0;
}

/* Lines that say something about the document, not in it. */
static bool asciidoc_silent(struct markup *markup, struct span words)
{
    if (markup_starts(words, "//") || markup_starts(words, "include::") ||
        markup_starts(words, "ifdef::") || markup_starts(words, "ifndef::") ||
        markup_starts(words, "endif::") || markup_starts(words, "toc::") ||
        markup_starts(words, "[[") || (words.len == 1 && words.data[0] == '+') ||
        markup_starts(words, "'''") || markup_starts(words, "<<<"))
        return true;
    if (words.data[0] == ':') {
        size_t end = markup_find(words, 1, ":");

        if (end < words.len && end > 1 && !memchr(words.data, ' ', end)) {
            if (markup_starts(words, ":author:"))
                writer_metadata(markup->writer, "author", markup_trim(markup_from(words, end + 1)));
            return true;
        }
    }
    return false;
}

static bool asciidoc_term(struct markup *markup, struct span words)
{
    size_t end = markup_find(words, 0, "::");

    if (end == words.len || end == 0 || (end + 2 < words.len && words.data[end + 2] != ' '))
        return false;
    open_block(markup, BLOCK_TERM, 0, 0);
    add_words(markup, (struct span){ words.data, end });
    open_block(markup, BLOCK_PARAGRAPH, 0, 0);
    if (markup_trim(markup_from(words, end + 2)).len > 0)
        add_words(markup, markup_trim(markup_from(words, end + 2)));
    return true;
}

static void asciidoc_line(struct markup *markup, struct asciidoc *state,
                          const struct text_line *line)
{
    struct span words = markup_words(markup, line);
    bool is_ordered;
    unsigned depth;
    size_t mark = asciidoc_mark(words, &depth, &is_ordered);

    if (asciidoc_silent(markup, words)) {
        if (words.data[0] == '+')
            flush(markup);
        return;
    }
    if (asciidoc_heading(markup, line, words) || asciidoc_delimited(markup, state, words))
        return;
    if (markup->pending.len == 0 && asciidoc_attributes(state, words))
        return;
    if (markup_starts(words, "image::") || markup_starts(words, "video::")) {
        return;
    }
    if (words.data[0] == '.' && words.len > 1 && isalnum((unsigned char)words.data[1])) {
        open_block(markup, BLOCK_CAPTION, 0, 0);
        add_words(markup, markup_from(words, 1));
        flush(markup);
    } else if (mark > 0) {
        open_block(markup, BLOCK_LIST_ITEM, depth, is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
        add_words(markup, markup_from(words, mark));
        markup->list_depth = depth;
    } else if (asciidoc_term(markup, words)) {
        return;
    } else if (line->indent > 0 && markup->pending.len == 0) {
        size_t start = line->start - line->indent;
        struct text_line next;

        while (markup_peek(markup, &next) && !next.is_blank)
            markup->at = next.next;
        markup_code(markup, (struct span){ "", 0 },
                    (struct span){ markup->text.data + start, markup->at - start });
    } else {
        if (markup->pending.len == 0 && state->is_quote)
            open_block(markup, BLOCK_QUOTE, 1, 0);
        add_words(markup, words);
    }
    state->is_quote = false;
}

static void asciidoc_format(struct markup *markup)
{
    struct asciidoc state = { .language = { "", 0 } };
    struct text_line line;

    while (markup_next(markup, &line)) {
        if (line.is_blank)
            flush(markup);
        else
            asciidoc_line(markup, &state, &line);
    }
    flush(markup);
}

static enum status asciidoc_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    return markup_run(source, writer, &asciidoc_syntax, asciidoc_format, err);
}

const struct extractor asciidoc_extractor = {
    .name = "asciidoc",
    .version = 2,
    .bid = asciidoc_bid,
    .extract = asciidoc_extract,
};
