#include "extractors/omml.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
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

/* Above a base: acc and bar. */
static const struct {
    uint16_t c;
    const char *name;
} accents[] = {
    { 0x0300, "grave" }, { 0x0301, "acute" },         { 0x0302, "hat" },   { 0x0303, "tilde" },
    { 0x0304, "bar" },   { 0x0305, "overline" },      { 0x0306, "breve" }, { 0x0307, "dot" },
    { 0x0308, "ddot" },  { 0x030A, "mathring" },      { 0x030C, "check" }, { 0x0332, "underline" },
    { 0x20D7, "vec" },   { 0x20D6, "overleftarrow" }, { 0x20DB, "dddot" },
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

static void put_buf(struct buf *out, const struct buf *text)
{
    buf_append(out, text->data, text->len);
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

static void put_symbol(struct buf *out, uint32_t c)
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

/* LaTeX shows no blank of a formula. Between words it is said; they may be in two runs. */
static bool is_between_words(struct span before, struct span behind)
{
    return before.len > 1 && isalpha((unsigned char)before.data[before.len - 1]) &&
           isalpha((unsigned char)before.data[before.len - 2]) &&
           (behind.len == 0 || isalpha((unsigned char)behind.data[0]));
}

static void put_text(struct buf *out, struct span text, bool is_aligned)
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
            put_symbol(out, c);
    }
}

/* Words that are no mathematics: units, "if", "otherwise". */
static void put_words(struct buf *out, struct span text)
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

/* The parts of a construct, by the names they have in it, and its properties. */
struct parts {
    struct buf e, sub, sup, deg, name;
    uint32_t chr, begin, end, separator; /* 0: not said */
    bool has_chr, has_begin, has_end;
    bool is_hidden_degree, is_below, is_above, is_no_bar, is_not_shown;
    unsigned e_count;
};

static void parts_release(struct parts *parts)
{
    buf_release(&parts->e);
    buf_release(&parts->sub);
    buf_release(&parts->sup);
    buf_release(&parts->deg);
    buf_release(&parts->name);
}

static uint32_t first_character(struct span text)
{
    uint32_t c;

    return utf8_decode(text, &c) ? c : 0;
}

static void read_properties(struct xml *xml, struct parts *parts)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        struct span value;

        if (xml->event != XML_START)
            continue;
        value = xml_attr(xml, "val");
        if (span_is(xml->name, "chr")) {
            parts->chr = first_character(value);
            parts->has_chr = true;
        } else if (span_is(xml->name, "begChr")) {
            parts->begin = first_character(value);
            parts->has_begin = true;
        } else if (span_is(xml->name, "endChr")) {
            parts->end = first_character(value);
            parts->has_end = true;
        } else if (span_is(xml->name, "sepChr")) {
            parts->separator = first_character(value);
        } else if (span_is(xml->name, "degHide")) {
            parts->is_hidden_degree = xml_attr_is_on(xml, "val");
        } else if (span_is(xml->name, "pos")) {
            parts->is_below = span_is(value, "bot");
            parts->is_above = !parts->is_below;
        } else if (span_is(xml->name, "type")) {
            parts->is_no_bar = span_is(value, "noBar");
        } else if (span_is(xml->name, "show")) {
            parts->is_not_shown = !xml_attr_is_on(xml, "val");
        }
    }
}

static void append_part(struct xml *xml, struct buf *out, bool is_aligned);

static void read_parts(struct xml *xml, struct parts *parts, const char *between, bool is_limit_up,
                       bool is_aligned)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->name.len > 2 && memcmp(xml->name.data + xml->name.len - 2, "Pr", 2) == 0) {
            read_properties(xml, parts);
        } else if (span_is(xml->name, "sup") || span_is(xml->name, "num") ||
                   (span_is(xml->name, "lim") && is_limit_up)) {
            append_part(xml, &parts->sup, false);
        } else if (span_is(xml->name, "sub") || span_is(xml->name, "den") ||
                   span_is(xml->name, "lim")) {
            append_part(xml, &parts->sub, false);
        } else if (span_is(xml->name, "deg")) {
            append_part(xml, &parts->deg, false);
        } else if (span_is(xml->name, "fName")) {
            append_part(xml, &parts->name, false);
        } else {
            if (parts->e_count > 0)
                put(&parts->e, parts->separator == 0 ? between : "");
            if (parts->e_count > 0 && parts->separator)
                put_symbol(&parts->e, parts->separator);
            parts->e_count++;
            append_part(xml, &parts->e, is_aligned);
        }
    }
}

