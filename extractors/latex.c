/*
 * latex.c - LaTeX source: what its text says, without running it.
 *
 * Commands that are known become structure or links; of others the braced arguments are text when
 * they stand in a paragraph. Mathematics is kept as it was written.
 */
#include <ctype.h>
#include <string.h>

#include "extractors/charset.h"
#include "extractors/extractors.h"
#include "extractors/latex_looks.h"
#include "extractors/markup.h"

#define DEPTH_MAX     32u
#define ARGUMENTS_MAX ((size_t)16 << 10)

struct latex {
    struct span text;
    const struct source *source;
    struct writer *writer;
    struct latex_looks looks;
    unsigned depth;   /* of nested arguments */
    unsigned nesting; /* of calls */
    unsigned list_depth;
    bool is_ordered[16];
    bool is_description;
    bool in_block; /* the writer has an open block */
    bool in_table, in_row;
    bool is_quote;
};

static void latex_text(struct latex *latex, struct span text);

static int latex_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-tex") == 0 ? 95 : 0;
}

/* ---- reading ---- */

/* The argument in brackets that opens at offset; *end is behind it. Empty when there is none. */
static struct span argument(struct span text, size_t offset, char open, char close, size_t *end)
{
    unsigned depth = 0;
    size_t at = offset;

    *end = offset;
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    if (at >= text.len || text.data[at] != open)
        return (struct span){ "", 0 };
    for (size_t i = at; i < text.len && i - at < ARGUMENTS_MAX; i++) {
        if (text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == open) {
            if (++depth > DEPTH_MAX)
                break;
        } else if (text.data[i] == close && --depth == 0) {
            *end = i + 1;
            return (struct span){ text.data + at + 1, i - at - 1 };
        }
    }
    return (struct span){ "", 0 };
}

static bool is(struct span name, const char *want)
{
    return name.len == strlen(want) && memcmp(name.data, want, name.len) == 0;
}

static bool is_any(struct span name, const char *const *wanted)
{
    for (; *wanted; wanted++)
        if (is(name, *wanted))
            return true;
    return false;
}

/* ---- blocks ---- */

static void end_block(struct latex *latex)
{
    if (latex->in_block)
        writer_end(latex->writer);
    latex->in_block = false;
}

static void open_block(struct latex *latex)
{
    if (latex->in_block || latex->in_table)
        return;
    if (latex->list_depth > 0 && !latex->is_description) {
        writer_begin(latex->writer, BLOCK_LIST_ITEM, latex->list_depth);
        writer_flags(latex->writer,
                     BLOCK_CONTINUES |
                         (latex->is_ordered[latex->list_depth] ? (unsigned)BLOCK_ORDERED : 0u));
    } else {
        writer_begin(latex->writer, latex->is_quote ? BLOCK_QUOTE : BLOCK_PARAGRAPH,
                     latex->is_quote ? 1 : 0);
    }
    latex->in_block = true;
}

static void put(struct latex *latex, struct span text)
{
    bool is_blank = markup_trim(text).len == 0;

    if (text.len == 0 || (is_blank && !latex->in_block))
        return;
    open_block(latex);
    writer_text(latex->writer, text);
}

static void whole_block(struct latex *latex, enum block_kind kind, unsigned level,
                        struct span words)
{
    end_block(latex);
    writer_begin(latex->writer, kind, level);
    latex->in_block = true;
    latex_text(latex, words);
    end_block(latex);
}

/* ---- tables ---- */

static void next_cell(struct latex *latex)
{
    if (!latex->in_row) {
        writer_begin(latex->writer, BLOCK_ROW, 0);
        latex->in_row = true;
    } else {
        writer_end(latex->writer);
    }
    writer_begin(latex->writer, BLOCK_CELL, 0);
}

static void end_row(struct latex *latex)
{
    if (latex->in_row) {
        writer_end(latex->writer);
        writer_end(latex->writer);
    }
    latex->in_row = false;
}

