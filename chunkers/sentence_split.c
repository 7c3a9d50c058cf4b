/*
 * One pass over bytes, with a table that stops it where a sentence may end; the rules run only
 * there. (ICU's break iterator gives the same places on plain prose at a fiftieth of the speed, and
 * needs UTF-16.)
 */
#include "chunkers/sentence_split.h"

#include <string.h>
#include <unicode/uchar.h>

#include "base/utf8.h"
#include "chunkers/abbreviations.h"

#define LONG_LINE_BYTES    160u /* nobody wraps lines so late */
#define HEADING_LINE_BYTES 100u

enum { STOP_NONE, STOP_DOT, STOP_MARK, STOP_LINE, STOP_ESCAPE, STOP_BRACE, STOP_HIGH };

/* Lead bytes of what ends sentences outside ASCII, and of scripts that put a space there instead.
 */
static const uint8_t stops[256] = {
    ['.'] = STOP_DOT,   ['!'] = STOP_MARK,    ['?'] = STOP_MARK,  ['\n'] = STOP_LINE,
    ['}'] = STOP_BRACE, ['\\'] = STOP_ESCAPE, [0xD6] = STOP_HIGH, [0xD8] = STOP_HIGH,
    [0xDB] = STOP_HIGH, [0xE0] = STOP_HIGH,   [0xE1] = STOP_HIGH, [0xE2] = STOP_HIGH,
    [0xE3] = STOP_HIGH, [0xEF] = STOP_HIGH,
};

enum terminator {
    TERMINATOR_NONE,
    TERMINATOR_DOT,    /* may be part of an abbreviation or number */
    TERMINATOR_MARK,   /* ! ? and the like: before white space */
    TERMINATOR_CLOSED, /* ideographic and Indic: also without a space */
};

static uint32_t char_at(struct span text, size_t offset, size_t *length)
{
    uint32_t code_point = 0;

    *length = utf8_decode((struct span){ text.data + offset, text.len - offset }, &code_point);
    return code_point;
}

/* The character that ends before offset. */
static uint32_t char_before(struct span text, size_t offset, size_t *length)
{
    size_t start = offset;

    *length = 0;
    if (offset == 0)
        return 0;
    do
        start--;
    while (start > 0 && offset - start < 4 && ((uint8_t)text.data[start] & 0xC0) == 0x80);
    char_at(text, start, length);
    *length = offset - start;
    return char_at(text, start, &(size_t){ 0 });
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x3000 || c == 0x85 ||
           (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0xFEFF || c == 0x1680 || c == 0x205F;
}

/* A line break as JSON and source code write it, before what is not the rest of a longer escape or
 * path ("C:\\new"): a capital, a digit, another escape, white space. */
static bool is_escaped_line(struct span text, size_t offset)
{
    char c;

    if (text.data[offset] != '\\' || offset + 1 >= text.len || text.data[offset + 1] != 'n')
        return false;
    c = offset + 2 < text.len ? text.data[offset + 2] : ' ';
    return !((c >= 'a' && c <= 'z') || c == '_' || c == '.');
}

size_t space_skip(struct span text, size_t offset)
{
    while (offset < text.len) {
        size_t length = 1;
        uint32_t c = (uint8_t)text.data[offset];

        if (c >= 0x80)
            c = char_at(text, offset, &length);
        if (is_escaped_line(text, offset))
            length = 2;
        else if (!is_space(c))
            break;
        offset += length;
    }
    return offset;
}

size_t space_trim(struct span text, size_t start, size_t end)
{
    while (end > start) {
        size_t length;
        uint32_t c = char_before((struct span){ text.data, end }, end, &length);

        if (!is_space(c) || length > end - start)
            break;
        end -= length;
    }
    return end;
}

size_t sentence_trim(struct span text, size_t start, size_t end)
{
    end = space_trim(text, start, end);
    while (end >= start + 2 && is_escaped_line(text, end - 2))
        end = space_trim(text, start, end - 2);
    return end;
}

static enum terminator terminator_of(uint32_t c)
{
    switch (c) {
    case '.':
    case 0x2026: /* ... in one character */
    case 0xFF0E:
        return TERMINATOR_DOT;
    case '!':
    case '?':
    case 0x203C:
    case 0x203D:
    case 0x2047:
    case 0x2048:
    case 0x2049:
    case 0x061F: /* Arabic question mark */
    case 0x06D4: /* Urdu full stop */
    case 0x0589: /* Armenian */
        return TERMINATOR_MARK;
    case 0x3002: /* ideographic full stop, and its half-width form */
    case 0xFF61:
    case 0xFF01:
    case 0xFF1F:
    case 0x0964: /* danda */
    case 0x0965:
    case 0x104A: /* Myanmar */
    case 0x104B:
    case 0x1362: /* Ethiopic */
    case 0x1367:
    case 0x17D4: /* Khmer */
    case 0x17D5:
    case 0x0F0D: /* Tibetan */
        return TERMINATOR_CLOSED;
    default:
        return TERMINATOR_NONE;
    }
}

static bool is_closer(uint32_t c)
{
    switch (c) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case '}':
    case '*': /* emphasis in Markdown */
    case '_':
    case '`':
    case 0xBB:
    case 0x2019:
    case 0x201D:
    case 0x203A:
    case 0x201C: /* closes in German */
    case 0x300D:
    case 0x300F:
    case 0x3011:
    case 0x3009:
    case 0x300B:
    case 0xFF09:
        return true;
    default:
        return false;
    }
}

