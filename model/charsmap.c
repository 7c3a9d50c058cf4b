#include "model/charsmap.h"

#include <string.h>

#include "base/utf8.h"

static uint32_t read_u32(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;

    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

enum status charsmap_take(struct charsmap *self, struct buf *bytes, struct error *err)
{
    uint32_t trie_bytes = bytes->len >= 4 ? read_u32(bytes->data) : 0;

    if (bytes->len < 8 || trie_bytes < 4 || trie_bytes % 4 != 0 || trie_bytes > bytes->len - 4)
        return error_set(err, STATUS_MALFORMED,
                         "tokenizer.json: its table of replacements is "
                         "broken");
    self->bytes = *bytes;
    *bytes = (struct buf)BUF_INIT(bytes->limit);
    self->unit_count = trie_bytes / 4;
    self->replacements =
        (struct span){ self->bytes.data + 4 + trie_bytes, self->bytes.len - 4 - trie_bytes };
    return STATUS_OK;
}

void charsmap_release(struct charsmap *self)
{
    buf_release(&self->bytes);
}

static uint32_t unit_at(const struct charsmap *self, size_t place)
{
    return place < self->unit_count ? read_u32(self->bytes.data + 4 + place * 4) : 0;
}

static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* The longest key that text begins with; 0: none. */
static size_t longest_key(const struct charsmap *self, struct span text, uint32_t *value)
{
    size_t place = offset_of(unit_at(self, 0)), longest = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        uint32_t unit;

        place ^= byte;
        unit = unit_at(self, place);
        if (byte == 0 || (unit & (1u << 31 | 0xFF)) != byte)
            break;
        place ^= offset_of(unit);
        if (unit & 1u << 8) {
            *value = unit_at(self, place) & 0x7FFFFFFFu;
            longest = i + 1;
        }
    }
    return longest;
}

void charsmap_apply(const struct charsmap *self, struct span text, struct buf *out)
{
    while (text.len > 0) {
        uint32_t value = 0, code_point;
        size_t taken = longest_key(self, text, &value);

        if (taken > 0 && value < self->replacements.len) {
            const char *replacement = self->replacements.data + value;

            buf_append(out, replacement, strnlen(replacement, self->replacements.len - value));
        } else {
            taken = utf8_decode(text, &code_point);
            buf_append(out, text.data, taken);
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
}
