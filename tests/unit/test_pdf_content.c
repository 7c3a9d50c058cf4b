/* What pages paint, read from their drawing operators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_content.h"

#define OBJECTS 10u

/* A PDF of one page, 200 wide and 100 high, in memory. */
struct page {
    struct buf file;
    uint64_t offsets[OBJECTS];
    struct pdf_objects objects;
    struct pdf_paints paints;
};

static void object(struct page *page, unsigned number, const char *text)
{
    page->offsets[number] = page->file.len;
    buf_printf(&page->file, "%u 0 obj\n%s\nendobj\n", number, text);
}

static void stream(struct page *page, unsigned number, const char *entries, const char *data)
{
    page->offsets[number] = page->file.len;
    buf_printf(&page->file, "%u 0 obj\n<<%s/Length %zu>>\nstream\n%s\nendstream\nendobj\n", number,
               entries, strlen(data), data);
}

static int setup(void **state)
{
    struct page *page = calloc(1, sizeof(*page));

    if (!page)
        return -1;
    page->file = (struct buf)BUF_INIT((size_t)1 << 20);
    buf_printf(&page->file, "%%PDF-1.4\n");
    object(page, 1, "<</Type/Catalog/Pages 2 0 R>>");
    object(page, 2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 100]/Resources 5 0 R>>");
    *state = page;
    return 0;
}

static int teardown(void **state)
{
    struct page *page = *state;

    pdf_paints_release(&page->paints);
    free(page->objects.leaves);
    buf_release(&page->file);
    free(page);
    return 0;
}

static bool read_page(struct page *page)
{
    free(page->objects.leaves); /* of the read before */
    page->objects = (struct pdf_objects){ .bytes = buf_span(&page->file),
                                          .trailer = { "/Root 1 0 R", 11 },
                                          .offsets = page->offsets,
                                          .count = OBJECTS };
    return pdf_content_read(&page->objects, 0, true, &page->paints);
}

