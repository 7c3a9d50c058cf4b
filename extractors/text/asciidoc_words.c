#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "extractors/text/asciidoc.h"

#define MACRO_BYTES_MAX 1000u
#define NAME_BYTES_MAX  60u

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
    { "~", "~", false, true, 1u << EMPHASIS_LOWERED },
    { NULL, NULL, false, false, 0 },
};

struct span asciidoc_attribute(const struct asciidoc *state, struct span name)
{
    for (size_t i = state->attribute_count; i > 0; i--)
        if (state->attributes[i - 1].name.len == name.len &&
            strncasecmp(state->attributes[i - 1].name.data, name.data, name.len) == 0)
            return state->attributes[i - 1].value;
    return (struct span){ NULL, 0 };
}

static void write_link(struct markup *markup, struct span target, struct span words)
{
    /* "words,window=_blank", "words^" */
    words.len = markup_find(words, 0, ",window");
    if (words.len > 0 && words.data[words.len - 1] == '^')
        words.len--;
    writer_link_begin(markup->writer, target);
    if (words.len > 0)
        markup_inline(markup, words);
    else
        writer_text(markup->writer, target);
    writer_link_end(markup->writer);
}

/* A mark here, the words behind the block. */
static void write_note(struct markup *markup, struct span words)
{
    struct asciidoc *state = markup->user;
    char mark[24];

    if (words.len == 0 || state->note_count == ASCIIDOC_NOTES_MAX) {
        markup_inline(markup, words);
        return;
    }
    state->notes[state->note_count++] = words;
    (void)snprintf(mark, sizeof(mark), "[^%u]", state->notes_put + state->note_count);
    writer_text(markup->writer, (struct span){ mark, strlen(mark) });
}

enum macro { MACRO_LINK, MACRO_WORDS, MACRO_NOTE, MACRO_PICTURE, MACRO_MENU };

static const struct {
    const char *name;
    enum macro kind;
    bool is_target; /* the name is part of the target */
} macros[] = {
    { "https://", MACRO_LINK, true },     { "http://", MACRO_LINK, true },
    { "ftp://", MACRO_LINK, true },       { "mailto:", MACRO_LINK, true },
    { "link:", MACRO_LINK, false },       { "xref:", MACRO_LINK, false },
    { "image:", MACRO_PICTURE, false },   { "icon:", MACRO_PICTURE, false },
    { "footnote:", MACRO_NOTE, false },   { "footnoteref:", MACRO_NOTE, false },
    { "kbd:", MACRO_WORDS, false },       { "btn:", MACRO_WORDS, false },
    { "menu:", MACRO_MENU, false },       { "stem:", MACRO_WORDS, false },
    { "latexmath:", MACRO_WORDS, false }, { "asciimath:", MACRO_WORDS, false },
    { "pass:", MACRO_WORDS, false },      { "indexterm2:", MACRO_WORDS, false },
};

static void write_macro(struct markup *markup, enum macro kind, struct span target,
                        struct span words)
{
    switch (kind) {
    case MACRO_LINK:
        write_link(markup, target, words);
        break;
    case MACRO_NOTE:
        write_note(markup, words);
        break;
    case MACRO_PICTURE:
        words.len = markup_find(words, 0, ",");
        if (!memchr(words.data, '=', words.len))
            markup_inline(markup, words);
        break;
    case MACRO_MENU: /* "menu:File[Save > As]" */
        writer_text(markup->writer, target);
        if (words.len > 0)
            writer_text(markup->writer, (struct span){ " > ", 3 });
        /* fallthrough */
    case MACRO_WORDS:
        markup_inline(markup, words);
        break;
    }
}

