/* What extractors send becomes blocks that keep the rules of extraction.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "ingest/writer.h"

static struct span of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* "kind/level/flags: text" for each block, on a line. */
static char *listing(const struct extraction *extraction)
{
    static char out[8192];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < extraction->block_count; i++) {
        const struct block *block = &extraction->blocks[i];
        struct span text = extraction_block_text(extraction, block);

        len += (size_t)snprintf(out + len, sizeof(out) - len, "%d/%d/%d:%.*s|", block->kind,
                                block->level, block->flags, (int)text.len, text.data);
    }
    return out;
}

static void finish(struct writer *writer, struct extraction *extraction)
{
    struct error problem = { .text = "" };

    assert_int_equal(writer_finish(writer, extraction, &problem), STATUS_OK);
    if (extraction_check(extraction, &problem))
        fail_msg("%s in %s", problem.text, listing(extraction));
}

static void test_a_problem_without_text_is_the_outcome(void **state)
{
    struct error limit = { .status = STATUS_LIMIT, .text = "too deep" };
    struct error broken = { .status = STATUS_MALFORMED, .text = "cut off" };

    (void)state;
    for (int has_text = 0; has_text < 2; has_text++) {
        struct writer *writer = writer_new(1 << 20);
        struct extraction extraction;

        writer_problem(writer, &limit);
        writer_problem(writer, &broken);
        if (has_text)
            writer_block(writer, BLOCK_PARAGRAPH, 0, of("kept"));
        finish(writer, &extraction);
        assert_int_equal(extraction.outcome, has_text ? OUTCOME_PARTIAL : OUTCOME_OVER_LIMIT);
        assert_string_equal(extraction.reason, "too deep");
        writer_free(writer);
    }
}

static void test_white_space_is_folded(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_text(writer, of("  one \n"));
    writer_text(writer, of("\ttwo\xC2\xA0three\x01"));
    writer_break(writer);
    writer_text(writer, of(" four  "));
    writer_end(writer);
    finish(writer, &extraction);
    assert_string_equal(listing(&extraction), "2/0/0:one two three\nfour|");
    writer_free(writer);
}

/* Words are looked at eight bytes at a time: wherever the blank or the letter stands. */
static void test_white_space_is_folded_anywhere(void **state)
{
    static const char *const odd[] = { "  ", "\t", "\x7F ", "\xC2\xA0", " \n" };

    (void)state;
    for (size_t before = 1; before < 20; before++)
        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            CLEANUP(buf_release) struct buf text = BUF_INIT(100);
            CLEANUP(buf_release) struct buf expected = BUF_INIT(100);
            struct writer *writer = writer_new(1 << 20);
            struct extraction extraction;

            buf_append(&text, "x~y z xxxxxxxxxxxxxxxxxxxxxxxxx", before + 6);
            buf_printf(&expected, "2/0/0:%s xx xxxxxxxxx|", text.data);
            buf_printf(&text, "%sxx xxxxxxxxx ", odd[i]);
            writer_block(writer, BLOCK_PARAGRAPH, 0, buf_span(&text));
            finish(writer, &extraction);
            assert_string_equal(listing(&extraction), expected.data);
            writer_free(writer);
        }
}

static void test_code_keeps_its_lines(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_begin(writer, BLOCK_CODE, 0);
    writer_label(writer, of("c"));
    writer_text(writer, of("\n\n  if (x)\r\n\ty();\n\n"));
    writer_end(writer);
    finish(writer, &extraction);
    assert_string_equal(listing(&extraction), "7/0/0:  if (x)\n\ty();|");
    assert_string_equal(extraction_label(&extraction, extraction.blocks[0].label), "c");
    writer_free(writer);
}

static void test_paragraphs_of_a_list_item(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_begin(writer, BLOCK_LIST_ITEM, 1);
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("first"));
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("second"));
    writer_block(writer, BLOCK_LIST_ITEM, 2, of("inner"));
    writer_text(writer, of("after"));
    writer_end(writer);
    writer_block(writer, BLOCK_LIST_ITEM, 1, of("next"));
    finish(writer, &extraction);
    assert_string_equal(listing(&extraction),
                        "3/1/0:first|3/1/8:second|3/2/0:inner|3/1/8:after|3/1/0:next|");
    writer_free(writer);
}

