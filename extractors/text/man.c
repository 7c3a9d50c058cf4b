/*
 * man.c - manual pages written with man(7), and papers written with ms(7).
 *
 * What stands in front of a paragraph with an indent is its tag: a term, or the mark of a list. The
 * same is written in many ways (.TP, .IP, a line before .RS, a bullet moved left), because the
 * macros say how it looks; here they are read for what they mean.
 */
#include "extractors/text/man.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/extractors.h"

#define INDENTS_MAX    16u
#define TAG_BYTES_MAX  160u
#define MARK_BYTES_MAX 8u

struct man {
    struct roff roff;
    bool wants_tag;                  /* the next line is a tag, or more of it */
    unsigned wants_heading;          /* its level; 0: no */
    bool wants_title;                /* ms: the next line is the title */
    unsigned indent;                 /* of .RS */
    bool has_list[INDENTS_MAX];      /* at each indent */
    size_t mark_bytes;               /* of the pending block: a list mark that \c ended */
    bool is_plain;                   /* the pending block is one line of text, and no more */
    bool in_item;                    /* the last tag was a list's mark */
    char number[MARK_BYTES_MAX + 1]; /* of the pending block, an item */
    long bare_number;                /* the last tag, where it was only a number; else -1 */
    bool is_counting;                /* it was an item of a list */
};

static int man_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/troff") == 0 ? 95 : 0;
}

static void write_looks(struct writer *writer, unsigned looks)
{
    (void)writer_emphasis(writer, (looks & ROFF_BOLD ? MARKUP_BOLD : 0) |
                                      (looks & ROFF_ITALIC ? MARKUP_ITALIC : 0) |
                                      (looks & ROFF_CODE ? MARKUP_CODE : 0));
}

/* What roff.h puts into the text. */
static size_t roff_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), words;
    size_t middle, end;

    if (rest.data[0] >= ROFF_LOOKS && rest.data[0] < ROFF_LOOKS + (char)ROFF_LOOKS_COUNT) {
        write_looks(markup->writer, (unsigned)(rest.data[0] - ROFF_LOOKS));
        return 1;
    }
    switch (rest.data[0]) {
    case ROFF_BREAK:
        writer_break(markup->writer);
        return 1;
    case ROFF_NO_BREAK:
        writer_text(markup->writer, (struct span){ " ", 1 });
        return 1;
    case ROFF_LINK_TARGET:
        middle = markup_find(rest, 0, "\x03");
        end = markup_find(rest, 0, "\x04");
        if (middle >= end || end == rest.len)
            return 1;
        words = markup_trim((struct span){ rest.data + middle + 1, end - middle - 1 });
        writer_link_begin(markup->writer, (struct span){ rest.data + 1, middle - 1 });
        markup_inline(markup, words.len > 0 ? words : (struct span){ rest.data + 1, middle - 1 });
        writer_link_end(markup->writer);
        return end + 1;
    case ROFF_LINK_WORDS:
    case ROFF_LINK_END:
        return 1;
    default:
        return 0;
    }
}

static const struct markup_pair roff_pairs[] = { { NULL, NULL, false, false, 0 } };
static const struct markup_syntax roff_syntax = { roff_pairs, roff_special, false };

/* ---- lists ---- */

static unsigned list_depth(const struct man *man)
{
    unsigned depth = 1;

    for (unsigned i = 0; i < man->indent && i < INDENTS_MAX; i++)
        depth += man->has_list[i];
    return depth;
}

static void mark_list(struct man *man, bool has_list)
{
    if (man->indent < INDENTS_MAX)
        man->has_list[man->indent] = has_list;
}

