#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/cell_text.h"
#include "extractors/office/rtf.h"

static struct rtf_state *state(struct rtf *rtf)
{
    return &rtf->states[rtf->depth ? rtf->depth - 1 : 0];
}

/* ---- links ---- */

/* HYPERLINK "https://..." or HYPERLINK \l "anchor". */
void rtf_begin_link(struct rtf *rtf)
{
    const char *word = strstr(rtf->code.data, "HYPERLINK"), *open, *close, *local;
    struct rtf_link *link;
    size_t len;

    if (!word || rtf->link_count == sizeof(rtf->links) / sizeof(rtf->links[0]) ||
        rtf->link_now >= 0)
        return;
    open = strchr(word, '"');
    close = open ? strchr(open + 1, '"') : NULL;
    if (!close)
        return;
    link = &rtf->links[rtf->link_count];
    local = strstr(word, "\\l");
    len = (size_t)(close - open - 1);
    if (len + 2 > sizeof(link->target))
        return;
    (void)snprintf(link->target, sizeof(link->target), "%s%.*s", local && local < open ? "#" : "",
                   (int)len, open + 1);
    link->start = link->end = rtf->text.len;
    rtf->link_now = (int)rtf->link_count++;
    state(rtf)->has_link = true;
}

void rtf_end_link(struct rtf *rtf)
{
    rtf_flush(rtf);
    if (rtf->link_now >= 0)
        rtf->links[rtf->link_now].end = rtf->text.len;
    rtf->link_now = -1;
}

/* ---- notes ---- */

static void keep_note(struct rtf *rtf)
{
    buf_append(&rtf->notes, rtf->note_text.data, rtf->note_text.len);
    buf_append_char(&rtf->notes, '\0');
    buf_clear(&rtf->note_text);
}

static void keep_comment(struct rtf *rtf)
{
    if (rtf->author.len > 0) {
        buf_append(&rtf->comments, rtf->author.data, rtf->author.len);
        buf_append(&rtf->comments, ": ", 2);
    }
    buf_append(&rtf->comments, rtf->note_text.data, rtf->note_text.len);
    buf_append_char(&rtf->comments, '\0');
    buf_clear(&rtf->note_text);
    buf_clear(&rtf->author);
}

void rtf_end_note(struct rtf *rtf, enum rtf_destination destination)
{
    rtf->note_depth = 0;
    if (destination == RTF_ANNOTATION)
        keep_comment(rtf);
    else
        keep_note(rtf);
}

/* Text with '\n' for breaks. */
static void put_lines(struct rtf *rtf, struct span text)
{
    while (text.len > 0) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.data) : text.len;

        writer_text(rtf->writer, (struct span){ text.data, len });
        if (newline)
            writer_break(rtf->writer);
        len += newline ? 1 : 0;
        text = (struct span){ text.data + len, text.len - len };
    }
}

static void put_waiting(struct rtf *rtf)
{
    const char *at = rtf->notes.data, *end = at + rtf->notes.len;
    char mark[16];

    for (; at < end; at += strlen(at) + 1) {
        (void)snprintf(mark, sizeof(mark), "%u", ++rtf->notes_put);
        writer_begin(rtf->writer, BLOCK_FOOTNOTE, 0);
        writer_label(rtf->writer, (struct span){ mark, strlen(mark) });
        put_lines(rtf, (struct span){ at, strlen(at) });
        writer_end(rtf->writer);
    }
    at = rtf->comments.data;
    for (end = at + rtf->comments.len; at < end; at += strlen(at) + 1) {
        writer_begin(rtf->writer, BLOCK_PARAGRAPH, 0);
        writer_flags(rtf->writer, BLOCK_COMMENT);
        put_lines(rtf, (struct span){ at, strlen(at) });
        writer_end(rtf->writer);
    }
    buf_clear(&rtf->notes);
    buf_clear(&rtf->comments);
}

/* ---- paragraphs ---- */

