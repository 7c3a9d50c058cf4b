/*
 * alt.h - what a document says a picture shows.
 */
#ifndef EXTRACTORS_ALT_H
#define EXTRACTORS_ALT_H

#include <stdbool.h>

#include "base/buf.h"

/* Two words at least, and no picture's file name: "logo", "IMG_2040" and "" describe nothing. */
bool alt_is_description(struct span text);

#endif
