/*
 * cms.h - what is inside of signed data (CMS, PKCS #7): RFC 5652.
 *
 * S/MIME mail and files named .p7m. No signature is checked: the content is read as if it had come
 * without. Reads BER, as programs that stream write it, without recursion.
 */
#ifndef EXTRACTORS_CMS_H
#define EXTRACTORS_CMS_H

#include "base/buf.h"
#include "base/status.h"

#define CMS_MEDIA_TYPE "application/pkcs7-mime"

/* Does head begin signed or enveloped data? */
bool cms_begins(struct span head);

/* Appends the content of signed data. STATUS_UNSUPPORTED: it is encrypted, or has another shape, or
 * the content is somewhere else (a detached signature). STATUS_MALFORMED. */
NODISCARD enum status cms_unwrap(struct span bytes, struct buf *out, struct error *err);

#endif
