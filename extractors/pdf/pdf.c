/*
 * pdf.c - PDF through poppler-glib. Only this file, pdf_extras.c, pdf_library.c, pdf_metadata.c and
 * pdf_picture.c know poppler.
 *
 * One pass over each page: poppler builds its text page once and keeps it with the page, so text,
 * boxes and fonts cost one interpretation of the page's drawing operators; pictures are not
 * decoded. What poppler would inflate is inflated before, where that is cheaper: pdf_unpack.h. What
 * pages that look like tables, or have white text, paint beside it is read there: pdf_content.h.
 */
#include <math.h>
#include <poppler.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/far_bids.h"
#include "extractors/pdf/pdf_boxed.h"
#include "extractors/pdf/pdf_bullets.h"
#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_extras.h"
#include "extractors/pdf/pdf_frames.h"
#include "extractors/pdf/pdf_hidden.h"
#include "extractors/pdf/pdf_initials.h"
#include "extractors/pdf/pdf_line_numbers.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_ocr.h"
#include "extractors/pdf/pdf_rules.h"
#include "extractors/pdf/pdf_shown.h"
#include "extractors/pdf/pdf_tagged.h"
#include "extractors/pdf/pdf_text.h"
#include "extractors/pdf/pdf_unpack.h"
#include "extractors/pdf/pdf_vertical.h"
#include "extractors/pdf/pdf_watermark.h"
#include "ingest/extractor.h"

#define PAGES_MAX          5000
#define FONTS_MAX          60000u
#define OUTLINE_MAX        20000u
#define OUTLINE_DEPTH      12u
#define WORD_BYTES_MAX     4096u
#define FEW_CHARS          64u /* a page with fewer may be a scan: look for pictures */
#define WORD_CHARS_TRACKED 64u
#define COLUMN_NUMBER_MAX  4u /* bytes of a number in a column of letters */
#define HIDDEN_BYTES_MAX   ((size_t)1 << 20)
#define WHITE              0xF000u /* of each colour, out of 0xFFFF */

struct font {
    char *name;
    unsigned flags;
    float alef; /* the narrowest U+0627 seen, in ems; 0: none yet */
};

struct reader {
    struct buf unpacked; /* what poppler reads, when it is not the file itself */
    struct pdf_objects objects;
    struct pdf_tags tags;
    PopplerDocument *document;
    struct pdf_doc doc;
    struct pdf_extras extras;
    struct pdf_ocr ocr;
    struct font *fonts;
    size_t font_count, font_capacity;
    struct pdf_outline *outline;
    size_t outline_count, outline_capacity;
    struct buf word_text, hidden;
    struct pdf_watermarks watermarks;
    struct pdf_bullets bullets;
    bool has_rtl; /* a word with right-to-left letters was read */
    bool no_memory;
};

static void reader_release(struct reader *reader)
{
    for (size_t i = 0; i < reader->font_count; i++)
        free(reader->fonts[i].name);
    for (size_t i = 0; i < reader->outline_count; i++)
        free(reader->outline[i].title);
    free(reader->fonts);
    buf_release(&reader->ocr.read.text);
    pdf_extras_release(&reader->extras);
    free(reader->outline);
    buf_release(&reader->word_text);
    buf_release(&reader->hidden);
    pdf_doc_release(&reader->doc);
    if (reader->document)
        g_object_unref(reader->document);
    pdf_tags_release(&reader->tags);
    pdf_objects_release(&reader->objects);
    buf_release(&reader->unpacked);
}

/* ---- words ---- */

/* A word while its characters arrive. */
struct open_word {
    float x0, y0, x1, y1;
    float first_x, first_y, last_x, last_y; /* middles of the first and last character */
    PopplerRectangle last_box;
    float widths[WORD_CHARS_TRACKED];
    size_t chars;
    uint16_t style, run_style;
    size_t style_chars, run_chars;
    bool is_open, is_after_break, is_glued, is_white;
};

