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
    { 0x03B1, "alpha" },      { 0x03B2, "beta" },
    { 0x03B3, "gamma" },      { 0x03B4, "delta" },
    { 0x03B5, "epsilon" },    { 0x03B6, "zeta" },
    { 0x03B7, "eta" },        { 0x03B8, "theta" },
    { 0x03B9, "iota" },       { 0x03BA, "kappa" },
    { 0x03BB, "lambda" },     { 0x03BC, "mu" },
    { 0x03BD, "nu" },         { 0x03BE, "xi" },
    { 0x03C0, "pi" },         { 0x03C1, "rho" },
    { 0x03C3, "sigma" },      { 0x03C4, "tau" },
    { 0x03C5, "upsilon" },    { 0x03C6, "phi" },
    { 0x03C7, "chi" },        { 0x03C8, "psi" },
    { 0x03C9, "omega" },      { 0x0393, "Gamma" },
    { 0x0394, "Delta" },      { 0x0398, "Theta" },
    { 0x039B, "Lambda" },     { 0x039E, "Xi" },
    { 0x03A0, "Pi" },         { 0x03A3, "Sigma" },
    { 0x03A6, "Phi" },        { 0x03A8, "Psi" },
    { 0x03A9, "Omega" },      { 0x00B1, "pm" },
    { 0x00D7, "times" },      { 0x00F7, "div" },
    { 0x00B7, "cdot" },       { 0x22C5, "cdot" },
    { 0x2026, "ldots" },      { 0x22EF, "cdots" },
    { 0x2032, "prime" },      { 0x2190, "leftarrow" },
    { 0x2192, "rightarrow" }, { 0x2194, "leftrightarrow" },
    { 0x21D2, "Rightarrow" }, { 0x21D4, "Leftrightarrow" },
    { 0x2200, "forall" },     { 0x2202, "partial" },
    { 0x2203, "exists" },     { 0x2205, "emptyset" },
    { 0x2207, "nabla" },      { 0x2208, "in" },
    { 0x2209, "notin" },      { 0x220F, "prod" },
    { 0x2211, "sum" },        { 0x2213, "mp" },
    { 0x221A, "sqrt" },       { 0x221D, "propto" },
    { 0x221E, "infty" },      { 0x2220, "angle" },
    { 0x2227, "wedge" },      { 0x2228, "vee" },
    { 0x2229, "cap" },        { 0x222A, "cup" },
    { 0x222B, "int" },        { 0x222C, "iint" },
    { 0x222D, "iiint" },      { 0x222E, "oint" },
    { 0x2234, "therefore" },  { 0x223C, "sim" },
    { 0x2245, "cong" },       { 0x2248, "approx" },
    { 0x2260, "neq" },        { 0x2261, "equiv" },
    { 0x2264, "leq" },        { 0x2265, "geq" },
    { 0x226A, "ll" },         { 0x226B, "gg" },
    { 0x2282, "subset" },     { 0x2283, "supset" },
    { 0x2286, "subseteq" },   { 0x2287, "supseteq" },
    { 0x2295, "oplus" },      { 0x2297, "otimes" },
    { 0x22A5, "perp" },       { 0x22C0, "bigwedge" },
    { 0x22C1, "bigvee" },     { 0x22C2, "bigcap" },
    { 0x22C3, "bigcup" },
};

/* Above a base: acc and bar. */
static const struct {
    uint16_t c;
    const char *name;
} accents[] = {
    { 0x0300, "grave" }, { 0x0301, "acute" },    { 0x0302, "hat" },   { 0x0303, "tilde" },
    { 0x0304, "bar" },   { 0x0305, "overline" }, { 0x0306, "breve" }, { 0x0307, "dot" },
    { 0x0308, "ddot" },  { 0x030C, "check" },    { 0x20D7, "vec" },   { 0x20D6, "overleftarrow" },
};

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

static void put_buf(struct buf *out, const struct buf *text)
{
    buf_append(out, text->data, text->len);
}

static void put_symbol(struct buf *out, uint32_t c)
{
    char bytes[4];

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (symbols[i].c == c) {
            buf_printf(out, "\\%s ", symbols[i].name);
            return;
        }
    }
    if (c >= 0x1D400 && c <= 0x1D433) /* mathematical bold letters, used for plain ones */
        c = (c - 0x1D400) % 52 < 26 ? 'A' + (c - 0x1D400) % 26 : 'a' + (c - 0x1D400) % 26;
    else if (c >= 0x1D434 && c <= 0x1D467)
        c = c - 0x1D434 < 26 ? 'A' + (c - 0x1D434) : 'a' + (c - 0x1D434 - 26);
    buf_append(out, bytes, utf8_encode(c, bytes));
}

