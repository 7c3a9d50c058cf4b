/*
 * fuzz_markup.c - any bytes as each format that is lines of text, whatever detection would say.
 */
#include <stdlib.h>

#include "tests/fuzz/office.h"

static const struct extractor *const formats[] = {
    &man_extractor,      &org_extractor,      &rst_extractor,      &asciidoc_extractor,
    &latex_extractor,    &notebook_extractor, &csv_extractor,      &subtitles_extractor,
    &markdown_extractor, &text_extractor,     &wiki_extractor,     &typst_extractor,
    &pod_extractor,      &texinfo_extractor,  &dokuwiki_extractor, &creole_extractor,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        fuzz_extractor(formats[i], data, size);
    return 0;
}
