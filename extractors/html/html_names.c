#include "extractors/html/html_names.h"

#include <endian.h>
#include <string.h>

#define PROBES_MAX 4u  /* places that are looked at for a name */
#define NAME_BYTES 32u /* longer names are no element or attribute of ours */

static const char *const attribute_names[] = {
#define ATTRIBUTE_NAME(upper, name) name,
    HTML_ATTRIBUTES(ATTRIBUTE_NAME)
#undef ATTRIBUTE_NAME
};

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* name in lower case, with a NUL behind it; false: it is too long to be one of ours. */
static bool lower_name(struct span name, char lower[NAME_BYTES])
{
    if (name.len >= NAME_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++)
        lower[i] = to_lower(name.data[i]);
    lower[name.len] = '\0';
    return true;
}

/* Up to seven bytes as a number. Of readable bytes there may be more than the name's. */
static uint64_t bytes_of(struct span name, size_t readable)
{
    uint64_t bytes = 0;

    if (readable >= sizeof(bytes)) {
        memcpy(&bytes, name.data, sizeof(bytes));
        return le64toh(bytes) & ((UINT64_C(1) << 8 * name.len) - 1);
    }
    for (size_t i = name.len; i-- > 0;)
        bytes = bytes << 8 | (unsigned char)name.data[i];
    return bytes;
}

/* The capital letters A to Z among eight bytes made small. */
static uint64_t lower_eight(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = bytes & ones * 0x7F;
    uint64_t from_a = low + ones * (0x80 - 'A'), behind_z = low + ones * (0x7F - 'Z');

    return bytes | ((from_a ^ behind_z) & ~bytes & ones * 0x80) >> 2;
}

/* Where a name is, or is to be, kept; NULL: it is too long for that. *is_known: it is there. */
static struct html_known_name *known_name(struct html_known_name *names, struct span name,
                                          size_t readable, bool *is_known)
{
    struct html_known_name *known;
    uint64_t key, place;

    if (name.len == 0 || name.len >= sizeof(key))
        return NULL;
    key = lower_eight(bytes_of(name, readable)) | (uint64_t)name.len << 56;
    place = key * UINT64_C(0x9E3779B97F4A7C15) >> 32;
    for (unsigned i = 0; i < PROBES_MAX; i++) {
        known = &names[(place + i) % HTML_KNOWN_NAMES];
        if (known->key == key || known->key == 0)
            break;
    }
    *is_known = known->key == key;
    known->key = key;
    return known;
}

static enum html_tag look_up_tag(struct span name)
{
    char lower[NAME_BYTES];

    if (!lower_name(name, lower))
        return memchr(name.data, '-', name.len) ? HTML_CUSTOM : HTML_OTHER;
    return html_tag_of((struct span){ lower, name.len });
}

enum html_tag html_names_tag(struct html_names *names, struct span name, size_t readable)
{
    bool is_known = false;
    struct html_known_name *known = known_name(names->tags, name, readable, &is_known);

    if (!known)
        return look_up_tag(name);
    if (!is_known)
        known->value = look_up_tag(name);
    return (enum html_tag)known->value;
}

static int look_up_attribute(struct span name)
{
    size_t low = 0, high = HTML_ATTR_COUNT;
    char lower[NAME_BYTES];

    if (!lower_name(name, lower))
        return -1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(lower, attribute_names[middle]);

        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

int html_names_attribute(struct html_names *names, struct span name, size_t readable)
{
    bool is_known = false;
    struct html_known_name *known = known_name(names->attributes, name, readable, &is_known);

    if (!known)
        return look_up_attribute(name);
    if (!is_known)
        known->value = look_up_attribute(name);
    return known->value;
}
