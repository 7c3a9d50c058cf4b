/* What the boxes painted on a page tell: rules, the tables that they make, and words that do not
 * show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractors/pdf/pdf_bullets.h"
#include "extractors/pdf/pdf_hidden.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_ruled.h"
#include "extractors/pdf/pdf_rules.h"

#define SIDE 200u

#define PAINTS 32u

struct drawing {
    struct pdf_doc doc;
    struct pdf_paint paints[PAINTS];
    size_t paint_count;
};

static int setup(void **state)
{
    struct drawing *drawing = calloc(1, sizeof(*drawing));

    if (!drawing)
        return -1;
    drawing->doc = (struct pdf_doc)PDF_DOC_INIT;
    pdf_doc_add_page(&drawing->doc, SIDE, SIDE);
    *state = drawing;
    return 0;
}

static int teardown(void **state)
{
    struct drawing *drawing = *state;

    pdf_doc_release(&drawing->doc);
    free(drawing);
    return 0;
}

static void fill(struct drawing *drawing, size_t x0, size_t y0, size_t x1, size_t y1, int gray)
{
    assert_true(drawing->paint_count < PAINTS);
    drawing->paints[drawing->paint_count++] =
        (struct pdf_paint){ (float)x0,     (float)y0, (float)x1,    (float)y1,
                            (uint8_t)gray, 255,       PDF_PAINT_BOX };
}

static struct pdf_paints paints_of(struct drawing *drawing)
{
    return (struct pdf_paints){ .items = drawing->paints, .count = drawing->paint_count };
}

static size_t find_rules(struct drawing *drawing)
{
    struct pdf_paints paints = paints_of(drawing);

    pdf_rules_find(&drawing->doc, 0, &paints);
    assert_false(drawing->doc.failed);
    return drawing->doc.pages[0].rule_count;
}

static void assert_rule(const struct drawing *drawing, size_t index, bool is_vertical, float at,
                        float from, float to)
{
    const struct pdf_rule *rule = &drawing->doc.rules[index];

    assert_int_equal(rule->is_vertical, is_vertical);
    assert_true(rule->at > at - 1.5F && rule->at < at + 1.5F);
    assert_true(rule->from > from - 2.5F && rule->from < from + 2.5F);
    assert_true(rule->to > to - 2.5F && rule->to < to + 2.5F);
}

static void test_rules_are_thin_and_long(void **state)
{
    struct drawing *drawing = *state;

    fill(drawing, 20, 50, 150, 51, 0);    /* a hairline */
    fill(drawing, 20, 80, 150, 82, 180);  /* a gray one of two points */
    fill(drawing, 20, 110, 150, 140, 0);  /* a box: no rule */
    fill(drawing, 60, 160, 70, 161, 0);   /* a dash */
    fill(drawing, 180, 20, 181, 120, 40); /* one that goes down */
    assert_int_equal(find_rules(drawing), 3);
    assert_rule(drawing, 0, false, 50.0F, 20.0F, 150.0F);
    assert_rule(drawing, 1, false, 80.5F, 20.0F, 150.0F);
    assert_rule(drawing, 2, true, 180.5F, 20.0F, 120.0F);
}

static void test_white_rules_divide_colours(void **state)
{
    struct drawing *drawing = *state;

    fill(drawing, 20, 20, 180, 100, 120);
    fill(drawing, 20, 60, 180, 61, 255);
    assert_int_equal(find_rules(drawing), 1);
    assert_rule(drawing, 0, false, 60.5F, 20.0F, 180.0F);
}

static void test_rules_go_on_under_others(void **state)
{
    struct drawing *drawing = *state;

    fill(drawing, 20, 50, 150, 51, 0);
    fill(drawing, 80, 20, 82, 120, 0);
    assert_int_equal(find_rules(drawing), 2);
    assert_rule(drawing, 0, false, 50.5F, 20.0F, 150.0F);
    assert_rule(drawing, 1, true, 81.0F, 20.0F, 120.0F);
}