/* A bullet, "1.", "(a)": no term. */
static bool is_list_mark(struct span tag, bool *is_ordered)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(TAG_BYTES_MAX);
    char line[MARK_BYTES_MAX + 3];

    *is_ordered = false;
    buf_append(&plain, tag.data, tag.len < TAG_BYTES_MAX ? tag.len : TAG_BYTES_MAX);
    roff_drop_looks(&plain, 0);
    tag = buf_span(&plain);
    if (tag.len == 0 || tag.len > MARK_BYTES_MAX)
        return false;
    if (tag.len == 1 && strchr("*-+o", tag.data[0]))
        return true;
    *is_ordered = strspn(tag.data, "0123456789") >= tag.len; /* tag ends in a NUL */
    if (*is_ordered && tag.len <= 2)
        return true;
    memcpy(line, tag.data, tag.len);
    memcpy(line + tag.len, " x", 2);
    return text_list_mark((struct span){ line, tag.len + 2 }, is_ordered) > 0;
}

/* "0" of exit codes, "3." of steps: the pending item is told under its own number. */
static void number_item(struct man *man, struct span tag)
{
    size_t start = 0, end;

    while (start < tag.len && !isdigit((unsigned char)tag.data[start]))
        start++;
    for (end = start; end < tag.len && isdigit((unsigned char)tag.data[end]);)
        end++;
    if (end - start > MARK_BYTES_MAX)
        return;
    memcpy(man->number, tag.data + start, end - start);
    man->roff.markup->label = (struct span){ man->number, end - start };
}

/* DocBook's stylesheets draw a list's mark by hand: it is the start of the pending text. */
static void take_drawn_mark(struct man *man)
{
    struct markup *markup = man->roff.markup;
    struct span text = buf_span(&markup->pending), tag;
    bool is_ordered;

    if (man->mark_bytes == 0 || man->mark_bytes > text.len || markup->kind != BLOCK_PARAGRAPH)
        return;
    tag = markup_trim((struct span){ text.data, man->mark_bytes });
    if (!is_list_mark(tag, &is_ordered))
        return;
    markup->kind = BLOCK_LIST_ITEM;
    markup->level = list_depth(man);
    markup->flags = is_ordered ? (unsigned)BLOCK_ORDERED : 0u;
    number_item(man, tag);
    memset(markup->pending.data, ' ', man->mark_bytes);
    mark_list(man, true);
}

static void flush(struct man *man)
{
    take_drawn_mark(man);
    roff_flush(&man->roff);
    man->mark_bytes = 0;
    man->is_plain = false;
    man->wants_tag = false;
    man->roff.font = man->roff.font_before = 0; /* as man(7) does at each paragraph */
}

/* A short line that an indented part follows is what the part is about. */
static void end_before_indent(struct man *man)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct markup *markup = man->roff.markup;
    struct span text;

    buf_append(&words, markup->pending.data, markup->pending.len);
    roff_drop_looks(&words, 0);
    text = markup_trim(buf_span(&words));
    if (man->is_plain && markup->kind == BLOCK_PARAGRAPH && text.len > 0 &&
        text.len <= TAG_BYTES_MAX && !strchr(".:;!?", text.data[text.len - 1]) &&
        man->mark_bytes == 0)
        markup->kind = BLOCK_TERM;
    flush(man);
}

/* ---- words ---- */

static void write_heading(struct man *man, unsigned level, struct span resolved)
{
    enum block_kind kind = level == 0 ? BLOCK_TITLE : BLOCK_HEADING;
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);

    buf_append(&words, resolved.data, resolved.len);
    roff_drop_looks(&words, 0);
    memset(man->has_list, 0, sizeof(man->has_list));
    man->bare_number = -1;
    man->indent = 0;
    man->in_item = false;
    markup_block(man->roff.markup, kind, level, buf_span(&words));
    if (level == 0)
        writer_metadata(man->roff.markup->writer, "title", buf_span(&words));
}

/* Are numbers without a point those of steps: 1, 2, 3? Exit codes begin at 0, or leave some out. */
static bool counts_on(struct man *man, struct span tag)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(TAG_BYTES_MAX);
    long before = man->bare_number;

    man->bare_number = -1;
    buf_append(&plain, tag.data, tag.len < TAG_BYTES_MAX ? tag.len : 0);
    roff_drop_looks(&plain, 0);
    if (plain.len == 0 || strspn(plain.data, "0123456789") < plain.len)
        return true;
    man->bare_number = strtol(plain.data, NULL, 10);
    man->is_counting =
        before < 0 ? man->bare_number == 1 : man->is_counting && man->bare_number == before + 1;
    return man->is_counting;
}