static bool read_content(struct page *page, const char *content)
{
    object(page, 3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>");
    stream(page, 4, "", content);
    return read_page(page);
}

static void assert_paint(const struct page *page, size_t index, const float box[4], int gray)
{
    const struct pdf_paint *paint;

    assert_true(index < page->paints.count);
    paint = &page->paints.items[index];
    assert_float_equal(paint->x0, box[0], 0.01F);
    assert_float_equal(paint->y0, box[1], 0.01F);
    assert_float_equal(paint->x1, box[2], 0.01F);
    assert_float_equal(paint->y1, box[3], 0.01F);
    assert_in_range(paint->gray, gray > 0 ? gray - 1 : 0, gray + 1);
}

#define BOX(x0, y0, x1, y1) ((const float[4]){ (x0), (y0), (x1), (y1) })

static void test_fills_and_strokes(void **state)
{
    struct page *page = *state;

    assert_true(read_content(page, "1 0 0 rg 10 20 30 40 re f\n"
                                   "0 0 0 1 K 2 w 10 50 m 110 50 l S\n"
                                   ".5 G 20 10 m 20 90 l s"));
    assert_int_equal(page->paints.count, 4); /* the closed line goes both ways */
    assert_paint(page, 0, BOX(10, 40, 40, 80), 64);
    assert_paint(page, 1, BOX(10, 49, 110, 51), 0);
    assert_paint(page, 2, BOX(19, 10, 21, 90), 128);
}

static void test_dots(void **state)
{
    struct page *page = *state;
    const struct pdf_dot *dots;

    assert_true(read_content(page, "1 0 0 rg 10 20 4 4 re f 10 40 40 4 re f\n"
                                   "0 0 1 rg 1 w 20 20 m 24 20 24 24 20 24 c h S\n"
                                   "3 0 0 3 50 50 cm BI /W 1 /H 1 ID x EI"));
    dots = page->paints.dots.items;
    assert_int_equal(page->paints.dots.count, 3); /* a rule is none */
    assert_float_equal(dots[0].x0, 10.0F, 0.01F);
    assert_float_equal(dots[0].y1, 80.0F, 0.01F);
    assert_int_equal(dots[0].kind, PDF_DOT_FILLED);
    assert_int_equal(dots[1].kind, PDF_DOT_OUTLINED);
    assert_float_equal(dots[1].x0, 19.5F, 0.01F); /* with half the line */
    assert_true(dots[0].colour != dots[1].colour);
    assert_int_equal(dots[2].kind, PDF_DOT_PICTURE);
    assert_true(pdf_content_may_have_dots(&page->objects, 0));
}

static void test_pages_without_dots_are_known_by_a_look(void **state)
{
    struct page *page = *state;

    assert_true(read_content(page, "0 0 200 10 re W n BT (a c b) Tj ET 10 20 100 1 re f\n"));
    assert_false(pdf_content_may_have_dots(&page->objects, 0));
    assert_int_equal(page->paints.dots.count, 0);
}

static void test_matrix_and_clip(void **state)
{
    struct page *page = *state;

    assert_true(read_content(page, "q .1 0 0 .1 0 0 cm 500 500 200 200 re W n\n"
                                   "0 0 10000 600 re f Q 0 1 -1 0 200 0 cm 0 0 10 5 re f"));
    assert_int_equal(page->paints.count, 2);
    assert_paint(page, 0, BOX(50, 40, 70, 50), 0);
    assert_paint(page, 1, BOX(195, 90, 200, 100), 0);
}

static void test_forms_and_pictures(void **state)
{
    struct page *page = *state;

    object(page, 5, "<</XObject<</F 6 0 R/I 7 0 R>>>>");
    stream(page, 6, "/Subtype/Form/BBox[0 0 10 10]/Matrix[2 0 0 2 0 0]/Resources<<>>",
           "q q 0 0 30 1 re f Q");
    stream(page, 7, "/Subtype/Image/Filter/DCTDecode", "");
    assert_true(read_content(page, "q /F Do Q q 50 0 0 20 100 0 cm /I Do Q\n"
                                   "q 9 0 0 9 0 0 cm BI /W 1/H 1 ID \001EI\002 EI Q 0 0 1 1 re f"));
    assert_int_equal(page->paints.count, 4);
    assert_paint(page, 0, BOX(0, 98, 20, 100), 0);
    assert_paint(page, 1, BOX(100, 80, 150, 100), 128);
    assert_int_equal(page->paints.items[1].kind, PDF_PAINT_PICTURE);
    assert_int_equal(page->paints.items[2].kind, PDF_PAINT_PICTURE);
    assert_paint(page, 3, BOX(0, 99, 1, 100), 0);
}

static void test_colour_spaces(void **state)
{
    struct page *page = *state;

    object(page, 5, "<</ColorSpace<</S 8 0 R>>/ExtGState<</G<</ca .5>>>>>>");
    object(page, 8, "[/Separation/Spot/DeviceCMYK 9 0 R]");
    assert_true(read_content(page, "/S cs 1 scn 0 0 9 9 re f .25 scn 0 0 9 9 re f\n"
                                   "/DeviceRGB cs 1 1 1 sc 0 0 9 9 re f /Pattern cs /P scn\n"
                                   "/G gs 0 0 9 9 re f"));
    assert_int_equal(page->paints.count, 4);
    assert_paint(page, 0, BOX(0, 91, 9, 100), 0);
    assert_paint(page, 1, BOX(0, 91, 9, 100), 191);
    assert_paint(page, 2, BOX(0, 91, 9, 100), 255);
    assert_paint(page, 3, BOX(0, 91, 9, 100), 128);
    assert_int_equal(page->paints.items[3].alpha, 128);
}

static void test_frames_and_shapes(void **state)
{
    struct page *page = *state;

    assert_true(read_content(page, "10 10 100 50 re 11 11 98 48 re f*\n"
                                   "0 0 m 9 0 l 9 9 l f 0 20 m 90 20.5 l 90 22 l 1 22 l f"));
    assert_int_equal(page->paints.count, 6);
    assert_paint(page, 0, BOX(10, 40, 110, 41), 0);
    assert_paint(page, 3, BOX(109, 41, 110, 89), 0);
    assert_int_equal(page->paints.items[4].kind, PDF_PAINT_SHAPE);
    assert_int_equal(page->paints.items[5].kind, PDF_PAINT_BOX); /* thin */
}

static void test_pages_that_are_turned_or_cropped(void **state)
{
    struct page *page = *state;

    object(page, 3, "<</Contents[4 0 R 4 0 R]/CropBox[50 0 150 300]/Rotate 90>>");
    stream(page, 4, "", "60 10 20 5 re f");
    assert_true(read_page(page));
    assert_int_equal(page->paints.count, 2);
    assert_paint(page, 1, BOX(10, 10, 15, 30), 0);
}

static void test_what_is_odd_is_refused(void **state)
{
    struct page *page = *state;

    object(page, 5, "<</XObject<</F 6 0 R>>>>");
    stream(page, 6, "/Subtype/Form", "/F Do"); /* within itself */
    assert_false(read_content(page, "/F Do"));
    stream(page, 4, "/Filter/LZWDecode", "0 0 9 9 re f");
    assert_false(read_page(page));
    object(page, 2, "<</Kids[2 0 R 2 0 R]>>");
    assert_false(read_page(page));
}

#define PAGE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void assert_show(const struct page *page, size_t index, float x, int mark, bool is_invisible)
{
    const struct pdf_show *show;

    assert_true(index < page->paints.shows.count);
    show = &page->paints.shows.items[index];
    assert_true(show->x > x - 0.1F && show->x < x + 0.1F);
    assert_int_equal(show->mark, mark);
    assert_int_equal(show->is_invisible, is_invisible);
}

static void test_text_is_shown_under_its_mark(void **state)
{
    struct page *page = *state;

    object(page, 5, "<</Properties<</P1<</MCID 7>>>>>>");
    assert_true(read_content(page,
                             "BT /F 10 Tf 20 80 Td /P <</MCID 3>> BDC (one) Tj (more) Tj EMC\n"
                             "/P /P1 BDC 0 -12 Td (two) Tj /Span <</Lang(en)>> BDC 30 0 Td (in "
                             "it) Tj EMC EMC /Artifact BMC 10 0 Td (3) Tj EMC (none) ' ET"));
    assert_int_equal(page->paints.shows.count, 4);
    assert_show(page, 0, 20.0F, 3, false);
    assert_show(page, 1, 20.0F, 7, false);
    assert_show(page, 2, 60.0F, PDF_SHOW_ARTIFACT, false);
    assert_show(page, 3, 60.0F, PDF_SHOW_UNMARKED, false);
}

/* 9.3.6: in mode 3 nothing is drawn, but letters of Type 3 fonts are. */
static void test_text_that_is_not_drawn_is_told(void **state)
{
    struct page *page = *state;

    object(page, 5, "<</Font<</D<</Subtype/Type3>>/F<</Subtype/Type1>>>>>>");
    assert_true(read_content(page,
                             "3 Tr BT /F 10 Tf 20 80 Td (unseen) Tj /D 10 Tf 0 -20 Td (drawn) "
                             "Tj ET 0 Tr"));
    assert_int_equal(page->paints.shows.count, 2);
    assert_show(page, 0, 20.0F, PDF_SHOW_UNMARKED, true);
    assert_show(page, 1, 20.0F, PDF_SHOW_UNMARKED, false);
    assert_true(pdf_content_has_invisible(&page->objects, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(test_fills_and_strokes),
        PAGE_TEST(test_dots),
        PAGE_TEST(test_pages_without_dots_are_known_by_a_look),
        PAGE_TEST(test_matrix_and_clip),
        PAGE_TEST(test_forms_and_pictures),
        PAGE_TEST(test_colour_spaces),
        PAGE_TEST(test_frames_and_shapes),
        PAGE_TEST(test_pages_that_are_turned_or_cropped),
        PAGE_TEST(test_what_is_odd_is_refused),
        PAGE_TEST(test_text_is_shown_under_its_mark),
        PAGE_TEST(test_text_that_is_not_drawn_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
