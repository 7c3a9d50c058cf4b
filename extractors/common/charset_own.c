#include "extractors/common/charset_own.h"

#include <strings.h>

#include "base/utf8.h"

#define SYLLABLE_FIRST   0xAC00u
#define WIDE_BLANK       0x3000u
#define SYLLABLES_MIN    16u /* to be sure of Johab */
#define SYLLABLE_BITS    31u
#define HAS_NO_SUCH_PART 0xFFu
#define FILL             0xFEu /* nothing stands in its place */

const char *charset_own_name(const char *name)
{
    static const char *const names[][2] = {
        { "johab", CHARSET_JOHAB },        { "cp1361", CHARSET_JOHAB },
        { "windows-1361", CHARSET_JOHAB }, { "ms1361", CHARSET_JOHAB },
        { "ksc5601_1992", CHARSET_JOHAB }, { "x-johab", CHARSET_JOHAB },
        { "viscii", CHARSET_VISCII },      { "viscii1.1-1", CHARSET_VISCII },
        { "csviscii", CHARSET_VISCII },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i][0], name) == 0)
            return names[i][1];
    return NULL;
}

/* ---- VISCII ---- */

void charset_viscii_table(uint32_t table[256])
{
    static const uint16_t high[128] = {
        0x1EA0, 0x1EAE, 0x1EB0, 0x1EB6, 0x1EA4, 0x1EA6, 0x1EA8, 0x1EAC, 0x1EBC, 0x1EB8, 0x1EBE,
        0x1EC0, 0x1EC2, 0x1EC4, 0x1EC6, 0x1ED0, 0x1ED2, 0x1ED4, 0x1ED6, 0x1ED8, 0x1EE2, 0x1EDA,
        0x1EDC, 0x1EDE, 0x1ECA, 0x1ECE, 0x1ECC, 0x1EC8, 0x1EE6, 0x0168, 0x1EE4, 0x1EF2, 0x00D5,
        0x1EAF, 0x1EB1, 0x1EB7, 0x1EA5, 0x1EA7, 0x1EA9, 0x1EAD, 0x1EBD, 0x1EB9, 0x1EBF, 0x1EC1,
        0x1EC3, 0x1EC5, 0x1EC7, 0x1ED1, 0x1ED3, 0x1ED5, 0x1ED7, 0x1EE0, 0x01A0, 0x1ED9, 0x1EDD,
        0x1EDF, 0x1ECB, 0x1EF0, 0x1EE8, 0x1EEA, 0x1EEC, 0x01A1, 0x1EDB, 0x01AF, 0x00C0, 0x00C1,
        0x00C2, 0x00C3, 0x1EA2, 0x0102, 0x1EB3, 0x1EB5, 0x00C8, 0x00C9, 0x00CA, 0x1EBA, 0x00CC,
        0x00CD, 0x0128, 0x1EF3, 0x0110, 0x1EE9, 0x00D2, 0x00D3, 0x00D4, 0x1EA1, 0x1EF7, 0x1EEB,
        0x1EED, 0x00D9, 0x00DA, 0x1EF9, 0x1EF5, 0x00DD, 0x1EE1, 0x01B0, 0x00E0, 0x00E1, 0x00E2,
        0x00E3, 0x1EA3, 0x0103, 0x1EEF, 0x1EAB, 0x00E8, 0x00E9, 0x00EA, 0x1EBB, 0x00EC, 0x00ED,
        0x0129, 0x1EC9, 0x0111, 0x1EF1, 0x00F2, 0x00F3, 0x00F4, 0x00F5, 0x1ECF, 0x1ECD, 0x1EE5,
        0x00F9, 0x00FA, 0x0169, 0x1EE7, 0x00FD, 0x1EE3, 0x1EEE,
    };

    for (unsigned i = 0; i < 256; i++)
        table[i] = i < 128 ? i : high[i - 128];
    table[0x02] = 0x1EB2;
    table[0x05] = 0x1EB4;
    table[0x06] = 0x1EAA;
    table[0x14] = 0x1EF6;
    table[0x19] = 0x1EF8;
    table[0x1E] = 0x1EF4;
}

/* ---- Johab ---- */

/* The places of the three letters among those that Unicode composes syllables of. */
struct syllable {
    unsigned initial, medial, final;
};

static unsigned initial_of(unsigned bits)
{
    return bits == 1 ? FILL : bits >= 2 && bits <= 20 ? bits - 2 : HAS_NO_SUCH_PART;
}

