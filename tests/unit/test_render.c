/*
 * test_render.c - an extraction as Markdown and as plain text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "ingest/render.h"
#include "ingest/writer.h"

DEFINE_POINTER_CLEANUP(struct writer, writer_free);

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

static void rendered(struct writer *writer, const char *want)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
    struct extraction extraction;

    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    render_extraction(&extraction, RENDER_MARKDOWN, &out);
    assert_string_equal(out.data, want);
}

static void blocks(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    writer_block(writer, BLOCK_TITLE, 0, SPAN("Title"));
    writer_block(writer, BLOCK_HEADING, 2, SPAN("Part"));
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_text(writer, SPAN("See "));
    writer_link_begin(writer, SPAN("http://a.b/c (d)"));
    writer_text(writer, SPAN("here"));
    writer_link_end(writer);
    writer_text(writer, SPAN(" and *there*."));
    writer_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("# not a heading"));
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("3. not an item"));
    writer_block(writer, BLOCK_QUOTE, 2, SPAN("Quoted."));
    writer_block(writer, BLOCK_CODE, 0, SPAN("a\n```\nb"));
    rendered(writer, "# Title\n\n## Part\n\nSee [here](http://a.b/c%20%28d%29) and \\*there*.\n\n"
                     "\\# not a heading\n\n3\\. not an item\n\n> > Quoted.\n\n"
                     "````\na\n```\nb\n````\n");
}

static void labelled_item(struct writer *writer, const char *label)
{
    writer_begin(writer, BLOCK_LIST_ITEM, 1);
    writer_flags(writer, BLOCK_ORDERED);
    writer_label(writer, (struct span){ label, strlen(label) });
    writer_text(writer, SPAN("item"));
    writer_end(writer);
}

/* The numbers that a document gave its items, however it wrote them. */
static void labels(void **state)
{
    static const char *const given[] = { "0", "(3)", ".4", "[7]", "8." };
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        labelled_item(writer, given[i]);
    rendered(writer, "0. item\n3. item\n4. item\n7. item\n8. item\n");
}

/* A note's mark is the same where it stands and at the note. */
static void notes(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("Tides[^*], *moons* and stars [^_a*], [^2] *b*"));
    writer_begin(writer, BLOCK_FOOTNOTE, 0);
    writer_label(writer, SPAN("*"));
    writer_text(writer, SPAN("Twice a day."));
    writer_end(writer);
    writer_begin(writer, BLOCK_FOOTNOTE, 0);
    writer_label(writer, SPAN("_a*"));
    writer_text(writer, SPAN("*Many*."));
    writer_end(writer);
    rendered(writer, "Tides[^*], \\*moons* and stars [^_a*], [^2] \\*b*\n\n"
                     "[^*]: Twice a day.\n\n[^_a*]: \\*Many*.\n");
}

/* Where no note has such a mark, it is a text's own. */
static void no_notes(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("Match [^*]+ or *b*"));
    rendered(writer, "Match [^\\*]+ or \\*b*\n");
}

/* A list that goes on after something else has its letters' places. */
static void letters_of_items(void **state)
{
    static const char *const given[] = { "(c)", "d.", "z)" };
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        labelled_item(writer, given[i]);
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("Between."));
    labelled_item(writer, "(i)");
    rendered(writer, "3. item\n4. item\n5. item\n\nBetween.\n\n1. item\n");
}

static void lists(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        writer_begin(writer, BLOCK_LIST_ITEM, 1);
        writer_flags(writer, BLOCK_ORDERED);
        writer_text(writer, SPAN("item"));
        writer_end(writer);
        writer_block(writer, BLOCK_LIST_ITEM, 2, SPAN("below"));
    }
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("End."));
    rendered(writer, "1. item\n   - below\n2. item\n   - below\n\nEnd.\n");
}

/* A list in an item that says nothing itself: its items stand beside each other, not each below the
 * one before. */
