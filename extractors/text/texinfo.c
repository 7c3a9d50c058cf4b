/*
 * texinfo.c - the GNU manuals' language: https://www.gnu.org/software/texinfo/manual/texinfo/
 *
 * A line that begins with a command is structure; all else is words, which texinfo_words.c
 * resolves. Menus, indices and what is meant for one kind of output only are left out.
 */
#include "extractors/text/texinfo.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"

#define CAPTION_BYTES_MAX ((size_t)4000)

static int texinfo_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-texinfo") == 0 ? 95 : 0;
}

enum act {
    ACT_HEADING, /* level */
    ACT_LINE,    /* the command and its line are no text */
    ACT_SKIP,    /* no text up to its @end */
    ACT_MARK,    /* it and its @end are no text; what is between is */
    ACT_LIST,    /* level: enum texinfo_list */
    ACT_ITEM,
    ACT_EXAMPLE,
    ACT_DISPLAY,
    ACT_VERBATIM,
    ACT_MULTITABLE,
    ACT_TITLE,
    ACT_SETTITLE,
    ACT_METADATA,
    ACT_CAPTION,
    ACT_SET,
    ACT_CLEAR,
    ACT_IFSET,
    ACT_IFCLEAR,
    ACT_END,
    ACT_BYE,
};

static const struct {
    const char *name;
    enum act act;
    unsigned level;
} commands[] = {
    { "top", ACT_HEADING, 1 },
    { "part", ACT_HEADING, 1 },
    { "chapter", ACT_HEADING, 1 },
    { "unnumbered", ACT_HEADING, 1 },
    { "appendix", ACT_HEADING, 1 },
    { "centerchap", ACT_HEADING, 1 },
    { "majorheading", ACT_HEADING, 1 },
    { "chapheading", ACT_HEADING, 1 },
    { "section", ACT_HEADING, 2 },
    { "unnumberedsec", ACT_HEADING, 2 },
    { "appendixsec", ACT_HEADING, 2 },
    { "appendixsection", ACT_HEADING, 2 },
    { "heading", ACT_HEADING, 2 },
    { "subsection", ACT_HEADING, 3 },
    { "unnumberedsubsec", ACT_HEADING, 3 },
    { "appendixsubsec", ACT_HEADING, 3 },
    { "subheading", ACT_HEADING, 3 },
    { "subsubsection", ACT_HEADING, 4 },
    { "unnumberedsubsubsec", ACT_HEADING, 4 },
    { "appendixsubsubsec", ACT_HEADING, 4 },
    { "subsubheading", ACT_HEADING, 4 },
    { "node", ACT_LINE, 0 },
    { "c", ACT_LINE, 0 },
    { "comment", ACT_LINE, 0 },
    { "cindex", ACT_LINE, 0 },
    { "findex", ACT_LINE, 0 },
    { "kindex", ACT_LINE, 0 },
    { "pindex", ACT_LINE, 0 },
    { "tindex", ACT_LINE, 0 },
    { "vindex", ACT_LINE, 0 },
    { "printindex", ACT_LINE, 0 },
    { "syncodeindex", ACT_LINE, 0 },
    { "synindex", ACT_LINE, 0 },
    { "defindex", ACT_LINE, 0 },
    { "defcodeindex", ACT_LINE, 0 },
    { "definfoenclose", ACT_LINE, 0 },
    { "alias", ACT_LINE, 0 },
    { "contents", ACT_LINE, 0 },
    { "shortcontents", ACT_LINE, 0 },
    { "summarycontents", ACT_LINE, 0 },
    { "listoffloats", ACT_LINE, 0 },
    { "setfilename", ACT_LINE, 0 },
    { "documentencoding", ACT_LINE, 0 },
    { "dircategory", ACT_LINE, 0 },
    { "include", ACT_LINE, 0 },
    { "verbatiminclude", ACT_LINE, 0 },
    { "insertcopying", ACT_LINE, 0 },
    { "page", ACT_LINE, 0 },
    { "need", ACT_LINE, 0 },
    { "sp", ACT_LINE, 0 },
    { "vskip", ACT_LINE, 0 },
    { "headings", ACT_LINE, 0 },
    { "everyheading", ACT_LINE, 0 },
    { "everyfooting", ACT_LINE, 0 },
    { "evenheading", ACT_LINE, 0 },
    { "evenfooting", ACT_LINE, 0 },
    { "oddheading", ACT_LINE, 0 },
    { "oddfooting", ACT_LINE, 0 },
    { "setchapternewpage", ACT_LINE, 0 },
    { "exampleindent", ACT_LINE, 0 },
    { "paragraphindent", ACT_LINE, 0 },
    { "firstparagraphindent", ACT_LINE, 0 },
    { "footnotestyle", ACT_LINE, 0 },
    { "finalout", ACT_LINE, 0 },
    { "smallbook", ACT_LINE, 0 },
    { "afourpaper", ACT_LINE, 0 },
    { "frenchspacing", ACT_LINE, 0 },
    { "codequoteundirected", ACT_LINE, 0 },
    { "codequotebacktick", ACT_LINE, 0 },
    { "kbdinputstyle", ACT_LINE, 0 },
    { "allowcodebreaks", ACT_LINE, 0 },
    { "urefbreakstyle", ACT_LINE, 0 },
    { "xrefautomaticsectiontitle", ACT_LINE, 0 },
    { "lowersections", ACT_LINE, 0 },
    { "raisesections", ACT_LINE, 0 },
    { "shorttitlepage", ACT_LINE, 0 },
    { "unmacro", ACT_LINE, 0 },
    { "ignore", ACT_SKIP, 0 },
    { "tex", ACT_SKIP, 0 },
    { "html", ACT_SKIP, 0 },
    { "xml", ACT_SKIP, 0 },
    { "docbook", ACT_SKIP, 0 },
    { "iftex", ACT_SKIP, 0 },
    { "ifhtml", ACT_SKIP, 0 },
    { "ifxml", ACT_SKIP, 0 },
    { "ifdocbook", ACT_SKIP, 0 },
    { "ifnotplaintext", ACT_SKIP, 0 },
    { "ifnotinfo", ACT_SKIP, 0 },
    { "menu", ACT_SKIP, 0 },
    { "detailmenu", ACT_SKIP, 0 },
    { "direntry", ACT_SKIP, 0 },
    { "documentdescription", ACT_SKIP, 0 },
    { "macro", ACT_SKIP, 0 },
    { "rmacro", ACT_SKIP, 0 },
    { "linemacro", ACT_SKIP, 0 },
    { "ifinfo", ACT_MARK, 0 },
    { "ifplaintext", ACT_MARK, 0 },
    { "ifnottex", ACT_MARK, 0 },
    { "ifnothtml", ACT_MARK, 0 },
    { "ifnotxml", ACT_MARK, 0 },
    { "ifnotdocbook", ACT_MARK, 0 },
    { "titlepage", ACT_MARK, 0 },
    { "copying", ACT_MARK, 0 },
    { "group", ACT_MARK, 0 },
    { "cartouche", ACT_MARK, 0 },
    { "float", ACT_MARK, 0 },
    { "flushleft", ACT_MARK, 0 },
    { "flushright", ACT_MARK, 0 },
    { "raggedright", ACT_MARK, 0 },
    { "indentedblock", ACT_MARK, 0 },
    { "smallindentedblock", ACT_MARK, 0 },
    { "itemize", ACT_LIST, TEXINFO_BULLETS },
    { "enumerate", ACT_LIST, TEXINFO_NUMBERS },
    { "table", ACT_LIST, TEXINFO_TERMS },
    { "ftable", ACT_LIST, TEXINFO_TERMS },
    { "vtable", ACT_LIST, TEXINFO_TERMS },
    { "quotation", ACT_LIST, TEXINFO_QUOTE },
    { "smallquotation", ACT_LIST, TEXINFO_QUOTE },
    { "item", ACT_ITEM, 0 },
    { "itemx", ACT_ITEM, 0 },
    { "example", ACT_EXAMPLE, 0 },
    { "smallexample", ACT_EXAMPLE, 0 },
    { "lisp", ACT_EXAMPLE, 0 },
    { "smalllisp", ACT_EXAMPLE, 0 },
    { "display", ACT_DISPLAY, 0 },
    { "smalldisplay", ACT_DISPLAY, 0 },
    { "format", ACT_DISPLAY, 0 },
    { "smallformat", ACT_DISPLAY, 0 },
    { "verbatim", ACT_VERBATIM, 0 },
    { "displaymath", ACT_VERBATIM, 0 },
    { "multitable", ACT_MULTITABLE, 0 },
    { "title", ACT_TITLE, 0 },
    { "settitle", ACT_SETTITLE, 0 },
    { "author", ACT_METADATA, 0 },
    { "documentlanguage", ACT_METADATA, 1 },
    { "caption", ACT_CAPTION, 0 },
    { "set", ACT_SET, 0 },
    { "clear", ACT_CLEAR, 0 },
    { "ifset", ACT_IFSET, 0 },
    { "ifclear", ACT_IFCLEAR, 0 },
    { "end", ACT_END, 0 },
    { "bye", ACT_BYE, 0 },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* ---- blocks ---- */

static void flush(struct texinfo *texinfo)
{
    struct markup *markup = texinfo->markup;
    size_t number;

    markup_flush(markup);
    if (texinfo->notes.len == 0)
        return;
    /* A note in a note is queued behind it, once. */
    CLEANUP(buf_release) struct buf notes = texinfo->notes;

    texinfo->notes = (struct buf)BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    number = texinfo->note_count;
    for (size_t at = 0; at < notes.len; at += strlen(notes.data + at) + 1)
        number--;
    for (size_t at = 0; at < notes.len; at += strlen(notes.data + at) + 1) {
        char mark[24];

        (void)snprintf(mark, sizeof(mark), "%zu", ++number);
        writer_begin(markup->writer, BLOCK_FOOTNOTE, 0);
        writer_label(markup->writer, (struct span){ mark, strlen(mark) });
        markup_inline(markup,
                      markup_trim((struct span){ notes.data + at, strlen(notes.data + at) }));
        writer_end(markup->writer);
    }
}

static void block(struct texinfo *texinfo, enum block_kind kind, unsigned level, struct span words)
{
    flush(texinfo);
    markup_open(texinfo->markup, kind, level, 0);
    markup_add(texinfo->markup, words);
    flush(texinfo);
}

/* How many of the open lists are of that kind, or of both. */
static unsigned depth_of(const struct texinfo *texinfo, enum texinfo_list kind,
                         enum texinfo_list other)
{
    unsigned depth = 0;

    for (unsigned i = 0; i < texinfo->list_depth && i < TEXINFO_LISTS_MAX; i++)
        depth += texinfo->lists[i] == kind || texinfo->lists[i] == other;
    return depth;
}

static enum texinfo_list innermost(const struct texinfo *texinfo)
{
    return texinfo->list_depth > 0 && texinfo->list_depth <= TEXINFO_LISTS_MAX
               ? texinfo->lists[texinfo->list_depth - 1]
               : TEXINFO_TERMS;
}

static void add_words(struct texinfo *texinfo, struct span words)
{
    struct markup *markup = texinfo->markup;
    enum texinfo_list list = innermost(texinfo);

    if (markup->pending.len == 0 && markup->kind == BLOCK_PARAGRAPH) {
        if (list == TEXINFO_BULLETS || list == TEXINFO_NUMBERS)
            markup_open(markup, BLOCK_LIST_ITEM,
                        depth_of(texinfo, TEXINFO_BULLETS, TEXINFO_NUMBERS),
                        (list == TEXINFO_NUMBERS ? (unsigned)BLOCK_ORDERED : 0u) |
                            (texinfo->item_begins ? 0u : (unsigned)BLOCK_CONTINUES));
        else if (list == TEXINFO_QUOTE)
            markup_open(markup, BLOCK_QUOTE, depth_of(texinfo, TEXINFO_QUOTE, TEXINFO_QUOTE), 0);
    }
    if (words.len > 0) {
        markup_add(markup, words);
        texinfo->item_begins = false;
    }
}

static void write_item(struct texinfo *texinfo, struct span words)
{
    flush(texinfo);
    if (innermost(texinfo) == TEXINFO_TERMS) {
        bool is_code = texinfo->list_depth > 0 && texinfo->list_depth <= TEXINFO_LISTS_MAX &&
                       texinfo->has_code_terms[texinfo->list_depth - 1];

        texinfo->code_depth += is_code;
        block(texinfo, BLOCK_TERM, 0, words);
        texinfo->code_depth -= is_code;
        return;
    }
    texinfo->item_begins = true;
    add_words(texinfo, words);
}

/* ---- lines ---- */

/* "words @c a comment" */
static struct span without_comment(struct span words)
{
    for (size_t at = markup_find(words, 0, "@c"); at < words.len;
         at = markup_find(words, at + 1, "@c")) {
        struct span rest = markup_from(words, at);
        bool is_comment = (rest.len == 2 || isspace((unsigned char)rest.data[2])) ||
                          markup_starts(rest, "@comment ");

        if (is_comment && (at == 0 || words.data[at - 1] != '@'))
            return markup_trim((struct span){ words.data, at });
    }
    return words;
}

/* "@name" at words' start; empty: no command. */
static struct span command_name(struct span words)
{
    size_t length = 1;

    if (words.len < 2 || words.data[0] != '@' || !isalpha((unsigned char)words.data[1]))
        return (struct span){ "", 0 };
    while (length < words.len && isalnum((unsigned char)words.data[length]))
        length++;
    return (struct span){ words.data + 1, length - 1 };
}

/* The lines up to "@end name", taken with it; others of that name may be inside. */
static struct span take_until_end(struct markup *markup, struct span name)
{
    size_t start = markup->at;
    unsigned depth = 1;
    struct text_line line;

    while (markup_peek(markup, &line)) {
        struct span words = markup_words(markup, &line), found = command_name(words);
        size_t before = markup->at;

        markup->at = line.next;
        if (found.len == name.len && memcmp(found.data, name.data, name.len) == 0) {
            depth++;
        } else if (texinfo_is(found, "end")) {
            struct span ended = without_comment(markup_trim(markup_from(words, 4)));

            if (ended.len == name.len && memcmp(ended.data, name.data, name.len) == 0 &&
                --depth == 0)
                return (struct span){ markup->text.data + start, before - start };
        }
    }
    return (struct span){ markup->text.data + start, markup->text.len - start };
}

/* Lines that stay lines: examples as code, displays as words. */
static void write_lines(struct texinfo *texinfo, struct span lines, bool is_code)
{
    struct markup *markup = texinfo->markup;

    flush(texinfo);
    texinfo->code_depth += is_code;
    writer_begin(markup->writer, is_code ? BLOCK_CODE : BLOCK_PARAGRAPH, 0);
    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);
        struct span words = without_comment(text_line_words(lines, &line));
        struct span name = command_name(words);

        at = line.next;
        if (texinfo_is(name, "group") || texinfo_is(name, "end") || texinfo_is(name, "need") ||
            (name.len > 5 && memcmp(name.data + name.len - 5, "index", 5) == 0) ||
            (words.len == 0 && !line.is_blank))
            continue;
        for (unsigned i = 0; is_code && i < line.indent; i++)
            writer_text(markup->writer, (struct span){ " ", 1 });
        markup_inline(markup, words);
        writer_break(markup->writer);
    }
    writer_end(markup->writer);
    texinfo->code_depth -= is_code;
    flush(texinfo);
}

