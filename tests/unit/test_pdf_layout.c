/* The layout of PDF pages, from synthetic words: no PDF and no poppler. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractors/pdf/pdf_emit.h"
#include "extractors/pdf/pdf_hyphen.h"
#include "extractors/pdf/pdf_line_numbers.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_marks.h"
#include "extractors/pdf/pdf_text.h"

#define CHAR_EMS 0.5F /* each letter is half an em wide, and so is a space */

/* A document that is typed line by line. */
struct typed {
    struct pdf_doc doc;
    struct writer *writer;
    struct extraction extraction;
    struct pdf_outline outline[4];
    size_t outline_count;
    bool keep_boilerplate;
};

static void typed_page(struct typed *typed)
{
    pdf_doc_add_page(&typed->doc, 600.0F, 800.0F);
}

/* Types words from x on, with the base line's box at y; a new line for the library. */
static void type_styled(struct typed *typed, float x, float y, float size, unsigned flags,
                        const char *text)
{
    uint16_t style = pdf_doc_add_style(&typed->doc, size, (uint16_t)flags, (uint16_t)flags);
    bool is_first = true;

    while (*text) {
        size_t len = strcspn(text, " ");
        struct span span = { text, len };
        float width = (float)pdf_text_chars(span) * size * CHAR_EMS;
        struct pdf_word word = {
            .x0 = x, .y0 = y, .x1 = x + width, .y1 = y + size, .style = style
        };

        word.flags = (uint8_t)(pdf_text_directions(span) | (is_first ? PDF_WORD_BREAK : 0U));
        pdf_doc_add_word(&typed->doc, &word, span);
        is_first = false;
        x += width + size * CHAR_EMS;
        text += len;
        text += strspn(text, " ");
    }
}

static void type(struct typed *typed, float x, float y, const char *text)
{
    type_styled(typed, x, y, 10.0F, 0, text);
}

/* Runs all stages; the text is extraction.text. */
static void typed_finish(struct typed *typed)
{
    const struct pdf_extras extras = { 0 };
    struct pdf_blocks blocks = { 0 };
    struct error err = { 0 };

    for (size_t i = 0; i < typed->doc.page_count; i++)
        pdf_lines_build(&typed->doc, i);
    pdf_boilerplate_mark(&typed->doc);
    pdf_line_numbers_mark(&typed->doc);
    for (size_t i = 0; i < typed->doc.page_count; i++)
        pdf_layout_page(&typed->doc, i, typed->keep_boilerplate);
    assert_false(typed->doc.failed);
    assert_true(pdf_structure_find(&typed->doc, typed->outline, typed->outline_count, &blocks));
    assert_true(pdf_emit(&typed->doc, &blocks, &extras, typed->writer));
    pdf_blocks_release(&blocks);
    assert_int_equal(writer_finish(typed->writer, &typed->extraction, &err), STATUS_OK);
    assert_int_equal(extraction_check(&typed->extraction, &err), STATUS_OK);
}

static int setup(void **state)
{
    struct typed *typed = calloc(1, sizeof(*typed));

    if (!typed)
        return -1;
    typed->doc = (struct pdf_doc)PDF_DOC_INIT;
    typed->writer = writer_new(1 << 20);
    *state = typed;
    return typed->writer ? 0 : -1;
}

static int teardown(void **state)
{
    struct typed *typed = *state;

    pdf_doc_release(&typed->doc);
    writer_free(typed->writer);
    free(typed);
    return 0;
}