static uint16_t font_find(struct reader *reader, const char *name)
{
    size_t first = reader->font_count > 64 ? reader->font_count - 64 : 0;
    char *copy;

    for (size_t i = reader->font_count; i > first; i--)
        if (strcmp(reader->fonts[i - 1].name, name) == 0)
            return (uint16_t)(i - 1);
    if (reader->font_count >= FONTS_MAX)
        return 0;
    copy = strdup(name);
    if (!copy || !array_reserve(&reader->fonts, &reader->font_capacity, reader->font_count)) {
        free(copy);
        reader->no_memory = true;
        return 0;
    }
    reader->fonts[reader->font_count] = (struct font){ copy, pdf_font_flags(name), 0.0F };
    return (uint16_t)reader->font_count++;
}

static uint16_t style_find(struct reader *reader, const PopplerTextAttributes *attributes)
{
    uint16_t font = font_find(reader, attributes->font_name ? attributes->font_name : "");
    unsigned flags = reader->font_count > font ? reader->fonts[font].flags : 0;

    return pdf_doc_add_style(&reader->doc, (float)attributes->font_size, font, (uint16_t)flags);
}

/* Which way the characters follow each other, in quarter turns clockwise. One character alone goes
 * the way of the word before it. */
static uint8_t word_rotation(const struct open_word *word, uint8_t before)
{
    float dx = word->last_x - word->first_x, dy = word->last_y - word->first_y;

    if (word->chars < 2 || (fabsf(dx) < 0.01F && fabsf(dy) < 0.01F))
        return before;
    if (fabsf(dx) >= fabsf(dy))
        return dx >= 0.0F ? 0 : 2;
    return dy > 0.0F ? 1 : 3;
}

/* Signs and figures among right-to-left text follow each other to the left and are not upside down:
 * "3-" is drawn so. */
static bool word_goes_left(const struct reader *reader, const struct pdf_word *word, uint8_t before)
{
    return before == 0 && word->rotation == 2 &&
           (word->flags & PDF_WORD_RTL || (reader->has_rtl && !(word->flags & PDF_WORD_LTR)));
}

static void word_turn(const struct pdf_page *page, struct pdf_word *word)
{
    struct pdf_word in = *word;

    switch (word->rotation) {
    case 1:
        word->x0 = in.y0;
        word->x1 = in.y1;
        word->y0 = page->width - in.x1;
        word->y1 = page->width - in.x0;
        break;
    case 2:
        word->x0 = page->width - in.x1;
        word->x1 = page->width - in.x0;
        word->y0 = page->height - in.y1;
        word->y1 = page->height - in.y0;
        break;
    case 3:
        word->x0 = page->height - in.y1;
        word->x1 = page->height - in.y0;
        word->y0 = in.x0;
        word->y1 = in.x1;
        break;
    default:
        break;
    }
}

/* A word's right-to-left letters into the order of reading. */
static void word_order_letters(struct reader *reader, const struct open_word *open)
{
    const struct pdf_style *style = &reader->doc.styles[open->style];
    struct font *font = style->font < reader->font_count ? &reader->fonts[style->font] : NULL;

    if (!font || open->chars > WORD_CHARS_TRACKED || style->size <= 0.0F)
        return;
    pdf_text_order_lam_alef(&reader->word_text, open->widths, open->chars, style->size,
                            &font->alef);
}

static void word_close(struct reader *reader, struct open_word *open, uint8_t *rotation)
{
    struct pdf_doc *doc = &reader->doc;
    struct pdf_word word = { 0 };

    if (!open->is_open)
        return;
    open->is_open = false;
    if (open->run_chars > open->style_chars)
        open->style = open->run_style;
    if (reader->word_text.len >= 2 &&
        memcmp(reader->word_text.data + reader->word_text.len - 2, "\xC2\xAD", 2) == 0) {
        reader->word_text.len -= 2;
        reader->word_text.data[reader->word_text.len] = '\0';
        word.flags |= PDF_WORD_HYPHEN;
    }
    word.flags |= pdf_text_directions(buf_span(&reader->word_text)) & 0xFFU;
    if (word.flags & PDF_WORD_RTL && open->style < doc->style_count)
        word_order_letters(reader, open);
    pdf_text_compose(&reader->word_text);
    pdf_text_drop_escapes(&reader->word_text);
    word.x0 = open->x0;
    word.y0 = open->y0;
    word.x1 = open->x1;
    word.y1 = open->y1;
    word.style = open->style;
    reader->has_rtl |= (word.flags & PDF_WORD_RTL) != 0;
    word.rotation = word_rotation(open, *rotation);
    if (word_goes_left(reader, &word, *rotation))
        word.rotation = 0;
    *rotation = word.rotation;
    word.flags |= open->is_after_break ? PDF_WORD_BREAK : 0U;
    word.flags |= open->is_glued ? PDF_WORD_GLUED : 0U;
    word.flags |= open->is_white ? PDF_WORD_WHITE : 0U;
    word_turn(&doc->pages[doc->page_count - 1], &word);
    pdf_doc_add_word(doc, &word, buf_span(&reader->word_text));
    buf_clear(&reader->word_text);
    open->is_after_break = open->is_glued = false;
}