/* Rows begin with @item or @headitem, cells behind the first with @tab. */
static void write_row(struct markup *markup, struct span row, bool is_header)
{
    size_t start = 0;

    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    while (start <= row.len) {
        size_t end = markup_find(row, start, "@tab");

        while (end + 4 < row.len && isalpha((unsigned char)row.data[end + 4]))
            end = markup_find(row, end + 1, "@tab");
        writer_begin(markup->writer, BLOCK_CELL, 0);
        markup_inline(markup, markup_trim((struct span){ row.data + start, end - start }));
        writer_end(markup->writer);
        if (end == row.len)
            break;
        start = end + 4;
    }
    writer_end(markup->writer);
}

static void write_multitable(struct texinfo *texinfo, struct span lines)
{
    struct markup *markup = texinfo->markup;
    CLEANUP(buf_release) struct buf row = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_header = false, has_row = false;

    flush(texinfo);
    writer_begin(markup->writer, BLOCK_TABLE,
                 markup_find(lines, 0, "@headitem") < lines.len ? 1 : 0);
    for (size_t at = 0; at <= lines.len;) {
        struct text_line line = { .next = lines.len + 1 };
        struct span words = { "", 0 }, name;
        bool begins;

        if (at < lines.len) {
            line = text_line_at(lines, at);
            words = without_comment(text_line_words(lines, &line));
        }
        name = command_name(words);
        begins = texinfo_is(name, "item") || texinfo_is(name, "headitem");
        if (has_row && (begins || at == lines.len))
            write_row(markup, buf_span(&row), is_header);
        if (begins) {
            is_header = texinfo_is(name, "headitem");
            has_row = true;
            buf_clear(&row);
            words = markup_from(words, name.len + 1);
        }
        if (has_row) {
            buf_append_char(&row, ' ');
            buf_append(&row, words.data, words.len);
        }
        at = line.next;
        source_progress(markup->source);
    }
    writer_end(markup->writer);
    flush(texinfo);
}

