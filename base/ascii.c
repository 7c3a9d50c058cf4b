#include "base/ascii.h"

#include <string.h>
#include <strings.h>

const char *ascii_find(struct span text, const char *word)
{
    size_t len = strlen(word);
    char first = (char)(word[0] | 0x20);

    for (size_t i = 0; i + len <= text.len; i++)
        if ((text.data[i] | 0x20) == first && strncasecmp(text.data + i, word, len) == 0)
            return text.data + i;
    return NULL;
}

size_t ascii_longest_run(struct span text, char c)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < text.len; i++) {
        run = text.data[i] == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}