/* fminf() and fmaxf() are calls, for the sake of what is no number: such boxes are dropped later.
 */
static float lesser(double a, double b)
{
    return (float)(a < b ? a : b);
}

static float greater(double a, double b)
{
    return (float)(a > b ? a : b);
}

/* poppler leaves out some spaces between right-to-left words: there the next character is not
 * beside the last one. */
static bool word_jumps(const struct open_word *open, const PopplerRectangle *box)
{
    const PopplerRectangle *last = &open->last_box;
    float x = greater(lesser(box->x1, box->x2) - greater(last->x1, last->x2),
                      lesser(last->x1, last->x2) - greater(box->x1, box->x2));
    float y = greater(lesser(box->y1, box->y2) - greater(last->y1, last->y2),
                      lesser(last->y1, last->y2) - greater(box->y1, box->y2));
    float height = lesser(fabs(last->y2 - last->y1), fabs(last->x2 - last->x1) * 4.0);

    return open->is_open && greater(x, y) > 0.4F * height && greater(x, y) > 1.0F;
}

/* The name of a style's font whose letters are pictures, else NULL. */
static const char *symbols_of(const struct reader *reader, uint16_t style)
{
    const struct pdf_style *style_at = &reader->doc.styles[style];

    return style < reader->doc.style_count && style_at->flags & PDF_SYMBOL
               ? reader->fonts[style_at->font].name
               : NULL;
}

static void word_add(struct reader *reader, struct open_word *open, uint32_t c,
                     const PopplerRectangle *box, uint16_t style)
{
    float x0 = lesser(box->x1, box->x2), x1 = greater(box->x1, box->x2);
    float y0 = lesser(box->y1, box->y2), y1 = greater(box->y1, box->y2);
    const char *symbols;

    if (!open->is_open) {
        bool is_after_break = open->is_after_break, is_glued = open->is_glued;

        *open = (struct open_word){ x0, y0, x1, y1, .style = style, .run_style = style };
        open->is_open = true;
        open->is_after_break = is_after_break;
        open->is_glued = is_glued;
        open->first_x = (x0 + x1) / 2.0F;
        open->first_y = (y0 + y1) / 2.0F;
    }
    open->x0 = lesser(open->x0, x0);
    open->y0 = lesser(open->y0, y0);
    open->x1 = greater(open->x1, x1);
    open->y1 = greater(open->y1, y1);
    open->last_box = *box;
    open->last_x = (x0 + x1) / 2.0F;
    open->last_y = (y0 + y1) / 2.0F;
    if (open->chars < WORD_CHARS_TRACKED)
        open->widths[open->chars] = x1 - x0;
    open->chars++;
    if (style != open->run_style) {
        if (open->run_chars > open->style_chars) {
            open->style = open->run_style;
            open->style_chars = open->run_chars;
        }
        open->run_style = style;
        open->run_chars = 0;
    }
    open->run_chars++;
    symbols = symbols_of(reader, style);
    if (symbols)
        pdf_text_append_symbol(&reader->word_text, symbols, c);
    else
        pdf_text_append(&reader->word_text, c);
}

/* g_utf8_next_char() casts const away. */
static const char *next_char(const char *at)
{
    return at + g_utf8_skip[(unsigned char)*at];
}

