/* Differences: what is kept is a common subsequence, and a longest one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/os.h"

#define ITEMS_MAX 5000

/* The textbook's table. */
static size_t longest(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t table[32][32] = { { 0 } };

    for (size_t i = 1; i <= a_count; i++)
        for (size_t k = 1; k <= b_count; k++)
            table[i][k] = a[i - 1] == b[k - 1]                ? table[i - 1][k - 1] + 1
                          : table[i - 1][k] > table[i][k - 1] ? table[i - 1][k]
                                                              : table[i][k - 1];
    return table[a_count][b_count];
}

static size_t check_common(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    static bool a_is_kept[ITEMS_MAX], b_is_kept[ITEMS_MAX];
    size_t count = 0, k = 0;
    struct error err;

    assert_int_equal(diff_items(a, a_count, b, b_count, a_is_kept, b_is_kept, &err), STATUS_OK);
    for (size_t i = 0; i < a_count; i++) {
        if (!a_is_kept[i])
            continue;
        while (k < b_count && !b_is_kept[k])
            k++;
        assert_true(k < b_count && a[i] == b[k]);
        k++;
        count++;
    }
    while (k < b_count)
        assert_false(b_is_kept[k++]);
    return count;
}

static void test_longest(void **state)
{
    uint64_t a[31], b[31];

    (void)state;
    srand(7);
    for (int round = 0; round < 20000; round++) {
        size_t a_count = (size_t)rand() % 31;
        size_t b_count = (size_t)rand() % 31;
        unsigned kinds = 1 + (unsigned)rand() % 8;

        for (size_t i = 0; i < a_count; i++)
            a[i] = (unsigned)rand() % kinds;
        for (size_t i = 0; i < b_count; i++)
            b[i] = (unsigned)rand() % kinds;
        assert_int_equal(check_common(a, a_count, b, b_count), longest(a, a_count, b, b_count));
    }
}

/* Nothing in common but the ends: it is told as replaced, in bounded time. */
static void test_past_the_limit(void **state)
{
    static uint64_t a[ITEMS_MAX], b[ITEMS_MAX];
    int64_t start = os_monotonic_ms();

    (void)state;
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        a[i] = i;
        b[i] = 2 * ITEMS_MAX + i;
    }
    b[0] = a[0];
    b[ITEMS_MAX - 1] = a[ITEMS_MAX - 1];
    assert_int_equal(check_common(a, ITEMS_MAX, b, ITEMS_MAX), 2);
    assert_true(os_monotonic_ms() - start < 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_longest),
                                        cmocka_unit_test(test_past_the_limit) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
