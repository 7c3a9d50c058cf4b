/*
 * html_link.h - where the links of a page lead, as full addresses.
 */
#ifndef EXTRACTORS_HTML_LINK_H
#define EXTRACTORS_HTML_LINK_H

#include "extractors/html/html_dom.h"

/* Appends the address that links of the page are seen from: that of its first <base href>, itself
 * seen from url, or url: what the page says its own address is; may be empty. */
void html_link_base(const struct html_dom *dom, struct span url, struct buf *out);

/* Appends target as seen from base (RFC 3986, 5.2). Without a base that is a full address, target
 * stays as it is. Nothing is appended for what leads nowhere outside of the page: "#part",
 * "javascript:", "data:". */
void html_link_resolve(struct span base, struct span target, struct buf *out);

#endif
