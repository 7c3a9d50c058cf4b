/*
 * render_markdown.c - an extraction as GitHub-flavoured Markdown.
 *
 * Only what would be read as structure is escaped, so that the words stay as a person wrote them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "ingest/render_inline.h"
#include "ingest/render_internal.h"

#define LIST_DEPTH_MAX 32u

struct markdown {
    const struct extraction *extraction;
    struct buf *out;
    struct inline_renderer inlines;
    unsigned
        content_column[LIST_DEPTH_MAX + 1];  /* where the text of an item of that depth begins */
    unsigned number[LIST_DEPTH_MAX + 1];     /* the last one given at that depth */
    unsigned list_level[LIST_DEPTH_MAX + 1]; /* the level of the item that is open there */
    unsigned list_depth;                     /* of the item before; 0: not in a list */
};

static bool has_marks(const struct markdown *md)
{
    return (md->extraction->flags & EXTRACTION_TEXT_HAS_MARKS) != 0;
}

static void put(struct markdown *md, const char *text)
{
    buf_append(md->out, text, strlen(text));
}

static void put_indent(struct markdown *md, unsigned columns)
{
    for (unsigned i = 0; i < columns; i++)
        buf_append_char(md->out, ' ');
}

/* ---- blocks ---- */

static bool is_rule(struct span line)
{
    size_t i = 0;

    while (i < line.len && line.data[i] == line.data[0] && ispunct((unsigned char)line.data[i]))
        i++;
    return i > 0 && i == line.len;
}

static struct span without_blanks(struct span text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct span){ text.data + 1, text.len - 1 };
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\r'))
        text.len--;
    return text;
}

/* The signs that begin, and may end, "## Lakes", "== Lakes ==". */
static struct span without_signs(struct span text)
{
    char sign = text.len > 0 ? text.data[0] : '\0';
    size_t signs = 0, ends = 0;

    while ((sign == '#' || sign == '=') && signs < text.len && text.data[signs] == sign)
        signs++;
    while (ends < signs && ends + signs < text.len && text.data[text.len - 1 - ends] == sign)
        ends++;
    if (signs == 0 || signs > 6 || signs >= text.len || text.data[signs] != ' ' ||
        (sign == '=' && ends < signs))
        return text;
    return without_blanks((struct span){ text.data + signs, text.len - signs - ends });
}

/* A heading without what makes it one in a text: the lines above and below ("===="), or its signs.
 */
static struct span bare_heading(struct span text)
{
    const char *newline = memchr(text.data, '\n', text.len);
    size_t line = newline ? (size_t)(newline - text.data) : 0;

    if (newline && is_rule(without_blanks((struct span){ text.data, line })))
        text = (struct span){ newline + 1, text.len - line - 1 };
    newline = memrchr(text.data, '\n', text.len);
    if (newline && is_rule(without_blanks(
                       (struct span){ newline + 1, (size_t)(text.data + text.len - newline) - 1 })))
        text.len = (size_t)(newline - text.data);
    return without_signs(without_blanks(text));
}

static void put_heading(struct markdown *md, const struct block *block)
{
    static const struct inline_style style = { .line_break = " ",
                                               .is_strong = true,
                                               .is_heading = true };
    unsigned level = block->kind == BLOCK_TITLE ? 1 : block->level;
    struct span text = extraction_block_text(md->extraction, block);
    size_t start = block->text_start, end = block->text_end;

    for (unsigned i = 0; i < level && i < 6; i++)
        buf_append_char(md->out, '#');
    buf_append_char(md->out, ' ');
    if (has_marks(md)) {
        struct span bare = bare_heading(text);

        start += (size_t)(bare.data - text.data);
        end = start + bare.len;
    }
    inline_put(&md->inlines, start, end, &style);
}

/* The mark that a list item has in a text that is the file itself; its length, or 0. */
static size_t source_mark(struct span text)
{
    size_t i = 0;

    if (text.len >= 2 && strchr("-*+o", text.data[0]) &&
        (text.data[1] == ' ' || text.data[1] == '\t'))
        i = 1;
    else if (text.len >= 4 && memcmp(text.data, "\xE2\x80\xA2", 3) == 0)
        i = 3;
    else {
        i = text.len > 0 && text.data[0] == '(';
        while (i < text.len && i < 8 && isalnum((unsigned char)text.data[i]))
            i++;
        if (i == 0 || i >= text.len || (text.data[i] != '.' && text.data[i] != ')'))
            return 0;
        i++;
    }
    while (i < text.len && (text.data[i] == ' ' || text.data[i] == '\t'))
        i++;
    return i;
}

