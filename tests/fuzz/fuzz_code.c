/*
 * fuzz_code.c - any bytes as code and data of every kind that is cut in its own way. The first byte
 * picks the language, by a file's ending.
 */
#include <assert.h>
#include <string.h>

#include "extractors/text/code_language.h"
#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *extension, *media_type;
    } kinds[] = {
        { "c", "text/plain" },          { "js", "text/plain" },
        { "rs", "text/plain" },         { "py", "text/plain" },
        { "rb", "text/plain" },         { "sql", "text/plain" },
        { "json", "application/json" }, { "jsonl", "application/x-ndjson" },
        { "log", "text/x-log" },        { "yaml", "application/yaml" },
        { "toml", "application/toml" }, { "ini", "text/x-ini" },
        { "bib", "text/x-bibtex" },     { "pm", "text/x-perl" },
        { "diff", "text/x-diff" },
    };
    size_t which;

    if (size == 0)
        return 0;
    which = data[0] % (sizeof(kinds) / sizeof(kinds[0]));
    assert(code_language_of("a", kinds[which].extension, kinds[which].media_type));
    fuzz_extractor_as(&code_extractor, "a", kinds[which].extension, kinds[which].media_type,
                      data + 1, size - 1);
    fuzz_extractor_as(&pod_extractor, "a", kinds[which].extension, kinds[which].media_type,
                      data + 1, size - 1);
    return 0;
}
