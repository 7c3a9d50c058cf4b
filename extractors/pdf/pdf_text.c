#include "extractors/pdf/pdf_text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "extractors/common/symbol_font.h"
#include "extractors/pdf/pdf_layout.h"

#define LATIN_END     0x250
#define COMPOSE_UNITS 512 /* UTF-16 units: longer words are left as they are */

/* Symbol and Wingdings keep their codes at U+F000 when nothing maps them: the bullets among them.
 */
static uint32_t private_use(uint32_t c)
{
    switch (c) {
    case 0xF0B7: /* Symbol: bullet */
    case 0xF06C: /* Wingdings: black circle */
    case 0xF09F: /* Wingdings: small bullet */
    case 0xF076:
    case 0xF075:
        return 0x2022;
    case 0xF0A7:
    case 0xF06E:
        return 0x25AA;
    case 0xF0D8:
        return 0x27A2;
    case 0xF0FC:
        return 0x2713;
    case 0xF0E0:
        return 0x2192;
    case 0xF02D: /* Symbol: minus */
        return 0x2212;
    case 0xF0B0:
        return 0xB0;
    case 0xF0B1:
        return 0xB1;
    default:
        return 0;
    }
}

static bool is_presentation_form(uint32_t c)
{
    return (c >= 0xFB00 && c <= 0xFDFF) || (c >= 0xFE70 && c <= 0xFEFC);
}

static void append_compatible(struct buf *out, uint32_t c)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&code);
    UChar units[20];
    int32_t length, at = 0;

    length = U_SUCCESS(code) ? unorm2_getDecomposition(nfkc, (UChar32)c, units, 20, &code) : -1;
    if (U_FAILURE(code) || length < 0) {
        utf8_append(out, c);
        return;
    }
    while (at < length) {
        UChar32 part;

        U16_NEXT(units, at, length, part);
        utf8_append(out, (uint32_t)part);
    }
}

void pdf_text_append(struct buf *out, uint32_t c)
{
    if (c >= 0x20 && c < 0x7F) {
        buf_append_char(out, (char)c);
        return;
    }
    if (c >= 0xE000 && c <= 0xF8FF)
        c = private_use(c);
    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
        (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
        c == UTF8_REPLACEMENT || c >= 0xF0000 || (c & 0xFFFEU) == 0xFFFEU)
        return;
    if (is_presentation_form(c))
        append_compatible(out, c);
    else
        utf8_append(out, c);
}

static const char *without_subset(const char *font)
{
    /* A subset's name begins with six letters and a plus. */
    return strlen(font) > 7 && font[6] == '+' ? font + 7 : font;
}

void pdf_text_append_symbol(struct buf *out, const char *font, uint32_t c)
{
    static const struct span wingdings = { "Wingdings", 9 };
    uint32_t drawn = 0;

    if (c >= LATIN_END && !(c >= 0xE000 && c <= 0xF8FF)) {
        pdf_text_append(out, c);
        return;
    }
    if (!strcasestr(font, "ding"))
        return;
    font = without_subset(font);
    if (strncasecmp(font, wingdings.data, wingdings.len) == 0 && !strpbrk(font, "23"))
        drawn = symbol_font_character(wingdings, c);
    pdf_text_append(out, drawn ? drawn : c < 0x100 ? 0xF000 + c : c);
}

void pdf_text_compose(struct buf *text)
{
    UChar from[COMPOSE_UNITS], to[COMPOSE_UNITS];
    char utf8[3 * COMPOSE_UNITS];
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *nfc;
    int32_t length, composed, bytes;
    bool needed = false;

    /* Below U+0300, which is CC 80 in UTF-8, nothing composes. */
    for (size_t i = 0; i < text->len && !needed; i++)
        needed = (unsigned char)text->data[i] >= 0xCC;
    if (!needed || text->len >= COMPOSE_UNITS)
        return;
    nfc = unorm2_getNFCInstance(&code);
    u_strFromUTF8(from, COMPOSE_UNITS, &length, text->data, (int32_t)text->len, &code);
    if (U_FAILURE(code) || unorm2_quickCheck(nfc, from, length, &code) == UNORM_YES)
        return;
    composed = unorm2_normalize(nfc, from, length, to, COMPOSE_UNITS, &code);
    if (U_FAILURE(code))
        return;
    u_strToUTF8(utf8, (int32_t)sizeof(utf8), &bytes, to, composed, &code);
    if (U_FAILURE(code))
        return;
    buf_clear(text);
    buf_append(text, utf8, (size_t)bytes);
}

