/*
 * description.h - what is written about a picture, for those who cannot see it.
 */
#ifndef EXTRACTORS_DESCRIPTION_H
#define EXTRACTORS_DESCRIPTION_H

#include "base/buf.h"

/* What text says of its picture, a part of it: empty when that is only the name of its file, and
 * without the sentence in which Office says that a machine wrote it. */
struct span picture_description(struct span text);

#endif
