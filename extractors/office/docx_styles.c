#include "extractors/office/docx.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"

#define STYLES_MAX      20000u
#define BASED_DEPTH_MAX 24u
#define INDENT_MAX      31680 /* twips: what Word allows */

enum tag {
    TAG_STYLE = 1,
    TAG_NAME,
    TAG_BASED_ON,
    TAG_OUTLINE,
    TAG_NUM_ID,
    TAG_ILVL,
    TAG_INDENT,
    TAG_VANISH,
    TAG_FONTS,
    TAG_LOOK,
    TAG_LATENT,
    TAG_TABLE_STYLE,
};

static const struct xml_name names[] = {
    { "style", XML_NS_W, TAG_STYLE },
    { "name", XML_NS_W, TAG_NAME },
    { "basedOn", XML_NS_W, TAG_BASED_ON },
    { "outlineLvl", XML_NS_W, TAG_OUTLINE },
    { "numId", XML_NS_W, TAG_NUM_ID },
    { "ilvl", XML_NS_W, TAG_ILVL },
    { "ind", XML_NS_W, TAG_INDENT },
    { "vanish", XML_NS_W, TAG_VANISH },
    { "rFonts", XML_NS_W, TAG_FONTS },
    { "b", XML_NS_W, TAG_LOOK },
    { "i", XML_NS_W, TAG_LOOK },
    { "strike", XML_NS_W, TAG_LOOK },
    { "dstrike", XML_NS_W, TAG_LOOK },
    { "vertAlign", XML_NS_W, TAG_LOOK },
    { "latentStyles", XML_NS_W, TAG_LATENT },
    { "tblStylePr", XML_NS_W, TAG_TABLE_STYLE },
    { NULL, 0, 0 },
};

static struct span keep(struct arena *arena, struct span text)
{
    char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

static bool is_one_of(struct span name, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == name.len && strncasecmp(*words, name.data, name.len) == 0)
            return true;
    return false;
}

/* Whole names, never parts of them: "Source Reference" and "Listing Number" are no code. */
static enum docx_role role_of(struct span name)
{
    static const char *const code[] = {
        "source code",       "sourcecode",        "code",         "code block",    "codeblock",
        "html preformatted", "preformatted text", "preformatted", "verbatim",      "code listing",
        "program listing",   "programlisting",    "macro text",   "source",        "console",
        "listing",           "code example",      "screen",       "literal block", NULL,
    };
    static const char *const quote[] = {
        "quote",           "intense quote", "quotations", "block quote", "blockquote",
        "block quotation", "quotation",     "block text", NULL,
    };
    static const char *const caption[] = {
        "caption", "image caption", "table caption", "figure caption", "captioned figure", NULL,
    };

    if (is_one_of(name, code))
        return DOCX_ROLE_CODE;
    if (is_one_of(name, quote))
        return DOCX_ROLE_QUOTE;
    if (is_one_of(name, caption))
        return DOCX_ROLE_CAPTION;
    if (name.len == 5 && strncasecmp(name.data, "title", 5) == 0)
        return DOCX_ROLE_TITLE;
    if (name.len == 8 && strncasecmp(name.data, "subtitle", 8) == 0)
        return DOCX_ROLE_SUBTITLE;
    return DOCX_ROLE_NONE;
}

/* Word stores its built-in names in English, whatever the user's language. */
static unsigned outline_of_name(struct span name)
{
    if (name.len == 9 && strncasecmp(name.data, "heading ", 8) == 0 && name.data[8] >= '1' &&
        name.data[8] <= '9')
        return (unsigned)(name.data[8] - '1');
    return DOCX_OUTLINE_NONE;
}

bool docx_is_mono(struct span font)
{
    static const char *const fonts[] = {
        "courier",
        "consolas",
        "menlo",
        "monaco",
        "lucida console",
        "dejavu sans mono",
        "source code",
        "liberation mono",
        "ubuntu mono",
        "fira code",
        "fira mono",
        "andale mono",
        "jetbrains mono",
        "cascadia",
        "sf mono",
        "inconsolata",
        "noto sans mono",
        "roboto mono",
        "lucida sans typewriter",
        NULL,
    };

    for (const char *const *known = fonts; *known; known++)
        if (font.len >= strlen(*known) && strncasecmp(font.data, *known, strlen(*known)) == 0)
            return true;
    return false;
}

/* ---- reading ---- */

void docx_read_look(struct xml *xml, struct looks *looks)
{
    struct span value = xml_attr(xml, "val");

    if (span_is(xml->name, "vertAlign")) {
        looks_set(looks, EMPHASIS_RAISED, span_is(value, "superscript"));
        looks_set(looks, EMPHASIS_LOWERED, span_is(value, "subscript"));
        return;
    }
    looks_set(looks,
              *xml->name.data == 'b'   ? EMPHASIS_BOLD
              : *xml->name.data == 'i' ? EMPHASIS_ITALIC
                                       : EMPHASIS_STRUCK,
              xml_attr_is_on(xml, "val"));
}

int32_t docx_read_indent(struct xml *xml)
{
    long start = xml_attr_number(xml, "start", DOCX_INDENT_NONE);
    long indent = xml_attr_number(xml, "left", start);

    return indent > -INDENT_MAX && indent < INDENT_MAX ? (int32_t)indent : DOCX_INDENT_NONE;
}

