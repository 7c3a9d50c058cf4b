#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "ingest/writer_parts.h"

void writer_page(struct writer *writer, float width, float height, bool has_images)
{
    if (writer_is_stuck(writer))
        return;
    if (!array_reserve(&writer->pages, &writer->page_capacity, writer->page_count)) {
        writer_stick_no_memory(writer);
        return;
    }
    writer->pages[writer->page_count++] =
        (struct page){ .width = width, .height = height, .has_images = has_images };
}

void writer_metadata(struct writer *writer, const char *name, struct span value)
{
    struct metadata entry;

    while (value.len > 0 && strchr(" \t\r\n", value.data[0]) && value.data[0])
        value = (struct span){ value.data + 1, value.len - 1 };
    while (value.len > 0 && strchr(" \t\r\n", value.data[value.len - 1]))
        value.len--;
    if (writer_is_stuck(writer) || value.len == 0)
        return;
    if (!array_reserve(&writer->metadata, &writer->metadata_capacity, writer->metadata_count)) {
        writer_stick_no_memory(writer);
        return;
    }
    entry.name = writer_keep_label(writer, (struct span){ name, strlen(name) }, 256);
    entry.value = writer_keep_label(writer, value, METADATA_BYTES_MAX);
    if (entry.name && entry.value)
        writer->metadata[writer->metadata_count++] = entry;
}

void writer_hidden(struct writer *writer, struct span utf8)
{
    if (writer_is_stuck(writer) || utf8.len == 0)
        return;
    if (writer->hidden.len > 0)
        buf_append_char(&writer->hidden, '\n');
    (void)utf8_append_repaired(&writer->hidden, utf8);
    if (writer->hidden.failed == STATUS_NO_MEMORY)
        writer_stick_no_memory(writer);
}

void writer_charset(struct writer *writer, const char *charset)
{
    (void)snprintf(writer->charset, sizeof(writer->charset), "%s", charset);
}

void writer_partial(struct writer *writer, const char *fmt, ...)
{
    va_list args;

    if (writer->is_partial)
        return;
    writer->is_partial = true;
    va_start(args, fmt);
    (void)vsnprintf(writer->reason, sizeof(writer->reason), fmt, args);
    va_end(args);
}

void writer_problem(struct writer *writer, const struct error *problem)
{
    if (!writer->is_partial)
        writer->problem_status = problem->status;
    writer_partial(writer, "%s", problem->text);
}

bool writer_is_full(const struct writer *writer)
{
    return writer->is_full;
}

size_t writer_text_bytes(const struct writer *writer)
{
    return writer->text.len;
}

size_t writer_block_count(const struct writer *writer)
{
    return writer->block_count;
}

struct span writer_text_since(const struct writer *writer, size_t text_bytes)
{
    if (text_bytes > writer->text.len)
        text_bytes = writer->text.len;
    return (struct span){ writer->text.data + text_bytes, writer->text.len - text_bytes };
}

static bool has_visible_text(const struct writer *writer)
{
    struct span text = buf_span(&writer->text);

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] > 0x20)
            return true;
    return false;
}

/* Which page a stretch of text is on is known from the regions; sums them up for the coverage. */
static void count_page_text(struct writer *writer)
{
    for (size_t i = 0; i < writer->region_count; i++) {
        const struct region *region = &writer->regions[i];

        if (region->page >= 1 && region->page <= writer->page_count)
            writer->pages[region->page - 1].text_bytes += region->text_end - region->text_start;
    }
}

static void explain_no_text(const struct writer *writer, struct extraction *out)
{
    size_t pictures = 0;

    for (size_t i = 0; i < writer->page_count; i++)
        pictures += writer->pages[i].has_images;
    out->outcome =
        writer->problem_status ? outcome_of_status(writer->problem_status) : OUTCOME_NO_TEXT;
    if (writer->is_partial)
        (void)snprintf(out->reason, sizeof(out->reason), "%s", writer->reason);
    else if (pictures > 0)
        (void)snprintf(out->reason, sizeof(out->reason),
                       "0 of %zu pages have text, %zu show pictures: a scan?", writer->page_count,
                       pictures);
    else if (writer->page_count > 0)
        (void)snprintf(out->reason, sizeof(out->reason), "0 of %zu pages have text",
                       writer->page_count);
    else
        (void)snprintf(out->reason, sizeof(out->reason), "there is no text in it");
}

static void set_outcome(const struct writer *writer, struct extraction *out)
{
    if (!has_visible_text(writer)) {
        explain_no_text(writer, out);
    } else if (writer->is_full) {
        out->outcome = OUTCOME_PARTIAL;
        (void)snprintf(out->reason, sizeof(out->reason),
                       "more than %zu bytes of text: the rest was left out",
                       writer->text_bytes_max);
    } else if (writer->is_partial) {
        out->outcome = OUTCOME_PARTIAL;
        (void)snprintf(out->reason, sizeof(out->reason), "%s", writer->reason);
    } else {
        out->outcome = OUTCOME_COMPLETE;
    }
}

enum status writer_finish(struct writer *writer, struct extraction *out, struct error *err)
{
    writer_close_all(writer);
    if (writer_is_stuck(writer))
        return error_set(err, writer->failed, "out of memory after %zu bytes of text",
                         writer->text.len);
    count_page_text(writer);
    *out = (struct extraction){
        .flags = (writer->is_source ? EXTRACTION_TEXT_IS_SOURCE | EXTRACTION_TEXT_HAS_MARKS : 0u) |
                 (writer->hidden.len > 0 ? EXTRACTION_HAS_HIDDEN : 0u),
        .text = buf_span(&writer->text),
        .hidden = buf_span(&writer->hidden),
        .labels = buf_span(&writer->labels),
        .blocks = writer->blocks,
        .block_count = writer->block_count,
        .regions = writer->regions,
        .region_count = writer->region_count,
        .links = writer->links,
        .link_count = writer->link_count,
        .emphases = writer->emphases,
        .emphasis_count = writer->emphasis_count,
        .runs = writer->runs,
        .run_count = writer->run_count,
        .pages = writer->pages,
        .page_count = writer->page_count,
        .metadata = writer->metadata,
        .metadata_count = writer->metadata_count,
    };
    (void)snprintf(out->charset, sizeof(out->charset), "%s", writer->charset);
    set_outcome(writer, out);
    return STATUS_OK;
}