/* The tag of the paragraph that follows. */
static void write_tag(struct man *man, struct span resolved)
{
    struct markup *markup = man->roff.markup;
    struct span tag = markup_trim(resolved);
    bool is_ordered;

    if (is_list_mark(tag, &is_ordered) && counts_on(man, tag)) {
        markup_open(markup, BLOCK_LIST_ITEM, list_depth(man),
                    is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
        number_item(man, tag);
        mark_list(man, true);
        man->in_item = true;
        return;
    }
    mark_list(man, false);
    man->in_item = false;
    markup_block(markup, BLOCK_TERM, 0, tag);
}

/* One line's words, wherever they belong. */
static void take_words(struct man *man, struct span resolved, bool is_joined, bool is_text)
{
    struct roff *roff = &man->roff;

    if (man->wants_title || man->wants_heading > 0) {
        write_heading(man, man->wants_heading, resolved);
        man->wants_title = false;
        man->wants_heading = 0;
        return;
    }
    if (man->wants_tag && !roff->is_verbatim) {
        roff_add(roff, resolved);
        roff->is_joined = is_joined;
        if (!is_joined) {
            CLEANUP(buf_release) struct buf tag = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);

            buf_append(&tag, roff->markup->pending.data, roff->markup->pending.len);
            buf_clear(&roff->markup->pending);
            man->wants_tag = false;
            write_tag(man, buf_span(&tag));
        }
        return;
    }
    man->is_plain = is_text ? roff->markup->pending.len == 0 : man->is_plain;
    if (!is_text && roff->markup->pending.len == 0)
        man->is_plain = true;
    roff_add(roff, resolved);
    roff->is_joined = is_joined;
    if (is_joined && roff->markup->pending.len <= MARK_BYTES_MAX && !roff->is_verbatim)
        man->mark_bytes = roff->markup->pending.len;
}

static void man_text(struct roff *roff, struct span line)
{
    struct man *man = roff->user;
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_joined;

    if (markup_trim(line).len == 0 && !roff->is_verbatim) {
        if (!man->wants_tag)
            flush(man);
        return;
    }
    /* An indent breaks the line. */
    if (line.len > 0 && line.data[0] == ' ' && !roff->is_verbatim && !roff->is_joined &&
        roff->markup->pending.len > 0)
        buf_append_char(&roff->markup->pending, ROFF_BREAK);
    is_joined = roff_resolve_looks(roff, line, &words);
    if (words.len == 0 && line.len > 0 && !is_joined)
        return; /* only escapes that draw nothing */
    take_words(man, buf_span(&words), is_joined, true);
}

/* The words of a macro for fonts, of which fonts names the looks in turn: "B" with spaces between
 * words, "BR" glued. Behind it the font is the plain one. */
static void write_words(struct man *man, const struct roff_arguments *arguments, const char *fonts)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_joined = false, is_glued = strlen(fonts) > 1;

    for (size_t i = 0; i < arguments->count; i++) {
        if (i > 0 && !is_glued)
            buf_append_char(&words, ' ');
        roff_set_font(&man->roff, (struct span){ fonts + (is_glued ? i % 2 : 0), 1 });
        is_joined = roff_resolve_looks(&man->roff, arguments->words[i], &words);
    }
    man->roff.font = man->roff.font_before = 0;
    if (words.len > 0)
        take_words(man, buf_span(&words), is_joined, false);
}

/* ---- macros ---- */

