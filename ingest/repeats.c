#include "ingest/repeats.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define INPUT_BYTES_MAX ((size_t)64 << 20)
#define SAMPLE_BYTES    48u /* at either end of a text */

/* A chunk by what it says. */
struct saying {
    uint64_t key; /* of a sample of its text; then of all of it; then of its embedded input */
    uint32_t index;
};

struct repeats {
    const struct extraction *extraction;
    struct chunk *chunks;
    struct saying *sayings;
    struct buf input;
};

static void repeats_release(struct repeats *repeats)
{
    free(repeats->sayings);
    buf_release(&repeats->input);
}

static struct span text_of(const struct repeats *repeats, const struct saying *saying)
{
    const struct chunk *chunk = &repeats->chunks[saying->index];

    return (struct span){ repeats->extraction->text.data + chunk->text_start,
                          chunk->text_end - chunk->text_start };
}

/* Few chunks are said twice: hash little of the others. */
static uint64_t sample_key(struct span text)
{
    struct span end = text;

    if (text.len <= (size_t)2 * SAMPLE_BYTES)
        return hash_table_key(text);
    end.data += text.len - SAMPLE_BYTES;
    end.len = text.len = SAMPLE_BYTES;
    return hash_table_key(text) ^ (hash_table_key(end) * 31);
}

static int compare_sayings(const void *left, const void *right)
{
    const struct saying *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static void sort(struct saying *sayings, size_t count)
{
    qsort(sayings, count, sizeof(*sayings), compare_sayings);
}

/* How many sayings from the first one on have its key. */
static size_t run_length(const struct saying *sayings, size_t count)
{
    size_t length = 1;

    while (length < count && sayings[length].key == sayings[0].key)
        length++;
    return length;
}

/* All but the first are left out: they get no text. */
static void leave_out(struct repeats *repeats, const struct saying *group, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct chunk *chunk = &repeats->chunks[group[i].index];

        chunk->text_end = chunk->text_start;
    }
}

static bool is_one_text(const struct repeats *repeats, const struct saying *group, size_t count)
{
    struct span first = text_of(repeats, &group[0]);

    for (size_t i = 1; i < count; i++) {
        struct span text = text_of(repeats, &group[i]);

        if (text.len != first.len || memcmp(text.data, first.data, text.len) != 0)
            return false;
    }
    return true;
}

/* Of a group with one text, what is said at one place again and again. */
static enum status leave_out_in_place(struct repeats *repeats, struct saying *group, size_t count,
                                      struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        enum status status;

        buf_clear(&repeats->input);
        extraction_chunk_input(repeats->extraction, &repeats->chunks[group[i].index],
                               &repeats->input);
        status = buf_status(&repeats->input, err);
        if (status)
            return status;
        group[i].key = hash_table_key(buf_span(&repeats->input));
    }
    sort(group, count);
    for (size_t at = 0, length; at < count; at += length) {
        length = run_length(group + at, count - at);
        if (length >= REPEATS_IN_PLACE)
            leave_out(repeats, group + at, length);
    }
    return STATUS_OK;
}

/* A group with one text. */
static enum status look_at_text(struct repeats *repeats, struct saying *group, size_t count,
                                struct error *err)
{
    uint32_t tokens = repeats->chunks[group[0].index].token_count;

    if (count < REPEATS_ANYWHERE || tokens < REPEATS_ANYWHERE_LEAST)
        return leave_out_in_place(repeats, group, count, err);
    leave_out(repeats, group, count);
    return STATUS_OK;
}

/* A group with one sample. */
static enum status look_at_sample(struct repeats *repeats, struct saying *group, size_t count,
                                  struct error *err)
{
    enum status status = STATUS_OK;

    if (count < REPEATS_IN_PLACE)
        return STATUS_OK;
    if (is_one_text(repeats, group, count))
        return look_at_text(repeats, group, count, err);
    for (size_t i = 0; i < count; i++)
        group[i].key = hash_table_key(text_of(repeats, &group[i]));
    sort(group, count);
    for (size_t at = 0, length; at < count && !status; at += length) {
        length = run_length(group + at, count - at);
        if (length >= REPEATS_IN_PLACE && is_one_text(repeats, group + at, length))
            status = look_at_text(repeats, group + at, length, err);
    }
    return status;
}

enum status repeats_leave_out(const struct extraction *extraction, struct chunk *chunks,
                              size_t *count, struct error *err)
{
    CLEANUP(repeats_release)
    struct repeats repeats = { extraction, chunks, malloc(*count * sizeof(*repeats.sayings)),
                               BUF_INIT(INPUT_BYTES_MAX) };
    struct saying *sayings = repeats.sayings;
    enum status status = STATUS_OK;
    size_t kept = 0;

    if (*count < REPEATS_IN_PLACE)
        return STATUS_OK;
    if (!sayings)
        return error_set(err, STATUS_NO_MEMORY, "cannot hold a document's chunks");
    for (size_t i = 0; i < *count; i++) {
        sayings[i].index = (uint32_t)i;
        sayings[i].key = sample_key(text_of(&repeats, &sayings[i]));
    }
    sort(sayings, *count);
    for (size_t at = 0, length; at < *count && !status; at += length) {
        length = run_length(sayings + at, *count - at);
        status = look_at_sample(&repeats, sayings + at, length, err);
    }
    for (size_t i = 0; i < *count; i++)
        if (chunks[i].text_end > chunks[i].text_start)
            chunks[kept++] = chunks[i];
    *count = kept;
    return status;
}
