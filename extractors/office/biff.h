/*
 * biff.h - what the binary workbooks, XLS and XLSB, write alike: compact numbers and error values.
 */
#ifndef EXTRACTORS_BIFF_H
#define EXTRACTORS_BIFF_H

#include <stdint.h>

#include "base/buf.h"

/* [MS-XLS] 2.5.217, [MS-XLSB] 2.5.122: 30 bits of an integer or of a double's upper end. */
double biff_rk(uint32_t rk);
/* The same bits as a double. */
double biff_double(uint64_t bits);
/* What a cell shows for an error: "#DIV/0!". [MS-XLS] 2.5.10, [MS-XLSB] 2.5.97.2. Static. */
struct span biff_error(uint32_t code);
struct span biff_bool(uint32_t value);

#endif