static void assert_text(const struct typed *typed, const char *expected)
{
    char *text = strndup(typed->extraction.text.data, typed->extraction.text.len);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static const struct block *find_block(const struct typed *typed, enum block_kind kind, size_t nth)
{
    for (size_t i = 0; i < typed->extraction.block_count; i++)
        if (typed->extraction.blocks[i].kind == kind && nth-- == 0)
            return &typed->extraction.blocks[i];
    return NULL;
}

static void assert_block(const struct typed *typed, enum block_kind kind, size_t nth,
                         unsigned level, const char *expected)
{
    const struct block *block = find_block(typed, kind, nth);
    struct span text;

    assert_non_null(block);
    text = extraction_block_text(&typed->extraction, block);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
    assert_int_equal(block->level, level);
}

static void test_columns_are_read_one_after_the_other(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 60,
         "across the whole width of the page runs this opening sentence of all, "
         "before two columns.");
    for (int i = 0; i < 6; i++) {
        type(typed, 60, 100.0F + 12.0F * (float)i, "left text that fills its own column");
        type(typed, 320, 106.0F + 12.0F * (float)i, "right side that fills its own column");
    }
    type(typed, 60, 220,
         "and after the columns another one that runs across the whole of the "
         "page, to the end.");
    typed_finish(typed);
    {
        const char *text = typed->extraction.text.data;
        const char *right = strstr(text, "right side");

        assert_non_null(right);
        assert_null(strstr(right, "left text"));
        assert_non_null(strstr(right, "and after"));
        assert_true(strstr(text, "across") < strstr(text, "left text"));
    }
}

static void test_right_to_left_pages_begin_with_the_right_column(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    for (int i = 0; i < 6; i++) {
        type(typed, 60, 100.0F + 12.0F * (float)i, "אבגד הוזח טיכל מנסע פצקר שתאב גדהו");
        type(typed, 320, 106.0F + 12.0F * (float)i, "קרשת אבגד הוזח טיכל מנסע פצקר שתאב");
    }
    typed_finish(typed);
    /* Each line is reversed too: words stand from left to right in the input. */
    assert_memory_equal(typed->extraction.text.data, "שתאב פצקר", strlen("שתאב פצקר"));
}

static void test_table_has_rows_and_cells(void **state)
{
    static const char *const rows[][3] = {
        { "Paper", "Price", "Stock" },
        { "A4", "3.20", "17" },
        { "A3", "5.10", "4" },
        { "Letter", "3.40", "0" },
    };
    struct typed *typed = *state;
    const struct block *table;

    typed_page(typed);
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 3; c++)
            type(typed, 60.0F + 120.0F * (float)c, 100.0F + 15.0F * (float)r, rows[r][c]);
    typed_finish(typed);
    assert_text(typed, "Paper\tPrice\tStock\nA4\t3.20\t17\nA3\t5.10\t4\nLetter\t3.40\t0");
    table = find_block(typed, BLOCK_TABLE, 0);
    assert_non_null(table);
    assert_int_equal(table->level, 1); /* words above numbers: a header */
    assert_non_null(find_block(typed, BLOCK_ROW, 3));
    assert_null(find_block(typed, BLOCK_ROW, 4));
}

static void test_wrapped_cell_stays_in_its_row(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 100, "Name");
    type(typed, 160, 100, "Meaning of it");
    type(typed, 60, 120, "alpha");
    type(typed, 160, 120, "the first letter of the Greek");
    type(typed, 160, 132, "alphabet, and the start");
    type(typed, 60, 152, "omega");
    type(typed, 160, 152, "the last letter of all those");
    type(typed, 160, 164, "letters, and so the end");
    typed_finish(typed);
    assert_text(typed, "Name\tMeaning of it\n"
                       "alpha\tthe first letter of the Greek alphabet, and the start\n"
                       "omega\tthe last letter of all those letters, and so the end");
}

static void test_lines_make_paragraphs(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 100, "The first line is as long as the column,");
    type(typed, 60, 112, "the second one as well, and here it ends");
    type(typed, 60, 124, "early.");
    type(typed, 60, 136, "A new paragraph without any white above");
    type(typed, 60, 148, "it.");
    type(typed, 60, 172, "White above.");
    typed_finish(typed);
    assert_text(typed, "The first line is as long as the column, the second one as well, and here "
                       "it ends early.\n\nA new paragraph without any white above it.\n\n"
                       "White above.");
}

static void test_indented_first_lines_begin_paragraphs(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 75, 100, "One paragraph begins further in than its");
    type(typed, 60, 112, "other lines and then goes on to the very en");
    type(typed, 75, 124, "Another one begins the same way after a ful");
    type(typed, 60, 136, "line that had no room left for anything els");
    typed_finish(typed);
    assert_non_null(find_block(typed, BLOCK_PARAGRAPH, 1));
    assert_null(find_block(typed, BLOCK_PARAGRAPH, 2));
}