static void write_title(struct man *man, const struct roff_arguments *arguments)
{
    CLEANUP(buf_release) struct buf title = BUF_INIT(1024);
    struct writer *writer = man->roff.markup->writer;

    flush(man);
    if (arguments->count == 0)
        return;
    (void)roff_resolve(&man->roff, arguments->words[0], &title);
    if (arguments->count > 1 && arguments->words[1].len > 0) {
        buf_append_char(&title, '(');
        (void)roff_resolve(&man->roff, arguments->words[1], &title);
        buf_append_char(&title, ')');
    }
    writer_metadata(writer, "title", buf_span(&title));
    markup_block(man->roff.markup, BLOCK_TITLE, 0, buf_span(&title));
    for (size_t i = 2; i < arguments->count && i < 5; i++) {
        static const char *const names[] = { "date", "producer", "subject" };

        buf_clear(&title);
        (void)roff_resolve(&man->roff, arguments->words[i], &title);
        writer_metadata(writer, names[i - 2], buf_span(&title));
    }
}

static void begin_heading(struct man *man, unsigned level, const struct roff_arguments *arguments)
{
    flush(man);
    man->roff.is_verbatim = false;
    man->wants_heading = level;
    write_words(man, arguments, "R");
}

static void begin_tagged(struct man *man, const struct roff_arguments *arguments)
{
    CLEANUP(buf_release) struct buf tag = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);

    flush(man);
    if (arguments->count > 0)
        (void)roff_resolve_looks(&man->roff, arguments->words[0], &tag);
    if (markup_trim(buf_span(&tag)).len > 0)
        write_tag(man, buf_span(&tag));
    else if (man->in_item)
        markup_open(man->roff.markup, BLOCK_LIST_ITEM, list_depth(man), BLOCK_CONTINUES);
}

static void change_indent(struct man *man, bool is_deeper)
{
    if (is_deeper)
        end_before_indent(man);
    else
        flush(man);
    if (is_deeper && man->indent + 1 < INDENTS_MAX) {
        man->indent++;
        man->has_list[man->indent] = false;
    } else if (!is_deeper && man->indent > 0) {
        man->indent--;
    }
    man->in_item = !is_deeper && man->has_list[man->indent];
}

/* .UR url ... .UE, .MT address ... .ME */
static void begin_link(struct man *man, const struct roff_arguments *arguments, const char *scheme)
{
    struct buf *pending = &man->roff.markup->pending;

    if (man->roff.is_verbatim)
        return;
    if (pending->len > 0 && !man->roff.is_joined)
        buf_append_char(pending, '\n');
    buf_append_char(pending, ROFF_LINK_TARGET);
    buf_append(pending, scheme, strlen(scheme));
    if (arguments->count > 0)
        (void)roff_resolve(&man->roff, arguments->words[0], pending);
    buf_append_char(pending, ROFF_LINK_WORDS);
    man->roff.is_joined = true;
}

static void end_link(struct man *man, const struct roff_arguments *arguments)
{
    struct buf *pending = &man->roff.markup->pending;

    if (man->roff.is_verbatim)
        return;
    buf_append_char(pending, ROFF_LINK_END);
    if (arguments->count > 0)
        (void)roff_resolve(&man->roff, arguments->words[0], pending);
}

enum macro_act {
    ACT_FONT, /* its name says in which */
    ACT_BOLD,
    ACT_CODE,
    ACT_PLAIN,
    ACT_MENTION,
    ACT_PARAGRAPH,
    ACT_SPACE,
    ACT_TAG_NEXT,
    ACT_TAGGED,
    ACT_HEADING,
    ACT_HEADING_2,
    ACT_TITLE,
    ACT_DEEPER,
    ACT_BACK,
    ACT_TABLE,
    ACT_EQUATION,
    ACT_LINK,
    ACT_MAIL,
    ACT_LINK_END,
    ACT_OPTION,
    ACT_MS_TITLE,
    ACT_MS_HEADING,
    ACT_VERBATIM,
    ACT_VERBATIM_END,
};