static void test_tables(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("before"));
    writer_begin(writer, BLOCK_TABLE, 1);
    writer_begin(writer, BLOCK_ROW, 0);
    writer_block(writer, BLOCK_CELL, 0, of("a\tb"));
    writer_block(writer, BLOCK_CELL, 0, of(""));
    writer_begin(writer, BLOCK_CELL, 0);
    writer_begin(writer, BLOCK_TABLE, 0); /* inside a cell: only text */
    writer_begin(writer, BLOCK_ROW, 0);
    writer_block(writer, BLOCK_CELL, 0, of("inner"));
    writer_block(writer, BLOCK_CELL, 0, of("table"));
    writer_end(writer);
    writer_end(writer);
    writer_end(writer);
    writer_end(writer);
    writer_begin(writer, BLOCK_ROW, 0); /* nothing in it: dropped */
    writer_block(writer, BLOCK_CELL, 0, of(" "));
    writer_end(writer);
    writer_text(writer, of("left out")); /* its row and cell are missing */
    writer_end(writer);
    writer_begin(writer, BLOCK_TABLE, 0); /* empty: dropped */
    writer_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("behind"));
    finish(writer, &extraction);
    assert_string_equal(listing(&extraction),
                        "2/0/0:before|4/1/0:a b\t\tinner; table\nleft out|5/0/0:a b\t\tinner; "
                        "table|6/0/0:a b|6/0/0:|6/0/0:inner; table|5/0/0:left out|6/0/0:left "
                        "out|2/0/0:behind|");
    writer_free(writer);
}

static void test_headings_hold_what_follows(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct buf path = BUF_INIT(1000);
    struct extraction extraction;

    (void)state;
    writer_block(writer, BLOCK_TITLE, 0, of("Guide"));
    writer_block(writer, BLOCK_HEADING, 1, of("Guide"));
    writer_block(writer, BLOCK_HEADING, 3, of("Refunds"));
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("text"));
    writer_block(writer, BLOCK_HEADING, 2, of("Other"));
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("more"));
    writer_headings_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("on another slide"));
    finish(writer, &extraction);
    extraction_heading_path(&extraction, extraction.blocks[6].heading, &path);
    assert_string_equal(path.data, "Guide");
    buf_clear(&path);
    extraction_heading_path(&extraction, extraction.blocks[3].heading, &path);
    assert_string_equal(path.data, "Guide > Refunds");
    buf_clear(&path);
    extraction_heading_path(&extraction, extraction.blocks[5].heading, &path);
    assert_string_equal(path.data, "Guide > Other");
    buf_release(&path);
    writer_free(writer);
}

static void test_regions_and_links(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    const float box[4] = { 1, 2, 3, 4 };
    struct extraction extraction;
    uint32_t first, last;

    (void)state;
    writer_region(writer, 1, box, of(""));
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_text(writer, of("on page one and "));
    writer_region(writer, 2, box, of("label"));
    writer_link_begin(writer, of("https://example.org/"));
    writer_text(writer, of("a link"));
    writer_link_end(writer);
    writer_link_begin(writer, of("JavaScript:open()")); /* leads nowhere */
    writer_text(writer, of(" runs"));
    writer_link_end(writer);
    writer_end(writer);
    writer_page(writer, 595, 842, false);
    writer_page(writer, 595, 842, true);
    finish(writer, &extraction);
    assert_int_equal(extraction.region_count, 2);
    assert_true(extraction_pages(&extraction, 0, (uint32_t)extraction.text.len, &first, &last));
    assert_int_equal(first, 1);
    assert_int_equal(last, 2);
    assert_string_equal(extraction_label(&extraction, extraction.regions[1].label), "label");
    assert_ptr_equal(extraction_region_in(&extraction, 0, 0), &extraction.regions[0]);
    assert_ptr_equal(extraction_region_in(&extraction, extraction.regions[0].text_end,
                                          (uint32_t)extraction.text.len),
                     &extraction.regions[1]);
    assert_null(extraction_region_in(&extraction, (uint32_t)extraction.text.len,
                                     (uint32_t)extraction.text.len));
    assert_int_equal(extraction.link_count, 1);
    assert_memory_equal(extraction.text.data + extraction.links[0].text_start, "a link", 6);
    assert_int_equal(extraction.pages[1].text_bytes, 6 + 5);
    writer_free(writer);
}

static void test_a_scan_has_no_text(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_page(writer, 595, 842, true);
    writer_page(writer, 595, 842, true);
    finish(writer, &extraction);
    assert_int_equal(extraction.outcome, OUTCOME_NO_TEXT);
    assert_string_equal(extraction.reason, "0 of 2 pages have text, 2 show pictures: a scan?");
    writer_free(writer);
}

static void test_the_limit_is_told(void **state)
{
    struct writer *writer = writer_new(10);
    struct extraction extraction;

    (void)state;
    writer_block(writer, BLOCK_PARAGRAPH, 0,
                 of("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA4\xC3\xB6"));
    writer_block(writer, BLOCK_PARAGRAPH, 0, of("more"));
    finish(writer, &extraction);
    assert_int_equal(extraction.outcome, OUTCOME_PARTIAL);
    assert_true(extraction.text.len <= 10);
    writer_free(writer);
}