static void test_hyphens_at_line_ends(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 100, "a well-known extraction of the docu-");
    type(typed, 60, 112, "ment joins what was split; a well-");
    type(typed, 60, 124, "known word keeps the hyphen that is-");
    type(typed, 60, 136, "lands lose, and so does every extrac-");
    type(typed, 60, 148, "tion.");
    typed_finish(typed);
    assert_text(typed, "a well-known extraction of the document joins what was split; a well-known "
                       "word keeps the hyphen that islands lose, and so does every extraction.");
}

static void test_paragraph_goes_on_over_a_page(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 400, "This sentence starts on the first page, and it");
    type(typed, 60, 412, "does not stop at its lower edge, it just goes");
    typed_page(typed);
    type(typed, 60, 300, "on as if nothing had come between the two parts");
    type(typed, 60, 312, "of it.");
    typed_finish(typed);
    assert_null(find_block(typed, BLOCK_PARAGRAPH, 1));
    assert_int_equal(typed->extraction.region_count, 2);
    assert_int_equal(typed->extraction.regions[0].page, 1);
    assert_int_equal(typed->extraction.regions[1].page, 2);
    assert_true(typed->extraction.regions[1].y1 < 325.0F);
}

static void type_body(struct typed *typed, float y)
{
    for (int i = 0; i < 5; i++)
        type(typed, 60, y + 12.0F * (float)i,
             "plain text of the body that fills the line to its end");
}

static void test_headings_have_consistent_levels(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_styled(typed, 60, 60, 20.0F, PDF_BOLD, "A Study of Lakes");
    type_styled(typed, 60, 100, 14.0F, PDF_BOLD, "1. Sediment");
    type_body(typed, 120);
    type_styled(typed, 60, 200, 12.0F, PDF_BOLD, "1.1 Layers");
    type_body(typed, 220);
    type_styled(typed, 60, 300, 14.0F, PDF_BOLD, "2. Dating");
    type_body(typed, 320);
    typed_finish(typed);
    assert_block(typed, BLOCK_TITLE, 0, 0, "A Study of Lakes");
    assert_block(typed, BLOCK_HEADING, 0, 2, "1. Sediment");
    assert_block(typed, BLOCK_HEADING, 1, 3, "1.1 Layers");
    assert_block(typed, BLOCK_HEADING, 2, 2, "2. Dating");
}

static void test_outline_makes_headings(void **state)
{
    struct typed *typed = *state;
    char title[] = "Quiet Heading";

    typed_page(typed);
    type(typed, 60, 100, "Quiet Heading");
    type_body(typed, 130);
    typed->outline[0] = (struct pdf_outline){ title, 1, 2 };
    typed->outline_count = 1;
    typed_finish(typed);
    assert_block(typed, BLOCK_HEADING, 0, 2, "Quiet Heading");
}

static void test_bold_labels_are_no_headings(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_body(typed, 60);
    for (int i = 0; i < 6; i++)
        type_styled(typed, 60, 160.0F + 30.0F * (float)i, 10.0F, PDF_BOLD, "Family name");
    typed_finish(typed);
    assert_null(find_block(typed, BLOCK_HEADING, 0));
}

static void type_book(struct typed *typed)
{
    static const char *const numbers[] = { "7", "8", "9", "10" };

    for (int page = 0; page < 4; page++) {
        typed_page(typed);
        type(typed, 60, 30, "The Book of Lakes");
        type_body(typed, 200);
        type(typed, 300, 770, numbers[page]);
    }
}

static void test_labels_with_their_value_are_no_headings(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_styled(typed, 50.0F, 100.0F, 10.0F, PDF_BOLD, "Date received: 3 March");
    type(typed, 50.0F, 130.0F, "The request was sent to the office with all of its papers, and");
    type(typed, 50.0F, 142.0F, "was answered by it in the same week.");
    type_styled(typed, 50.0F, 170.0F, 10.0F, PDF_BOLD, "Step 2: Counting");
    type(typed, 50.0F, 200.0F, "All the layers of the core are counted, and the number is put");
    type(typed, 50.0F, 212.0F, "down beside the depth.");
    typed_finish(typed);
    assert_block(typed, BLOCK_HEADING, 0, 1, "Step 2: Counting");
    assert_null(find_block(typed, BLOCK_HEADING, 1));
}

