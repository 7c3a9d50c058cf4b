/*
 * archive.h - what libarchive reads. Members are streamed through memory, never unpacked to disk.
 */
#ifndef EXTRACTORS_ARCHIVE_H
#define EXTRACTORS_ARCHIVE_H

#include "ingest/extractor.h"

/* True for the media types of compression alone: gzip, bzip2, xz, zstd ... */
bool archive_is_compressed(const char *media_type);
/* True for "gz", "xz" ...: what a compressor adds to a name. */
bool archive_is_filter_suffix(const char *extension);

/* Unpacks source when it is one compressed file, not an archive; *is_single says which. *depth gets
 * the number of compressions that were stacked. */
NODISCARD enum status archive_unpack_single(const struct source *source, struct buf *out,
                                            bool *is_single, unsigned *depth, struct error *err);

#endif
