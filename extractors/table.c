#include "extractors/extractors.h"

/* Ties go to the earlier row. */
const struct extractor *const builtin_extractors[] = {
    &pdf_extractor, &html_extractor, &archive_extractor, &text_extractor, NULL,
    &docx_extractor,
    &html_extractor,
    &text_extractor,
    NULL,
};
