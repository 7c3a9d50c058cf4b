/*
 * fuzz_office_xml.c - the XML formats that are one file, and the packages.
 */
#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct extractor *const all[] = {
        &docbook_extractor, &mallard_extractor, &jats_extractor, &fb2_extractor,  &feed_extractor,
        &xml_extractor,     &svg_extractor,     &opml_extractor, &odf_extractor,  &docx_extractor,
        &xlsx_extractor,    &pptx_extractor,    &epub_extractor, &xlsb_extractor,
    };

    if (size > 0)
        fuzz_extractor(all[data[0] % (sizeof(all) / sizeof(all[0]))], data + 1, size - 1);
    return 0;
}
