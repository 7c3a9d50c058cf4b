/*
 * picture.c - a document that is a picture: PNG, JPEG, TIFF ... Its text is what OCR reads in it.
 */
#include "base/cleanup.h"
#include "extractors/pdf/ocr.h"
#include "extractors/pdf/pdf_emit.h"
#include "extractors/pdf/pdf_lines.h"

static int picture_bid(const struct bid_input *input)
{
    (void)input;
    return 0;
}

static bool send_pages(struct pdf_doc *doc, bool keep_boilerplate, struct writer *writer)
{
    struct pdf_blocks blocks = { 0 };
    const struct pdf_extras extras = { 0 };
    bool ok;

    for (size_t i = 0; i < doc->page_count; i++)
        pdf_lines_build(doc, i);
    for (size_t i = 0; i < doc->page_count && !doc->failed; i++)
        pdf_layout_page(doc, i, keep_boilerplate);
    ok = !doc->failed && pdf_structure_find(doc, NULL, 0, &blocks) &&
         pdf_emit(doc, &blocks, &extras, writer);
    pdf_blocks_release(&blocks);
    return ok;
}

static enum status picture_extract(const struct source *source, struct writer *writer,
                                   struct error *err)
{
    CLEANUP(pdf_doc_release) struct pdf_doc doc = PDF_DOC_INIT;
    struct ocr_page_list list = { .text = BUF_INIT((size_t)64 << 10) };
    char problem[OCR_PROBLEM_BYTES];
    bool is_read;
    enum status status = ocr_read_picture(source->ocr, source->bytes, source->extension, &doc,
                                          &is_read, problem, err);

    if (status)
        return status;
    if (problem[0])
        writer_partial(writer, "OCR: %s", problem);
    if (!send_pages(&doc, source->keep_boilerplate, writer))
        return error_set(err, STATUS_NO_MEMORY, "no memory for '%s'", source->name);
    for (size_t i = 0; i < doc.page_count; i++)
        if (doc.pages[i].word_count > 0)
            ocr_page_list_add(&list, (uint32_t)i + 1);
    ocr_page_list_send(&list, writer);
    buf_release(&list.text);
    return STATUS_OK;
}

const struct extractor picture_extractor = {
    .name = "picture",
    .version = 2,
    .bid = picture_bid,
    .extract = picture_extract,
};
