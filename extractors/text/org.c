/*
 * org.c - Org mode: https://orgmode.org/worg/org-syntax.html
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/text/markup.h"

#define NOTES_MAX          64u
#define MACROS_MAX         64u
#define NOTE_BYTES_MAX     ((size_t)1 << 20) /* of the notes of a block */
#define PLANNING_BYTES_MAX 1000u             /* looked through for each of its parts */
#define ORG_BREAK          '\v'              /* in pending words: the end of a line that stays */

/* markup->user */
struct org {
    /* Notes of the block at hand, said where they are meant: where each label and its words begin
     * in note_text; both end in a NUL. */
    size_t note_labels[NOTES_MAX], note_words[NOTES_MAX];
    struct buf note_text;
    unsigned note_count, note_total;
    struct span macros[MACROS_MAX][2]; /* "#+MACRO: name words" */
    unsigned macro_count;
    size_t unended;        /* no drawer that begins before that offset has an end */
    size_t unended_hidden; /* the same of blocks that are comments */
    bool has_no_end;       /* from here on no block has one */
    unsigned hidden_level; /* of a heading that is a comment, with all below it; 0: none */
    bool has_no_equation;  /* from here on: none has an end */
    bool is_verse;
};

static int org_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-org") == 0 ? 95 : 0;
}

static const struct markup_pair org_pairs[] = {
    { "=", "=", true, false, MARKUP_CODE },  { "~", "~", true, false, MARKUP_CODE },
    { "*", "*", false, false, MARKUP_BOLD }, { "/", "/", false, false, MARKUP_ITALIC },
    { "_", "_", false, false, 0 },           { "+", "+", false, false, MARKUP_STRUCK },
    { NULL, NULL, false, false, 0 },
};

static size_t keep(struct org *org, struct span text)
{
    size_t start = org->note_text.len;

    buf_append(&org->note_text, text.data, text.len);
    buf_append_char(&org->note_text, '\0');
    return start;
}

static struct span kept(const struct org *org, size_t start)
{
    if (start >= org->note_text.len)
        return (struct span){ "", 0 };
    return (struct span){ org->note_text.data + start, strlen(org->note_text.data + start) };
}

/* The bracket that closes the one at rest's start; rest.len: none does. */
static size_t closing_bracket(struct span rest)
{
    unsigned depth = 0;

    for (size_t i = 0; i < rest.len; i++) {
        depth += rest.data[i] == '[';
        if (rest.data[i] == ']' && --depth == 0)
            return i;
    }
    return rest.len;
}

/* "[fn:1]", "[fn:name: words]", "[fn:: words]": a mark here, the words behind the block. */
static size_t org_note(struct markup *markup, struct span rest)
{
    struct org *org = markup->user;
    size_t end = closing_bracket(rest), colon;
    struct span label, words;
    char number[12];

    if (end == rest.len)
        return 0;
    label = (struct span){ rest.data + 4, end - 4 };
    colon = markup_find(label, 0, ":");
    words = markup_trim(markup_from(label, colon + 1));
    label.len = colon;
    if (label.len == 0) {
        (void)snprintf(number, sizeof(number), "n%u", ++org->note_total);
        label = (struct span){ number, strlen(number) };
    }
    if (words.len > 0 && org->note_count == NOTES_MAX) { /* no room, or a note in a note */
        markup_inline(markup, words);
        return end + 1;
    }
    if (words.len > 0) {
        org->note_labels[org->note_count] = keep(org, label);
        org->note_words[org->note_count++] = keep(org, words);
    }
    writer_text(markup->writer, (struct span){ "[^", 2 });
    writer_text(markup->writer, label);
    writer_text(markup->writer, (struct span){ "]", 1 });
    return end + 1;
}

/* "{{{name}}}" */
static size_t org_macro(struct markup *markup, struct span rest)
{
    struct org *org = markup->user;
    size_t end = markup_find(rest, 3, "}}}");
    struct span name = { rest.data + 3, end > 3 ? end - 3 : 0 };

    if (end == rest.len)
        return 0;
    for (unsigned i = 0; i < org->macro_count; i++)
        if (org->macros[i][0].len == name.len &&
            memcmp(org->macros[i][0].data, name.data, name.len) == 0) {
            markup_inline(markup, org->macros[i][1]);
            return end + 3;
        }
    return 0;
}

