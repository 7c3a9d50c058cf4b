#include "extractors/html/html_words.h"

#include <string.h>

#define WORD_BYTES_MAX 32u
#define PART_BYTES_MIN 5u /* of the known word a compound begins or ends with */

struct word {
    const char *text;
    uint32_t bits;
};

#include "extractors/html/html_words_table.h"

static uint32_t lookup(const struct word *words, size_t count, const char *text, size_t len)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = (unsigned char)text[0] - (unsigned char)words[middle].text[0];

        if (order == 0) /* most are told by their first byte */
            order = strncmp(text, words[middle].text, len);
        if (order == 0 && words[middle].text[len] != '\0')
            order = -1;
        if (order == 0)
            return words[middle].bits;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static uint32_t mark(const char *text, size_t len)
{
    return lookup(mark_words, sizeof(mark_words) / sizeof(mark_words[0]), text, len);
}

/* "relatedposts" is known by the longest word that it begins with, and the longest it ends with. */
static uint32_t marks_of_word(const char *text, size_t len)
{
    uint32_t bits = mark(text, len);

    if (bits || len <= PART_BYTES_MIN)
        return bits;
    for (size_t part = len - 1; part >= PART_BYTES_MIN && !bits; part--)
        bits = mark(text, part);
    for (size_t part = len - 1; part >= PART_BYTES_MIN; part--) {
        uint32_t more = mark(text + len - part, part);

        if (more)
            return bits | more;
    }
    return bits;
}

static uint32_t topics_of_word(const char *text, size_t len)
{
    return lookup(topic_words, sizeof(topic_words) / sizeof(topic_words[0]), text, len);
}

/* A word as it is read, in lower case, cut at its longest. */
struct word_reader {
    char text[WORD_BYTES_MAX];
    size_t len;
    uint64_t hash; /* FNV-1a */
};

static void add_byte(struct word_reader *word, char c)
{
    if (word->len == 0)
        word->hash = UINT64_C(1469598103934665603);
    if (word->len == WORD_BYTES_MAX)
        return;
    word->text[word->len++] = c;
    word->hash = (word->hash ^ (unsigned char)c) * UINT64_C(1099511628211);
}

/* The bits of the word that was read, from the memo if it is there; the next one begins. */
static uint32_t take_word(struct word_reader *word, struct html_known_word *memo,
                          uint32_t (*look_up)(const char *text, size_t len))
{
    struct html_known_word *known = &memo[(word->hash >> 32) % HTML_MEMO_WORDS];

    if (known->hash != word->hash) {
        known->hash = word->hash;
        known->bits = look_up(word->text, word->len);
    }
    word->len = 0;
    return known->bits;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

uint32_t html_marks_of(struct html_words *words, struct span names)
{
    struct word_reader word = { .len = 0 };
    uint32_t bits = 0;

    for (size_t i = 0; i <= names.len; i++) {
        char c = i < names.len ? names.data[i] : ' ';
        bool is_name = is_upper(c) || is_lower_or_digit(c);
        bool is_hump = is_upper(c) && i > 0 && is_lower_or_digit(names.data[i - 1]);

        if (word.len > 0 && (is_hump || !is_name))
            bits |= take_word(&word, words->marks, marks_of_word);
        if (is_name)
            add_byte(&word, is_upper(c) ? (char)(c | 0x20) : c);
    }
    return bits;
}

/* Letters, digits, the hyphen, all that is not ASCII, and the two signs that are words to us. */
static bool is_word_byte(char c)
{
    return is_upper(c) || is_lower_or_digit(c) || c == '-' || c == '$' || c == '\'' ||
           (unsigned char)c >= 0x80;
}

void html_topics_of(struct html_words *words, struct span text, unsigned word_max,
                    uint8_t counts[HTML_TOPIC_COUNT])
{
    struct word_reader word = { .len = 0 };
    unsigned count = 0;

    memset(counts, 0, HTML_TOPIC_COUNT);
    for (size_t i = 0; i <= text.len && count < word_max; i++) {
        char c = i < text.len ? text.data[i] : ' ';
        uint32_t bits;

        if (is_word_byte(c)) {
            add_byte(&word, is_upper(c) ? (char)(c | 0x20) : c);
            continue;
        }
        if (word.len == 0)
            continue;
        count++;
        bits = take_word(&word, words->topics, topics_of_word);
        for (unsigned topic = 0; bits; topic++, bits >>= 1)
            counts[topic] = (uint8_t)(counts[topic] + (bits & 1));
    }
}
