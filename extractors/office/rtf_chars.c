#include "extractors/office/rtf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/symbol_font.h"

/* The buffer that text of the destination at hand goes to; NULL: nowhere. */
static struct buf *sink(struct rtf *rtf)
{
    const struct rtf_state *now = rtf_top(rtf);

    switch (now->destination) {
    case RTF_HTML:
        return &rtf->html;
    case RTF_BODY:
        if (rtf->is_html)
            return now->is_not_html ? NULL : &rtf->html;
        return now->is_deleted ? NULL : &rtf->text;
    case RTF_NOTE:
    case RTF_ANNOTATION:
        return now->is_deleted ? NULL : &rtf->note_text;
    case RTF_STYLES:
        return &rtf->style_name;
    case RTF_INFO:
        return now->info_name ? &rtf->info : NULL;
    case RTF_INSTRUCTION:
        return &rtf->code;
    case RTF_LIST_TEXT:
        return &rtf->mark;
    case RTF_LEVEL_TEXT:
        return &rtf->level_text;
    case RTF_ANNOTATION_AUTHOR:
        return &rtf->author;
    case RTF_FORM_ENTRY:
        return &rtf->form_entries;
    case RTF_FONTS:
        return &rtf->font_name;
    case RTF_FORM:
    case RTF_SKIPPED:
    case RTF_LISTS:
    case RTF_OVERRIDES:
        break;
    }
    return NULL;
}

void rtf_note_looks(struct rtf *rtf, size_t text_start, uint8_t looks)
{
    struct rtf_look *last;

    if (text_start == 0)
        rtf->look_count = 0;
    last = rtf->look_count ? &rtf->looks[rtf->look_count - 1] : NULL;
    if (last && last->looks == looks)
        last->end = rtf->text.len;
    else if (rtf->look_count < RTF_LOOKS_MAX)
        rtf->looks[rtf->look_count++] = (struct rtf_look){ rtf->text.len, looks };
}

static void put_utf8(struct rtf *rtf, struct span text)
{
    struct buf *out = sink(rtf);
    size_t before = rtf->text.len;

    if (!out)
        return;
    if (rtf_top(rtf)->is_hidden && !rtf->is_html)
        writer_hidden(rtf->writer, text);
    else
        buf_append(out, text.data, text.len);
    if (rtf->text.len > before)
        rtf_note_looks(rtf, before, rtf_top(rtf)->looks.on);
}

static void decode(struct rtf *rtf, unsigned codepage)
{
    UErrorCode code = U_ZERO_ERROR;
    char name[24];
    UConverter *converter;
    UChar *wide;
    char *narrow;
    int32_t wide_len, narrow_len;
    size_t room = rtf->bytes.len * 2 + 16;

    (void)snprintf(name, sizeof(name), codepage == 10000 ? "macintosh" : "windows-%u", codepage);
    converter = ucnv_open(name, &code);
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        (void)snprintf(name, sizeof(name), "ibm-%u", codepage);
        converter = ucnv_open(name, &code);
    }
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        converter = ucnv_open("windows-1252", &code);
    }
    wide = malloc(room * sizeof(*wide));
    narrow = malloc(room * 3);
    if (U_SUCCESS(code) && wide && narrow) {
        wide_len = ucnv_toUChars(converter, wide, (int32_t)room, rtf->bytes.data,
                                 (int32_t)rtf->bytes.len, &code);
        if (U_SUCCESS(code)) {
            u_strToUTF8(narrow, (int32_t)(room * 3), &narrow_len, wide, wide_len, &code);
            if (U_SUCCESS(code))
                put_utf8(rtf, (struct span){ narrow, (size_t)narrow_len });
        }
    }
    if (converter)
        ucnv_close(converter);
    free(wide);
    free(narrow);
}

static struct span font_of(const struct rtf *rtf, const struct rtf_state *state)
{
    const char *name = state->font < RTF_FONTS_MAX ? rtf->fonts[state->font].name : "";

    return (struct span){ name, strlen(name) };
}

/* Letters of such a font are none: they are ornaments, but for those that symbol_font.h knows. A
 * font that only says it is one has letters. */
