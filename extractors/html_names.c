#include "extractors/html_names.h"

#include <string.h>

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
static bool lower_name(struct span name, char lower[HTML_NAME_BYTES])
{
    lower[0] = '\0';
    if (name.len >= HTML_NAME_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++)
        lower[i] = to_lower(name.data[i]);
    lower[name.len] = '\0';
    return true;
}

/* Where a name is, or is to be, kept; NULL: it is too long for that. *is_known: it is there. */
static struct html_known_name *known_name(struct html_known_name *names, const char *lower,
                                          size_t len, bool *is_known)
{
    char bytes[sizeof(uint64_t)] = { 0 };
    struct html_known_name *name;
    uint64_t key;

    if (len == 0 || len >= sizeof(bytes))
        return NULL;
    memcpy(bytes, lower, len);
    bytes[sizeof(bytes) - 1] = (char)len;
    memcpy(&key, bytes, sizeof(key));
    name = &names[key * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (HTML_KNOWN_NAMES - 1)];
    *is_known = name->key == key;
    name->key = key;
    return name;
}

enum html_tag html_names_tag(struct html_names *names, struct span name,
                             char lower[HTML_NAME_BYTES])
{
    struct html_known_name *known;
    bool is_known = false;

    if (!lower_name(name, lower))
        return memchr(name.data, '-', name.len) ? HTML_CUSTOM : HTML_OTHER;
    known = known_name(names->tags, lower, name.len, &is_known);
    if (!known)
        return html_tag_of((struct span){ lower, name.len });
    if (!is_known)
        known->value = html_tag_of((struct span){ lower, name.len });
    return (enum html_tag)known->value;
}

static int look_up_attribute(const char *lower)
{
    size_t low = 0, high = HTML_ATTR_COUNT;

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

int html_names_attribute(struct html_names *names, struct span name)
{
    char lower[HTML_NAME_BYTES];
    struct html_known_name *known;
    bool is_known = false;

    if (name.len == 0 || !lower_name(name, lower))
        return -1;
    known = known_name(names->attributes, lower, name.len, &is_known);
    if (!known)
        return look_up_attribute(lower);
    if (!is_known)
        known->value = look_up_attribute(lower);
    return known->value;
}