static bool is_picture(struct span target)
{
    static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (target.len > strlen(endings[i]) &&
            markup_starts_nocase(markup_from(target, target.len - strlen(endings[i])), endings[i]))
            return true;
    return false;
}

/* "<https://example.org>" */
static size_t org_address(struct markup *markup, struct span rest)
{
    size_t end = markup_find(rest, 0, ">");
    struct span target = { rest.data + 1, end > 1 ? end - 1 : 0 };

    if (end == rest.len || memchr(target.data, ' ', target.len) ||
        (markup_find(target, 0, "://") == target.len && !markup_starts(target, "mailto:")))
        return 0;
    writer_link_begin(markup->writer, target);
    writer_text(markup->writer, target);
    writer_link_end(markup->writer);
    return end + 1;
}

/* [[target][words]], [[target]], and what the functions above are about */
static size_t org_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), target, words;
    size_t end, middle;

    if (rest.data[0] == ORG_BREAK) {
        writer_break(markup->writer);
        return 1;
    }
    if (rest.data[0] == '<')
        return org_address(markup, rest);
    if (markup_starts(rest, "{{{"))
        return org_macro(markup, rest);
    if (markup_starts(rest, "[fn:"))
        return org_note(markup, rest);
    if (!markup_starts(rest, "[["))
        return 0;
    end = markup_find(rest, 2, "]]");
    if (end == rest.len)
        return 0;
    target = (struct span){ rest.data + 2, end - 2 };
    middle = markup_find(target, 0, "][");
    words = middle < target.len ? markup_from(target, middle + 2) : target;
    target.len = middle;
    if (words.data == target.data && is_picture(target))
        return end + 2;
    writer_link_begin(markup->writer, target);
    if (words.data == target.data)
        writer_text(markup->writer, words);
    else
        markup_inline(markup, words);
    writer_link_end(markup->writer);
    return end + 2;
}

static const struct markup_syntax org_syntax = { org_pairs, org_special, false };

/* Ends the pending block, and says the notes that it had. */
static void flush(struct markup *markup)
{
    struct org *org = markup->user;
    unsigned count;

    markup_flush(markup);
    count = org->note_count;
    org->note_count = NOTES_MAX; /* no notes in notes */
    for (unsigned i = 0; i < count; i++) {
        writer_begin(markup->writer, BLOCK_FOOTNOTE, 0);
        writer_label(markup->writer, kept(org, org->note_labels[i]));
        markup_inline(markup, kept(org, org->note_words[i]));
        writer_end(markup->writer);
    }
    org->note_count = 0;
    buf_clear(&org->note_text);
}

static struct span without_keyword(struct span words)
{
    static const char *const keywords[] = { "TODO ", "DONE ", "NEXT ", "WAITING ", "CANCELLED " };

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (markup_starts(words, keywords[i]))
            words = markup_trim(markup_from(words, strlen(keywords[i])));
    if (words.len > 4 && markup_starts(words, "[#") && words.data[3] == ']') /* a priority */
        words = markup_trim(markup_from(words, 4));
    return words;
}

/* "Title   :tag:other:" */
static struct span without_tags(struct span words)
{
    size_t i = words.len;

    if (i == 0 || words.data[i - 1] != ':')
        return words;
    while (i > 0 && !isspace((unsigned char)words.data[i - 1]))
        i--;
    if (i > 0 && words.data[i] == ':' && i + 1 < words.len)
        words.len = i;
    return markup_trim(words);
}

static bool org_heading(struct markup *markup, const struct text_line *line, struct span words)
{
    struct org *org = markup->user;
    unsigned level = 0;

    while (level < words.len && words.data[level] == '*')
        level++;
    if (line->indent > 0 || level == 0 || level >= words.len || words.data[level] != ' ')
        return false;
    words = without_tags(without_keyword(markup_trim(markup_from(words, level))));
    flush(markup);
    markup->list_depth = 0;
    if (org->hidden_level == 0 || level <= org->hidden_level)
        org->hidden_level = markup_starts(words, "COMMENT ") ? level : 0;
    if (org->hidden_level > 0)
        return true;
    markup_block(markup, BLOCK_HEADING, level > 6 ? 6 : level, words);
    return true;
}

