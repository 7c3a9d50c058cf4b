#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/office/docx.h"

#define LISTS_MAX         20000u
#define NESTING_TWIPS_MIN 180 /* an eighth of an inch: less is no step of its own */

enum tag {
    TAG_ABSTRACT = 1,
    TAG_NUM,
    TAG_ABSTRACT_ID,
    TAG_LEVEL,
    TAG_FORMAT,
    TAG_TEXT,
    TAG_START,
    TAG_LEGAL,
    TAG_STYLE_LINK,
    TAG_OVERRIDE,
    TAG_START_OVERRIDE,
    TAG_PICTURE,
    TAG_RESTART,
    TAG_INDENT,
};

static const struct xml_name names[] = {
    { "abstractNum", XML_NS_W, TAG_ABSTRACT },
    { "num", XML_NS_W, TAG_NUM },
    { "abstractNumId", XML_NS_W, TAG_ABSTRACT_ID },
    { "lvl", XML_NS_W, TAG_LEVEL },
    { "numFmt", XML_NS_W, TAG_FORMAT },
    { "lvlText", XML_NS_W, TAG_TEXT },
    { "start", XML_NS_W, TAG_START },
    { "isLgl", XML_NS_W, TAG_LEGAL },
    { "numStyleLink", XML_NS_W, TAG_STYLE_LINK },
    { "lvlOverride", XML_NS_W, TAG_OVERRIDE },
    { "startOverride", XML_NS_W, TAG_START_OVERRIDE },
    { "numPicBullet", XML_NS_W, TAG_PICTURE },
    { "lvlRestart", XML_NS_W, TAG_RESTART },
    { "ind", XML_NS_W, TAG_INDENT },
    { NULL, 0, 0 },
};

static enum docx_format format_of(struct span name)
{
    static const struct {
        const char *name;
        enum docx_format format;
    } formats[] = {
        { "bullet", DOCX_FORMAT_BULLET },
        { "none", DOCX_FORMAT_NONE },
        { "lowerLetter", DOCX_FORMAT_LOWER_LETTER },
        { "upperLetter", DOCX_FORMAT_UPPER_LETTER },
        { "lowerRoman", DOCX_FORMAT_LOWER_ROMAN },
        { "upperRoman", DOCX_FORMAT_UPPER_ROMAN },
        { "ordinal", DOCX_FORMAT_ORDINAL },
        { "decimalZero", DOCX_FORMAT_TWO_DIGITS },
    };

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (span_is(name, formats[i].name))
            return formats[i].format;
    return DOCX_FORMAT_DECIMAL; /* in other scripts too: the value is the same */
}

enum docx_format docx_format_of(unsigned code)
{
    switch (code) {
    case 1:
        return DOCX_FORMAT_UPPER_ROMAN;
    case 2:
        return DOCX_FORMAT_LOWER_ROMAN;
    case 3:
        return DOCX_FORMAT_UPPER_LETTER;
    case 4:
        return DOCX_FORMAT_LOWER_LETTER;
    case 5:
        return DOCX_FORMAT_ORDINAL;
    case 22:
        return DOCX_FORMAT_TWO_DIGITS;
    case 23:
        return DOCX_FORMAT_BULLET;
    case 255:
        return DOCX_FORMAT_NONE;
    default:
        return DOCX_FORMAT_DECIMAL;
    }
}

static int32_t bounded(long value)
{
    return (int32_t)(value < 0 ? 0 : value > 1000000 ? 1000000 : value);
}

static void read_level(struct xml *xml, struct docx_level *level, struct arena *arena)
{
    unsigned depth = xml->depth;

    *level = (struct docx_level){ .start = 0, .text = { "", 0 }, .indent = DOCX_INDENT_NONE };
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_FORMAT) {
            level->format = format_of(xml_attr(xml, "val"));
        } else if (xml->tag == TAG_START) {
            level->start = bounded(xml_attr_number(xml, "val", 0));
        } else if (xml->tag == TAG_INDENT) {
            level->indent = docx_read_indent(xml);
        } else if (xml->tag == TAG_LEGAL) {
            level->is_legal = xml_attr_is_on(xml, "val");
        } else if (xml->tag == TAG_RESTART) {
            level->restart = (uint8_t)(bounded(xml_attr_number(xml, "val", 0)) & 15);
            level->has_restart = true;
        } else if (xml->tag == TAG_TEXT) {
            struct span text = xml_attr(xml, "val");
            char *copy = arena_copy(arena, text);

            if (copy)
                level->text = (struct span){ copy, text.len };
        }
    }
}

