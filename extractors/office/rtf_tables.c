#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/office/rtf.h"

uint16_t rtf_codepage_of_charset(int32_t charset, uint16_t otherwise)
{
    static const struct {
        uint8_t charset;
        uint16_t codepage;
    } known[] = {
        { 0, 1252 },   { 77, 10000 }, { 128, 932 },  { 129, 949 },  { 130, 1361 }, { 134, 936 },
        { 136, 950 },  { 161, 1253 }, { 162, 1254 }, { 163, 1258 }, { 177, 1255 }, { 178, 1256 },
        { 186, 1257 }, { 204, 1251 }, { 222, 874 },  { 238, 1250 }, { 255, 437 },
    };

    /* Charset 0 says "ANSI", which is what the document says it is. */
    for (size_t i = 1; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].charset == charset)
            return known[i].codepage;
    return otherwise;
}

void rtf_font_word(struct rtf *rtf, const char *word, int32_t value)
{
    if (strcmp(word, "f") == 0) {
        rtf->font_now = value >= 0 && value < (int32_t)RTF_FONTS_MAX ? value : -1;
        return;
    }
    if (rtf->font_now < 0)
        return;
    if (strcmp(word, "fcharset") == 0) {
        rtf->fonts[rtf->font_now].is_symbol = value == 2;
        rtf->fonts[rtf->font_now].codepage = rtf_codepage_of_charset(value, 0);
    } else if (strcmp(word, "cpg") == 0 && value > 0 && value < 65536) {
        rtf->fonts[rtf->font_now].codepage = (uint16_t)value;
    }
}

void rtf_font_end(struct rtf *rtf)
{
    rtf_flush(rtf);
    if (rtf->font_now >= 0)
        (void)snprintf(rtf->fonts[rtf->font_now].name, RTF_FONT_NAME_MAX, "%s",
                       rtf->font_name.data);
    buf_clear(&rtf->font_name);
}

/* ---- styles ---- */

static bool name_is(const struct buf *name, const char *text)
{
    return name->len == strlen(text) && strncasecmp(name->data, text, name->len) == 0;
}

void rtf_style_word(struct rtf *rtf, const char *word, int32_t value)
{
    if (strcmp(word, "s") == 0)
        rtf->style_now =
            value >= 0 && value < (int32_t)RTF_STYLES_MAX ? (unsigned)value : RTF_STYLES_MAX;
    else if (strcmp(word, "cs") == 0 || strcmp(word, "ts") == 0 || strcmp(word, "ds") == 0)
        rtf->style_now = RTF_STYLES_MAX;
    else if (strcmp(word, "outlinelevel") == 0)
        rtf->style_draft.outline = (int16_t)(value >= 0 && value < 9 ? value : -1);
    else if (strcmp(word, "ls") == 0)
        rtf->style_draft.list = value;
    else if (strcmp(word, "ilvl") == 0)
        rtf->style_draft.list_level = (uint8_t)(value & 15);
    else if (strcmp(word, "sbasedon") == 0 && value >= 0 && value < (int32_t)RTF_STYLES_MAX) {
        const struct rtf_style *base = &rtf->styles[value];

        if (rtf->style_draft.outline < 0)
            rtf->style_draft.outline = base->outline;
        rtf->style_draft.is_code |= base->is_code;
        rtf->style_draft.is_caption |= base->is_caption;
    }
}

void rtf_style_end(struct rtf *rtf)
{
    struct buf *name = &rtf->style_name;
    struct rtf_style *style = &rtf->style_draft;

    while (name->len > 0 && strchr("; \r\n", name->data[name->len - 1]))
        name->data[--name->len] = '\0';
    if (name->len == 9 && strncasecmp(name->data, "heading ", 8) == 0 && name->data[8] >= '1' &&
        name->data[8] <= '9')
        style->outline = (int16_t)(name->data[8] - '1');
    style->is_title = name_is(name, "title");
    style->is_subtitle = name_is(name, "subtitle");
    style->is_quote = name_is(name, "quote") || name_is(name, "intense quote") ||
                      name_is(name, "quotations") || name_is(name, "block text");
    style->is_caption |= name_is(name, "caption");
    style->is_code |= name_is(name, "html preformatted") || name_is(name, "source code") ||
                      name_is(name, "preformatted text") || name_is(name, "code") ||
                      name_is(name, "macro");
    if (rtf->style_now < RTF_STYLES_MAX)
        rtf->styles[rtf->style_now] = *style;
    *style = (struct rtf_style){ .outline = -1 };
    rtf->style_now = 0;
    buf_clear(name);
}