/* Rows end in "\\", cells in "&", outside of braces. */
static void latex_table(struct latex *latex, struct span body)
{
    size_t start = 0, depth = 0;

    end_block(latex);
    writer_begin(latex->writer, BLOCK_TABLE, 0);
    latex->in_table = true;
    for (size_t i = 0; i <= body.len; i++) {
        bool is_end = i == body.len,
             is_row = !is_end && markup_starts(markup_from(body, i), "\\\\");

        if (!is_end && body.data[i] == '{')
            depth++;
        if (!is_end && body.data[i] == '}' && depth > 0)
            depth--;
        if (is_end || (depth == 0 && (is_row || body.data[i] == '&'))) {
            struct span cell = markup_trim((struct span){ body.data + start, i - start });

            if (!is_end || cell.len > 0 || latex->in_row) {
                next_cell(latex);
                latex->in_block = true;
                latex_text(latex, cell);
                latex->in_block = false;
            }
            if (is_end || is_row)
                end_row(latex);
            i += is_row;
            start = i + 1;
        } else if (!is_end && body.data[i] == '\\') {
            i++;
        }
    }
    writer_end(latex->writer);
    latex->in_table = false;
}

/* ---- environments ---- */

/* The offset of "\end{name}" that belongs to a "\begin{name}" before offset. */
static size_t environment_end(struct span text, size_t offset, struct span name, size_t *after)
{
    unsigned depth = 1;
    size_t end = markup_find(text, offset, "\\end{");
    size_t begin = markup_find(text, offset, "\\begin{");

    while (end < text.len) {
        bool is_begin = begin < end;
        size_t at = is_begin ? begin : end;
        struct span rest = markup_from(text, at + (is_begin ? 7 : 5));

        if (rest.len > name.len && memcmp(rest.data, name.data, name.len) == 0 &&
            rest.data[name.len] == '}') {
            depth += is_begin ? 1u : -1u;
            if (depth == 0) {
                *after = at + 5 + name.len + 1;
                return at;
            }
        }
        /* Each of the two is looked for behind the one it was, so all of it is one pass. */
        if (is_begin)
            begin = markup_find(text, begin + 7, "\\begin{");
        else
            end = markup_find(text, end + 5, "\\end{");
    }
    *after = text.len;
    return text.len;
}

static void latex_list(struct latex *latex, struct span name, struct span body)
{
    bool was_description = latex->is_description;

    end_block(latex);
    if (latex->list_depth < 15)
        latex->list_depth++;
    latex->is_ordered[latex->list_depth] = is(name, "enumerate");
    latex->is_description = is(name, "description");
    latex_text(latex, body);
    end_block(latex);
    latex->list_depth--;
    latex->is_description = was_description;
}

static void latex_code(struct latex *latex, struct span name, struct span body)
{
    size_t end = 0;
    struct span language = { "", 0 };

    end_block(latex);
    if (is(name, "lstlisting")) {
        struct span options = argument(body, 0, '[', ']', &end);
        size_t key = markup_find(options, 0, "language=");

        if (key < options.len) {
            language = markup_from(options, key + 9);
            language.len = markup_find(language, 0, ",");
        }
    } else if (is(name, "minted")) {
        (void)argument(body, 0, '[', ']', &end);
        language = argument(body, end, '{', '}', &end);
    }
    writer_begin(latex->writer, BLOCK_CODE, 0);
    if (language.len > 0)
        writer_label(latex->writer, language);
    writer_text(latex->writer, markup_from(body, end));
    writer_end(latex->writer);
}