static const struct {
    const char *name;
    enum macro_act act;
} macros[] = {
    { "B", ACT_FONT },          { "I", ACT_FONT },          { "SM", ACT_PLAIN },
    { "SB", ACT_BOLD },         { "R", ACT_PLAIN },         { "CW", ACT_CODE },
    { "BR", ACT_FONT },         { "RB", ACT_FONT },         { "IR", ACT_FONT },
    { "RI", ACT_FONT },         { "BI", ACT_FONT },         { "IB", ACT_FONT },
    { "PP", ACT_PARAGRAPH },    { "P", ACT_PARAGRAPH },     { "LP", ACT_PARAGRAPH },
    { "HP", ACT_PARAGRAPH },    { "QP", ACT_PARAGRAPH },    { "sp", ACT_SPACE },
    { "Sp", ACT_SPACE },        { "TP", ACT_TAG_NEXT },     { "TQ", ACT_TAG_NEXT },
    { "IP", ACT_TAGGED },       { "SH", ACT_HEADING },      { "SS", ACT_HEADING_2 },
    { "TH", ACT_TITLE },        { "RS", ACT_DEEPER },       { "RE", ACT_BACK },
    { "TS", ACT_TABLE },        { "EQ", ACT_EQUATION },     { "UR", ACT_LINK },
    { "MT", ACT_MAIL },         { "UE", ACT_LINK_END },     { "ME", ACT_LINK_END },
    { "OP", ACT_OPTION },       { "SY", ACT_BOLD },         { "MR", ACT_MENTION },
    { "TL", ACT_MS_TITLE },     { "NH", ACT_MS_HEADING },   { "AU", ACT_PARAGRAPH },
    { "AI", ACT_PARAGRAPH },    { "AB", ACT_PARAGRAPH },    { "AE", ACT_PARAGRAPH },
    { "DS", ACT_VERBATIM },     { "Vb", ACT_VERBATIM },     { "CS", ACT_VERBATIM },
    { "DE", ACT_VERBATIM_END }, { "Ve", ACT_VERBATIM_END }, { "CE", ACT_VERBATIM_END },
    { "YS", ACT_PARAGRAPH },
};

/* ".OP -o file" is "[-o file]". */
static void write_option(struct man *man, const struct roff_arguments *arguments)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);

    buf_append_char(&words, '[');
    for (size_t i = 0; i < arguments->count; i++) {
        if (i > 0)
            buf_append_char(&words, ' ');
        man->roff.font = i == 0 ? ROFF_BOLD : ROFF_ITALIC;
        (void)roff_resolve_looks(&man->roff, arguments->words[i], &words);
    }
    man->roff.font = 0;
    buf_append_char(&words, ']');
    take_words(man, buf_span(&words), false, false);
}

/* ".MR ls 1 ," is "ls(1),". */
static void write_mention(struct man *man, const struct roff_arguments *arguments)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_joined = false;

    for (size_t i = 0; i < arguments->count && i < 3; i++) {
        if (i == 1)
            buf_append_char(&words, '(');
        man->roff.font = i == 0 ? ROFF_ITALIC : 0;
        is_joined = roff_resolve_looks(&man->roff, arguments->words[i], &words);
        if (i == 1)
            buf_append_char(&words, ')');
    }
    man->roff.font = 0;
    if (words.len > 0)
        take_words(man, buf_span(&words), is_joined, false);
}

static unsigned ms_level(const struct roff_arguments *arguments)
{
    if (arguments->count > 0 && arguments->words[0].len == 1 &&
        arguments->words[0].data[0] >= '1' && arguments->words[0].data[0] <= '6')
        return (unsigned)(arguments->words[0].data[0] - '0');
    return 1;
}

static void set_verbatim(struct man *man, bool is_verbatim)
{
    flush(man);
    man->roff.is_verbatim = is_verbatim;
}

static const char *fonts_of(enum macro_act act, const char *name)
{
    return act == ACT_BOLD ? "B" : act == ACT_CODE ? "C" : act == ACT_PLAIN ? "R" : name;
}

