#include "ingest/chunker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "ingest/repeats.h"

/* Raise it when the rules below give other chunks. */
#define RUN_VERSION 2u

#define INPUT_BYTES_MAX ((size_t)1 << 30)

struct run {
    const struct chunker *chunker;
    const struct chunk_options *options;
    const struct extraction *extraction;
    struct chunk *chunks;
    size_t count, capacity;
    uint32_t dropped, last_start;
};

static void run_release(struct run *run)
{
    free(run->chunks);
}

DEFINE_POINTER_CLEANUP(struct hasher, hasher_free);

/* A chunk without a letter, digit or other sign of its own says nothing: rules, dots, bullets. */
static bool says_something(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (byte >= 0xC3 || (unsigned char)((byte | 0x20) - 'a') < 26 ||
            (unsigned char)(byte - '0') < 10)
            return true;
    }
    return false;
}

static enum status broke_rule(const struct run *run, const struct chunk *chunk, const char *rule,
                              struct error *err)
{
    return error_set(err, STATUS_MALFORMED, "chunker '%s' gave a chunk at %u..%u that %s",
                     run->chunker->name, chunk->text_start, chunk->text_end, rule);
}

static enum status check(const struct run *run, const struct chunk *chunk, struct error *err)
{
    struct span text = run->extraction->text;

    if (chunk->text_start >= chunk->text_end || chunk->text_end > text.len ||
        chunk->repeat_start > chunk->repeat_end || chunk->repeat_end > text.len)
        return broke_rule(run, chunk, "is not inside the text", err);
    if (!utf8_is_boundary(text, chunk->text_start) || !utf8_is_boundary(text, chunk->text_end) ||
        !utf8_is_boundary(text, chunk->repeat_start) || !utf8_is_boundary(text, chunk->repeat_end))
        return broke_rule(run, chunk, "cuts a character", err);
    if (run->count > 0 && chunk->text_start <= run->last_start)
        return broke_rule(run, chunk, "is out of order", err);
    if (chunk->token_count > run->options->maximum_tokens)
        return broke_rule(run, chunk, "is over the maximum", err);
    if (chunk->heading != BLOCK_NONE && chunk->heading >= run->extraction->block_count)
        return broke_rule(run, chunk, "has no such heading", err);
    return STATUS_OK;
}

static enum status keep(void *user, const struct chunk *chunk, struct error *err)
{
    struct run *run = user;
    struct span text = run->extraction->text;
    enum status status = check(run, chunk, err);

    if (status)
        return status;
    text = (struct span){ text.data + chunk->text_start, chunk->text_end - chunk->text_start };
    if (!says_something(text)) {
        run->dropped++;
        return STATUS_OK;
    }
    if (run->count == run->capacity) {
        size_t wanted = run->capacity ? run->capacity * 2 : 64;
        struct chunk *moved = realloc(run->chunks, wanted * sizeof(*moved));

        if (!moved)
            return error_set(err, STATUS_NO_MEMORY, "cannot hold a document's chunks");
        run->chunks = moved;
        run->capacity = wanted;
    }
    run->chunks[run->count++] = *chunk;
    run->last_start = chunk->text_start;
    return STATUS_OK;
}

/* Counts each chunk's input as a whole: a chunker adds up its parts, whose tokens may be fewer. */
static enum status measure(struct run *run, bool *is_over, struct error *err)
{
    const struct token_counter *counter = run->options->limit_counter;
    CLEANUP(buf_release) struct buf input = BUF_INIT(INPUT_BYTES_MAX);

    *is_over = false;
    for (size_t i = 0; i < run->count; i++) {
        enum status status;
        size_t tokens;

        buf_clear(&input);
        extraction_chunk_input(run->extraction, &run->chunks[i], &input);
        status = buf_status(&input, err);
        if (status)
            return status;
        tokens = counter->count(counter, buf_span(&input));
        *is_over |= tokens > run->options->limit_tokens;
        if (counter == run->options->counter)
            run->chunks[i].token_count = tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX;
    }
    return STATUS_OK;
}

