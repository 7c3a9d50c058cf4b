/* A model keeps its fingerprint from start to start; what a damaged memory of it says is not taken
 * for another model. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "embed/canary.h"

#define DIMENSIONS 16u

static void identify(const float *vectors, const char *folder, struct hash *fingerprint)
{
    struct canary_identity identity = { { "a model", 7 }, { "1", 1 }, DIMENSIONS };
    struct canary canary = { .vectors = NULL };
    struct error note, err;

    assert_int_equal(canary_identify(&identity, vectors, NULL, folder, &canary, &note, &err),
                     STATUS_OK);
    *fingerprint = canary.fingerprint;
    canary_release(&canary);
}

static void find_file(const char *folder, char path[600])
{
    DIR *files = opendir(folder);
    const struct dirent *file;

    assert_non_null(files);
    while ((file = readdir(files)))
        if (strstr(file->d_name, ".canary"))
            (void)snprintf(path, 600, "%s/%s", folder, file->d_name);
    (void)closedir(files);
}

static void test_a_flipped_bit(void **state)
{
    char folder[] = "/tmp/varve-canary-XXXXXX", path[600] = "";
    float vectors[CANARY_COUNT * DIMENSIONS];
    struct buf text = BUF_INIT(1 << 20);
    struct hash first, again;
    size_t length;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (unsigned i = 0; i < CANARY_COUNT * DIMENSIONS; i++)
        vectors[i] = (float)(i * 7919u % 1000u) / 1000.0F - 0.4F;
    identify(vectors, folder, &first);
    find_file(folder, path);
    assert_int_equal(os_read_file(path, &text, NULL), STATUS_OK);
    length = text.len;
    for (size_t at = 0; at < length * 8; at += 37) {
        text.data[at / 8] = (char)(text.data[at / 8] ^ (1 << (at % 8)));
        assert_int_equal(os_replace_file(path, buf_span(&text), 0600, NULL), STATUS_OK);
        text.data[at / 8] = (char)(text.data[at / 8] ^ (1 << (at % 8)));
        identify(vectors, folder, &again);
        assert_true(hash_equal(&first, &again));
    }
    /* Another model is another one. */
    vectors[5] = 3;
    identify(vectors, folder, &again);
    assert_false(hash_equal(&first, &again));
    buf_release(&text);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

/* What is hashed can never change: each model would become another one. */
static void test_what_a_fingerprint_is_of(void **state)
{
    char folder[] = "/tmp/varve-canary-XXXXXX", path[600] = "";
    float vectors[CANARY_COUNT * DIMENSIONS];
    struct hasher *hasher = hasher_new();
    struct hash fingerprint, expected;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_non_null(hasher);
    for (unsigned i = 0; i < CANARY_COUNT * DIMENSIONS; i++)
        vectors[i] = (float)(i * 7919u % 1000u) / 1000.0F - 0.4F;
    vectors[3] = 0;
    hasher_add_field(hasher, (struct span){ "1", 1 });
    hasher_add_field(hasher, (struct span){ "a model", 7 });
    for (unsigned i = 0; i < CANARY_COUNT * DIMENSIONS; i++) {
        const float *vector = vectors + i / DIMENSIONS * DIMENSIONS;
        double squares = 0;
        char text[40];
        int len;

        for (unsigned k = 0; k < DIMENSIONS; k++)
            squares += (double)vector[k] * (double)vector[k];
        len =
            snprintf(text, sizeof(text), "%ld ", lround((double)vectors[i] / sqrt(squares) * 1000));
        hasher_add(hasher, (struct span){ text, (size_t)len });
    }
    hasher_finish(hasher, &expected);
    hasher_free(hasher);
    identify(vectors, folder, &fingerprint);
    assert_true(hash_equal(&fingerprint, &expected));
    find_file(folder, path);
    (void)unlink(path);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_flipped_bit),
                                        cmocka_unit_test(test_what_a_fingerprint_is_of) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
