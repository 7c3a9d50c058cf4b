/*
 * latex.c - LaTeX source: what its text says, without running it.
 *
 * Commands that are known become structure or links; of others the braced arguments are text when
 * they stand in a paragraph. Mathematics is kept as it was written.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/charset.h"
#include "extractors/extractors.h"
#include "extractors/text/latex.h"
#include "extractors/text/latex_looks.h"
#include "extractors/text/markup.h"

#define DEPTH_MAX         32u
#define FORMULA_BYTES_MAX 2000u /* in a line */

static int latex_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-tex") == 0 ? 95 : 0;
}

/* ---- reading ---- */

bool latex_is(struct span name, const char *want)
{
    return name.len == strlen(want) && memcmp(name.data, want, name.len) == 0;
}

bool latex_is_any(struct span name, const char *const *wanted)
{
    for (; *wanted; wanted++)
        if (latex_is(name, *wanted))
            return true;
    return false;
}

/* ---- blocks ---- */

void latex_end_block(struct latex *latex)
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

void latex_put(struct latex *latex, struct span text)
{
    bool is_blank = markup_trim(text).len == 0;

    if (text.len == 0 || (is_blank && !latex->in_block))
        return;
    open_block(latex);
    writer_text(latex->writer, text);
}

void latex_whole_block(struct latex *latex, enum block_kind kind, unsigned level, struct span words)
{
    latex_end_block(latex);
    writer_begin(latex->writer, kind, level);
    latex->in_block = true;
    latex_text(latex, words);
    latex_end_block(latex);
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
        if (latex_is(name, headings[i].name))
            return headings[i].level;
    return 0;
}

