/*
 * mdoc.c - manual pages written with mdoc(7).
 *
 * A macro's line is a list of words, and words that are macros are called where they stand. What
 * they say of their words (a flag, an argument, a path) shows as punctuation only.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/text/man.h"

#define LISTS_MAX      16u
#define ENCLOSURES_MAX 16u
#define CELL_MARK      '\x06'

enum list_kind { LIST_BULLET, LIST_ENUM, LIST_TAG, LIST_COLUMN };

struct mdoc {
    struct roff *roff;
    struct buf name; /* of .Nm */
    bool is_glued;   /* no space before the next word */
    bool is_spaced;  /* .Sm */
    bool in_synopsis, in_function, in_reference;
    bool is_line_begin; /* of an input line, between .Bd and .Ed */
    unsigned looks;     /* of the words at hand: bits of enum roff_look */
    enum list_kind lists[LISTS_MAX];
    unsigned list_count;
};

/* ---- words ---- */

static struct buf *target(struct mdoc *mdoc)
{
    return mdoc->roff->is_verbatim ? &mdoc->roff->code : &mdoc->roff->markup->pending;
}

static bool is_closing(struct span word)
{
    return word.len == 1 && strchr(".,:;)]?!", word.data[0]);
}

static bool is_opening(struct span word)
{
    return word.len == 1 && strchr("([", word.data[0]);
}

/* Appends resolved text, with the space that belongs in front of it. */
static void put_resolved(struct mdoc *mdoc, struct span text)
{
    struct buf *out = target(mdoc);

    if (text.len == 0)
        return;
    if (mdoc->is_line_begin) {
        if (out->len > 0)
            buf_append_char(out, '\n');
    } else if (out->len > 0 && !mdoc->is_glued && mdoc->is_spaced &&
               out->data[out->len - 1] != ROFF_BREAK && out->data[out->len - 1] != CELL_MARK) {
        buf_append_char(out, ' ');
    }
    roff_append_looking(out, mdoc->roff->is_verbatim ? 0 : mdoc->looks, text);
    mdoc->is_line_begin = mdoc->is_glued = false;
}

static void put(struct mdoc *mdoc, const char *text)
{
    put_resolved(mdoc, (struct span){ text, strlen(text) });
}

static void put_word(struct mdoc *mdoc, struct span raw)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    unsigned looks = mdoc->looks;
    bool is_joined;

    mdoc->is_glued |= is_closing(raw);
    if (is_closing(raw) || is_opening(raw) || roff_is(raw, "|"))
        mdoc->looks = 0; /* punctuation is not of the words */
    is_joined = mdoc->looks ? roff_resolve(mdoc->roff, raw, &words)
                            : roff_resolve_looks(mdoc->roff, raw, &words);
    put_resolved(mdoc, buf_span(&words));
    mdoc->looks = looks;
    mdoc->is_glued |= is_opening(raw) || is_joined;
}

/* Marks and remarks that are not of the words. */
static void put_plain(struct mdoc *mdoc, const char *text)
{
    unsigned looks = mdoc->looks;

    mdoc->looks = 0;
    put(mdoc, text);
    mdoc->looks = looks;
}

static void glued(struct mdoc *mdoc, const char *text)
{
    mdoc->is_glued = true;
    put_plain(mdoc, text);
}

/* ---- what a macro does with its words ---- */

enum word_act {
    WORDS_PLAIN,
    WORDS_FLAG,
    WORDS_ARGUMENT,
    WORDS_NAME,
    WORDS_DESCRIPTION,
    WORDS_CROSS_REFERENCE,
    WORDS_FUNCTION,
    WORDS_FUNCTION_BEGIN,
    WORDS_FUNCTION_END,
    WORDS_FUNCTION_ARGUMENT,
    WORDS_INCLUDE,
    WORDS_LINE, /* on a line of its own in a synopsis */
    WORDS_ENCLOSED,
    WORDS_OPEN,
    WORDS_CLOSE,
    WORDS_NO_SPACE,
    WORDS_APOSTROPHE,
    WORDS_PREFIX,
    WORDS_LINK,
    WORDS_SYSTEM,
    WORDS_SPACING,
    WORDS_EXIT,
    WORDS_CELL,
    WORDS_SILENT,
};

