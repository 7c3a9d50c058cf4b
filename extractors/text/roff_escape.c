/*
 * roff_escape.c - escapes and special characters: groff(7), groff_char(7).
 */
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "extractors/text/roff.h"

#define STRING_DEPTH_MAX 4u
#define RESOLVED_MAX     ((size_t)1 << 20)

static const struct {
    const char *name, *utf8;
} characters[] = {
    { "bu", "•" },  { "em", "—" },   { "en", "–" },   { "hy", "-" },  { "mi", "−" },
    { "aq", "'" },  { "dq", "\"" },  { "lq", "“" },   { "rq", "”" },  { "oq", "‘" },
    { "cq", "’" },  { "Bq", "„" },   { "bq", "‚" },   { "Fo", "«" },  { "Fc", "»" },
    { "fo", "‹" },  { "fc", "›" },   { "co", "©" },   { "rg", "®" },  { "tm", "™" },
    { "ha", "^" },  { "ti", "~" },   { "ga", "`" },   { "aa", "´" },  { "bv", "|" },
    { "ba", "|" },  { "br", "|" },   { "bb", "¦" },   { "ul", "_" },  { "ru", "_" },
    { "rs", "\\" }, { "sl", "/" },   { "at", "@" },   { "sh", "#" },  { "Do", "$" },
    { "lB", "[" },  { "rB", "]" },   { "lC", "{" },   { "rC", "}" },  { "la", "⟨" },
    { "ra", "⟩" },  { "->", "→" },   { "<-", "←" },   { "<>", "↔" },  { "ua", "↑" },
    { "da", "↓" },  { "va", "↕" },   { "rA", "⇒" },   { "lA", "⇐" },  { "hA", "⇔" },
    { ">=", "≥" },  { "<=", "≤" },   { "!=", "≠" },   { "==", "≡" },  { "ne", "≢" },
    { "~~", "≈" },  { "~=", "≅" },   { "ap", "∼" },   { "+-", "±" },  { "-+", "∓" },
    { "pl", "+" },  { "eq", "=" },   { "mu", "×" },   { "tmu", "×" }, { "di", "÷" },
    { "pc", "·" },  { "md", "⋅" },   { "de", "°" },   { "fm", "′" },  { "sd", "″" },
    { "%0", "‰" },  { "12", "½" },   { "14", "¼" },   { "34", "¾" },  { "S1", "¹" },
    { "S2", "²" },  { "S3", "³" },   { "dg", "†" },   { "dd", "‡" },  { "ps", "¶" },
    { "sc", "§" },  { "ct", "¢" },   { "Po", "£" },   { "Ye", "¥" },  { "Eu", "€" },
    { "Cs", "¤" },  { "ss", "ß" },   { "AE", "Æ" },   { "ae", "æ" },  { "OE", "Œ" },
    { "oe", "œ" },  { "IJ", "Ĳ" },   { "ij", "ĳ" },   { "ff", "ff" }, { "fi", "fi" },
    { "fl", "fl" }, { "Fi", "ffi" }, { "Fl", "ffl" }, { "-D", "Ð" },  { "Sd", "ð" },
    { "TP", "Þ" },  { "Tp", "þ" },   { "/L", "Ł" },   { "/l", "ł" },  { "/O", "Ø" },
    { "/o", "ø" },  { "oA", "Å" },   { "oa", "å" },   { ".i", "ı" },  { "r!", "¡" },
    { "r?", "¿" },  { "'A", "Á" },   { "'E", "É" },   { "'I", "Í" },  { "'O", "Ó" },
    { "'U", "Ú" },  { "'Y", "Ý" },   { "'C", "Ć" },   { "'a", "á" },  { "'e", "é" },
    { "'i", "í" },  { "'o", "ó" },   { "'u", "ú" },   { "'y", "ý" },  { "'c", "ć" },
    { ":A", "Ä" },  { ":E", "Ë" },   { ":I", "Ï" },   { ":O", "Ö" },  { ":U", "Ü" },
    { ":Y", "Ÿ" },  { ":a", "ä" },   { ":e", "ë" },   { ":i", "ï" },  { ":o", "ö" },
    { ":u", "ü" },  { ":y", "ÿ" },   { "^A", "Â" },   { "^E", "Ê" },  { "^I", "Î" },
    { "^O", "Ô" },  { "^U", "Û" },   { "^a", "â" },   { "^e", "ê" },  { "^i", "î" },
    { "^o", "ô" },  { "^u", "û" },   { "`A", "À" },   { "`E", "È" },  { "`I", "Ì" },
    { "`O", "Ò" },  { "`U", "Ù" },   { "`a", "à" },   { "`e", "è" },  { "`i", "ì" },
    { "`o", "ò" },  { "`u", "ù" },   { "~A", "Ã" },   { "~N", "Ñ" },  { "~O", "Õ" },
    { "~a", "ã" },  { "~n", "ñ" },   { "~o", "õ" },   { "vS", "Š" },  { "vs", "š" },
    { "vZ", "Ž" },  { "vz", "ž" },   { ",C", "Ç" },   { ",c", "ç" },  { "*A", "Α" },
    { "*B", "Β" },  { "*G", "Γ" },   { "*D", "Δ" },   { "*E", "Ε" },  { "*Z", "Ζ" },
    { "*Y", "Η" },  { "*H", "Θ" },   { "*I", "Ι" },   { "*K", "Κ" },  { "*L", "Λ" },
    { "*M", "Μ" },  { "*N", "Ν" },   { "*C", "Ξ" },   { "*O", "Ο" },  { "*P", "Π" },
    { "*R", "Ρ" },  { "*S", "Σ" },   { "*T", "Τ" },   { "*U", "Υ" },  { "*F", "Φ" },
    { "*X", "Χ" },  { "*Q", "Ψ" },   { "*W", "Ω" },   { "*a", "α" },  { "*b", "β" },
    { "*g", "γ" },  { "*d", "δ" },   { "*e", "ε" },   { "*z", "ζ" },  { "*y", "η" },
    { "*h", "θ" },  { "*i", "ι" },   { "*k", "κ" },   { "*l", "λ" },  { "*m", "μ" },
    { "*n", "ν" },  { "*c", "ξ" },   { "*o", "ο" },   { "*p", "π" },  { "*r", "ρ" },
    { "*s", "σ" },  { "ts", "ς" },   { "*t", "τ" },   { "*u", "υ" },  { "*f", "φ" },
    { "*x", "χ" },  { "*q", "ψ" },   { "*w", "ω" },   { "mc", "µ" },  { "if", "∞" },
    { "sr", "√" },  { "es", "∅" },   { "ca", "∩" },   { "cu", "∪" },  { "mo", "∈" },
    { "nm", "∉" },  { "sb", "⊂" },   { "sp", "⊃" },   { "ib", "⊆" },  { "ip", "⊇" },
    { "AN", "∧" },  { "OR", "∨" },   { "no", "¬" },   { "fa", "∀" },  { "te", "∃" },
    { "pd", "∂" },  { "gr", "∇" },   { "is", "∫" },   { "sum", "∑" }, { "product", "∏" },
    { "sq", "□" },  { "ci", "○" },   { "lz", "◊" },   { "OK", "✓" },  { "lh", "☜" },
    { "rh", "☞" },  { "CR", "↵" },   { "lc", "⌈" },   { "rc", "⌉" },  { "lf", "⌊" },
    { "rf", "⌋" },  { "st", "∋" },
};