static bool is_opener(uint32_t c)
{
    switch (c) {
    case '"':
    case '\'':
    case '(':
    case '[':
    case '{':
    case '*':
    case '_':
    case '`':
    case 0xA1: /* inverted marks */
    case 0xBF:
    case 0xAB:
    case 0x2018:
    case 0x201C:
    case 0x201E:
    case 0x2039:
    case 0x300C:
    case 0x300E:
        return true;
    default:
        return false;
    }
}

static bool is_word_char(uint32_t c)
{
    return c < 0x80 ? (c | 0x20) - 'a' < 26 || c - '0' < 10 : u_isalnum((UChar32)c);
}

/* The word that ends at offset, letters and digits only. */
static struct span word_before(struct span text, size_t start, size_t offset)
{
    size_t at = offset, length;

    while (at > start && is_word_char(char_before(text, at, &length)))
        at -= length;
    return (struct span){ text.data + at, offset - at };
}

static struct span word_after(struct span text, size_t offset)
{
    size_t at = offset, length;

    while (at < text.len && is_word_char(char_at(text, at, &length)))
        at += length;
    return (struct span){ text.data + offset, at - offset };
}

static bool is_number(struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
    return word.len > 0;
}

/* "e.g.", "U.S.", "z. B.": letters with full stops in between. */
static bool has_inner_dot(struct span text, size_t start, struct span word)
{
    size_t at = (size_t)(word.data - text.data);

    if (at <= start || word.len > 2)
        return false;
    if (text.data[at - 1] == ' ' && at >= start + 3)
        return text.data[at - 2] == '.' && word.len == 1 && text.data[at - 3] != '.' &&
               word_before(text, start, at - 2).len == 1;
    return text.data[at - 1] == '.' && at >= start + 2;
}

/* Is the full stop at `dot` the end of its sentence, when `next` begins what follows? */
static bool dot_ends(struct span text, size_t start, size_t dot, size_t next)
{
    struct span word = word_before(text, start, dot), after;
    size_t length, bare = next;
    uint32_t first;

    while (bare < text.len && is_opener(char_at(text, bare, &length)))
        bare += length;
    if (bare >= text.len)
        return true;
    first = char_at(text, bare, &length);
    if (first < 0x80 ? first - 'a' < 26 : u_islower((UChar32)first))
        return false; /* UAX #29, SB8 */
    if (word.len == 0)
        return true;
    after = word_after(text, bare);
    if (is_number(word)) {
        size_t at = (size_t)(word.data - text.data);

        if (word.len <= 4 && space_skip(text, start) == at)
            return false; /* a list's mark */
        return !is_month_name(after) &&
               !(word.len <= 2 && at > start && takes_ordinal(word_before(text, start, at - 1)));
    }
    if (has_inner_dot(text, start, word))
        return is_sentence_opener(after);
    switch (abbreviation_kind(word)) {
    case ABBREVIATION_JOINS:
        return false;
    case ABBREVIATION_MAY_END:
        return !(first - '0' < 10) && (first >= 0x80 || first - 'A' < 26);
    case ABBREVIATION_NONE:
        break;
    }
    if ((word.len == 2 && (word.data[0] == 'N' || word.data[0] == 'n') && word.data[1] == 'o') ||
        (word.len == 3 && memcmp(word.data, "Art", 3) == 0) ||
        (word.len == 1 && word.data[0] == 'p'))
        return !(first - '0' < 10); /* "No. 5", "Art. 7", "p. 12" */
    char_at(text, (size_t)(word.data - text.data), &length);
    if (length == word.len && word.data[0] != 'I' &&
        u_isupper((UChar32)char_at(text, (size_t)(word.data - text.data), &length)))
        return false; /* an initial: "J. Smith" */
    return true;
}