static void test_large_text_makes_no_headings_of_its_lines(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    for (unsigned i = 0; i < 20; i++)
        type_styled(typed, 50.0F, 100.0F + 9.0F * (float)i, 8.0F, 0,
                    "Small print fills most of this paper, so that it seems to be the text,");
    type_styled(typed, 50.0F, 320.0F, 12.0F, 0,
                "The rest of this paper is set larger than that, as the");
    type_styled(typed, 50.0F, 334.0F, 12.0F, 0,
                "conditions are, and goes on for some lines without any");
    type_styled(typed, 50.0F, 348.0F, 12.0F, 0, "heading at all, as small print may do.");
    type_styled(typed, 50.0F, 376.0F, 12.0F, 0, "This line is no heading");
    typed_finish(typed);
    assert_null(find_block(typed, BLOCK_HEADING, 0));
}

static void test_heads_and_page_numbers_are_dropped(void **state)
{
    struct typed *typed = *state;
    const char *first;

    type_book(typed);
    typed_finish(typed);
    first = strstr(typed->extraction.text.data, "The Book of Lakes");
    assert_non_null(first); /* on the first page it is news */
    assert_null(strstr(first + 1, "The Book of Lakes"));
    assert_null(strchr(typed->extraction.text.data, '7'));
    assert_null(strstr(typed->extraction.text.data, "10"));
}

static void test_heads_are_kept_on_request(void **state)
{
    struct typed *typed = *state;
    size_t heads = 0;

    typed->keep_boilerplate = true;
    type_book(typed);
    typed_finish(typed);
    for (const char *at = typed->extraction.text.data; (at = strstr(at, "The Book")); at++)
        heads++;
    assert_int_equal(heads, 4);
    assert_non_null(strstr(typed->extraction.text.data, "10"));
}

static void test_lists_nest_by_indent(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 100, "• Fish");
    type(typed, 80, 112, "– Trout");
    type(typed, 80, 124, "– Pike");
    type(typed, 60, 136, "• Birds");
    type(typed, 60, 160, "3. Third");
    typed_finish(typed);
    assert_block(typed, BLOCK_LIST_ITEM, 0, 1, "Fish");
    assert_block(typed, BLOCK_LIST_ITEM, 1, 2, "Trout");
    assert_block(typed, BLOCK_LIST_ITEM, 2, 2, "Pike");
    assert_block(typed, BLOCK_LIST_ITEM, 3, 1, "Birds");
    assert_block(typed, BLOCK_LIST_ITEM, 4, 1, "Third");
    assert_int_equal(find_block(typed, BLOCK_LIST_ITEM, 4)->flags & BLOCK_ORDERED, BLOCK_ORDERED);
}

static void test_code_keeps_its_lines(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_body(typed, 60);
    type_styled(typed, 60, 140, 10.0F, PDF_MONO, "if (x)");
    type_styled(typed, 80, 152, 10.0F, PDF_MONO, "return  1;");
    typed_finish(typed);
    assert_block(typed, BLOCK_CODE, 0, 0, "if (x)\n    return 1;");
}

static void test_code_with_gaps_is_no_table(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    for (unsigned i = 0; i < 4; i++) {
        type_styled(typed, 50.0F, 100.0F + 12.0F * (float)i, 10.0F, PDF_MONO, "a[1] = 2;");
        type_styled(typed, 200.0F, 100.0F + 12.0F * (float)i, 10.0F, PDF_MONO, "// a comment");
    }
    type(typed, 50.0F, 180.0F,
         "Text that follows the code is longer than it is, so that it is text.");
    typed_finish(typed);
    assert_null(find_block(typed, BLOCK_TABLE, 0));
    assert_non_null(find_block(typed, BLOCK_CODE, 0));
}

static void test_code_goes_on_over_a_page(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 50.0F, 600.0F,
         "Text that stands before the code is longer than the code below it.");
    type_styled(typed, 50.0F, 700.0F, 10.0F, PDF_MONO, "return 0;");
    typed_page(typed);
    type_styled(typed, 50.0F, 50.0F, 10.0F, PDF_MONO, "}");
    type(typed, 50.0F, 100.0F, "Text that stands after the code is longer than the code above it.");
    typed_finish(typed);
    assert_block(typed, BLOCK_CODE, 0, 0, "return 0;\n}");
}

