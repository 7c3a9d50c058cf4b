#include "ingest/extraction.h"

#include <string.h>

#include "base/utf8.h"

#define HEADING_DEPTH_MAX 16
#define LABEL_COUNT_MAX   ((size_t)1 << 24)

const char *extraction_label(const struct extraction *extraction, uint32_t label)
{
    if (label == 0 || label >= extraction->labels.len)
        return "";
    return extraction->labels.data + label;
}

const char *extraction_metadata(const struct extraction *extraction, const char *name)
{
    for (size_t i = 0; i < extraction->metadata_count; i++)
        if (strcmp(extraction_label(extraction, extraction->metadata[i].name), name) == 0)
            return extraction_label(extraction, extraction->metadata[i].value);
    return NULL;
}

struct span extraction_block_text(const struct extraction *extraction, const struct block *block)
{
    return (struct span){ extraction->text.data + block->text_start,
                          block->text_end - block->text_start };
}

/* A heading's words on one line: Markdown's marks in front and behind are not part of them. */
static struct span heading_words(const struct extraction *extraction, uint32_t index)
{
    struct span text = extraction_block_text(extraction, &extraction->blocks[index]);
    size_t line = 0;

    while (text.len > 0 && (text.data[0] == '#' || text.data[0] == ' ' || text.data[0] == '='))
        text = (struct span){ text.data + 1, text.len - 1 };
    while (line < text.len && text.data[line] != '\n')
        line++;
    text.len = line;
    while (text.len > 0 && strchr("#= \t\r", text.data[text.len - 1]))
        text.len--;
    return text;
}

void extraction_heading_path(const struct extraction *extraction, uint32_t heading, struct buf *out)
{
    struct span words[HEADING_DEPTH_MAX];
    size_t depth = 0;

    while (heading < extraction->block_count && depth < HEADING_DEPTH_MAX) {
        uint32_t above = extraction->blocks[heading].heading;

        words[depth++] = heading_words(extraction, heading);
        if (above >= heading)
            break;
        heading = above;
    }
    for (size_t i = depth; i-- > 0;) {
        /* A title that the first heading repeats is said once. */
        if (words[i].len == 0 || (i > 0 && words[i].len == words[i - 1].len &&
                                  memcmp(words[i].data, words[i - 1].data, words[i].len) == 0))
            continue;
        if (out->len > 0)
            buf_append(out, " > ", 3);
        buf_append(out, words[i].data, words[i].len);
    }
}

void extraction_chunk_input(const struct extraction *extraction, const struct chunk *chunk,
                            struct buf *out)
{
    struct buf path = BUF_INIT(out->limit);

    extraction_heading_path(extraction, chunk->heading, &path);
    buf_append(out, path.data, path.len);
    if (path.failed)
        out->failed = path.failed;
    if (path.len > 0)
        buf_append_char(out, '\n');
    buf_release(&path);
    if (chunk->repeat_end > chunk->repeat_start) {
        buf_append(out, extraction->text.data + chunk->repeat_start,
                   chunk->repeat_end - chunk->repeat_start);
        buf_append_char(out, '\n');
    }
    buf_append(out, extraction->text.data + chunk->text_start, chunk->text_end - chunk->text_start);
}