static bool draws_symbols(const struct rtf *rtf, const struct rtf_state *state)
{
    struct span name = font_of(rtf, state);

    return state->font < RTF_FONTS_MAX && rtf->fonts[state->font].is_symbol &&
           state->destination != RTF_INSTRUCTION &&
           (name.len == 0 || strcasestr(name.data, "symbol") || strcasestr(name.data, "ding") ||
            strcasestr(name.data, "marlett"));
}

/* What the font draws for that code; without a name it is "Symbol". */
static uint32_t drawn_for(const struct rtf *rtf, uint32_t code)
{
    struct span name = font_of(rtf, &rtf->states[rtf->depth ? rtf->depth - 1 : 0]);

    return symbol_font_character(name.len > 0 ? name : (struct span){ "Symbol", 6 }, code);
}

static void put_code_point(struct rtf *rtf, uint32_t c)
{
    char bytes[4];

    rtf_flush(rtf);
    put_utf8(rtf, (struct span){ bytes, utf8_encode(c, bytes) });
}

bool rtf_put_symbol_field(struct rtf *rtf)
{
    const char *word = strstr(rtf->code.data, "SYMBOL"), *font, *end;
    uint32_t drawn;

    font = word ? strstr(word, "\\f") : NULL;
    font = font ? strchr(font, '"') : NULL;
    end = font ? strchr(font + 1, '"') : NULL;
    if (!end)
        return false;
    drawn = symbol_font_character((struct span){ font + 1, (size_t)(end - font - 1) },
                                  (uint32_t)strtoul(word + 6, NULL, 0) & 0xFFFFu);
    if (drawn)
        put_code_point(rtf, drawn);
    return drawn != 0;
}

static void put_symbols(struct rtf *rtf)
{
    for (size_t i = 0; i < rtf->bytes.len; i++) {
        unsigned char c = (unsigned char)rtf->bytes.data[i];
        uint32_t drawn = c <= ' ' ? c : drawn_for(rtf, c);
        char bytes[4];

        if (drawn == 0 && c == 0xB7)
            drawn = 0x2022; /* a dot in most of them */
        if (drawn != 0)
            put_utf8(rtf, (struct span){ bytes, utf8_encode(drawn, bytes) });
    }
}

void rtf_flush(struct rtf *rtf)
{
    bool is_ascii = true;

    if (rtf->bytes.len == 0)
        return;
    for (size_t i = 0; i < rtf->bytes.len && is_ascii; i++)
        is_ascii = (unsigned char)rtf->bytes.data[i] < 0x80;
    if (draws_symbols(rtf, rtf_top(rtf)))
        put_symbols(rtf);
    else if (is_ascii)
        put_utf8(rtf, buf_span(&rtf->bytes));
    else
        decode(rtf, rtf_top(rtf)->codepage ? rtf_top(rtf)->codepage : rtf->codepage);
    buf_clear(&rtf->bytes);
}

void rtf_put_literal(struct rtf *rtf, const char *text)
{
    rtf_flush(rtf);
    put_utf8(rtf, (struct span){ text, strlen(text) });
}

/* \u: a 16-bit unit, negative above 32767; pairs make one character. */
void rtf_put_unicode(struct rtf *rtf, int32_t value)
{
    uint32_t unit = (uint32_t)value & 0xFFFFu;

    rtf->skip_left = rtf_top(rtf)->skip_after_unicode;
    if (unit >= 0xD800 && unit < 0xDC00) {
        rtf->high_surrogate = unit;
        return;
    }
    if (unit >= 0xDC00 && unit < 0xE000) {
        if (rtf->high_surrogate)
            put_code_point(rtf, 0x10000 + ((rtf->high_surrogate - 0xD800) << 10) + unit - 0xDC00);
        rtf->high_surrogate = 0;
        return;
    }
    rtf->high_surrogate = 0;
    if (unit >= 0xE000 && unit <= 0xF8FF) {
        unit = rtf_top(rtf)->font < RTF_FONTS_MAX ? drawn_for(rtf, unit) : 0;
        if (unit == 0 && ((uint32_t)value & 0xFFFFu) == 0xF0B7)
            unit = 0x2022;
        if (unit == 0)
            return; /* a picture of some font */
    }
    put_code_point(rtf, unit);
}

void rtf_put_byte(struct rtf *rtf, char c)
{
    if (rtf->skip_left > 0) {
        rtf->skip_left--;
        return;
    }
    if (sink(rtf))
        buf_append_char(&rtf->bytes, c);
}