/* The bytes of "name:target[words]" when rest is one. */
static size_t take_macro(struct markup *markup, struct span rest)
{
    size_t i = 0, open, close, depth = 0;

    while (i < sizeof(macros) / sizeof(macros[0]) && !markup_starts(rest, macros[i].name))
        i++;
    if (i == sizeof(macros) / sizeof(macros[0]))
        return 0;
    open = strlen(macros[i].name);
    while (open < rest.len && rest.data[open] != '[' && !isspace((unsigned char)rest.data[open]))
        open++;
    if (open >= rest.len || rest.data[open] != '[')
        return 0;
    for (close = open; close < rest.len; close++) {
        depth += rest.data[close] == '[';
        if (rest.data[close] == ']' && rest.data[close - 1] != '\\' && --depth == 0)
            break;
    }
    if (close == rest.len)
        return 0;
    {
        size_t start = macros[i].is_target ? 0 : strlen(macros[i].name);

        write_macro(markup, macros[i].kind, (struct span){ rest.data + start, open - start },
                    (struct span){ rest.data + open + 1, close - open - 1 });
    }
    return close + 1;
}

/* "{name}", also with "[words]" behind an address. Of an unknown one the words stay. */
static size_t take_attribute(struct markup *markup, struct span rest)
{
    static const struct {
        const char *name, *text;
    } known[] = {
        { "nbsp", " " },       { "sp", " " },    { "empty", "" },  { "amp", "&" },
        { "lt", "<" },         { "gt", ">" },    { "plus", "+" },  { "asterisk", "*" },
        { "startsb", "[" },    { "endsb", "]" }, { "vbar", "|" },  { "cpp", "C++" },
        { "backslash", "\\" }, { "tilde", "~" }, { "caret", "^" }, { "blank", "" },
    };
    struct span near = { rest.data, rest.len < NAME_BYTES_MAX ? rest.len : NAME_BYTES_MAX }, name;
    size_t end = markup_find(near, 0, "}"), close;
    struct span value;

    if (end == near.len || end < 2)
        return 0;
    name = (struct span){ rest.data + 1, end - 1 };
    value = asciidoc_attribute(markup->user, name);
    for (size_t i = 0; !value.data && i < sizeof(known) / sizeof(known[0]); i++)
        if (name.len == strlen(known[i].name) && markup_starts(name, known[i].name))
            value = (struct span){ known[i].text, strlen(known[i].text) };
    if (!value.data)
        return 0;
    close =
        end + 1 < rest.len && rest.data[end + 1] == '[' ? markup_find(rest, end, "]") : rest.len;
    if (close < rest.len && markup_find(value, 0, "://") < value.len) {
        write_link(markup, value, (struct span){ rest.data + end + 2, close - end - 2 });
        return close + 1;
    }
    markup_inline(markup, value);
    return end + 1;
}

/* "`words`" and '`words`' are quotation marks. */
static size_t take_quote(struct markup *markup, struct span rest)
{
    bool is_double = rest.data[0] == '"';
    size_t end = markup_find(rest, 2, is_double ? "`\"" : "`'");

    if (rest.len < 3 || rest.data[1] != '`' || end == rest.len)
        return 0;
    writer_text(markup->writer, (struct span){ is_double ? "\xE2\x80\x9C" : "\xE2\x80\x98", 3 });
    markup_inline(markup, (struct span){ rest.data + 2, end - 2 });
    writer_text(markup->writer, (struct span){ is_double ? "\xE2\x80\x9D" : "\xE2\x80\x99", 3 });
    return end + 2;
}

/* "[[anchor]]", "[[[label]]]", "[.role]#words#" */
static size_t take_bracket(struct markup *markup, struct span rest)
{
    size_t end;

    if (markup_starts(rest, "[[[")) {
        end = markup_find(rest, 3, "]]]");
        if (end == rest.len)
            return 0;
        writer_text(markup->writer, (struct span){ rest.data + 2, end - 1 });
        return end + 3;
    }
    if (markup_starts(rest, "[[")) {
        end = markup_find(rest, 2, "]]");
        return end < rest.len ? end + 2 : 0;
    }
    end = markup_find(rest, 0, "]");
    if (end + 1 < rest.len && end < NAME_BYTES_MAX && rest.len > 1 &&
        (rest.data[1] == '.' || isalpha((unsigned char)rest.data[1])) &&
        strchr("#*_`", rest.data[end + 1]) && rest.data[end + 1] && !memchr(rest.data, ' ', end))
        return end + 1;
    return 0;
}

