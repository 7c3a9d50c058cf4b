#include "extractors/common/alt.h"

#include <string.h>
#include <strings.h>

static bool span_ends(struct span text, const char *end)
{
    size_t len = strlen(end);

    return text.len >= len && !strncasecmp(text.data + text.len - len, end, len);
}

static bool is_file_name(struct span text)
{
    static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg" };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (span_ends(text, ends[i]))
            return true;
    return false;
}

/* What Apple's Pages writes where its user wrote nothing. */
static bool is_placeholder(struct span text)
{
    static const char placeholder[] = "officeArt object";

    return text.len == sizeof(placeholder) - 1 && !memcmp(text.data, placeholder, text.len);
}

bool alt_is_description(struct span text)
{
    unsigned words = 0;
    bool is_in_word = false;

    for (size_t i = 0; i < text.len; i++) {
        char lower = (char)(text.data[i] | 0x20);
        bool is_letter = (lower >= 'a' && lower <= 'z') || (unsigned char)text.data[i] >= 0x80;

        if ((unsigned char)text.data[i] <= ' ')
            is_in_word = false;
        else if (is_letter && !is_in_word) {
            is_in_word = true;
            words++;
        }
    }
    return words >= 2 && !is_file_name(text) && !is_placeholder(text);
}
