/*
 * creole.c - wiki text of DokuWiki (https://www.dokuwiki.org/wiki:syntax), and Creole 1.0, on which
 * other wikis agree (http://www.wikicreole.org/wiki/Creole1.0).
 *
 * They mark words alike, and differ in what begins a line: DokuWiki's headings have more signs the
 * higher they stand, and its lists are indented.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/text/markup.h"

#define CELLS_MAX         128u
#define NOTES_BYTES_MAX   ((size_t)4 << 20)
#define DOKU_LEVEL_SIGNS  7u /* "====== Title ======" is level 1 */
#define DOKU_INDENT_LEAST 2u

struct creole {
    struct buf notes; /* what stood in ((...)), a line each */
};

static int dokuwiki_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-dokuwiki") == 0 ? 95 : 0;
}

static int creole_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-creole") == 0 ? 95 : 0;
}

/* ---- words ---- */

/* [[target|words]]; the words may be a picture. */
static size_t write_link(struct markup *markup, struct span rest)
{
    size_t end = markup_find(rest, 2, "]]"), bar;
    struct span target, words;

    if (end == rest.len)
        return 0;
    target = (struct span){ rest.data + 2, end - 2 };
    bar = markup_find(target, 0, "|");
    words = markup_trim(bar < target.len ? markup_from(target, bar + 1) : target);
    target.len = bar;
    writer_link_begin(markup->writer, markup_trim(target));
    markup_inline(markup, words);
    writer_link_end(markup->writer);
    return end + 2;
}

/* {{picture.png?200|words}}: what it shows. */
static size_t write_picture(struct markup *markup, struct span rest)
{
    size_t end = markup_find(rest, 2, "}}"), bar = markup_find(rest, 2, "|");

    if (end == rest.len)
        return 0;
    if (bar < end)
        markup_inline(markup, markup_trim((struct span){ rest.data + bar + 1, end - bar - 1 }));
    return end + 2;
}

/* ((words)): they stand with the notes. */
static size_t take_note(struct markup *markup, struct span rest)
{
    struct creole *creole = markup->user;
    size_t end = markup_find(rest, 2, "))");
    struct span words;

    if (end == rest.len)
        return 0;
    words = (struct span){ rest.data + 2, end - 2 };
    for (size_t i = 0; i < words.len; i++)
        buf_append_char(&creole->notes, (char)(words.data[i] == '\n' ? ' ' : words.data[i]));
    buf_append_char(&creole->notes, '\n');
    return end + 2;
}

/* The tags that DokuWiki has for words: only what they hold is read. */
static size_t skip_tag(struct span rest)
{
    static const char *const tags[] = { "<del>",   "</del>",   "<sub>",     "</sub>", "<sup>",
                                        "</sup>",  "<nowiki>", "</nowiki>", "<wrap>", "</wrap>",
                                        "</WRAP>", "<code>",   "</code>" };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (markup_starts(rest, tags[i]))
            return strlen(tags[i]);
    return 0;
}

static size_t creole_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset);

    switch (rest.data[0]) {
    case '[':
        return markup_starts(rest, "[[") ? write_link(markup, rest) : 0;
    case '{':
        return markup_starts(rest, "{{") && !markup_starts(rest, "{{{")
                   ? write_picture(markup, rest)
                   : 0;
    case '(':
        return markup->user && markup_starts(rest, "((") ? take_note(markup, rest) : 0;
    case '<':
        return skip_tag(rest);
    case ':': /* the two slashes of an address are no mark */
        if (!markup_starts(rest, "://"))
            return 0;
        writer_text(markup->writer, (struct span){ rest.data, 3 });
        return 3;
    case '\\': /* in DokuWiki paths of other computers begin so */
        if (!markup_starts(rest, "\\\\") ||
            (markup->user && rest.len > 2 && !isspace((unsigned char)rest.data[2])))
            return 0;
        writer_break(markup->writer);
        return 2;
    case '~': /* "~**": as it stands */
        if (markup->user || rest.len < 2 || !ispunct((unsigned char)rest.data[1]))
            return 0;
        writer_text(markup->writer, (struct span){ rest.data + 1, 1 });
        return 2;
    default:
        return 0;
    }
}

static const struct markup_pair creole_pairs[] = {
    { "{{{", "}}}", true, true, MARKUP_CODE },   { "**", "**", false, true, MARKUP_BOLD },
    { "//", "//", false, false, MARKUP_ITALIC }, { "__", "__", false, false, 0 },
    { "##", "##", false, false, MARKUP_CODE },   { NULL, NULL, false, false, 0 },
};
static const struct markup_syntax creole_syntax = { creole_pairs, creole_special, false };

static const struct markup_pair dokuwiki_pairs[] = {
    { "%%", "%%", true, true, 0 },
    { "**", "**", false, true, MARKUP_BOLD },
    { "//", "//", false, false, MARKUP_ITALIC },
    { "__", "__", false, false, 0 },
    { "''", "''", false, false, MARKUP_CODE },
    { NULL, NULL, false, false, 0 },
};
static const struct markup_syntax dokuwiki_syntax = { dokuwiki_pairs, creole_special, false };

