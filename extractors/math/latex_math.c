#include "extractors/math/latex_math.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

/* Symbols that LaTeX has a name for. */
static const struct {
    uint16_t c;
    const char *name;
} symbols[] = {
    { 0x03B1, "alpha" },
    { 0x03B2, "beta" },
    { 0x03B3, "gamma" },
    { 0x03B4, "delta" },
    { 0x03B5, "epsilon" },
    { 0x03F5, "epsilon" },
    { 0x03B6, "zeta" },
    { 0x03B7, "eta" },
    { 0x03B8, "theta" },
    { 0x03D1, "vartheta" },
    { 0x03B9, "iota" },
    { 0x03BA, "kappa" },
    { 0x03BB, "lambda" },
    { 0x03BC, "mu" },
    { 0x03BD, "nu" },
    { 0x03BE, "xi" },
    { 0x03C0, "pi" },
    { 0x03D6, "varpi" },
    { 0x03C1, "rho" },
    { 0x03F1, "varrho" },
    { 0x03C2, "varsigma" },
    { 0x03C3, "sigma" },
    { 0x03C4, "tau" },
    { 0x03C5, "upsilon" },
    { 0x03C6, "phi" },
    { 0x03D5, "phi" },
    { 0x03C7, "chi" },
    { 0x03C8, "psi" },
    { 0x03C9, "omega" },
    { 0x0393, "Gamma" },
    { 0x0394, "Delta" },
    { 0x0398, "Theta" },
    { 0x039B, "Lambda" },
    { 0x039E, "Xi" },
    { 0x03A0, "Pi" },
    { 0x03A3, "Sigma" },
    { 0x03A5, "Upsilon" },
    { 0x03A6, "Phi" },
    { 0x03A8, "Psi" },
    { 0x03A9, "Omega" },
    { 0x00B1, "pm" },
    { 0x00D7, "times" },
    { 0x00F7, "div" },
    { 0x00B7, "cdot" },
    { 0x22C5, "cdot" },
    { 0x2016, "Vert" },
    { 0x2026, "ldots" },
    { 0x22EF, "cdots" },
    { 0x22EE, "vdots" },
    { 0x22F1, "ddots" },
    { 0x2032, "prime" },
    { 0x210F, "hbar" },
    { 0x2113, "ell" },
    { 0x2190, "leftarrow" },
    { 0x2191, "uparrow" },
    { 0x2192, "rightarrow" },
    { 0x2193, "downarrow" },
    { 0x2194, "leftrightarrow" },
    { 0x21A6, "mapsto" },
    { 0x21CC, "rightleftharpoons" },
    { 0x21D0, "Leftarrow" },
    { 0x21D2, "Rightarrow" },
    { 0x21D4, "Leftrightarrow" },
    { 0x2200, "forall" },
    { 0x2202, "partial" },
    { 0x2203, "exists" },
    { 0x2205, "emptyset" },
    { 0x2207, "nabla" },
    { 0x2208, "in" },
    { 0x2209, "notin" },
    { 0x220B, "ni" },
    { 0x220F, "prod" },
    { 0x2210, "coprod" },
    { 0x2211, "sum" },
    { 0x2213, "mp" },
    { 0x2216, "setminus" },
    { 0x2217, "ast" },
    { 0x2218, "circ" },
    { 0x221A, "sqrt" },
    { 0x221D, "propto" },
    { 0x221E, "infty" },
    { 0x2220, "angle" },
    { 0x2223, "mid" },
    { 0x2225, "parallel" },
    { 0x2227, "wedge" },
    { 0x2228, "vee" },
    { 0x2229, "cap" },
    { 0x222A, "cup" },
    { 0x222B, "int" },
    { 0x222C, "iint" },
    { 0x222D, "iiint" },
    { 0x222E, "oint" },
    { 0x222F, "oiint" },
    { 0x2230, "oiiint" },
    { 0x2234, "therefore" },
    { 0x2235, "because" },
    { 0x223C, "sim" },
    { 0x2243, "simeq" },
    { 0x2245, "cong" },
    { 0x2248, "approx" },
    { 0x2260, "neq" },
    { 0x2261, "equiv" },
    { 0x2264, "leq" },
    { 0x2265, "geq" },
    { 0x226A, "ll" },
    { 0x226B, "gg" },
    { 0x2282, "subset" },
    { 0x2283, "supset" },
    { 0x2286, "subseteq" },
    { 0x2287, "supseteq" },
    { 0x2295, "oplus" },
    { 0x2297, "otimes" },
    { 0x22A2, "vdash" },
    { 0x22A4, "top" },
    { 0x22A5, "perp" },
    { 0x22A8, "models" },
    { 0x22C0, "bigwedge" },
    { 0x22C1, "bigvee" },
    { 0x22C2, "bigcap" },
    { 0x22C3, "bigcup" },
    { 0x2308, "lceil" },
    { 0x2309, "rceil" },
    { 0x230A, "lfloor" },
    { 0x230B, "rfloor" },
    { 0x27E8, "langle" },
    { 0x27E9, "rangle" },
    { 0x27F5, "longleftarrow" },
    { 0x27F6, "longrightarrow" },
    { 0x27F9, "Longrightarrow" },
};