static void org_metadata(struct markup *markup, struct span words)
{
    static const char *const names[] = { "title",    "author",      "date",
                                         "language", "description", "keywords" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);

        if (markup_starts_nocase(words, names[i]) && words.len > length &&
            words.data[length] == ':') {
            writer_metadata(markup->writer, names[i], markup_trim(markup_from(words, length + 1)));
            if (i == 0)
                markup_block(markup, BLOCK_TITLE, 0, markup_trim(markup_from(words, length + 1)));
        }
    }
}

/* Paragraphs; of a verse each line stays one. */
static void org_quote(struct markup *markup, struct span lines)
{
    const struct org *org = markup->user;

    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);

        at = line.next;
        if (line.is_blank) {
            flush(markup);
            continue;
        }
        if (markup->pending.len == 0)
            markup_open(markup, BLOCK_QUOTE, 1, 0);
        else if (org->is_verse)
            buf_append_char(&markup->pending, ORG_BREAK);
        markup_add(markup, text_line_words(lines, &line));
    }
    flush(markup);
}

/* "SCHEDULED: <...> DEADLINE: <...>" below a heading. */
static bool org_planning(struct markup *markup, struct span words)
{
    static const char *const names[] = { "SCHEDULED:", "DEADLINE:", "CLOSED:" };
    bool is_planning = false;

    if (words.len > PLANNING_BYTES_MAX)
        return false;
    for (size_t at = 0; at < words.len;) {
        struct span rest = markup_trim(markup_from(words, at));
        size_t end = rest.len;

        for (size_t i = 0; i < 3; i++) {
            size_t next = markup_find(rest, 1, names[i]);

            is_planning |= at == 0 && markup_starts(rest, names[i]);
            end = next < end ? next : end;
        }
        if (!is_planning)
            return false;
        flush(markup);
        markup_block(markup, BLOCK_FIELD, 0, markup_trim((struct span){ rest.data, end }));
        at = (size_t)(rest.data - words.data) + end;
    }
    return true;
}

static bool is_heading_line(const struct markup *markup, const struct text_line *line)
{
    struct span words = markup_words(markup, line);
    size_t stars = 0;

    while (stars < words.len && words.data[stars] == '*')
        stars++;
    return line->indent == 0 && stars > 0 && stars < words.len && words.data[stars] == ' ';
}

/* The lines of a block up to its end; without one, up to the next heading. */
static struct span org_block(struct markup *markup)
{
    struct org *org = markup->user;
    size_t start = markup->at;
    struct text_line line;

    if (!org->has_no_end) {
        struct span lines = markup_until(markup, "#+end_", true);

        if (start + lines.len < markup->text.len)
            return lines;
        org->has_no_end = true;
        markup->at = start;
    }
    while (markup_peek(markup, &line) && !is_heading_line(markup, &line))
        markup->at = line.next;
    return (struct span){ markup->text.data + start, markup->at - start };
}

/* Passes over a block that is a comment. Without an end it is none: its lines are text. */
static void org_hidden_block(struct markup *markup)
{
    struct org *org = markup->user;
    size_t start = markup->at;
    struct text_line line;

    if (start < org->unended_hidden)
        return;
    while (markup_peek(markup, &line) && !is_heading_line(markup, &line)) {
        markup->at = line.next;
        if (markup_starts_nocase(markup_words(markup, &line), "#+end_comment"))
            return;
    }
    org->unended_hidden = markup->at;
    markup->at = start;
}

/* A line that begins with "#+". */
static void org_keyword(struct markup *markup, struct span words)
{
    struct org *org = markup->user;
    struct span name = markup_from(words, 2), argument;
    size_t space;

    if (markup_starts_nocase(name, "macro:")) {
        name = markup_trim(markup_from(name, 6));
        space = markup_find(name, 0, " ");
        if (org->macro_count < MACROS_MAX) {
            org->macros[org->macro_count][0] = (struct span){ name.data, space };
            org->macros[org->macro_count++][1] = markup_trim(markup_from(name, space));
        }
        return;
    }
    if (markup_starts_nocase(name, "caption:")) {
        flush(markup);
        markup_block(markup, BLOCK_CAPTION, 0, markup_trim(markup_from(name, 8)));
        return;
    }
    flush(markup);
    if (!markup_starts_nocase(name, "begin_")) {
        org_metadata(markup, name);
        return;
    }
    name = markup_from(name, 6);
    space = markup_find(name, 0, " ");
    argument = markup_trim(markup_from(name, space));
    argument.len = markup_find(argument, 0, " ");
    if (markup_starts_nocase(name, "quote") || markup_starts_nocase(name, "verse")) {
        org->is_verse = markup_starts_nocase(name, "verse");
        org_quote(markup, org_block(markup));
    } else if (markup_starts_nocase(name, "comment")) {
        org_hidden_block(markup);
    } else if (markup_starts_nocase(name, "src") || markup_starts_nocase(name, "example") ||
               markup_starts_nocase(name, "export")) {
        markup_code(markup, markup_starts_nocase(name, "src") ? argument : (struct span){ "", 0 },
                    org_block(markup));
    }
}

