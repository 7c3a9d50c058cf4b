#include "extractors/office/rtf.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/html/xhtml.h"

#define WORD_BYTES_MAX  32u
#define NOTES_BYTES_MAX ((size_t)16 << 20)
#define LISTS_BYTES_MAX ((size_t)4 << 20)

/* ---- groups ---- */

static void begin_group(struct rtf *rtf)
{
    rtf_flush(rtf);
    rtf->skip_left = 0;
    if (rtf->depth >= RTF_DEPTH_MAX) {
        rtf->depth_dropped++;
        return;
    }
    rtf->states[rtf->depth] = *rtf_top(rtf);
    rtf->states[rtf->depth].is_star = false;
    rtf->states[rtf->depth].has_link = false;
    rtf->depth++;
}

static void end_info(struct rtf *rtf, const struct rtf_state *ended)
{
    if (ended->info_name)
        writer_metadata(rtf->writer, ended->info_name, buf_span(&rtf->info));
    buf_clear(&rtf->info);
}

static void end_group(struct rtf *rtf)
{
    struct rtf_state ended, *outer;

    rtf_flush(rtf);
    rtf->skip_left = 0;
    if (rtf->depth_dropped > 0) {
        rtf->depth_dropped--;
        return;
    }
    if (rtf->depth <= 1) {
        /* What stands behind the document is none of it; a piece of one is several groups. */
        if (rtf->depth == 1 && rtf->is_whole)
            rtf->end = rtf->at;
        rtf->depth = 0;
        return;
    }
    ended = *rtf_top(rtf);
    if (ended.has_link)
        rtf_end_link(rtf);
    rtf->depth--;
    outer = rtf_top(rtf);
    if (ended.destination == RTF_STYLES && rtf->style_name.len > 0)
        rtf_style_end(rtf);
    if (ended.destination == RTF_INFO && outer->info_name != ended.info_name)
        end_info(rtf, &ended);
    if (ended.destination == RTF_LEVEL_TEXT && outer->destination != RTF_LEVEL_TEXT)
        rtf_level_text_end(rtf);
    if (ended.destination == RTF_FORM && outer->destination != RTF_FORM)
        rtf_form_end(rtf);
    if (ended.destination == RTF_FORM_ENTRY && outer->destination == RTF_FORM)
        buf_append_char(&rtf->form_entries, '\0');
    if (rtf->note_depth == rtf->depth + 1)
        rtf_end_note(rtf, ended.destination);
    /* Writers put paragraph properties into a group of their own, and end the paragraph outside. */
    if (ended.destination == RTF_BODY && outer->destination == RTF_BODY && rtf->text.len > 0 &&
        !outer->is_in_table)
        outer->is_in_table = false;
}

/* ---- words and characters ---- */

/* at is behind the backslash, on a letter. */
static void read_word(struct rtf *rtf)
{
    char name[WORD_BYTES_MAX + 1];
    size_t len = 0;
    int64_t value = 0;
    bool has_value = false, is_negative = false;

    while (rtf->at < rtf->end && ((*rtf->at | 32) >= 'a' && (*rtf->at | 32) <= 'z')) {
        if (len < WORD_BYTES_MAX)
            name[len++] = *rtf->at;
        rtf->at++;
    }
    name[len] = '\0';
    if (rtf->at < rtf->end && *rtf->at == '-') {
        is_negative = true;
        rtf->at++;
    }
    while (rtf->at < rtf->end && *rtf->at >= '0' && *rtf->at <= '9') {
        if (value < INT32_MAX / 10)
            value = value * 10 + (*rtf->at - '0');
        has_value = true;
        rtf->at++;
    }
    if (rtf->at < rtf->end && *rtf->at == ' ')
        rtf->at++;
    rtf_control_word(rtf, name, (int32_t)(is_negative ? -value : value), has_value);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* at is behind the backslash, on something that is no letter. */
static void read_symbol(struct rtf *rtf)
{
    char c = *rtf->at++;

    switch (c) {
    case '\'':
        if (rtf->end - rtf->at >= 2 && hex_digit(rtf->at[0]) >= 0 && hex_digit(rtf->at[1]) >= 0) {
            rtf_put_byte(rtf, (char)(hex_digit(rtf->at[0]) * 16 + hex_digit(rtf->at[1])));
            rtf->at += 2;
        }
        break;
    case '*':
        rtf_top(rtf)->is_star = true;
        break;
    case '~':
        rtf_put_literal(rtf, "\xC2\xA0");
        break;
    case '_':
        rtf_put_literal(rtf, "-");
        break;
    case '\r':
    case '\n':
        if (rtf->is_html)
            rtf_put_literal(rtf, "\n");
        else if (rtf_is_text_destination(rtf))
            rtf_end_paragraph(rtf);
        break;
    case '\\':
    case '{':
    case '}':
        rtf_put_byte(rtf, c);
        break;
    default: /* "\-" and others have no text */
        break;
    }
}

static void read_document(struct rtf *rtf)
{
    while (rtf->at < rtf->end && !writer_is_full(rtf->writer)) {
        char c = *rtf->at++;

        switch (c) {
        case '{':
            begin_group(rtf);
            break;
        case '}':
            end_group(rtf);
            break;
        case '\\':
            if (rtf->at == rtf->end)
                break;
            if ((*rtf->at | 32) >= 'a' && (*rtf->at | 32) <= 'z')
                read_word(rtf);
            else
                read_symbol(rtf);
            break;
        case '\r':
        case '\n':
        case '\0':
            break;
        default:
            if (c == ';' && rtf_top(rtf)->destination == RTF_FONTS)
                rtf_font_end(rtf);
            else
                rtf_put_byte(rtf, c);
        }
    }
}

static void rtf_free(struct rtf **owned)
{
    struct rtf *rtf = *owned;

    if (!rtf)
        return;
    docx_numbering_release(&rtf->numbering);
    arena_release(&rtf->arena);
    buf_release(&rtf->level_text);
    buf_release(&rtf->font_name);
    buf_release(&rtf->style_name);
    buf_release(&rtf->text);
    buf_release(&rtf->bytes);
    buf_release(&rtf->mark);
    buf_release(&rtf->code);
    buf_release(&rtf->info);
    buf_release(&rtf->author);
    buf_release(&rtf->form_entries);
    buf_release(&rtf->notes);
    buf_release(&rtf->note_text);
    buf_release(&rtf->comments);
    buf_release(&rtf->row);
    buf_release(&rtf->above);
    buf_release(&rtf->html);
    free(rtf);
}

static enum status check(const struct rtf *rtf, struct error *err)
{
    const struct buf *const all[] = { &rtf->text, &rtf->bytes, &rtf->notes, &rtf->row, &rtf->html };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->failed == STATUS_NO_MEMORY)
            return error_set(err, STATUS_NO_MEMORY, "out of memory");
        else if (all[i]->failed)
            writer_partial(rtf->writer, "a paragraph is larger than the limit");
    return STATUS_OK;
}

