/*
 * org.c - Org mode: https://orgmode.org/worg/org-syntax.html
 */
#include <ctype.h>
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/markup.h"

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

/* [[target][words]], [[target]], [fn:1] */
static size_t org_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), target, words;
    size_t end, middle;

    if (markup_starts(rest, "[fn:")) {
        end = markup_find(rest, 0, "]");
        return end < rest.len ? end + 1 : 0;
    }
    if (!markup_starts(rest, "[["))
        return 0;
    end = markup_find(rest, 2, "]]");
    if (end == rest.len)
        return 0;
    target = (struct span){ rest.data + 2, end - 2 };
    middle = markup_find(target, 0, "][");
    words = middle < target.len ? markup_from(target, middle + 2) : target;
    target.len = middle;
    writer_link_begin(markup->writer, target);
    writer_text(markup->writer, words);
    writer_link_end(markup->writer);
    return end + 2;
}

static const struct markup_syntax org_syntax = { org_pairs, org_special, false };

static struct span without_keyword(struct span words)
{
    static const char *const keywords[] = { "TODO ", "DONE ", "NEXT ", "WAITING ", "CANCELLED " };

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (markup_starts(words, keywords[i]))
            return markup_trim(markup_from(words, strlen(keywords[i])));
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
    unsigned level = 0;

    while (level < words.len && words.data[level] == '*')
        level++;
    if (line->indent > 0 || level == 0 || level >= words.len || words.data[level] != ' ')
        return false;
    words = without_tags(without_keyword(markup_trim(markup_from(words, level))));
    markup->list_depth = 0;
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

/* A line that begins with "#+". */
static void org_keyword(struct markup *markup, struct span words)
{
    struct span name = markup_from(words, 2), argument;
    size_t space;

    if (markup_starts_nocase(name, "caption:")) {
        markup_block(markup, BLOCK_CAPTION, 0, markup_trim(markup_from(name, 8)));
        return;
    }
    if (!markup_starts_nocase(name, "begin_")) {
        markup_flush(markup);
        org_metadata(markup, name);
        return;
    }
    name = markup_from(name, 6);
    space = markup_find(name, 0, " ");
    argument = markup_trim(markup_from(name, space));
    argument.len = markup_find(argument, 0, " ");
    if (markup_starts_nocase(name, "quote") || markup_starts_nocase(name, "verse")) {
        struct span lines = markup_until(markup, "#+end_", true);

        markup_block(markup, BLOCK_QUOTE, 1, markup_trim(lines));
    } else if (markup_starts_nocase(name, "comment")) {
        (void)markup_until(markup, "#+end_", true);
    } else if (markup_starts_nocase(name, "src") || markup_starts_nocase(name, "example") ||
               markup_starts_nocase(name, "export")) {
        markup_code(markup, markup_starts_nocase(name, "src") ? argument : (struct span){ "", 0 },
                    markup_until(markup, "#+end_", true));
    }
}

static void org_table(struct markup *markup, struct text_line line)
{
    bool has_rule = false, is_body = false;
    size_t start = markup->at;
    struct text_line ahead;

    markup_flush(markup);
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
        else
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
    size_t term = markup_find(rest, 0, " :: ");

    if (markup_starts(rest, "[ ] ") || markup_starts(rest, "[X] ") || markup_starts(rest, "[-] "))
        rest = markup_from(rest, 4);
    if (!is_ordered && term < rest.len) {
        markup_block(markup, BLOCK_TERM, 0, (struct span){ rest.data, term });
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
        rest = markup_from(rest, term + 4);
    } else {
        markup_open(markup, BLOCK_LIST_ITEM, markup_list_depth(markup, line->indent),
                    is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
    }
    markup_add(markup, rest);
}

static void org_line(struct markup *markup, const struct text_line *line)
{
    struct span words = markup_words(markup, line);
    bool is_ordered;
    size_t mark = text_list_mark(words, &is_ordered);

    if (org_heading(markup, line, words))
        return;
    if (markup_starts(words, "#+")) {
        org_keyword(markup, words);
    } else if (markup_starts(words, "# ") || (words.len == 1 && words.data[0] == '#')) {
        return;
    } else if (markup_starts(words, "|")) {
        org_table(markup, *line);
    } else if (markup_starts(words, ":PROPERTIES:") || markup_starts(words, ":LOGBOOK:")) {
        markup_flush(markup);
        (void)markup_until(markup, ":END:", false);
    } else if (markup_starts(words, ": ")) {
        markup_code(markup, (struct span){ "", 0 }, markup_from(words, 2));
    } else if (text_rule_of(words, "-") && words.len >= 5) {
        markup_flush(markup);
    } else if (markup_starts(words, "[fn:") && line->indent == 0) {
        size_t end = markup_find(words, 0, "]");

        markup_open(markup, BLOCK_FOOTNOTE, 0, 0);
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
    struct text_line line;

    while (markup_next(markup, &line)) {
        if (line.is_blank)
            markup_flush(markup);
        else
            org_line(markup, &line);
    }
}

static enum status org_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return markup_run(source, writer, &org_syntax, org_format, err);
}

const struct extractor org_extractor = {
    .name = "org",
    .version = 2,
    .bid = org_bid,
    .extract = org_extract,
};