static size_t latex_environment(struct latex *latex, struct span text, size_t offset)
{
    static const char *const lists[] = { "itemize", "enumerate", "description", NULL };
    static const char *const codes[] = { "verbatim",    "lstlisting", "minted",      "Verbatim",
                                         "equation",    "equation*",  "align",       "align*",
                                         "displaymath", "eqnarray",   "gather",      "gather*",
                                         "multline",    "math",       "algorithmic", NULL };
    static const char *const tables[] = { "tabular",  "tabular*", "longtable",
                                          "tabularx", "array",    NULL };
    static const char *const silent[] = { "comment", "tikzpicture", "thebibliography*", NULL };
    static const char *const quotes[] = { "quote", "quotation", "verse", NULL };
    size_t end, after, at = offset;
    struct span name = argument(text, at, '{', '}', &at), body;

    if (at == offset)
        return offset;
    end = environment_end(text, at, name, &after);
    body = (struct span){ text.data + at, end - at };
    if (is_any(name, lists)) {
        (void)argument(text, at, '[', ']', &at);
        latex_list(latex, name, (struct span){ text.data + at, end > at ? end - at : 0 });
    } else if (is_any(name, codes)) {
        latex_code(latex, name, body);
    } else if (is_any(name, tables)) {
        (void)argument(text, at, '[', ']', &at);
        if (is(name, "tabular*") || is(name, "tabularx"))
            (void)argument(text, at, '{', '}', &at);
        (void)argument(text, at, '{', '}', &at);
        latex_table(latex, (struct span){ text.data + at, end > at ? end - at : 0 });
    } else if (is_any(name, silent)) {
        return after;
    } else {
        bool was_quote = latex->is_quote;

        end_block(latex);
        latex->is_quote |= is_any(name, quotes);
        if (is(name, "abstract"))
            whole_block(latex, BLOCK_HEADING, 1, (struct span){ "Abstract", 8 });
        (void)argument(text, at, '[', ']', &at);
        if (is(name, "minipage") || is(name, "thebibliography") || is(name, "multicols"))
            (void)argument(text, at, '{', '}', &at);
        latex_text(latex, (struct span){ text.data + at, end > at ? end - at : 0 });
        end_block(latex);
        latex->is_quote = was_quote;
    }
    return after;
}

/* ---- commands ---- */

static unsigned heading_level(struct span name)
{
    static const struct {
        const char *name;
        unsigned level;
    } headings[] = {
        { "part", 1 },          { "chapter", 1 },   { "section", 1 },      { "subsection", 2 },
        { "subsubsection", 3 }, { "paragraph", 4 }, { "subparagraph", 5 }, { "frametitle", 2 },
    };

    if (name.len > 0 && name.data[name.len - 1] == '*')
        name.len--;
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        if (is(name, headings[i].name))
            return headings[i].level;
    return 0;
}

static void latex_item(struct latex *latex, struct span text, size_t *at)
{
    struct span term = argument(text, *at, '[', ']', at);

    end_block(latex);
    if (latex->is_description) {
        whole_block(latex, BLOCK_TERM, 0, term);
        return;
    }
    writer_begin(latex->writer, BLOCK_LIST_ITEM, latex->list_depth > 0 ? latex->list_depth : 1);
    writer_flags(latex->writer,
                 latex->is_ordered[latex->list_depth] ? (unsigned)BLOCK_ORDERED : 0u);
    latex->in_block = true;
}

static void latex_link(struct latex *latex, struct span target, struct span words)
{
    open_block(latex);
    writer_link_begin(latex->writer, target);
    latex_text(latex, words);
    writer_link_end(latex->writer);
}

/* Commands whose arguments are not text of the document. */
static bool is_silent(struct span name)
{
    static const char *const names[] = {
        "documentclass",
        "usepackage",
        "label",
        "ref",
        "eqref",
        "pageref",
        "cite",
        "citep",
        "citet",
        "bibliography",
        "bibliographystyle",
        "includegraphics",
        "input",
        "include",
        "newcommand",
        "renewcommand",
        "newenvironment",
        "setlength",
        "addtolength",
        "vspace",
        "hspace",
        "pagestyle",
        "thispagestyle",
        "setcounter",
        "definecolor",
        "color",
        "index",
        "graphicspath",
        "hypersetup",
        "geometry",
        "newtheorem",
        "theoremstyle",
        "pagenumbering",
        "cline",
        "cmidrule",
        "DeclareMathOperator",
        "lstset",
        "usetikzlibrary",
        "def",
        "vskip",
        "hypertarget",
        "linespread",
        "fontsize",
        "selectfont",
        "rule",
        "hline",
        NULL,
    };

    return is_any(name, names);
}