static void test_a_line_of_names_stays_in_its_paragraph(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 50.0F, 100.0F, "To load all of them means to load the three files that are");
    type_styled(typed, 50.0F, 112.0F, 10.0F, PDF_MONO,
                "/usr/share/mime/text.xml and /usr/local/share/mime/text.xml");
    type(typed, 50.0F, 124.0F, "if they exist, and in this order.");
    typed_finish(typed);
    assert_null(find_block(typed, BLOCK_CODE, 0));
    assert_int_equal(typed->extraction.block_count, 1);
}

static void test_typewritten_pages_are_text(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_styled(typed, 50.0F, 100.0F, 10.0F, PDF_MONO,
                "The matter came on for oral argument before the court");
    type_styled(typed, 50.0F, 112.0F, 10.0F, PDF_MONO, "on Tuesday, and was heard.");
    pdf_doc_settle_styles(&typed->doc);
    typed_finish(typed);
    assert_text(typed, "The matter came on for oral argument before the court on Tuesday, and was "
                       "heard.");
}

static void test_a_short_chapter_has_a_head_too(void **state)
{
    struct typed *typed = *state;

    for (unsigned page = 0; page < 7; page++) {
        typed_page(typed);
        type_styled(typed, 50.0F, 30.0F, 8.0F, PDF_ITALIC,
                    page == 4 ? "A Short Chapter" : "The Long Chapter");
        type(typed, 50.0F, 400.0F, "Every page has a sentence of text, which is not the same");
        type(typed, 50.0F, 412.0F, page & 1 ? "on each." : "on any of them.");
    }
    typed_finish(typed);
    assert_null(strstr(typed->extraction.text.data, "Short Chapter"));
}

static void test_captions_and_footnotes(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type_body(typed, 60);
    type(typed, 60, 200, "Figure 3. Layers of the lake");
    type_styled(typed, 60, 700, 8.0F, 0, "1 Measured in spring.");
    typed_finish(typed);
    assert_block(typed, BLOCK_CAPTION, 0, 0, "Figure 3. Layers of the lake");
    assert_block(typed, BLOCK_FOOTNOTE, 0, 0, "Measured in spring.");
    assert_string_equal(
        extraction_label(&typed->extraction, find_block(typed, BLOCK_FOOTNOTE, 0)->label), "1");
}

static void test_text_printed_twice_is_read_once(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 100.0F, 100.0F, "Share code:");
    type(typed, 100.0F, 100.3F, "Share code: 300218");
    type(typed, 100.0F, 130.0F, "Share code:");
    typed_finish(typed);
    assert_string_equal(typed->extraction.text.data, "Share code: 300218\n\nShare code:");
}

static void test_dots_in_a_sentence_lead_nowhere(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 50.0F, 100.0F,
         "Essays on the subject ... which were read by many people at the time,");
    type(typed, 50.0F, 112.0F, "and more so ... later on.");
    typed_finish(typed);
    assert_string_equal(typed->extraction.text.data,
                        "Essays on the subject ... which were read by many people at the time, "
                        "and more so ... later on.");
}

static void test_bold_words_do_not_cut_a_sentence(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 50.0F, 100.0F, "Children are not allowed in the fitness rooms or the locker");
    type_styled(typed, 50.0F, 112.0F, 10.0F, PDF_BOLD,
                "rooms without adult supervision. Two showers are available");
    type(typed, 50.0F, 124.0F, "for their use.");
    typed_finish(typed);
    assert_string_equal(typed->extraction.text.data,
                        "Children are not allowed in the fitness rooms or the locker rooms without "
                        "adult supervision. Two showers are available for their use.");
}

static void test_words_without_a_box_are_dropped(void **state)
{
    struct typed *typed = *state;
    struct pdf_word word = { .x0 = NAN, .x1 = 1.0F, .y1 = 1.0F };

    typed_page(typed);
    type(typed, 60, 60, "kept");
    pdf_doc_add_word(&typed->doc, &word, (struct span){ "lost", 4 });
    word = (struct pdf_word){ .x0 = 5.0F, .x1 = 1.0F, .y1 = 1.0F };
    pdf_doc_add_word(&typed->doc, &word, (struct span){ "lost", 4 });
    typed_finish(typed);
    assert_text(typed, "kept");
}

