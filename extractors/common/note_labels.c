#include "extractors/common/note_labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define LABELS_MAX     ((size_t)1 << 17)
#define CAPACITY_FIRST ((size_t)64)
#define MARK_BYTES_MAX 16u
#define DIGITS_MAX     4u
#define ROMAN_MAX      6u
#define SIGNS_MAX      4u

void note_labels_release(struct note_labels *labels)
{
    free(labels->entries);
    *labels = (struct note_labels){ 0 };
}

uint64_t note_key(struct span part, struct span fragment)
{
    return (hash_table_key(part) * 31 + hash_table_key(fragment)) | 1;
}

static struct note_label *entry_at(const struct note_labels *labels, uint64_t key)
{
    size_t mask = labels->capacity - 1, i = (size_t)(key ^ key >> 29) & mask;

    while (labels->entries[i].key && labels->entries[i].key != key)
        i = (i + 1) & mask;
    return &labels->entries[i];
}

static bool make_room(struct note_labels *labels)
{
    struct note_labels more = {
        .count = labels->count,
        .capacity = labels->capacity ? labels->capacity * 2 : CAPACITY_FIRST,
    };

    if (labels->count * 2 < labels->capacity)
        return true;
    if (labels->count >= LABELS_MAX)
        return false;
    more.entries = calloc(more.capacity, sizeof(*more.entries));
    if (!more.entries)
        return false;
    for (size_t i = 0; i < labels->capacity; i++)
        if (labels->entries[i].key)
            *entry_at(&more, labels->entries[i].key) = labels->entries[i];
    free(labels->entries);
    *labels = more;
    return true;
}

const char *note_label_lookup(const struct note_labels *labels, uint64_t key)
{
    const struct note_label *entry = labels->count ? entry_at(labels, key) : NULL;

    return entry && entry->key ? entry->label : NULL;
}

/* How many notes have this mark, with this one. 0: out of memory. */
static unsigned count_mark(struct note_labels *labels, struct span mark)
{
    uint64_t key = (hash_table_key(mark) | 2) & ~(uint64_t)1; /* odd ones name notes */
    struct note_label *entry;

    if (!make_room(labels))
        return 0;
    entry = entry_at(labels, key);
    labels->count += entry->key == 0;
    entry->key = key;
    return ++entry->count;
}

const char *note_label_give(struct note_labels *labels, uint64_t key, struct span mark)
{
    const char *known = note_label_lookup(labels, key);
    struct note_label *entry;
    unsigned count;

    if (known)
        return known;
    count = count_mark(labels, mark);
    if (count == 0 || !make_room(labels))
        return NULL;
    entry = entry_at(labels, key);
    entry->key = key;
    labels->count++;
    if (count == 1)
        (void)snprintf(entry->label, sizeof(entry->label), "%.*s", (int)mark.len, mark.data);
    else
        (void)snprintf(entry->label, sizeof(entry->label), "%.*s-%u", (int)mark.len, mark.data,
                       count);
    return entry->label;
}

/* ---- marks ---- */

static bool is_space_at(struct span text, size_t at, size_t *len)
{
    *len = 1;
    if ((unsigned char)text.data[at] <= ' ')
        return true;
    *len = 2;
    return at + 1 < text.len && !memcmp(text.data + at, "\xC2\xA0", 2);
}

/* Without spaces and brackets around it. */
static struct span bare(struct span text)
{
    size_t len;

    while (text.len > 0 && (strchr("[({", text.data[0]) || is_space_at(text, 0, &len))) {
        len = strchr("[({", text.data[0]) ? 1 : len;
        text = (struct span){ text.data + len, text.len - len };
    }
    while (text.len > 0) {
        if (strchr("])}", text.data[text.len - 1]) || (unsigned char)text.data[text.len - 1] <= ' ')
            text.len--;
        else if (text.len > 1 && !memcmp(text.data + text.len - 2, "\xC2\xA0", 2))
            text.len -= 2;
        else
            break;
    }
    return text;
}

static size_t count_of(struct span text, size_t from, const char *marks)
{
    size_t at = from;

    while (at < text.len && text.data[at] && strchr(marks, text.data[at]))
        at++;
    return at - from;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "12", "12a", "a", "N3", "xiv" */
static bool is_number(struct span text)
{
    size_t at = is_letter(text.data[0]), digits = count_of(text, at, "0123456789");

    if (text.len == 1 && at == 1)
        return true;
    if (count_of(text, 0, "ivxl") == text.len)
        return text.len <= ROMAN_MAX;
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    at += digits;
    return at == text.len || (at + 1 == text.len && is_letter(text.data[at]));
}

/* The sign of a note that text begins with, as it is in a label; 0 bytes: none. */
static size_t sign_at(struct span text, const char **sign)
{
    static const char *const signs[][2] = {
        { "*", "*" },
        { "\xE2\x88\x97", "*" },            /* U+2217 */
        { "\xE2\x80\xA0", "\xE2\x80\xA0" }, /* dagger, double dagger */
        { "\xE2\x80\xA1", "\xE2\x80\xA1" },
        { "\xC2\xA7", "\xC2\xA7" },
        { "\xC2\xB6", "\xC2\xB6" },
        { "\xC2\xB9", "1" },
        { "\xC2\xB2", "2" },
        { "\xC2\xB3", "3" },
        { "\xE2\x81\xB0", "0" },
        { "\xE2\x81\xB4", "4" },
        { "\xE2\x81\xB5", "5" },
        { "\xE2\x81\xB6", "6" },
        { "\xE2\x81\xB7", "7" },
        { "\xE2\x81\xB8", "8" },
        { "\xE2\x81\xB9", "9" },
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t len = strlen(signs[i][0]);

        if (text.len >= len && !memcmp(text.data, signs[i][0], len)) {
            *sign = signs[i][1];
            return len;
        }
    }
    return 0;
}

static bool read_signs(struct span text, struct buf *out)
{
    unsigned count = 0;

    while (text.len > 0) {
        const char *sign = "";
        size_t len = sign_at(text, &sign);

        if (len == 0 || ++count > SIGNS_MAX)
            return false;
        buf_append(out, sign, strlen(sign));
        text = (struct span){ text.data + len, text.len - len };
    }
    return true;
}

/* "note 1", "Anm. 3": letters, and what may stand between them and a number. */
static bool is_word_and_number(struct span text)
{
    bool has_number = false;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        has_number |= c >= '0' && c <= '9';
        if (c < 0x80 && !is_letter(text.data[i]) && !(c >= '0' && c <= '9') &&
            !strchr(" .-_:", text.data[i]))
            return false;
    }
    return has_number;
}

bool note_mark_read(struct span text, bool is_sure, char mark[NOTE_LABEL_BYTES])
{
    struct buf out = BUF_INIT(MARK_BYTES_MAX);
    bool is_mark;

    text = bare(text);
    if (text.len == 0 || text.len > MARK_BYTES_MAX)
        return false;
    is_mark = is_number(text) || (is_sure && is_word_and_number(text));
    for (size_t i = 0; is_mark && i < text.len; i++)
        buf_append_char(&out, strchr(" .:", text.data[i]) ? '-' : text.data[i]);
    if (!is_mark) {
        buf_clear(&out);
        is_mark = read_signs(text, &out);
    }
    (void)snprintf(mark, NOTE_LABEL_BYTES, "%s", out.data);
    is_mark = is_mark && out.len > 0;
    buf_release(&out);
    return is_mark;
}
