/*
 * fuzz_pdf_content.c - what pages of any bytes paint: within the page, within its limits, and fit
 * to be looked at for rules and frames; which words they show, and how these are tagged. The bytes
 * are read as a PDF, and as the drawing operators of a page.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/pdf/pdf_appearance.h"
#include "extractors/pdf/pdf_frames.h"
#include "extractors/pdf/pdf_hidden.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_rules.h"
#include "extractors/pdf/pdf_shown.h"
#include "extractors/pdf/pdf_string.h"
#include "extractors/pdf/pdf_unpack.h"

#define SIDE 400.0F

/* Words in four rows and columns, which show themselves where the page says so. */
static void check_words(struct pdf_doc *doc, struct pdf_paints *paints, const struct pdf_tags *tags)
{
    CLEANUP(buf_release) struct buf hidden = BUF_INIT((size_t)1 << 20);

    (void)pdf_doc_add_style(doc, 10.0F, 0, 0);
    for (unsigned i = 0; i < 16; i++) {
        float x = (float)(i % 4U) * 90.0F + 20.0F, y = (float)(i / 4U) * 90.0F + 20.0F;
        struct pdf_word word = { .x0 = x, .y0 = y, .x1 = x + 30.0F, .y1 = y + 10.0F };

        pdf_doc_add_word(doc, &word, (struct span){ "word", 4 });
    }
    pdf_shown_assign(doc, &paints->shows, tags);
    for (size_t i = 0; i < doc->word_count; i++)
        if (doc->words[i].tag > tags->count)
            abort();
    pdf_hidden_take(doc, paints, &hidden);
    pdf_lines_build(doc, 0);
    if (!doc->failed)
        pdf_frames_find(doc, paints);
}

/* What a string says is valid text. */
static void check_string(struct span object)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    if (pdf_string_text(object, &text) && (text.len == 0 || !utf8_is_valid(buf_span(&text))))
        abort();
}

static void check_figures(const struct pdf_tags *tags)
{
    for (size_t i = 0; i < tags->figure_count; i++) {
        check_string(tags->figures[i].text);
        if (i > 0 && tags->figures[i].page < tags->figures[i - 1].page)
            abort();
    }
}

static void check(struct pdf_objects *objects)
{
    CLEANUP(buf_release) struct buf notes = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    struct pdf_appearances shown = { 0 };
    struct pdf_tags tags;

    (void)pdf_tags_read(objects, &tags);
    check_figures(&tags);
    (void)pdf_appearances_find(objects, 3, &shown, &notes);
    if (shown.count > PDF_APPEARANCES_MAX || (shown.count == 0 && notes.len > 0))
        abort();
    pdf_appearances_release(&shown);
    for (size_t page = 0; page < 3; page++) {
        struct pdf_paints paints = { 0 };
        struct pdf_doc doc = PDF_DOC_INIT;

        (void)pdf_content_read(objects, page, true, &paints);
        if (paints.count > PDF_PAINTS_MAX)
            abort();
        for (size_t i = 0; i < paints.count; i++) {
            const struct pdf_paint *paint = &paints.items[i];

            if (!(paint->x0 < paint->x1 && paint->y0 < paint->y1 && paint->x0 >= 0.0F &&
                  paint->y0 >= 0.0F && isfinite(paint->x1) && isfinite(paint->y1)))
                abort();
        }
        pdf_doc_add_page(&doc, SIDE, SIDE);
        if (!doc.failed)
            check_words(&doc, &paints, &tags);
        if (!doc.failed)
            pdf_rules_find(&doc, 0, &paints);
        pdf_doc_release(&doc);
        pdf_paints_release(&paints);
    }
    pdf_tags_release(&tags);
}

/* The bytes as a page's operators; the page's form, 3, is the same program. */
static void check_operators(struct span content)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
    uint64_t offsets[5] = { 0 };
    struct pdf_objects objects = { .offsets = offsets, .count = 5 };

    buf_printf(&file, "%%PDF-1.4\n");
    offsets[1] = file.len;
    buf_printf(&file, "1 0 obj<</Pages 2 0 R>>\n");
    offsets[2] = file.len;
    buf_printf(&file, "2 0 obj<</MediaBox[0 0 400 400]/Contents 3 0 R/Resources 4 0 R>>\n");
    offsets[3] = file.len;
    buf_printf(&file, "3 0 obj<</Subtype/Form/BBox[0 0 400 400]/Matrix[.5 0 0 .5 9 9]/Length %zu>>",
               content.len);
    buf_printf(&file, "stream\n");
    buf_append(&file, content.data, content.len);
    offsets[4] = file.len;
    buf_printf(&file, "4 0 obj<</XObject<</F 3 0 R/I<</Subtype/Image>>>>/ExtGState<</G<</ca .5>>>>"
                      "/ColorSpace<</S[/Separation/X]/L[/Lab]>>>> ");
    objects.bytes = buf_span(&file);
    objects.trailer = (struct span){ "/Root 1 0 R", 11 };
    if (!file.failed)
        check(&objects);
    free(objects.leaves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    CLEANUP(pdf_objects_release) struct pdf_objects objects;
    struct span file = { (const char *)data, size };
    unsigned cut_count;

    (void)pdf_unpack(file, false, &out, &objects, &cut_count);
    check(&objects);
    check_operators(file);
    check_string(file);
    return 0;
}
