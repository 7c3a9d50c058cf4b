/* writer_source.c - documents whose text is the file itself, and the spans of it that are blocks.
 */
#include <assert.h>

#include "base/array.h"
#include "ingest/writer_parts.h"

static void shorten_run(struct source_run *run, size_t text_end)
{
    uint32_t length = (uint32_t)text_end - run->text_start;

    if (length >= run->length)
        return;
    run->source_length = run->length == run->source_length ? length : run->source_length;
    run->length = length;
}

void writer_source(struct writer *writer, struct span text, const struct source_run *runs,
                   size_t run_count)
{
    struct source_run whole = { .length = (uint32_t)text.len, .source_length = (uint32_t)text.len };

    assert(writer->block_count == 0 && writer->text.len == 0);
    if (writer_is_stuck(writer))
        return;
    writer->is_source = true;
    writer->text_bytes_max = writer->text.limit = EXTRACTION_TEXT_BYTES_MAX;
    writer_append_bytes(writer, text.data, text.len);
    if (!runs) {
        whole.length = whole.source_length = (uint32_t)writer->text.len;
        runs = &whole;
        run_count = text.len > 0;
    }
    for (size_t i = 0; i < run_count && runs[i].text_start < writer->text.len; i++) {
        struct source_run run = runs[i];

        if (!array_reserve(&writer->runs, &writer->run_capacity, writer->run_count)) {
            writer_stick_no_memory(writer);
            return;
        }
        shorten_run(&run, writer->text.len);
        writer->runs[writer->run_count++] = run;
    }
}

/* The text ends before the block that is one too many. */
static void end_source(struct writer *writer, enum block_kind kind, size_t text_start)
{
    size_t end = text_start;

    if (kind == BLOCK_CELL) { /* its row is left out as a whole */
        while (writer->blocks[writer->block_count - 1].kind == BLOCK_CELL)
            writer->block_count--;
        end = writer->blocks[--writer->block_count].text_start;
    }
    writer_cut_text(writer, end);
    while (writer->run_count > 0 && writer->runs[writer->run_count - 1].text_start >= end)
        writer->run_count--;
    if (writer->run_count > 0)
        shorten_run(&writer->runs[writer->run_count - 1], end);
    for (size_t i = 0; i < writer->block_count; i++)
        if (writer->blocks[i].text_end > end)
            writer->blocks[i].text_end = (uint32_t)end;
    while (writer->block_count > 0 && writer->blocks[writer->block_count - 1].text_start >= end)
        writer->block_count--;
    writer_partial(writer, "more than %zu blocks of text: the rest was left out",
                   EXTRACTION_BLOCKS_MAX);
}

void writer_span(struct writer *writer, enum block_kind kind, unsigned level, size_t text_start,
                 size_t text_end)
{
    struct frame frame = { .kind = kind, .level = writer_bounded_level(kind, level) };
    uint32_t index;

    assert(writer->is_source && text_start <= text_end);
    writer->is_span_dropped = writer_is_stuck(writer) || text_start >= writer->text.len;
    if (writer->is_span_dropped)
        return;
    if (writer->block_count >= EXTRACTION_BLOCKS_MAX) {
        writer->is_span_dropped = true;
        end_source(writer, kind, text_start);
        return;
    }
    if (text_end > writer->text.len)
        text_end = writer->text.len;
    index = writer_add_block(writer, &frame, text_start);
    if (index != BLOCK_NONE)
        writer->blocks[index].text_end = (uint32_t)text_end;
}