static enum status rtf_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(rtf_free) struct rtf *rtf = calloc(1, sizeof(*rtf));
    enum status status = STATUS_OK;

    if (!rtf)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    rtf->source = source;
    rtf->writer = writer;
    rtf->at = source->bytes.data;
    rtf->end = rtf->at + source->bytes.len;
    rtf->codepage = 1252;
    rtf->link_now = -1;
    rtf->style_name = (struct buf)BUF_INIT(1024);
    rtf->mark = rtf->level_text = (struct buf)BUF_INIT(256);
    rtf->arena = (struct arena)ARENA_INIT(LISTS_BYTES_MAX);
    rtf->code = (struct buf)BUF_INIT(65536);
    rtf->font_name = (struct buf)BUF_INIT(1024);
    rtf->info = rtf->form_entries = (struct buf)BUF_INIT(65536);
    rtf->author = (struct buf)BUF_INIT(1024);
    rtf->text = rtf->bytes = (struct buf)BUF_INIT(RTF_PARAGRAPH_BYTES_MAX);
    rtf->html = (struct buf)BUF_INIT(RTF_HTML_BYTES_MAX);
    rtf->row = rtf->above = (struct buf)BUF_INIT(RTF_PARAGRAPH_BYTES_MAX);
    rtf->notes = rtf->note_text = rtf->comments = (struct buf)BUF_INIT(NOTES_BYTES_MAX);
    rtf->states[0].skip_after_unicode = 1;
    rtf->states[0].outline = -1;
    rtf->states[0].font = RTF_FONTS_MAX;
    for (unsigned i = 0; i < RTF_STYLES_MAX; i++)
        rtf->styles[i].outline = -1;
    rtf->is_whole = source->bytes.len >= 5 && memcmp(source->bytes.data, "{\\rtf", 5) == 0;
    read_document(rtf);
    rtf_end_document(rtf);
    if (rtf->html.len > 0)
        status = xhtml_emit(buf_span(&rtf->html), 0, writer, err);
    if (status)
        return status;
    if (rtf->depth_dropped > 0)
        writer_partial(writer, "groups nest deeper than %u", RTF_DEPTH_MAX);
    return check(rtf, err);
}

static int rtf_bid(const struct bid_input *input)
{
    if (input->head.len >= 5 && memcmp(input->head.data, "{\\rtf", 5) == 0)
        return 100;
    /* a piece of a document, cut out by some program */
    return strcmp(input->extension, "rtf") == 0 && input->head.len >= 2 &&
                   memcmp(input->head.data, "{\\", 2) == 0
               ? 95
               : 0;
}

const struct extractor rtf_extractor = {
    .name = "rtf",
    .version = 11,
    .bid = rtf_bid,
    .extract = rtf_extract,
};
