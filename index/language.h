/*
 * language.h - which language a text is in, for the stems of its words. Only for index/.
 */
#ifndef INDEX_LANGUAGE_H
#define INDEX_LANGUAGE_H

#include "base/buf.h"

/* By the share of its words that are a language's most common ones. An ISO 639-1 code of a
 * language in Latin letters; "": too few of them, or two languages have as many. */
const char *language_guess(struct span text);

#endif
