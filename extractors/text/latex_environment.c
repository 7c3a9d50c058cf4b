#include <ctype.h>
#include <string.h>

#include "extractors/text/latex.h"
#include "extractors/text/markup.h"

/* ---- tables ---- */

static void next_cell(struct latex *latex, bool is_header)
{
    if (!latex->in_row) {
        writer_begin(latex->writer, BLOCK_ROW, 0);
        writer_flags(latex->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
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

/* Whether a rule stands below the first row, and more rows below that. */
static bool has_header_rule(struct span body)
{
    size_t end = markup_find(body, 0, "\\\\");
    struct span rest = markup_trim(markup_from(body, end + 2));

    return (markup_starts(rest, "\\hline") || markup_starts(rest, "\\midrule") ||
            markup_starts(rest, "\\cline") || markup_starts(rest, "\\cmidrule")) &&
           markup_find(rest, 0, "\\\\") < rest.len;
}

/* Rows end in "\\", cells in "&", outside of braces. */
static void put_rows(struct latex *latex, struct span body, bool is_header)
{
    size_t start = 0, depth = 0;

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
                next_cell(latex, is_header);
                latex->in_block = true;
                latex_text(latex, cell);
                latex->in_block = false;
            }
            if (is_end || is_row) {
                is_header = is_header && !latex->in_row;
                end_row(latex);
            }
            i += is_row;
            start = i + 1;
        } else if (!is_end && body.data[i] == '\\') {
            i++;
        }
    }
}

static void begin_table(struct latex *latex, bool has_header)
{
    latex_end_block(latex);
    writer_begin(latex->writer, BLOCK_TABLE, has_header);
    latex->in_table = true;
}

static void end_table(struct latex *latex)
{
    writer_end(latex->writer);
    latex->in_table = false;
}

static void latex_table(struct latex *latex, struct span body)
{
    bool has_header = has_header_rule(body);

    begin_table(latex, has_header);
    put_rows(latex, body, has_header);
    end_table(latex);
}

/* The offset behind the last of the commands before limit; 0: none of them is there. */
static size_t behind_last(struct span body, const char *const commands[], size_t limit)
{
    size_t last = 0;

    for (size_t i = 0; commands[i]; i++) {
        size_t at = markup_find((struct span){ body.data, limit }, 0, commands[i]);

        if (at < limit && at + strlen(commands[i]) > last)
            last = at + strlen(commands[i]);
    }
    return last;
}

/* A longtable's caption is among its rows: it is told in front of them. Returns what is behind. */
static struct span take_caption(struct latex *latex, struct span body)
{
    struct span rest = markup_trim(body), words;
    size_t at = 8;

    if (!markup_starts(rest, "\\caption"))
        return body;
    at += at < rest.len && rest.data[at] == '*';
    (void)latex_argument(rest, at, '[', ']', &at);
    words = latex_argument(rest, at, '{', '}', &at);
    latex_whole_block(latex, BLOCK_CAPTION, 0, words);
    rest = markup_trim(markup_from(rest, at));
    if (markup_starts(rest, "\\label")) {
        (void)latex_argument(rest, 6, '{', '}', &at);
        rest = markup_trim(markup_from(rest, at));
    }
    return markup_from(rest, markup_starts(rest, "\\tabularnewline") ? 15
                             : markup_starts(rest, "\\\\")           ? 2
                                                                     : 0);
}

/* A table over several pages: its head as on the first page, then its rows; what stands at the head
 * and the foot of the other pages is left out.
 *
 *   \caption{..} HEAD \endfirsthead HEAD \endhead FOOT \endfoot LAST FOOT \endlastfoot ROWS */
static void latex_long_table(struct latex *latex, struct span body)
{
    static const char *const firsts[] = { "\\endfirsthead", NULL };
    static const char *const heads[] = { "\\endhead", NULL };
    static const char *const all[] = { "\\endfirsthead", "\\endhead", "\\endfoot", "\\endlastfoot",
                                       NULL };
    size_t head, start;

    body = take_caption(latex, body);
    start = behind_last(body, all, body.len);
    head = behind_last(body, firsts, start);
    if (head == 0)
        head = behind_last(body, heads, start);
    if (head > 0)
        begin_table(latex, true);
    else
        begin_table(latex, has_header_rule(markup_from(body, start)));
    put_rows(latex, (struct span){ body.data, head }, true);
    put_rows(latex, markup_from(body, start),
             head == 0 && has_header_rule(markup_from(body, start)));
    end_table(latex);
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
    const unsigned deepest = sizeof(latex->is_ordered) / sizeof(latex->is_ordered[0]) - 1;
    bool was_description = latex->is_description;
    unsigned depth = latex->list_depth;

    latex_end_block(latex);
    if (depth < deepest)
        latex->list_depth++;
    latex->is_ordered[latex->list_depth] = latex_is(name, "enumerate");
    latex->is_description = latex_is(name, "description");
    latex_text(latex, body);
    latex_end_block(latex);
    latex->list_depth = depth;
    latex->is_description = was_description;
}

