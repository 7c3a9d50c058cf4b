/*
 * standalone.c - runs a fuzz target without a fuzzer, as an ordinary test: over every file that is
 * named (folders: over the files in them), whole, and with a few hundred fixed changes each.
 *
 * usage: fuzz_NAME [ROUNDS] PATH ...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/os.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long long runs;

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Flips, cuts, doubles and overwrites: what a broken disk or a hostile sender does. */
static size_t change(uint8_t *data, size_t size, uint32_t *seed)
{
    size_t at = size ? next_random(seed) % size : 0, len = 1 + next_random(seed) % 64;

    if (size == 0)
        return 0;
    switch (next_random(seed) % 5) {
    case 0:
        data[at] ^= (uint8_t)(1u << next_random(seed) % 8);
        break;
    case 1:
        data[at] = (uint8_t)next_random(seed);
        break;
    case 2:
        return at; /* cut off */
    case 3:
        if (len > size - at)
            len = size - at;
        memset(data + at, (int)(next_random(seed) % 256), len);
        break;
    default:
        if (len > size - at)
            len = size - at;
        memmove(data + at, data, len);
    }
    return size;
}

static void run_bytes(const struct buf *bytes, unsigned rounds)
{
    /* A copy of the exact size, so that a sanitizer sees the byte behind the end. */
    uint8_t *copy = malloc(bytes->len ? bytes->len : 1);
    uint32_t seed = 1;

    if (!copy)
        exit(3);
    for (unsigned round = 0; round <= rounds; round++) {
        size_t size = bytes->len;

        memcpy(copy, bytes->data, bytes->len);
        for (unsigned i = 0; round > 0 && i < 1 + round % 4; i++)
            size = change(copy, size, &seed);
        (void)LLVMFuzzerTestOneInput(copy, size);
        runs++;
    }
    free(copy);
}

static void run_path(const char *path, unsigned rounds)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(FILE_BYTES_MAX);
    struct stat st;
    struct dirent **names = NULL;
    int count;

    if (stat(path, &st) < 0)
        return;
    if (!S_ISDIR(st.st_mode)) {
        if (!os_read_file(path, &bytes, NULL))
            run_bytes(&bytes, rounds);
        return;
    }
    count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        CLEANUP(buf_release) struct buf inner = BUF_INIT(OS_PATH_MAX);

        if (names[i]->d_name[0] != '.') {
            buf_printf(&inner, "%s/%s", path, names[i]->d_name);
            run_path(inner.data, rounds);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    unsigned rounds = 20;
    int first = 1;

    if (argc > 1 && strspn(argv[1], "0123456789") == strlen(argv[1])) {
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
        first = 2;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = first; i < argc; i++)
        run_path(argv[i], rounds);
    printf("%llu inputs\n%d passed, 0 failed\n", runs, 1);
    return runs > 0 ? 0 : 1;
}