static void test_source_offsets(void **state)
{
    struct writer *writer = writer_new(1 << 20);
    /* "aäb" in Latin-1: the ä is one byte of the file and two of the text. */
    const struct source_run runs[] = { { 0, 1, 0, 1, 0 }, { 1, 2, 1, 1, 0 }, { 3, 1, 2, 1, 0 } };
    struct extraction extraction;

    (void)state;
    writer_source(writer,
                  of("a\xC3\xA4"
                     "b"),
                  runs, 3);
    writer_span(writer, BLOCK_PARAGRAPH, 0, 0, 4);
    finish(writer, &extraction);
    assert_int_equal(extraction_source_offset(&extraction, 3), 2);
    assert_int_equal(extraction_source_end(&extraction, 3), 2);
    assert_int_equal(extraction_source_end(&extraction, 4), 3);
    writer_free(writer);
}

/* A text of more blocks than there may be ends before the first one too many, or before its row. */
static void test_too_many_blocks(void **state)
{
    (void)state;
    for (int is_table = 0; is_table < 2; is_table++) {
        size_t count = EXTRACTION_BLOCKS_MAX + 8, kept = EXTRACTION_BLOCKS_MAX;
        char *text = malloc(2 * count);
        struct writer *writer = writer_new(16);
        struct extraction extraction;

        assert_non_null(text);
        for (size_t i = 0; i < 2 * count; i += 2)
            memcpy(text + i, "a\n", 2);
        writer_source(writer, (struct span){ text, 2 * count }, NULL, 0);
        if (is_table)
            writer_span(writer, BLOCK_TABLE, 0, 0, 2 * count - 1);
        for (size_t i = 0; i < count; i++) {
            writer_span(writer, is_table ? BLOCK_ROW : BLOCK_PARAGRAPH, 0, 2 * i, 2 * i + 1);
            if (is_table)
                writer_span(writer, BLOCK_CELL, 0, 2 * i, 2 * i + 1);
            writer_flags(writer, i >= kept ? BLOCK_HEADER : 0);
        }
        finish(writer, &extraction);
        assert_int_equal(extraction.outcome, OUTCOME_PARTIAL);
        assert_non_null(strstr(extraction.reason, "blocks"));
        assert_int_equal(extraction.block_count, is_table ? kept - 1 : kept);
        assert_int_equal(extraction.text.len, is_table ? kept - 2 : 2 * kept);
        assert_int_equal(extraction.runs[0].length, extraction.text.len);
        assert_int_equal(extraction.blocks[extraction.block_count - 1].flags, 0);
        writer_free(writer);
        free(text);
    }
}

/* Random events, in any order: whatever comes, the rules are kept. */
static void test_random_events(void **state)
{
    static const char *const texts[] = { "word",         " ", "two words", "\n", "\xFF\xFE",
                                         "\xE2\x82\xAC", "" };
    const float box[4] = { 0, 0, 1, 1 };

    (void)state;
    for (uint32_t seed = 1; seed <= 3000; seed++) {
        struct writer *writer = writer_new(400);
        struct extraction extraction;
        uint32_t random = seed;

        for (int i = 0; i < 60; i++) {
            random = random * 1664525u + 1013904223u;
            switch (random >> 28) {
            case 0:
            case 1:
            case 2:
                writer_begin(writer, (enum block_kind)((random >> 8) % BLOCK_KIND_COUNT),
                             (random >> 16) % 8);
                break;
            case 3:
            case 4:
                writer_end(writer);
                break;
            case 5:
                writer_begin(writer, BLOCK_TABLE, 0);
                break;
            case 6:
                writer_begin(writer, BLOCK_ROW, 0);
                break;
            case 7:
                writer_begin(writer, BLOCK_CELL, 0);
                break;
            case 8:
                writer_region(writer, (random >> 8) % 5, box, of("x"));
                break;
            case 9:
                writer_link_begin(writer, of("#a"));
                break;
            case 10:
                writer_link_end(writer);
                break;
            case 11:
                writer_break(writer);
                break;
            default:
                writer_text(writer, of(texts[(random >> 8) % 7]));
            }
        }
        finish(writer, &extraction);
        writer_free(writer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_problem_without_text_is_the_outcome),
        cmocka_unit_test(test_white_space_is_folded),
        cmocka_unit_test(test_white_space_is_folded_anywhere),
        cmocka_unit_test(test_code_keeps_its_lines),
        cmocka_unit_test(test_paragraphs_of_a_list_item),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_headings_hold_what_follows),
        cmocka_unit_test(test_regions_and_links),
        cmocka_unit_test(test_a_scan_has_no_text),
        cmocka_unit_test(test_the_limit_is_told),
        cmocka_unit_test(test_source_offsets),
        cmocka_unit_test(test_too_many_blocks),
        cmocka_unit_test(test_random_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
