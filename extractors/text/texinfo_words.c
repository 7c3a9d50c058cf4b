/*
 * texinfo_words.c - @code{words}, @uref{address, words}, @'e, ``quotes'': what stands in a line.
 */
#include "extractors/text/texinfo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/html/html_entity.h"

#define ARGUMENTS_MAX   5u
#define NAME_BYTES_MAX  24u
#define VALUES_DEEP_MAX 4u

bool texinfo_is(struct span name, const char *other)
{
    return name.len == strlen(other) && memcmp(name.data, other, name.len) == 0;
}

static bool is_any(struct span name, const char *const *names)
{
    for (; *names; names++)
        if (texinfo_is(name, *names))
            return true;
    return false;
}

bool texinfo_is_code(struct span name)
{
    static const char *const code[] = { "code",   "samp", "kbd",  "file",        "command",
                                        "option", "env",  "verb", "math",        "key",
                                        "t",      "url",  "var",  "indicateurl", NULL };

    return is_any(name, code);
}

const struct span *texinfo_value(const struct texinfo *texinfo, struct span name)
{
    for (size_t i = texinfo->value_count; i-- > 0;)
        if (name.len > 0 && texinfo->values[i].name.len == name.len &&
            memcmp(texinfo->values[i].name.data, name.data, name.len) == 0)
            return &texinfo->values[i].words;
    return NULL;
}

size_t texinfo_brace_end(struct span text, size_t offset)
{
    unsigned depth = 0;

    for (size_t i = offset; i < text.len; i++) {
        if (text.data[i] == '@' && i + 1 < text.len)
            i++; /* "@}" is a character */
        else if (text.data[i] == '{')
            depth++;
        else if (text.data[i] == '}' && --depth == 0)
            return i;
    }
    return text.len;
}

static void put(struct markup *markup, const char *words)
{
    writer_text(markup->writer, (struct span){ words, strlen(words) });
}

/* ---- characters ---- */

/* Texinfo 6.8, "Inserting Accents", "Inserting Quotation Marks", "Glyphs for Text". */
static const struct {
    const char *name, *utf8;
} glyphs[] = {
    { "dots", "…" },
    { "enddots", "…" },
    { "bullet", "•" },
    { "copyright", "©" },
    { "registeredsymbol", "®" },
    { "minus", "−" },
    { "result", "⇒" },
    { "print", "⊣" },
    { "error", "error→" },
    { "equiv", "≡" },
    { "point", "⋆" },
    { "expansion", "↦" },
    { "TeX", "TeX" },
    { "LaTeX", "LaTeX" },
    { "ss", "ß" },
    { "ae", "æ" },
    { "AE", "Æ" },
    { "oe", "œ" },
    { "OE", "Œ" },
    { "o", "ø" },
    { "O", "Ø" },
    { "aa", "å" },
    { "AA", "Å" },
    { "l", "ł" },
    { "L", "Ł" },
    { "th", "þ" },
    { "TH", "Þ" },
    { "dh", "ð" },
    { "DH", "Ð" },
    { "exclamdown", "¡" },
    { "questiondown", "¿" },
    { "ordf", "ª" },
    { "ordm", "º" },
    { "euro", "€" },
    { "pounds", "£" },
    { "textdegree", "°" },
    { "tie", "\xC2\xA0" },
    { "lbracechar", "{" },
    { "rbracechar", "}" },
    { "atchar", "@" },
    { "comma", "," },
    { "hashchar", "#" },
    { "backslashchar", "\\" },
    { "ampchar", "&" },
    { "quotedblleft", "“" },
    { "quotedblright", "”" },
    { "quoteleft", "‘" },
    { "quoteright", "’" },
    { "guillemetleft", "«" },
    { "guillemetright", "»" },
    { "guillemotleft", "«" },
    { "guillemotright", "»" },
    { "geq", "≥" },
    { "leq", "≤" },
    { "arrow", "→" },
    { "tab", " " },
};

