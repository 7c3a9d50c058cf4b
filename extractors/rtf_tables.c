#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "extractors/rtf.h"

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

void rtf_list_word(struct rtf *rtf, const char *word, int32_t value)
{
    struct rtf_list *list = rtf->list_count ? &rtf->lists[rtf->list_count - 1] : NULL;

    if (strcmp(word, "list") == 0) {
        if (rtf->list_count >= RTF_LISTS_MAX ||
            !array_reserve(&rtf->lists, &rtf->list_capacity, rtf->list_count))
            return;
        rtf->lists[rtf->list_count++] = (struct rtf_list){ .id = 0 };
    } else if (!list) {
        return;
    } else if (strcmp(word, "listid") == 0) {
        list->id = value;
    } else if (strcmp(word, "listlevel") == 0) {
        if (list->level_count < RTF_LEVELS)
            list->format[list->level_count++] = 255;
    } else if ((strcmp(word, "levelnfc") == 0 || strcmp(word, "levelnfcn") == 0) &&
               list->level_count > 0) {
        list->format[list->level_count - 1] = (uint8_t)value;
    }
}

void rtf_override_word(struct rtf *rtf, const char *word, int32_t value)
{
    if (strcmp(word, "listoverride") == 0) {
        if (rtf->override_count >= RTF_LISTS_MAX ||
            !array_reserve(&rtf->overrides, &rtf->override_capacity, rtf->override_count))
            return;
        rtf->overrides[rtf->override_count++] = (struct rtf_override){ 0, 0 };
    } else if (rtf->override_count == 0) {
        return;
    } else if (strcmp(word, "listid") == 0) {
        rtf->overrides[rtf->override_count - 1].list_id = value;
    } else if (strcmp(word, "ls") == 0) {
        rtf->overrides[rtf->override_count - 1].number = value;
    }
}

unsigned rtf_list_format(const struct rtf *rtf, int32_t number, unsigned level)
{
    for (size_t i = 0; i < rtf->override_count; i++) {
        if (rtf->overrides[i].number != number)
            continue;
        for (size_t k = 0; k < rtf->list_count; k++)
            if (rtf->lists[k].id == rtf->overrides[i].list_id && level < rtf->lists[k].level_count)
                return rtf->lists[k].format[level];
    }
    return 255;
}
