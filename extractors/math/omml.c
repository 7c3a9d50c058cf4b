#include "extractors/math/omml.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/math/latex_math.h"

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

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

static void put_buf(struct buf *out, const struct buf *text)
{
    buf_append(out, text->data, text->len);
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
                latex_math_symbol(&parts->e, parts->separator);
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
        latex_math_symbol(out, c);
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
    struct span name = buf_span(&parts->name), rest;
    size_t letters = 0;

    while (letters < name.len && isalpha((unsigned char)name.data[letters]))
        letters++;
    rest = (struct span){ name.data + letters, name.len - letters };
    name.len = letters;
    if (letters > 1) /* "sin", but not "f", and not "\sin" */
        put(out, latex_math_is_function(name) ? "\\" : "\\operatorname{");
    buf_append(out, name.data, name.len);
    if (letters > 1 && !latex_math_is_function(name))
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
        latex_math_symbol(out, c);
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
        latex_math_symbol(out, parts->has_chr && parts->chr ? parts->chr : 0x222B);
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
                latex_math_words(out, buf_span(&text));
            else
                latex_math_text(out, buf_span(&text), is_aligned);
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

void omml_append(struct xml *xml, struct buf *out)
{
    size_t start = out->len;

    if (xml->event == XML_START)
        append_part(xml, out, false);
    latex_math_trim(out, start);
}