static const struct word_macro {
    const char *name;
    enum word_act act;
    const char *open, *close; /* or what a system is called */
    unsigned looks;           /* of its words: bits of enum roff_look */
} word_macros[] = {
    { "Fl", WORDS_FLAG, "", "", ROFF_BOLD },
    { "Ar", WORDS_ARGUMENT, "", "", ROFF_ITALIC },
    { "Nm", WORDS_NAME, "", "", ROFF_BOLD },
    { "Nd", WORDS_DESCRIPTION, "", "", 0 },
    { "Xr", WORDS_CROSS_REFERENCE, "", "", 0 },
    { "Fn", WORDS_FUNCTION, "", "", ROFF_BOLD },
    { "Fo", WORDS_FUNCTION_BEGIN, "", "", ROFF_BOLD },
    { "Fc", WORDS_FUNCTION_END, "", "", 0 },
    { "Fa", WORDS_FUNCTION_ARGUMENT, "", "", ROFF_ITALIC },
    { "In", WORDS_INCLUDE, "", "", ROFF_BOLD },
    { "Ft", WORDS_LINE, "", "", ROFF_ITALIC },
    { "Fd", WORDS_LINE, "", "", ROFF_BOLD },
    { "Vt", WORDS_LINE, "", "", ROFF_ITALIC },
    { "Op", WORDS_ENCLOSED, "[", "]", 0 },
    { "Bq", WORDS_ENCLOSED, "[", "]", 0 },
    { "Dq", WORDS_ENCLOSED, "“", "”", 0 },
    { "Qq", WORDS_ENCLOSED, "\"", "\"", 0 },
    { "Sq", WORDS_ENCLOSED, "‘", "’", 0 },
    { "Ql", WORDS_ENCLOSED, "‘", "’", ROFF_CODE },
    { "Pq", WORDS_ENCLOSED, "(", ")", 0 },
    { "Aq", WORDS_ENCLOSED, "<", ">", 0 },
    { "Brq", WORDS_ENCLOSED, "{", "}", 0 },
    { "D1", WORDS_PLAIN, "", "", 0 },
    { "Oo", WORDS_OPEN, "[", "", 0 },
    { "Bo", WORDS_OPEN, "[", "", 0 },
    { "Do", WORDS_OPEN, "“", "", 0 },
    { "Qo", WORDS_OPEN, "\"", "", 0 },
    { "So", WORDS_OPEN, "‘", "", 0 },
    { "Po", WORDS_OPEN, "(", "", 0 },
    { "Ao", WORDS_OPEN, "<", "", 0 },
    { "Bro", WORDS_OPEN, "{", "", 0 },
    { "Oc", WORDS_CLOSE, "]", "", 0 },
    { "Bc", WORDS_CLOSE, "]", "", 0 },
    { "Dc", WORDS_CLOSE, "”", "", 0 },
    { "Qc", WORDS_CLOSE, "\"", "", 0 },
    { "Sc", WORDS_CLOSE, "’", "", 0 },
    { "Pc", WORDS_CLOSE, ")", "", 0 },
    { "Ac", WORDS_CLOSE, ">", "", 0 },
    { "Brc", WORDS_CLOSE, "}", "", 0 },
    { "Ns", WORDS_NO_SPACE, "", "", 0 },
    { "Ap", WORDS_APOSTROPHE, "", "", 0 },
    { "Pf", WORDS_PREFIX, "", "", 0 },
    { "Lk", WORDS_LINK, "", "", 0 },
    { "Mt", WORDS_LINK, "mailto:", "", 0 },
    { "Ux", WORDS_SYSTEM, "UNIX", "", 0 },
    { "At", WORDS_SYSTEM, "AT&T UNIX", "", 0 },
    { "Bx", WORDS_SYSTEM, "BSD", "", 0 },
    { "Fx", WORDS_SYSTEM, "FreeBSD", "", 0 },
    { "Nx", WORDS_SYSTEM, "NetBSD", "", 0 },
    { "Ox", WORDS_SYSTEM, "OpenBSD", "", 0 },
    { "Dx", WORDS_SYSTEM, "DragonFly", "", 0 },
    { "Sm", WORDS_SPACING, "", "", 0 },
    { "Ex", WORDS_EXIT, "", "", 0 },
    { "Rv", WORDS_EXIT, "", "", 0 },
    { "Ta", WORDS_CELL, "", "", 0 },
    { "Tg", WORDS_SILENT, "", "", 0 },
    { "Bk", WORDS_SILENT, "", "", 0 },
    { "Ek", WORDS_SILENT, "", "", 0 },
    { "Db", WORDS_SILENT, "", "", 0 },
    { "Xo", WORDS_PLAIN, "", "", 0 },
    { "Xc", WORDS_PLAIN, "", "", 0 },
    { "Ad", WORDS_PLAIN, "", "", ROFF_ITALIC },
    { "An", WORDS_PLAIN, "", "", 0 },
    { "Cd", WORDS_PLAIN, "", "", ROFF_BOLD },
    { "Cm", WORDS_PLAIN, "", "", ROFF_BOLD },
    { "Dv", WORDS_PLAIN, "", "", 0 },
    { "Em", WORDS_PLAIN, "", "", ROFF_ITALIC },
    { "Er", WORDS_PLAIN, "", "", 0 },
    { "Ev", WORDS_PLAIN, "", "", 0 },
    { "Ic", WORDS_PLAIN, "", "", ROFF_BOLD },
    { "Lb", WORDS_PLAIN, "", "", 0 },
    { "Li", WORDS_PLAIN, "", "", ROFF_CODE },
    { "Ms", WORDS_PLAIN, "", "", ROFF_BOLD },
    { "No", WORDS_PLAIN, "", "", 0 },
    { "Pa", WORDS_PLAIN, "", "", ROFF_ITALIC },
    { "St", WORDS_PLAIN, "", "", 0 },
    { "Sx", WORDS_PLAIN, "", "", 0 },
    { "Sy", WORDS_PLAIN, "", "", ROFF_BOLD },
    { "Tn", WORDS_PLAIN, "", "", 0 },
    { "Va", WORDS_PLAIN, "", "", ROFF_ITALIC },
};

