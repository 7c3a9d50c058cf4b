/* What strings of a PDF say, in each way of writing them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_string.h"

#define SPAN(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void test_strings_are_read(void **state)
{
    static const struct {
        struct span object;
        const char *text; /* NULL: it says nothing */
    } cases[] = {
        { SPAN("(a (lake) here)"), "a (lake) here" },
        { SPAN("(\\(\\)\\\\\\101\\7778\\x)"), "()\\A\xC3\xBF"
                                              "8x" },
        { SPAN("( one\\\r\n two\r\n\\nthree )"), "one two three" },
        { SPAN("(\x84 \x80 \xA0 \xE9)"), "\xE2\x80\x94 \xE2\x80\xA2 \xE2\x82\xAC \xC3\xA9" },
        { SPAN("<4 1 42 5>"), "ABP" },
        { SPAN("<FEFF00410020D83EDD86>"), "A \xF0\x9F\xA6\x86" },
        { SPAN("<FFFE41004200>"), "AB" },
        { SPAN("<FEFF001B0064006500 1B0041D800>"), "A\xEF\xBF\xBD" },
        { SPAN("(\xEF\xBB\xBF\xC3\xA9\xFF)"), "\xC3\xA9\xEF\xBF\xBD" },
        { SPAN("(\xFE\xFF)"), NULL },
        { SPAN("( \\n )"), NULL },
        { SPAN("()"), NULL },
        { SPAN("(\\)"), NULL },
        { SPAN("("), NULL },
        { SPAN(""), NULL },
        { SPAN("<< /A 1 >>"), NULL },
        { SPAN("/Name"), NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(1000);

        assert_int_equal(pdf_string_text(cases[i].object, &text), cases[i].text != NULL);
        assert_string_equal(text.data, cases[i].text ? cases[i].text : "");
    }
}

static void test_strings_have_a_limit(void **state)
{
    CLEANUP(buf_release) struct buf object = BUF_INIT(PDF_STRING_BYTES_MAX + 1);
    CLEANUP(buf_release) struct buf text = BUF_INIT(PDF_STRING_BYTES_MAX);

    (void)state;
    buf_append_char(&object, '(');
    while (object.len + 1 < PDF_STRING_BYTES_MAX)
        buf_append_char(&object, 'a');
    buf_append_char(&object, ')');
    assert_true(pdf_string_text(buf_span(&object), &text));
    assert_int_equal(text.len, PDF_STRING_BYTES_MAX - 2);
    buf_append_char(&object, ')');
    assert_false(pdf_string_text(buf_span(&object), &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_are_read),
        cmocka_unit_test(test_strings_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