static void type(struct drawing *drawing, float x, float y, const char *text)
{
    uint16_t style = pdf_doc_add_style(&drawing->doc, 8.0F, 0, 0);
    struct span span = { text, strlen(text) };
    struct pdf_word word = { .x0 = x, .y0 = y, .y1 = y + 8.0F, .style = style };

    word.x1 = x + 4.0F * (float)span.len;
    word.flags = PDF_WORD_BREAK;
    pdf_doc_add_word(&drawing->doc, &word, span);
}

/* Two columns and two rows, with the rule down at 100; the lower row is one cell without it. */
static void draw_grid(struct drawing *drawing, size_t down_end)
{
    for (size_t y = 20; y <= 80; y += 30)
        fill(drawing, 20, y, 181, y + 1, 0);
    fill(drawing, 20, 20, 21, 81, 0);
    fill(drawing, 180, 20, 181, 81, 0);
    fill(drawing, 100, 20, 101, down_end, 0);
}

static void assert_line(const struct drawing *drawing, size_t index, unsigned row, unsigned column,
                        unsigned span, const char *text)
{
    const struct pdf_line *line = &drawing->doc.lines[index];
    struct span word = pdf_word_text(&drawing->doc, &drawing->doc.ordered[line->word_start]);

    assert_true(index < drawing->doc.line_count);
    assert_int_equal(line->table, 1);
    assert_int_equal(line->row, row);
    assert_int_equal(line->column, column);
    assert_int_equal(line->span, span);
    assert_int_equal(word.len, strlen(text));
    assert_memory_equal(word.data, text, word.len);
}

static void test_lines_of_a_cell_stay_together(void **state)
{
    struct drawing *drawing = *state;

    draw_grid(drawing, 81);
    type(drawing, 110.0F, 24.0F, "right");
    type(drawing, 30.0F, 24.0F, "first");
    type(drawing, 30.0F, 36.0F, "second");
    type(drawing, 110.0F, 60.0F, "low");
    find_rules(drawing);
    pdf_lines_build(&drawing->doc, 0);
    pdf_layout_page(&drawing->doc, 0, false);
    assert_int_equal(drawing->doc.line_count, 4);
    assert_line(drawing, 0, 0, 0, 1, "first");
    assert_line(drawing, 1, 0, 0, 1, "second");
    assert_line(drawing, 2, 0, 1, 1, "right");
    assert_line(drawing, 3, 1, 1, 1, "low");
}

static void test_a_cell_goes_on_where_no_rule_is(void **state)
{
    struct drawing *drawing = *state;

    draw_grid(drawing, 51);
    type(drawing, 30.0F, 24.0F, "left");
    type(drawing, 110.0F, 24.0F, "right");
    type(drawing, 90.0F, 60.0F, "across");
    find_rules(drawing);
    pdf_lines_build(&drawing->doc, 0);
    pdf_layout_page(&drawing->doc, 0, false);
    assert_int_equal(drawing->doc.line_count, 3);
    assert_line(drawing, 2, 1, 0, 2, "across");
}

static void test_a_frame_without_cells_is_no_table(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_ruled *tables;
    struct pdf_frames frames = { 0 };

    fill(drawing, 20, 20, 181, 21, 0);
    fill(drawing, 20, 80, 181, 81, 0);
    fill(drawing, 20, 20, 21, 81, 0);
    fill(drawing, 180, 20, 181, 81, 0);
    type(drawing, 30.0F, 24.0F, "text");
    find_rules(drawing);
    pdf_lines_build(&drawing->doc, 0);
    assert_int_equal(pdf_ruled_find(&drawing->doc, 0, &tables, &frames), 0);
    pdf_ruled_free(tables, 0);
}

