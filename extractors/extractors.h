/*
 * extractors.h - the document formats there are.
 *
 * To add one: write extractors/FAMILY/FORMAT.c with one `const struct extractor`, declare it here,
 * and add its row in table.c.
 */
#ifndef EXTRACTORS_EXTRACTORS_H
#define EXTRACTORS_EXTRACTORS_H

#include "ingest/extractor.h"

extern const struct extractor pdf_extractor;
extern const struct extractor docx_extractor;
extern const struct extractor odf_extractor;
extern const struct extractor rtf_extractor;
extern const struct extractor doc_extractor;
extern const struct extractor ppt_extractor;
extern const struct extractor xls_extractor;
extern const struct extractor epub_extractor;
extern const struct extractor docbook_extractor;
extern const struct extractor mallard_extractor;
extern const struct extractor jats_extractor;
extern const struct extractor fb2_extractor;
extern const struct extractor feed_extractor;
extern const struct extractor xml_extractor;
extern const struct extractor svg_extractor;
extern const struct extractor opml_extractor;
extern const struct extractor xlsx_extractor;
extern const struct extractor xlsb_extractor;
extern const struct extractor pptx_extractor;
extern const struct extractor dbf_extractor;
extern const struct extractor hwp_extractor;
extern const struct extractor hwpx_extractor;
extern const struct extractor html_extractor;
extern const struct extractor mail_extractor;
extern const struct extractor mbox_extractor;
extern const struct extractor msg_extractor;
extern const struct extractor tnef_extractor;
extern const struct extractor calendar_extractor;
extern const struct extractor markdown_extractor;
extern const struct extractor csv_extractor;
extern const struct extractor code_extractor;
extern const struct extractor org_extractor;
extern const struct extractor rst_extractor;
extern const struct extractor notebook_extractor;
extern const struct extractor asciidoc_extractor;
extern const struct extractor latex_extractor;
extern const struct extractor subtitles_extractor;
extern const struct extractor man_extractor;
extern const struct extractor wiki_extractor;
extern const struct extractor dokuwiki_extractor;
extern const struct extractor creole_extractor;
extern const struct extractor typst_extractor;
extern const struct extractor pod_extractor;
extern const struct extractor texinfo_extractor;
extern const struct extractor text_extractor;    /* plain text, and any text nobody else claims */
extern const struct extractor archive_extractor; /* containers, and compressed single files */

extern const struct extractor *const builtin_extractors[]; /* ends with NULL */

#endif