/* Strings that man(7), mdoc(7) and ms(7) have from the start. */
static const struct {
    const char *name, *utf8;
} strings[] = {
    { "R", "®" },  { "Tm", "™" },  { "lq", "“" },  { "rq", "”" },   { "S", "" },    { "Le", "≤" },
    { "Ge", "≥" }, { "Lt", "<" },  { "Gt", ">" },  { "Ne", "≠" },   { "Am", "&" },  { "Ba", "|" },
    { "Lq", "“" }, { "Rq", "”" },  { "q", "\"" },  { "Pm", "±" },   { "If", "∞" },  { "aa", "´" },
    { "ga", "`" }, { "L\"", "“" }, { "R\"", "”" }, { "C+", "C++" }, { "--", "--" }, { "-", "-" },
};

struct span roff_character(struct span name, char utf8[8])
{
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++)
        if (roff_is(name, characters[i].name))
            return (struct span){ characters[i].utf8, strlen(characters[i].utf8) };
    /* "u2014", "u0041_0301", "char228" */
    if (name.len >= 5 && name.data[0] == 'u') {
        uint32_t code = 0;
        size_t i = 1;

        for (; i < name.len && isxdigit((unsigned char)name.data[i]) && i < 8; i++)
            code = code * 16 + (uint32_t)(isdigit((unsigned char)name.data[i])
                                              ? name.data[i] - '0'
                                              : tolower((unsigned char)name.data[i]) - 'a' + 10);
        if (code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF))
            return (struct span){ utf8, utf8_encode(code, utf8) };
    }
    return (struct span){ "", 0 };
}