/* "{A, title}, ..." or "A title, ..." */
static void put_listing_title(struct latex *latex, struct span rest)
{
    size_t end;
    struct span title = latex_argument(rest, 0, '{', '}', &end);

    if (title.len == 0)
        title = (struct span){ rest.data, markup_find(rest, 0, ",") };
    latex_whole_block(latex, BLOCK_CAPTION, 0, title);
}

static void latex_code(struct latex *latex, struct span name, struct span body)
{
    size_t end = 0;
    struct span language = { "", 0 };

    latex_end_block(latex);
    if (latex_is(name, "lstlisting")) {
        struct span options = latex_argument(body, 0, '[', ']', &end);
        size_t key = markup_find(options, 0, "language=");
        size_t title = markup_find(options, 0, "caption=");

        if (key < options.len) {
            language = markup_from(options, key + 9);
            language.len = markup_find(language, 0, ",");
        }
        if (title < options.len)
            put_listing_title(latex, markup_from(options, title + 8));
    } else if (latex_is(name, "minted")) {
        (void)latex_argument(body, 0, '[', ']', &end);
        language = latex_argument(body, end, '{', '}', &end);
    }
    writer_begin(latex->writer, BLOCK_CODE, 0);
    if (language.len > 0)
        writer_label(latex->writer, language);
    writer_text(latex->writer, markup_from(body, end));
    writer_end(latex->writer);
}

/* Code whose words are in commands that colour them: "\KeywordTok{def}". Braces that stand for
 * themselves have a backslash. */
static void latex_coloured_code(struct latex *latex, struct span body)
{
    size_t at = 0;

    latex_end_block(latex);
    (void)latex_argument(body, 0, '[', ']', &at);
    writer_begin(latex->writer, BLOCK_CODE, 0);
    while (at < body.len) {
        size_t start = at;
        const char *character;

        while (at < body.len && body.data[at] != '\\' && body.data[at] != '{' &&
               body.data[at] != '}')
            at++;
        writer_text(latex->writer, (struct span){ body.data + start, at - start });
        if (at >= body.len || body.data[at++] != '\\')
            continue;
        start = at;
        while (at < body.len && isalpha((unsigned char)body.data[at]))
            at++;
        character = latex_symbol((struct span){ body.data + start, at - start });
        if (at == start && at < body.len)
            writer_text(latex->writer, (struct span){ body.data + at++, 1 });
        else if (character)
            writer_text(latex->writer, (struct span){ character, strlen(character) });
    }
    writer_end(latex->writer);
}

/* "Theorem (Lee)." in front of what is stated. */
static void put_statement(struct latex *latex, struct span name, struct span remark)
{
    static const char *const names[][2] = {
        { "theorem", "Theorem" },         { "lemma", "Lemma" },           { "proof", "Proof" },
        { "corollary", "Corollary" },     { "definition", "Definition" }, { "remark", "Remark" },
        { "proposition", "Proposition" }, { "example", "Example" },       { "claim", "Claim" },
        { "conjecture", "Conjecture" },
    };
    const struct latex_macro *own = latex_macros_lookup(&latex->macros, name);
    struct span title = own ? own->body : (struct span){ "", 0 };
    unsigned before;

    for (size_t i = 0; title.len == 0 && i < sizeof(names) / sizeof(names[0]); i++)
        if (latex_is(name, names[i][0]))
            title = (struct span){ names[i][1], strlen(names[i][1]) };
    if (title.len == 0)
        return;
    before = writer_emphasis(latex->writer, MARKUP_BOLD);
    latex_put(latex, title);
    if (remark.len > 0) {
        latex_put(latex, (struct span){ " (", 2 });
        latex_text(latex, remark);
        latex_put(latex, (struct span){ ")", 1 });
    }
    latex_put(latex, (struct span){ ".", 1 });
    (void)writer_emphasis(latex->writer, before);
    latex_put(latex, (struct span){ " ", 1 });
}

