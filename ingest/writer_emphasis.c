#include "base/array.h"
#include "ingest/writer_parts.h"

/* Two pieces of code with a blank between them are two; words in bold one behind the other are one.
 */
#define APART (1u << EMPHASIS_CODE)

unsigned writer_emphasis(struct writer *writer, unsigned kinds)
{
    unsigned before = writer->emphasis;

    writer->emphasis = kinds & ((1u << EMPHASIS_KIND_COUNT) - 1);
    writer->emphasis_begun |= kinds & ~before;
    return before;
}

/* The newest emphasis of that kind, where text behind the gap goes on with it; NULL: none does. */
static struct emphasis *emphasis_to_grow(struct writer *writer, unsigned kind, uint32_t block_start,
                                         size_t gap_start, size_t start)
{
    bool is_apart = start > gap_start && writer->emphasis_begun & APART & (1u << kind);
    struct emphasis *last;

    if (writer->last_emphasis[kind] == 0 || is_apart)
        return NULL;
    last = &writer->emphases[writer->last_emphasis[kind] - 1];
    return last->text_start >= block_start && last->text_end == gap_start ? last : NULL;
}

static void add_emphasis(struct writer *writer, unsigned kind, size_t start)
{
    if (writer->emphasis_count >= EXTRACTION_EMPHASES_MAX)
        return;
    if (!array_reserve(&writer->emphases, &writer->emphasis_capacity, writer->emphasis_count)) {
        writer_stick_no_memory(writer);
        return;
    }
    writer->emphases[writer->emphasis_count++] = (struct emphasis){
        .text_start = (uint32_t)start,
        .text_end = (uint32_t)writer->text.len,
        .kind = kind,
    };
    writer->last_emphasis[kind] = writer->emphasis_count;
}

void writer_mark_break(struct writer *writer, size_t start)
{
    if (writer->text.len > start)
        add_emphasis(writer, EMPHASIS_BREAK, start);
}

void writer_grow_emphasis(struct writer *writer, uint32_t block_start, size_t gap_start,
                          size_t start)
{
    if (writer->text.len == start)
        return;
    for (unsigned kind = 0, kinds = writer->emphasis; kinds; kind++, kinds >>= 1) {
        struct emphasis *last;

        if (!(kinds & 1))
            continue;
        last = emphasis_to_grow(writer, kind, block_start, gap_start, start);
        writer->emphasis_begun &= ~(1u << kind);
        if (last) {
            last->text_end = (uint32_t)writer->text.len;
            continue;
        }
        add_emphasis(writer, kind, start);
    }
}

void writer_cut_emphasis(struct writer *writer, size_t len)
{
    while (writer->emphasis_count > 0 &&
           writer->emphases[writer->emphasis_count - 1].text_start >= len)
        writer->emphasis_count--;
    for (unsigned kind = 0; kind < EMPHASIS_KIND_COUNT; kind++)
        if (writer->last_emphasis[kind] > writer->emphasis_count)
            writer->last_emphasis[kind] = 0;
}