static void test_thin_rules_between_pixels_are_seen(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_paint *paint;

    fill(drawing, 20, 50, 150, 51, 150);
    paint = &drawing->paints[0];
    paint->y0 = 49.9F;
    paint->y1 = 50.1F;
    fill(drawing, 20, 80, 150, 81, 0);
    drawing->paints[1].alpha = 60;
    assert_int_equal(find_rules(drawing), 2);
    assert_rule(drawing, 0, false, 50.5F, 20.0F, 150.0F);
    assert_rule(drawing, 1, false, 80.5F, 20.0F, 150.0F);
}

static void test_two_rules_side_by_side_are_one(void **state)
{
    struct drawing *drawing = *state;

    for (size_t i = 0; i < 2; i++) {
        fill(drawing, 20, 50, 150, 51, 0);
        drawing->paints[i].y0 = 50.3F + 2.4F * (float)i;
        drawing->paints[i].y1 = 50.7F + 2.4F * (float)i;
    }
    assert_int_equal(find_rules(drawing), 1);
    assert_rule(drawing, 0, false, 50.5F, 20.0F, 150.0F);
}

static void test_rules_that_are_painted_over_are_none(void **state)
{
    struct drawing *drawing = *state;

    fill(drawing, 20, 50, 150, 51, 0);
    fill(drawing, 10, 40, 160, 60, 255);
    assert_int_equal(find_rules(drawing), 0);
}

static void test_a_header_open_at_the_top_is_divided(void **state)
{
    struct drawing *drawing = *state;

    fill(drawing, 20, 40, 181, 41, 0);
    fill(drawing, 20, 60, 181, 61, 0);
    fill(drawing, 20, 26, 21, 81, 0);
    fill(drawing, 180, 26, 181, 81, 0);
    fill(drawing, 100, 26, 101, 40, 0);
    fill(drawing, 100, 44, 101, 80, 0);
    fill(drawing, 20, 80, 181, 81, 0);
    type(drawing, 30.0F, 28.0F, "first");
    type(drawing, 110.0F, 28.0F, "second");
    type(drawing, 30.0F, 46.0F, "left");
    type(drawing, 110.0F, 46.0F, "right");
    find_rules(drawing);
    pdf_lines_build(&drawing->doc, 0);
    pdf_layout_page(&drawing->doc, 0, false);
    assert_int_equal(drawing->doc.line_count, 4);
    assert_line(drawing, 0, 0, 0, 1, "first");
    assert_line(drawing, 1, 0, 1, 1, "second");
}

static void test_white_words_on_white_are_hidden(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_paints paints;
    struct buf hidden = BUF_INIT(64);

    fill(drawing, 20, 20, 180, 40, 0);
    type(drawing, 30.0F, 24.0F, "seen");
    type(drawing, 30.0F, 60.0F, "unseen");
    type(drawing, 30.0F, 900.0F, "off");
    for (size_t i = 0; i < drawing->doc.word_count; i++)
        drawing->doc.words[i].flags |= PDF_WORD_WHITE;
    type(drawing, 30.0F, 80.0F, "black");
    assert_true(pdf_hidden_is_likely(&drawing->doc, 0));
    paints = paints_of(drawing);
    pdf_hidden_take(&drawing->doc, &paints, &hidden);
    assert_string_equal(hidden.data, "unseen off");
    assert_int_equal(drawing->doc.word_count, 2);
    assert_int_equal(drawing->doc.pages[0].word_count, 2);
    buf_release(&hidden);
}

static size_t bullets_of(struct drawing *drawing, struct pdf_dot *dots, size_t count)
{
    struct pdf_dots all = { .items = dots, .count = count };
    struct pdf_bullets seen = { 0 };
    size_t before = drawing->doc.word_count;

    pdf_bullets_write(&drawing->doc, &all, &seen);
    return drawing->doc.word_count - before;
}

