/*
 * html_menus.h - menus of pages that are laid out with tables: cells of short links beside a cell
 * of text, and rows of them above or below all rows.
 *
 *   | Home       | The history of the house   |
 *   | Hours      | The house was built in ... |
 *   | Home | Imprint | Privacy               |
 */
#ifndef EXTRACTORS_HTML_MENUS_H
#define EXTRACTORS_HTML_MENUS_H

#include "extractors/html/html_page.h"

/* Leaves out the blocks of such cells. */
void html_menus_drop(const struct html_page *page, uint8_t *roles);

#endif
