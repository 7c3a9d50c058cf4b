/*
 * wiki.c - wiki text of MediaWiki: https://www.mediawiki.org/wiki/Help:Formatting, and the
 * headings, lists and links that other wikis write in the same way.
 *
 * First what a wiki would resolve is taken out (wiki_clean.c); what is left is lines.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/text/wiki.h"

#define TAG_BYTES_MAX  300u
#define CELLS_MAX      128u
#define HEAD_LINES_MAX 200u

/* What holds over several lines. */
struct wiki_page {
    unsigned quote_depth;
    bool has_quoted; /* a paragraph of the quote at hand was written */
};

static int wiki_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-wiki") == 0 ? 95 : 0;
}

/* ---- words ---- */

/* The bytes of "[[ ... ]]" at offset 0, with links inside; 0: it does not end. */
static size_t link_length(struct span text)
{
    unsigned depth = 0;

    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] == '[' && text.data[i + 1] == '[') {
            depth++;
            i++;
        } else if (text.data[i] == ']' && text.data[i + 1] == ']') {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return 0;
}

/* The last part of "File:a.png|thumb|The words" that is not in a link. */
static struct span last_part(struct span text)
{
    size_t start = text.len;
    unsigned depth = 0;

    for (size_t i = text.len; i-- > 0;) {
        depth += text.data[i] == ']';
        depth -= text.data[i] == '[' && depth > 0;
        if (text.data[i] == '|' && depth == 0) {
            start = i + 1;
            break;
        }
    }
    return markup_from(text, start);
}

static bool is_picture(struct span target)
{
    return markup_starts_nocase(target, "File:") || markup_starts_nocase(target, "Image:") ||
           markup_starts_nocase(target, "Datei:") || markup_starts_nocase(target, "Fichier:");
}

/* How a picture stands on the page is no caption. */
static bool is_layout(struct span words)
{
    static const char *const names[] = { "thumb", "right",   "left",      "center", "frame",
                                         "none",  "upright", "frameless", "border", "mini" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (markup_starts_nocase(words, names[i]) && words.len < 16)
            return true;
    return words.len > 2 && memcmp(words.data + words.len - 2, "px", 2) == 0;
}

/* [[target|words]], [[target]]s, [[File:a.png|thumb|words]], [[Category:a]] */
static size_t write_inner_link(struct markup *markup, struct span rest)
{
    size_t length = link_length(rest), bar;
    struct span target, words;

    if (length == 0)
        return 0;
    target = (struct span){ rest.data + 2, length - 4 };
    if (is_picture(target)) {
        words = last_part(target);
        if (!is_layout(words))
            markup_inline(markup, words);
        return length;
    }
    if (markup_starts_nocase(target, "Category:")) {
        target = markup_from(target, 9);
        target.len = markup_find(target, 0, "|");
        writer_metadata(markup->writer, "keywords", markup_trim(target));
        return length;
    }
    bar = markup_find(target, 0, "|");
    words = bar < target.len ? markup_from(target, bar + 1) : target;
    target.len = bar;
    if (target.len > 0 && target.data[0] == ':')
        target = markup_from(target, 1);
    if (words.len > 0 && words.data[0] == ':')
        words = markup_from(words, 1);
    writer_link_begin(markup->writer, target);
    markup_inline(markup, words);
    /* "[[lake]]s" is one word. */
    while (length < rest.len && isalpha((unsigned char)rest.data[length]))
        writer_text(markup->writer, (struct span){ rest.data + length++, 1 });
    writer_link_end(markup->writer);
    return length;
}

/* [https://example.org words] */
static size_t write_outer_link(struct markup *markup, struct span rest)
{
    size_t end = markup_find(rest, 1, "]"), space;
    struct span target;

    if (end == rest.len || (!markup_starts(rest, "[http") && !markup_starts(rest, "[//") &&
                            !markup_starts(rest, "[mailto:")))
        return 0;
    target = (struct span){ rest.data + 1, end - 1 };
    space = markup_find(target, 0, " ");
    writer_link_begin(markup->writer, (struct span){ target.data, space });
    markup_inline(markup, space < target.len ? markup_trim(markup_from(target, space)) : target);
    writer_link_end(markup->writer);
    return end + 1;
}

/* "vector<int>", "<ann@example.org>": where there is no such tag MediaWiki shows what is written.
 */
static bool is_tag(struct span inside)
{
    static const char *const names[] = { "abbr",
                                         "b",
                                         "bdi",
                                         "bdo",
                                         "big",
                                         "blockquote",
                                         "br",
                                         "caption",
                                         "center",
                                         "chem",
                                         "cite",
                                         "code",
                                         "dd",
                                         "del",
                                         "dfn",
                                         "div",
                                         "dl",
                                         "dt",
                                         "em",
                                         "font",
                                         "gallery",
                                         "hr",
                                         "i",
                                         "includeonly",
                                         "ins",
                                         "kbd",
                                         "li",
                                         "mark",
                                         "math",
                                         "noinclude",
                                         "nowiki",
                                         "ol",
                                         "onlyinclude",
                                         "p",
                                         "poem",
                                         "pre",
                                         "q",
                                         "ref",
                                         "references",
                                         "rp",
                                         "rt",
                                         "ruby",
                                         "s",
                                         "samp",
                                         "section",
                                         "small",
                                         "source",
                                         "span",
                                         "strike",
                                         "strong",
                                         "sub",
                                         "sup",
                                         "syntaxhighlight",
                                         "table",
                                         "tbody",
                                         "td",
                                         "th",
                                         "thead",
                                         "time",
                                         "tr",
                                         "translate",
                                         "tt",
                                         "u",
                                         "ul",
                                         "var",
                                         "wbr",
                                         "h1",
                                         "h2",
                                         "h3",
                                         "h4",
                                         "h5",
                                         "h6",
                                         "languages",
                                         "tvar",
                                         NULL };
    size_t length = 0;

    if (inside.len > 0 && inside.data[0] == '/')
        inside = markup_from(inside, 1);
    while (length < inside.len && isalnum((unsigned char)inside.data[length]))
        length++;
    if (length < inside.len && !strchr(" \t\n/", inside.data[length]))
        return false;
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == length && markup_starts_nocase(inside, names[i]))
            return true;
    return memchr(inside.data, '=', inside.len) != NULL; /* of an extension */
}

