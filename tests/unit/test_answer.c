/* The scanner of JSON lines, and what it reads of a plugin's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "embed/answer.h"

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        { "0", 0 },
        { "-0.5", -0.5 },
        { "1e3", 1000 },
        { "0.1", 0.1 },
        { "-0.033212345678901234", -0.033212345678901234 },
        { "123456789012345678901234567890", 123456789012345678901234567890.0 },
        { "1e-300", 1e-300 },
        { "4.9e-324", 4.9e-324 },
        { "0.000000000000000000000000000123", 1.23e-28 },
        { "1e999", HUGE_VAL },
    };
    static const char *const wrong[] = { "", "-", "01", "1.", ".5", "1e", "+1", "0x10", "nan" };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_scan scan = JSON_SCAN(span_of(cases[i].text));
        double value = json_scan_number(&scan);

        assert_true(json_scan_is_done(&scan));
        if (value != cases[i].value &&
            !(fabs(value - cases[i].value) <= 4.5e-16 * fabs(cases[i].value)))
            fail_msg("%s is read as %.20g", cases[i].text, value);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct json_scan scan = JSON_SCAN(span_of(wrong[i]));

        (void)json_scan_number(&scan);
        assert_false(json_scan_is_done(&scan));
    }
}

static void test_vectors(void **state)
{
    /* 1.0, -2.5 as little-endian float32: 00 00 80 3f 00 00 20 c0 */
    static const char line[] =
        "{\"id\":7, \"new\":[{\"vectors\":1}],\"vectors\":[\"AACAPwAAIMA=\" ,"
        "[1, -25e-1],{\"error\":\"too \\u006cong\",\"retry\":true},"
        "\"AACAPwA\\u0041IMA=\"],\"retry\":false}";
    static const enum vector_kind kinds[] = { VECTOR_VALUES, VECTOR_VALUES, VECTOR_REFUSED,
                                              VECTOR_VALUES, VECTOR_END };
    struct answer answer;
    struct vector_refusal refusal;
    enum vector_kind kind;

    (void)state;
    assert_int_equal(answer_read(span_of(line), &answer, NULL), STATUS_OK);
    assert_true(answer.has_id && answer.id == 7 && !answer.has_error && answer.has_vectors);
    for (size_t i = 0; i < 5; i++) {
        float vector[2] = { 0, 0 };

        assert_int_equal(answer_next_vector(&answer, vector, 2, &kind, &refusal, NULL), STATUS_OK);
        assert_int_equal(kind, kinds[i]);
        if (kind == VECTOR_VALUES)
            assert_true(vector[0] == 1.0F && vector[1] == -2.5F);
        if (kind == VECTOR_REFUSED)
            assert_true(refusal.may_retry && strcmp(refusal.text, "too long") == 0);
    }
}

static void test_wrong_answers(void **state)
{
    static const char *const lines[] = {
        "hello",
        "[]",
        "{\"id\":\"7\"}",
        "{\"id\":-1}",
        "{\"id\":1,\"id\":2}",
        "{\"id\":1,\"vectors\":{}}",
        "{\"id\":1,\"vectors\":[],\"vectors\":[]}",
        "{\"id\":1,\"error\":5}",
        "{\"id\":1,\"vectors\":[",
    };
    static const char *const vectors[] = {
        "{\"vectors\":[1]}",
        "{\"vectors\":[null]}",
        "{\"vectors\":[\"AACAPwAAIMA\"]}",
        "{\"vectors\":[\"AACAPwAAIM==\"]}",
        "{\"vectors\":[\"AACAPw==\"]}",
        "{\"vectors\":[\"AACA!wAAIMA=\"]}",
        "{\"vectors\":[[1]]}",
        "{\"vectors\":[[1,2,3]]}",
        "{\"vectors\":[[1,\"2\"]]}",
        "{\"vectors\":[[1,[2]]]}",
        "{\"vectors\":[{}]}",
        "{\"vectors\":[{\"error\":1}]}",
    };
    struct answer answer;
    struct vector_refusal refusal;
    enum vector_kind kind;
    float vector[2];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (answer_read(span_of(lines[i]), &answer, NULL) != STATUS_MALFORMED)
            fail_msg("%s", lines[i]);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        assert_int_equal(answer_read(span_of(vectors[i]), &answer, NULL), STATUS_OK);
        if (answer_next_vector(&answer, vector, 2, &kind, &refusal, NULL) != STATUS_MALFORMED)
            fail_msg("%s", vectors[i]);
    }
}

static void test_vector_check(void **state)
{
    float vector[4] = { 1, 2, 3, 4 };

    (void)state;
    assert_null(vector_check(vector, 4));
    vector[2] = NAN;
    assert_non_null(vector_check(vector, 4));
    vector[2] = -INFINITY;
    assert_non_null(vector_check(vector, 4));
    vector[2] = 3e38F;
    assert_non_null(vector_check(vector, 4));
    memset(vector, 0, sizeof(vector));
    assert_non_null(vector_check(vector, 4));
}

static void test_base64_both_ways(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
    CLEANUP(buf_release) struct buf back = BUF_INIT(1 << 20);
    char bytes[9000];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37 + i / 256);
    for (size_t len = 0; len < sizeof(bytes); len += len < 40 ? 1 : 997) {
        buf_clear(&text);
        buf_clear(&back);
        base64_append(&text, (struct span){ bytes, len });
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_true(base64_decode(&back, buf_span(&text)));
        assert_int_equal(back.len, len);
        assert_memory_equal(back.data, bytes, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {

        cmocka_unit_test(test_numbers),          cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_wrong_answers),    cmocka_unit_test(test_vector_check),
        cmocka_unit_test(test_base64_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