static bool is_bidi_control(uint32_t c)
{
    return c >= 0x202A && c <= 0x202E;
}

/* poppler puts direction marks into the text that have no box: then both have the same length only
 * without them. */
static bool text_has_boxless_marks(const char *text, size_t box_count)
{
    size_t chars = 0, marks = 0;

    for (const char *at = text; *at; at = next_char(at)) {
        chars++;
        marks += is_bidi_control(g_utf8_get_char(at));
    }
    return marks > 0 && chars > box_count;
}

/* A control character, a blank of any width: words end there. */
static bool ends_word(uint32_t c)
{
    return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x3000 || c == 0x202F ||
           c == 0x205F;
}

static bool run_is_white(const PopplerTextAttributes *run)
{
    return run->color.red >= WHITE && run->color.green >= WHITE && run->color.blue >= WHITE;
}

/* Letters of a page that stand below each other: see pdf_vertical.h. */
struct columns {
    struct pdf_glyph *glyphs; /* in the order of reading */
    size_t count;
    uint32_t *places; /* of each character of the page: its place in glyphs, from 1; 0: none */
};

static void columns_release(struct columns *columns)
{
    free(columns->glyphs);
    free(columns->places);
}

static bool text_has_cjk(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at >= 0xE3 && *at != 0xEF)
            return true;
    return false;
}

/* Without memory there are no columns. */
static void columns_find(struct columns *columns, const char *text, const PopplerRectangle *boxes,
                         size_t box_count, bool skips_marks)
{
    size_t i = 0, count = 0;

    if (!text_has_cjk(text))
        return;
    columns->glyphs = malloc((box_count + 1) * sizeof(columns->glyphs[0]));
    if (!columns->glyphs)
        return;
    for (const char *at = text; *at && i < box_count; at = next_char(at)) {
        uint32_t c = g_utf8_get_char(at);

        if (skips_marks && is_bidi_control(c))
            continue;
        if (pdf_glyph_is_vertical(c))
            columns->glyphs[count++] = (struct pdf_glyph){ .x0 = lesser(boxes[i].x1, boxes[i].x2),
                                                           .y0 = lesser(boxes[i].y1, boxes[i].y2),
                                                           .x1 = greater(boxes[i].x1, boxes[i].x2),
                                                           .y1 = greater(boxes[i].y1, boxes[i].y2),
                                                           .c = c,
                                                           .index = (uint32_t)i };
        i++;
    }
    count = pdf_vertical_find(columns->glyphs, count);
    columns->places = count ? calloc(box_count + 1, sizeof(columns->places[0])) : NULL;
    if (!columns->places)
        return;
    columns->count = count;
    for (size_t k = 0; k < count; k++)
        columns->places[columns->glyphs[k].index] = (uint32_t)k + 1;
}

/* Is the word so far the number of an item or a section at a line's start, "1." or "2.3.", and c
 * the capital that the text begins with? A tab may be so narrow that it is no space. */
static bool is_behind_number(const struct reader *reader, const struct open_word *open, uint32_t c,
                             uint16_t style)
{
    const struct buf *text = &reader->word_text;

    if (!open->is_open || !open->is_after_break || text->len < 2 ||
        text->data[text->len - 1] != '.' || text->data[0] == '.' || !u_isupper((UChar32)c) ||
        reader->doc.styles[style].flags & PDF_MONO)
        return false;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] != '.' && (text->data[i] < '0' || text->data[i] > '9'))
            return false;
    return true;
}

/* One character of a word. */
static void char_add(struct reader *reader, struct open_word *open, uint32_t c,
                     const PopplerRectangle *box, uint16_t style, bool is_white, uint8_t *rotation)
{
    if (word_jumps(open, box) || is_behind_number(reader, open, c, style))
        word_close(reader, open, rotation);
    word_add(reader, open, c, box, style);
    open->is_white = is_white && (open->is_white || open->chars == 1);
    if (reader->word_text.len > WORD_BYTES_MAX) {
        word_close(reader, open, rotation);
        open->is_glued = true;
    }
}

