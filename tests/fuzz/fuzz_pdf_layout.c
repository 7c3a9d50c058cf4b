/* Any words at any places: the layout ends, and what it sends is a sound extraction. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_emit.h"
#include "extractors/pdf/pdf_frames.h"
#include "extractors/pdf/pdf_initials.h"
#include "extractors/pdf/pdf_line_numbers.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_tagged.h"
#include "extractors/pdf/pdf_text.h"
#include "extractors/pdf/pdf_watermark.h"

/* Ten bytes a word: place, size, style and a text of a few kinds. */
#define BYTES_PER_WORD 10u

static const char *const texts[] = {
    "word",    "Word",  "1.", "2.1",  "•",    "–",     "hyphen-", "3",    "Figure",
    "1:",      ".....", ".",  "12",   "שלום", "العال", "知識",    "a",    "o",
    "Chapter", "(b)",   "O",  "end.", "WORD", "_____", "iv",      "page",
};

#define TAGS 9u

static const struct pdf_tag tags[TAGS] = {
    { .kind = PDF_TAG_TEXT },
    { .kind = PDF_TAG_HEADING, .level = 2 },
    { .kind = PDF_TAG_ITEM, .level = 1 },
    { .kind = PDF_TAG_CAPTION },
    { .kind = PDF_TAG_OTHER },
    { .kind = PDF_TAG_CELL, .level = 1, .column_span = 2, .row_span = 1, .table = 1 },
    { .kind = PDF_TAG_CELL, .column_span = 1, .row_span = 2, .table = 1, .row = 1 },
    { .kind = PDF_TAG_CELL, .column = 1, .column_span = 1, .row_span = 1, .table = 1, .row = 1 },
    { .kind = PDF_TAG_CELL, .column = 63, .column_span = 1, .row_span = 1, .table = 1, .row = 2 },
};

static void word_add(struct pdf_doc *doc, const uint8_t *bytes)
{
    static const unsigned styles[] = { 0, PDF_BOLD, PDF_MONO, PDF_ITALIC };
    const char *text = texts[bytes[0] % (sizeof(texts) / sizeof(texts[0]))];
    struct span span = { text, strlen(text) };
    float size = (float)(bytes[1] % 32);
    unsigned flags = styles[bytes[2] & 3];
    struct pdf_word word = {
        .x0 = (float)(bytes[3] | (bytes[4] & 3) << 8),
        .y0 = (float)(bytes[5] | (bytes[6] & 3) << 8),
        .rotation = (bytes[7] & 0x30) == 0x30 ? bytes[7] & 3 : 0,
    };

    word.x1 = word.x0 + (float)(bytes[8] % 128);
    word.y1 = word.y0 + (float)(bytes[9] % 48);
    word.style = pdf_doc_add_style(doc, size, (uint16_t)(bytes[2] & 7), (uint16_t)flags);
    word.flags = (uint8_t)(pdf_text_directions(span) | (bytes[7] & 0x40 ? PDF_WORD_BREAK : 0U) |
                           (bytes[7] & 0x80 ? PDF_WORD_HYPHEN : 0U));
    word.tag = (bytes[2] >> 4) % (TAGS + 2U); /* some are none, or unknown */
    pdf_doc_add_word(doc, &word, span);
}

static void rule_add(struct pdf_doc *doc, const uint8_t *bytes)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct pdf_rule rule = { .at = (float)bytes[0] * 4.0F, .from = (float)bytes[1] * 4.0F };

    rule.to = rule.from + (float)bytes[2] * 4.0F;
    rule.is_vertical = bytes[3] & 1;
    if (!array_reserve(&doc->rules, &doc->rule_capacity, doc->rule_count))
        return;
    if (page->rule_count == 0)
        page->rule_start = (uint32_t)doc->rule_count;
    page->rule_count++;
    doc->rules[doc->rule_count++] = rule;
}

static void frame_add(struct pdf_doc *doc, const uint8_t *bytes)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct pdf_frame frame = { .x0 = (float)bytes[0] * 2.0F, .y0 = (float)bytes[1] * 3.0F };

    frame.x1 = frame.x0 + (float)bytes[2] * 2.0F;
    frame.y1 = frame.y0 + (float)bytes[3] * 3.0F;
    if (!array_reserve(&doc->frames.items, &doc->frames.capacity, doc->frames.count))
        return;
    if (page->frame_count == 0)
        page->frame_start = (uint32_t)doc->frames.count;
    page->frame_count++;
    doc->frames.items[doc->frames.count++] = frame;
}

static int rule_compare(const void *left, const void *right)
{
    const struct pdf_rule *a = left, *b = right;

    return (int)a->is_vertical - (int)b->is_vertical;
}

/* What is done to the newest page's words before they are lines. */
static void page_prepare(struct pdf_doc *doc, struct pdf_watermarks *watermarks)
{
    if (doc->failed)
        return;
    pdf_watermark_find(doc, watermarks);
    pdf_initials_set(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pdf_doc doc = PDF_DOC_INIT;
    struct pdf_blocks blocks = { 0 };
    const struct pdf_extras extras = { 0 };
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;
    struct pdf_watermarks watermarks = { 0 };
    struct error err;

    doc.tags = tags;
    doc.tag_count = size % 3 ? TAGS : 0;
    pdf_doc_add_page(&doc, 600.0F, 800.0F);
    for (size_t i = 0; i + BYTES_PER_WORD <= size && i < 20000; i += BYTES_PER_WORD) {
        if (data[i + 7] == 0x0F) {
            page_prepare(&doc, &watermarks);
            pdf_doc_add_page(&doc, 600.0F, 800.0F);
        }
        if (data[i + 7] == 0x1F)
            rule_add(&doc, data + i);
        else if (data[i + 7] == 0x1E && doc.pages[doc.page_count - 1].frame_count < PDF_FRAMES_MAX)
            frame_add(&doc, data + i);
        else
            word_add(&doc, data + i);
    }
    page_prepare(&doc, &watermarks);
    for (size_t i = 0; i < doc.page_count; i++) {
        struct pdf_page *page = &doc.pages[i];

        pdf_lines_build(&doc, i);
        page->edge_count = page->rule_count / 3;
        page->rule_count -= page->edge_count;
        page->edge_start = page->rule_start + page->rule_count;
        if (page->rule_count)
            qsort(doc.rules + page->rule_start, page->rule_count, sizeof(doc.rules[0]),
                  rule_compare);
    }
    pdf_boilerplate_mark(&doc);
    pdf_line_numbers_mark(&doc);
    for (size_t i = 0; i < doc.page_count; i++)
        pdf_layout_page(&doc, i, size & 1);
    pdf_tagged_judge(&doc);
    if (writer && !doc.failed && pdf_structure_find(&doc, NULL, 0, &blocks) &&
        pdf_emit(&doc, &blocks, &extras, writer) &&
        writer_finish(writer, &extraction, &err) == STATUS_OK &&
        extraction_check(&extraction, &err) != STATUS_OK)
        abort();
    pdf_blocks_release(&blocks);
    pdf_doc_release(&doc);
    writer_free(writer);
    return 0;
}
