/*
 * openpgp.h - what of OpenPGP is a file: RFC 4880, RFC 9580. Nothing is decrypted.
 */
#ifndef EXTRACTORS_OPENPGP_H
#define EXTRACTORS_OPENPGP_H

#include "base/buf.h"

#define OPENPGP_ENCRYPTED_TYPE "application/pgp-encrypted"

/* Is all of the file an encrypted message, as packets or in ASCII? */
bool openpgp_is_encrypted(struct span bytes);
/* Does a text begin with a message, a key or a signature in ASCII, or with text signed in place? */
bool openpgp_begins_armour(struct span head);

#endif