/* Words of letters below each other, as if they were turned: that is how such fonts come. */
static void columns_words(struct reader *reader, const struct columns *columns)
{
    struct open_word open = { .is_after_break = true };
    uint8_t rotation = 1;

    for (size_t i = 0; i < columns->count; i++) {
        const struct pdf_glyph *glyph = &columns->glyphs[i];
        PopplerRectangle box = { glyph->x0, glyph->y0, glyph->x1, glyph->y1 };

        if (glyph->begins) {
            word_close(reader, &open, &rotation);
            open.is_after_break = true;
            rotation = 1;
        }
        char_add(reader, &open, glyph->c, &box, glyph->style, glyph->is_white, &rotation);
    }
    word_close(reader, &open, &rotation);
}

/* A number that stands in a column, between its letters, is turned with them. */
static void columns_take_numbers(struct reader *reader, const struct columns *columns)
{
    struct pdf_doc *doc = &reader->doc;
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];

    for (uint32_t i = 0; i < page->word_count && columns->count; i++) {
        struct pdf_word *word = &doc->words[page->word_start + i];

        if (word->rotation != 0 || word->text_len > COLUMN_NUMBER_MAX ||
            !pdf_vertical_holds(columns->glyphs, columns->count, word->x0, word->y0, word->x1,
                                word->y1))
            continue;
        word->rotation = 1;
        word_turn(page, word);
    }
}

static void page_words(struct reader *reader, const char *text, const PopplerRectangle *boxes,
                       size_t box_count, GList *attributes)
{
    bool skips_marks = text_has_boxless_marks(text, box_count);
    CLEANUP(columns_release) struct columns columns = { 0 };
    struct open_word open = { .is_after_break = true };
    const GList *next = attributes;
    bool is_white = false;
    uint16_t style = 0;
    int style_end = -1;
    uint8_t rotation = 0;
    size_t i = 0;

    columns_find(&columns, text, boxes, box_count, skips_marks);
    for (const char *at = text; *at && i < box_count; at = next_char(at)) {
        uint32_t c = g_utf8_get_char(at);

        if (skips_marks && is_bidi_control(c))
            continue;
        if ((int)i > style_end && next) {
            const PopplerTextAttributes *run = next->data;

            style = style_find(reader, run);
            style_end = run->end_index;
            is_white = run_is_white(run);
            next = next->next;
        }
        if (columns.count && columns.places[i]) {
            struct pdf_glyph *glyph = &columns.glyphs[columns.places[i] - 1];

            word_close(reader, &open, &rotation);
            glyph->style = style;
            glyph->is_white = is_white;
        } else if (ends_word(c)) {
            word_close(reader, &open, &rotation);
            open.is_after_break |= c == '\n' || c == '\f';
        } else if (c == 0xAD && boxes[i].x2 - boxes[i].x1 < 0.2) {
            /* a soft hyphen that is not drawn */
        } else {
            char_add(reader, &open, c, &boxes[i], style, is_white, &rotation);
        }
        i++;
    }
    word_close(reader, &open, &rotation);
    columns_take_numbers(reader, &columns);
    columns_words(reader, &columns);
}

/* ---- pages and outline ---- */

/* What the page being read paints; poppler is asked only where its objects cannot be read. */
struct page_look {
    struct pdf_paints paints;
    bool is_tried, is_known;
};

static void page_look_release(struct page_look *look)
{
    pdf_paints_release(&look->paints);
}

static bool page_look(struct reader *reader, struct page_look *look)
{
    if (!look->is_tried)
        look->is_known = pdf_content_read(&reader->objects, reader->doc.page_count - 1,
                                          reader->tags.mark_count > 0, &look->paints);
    look->is_tried = true;
    return look->is_known;
}

static bool page_shows_pictures(struct reader *reader, PopplerPage *page, struct page_look *look)
{
    GList *images;
    bool has_images = false;

    if (page_look(reader, look)) {
        for (size_t i = 0; i < look->paints.count && !has_images; i++)
            has_images = look->paints.items[i].kind == PDF_PAINT_PICTURE;
        return has_images;
    }
    images = poppler_page_get_image_mapping(page);
    has_images = images != NULL;
    poppler_page_free_image_mapping(images);
    return has_images;
}

