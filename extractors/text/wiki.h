/*
 * wiki.h - wiki text: what wiki.c and wiki_clean.c share.
 */
#ifndef EXTRACTORS_WIKI_H
#define EXTRACTORS_WIKI_H

#include "extractors/text/markup.h"

/* What a line of cleaned text begins with when it is no line of the page. */
#define WIKI_FIELD     '\x01' /* "name: value" of a template such as an info box */
#define WIKI_NOTE      '\x02' /* the number of what stood in <ref> ... </ref>, a blank, its words */
#define WIKI_QUOTE     '\x03' /* what follows is quoted, up to the other */
#define WIKI_QUOTE_END '\x04'

/* Copies text without comments, with templates as the parts of them that can be read, and with
 * references behind everything else. */
void wiki_clean(struct span text, struct buf *out);

/* Copies cleaned text with blocks that are elements of HTML as lines that a wiki has for them. */
void wiki_tags(struct span text, struct buf *out);

#endif