/* Of elements that say how words look. */
static void turn_looks(struct markup *markup, struct span inside)
{
    static const struct {
        const char *name;
        unsigned looks;
    } all[] = {
        { "b", MARKUP_BOLD },        { "strong", MARKUP_BOLD },
        { "i", MARKUP_ITALIC },      { "em", MARKUP_ITALIC },
        { "var", MARKUP_ITALIC },    { "code", MARKUP_CODE },
        { "tt", MARKUP_CODE },       { "kbd", MARKUP_CODE },
        { "samp", MARKUP_CODE },     { "s", MARKUP_STRUCK },
        { "strike", MARKUP_STRUCK }, { "del", MARKUP_STRUCK },
        { "sup", MARKUP_RAISED },    { "sub", 1u << EMPHASIS_LOWERED },
    };
    bool is_end = inside.len > 0 && inside.data[0] == '/';
    size_t length = 0;

    inside = markup_from(inside, is_end);
    while (length < inside.len && isalnum((unsigned char)inside.data[length]))
        length++;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strlen(all[i].name) == length && markup_starts_nocase(inside, all[i].name)) {
            unsigned looks = writer_emphasis(markup->writer, 0);

            (void)writer_emphasis(markup->writer,
                                  is_end ? looks & ~all[i].looks : looks | all[i].looks);
        }
}

static size_t write_tag(struct markup *markup, struct span rest)
{
    size_t end;

    if (rest.len < 3 || (!isalpha((unsigned char)rest.data[1]) && rest.data[1] != '/'))
        return 0;
    rest.len = rest.len < TAG_BYTES_MAX ? rest.len : TAG_BYTES_MAX;
    end = markup_find(rest, 1, ">");
    if (end == rest.len || !is_tag((struct span){ rest.data + 1, end - 1 }))
        return 0;
    if (markup_starts_nocase(rest, "<br") || markup_starts_nocase(rest, "</p"))
        writer_break(markup->writer);
    turn_looks(markup, (struct span){ rest.data + 1, end - 1 });
    return end + 1;
}

