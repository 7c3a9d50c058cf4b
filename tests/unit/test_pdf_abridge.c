/* test_pdf_abridge.c - what is left of drawing operators for text, and which streams stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_abridge.h"

static void assert_abridged(const char *content, const char *expected)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
    bool is_abridged = pdf_abridge((struct span){ content, strlen(content) }, &out);

    assert_true(is_abridged);
    assert_string_equal(out.data, expected);
}

static void assert_stays(const char *content, size_t len)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(1024);

    assert_false(pdf_abridge((struct span){ content, len }, &out));
    assert_int_equal(out.len, 0);
}

static void test_paths_and_strokes_go(void **state)
{
    (void)state;
    assert_abridged("0 0 m 9.5 -9 l S 1 w 0 0 5 5 re W n 1 0 0 RG BT /F1 9 Tf (a) Tj ET % end\n",
                    "BT/F1 9 Tf(a)Tj ET");
    assert_abridged("[3 2] 0 d BT (a) Tj ET 1 2 3 4 5 6 c f*", "BT(a)Tj ET");
}

static void test_strings_become_binary(void **state)
{
    (void)state;
    assert_abridged("[<404 14>-20<28295c0d>(as it \\) is)]TJ 0 0 m 9 9 l S 0 0 m 9 9 l S",
                    "[(@A@)-20(\\(\\)\\\\\\r)(as it \\) is)]TJ");
}

static void test_states_without_text_go(void **state)
{
    (void)state;
    assert_abridged("q 1 0 0 1 5 5 cm 0 g 0 0 5 5 re f Q q 2 0 0 2 0 0 cm BT (a) Tj ET Q",
                    "q 2 0 0 2 0 0 cm BT(a)Tj ET Q");
    /* the first Q belongs to a q of the stream before */
    assert_abridged("Q q 0 0 5 5 re W n /Fm1 Do Q q q 1 1 m 2 2 l S Q Q", "Q q/Fm1 Do Q");
    assert_abridged("q /P <</MCID 1>> BDC 0 0 5 5 re f EMC Q 0 0 5 5 re f 0 0 m 5 5 l S",
                    "q/P<</MCID 1>>BDC EMC Q");
}

static void test_settings_that_change_nothing_go(void **state)
{
    (void)state;
    assert_abridged("0 g 0 G 1 g (a) Tj 1 g 1 g (b) Tj 1 0 0 rg 1 g (c) Tj",
                    " 1 g(a)Tj(b)Tj 1 g(c)Tj");
    assert_abridged("/F1 9 Tf(a)Tj/F1 9 Tf(b)Tj/F1 8 Tf(c)Tj/X gs/F1 8 Tf(d)Tj 1 1 m 2 2 l 3 3 l S",
                    "/F1 9 Tf(a)Tj(b)Tj/F1 8 Tf(c)Tj/X gs/F1 8 Tf(d)Tj");
    assert_abridged("q 1 g(a)Tj Q 1 g(b)Tj /P cs 1 g(c)Tj 0 0 m 9 9 l 8 8 l 7 7 l S",
                    "q 1 g(a)Tj Q 1 g(b)Tj/P cs 1 g(c)Tj");
}

static void test_what_is_not_understood_stays(void **state)
{
    static const char *const streams[] = {
        "0 0 m 9 9 l S BI /W 1 ID x EI",           /* a picture */
        "0 0 m 9 9 l S 500 0 d0 (a) Tj",           /* a letter's program */
        "0 0 m 9 9 l S 1 Tr (a) Tj",               /* outlines, in the colour of strokes */
        "9 l S (a) Tj 0 0 m 9 9 l 9 9 l S",        /* begins among operands */
        "0 0 m 9 9 l S (a) Tj (b",                 /* ends in a string */
        "0 0 m 9 9 l S [(a) (b) Tj",               /* and in an array */
        "0 0 m 9 9 l S <</A [>>] (b) Tj",          /* brackets cross */
        "0 0 m 9 9 l S <zz> Tj",                   /* no digits */
        "0 0 m 9-9 l S (a) Tj",                    /* no number */
        "/CIDInit /ProcSet findresource begin",    /* another language */
        "{ 1 exch sub } 0 0 m 0 0 m 0 0 m 0 0 m ", /* and another */
        "BT /F1 9 Tf (hardly shorter) Tj ET",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        assert_stays(streams[i], strlen(streams[i]));
    assert_stays("", 0);
}

static void test_deep_states_stay(void **state)
{
    char deep[2 * 300];

    (void)state;
    for (size_t i = 0; i < sizeof(deep); i += 2)
        memcpy(deep + i, "q ", 2);
    assert_stays(deep, sizeof(deep));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_and_strokes_go),
        cmocka_unit_test(test_strings_become_binary),
        cmocka_unit_test(test_states_without_text_go),
        cmocka_unit_test(test_settings_that_change_nothing_go),
        cmocka_unit_test(test_what_is_not_understood_stays),
        cmocka_unit_test(test_deep_states_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