/* The paragraph's text from start to end, as it looks. */
static void put_looks(struct rtf *rtf, size_t start, size_t end)
{
    for (unsigned i = 0; i < rtf->look_count && start < end; i++) {
        size_t until = rtf->looks[i].end < end ? rtf->looks[i].end : end;

        if (until <= start)
            continue;
        (void)writer_emphasis(rtf->writer, rtf->looks[i].looks);
        put_lines(rtf, (struct span){ rtf->text.data + start, until - start });
        start = until;
    }
    (void)writer_emphasis(rtf->writer, 0);
    put_lines(rtf, (struct span){ rtf->text.data + start, end - start });
}

static void put_linked_text(struct rtf *rtf, size_t start)
{
    size_t at = start;

    for (unsigned i = 0; i < rtf->link_count; i++) {
        const struct rtf_link *link = &rtf->links[i];

        if (link->start < at || link->end <= link->start || link->end > rtf->text.len)
            continue;
        put_looks(rtf, at, link->start);
        writer_link_begin(rtf->writer, (struct span){ link->target, strlen(link->target) });
        put_looks(rtf, link->start, link->end);
        writer_link_end(rtf->writer);
        at = link->end;
    }
    put_looks(rtf, at, rtf->text.len);
}

/* "•" and a tab, typed where a list would have been; the bytes they take, or 0. */
static size_t typed_bullet(struct span text)
{
    static const char *const bullets[] = { "\xE2\x80\xA2", "\xC2\xB7", "\xE2\x97\x8B",
                                           "\xE2\x96\xAA", "\xE2\x80\xA3" };

    for (size_t i = 0; i < sizeof(bullets) / sizeof(bullets[0]); i++) {
        size_t len = strlen(bullets[i]);

        if (text.len > len && memcmp(text.data, bullets[i], len) == 0 &&
            (text.data[len] == '\t' || text.data[len] == ' '))
            return len + 1;
    }
    return 0;
}

/* "12." and a tab. */
static size_t typed_number(struct span text)
{
    size_t i = 0;

    while (i < text.len && i < 3 && isdigit((unsigned char)text.data[i]))
        i++;
    if (i == 0 || i + 1 >= text.len || (text.data[i] != '.' && text.data[i] != ')') ||
        text.data[i + 1] != '\t')
        return 0;
    return i + 2;
}

/* A mark that counts: "3.", "iv)", "2.1"; the lone "o" of a bullet font does not. */
static bool has_number(const struct buf *mark)
{
    size_t words = 0, others = 0;

    for (size_t i = 0; i < mark->len; i++) {
        if (isdigit((unsigned char)mark->data[i]))
            return true;
        words += isalpha((unsigned char)mark->data[i]) != 0;
        others += strchr(".)(", mark->data[i]) != NULL;
    }
    return words > 0 && words < 8 && others > 0;
}

/* "c)", "2.1", "Article 3": words that others refer to, where "3." only counts. */
static bool is_word(struct span mark)
{
    size_t groups = 0;

    for (size_t i = 0; i < mark.len; i++) {
        bool is_first = i == 0 || !isalnum((unsigned char)mark.data[i - 1]);

        if (isalpha((unsigned char)mark.data[i]))
            return true;
        groups += is_first && isalnum((unsigned char)mark.data[i]);
    }
    return groups > 1;
}

static const struct rtf_style *style_of(struct rtf *rtf)
{
    static const struct rtf_style plain = { .outline = -1 };
    unsigned style = state(rtf)->style;

    return style < RTF_STYLES_MAX ? &rtf->styles[style] : &plain;
}

static int32_t list_of(struct rtf *rtf)
{
    return state(rtf)->list ? state(rtf)->list : style_of(rtf)->list;
}

/* From 0. Some writers say it of lists that they do not name. */
static unsigned level_of(struct rtf *rtf)
{
    const struct rtf_state *now = state(rtf);

    return now->list || now->list_level ? now->list_level : style_of(rtf)->list_level;
}

