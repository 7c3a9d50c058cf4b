/*
 * charset_detect.c - which charset a text is in.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>

#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/common/charset_own.h"

#define VIETNAMESE_SHARE 10u /* of a text: letters with marks */
#define SAMPLE_BYTES     ((size_t)256 << 10)

static const struct {
    const char *mark;
    size_t length;
    const char *charset;
} marks[] = {
    { "\xFF\xFE\0\0", 4, "UTF-32LE" }, { "\0\0\xFE\xFF", 4, "UTF-32BE" },
    { "\xEF\xBB\xBF", 3, "UTF-8" },    { "\xFF\xFE", 2, "UTF-16LE" },
    { "\xFE\xFF", 2, "UTF-16BE" },
};

bool charset_is_bare_utf16(struct span head, bool *is_big_endian)
{
    size_t even = 0, odd = 0, pairs;

    if (head.len > 4096)
        head.len = 4096;
    pairs = head.len / 2;
    for (size_t i = 0; i < pairs; i++) {
        even += head.data[2 * i] == '\0';
        odd += head.data[2 * i + 1] == '\0';
    }
    *is_big_endian = even > odd;
    if (pairs < 4)
        return false;
    return *is_big_endian ? even > pairs / 2 && odd * 50 <= pairs
                          : odd > pairs / 2 && even * 50 <= pairs;
}

static uint32_t wide_unit(const char *bytes, bool is_big_endian)
{
    const unsigned char *at = (const unsigned char *)bytes;

    return is_big_endian
               ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
               : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* Figures of four bytes are no characters, not all of them, and have no blanks between. */
static bool are_wide_letters(struct span head, bool is_big_endian)
{
    size_t blanks = 0;

    for (size_t i = 0; i + 4 <= head.len; i += 4) {
        uint32_t c = wide_unit(head.data + i, is_big_endian);

        if (c > 0x10FFFF || !u_isdefined((UChar32)c) || (c >= 0xD800 && c <= 0xF8FF) ||
            (c < 0x20 && !(c >= '\t' && c <= '\r')))
            return false;
        blanks += c == ' ' || c == '\n';
    }
    return blanks > 0;
}

bool charset_is_bare_utf32(struct span head, bool *is_big_endian)
{
    if (head.len > 4096)
        head.len = 4096;
    if (head.len < 16 || head.len % 4 != 0)
        return false;
    *is_big_endian = head.data[0] == '\0';
    return are_wide_letters(head, *is_big_endian);
}

static size_t high_bytes(struct span bytes)
{
    size_t count = 0;

    for (size_t i = 0; i < bytes.len; i++)
        count += (unsigned char)bytes.data[i] >= 0x80;
    return count;
}

/* UTF-8 with damage: most of what is past ASCII forms valid sequences. */
static bool is_mostly_utf8(struct span bytes)
{
    size_t good = 0, bad = 0;

    for (size_t i = 0; i < bytes.len;) {
        size_t valid, taken;
        uint32_t c;

        if ((unsigned char)bytes.data[i] < 0x80) {
            i++;
            continue;
        }
        taken = utf8_decode((struct span){ bytes.data + i, bytes.len - i }, &c);
        valid = taken > 1;
        good += valid;
        bad += !valid;
        i += taken;
    }
    return good > 0 && bad * 10 <= good;
}

static bool is_known(const char *name)
{
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = charset_own_name(name) ? NULL : ucnv_open(name, &code);
    bool found = charset_own_name(name) || (converter != NULL && U_SUCCESS(code));

    if (converter)
        ucnv_close(converter);
    return found;
}

/* Statistics see the part that is not ASCII. */
static struct span sample_of(struct span bytes)
{
    size_t start = 0;

    if (bytes.len <= SAMPLE_BYTES)
        return bytes;
    while (start < bytes.len && (unsigned char)bytes.data[start] < 0x80)
        start++;
    start = start > SAMPLE_BYTES / 4 ? start - SAMPLE_BYTES / 4 : 0;
    if (start + SAMPLE_BYTES > bytes.len)
        start = bytes.len - SAMPLE_BYTES;
    return (struct span){ bytes.data + start, SAMPLE_BYTES };
}

/* Single letters past ASCII between ASCII letters: Latin script, where a guess at another script
 * would turn accents into rubbish. */
static bool is_latin_prose(struct span sample)
{
    size_t lone = 0, high = 0;

    for (size_t i = 0; i < sample.len; i++) {
        bool before, after;

        if ((unsigned char)sample.data[i] < 0x80)
            continue;
        high++;
        before = i > 0 && (unsigned char)sample.data[i - 1] >= 0x80;
        after = i + 1 < sample.len && (unsigned char)sample.data[i + 1] >= 0x80;
        lone += !before && !after;
    }
    return high > 0 && lone * 4 >= high * 3 && high * 5 <= sample.len;
}

static bool is_latin_charset(const char *name)
{
    static const char *const latin[] = { "ISO-8859-1",   "ISO-8859-15",  "WINDOWS-1252",
                                         "ISO-8859-2",   "WINDOWS-1250", "ISO-8859-9",
                                         "WINDOWS-1254", "ISO-8859-16",  "IBM852",
                                         "IBM850",       "MACINTOSH",    "MAC-CENTRALEUROPE" };

    for (size_t i = 0; i < sizeof(latin) / sizeof(latin[0]); i++)
        if (strcasecmp(latin[i], name) == 0)
            return true;
    return false;
}

const char *charset_superset(const char *name)
{
    static const struct {
        const char *name, *superset;
    } all[] = {
        { "iso-8859-1", "windows-1252" },
        { "iso8859-1", "windows-1252" },
        { "latin1", "windows-1252" },
        { "latin-1", "windows-1252" },
        { "iso-8859-9", "windows-1254" },
        { "tis-620", "windows-874" },
        { "iso-8859-11", "windows-874" },
        { "iso-8859-16", "windows-1250" }, /* of Romanian, but for how a comma below is drawn */
        { "gb2312", "gb18030" },
        { "gbk", "gb18030" },
        { "gb_2312-80", "gb18030" },
        { "ks_c_5601-1987", "windows-949" },
        { "euc-kr", "windows-949" },
        { "uhc", "windows-949" },
        { "cp949", "windows-949" },
        { "shift_jis", "windows-31j" },
        { "shift-jis", "windows-31j" },
        { "sjis", "windows-31j" },
        { "x-sjis", "windows-31j" },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcasecmp(all[i].name, name) == 0)
            return all[i].superset;
    return charset_own_name(name) ? charset_own_name(name) : name;
}

/* Whether 0xA4 stands beside a digit, and no byte is one that windows-1252 alone has: a price in
 * euros, ISO 8859-15, where windows-1252 has the sign of no currency in particular. */
static bool has_price_in_euros(struct span bytes)
{
    bool is_price = false;

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];

        if (c >= 0x80 && c < 0xa0)
            return false;
        if (c != 0xa4)
            continue;
        for (size_t k = i < 2 ? 0 : i - 2; k < bytes.len && k <= i + 2; k++)
            is_price |= isdigit((unsigned char)bytes.data[k]) != 0;
    }
    return is_price;
}