/* "@deffn Command name arguments", "@defun name arguments": the heading of what follows. */
static void write_definition(struct texinfo *texinfo, struct span words)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)64 << 10);
    size_t end = words.len > 0 && words.data[0] == '{' ? texinfo_brace_end(words, 0) : 0;

    if (end > 0 && end < words.len) { /* "{User Option} name" */
        buf_append(&line, words.data + 1, end - 1);
        buf_append(&line, words.data + end + 1, words.len - end - 1);
        words = buf_span(&line);
    }
    texinfo->code_depth++;
    block(texinfo, BLOCK_TERM, 0, words);
    texinfo->code_depth--;
}

static void write_title(struct texinfo *texinfo, struct span words)
{
    struct markup *markup = texinfo->markup;
    size_t before = writer_text_bytes(markup->writer);

    block(texinfo, BLOCK_TITLE, 0, words);
    texinfo->has_title = true;
    if (!texinfo->has_settitle)
        writer_metadata(markup->writer, "title",
                        markup_trim(writer_text_since(markup->writer, before)));
    texinfo->has_settitle = true;
}

static void set_value(struct texinfo *texinfo, struct span words)
{
    size_t end = 0;

    while (end < words.len && !isspace((unsigned char)words.data[end]))
        end++;
    if (texinfo->value_count == TEXINFO_VALUES_MAX)
        return;
    texinfo->values[texinfo->value_count].name = (struct span){ words.data, end };
    texinfo->values[texinfo->value_count++].words = markup_trim(markup_from(words, end));
}