/* ---- tables ---- */

struct row {
    struct span cells[CELLS_MAX];
    unsigned columns[CELLS_MAX]; /* that a cell covers */
    bool is_header[CELLS_MAX];
    size_t count;
};

/* Bytes up to the sign that ends a cell: none in a link or a picture. */
static size_t cell_length(struct span rest, bool is_dokuwiki)
{
    size_t i = 0;

    while (i < rest.len && rest.data[i] != '|' && !(is_dokuwiki && rest.data[i] == '^')) {
        const char *close = NULL;
        size_t end;

        if (markup_starts(markup_from(rest, i), "[["))
            close = "]]";
        else if (markup_starts(markup_from(rest, i), "{{"))
            close = "}}";
        end = close ? markup_find(rest, i, close) : rest.len;
        i = end < rest.len ? end + 2 : i + 1;
    }
    return i;
}

/* "| a | b |", "^ a ^ b ^", "|= a |= b |". Nothing between two signs makes the cell before wider.
 */
static void read_row(struct span words, bool is_dokuwiki, struct row *out)
{
    size_t at = 0;

    out->count = 0;
    while (at + 1 < words.len && out->count < CELLS_MAX) {
        bool is_header = words.data[at] == '^';
        size_t length = cell_length(markup_from(words, at + 1), is_dokuwiki);
        struct span cell = { words.data + at + 1, length };

        at += 1 + length;
        if (length == 0 && out->count > 0) {
            out->columns[out->count - 1]++;
            continue;
        }
        if (!is_dokuwiki && cell.len > 0 && cell.data[0] == '=') {
            is_header = true;
            cell = markup_from(cell, 1);
        }
        out->cells[out->count] = markup_trim(cell);
        out->columns[out->count] = 1;
        out->is_header[out->count++] = is_header;
    }
}

static bool is_header_row(const struct row *row)
{
    bool is_header = row->count > 0;

    for (size_t i = 0; i < row->count; i++)
        is_header &= row->is_header[i];
    return is_header;
}

/* ":::" is the cell above, which is higher than one row. */
static void write_row(struct markup *markup, struct row *row, const struct row *above)
{
    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, is_header_row(row) ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i < row->count; i++) {
        if (row->cells[i].len == 3 && memcmp(row->cells[i].data, ":::", 3) == 0 && i < above->count)
            row->cells[i] = above->cells[i];
        writer_begin(markup->writer, BLOCK_CELL, row->columns[i] > 1 ? row->columns[i] : 0);
        markup_inline(markup, row->cells[i]);
        writer_end(markup->writer);
    }
    writer_end(markup->writer);
}

static bool is_row(struct span words, bool is_dokuwiki)
{
    return words.len > 1 && (words.data[0] == '|' || (is_dokuwiki && words.data[0] == '^'));
}

/* The line of words was taken already. */
static void write_table(struct markup *markup, struct span words, bool is_dokuwiki)
{
    struct row rows[2] = { { .count = 0 }, { .count = 0 } };
    struct text_line line;
    unsigned current = 0;

    markup_flush(markup);
    read_row(words, is_dokuwiki, &rows[current]);
    writer_begin(markup->writer, BLOCK_TABLE, is_header_row(&rows[current]) ? 1 : 0);
    write_row(markup, &rows[current], &rows[1]);
    while (markup_peek(markup, &line) && is_row(markup_words(markup, &line), is_dokuwiki) &&
           markup_next(markup, &line)) {
        current = 1 - current;
        read_row(markup_words(markup, &line), is_dokuwiki, &rows[current]);
        write_row(markup, &rows[current], &rows[1 - current]);
        source_progress(markup->source);
    }
    writer_end(markup->writer);
}

/* ---- lines ---- */