/* In Vietnamese every fourth letter has a mark. */
static bool is_viscii(struct span sample, const char *name)
{
    return strcasecmp(name, CHARSET_VISCII) == 0 &&
           high_bytes(sample) * VIETNAMESE_SHARE >= sample.len;
}

static void guess(struct span bytes, char out[CHARSET_NAME_BYTES])
{
    struct span sample = sample_of(bytes);
    uchardet_t detector = uchardet_new();
    const char *name = "";

    if (charset_is_johab(sample))
        name = CHARSET_JOHAB;
    else if (detector && uchardet_handle_data(detector, sample.data, sample.len) == 0) {
        uchardet_data_end(detector);
        name = uchardet_get_charset(detector);
    }
    /* Byte 0x80..0x9F are controls in ISO 8859-1 and letters in what is really meant by it. */
    if (!*name || strcasecmp(name, "ASCII") == 0 || strcasecmp(name, "UTF-8") == 0 ||
        strcasecmp(name, "ISO-8859-1") == 0 || strcasecmp(name, "WINDOWS-1252") == 0 ||
        (is_latin_prose(sample) && !is_latin_charset(name) && !is_viscii(sample, name)))
        name = has_price_in_euros(sample) ? "ISO-8859-15" : "windows-1252";
    name = charset_superset(name);
    if (is_known(name))
        (void)snprintf(out, CHARSET_NAME_BYTES, "%s", name);
    else
        (void)snprintf(out, CHARSET_NAME_BYTES, "windows-1252");
    if (detector)
        uchardet_delete(detector);
}

