#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

#define HEADER_BYTES 68u /* 2.9.157 NilPICFAndBinData */
#define VERSION      0xFFFFFFFFu
#define AS_DEFAULT   25u
#define CHOICES_MAX  64u

enum kind { KIND_TEXT, KIND_BOX, KIND_LIST };

/* 2.9.300 Xstz: its length in characters, the text, a zero. Moves *at behind it. */
static struct span next_text(struct span form, size_t *at)
{
    size_t chars = ole_u16(form, *at);
    struct span text = ole_part(form, *at + 2, 2 * chars);

    *at += 2 + 2 * chars + 2;
    return text;
}

/* 2.9.79 FFData: version, bits, two lengths, then texts and numbers as the kind of field has them.
 */
void doc_form_append(struct span data, uint32_t place, struct buf *out)
{
    size_t at = (size_t)place + HEADER_BYTES + 10;
    struct span form = ole_part(data, place, ole_u32(data, place));
    unsigned bits = ole_u16(data, (size_t)place + HEADER_BYTES + 4), kind = bits & 3;
    unsigned value = bits >> 2 & 31, count;

    if (place >= data.len || ole_u16(form, 4) != HEADER_BYTES ||
        ole_u32(form, HEADER_BYTES) != VERSION || /* a link has something else there */
        (kind != KIND_BOX && kind != KIND_LIST))
        return;
    at -= place;
    (void)next_text(form, &at); /* its name */
    if (value == AS_DEFAULT)
        value = ole_u16(form, at);
    if (kind == KIND_BOX) {
        buf_append(out, value == 1 ? "\xE2\x98\x92" : "\xE2\x98\x90", 3);
        return;
    }
    at += 2;
    for (unsigned i = 0; i < 5; i++) /* its format, help, and macros */
        (void)next_text(form, &at);
    count = ole_u16(form, at + 2);
    at += 6;
    for (unsigned i = 0; i < count && i < CHOICES_MAX && at < form.len; i++) {
        size_t bytes = 2 * (size_t)ole_u16(form, at);

        if (i == value)
            ole_append_utf16(out, ole_part(form, at + 2, bytes));
        at += 2 + bytes;
    }
}