static const struct word_macro *word_macro(struct span name)
{
    if (name.len < 2 || name.len > 3 || !isupper((unsigned char)name.data[0]))
        return NULL;
    for (size_t i = 0; i < sizeof(word_macros) / sizeof(word_macros[0]); i++)
        if (roff_is(name, word_macros[i].name))
            return &word_macros[i];
    return NULL;
}

/* The words of a line that are still to be said, and the marks that its end closes. */
struct line {
    const struct roff_arguments *words;
    size_t at;
    const char *closers[ENCLOSURES_MAX];
    unsigned closer_count;
};

static bool has_word(const struct line *line)
{
    return line->at < line->words->count && !word_macro(line->words->words[line->at]);
}

static struct span take_word(struct line *line)
{
    return line->words->words[line->at++];
}

static void put_flags(struct mdoc *mdoc, struct line *line)
{
    bool has_flag = false;

    while (has_word(line) && !is_closing(line->words->words[line->at])) {
        struct span word = take_word(line);

        if (roff_is(word, "|") || is_opening(word)) {
            put_word(mdoc, word);
            continue;
        }
        put(mdoc, "-");
        mdoc->is_glued = true;
        put_word(mdoc, word);
        has_flag = true;
    }
    if (has_flag)
        return;
    put(mdoc, "-");
    mdoc->is_glued = line->at < line->words->count && !has_word(line);
}

static void put_function(struct mdoc *mdoc, struct line *line)
{
    bool is_first = true;

    if (has_word(line))
        put_word(mdoc, take_word(line));
    glued(mdoc, "(");
    while (has_word(line) && !is_closing(line->words->words[line->at])) {
        if (!is_first)
            glued(mdoc, ",");
        mdoc->is_glued = is_first;
        mdoc->looks = ROFF_ITALIC;
        put_word(mdoc, take_word(line));
        is_first = false;
    }
    glued(mdoc, ")");
}

