#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "extractors/office/odf.h"

#define STYLES_MAX       65536u
#define PARENT_DEPTH_MAX 24u

static struct span keep(struct arena *arena, struct span text)
{
    char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

/* Names of styles have "_20_" where a person sees a space; those built in are in English. */
static enum odf_role role_of(struct span name)
{
    static const struct {
        const char *name;
        enum odf_role role;
    } known[] = {
        { "Title", ODF_ROLE_TITLE },
        { "Subtitle", ODF_ROLE_SUBTITLE },
        { "Quotations", ODF_ROLE_QUOTE },
        { "Quote", ODF_ROLE_QUOTE },
        { "Block_20_Text", ODF_ROLE_QUOTE },
        { "Block_20_Quotation", ODF_ROLE_QUOTE },
        { "Preformatted_20_Text", ODF_ROLE_CODE },
        { "Source_20_Code", ODF_ROLE_CODE },
        { "Code", ODF_ROLE_CODE },
        { "Caption", ODF_ROLE_CAPTION },
        { "Illustration", ODF_ROLE_CAPTION },
        { "Figure", ODF_ROLE_CAPTION },
        { "Drawing", ODF_ROLE_CAPTION },
        { "Table", ODF_ROLE_CAPTION },
        { "FigureCaption", ODF_ROLE_CAPTION },
        { "TableCaption", ODF_ROLE_CAPTION },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (span_is(name, known[i].name))
            return known[i].role;
    return ODF_ROLE_NONE;
}

static char family_of(struct span family)
{
    if (span_is(family, "table"))
        return 'T';
    if (span_is(family, "text"))
        return 't';
    return family.len ? family.data[0] : '?'; /* paragraph, drawing-page, graphic ... */
}

/* XSL's values, and where a text stands as "super 58%". */
static void read_looks(struct xml *xml, struct looks *looks)
{
    struct span weight = xml_attr(xml, "font-weight"), slant = xml_attr(xml, "font-style");
    struct span line = xml_attr(xml, "text-line-through-style");
    struct span place = xml_attr(xml, "text-position");

    if (weight.len > 0)
        looks_set(looks, EMPHASIS_BOLD,
                  span_is(weight, "bold") || (*weight.data >= '6' && *weight.data <= '9'));
    if (slant.len > 0)
        looks_set(looks, EMPHASIS_ITALIC, span_is(slant, "italic") || span_is(slant, "oblique"));
    if (line.len > 0)
        looks_set(looks, EMPHASIS_STRUCK, !span_is(line, "none"));
    if (place.len > 0) {
        looks_set(looks, EMPHASIS_RAISED, strncmp(place.data, "super", 5) == 0);
        looks_set(looks, EMPHASIS_LOWERED, strncmp(place.data, "sub", 3) == 0);
    }
}

static bool read_style(struct xml *xml, struct arena *arena, bool is_automatic,
                       struct odf_styles *styles)
{
    unsigned depth = xml->depth;
    long outline = xml_attr_number(xml, "default-outline-level", 0);
    struct odf_style style = {
        .name = keep(arena, xml_attr_in(xml, XML_NS_STYLE, "name")),
        .parent = keep(arena, xml_attr(xml, "parent-style-name")),
        .list = keep(arena, xml_attr(xml, "list-style-name")),
        .family = (uint8_t)family_of(xml_attr(xml, "family")),
        .outline = (uint8_t)(outline > 0 && outline <= (long)ODF_LEVELS ? outline : 0),
        .is_automatic = is_automatic,
    };

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == S_TEXT_PR) {
            style.is_hidden |= span_is(xml_attr_in(xml, XML_NS_TEXT, "display"), "none");
            read_looks(xml, &style.looks);
        } else if (xml->tag == S_TABLE_PR)
            style.is_hidden |= span_is(xml_attr_in(xml, XML_NS_TABLE, "display"), "false");
        else if (xml->tag == S_PAGE_PR)
            style.is_hidden |= span_is(xml_attr(xml, "visibility"), "hidden");
    }
    if (styles->count >= STYLES_MAX)
        return true;
    if (!array_reserve(&styles->items, &styles->capacity, styles->count))
        return false;
    styles->items[styles->count++] = style;
    return true;
}

