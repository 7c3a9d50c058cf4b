/*
 * detect_markup.h - which markup a text is written in, where its own lines say so.
 *
 * Only what prose, source code and Markdown cannot look like by chance: several signs of one
 * markup, in the places where that markup has them.
 */
#ifndef EXTRACTORS_DETECT_MARKUP_H
#define EXTRACTORS_DETECT_MARKUP_H

#include "base/buf.h"

/* "text/troff", "text/x-wiki", "text/x-dokuwiki", "text/x-creole", "text/x-typst", "text/x-pod"
 * (static), or NULL. head: the start of a text in a charset that has
 * ASCII. */
const char *detect_markup(struct span head);

/* "text/x-rst", "text/asciidoc", or NULL. Programs quote these in their comments: only a text whose
 * name says nothing is one. */
const char *detect_prose_markup(struct span head);

/* Plain text with headings like "= = Plot = =" on lines of their own, and none of Markdown's: the
 * form in which collections of wiki pages are passed on, often under names like "wiki.md". */
bool detect_is_wiki_dump(struct span head);

#endif
