/* Moments, as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/os.h"
#include "base/when.h"

static void test_moments(void **state)
{
    static const struct {
        const char *text, *wanted; /* NULL: it is none */
    } cases[] = {
        { "now", "2026-03-10T12:00:00Z" },
        { "today", "2026-03-10T22:59:59Z" },
        { "yesterday", "2026-03-09T22:59:59Z" },
        { "2 days ago", "2026-03-08T12:00:00Z" },
        { "1 day ago", "2026-03-09T12:00:00Z" },
        { "90 minutes ago", "2026-03-10T10:30:00Z" },
        { "3 weeks ago", "2026-02-17T12:00:00Z" },
        { "1 month ago", "2026-02-10T12:00:00Z" },
        { "2 years ago", "2024-03-10T12:00:00Z" },
        { "2026-03-01", "2026-03-01T22:59:59Z" },
        { "2026-03-01T12:00", "2026-03-01T11:00:00Z" },
        { "2026-07-01 12:00", "2026-07-01T10:00:00Z" },
        { "2026-03-01T00:00", "2026-02-28T23:00:00Z" },
        { "2026-03-01T12:00:30Z", "2026-03-01T12:00:30Z" },
        { "2026-03-01T12:00:30+02:00", "2026-03-01T10:00:30Z" },
        { "2026-03-01T12:00-0330", "2026-03-01T15:30:00Z" },
        { "2026-13-01", NULL },
        { "2026-02-30", NULL },
        { "2026-03-01T25:00", NULL },
        { "2026-03-01T12", NULL },
        { "2026-03-01x", NULL },
        { "12", NULL },
        { "", NULL },
        { "2 days", NULL },
        { "2 moons ago", NULL },
        { "-2 days ago", NULL },
        { "2 days ago!", NULL },
    };

    (void)state;
    (void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t moment;
        char text[32];

        if (!when_read(cases[i].text, INT64_C(1773144000000), &moment)) {
            if (cases[i].wanted)
                fail_msg("'%s' is not read", cases[i].text);
            continue;
        }
        if (!cases[i].wanted)
            fail_msg("'%s' is read", cases[i].text);
        os_format_time(moment, text);
        assert_string_equal(text, cases[i].wanted);
    }
}

static void test_beginnings(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "2026-03-01", "2026-02-28T23:00:00Z" }, { "2026-07-01", "2026-06-30T22:00:00Z" },
        { "today", "2026-03-09T23:00:00Z" },      { "yesterday", "2026-03-08T23:00:00Z" },
        { "2 days ago", "2026-03-08T12:00:00Z" }, { "2026-03-01T12:00", "2026-03-01T11:00:00Z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t moment;
        char text[32];

        assert_true(when_read_start(cases[i].text, INT64_C(1773144000000), &moment));
        os_format_time(moment, text);
        assert_string_equal(text, cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_moments),
                                        cmocka_unit_test(test_beginnings) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