static void put_link(struct mdoc *mdoc, struct line *line, const char *scheme)
{
    struct buf *out = target(mdoc);

    if (!has_word(line) || mdoc->roff->is_verbatim)
        return;
    put(mdoc, "\x02");
    buf_append(out, scheme, strlen(scheme));
    buf_append(out, line->words->words[line->at].data, line->words->words[line->at].len);
    buf_append_char(out, ROFF_LINK_WORDS);
    if (*scheme || line->at + 1 >= line->words->count ||
        is_closing(line->words->words[line->at + 1]))
        buf_append(out, line->words->words[line->at].data, line->words->words[line->at].len);
    line->at++;
    mdoc->is_glued = true;
    while (has_word(line) && !is_closing(line->words->words[line->at]))
        put_word(mdoc, take_word(line));
    buf_append_char(out, ROFF_LINK_END);
    mdoc->is_glued = false;
}

static void begin_synopsis_line(struct mdoc *mdoc)
{
    struct buf *out = target(mdoc);

    if (mdoc->in_synopsis && out->len > 0 && !mdoc->roff->is_verbatim)
        buf_append_char(out, ROFF_BREAK);
}

static void put_exit(struct mdoc *mdoc, struct line *line, bool is_exit)
{
    line->at = line->words->count;
    put(mdoc, "The");
    put_resolved(mdoc, buf_span(&mdoc->name));
    put(mdoc, is_exit ? "utility exits 0 on success, and >0 if an error occurs."
                      : "function returns the value 0 if successful; otherwise the value -1 is "
                        "returned and the global variable errno is set to indicate the error.");
}

/* ".Sm off": what stands in front of it still has a space behind it. */
static void set_spacing(struct mdoc *mdoc, bool is_spaced)
{
    struct buf *out = target(mdoc);

    if (mdoc->is_spaced && !is_spaced && !mdoc->is_glued && out->len > 0 &&
        out->data[out->len - 1] != ROFF_BREAK)
        buf_append_char(out, ' ');
    mdoc->is_spaced = is_spaced;
}

static void call(struct mdoc *mdoc, const struct word_macro *macro, struct line *line,
                 bool is_first)
{
    if (macro->act != WORDS_NO_SPACE && macro->act != WORDS_SPACING)
        mdoc->looks = macro->looks;
    switch (macro->act) {
    case WORDS_FLAG:
        put_flags(mdoc, line);
        break;
    case WORDS_ARGUMENT:
        if (!has_word(line) || is_closing(line->words->words[line->at]))
            put(mdoc, "file ...");
        break;
    case WORDS_NAME:
        if (is_first)
            begin_synopsis_line(mdoc);
        if (!has_word(line) || is_closing(line->words->words[line->at]))
            put_resolved(mdoc, buf_span(&mdoc->name));
        else if (mdoc->name.len == 0)
            (void)roff_resolve(mdoc->roff, line->words->words[line->at], &mdoc->name);
        break;
    case WORDS_DESCRIPTION:
        put(mdoc, "—");
        break;
    case WORDS_CROSS_REFERENCE:
        if (has_word(line))
            put_word(mdoc, take_word(line));
        if (has_word(line) && !is_closing(line->words->words[line->at])) {
            glued(mdoc, "(");
            mdoc->is_glued = true;
            put_word(mdoc, take_word(line));
            glued(mdoc, ")");
        }
        break;
    case WORDS_FUNCTION:
        put_function(mdoc, line);
        break;
    case WORDS_FUNCTION_BEGIN:
        if (has_word(line))
            put_word(mdoc, take_word(line));
        glued(mdoc, "(");
        mdoc->is_glued = mdoc->in_function = true;
        break;
    case WORDS_FUNCTION_END:
        glued(mdoc, ")");
        mdoc->in_function = false;
        break;
    case WORDS_FUNCTION_ARGUMENT:
        if (mdoc->in_function) {
            struct buf *out = target(mdoc);

            if (out->len > 0 && out->data[out->len - 1] != '(')
                glued(mdoc, ",");
        }
        break;
    case WORDS_INCLUDE:
        begin_synopsis_line(mdoc);
        put(mdoc, mdoc->in_synopsis ? "#include <" : "<");
        mdoc->is_glued = true;
        if (has_word(line))
            put_word(mdoc, take_word(line));
        mdoc->is_glued = true;
        put(mdoc, ">");
        break;
    case WORDS_LINE:
        if (is_first)
            begin_synopsis_line(mdoc);
        break;
    case WORDS_ENCLOSED:
    case WORDS_OPEN:
        put_plain(mdoc, macro->open);
        mdoc->is_glued = true;
        if (macro->act == WORDS_ENCLOSED && line->closer_count < ENCLOSURES_MAX)
            line->closers[line->closer_count++] = macro->close;
        break;
    case WORDS_CLOSE:
        glued(mdoc, macro->open);
        break;
    case WORDS_NO_SPACE:
        mdoc->is_glued = true;
        break;
    case WORDS_APOSTROPHE:
        glued(mdoc, "'");
        mdoc->is_glued = true;
        break;
    case WORDS_PREFIX:
        if (line->at < line->words->count)
            put_word(mdoc, take_word(line));
        mdoc->is_glued = true;
        break;
    case WORDS_LINK:
        put_link(mdoc, line, macro->open);
        break;
    case WORDS_SYSTEM:
        put(mdoc, macro->open);
        break;
    case WORDS_SPACING:
        set_spacing(mdoc, !(has_word(line) && roff_is(take_word(line), "off")));
        break;
    case WORDS_EXIT:
        put_exit(mdoc, line, macro->name[0] == 'E');
        break;
    case WORDS_CELL:
        buf_append_char(target(mdoc), CELL_MARK);
        break;
    case WORDS_SILENT:
        line->at = line->words->count;
        break;
    case WORDS_PLAIN:
        break;
    }
}

