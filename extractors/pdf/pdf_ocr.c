#include "extractors/pdf/pdf_ocr.h"

#include <math.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_picture.h"

#define POINTS_AN_INCH 72.0

bool pdf_ocr_wants(const struct pdf_ocr *ocr, size_t chars)
{
    return ocr->ocr && !ocr->is_over && chars < ocr->ocr->ocr.text_min;
}

/* As a PGM: http://netpbm.sourceforge.net/doc/pgm.html. False: it cannot be rendered. *dpi is what
 * it was wanted at, and becomes what it has. */
static bool render(PopplerPage *page, float *dpi, struct buf *out)
{
    struct pdf_picture picture;
    double width, height, scale = (double)*dpi / POINTS_AN_INCH;

    poppler_page_get_size(page, &width, &height);
    if (width * height * scale * scale > PDF_PICTURE_PIXELS_MAX)
        scale = sqrt(PDF_PICTURE_PIXELS_MAX / (width * height));
    *dpi = (float)(scale * POINTS_AN_INCH);
    if (!pdf_picture_draw(page, scale, &picture))
        return false;
    buf_printf(out, "P5\n%zu %zu\n255\n", picture.width, picture.height);
    buf_append(out, picture.gray, picture.width * picture.height);
    pdf_picture_release(&picture);
    return !out->failed;
}

enum status pdf_ocr_page(struct pdf_ocr *ocr, PopplerPage *page, struct pdf_doc *doc,
                         struct writer *writer, struct error *err)
{
    CLEANUP(buf_release) struct buf picture = BUF_INIT((size_t)64 << 20);
    uint32_t number = (uint32_t)doc->page_count;
    float dpi = (float)ocr->ocr->ocr.dpi;
    char problem[OCR_PROBLEM_BYTES];
    bool is_read;
    enum status status;

    if (ocr->page_count == ocr->ocr->ocr.pages_max) {
        ocr->is_over = true;
        writer_partial(writer, "OCR read only the first %u pages that need it: pages_max in [ocr]",
                       ocr->page_count);
        return STATUS_OK;
    }
    ocr->page_count++;
    if (!render(page, &dpi, &picture)) {
        writer_partial(writer, "page %u cannot be rendered for OCR", number);
        return STATUS_OK;
    }
    status = ocr_read_page(ocr->ocr, buf_span(&picture), dpi, doc, &is_read, problem, err);
    if (status)
        return status;
    if (is_read)
        ocr_page_list_add(&ocr->read, number);
    else if (problem[0])
        writer_partial(writer, "page %u, OCR: %s", number, problem);
    ocr->is_over = ocr->is_over || converters_are_over(ocr->ocr);
    return STATUS_OK;
}