/* Counts the paragraph in its list, if it is in one. */
static void count_item(struct rtf *rtf, struct docx_item *item)
{
    docx_numbering_count(&rtf->numbering, NULL, list_of(rtf), level_of(rtf), item);
}

static void begin_item(struct rtf *rtf, bool is_ordered, struct span mark)
{
    size_t digits = 0;

    writer_begin(rtf->writer, BLOCK_LIST_ITEM,
                 docx_nest(&rtf->nesting, list_of(rtf), level_of(rtf), state(rtf)->indent));
    if (is_ordered && is_word(mark)) {
        writer_text(rtf->writer, mark);
        writer_text(rtf->writer, (struct span){ " ", 1 });
        return;
    }
    if (!is_ordered)
        return;
    while (mark.len > 0 && !isdigit((unsigned char)mark.data[0]))
        mark = (struct span){ mark.data + 1, mark.len - 1 };
    writer_flags(rtf->writer, BLOCK_ORDERED);
    while (digits < mark.len && isdigit((unsigned char)mark.data[digits]))
        digits++;
    writer_label(rtf->writer, (struct span){ mark.data, digits });
}

static void begin_heading(struct rtf *rtf, unsigned level, const struct docx_item *item)
{
    writer_begin(rtf->writer, BLOCK_HEADING, level);
    if (has_number(&rtf->mark)) {
        writer_text(rtf->writer, buf_span(&rtf->mark));
    } else if (rtf->mark.len == 0 && item->is_ordered && item->mark[0]) {
        writer_text(rtf->writer, (struct span){ item->mark, strlen(item->mark) });
        writer_text(rtf->writer, (struct span){ " ", 1 });
    }
}

/* Begins the paragraph's block; returns how many bytes of its text were its mark. item: what it is
 * in its list; how it was shown last goes before that. */
static size_t begin_paragraph(struct rtf *rtf, const struct docx_item *item)
{
    const struct rtf_state *now = state(rtf);
    const struct rtf_style *style = style_of(rtf);
    int outline = now->outline >= 0 ? now->outline : style->outline;
    struct span text = buf_span(&rtf->text);
    size_t taken;

    if (outline >= 0) {
        rtf->nesting.count = 0;
        begin_heading(rtf, (unsigned)outline + 1, item);
        return 0;
    }
    if (style->is_title || style->is_subtitle) {
        rtf->nesting.count = 0;
        writer_begin(rtf->writer, style->is_title ? BLOCK_TITLE : BLOCK_HEADING, 1);
        return 0;
    }
    if (rtf->mark.len > 0 || now->is_list_paragraph) {
        begin_item(rtf, has_number(&rtf->mark), buf_span(&rtf->mark));
        return 0;
    }
    if (item->is_list) {
        begin_item(rtf, item->is_ordered && item->mark[0],
                   (struct span){ item->mark, strlen(item->mark) });
        return 0;
    }
    taken = typed_bullet(text);
    if (taken > 0) {
        begin_item(rtf, false, (struct span){ "", 0 });
        return taken;
    }
    taken = typed_number(text);
    if (taken > 0) {
        begin_item(rtf, true, (struct span){ text.data, taken - 1 });
        return taken;
    }
    rtf->nesting.count = 0;
    writer_begin(rtf->writer,
                 style->is_quote     ? BLOCK_QUOTE
                 : style->is_caption ? BLOCK_CAPTION
                                     : BLOCK_PARAGRAPH,
                 1);
    return 0;
}

static void close_table(struct rtf *rtf)
{
    if (rtf->is_table_open)
        writer_end(rtf->writer);
    rtf->is_table_open = false;
    rtf->above_count = 0;
}

static void close_code(struct rtf *rtf)
{
    if (rtf->is_code_open)
        writer_end(rtf->writer);
    rtf->is_code_open = false;
}