static void read_property(struct xml *xml, struct docx_style *style, struct arena *arena)
{
    switch (xml->tag) {
    case TAG_NAME:
        style->name = keep(arena, xml_attr(xml, "val"));
        break;
    case TAG_BASED_ON:
        style->based_on = keep(arena, xml_attr(xml, "val"));
        break;
    case TAG_OUTLINE: {
        long level = xml_attr_number(xml, "val", -1);

        style->has_outline = level >= 0;
        style->outline = level >= 0 && level < 9 ? (uint8_t)level : DOCX_OUTLINE_NONE;
        break;
    }
    case TAG_NUM_ID:
        style->number = (int32_t)xml_attr_number(xml, "val", DOCX_NUMBER_NONE);
        break;
    case TAG_ILVL:
        style->number_level = (int8_t)(xml_attr_number(xml, "val", 0) & 15);
        break;
    case TAG_INDENT:
        style->indent = docx_read_indent(xml);
        break;
    case TAG_VANISH:
        style->is_hidden = xml_attr_is_on(xml, "val");
        break;
    case TAG_FONTS:
        style->is_mono = docx_is_mono(xml_attr(xml, "ascii"));
        break;
    case TAG_LOOK:
        docx_read_look(xml, &style->looks);
        break;
    default:
        break;
    }
}

static bool read_style(struct xml *xml, struct docx_styles *styles, struct arena *arena)
{
    unsigned depth = xml->depth;
    struct docx_style style = {
        .id = keep(arena, xml_attr(xml, "styleId")),
        .outline = DOCX_OUTLINE_NONE,
        .number = DOCX_NUMBER_NONE,
        .number_level = -1,
        .indent = DOCX_INDENT_NONE,
    };
    struct span is_default = xml_attr(xml, "default");
    bool is_paragraph = span_is(xml_attr(xml, "type"), "paragraph");

    if (is_paragraph && (span_is(is_default, "1") || span_is(is_default, "true")))
        styles->default_paragraph = styles->count;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_TABLE_STYLE)
            xml_skip(xml);
        else
            read_property(xml, &style, arena);
    }
    if (styles->count >= STYLES_MAX)
        return true;
    if (!array_reserve(&styles->items, &styles->capacity, styles->count))
        return false;
    styles->items[styles->count++] = style;
    return true;
}

static size_t hash_id(struct span id)
{
    size_t hash = 5381;

    for (size_t i = 0; i < id.len; i++)
        hash = hash * 33 + (unsigned char)id.data[i];
    return hash;
}

static bool index_styles(struct docx_styles *styles)
{
    styles->slot_count = 64;
    while (styles->slot_count < 2 * styles->count)
        styles->slot_count *= 2;
    styles->slots = calloc(styles->slot_count, sizeof(styles->slots[0]));
    if (!styles->slots)
        return false;
    for (size_t i = 0; i < styles->count; i++) {
        size_t slot = hash_id(styles->items[i].id) & (styles->slot_count - 1);

        while (styles->slots[slot])
            slot = (slot + 1) & (styles->slot_count - 1);
        styles->slots[slot] = (uint32_t)i + 1;
    }
    return true;
}

static struct docx_style *lookup(const struct docx_styles *styles, struct span id)
{
    size_t slot;

    if (!styles->slots || id.len == 0)
        return NULL;
    for (slot = hash_id(id) & (styles->slot_count - 1); styles->slots[slot];
         slot = (slot + 1) & (styles->slot_count - 1)) {
        struct docx_style *style = &styles->items[styles->slots[slot] - 1];

        if (style->id.len == id.len && memcmp(style->id.data, id.data, id.len) == 0)
            return style;
    }
    return NULL;
}

const struct docx_style *docx_styles_lookup(const struct docx_styles *styles, struct span id)
{
    return lookup(styles, id);
}

/* Takes over what a style leaves open from the style it is based on. depth: circles exist. */
static void resolve(struct docx_styles *styles, struct docx_style *style, unsigned depth)
{
    struct docx_style *base;
    unsigned own_outline = outline_of_name(style->name);

    if (style->is_resolved)
        return;
    style->is_resolved = true;
    style->role = role_of(style->name);
    if (own_outline != DOCX_OUTLINE_NONE) {
        style->outline = (uint8_t)own_outline;
        style->has_outline = true;
    }
    base = lookup(styles, style->based_on);
    if (!base || base == style || depth == BASED_DEPTH_MAX)
        return;
    resolve(styles, base, depth + 1);
    if (style->role == DOCX_ROLE_NONE)
        style->role = base->role;
    if (!style->has_outline) {
        style->outline = base->outline;
        style->has_outline = base->has_outline;
    }
    if (style->number == DOCX_NUMBER_NONE)
        style->number = base->number;
    if (style->number_level < 0)
        style->number_level = base->number_level;
    if (style->indent == DOCX_INDENT_NONE)
        style->indent = base->indent;
    style->is_hidden |= base->is_hidden;
    style->is_mono |= base->is_mono;
    style->looks = looks_within(base->looks, style->looks);
}

enum status docx_styles_read(struct span part, struct arena *arena, struct docx_styles *out,
                             struct error *err)
{
    CLEANUP(xml_release) struct xml xml;
    enum status status = xml_open(&xml, part, names, err);
    bool is_ok = true;

    *out = (struct docx_styles){ .default_paragraph = DOCX_STYLE_NONE };
    while (!status && is_ok && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_LATENT)
            xml_skip(&xml);
        else if (xml.tag == TAG_STYLE)
            is_ok = read_style(&xml, out, arena);
    }
    if (!status && (!is_ok || !index_styles(out)))
        status = error_set(err, STATUS_NO_MEMORY, "out of memory");
    for (size_t i = 0; !status && i < out->count; i++)
        resolve(out, &out->items[i], 0);
    return status;
}

void docx_styles_release(struct docx_styles *styles)
{
    free(styles->items);
    free(styles->slots);
    *styles = (struct docx_styles){ .default_paragraph = DOCX_STYLE_NONE };
}