static void put_text(struct buf *out, struct span text)
{
    while (text.len > 0) {
        uint32_t c;
        size_t taken = utf8_decode(text, &c);

        if (c < 0x80)
            buf_append_char(out, (char)c);
        else
            put_symbol(out, c);
        text = (struct span){ text.data + taken, text.len - taken };
    }
}

/* The parts of a construct, by the names they have in it, and its properties. */
struct parts {
    struct buf e, sub, sup, deg, name;
    uint32_t chr, begin, end, separator; /* 0: not said */
    bool has_chr, has_begin, has_end;
    bool is_hidden_degree, is_bar_below, is_no_bar;
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
            parts->is_bar_below = span_is(value, "bot");
        } else if (span_is(xml->name, "type")) {
            parts->is_no_bar = span_is(value, "noBar");
        }
    }
}

static void read_parts(struct xml *xml, struct parts *parts, const char *between)
{
    unsigned depth = xml->depth;
    bool is_first = true;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->name.len > 2 && memcmp(xml->name.data + xml->name.len - 2, "Pr", 2) == 0) {
            read_properties(xml, parts);
        } else if (span_is(xml->name, "sub") || span_is(xml->name, "den") ||
                   span_is(xml->name, "lim")) {
            omml_append(xml, &parts->sub);
        } else if (span_is(xml->name, "sup") || span_is(xml->name, "num")) {
            omml_append(xml, &parts->sup);
        } else if (span_is(xml->name, "deg")) {
            omml_append(xml, &parts->deg);
        } else if (span_is(xml->name, "fName")) {
            omml_append(xml, &parts->name);
        } else {
            if (!is_first)
                put(&parts->e, parts->separator == 0 ? between : "");
            if (!is_first && parts->separator)
                put_symbol(&parts->e, parts->separator);
            is_first = false;
            omml_append(xml, &parts->e);
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

static void put_function(struct buf *out, const struct parts *parts)
{
    size_t letters = 0;

    while (letters < parts->name.len && isalpha((unsigned char)parts->name.data[letters]))
        letters++;
    if (letters > 1) /* "sin", but not "f", and not "\sin" */
        buf_append_char(out, '\\');
    put_buf(out, &parts->name);
    put(out, "(");
    put_buf(out, &parts->e);
    put(out, ")");
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
        put(out, parts->is_bar_below ? "\\underline{" : "\\overline{");
        put_buf(out, &parts->e);
        put(out, "}");
    } else if (span_is(name, "m")) {
        put(out, "\\begin{matrix}");
        put_buf(out, &parts->e);
        put(out, "\\end{matrix}");
    } else if (span_is(name, "eqArr")) {
        put(out, "\\begin{aligned}");
        put_buf(out, &parts->e);
        put(out, "\\end{aligned}");
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
    static const char *const names[] = { "f",    "rad",    "nary",   "d",    "func", "acc",
                                         "bar",  "m",      "eqArr",  "sSub", "sSup", "sSubSup",
                                         "sPre", "limLow", "limUpp", NULL };

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

    read_parts(xml, &parts,
               span_is(name, "m") || span_is(name, "eqArr") ? "\\\\ "
               : span_is(name, "d")                         ? "|"
                                                            : "");
    put_construct(name, out, &parts);
}

void omml_append(struct xml *xml, struct buf *out)
{
    unsigned depth = xml->depth;
    bool is_row = span_is(xml->name, "mr"), is_first = true;
    bool is_text = span_is(xml->name, "t");

    if (xml->event != XML_START)
        return;
    if (is_construct(xml->name)) {
        append_construct(xml, out);
        return;
    }
    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT && is_text)
            put_text(out, xml->text);
        if (xml->event != XML_START)
            continue;
        if (xml->name.len > 2 && memcmp(xml->name.data + xml->name.len - 2, "Pr", 2) == 0) {
            xml_skip(xml);
        } else {
            if (is_row && !is_first)
                put(out, " & ");
            is_first = false;
            omml_append(xml, out);
        }
    }
}