static size_t wiki_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset);
    size_t quotes = 0;
    unsigned looks;

    switch (rest.data[0]) {
    case '\'':
        while (quotes < rest.len && quotes < 5 && rest.data[quotes] == '\'')
            quotes++;
        if (quotes == 4) /* an apostrophe, and bold */
            writer_text(markup->writer, (struct span){ "'", 1 });
        if (quotes < 2)
            return 0;
        looks = writer_emphasis(markup->writer, 0);
        looks ^= (quotes != 3 && quotes != 4 ? MARKUP_ITALIC : 0) | (quotes > 2 ? MARKUP_BOLD : 0);
        (void)writer_emphasis(markup->writer, looks);
        return quotes;
    case '[':
        return markup_starts(rest, "[[") ? write_inner_link(markup, rest)
                                         : write_outer_link(markup, rest);
    case '<':
        return write_tag(markup, rest);
    case '&':
        return markup_reference(markup, rest);
    default:
        return 0;
    }
}

static const struct markup_pair wiki_pairs[] = { { NULL, NULL, false, false, 0 } };
static const struct markup_syntax wiki_syntax = { wiki_pairs, wiki_special, false };

/* ---- tables ---- */

struct row {
    struct buf text; /* of all cells, one behind the other */
    size_t starts[CELLS_MAX];
    unsigned spans[CELLS_MAX];
    bool is_header[CELLS_MAX];
    size_t count;
};

static void write_row(struct markup *markup, struct row *row)
{
    bool is_header = row->count > 0;

    if (row->count == 0)
        return;
    for (size_t i = 0; i < row->count; i++)
        is_header &= row->is_header[i];
    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i < row->count; i++) {
        size_t end = i + 1 < row->count ? row->starts[i + 1] : row->text.len;

        writer_begin(markup->writer, BLOCK_CELL, row->spans[i]);
        markup_inline(markup, markup_trim((struct span){ row->text.data + row->starts[i],
                                                         end - row->starts[i] }));
        writer_end(markup->writer);
    }
    writer_end(markup->writer);
    row->count = 0;
    buf_clear(&row->text);
}

/* In "colspan=2 | words" the words begin behind the bar. */
static struct span without_attributes(struct span cell, unsigned *columns)
{
    size_t bar = markup_find(cell, 0, "|"), at = markup_find(cell, 0, "colspan");
    struct span lead = { cell.data, bar };

    *columns = 0;
    if (bar == cell.len || markup_find(lead, 0, "[[") < lead.len ||
        markup_find(lead, 0, "=") == lead.len)
        return cell;
    for (at += 7; at < lead.len && !isdigit((unsigned char)lead.data[at]); at++)
        if (!strchr("= \"'", lead.data[at]))
            return markup_from(cell, bar + 1);
    while (at < lead.len && isdigit((unsigned char)lead.data[at]) && *columns < 100)
        *columns = *columns * 10 + (unsigned)(lead.data[at++] - '0');
    return markup_from(cell, bar + 1);
}

static void add_cell(struct row *row, struct span cell, bool is_header)
{
    unsigned columns;

    if (row->count == CELLS_MAX)
        return;
    cell = without_attributes(cell, &columns);
    row->starts[row->count] = row->text.len;
    row->spans[row->count] = columns;
    row->is_header[row->count++] = is_header;
    buf_append(&row->text, cell.data, cell.len);
}

/* "| a || b", "! a !! b": behind the first mark. */
static void add_cells(struct row *row, struct span words, bool is_header)
{
    size_t start = 0;

    for (size_t i = 0; i <= words.len; i++) {
        bool is_mark =
            i + 1 < words.len && ((words.data[i] == '|' && words.data[i + 1] == '|') ||
                                  (is_header && words.data[i] == '!' && words.data[i + 1] == '!'));

        if (i < words.len && !is_mark)
            continue;
        add_cell(row, (struct span){ words.data + start, i - start }, is_header);
        start = i + 2;
        i++;
    }
}

/* Whether all cells of the first row are headers. */
static bool has_header(const struct markup *markup)
{
    struct span text = markup->text;
    bool is_header = false;
    unsigned lines = 0;

    for (size_t at = markup->at; at < text.len && lines < HEAD_LINES_MAX; lines++) {
        struct text_line line = text_line_at(text, at);
        struct span words = text_line_words(text, &line);

        at = line.next;
        if (markup_starts(words, "!"))
            is_header = true;
        else if (markup_starts(words, "|}") || (markup_starts(words, "|-") && is_header))
            return is_header;
        else if (markup_starts(words, "|") && !markup_starts(words, "|-") &&
                 !markup_starts(words, "|+"))
            return false;
    }
    return is_header;
}

