/*
 * test_charset.c - what is decoded, and the way back to the bytes of the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/common/charset.h"

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

static void decoded_as(struct span bytes, const char *declared, const char *charset,
                       const char *text)
{
    CLEANUP(decoded_release) struct decoded decoded;

    assert_int_equal(charset_decode(bytes, declared, &decoded, NULL), STATUS_OK);
    assert_string_equal(decoded.charset, charset);
    assert_int_equal(decoded.text.len, strlen(text));
    assert_memory_equal(decoded.text.data, text, strlen(text));
}

static void charsets(void **state)
{
    (void)state;
    decoded_as(SPAN("plain"), "", "UTF-8", "plain");
    decoded_as(SPAN("\xEF\xBB\xBFmark"), "", "UTF-8", "mark");
    decoded_as(SPAN("\xFF\xFEh\0i\0"), "", "UTF-16LE", "hi");
    decoded_as(SPAN("\xFE\xFF\0h\0i"), "", "UTF-16BE", "hi");
    decoded_as(SPAN("n\0o\0 \0m\0a\0r\0k\0\n\0"), "", "UTF-16LE", "no mark\n");
    decoded_as(SPAN("stra\xDF"
                    "e"),
               "ISO-8859-1", "windows-1252", "straße");
    decoded_as(SPAN("\xCF\xF0\xE8\xE2\xE5\xF2"), "windows-1251", "windows-1251", "Привет");
    /* Declared wrongly: valid UTF-8 is believed first. */
    decoded_as(SPAN("stra\xC3\x9F"
                    "e"),
               "ISO-8859-1", "UTF-8", "straße");
    decoded_as(SPAN("a\0b\x01"
                    "c\n"),
               "UTF-8", "UTF-8", "abc\n");
}

/* Those that ICU does not know. */
static void own_charsets(void **state)
{
    (void)state;
    decoded_as(SPAN("Vi\xAEt Nam, \xF0\xDF\xB6ng"), "viscii", "VISCII", "Việt Nam, đường");
    decoded_as(SPAN("\xD0\x65\x8Bi \x88\x41 \x84\x61\xD9\x31\xF7\xDB \x84"), "johab", "JOHAB",
               "한글 ㄱ ㅏ　韓 \xEF\xBF\xBD");
}

static void wide_without_mark(void **state)
{
    bool is_big_endian;

    (void)state;
    decoded_as(SPAN("n\0\0\0o\0\0\0 \0\0\0m\0\0\0a\0\0\0r\0\0\0k\0\0\0\n\0\0\0"), "", "UTF-32LE",
               "no mark\n");
    decoded_as(SPAN("\0\0\x04\x1f\0\0\x04\x40\0\1\xf6\0\0\0\0 \0\0\0!"), "", "UTF-32BE", "Пр😀 !");
    /* Figures of four bytes. */
    assert_false(
        charset_is_bare_utf32(SPAN("\x20\0\0\0\x03\0\0\0\x41\0\0\0\x42\0\0\0"), &is_big_endian));
    assert_false(charset_is_bare_utf32(SPAN("a\0\0\0b\0\0\0 \0\0\0c\0\0"), &is_big_endian));
}

static void runs_lead_back(void **state)
{
    CLEANUP(decoded_release) struct decoded decoded;
    struct span bytes = SPAN("\xEF\xBB\xBFone \x01two \xC3\xA4 \xC3\xB6 \xC3\xBC \xC3\xA4");

    (void)state;
    assert_int_equal(charset_decode(bytes, "", &decoded, NULL), STATUS_OK);
    assert_int_equal(decoded.run_count, 2);
    for (size_t i = 0; i < decoded.run_count; i++) {
        const struct source_run *run = &decoded.runs[i];

        assert_int_equal(run->length, run->source_length);
        assert_memory_equal(decoded.text.data + run->text_start, bytes.data + run->source_start,
                            run->length);
    }
    assert_int_equal(decoded.runs[1].source_start, 8);
    assert_int_equal(decoded.repaired, 0);
}

/* A text of odd bytes has a bounded number of runs, which still lead to where it came from. */
static void many_runs_are_joined(void **state)
{
    CLEANUP(decoded_release) struct decoded decoded;
    const size_t count = 2000000;
    char *bytes = malloc(4 * count);
    size_t text_end = 0;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + 4 * i, "ab\xFF ", 4);
    assert_int_equal(charset_decode((struct span){ bytes, 4 * count }, "UTF-8", &decoded, NULL),
                     STATUS_OK);
    assert_true(decoded.run_count < 1100000);
    for (size_t i = 0; i < decoded.run_count; i++) {
        const struct source_run *run = &decoded.runs[i];

        assert_int_equal(run->text_start, text_end);
        text_end += run->length;
        assert_true(run->source_start + run->source_length <= 4 * count);
        if (run->length == run->source_length)
            assert_memory_equal(decoded.text.data + run->text_start, bytes + run->source_start,
                                run->length);
    }
    assert_int_equal(text_end, decoded.text.len);
    free(bytes);
}

static void damage_is_counted(void **state)
{
    CLEANUP(decoded_release) struct decoded decoded;
    char bytes[200] = "";

    (void)state;
    for (size_t i = 0; i < 30; i++)
        memcpy(bytes + 3 * i, "\xC3\xA4 ", 3);
    bytes[60] = '\xFF';
    assert_int_equal(charset_decode((struct span){ bytes, 90 }, "", &decoded, NULL), STATUS_OK);
    assert_string_equal(decoded.charset, "UTF-8");
    assert_int_equal(decoded.repaired, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charsets),
        cmocka_unit_test(own_charsets),
        cmocka_unit_test(wide_without_mark),
        cmocka_unit_test(runs_lead_back),
        cmocka_unit_test(many_runs_are_joined),
        cmocka_unit_test(damage_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
