/*
 * html_copies.h - text that a page holds twice: for wide screens and for narrow ones, as a preview,
 * or for a script to fill in.
 *
 * A run of texts that comes again in the same order is such a copy, and so is a text that comes
 * again at once or in each of the cards alike, or a long one that puts together what was said in
 * pieces. Documentation that says the same of several things, each under its own heading, is no
 * copy.
 */
#ifndef EXTRACTORS_HTML_COPIES_H
#define EXTRACTORS_HTML_COPIES_H

#include "extractors/html/html_page.h"

/* Takes the copies out of roles (enum html_role per block). places: of html_rows. is_thread: in a
 * thread of posts any text that comes again is quoted or previewed. False: out of memory. */
NODISCARD bool html_copies_drop(const struct html_page *page, const uint64_t *places,
                                bool is_thread, uint8_t *roles);

#endif