static void write_table(struct markup *markup)
{
    struct row row = { .text = BUF_INIT(EXTRACTION_MADE_BYTES_MAX) };
    struct text_line line;
    unsigned depth = 1;

    markup_flush(markup);
    writer_begin(markup->writer, BLOCK_TABLE, has_header(markup) ? 1 : 0);
    while (depth > 0 && markup_next(markup, &line)) {
        struct span words = markup_words(markup, &line);

        if (markup_starts(words, "{|")) {
            depth++; /* a table in a cell: its cells follow */
        } else if (markup_starts(words, "|}")) {
            depth--;
        } else if (markup_starts(words, "|-")) {
            write_row(markup, &row);
        } else if (markup_starts(words, "|+")) {
            unsigned columns;

            writer_end(markup->writer);
            markup_block(markup, BLOCK_CAPTION, 0,
                         markup_trim(without_attributes(markup_from(words, 2), &columns)));
            writer_begin(markup->writer, BLOCK_TABLE, has_header(markup) ? 1 : 0);
        } else if (markup_starts(words, "|") || markup_starts(words, "!")) {
            add_cells(&row, markup_from(words, 1), words.data[0] == '!');
        } else if (row.count > 0 && !line.is_blank) {
            buf_append_char(&row.text, '\n');
            buf_append(&row.text, words.data, words.len);
        }
        source_progress(markup->source);
    }
    write_row(markup, &row);
    writer_end(markup->writer);
    buf_release(&row.text);
}

/* ---- lines ---- */

static void write_item(struct markup *markup, struct span words)
{
    size_t depth = 0;
    struct span rest;
    char mark;

    while (depth < words.len && depth < 12 && strchr("*#:;", words.data[depth]))
        depth++;
    mark = words.data[depth - 1];
    rest = markup_trim(markup_from(words, depth));
    if (mark == ';') {
        size_t colon = markup_find(rest, 0, " : ");

        markup_block(markup, BLOCK_TERM, 0, (struct span){ rest.data, colon });
        rest = markup_from(rest, colon + (colon < rest.len ? 3 : 0));
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    } else if (mark == ':' && words.data[0] != ':') {
        markup_open(markup, BLOCK_LIST_ITEM, (unsigned)depth - 1, BLOCK_CONTINUES);
    } else if (mark == ':') {
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    } else {
        markup_open(markup, BLOCK_LIST_ITEM, (unsigned)depth,
                    mark == '#' ? (unsigned)BLOCK_ORDERED : 0u);
    }
    markup_add(markup, rest);
    markup_flush(markup);
}

/* <syntaxhighlight lang="c">, <source lang=c>, <pre>: up to the end tag. */
static bool write_code(struct markup *markup, const struct text_line *line, struct span words)
{
    static const char *const names[] = { "pre", "syntaxhighlight", "source" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char end_tag[24] = "</";
        size_t tag, end, label;
        struct span rest, language = { "", 0 };

        if (words.data[0] != '<' || !markup_starts_nocase(markup_from(words, 1), names[i]))
            continue;
        memcpy(end_tag + 2, names[i], strlen(names[i]) + 1);
        rest = markup_from(markup->text, line->start);
        tag = markup_find((struct span){ rest.data, words.len }, 0, ">");
        if (tag == words.len)
            return false;
        end = markup_find(rest, tag, end_tag);
        label = markup_find((struct span){ rest.data, tag }, 0, "lang=");
        if (label < tag) {
            language = (struct span){ rest.data + label + 5, tag - label - 5 };
            while (language.len > 0 && strchr("\"'", language.data[0]))
                language = markup_from(language, 1);
            for (size_t k = 0; k < language.len; k++)
                if (strchr("\"' /", language.data[k]))
                    language.len = k;
        }
        markup_code(markup, language,
                    (struct span){ rest.data + tag + 1, end > tag ? end - tag - 1 : 0 });
        /* What stands behind the end tag is a line of its own. */
        end += end < rest.len ? strlen(end_tag) + 1 : 0;
        markup->at = line->start + (end < rest.len ? end : rest.len);
        return true;
    }
    return false;
}

