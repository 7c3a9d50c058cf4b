#include "extractors/pdf/pdf_abridge.h"

#include <stdint.h>
#include <string.h>

#define SAVES_MAX         256u
#define NESTING_MAX       32u
#define OPERANDS_MAX      32u /* poppler takes one more */
#define OPERATOR_LEN_MAX  3u
#define OPERATOR(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

/* What becomes of an operator. */
enum fate {
    FATE_UNKNOWN, /* nor of the stream then */
    FATE_DROPPED,
    FATE_FILL, /* kept, until the next one, and where it changes anything */
    FATE_FONT,
    FATE_OTHER_FILL,
    FATE_STATE, /* these four are kept where text is before the state is restored */
    FATE_KEPT,
};

/* A q that has not met its Q. */
struct save {
    char *start; /* in the result */
    size_t kept;
};

/* The last operator of its kind in the result, while what it sets is set; start: NULL, unknown. */
struct setting {
    char *start, *end;
};

struct abridger {
    const char *at, *end;
    char *out, *to; /* the result's start, and its end so far: it never gets ahead of at */
    char *operands_start;
    unsigned operands, numbers, nesting;
    uint32_t nested_dicts; /* a bit for each: a dictionary, not an array */
    struct setting fill, font;
    struct save saves[SAVES_MAX];
    size_t depth;
    size_t kept; /* operators that matter beyond their state */
};

/* ---- characters ---- */

/* What a character may be: 7.2.2, and what it is worth as a digit of a hexadecimal string. */
enum { SPACE = 0x20, DELIMITER = 0x40, NO_DIGIT = 0x10 };

/* clang-format off */
#define A4(x) (x), (x), (x), (x)
#define A16(x) A4(x), A4(x), A4(x), A4(x)
static const uint8_t characters[256] = {
    SPACE | NO_DIGIT, A4(NO_DIGIT), A4(NO_DIGIT), SPACE | NO_DIGIT, SPACE | NO_DIGIT, NO_DIGIT,
    SPACE | NO_DIGIT, SPACE | NO_DIGIT, NO_DIGIT, NO_DIGIT,
    A16(NO_DIGIT),
    SPACE | NO_DIGIT, A4(NO_DIGIT), DELIMITER | NO_DIGIT, NO_DIGIT, NO_DIGIT, /* % */
    DELIMITER | NO_DIGIT, DELIMITER | NO_DIGIT, NO_DIGIT, NO_DIGIT, NO_DIGIT, NO_DIGIT, NO_DIGIT,
    DELIMITER | NO_DIGIT, /* ( ) / */
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NO_DIGIT, NO_DIGIT,
    DELIMITER | NO_DIGIT, NO_DIGIT, DELIMITER | NO_DIGIT, NO_DIGIT, /* < > */
    NO_DIGIT, 10, 11, 12, 13, 14, 15, NO_DIGIT, A4(NO_DIGIT), A4(NO_DIGIT),
    A4(NO_DIGIT), A4(NO_DIGIT), NO_DIGIT, NO_DIGIT, NO_DIGIT,
    DELIMITER | NO_DIGIT, NO_DIGIT, DELIMITER | NO_DIGIT, NO_DIGIT, NO_DIGIT, /* [ ] */
    NO_DIGIT, 10, 11, 12, 13, 14, 15, NO_DIGIT, A4(NO_DIGIT), A4(NO_DIGIT),
    A4(NO_DIGIT), A4(NO_DIGIT), NO_DIGIT, NO_DIGIT, NO_DIGIT,
    DELIMITER | NO_DIGIT, NO_DIGIT, DELIMITER | NO_DIGIT, NO_DIGIT, NO_DIGIT, /* { } */
    A16(NO_DIGIT), A16(NO_DIGIT), A16(NO_DIGIT), A16(NO_DIGIT),
    A16(NO_DIGIT), A16(NO_DIGIT), A16(NO_DIGIT), A16(NO_DIGIT),
};
/* clang-format on */

static inline unsigned character(char c)
{
    return characters[(unsigned char)c];
}

static inline bool is_space(char c)
{
    return character(c) & SPACE;
}

static inline bool is_regular(char c)
{
    return !(character(c) & (SPACE | DELIMITER));
}

static inline void skip_space(struct abridger *in)
{
    while (in->at < in->end && (is_space(*in->at) || *in->at == '%')) {
        if (*in->at++ != '%')
            continue;
        while (in->at < in->end && *in->at != '\n' && *in->at != '\r')
            in->at++;
    }
}

static inline void put(struct abridger *in, const char *bytes, size_t len)
{
    if (in->to > in->out && is_regular(bytes[0]) && is_regular(in->to[-1]))
        *in->to++ = ' ';
    memcpy(in->to, bytes, len);
    in->to += len;
}

