/*
 * charset_own.h - charsets that ICU does not know: Johab and VISCII. For charset*.c only.
 *
 * Johab is KS X 1001:1992, annex 3: a Korean syllable is its three letters in five bits each, and
 * what is no syllable stands as in KS X 1001 itself, moved. VISCII is RFC 1456.
 */
#ifndef EXTRACTORS_CHARSET_OWN_H
#define EXTRACTORS_CHARSET_OWN_H

#include <stdint.h>

#include "base/buf.h"

#define CHARSET_JOHAB  "JOHAB"
#define CHARSET_VISCII "VISCII"

/* Is it a name of one of them? Gives their own name, static; NULL: it is none. */
const char *charset_own_name(const char *name);

/* The character of each byte of VISCII. */
void charset_viscii_table(uint32_t table[256]);

/* The character at rest's start, and the bytes it took: 1 or 2. What is no syllable and no letter
 * is given in the bytes of EUC-KR, to be converted, and *c is 0. UTF8_REPLACEMENT: it is nothing.
 */
size_t charset_johab_next(struct span rest, uint32_t *c, char euc_kr[2]);
/* Are the bytes past ASCII syllables of Johab, nearly all of them? */
bool charset_is_johab(struct span sample);

#endif