static void clear_value(struct texinfo *texinfo, struct span name)
{
    for (size_t i = 0; i < texinfo->value_count; i++)
        if (texinfo->values[i].name.len == name.len &&
            memcmp(texinfo->values[i].name.data, name.data, name.len) == 0)
            texinfo->values[i].name.len = 0;
}

/* "@caption{words}", on one line or several. */
static void write_caption(struct texinfo *texinfo, struct span words)
{
    struct markup *markup = texinfo->markup;
    struct span rest = { words.data, (size_t)(markup->text.data + markup->text.len - words.data) };
    size_t end;
    struct text_line line;

    rest.len = rest.len < CAPTION_BYTES_MAX ? rest.len : CAPTION_BYTES_MAX;
    end = words.len > 0 && words.data[0] == '{' ? texinfo_brace_end(rest, 0) : 0;

    if (end == 0 || end >= rest.len) {
        block(texinfo, BLOCK_CAPTION, 0, words);
        return;
    }
    block(texinfo, BLOCK_CAPTION, 0, (struct span){ rest.data + 1, end - 1 });
    while (markup_peek(markup, &line) && markup->text.data + markup->at <= rest.data + end)
        markup->at = line.next;
}

/* words: what stands behind "@table". */
static void begin_list(struct texinfo *texinfo, enum texinfo_list kind, struct span words)
{
    flush(texinfo);
    if (texinfo->list_depth++ >= TEXINFO_LISTS_MAX)
        return;
    texinfo->lists[texinfo->list_depth - 1] = kind;
    texinfo->has_code_terms[texinfo->list_depth - 1] = texinfo_is_code(command_name(words));
}