/* Closing marks stand in front of the punctuation that ends the line. */
static void put_line(struct mdoc *mdoc, const struct roff_arguments *words, size_t first)
{
    struct line line = { .words = words, .at = first };
    size_t end = words->count;

    while (end > first && is_closing(words->words[end - 1]))
        end--;
    while (line.at < words->count) {
        const struct word_macro *macro = word_macro(words->words[line.at]);

        if (line.at >= end)
            while (line.closer_count > 0)
                glued(mdoc, line.closers[--line.closer_count]);
        if (macro) {
            line.at++;
            call(mdoc, macro, &line, line.at == 1);
        } else {
            put_word(mdoc, take_word(&line));
        }
    }
    while (line.closer_count > 0)
        glued(mdoc, line.closers[--line.closer_count]);
    mdoc->looks = 0;
}

/* ---- blocks ---- */

static enum list_kind innermost(const struct mdoc *mdoc)
{
    return mdoc->lists[mdoc->list_count - 1];
}

/* The cells of a row of ".Bl -column", which CELL_MARK separates in the pending text. */
static void end_row(struct mdoc *mdoc)
{
    CLEANUP(buf_release) struct buf row = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct markup *markup = mdoc->roff->markup;
    struct buf *pending = &markup->pending;
    size_t start = 0;

    if (pending->len == 0)
        return;
    buf_append(&row, pending->data, pending->len);
    buf_clear(pending);
    writer_begin(markup->writer, BLOCK_ROW, 0);
    for (size_t i = 0; i <= row.len; i++) {
        if (i < row.len && row.data[i] != CELL_MARK && row.data[i] != '\t')
            continue;
        writer_begin(markup->writer, BLOCK_CELL, 0);
        markup_inline(markup, markup_trim((struct span){ row.data + start, i - start }));
        writer_end(markup->writer);
        start = i + 1;
    }
    writer_end(markup->writer);
}

static void flush(struct mdoc *mdoc)
{
    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN)
        end_row(mdoc);
    else
        roff_flush(mdoc->roff);
    mdoc->is_glued = false;
}

static void begin_list(struct mdoc *mdoc, const struct roff_arguments *words)
{
    static const struct {
        const char *name;
        enum list_kind kind;
    } kinds[] = {
        { "-bullet", LIST_BULLET }, { "-dash", LIST_BULLET }, { "-hyphen", LIST_BULLET },
        { "-item", LIST_BULLET },   { "-enum", LIST_ENUM },   { "-column", LIST_COLUMN },
    };
    enum list_kind kind = LIST_TAG;

    flush(mdoc);
    for (size_t i = 0; words->count > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (roff_is(words->words[0], kinds[i].name))
            kind = kinds[i].kind;
    /* Lists inside of a cell are part of it. */
    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN)
        kind = LIST_COLUMN;
    else if (kind == LIST_COLUMN)
        writer_begin(mdoc->roff->markup->writer, BLOCK_TABLE, 0);
    if (mdoc->list_count < LISTS_MAX)
        mdoc->lists[mdoc->list_count++] = kind;
}

