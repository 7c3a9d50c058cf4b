#include "model/fold.h"

#include <string.h>

#include "base/utf8.h"
#include "model/fold_table.h"

/* Entries of the generated table. */
enum { ENTRY_FIRST_MAP = 4, ENTRY_IS_ALONE = 0x8000, PAGE_BITS = 7, PAGE_MASK = 127 };

/* Laxer than utf8_decode(), as the shipped model was made: overlong forms count as the character
 * they stand for. Text from extractors has none; it matters only for raw bytes. */
static size_t decode_lax(const uint8_t *text, size_t length, uint32_t *code_point)
{
    uint32_t lead = text[0], value;
    size_t count = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    *code_point = ' ';
    if (lead >= 0xF5 || count == 0 || count > length)
        return 1;
    value = count == 1 ? lead : lead & (0x7Fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | (text[i] & 0x3Fu);
    }
    *code_point = value;
    return count;
}

/* A character of two to four bytes. In two stores: it is loaded again as two integers, which wait
 * long for stores of single bytes. */
static size_t put_character(const uint8_t *text, size_t taken, uint32_t code_point, char *out)
{
    static const uint32_t first_that_needs[] = { 0, 0, 0x80, 0x800, 0x10000 };
    char bytes[FOLD_UTF8_MAX] = { 0 };
    uint64_t whole = text[0] | (uint64_t)text[1] << 8;

    if (code_point < first_that_needs[taken]) { /* an overlong form */
        taken = utf8_encode(code_point, bytes);
        memcpy(out, bytes, sizeof(bytes));
        return taken;
    }
    if (taken > 2)
        whole |= (uint64_t)text[2] << 16;
    if (taken > 3)
        whole |= (uint64_t)text[3] << 24;
    memcpy(out, &whole, sizeof(whole));
    memset(out + sizeof(whole), 0, FOLD_UTF8_MAX - sizeof(whole));
    return taken;
}

static unsigned entry_of(uint32_t code_point)
{
    if (code_point < 0x80 || code_point >= FOLD_LAST)
        return FOLD_SEPARATOR;
    return fold_pages[fold_stage[code_point >> PAGE_BITS]][code_point & PAGE_MASK];
}

size_t fold_next(const uint8_t *text, size_t length, enum fold_kind *kind, char *out,
                 size_t *out_length)
{
    uint32_t code_point;
    size_t taken = decode_lax(text, length, &code_point);
    unsigned entry = entry_of(code_point), map;

    *out_length = 0;
    if (entry < ENTRY_FIRST_MAP) {
        *kind = (enum fold_kind)entry;
        if (*kind != FOLD_WORD && *kind != FOLD_ALONE)
            return taken;
        *out_length = put_character(text, taken, code_point, out);
        return taken;
    }
    map = (entry & ~(unsigned)ENTRY_IS_ALONE) - ENTRY_FIRST_MAP;
    *kind = entry & ENTRY_IS_ALONE ? FOLD_ALONE : FOLD_WORD;
    *out_length = fold_maps[map].length;
    memcpy(out, fold_maps[map].utf8, FOLD_UTF8_MAX);
    return taken;
}
