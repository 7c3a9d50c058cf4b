/* What libmagic need not be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "extractors/detect/detect_prose.h"

static void test_prose(void **state)
{
    static const struct {
        const char *text;
        bool is_prose;
    } cases[] = {
        { "A program that keeps things right.\n\nIt begins here.\n", true },
        { "Format: https://www.debian.org/\nUpstream-Name: x <a@b.org>\n", true },
        { "  \n\n   The beginning of something new\nuser friendly\n", true },
        { "", false },
        { " \n", false },
        { "#!/bin/sh\necho\n", false },
        { "{ \"a\": 1 }", false },
        { "Words.\n.TH x 1\n", false },
        { "Words.\nuse strict;\n", false },
        { "Words and <A HREF='x'>a link</A>\n", false },
        { "Words < more < <?php echo 1;", false },
        { "Words\n--- a/x\n+++ b/x\n", false },
        { "From: a@b.org\nWords\n", false },
        { "1\n00:00:01,000 --> 00:00:02,000\nWords\n", false },
        { "WEBVTT\n", false },
        { "Words\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (detect_is_prose((struct span){ cases[i].text, strlen(cases[i].text) }) !=
            cases[i].is_prose)
            fail_msg("'%s'", cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