/* Where a chunk is over the limit, the document is cut again with a smaller maximum. The steps are
 * few, so that its next revision is likely cut with the same. What is over it even then (one
 * character with a thousand marks) stays as it is, and the embedder refuses it by name. */
static enum status split(struct run *run, const struct chunk_options *options, struct error *err)
{
    struct chunk_options tried = *options;
    bool is_over = true;
    enum status status = STATUS_OK;

    run->options = &tried;
    for (unsigned eighths = 8; eighths > 0 && is_over && !status; eighths--) {
        unsigned maximum = options->maximum_tokens;

        if (options->limit_tokens && options->limit_tokens < maximum)
            maximum = options->limit_tokens;
        maximum = maximum * eighths / 8;
        if (eighths < 8 && maximum < CHUNK_TARGET_LEAST)
            break;
        tried.maximum_tokens = maximum;
        tried.target_tokens = options->target_tokens < maximum ? options->target_tokens : maximum;
        run->count = run->dropped = 0;
        status = run->chunker->split(run->chunker, run->extraction, &tried, keep, run, err);
        is_over = false;
        if (!status && options->limit_tokens)
            status = measure(run, &is_over, err);
    }
    run->options = options;
    return status;
}

enum status chunker_run(const struct chunker *chunker, const struct chunk_options *options,
                        struct arena *arena, struct extraction *extraction, struct error *err)
{
    CLEANUP(run_release)
    struct run run = { .chunker = chunker, .options = options, .extraction = extraction };
    struct chunk *chunks;
    size_t kept;
    enum status status;

    if (chunker->needs_meaning && !options->meaning)
        return error_set(err, STATUS_UNSUPPORTED, "chunker '%s' needs the static model",
                         chunker->name);
    if (options->target_tokens < CHUNK_TARGET_LEAST ||
        options->maximum_tokens < options->target_tokens)
        return error_set(err, STATUS_LIMIT, "chunks of %u to %u tokens cannot be made",
                         options->target_tokens, options->maximum_tokens);
    status = split(&run, options, err);
    kept = run.count;
    if (!status)
        status = repeats_leave_out(extraction, run.chunks, &kept, err);
    if (status)
        return status;
    run.dropped += (uint32_t)(run.count - kept);
    run.count = kept;
    chunks = arena_alloc(arena, (run.count ? run.count : 1) * sizeof(*chunks));
    if (!chunks)
        return error_set(err, arena->failed, "cannot hold a document's chunks");
    if (run.count > 0)
        memcpy(chunks, run.chunks, run.count * sizeof(*chunks));
    extraction->chunks = chunks;
    extraction->chunk_count = run.count;
    extraction->chunks_dropped = run.dropped;
    return STATUS_OK;
}

enum status chunker_fingerprint(const struct chunker *chunker, const struct chunk_options *options,
                                struct hash *out, struct error *err)
{
    CLEANUP(hasher_free_ptr) struct hasher *hasher = hasher_new();
    const char *meaning =
        chunker->needs_meaning && options->meaning ? options->meaning->fingerprint : "";
    const char *limit = options->limit_tokens ? options->limit_counter->fingerprint : "";
    char numbers[96];
    int length = snprintf(numbers, sizeof(numbers), "%u %u %u %u %u %u", RUN_VERSION,
                          chunker->version, options->target_tokens, options->maximum_tokens,
                          options->overlap_tokens, options->limit_tokens);

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "cannot name a chunker's settings");
    hasher_add_field(hasher, (struct span){ chunker->name, strlen(chunker->name) });
    hasher_add_field(hasher, (struct span){ numbers, (size_t)length });
    hasher_add_field(hasher, (struct span){ options->counter->fingerprint,
                                            strlen(options->counter->fingerprint) });
    hasher_add_field(hasher, (struct span){ meaning, strlen(meaning) });
    hasher_add_field(hasher, (struct span){ limit, strlen(limit) });
    hasher_finish(hasher, out);
    return STATUS_OK;
}