static bool read_list(struct xml *xml, struct docx_numbering *numbering, struct arena *arena)
{
    unsigned depth = xml->depth;
    struct docx_list list = { .id = (int32_t)xml_attr_number(xml, "abstractNumId", -1) };

    for (unsigned i = 0; i < DOCX_LEVELS; i++)
        list.levels[i] = (struct docx_level){ .format = DOCX_FORMAT_BULLET,
                                              .text = { "", 0 },
                                              .indent = DOCX_INDENT_NONE };
    while (xml_within(xml, depth)) {
        long level;

        if (xml->event != XML_START)
            continue;
        level = xml_attr_number(xml, "ilvl", -1);
        if (xml->tag == TAG_LEVEL && level >= 0 && level < (long)DOCX_LEVELS) {
            read_level(xml, &list.levels[level], arena);
        } else if (xml->tag == TAG_STYLE_LINK) {
            struct span link = xml_attr(xml, "val");
            char *copy = arena_copy(arena, link);

            if (copy)
                list.style_link = (struct span){ copy, link.len };
        }
    }
    if (numbering->list_count >= LISTS_MAX)
        return true;
    if (!array_reserve(&numbering->lists, &numbering->list_capacity, numbering->list_count))
        return false;
    numbering->lists[numbering->list_count++] = list;
    return true;
}

static bool read_level_anew(struct xml *xml, struct docx_number *number, struct arena *arena)
{
    long index = xml_attr_number(xml, "ilvl", -1);
    struct docx_level *level;

    if (index < 0 || index >= (long)DOCX_LEVELS)
        return true;
    level = arena_alloc(arena, sizeof(*level));
    if (!level)
        return false;
    read_level(xml, level, arena);
    number->anew[index] = level;
    return true;
}

static bool read_number(struct xml *xml, struct docx_numbering *numbering, struct arena *arena)
{
    unsigned depth = xml->depth;
    long level = -1;
    struct docx_number number = {
        .id = (int32_t)xml_attr_number(xml, "numId", -1),
        .list_id = -1,
    };

    for (unsigned i = 0; i < DOCX_LEVELS; i++)
        number.restart[i] = -1;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_ABSTRACT_ID)
            number.list_id = (int32_t)xml_attr_number(xml, "val", -1);
        else if (xml->tag == TAG_OVERRIDE)
            level = xml_attr_number(xml, "ilvl", -1);
        else if (xml->tag == TAG_START_OVERRIDE && level >= 0 && level < (long)DOCX_LEVELS)
            number.restart[level] = bounded(xml_attr_number(xml, "val", 0));
        else if (xml->tag == TAG_LEVEL && !read_level_anew(xml, &number, arena))
            return false;
    }
    if (numbering->number_count >= LISTS_MAX)
        return true;
    if (!array_reserve(&numbering->numbers, &numbering->number_capacity, numbering->number_count))
        return false;
    numbering->numbers[numbering->number_count++] = number;
    return true;
}

enum status docx_numbering_read(struct span part, struct arena *arena, struct docx_numbering *out,
                                struct error *err)
{
    CLEANUP(xml_release) struct xml xml;
    enum status status = xml_open(&xml, part, names, err);
    bool is_ok = true;

    *out = (struct docx_numbering){ .list_count = 0 };
    while (!status && is_ok && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_ABSTRACT)
            is_ok = read_list(&xml, out, arena);
        else if (xml.tag == TAG_NUM)
            is_ok = read_number(&xml, out, arena);
        else if (xml.tag == TAG_PICTURE)
            xml_skip(&xml);
    }
    if (!is_ok)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    return status;
}