void pdf_text_drop_escapes(struct buf *text)
{
    static const char escape[] = "b''";
    const size_t length = sizeof(escape) - 1;
    char *from = memchr(text->data, escape[1], text->len) /* cheap, and hardly ever there */
                     ? memmem(text->data, text->len, escape, length)
                     : NULL;
    char *end = text->data + text->len;

    while (from) {
        char *inner = from + length, *close = inner;

        while (close < end && (unsigned char)*close >= 0x80)
            close++;
        if (close > inner && (size_t)(end - close) >= length && !memcmp(close, escape, length)) {
            memmove(close, close + length, (size_t)(end - close) - length);
            memmove(from, inner, (size_t)(end - inner) - length);
            end -= 2 * length;
            inner = from + (close - inner);
        }
        from = memmem(inner, (size_t)(end - inner), escape, length);
    }
    text->len = (size_t)(end - text->data);
    text->data[text->len] = '\0';
}

static bool is_alef(const char *at)
{
    return (unsigned char)at[0] == 0xD8 &&
           ((unsigned char)at[1] == 0xA7 || (unsigned char)at[1] == 0xA5 ||
            (unsigned char)at[1] == 0xA3 || (unsigned char)at[1] == 0xA2);
}

static bool is_lam(const char *at)
{
    return (unsigned char)at[0] == 0xD9 && (unsigned char)at[1] == 0x84;
}

void pdf_text_order_lam_alef(struct buf *text, const float *widths, size_t count, float size,
                             float *alef)
{
    size_t at = 0;

    for (size_t i = 0; i < count && at + 2 <= text->len; i++) {
        char *here = text->data + at;
        float width = widths[count - 1 - i] / size;

        if (is_alef(here) && (*alef <= 0.0F || width < *alef))
            *alef = width;
        if (i + 1 < count && at + 4 <= text->len && is_alef(here) && is_lam(here + 2) &&
            /* no word has two alefs in a row */
            ((at >= 2 && is_alef(here - 2)) ||
             (fabsf(width - widths[count - 2 - i] / size) < 0.001F && width > 1.1F * *alef))) {
            char kept[2] = { here[0], here[1] };

            memmove(here, here + 2, 2);
            memcpy(here + 2, kept, 2);
            at += 4;
            i++;
            continue;
        }
        do
            at++;
        while (at < text->len && ((unsigned char)text->data[at] & 0xC0U) == 0x80U);
    }
}

unsigned pdf_text_directions(struct span text)
{
    unsigned directions = 0;

    for (size_t at = 0; at < text.len;) {
        uint32_t c = (unsigned char)text.data[at];

        if (c < 0x80) {
            at++;
            directions |= isalpha((int)c) ? PDF_WORD_LTR : 0U;
            continue;
        }
        at += utf8_decode((struct span){ text.data + at, text.len - at }, &c);
        switch (u_charDirection((UChar32)c)) {
        case U_LEFT_TO_RIGHT:
            directions |= PDF_WORD_LTR;
            break;
        case U_RIGHT_TO_LEFT:
        case U_RIGHT_TO_LEFT_ARABIC:
            directions |= PDF_WORD_RTL;
            break;
        default:
            break;
        }
    }
    return directions;
}

static bool name_has(const char *name, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasestr(name, parts[i]))
            return true;
    return false;
}

#define NAME_HAS(name, parts) name_has(name, parts, sizeof(parts) / sizeof((parts)[0]))

unsigned pdf_font_flags(const char *name)
{
    static const char *const bold[] = { "bold",           "black",          "heavy",
                                        "demi",           "semibd",         "-bd",
                                        "cmbx",           "sfbx",           "-medi",
                                        "cmssbx",         "lmroman10-bold", "ecbx",
                                        "linlibertinetb", "linlibertinetz", "linbiolinumtb",
                                        "linbiolinumtz" };
    static const char *const italic[] = { "italic", "oblique", "cmti",           "sfti",
                                          "-it",    "slant",   "kursiv",         "cmsl",
                                          "medita", "regita",  "linlibertineti", "linbiolinumti" };
    static const char *const mono[] = { "mono",        "courier",      "consol",    "typewriter",
                                        "cmtt",        "sftt",         "menlo",     "monaco",
                                        "inconsolata", "lettergothic", "nimbusmon", "fixed",
                                        "ectt",        "cmsltt",       "terminal",  "lucidaconsole",
                                        "andale" };
    static const char *const symbol[] = { "wingding",  "webding", "dingbat",  "awesome", "fontello",
                                          "glyphicon", "icomoon", "iconfont", "icons" };
    unsigned flags = 0;

    name = without_subset(name);
    flags |= NAME_HAS(name, bold) ? PDF_BOLD : 0U;
    flags |= NAME_HAS(name, italic) ? PDF_ITALIC : 0U;
    flags |= NAME_HAS(name, mono) ? PDF_MONO : 0U;
    flags |= NAME_HAS(name, symbol) ? PDF_SYMBOL : 0U;
    if (strcasestr(name, "medium") && strcasestr(name, "-medi"))
        flags &= ~(unsigned)PDF_BOLD;
    return flags;
}