/* Lines that begin with a space are shown as they are. */
static void write_indented(struct markup *markup, const struct text_line *line)
{
    size_t start = line->start - 1;
    struct text_line next;

    while (markup_peek(markup, &next) && !next.is_blank && next.indent > 0)
        markup->at = next.next;
    markup_code(markup, (struct span){ "", 0 },
                (struct span){ markup->text.data + start, markup->at - start });
}

static void write_note(struct markup *markup, struct span words)
{
    size_t blank = markup_find(words, 0, " ");

    markup_open(markup, BLOCK_FOOTNOTE, 0, 0);
    markup->label = (struct span){ words.data + 1, blank - 1 };
    markup_add(markup, markup_trim(markup_from(words, blank)));
    markup_flush(markup);
}

static void turn_quote(struct markup *markup, char mark)
{
    struct wiki_page *page = markup->user;

    markup_flush(markup);
    page->quote_depth += mark == WIKI_QUOTE ? 1u : page->quote_depth > 0 ? -1u : 0u;
    page->has_quoted = false;
}

/* Words of a paragraph, or of a quote. */
static void add_words(struct markup *markup, struct span words)
{
    struct wiki_page *page = markup->user;

    if (page->quote_depth > 0 && markup->pending.len == 0) {
        markup_open(markup, BLOCK_QUOTE, page->quote_depth,
                    page->has_quoted ? BLOCK_CONTINUES : 0u);
        page->has_quoted = true;
    }
    markup_add(markup, words);
}

static void wiki_line(struct markup *markup, const struct text_line *line)
{
    struct span words = markup_words(markup, line), title;
    unsigned level = line->indent == 0 ? text_wiki_heading(words, &title) : 0;

    if (level > 0) {
        markup_block(markup, BLOCK_HEADING, level, title);
    } else if (words.data[0] == WIKI_FIELD) {
        markup_block(markup, BLOCK_FIELD, 0, markup_from(words, 1));
    } else if (words.data[0] == WIKI_NOTE) {
        write_note(markup, words);
    } else if (words.data[0] == WIKI_QUOTE || words.data[0] == WIKI_QUOTE_END) {
        turn_quote(markup, words.data[0]);
    } else if (markup_starts(words, "{|")) {
        write_table(markup);
    } else if (markup_starts(words, "----") ||
               (markup_starts(words, "__") && words.len > 4 && words.data[words.len - 1] == '_')) {
        markup_flush(markup);
    } else if (write_code(markup, line, words)) {
        return;
    } else if (line->indent == 0 && strchr("*#:;", words.data[0]) &&
               !markup_starts_nocase(words, "#redirect")) {
        write_item(markup, words);
    } else if (line->indent > 0 && markup->pending.len == 0) {
        write_indented(markup, line);
    } else if (markup_starts(words, "[[") && is_picture(markup_from(words, 2)) &&
               link_length(words) == words.len) {
        markup_block(markup, BLOCK_CAPTION, 0, words);
    } else {
        add_words(markup, words);
    }
}

static void wiki_format(struct markup *markup)
{
    CLEANUP(buf_release) struct buf clean = BUF_INIT(EXTRACTION_MADE_BYTES_MAX * 2);
    CLEANUP(buf_release) struct buf lines = BUF_INIT(EXTRACTION_MADE_BYTES_MAX * 3);
    struct wiki_page page = { .quote_depth = 0 };
    struct text_line line;

    wiki_clean(markup->text, &clean);
    wiki_tags(buf_span(&clean), &lines);
    markup_turn_to(markup, buf_span(&lines), 0);
    markup->user = &page;
    while (markup_next(markup, &line)) {
        if (line.is_blank)
            markup_flush(markup);
        else
            wiki_line(markup, &line);
    }
    markup_flush(markup);
}

static enum status wiki_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    return markup_run(source, writer, &wiki_syntax, wiki_format, err);
}

const struct extractor wiki_extractor = {
    .name = "wiki",
    .version = 3,
    .bid = wiki_bid,
    .extract = wiki_extract,
};