/* Whether a mark stands at offset that is drawn over, or changes, what is before it, be that a
 * space: no cut there (UAX #29, GB9 and GB9a). */
static bool joins_what_is_before(struct span text, size_t offset)
{
    size_t length;

    if (offset >= text.len || (uint8_t)text.data[offset] < 0xCC) /* the first mark is U+0300 */
        return false;
    switch (u_getIntPropertyValue((UChar32)char_at(text, offset, &length),
                                  UCHAR_GRAPHEME_CLUSTER_BREAK)) {
    case U_GCB_EXTEND:
    case U_GCB_SPACING_MARK:
    case U_GCB_ZWJ:
        return true;
    default:
        return false;
    }
}

/* Behind all marks and closing quotes from offset on. *kind: the strongest terminator among them.
 */
static size_t skip_terminators(struct span text, size_t offset, enum terminator *kind,
                               bool *is_quoted)
{
    *is_quoted = false;
    while (offset < text.len) {
        size_t length;
        uint32_t c = char_at(text, offset, &length);
        enum terminator more = terminator_of(c);

        if (more > *kind)
            *kind = more;
        if (more == TERMINATOR_NONE && !is_closer(c))
            break;
        *is_quoted |= more == TERMINATOR_NONE && c != '*' && c != '_';
        offset += length;
    }
    return offset;
}

/* The start of the next sentence when the mark at `at` ends one; 0 when not. */
static size_t end_at_mark(struct span text, size_t start, size_t at, enum terminator kind)
{
    bool is_quoted;
    size_t length, marks_end = skip_terminators(text, at, &kind, &is_quoted), next;
    uint32_t first;

    next = space_skip(text, marks_end);
    if (next >= text.len)
        return text.len;
    first = char_at(text, next, &length);
    if (kind == TERMINATOR_CLOSED)
        return next;
    if (next == marks_end) /* no space: "3.14", "example.org", "e.g.", "?)" inside a word */
        return (uint8_t)text.data[at] >= 0x80 && first > 0x2E80 ? next : 0;
    if (kind == TERMINATOR_DOT)
        return dot_ends(text, start, at, next) ? next : 0;
    /* "What?" he asked. */
    if (is_quoted && (first < 0x80 ? first - 'a' < 26 : u_islower((UChar32)first)))
        return 0;
    return next;
}

static size_t line_end(struct span text, size_t offset)
{
    size_t room = text.len - offset < LONG_LINE_BYTES ? text.len - offset : LONG_LINE_BYTES;
    const char *end = memchr(text.data + offset, '\n', room);

    return end ? (size_t)(end - text.data) : offset + room;
}

static bool is_long_line(struct span text, size_t offset)
{
    return offset < text.len && line_end(text, offset) - offset >= LONG_LINE_BYTES;
}

static bool ends_with_mark(struct span text, size_t start, size_t end)
{
    size_t length;
    uint32_t c;

    end = space_trim(text, start, end);
    while (end > start && is_closer(char_before(text, end, &length)))
        end -= length;
    c = char_before(text, end, &length);
    return terminator_of(c) || c == ',' || c == ';';
}

static bool has_list_mark(struct span text, size_t at)
{
    if (at + 1 < text.len && strchr("-*+", text.data[at]) && text.data[at + 1] == ' ')
        return true;
    return at + 3 < text.len && memcmp(text.data + at, "\xE2\x80\xA2", 3) == 0;
}

/* "}, {": objects of a list. */
static bool is_between_objects(struct span text, size_t gap, size_t next)
{
    return gap >= 2 && memcmp(text.data + gap - 2, "},", 2) == 0 && next < text.len &&
           text.data[next] == '{';
}

/* Of a gap within one line of the file. An escaped line break is meant: nobody wraps there. */
static enum line_break break_kind_within_line(struct span text, size_t gap, size_t next)
{
    size_t lines = 0;

    for (size_t at = gap; at < next; at++)
        lines += is_escaped_line(text, at);
    if (lines == 1)
        return LINE_ITEM;
    return lines > 1 || is_between_objects(text, gap, next) ? LINE_PARAGRAPH : LINE_NONE;
}