/* ISO-2022-JP and its like are ASCII with escapes that announce two-byte sets. */
static bool has_iso2022_escape(struct span bytes)
{
    const char *at = memchr(bytes.data, '\033', bytes.len);

    for (int i = 0; at && i < 16; i++) {
        size_t left = bytes.len - (size_t)(at - bytes.data);

        if (left > 2 && at[1] == '$' && (at[2] == 'B' || at[2] == '@' || at[2] == ')'))
            return true;
        at = memchr(at + 1, '\033', left - 1);
    }
    return false;
}

/* Charsets that look like ASCII: only who wrote the text can say. RFC 2152, RFC 1843. */
static bool is_seven_bit(struct span bytes, const char *declared)
{
    return (strcasecmp(declared, "UTF-7") == 0 || strcasecmp(declared, "UNICODE-1-1-UTF-7") == 0 ||
            strcasecmp(declared, "HZ-GB-2312") == 0) &&
           is_known(declared) && high_bytes(bytes) == 0;
}

void charset_detect(struct span bytes, const char *declared, char out[CHARSET_NAME_BYTES])
{
    bool is_big_endian;
    size_t valid;

    declared = charset_superset(declared);
    (void)snprintf(out, CHARSET_NAME_BYTES, "UTF-8");
    if (bytes.len == 0)
        return;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (bytes.len >= marks[i].length &&
            memcmp(bytes.data, marks[i].mark, marks[i].length) == 0) {
            (void)snprintf(out, CHARSET_NAME_BYTES, "%s", marks[i].charset);
            return;
        }
    }
    if (charset_is_bare_utf16(bytes, &is_big_endian)) {
        (void)snprintf(out, CHARSET_NAME_BYTES, "UTF-16%s", is_big_endian ? "BE" : "LE");
        return;
    }
    if (charset_is_bare_utf32(bytes, &is_big_endian)) {
        (void)snprintf(out, CHARSET_NAME_BYTES, "UTF-32%s", is_big_endian ? "BE" : "LE");
        return;
    }
    if (is_seven_bit(bytes, declared)) {
        (void)snprintf(out, CHARSET_NAME_BYTES, "%s", declared);
        return;
    }
    valid = utf8_valid_prefix(bytes);
    if (has_iso2022_escape(bytes)) {
        guess(bytes, out);
        if (strncasecmp(out, "ISO-2022", 8) == 0)
            return;
        (void)snprintf(out, CHARSET_NAME_BYTES, "UTF-8");
    }
    /* A text that was cut in the middle of a character is valid all the same. */
    if (valid == bytes.len || (bytes.len - valid < 4 && high_bytes(bytes) > 8))
        return;
    if (*declared && strlen(declared) < CHARSET_NAME_BYTES && strcasecmp(declared, "UTF-8") != 0 &&
        strncasecmp(declared, "UTF-16", 6) != 0 && strcasecmp(declared, "US-ASCII") != 0 &&
        is_known(declared)) {
        (void)snprintf(out, CHARSET_NAME_BYTES, "%s", declared);
        return;
    }
    if (!is_mostly_utf8(bytes))
        guess(bytes, out);
}

/* The control characters that texts hold: one bit each. */
#define TEXT_CONTROLS                                                                              \
    (1u << '\t' | 1u << '\n' | 1u << '\r' | 1u << '\f' | 1u << '\b' | 1u << '\033' | 1u << 0x1A)

/* Is one of eight bytes below 0x20? */
static bool has_control(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return ((word - ones * 0x20) & ~word & ones * 0x80) != 0;
}

bool charset_is_text(struct span head)
{
    size_t odd = 0;
    bool is_big_endian;

    if (head.len >= 2 &&
        (memcmp(head.data, "\xFF\xFE", 2) == 0 || memcmp(head.data, "\xFE\xFF", 2) == 0))
        return true;
    if (charset_is_bare_utf16(head, &is_big_endian) || charset_is_bare_utf32(head, &is_big_endian))
        return true;
    if (memchr(head.data, '\0', head.len))
        return false;
    for (size_t i = 0; i < head.len;) {
        unsigned char c = (unsigned char)head.data[i];

        if (i + 8 <= head.len && !has_control(head.data + i)) {
            i += 8;
            continue;
        }
        odd += c < 0x20 && !(TEXT_CONTROLS >> c & 1);
        i++;
    }
    return odd * 50 <= head.len;
}