/* "| <l> | <10> |", "| / | <> |": how columns are drawn. */
static bool is_layout_row(struct span words)
{
    bool has_mark = false;

    for (size_t i = 0; i < words.len; i++) {
        if (!strchr("| <>/lrc0123456789", words.data[i]) || !words.data[i])
            return false;
        has_mark |= words.data[i] == '<';
    }
    return has_mark;
}

static void org_table(struct markup *markup, struct text_line line)
{
    bool has_rule = false, is_body = false;
    size_t start = markup->at;
    struct text_line ahead;

    flush(markup);
    /* A rule under the first row makes it the header. */
    for (size_t rows = 0; markup_peek(markup, &ahead) && rows < 2; rows++) {
        struct span words = markup_words(markup, &ahead);

        if (!markup_starts(words, "|"))
            break;
        has_rule |= markup_starts(words, "|-");
        markup->at = ahead.next;
    }
    markup->at = start;
    writer_begin(markup->writer, BLOCK_TABLE, has_rule ? 1 : 0);
    for (;;) {
        struct span words = markup_words(markup, &line);

        if (markup_starts(words, "|-"))
            is_body = true;
        else if (!is_layout_row(words))
            markup_row(markup, words, '|', has_rule && !is_body);
        if (!markup_peek(markup, &line) || !markup_starts(markup_words(markup, &line), "|"))
            break;
        markup->at = line.next;
    }
    writer_end(markup->writer);
}