/* Of the mark that a list goes on with: 2 of "b)"; 1 where a list begins. "i", "v" and "x" are
 * Roman figures then. */
static unsigned letter_number(const char *mark)
{
    static const char first[] = "abcdefgh";
    const char *at = *mark ? strchr(first, tolower((unsigned char)*mark)) : NULL;

    return at && strchr(".)]", mark[1]) ? (unsigned)(at - first) + 1 : 1;
}

static unsigned item_number(struct markdown *md, const struct block *block, unsigned depth)
{
    const char *label = extraction_label(md->extraction, block->label);
    struct span text = extraction_block_text(md->extraction, block);
    const char *digits = label + strspn(label, "([.");
    char *end = NULL;
    unsigned long number;

    if (!*label && has_marks(md) && text.len > 0)
        digits = text.data;
    number = strtoul(digits, &end, 10);
    if (end == digits || number > 99999999)
        number = md->number[depth] ? md->number[depth] + 1ul : letter_number(digits);
    md->number[depth] = (unsigned)number;
    return (unsigned)number;
}

/* Below the innermost open item of a lower level: levels may be passed over, where an item has no
 * text but a list. */
static unsigned depth_of(const struct markdown *md, unsigned level)
{
    unsigned depth = md->list_depth;

    while (depth > 0 && md->list_level[depth] >= level)
        depth--;
    return depth < LIST_DEPTH_MAX ? depth + 1 : LIST_DEPTH_MAX;
}

static void open_item(struct markdown *md, unsigned depth, unsigned level)
{
    for (unsigned i = depth + 1; i <= md->list_depth; i++)
        md->number[i] = 0;
    md->list_depth = depth;
    md->list_level[depth] = level;
    put_indent(md, md->content_column[depth - 1]);
}

static void put_item(struct markdown *md, const struct block *block)
{
    unsigned level = block->level < 1 ? 1 : block->level, depth = depth_of(md, level);
    size_t start = block->text_start, before = md->out->len;
    struct inline_style style = { .line_break = has_marks(md) ? "\n" : "  \n" };

    if (block->flags & BLOCK_CONTINUES) {
        style.indent = md->content_column[depth];
        put_indent(md, style.indent);
        inline_put(&md->inlines, start, block->text_end, &style);
        return;
    }
    open_item(md, depth, level);
    if (block->flags & BLOCK_ORDERED)
        buf_printf(md->out, "%u. ", item_number(md, block, depth));
    else
        put(md, "- ");
    if (has_marks(md))
        start += source_mark(extraction_block_text(md->extraction, block));
    md->content_column[depth] = style.indent = (unsigned)(md->out->len - before);
    inline_put(&md->inlines, start, block->text_end, &style);
}

/* In a list of definitions a term is an item, and what is said of it is below. */
static void put_term(struct markdown *md, const struct block *block)
{
    struct inline_style style = { .line_break = " ",
                                  .unmarked = 1u << EMPHASIS_BOLD,
                                  .is_marked = true };

    if (block->level > 0) {
        unsigned depth = depth_of(md, block->level);

        open_item(md, depth, block->level);
        put(md, "- ");
        md->content_column[depth] = md->content_column[depth - 1] + 2;
        md->number[depth] = 0;
    }
    put(md, "**");
    inline_put(&md->inlines, block->text_start, block->text_end, &style);
    put(md, "**");
}

static size_t blanks_at(struct span text, size_t at)
{
    size_t i = at;

    while (i < text.len && (text.data[i] == ' ' || text.data[i] == '\t'))
        i++;
    return i - at;
}