static void put_scripts(struct buf *out, const struct parts *parts)
{
    if (parts->sub.len > 0) {
        put(out, "_{");
        put_buf(out, &parts->sub);
        put(out, "}");
    }
    if (parts->sup.len > 0) {
        put(out, "^{");
        put_buf(out, &parts->sup);
        put(out, "}");
    }
}

static void put_fence(struct buf *out, const char *side, bool is_said, uint32_t c, char usual)
{
    put(out, side);
    if (!is_said)
        buf_append_char(out, usual);
    else if (c == 0)
        buf_append_char(out, '.');
    else if (c == '{' || c == '}')
        buf_printf(out, "\\%c", (char)c);
    else
        put_symbol(out, c);
}

static void put_accent(struct buf *out, const struct parts *parts)
{
    uint32_t c = parts->has_chr ? parts->chr : 0x0302;
    const char *name = "hat";

    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
        if (accents[i].c == c)
            name = accents[i].name;
    buf_printf(out, "\\%s{", name);
    put_buf(out, &parts->e);
    put(out, "}");
}

static bool is_function(struct span name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (span_is(name, functions[i]))
            return true;
    return false;
}

static void put_function(struct buf *out, const struct parts *parts)
{
    struct span name = buf_span(&parts->name), rest;
    size_t letters = 0;

    while (letters < name.len && isalpha((unsigned char)name.data[letters]))
        letters++;
    rest = (struct span){ name.data + letters, name.len - letters };
    name.len = letters;
    if (letters > 1) /* "sin", but not "f", and not "\sin" */
        put(out, is_function(name) ? "\\" : "\\operatorname{");
    buf_append(out, name.data, name.len);
    if (letters > 1 && !is_function(name))
        put(out, "}");
    buf_append(out, rest.data, rest.len);
    if (parts->e.len > 0 && isalnum((unsigned char)parts->e.data[0]))
        buf_append_char(out, ' ');
    put_buf(out, &parts->e);
}

/* A mark as wide as what it groups: a brace below it unless something else is said. */
static void put_group(struct buf *out, const struct parts *parts)
{
    uint32_t c = parts->has_chr ? parts->chr : 0x23DF;

    if (c == 0x23DF || c == 0x23DE) {
        put(out, c == 0x23DF ? "\\underbrace{" : "\\overbrace{");
    } else {
        put(out, parts->is_above ? "\\overset{" : "\\underset{");
        put_symbol(out, c);
        put(out, "}{");
    }
    put_buf(out, &parts->e);
    put(out, "}");
}

static void put_wrapped(struct buf *out, const char *before, const struct buf *text,
                        const char *behind)
{
    put(out, before);
    put_buf(out, text);
    put(out, behind);
}

static void put_construct(struct span name, struct buf *out, const struct parts *parts)
{
    if (span_is(name, "f")) {
        put(out, parts->is_no_bar ? "\\binom{" : "\\frac{");
        put_buf(out, &parts->sup);
        put(out, "}{");
        put_buf(out, &parts->sub);
        put(out, "}");
    } else if (span_is(name, "rad")) {
        put(out, "\\sqrt");
        if (parts->deg.len > 0 && !parts->is_hidden_degree) {
            put(out, "[");
            put_buf(out, &parts->deg);
            put(out, "]");
        }
        put(out, "{");
        put_buf(out, &parts->e);
        put(out, "}");
    } else if (span_is(name, "nary")) {
        put_symbol(out, parts->has_chr && parts->chr ? parts->chr : 0x222B);
        if (out->len > 0 && out->data[out->len - 1] == ' ')
            out->len--;
        put_scripts(out, parts);
        put(out, "{");
        put_buf(out, &parts->e);
        put(out, "}");
    } else if (span_is(name, "d")) {
        put_fence(out, "\\left", parts->has_begin, parts->begin, '(');
        put_buf(out, &parts->e);
        put_fence(out, "\\right", parts->has_end, parts->end, ')');
    } else if (span_is(name, "func")) {
        put_function(out, parts);
    } else if (span_is(name, "acc")) {
        put_accent(out, parts);
    } else if (span_is(name, "bar")) {
        put_wrapped(out, parts->is_above ? "\\overline{" : "\\underline{", &parts->e, "}");
    } else if (span_is(name, "groupChr")) {
        put_group(out, parts);
    } else if (span_is(name, "borderBox")) {
        put_wrapped(out, "\\boxed{", &parts->e, "}");
    } else if (span_is(name, "phant")) { /* room for something */
        put_buf(out, parts->is_not_shown ? &parts->deg : &parts->e);
    } else if (span_is(name, "m")) {
        put_wrapped(out, "\\begin{matrix}", &parts->e, "\\end{matrix}");
    } else if (span_is(name, "eqArr") && parts->e_count > 1) {
        put_wrapped(out, "\\begin{aligned}", &parts->e, "\\end{aligned}");
    } else if (span_is(name, "sPre")) {
        put(out, "{}");
        put_scripts(out, parts);
        put_buf(out, &parts->e);
    } else { /* sSub, sSup, sSubSup, limLow, limUpp */
        put_buf(out, &parts->e);
        put_scripts(out, parts);
    }
}