/* Names of functions that LaTeX has. */
static const char *const functions[] = {
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot",  "coth", "csc", "deg",
    "det",    "dim",    "exp",    "gcd", "hom", "inf",  "ker",  "lg",   "lim", "ln",
    "log",    "max",    "min",    "Pr",  "sec", "sin",  "sinh", "sup",  "tan", "tanh",
};

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

/* Mathematical letters and digits, bold, italic, double-struck ..., which are used for plain ones:
 * Unicode 15, block 1D400. */
static uint32_t plain_letter(uint32_t c)
{
    uint32_t i;

    if (c >= 0x1D400 && c < 0x1D6A4) {
        i = (c - 0x1D400) % 52;
        return i < 26 ? 'A' + i : 'a' + (i - 26);
    }
    if (c >= 0x1D7CE && c < 0x1D800)
        return '0' + (c - 0x1D7CE) % 10;
    return c == 0x210E ? 'h' : c;
}

/* The same for Greek: 25 capitals (the 18th is a theta of its own), nabla, 25 small ones, and six
 * variants. */
static uint32_t plain_greek(uint32_t c)
{
    static const uint16_t variants[] = { 0x2202, 0x03F5, 0x03D1, 0x03BA, 0x03D5, 0x03F1, 0x03D6 };
    uint32_t i;

    if (c < 0x1D6A8 || c >= 0x1D7CA)
        return c;
    i = (c - 0x1D6A8) % 58;
    if (i < 25)
        return i == 17 ? 0x0398 : 0x0391 + i;
    return i == 25 ? 0x2207 : i < 51 ? 0x03B1 + (i - 26) : variants[i - 51];
}

void latex_math_symbol(struct buf *out, uint32_t c)
{
    char bytes[4];

    c = plain_greek(c);
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (symbols[i].c == c) {
            buf_printf(out, "\\%s ", symbols[i].name);
            return;
        }
    }
    buf_append(out, bytes, utf8_encode(plain_letter(c), bytes));
}

/* What has a meaning in LaTeX is shown as it is; a "<" that touched a letter would look like a tag
 * to who reads no formulas. */
static void put_ascii(struct buf *out, char c, bool is_aligned)
{
    if (strchr("%#$_{}", c) || (c == '&' && !is_aligned))
        buf_append_char(out, '\\');
    if (c == '\\')
        put(out, "\\backslash ");
    else if (c == '~' || c == '^')
        buf_printf(out, "\\%s{}", c == '~' ? "tilde" : "hat");
    else
        buf_append_char(out, c);
    if (c == '<')
        buf_append_char(out, ' ');
}

/* Between words; they may be in two runs. */
static bool is_between_words(struct span before, struct span behind)
{
    return before.len > 1 && isalpha((unsigned char)before.data[before.len - 1]) &&
           isalpha((unsigned char)before.data[before.len - 2]) &&
           (behind.len == 0 || isalpha((unsigned char)behind.data[0]));
}

void latex_math_text(struct buf *out, struct span text, bool is_aligned)
{
    while (text.len > 0) {
        uint32_t c;
        size_t taken = utf8_decode(text, &c);

        text = (struct span){ text.data + taken, text.len - taken };
        if (c == ' ' && is_between_words(buf_span(out), text))
            put(out, "\\ ");
        else if (c == 0x2212)
            buf_append_char(out, '-');
        else if (c < 0x80 && c != 0)
            put_ascii(out, (char)c, is_aligned);
        else
            latex_math_symbol(out, c);
    }
}

void latex_math_words(struct buf *out, struct span text)
{
    put(out, "\\text{");
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("%#$_{}&", text.data[i]))
            buf_append_char(out, '\\');
        if (text.data[i] != '\\' && text.data[i] != '~' && text.data[i] != '^')
            buf_append_char(out, text.data[i]);
    }
    put(out, "}");
}

bool latex_math_is_function(struct span name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (name.len == strlen(functions[i]) && !memcmp(name.data, functions[i], name.len))
            return true;
    return false;
}

/* Does the text end in a backslash that is no part of a line's end? */
static bool is_escape(struct span text)
{
    size_t count = 0;

    while (count < text.len && text.data[text.len - 1 - count] == '\\')
        count++;
    return count % 2 == 1;
}

void latex_math_trim(struct buf *out, size_t start)
{
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    if (is_escape(buf_span(out)))
        out->data[--out->len] = '\0';
    while (start < out->len && out->data[start] == ' ')
        memmove(out->data + start, out->data + start + 1, out->len-- - start);
}
