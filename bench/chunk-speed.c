/*
 * chunk-speed - MB of text that each chunker cuts in a second of CPU time, sentences and token
 * counts included, and whether that is linear; and what the model for search embeds.
 *
 *     chunk-speed [FILE]
 *
 * At 1, 10 and 30 MB (about what one extraction may hold) of made up paragraphs, or of FILE's, as
 * far as that goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "chunkers/chunkers.h"
#include "ingest/writer.h"
#include "model/counter.h"
#include "model/semb.h"

#define SAMPLE_BYTES_MAX ((size_t)256 << 20)
#define DIMENSIONS_MAX   4096u /* of a model */
#define EMBEDDED_BYTES   1500u
#define MADE_BYTES       ((size_t)30 * 1000000)

DEFINE_POINTER_CLEANUP(struct writer, writer_free);
DEFINE_POINTER_CLEANUP(struct semb, semb_free);

static const char *const words[] = { "the",   "river", "of",     "lake",   "and",    "sediment",
                                     "a",     "year",  "layers", "spring", "is",     "measured",
                                     "water", "in",    "cores",  "depth",  "slowly", "counted" };

/* Paragraphs of a few sentences of these words, the same at every run. */
static void make_text(struct buf *out)
{
    uint32_t seed = 1;

    for (unsigned sentence = 0; out->len < MADE_BYTES; sentence++) {
        seed = seed * 1664525u + 1013904223u;
        buf_printf(out, "Sentence %u", sentence);
        for (unsigned i = 0; i < 8 + seed % 16; i++)
            buf_printf(out, " %s", words[((seed >> 4) + i * i * 7) % 18]);
        buf_append(out, ". ", 2);
        if (seed % 5 == 0)
            buf_append(out, "\n\n", 2);
    }
}

static void read_text(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    char block[65536];
    size_t count;

    while (file && (count = fread(block, 1, sizeof(block), file)) > 0)
        buf_append(out, block, count);
    if (file)
        fclose(file);
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum status make_document(struct span text, struct writer *writer, struct extraction *out,
                                 struct error *err)
{
    writer_block(writer, BLOCK_HEADING, 1, (struct span){ "Part 1", 6 });
    for (size_t at = 0; at < text.len;) {
        const char *end = memmem(text.data + at, text.len - at, "\n\n", 2);
        size_t next = end ? (size_t)(end - text.data) + 2 : text.len;

        writer_block(writer, BLOCK_PARAGRAPH, 0, (struct span){ text.data + at, next - at });
        at = next;
    }
    return writer_finish(writer, out, err);
}

static enum status measure(struct span text, const struct semb *semb, struct error *err)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(EXTRACTION_TEXT_BYTES_MAX);
    struct extraction extraction = { 0 };
    struct chunk_options options = { .target_tokens = CHUNK_TARGET_TOKENS,
                                     .maximum_tokens = CHUNK_MAXIMUM_TOKENS,
                                     .counter = semb_counter(semb),
                                     .meaning = semb_meaning(semb) };
    enum status status = writer ? make_document(text, writer, &extraction, err)
                                : error_set(err, STATUS_NO_MEMORY, "out of memory");

    for (size_t i = 0; builtin_chunkers[i] && !status; i++) {
        struct arena arena = ARENA_INIT((size_t)256 << 20);
        double best = 1e9;

        for (unsigned round = 0; round < 3 && !status; round++) {
            double start = cpu_seconds(), seconds;

            status = chunker_run(builtin_chunkers[i], &options, &arena, &extraction, err);
            seconds = cpu_seconds() - start;
            best = seconds < best ? seconds : best;
        }
        arena_release(&arena);
        if (!status)
            printf("%-10s %3zu MB  %8zu chunks  %6.1f MB a CPU second\n", builtin_chunkers[i]->name,
                   text.len / 1000000, extraction.chunk_count,
                   (double)extraction.text.len / 1e6 / best);
        (void)fflush(stdout);
    }
    return status;
}

/* In pieces of about the length of a chunk. */
static enum status measure_embedding(struct span text, struct error *err)
{
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    float vector[DIMENSIONS_MAX];
    double best = 1e9;
    enum status status = semb_open("models/embed.semb", &semb, err);

    for (unsigned round = 0; round < 3 && !status; round++) {
        double start = cpu_seconds(), seconds;

        for (size_t at = 0; at < text.len; at += EMBEDDED_BYTES)
            semb_embed(semb,
                       (struct span){ text.data + at, text.len - at < EMBEDDED_BYTES
                                                          ? text.len - at
                                                          : EMBEDDED_BYTES },
                       vector);
        seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    if (!status)
        printf("embedding  %3zu MB  %6.1f MB a CPU second\n", text.len / 1000000,
               (double)text.len / 1e6 / best);
    return status;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = { 1, 10, 30 };
    CLEANUP(buf_release) struct buf sample = BUF_INIT(SAMPLE_BYTES_MAX);
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    struct error err = { 0 };
    enum status status = semb_open("models/default.semb", &semb, &err);

    if (argc > 1)
        read_text(argv[1], &sample);
    else
        make_text(&sample);
    if (!status && sample.len == 0)
        status = error_set(&err, STATUS_UNREADABLE, "no text to cut");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes) && !status; i++) {
        size_t bytes = sizes[i] * 1000000;

        if (i == 0 || sample.len >= bytes)
            status = measure((struct span){ sample.data, bytes < sample.len ? bytes : sample.len },
                             semb, &err);
    }
    if (!status)
        status = measure_embedding(buf_span(&sample), &err);
    if (status)
        fprintf(stderr, "chunk-speed: %s\n", err.text);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