static const char *glyph(struct span name)
{
    for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++)
        if (texinfo_is(name, glyphs[i].name))
            return glyphs[i].utf8;
    return NULL;
}

/* As HTML names letters with that accent. */
static const struct {
    const char *command, *entity;
} accents[] = {
    { "'", "acute" },     { "`", "grave" }, { "^", "circ" },          { "\"", "uml" },
    { "~", "tilde" },     { ",", "cedil" }, { "=", "macr" },          { "v", "caron" },
    { "u", "breve" },     { "H", "dblac" }, { "ringaccent", "ring" }, { "dotaccent", "dot" },
    { "ogonek", "ogon" },
};

static const char *accent(struct span name)
{
    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
        if (texinfo_is(name, accents[i].command))
            return accents[i].entity;
    return NULL;
}

/* "@'e", "@'{e}", "@v{s}", "@,{c}", "@'{@dotless{i}}"; length is that of the command's name with
 * the "@". Returns the bytes of all. */
static size_t write_accent(struct markup *markup, struct span rest, size_t length,
                           const char *entity)
{
    CLEANUP(buf_release) struct buf reference = BUF_INIT(64);
    CLEANUP(buf_release) struct buf decoded = BUF_INIT(128);
    size_t letter = length, end = length + 1;

    if (letter < rest.len && rest.data[letter] == '{') {
        end = texinfo_brace_end(rest, letter) + 1;
        letter++;
        if (markup_starts(markup_from(rest, letter), "@dotless{"))
            letter += 9;
    }
    if (letter >= rest.len || end > rest.len || !isalpha((unsigned char)rest.data[letter]))
        return length;
    buf_printf(&reference, "&%c%s;", rest.data[letter], entity);
    html_entity_decode(&decoded, buf_span(&reference), false);
    if (decoded.len > 0 && decoded.data[0] == '&') /* no such letter: without the accent */
        writer_text(markup->writer, (struct span){ rest.data + letter, 1 });
    else
        writer_text(markup->writer, buf_span(&decoded));
    return end;
}

/* ---- commands with arguments ---- */

struct arguments {
    struct span words[ARGUMENTS_MAX]; /* empty where there are none */
};

static struct arguments split(struct span inner)
{
    struct arguments out;
    size_t start = 0, count = 0, depth = 0;

    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        out.words[i] = (struct span){ "", 0 };
    for (size_t i = 0; i <= inner.len && count < ARGUMENTS_MAX; i++) {
        if (i < inner.len && inner.data[i] == '{')
            depth++;
        else if (i < inner.len && inner.data[i] == '}' && depth > 0)
            depth--;
        if (i < inner.len && (inner.data[i] != ',' || depth > 0))
            continue;
        out.words[count++] = markup_trim((struct span){ inner.data + start, i - start });
        start = i + 1;
    }
    return out;
}

/* The first of these that is not empty. */
static struct span first_of(struct span a, struct span b, struct span c)
{
    return a.len > 0 ? a : b.len > 0 ? b : c;
}

/* @xref{node, name, title, file, manual}: See the title of the node. */
static void write_reference(struct markup *markup, struct span name, struct span inner)
{
    struct arguments arguments = split(inner);
    CLEANUP(buf_release) struct buf target = BUF_INIT(EXTRACTION_LABEL_BYTES_MAX);
    struct span manual = first_of(arguments.words[4], arguments.words[3], (struct span){ "", 0 });

    if (texinfo_is(name, "xref"))
        put(markup, "See ");
    else if (!texinfo_is(name, "ref"))
        put(markup, "see ");
    buf_append_char(&target, '#');
    buf_append(&target, arguments.words[0].data, arguments.words[0].len);
    for (size_t i = 0; i < target.len; i++) /* a node's name that goes on in the next line */
        if (target.data[i] == '\n')
            target.data[i] = ' ';
    writer_link_begin(markup->writer, buf_span(&target));
    markup_inline(markup, first_of(arguments.words[2], arguments.words[1], arguments.words[0]));
    writer_link_end(markup->writer);
    if (manual.len > 0) {
        put(markup, " in ");
        markup_inline(markup, manual);
    }
}

