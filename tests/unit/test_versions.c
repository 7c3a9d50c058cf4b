/* Which names are those of versions of one document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/versions.c"

static void test_names(void **state)
{
    static const struct {
        const char *a, *b;
        bool are_alike;
    } cases[] = {
        { "Opening hours", "opening  hours", true },
        { "Price list 2023", "price-list 2024", true },
        { "contract v1", "Contract_v2 (final)", true },
        { "Minutes 2024-01-05", "Minutes 2024-02-17", true },
        { "minutes 20240105", "minutes 20240217", true },
        { "Plan, version 2", "plan version 11 draft", true },
        { "Chapter 1", "Chapter 2", false },
        { "Report on lakes", "Report on seas", false },
        { "\u0414\u043e\u0433\u043e\u0432\u043e\u0440 2023",
          "\u0414\u043e\u0433\u043e\u0432\u043e\u0440 2024", true },
        { "2023", "2024", false },
        { "", "", false },
        { "v2", "final", false },
        { "Apollo 11", "Apollo 13", false },
        { "Flat 12345", "Flat 54321", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span a = { cases[i].a, strlen(cases[i].a) };
        struct span b = { cases[i].b, strlen(cases[i].b) };

        if (versions_alike(a, b) != cases[i].are_alike ||
            versions_alike(b, a) != cases[i].are_alike)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