static void end_environment(struct texinfo *texinfo, struct span name)
{
    flush(texinfo);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].act == ACT_LIST && texinfo_is(name, commands[i].name))
            texinfo->list_depth -= texinfo->list_depth > 0;
}

static void write_metadata(struct texinfo *texinfo, const char *name, struct span words)
{
    writer_metadata(texinfo->markup->writer, name, words);
}

static void run_command(struct texinfo *texinfo, size_t which, struct span words)
{
    struct markup *markup = texinfo->markup;
    struct span name = { commands[which].name, strlen(commands[which].name) };

    switch (commands[which].act) {
    case ACT_HEADING:
        texinfo->list_depth = 0;
        if (texinfo_is(name, "top") && !texinfo->has_title)
            write_title(texinfo, words);
        else
            block(texinfo, BLOCK_HEADING, commands[which].level, words);
        break;
    case ACT_LINE:
        break;
    case ACT_SKIP:
        (void)take_until_end(markup, name);
        break;
    case ACT_MARK:
        flush(texinfo);
        break;
    case ACT_LIST:
        begin_list(texinfo, (enum texinfo_list)commands[which].level, words);
        break;
    case ACT_ITEM:
        write_item(texinfo, words);
        break;
    case ACT_EXAMPLE:
    case ACT_DISPLAY:
        write_lines(texinfo, take_until_end(markup, name), commands[which].act == ACT_EXAMPLE);
        break;
    case ACT_VERBATIM:
        flush(texinfo);
        markup_code(markup, (struct span){ "", 0 }, take_until_end(markup, name));
        break;
    case ACT_MULTITABLE:
        write_multitable(texinfo, take_until_end(markup, name));
        break;
    case ACT_TITLE:
        write_title(texinfo, words);
        break;
    case ACT_SETTITLE:
        write_metadata(texinfo, "title", words);
        texinfo->has_settitle = true;
        break;
    case ACT_METADATA:
        write_metadata(texinfo, commands[which].level == 0 ? "author" : "language", words);
        break;
    case ACT_CAPTION:
        write_caption(texinfo, words);
        break;
    case ACT_SET:
        set_value(texinfo, words);
        break;
    case ACT_CLEAR:
        clear_value(texinfo, words);
        break;
    case ACT_IFSET:
        if (!texinfo_value(texinfo, words))
            (void)take_until_end(markup, name);
        break;
    case ACT_IFCLEAR:
        if (texinfo_value(texinfo, words))
            (void)take_until_end(markup, name);
        break;
    case ACT_END:
        end_environment(texinfo, words);
        break;
    case ACT_BYE:
        markup->at = markup->text.len;
        break;
    }
}