/* @uref{address, words, words alone}, @email{address, words} */
static void write_address(struct markup *markup, struct span inner, const char *scheme)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(1024);
    struct texinfo *texinfo = markup->user;
    struct arguments arguments = split(inner);

    buf_append(&target, scheme, strlen(scheme));
    for (size_t i = 0; i < arguments.words[0].len; i++) /* "@@" is one */
        if (arguments.words[0].data[i] != '@' || i == 0 || arguments.words[0].data[i - 1] != '@')
            buf_append_char(&target, arguments.words[0].data[i]);
    texinfo->code_depth++;
    writer_link_begin(markup->writer, buf_span(&target));
    markup_inline(markup, first_of(arguments.words[2], arguments.words[1], arguments.words[0]));
    writer_link_end(markup->writer);
    texinfo->code_depth--;
}

static void write_footnote(struct texinfo *texinfo, struct span inner)
{
    char mark[24];

    (void)snprintf(mark, sizeof(mark), "[^%zu]", ++texinfo->note_count);
    put(texinfo->markup, mark);
    buf_append(&texinfo->notes, inner.data, inner.len);
    buf_append_char(&texinfo->notes, '\0');
}

static void write_value(struct texinfo *texinfo, struct span name)
{
    const struct span *words = texinfo_value(texinfo, markup_trim(name));

    if (!words || texinfo->value_depth == VALUES_DEEP_MAX)
        return;
    texinfo->value_depth++;
    markup_inline(texinfo->markup, *words);
    texinfo->value_depth--;
}

static unsigned looks_of(struct span name)
{
    static const char *const code[] = {
        "code", "samp", "kbd", "command", "option", "env", "t", NULL
    };
    static const char *const bold[] = { "strong", "b", NULL };
    static const char *const italic[] = { "emph", "i", "slanted", "var", "dfn", NULL };

    return is_any(name, code)     ? MARKUP_CODE
           : is_any(name, bold)   ? MARKUP_BOLD
           : is_any(name, italic) ? MARKUP_ITALIC
                                  : 0;
}

static void write_command(struct texinfo *texinfo, struct span name, struct span inner)
{
    static const char *const references[] = { "xref", "pxref", "ref", "inforef", NULL };
    static const char *const dropped[] = { "anchor",    "hyphenation", "errormsg", "shortcaption",
                                           "inlineraw", "sortas",      "seeentry", NULL };
    struct markup *markup = texinfo->markup;
    bool is_code = texinfo_is_code(name);
    const char *utf8 = glyph(name);

    if (utf8) {
        put(markup, utf8);
    } else if (is_any(name, references)) {
        write_reference(markup, name, inner);
    } else if (texinfo_is(name, "uref") || texinfo_is(name, "url")) {
        write_address(markup, inner, "");
    } else if (texinfo_is(name, "email")) {
        write_address(markup, inner, "mailto:");
    } else if (texinfo_is(name, "footnote")) {
        write_footnote(texinfo, inner);
    } else if (texinfo_is(name, "value")) {
        write_value(texinfo, inner);
    } else if (texinfo_is(name, "U")) {
        CLEANUP(buf_release) struct buf utf = BUF_INIT(8);
        char digits[9] = "";

        memcpy(digits, inner.data, inner.len < 8 ? inner.len : 8);
        utf8_append(&utf, (uint32_t)strtoul(digits, NULL, 16));
        writer_text(markup->writer, buf_span(&utf));
    } else if (texinfo_is(name, "image")) { /* file, width, height, what it shows */
        markup_inline(markup, split(inner).words[3]);
    } else if (texinfo_is(name, "acronym") || texinfo_is(name, "abbr")) {
        struct arguments arguments = split(inner);

        markup_inline(markup, arguments.words[0]);
        if (arguments.words[1].len > 0) {
            put(markup, " (");
            markup_inline(markup, arguments.words[1]);
            put(markup, ")");
        }
    } else if (!is_any(name, dropped)) {
        texinfo->code_depth += is_code;
        markup_inline_as(markup, looks_of(name), inner);
        texinfo->code_depth -= is_code;
    }
}

