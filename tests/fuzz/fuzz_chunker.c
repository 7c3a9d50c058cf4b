/*
 * Any blocks over any text: every strategy must keep its rules. The first bytes choose sizes and
 * blocks, the rest is text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chunkers/chunkers.h"
#include "ingest/writer.h"
#include "model/counter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at, *end;
};

static uint8_t next_byte(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static void add_table(struct writer *writer, struct input *input)
{
    unsigned rows = 1 + next_byte(input) % 8;

    writer_begin(writer, BLOCK_TABLE, next_byte(input) % 3);
    for (unsigned row = 0; row < rows; row++) {
        writer_begin(writer, BLOCK_ROW, 0);
        if (row < next_byte(input) % 3u)
            writer_flags(writer, BLOCK_HEADER);
        for (unsigned cell = next_byte(input) % 4; cell > 0; cell--) {
            size_t length = next_byte(input);

            if (length > (size_t)(input->end - input->at))
                length = (size_t)(input->end - input->at);
            writer_block(writer, BLOCK_CELL, 1, (struct span){ (const char *)input->at, length });
            input->at += length;
        }
        writer_end(writer);
    }
    writer_end(writer);
}

static void add_block(struct writer *writer, struct input *input)
{
    static const uint8_t kinds[] = { BLOCK_TITLE, BLOCK_HEADING, BLOCK_PARAGRAPH, BLOCK_LIST_ITEM,
                                     BLOCK_CODE,  BLOCK_QUOTE,   BLOCK_CAPTION,   BLOCK_FOOTNOTE,
                                     BLOCK_TERM,  BLOCK_FIELD,   BLOCK_RULE,      BLOCK_TABLE };
    unsigned kind = kinds[next_byte(input) % sizeof(kinds)], level = next_byte(input) % 7;
    size_t length = (size_t)next_byte(input) * (next_byte(input) % 8 == 0 ? 200 : 2);

    if (kind == BLOCK_TABLE) {
        add_table(writer, input);
        return;
    }
    if (length > (size_t)(input->end - input->at))
        length = (size_t)(input->end - input->at);
    writer_block(writer, (enum block_kind)kind, level,
                 (struct span){ (const char *)input->at, length });
    input->at += length;
}

static void run_all(struct extraction *extraction, const struct chunk_options *options)
{
    for (size_t i = 0; builtin_chunkers[i]; i++) {
        struct arena arena = ARENA_INIT((size_t)64 << 20);
        struct error err = { 0 };
        enum status status = chunker_run(builtin_chunkers[i], options, &arena, extraction, &err);

        if (status || extraction_check(extraction, &err))
            abort();
        arena_release(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct semb *semb; /* opened once, for speed */
    struct input input = { data, data + size };
    struct chunk_options options = { 0 };
    struct extraction extraction;
    struct writer *writer = writer_new((size_t)1 << 20);

    if (!writer || (!semb && semb_open("models/default.semb", &semb, NULL)))
        abort();
    options.target_tokens = CHUNK_TARGET_LEAST + next_byte(&input);
    options.maximum_tokens = options.target_tokens + next_byte(&input) * 2u;
    options.overlap_tokens = next_byte(&input);
    options.counter = options.target_tokens & 1 ? estimate_counter() : semb_counter(semb);
    options.meaning = semb_meaning(semb);
    while (input.at < input.end)
        add_block(writer, &input);
    if (writer_finish(writer, &extraction, NULL) == STATUS_OK)
        run_all(&extraction, &options);
    writer_free(writer);
    return 0;
}