/* The name behind an escape: one character, "(xx", "[name]". *at is left behind it. */
static struct span take_name(struct span raw, size_t *at)
{
    size_t start = *at, end;

    if (start < raw.len && raw.data[start] == '(') {
        end = start + 3 < raw.len ? start + 3 : raw.len;
        *at = end;
        return (struct span){ raw.data + start + 1, end - start - 1 };
    }
    if (start < raw.len && raw.data[start] == '[') {
        end = markup_find(raw, start, "]");
        *at = end < raw.len ? end + 1 : end;
        return (struct span){ raw.data + start + 1, end - start - 1 };
    }
    end = start < raw.len ? start + 1 : start;
    *at = end;
    return (struct span){ raw.data + start, end - start };
}

/* What stands between two equal characters: 'text'. */
static struct span take_quoted(struct span raw, size_t *at)
{
    const char *end;
    size_t start = *at + 1;

    if (*at >= raw.len || start >= raw.len) {
        *at = raw.len;
        return (struct span){ "", 0 };
    }
    end = memchr(raw.data + start, raw.data[*at], raw.len - start);
    *at = end ? (size_t)(end - raw.data) + 1 : raw.len;
    return (struct span){ raw.data + start, (end ? (size_t)(end - raw.data) : raw.len) - start };
}

/* \s-1, \s+1, \s(12, \s[12], \s'12' */
static void skip_size(struct span raw, size_t *at)
{
    if (*at < raw.len && strchr("+-", raw.data[*at]))
        (*at)++;
    if (*at < raw.len && raw.data[*at] == '\'')
        (void)take_quoted(raw, at);
    else if (*at < raw.len && strchr("123", raw.data[*at]) && *at + 1 < raw.len &&
             isdigit((unsigned char)raw.data[*at + 1]))
        *at += 2;
    else
        (void)take_name(raw, at);
}

static void append_utf8(struct buf *out, struct span text)
{
    buf_append(out, text.data, text.len);
}

static bool resolve(struct roff *roff, struct span raw, unsigned depth, struct buf *out);

/* ---- fonts ---- */

static char looks_mark(unsigned looks)
{
    return (char)(ROFF_LOOKS + (char)looks);
}

static bool is_looks_mark(char c)
{
    return c >= ROFF_LOOKS && c < ROFF_LOOKS + (char)ROFF_LOOKS_COUNT;
}

/* "B", "2", "CB", "CW" ...; other families look like nothing. */
void roff_set_font(struct roff *roff, struct span name)
{
    unsigned font = 0;

    if (name.len == 0 || roff_is(name, "P")) {
        font = roff->font_before;
    } else {
        bool is_fixed = name.len > 1 && name.data[0] == 'C';

        if (is_fixed)
            name = markup_from(name, 1);
        if (roff_is(name, "B") || roff_is(name, "3"))
            font = ROFF_BOLD;
        else if (roff_is(name, "I") || roff_is(name, "2"))
            font = ROFF_ITALIC;
        else if (roff_is(name, "BI") || roff_is(name, "4"))
            font = ROFF_BOLD | ROFF_ITALIC;
        else if (is_fixed || roff_is(name, "C"))
            font = ROFF_CODE;
    }
    roff->font_before = roff->font;
    roff->font = font;
}

void roff_drop_looks(struct buf *out, size_t start)
{
    size_t kept = start;

    for (size_t i = start; i < out->len; i++)
        if (!is_looks_mark(out->data[i]))
            out->data[kept++] = out->data[i];
    out->len = kept;
    out->data[kept] = '\0';
}

/* Leaves of the marks since start those in front of something that looks otherwise than what is in
 * front of it. */
static void thin_looks(struct buf *out, size_t start)
{
    char now = ROFF_LOOKS, wanted = ROFF_LOOKS;
    size_t kept = start;

    for (size_t i = start; i < out->len; i++) {
        char c = out->data[i];

        if (is_looks_mark(c)) {
            wanted = c;
            continue;
        }
        if (wanted != now)
            out->data[kept++] = now = wanted; /* in the place of a mark, so there is room */
        out->data[kept++] = c;
    }
    out->len = kept;
    out->data[kept] = '\0';
    if (now != ROFF_LOOKS)
        buf_append_char(out, ROFF_LOOKS);
}

void roff_append_looking(struct buf *out, unsigned looks, struct span words)
{
    if (looks)
        buf_append_char(out, looks_mark(looks));
    buf_append(out, words.data, words.len);
    if (looks)
        buf_append_char(out, ROFF_LOOKS);
}