void docx_numbering_release(struct docx_numbering *numbering)
{
    free(numbering->lists);
    free(numbering->numbers);
    *numbering = (struct docx_numbering){ .list_count = 0 };
}

/* ---- counting ---- */

static struct docx_number *find_number(struct docx_numbering *numbering, int32_t id)
{
    size_t found = numbering->number_found;

    if (found >= numbering->number_count || numbering->numbers[found].id != id)
        for (found = 0; found < numbering->number_count; found++)
            if (numbering->numbers[found].id == id)
                break;
    numbering->number_found = found;
    return found < numbering->number_count ? &numbering->numbers[found] : NULL;
}

static struct docx_list *find_list_alone(struct docx_numbering *numbering, int32_t id)
{
    size_t found = numbering->list_found;

    if (found >= numbering->list_count || numbering->lists[found].id != id)
        for (found = 0; found < numbering->list_count; found++)
            if (numbering->lists[found].id == id)
                break;
    numbering->list_found = found;
    return found < numbering->list_count ? &numbering->lists[found] : NULL;
}

/* Follows links to other lists. */
static struct docx_list *find_list(struct docx_numbering *numbering,
                                   const struct docx_styles *styles,
                                   const struct docx_number *number, unsigned depth)
{
    struct docx_list *list = find_list_alone(numbering, number->list_id);
    const struct docx_style *style;
    const struct docx_number *other;

    if (!list || list->style_link.len == 0 || depth == 4)
        return list;
    style = docx_styles_lookup(styles, list->style_link);
    other = style ? find_number(numbering, style->number) : NULL;
    return other ? find_list(numbering, styles, other, depth + 1) : list;
}

static void append_roman(struct buf *out, int32_t value, bool is_upper)
{
    static const struct {
        int32_t value;
        const char *lower, *upper;
    } digits[] = {
        { 1000, "m", "M" }, { 900, "cm", "CM" }, { 500, "d", "D" }, { 400, "cd", "CD" },
        { 100, "c", "C" },  { 90, "xc", "XC" },  { 50, "l", "L" },  { 40, "xl", "XL" },
        { 10, "x", "X" },   { 9, "ix", "IX" },   { 5, "v", "V" },   { 4, "iv", "IV" },
        { 1, "i", "I" },
    };

    if (value > 4999)
        buf_printf(out, "%d", value);
    for (size_t i = 0; value <= 4999 && i < sizeof(digits) / sizeof(digits[0]); i++)
        for (; value >= digits[i].value; value -= digits[i].value)
            buf_printf(out, "%s", is_upper ? digits[i].upper : digits[i].lower);
}

/* a, b, ... z, aa, bb: Word repeats the letter. */
static void append_letters(struct buf *out, int32_t value, char first)
{
    if (value < 1 || value > 26 * 8) {
        buf_printf(out, "%d", value);
        return;
    }
    for (int32_t i = 0; i <= (value - 1) / 26; i++)
        buf_append_char(out, (char)(first + (value - 1) % 26));
}

static const char *ordinal_ending(int32_t value)
{
    static const char *const endings[] = { "th", "st", "nd", "rd" };

    return value % 100 / 10 != 1 && value % 10 < 4 && value > 0 ? endings[value % 10] : "th";
}

void docx_append_count(struct buf *out, enum docx_format format, int32_t value)
{
    switch (format) {
    case DOCX_FORMAT_LOWER_LETTER:
        append_letters(out, value, 'a');
        break;
    case DOCX_FORMAT_UPPER_LETTER:
        append_letters(out, value, 'A');
        break;
    case DOCX_FORMAT_LOWER_ROMAN:
    case DOCX_FORMAT_UPPER_ROMAN:
        append_roman(out, value, format == DOCX_FORMAT_UPPER_ROMAN);
        break;
    case DOCX_FORMAT_BULLET:
    case DOCX_FORMAT_NONE:
        break;
    case DOCX_FORMAT_ORDINAL:
        buf_printf(out, "%d%s", value, ordinal_ending(value));
        break;
    case DOCX_FORMAT_TWO_DIGITS:
        buf_printf(out, "%02d", value);
        break;
    case DOCX_FORMAT_DECIMAL:
        buf_printf(out, "%d", value);
        break;
    }
}