/* A page's characters as poppler has them. */
struct page_text {
    char *text;
    PopplerRectangle *boxes;
    guint box_count;
    GList *attributes;
};

static void page_text_release(struct page_text *page)
{
    g_free(page->text);
    g_free(page->boxes);
    poppler_page_free_text_attributes(page->attributes);
}

static bool text_has_rtl(const char *text)
{
    /* U+0590 to U+07BF begin with D6 to DE in UTF-8. */
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at >= 0xD6 && *at <= 0xDE)
            return true;
    return false;
}

/* poppler takes an area for a selection from its first corner to its last, and leaves out what lies
 * before the block nearest to the first or after the one nearest to the last. Corners far outside
 * the page lose the least; which two of them depends on the direction of the text. */
static void page_text_read(PopplerPage *page, struct page_text *out)
{
    static const double far = 1.0e6;
    PopplerRectangle down_right = { -far, -far, far, far }, down_left = { far, -far, -far, far };
    PopplerRectangle *corners = &down_right, *boxes = NULL;
    guint count = 0;

    out->text = poppler_page_get_text_for_area(page, corners);
    if (!out->text ||
        !poppler_page_get_text_layout_for_area(page, corners, &out->boxes, &out->box_count))
        return;
    if (text_has_rtl(out->text) &&
        poppler_page_get_text_layout_for_area(page, &down_left, &boxes, &count)) {
        if (count > out->box_count) {
            corners = &down_left;
            g_free(out->text);
            g_free(out->boxes);
            out->text = poppler_page_get_text_for_area(page, corners);
            out->boxes = boxes;
            out->box_count = count;
        } else {
            g_free(boxes);
        }
    }
    out->attributes = poppler_page_get_text_attributes_for_area(page, corners);
}

static bool page_may_have_bullets(struct reader *reader, const struct page_look *look)
{
    size_t index = reader->doc.page_count - 1;

    return reader->doc.pages[index].word_count > 0 &&
           (look->is_tried || pdf_content_may_have_dots(&reader->objects, index));
}

/* Builds the lines; looks at the page where its text alone does not tell enough. */
static void page_lines(struct reader *reader, struct page_look *look)
{
    struct pdf_doc *doc = &reader->doc;
    size_t index = doc->page_count - 1;

    if ((reader->tags.mark_count || pdf_content_has_invisible(&reader->objects, index)) &&
        page_look(reader, look))
        pdf_shown_assign(doc, &look->paints.shows, &reader->tags);
    if (pdf_hidden_is_likely(doc, index) && page_look(reader, look))
        pdf_hidden_take(doc, &look->paints, &reader->hidden);
    if (page_may_have_bullets(reader, look) && page_look(reader, look))
        pdf_bullets_write(doc, &look->paints.dots, &reader->bullets);
    pdf_boxed_join(doc);
    pdf_watermark_find(doc, &reader->watermarks);
    pdf_initials_set(doc);
    pdf_lines_build(doc, index);
    if (!doc->failed && pdf_frames_are_likely(doc) && page_look(reader, look))
        pdf_frames_find(doc, &look->paints);
    if (!doc->failed && pdf_rules_are_likely(doc, index) && page_look(reader, look))
        pdf_rules_find(doc, index, &look->paints);
}

static enum status page_read(struct reader *reader, PopplerPage *page, struct writer *writer,
                             struct error *err)
{
    CLEANUP(page_text_release) struct page_text text = { 0 };
    CLEANUP(page_look_release) struct page_look look = { 0 };
    double width, height;
    bool is_wanted, *has_images;
    enum status status = STATUS_OK;

    poppler_page_get_size(page, &width, &height);
    pdf_doc_add_page(&reader->doc, (float)width, (float)height);
    if (reader->doc.failed)
        return STATUS_OK;
    page_text_read(page, &text);
    if (text.text && text.boxes)
        page_words(reader, text.text, text.boxes, text.box_count, text.attributes);
    is_wanted = pdf_ocr_wants(&reader->ocr, text.box_count);
    has_images = &reader->doc.pages[reader->doc.page_count - 1].has_images;
    if (text.box_count < FEW_CHARS || is_wanted)
        *has_images = page_shows_pictures(reader, page, &look);
    if (is_wanted && *has_images && !reader->doc.failed)
        status = pdf_ocr_page(&reader->ocr, page, &reader->doc, writer, err);
    if (!pdf_extras_read(&reader->doc, &reader->extras, &reader->tags, &reader->objects, page))
        reader->no_memory = true;
    page_lines(reader, &look);
    return status;
}