static unsigned medial_of(unsigned bits)
{
    if (bits == 2)
        return FILL;
    if (bits >= 3 && bits <= 7)
        return bits - 3;
    if (bits >= 10 && bits <= 15)
        return bits - 5;
    if (bits >= 18 && bits <= 23)
        return bits - 7;
    return bits >= 26 && bits <= 29 ? bits - 9 : HAS_NO_SUCH_PART;
}

/* Place 0 is no letter. */
static unsigned final_of(unsigned bits)
{
    if (bits >= 1 && bits <= 17)
        return bits - 1;
    return bits >= 19 && bits <= 29 ? bits - 2 : HAS_NO_SUCH_PART;
}

static struct syllable read_syllable(unsigned pair)
{
    return (struct syllable){ .initial = initial_of(pair >> 10 & SYLLABLE_BITS),
                              .medial = medial_of(pair >> 5 & SYLLABLE_BITS),
                              .final = final_of(pair & SYLLABLE_BITS) };
}

static bool is_whole(struct syllable s)
{
    return s.initial < FILL && s.medial < FILL && s.final < FILL;
}

/* A letter by itself, U+3131 to U+3163, or none. */
static uint32_t lone_letter(struct syllable s)
{
    static const uint8_t initials[] = { 0x31, 0x32, 0x34, 0x37, 0x38, 0x39, 0x41, 0x42, 0x43, 0x45,
                                        0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E };
    static const uint8_t finals[] = { 0x00, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x39, 0x3A,
                                      0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x40, 0x41, 0x42, 0x44, 0x45,
                                      0x46, 0x47, 0x48, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E };

    if (s.initial < FILL && s.medial == FILL && s.final == 0)
        return 0x3100u + initials[s.initial];
    if (s.initial == FILL && s.medial < FILL && s.final == 0)
        return 0x314Fu + s.medial;
    if (s.initial == FILL && s.medial == FILL && s.final > 0 && s.final < FILL)
        return 0x3100u + finals[s.final];
    return s.initial == FILL && s.medial == FILL && s.final == 0 ? WIDE_BLANK : UTF8_REPLACEMENT;
}

/* Symbols and Chinese characters: two rows of KS X 1001 for each first byte. */
static bool read_euc_kr(unsigned first, unsigned second, char out[2])
{
    unsigned row, cell;

    if (first < 0xD9 || first == 0xDF || first > 0xF9 || second < 0x31 || second == 0xFF ||
        (second > 0x7E && second < 0x91))
        return false;
    row = first < 0xE0 ? 2 * (first - 0xD9) : 2 * first - 0x197;
    cell = second < 0x91 ? second - 0x31 : second - 0x43;
    out[0] = (char)(row + cell / 94 + 0xA1);
    out[1] = (char)(cell % 94 + 0xA1);
    return true;
}

size_t charset_johab_next(struct span rest, uint32_t *c, char euc_kr[2])
{
    unsigned first = (unsigned char)rest.data[0], second;
    struct syllable s;

    *c = first < 0x80 ? first : UTF8_REPLACEMENT;
    if (first < 0x80 || rest.len < 2)
        return 1;
    second = (unsigned char)rest.data[1];
    if (first >= 0xD9) {
        if (!read_euc_kr(first, second, euc_kr))
            return 1;
        *c = 0;
        return 2;
    }
    if (first < 0x84 || first > 0xD3 || second < 0x41)
        return 1;
    s = read_syllable(first << 8 | second);
    *c = is_whole(s) ? SYLLABLE_FIRST + (s.initial * 21 + s.medial) * 28 + s.final : lone_letter(s);
    return *c == UTF8_REPLACEMENT ? 1 : 2;
}

/* Three of ten pairs of any bytes are no syllable, so few are enough to tell other charsets. */
bool charset_is_johab(struct span sample)
{
    size_t good = 0, bad = 0;

    for (size_t i = 0; i < sample.len;) {
        char euc_kr[2];
        uint32_t c;

        if ((unsigned char)sample.data[i] < 0x80) {
            i++;
            continue;
        }
        i += charset_johab_next((struct span){ sample.data + i, sample.len - i }, &c, euc_kr);
        good += c >= SYLLABLE_FIRST && c != UTF8_REPLACEMENT;
        bad += c == UTF8_REPLACEMENT;
    }
    return good >= SYLLABLES_MIN && bad * 32 <= good;
}
