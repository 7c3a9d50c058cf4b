#include "extractors/html/html_classes.h"

#include <string.h>
#include <strings.h>

#define CLASSES_BYTES_MAX 2048u /* of an attribute: it is asked for of each link inside, too */

static unsigned class_of(struct span name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } known[] = {
        { "sr-only", HTML_CLASS_READ_ALOUD },
        { "visually-hidden", HTML_CLASS_READ_ALOUD },
        { "visuallyhidden", HTML_CLASS_READ_ALOUD },
        { "screen-reader-text", HTML_CLASS_READ_ALOUD },
        { "screen-reader", HTML_CLASS_READ_ALOUD },
        { "screen-reader-only", HTML_CLASS_READ_ALOUD },
        { "screenreader", HTML_CLASS_READ_ALOUD },
        { "a-offscreen", HTML_CLASS_READ_ALOUD },
        { "element-invisible", HTML_CLASS_READ_ALOUD },
        { "assistive-text", HTML_CLASS_READ_ALOUD },
        { "u-visually-hidden", HTML_CLASS_READ_ALOUD },
        { "hidden-visually", HTML_CLASS_READ_ALOUD },
        { "sr-only-focusable", HTML_CLASS_READ_ALOUD },
        { "visually-hidden-focusable", HTML_CLASS_READ_ALOUD },
        { "hidden", HTML_CLASS_HIDDEN },
        { "d-none", HTML_CLASS_HIDDEN },
        { "is-hidden", HTML_CLASS_HIDDEN },
        { "u-hidden", HTML_CLASS_HIDDEN },
        { "mw-cite-backlink", HTML_CLASS_WAY_BACK },
        { "backrefs", HTML_CLASS_WAY_BACK },
        { "footnote-backref", HTML_CLASS_WAY_BACK },
        { "katex-html", HTML_CLASS_DUPLICATE },
        { "MathJax_Preview", HTML_CLASS_DUPLICATE },
        { "fragment", HTML_CLASS_CODE },
        { "line", HTML_CLASS_CODE_LINE },
        { "toc", HTML_CLASS_CONTENTS },
        { "sup", HTML_CLASS_RAISED },
        { "super", HTML_CLASS_RAISED },
        { "superscript", HTML_CLASS_RAISED },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (name.len == strlen(known[i].name) && !strncasecmp(name.data, known[i].name, name.len))
            return known[i].bit;
    return 0;
}

static unsigned look_up(struct span classes)
{
    unsigned bits = 0;

    for (size_t at = 0; at < classes.len;) {
        size_t end = at;

        while (end < classes.len && (unsigned char)classes.data[end] > ' ')
            end++;
        bits |= class_of((struct span){ classes.data + at, end - at });
        at = end + 1;
    }
    return bits;
}

/* Of the bytes as they are; never 0. */
static uint64_t hash_of(struct span text)
{
    const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = text.len, last = 0;
    size_t i = 0;

    for (; i + sizeof(last) <= text.len; i += sizeof(last)) {
        memcpy(&last, text.data + i, sizeof(last));
        hash = (hash ^ last) * factor;
        hash ^= hash >> 32;
    }
    for (last = 0; i < text.len; i++)
        last = last << 8 | (unsigned char)text.data[i];
    hash = (hash ^ last) * factor;
    return (hash ^ hash >> 29) | 1;
}

unsigned html_classes_of(struct html_words *words, struct span classes)
{
    struct html_known_word *known;
    uint64_t hash;

    if (classes.len == 0)
        return 0;
    if (classes.len > CLASSES_BYTES_MAX)
        classes.len = CLASSES_BYTES_MAX;
    hash = hash_of(classes);
    known = &words->classes[(hash >> 32) % HTML_MEMO_CLASSES];
    if (known->hash != hash) {
        known->hash = hash;
        known->bits = look_up(classes);
        words->seen_classes |= known->bits;
    }
    return known->bits;
}
