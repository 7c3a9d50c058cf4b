/*
 * html_tables.h - which of a page's tables are data, which are one line set in columns; all others
 * are layout.
 */
#ifndef EXTRACTORS_HTML_TABLES_H
#define EXTRACTORS_HTML_TABLES_H

#include "extractors/html/html_page.h"

/* Sets HTML_IS_DATA_TABLE and HTML_IS_IN_TABLE, and makes the table the container of all nodes in
 * one that is a line. Flags and containers of the elements alone are set before. */
void html_tables_mark(struct html_page *page);

#endif