/* ---- operands ---- */

static void operand_begin(struct abridger *in)
{
    if (in->operands == 0 && in->nesting == 0)
        in->operands_start = in->to;
}

static bool operand_end(struct abridger *in)
{
    if (in->nesting == 0)
        in->operands++;
    return in->operands <= OPERANDS_MAX;
}

/* From its parenthesis to the one that closes it. */
static bool take_literal(struct abridger *in)
{
    const char *start = in->at;
    size_t open = 0;

    for (; in->at < in->end; in->at++) {
        if (*in->at == '\\')
            in->at++;
        else if (*in->at == '(')
            open++;
        else if (*in->at == ')' && --open == 0)
            break;
    }
    if (in->at >= in->end)
        return false;
    in->at++;
    put(in, start, (size_t)(in->at - start));
    return true;
}

static inline void put_byte(struct abridger *in, char c)
{
    if (c == '(' || c == ')' || c == '\\' || c == '\r')
        *in->to++ = '\\';
    *in->to++ = c == '\r' ? 'r' : c;
}

/* Two digits give at most two bytes, so the result stays behind. */
static bool take_hexadecimal(struct abridger *in)
{
    const char *at = in->at + 1, *end = in->end;
    unsigned high = NO_DIGIT;

    *in->to++ = '(';
    for (; at + 1 < end; at += 2) {
        unsigned first = character(at[0]), second = character(at[1]);

        if ((first | second) >= NO_DIGIT)
            break;
        put_byte(in, (char)(first << 4 | second));
    }
    for (; at < end && *at != '>'; at++) {
        unsigned digit = character(*at);

        if (digit & SPACE)
            continue;
        if (digit & (NO_DIGIT | DELIMITER))
            return false;
        if (high == NO_DIGIT) {
            high = digit;
            continue;
        }
        put_byte(in, (char)(high << 4 | digit));
        high = NO_DIGIT;
    }
    if (at == end)
        return false;
    if (high != NO_DIGIT)
        put_byte(in, (char)(high << 4));
    *in->to++ = ')';
    in->at = at + 1;
    return true;
}

static bool take_open(struct abridger *in, bool is_dict)
{
    if (in->nesting == NESTING_MAX)
        return false;
    put(in, in->at, is_dict ? 2 : 1);
    in->at += is_dict ? 2 : 1;
    in->nested_dicts = in->nested_dicts << 1 | (is_dict ? 1U : 0U);
    in->nesting++;
    return true;
}

static bool take_close(struct abridger *in, bool is_dict)
{
    if (in->nesting == 0 || (in->nested_dicts & 1U) != (is_dict ? 1U : 0U))
        return false;
    put(in, in->at, is_dict ? 2 : 1);
    in->at += is_dict ? 2 : 1;
    in->nested_dicts >>= 1;
    in->nesting--;
    return operand_end(in);
}

static void take_name(struct abridger *in)
{
    const char *start = in->at++;

    while (in->at < in->end && is_regular(*in->at))
        in->at++;
    put(in, start, (size_t)(in->at - start));
}

/* One that is written in an odd way is left to poppler, with the whole stream. */
static bool take_number(struct abridger *in)
{
    const char *at = in->at;
    unsigned digits, points;
    char *to;

    operand_begin(in);
    put(in, at++, 1);
    to = in->to;
    digits = *in->at >= '0' && *in->at <= '9';
    points = *in->at == '.';
    for (; at < in->end && ((*at >= '0' && *at <= '9') || *at == '.'); at++) {
        points += *at == '.';
        digits += *at != '.';
        *to++ = *at;
    }
    in->to = to;
    in->at = at;
    in->numbers += in->nesting == 0;
    return (at == in->end || !is_regular(*at)) && points <= 1 && digits > 0 && operand_end(in);
}

/* ---- operators ---- */

struct operator_rule {
    uint32_t code;
    unsigned operands; /* it needs */
    enum fate fate;
};