static size_t asciidoc_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), words;
    size_t end, comma;

    switch (rest.data[0]) {
    case ASCIIDOC_BREAK:
        writer_break(markup->writer);
        return 1;
    case '{':
        return take_attribute(markup, rest);
    case '[':
        return take_bracket(markup, rest);
    case '"':
    case '\'':
        return take_quote(markup, rest);
    case '\\': /* what follows is no mark */
        if (rest.len < 2 || !strchr("*_`#^~{<[+", rest.data[1]))
            return 0;
        writer_text(markup->writer, (struct span){ rest.data + 1, 1 });
        return 2;
    case '<':
        end = markup_starts(rest, "<<") ? markup_find(rest, 2, ">>") : rest.len;
        if (end == rest.len)
            return 0;
        words = (struct span){ rest.data + 2, end - 2 };
        comma = markup_find(words, 0, ",");
        writer_text(markup->writer,
                    markup_trim(comma < words.len ? markup_from(words, comma + 1) : words));
        return end + 2;
    case '(':
        end = markup_starts(rest, "((") ? markup_find(rest, 2, "))") : rest.len;
        if (end == rest.len || end >= 100)
            return 0;
        if (rest.data[2] == '(') /* "(((index, entry)))" does not show, "((words))" do */
            return end + 2 < rest.len && rest.data[end + 2] == ')' ? end + 3 : end + 2;
        writer_text(markup->writer, (struct span){ rest.data + 2, end - 2 });
        return end + 2;
    default:
        return 0;
    }
}

const struct markup_syntax asciidoc_syntax = { asciidoc_pairs, asciidoc_special, false };

/* Macros begin with letters, which markup_inline() passes over: it gets what is between them. */
void asciidoc_inline(struct markup *markup, struct span words)
{
    size_t plain = 0;

    for (size_t i = 0; i < words.len;) {
        size_t taken = 0;

        if (isalpha((unsigned char)words.data[i]) && strchr("hlmxifkbspa", words.data[i]) &&
            (i == 0 || !isalnum((unsigned char)words.data[i - 1]) ||
             markup_starts(markup_from(words, i), "footnote:"))) {
            size_t look = words.len - i < MACRO_BYTES_MAX ? words.len - i : MACRO_BYTES_MAX;

            if (memchr(words.data + i, ':', look < 14 ? look : 14) &&
                memchr(words.data + i, '[', look)) {
                markup_inline(markup, (struct span){ words.data + plain, i - plain });
                plain = i;
                taken = take_macro(markup, (struct span){ words.data + i, look });
            }
        }
        if (taken > 0)
            plain = i + taken;
        i += taken > 0 ? taken : 1;
    }
    markup_inline(markup, markup_from(words, plain));
}

static void write_notes(struct markup *markup)
{
    struct asciidoc *state = markup->user;
    unsigned count = state->note_count;
    char label[24];

    state->note_count = ASCIIDOC_NOTES_MAX; /* no notes in notes */
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(label, sizeof(label), "%u", ++state->notes_put);
        writer_begin(markup->writer, BLOCK_FOOTNOTE, 0);
        writer_label(markup->writer, (struct span){ label, strlen(label) });
        asciidoc_inline(markup, state->notes[i]);
        writer_end(markup->writer);
    }
    state->note_count = 0;
}

void asciidoc_flush(struct markup *markup)
{
    struct asciidoc *state = markup->user;
    struct buf *pending = &markup->pending;

    if (pending->len > 0) {
        writer_begin(markup->writer, markup->kind, markup->level);
        writer_flags(markup->writer, markup->flags);
        if (markup->label.len > 0)
            writer_label(markup->writer, markup->label);
        asciidoc_inline(markup, buf_span(pending));
        writer_end(markup->writer);
    }
    if (state->note_count > 0) /* of these words, or of the table before */
        write_notes(markup);
    if (pending->len > 0)
        source_progress(markup->source);
    buf_clear(pending);
    markup_flush(markup);
}