static bool read_list_style(struct xml *xml, struct arena *arena, struct odf_styles *styles)
{
    unsigned depth = xml->depth;
    struct odf_list_style list = { .name = keep(arena, xml_attr_in(xml, XML_NS_STYLE, "name")) };

    while (xml_within(xml, depth)) {
        long level;

        if (xml->event != XML_START || (xml->tag != T_LEVEL_NUMBER && xml->tag != T_LEVEL_BULLET))
            continue;
        level = xml_attr_number(xml, "level", 1) - 1;
        if (level < 0 || level >= (long)ODF_LEVELS)
            continue;
        if (xml->tag == T_LEVEL_NUMBER) {
            list.is_ordered[level] = xml_attr(xml, "num-format").len > 0;
            list.is_unmarked[level] = !list.is_ordered[level];
            list.start[level] = (int32_t)(xml_attr_number(xml, "start-value", 1) & 0xFFFFFF);
        }
    }
    if (styles->list_count >= STYLES_MAX)
        return true;
    if (!array_reserve(&styles->lists, &styles->list_capacity, styles->list_count))
        return false;
    styles->lists[styles->list_count++] = list;
    return true;
}

bool odf_styles_read(struct xml *xml, struct arena *arena, struct odf_styles *styles)
{
    unsigned depth = xml->depth;
    bool is_ok = true, is_automatic = xml->tag == O_AUTOMATIC;

    while (is_ok && xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == S_STYLE)
            is_ok = read_style(xml, arena, is_automatic, styles);
        else if (xml->tag == T_LIST_STYLE)
            is_ok = read_list_style(xml, arena, styles);
    }
    return is_ok;
}

static size_t hash_name(char family, struct span name)
{
    size_t hash = (unsigned char)family;

    for (size_t i = 0; i < name.len; i++)
        hash = hash * 33 + (unsigned char)name.data[i];
    return hash;
}

static struct odf_style *lookup(const struct odf_styles *styles, char family, struct span name)
{
    size_t slot;

    if (!styles->slots || name.len == 0)
        return NULL;
    for (slot = hash_name(family, name) & (styles->slot_count - 1); styles->slots[slot];
         slot = (slot + 1) & (styles->slot_count - 1)) {
        struct odf_style *style = &styles->items[styles->slots[slot] - 1];

        if (style->family == (uint8_t)family && style->name.len == name.len &&
            memcmp(style->name.data, name.data, name.len) == 0)
            return style;
    }
    return NULL;
}

const struct odf_style *odf_styles_lookup(const struct odf_styles *styles, char family,
                                          struct span name)
{
    return lookup(styles, family, name);
}

const struct odf_list_style *odf_styles_list(const struct odf_styles *styles, struct span name)
{
    for (size_t i = 0; name.len > 0 && i < styles->list_count; i++)
        if (styles->lists[i].name.len == name.len &&
            memcmp(styles->lists[i].name.data, name.data, name.len) == 0)
            return &styles->lists[i];
    return NULL;
}

static void resolve(struct odf_styles *styles, struct odf_style *style, unsigned depth)
{
    struct odf_style *parent;

    if (style->is_resolved)
        return;
    style->is_resolved = true;
    style->role = role_of(style->name);
    if (style->family == 't' &&
        (span_is(style->name, "Source_20_Text") || span_is(style->name, "Teletype")))
        looks_set(&style->looks, EMPHASIS_CODE, true);
    parent = lookup(styles, (char)style->family, style->parent);
    if (style->role == ODF_ROLE_NONE && !parent)
        style->role = role_of(style->parent);
    if (!parent || parent == style || depth == PARENT_DEPTH_MAX)
        return;
    resolve(styles, parent, depth + 1);
    if (style->role == ODF_ROLE_NONE)
        style->role = parent->role;
    if (style->outline == 0)
        style->outline = parent->outline;
    if (style->list.len == 0)
        style->list = parent->list;
    style->is_hidden |= parent->is_hidden;
    if (style->family == 't')
        style->looks = looks_within(parent->looks, style->looks);
}

bool odf_styles_resolve(struct odf_styles *styles)
{
    styles->slot_count = 64;
    while (styles->slot_count < 2 * styles->count)
        styles->slot_count *= 2;
    styles->slots = calloc(styles->slot_count, sizeof(styles->slots[0]));
    if (!styles->slots)
        return false;
    for (size_t i = 0; i < styles->count; i++) {
        struct odf_style *style = &styles->items[i];
        size_t slot = hash_name((char)style->family, style->name) & (styles->slot_count - 1);

        while (styles->slots[slot])
            slot = (slot + 1) & (styles->slot_count - 1);
        styles->slots[slot] = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < styles->count; i++)
        resolve(styles, &styles->items[i], 0);
    return true;
}

void odf_styles_release(struct odf_styles *styles)
{
    free(styles->items);
    free(styles->lists);
    free(styles->slots);
}