static bool is_construct(struct span name)
{
    static const char *const names[] = { "f",      "rad",   "nary",      "d",        "func",
                                         "acc",    "bar",   "m",         "eqArr",    "sSub",
                                         "sSup",   "sPre",  "sSubSup",   "groupChr", "limLow",
                                         "limUpp", "phant", "borderBox", NULL };

    for (const char *const *known = names; *known; known++)
        if (span_is(name, *known))
            return true;
    return false;
}

static void append_construct(struct xml *xml, struct buf *out)
{
    CLEANUP(parts_release)
    struct parts parts = {
        .e = BUF_INIT(OMML_BYTES_MAX),
        .sub = BUF_INIT(OMML_BYTES_MAX),
        .sup = BUF_INIT(OMML_BYTES_MAX),
        .deg = BUF_INIT(OMML_BYTES_MAX),
        .name = BUF_INIT(OMML_BYTES_MAX),
    };
    struct span name = xml->name; /* lent by the text itself */
    bool is_array = span_is(name, "eqArr");

    read_parts(xml, &parts,
               span_is(name, "m") || is_array ? "\\\\ "
               : span_is(name, "d")           ? "|"
                                              : "",
               span_is(name, "limUpp"), is_array);
    put_construct(name, out, &parts);
}

/* A run of characters. Whether they are mathematics stands in its properties. */
static void append_run(struct xml *xml, struct buf *out, bool is_aligned)
{
    unsigned depth = xml->depth;
    bool is_normal = false;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (span_is(xml->name, "nor")) {
            is_normal = xml_attr_is_on(xml, "val");
        } else if (span_is(xml->name, "br")) {
            put(out, "\\\\ ");
        } else if (span_is(xml->name, "t")) {
            CLEANUP(buf_release) struct buf text = BUF_INIT(OMML_BYTES_MAX);
            bool has_letter = false;

            xml_collect(xml, &text);
            for (size_t i = 0; i < text.len; i++)
                has_letter |= isalpha((unsigned char)text.data[i]) != 0;
            if (is_normal && has_letter)
                put_words(out, buf_span(&text));
            else
                put_text(out, buf_span(&text), is_aligned);
        }
    }
}

static void append_part(struct xml *xml, struct buf *out, bool is_aligned)
{
    unsigned depth = xml->depth;
    bool is_row = span_is(xml->name, "mr"), is_first = true;

    if (is_construct(xml->name)) {
        append_construct(xml, out);
        return;
    }
    if (span_is(xml->name, "r")) {
        append_run(xml, out, is_aligned);
        return;
    }
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->name.len > 2 && memcmp(xml->name.data + xml->name.len - 2, "Pr", 2) == 0) {
            xml_skip(xml);
        } else {
            if (is_row && !is_first)
                put(out, " & ");
            is_first = false;
            append_part(xml, out, is_aligned);
        }
    }
}

/* Does the text end in a backslash that is no part of a line's end? */
static bool is_escape(struct span text)
{
    size_t count = 0;

    while (count < text.len && text.data[text.len - 1 - count] == '\\')
        count++;
    return count % 2 == 1;
}

void omml_append(struct xml *xml, struct buf *out)
{
    size_t start = out->len;

    if (xml->event == XML_START)
        append_part(xml, out, false);
    /* The dollar signs around a formula touch it. */
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    if (is_escape(buf_span(out)))
        out->data[--out->len] = '\0';
    while (start < out->len && out->data[start] == ' ')
        memmove(out->data + start, out->data + start + 1, out->len-- - start);
}
