#include "cli/versions.h"

#include <string.h>

#define NAME_BYTES_MAX 512u

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_all_digits(struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!is_digit(word.data[i]))
            return false;
    return word.len > 0;
}

static bool is_year(struct span word)
{
    return is_all_digits(word) && ((word.len == 4 && (memcmp(word.data, "19", 2) == 0 ||
                                                      memcmp(word.data, "20", 2) == 0)) ||
                                   (word.len == 8 && memcmp(word.data, "20", 2) == 0));
}

/* "v", "v2": also before a number that stands apart. */
static bool is_version_word(const char *word, size_t len)
{
    static const char *const words[] = { "v",     "ver",   "version", "rev", "revision",
                                         "draft", "final", "copy",    "old", "new" };

    while (len > 1 && is_digit(word[len - 1]))
        len--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
            return true;
    return false;
}

/* The next run of letters and digits; false at the end. */
static bool take_word(struct span *rest, struct span *word)
{
    size_t len = 0;

    while (rest->len > 0 && !is_digit(rest->data[0]) && !is_letter(rest->data[0])) {
        rest->data++;
        rest->len--;
    }
    while (len < rest->len && (is_digit(rest->data[len]) || is_letter(rest->data[len])))
        len++;
    *word = (struct span){ rest->data, len };
    *rest = (struct span){ rest->data + len, rest->len - len };
    return len > 0;
}

/* The words that say which document it is, in lower case, a blank behind each. */
static size_t fold(struct span name, char out[NAME_BYTES_MAX])
{
    struct span word;
    size_t len = 0;
    bool drops_numbers = false; /* month and day behind a year, a number behind "version" */

    while (take_word(&name, &word) && len + word.len + 1 < NAME_BYTES_MAX) {
        char *at = out + len;

        for (size_t i = 0; i < word.len; i++)
            at[i] = word.data[i] >= 'A' && word.data[i] <= 'Z' ? (char)(word.data[i] | 0x20)
                                                               : word.data[i];
        if (drops_numbers && is_all_digits(word) && word.len <= 2)
            continue;
        drops_numbers = is_year(word) || is_version_word(at, word.len);
        if (drops_numbers)
            continue;
        at[word.len] = ' ';
        len += word.len + 1;
    }
    return len;
}

bool versions_alike(struct span a, struct span b)
{
    char a_folded[NAME_BYTES_MAX], b_folded[NAME_BYTES_MAX];
    size_t a_len = fold(a, a_folded), b_len = fold(b, b_folded);

    return a_len > 0 && a_len == b_len && memcmp(a_folded, b_folded, a_len) == 0;
}