static void end_list(struct mdoc *mdoc)
{
    bool was_table;

    flush(mdoc);
    if (mdoc->list_count == 0)
        return;
    was_table = innermost(mdoc) == LIST_COLUMN;
    mdoc->list_count--;
    if (was_table && (mdoc->list_count == 0 || innermost(mdoc) != LIST_COLUMN))
        writer_end(mdoc->roff->markup->writer);
}

static unsigned item_depth(const struct mdoc *mdoc)
{
    unsigned depth = 0;

    for (unsigned i = 0; i < mdoc->list_count; i++)
        depth += mdoc->lists[i] == LIST_BULLET || mdoc->lists[i] == LIST_ENUM;
    return depth;
}

static void begin_item(struct mdoc *mdoc, const struct roff_arguments *words)
{
    struct markup *markup = mdoc->roff->markup;
    enum list_kind kind;

    flush(mdoc);
    if (mdoc->list_count == 0)
        return;
    kind = innermost(mdoc);
    if (kind == LIST_BULLET || kind == LIST_ENUM) {
        markup_open(markup, BLOCK_LIST_ITEM, item_depth(mdoc),
                    kind == LIST_ENUM ? (unsigned)BLOCK_ORDERED : 0u);
    } else if (kind == LIST_COLUMN) {
        put_line(mdoc, words, 0);
    } else {
        markup_open(markup, BLOCK_TERM, 0, 0);
        put_line(mdoc, words, 0);
        /* "Xo" goes on over lines, up to "Xc". */
        for (size_t i = 0; i < words->count; i++)
            if (roff_is(words->words[i], "Xo"))
                return;
        roff_flush(mdoc->roff);
    }
}

static void begin_paragraph(struct mdoc *mdoc)
{
    struct markup *markup = mdoc->roff->markup;

    if (mdoc->roff->is_verbatim) {
        buf_append_char(&mdoc->roff->code, '\n');
        return;
    }
    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN)
        return;
    roff_flush(mdoc->roff);
    if (mdoc->list_count > 0 && innermost(mdoc) != LIST_TAG)
        markup_open(markup, BLOCK_LIST_ITEM, item_depth(mdoc), BLOCK_CONTINUES);
}

static void write_heading(struct mdoc *mdoc, unsigned level, const struct roff_arguments *words)
{
    while (mdoc->list_count > 0)
        end_list(mdoc);
    mdoc->roff->is_verbatim = false;
    roff_flush(mdoc->roff);
    mdoc->in_synopsis =
        level == 1 && words->count > 0 && markup_starts_nocase(words->words[0], "SYNOPSIS");
    markup_open(mdoc->roff->markup, BLOCK_HEADING, level, 0);
    put_line(mdoc, words, 0);
    roff_flush(mdoc->roff);
}

static void write_title(struct mdoc *mdoc, const struct roff_arguments *words)
{
    CLEANUP(buf_release) struct buf title = BUF_INIT(1024);

    if (words->count == 0)
        return;
    (void)roff_resolve(mdoc->roff, words->words[0], &title);
    if (words->count > 1) {
        buf_append_char(&title, '(');
        (void)roff_resolve(mdoc->roff, words->words[1], &title);
        buf_append_char(&title, ')');
    }
    writer_metadata(mdoc->roff->markup->writer, "title", buf_span(&title));
    markup_block(mdoc->roff->markup, BLOCK_TITLE, 0, buf_span(&title));
}

static void write_date(struct mdoc *mdoc, const struct roff_arguments *words)
{
    CLEANUP(buf_release) struct buf date = BUF_INIT(1024);

    for (size_t i = 0; i < words->count; i++)
        buf_printf(&date, "%s%.*s", i > 0 ? " " : "", (int)words->words[i].len,
                   words->words[i].data);
    if (!markup_starts(buf_span(&date), "$"))
        writer_metadata(mdoc->roff->markup->writer, "date", buf_span(&date));
}

