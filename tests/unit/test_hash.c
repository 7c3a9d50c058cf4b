/* SHA-256 as its standard says (FIPS 180-4, appendix; a long one in pieces), and without memory: it
 * names all content, so it must work when there is none. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

static void assert_hash(const struct hash *hash, const char *wanted)
{
    char hex[HASH_HEX_BYTES];

    hash_to_hex(hash, hex);
    assert_string_equal(hex, wanted);
}

/* The first one of the process: what a library sets up, it does then. */
static void test_needs_no_memory(void **state)
{
    struct mallinfo2 before = mallinfo2(), after;
    struct hash hash;

    (void)state;
    hash_of((struct span){ "abc", 3 }, &hash);
    after = mallinfo2();
    assert_int_equal(after.uordblks, before.uordblks);
    assert_hash(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_standard(void **state)
{
    struct hasher *hasher = hasher_new();
    char bytes[1000];
    struct hash hash;

    (void)state;
    hash_of((struct span){ "", 0 }, &hash);
    assert_hash(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_non_null(hasher);
    (void)memset(bytes, 'a', sizeof(bytes));
    for (int i = 0; i < 1000; i++)
        hasher_add(hasher, (struct span){ bytes, sizeof(bytes) });
    hasher_finish(hasher, &hash);
    assert_hash(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    hasher_free(hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_needs_no_memory),
                                        cmocka_unit_test(test_standard) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
