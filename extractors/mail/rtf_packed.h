/*
 * rtf_packed.h - RTF as Outlook packs it. [MS-OXRTFCP]
 */
#ifndef EXTRACTORS_RTF_PACKED_H
#define EXTRACTORS_RTF_PACKED_H

#include "base/buf.h"
#include "base/status.h"

/* Appends the RTF. What could be unpacked is kept in out: STATUS_MALFORMED when that is not all.
 * A byte of packed gives at most 17, so the work is bounded by it. */
NODISCARD enum status rtf_unpack(struct span packed, struct buf *out, struct error *err);

#endif
