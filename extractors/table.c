#include "extractors/extractors.h"

/* Ties go to the earlier row. One a line, so that two new formats do not meet. */
/* clang-format off */
const struct extractor *const builtin_extractors[] = {
    &pdf_extractor,
    &docx_extractor,
    &odf_extractor,
    &rtf_extractor,
    &doc_extractor,
    &ppt_extractor,
    &xls_extractor,
    &epub_extractor,
    &docbook_extractor,
    &jats_extractor,
    &fb2_extractor,
    &feed_extractor,
    &xml_extractor,
    &svg_extractor,
    &opml_extractor,
    &xlsx_extractor,
    &pptx_extractor,
    &mail_extractor,
    &mbox_extractor,
    &html_extractor,
    &archive_extractor,
    &markdown_extractor,
    &csv_extractor,
    &code_extractor,
    &org_extractor,
    &rst_extractor,
    &notebook_extractor,
    &asciidoc_extractor,
    &latex_extractor,
    &subtitles_extractor,
    &text_extractor,
    NULL,
};
/* clang-format on */
