/*
 * pdf_tagged_table.h - tables by the cells that their document's program tagged.
 *
 * Tags are taken at their word only where the page agrees: each row below the one before it, the
 * cells of a row beside each other, and no other text among them.
 */
#ifndef EXTRACTORS_PDF_TAGGED_TABLE_H
#define EXTRACTORS_PDF_TAGGED_TABLE_H

#include "extractors/pdf/pdf_ruled.h"

/* Puts the page's (0-based) tagged tables in front of tables[], and drops those that were found
 * where they stand. false: out of memory. */
bool pdf_tagged_tables_find(const struct pdf_doc *doc, size_t page_index, bool keep_boilerplate,
                            struct pdf_ruled **tables, size_t *count);

/* Appends the table's lines to doc. words[] are indices of its words. */
void pdf_tagged_table_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                           const uint32_t *words, size_t count);

/* Is the cell that the line stands in tagged as a header's? */
bool pdf_line_is_header_cell(const struct pdf_doc *doc, const struct pdf_line *line);

#endif