/* The run that holds a text offset or is the last one before it; NULL: none is. */
static const struct source_run *run_before(const struct extraction *extraction, uint32_t offset)
{
    size_t low = 0, high = extraction->run_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (extraction->runs[middle].text_start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &extraction->runs[low - 1] : NULL;
}

uint64_t extraction_source_offset(const struct extraction *extraction, uint32_t text_offset)
{
    const struct source_run *run = run_before(extraction, text_offset);
    uint32_t into;

    if (!run)
        return text_offset;
    into = text_offset - run->text_start;
    if (into >= run->length)
        return run->source_start + run->source_length;
    return run->source_start + (run->length == run->source_length ? into : 0);
}

uint64_t extraction_source_end(const struct extraction *extraction, uint32_t text_offset)
{
    const struct source_run *run = text_offset > 0 ? run_before(extraction, text_offset - 1) : NULL;

    if (!run)
        return extraction_source_offset(extraction, text_offset);
    if (run->length == run->source_length && text_offset - run->text_start <= run->length)
        return run->source_start + (text_offset - run->text_start);
    return run->source_start + run->source_length;
}

/* The first region that ends behind a text offset; region_count: none does. */
static size_t region_ending_behind(const struct extraction *extraction, uint32_t text_offset)
{
    size_t low = 0, high = extraction->region_count;

    /* Regions do not nest, so their ends ascend with their starts. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (extraction->regions[middle].text_end <= text_offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct region *extraction_region_in(const struct extraction *extraction, uint32_t text_start,
                                          uint32_t text_end)
{
    size_t i = region_ending_behind(extraction, text_start);
    const struct region *region = &extraction->regions[i];

    return i < extraction->region_count &&
                   (region->text_start <= text_start || region->text_start < text_end)
               ? region
               : NULL;
}

bool extraction_pages(const struct extraction *extraction, uint32_t text_start, uint32_t text_end,
                      uint32_t *first_page, uint32_t *last_page)
{
    uint32_t first = 0, last = 0;

    for (size_t i = region_ending_behind(extraction, text_start); i < extraction->region_count;
         i++) {
        const struct region *region = &extraction->regions[i];

        if (region->text_start >= text_end)
            break;
        if (region->page == 0)
            continue;
        first = first == 0 || region->page < first ? region->page : first;
        last = region->page > last ? region->page : last;
    }
    *first_page = first;
    *last_page = last;
    return first != 0;
}

/* What a worker sent is checked here, once, so that nobody behind it has to. */

static bool is_stretch(const struct extraction *extraction, uint32_t start, uint32_t end)
{
    return start <= end && end <= extraction->text.len &&
           utf8_is_boundary(extraction->text, start) && utf8_is_boundary(extraction->text, end);
}

static bool is_label(const struct extraction *extraction, uint32_t label)
{
    return label == 0 || label < extraction->labels.len;
}

static enum status check_blocks(const struct extraction *extraction, struct error *err)
{
    uint32_t before = 0;

    for (size_t i = 0; i < extraction->block_count; i++) {
        const struct block *block = &extraction->blocks[i];

        if (block->kind >= BLOCK_KIND_COUNT ||
            !is_stretch(extraction, block->text_start, block->text_end) ||
            block->text_start < before || !is_label(extraction, block->label) ||
            (block->heading != BLOCK_NONE && block->heading >= i))
            return error_set(err, STATUS_MALFORMED, "block %zu breaks the rules", i);
        before = block->text_start;
    }
    return STATUS_OK;
}

static enum status check_places(const struct extraction *extraction, struct error *err)
{
    uint32_t before = 0;
    uint64_t source_before = 0;

    for (size_t i = 0; i < extraction->region_count; i++) {
        const struct region *region = &extraction->regions[i];

        if (!is_stretch(extraction, region->text_start, region->text_end) ||
            region->text_start < before || !is_label(extraction, region->label))
            return error_set(err, STATUS_MALFORMED, "region %zu breaks the rules", i);
        before = region->text_end;
    }
    before = 0;
    for (size_t i = 0; i < extraction->link_count; i++) {
        const struct link *link = &extraction->links[i];

        if (!is_stretch(extraction, link->text_start, link->text_end) ||
            link->text_start < before || !is_label(extraction, link->target))
            return error_set(err, STATUS_MALFORMED, "link %zu breaks the rules", i);
        before = link->text_end;
    }
    before = 0;
    for (size_t i = 0; i < extraction->run_count; i++) {
        const struct source_run *run = &extraction->runs[i];

        if (run->length > extraction->text.len ||
            !is_stretch(extraction, run->text_start, run->text_start + run->length) ||
            run->text_start < before || run->source_start < source_before)
            return error_set(err, STATUS_MALFORMED, "run %zu breaks the rules", i);
        before = run->text_start + run->length;
        source_before = run->source_start + run->source_length;
    }
    return STATUS_OK;
}

static enum status check_emphases(const struct extraction *extraction, struct error *err)
{
    uint32_t before = 0, ends[EMPHASIS_KIND_COUNT] = { 0 };

    if (extraction->emphasis_count > EXTRACTION_EMPHASES_MAX)
        return error_set(err, STATUS_MALFORMED, "there is more emphasis than its limit");
    for (size_t i = 0; i < extraction->emphasis_count; i++) {
        const struct emphasis *emphasis = &extraction->emphases[i];

        if (emphasis->kind >= EMPHASIS_KIND_COUNT ||
            !is_stretch(extraction, emphasis->text_start, emphasis->text_end) ||
            emphasis->text_start == emphasis->text_end || emphasis->text_start < before ||
            emphasis->text_start < ends[emphasis->kind])
            return error_set(err, STATUS_MALFORMED, "emphasis %zu breaks the rules", i);
        before = emphasis->text_start;
        ends[emphasis->kind] = emphasis->text_end;
    }
    return STATUS_OK;
}

static enum status check_chunks(const struct extraction *extraction, struct error *err)
{
    for (size_t i = 0; i < extraction->chunk_count; i++) {
        const struct chunk *chunk = &extraction->chunks[i];

        if (!is_stretch(extraction, chunk->text_start, chunk->text_end) ||
            chunk->text_start == chunk->text_end ||
            !is_stretch(extraction, chunk->repeat_start, chunk->repeat_end) ||
            (i > 0 && chunk->text_start <= extraction->chunks[i - 1].text_start) ||
            (chunk->heading != BLOCK_NONE && chunk->heading >= extraction->block_count))
            return error_set(err, STATUS_MALFORMED, "chunk %zu breaks the rules", i);
    }
    return STATUS_OK;
}

static bool is_terminated(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

static enum status check_text(const struct extraction *extraction, struct error *err)
{
    struct span labels = extraction->labels;

    if (extraction->text.len > EXTRACTION_TEXT_BYTES_MAX ||
        extraction->hidden.len > EXTRACTION_TEXT_BYTES_MAX)
        return error_set(err, STATUS_MALFORMED, "the text passes its limit");
    if (!utf8_is_valid(extraction->text) || !utf8_is_valid(extraction->hidden) ||
        (extraction->text.len > 0 && memchr(extraction->text.data, '\0', extraction->text.len)))
        return error_set(err, STATUS_MALFORMED, "the text is not UTF-8");
    if (labels.len > 0 &&
        (labels.data[0] != '\0' || labels.data[labels.len - 1] != '\0' || !utf8_is_valid(labels)))
        return error_set(err, STATUS_MALFORMED, "the labels are not strings");
    if ((unsigned)extraction->outcome >= OUTCOME_COUNT ||
        !is_terminated(extraction->reason, sizeof(extraction->reason)) ||
        !is_terminated(extraction->extractor, sizeof(extraction->extractor)) ||
        !is_terminated(extraction->media_type, sizeof(extraction->media_type)) ||
        !is_terminated(extraction->charset, sizeof(extraction->charset)))
        return error_set(err, STATUS_MALFORMED, "the outcome breaks the rules");
    return STATUS_OK;
}

enum status extraction_check(const struct extraction *extraction, struct error *err)
{
    enum status status = check_text(extraction, err);

    if (!status)
        status = check_blocks(extraction, err);
    if (!status)
        status = check_places(extraction, err);
    if (!status)
        status = check_emphases(extraction, err);
    for (size_t i = 0; !status && i < extraction->metadata_count; i++)
        if (!is_label(extraction, extraction->metadata[i].name) ||
            !is_label(extraction, extraction->metadata[i].value))
            status = error_set(err, STATUS_MALFORMED, "metadata %zu breaks the rules", i);
    if (!status)
        status = check_chunks(extraction, err);
    return status;
}
