/*
 * detect_prose.h - is a text of no kind that libmagic would be believed?
 *
 * Asking libmagic takes a millisecond of pattern matching, and for most texts without a telling
 * name, as README or LICENSE, the answer is that they are text.
 */
#ifndef EXTRACTORS_DETECT_PROSE_H
#define EXTRACTORS_DETECT_PROSE_H

#include "base/buf.h"

/* True only where nothing in head may be a script, mail, markup, JSON, subtitles, a difference or a
 * key: then it is plain text. False: ask. head: the start of a text. */
bool detect_is_prose(struct span head);

#endif