static void reset_paragraph(struct rtf *rtf)
{
    buf_clear(&rtf->text);
    buf_clear(&rtf->mark);
    rtf->link_count = 0;
    rtf->paragraph_start = 0;
    if (rtf->link_now >= 0) { /* a link over several paragraphs goes on */
        rtf->links[0] = rtf->links[rtf->link_now];
        rtf->links[0].start = rtf->links[0].end = 0;
        rtf->link_count = 1;
        rtf->link_now = 0;
    }
}

static bool is_code(const struct rtf *rtf)
{
    const struct rtf_state *now = &rtf->states[rtf->depth ? rtf->depth - 1 : 0];

    return now->style < RTF_STYLES_MAX && rtf->styles[now->style].is_code;
}

static void end_plain(struct rtf *rtf)
{
    struct docx_item item;

    count_item(rtf, &item); /* an empty one, too */
    if (rtf->is_table_open && rtf->text.len == 0 && rtf->notes.len == 0) {
        reset_paragraph(rtf);
        close_table(rtf);
        return;
    }
    close_table(rtf);
    if (is_code(rtf)) {
        if (rtf->is_code_open)
            writer_break(rtf->writer);
        else
            writer_begin(rtf->writer, BLOCK_CODE, 0);
        rtf->is_code_open = true;
        rtf->nesting.count = 0;
        put_lines(rtf, buf_span(&rtf->text));
    } else {
        close_code(rtf);
        if (rtf->text.len > 0) {
            put_linked_text(rtf, begin_paragraph(rtf, &item));
            writer_end(rtf->writer);
        }
    }
    reset_paragraph(rtf);
    if (rtf->notes.len > 0 || rtf->comments.len > 0) {
        close_code(rtf);
        put_waiting(rtf);
    }
}

/* Tells frames from tables, where a table may have begun. */
static void enter_frames(struct rtf *rtf, unsigned depth, unsigned cell_count)
{
    if (rtf->frame_depth > depth)
        rtf->frame_depth = depth;
    while (!rtf->is_table_open && rtf->cells_read == 0 && depth > rtf->frame_depth &&
           rtf->frame_depth < RTF_FRAMES_MAX &&
           rtf_is_frame(rtf, rtf->frame_depth + 1, depth == rtf->frame_depth + 1 ? cell_count : 0))
        rtf->frame_depth++;
}

/* In a cell the mark of a list's item is a word of the text. */
static void mark_cell_paragraph(struct rtf *rtf)
{
    struct span mark = buf_span(&rtf->mark);
    size_t start = rtf->paragraph_start, moved = rtf->text.len - start;
    struct docx_item item;

    count_item(rtf, &item);
    if (mark.len == 0 && item.is_ordered)
        mark = (struct span){ item.mark, strlen(item.mark) };
    else if (!has_number(&rtf->mark))
        return;
    while (mark.len > 0 && isspace((unsigned char)mark.data[mark.len - 1]))
        mark.len--;
    if (moved == 0 || mark.len == 0)
        return;
    buf_append(&rtf->text, mark.data, mark.len);
    buf_append_char(&rtf->text, ' ');
    if (rtf->text.failed)
        return;
    memmove(rtf->text.data + start + mark.len + 1, rtf->text.data + start, moved);
    memcpy(rtf->text.data + start, mark.data, mark.len);
    rtf->text.data[start + mark.len] = ' ';
}

void rtf_end_paragraph(struct rtf *rtf)
{
    unsigned depth = rtf_table_depth(rtf);

    rtf_flush(rtf);
    if (rtf->note_depth > 0) {
        buf_append_char(&rtf->note_text, '\n');
        return;
    }
    if (rtf->link_now >= 0)
        rtf->links[rtf->link_now].end = rtf->text.len;
    enter_frames(rtf, depth, 0);
    if (depth <= rtf->frame_depth) {
        end_plain(rtf);
        return;
    }
    mark_cell_paragraph(rtf);
    if (depth == rtf->frame_depth + 1)
        buf_append_char(&rtf->text, '\n'); /* the cell goes on */
    else
        cell_text_end_inner(&rtf->text, false, false);
    buf_clear(&rtf->mark);
    rtf->paragraph_start = rtf->text.len;
}

