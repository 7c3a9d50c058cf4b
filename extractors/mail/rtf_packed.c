#include "extractors/mail/rtf_packed.h"

#include <string.h>

#include "extractors/container/ole.h"

#define HEADER_BYTES     16u
#define TYPE_PACKED      0x75465A4Cu /* "LZFu" */
#define TYPE_PLAIN       0x414C454Du /* "MELA" */
#define DICTIONARY_BYTES 4096u

/* 2.1.2.1: what the dictionary holds before the first byte. */
static const char initial[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    "\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    "{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct unpacker {
    char dictionary[DICTIONARY_BYTES];
    unsigned write_at;
    struct buf *out;
};

static void put(struct unpacker *unpacker, char c)
{
    unpacker->dictionary[unpacker->write_at] = c;
    unpacker->write_at = (unpacker->write_at + 1) % DICTIONARY_BYTES;
    buf_append_char(unpacker->out, c);
}

/* 2.2.1: a control byte for eight tokens; a token is a byte, or twelve bits of where in the
 * dictionary and four of how many bytes less two. One that points to where is written is the end.
 * Returns whether that was there. */
static bool unpack(struct unpacker *unpacker, struct span packed)
{
    size_t at = 0;

    while (at < packed.len && !unpacker->out->failed) {
        unsigned control = ole_u8(packed, at++);

        for (unsigned bit = 0; bit < 8; bit++, control >>= 1) {
            unsigned token, offset;

            if (at >= packed.len)
                return false;
            if (!(control & 1)) {
                put(unpacker, packed.data[at++]);
                continue;
            }
            token = ole_u8(packed, at) << 8 | ole_u8(packed, at + 1);
            at += 2;
            offset = token >> 4;
            if (at > packed.len || offset == unpacker->write_at)
                return at <= packed.len;
            for (unsigned i = 0; i < (token & 15) + 2; i++)
                put(unpacker, unpacker->dictionary[(offset + i) % DICTIONARY_BYTES]);
        }
    }
    return false;
}

enum status rtf_unpack(struct span packed, struct buf *out, struct error *err)
{
    struct unpacker unpacker = { .write_at = sizeof(initial) - 1, .out = out };
    uint32_t size = ole_u32(packed, 0), type = ole_u32(packed, 8);
    struct span rest;

    if (packed.len < HEADER_BYTES)
        return error_set(err, STATUS_MALFORMED, "its RTF has no header");
    rest = (struct span){ packed.data + HEADER_BYTES, packed.len - HEADER_BYTES };
    if (size >= 12 && size - 12 < rest.len) /* counted from behind itself */
        rest.len = size - 12;
    if (type == TYPE_PLAIN) {
        buf_append(out, rest.data, rest.len);
        return buf_status(out, err);
    }
    if (type != TYPE_PACKED)
        return error_set(err, STATUS_MALFORMED, "its RTF is packed in an unknown way");
    memset(unpacker.dictionary, ' ', sizeof(unpacker.dictionary));
    memcpy(unpacker.dictionary, initial, sizeof(initial) - 1);
    if (!unpack(&unpacker, rest) && !out->failed)
        return error_set(err, STATUS_MALFORMED, "its RTF is cut off");
    return buf_status(out, err);
}