static uint32_t action_page(PopplerDocument *document, const PopplerAction *action)
{
    const PopplerDest *dest;
    PopplerDest *named = NULL;
    uint32_t page = 0;

    if (action->type != POPPLER_ACTION_GOTO_DEST || !action->goto_dest.dest)
        return 0;
    dest = action->goto_dest.dest;
    if (dest->type == POPPLER_DEST_NAMED && dest->named_dest) {
        named = poppler_document_find_dest(document, dest->named_dest);
        dest = named;
    }
    if (dest && dest->page_num > 0)
        page = (uint32_t)dest->page_num;
    if (named)
        poppler_dest_free(named);
    return page;
}

/* Takes iter. */
static void outline_read(struct reader *reader, PopplerIndexIter *iter, unsigned level)
{
    if (!iter)
        return;
    do {
        PopplerAction *action = poppler_index_iter_get_action(iter);

        if (action && reader->outline_count < OUTLINE_MAX && !reader->no_memory) {
            char *title = strdup(action->any.title ? action->any.title : "");

            if (title &&
                array_reserve(&reader->outline, &reader->outline_capacity, reader->outline_count)) {
                reader->outline[reader->outline_count++] =
                    (struct pdf_outline){ title, action_page(reader->document, action), level };
            } else {
                free(title);
                reader->no_memory = true;
            }
        }
        if (action)
            poppler_action_free(action);
        if (level < OUTLINE_DEPTH && reader->outline_count < OUTLINE_MAX)
            outline_read(reader, poppler_index_iter_get_child(iter), level + 1);
    } while (reader->outline_count < OUTLINE_MAX && poppler_index_iter_next(iter));
    poppler_index_iter_free(iter);
}

/* ---- the extractor ---- */

static enum status open_error(const GError *error, const char *name, struct error *err)
{
    if (error && error->domain == POPPLER_ERROR && error->code == POPPLER_ERROR_ENCRYPTED)
        return error_set(err, STATUS_UNSUPPORTED, "encrypted with a password");
    return error_set(err, STATUS_MALFORMED, "cannot read PDF '%s': %s", name,
                     error ? error->message : "no reason given");
}

static enum status document_open(struct reader *reader, const struct source *source,
                                 struct writer *writer, struct error *err)
{
    unsigned cut_count = 0;
    bool keeps_drawing = source->ocr != NULL;
    bool is_unpacked =
        pdf_unpack(source->bytes, keeps_drawing, &reader->unpacked, &reader->objects, &cut_count);
    struct span file = is_unpacked ? buf_span(&reader->unpacked) : source->bytes;
    GBytes *bytes = g_bytes_new_static(file.data, file.len);
    GError *error = NULL;
    enum status status = STATUS_OK;

    if (cut_count > 0) {
        struct error problem;

        (void)error_set(&problem, STATUS_LIMIT, "%u of its streams %s longer than 32 MiB",
                        cut_count, cut_count == 1 ? "is" : "are");
        writer_problem(writer, &problem);
    }

    reader->document = poppler_document_new_from_bytes(bytes, NULL, &error);
    if (!reader->document)
        status = open_error(error, source->name, err);
    else
        reader->no_memory |= !pdf_tags_read(&reader->objects, &reader->tags);
    reader->doc.tags = reader->tags.items;
    reader->doc.tag_count = reader->tags.count;
    g_clear_error(&error);
    g_bytes_unref(bytes);
    return status;
}

static enum status pages_read(struct reader *reader, const struct source *source,
                              struct writer *writer, struct error *err)
{
    int count = poppler_document_get_n_pages(reader->document);
    enum status status = STATUS_OK;