static void latex_item(struct latex *latex, struct span text, size_t *at)
{
    struct span term = latex_argument(text, *at, '[', ']', at);

    latex_end_block(latex);
    if (latex->is_description) {
        latex_whole_block(latex, BLOCK_TERM, 0, term);
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

/* "\href{address}{words}", "\url{address}" */
static size_t latex_address(struct latex *latex, struct span text, size_t at, bool has_words)
{
    struct span target = latex_argument(text, at, '{', '}', &at);

    latex_link(latex, target, has_words ? latex_argument(text, at, '{', '}', &at) : target);
    return at;
}

/* Behind "\verb": code between two of the sign that comes next. */
static size_t latex_verb(struct latex *latex, struct span text, size_t at)
{
    char mark[2] = { text.data[at], '\0' };
    size_t end = markup_find(text, at + 1, mark);
    unsigned looks = writer_emphasis(latex->writer, MARKUP_CODE);

    latex_put(latex, (struct span){ text.data + at + 1, end - at - 1 });
    (void)writer_emphasis(latex->writer, looks);
    return end < text.len ? end + 1 : end;
}

/* Commands whose arguments are not text of the document. */
static bool is_silent(struct span name)
{
    static const char *const names[] = { "documentclass",
                                         "usepackage",
                                         "label",
                                         "ref",
                                         "eqref",
                                         "pageref",
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
                                         "linespread",
                                         "fontsize",
                                         "selectfont",
                                         "rule",
                                         "hline",
                                         NULL };

    return latex_is_any(name, names);
}

/* What stands in front of the words of a box: its size, place or colour. NULL: it is none. */
static const char *arguments_in_front(struct span name)
{
    static const struct {
        const char *name, *arguments;
    } all[] = {
        { "textcolor", "[{" },   { "colorbox", "[{" },  { "fcolorbox", "[{{" },
        { "raisebox", "{[[" },   { "parbox", "[[[{" },  { "makebox", "[[" },
        { "framebox", "[[" },    { "rotatebox", "[{" }, { "scalebox", "{[" },
        { "resizebox", "{{" },   { "adjustbox", "{" },  { "multicolumn", "{{" },
        { "multirow", "[{[{[" }, { "hyperref", "[" },   { "hypertarget", "{" },
    };

    if (name.len > 0 && name.data[name.len - 1] == '*')
        name.len--;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (latex_is(name, all[i].name))
            return all[i].arguments;
    return NULL;
}

static size_t skip_arguments(struct span text, size_t at)
{
    size_t before;

    do {
        before = at;
        (void)latex_argument(text, at, '[', ']', &at);
        (void)latex_argument(text, at, '{', '}', &at);
    } while (at != before);
    return at;
}

/* "Ann Lee \\thanks{...} \\and Bob": each a field of its own, without what is behind a name. */
static void put_people(struct latex *latex, const char *name, struct span value)
{
    for (size_t at = 0; at < value.len;) {
        struct span one = markup_from(value, at);

        one.len = markup_find(one, 0, "\\and");
        at += one.len + 4;
        one.len = markup_find(one, 0, "\\thanks");
        writer_metadata(latex->writer, name, markup_trim(one));
    }
}

static size_t latex_metadata(struct latex *latex, struct span text, size_t at, struct span name)
{
    struct span value = latex_argument(text, at, '{', '}', &at);

    if (latex_is(name, "title")) {
        writer_metadata(latex->writer, "title", value);
        latex_whole_block(latex, BLOCK_TITLE, 0, value);
    } else {
        put_people(latex, latex_is(name, "author") ? "author" : "date", value);
        if (markup_find(value, 0, "\\today") == value.len)
            latex_whole_block(latex, BLOCK_PARAGRAPH, 0, value);
    }
    return at;
}

static bool is_citation(struct span name)
{
    static const char *const names[] = { "cite",     "citep",      "citet",    "citealp",
                                         "citealt",  "autocite",   "textcite", "parencite",
                                         "footcite", "citeauthor", "nocite",   NULL };

    if (name.len > 0 && name.data[name.len - 1] == '*')
        name.len--;
    return latex_is_any(name, names);
}

static void put_bracketed(struct latex *latex, struct span words)
{
    latex_put(latex, (struct span){ "[", 1 });
    latex_put(latex, words);
    latex_put(latex, (struct span){ "] ", 2 });
}

/* "\cite[p. 3]{lee2020,bob}" is "[lee2020, bob, p. 3]": which work is meant, by its key. */
static size_t latex_citation(struct latex *latex, struct span text, size_t at)
{
    struct span note = latex_argument(text, at, '[', ']', &at);
    struct span second = latex_argument(text, at, '[', ']', &at);
    struct span keys = latex_argument(text, at, '{', '}', &at);

    if (keys.len == 0)
        return at;
    if (second.len > 0)
        note = second;
    latex_put(latex, (struct span){ "[", 1 });
    for (size_t start = 0; start < keys.len;) {
        size_t end = markup_find(keys, start, ",");

        if (start > 0)
            latex_put(latex, (struct span){ ", ", 2 });
        latex_put(latex, markup_trim((struct span){ keys.data + start, end - start }));
        start = end + 1;
    }
    if (note.len > 0) {
        latex_put(latex, (struct span){ ", ", 2 });
        latex_text(latex, note);
    }
    latex_put(latex, (struct span){ "]", 1 });
    return at;
}

/* Behind "\bibitem": a work begins, under its key. */
static size_t latex_work(struct latex *latex, struct span text, size_t at)
{
    struct span key;

    (void)latex_argument(text, at, '[', ']', &at);
    key = latex_argument(text, at, '{', '}', &at);
    latex_end_block(latex);
    writer_begin(latex->writer, BLOCK_LIST_ITEM, 1);
    latex->in_block = true;
    put_bracketed(latex, key);
    return at;
}

/* Its name ends at a blank, which is none of the text, or at "{}". */
static size_t latex_character(struct latex *latex, struct span text, size_t at,
                              const char *character)
{
    latex_put(latex, (struct span){ character, strlen(character) });
    (void)latex_argument(text, at, '{', '}', &at);
    return at + (at < text.len && text.data[at] == ' ' && text.data[at - 1] != '}');
}

/* What a command of the text itself stands for. */
static size_t latex_expand(struct latex *latex, const struct latex_macro *macro, struct span text,
                           size_t at)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(LATEX_EXPANDED_BYTES_MAX);

    if (latex->nesting >= DEPTH_MAX - 1)
        return at; /* what it is given is told at least */
    at = latex_macros_expand(&latex->macros, macro, text, at, &words);
    latex_text(latex, buf_span(&words));
    return at;
}

static size_t latex_word_command(struct latex *latex, struct span text, size_t at, struct span name)
{
    unsigned level = heading_level(name);
    const char *character = latex_symbol(name);
    const struct latex_macro *macro;
    struct latex_macro definition;
    struct span first;
    size_t defined;
    const char *skipped;

    if (level > 0) {
        (void)latex_argument(text, at, '[', ']', &at);
        first = latex_argument(text, at, '{', '}', &at);
        latex_whole_block(latex, BLOCK_HEADING, level, first);
    } else if (character) {
        at = latex_character(latex, text, at, character);
    } else if (latex_is(name, "begin")) {
        at = latex_environment(latex, text, at);
    } else if (latex_is(name, "item")) {
        latex_item(latex, text, &at);
    } else if (latex_is(name, "title") || latex_is(name, "author") || latex_is(name, "date")) {
        at = latex_metadata(latex, text, at, name);
    } else if (latex_is(name, "caption")) {
        (void)latex_argument(text, at, '[', ']', &at);
        first = latex_argument(text, at, '{', '}', &at);
        latex_whole_block(latex, BLOCK_CAPTION, 0, first);
    } else if (latex_is(name, "href") || latex_is(name, "url")) {
        at = latex_address(latex, text, at, latex_is(name, "href"));
    } else if (latex_is(name, "footnote") || latex_is(name, "thanks")) {
        first = latex_argument(text, at, '{', '}', &at);
        latex_put(latex, (struct span){ " (", 2 });
        latex_text(latex, first);
        latex_put(latex, (struct span){ ")", 1 });
    } else if (latex_is(name, "par")) {
        latex_end_block(latex);
    } else if ((skipped = arguments_in_front(name))) {
        for (; *skipped; skipped++)
            (void)latex_argument(text, at, *skipped, *skipped == '[' ? ']' : '}', &at);
    } else if (latex_is(name, "verb") && at < text.len) {
        at = latex_verb(latex, text, at);
    } else if (is_citation(name)) {
        at = latex_citation(latex, text, at);
    } else if (latex_is(name, "bibitem")) {
        at = latex_work(latex, text, at);
    } else if (latex_is(name, "and")) {
        latex_put(latex, (struct span){ ", ", 2 });
    } else if ((defined = latex_definition_length(text, at, name, &definition)) > 0) {
        at += defined;
    } else if (is_silent(name)) {
        at = skip_arguments(text, at);
    } else if ((macro = latex_macros_lookup(&latex->macros, name))) {
        at = latex_expand(latex, macro, text, at);
    } else {
        latex_looks_command(&latex->looks, latex->writer, name,
                            at < text.len && text.data[at] == '{');
    }
    /* Of any other command what is in braces is text, and comes next by itself. */
    return at;
}

static void put_formula(struct latex *latex, struct span formula)
{
    unsigned looks = writer_emphasis(latex->writer, 1u << EMPHASIS_FORMULA);

    latex_put(latex, formula);
    (void)writer_emphasis(latex->writer, looks);
}

/* Behind a backslash. */
static size_t latex_command(struct latex *latex, struct span text, size_t at)
{
    size_t start = at, accent;
    char letter[8];

    accent = latex_accent(text, at, letter);
    if (accent > 0) {
        latex_put(latex, (struct span){ letter, strlen(letter) });
        return at + accent;
    }
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
        latex_put(latex, (struct span){ " ", 1 });
        at++;
        (void)latex_argument(text, at, '[', ']', &at);
        return at;
    case '[': {
        size_t end = markup_find(text, at, "\\]");

        latex_put_display(latex, NULL, (struct span){ text.data + at + 1, end - at - 1 });
        return end < text.len ? end + 2 : end;
    }
    case '(': {
        struct span near = { text.data, text.len };
        size_t end;

        if (near.len - at > FORMULA_BYTES_MAX)
            near.len = at + FORMULA_BYTES_MAX;
        end = markup_find(near, at, "\\)");
        if (end == near.len)
            return at + 1;
        put_formula(latex, (struct span){ text.data + at + 1, end - at - 1 });
        return end + 2;
    }
    case ')':
    case '/':
    case '-':
        return at + 1;
    default:
        latex_put(latex, (struct span){ text.data + at, 1 });
        return at + 1;
    }
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
        latex_put_display(latex, NULL, formula);
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
            latex_end_block(latex);
        else
            latex_put(latex, (struct span){ " ", 1 });
        return at + 1;
    }
    case '~':
    case '&':
        latex_put(latex, (struct span){ " ", 1 });
        return at + 1;
    case '{':
    case '}':
        latex_looks_brace(&latex->looks, latex->writer, rest.data[0] == '{');
        return at + 1;
    default:
        break;
    }
    if (markup_starts(rest, "``") || markup_starts(rest, "''")) {
        latex_put(latex, (struct span){ "\"", 1 });
        return at + 2;
    }
    if (markup_starts(rest, "---")) {
        latex_put(latex, (struct span){ "—", 3 });
        return at + 3;
    }
    if (markup_starts(rest, "--")) {
        latex_put(latex, (struct span){ "–", 3 });
        return at + 2;
    }
    latex_put(latex, (struct span){ rest.data, 1 });
    return at + 1;
}

/* depth counts arguments inside of arguments; environments start anew. */
void latex_text(struct latex *latex, struct span text)
{
    bool is_argument = latex->in_block;
    unsigned depth = latex->depth;

    if (latex->nesting >= DEPTH_MAX) {
        latex_put(latex, text);
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
            latex_put(latex, (struct span){ text.data + at, end - at });
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
        latex_macros_collect(&latex.macros, decoded.text);
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
        latex_end_block(&latex);
    }
    decoded_release(&decoded);
    return status;
}

const struct extractor latex_extractor = {
    .name = "latex",
    .version = 6,
    .bid = latex_bid,
    .extract = latex_extract,
};