static void test_painted_bullets_become_words(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_dot dots[] = { { 20.0F, 24.0F, 24.0F, 28.0F, 0, 0, PDF_DOT_FILLED },
                              { 20.0F, 44.0F, 24.0F, 48.0F, 0, 0, PDF_DOT_FILLED },
                              { 20.0F, 84.0F, 24.0F, 88.0F, 0, 0, PDF_DOT_FILLED } };
    const struct pdf_word *word;

    type(drawing, 30.0F, 20.0F, "clay");
    type(drawing, 30.0F, 40.0F, "sand");
    assert_int_equal(bullets_of(drawing, dots, 3), 2); /* beside the third there is nothing */
    word = &drawing->doc.words[2];
    assert_string_equal(pdf_word_text(&drawing->doc, word).data, "\xE2\x80\xA2\xE2\x80\xA2");
    assert_float_equal(word->x0, 20.0F, 0.01F);
    assert_true(word->x1 < 30.0F);
    assert_float_equal(word->y0, drawing->doc.words[0].y0, 0.01F);
}

static void test_one_dot_is_a_bullet_where_the_item_hangs(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_dot dot = { 20.0F, 24.0F, 24.0F, 28.0F, 0, 0, PDF_DOT_FILLED };

    type(drawing, 30.0F, 20.0F, "clay");
    assert_int_equal(bullets_of(drawing, &dot, 1), 0);
    type(drawing, 30.0F, 32.0F, "sinks");
    assert_int_equal(bullets_of(drawing, &dot, 1), 1);
}

static void test_squares_of_a_legend_are_no_bullets(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_dot dots[] = { { 20.0F, 24.0F, 24.0F, 28.0F, 1, 99, PDF_DOT_FILLED },
                              { 20.0F, 44.0F, 24.0F, 48.0F, 2, 99, PDF_DOT_FILLED } };

    type(drawing, 30.0F, 20.0F, "rain");
    type(drawing, 30.0F, 40.0F, "snow");
    assert_int_equal(bullets_of(drawing, dots, 2), 0);
}

static void test_boxes_beside_a_ticked_one_are_empty(void **state)
{
    struct drawing *drawing = *state;
    struct pdf_dot dots[] = { { 20.0F, 22.0F, 27.0F, 29.0F, 1, 99, PDF_DOT_FILLED },
                              { 21.0F, 23.0F, 25.0F, 27.0F, 2, 255, PDF_DOT_FILLED },
                              { 20.0F, 42.0F, 27.0F, 49.0F, 0, 0, PDF_DOT_OUTLINED } };
    const char *text;

    type(drawing, 30.0F, 20.0F, "core");
    type(drawing, 30.0F, 40.0F, "count");
    assert_int_equal(bullets_of(drawing, dots, 3), 4);
    text = pdf_word_text(&drawing->doc, &drawing->doc.words[2]).data;
    assert_string_equal(text, "\xE2\x80\xA2[x]\xE2\x80\xA2[ ]");
}

#define DRAWN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DRAWN_TEST(test_rules_are_thin_and_long),
        DRAWN_TEST(test_white_rules_divide_colours),
        DRAWN_TEST(test_rules_go_on_under_others),
        DRAWN_TEST(test_thin_rules_between_pixels_are_seen),
        DRAWN_TEST(test_two_rules_side_by_side_are_one),
        DRAWN_TEST(test_rules_that_are_painted_over_are_none),
        DRAWN_TEST(test_a_header_open_at_the_top_is_divided),
        DRAWN_TEST(test_lines_of_a_cell_stay_together),
        DRAWN_TEST(test_a_cell_goes_on_where_no_rule_is),
        DRAWN_TEST(test_a_frame_without_cells_is_no_table),
        DRAWN_TEST(test_white_words_on_white_are_hidden),
        DRAWN_TEST(test_painted_bullets_become_words),
        DRAWN_TEST(test_one_dot_is_a_bullet_where_the_item_hangs),
        DRAWN_TEST(test_squares_of_a_legend_are_no_bullets),
        DRAWN_TEST(test_boxes_beside_a_ticked_one_are_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