/* The bytes of indent in front of a block that is a text's own; 0 where it begins within a line. */
static size_t indent_before(const struct markdown *md, size_t start)
{
    const char *text = md->extraction->text.data;
    size_t i = start;

    while (has_marks(md) && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t'))
        i--;
    return i == 0 || text[i - 1] == '\n' ? start - i : 0;
}

/* The bytes of indent that all lines of code begin with; the first of them is within text. */
static size_t shared_indent(struct span text, size_t first)
{
    size_t shared = first;

    for (size_t i = first; i < text.len && shared > 0;) {
        const char *newline = memchr(text.data + i, '\n', text.len - i);
        size_t next = newline ? (size_t)(newline - text.data) + 1 : text.len, same = 0;
        bool is_blank = next + blanks_at(text, next) >= text.len ||
                        strchr("\r\n", text.data[next + blanks_at(text, next)]);

        while (same < shared && next + same < text.len && text.data[next + same] == text.data[same])
            same++;
        if (!is_blank)
            shared = same;
        i = next;
    }
    return shared;
}

static void put_ticks(struct markdown *md, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append_char(md->out, '`');
}

/* Lines of code keep their indents but for what all of them share. */
static void put_code(struct markdown *md, const struct block *block, unsigned indent)
{
    size_t before = indent_before(md, block->text_start), shared;
    struct span text = { md->extraction->text.data + block->text_start - before,
                         block->text_end - block->text_start + before };
    size_t ticks = ascii_longest_run(text, '`') + 1;

    shared = has_marks(md) ? shared_indent(text, before) : 0;
    ticks = ticks < 3 ? 3 : ticks;
    put_indent(md, indent);
    put_ticks(md, ticks);
    put(md, extraction_label(md->extraction, block->label));
    buf_append_char(md->out, '\n');
    for (size_t i = 0; i < text.len;) {
        const char *newline = memchr(text.data + i, '\n', text.len - i);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        size_t start = end - i >= shared ? i + shared : end;

        put_indent(md, end > start ? indent : 0);
        buf_append(md->out, text.data + start, end - start);
        buf_append_char(md->out, '\n');
        i = end + 1;
    }
    put_indent(md, indent);
    put_ticks(md, ticks);
}

/* ---- tables ---- */

struct table_shape {
    size_t row_count, column_count;
};

/* The first block behind the one at index that is not inside it. */
static size_t after_children(const struct extraction *e, size_t index)
{
    uint32_t end = e->blocks[index].text_end;
    size_t i = index + 1;

    while (i < e->block_count &&
           (e->blocks[i].kind == BLOCK_ROW || e->blocks[i].kind == BLOCK_CELL) &&
           e->blocks[i].text_start <= end)
        i++;
    return i;
}

static size_t cell_width(const struct block *cell)
{
    return cell->level > 1 ? cell->level : 1;
}

static size_t column_count(const struct extraction *e, size_t first, size_t end)
{
    size_t most = 0, now = 0;

    for (size_t i = first; i < end; i++) {
        if (e->blocks[i].kind == BLOCK_ROW)
            now = 0;
        else
            now += cell_width(&e->blocks[i]);
        most = now > most ? now : most;
    }
    return most;
}

static void put_separator(struct markdown *md, size_t columns)
{
    put(md, "\n|");
    for (size_t i = 0; i < columns; i++)
        put(md, " --- |");
}

static void put_table(struct markdown *md, size_t index)
{
    struct inline_style style = { .line_break = " ", .is_cell = true };
    const struct extraction *e = md->extraction;
    size_t end = after_children(e, index), columns = column_count(e, index + 1, end), rows = 0;

    for (size_t i = index + 1; i < end;) {
        size_t written = 0;

        if (e->blocks[i].kind == BLOCK_ROW)
            i++;
        style.is_strong = rows == 0;
        if (rows > 0)
            buf_append_char(md->out, '\n');
        buf_append_char(md->out, '|');
        for (; i < end && e->blocks[i].kind == BLOCK_CELL; i++) {
            buf_append_char(md->out, ' ');
            inline_put(&md->inlines, e->blocks[i].text_start, e->blocks[i].text_end, &style);
            put(md, " |");
            written++;
            for (size_t w = 1; w < cell_width(&e->blocks[i]) && written < columns; w++, written++)
                put(md, "  |");
        }
        for (; written < columns; written++)
            put(md, "  |");
        if (rows++ == 0)
            put_separator(md, columns);
    }
}

/* ---- the whole ---- */

/* Code or a table that stands inside a list item: the item goes on behind it. */
static bool is_inside_item(const struct markdown *md, size_t next)
{
    const struct extraction *e = md->extraction;

    return md->list_depth > 0 && next < e->block_count && e->blocks[next].kind == BLOCK_LIST_ITEM &&
           (e->blocks[next].flags & BLOCK_CONTINUES);
}

static void leave_list(struct markdown *md)
{
    md->list_depth = 0;
    memset(md->number, 0, sizeof(md->number));
}

static void put_paragraph(struct markdown *md, const struct block *block, const char *before)
{
    struct inline_style style = { .line_break = has_marks(md) ? "\n" : "  \n" };

    put(md, before);
    inline_put(&md->inlines, block->text_start, block->text_end, &style);
}

static void put_caption(struct markdown *md, const struct block *block)
{
    struct inline_style style = { .line_break = has_marks(md) ? "\n" : "  \n",
                                  .unmarked = 1u << EMPHASIS_ITALIC,
                                  .is_marked = true };

    put(md, "*");
    inline_put(&md->inlines, block->text_start, block->text_end, &style);
    put(md, "*");
}

static void put_quote(struct markdown *md, const struct block *block)
{
    struct inline_style style = { .line_break = has_marks(md) ? "\n" : "  \n" };

    style.quote_depth = block->level < 1 ? 1 : block->level > 8 ? 8 : block->level;
    inline_put_line_start(&md->inlines, &style);
    inline_put(&md->inlines, block->text_start, block->text_end, &style);
}

static void put_footnote(struct markdown *md, const struct block *block)
{
    const char *mark = extraction_label(md->extraction, block->label);

    if (block->flags & BLOCK_CONTINUES) {
        put_paragraph(md, block, "    ");
        return;
    }
    buf_printf(md->out, "[^%s]: ", *mark ? mark : "*");
    put_paragraph(md, block, "");
}

static bool is_item(const struct block *block)
{
    return block->kind == BLOCK_LIST_ITEM || (block->kind == BLOCK_TERM && block->level > 0);
}

static bool is_tight_pair(const struct block *before, const struct block *block)
{
    return is_item(before) && is_item(block) && !(block->flags & BLOCK_CONTINUES);
}

static void put_gap(struct markdown *md, size_t previous, size_t index)
{
    const struct extraction *e = md->extraction;
    const struct block *before, *block = &e->blocks[index];

    if (previous == BLOCK_NONE)
        return;
    before = &e->blocks[previous];
    if (before->kind == BLOCK_FIELD && block->kind == BLOCK_FIELD) {
        put(md, "  \n");
        return;
    }
    put(md, "\n");
    if (before->kind == BLOCK_QUOTE && block->kind == BLOCK_QUOTE &&
        (block->flags & BLOCK_CONTINUES)) {
        put(md, ">\n");
        return;
    }
    if (!is_tight_pair(before, block))
        put(md, "\n");
}

static void put_block(struct markdown *md, size_t index, size_t next)
{
    const struct block *block = &md->extraction->blocks[index];

    if (!is_item(block) && !(block->flags & BLOCK_CONTINUES) && !is_inside_item(md, next))
        leave_list(md);
    switch ((enum block_kind)block->kind) {
    case BLOCK_TITLE:
    case BLOCK_HEADING:
        put_heading(md, block);
        break;
    case BLOCK_LIST_ITEM:
        put_item(md, block);
        break;
    case BLOCK_TABLE:
        put_table(md, index);
        break;
    case BLOCK_CODE:
        put_code(md, block, md->list_depth ? md->content_column[md->list_depth] : 0);
        break;
    case BLOCK_QUOTE:
        put_quote(md, block);
        break;
    case BLOCK_CAPTION:
        put_caption(md, block);
        break;
    case BLOCK_FOOTNOTE:
        put_footnote(md, block);
        break;
    case BLOCK_TERM:
        put_term(md, block);
        break;
    case BLOCK_RULE:
        put(md, "---");
        break;
    case BLOCK_PARAGRAPH:
    case BLOCK_FIELD:
    case BLOCK_ROW:
    case BLOCK_CELL:
    case BLOCK_KIND_COUNT:
        if (block->flags & BLOCK_COMMENT)
            put_quote(md, block);
        else
            put_paragraph(md, block, "");
    }
}

static bool has_sign_notes(const struct extraction *e)
{
    for (size_t i = 0; i < e->block_count; i++) {
        const char *mark = extraction_label(e, e->blocks[i].label);

        if (e->blocks[i].kind == BLOCK_FOOTNOTE && (!*mark || strpbrk(mark, "*_`~<&\\")))
            return true;
    }
    return false;
}

void render_markdown(const struct extraction *extraction, struct buf *out)
{
    struct markdown md = {
        .extraction = extraction,
        .out = out,
        .inlines = {
            .extraction = extraction,
            .out = out,
            .has_sign_notes = has_sign_notes(extraction),
            .is_csv = strcmp(extraction->media_type, "text/csv") == 0 ||
                      strcmp(extraction->media_type, "text/tab-separated-values") == 0,
        },
    };
    size_t previous = BLOCK_NONE;

    for (size_t i = 0; i < extraction->block_count;) {
        size_t next =
            extraction->blocks[i].kind == BLOCK_TABLE ? after_children(extraction, i) : i + 1;

        put_gap(&md, previous, i);
        put_block(&md, i, next);
        previous = i;
        i = next;
    }
}
