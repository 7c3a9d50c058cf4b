/*
 * So many tokens a chunk, at spaces, with overlap: what most pipelines do. Kept to compare with,
 * and for text that has no structure at all. An edit moves every cut behind it.
 */
#include "chunkers/chunkers.h"
#include "chunkers/long_text.h"
#include "chunkers/sentence_split.h"

struct fixed {
    const struct extraction *extraction;
    const struct chunk_options *options;
    size_t block; /* the last one that begins at or before the chunk */
};

static size_t count(const struct fixed *fixed, size_t start, size_t end)
{
    const struct token_counter *counter = fixed->options->counter;

    return counter->count(counter,
                          (struct span){ fixed->extraction->text.data + start, end - start });
}

/* The next place where a cut is fine: behind a word, or inside one that is longer than `most`
 * bytes. */
static size_t next_place(struct span text, size_t at, size_t most)
{
    struct span near = { text.data, text.len - at > most ? at + most : text.len };
    size_t next = word_next(near, at);

    return next < near.len || near.len == text.len ? next : grapheme_boundary(text, next);
}

/* Where so many tokens from start on end. */
static size_t take_tokens(const struct fixed *fixed, size_t start, size_t wanted)
{
    struct span text = fixed->extraction->text;
    size_t at = start, tokens = 0;

    while (at < text.len) {
        size_t next = next_place(text, at, wanted);
        size_t more = count(fixed, at, next);

        if (at > start && (tokens + more > wanted || next - start > wanted * 16))
            break;
        tokens += more;
        at = next;
    }
    return at;
}

/* The heading above a place in the text. */
static uint32_t heading_at(struct fixed *fixed, size_t start)
{
    const struct extraction *extraction = fixed->extraction;

    while (fixed->block + 1 < extraction->block_count &&
           extraction->blocks[fixed->block + 1].text_start <= start)
        fixed->block++;
    return extraction->block_count ? extraction->blocks[fixed->block].heading : BLOCK_NONE;
}

static size_t path_tokens(const struct fixed *fixed, uint32_t heading)
{
    struct buf path = BUF_INIT(8192);
    size_t tokens;

    extraction_heading_path(fixed->extraction, heading, &path);
    tokens = path.failed ? SIZE_MAX
                         : fixed->options->counter->count(fixed->options->counter, buf_span(&path));
    buf_release(&path);
    return tokens;
}

static struct chunk chunk_at(struct fixed *fixed, size_t start, size_t *next)
{
    struct span text = fixed->extraction->text;
    struct chunk chunk = { .text_start = (uint32_t)start, .heading = heading_at(fixed, start) };
    size_t path = path_tokens(fixed, chunk.heading), maximum = fixed->options->maximum_tokens;
    size_t wanted = fixed->options->target_tokens, end;

    if (path > maximum / 3) {
        chunk.heading = BLOCK_NONE;
        path = 0;
    }
    wanted = wanted + path > maximum ? maximum - path : wanted;
    *next = take_tokens(fixed, start, wanted);
    end = space_trim(text, start, *next);
    chunk.text_end = (uint32_t)end;
    chunk.token_count = (uint32_t)(count(fixed, start, end) + path);
    return chunk;
}

static enum status fixed_split(const struct chunker *chunker, const struct extraction *extraction,
                               const struct chunk_options *options, chunk_fn *emit, void *user,
                               struct error *err)
{
    struct fixed fixed = { extraction, options, 0 };
    struct span text = extraction->text;
    size_t overlap = options->overlap_tokens < options->target_tokens / 2
                         ? options->overlap_tokens
                         : options->target_tokens / 2;

    (void)chunker;
    for (size_t start = space_skip(text, 0); start < text.len;) {
        size_t next;
        struct chunk chunk = chunk_at(&fixed, start, &next);
        enum status status = chunk.text_end > start ? emit(user, &chunk, err) : STATUS_OK;

        if (status)
            return status;
        if (overlap > 0 && next < text.len)
            next = take_tokens(&fixed, start, options->target_tokens - overlap);
        start = next > start ? next : text.len;
    }
    return STATUS_OK;
}

const struct chunker fixed_chunker = {
    .name = "fixed",
    .version = 1,
    .split = fixed_split,
};
