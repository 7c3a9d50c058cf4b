/*
 * fuzz_parts.c - small readers that others call, on any bytes: charsets, references, number
 * formats, front matter, pages saved as mail, lines of logs.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/html/html_entity.h"
#include "extractors/html/html_mhtml.h"
#include "extractors/office/number_format.h"
#include "extractors/text/front_matter.h"
#include "extractors/text/log_line.h"
#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_charset(struct span bytes)
{
    static const char *const declared[] = { "",          "utf-8",       "windows-1252",
                                            "shift_jis", "iso-2022-jp", "utf-16",
                                            "gb18030",   "nonsense",    "johab",
                                            "viscii" };
    struct decoded decoded;

    if (!charset_decode(bytes, declared[bytes.len % 10], &decoded, NULL) &&
        !utf8_is_valid(decoded.text))
        abort();
    decoded_release(&decoded);
}

static void fuzz_number(struct span bytes)
{
    CLEANUP(buf_release) struct buf shown = BUF_INIT(1 << 16);
    struct number_format format;
    double value = 0;

    if (bytes.len < sizeof(value))
        return;
    memcpy(&value, bytes.data, sizeof(value));
    number_format_parse((struct span){ bytes.data + sizeof(value), bytes.len - sizeof(value) },
                        &format);
    number_format_put(&format, value, bytes.len & 1, &shown);
    number_format_builtin((long)(bytes.len % 64), &format);
    number_format_put(&format, value, false, &shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = { (const char *)data, size };
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)4 << 20);
    CLEANUP(buf_release) struct buf page = BUF_INIT((size_t)4 << 20);
    char charset[32];

    fuzz_charset(bytes);
    fuzz_number(bytes);
    html_entity_decode(&out, bytes, size & 1);
    if (front_matter_length(bytes) > size)
        abort();
    if (mhtml_begins(bytes))
        (void)mhtml_page(bytes, &page, charset);
    (void)log_line_stamp(bytes);
    (void)log_is_log(bytes);
    fuzz_extractor_as(&html_extractor, "a.mht", "mht", "multipart/related", data, size);
    return 0;
}