    if (count > PAGES_MAX) {
        writer_partial(writer, "only the first %d of %d pages were read", PAGES_MAX, count);
        count = PAGES_MAX;
    }
    if (!pdf_extras_read_appearances(&reader->extras, &reader->objects, (size_t)count))
        reader->no_memory = true;
    for (int i = 0; i < count && !status && !reader->doc.failed && !reader->no_memory; i++) {
        PopplerPage *page = poppler_document_get_page(reader->document, i);

        source_progress(source);
        if (!page) {
            writer_partial(writer, "page %d of %d is broken", i + 1, count);
            pdf_doc_add_page(&reader->doc, 0.0F, 0.0F);
            continue;
        }
        status = page_read(reader, page, writer, err);
        g_object_unref(page);
    }
    ocr_page_list_send(&reader->ocr.read, writer);
    return status;
}

/* The title on the first page, where the metadata has none. */
static void title_send(const struct pdf_doc *doc, const struct pdf_blocks *blocks,
                       struct writer *writer)
{
    CLEANUP(buf_release) struct buf title = BUF_INIT(4096);

    for (size_t i = 0; i < blocks->count; i++) {
        const struct pdf_block *block = &blocks->items[i];

        if (block->kind != BLOCK_TITLE)
            continue;
        for (uint32_t l = 0; l < block->line_count; l++) {
            const struct pdf_line *line = &doc->lines[block->line_start + l];

            for (uint32_t w = 0; w < line->word_count; w++) {
                struct span text = pdf_word_text(doc, &doc->ordered[line->word_start + w]);

                if (title.len && !(doc->ordered[line->word_start + w].flags & PDF_WORD_GLUED))
                    buf_append_char(&title, ' ');
                buf_append(&title, text.data, text.len);
            }
        }
        writer_metadata(writer, "title", buf_span(&title));
        return;
    }
}

static enum status pdf_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(reader_release)
    struct reader reader = { .unpacked = BUF_INIT(PDF_UNPACK_BYTES_MAX),
                             .doc = PDF_DOC_INIT,
                             .ocr = PDF_OCR_INIT(source),
                             .word_text = BUF_INIT((size_t)2 * WORD_BYTES_MAX),
                             .hidden = BUF_INIT(HIDDEN_BYTES_MAX) };
    struct pdf_blocks blocks = { 0 };
    enum status status = document_open(&reader, source, writer, err);
    bool ok, has_title;

    if (status)
        return status;
    has_title = pdf_metadata_send(reader.document, writer);
    status = pages_read(&reader, source, writer, err);
    if (status)
        return status;
    if (!pdf_stamps_add(&reader.watermarks, &reader.extras))
        reader.no_memory = true;
    outline_read(&reader, poppler_index_iter_new(reader.document), 1);
    if (reader.doc.page_count == 0)
        return error_set(err, STATUS_MALFORMED, "cannot read PDF '%s': it has no pages",
                         source->name);
    if (reader.doc.failed && reader.doc.word_count >= PDF_WORDS_MAX) {
        writer_partial(writer, "more than %zu words", PDF_WORDS_MAX);
        reader.doc.failed = false;
    }
    if (reader.hidden.len)
        writer_hidden(writer, buf_span(&reader.hidden));
    pdf_boilerplate_mark(&reader.doc);
    pdf_line_numbers_mark(&reader.doc);
    pdf_doc_settle_styles(&reader.doc);
    for (size_t i = 0; i < reader.doc.page_count && !reader.doc.failed; i++)
        pdf_layout_page(&reader.doc, i, source->keep_boilerplate);
    pdf_tagged_judge(&reader.doc);
    ok = !reader.doc.failed && !reader.no_memory &&
         pdf_structure_find(&reader.doc, reader.outline, reader.outline_count, &blocks);
    if (ok && !has_title)
        title_send(&reader.doc, &blocks, writer);
    ok = ok && pdf_emit(&reader.doc, &blocks, &reader.extras, writer);
    pdf_blocks_release(&blocks);
    return ok ? STATUS_OK
              : error_set(err, STATUS_NO_MEMORY, "no memory for PDF '%s'", source->name);
}

const struct extractor pdf_extractor = {
    .name = "pdf",
    .version = 34,
    .bid = pdf_bid,
    .extract = pdf_extract,
};
