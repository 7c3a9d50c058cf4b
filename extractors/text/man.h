/*
 * man.h - manual pages: what man.c and mdoc.c share.
 */
#ifndef EXTRACTORS_MAN_H
#define EXTRACTORS_MAN_H

#include "extractors/text/roff.h"

/* Goes through a page that is written with mdoc(7). */
void mdoc_run(struct roff *roff);

#endif
