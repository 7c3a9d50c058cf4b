/* Whatever the tree parser accepts, the scanner must read alike; the rest must do no harm. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_string(struct json_scan *scan, struct span expected)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
    struct span lent;

    if (!json_scan_lend(scan, &lent)) {
        json_scan_string(scan, &text);
        lent = buf_span(&text);
    }
    if (lent.len != expected.len || memcmp(lent.data, expected.data, lent.len) != 0)
        abort();
}

static void compare(struct json_scan *scan, const struct json *tree)
{
    size_t count = 0;

    if (json_scan_kind(scan) != json_kind(tree))
        abort();
    switch (json_kind(tree)) {
    case JSON_KIND_STRING:
        compare_string(scan, json_read_string(tree));
        break;
    case JSON_KIND_NUMBER:
        (void)json_scan_number(scan);
        break;
    case JSON_KIND_BOOL:
        if (json_scan_bool(scan) != json_read_bool(tree, false))
            abort();
        break;
    case JSON_KIND_ARRAY:
        for (json_scan_array(scan); json_scan_item(scan);)
            compare(scan, json_at(tree, count++));
        if (count != json_count(tree))
            abort();
        break;
    default:
        json_scan_skip(scan);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };
    struct json_scan skipping = JSON_SCAN(text), scan = JSON_SCAN(text);
    struct json *tree = NULL;

    json_scan_skip(&skipping);
    if (memchr(data, 0, size) || json_parse(text, &tree, NULL))
        return 0; /* the tree parser ends at a NUL; the scanner does not */
    compare(&scan, tree);
    if (!json_scan_is_done(&skipping) || !json_scan_is_done(&scan))
        abort();
    json_free(tree);
    return 0;
}