static void run_macro(struct man *man, enum macro_act act, const char *name,
                      const struct roff_arguments *arguments)
{
    switch (act) {
    case ACT_FONT:
    case ACT_BOLD:
    case ACT_CODE:
    case ACT_PLAIN:
        write_words(man, arguments, fonts_of(act, name));
        break;
    case ACT_MENTION:
        write_mention(man, arguments);
        break;
    case ACT_PARAGRAPH:
        man->in_item = false;
        mark_list(man, false);
        /* fallthrough */
    case ACT_SPACE:
        if (man->roff.is_verbatim)
            buf_append_char(&man->roff.code, '\n');
        else
            flush(man);
        break;
    case ACT_TAG_NEXT:
        flush(man);
        man->wants_tag = true;
        break;
    case ACT_TAGGED:
        begin_tagged(man, arguments);
        break;
    case ACT_HEADING:
        begin_heading(man, 1, arguments);
        break;
    case ACT_HEADING_2:
        begin_heading(man, 2, arguments);
        break;
    case ACT_TITLE:
        write_title(man, arguments);
        break;
    case ACT_DEEPER:
        change_indent(man, true);
        break;
    case ACT_BACK:
        change_indent(man, false);
        break;
    case ACT_TABLE:
        flush(man);
        roff_table(&man->roff);
        break;
    case ACT_EQUATION:
        markup_block(man->roff.markup, BLOCK_PARAGRAPH, 0,
                     markup_trim(roff_until(&man->roff, "EN")));
        break;
    case ACT_LINK:
        begin_link(man, arguments, "");
        break;
    case ACT_MAIL:
        begin_link(man, arguments, "mailto:");
        break;
    case ACT_LINK_END:
        end_link(man, arguments);
        break;
    case ACT_OPTION:
        write_option(man, arguments);
        break;
    case ACT_MS_TITLE:
        flush(man);
        man->wants_title = true;
        break;
    case ACT_MS_HEADING:
        flush(man);
        man->wants_heading = ms_level(arguments);
        break;
    case ACT_VERBATIM:
        set_verbatim(man, true);
        break;
    case ACT_VERBATIM_END:
        set_verbatim(man, false);
        break;
    }
}

static void man_macro(struct roff *roff, struct span name, const struct roff_arguments *arguments)
{
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
        if (roff_is(name, macros[i].name)) {
            run_macro(roff->user, macros[i].act, macros[i].name, arguments);
            return;
        }
}

/* mdoc begins with ".Dd", and has ".Sh" where man has ".SH". */
static bool is_mdoc(struct span text)
{
    size_t sections = markup_find(text, 0, "\n.SH");

    return markup_find(text, 0, "\n.Sh ") < sections ||
           (markup_starts(text, ".Dd") && sections == text.len);
}

/* A page that is one ".so man1/ls.1" is another name of that page, which is read where it lies. */
static void explain_other_name(struct markup *markup)
{
    struct span line = markup_trim(markup->text), name;

    if (!markup_starts(line, ".so ") || memchr(line.data, '\n', line.len))
        return;
    name = markup_trim(markup_from(line, 4));
    writer_partial(markup->writer, "another name of %.*s, which is read where it lies",
                   (int)(name.len < 150 ? name.len : 150), name.data);
}

static void man_format(struct markup *markup)
{
    struct man man = { .roff = { .markup = markup, .code = BUF_INIT(EXTRACTION_MADE_BYTES_MAX) },
                       .bare_number = -1 };

    explain_other_name(markup);
    if (is_mdoc(markup->text)) {
        mdoc_run(&man.roff);
    } else {
        man.roff.user = &man;
        man.roff.macro = man_macro;
        man.roff.text = man_text;
        roff_run(&man.roff);
    }
    roff_release(&man.roff);
}

static enum status man_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return markup_run(source, writer, &roff_syntax, man_format, err);
}

const struct extractor man_extractor = {
    .name = "man",
    .version = 5,
    .bid = man_bid,
    .extract = man_extract,
};
