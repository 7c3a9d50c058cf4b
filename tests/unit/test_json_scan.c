/* The JSON reader without a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json_scan.h"

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void decodes_strings(void **state)
{
    static const struct {
        const char *json, *text; /* NULL: refused */
    } cases[] = {
        { "\"\"", "" },
        { "\"plain text, longer than eight bytes\"", "plain text, longer than eight bytes" },
        { "\"a\\n\\t\\\\\\\"\\/\\b\\f\\rz\"", "a\n\t\\\"/\b\f\rz" },
        { "\"\\u00e9\\u4E2D\\ud83d\\ude00\"", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80" },
        { "\"\\ud83dx\\ude00\"", "\xef\xbf\xbdx\xef\xbf\xbd" },
        { "\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                "A" },
        { "\"1234567\\\"89012345\"", "1234567\"89012345" },
        { "\"open", NULL },
        { "\"open\\", NULL },
        { "\"\\x\"", NULL },
        { "\"\\u12g4\"", NULL },
        { "\"\\u12", NULL },
        { "\"line\nbreak\"", NULL },
        { "12", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct json_scan scan = JSON_SCAN(span_of(cases[i].json));
        struct buf out = BUF_INIT(1024);

        json_scan_string(&scan, &out);
        assert_int_equal(json_scan_is_done(&scan), cases[i].text != NULL);
        if (cases[i].text)
            assert_string_equal(out.data, cases[i].text);
        buf_release(&out);
    }
}

static void reads_members_and_items(void **state)
{
    struct json_scan scan = JSON_SCAN(span_of(" { \"skip\" : {\"a\":[1,{\"b\":\"]}\"}],\"c\":null} "
                                              ", \"id\":-42, \"e\":{},\"list\" : [ \"a\" , \"b\" ],"
                                              "\"none\":[],\"last\":true } "));
    struct span name;
    struct buf out = BUF_INIT(64);
    int64_t id = 0;
    size_t items = 0, members = 0;

    (void)state;
    json_scan_object(&scan);
    while (json_scan_member(&scan, &name)) {
        members++;
        if (name.len == 2 && memcmp(name.data, "id", 2) == 0) {
            id = json_scan_integer(&scan);
        } else if (name.len == 4 && (name.data[0] == 'l' || name.data[0] == 'n') &&
                   memcmp(name.data, "last", 4) != 0) {
            json_scan_array(&scan);
            while (json_scan_item(&scan)) {
                json_scan_string(&scan, &out);
                items++;
            }
        } else {
            json_scan_skip(&scan);
        }
    }
    assert_true(json_scan_is_done(&scan));
    assert_int_equal(members, 6);
    assert_int_equal(id, -42);
    assert_int_equal(items, 2);
    assert_string_equal(out.data, "ab");
    buf_release(&out);
}

static void refuses_what_is_no_object(void **state)
{
    static const char *const cases[] = {
        "",
        "[",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{,}",
        "{a:1}",
        "{\"a\":1}x",
        "{\"a\":\"b}",
        "{\"a\":}",
        "nonsense",
        "{\"a\":[1,2}",
        "{\"a\\",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct json_scan scan = JSON_SCAN(span_of(cases[i]));
        struct span name;
        unsigned members = 0;

        json_scan_object(&scan);
        while (json_scan_member(&scan, &name) && members++ < 100)
            json_scan_skip(&scan);
        if (strcmp(cases[i], "{\"a\":[1,2}") != 0) /* brackets are counted, not matched */
            assert_false(json_scan_is_done(&scan));
        assert_true(members < 100);
    }
}

static void reads_integers(void **state)
{
    static const struct {
        const char *json;
        int64_t value;
        bool is_fine;
    } cases[] = {
        { "0", 0, true },    { " 17 ", 17, true },
        { "-3", -3, true },  { "1.5", 0, false },
        { "1e3", 0, false }, { "x", 0, false },
        { "-", 0, false },   { "99999999999999999999", 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct json_scan scan = JSON_SCAN(span_of(cases[i].json));
        int64_t value = json_scan_integer(&scan);

        assert_int_equal(json_scan_is_done(&scan), cases[i].is_fine);
        if (cases[i].is_fine)
            assert_int_equal(value, cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_strings),
        cmocka_unit_test(reads_members_and_items),
        cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(reads_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