static void append_string(struct roff *roff, struct span name, unsigned depth, struct buf *out)
{
    const struct roff_define *define = roff_lookup(roff, name);

    if (define && !define->is_macro && depth < STRING_DEPTH_MAX &&
        roff_spend(roff, define->value.len)) {
        (void)resolve(roff, buf_span(&define->value), depth + 1, out);
        return;
    }
    for (size_t i = 0; !define && i < sizeof(strings) / sizeof(strings[0]); i++)
        if (roff_is(name, strings[i].name))
            buf_append(out, strings[i].utf8, strlen(strings[i].utf8));
}

static void append_named(const struct roff *roff, struct span name, struct buf *out)
{
    char utf8[8];

    for (size_t i = 0; i < roff->turned_count; i++)
        if (name.len == 2 && !memcmp(roff->turned[i], name.data, 2)) {
            buf_append_char(out, roff->turned_to[i]);
            return;
        }
    append_utf8(out, roff_character(name, utf8));
}

/* One escape; raw.data[*at] is the character behind the backslash. True: \c. */
static bool append_escape(struct roff *roff, struct span raw, size_t *at, unsigned depth,
                          struct buf *out)
{
    char c = raw.data[(*at)++], utf8[8], step;
    struct span name;

    switch (c) {
    case '(':
    case '[':
        (*at)--;
        append_named(roff, take_name(raw, at), out);
        break;
    case '*':
        append_string(roff, take_name(raw, at), depth, out);
        break;
    case 'f':
        name = take_name(raw, at);
        roff_set_font(roff, name);
        if (roff->tells_looks)
            buf_append_char(out, looks_mark(roff->font));
        break;
    case 'F':
    case 'g':
    case 'k':
    case 'm':
    case 'M':
    case 'V':
    case 'Y':
        (void)take_name(raw, at);
        break;
    case 'n':
        step = *at < raw.len && strchr("+-", raw.data[*at]) ? raw.data[(*at)++] : 0;
        buf_printf(out, "%ld", roff_register(roff, take_name(raw, at), step));
        break;
    case 's':
        skip_size(raw, at);
        break;
    case 'C':
        append_utf8(out, roff_character(take_quoted(raw, at), utf8));
        break;
    case 'h':
    case 'v':
    case 'w':
    case 'l':
    case 'L':
    case 'D':
    case 'b':
    case 'o':
    case 'x':
    case 'X':
    case 'N':
    case 'A':
    case 'B':
    case 'H':
    case 'R':
    case 'S':
    case 'Z':
        name = take_quoted(raw, at);
        if (c == 'o' || c == 'Z')
            append_utf8(out, name);
        break;
    case 'e':
    case '\\':
        buf_append_char(out, '\\');
        break;
    case '-':
    case '.':
    case '\'':
    case '`':
    case '_':
        buf_append_char(out, c);
        break;
    case ' ':
    case '~':
    case '0':
        buf_append_char(out, ROFF_NO_BREAK);
        break;
    case 't':
        buf_append_char(out, '\t');
        break;
    case 'c':
        return true;
    case '"':
    case '#':
        *at = raw.len;
        break;
    case 'z':
    case '&':
    case ')':
    case '|':
    case '^':
    case '%':
    case ':':
    case '/':
    case ',':
    case '{':
    case '}':
    case 'd':
    case 'u':
    case 'r':
    case 'p':
    case 'a':
    case '!':
    case '?':
    case 'E':
        break;
    default:
        buf_append_char(out, c);
    }
    return false;
}

static bool resolve(struct roff *roff, struct span raw, unsigned depth, struct buf *out)
{
    bool is_joined = false;

    for (size_t at = 0; at < raw.len && out->len < RESOLVED_MAX;) {
        char c = raw.data[at];

        if (c != '\\') {
            is_joined = false;
            if ((unsigned char)c >= 0x20 || c == '\t' || c == '\n')
                buf_append_char(out, c);
            at++;
        } else if (++at < raw.len) {
            is_joined = append_escape(roff, raw, &at, depth, out);
        }
    }
    return is_joined;
}

bool roff_resolve(struct roff *roff, struct span raw, struct buf *out)
{
    return resolve(roff, raw, 0, out);
}

bool roff_resolve_looks(struct roff *roff, struct span raw, struct buf *out)
{
    size_t start = out->len;
    bool is_joined;

    if (roff->is_verbatim)
        return roff_resolve(roff, raw, out);
    buf_append_char(out, looks_mark(roff->font));
    roff->tells_looks = true;
    is_joined = resolve(roff, raw, 0, out);
    roff->tells_looks = false;
    thin_looks(out, start);
    return is_joined;
}