/* ---- tables ---- */

void rtf_end_cell(struct rtf *rtf, unsigned depth)
{
    rtf_flush(rtf);
    enter_frames(rtf, depth, 1);
    if (depth <= rtf->frame_depth) {
        end_plain(rtf);
        return;
    }
    mark_cell_paragraph(rtf);
    if (depth > rtf->frame_depth + 1) {
        cell_text_end_inner(&rtf->text, true, false);
        buf_clear(&rtf->mark);
        rtf->paragraph_start = rtf->text.len;
        return;
    }
    if (rtf->cells_read < RTF_COLUMNS_MAX) {
        buf_append(&rtf->row, rtf->text.data, rtf->text.len);
        rtf->cell_ends[rtf->cells_read++] = (uint32_t)rtf->row.len;
    }
    reset_paragraph(rtf);
}

static struct span cell_text(const struct buf *row, const uint32_t *ends, unsigned column)
{
    uint32_t start = column ? ends[column - 1] : 0;

    return (struct span){ row->data + start, ends[column] - start };
}

static void put_cell(struct rtf *rtf, unsigned column)
{
    struct span text = cell_text(&rtf->row, rtf->cell_ends, column);
    const struct rtf_cell *cell = column < rtf->cell_count ? &rtf->cells[column] : NULL;

    if (cell && cell->is_merged_right && column > 0 && text.len == 0)
        text = cell_text(&rtf->row, rtf->cell_ends, column - 1);
    if (cell && cell->is_merged_down && column < rtf->above_count && text.len == 0)
        text = cell_text(&rtf->above, rtf->above_ends, column);
    writer_begin(rtf->writer, BLOCK_CELL, 1);
    put_lines(rtf, text);
    writer_end(rtf->writer);
}

void rtf_end_row(struct rtf *rtf, unsigned depth)
{
    struct buf swap;

    rtf_flush(rtf);
    if (depth > rtf->frame_depth + 1) {
        cell_text_end_inner(&rtf->text, false, true);
        rtf->paragraph_start = rtf->text.len;
        return;
    }
    if (depth <= rtf->frame_depth) {
        if (rtf->text.len > 0)
            end_plain(rtf);
        close_table(rtf);
        rtf->frame_depth = depth - 1;
        return;
    }
    if (rtf->text.len > 0) /* a last cell that its mark was left out of */
        rtf_end_cell(rtf, depth);
    if (rtf->cells_read == 0)
        return;
    close_code(rtf);
    if (!rtf->is_table_open)
        writer_begin(rtf->writer, BLOCK_TABLE, rtf->is_header_row);
    rtf->is_table_open = true;
    rtf->nesting.count = 0;
    writer_begin(rtf->writer, BLOCK_ROW, 0);
    if (rtf->is_header_row)
        writer_flags(rtf->writer, BLOCK_HEADER);
    for (unsigned i = 0; i < rtf->cells_read; i++)
        put_cell(rtf, i);
    writer_end(rtf->writer);
    swap = rtf->above;
    rtf->above = rtf->row;
    rtf->row = swap;
    buf_clear(&rtf->row);
    memcpy(rtf->above_ends, rtf->cell_ends, sizeof(rtf->above_ends));
    rtf->above_count = rtf->cells_read;
    rtf->cells_read = 0;
}

void rtf_end_document(struct rtf *rtf)
{
    rtf_flush(rtf);
    if (rtf->note_depth > 0) /* what is cut off in a note */
        rtf_end_note(rtf, rtf->states[rtf->note_depth - 1].destination);
    if (rtf->cells_read > 0)
        rtf_end_row(rtf, rtf->frame_depth + 1);
    rtf->states[0].is_in_table = false;
    rtf->states[0].table_depth = 0;
    rtf->depth = 1;
    rtf->frame_depth = 0;
    rtf_end_paragraph(rtf);
    close_table(rtf);
    close_code(rtf);
    put_waiting(rtf);
}