static void write_item(struct markup *markup, unsigned level, bool is_ordered, struct span words)
{
    markup_open(markup, BLOCK_LIST_ITEM, level, is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
    markup_add(markup, words);
}

/* What both begin a block with. */
static bool write_common(struct markup *markup, struct span words, bool is_dokuwiki)
{
    if (markup_starts(words, "----") && text_rule_of(words, "-"))
        markup_flush(markup);
    else if (is_row(words, is_dokuwiki))
        write_table(markup, words, is_dokuwiki);
    else
        return false;
    return true;
}

/* "= Title", "== Title ==" */
static bool write_creole_heading(struct markup *markup, struct span words)
{
    unsigned level = 0;

    while (level < words.len && words.data[level] == '=')
        level++;
    if (level == 0 || level > 6 || level == words.len)
        return false;
    while (words.len > level && words.data[words.len - 1] == '=')
        words.len--;
    markup_block(markup, BLOCK_HEADING, level, markup_trim(markup_from(words, level)));
    return true;
}

static void creole_line(struct markup *markup, const struct text_line *line)
{
    struct span words = markup_words(markup, line);
    size_t depth = 0;

    while (depth < words.len && depth < 6 && words.data[depth] == words.data[0] &&
           strchr("*#", words.data[0]))
        depth++;
    /* "**bold**" has no blank behind its stars. */
    if (depth > 0 && depth < words.len && (depth == 1 || words.data[depth] == ' ')) {
        write_item(markup, (unsigned)depth, words.data[0] == '#',
                   markup_trim(markup_from(words, depth)));
    } else if (words.len == 3 && markup_starts(words, "{{{")) {
        markup_code(markup, (struct span){ "", 0 }, markup_until(markup, "}}}", true));
    } else if (!write_creole_heading(markup, words) && !write_common(markup, words, false)) {
        markup_add(markup, words);
    }
}

/* <code language>, <file language name>: up to the end tag, which may be on the same line. */
static bool write_code(struct markup *markup, const struct text_line *line, struct span words)
{
    bool is_file = markup_starts(words, "<file");
    size_t tag = markup_find(words, 0, ">"), end;
    struct span rest = markup_from(markup->text, line->start), language;
    const char *end_tag = is_file ? "</file>" : "</code>";

    if ((!is_file && !markup_starts(words, "<code")) || tag == words.len)
        return false;
    language = markup_trim((struct span){ words.data + 5, tag - 5 });
    language.len = markup_find(language, 0, " ");
    if (language.len == 1 && language.data[0] == '-')
        language.len = 0;
    end = markup_find(rest, tag, end_tag);
    markup_code(markup, language, (struct span){ rest.data + tag + 1, end - tag - 1 });
    markup->at = line->start + end + (end < rest.len ? strlen(end_tag) : 0);
    return true;
}

static void dokuwiki_line(struct markup *markup, const struct text_line *line)
{
    struct span words = markup_words(markup, line), title;
    unsigned signs = text_wiki_heading(words, &title);
    bool is_indented = line->indent >= DOKU_INDENT_LEAST;

    if (signs >= 2) {
        markup_block(markup, BLOCK_HEADING, DOKU_LEVEL_SIGNS - signs, title);
    } else if (is_indented && (markup_starts(words, "* ") || markup_starts(words, "- "))) {
        write_item(markup, line->indent / DOKU_INDENT_LEAST, words.data[0] == '-',
                   markup_trim(markup_from(words, 2)));
    } else if (is_indented && markup->pending.len == 0) {
        markup->at = line->start;
        while (markup->at > 0 && markup->text.data[markup->at - 1] != '\n')
            markup->at--;
        markup_code(markup, (struct span){ "", 0 }, markup_indented(markup, 1));
    } else if (words.data[0] == '>') {
        markup_open(markup, BLOCK_QUOTE, 0, 0);
        while (words.len > 0 && words.data[0] == '>')
            words = markup_from(words, 1);
        markup_add(markup, markup_trim(words));
        markup_flush(markup);
    } else if (!(markup_starts(words, "~~") && markup_find(words, 2, "~~") + 2 == words.len) &&
               !write_code(markup, line, words) && !write_common(markup, words, true)) {
        markup_add(markup, words);
    }
}

/* Goes through the lines; blank ones end a block. */
static void each_line(struct markup *markup,
                      void (*take)(struct markup *markup, const struct text_line *line))
{
    struct text_line line;

    while (markup_next(markup, &line)) {
        if (line.is_blank)
            markup_flush(markup);
        else
            take(markup, &line);
    }
    markup_flush(markup);
}

static void creole_format(struct markup *markup)
{
    each_line(markup, creole_line);
}

static void dokuwiki_format(struct markup *markup)
{
    CLEANUP(buf_release) struct buf notes = BUF_INIT(NOTES_BYTES_MAX);
    struct creole creole = { .notes = BUF_INIT(NOTES_BYTES_MAX) };

    markup->user = &creole;
    each_line(markup, dokuwiki_line);
    notes = creole.notes;
    creole.notes = (struct buf)BUF_INIT(0); /* a note in a note has no room: notes is read now */
    for (size_t at = 0; at < notes.len && !writer_is_full(markup->writer);) {
        struct text_line line = text_line_at(buf_span(&notes), at);

        if (!line.is_blank)
            markup_block(markup, BLOCK_FOOTNOTE, 0, text_line_words(buf_span(&notes), &line));
        at = line.next;
    }
    markup->user = NULL;
}

static enum status creole_extract(const struct source *source, struct writer *writer,
                                  struct error *err)
{
    return markup_run(source, writer, &creole_syntax, creole_format, err);
}

static enum status dokuwiki_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    return markup_run(source, writer, &dokuwiki_syntax, dokuwiki_format, err);
}

const struct extractor creole_extractor = {
    .name = "creole",
    .version = 2,
    .bid = creole_bid,
    .extract = creole_extract,
};

const struct extractor dokuwiki_extractor = {
    .name = "dokuwiki",
    .version = 2,
    .bid = dokuwiki_bid,
    .extract = dokuwiki_extract,
};