/* Annex A, without inline pictures and what describes letters: streams that have them stay. */
static struct operator_rule rule_of(uint32_t code)
{
    static const struct operator_rule rules[] = {
        { OPERATOR('T', 'J', 0), 1, FATE_KEPT },
        { OPERATOR('T', 'd', 0), 2, FATE_KEPT },
        { OPERATOR('T', 'f', 0), 2, FATE_FONT },
        { OPERATOR('T', 'j', 0), 1, FATE_KEPT },
        { OPERATOR('T', 'm', 0), 6, FATE_KEPT },
        { OPERATOR('B', 'T', 0), 0, FATE_KEPT },
        { OPERATOR('E', 'T', 0), 0, FATE_KEPT },
        { OPERATOR('l', 0, 0), 2, FATE_DROPPED },
        { OPERATOR('m', 0, 0), 2, FATE_DROPPED },
        { OPERATOR('c', 0, 0), 6, FATE_DROPPED },
        { OPERATOR('r', 'e', 0), 4, FATE_DROPPED },
        { OPERATOR('h', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('v', 0, 0), 4, FATE_DROPPED },
        { OPERATOR('y', 0, 0), 4, FATE_DROPPED },
        { OPERATOR('g', 0, 0), 1, FATE_FILL },
        { OPERATOR('r', 'g', 0), 3, FATE_FILL },
        { OPERATOR('k', 0, 0), 4, FATE_FILL },
        { OPERATOR('G', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('R', 'G', 0), 3, FATE_DROPPED },
        { OPERATOR('K', 0, 0), 4, FATE_DROPPED },
        { OPERATOR('c', 'm', 0), 6, FATE_STATE },
        { OPERATOR('w', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('S', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('s', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('f', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('F', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('f', '*', 0), 0, FATE_DROPPED },
        { OPERATOR('B', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('B', '*', 0), 0, FATE_DROPPED },
        { OPERATOR('b', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('b', '*', 0), 0, FATE_DROPPED },
        { OPERATOR('n', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('W', 0, 0), 0, FATE_DROPPED },
        { OPERATOR('W', '*', 0), 0, FATE_DROPPED },
        { OPERATOR('J', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('j', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('M', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('d', 0, 0), 2, FATE_DROPPED },
        { OPERATOR('i', 0, 0), 1, FATE_DROPPED },
        { OPERATOR('r', 'i', 0), 1, FATE_DROPPED },
        { OPERATOR('s', 'h', 0), 1, FATE_DROPPED },
        { OPERATOR('C', 'S', 0), 1, FATE_DROPPED },
        { OPERATOR('S', 'C', 0), 1, FATE_DROPPED },
        { OPERATOR('S', 'C', 'N'), 1, FATE_DROPPED },
        { OPERATOR('g', 's', 0), 1, FATE_STATE },
        { OPERATOR('c', 's', 0), 1, FATE_OTHER_FILL },
        { OPERATOR('s', 'c', 0), 1, FATE_OTHER_FILL },
        { OPERATOR('s', 'c', 'n'), 1, FATE_OTHER_FILL },
        { OPERATOR('T', 'c', 0), 1, FATE_STATE },
        { OPERATOR('T', 'w', 0), 1, FATE_STATE },
        { OPERATOR('T', 'z', 0), 1, FATE_STATE },
        { OPERATOR('T', 'L', 0), 1, FATE_STATE },
        { OPERATOR('T', 's', 0), 1, FATE_STATE },
        { OPERATOR('T', 'r', 0), 1, FATE_STATE },
        { OPERATOR('T', 'D', 0), 2, FATE_KEPT },
        { OPERATOR('T', '*', 0), 0, FATE_KEPT },
        { OPERATOR('\'', 0, 0), 1, FATE_KEPT },
        { OPERATOR('"', 0, 0), 3, FATE_KEPT },
        { OPERATOR('D', 'o', 0), 1, FATE_KEPT },
        { OPERATOR('B', 'M', 'C'), 1, FATE_KEPT },
        { OPERATOR('B', 'D', 'C'), 2, FATE_KEPT },
        { OPERATOR('E', 'M', 'C'), 0, FATE_KEPT },
        { OPERATOR('M', 'P', 0), 1, FATE_KEPT },
        { OPERATOR('D', 'P', 0), 2, FATE_KEPT },
        { OPERATOR('B', 'X', 0), 0, FATE_KEPT },
        { OPERATOR('E', 'X', 0), 0, FATE_KEPT },
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].code == code)
            return rules[i];
    return (struct operator_rule){ code, 0, FATE_UNKNOWN };
}

static bool save(struct abridger *in)
{
    if (in->depth == SAVES_MAX)
        return false;
    in->saves[in->depth++] = (struct save){ in->to, in->kept };
    put(in, "q", 1);
    return true;
}

static void setting_forget_after(struct setting *setting, const char *end)
{
    if (setting->start && setting->end > end)
        setting->start = setting->end = NULL;
}

/* What is between q and Q goes with them, when it is state and nothing else. */
static void restore(struct abridger *in)
{
    if (in->depth > 0 && in->saves[--in->depth].kept == in->kept) {
        in->to = in->saves[in->depth].start;
        setting_forget_after(&in->fill, in->to);
        setting_forget_after(&in->font, in->to);
        return;
    }
    in->fill = in->font = (struct setting){ NULL, NULL };
    put(in, "Q", 1);
}

/* Outlines have the colour of strokes, which is dropped. */
static bool is_outlining(const struct abridger *in, uint32_t code)
{
    return code == OPERATOR('T', 'r', 0) && (in->to[-1] == '1' || in->to[-1] == '5');
}

static bool settings_equal(const struct setting *a, const struct setting *b)
{
    const char *left = a->start, *right = b->start;

    if (!left)
        return false;
    left += *left == ' ';
    right += *right == ' ';
    return a->end - left == b->end - right && memcmp(left, right, (size_t)(a->end - left)) == 0;
}

/* The operator with its operands, unless it is the same as before. */
static void put_setting(struct abridger *in, struct setting *last, const char *word, size_t len)
{
    struct setting setting = { .start = in->operands_start };

    put(in, word, len);
    setting.end = in->to;
    if (settings_equal(last, &setting))
        in->to = in->operands_start;
    else
        *last = setting;
}

static void put_fill(struct abridger *in, const char *word, size_t len)
{
    size_t operands_len = (size_t)(in->to - in->operands_start);

    if (in->fill.start && in->fill.end == in->operands_start && in->numbers == in->operands) {
        memmove(in->fill.start, in->operands_start, operands_len);
        in->operands_start = in->fill.start;
        in->to = in->fill.start + operands_len;
        in->fill.start = NULL;
    }
    put_setting(in, &in->fill, word, len);
}

static bool take_operator(struct abridger *in, const char *word, size_t len)
{
    struct operator_rule rule;
    uint32_t code = 0;

    if (len > OPERATOR_LEN_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        code |= (uint32_t)(unsigned char)word[i] << (8 * i);
    if (in->operands == 0)
        in->operands_start = in->to;
    if (code == 'q' || code == 'Q') {
        in->to = in->operands_start;
        if (code == 'q')
            return save(in);
        restore(in);
        return true;
    }
    rule = rule_of(code);
    if (in->operands < rule.operands || is_outlining(in, code))
        return false;
    switch (rule.fate) {
    case FATE_DROPPED:
        in->to = in->operands_start;
        return true;
    case FATE_FILL:
        put_fill(in, word, len);
        return true;
    case FATE_FONT:
        put_setting(in, &in->font, word, len);
        return true;
    case FATE_UNKNOWN:
        return false;
    default:
        break;
    }
    in->kept += rule.fate == FATE_KEPT;
    if (rule.fate == FATE_OTHER_FILL)
        in->fill.start = NULL;
    if (code == OPERATOR('g', 's', 0)) /* it may have a font */
        in->font.start = NULL;
    put(in, word, len);
    return true;
}

/* An operator, or one of the words that stand in dictionaries. */
static bool take_word(struct abridger *in)
{
    const char *start = in->at;
    size_t len;
    bool ok;

    while (in->at < in->end && is_regular(*in->at))
        in->at++;
    len = (size_t)(in->at - start);
    if (len == 0)
        return false;
    if (in->nesting) {
        put(in, start, len);
        return (len == 4 && memcmp(start, "true", 4) == 0) ||
               (len == 4 && memcmp(start, "null", 4) == 0) ||
               (len == 5 && memcmp(start, "false", 5) == 0);
    }
    ok = take_operator(in, start, len);
    in->operands = in->numbers = 0;
    return ok;
}

static bool take_token(struct abridger *in)
{
    char next = in->at + 1 < in->end ? in->at[1] : '\0';

    switch (*in->at) {
    case '(':
        operand_begin(in);
        return take_literal(in) && operand_end(in);
    case '<':
        operand_begin(in);
        if (next == '<')
            return take_open(in, true);
        return take_hexadecimal(in) && operand_end(in);
    case '>':
        return next == '>' && take_close(in, true);
    case '[':
        operand_begin(in);
        return take_open(in, false);
    case ']':
        return take_close(in, false);
    case '/':
        operand_begin(in);
        take_name(in);
        return operand_end(in);
    case '+':
    case '-':
    case '.':
        return take_number(in);
    default:
        return *in->at >= '0' && *in->at <= '9' ? take_number(in) : take_word(in);
    }
}

bool pdf_abridge(struct span content, struct buf *out)
{
    struct abridger in = { .at = content.data, .end = content.data + content.len };
    bool ok = true;

    buf_clear(out);
    buf_append(out, content.data, content.len);
    if (out->failed)
        return false;
    in.out = in.to = out->data;
    for (skip_space(&in); in.at < in.end && ok; skip_space(&in))
        ok = take_token(&in);
    /* Operands at the end may belong to the next stream of the page. */
    ok = ok && in.nesting == 0 && (size_t)(in.to - in.out) < content.len - content.len / 8;
    out->len = ok ? (size_t)(in.to - in.out) : 0;
    out->data[out->len] = '\0';
    return ok;
}
