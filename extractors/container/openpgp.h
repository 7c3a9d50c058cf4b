/*
 * openpgp.h - what of OpenPGP is a file: RFC 4880, RFC 9580. Nothing is decrypted.
 */
#ifndef EXTRACTORS_OPENPGP_H
#define EXTRACTORS_OPENPGP_H

#include "base/buf.h"
#include "base/status.h"

#define OPENPGP_ENCRYPTED_TYPE "application/pgp-encrypted"
#define OPENPGP_SIGNED_TYPE    "application/pgp-signed" /* of ours: a text that is signed in place */
#define OPENPGP_SIGNATURE_TYPE "application/pgp-signature"

/* Is all of the file an encrypted message, as packets or in ASCII? */
bool openpgp_is_encrypted(struct span bytes);
/* Is all of the file one text that is signed in place (RFC 9580, 7)? */
bool openpgp_is_signed_text(struct span bytes);
/* Is it a signature in ASCII, of something that is elsewhere? */
bool openpgp_is_signature(struct span bytes);
/* Appends the text of what openpgp_is_signed_text(); the signature is not checked.
 * STATUS_MALFORMED: it is none. STATUS_LIMIT, STATUS_NO_MEMORY: as out's. */
NODISCARD enum status openpgp_unwrap(struct span bytes, struct buf *out, struct error *err);
/* How many bytes of text the lines take that stand before a text signed in place, with the empty
 * one: text begins with "-----BEGIN PGP SIGNED MESSAGE-----". They end where none is a header. */
size_t openpgp_header_bytes(struct span text);
/* Does a text begin with a message, a key or a signature in ASCII, or with text signed in place? */
bool openpgp_begins_armour(struct span head);

#endif
