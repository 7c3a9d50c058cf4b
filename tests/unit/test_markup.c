/*
 * test_markup.c - texts with marks in them that are hostile: each must stay linear, and keep its
 * words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"

/* The address sanitizer looks at all of a text at each search in it: less of each is enough. */
#ifdef __SANITIZE_ADDRESS__
#define SHARE 50u
#else
#define SHARE 1u
#endif

static void extract(const struct extractor *extractor, const char *media_type, struct span bytes,
                    struct buf *text)
{
    struct source source = {
        .name = "x", .bytes = bytes, .media_type = media_type, .extension = ""
    };
    struct writer *writer = writer_new(EXTRACTION_MADE_BYTES_MAX);
    struct extraction extraction = { 0 };

    assert_non_null(writer);
    assert_int_equal(extractor_run(extractor, &source, writer, &extraction, NULL), STATUS_OK);
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
    buf_append(text, extraction.text.data, extraction.text.len);
    writer_free(writer);
}

/* Each would take minutes if what is looked for were looked for to the end of the text each time.
 */
static void hostile_texts_stay_linear(void **state)
{
    static const struct {
        const struct extractor *extractor;
        const char *media_type, *repeated;
        size_t count;
    } texts[] = {
        { &latex_extractor, "text/x-tex", "\\(a ", 400000 },
        { &latex_extractor, "text/x-tex", "\\begin{a}\n", 200000 },
        { &org_extractor, "text/x-org", "\\begin{\n", 400000 },
        { &org_extractor, "text/x-org", ":PROPERTIES:\n", 300000 },
        { &org_extractor, "text/x-org", "[fn:: a", 400000 },
        { &rst_extractor, "text/x-rst", ".. |a| replace::\n ", 300000 },
        { &rst_extractor, "text/x-rst", "[", 1000000 },
        { &asciidoc_extractor, "text/asciidoc", "footnote:[", 300000 },
        { &asciidoc_extractor, "text/asciidoc", "[[", 1000000 },
        { &typst_extractor, "text/x-typst", "``` a ``` ", 1500000 },
        { &typst_extractor, "text/x-typst", "/* */ ", 2000000 },
        { &typst_extractor, "text/x-typst", "$ a $ ", 2000000 },
        { &typst_extractor, "text/x-typst", "#let a = 1 ", 1000000 },
        { &wiki_extractor, "text/x-wiki", "<ul><li>", 1000000 },
        { &wiki_extractor, "text/x-wiki", "<pre>", 500000 },
        { &wiki_extractor, "text/x-wiki", "<ref name=a>", 500000 },
        { &wiki_extractor, "text/x-wiki", "{{reflist|", 500000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(buf_release) struct buf source = BUF_INIT((size_t)64 << 20);
        CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)64 << 20);

        for (size_t n = 0; n < texts[i].count / SHARE; n++)
            buf_append(&source, texts[i].repeated, strlen(texts[i].repeated));
        buf_append(&source, "\n\nthe text\n", 11);
        extract(texts[i].extractor, texts[i].media_type, buf_span(&source), &text);
        if (!memmem(text.data, text.len, "the text", 8))
            fail_msg("'%s' lost its text", texts[i].repeated);
    }
}

/* Whether one of its lines begins is asked at each of them. */
static void a_gallery_in_a_cell_stays_linear(void **state)
{
    CLEANUP(buf_release) struct buf source = BUF_INIT((size_t)4 << 20);
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)4 << 20);

    (void)state;
    buf_printf(&source, "<table><tr><td><gallery>\n");
    for (unsigned n = 0; n < 1000000 / SHARE; n++)
        buf_append(&source, " \n", 2);
    buf_printf(&source, "</gallery></td></tr></table>\nthe text\n");
    extract(&wiki_extractor, "text/x-wiki", buf_span(&source), &text);
    assert_non_null(memmem(text.data, text.len, "the text", 8));
}

/* More cells than are told apart: the rest is in the last of them. */
static void a_table_of_any_length_keeps_its_words(void **state)
{
    CLEANUP(buf_release) struct buf source = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    (void)state;
    buf_printf(&source, "#table(columns: 3");
    for (unsigned n = 0; n < 5000; n++)
        buf_printf(&source, ", [cell%u]", n);
    buf_printf(&source, ")\n\nbehind it\n");
    extract(&typst_extractor, "text/x-typst", buf_span(&source), &text);
    for (unsigned n = 0; n < 5000; n++) {
        char cell[16];

        (void)snprintf(cell, sizeof(cell), "cell%u", n);
        if (!memmem(text.data, text.len, cell, strlen(cell)))
            fail_msg("%s is lost", cell);
    }
    assert_non_null(memmem(text.data, text.len, "behind it", 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_texts_stay_linear),
        cmocka_unit_test(a_gallery_in_a_cell_stays_linear),
        cmocka_unit_test(a_table_of_any_length_keeps_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