/* @verb{|words|}: the first character is the mark at both ends. */
static size_t write_verbatim(struct markup *markup, struct span rest, size_t brace)
{
    char end_mark[3] = { 0, '}', 0 };
    size_t end;

    if (brace + 1 >= rest.len)
        return 0;
    end_mark[0] = rest.data[brace + 1];
    end = markup_find(rest, brace + 2, end_mark);
    if (end == rest.len)
        return 0;
    writer_text(markup->writer, (struct span){ rest.data + brace + 2, end - brace - 2 });
    return end + 2;
}

/* "@name{ ... }", "@name", "@@" */
static size_t write_at(struct markup *markup, struct span rest)
{
    size_t length = 1, end;
    struct span name;
    const char *entity;

    while (length < rest.len && length < NAME_BYTES_MAX &&
           isalnum((unsigned char)rest.data[length]))
        length++;
    if (length == 1) {
        if (rest.len < 2)
            return 1;
        entity = accent((struct span){ rest.data + 1, 1 });
        if (entity)
            return write_accent(markup, rest, 2, entity);
        if (rest.data[1] == '*')
            writer_break(markup->writer);
        else if (strchr("@{}.!?\\&", rest.data[1]))
            writer_text(markup->writer, (struct span){ rest.data + 1, 1 });
        else if (isspace((unsigned char)rest.data[1]))
            put(markup, " ");
        return 2;
    }
    name = (struct span){ rest.data + 1, length - 1 };
    entity = accent(name);
    if (entity)
        return write_accent(markup, rest, length, entity);
    if (length == rest.len || rest.data[length] != '{')
        return length;
    if (texinfo_is(name, "verb"))
        return write_verbatim(markup, rest, length);
    end = texinfo_brace_end(rest, length);
    if (end == rest.len) /* further than may be: its words are text */
        return length + 1;
    write_command(markup->user, name, (struct span){ rest.data + length + 1, end - length - 1 });
    return end + 1;
}

static size_t write_typed(struct markup *markup, struct span rest)
{
    static const struct {
        const char *typed, *utf8;
    } all[] = { { "---", "—" }, { "--", "–" }, { "``", "“" }, { "''", "”" } };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (markup_starts(rest, all[i].typed)) {
            put(markup, all[i].utf8);
            return strlen(all[i].typed);
        }
    return 0;
}

/* "use --verbose": no dash stands so, though TeX would draw one. */
static bool is_option(struct span text, size_t offset)
{
    return markup_starts(markup_from(text, offset), "--") && offset + 2 < text.len &&
           isalpha((unsigned char)text.data[offset + 2]) &&
           (offset == 0 || isspace((unsigned char)text.data[offset - 1]));
}

static size_t texinfo_special(struct markup *markup, struct span text, size_t offset)
{
    const struct texinfo *texinfo = markup->user;
    struct span rest = markup_from(text, offset);

    switch (rest.data[0]) {
    case '@':
        return write_at(markup, rest);
    case '{':
    case '}':
        return 1;
    case '-':
        if (is_option(text, offset)) {
            put(markup, "--");
            return 2;
        }
        return texinfo->code_depth > 0 ? 0 : write_typed(markup, rest);
    case '`':
    case '\'':
        return texinfo->code_depth > 0 ? 0 : write_typed(markup, rest);
    default:
        return 0;
    }
}

static const struct markup_pair texinfo_pairs[] = { { NULL, NULL, false, false, 0 } };
const struct markup_syntax texinfo_syntax = { texinfo_pairs, texinfo_special, false };
