/*
 * test_ocr.c - from an OCR program's answer to words on a page; which converter reads what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/os.h"
#include "extractors/pdf/hocr.h"
#include "extractors/pdf/ocr.h"

#define WORD(x, y, conf, text)                                                                     \
    "<span class='ocrx_word' title='bbox " x " " y " 90 95; x_wconf " conf "'>" text "</span>"
#define PAGE(inside)                                                                               \
    "<html><div class='ocr_page' title='image \"x; bbox 1 2 3 4\"; bbox 0 0 100 100'>" inside      \
    "</div></html>"
#define LINE(inside)                                                                               \
    "<span class='ocr_line' title=\"bbox 5 40 95 99; baseline 0 -5; x_size 20.5\">" inside "</"    \
    "span>"

static struct span text_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void assert_word(const struct hocr *hocr, size_t at, const char *text)
{
    struct span word;

    assert_true(at < hocr->word_count);
    word = hocr_word_text(hocr, &hocr->words[at]);
    assert_int_equal(word.len, strlen(text));
    assert_memory_equal(word.data, text, word.len);
}

static void words_and_boxes(void **state)
{
    CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;

    (void)state;
    assert_int_equal(
        hocr_read(text_of(PAGE(LINE(WORD("10", "60", "96", " A&amp;B ") WORD(
                      "50", "61", "20", "<em>c</em>")) LINE(WORD("10", "10", "50", "above")))),
                  &hocr, NULL),
        STATUS_OK);
    assert_int_equal(hocr.page_count, 1);
    assert_int_equal(hocr.word_count, 3);
    assert_word(&hocr, 0, "A&B");
    assert_word(&hocr, 1, "c");
    assert_true(hocr.words[0].begins_line);
    assert_false(hocr.words[1].begins_line);
    assert_true(hocr.words[2].begins_line);
    assert_int_equal(hocr.words[0].confidence, 96);
    assert_true(hocr.words[0].size > 20.4F && hocr.words[0].size < 20.6F);
    /* A word has the height of its line, where it stands in it. */
    assert_true(hocr.words[0].y0 == 40.0F && hocr.words[0].y1 == 99.0F);
    assert_true(hocr.words[2].y0 == 10.0F);
}

static void odd_answers(void **state)
{
    static const char *const none[] = { "", "no XML at all", "<html></html>",
                                        LINE(WORD("1", "1", "90", "lost")) };
    static const char *const empty[] = {
        PAGE(""),
        PAGE(WORD("95", "1", "90", "inside out")),
        PAGE(WORD("-4", "1", "90", "outside")),
        PAGE(WORD("nan", "inf", "1e99", " ")),
        PAGE("<span class='ocrx_word' title='bbox 1 2 3'>short</span>"),
        PAGE("<span class='ocrx_word' title='bbox 1 2 300 4'>wide</span>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;

        assert_int_equal(hocr_read(text_of(none[i]), &hocr, NULL), STATUS_MALFORMED);
    }
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;

        assert_int_equal(hocr_read(text_of(empty[i]), &hocr, NULL), STATUS_OK);
        assert_int_equal(hocr.page_count, 1);
        assert_int_equal(hocr.word_count, 0);
    }
}

static void page_list(void **state)
{
    static const uint32_t pages[] = { 1, 2, 3, 7, 9, 10 };
    struct ocr_page_list list = { .text = BUF_INIT(4096) };
    struct writer *writer = writer_new(4096);
    struct extraction extraction;

    (void)state;
    assert_non_null(writer);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        ocr_page_list_add(&list, pages[i]);
    ocr_page_list_send(&list, writer);
    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    assert_string_equal(extraction_metadata(&extraction, "ocr_pages"), "1-3, 7, 9-10");
    buf_release(&list.text);
    writer_free(writer);
}

static void rules_match(void **state)
{
    static const struct {
        const char *types, *media_type, *name;
        bool matches;
    } cases[] = {
        { "*.wpd", "application/octet-stream", "a.wpd", true },
        { "*.wpd", "application/octet-stream", "A.WPD", true },
        { "*.wpd", "application/octet-stream", "a.wpd.txt", false },
        { "*.doc, *.wpd", "text/plain", "a.wpd", true },
        { "application/vnd.wordperfect *.x", "application/vnd.wordperfect", "a", true },
        { "image/*", "image/png", "", true },
        { "image/*", "text/plain", "image/png", false },
        { "README", "text/plain", "README", true },
        { "", "text/plain", "a", false },
        { "*", "text/plain", "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct converter_rule *rule = calloc(1, sizeof(*rule));
        struct detection found = { .extractor = NULL };

        assert_non_null(rule);
        rule->types = cases[i].types;
        (void)snprintf(found.media_type, sizeof(found.media_type), "%s", cases[i].media_type);
        (void)snprintf(found.name, sizeof(found.name), "%s", cases[i].name);
        if (converter_rule_matches(rule, &found) != cases[i].matches)
            fail_msg("'%s' and '%s'", cases[i].types, cases[i].name);
        free(rule);
    }
}

/* The same rule and program have one identity; all that could change a result changes it. */
static void identity_of_rules(void **state)
{
    struct converter_rule *rule = calloc(1, sizeof(*rule));
    struct hash first;

    (void)state;
    assert_non_null(rule);
    *rule = (struct converter_rule){ .name = "a",
                                     .types = "*.a",
                                     .words = { "cat", "-u" },
                                     .word_count = 2,
                                     .output = "",
                                     .readable = "",
                                     .writable = "",
                                     .seconds = 10 };
    assert_int_equal(converter_rule_resolve(rule, NULL), STATUS_OK);
    assert_true(rule->program[0] == '/');
    first = rule->identity;
    assert_int_equal(converter_rule_resolve(rule, NULL), STATUS_OK);
    assert_true(hash_equal(&first, &rule->identity));
    rule->words[1] = "-v";
    assert_int_equal(converter_rule_resolve(rule, NULL), STATUS_OK);
    assert_false(hash_equal(&first, &rule->identity));
    rule->words[1] = "-u";
    rule->words[0] = "varve-no-such-program";
    assert_int_equal(converter_rule_resolve(rule, NULL), STATUS_OK);
    assert_string_equal(rule->program, "");
    assert_false(hash_equal(&first, &rule->identity));
    free(rule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_boxes),   cmocka_unit_test(odd_answers),
        cmocka_unit_test(page_list),         cmocka_unit_test(rules_match),
        cmocka_unit_test(identity_of_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