/* ---- lists ---- */

static void begin_list(struct rtf *rtf)
{
    struct docx_numbering *numbering = &rtf->numbering;
    struct docx_list list = { .id = 0 };

    for (unsigned i = 0; i < DOCX_LEVELS; i++)
        list.levels[i] = (struct docx_level){ .format = DOCX_FORMAT_NONE, .text = { "", 0 } };
    rtf->level_count = 0;
    if (numbering->list_count < RTF_LISTS_MAX &&
        array_reserve(&numbering->lists, &numbering->list_capacity, numbering->list_count))
        numbering->lists[numbering->list_count++] = list;
}

/* The level that is read of the list that is; NULL: none. */
static struct docx_level *level_now(struct rtf *rtf)
{
    struct docx_numbering *numbering = &rtf->numbering;

    if (numbering->list_count == 0 || rtf->level_count == 0 || rtf->level_count > DOCX_LEVELS)
        return NULL;
    return &numbering->lists[numbering->list_count - 1].levels[rtf->level_count - 1];
}

static void read_level_word(struct docx_level *level, const char *word, int32_t value)
{
    if (strcmp(word, "levelnfc") == 0 || strcmp(word, "levelnfcn") == 0)
        level->format = docx_format_of((unsigned)value);
    else if (strcmp(word, "levelstartat") == 0)
        level->start = value >= 0 && value < 0x8000 ? value : 0;
    else if (strcmp(word, "levellegal") == 0)
        level->is_legal = value != 0;
    else if (strcmp(word, "levelnorestart") == 0)
        level->has_restart = value != 0; /* below no level */
}

void rtf_list_word(struct rtf *rtf, const char *word, int32_t value)
{
    struct docx_numbering *numbering = &rtf->numbering;
    struct docx_level *level = level_now(rtf);

    if (strcmp(word, "list") == 0)
        begin_list(rtf);
    else if (numbering->list_count > 0 && strcmp(word, "listid") == 0)
        numbering->lists[numbering->list_count - 1].id = value;
    else if (numbering->list_count > 0 && strcmp(word, "listlevel") == 0)
        rtf->level_count++;
    else if (level)
        read_level_word(level, word, value);
}

/* Its length, then the mark, in which a character below 9 is the number of that level; at last
 * ';'. */
void rtf_level_text_end(struct rtf *rtf)
{
    CLEANUP(buf_release) struct buf mark = BUF_INIT(256);
    struct docx_level *level = level_now(rtf);
    struct span text = buf_span(&rtf->level_text);
    char *copy;

    if (text.len > 0 && text.data[text.len - 1] == ';')
        text.len--;
    for (size_t i = 1; i < text.len; i++) {
        if ((unsigned char)text.data[i] < DOCX_LEVELS)
            buf_printf(&mark, "%%%d", text.data[i] + 1);
        else if ((unsigned char)text.data[i] >= ' ')
            buf_append_char(&mark, text.data[i]);
    }
    copy = level ? arena_copy(&rtf->arena, buf_span(&mark)) : NULL;
    if (copy)
        level->text = (struct span){ copy, mark.len };
    buf_clear(&rtf->level_text);
}

static void begin_override(struct rtf *rtf)
{
    struct docx_numbering *numbering = &rtf->numbering;
    struct docx_number number = { .id = 0 };

    for (unsigned i = 0; i < DOCX_LEVELS; i++)
        number.restart[i] = -1;
    rtf->level_count = 0;
    if (numbering->number_count < RTF_LISTS_MAX &&
        array_reserve(&numbering->numbers, &numbering->number_capacity, numbering->number_count))
        numbering->numbers[numbering->number_count++] = number;
}

void rtf_override_word(struct rtf *rtf, const char *word, int32_t value)
{
    struct docx_numbering *numbering = &rtf->numbering;
    struct docx_number *number;

    if (strcmp(word, "listoverride") == 0)
        begin_override(rtf);
    if (numbering->number_count == 0)
        return;
    number = &numbering->numbers[numbering->number_count - 1];
    if (strcmp(word, "listid") == 0)
        number->list_id = value;
    else if (strcmp(word, "ls") == 0)
        number->id = value;
    else if (strcmp(word, "lfolevel") == 0)
        rtf->level_count++;
    else if (strcmp(word, "levelstartat") == 0 && value >= 0 && value < 0x8000 &&
             rtf->level_count > 0 && rtf->level_count <= DOCX_LEVELS)
        number->restart[rtf->level_count - 1] = value;
}