static void org_item(struct markup *markup, const struct text_line *line, struct span words,
                     size_t mark, bool is_ordered)
{
    struct span rest = markup_from(words, mark);
    size_t term = markup_find(rest, 0, " :: "), behind = 4;
    struct span number = { words.data, 0 };

    if (term == rest.len && rest.len > 3 && markup_starts(markup_from(rest, rest.len - 3), " ::")) {
        term = rest.len - 3;
        behind = 3;
    }
    flush(markup);
    while (is_ordered && number.len < mark && isdigit((unsigned char)words.data[number.len]))
        number.len++;
    if (is_ordered && markup_starts(rest, "[@")) { /* the number it begins with */
        size_t end = markup_find(rest, 0, "]");

        number = (struct span){ rest.data + 2, end > 2 && end < 10 ? end - 2 : 0 };
        rest = end < 10 ? markup_trim(markup_from(rest, end + 1)) : rest;
    }
    if (!is_ordered && term < rest.len) {
        markup_block(markup, BLOCK_TERM, 0, (struct span){ rest.data, term });
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
        rest = markup_from(rest, term + behind);
    } else {
        markup_open(markup, BLOCK_LIST_ITEM, markup_list_depth(markup, line->indent),
                    is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
        markup->label = number;
    }
    if (rest.len > 0)
        markup_add(markup, rest);
}

/* ": code" on lines behind each other */
static void org_fixed_width(struct markup *markup, struct span words)
{
    CLEANUP(buf_release) struct buf lines = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct text_line next;

    for (;;) {
        words = markup_from(words, words.len > 1 ? 2 : 1);
        buf_append(&lines, words.data, words.len);
        buf_append_char(&lines, '\n');
        if (!markup_peek(markup, &next) || next.is_blank)
            break;
        words = markup_words(markup, &next);
        if (words.data[0] != ':' || (words.len > 1 && words.data[1] != ' '))
            break;
        markup->at = next.next;
    }
    flush(markup);
    markup_code(markup, (struct span){ "", 0 }, buf_span(&lines));
}

/* "\begin{equation}" ... "\end{equation}" */
static bool org_equation(struct markup *markup, const struct text_line *line, struct span words)
{
    struct org *org = markup->user;
    struct span rest = markup_from(markup->text, line->start);
    size_t end, close;

    if (org->has_no_equation || !markup_starts(words, "\\begin{"))
        return false;
    end = markup_find(rest, 0, "\\end{");
    org->has_no_equation = end == rest.len;
    if (org->has_no_equation)
        return false;
    close = markup_find(rest, end, "}");
    flush(markup);
    writer_begin(markup->writer, BLOCK_PARAGRAPH, 0);
    (void)writer_emphasis(markup->writer, 1u << EMPHASIS_FORMULA);
    writer_text(markup->writer, (struct span){ "$$", 2 });
    writer_text(markup->writer, (struct span){ rest.data, close < rest.len ? close + 1 : close });
    writer_text(markup->writer, (struct span){ "$$", 2 });
    (void)writer_emphasis(markup->writer, 0);
    writer_end(markup->writer);
    markup->at = line->start + (close < rest.len ? close + 1 : close);
    return true;
}

/* ":PROPERTIES:" up to ":END:", with no heading between them. */
static bool org_drawer(struct markup *markup, struct span words)
{
    struct org *org = markup->user;
    size_t start = markup->at;
    struct text_line line;

    if ((!markup_starts(words, ":PROPERTIES:") && !markup_starts(words, ":LOGBOOK:")) ||
        start < org->unended)
        return false;
    while (markup_peek(markup, &line) &&
           (line.indent > 0 || line.is_blank || markup->text.data[line.start] != '*')) {
        struct span inner = markup_words(markup, &line);

        markup->at = line.next;
        if (inner.len == 5 && markup_starts_nocase(inner, ":END:"))
            return true;
    }
    org->unended = markup->at;
    markup->at = start;
    return false;
}

static bool is_comment(struct span words)
{
    return markup_starts(words, "# ") || (words.len == 1 && words.data[0] == '#');
}

static void org_line(struct markup *markup, const struct text_line *line)
{
    struct org *org = markup->user;
    struct span words = markup_words(markup, line);
    bool is_ordered;
    size_t mark = text_list_mark(words, &is_ordered);

    if (org_heading(markup, line, words) || org->hidden_level > 0)
        return;
    if (markup_starts(words, "#+")) {
        org_keyword(markup, words);
    } else if (markup_starts(words, "|")) {
        org_table(markup, *line);
    } else if (org_drawer(markup, words) || (text_rule_of(words, "-") && words.len >= 5)) {
        flush(markup);
    } else if (markup_starts(words, ": ") || (words.len == 1 && words.data[0] == ':')) {
        org_fixed_width(markup, words);
    } else if (is_comment(words) || (markup->pending.len == 0 && org_planning(markup, words)) ||
               org_equation(markup, line, words)) {
        return;
    } else if (markup_starts(words, "[fn:") && line->indent == 0 &&
               markup_find(words, 0, "]") < words.len) {
        size_t end = markup_find(words, 0, "]");

        flush(markup);
        markup_open(markup, BLOCK_FOOTNOTE, 0, 0);
        markup->label = (struct span){ words.data + 4, end > 4 ? end - 4 : 0 };
        markup_add(markup, markup_trim(markup_from(words, end + 1)));
    } else if (mark > 0 && !(words.data[0] == '*' && line->indent == 0)) {
        org_item(markup, line, words, mark, is_ordered);
    } else {
        if (line->indent == 0 && markup->pending.len == 0)
            markup->list_depth = 0;
        if (markup->pending.len == 0 && markup->list_depth > 0)
            markup_open(markup, BLOCK_LIST_ITEM, markup->list_depth, BLOCK_CONTINUES);
        markup_add(markup, words);
    }
}

static void org_format(struct markup *markup)
{
    struct org org = { .note_text = BUF_INIT(NOTE_BYTES_MAX) };
    struct text_line line;

    markup->user = &org;
    while (markup_next(markup, &line)) {
        if (line.is_blank)
            flush(markup);
        else
            org_line(markup, &line);
    }
    flush(markup);
    buf_release(&org.note_text);
}

static enum status org_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return markup_run(source, writer, &org_syntax, org_format, err);
}

const struct extractor org_extractor = {
    .name = "org",
    .version = 6,
    .bid = org_bid,
    .extract = org_extract,
};