static size_t skip_arguments(struct span text, size_t at)
{
    size_t before;

    do {
        before = at;
        (void)argument(text, at, '[', ']', &at);
        (void)argument(text, at, '{', '}', &at);
    } while (at != before);
    return at;
}

static size_t latex_metadata(struct latex *latex, struct span text, size_t at, struct span name)
{
    struct span value = argument(text, at, '{', '}', &at);

    if (is(name, "title")) {
        writer_metadata(latex->writer, "title", value);
        whole_block(latex, BLOCK_TITLE, 0, value);
    } else {
        writer_metadata(latex->writer, is(name, "author") ? "author" : "date", value);
        if (markup_find(value, 0, "\\today") == value.len)
            whole_block(latex, BLOCK_PARAGRAPH, 0, value);
    }
    return at;
}

/* What stands for one character. */
static const char *symbol(struct span name)
{
    static const char *const symbols[][2] = {
        { "ldots", "…" },
        { "dots", "…" },
        { "textbackslash", "\\" },
        { "LaTeX", "LaTeX" },
        { "TeX", "TeX" },
        { "ss", "ß" },
        { "ae", "æ" },
        { "oe", "œ" },
        { "o", "ø" },
        { "aa", "å" },
        { "copyright", "©" },
        { "textcopyright", "©" },
        { "textregistered", "®" },
        { "S", "§" },
        { "P", "¶" },
        { "pounds", "£" },
        { "euro", "€" },
        { "textbar", "|" },
        { "textless", "<" },
        { "textgreater", ">" },
        { "quad", " " },
        { "qquad", " " },
        { "textendash", "–" },
        { "textemdash", "—" },
        { "textasciitilde", "~" },
        { "textunderscore", "_" },
        { "degree", "°" },
        { "i", "ı" },
        { "textquotesingle", "'" },
        { "textdegree", "°" },
        { "AE", "Æ" },
        { "O", "Ø" },
        { "textbullet", "•" },
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (is(name, symbols[i][0]))
            return symbols[i][1];
    return NULL;
}

static size_t latex_word_command(struct latex *latex, struct span text, size_t at, struct span name)
{
    unsigned level = heading_level(name);
    const char *character = symbol(name);
    struct span first;

    if (level > 0) {
        (void)argument(text, at, '[', ']', &at);
        first = argument(text, at, '{', '}', &at);
        whole_block(latex, BLOCK_HEADING, level, first);
    } else if (character) {
        put(latex, (struct span){ character, strlen(character) });
        (void)argument(text, at, '{', '}', &at);
        if (at < text.len && text.data[at] == ' ' && text.data[at - 1] != '}')
            at++;
    } else if (is(name, "begin")) {
        at = latex_environment(latex, text, at);
    } else if (is(name, "item")) {
        latex_item(latex, text, &at);
    } else if (is(name, "title") || is(name, "author") || is(name, "date")) {
        at = latex_metadata(latex, text, at, name);
    } else if (is(name, "caption")) {
        (void)argument(text, at, '[', ']', &at);
        first = argument(text, at, '{', '}', &at);
        whole_block(latex, BLOCK_CAPTION, 0, first);
    } else if (is(name, "href")) {
        struct span target = argument(text, at, '{', '}', &at);

        latex_link(latex, target, argument(text, at, '{', '}', &at));
    } else if (is(name, "url")) {
        first = argument(text, at, '{', '}', &at);
        latex_link(latex, first, first);
    } else if (is(name, "footnote")) {
        first = argument(text, at, '{', '}', &at);
        put(latex, (struct span){ " (", 2 });
        latex_text(latex, first);
        put(latex, (struct span){ ")", 1 });
    } else if (is(name, "par")) {
        end_block(latex);
    } else if (is(name, "textcolor") || is(name, "multicolumn") || is(name, "colorbox")) {
        (void)argument(text, at, '{', '}', &at);
        if (is(name, "multicolumn"))
            (void)argument(text, at, '{', '}', &at);
    } else if (is(name, "verb") && at < text.len) {
        char mark[2] = { text.data[at], '\0' };
        size_t end = markup_find(text, at + 1, mark);
        unsigned looks;

        looks = writer_emphasis(latex->writer, MARKUP_CODE);
        put(latex, (struct span){ text.data + at + 1, end - at - 1 });
        (void)writer_emphasis(latex->writer, looks);
        at = end < text.len ? end + 1 : end;
    } else if (is_silent(name)) {
        at = skip_arguments(text, at);
    } else {
        latex_looks_command(&latex->looks, latex->writer, name,
                            at < text.len && text.data[at] == '{');
    }
    /* Of any other command what is in braces is text, and comes next by itself. */
    return at;
}

/* Behind a backslash. */
static size_t latex_command(struct latex *latex, struct span text, size_t at)
{
    size_t start = at;

    while (at < text.len && isalpha((unsigned char)text.data[at]))
        at++;
    if (at > start) {
        if (at < text.len && text.data[at] == '*')
            at++;
        return latex_word_command(latex, text, at, (struct span){ text.data + start, at - start });
    }
    if (at >= text.len)
        return at;
    switch (text.data[at]) {
    case '\\':
        put(latex, (struct span){ " ", 1 });
        at++;
        (void)argument(text, at, '[', ']', &at);
        return at;
    case '[': {
        size_t end = markup_find(text, at, "\\]");

        latex_code(latex, (struct span){ "math", 4 },
                   (struct span){ text.data + at + 1, end - at - 1 });
        return end < text.len ? end + 2 : end;
    }
    case '(':
    case ')':
    case '/':
    case '-':
        return at + 1;
    case '"':
    case '\'':
    case '`':
    case '^':
    case '~':
        /* An accent: the letter is kept, and the mark behind it as Unicode combines them. */
        if (at + 1 < text.len) {
            static const char marks[] = "\"'`^~";
            static const char *const combining[] = { "\xCC\x88", "\xCC\x81", "\xCC\x80", "\xCC\x82",
                                                     "\xCC\x83" };
            size_t letter = at + 1 + (text.data[at + 1] == '{');

            if (letter < text.len && isalpha((unsigned char)text.data[letter])) {
                put(latex, (struct span){ text.data + letter, 1 });
                put(latex, (struct span){ combining[strchr(marks, text.data[at]) - marks], 2 });
                return letter + 1 +
                       (letter > at + 1 && letter + 1 < text.len && text.data[letter + 1] == '}');
            }
        }
        return at + 1;
    default:
        put(latex, (struct span){ text.data + at, 1 });
        return at + 1;
    }
}

static void put_formula(struct latex *latex, struct span formula)
{
    unsigned looks = writer_emphasis(latex->writer, 1u << EMPHASIS_FORMULA);

    put(latex, formula);
    (void)writer_emphasis(latex->writer, looks);
}

/* Mathematics in a line: as it was written, without the signs around it. */
static size_t latex_math(struct latex *latex, struct span text, size_t at)
{
    bool is_display = markup_starts(markup_from(text, at), "$$");
    size_t start = at + (is_display ? 2 : 1);
    size_t end = markup_find(text, start, is_display ? "$$" : "$");
    struct span formula = { text.data + start, end - start };

    if (end == text.len)
        return at + 1;
    if (is_display)
        latex_code(latex, (struct span){ "math", 4 }, formula);
    else
        put_formula(latex, formula);
    return end + (is_display ? 2 : 1);
}

static size_t plain_run(struct span text, size_t at)
{
    while (at < text.len && !strchr("\\%${}~\n`'-&", text.data[at]))
        at++;
    return at;
}

static size_t latex_special(struct latex *latex, struct span text, size_t at)
{
    struct span rest = markup_from(text, at);

    switch (rest.data[0]) {
    case '\\':
        return latex_command(latex, text, at + 1);
    case '%':
        at = markup_find(text, at, "\n");
        return at < text.len ? at + 1 : at;
    case '$':
        return latex_math(latex, text, at);
    case '\n': {
        size_t next = at + 1;

        while (next < text.len && (text.data[next] == ' ' || text.data[next] == '\t'))
            next++;
        if (next < text.len && text.data[next] == '\n' && !latex->in_table && latex->depth == 1)
            end_block(latex);
        else
            put(latex, (struct span){ " ", 1 });
        return at + 1;
    }
    case '~':
    case '&':
        put(latex, (struct span){ " ", 1 });
        return at + 1;
    case '{':
    case '}':
        latex_looks_brace(&latex->looks, latex->writer, rest.data[0] == '{');
        return at + 1;
    default:
        break;
    }
    if (markup_starts(rest, "``") || markup_starts(rest, "''")) {
        put(latex, (struct span){ "\"", 1 });
        return at + 2;
    }
    if (markup_starts(rest, "---")) {
        put(latex, (struct span){ "—", 3 });
        return at + 3;
    }
    if (markup_starts(rest, "--")) {
        put(latex, (struct span){ "–", 3 });
        return at + 2;
    }
    put(latex, (struct span){ rest.data, 1 });
    return at + 1;
}

/* depth counts arguments inside of arguments; environments start anew. */
static void latex_text(struct latex *latex, struct span text)
{
    bool is_argument = latex->in_block;
    unsigned depth = latex->depth;

    if (latex->nesting >= DEPTH_MAX) {
        put(latex, text);
        return;
    }
    /* An argument is a group, and so is what stands in an environment. */
    if (latex->nesting++ > 0)
        latex_looks_brace(&latex->looks, latex->writer, true);
    latex->depth = is_argument ? depth + 1 : 1;
    source_progress(latex->source);
    for (size_t at = 0; at < text.len && !writer_is_full(latex->writer);) {
        size_t end = plain_run(text, at);

        if (end > at)
            put(latex, (struct span){ text.data + at, end - at });
        at = end < text.len ? latex_special(latex, text, end) : end;
    }
    latex->depth = depth;
    if (--latex->nesting > 0)
        latex_looks_brace(&latex->looks, latex->writer, false);
}

static enum status latex_extract(const struct source *source, struct writer *writer,
                                 struct error *err)
{
    struct decoded decoded;
    struct latex latex = { .source = source, .writer = writer };
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (!status) {
        size_t begin = markup_find(decoded.text, 0, "\\begin{document}");
        struct span preamble = { decoded.text.data, begin };

        writer_charset(writer, decoded.charset);
        latex.text = decoded.text;
        if (begin < decoded.text.len) {
            static const char *const fields[] = { "\\title{", "\\author{", "\\date{" };

            for (size_t i = 0; i < 3; i++) {
                size_t at = markup_find(preamble, 0, fields[i]);

                if (at < preamble.len)
                    (void)latex_metadata(&latex, preamble, at + strlen(fields[i]) - 1,
                                         (struct span){ fields[i] + 1, strlen(fields[i]) - 2 });
            }
            latex.text = markup_from(decoded.text, begin + 16);
            latex.text.len = markup_find(latex.text, 0, "\\end{document}");
        }
        latex_text(&latex, latex.text);
        end_block(&latex);
    }
    decoded_release(&decoded);
    return status;
}

const struct extractor latex_extractor = {
    .name = "latex",
    .version = 2,
    .bid = latex_bid,
    .extract = latex_extract,
};