enum line_break line_break_kind(struct span text, size_t start, size_t gap)
{
    size_t next = space_skip(text, gap), begin = gap, line, after;
    const char *first = memchr(text.data + gap, '\n', next - gap);

    if (!first)
        return break_kind_within_line(text, gap, next);
    line = (size_t)(first - text.data) + 1;
    if (next >= text.len || memchr(text.data + line, '\n', next - line))
        return LINE_PARAGRAPH;
    if (has_list_mark(text, next))
        return LINE_ITEM;
    after = line_end(text, next);
    if (after - next < HEADING_LINE_BYTES && is_long_line(text, space_skip(text, after)) &&
        !ends_with_mark(text, next, after))
        return LINE_HEADING;
    while (begin > start && text.data[begin - 1] != '\n' && gap - begin < LONG_LINE_BYTES)
        begin--;
    return gap - begin >= LONG_LINE_BYTES || is_long_line(text, next) ||
                   is_long_line(text, space_skip(text, after))
               ? LINE_PARAGRAPH
               : LINE_WRAP;
}

static size_t end_at_line(struct span text, size_t start, size_t at)
{
    return line_break_kind(text, start, at) > LINE_WRAP ? space_skip(text, at) : 0;
}

/* Objects of a list, in text that is JSON or looks like it. */
static size_t end_at_brace(struct span text, size_t at)
{
    size_t next;

    if (at + 1 >= text.len || text.data[at + 1] != ',')
        return 0;
    next = space_skip(text, at + 2);
    return next < text.len && text.data[next] == '{' ? next : 0;
}

/* Thai and Lao have no full stop: a space between two of their letters is the end of a phrase. */
static size_t end_at_phrase(struct span text, size_t at)
{
    size_t length, next;
    uint32_t c = char_at(text, at, &length);

    if (c < 0x0E00 || c > 0x0EFF || at + length >= text.len || text.data[at + length] != ' ')
        return 0;
    next = space_skip(text, at + length);
    if (next >= text.len)
        return text.len;
    c = char_at(text, next, &length);
    return c >= 0x0E00 && c <= 0x0EFF ? next : 0;
}

size_t sentence_next(struct span text, size_t start)
{
    for (size_t at = start; at < text.len; at++) {
        unsigned stop = stops[(uint8_t)text.data[at]];
        size_t next = 0, length;
        enum terminator kind;

        switch (stop) {
        case STOP_NONE:
            continue;
        case STOP_ESCAPE:
            next = is_escaped_line(text, at) ? end_at_line(text, start, at) : 0;
            break;
        case STOP_LINE:
            next = end_at_line(text, start, at);
            break;
        case STOP_BRACE:
            next = end_at_brace(text, at);
            break;
        case STOP_HIGH:
            kind = terminator_of(char_at(text, at, &length));
            next = kind ? end_at_mark(text, start, at, kind) : end_at_phrase(text, at);
            break;
        default:
            next =
                end_at_mark(text, start, at, stop == STOP_DOT ? TERMINATOR_DOT : TERMINATOR_MARK);
            break;
        }
        if (next > start && !joins_what_is_before(text, next))
            return next;
    }
    return text.len;
}

size_t clause_next(struct span text, size_t start)
{
    size_t length;

    for (size_t at = start; at < text.len; at += length) {
        uint32_t c = char_at(text, at, &length);
        bool is_mark = c == ',' || c == ';' || c == ':' || c == ')' || c == 0x2014 || c == 0x2013 ||
                       c == 0x060C || c == 0x061B;
        bool is_wide = c == 0x3001 || c == 0xFF0C || c == 0xFF1B || c == 0xFF1A;
        size_t behind = at + length, next;

        if (!is_mark && !is_wide)
            continue;
        next = space_skip(text, behind);
        if ((is_wide || next > behind) && next > start && !joins_what_is_before(text, next))
            return next;
    }
    return text.len;
}

size_t word_next(struct span text, size_t start)
{
    size_t length;

    for (size_t at = start; at < text.len; at += length) {
        size_t next;

        if (!is_space(char_at(text, at, &length)) || at == start)
            continue;
        next = space_skip(text, at);
        if (!joins_what_is_before(text, next))
            return next;
    }
    return text.len;
}

size_t line_next(struct span text, size_t start)
{
    const char *end = memchr(text.data + start, '\n', text.len - start);

    return end ? (size_t)(end - text.data) + 1 : text.len;
}