static const struct docx_level *level_of(const struct docx_list *list,
                                         const struct docx_number *number, unsigned level)
{
    return number->anew[level] ? number->anew[level] : &list->levels[level];
}

/* "%1.%2." with the counters put in. */
static void write_mark(const struct docx_list *list, const struct docx_number *number,
                       unsigned level, struct docx_item *out)
{
    CLEANUP(buf_release) struct buf mark = BUF_INIT(sizeof(out->mark) - 1);
    const struct docx_level *own = level_of(list, number, level);
    unsigned number_count = 0, other_count = 0;

    for (size_t i = 0; i < own->text.len; i++) {
        char c = own->text.data[i];
        unsigned index;

        if (c != '%' || i + 1 == own->text.len || own->text.data[i + 1] < '1' ||
            own->text.data[i + 1] > '9') {
            other_count += c != '.' && c != ')' && c != '(' && c != ' ';
            buf_append_char(&mark, c);
            continue;
        }
        index = (unsigned)(own->text.data[++i] - '1');
        number_count++;
        if (own->is_legal) {
            buf_printf(&mark, "%d", list->counters[index]);
        } else {
            docx_append_count(&mark, level_of(list, number, index)->format, list->counters[index]);
        }
    }
    out->is_plain = number_count == 1 && other_count == 0 &&
                    (own->is_legal || own->format == DOCX_FORMAT_DECIMAL);
    (void)snprintf(out->mark, sizeof(out->mark), "%s", mark.data);
    (void)snprintf(out->number, sizeof(out->number), "%d", list->counters[level]);
}

void docx_numbering_count(struct docx_numbering *numbering, const struct docx_styles *styles,
                          int32_t id, unsigned level, struct docx_item *out)
{
    struct docx_number *number = id > 0 ? find_number(numbering, id) : NULL;
    struct docx_list *list = number ? find_list(numbering, styles, number, 0) : NULL;

    *out = (struct docx_item){ .is_list = false };
    if (!list)
        return;
    if (level >= DOCX_LEVELS)
        level = DOCX_LEVELS - 1;
    for (unsigned i = 0; i < DOCX_LEVELS; i++) {
        if (!number->is_used && number->restart[i] >= 0) {
            list->counters[i] = number->restart[i] - (i >= level);
            list->is_started[i] = i < level;
            if (i == level)
                list->is_started[i] = true;
        }
    }
    number->is_used = true;
    for (unsigned i = 0; i <= level; i++) {
        if (!list->is_started[i]) {
            list->counters[i] = list->levels[i].start - (i == level);
            list->is_started[i] = true;
        }
    }
    list->counters[level]++;
    for (unsigned i = level + 1; i < DOCX_LEVELS; i++)
        if (!list->levels[i].has_restart || level < list->levels[i].restart)
            list->is_started[i] = false;
    out->indent = level_of(list, number, level)->indent;
    out->is_list = level_of(list, number, level)->format != DOCX_FORMAT_NONE;
    out->is_ordered = out->is_list && level_of(list, number, level)->format != DOCX_FORMAT_BULLET;
    if (out->is_ordered)
        write_mark(list, number, level, out);
}

unsigned docx_nest(struct docx_nesting *nesting, int32_t number, unsigned said, int32_t indent)
{
    const struct docx_nested *above;
    unsigned level = said + 1;

    if (indent == DOCX_INDENT_NONE)
        indent = 0;
    while (nesting->count > 0 &&
           nesting->above[nesting->count - 1].indent + NESTING_TWIPS_MIN > indent)
        nesting->count--;
    above = nesting->count > 0 ? &nesting->above[nesting->count - 1] : NULL;
    if (above && level <= above->level && (above->number != number || above->said == said))
        level = above->level + 1;
    else if (above && above->number == number && above->said < said)
        level = above->level + said - above->said;
    if (nesting->count < DOCX_NESTING_MAX)
        nesting->above[nesting->count++] = (struct docx_nested){ number, indent, said, level };
    return level;
}
