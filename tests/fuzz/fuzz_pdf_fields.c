/*
 * fuzz_pdf_fields.c - what a form's pressed button stands for: valid text or none, whatever its
 * field says. The bytes are read as a PDF, and as a widget whose parent is the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/pdf/pdf_fields.h"
#include "extractors/pdf/pdf_unpack.h"

#define SIDE   400
#define BUTTON 12

static void check_area(struct pdf_objects *objects, size_t page, const double area[4])
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    pdf_button_choice(objects, page, area, &text);
    if (!utf8_is_valid(buf_span(&text)))
        abort();
}

/* Where check_widget() has its buttons, and the golden form its own. */
static void check_pages(struct pdf_objects *objects)
{
    static const double corners[][2] = { { 60, 20 }, { 60, 60 }, { 260, 600 }, { 380, 600 } };

    for (size_t page = 0; page < 2; page++)
        for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++)
            check_area(objects, page,
                       (double[]){ corners[i][0], corners[i][1], corners[i][0] + BUTTON,
                                   corners[i][1] + BUTTON });
}

static void check_widget(struct span entries)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
    uint64_t offsets[6] = { 0 };
    struct pdf_objects objects = { .offsets = offsets, .count = 6 };

    buf_printf(&file, "%%PDF-1.4\n");
    offsets[1] = file.len;
    buf_printf(&file, "1 0 obj<</Pages 2 0 R>>\n");
    offsets[2] = file.len;
    buf_printf(&file, "2 0 obj<</Kids[3 0 R]/Count 1/MediaBox[0 0 %d %d]>>\n", SIDE, SIDE);
    offsets[3] = file.len;
    buf_printf(&file, "3 0 obj<</Type/Page/Parent 2 0 R/Annots[4 0 R 5 0 R]>>\n");
    offsets[4] = file.len;
    buf_printf(&file, "4 0 obj<</Subtype/Widget/Rect[60 20 %d %d]/Parent 5 0 R ", 60 + BUTTON,
               20 + BUTTON);
    buf_append(&file, entries.data, entries.len);
    buf_printf(&file, ">>endobj\n");
    offsets[5] = file.len;
    buf_printf(&file, "5 0 obj<<");
    buf_append(&file, entries.data, entries.len);
    buf_printf(&file, "/Subtype/Widget/Rect[60 60 %d %d]/AS/1/Opt[(one)(two)]>>endobj\n",
               60 + BUTTON, 60 + BUTTON);
    objects.bytes = buf_span(&file);
    objects.trailer = (struct span){ "/Root 1 0 R", 11 };
    if (!file.failed)
        check_pages(&objects);
    free(objects.leaves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    CLEANUP(pdf_objects_release) struct pdf_objects objects;
    struct span file = { (const char *)data, size };
    unsigned cut_count;

    (void)pdf_unpack(file, false, &out, &objects, &cut_count);
    check_pages(&objects);
    check_widget(file);
    return 0;
}