static void depths_without_parents(void **state)
{
    static const struct {
        unsigned level;
        const char *text;
    } items[] = {
        { 1, "a" }, { 3, "b" }, { 3, "c" }, { 4, "d" }, { 3, "e" }, { 2, "f" }, { 1, "g" }
    };
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
        writer_block(writer, BLOCK_LIST_ITEM, items[i].level,
                     (struct span){ items[i].text, strlen(items[i].text) });
    writer_begin(writer, BLOCK_LIST_ITEM, 1);
    writer_flags(writer, BLOCK_CONTINUES);
    writer_text(writer, SPAN("more"));
    writer_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("End."));
    writer_block(writer, BLOCK_LIST_ITEM, 2, SPAN("h"));
    writer_block(writer, BLOCK_LIST_ITEM, 2, SPAN("i"));
    writer_block(writer, BLOCK_LIST_ITEM, 1, SPAN("j"));
    rendered(writer, "- a\n  - b\n  - c\n    - d\n  - e\n  - f\n- g\n\n  more\n\nEnd.\n\n"
                     "- h\n- i\n- j\n");
}

static void tables(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);

    (void)state;
    writer_begin(writer, BLOCK_TABLE, 1);
    writer_begin(writer, BLOCK_ROW, 0);
    writer_flags(writer, BLOCK_HEADER);
    writer_block(writer, BLOCK_CELL, 2, SPAN("wide"));
    writer_block(writer, BLOCK_CELL, 0, SPAN("c"));
    writer_end(writer);
    writer_begin(writer, BLOCK_ROW, 0);
    writer_block(writer, BLOCK_CELL, 0, SPAN("a|b"));
    writer_block(writer, BLOCK_CELL, 0, SPAN("x\ny"));
    writer_end(writer);
    writer_end(writer);
    rendered(writer, "| wide |  | c |\n| --- | --- | --- |\n| a\\|b | x y |  |\n");
}

/* What stands beside the text is in the Markdown, not in the plain text. */
static void asides(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_begin(writer, BLOCK_TITLE, 0);
    writer_flags(writer, BLOCK_ASIDE);
    writer_text(writer, SPAN("A title"));
    writer_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("First."));
    writer_begin(writer, BLOCK_CAPTION, 0);
    writer_flags(writer, BLOCK_ASIDE);
    writer_text(writer, SPAN("A dog on a beach"));
    writer_end(writer);
    writer_block(writer, BLOCK_PARAGRAPH, 0, SPAN("Second."));
    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    render_extraction(&extraction, RENDER_TEXT, &out);
    assert_string_equal(out.data, "First.\n\nSecond.\n");
    buf_clear(&out);
    render_extraction(&extraction, RENDER_MARKDOWN, &out);
    assert_string_equal(out.data, "# A title\n\nFirst.\n\n*A dog on a beach*\n\nSecond.\n");
}

/* A heading of a text that is the file itself has the line below it that makes it one. */
static void underlined_heading(void **state)
{
    static const char *const texts[] = { "Lakes\n=====", "Lakes", "Lakes\n== a" };
    static const char *const wants[] = { "## Lakes\n", "## Lakes\n", "## Lakes == a\n" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
        size_t len = strlen(texts[i]);

        writer_source(writer, (struct span){ texts[i], len }, NULL, 0);
        writer_span(writer, BLOCK_HEADING, 2, 0, len);
        rendered(writer, wants[i]);
    }
}

/* Marks are not doubled where the text was packed or signed in its file, either. */
static void marks_of_packed_text(void **state)
{
    static const char text[] = "Lakes\n=====\n\n* deep\n* cold";
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
    struct extraction extraction;

    (void)state;
    writer_source(writer, SPAN(text), NULL, 0);
    writer_span(writer, BLOCK_HEADING, 1, 0, 11);
    writer_span(writer, BLOCK_LIST_ITEM, 1, 13, 19);
    writer_span(writer, BLOCK_LIST_ITEM, 1, 20, 26);
    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    extraction.flags &= ~(unsigned)EXTRACTION_TEXT_IS_SOURCE;
    render_extraction(&extraction, RENDER_MARKDOWN, &out);
    assert_string_equal(out.data, "# Lakes\n\n- deep\n- cold\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks),
        cmocka_unit_test(labels),
        cmocka_unit_test(notes),
        cmocka_unit_test(no_notes),
        cmocka_unit_test(letters_of_items),
        cmocka_unit_test(lists),
        cmocka_unit_test(depths_without_parents),
        cmocka_unit_test(tables),
        cmocka_unit_test(underlined_heading),
        cmocka_unit_test(marks_of_packed_text),
        cmocka_unit_test(asides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