static void test_spaceless_scripts_join_lines(void **state)
{
    struct typed *typed = *state;

    typed_page(typed);
    type(typed, 60, 100, "知識庫保持正確的方法很多知識庫保持正確");
    type(typed, 60, 112, "的方法");
    typed_finish(typed);
    assert_text(typed, "知識庫保持正確的方法很多知識庫保持正確的方法");
}

static void test_text_is_normalised(void **state)
{
    static const struct {
        uint32_t c;
        const char *expected;
    } cases[] = {
        { 'a', "a" },    { 0xFB01, "fi" }, { 0xFB03, "ffi" }, { 0xFEFB, "لا" },
        { 0xF0B7, "•" }, { 0xE123, "" },   { 0x200B, "" },    { 0x07, "" },
        { 0x202B, "" },  { 0xFFFD, "" },   { 0xB2, "²" },     { 0x1F600, "😀" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf text = BUF_INIT(64);

        pdf_text_append(&text, cases[i].c);
        assert_string_equal(text.data, cases[i].expected);
        buf_release(&text);
    }
}

static void test_letters_of_symbols_are_drawn(void **state)
{
    static const struct {
        const char *font;
        uint32_t c;
        const char *expected;
    } cases[] = {
        { "ABCDEF+FontAwesome5Free-Solid", 0xE8, "" },
        { "FontAwesome", '(', "" },
        { "FontAwesome", 0xF0E0, "" },
        { "FontAwesome", 0x2022, "•" },
        { "ABCDEF+Wingdings-Regular", 0xFC, "✓" },
        { "Wingdings", 0xA7, "▪" },
        { "Wingdings", 'A', "" },
        { "Wingdings", 0xF06F, "☐" },
        { "ZapfDingbats", 'l', "•" },
        { "ZapfDingbats", 0x2714, "✔" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf text = BUF_INIT(64);

        assert_int_equal(pdf_font_flags(cases[i].font), PDF_SYMBOL);
        pdf_text_append_symbol(&text, cases[i].font, cases[i].c);
        assert_string_equal(text.data, cases[i].expected);
        buf_release(&text);
    }
}

static void test_combining_marks_are_composed(void **state)
{
    struct buf text = BUF_INIT(64);

    (void)state;
    buf_append(&text, "Cafe\xCC\x81", 6);
    pdf_text_compose(&text);
    assert_string_equal(text.data, "Café");
    buf_release(&text);
}

static void test_lam_alef_is_put_in_order(void **state)
{
    /* From left to right: teh, then lam and alef as halves of one glyph, yeh, lam, hah, teh. */
    static const float widths[] = { 8.5F, 3.6F, 3.6F, 2.9F, 2.5F, 6.4F, 2.9F };
    struct buf text = BUF_INIT(64);
    float alef = 0.2F;

    (void)state;
    buf_append(&text, "تحليالت", strlen("تحليالت"));
    pdf_text_order_lam_alef(&text, widths, 7, 12.0F, &alef);
    assert_string_equal(text.data, "تحليلات");
    buf_release(&text);
}

static void test_escapes_around_characters_are_taken_out(void **state)
{
    static const char *const cases[][2] = {
        { "b''├b''b''─b''b''─b''", "├──" },
        { "nab''ïb''ve", "naïve" },
        { "b''", "b''" },         /* Python */
        { "b''ab''", "b''ab''" }, /* not what is looked for */
        { "b''é", "b''é" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf text = BUF_INIT(64);

        buf_append(&text, cases[i][0], strlen(cases[i][0]));
        pdf_text_drop_escapes(&text);
        assert_string_equal(text.data, cases[i][1]);
        assert_int_equal(text.len, strlen(cases[i][1]));
        buf_release(&text);
    }
}

static void test_font_names_tell_styles(void **state)
{
    (void)state;
    assert_int_equal(pdf_font_flags("UBIZSJ+LinBiolinumTB"), PDF_BOLD);
    assert_int_equal(pdf_font_flags("ABCDEF+Times-BoldItalic"), PDF_BOLD | PDF_ITALIC);
    assert_int_equal(pdf_font_flags("CMTT10"), PDF_MONO);
    assert_int_equal(pdf_font_flags("NimbusRomNo9L-Medi"), PDF_BOLD);
    assert_int_equal(pdf_font_flags("HelveticaNeue-Medium"), 0);
    assert_int_equal(pdf_font_flags("Times-Roman"), 0);
    assert_int_equal(pdf_font_flags(""), 0);
}

static void test_marks(void **state)
{
    static const struct {
        const char *line;
        enum pdf_mark_kind kind;
        unsigned depth;
    } cases[] = {
        { "• point", PDF_MARK_BULLET, 0 },           { "- point", PDF_MARK_BULLET, 0 },
        { "3. point", PDF_MARK_ORDERED, 1 },         { "(b) point", PDF_MARK_ORDERED, 0 },
        { "2.1 Methods", PDF_MARK_SECTION, 2 },      { "2.1.3. Methods", PDF_MARK_SECTION, 3 },
        { "IV. Methods", PDF_MARK_SECTION, 1 },      { "Chapter 4", PDF_MARK_SECTION, 1 },
        { "Figure 4: A lake", PDF_MARK_CAPTION, 0 }, { "Figure 4 shows a lake", PDF_MARK_NONE, 0 },
        { "A. Method", PDF_MARK_SECTION, 1 }, /* or an initial: its look decides */
        { "2005. It was", PDF_MARK_NONE, 0 },        { "point", PDF_MARK_NONE, 0 },
    };
    struct typed *typed = *state;

    typed_page(typed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pdf_line line = { 0 };
        struct pdf_mark mark;

        typed->doc.word_count = 0;
        type(typed, 60, 60, cases[i].line);
        line.word_count = (uint32_t)typed->doc.word_count;
        typed->doc.ordered = typed->doc.words;
        mark = pdf_line_mark(&typed->doc, &line);
        typed->doc.ordered = NULL;
        assert_int_equal(mark.kind, cases[i].kind);
        assert_int_equal(mark.depth, cases[i].depth);
    }
}

#define TYPED_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TYPED_TEST(test_columns_are_read_one_after_the_other),
        TYPED_TEST(test_right_to_left_pages_begin_with_the_right_column),
        TYPED_TEST(test_table_has_rows_and_cells),
        TYPED_TEST(test_wrapped_cell_stays_in_its_row),
        TYPED_TEST(test_lines_make_paragraphs),
        TYPED_TEST(test_indented_first_lines_begin_paragraphs),
        TYPED_TEST(test_hyphens_at_line_ends),
        TYPED_TEST(test_paragraph_goes_on_over_a_page),
        TYPED_TEST(test_headings_have_consistent_levels),
        TYPED_TEST(test_outline_makes_headings),
        TYPED_TEST(test_bold_labels_are_no_headings),
        TYPED_TEST(test_labels_with_their_value_are_no_headings),
        TYPED_TEST(test_large_text_makes_no_headings_of_its_lines),
        TYPED_TEST(test_heads_and_page_numbers_are_dropped),
        TYPED_TEST(test_heads_are_kept_on_request),
        TYPED_TEST(test_lists_nest_by_indent),
        TYPED_TEST(test_code_keeps_its_lines),
        TYPED_TEST(test_code_with_gaps_is_no_table),
        TYPED_TEST(test_code_goes_on_over_a_page),
        TYPED_TEST(test_a_line_of_names_stays_in_its_paragraph),
        TYPED_TEST(test_typewritten_pages_are_text),
        TYPED_TEST(test_a_short_chapter_has_a_head_too),
        TYPED_TEST(test_captions_and_footnotes),
        TYPED_TEST(test_text_printed_twice_is_read_once),
        TYPED_TEST(test_dots_in_a_sentence_lead_nowhere),
        TYPED_TEST(test_bold_words_do_not_cut_a_sentence),
        TYPED_TEST(test_words_without_a_box_are_dropped),
        TYPED_TEST(test_spaceless_scripts_join_lines),
        TYPED_TEST(test_marks),
        cmocka_unit_test(test_text_is_normalised),
        cmocka_unit_test(test_letters_of_symbols_are_drawn),
        cmocka_unit_test(test_combining_marks_are_composed),
        cmocka_unit_test(test_lam_alef_is_put_in_order),
        cmocka_unit_test(test_escapes_around_characters_are_taken_out),
        cmocka_unit_test(test_font_names_tell_styles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
