/*
 * test_utf8.c - what is read eight bytes at once is what is read character by character.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static size_t valid_prefix_slowly(struct span text)
{
    size_t at = 0;

    while (at < text.len) {
        uint32_t c;
        size_t taken = utf8_decode((struct span){ text.data + at, text.len - at }, &c);

        if (c == UTF8_REPLACEMENT && taken == 1)
            break;
        at += taken;
    }
    return at;
}

static void assert_same(struct span text)
{
    assert_int_equal(utf8_valid_prefix(text), valid_prefix_slowly(text));
}

/* All of two first bytes, with continuation bytes or others behind them, at each place of eight. */
static void test_every_first_byte(void **state)
{
    static const char *const behind[] = { "",         "\x80", "\x80\x80", "\x80\x80\x80",
                                          "\xBF\xBF", "x",    "\x80x",    "\x80\x80x" };
    char text[48];

    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++)
            for (size_t b = 0; b < sizeof(behind) / sizeof(behind[0]); b++)
                for (size_t at = 0; at < 9; at++) {
                    size_t len = at;

                    memset(text, 'a', sizeof(text));
                    text[len++] = (char)first;
                    text[len++] = (char)second;
                    memcpy(text + len, behind[b], strlen(behind[b]));
                    assert_same((struct span){ text, len + strlen(behind[b]) });
                    assert_same((struct span){ text, sizeof(text) });
                }
}

/* Characters of all lengths, some cut short, in an order that is always the same. */
static void test_mixed_text(void **state)
{
    static const char *const parts[] = {
        "a",
        "words and ",
        "\xD0\xB6",
        "\xC3\xA9",
        "\xE3\x81\x82",
        "\xE0\xA4\x95",
        "\xED\x95\x9C",
        "\xE2\x80\x94",
        "\xF0\x9F\x98\x80",
        "\xE4\xB8\xAD\xE6\x96\x87",
        "\xEF\xBF\xBD",
    };
    static const char *const broken[] = {
        "\xD0", "\xE3\x81",     "\xC0\x80",         "\xED\xA0\x80",
        "\xFF", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\x80"
    };
    const size_t part_count = sizeof(parts) / sizeof(parts[0]);
    uint32_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        char text[256];
        size_t len = 0;

        while (len < 200) {
            size_t pick = (random = random * 1103515245u + 12345u) >> 16;
            const char *part =
                pick % 40 == 0 && round % 2 ? broken[pick / 40 % 8] : parts[pick % part_count];

            memcpy(text + len, part, strlen(part));
            len += strlen(part);
        }
        assert_same((struct span){ text, len - round % 3 });
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_first_byte),
        cmocka_unit_test(test_mixed_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