static void begin_display(struct mdoc *mdoc, const struct roff_arguments *words)
{
    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN)
        return;
    roff_flush(mdoc->roff);
    for (size_t i = 0; i < words->count; i++)
        if (roff_is(words->words[i], "-literal") || roff_is(words->words[i], "-unfilled"))
            mdoc->roff->is_verbatim = true;
}

static void end_display(struct mdoc *mdoc)
{
    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN)
        return;
    roff_flush(mdoc->roff);
    mdoc->roff->is_verbatim = false;
}

/* ".Dl make all": one line of code. */
static void write_code_line(struct mdoc *mdoc, const struct roff_arguments *words)
{
    bool was_verbatim = mdoc->roff->is_verbatim;

    if (mdoc->list_count > 0 && innermost(mdoc) == LIST_COLUMN) {
        put_line(mdoc, words, 0);
        return;
    }
    if (!was_verbatim)
        roff_flush(mdoc->roff);
    mdoc->roff->is_verbatim = true;
    mdoc->is_line_begin = true;
    put_line(mdoc, words, 0);
    if (!was_verbatim)
        roff_flush(mdoc->roff);
    mdoc->roff->is_verbatim = was_verbatim;
}

/* ".%T A Book": parts of a reference, with commas between. */
static void put_reference(struct mdoc *mdoc, const struct roff_arguments *words)
{
    if (mdoc->in_reference)
        glued(mdoc, ",");
    mdoc->in_reference = true;
    put_line(mdoc, words, 0);
}

static void mdoc_macro(struct roff *roff, struct span name, const struct roff_arguments *words)
{
    struct mdoc *mdoc = roff->user;
    struct roff_arguments whole;

    mdoc->is_line_begin = roff->is_verbatim;
    if (roff_is(name, "Sh"))
        write_heading(mdoc, 1, words);
    else if (roff_is(name, "Ss"))
        write_heading(mdoc, 2, words);
    else if (roff_is(name, "Dt"))
        write_title(mdoc, words);
    else if (roff_is(name, "Dd"))
        write_date(mdoc, words);
    else if (roff_is(name, "Pp") || roff_is(name, "Lp") || roff_is(name, "sp"))
        begin_paragraph(mdoc);
    else if (roff_is(name, "Bl"))
        begin_list(mdoc, words);
    else if (roff_is(name, "El"))
        end_list(mdoc);
    else if (roff_is(name, "It"))
        begin_item(mdoc, words);
    else if (roff_is(name, "Bd"))
        begin_display(mdoc, words);
    else if (roff_is(name, "Ed"))
        end_display(mdoc);
    else if (roff_is(name, "Dl") || roff_is(name, "D1"))
        write_code_line(mdoc, words);
    else if (roff_is(name, "TS")) {
        flush(mdoc);
        roff_table(roff);
    } else if (roff_is(name, "Rs")) {
        mdoc->in_reference = false;
    } else if (roff_is(name, "Re")) {
        glued(mdoc, ".");
        mdoc->in_reference = false;
    } else if (name.len == 2 && name.data[0] == '%') {
        put_reference(mdoc, words);
    } else if (word_macro(name) && words->count < ROFF_ARGUMENTS_MAX) {
        whole.words[0] = name;
        whole.count = words->count + 1;
        memcpy(whole.words + 1, words->words, words->count * sizeof(words->words[0]));
        put_line(mdoc, &whole, 0);
        if (roff_is(name, "Xc") && roff->markup->kind == BLOCK_TERM)
            roff_flush(roff);
    }
}

static void mdoc_text(struct roff *roff, struct span line)
{
    struct mdoc *mdoc = roff->user;
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_joined;

    if (markup_trim(line).len == 0) {
        begin_paragraph(mdoc);
        return;
    }
    mdoc->is_line_begin = roff->is_verbatim;
    is_joined = roff_resolve_looks(roff, line, &words);
    put_resolved(mdoc, buf_span(&words));
    mdoc->is_glued = is_joined;
}

void mdoc_run(struct roff *roff)
{
    struct mdoc mdoc = { .roff = roff, .name = BUF_INIT(1024), .is_spaced = true };

    roff->user = &mdoc;
    roff->macro = mdoc_macro;
    roff->text = mdoc_text;
    roff_run(roff);
    while (mdoc.list_count > 0)
        end_list(&mdoc);
    buf_release(&mdoc.name);
}
