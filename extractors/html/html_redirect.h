/*
 * html_redirect.h - links that go through a page which only counts them and sends the reader on:
 * those of search engines, of social networks, of mail that was scanned on its way.
 *
 * Where such a link says its own end, the end is the link: it can be read, it is the same on every
 * page, and it lasts.
 */
#ifndef EXTRACTORS_HTML_REDIRECT_H
#define EXTRACTORS_HTML_REDIRECT_H

#include "base/buf.h"

/* Puts where address leads in the end in its place; leaves any other address as it is. */
void html_redirect_follow(struct buf *address);

#endif