static void put_all(struct latex *latex, const char *a, const char *b, const char *c)
{
    writer_text(latex->writer, (struct span){ a, strlen(a) });
    writer_text(latex->writer, (struct span){ b, strlen(b) });
    writer_text(latex->writer, (struct span){ c, strlen(c) });
}

void latex_put_display(struct latex *latex, const char *inner, struct span body)
{
    unsigned before;
    size_t end;

    body = markup_trim(body);
    if (markup_starts(body, "\\label")) {
        (void)latex_argument(body, 6, '{', '}', &end);
        body = markup_trim(markup_from(body, end));
    }
    latex_end_block(latex);
    writer_begin(latex->writer, BLOCK_PARAGRAPH, 0);
    before = writer_emphasis(latex->writer, 1u << EMPHASIS_FORMULA);
    put_all(latex, inner ? "$$\\begin{" : "$$", inner ? inner : "", inner ? "} " : "");
    writer_text(latex->writer, body);
    put_all(latex, inner ? " \\end{" : "$$", inner ? inner : "", inner ? "}$$" : "");
    (void)writer_emphasis(latex->writer, before);
    writer_end(latex->writer);
}

static bool latex_formula_environment(struct latex *latex, struct span name, struct span body)
{
    static const struct {
        const char *name, *inner;
    } formulas[] = {
        { "equation", NULL },     { "displaymath", NULL },    { "math", NULL },
        { "align", "aligned" },   { "eqnarray", "aligned" },  { "alignat", "aligned" },
        { "gather", "gathered" }, { "multline", "gathered" },
    };

    if (name.len > 0 && name.data[name.len - 1] == '*')
        name.len--;
    for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++)
        if (latex_is(name, formulas[i].name)) {
            latex_put_display(latex, formulas[i].inner, body);
            return true;
        }
    return false;
}

size_t latex_environment(struct latex *latex, struct span text, size_t offset)
{
    static const char *const lists[] = { "itemize", "enumerate", "description", NULL };
    static const char *const codes[] = { "verbatim", "lstlisting",  "minted",
                                         "Verbatim", "algorithmic", NULL };

    static const char *const tables[] = { "tabular",  "tabular*", "longtable",
                                          "tabularx", "array",    NULL };
    static const char *const silent[] = { "comment", "tikzpicture", "thebibliography*", NULL };
    static const char *const quotes[] = { "quote", "quotation", "verse", NULL };
    size_t end, after, at = offset;
    struct span name = latex_argument(text, at, '{', '}', &at), body, remark;

    if (at == offset)
        return offset;
    end = environment_end(text, at, name, &after);
    body = (struct span){ text.data + at, end - at };
    if (latex_is_any(name, lists)) {
        (void)latex_argument(text, at, '[', ']', &at);
        latex_list(latex, name, (struct span){ text.data + at, end > at ? end - at : 0 });
    } else if (latex_is_any(name, codes)) {
        latex_code(latex, name, body);
    } else if (latex_is(name, "Highlighting")) {
        latex_coloured_code(latex, body);
    } else if (latex_is_any(name, silent) || latex_formula_environment(latex, name, body)) {
        return after;
    } else if (latex_is_any(name, tables)) {
        (void)latex_argument(text, at, '[', ']', &at);
        if (latex_is(name, "tabular*") || latex_is(name, "tabularx"))
            (void)latex_argument(text, at, '{', '}', &at);
        (void)latex_argument(text, at, '{', '}', &at);
        body = (struct span){ text.data + at, end > at ? end - at : 0 };
        if (latex_is(name, "longtable"))
            latex_long_table(latex, body);
        else
            latex_table(latex, body);
    } else {
        bool was_quote = latex->is_quote;

        latex_end_block(latex);
        latex->is_quote |= latex_is_any(name, quotes);
        if (latex_is(name, "abstract"))
            latex_whole_block(latex, BLOCK_HEADING, 1, (struct span){ "Abstract", 8 });
        remark = latex_argument(text, at, '[', ']', &at);
        put_statement(latex, name, remark);
        if (latex_is(name, "minipage") || latex_is(name, "thebibliography") ||
            latex_is(name, "multicols"))
            (void)latex_argument(text, at, '{', '}', &at);
        latex_text(latex, (struct span){ text.data + at, end > at ? end - at : 0 });
        latex_end_block(latex);
        latex->is_quote = was_quote;
    }
    return after;
}