static void texinfo_line(struct texinfo *texinfo, const struct text_line *line)
{
    struct markup *markup = texinfo->markup;
    struct span words = without_comment(markup_words(markup, line)), name = command_name(words);
    struct span rest = markup_trim(markup_from(words, name.len + 1));

    for (size_t i = 0; i < COMMAND_COUNT && name.len > 0; i++)
        if (texinfo_is(name, commands[i].name)) {
            run_command(texinfo, i, rest);
            return;
        }
    if (markup_starts(name, "def") && name.len > 4 && !markup_starts(rest, "{}")) {
        write_definition(texinfo, rest);
        return;
    }
    if (words.len > 0 && !markup_starts(words, "\\input "))
        add_words(texinfo, words);
}

static void texinfo_format(struct markup *markup)
{
    struct texinfo texinfo = { .markup = markup, .notes = BUF_INIT(EXTRACTION_MADE_BYTES_MAX) };
    struct text_line line;

    markup->user = &texinfo;
    while (markup_next(markup, &line)) {
        if (line.is_blank)
            flush(&texinfo);
        else
            texinfo_line(&texinfo, &line);
    }
    flush(&texinfo);
    buf_release(&texinfo.notes);
}

static enum status texinfo_extract(const struct source *source, struct writer *writer,
                                   struct error *err)
{
    return markup_run(source, writer, &texinfo_syntax, texinfo_format, err);
}

const struct extractor texinfo_extractor = {
    .name = "texinfo",
    .version = 3,
    .bid = texinfo_bid,
    .extract = texinfo_extract,
};
